"""The documented payloads, with what was masked in print replaced by well-formed values."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent / "samples"
EVENTS, MPS = SAMPLES / "events", SAMPLES / "mps"

_MASKED_ID = re.compile(r"[0-9a-f*]*\*{4}[0-9a-f*]*")
_MASKED_TIME = re.compile(r"(1[56][0-9]{7,8})\*{4}")


def job_id(masked: str, seed: str = "") -> str:
    """Make 32 hexadecimal digits of a masked ID, the same ones each time."""
    digits = hashlib.sha256((masked + seed).encode()).hexdigest()
    return (masked.replace("*", "") + digits)[:32] if "*" in masked else masked


def unmask(text: str, seed: str = "") -> str:
    """Replace every mask of a payload; `seed` keeps IDs of different files apart."""
    text = _MASKED_TIME.sub(lambda found: f"{found[1]}5678"[:13].ljust(13, "0"), text)
    text = text.replace("example-****", "media-results").replace("bucket-zh***", "media-results")

    def fill(found: re.Match[str]) -> str:
        return job_id(found[0], seed) if len(found[0]) >= 24 else found[0].replace("*", "0")

    return _MASKED_ID.sub(fill, text)


def load(path: Path) -> Any:
    """Read a payload file as JSON, unmasked."""
    return json.loads(unmask(path.read_text(encoding="utf-8"), path.stem))


def query_answers() -> Iterator[tuple[str, Path]]:
    """Name every documented answer with the API that gives it."""
    for folder, api in (("query", "mps"), ("ice", "ims")):
        for path in sorted((MPS / folder).rglob("*.json")):
            yield api, path


def listed_paths(answer: dict[str, Any]) -> list[str]:
    """Find the keys an answer lists, without the code under test."""
    text = json.dumps(answer, ensure_ascii=False).replace('\\\\\\"', '"').replace('\\"', '"')
    found = re.findall(r'"(?:file|Url|Output)": ?"([^"{]+?)"', text.replace("\\", ""))
    found += answer.get("OutputFiles", [])
    return [key for key in dict.fromkeys(found) if "://" not in key]
