"""The README's pictures: what they show is what there is, and they need nothing from elsewhere."""

from __future__ import annotations

import html
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from local import sample_jobs
from local.run_report import COLUMNS
from local.run_samples import EXPECTED_STATUS, PARKED_JOB
from local.trigger_kinds import assign_trigger_kinds

ROOT = Path(__file__).resolve().parents[2]
RECORDING = ROOT / "docs/make-run.svg"
TEXT = re.compile(r'<text class="run-r\d+" x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>', re.DOTALL)
PARKED_KIND = "MNS topic, then timer"
"""How the job that is parked at first is triggered, whichever kind would have been its turn."""
CELL = 12.2
"""The width of a character."""


def shown() -> list[str]:
    """Return the lines of the recording; what is blank between texts is not in the picture."""
    lines: dict[float, str] = {}
    for x, y, text in TEXT.findall(RECORDING.read_text(encoding="utf-8")):
        plain = html.unescape(text).replace("\xa0", " ")
        lines[float(y)] = lines.get(float(y), "").ljust(round(float(x) / CELL)) + plain.rstrip()
    return [line for _, line in sorted(lines.items())]


def test_recording_shows_the_jobs_of_today() -> None:
    """A sample that is added or changed asks for another recording: make recording."""
    lines = [line.split() for line in shown()]
    jobs = sample_jobs.load()
    for job, kind in assign_trigger_kinds(jobs):
        row = next(words for words in lines if words[:1] == [job.job_id[:8]])
        assert row[1:3] == [job.api.upper(), job.algorithm]
        assert EXPECTED_STATUS.get(job.name, "complete") in row
        shown_kind = PARKED_KIND if job.name == PARKED_JOB else kind.name
        assert shown_kind in " ".join(row)
    assert "not complete, and why:" in " ".join(shown()).lower()
    assert max(map(len, shown())) <= COLUMNS


@pytest.mark.parametrize("name", ["make-run.svg", "flow.svg"])
def test_pictures_are_of_their_own(name: str) -> None:
    """Fonts and pictures of other hosts are not loaded in a README, and should not be asked for."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    root = ET.fromstring(text)  # noqa: S314 - ours
    assert root.get("viewBox")
    assert root.find("{http://www.w3.org/2000/svg}title") is not None
    assert not re.search(r"@import|url\((?!#)|<script|<image|<foreignObject|href=", text)


def test_picture_of_the_flow_has_a_ground_of_its_own_in_both_themes() -> None:
    """It must be read on a page that is dark, whatever that page is dark for."""
    text = (ROOT / "docs/flow.svg").read_text(encoding="utf-8")
    light, _, dark = text.partition("@media (prefers-color-scheme: dark)")
    for theme in (light, dark):
        assert re.search(r"\.bg \{ fill: #\w{6};", theme)
        assert re.search(r"\ntext \{[^}]*fill: #\w{6};", theme)
