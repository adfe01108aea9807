"""The layout of the bucket: one place makes every key, and people can rely on it."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path

import pytest

import mps_manifest
from mps_manifest.settings import read_settings
from mps_manifest.state.keys import Keys

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
        (KEYS.ended_jobs("t"), f".mps-manifest/tasks/{sha('t')}/"),
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
        f"{keys.ended_jobs('t', 'f' * 16)}{job_id}.mps.complete.{'E' * 64}.json",
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
