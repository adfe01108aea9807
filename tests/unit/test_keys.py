"""The layout of the bucket: one place makes every key, and people can rely on it."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path

import pytest

import mps_manifest
from mps_manifest.limits.quota_shares import Lease
from mps_manifest.settings import Api, read_settings
from mps_manifest.state.keys import (
    EndedJob,
    Keys,
    ended_job_order,
    hash_of_ticket,
    ticket_hash,
)

ROOT = Path(mps_manifest.__file__).parent
DOCS = Path(__file__).parent.parent.parent / "docs" / "operations.md"
SETTINGS = read_settings({"BUCKET": "media", "REGION": "cn-shanghai"})
KEYS = Keys(SETTINGS)
ID = "a" * 32


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (KEYS.manifest(ID), f"manifests/{ID}.json"),
        (KEYS.sidecar(ID, "a.srt"), f"manifests/{ID}/a.srt.vtt"),
        (KEYS.backlog_entry(0, ID), f".mps-manifest/backlog/19700101T000000Z/{ID}.json"),
        (KEYS.rejected_piece(b"x"), f".mps-manifest/rejected/{sha('x')}.json"),
        (KEYS.task("t"), f".mps-manifest/tasks/{sha('t')}.json"),
        (KEYS.ended_jobs("t", "1f"), f".mps-manifest/tasks/{sha('t')}/1f/"),
        (KEYS.ended_jobs_of_token("t"), f".mps-manifest/tasks/{sha('t')}/"),
        (KEYS.started_sweep("1f"), ".mps-manifest/started/1f.json"),
        (KEYS.started_event(b"e"), f".mps-manifest/started/{sha('e')}.json"),
        (KEYS.ticket_progress("b", "k", "e"), f".mps-manifest/tickets/{sha('b/k/e')}.json"),
        (KEYS.backfill("f"), f".mps-manifest/backfills/{sha('f')}.json"),
        (KEYS.lock(ID, 7), f".mps-manifest/locks/{ID}/00000007"),
        (KEYS.note(0, "1f"), ".mps-manifest/unannounced/19700101T000000Z/1f.json"),
        (KEYS.durations, ".mps-manifest/durations.json"),
        (KEYS.lease(3, 17), ".mps-manifest/leases/0000000017-03"),
        (KEYS.wanted_lease(17, "1f"), ".mps-manifest/leases/0000000017-w-1f"),
        (
            KEYS.parked_ticket(0, "b", "k"),
            f".mps-manifest/backlog/19700101T000000Z/{sha('b/k')}.ticket.json",
        ),
        (
            KEYS.parked_event(0, b"e"),
            f".mps-manifest/backlog/19700101T000000Z/{sha('e')}.ticket.json",
        ),
    ],
)
def test_a_key_is_where_it_always_was(key: str, expected: str) -> None:
    """Another layout would lose what instances of the release before have parked."""
    assert key == expected


def test_the_longest_prefixes_leave_room_for_every_key() -> None:
    """Beyond 1,023 bytes OSS refuses a key, and every job would be pending for ever."""
    longest = {"MANIFEST_PREFIX": f"{'m' * 929}/", "STATE_PREFIX": f"{'s' * 779}/"}
    keys = Keys(read_settings({"BUCKET": "media", "REGION": "cn-shanghai", **longest}))
    job_id = "a" * 64
    made = [
        keys.manifest(job_id),
        keys.sidecar(job_id, "x" * 1000),
        keys.backlog_entry(0, job_id),
        keys.parked_ticket(0, "b", "k"),
        keys.rejected_piece(b"x"),
        keys.ended_job("t", "f" * 16, EndedJob("mps", job_id, "complete", "E" * 64)),
        keys.started_event(b"e"),
        keys.ticket_progress("b", "k", "e"),
        keys.lock(job_id, 7),
        keys.note(0, "f" * 16),
    ]
    assert max(len(key.encode()) for key in made) <= 1023


def test_an_entry_key_says_when_it_is_due_and_for_which_job() -> None:
    """It is made and read in one place."""
    assert KEYS.parse_backlog_entry(KEYS.backlog_entry(1_700_000_000, ID)) == (1_700_000_000, ID)
    assert KEYS.parse_note(KEYS.note(1_700_000_000, "1f")) == (1_700_000_000, "1f")


@pytest.mark.parametrize(
    "rest",
    ["", "x", "x/y.json", "20230101T000000/x.json", "20230101T00000Z/x.json", "20239901T000000Z/x"],
)
def test_a_key_of_another_form_is_no_entry(rest: str) -> None:
    """What a stranger put below the prefix must not be taken for a job that is due."""
    assert KEYS.parse_backlog_entry(KEYS.backlog + rest) is None


def test_no_other_module_knows_the_prefixes() -> None:
    """Whoever changes the layout changes one file."""
    knowing = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"state_prefix", "manifest_prefix"}
    }
    # the store refuses to write outside of them, whatever key it is given
    assert knowing == {"state/keys.py", "settings.py", "adapters/oss.py"}


FOLDERS = {name for name, value in vars(KEYS).items() if value.endswith("/")}
SOURCES = sorted({*ROOT.rglob("*.py"), *(ROOT.parents[2] / "operate").rglob("*.py")})


def test_keys_are_built_and_parsed_in_one_place() -> None:
    """Others list below a prefix; what stands behind it in a key is known to this class only."""
    taken_apart = [
        f"{path.relative_to(ROOT.parents[2])}: {ast.unparse(node)}"
        for path in SOURCES
        if path != ROOT / "state" / "keys.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if any(_is_folder(used) for used in _parts_of_keys(node))
    ]
    assert taken_apart == []


def _parts_of_keys(node: ast.AST) -> list[ast.expr]:
    """Return what a node makes a text of, or measures or cuts a text by."""
    if isinstance(node, ast.FormattedValue):
        return [node.value]
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        return node.args if name in {"len", "removeprefix", "startswith", "partition"} else []
    return []


def _is_folder(node: ast.expr) -> bool:
    if not isinstance(node, ast.Attribute) or node.attr not in FOLDERS:
        return False
    return ast.unparse(node.value).rpartition(".")[2].lstrip("_") in {"keys", "layout"}


def test_what_is_built_can_be_parsed() -> None:
    """A reader that differs from the writer would lose what was written, without an error."""
    end = EndedJob("ims", ID, "complete", "E")
    assert KEYS.parse_ended_job(KEYS.ended_job("t", "", end)) == end
    assert KEYS.ended_job("t", "1f", end).startswith(KEYS.ends_of_job("t", "1f", "ims", ID))
    assert KEYS.parse_lease(KEYS.lease(7, 42)) == Lease(share=7, epoch=42)
    assert KEYS.parse_wanted_lease(KEYS.wanted_lease(42, "f" * 16)) == "f" * 16
    assert KEYS.parse_lease(KEYS.wanted_lease(42, "f" * 16)) is None
    assert KEYS.parse_wanted_lease(KEYS.lease(7, 42)) is None
    assert KEYS.parse_lock(KEYS.lock(ID, 7)) == (ID, 7)
    assert KEYS.parse_manifest(KEYS.manifest(ID)) == ID
    assert KEYS.parse_manifest(KEYS.sidecar(ID, "a.srt")) is None
    assert KEYS.parse_rejected(KEYS.rejected_piece(b"x")) == sha("x")
    assert KEYS.parse_started_sweep(KEYS.started_sweep("f" * 16)) == "f" * 16
    assert KEYS.parse_started_event(KEYS.started_sweep("f" * 16)) is None
    assert KEYS.parse_started_event(KEYS.started_event(b"e")) == sha("e")
    _, name = KEYS.parse_backlog_entry(KEYS.parked_ticket(0, "b", "k")) or (0.0, "")
    assert ticket_hash(name) == hash_of_ticket("b", "k") == sha("b/k")


def test_jobs_of_a_task_sort_as_their_marks_do() -> None:
    """A task reads the marks from the first job that it waits for on."""
    jobs: list[tuple[Api, str]] = [("mps", "a"), ("ims", "a"), ("mps", "a-b"), ("mps", "ab")]
    marks = [KEYS.ended_job("t", "1f", EndedJob(*job, "failed", "")) for job in jobs]
    by_mark = [job for _, job in sorted(zip(marks, jobs, strict=True))]
    assert sorted(jobs, key=lambda job: ended_job_order(*job)) == by_mark


PLACES = {
    *("backlog/", "rejected/", "tasks/", "tickets/", "locks/", "started/", "leases/"),
    *("unannounced/", "backfills/", "durations.json"),
}


@pytest.mark.parametrize("place", sorted(PLACES))
def test_every_kind_of_record_is_documented(place: str) -> None:
    """An operator who lists the bucket must find what each key is."""
    assert f"`<STATE_PREFIX>{place}" in DOCS.read_text(encoding="utf-8")


def test_no_record_is_forgotten_above() -> None:
    """The places of the state are those that the class names."""
    prefix = SETTINGS.state_prefix
    named = {v.removeprefix(prefix) for v in vars(KEYS).values() if v.startswith(prefix)}
    assert named == PLACES
