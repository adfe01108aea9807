"""Cases from public bug reports, each with what must come of it (tests/samples/field)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local.client import LocalCloud
from local.faults import FaultRule
from tests.e2e.conftest import BUCKET, STATE, Stage, StageMaker
from tests.validators import assert_valid

FIELD = Path(__file__).parent.parent / "samples" / "field"
CASES = [
    pytest.param(path.parent, id=path.parent.name) for path in sorted(FIELD.glob("*/case.json"))
]
ABSENT = object()


def at(document: Any, path: str) -> Any:
    """Follow a dotted path; ABSENT where it leads nowhere."""
    try:
        for part in path.split("."):
            document = document[int(part)] if isinstance(document, list) else document[part]
    except (KeyError, IndexError, TypeError, ValueError):
        return ABSENT
    return document


def holds(found: Any, wanted: Any) -> bool:
    """Return whether a value is as wanted, in the language of the cases' README."""
    if isinstance(wanted, dict) and "in" in wanted:
        return any(holds(found, each) for each in wanted["in"])
    if isinstance(wanted, dict) and "gone" in wanted:
        return found is ABSENT
    if isinstance(wanted, dict) and "within" in wanted:
        return found is not ABSENT and abs(found - wanted["value"]) <= wanted["within"]
    return bool(found is ABSENT if wanted is None else found == wanted)


def set_up(cloud: LocalCloud, folder: Path, case: dict[str, Any]) -> None:
    """Let the services know the jobs, the files and the errors of a case."""
    for job in case["jobs"]:
        cloud.put_job(job["answer"], api=job["api"])
    for file in case["files"]:
        body = (folder / "files" / file["file"]).read_bytes()
        cloud.put_object(BUCKET, file["key"], body, file["type"])
    for error in case.get("errors", []):
        rule = FaultRule(
            "error",
            action="QueryIProductionJob",
            job_id=error["jobId"],
            status=error["status"],
            code=error["code"],
            message=error["message"],
        )
        cloud.add_fault(rule)


def body_of(folder: Path, name: str) -> bytes:
    """Read an event; one in JSON is sent as it stands."""
    return (folder / name).read_bytes()


def manifest_of(stage: Stage, end: str) -> dict[str, Any]:
    """Read the one manifest of a job whose ID ends like this."""
    (key,) = [key for key in stage.list_keys("manifests/") if key.endswith(f"{end}.json")]
    manifest: dict[str, Any] = json.loads(stage.cloud.get_object(BUCKET, key))
    assert_valid(manifest)
    return manifest


def reasons_of(stage: Stage, answers: list[Any], end: str) -> str:
    """Collect what is said of a job: in the answers, and in its manifest."""
    jobs = [job for answer in answers for job in answer.get("jobs", [])]
    said = [job.get("reason", "") for job in jobs if job["jobId"].endswith(end)]
    manifest = manifest_of(stage, end)
    said += [f"{p['title']} {p.get('detail', '')}" for p in manifest["problems"]]
    return " ".join(said)


@pytest.mark.parametrize("folder", CASES)
def test_a_case_from_the_field_comes_out_right(make_stage: StageMaker, folder: Path) -> None:
    """Somebody had this event, answer or file, and was not served well."""
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    want = json.loads((folder / "want.json").read_text(encoding="utf-8"))
    stage = make_stage(case.get("settings") or {}, own=True)
    set_up(stage.cloud, folder, case)
    stage.cloud.reset_requests()
    answers = [json.loads(stage.invoke(body_of(folder, name)).payload) for name in case["events"]]
    found = {
        "status": answers[-1].get("status", ABSENT),
        "asked": stage.actions().count("QueryIProductionJob"),
        "quarantine": len(stage.list_keys(f"{STATE}rejected/")),
        "backlog": len(stage.list_keys(f"{STATE}backlog/")),
        "http": answers[-1].get("statusCode", ABSENT),
    }
    wrong: dict[str, object] = {
        name: (found[name], want[name])
        for name in found
        if name in want and not holds(found[name], want[name])
    }
    for end, fields in want.get("manifests", {}).items():
        manifest = manifest_of(stage, end)
        wrong |= {
            f"{end} {path}": (at(manifest, path), wanted)
            for path, wanted in fields.items()
            if not holds(at(manifest, path), wanted)
        }
    for end, words in want.get("reasons", {}).items():
        reasons = reasons_of(stage, answers, end)
        wrong |= {f"{end} reason": (reasons, word) for word in words if word not in reasons}
    sidecars = "".join(
        stage.cloud.get_object(BUCKET, key).decode()
        for key in stage.list_keys("manifests/")
        if key.endswith(".vtt")
    )
    wrong |= {f"vtt {text}": sidecars for text in want.get("vtt", []) if text not in sidecars}
    wrong |= {f"not vtt {text}": sidecars for text in want.get("not_vtt", []) if text in sidecars}
    log = "".join(stage.log)
    wrong |= {f"log {text}": log[-500:] for text in want.get("log", []) if text not in log}
    assert not wrong
