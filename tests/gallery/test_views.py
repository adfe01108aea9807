"""What is made of a manifest: its view, its tile, its tree."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mps_manifest.jobs.algorithms import ALGORITHMS
from operate.gallery import views
from operate.gallery.reading import Manifest, read_manifest
from operate.gallery.remedies import remedy
from operate.gallery.summary import tile_of
from operate.gallery.tree import MOST_LINES, tree_of
from operate.gallery.views import view_of
from operate.gallery.words import amount, clock, decimal, size
from tests.validators import GOLDEN, read

SAMPLES = {path.stem: path for path in GOLDEN}


def sample(name: str) -> Manifest:
    document = read(SAMPLES[name])
    return read_manifest(json.dumps(document).encode(), document["name"])


def test_every_algorithm_has_a_view() -> None:
    """One that is added to the function must not be shown as an unknown one."""
    assert {*views._VIEWS} == {*ALGORITHMS}


def test_errors_of_all_samples_have_remedies() -> None:
    """What is amiss without a word on what to do helps nobody."""
    kinds = {
        problem.type
        for name in SAMPLES
        for problem in sample(name).problems
        if problem.severity == "error"
    }
    assert len(kinds) > 5
    assert [kind for kind in kinds if not remedy(kind)] == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("mps-Cover", "image"),
        ("mps-VideoDelogo", "video"),
        ("mps-MusicSegmentDetect", "segments"),
        ("mps-AudioBeatDetection", "beats"),
        ("mps-AudioQualityAssessment", "quality"),
        ("mps-CaptionExtraction", "captions"),
        ("ims-MusicDemix", "audio"),
        ("mps-ASR", "text"),
        ("mps-VideoH2V-ambiguous", "amiss"),
        ("mps-VideoDetext-failed", "amiss"),
        ("expired", "amiss"),
    ],
)
def test_tile_shows_the_best_there_is(name: str, kind: str) -> None:
    """A picture before a drawing, and what is amiss where there is neither."""
    assert tile_of(sample(name))["kind"] == kind


def test_best_cover_is_the_one_of_the_highest_score() -> None:
    """The first one listed need not be it."""
    manifest = sample("mps-Cover")
    document = json.loads(json.dumps(manifest.document))
    document["analysis"]["covers"][2]["score"] = 99.5
    changed = read_manifest(json.dumps(document).encode(), manifest.job_id)
    assert tile_of(changed)["file"] == 2
    assert view_of(changed).covers[0].score == 99.5


def test_grey_tile_names_candidates_and_the_remedy() -> None:
    """So that nobody has to open the page to know what to do."""
    tile = tile_of(sample("mps-VideoH2V-ambiguous"))
    assert "twins-1767153086420.mp4" in tile["detail"]
    assert "delete the old files" in tile["remedy"]


def test_what_was_given_is_not_taken_for_the_result() -> None:
    """ImageCartoonize writes its original as well."""
    document = read(SAMPLES["mps-ImageCartoonize"])
    for file, label in zip(document["resources"], ("original", "result"), strict=True):
        file["label"] = label
    view = view_of(read_manifest(json.dumps(document).encode(), document["name"]))
    assert view.input is not None
    assert view.input.path == "files/0"
    assert [media.file.label for media in view.results if media.file] == ["result"]


@pytest.mark.parametrize(
    ("key", "kind"),
    [("a.jpg", "image"), ("a.HEIC", None), ("a.m3u8", None), ("a.mp3", "audio"), ("a", "video")],
)
def test_only_what_a_browser_can_show_is_shown(key: str, kind: str | None) -> None:
    """A frame that stays black, or a torn picture, tells nobody anything."""
    document = read(SAMPLES["mps-Cover"])
    document["job"]["input"]["key"] = key
    view = view_of(read_manifest(json.dumps(document).encode(), document["name"]))
    assert (view.input and view.input.kind) == kind


def test_a_page_has_so_many_players_and_no_more() -> None:
    """A job may list a thousand files; they are counted, and in the table."""
    document = read(SAMPLES["mps-Cover"])
    one = document["resources"][0]
    document["resources"] = [{**one, "name": f"{number}.jpg"} for number in range(1000)]
    view = view_of(read_manifest(json.dumps(document).encode(), document["name"]))
    assert (len(view.results), len(view.covers), view.more) == (60, 60, 940)


def strange(value: Any) -> bytes:
    job = {"input": value, "functionName": value, "userData": value, "finishTime": value}
    entry = dict.fromkeys(("name", "bucket", "key", "status", "roles", "media", "bytes"), value)
    found = dict.fromkeys(("startMs", "endMs", "title", "score", "mos", "worstMos", "cues"), value)
    kinds = ("covers", "segments", "captions", "audioQuality")
    analysis = {**{kind: [found, value] for kind in kinds}, "beats": {"beatsMs": [value, 5]}}
    document = {"status": "complete", "job": job, "resources": [entry, value]}
    return json.dumps({**document, "problems": [entry, value], "analysis": analysis}).encode()


@pytest.mark.parametrize(
    "value", [None, True, -1, 1e400, 10**400, "\ud800", "x", [], [[]], {}, {"key": 5}, [None]]
)
def test_no_value_breaks_a_page(value: Any) -> None:
    """Whatever its type: others may write to the bucket too."""
    manifest = read_manifest(strange(value), "1")
    assert manifest.status == "complete"
    json.dumps(tile_of(manifest))
    view_of(manifest)
    tree_of(manifest.document, {"/x": [0]})


def test_tree_of_a_huge_manifest_is_cut() -> None:
    """Its page must stay small; the rest is in the download."""
    tree = tree_of({"answer": {"a": [["x" * 9000] * 50] * 1000, "k" * 10**6: {"b": {"c": 1}}}}, {})
    assert tree.is_cut
    assert len(tree.lines) < MOST_LINES + 10
    kinds = [line.kind for line in tree.lines]
    assert kinds.count("open") == kinds.count("close")
    assert max(len(line.value) for line in tree.lines) < 3000


def test_tree_marks_where_files_are_from() -> None:
    """Keys with slashes and tildes too."""
    document = {"answer": {"a/b": {"c~d": ["one", "two"]}}}
    lines = tree_of(document, {"/a~1b/c~0d/1": [4]}).lines
    marked = [(line.value, line.files, line.id) for line in lines if line.files]
    assert marked == [('"two"', (4,), "answer:/a~1b/c~0d/1")]
    assert [line.is_open for line in lines if line.kind == "open"] == [True] * 4


def test_numbers_are_written_for_people() -> None:
    """Times, sizes and amounts."""
    assert [clock(ms) for ms in (0, 59_960, 61_500, 3_600_000, None)] == [
        "0:00",
        "1:00",
        "1:01.5",
        "1:00:00",
        "",
    ]
    assert [size(count) for count in (999, 1500, 12_345_678)] == ["999 bytes", "1.5 KB", "12 MB"]
    assert (amount(1, "entry", "entries"), amount(1200, "job")) == ("1 entry", "1,200 jobs")
    assert decimal(4.5) == "4.5"
