"""`mpsm ls` lists what is wanted, at a bounded cost."""

from __future__ import annotations

import json
import time

import pytest

from mps_manifest.state.keys import hash_of_ticket
from tests.operate.conftest import BUCKET, Operator
from tests.operate.matrix import DUE, LATER, LONG_AGO, sha
from tests.unit.nasty_texts import SECRET


def job(number: int) -> str:
    return f"{number:032x}"


TICKET = f"{hash_of_ticket(BUCKET, 'jobs/a.txt')}.ticket"


def fill(operator: Operator) -> None:
    """Put in three manifests, two parked jobs and a ticket, two pieces, and a stranger's keys."""
    for number, status, algorithm in ((1, "complete", "Cover"), (2, "partial", "Cover")):
        operator.put_manifest(
            job(number),
            status,
            algorithm,
            {"problems": [{"severity": "error", "type": "access-denied", "title": "Denied"}]},
        )
    metadata = {"status": "failed", "function": "ASR", "input": "media-uploads/a%20b.mp4"}
    operator.cloud.put_object(BUCKET, f"manifests/{job(3)}.json", b"{}", None, metadata)
    operator.cloud.put_object(BUCKET, f"manifests/{job(3)}/a.vtt", b"")
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    ticket = {
        "bucket": BUCKET,
        "key": "jobs/a.txt",
        "firstSeen": LONG_AGO,
        "reason": "AccessDenied",
    }
    operator.put_state(
        {
            f"backlog/{DUE}/{job(4)}.json": {"firstSeen": LONG_AGO, "reason": "Forbidden.RAM: x"},
            f"backlog/{LATER}/{job(5)}.json": {"firstSeen": now, "reason": "the job is Queuing"},
            f"backlog/{DUE}/{TICKET}.json": ticket,
            f"backlog/{DUE}/{'f' * 64}.ticket.json": b"[]",
            "backlog/a stranger's": b"",
            f"rejected/{'1' * 64}.json": {"reason": "'x' is not a job ID", "origin": "mns"},
            f"rejected/{'2' * 64}.json": {"reason": "unrecognized JSON object", "origin": "oss"},
        }
    )


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ("manifests", [job(1), job(2), job(3)]),
        ("manifests --status partial", [job(2)]),
        ("manifests --algorithm cover", [job(1), job(2)]),
        ("manifests --algorithm Cover --status complete", [job(1)]),
        ("manifests --input media-uploads/a.mp4", []),
        ("manifests --input oss://media-uploads/a__b.mp4", [job(3)]),
        ("manifests --reason DENIED --status partial", [job(2)]),
        ("manifests --older 1h", []),
        ("backlog", [job(4), TICKET, f"{'f' * 64}.ticket", job(5)]),
        ("backlog --reason forbidden", [job(4)]),
        ("backlog --older 2h --reason queuing", []),
        ("backlog --older 2d --reason denied", [TICKET]),
        ("rejected", ["1" * 64, "2" * 64]),
        ("rejected --reason json", ["2" * 64]),
        ("rejected --older 1h", []),
    ],
)
def test_filters_find_what_they_say(operator: Operator, arguments: str, names: list[str]) -> None:
    """By what is in the objects; a WebVTT file is no manifest, a stranger's key no entry."""
    fill(operator)
    asked = [argument.replace("__", " ") for argument in arguments.split()]
    found = operator.run("ls", *asked, "--json").document
    assert [row["name"] for row in found["rows"]] == names
    assert found["more"] is False


def test_a_page_has_what_tells_one_from_the_next(operator: Operator) -> None:
    """And keeps to its columns, whatever is in there."""
    fill(operator)
    ended = operator.run("ls", "backlog", "--reason", "forbidden")
    assert ended.status == 0
    said = " ".join(ended.out.split())
    assert job(4) in said
    assert "Forbidden.RAM: x" in said
    assert said.endswith("1 of 4 that were looked into.")


def test_rejected_entries_have_names_that_can_be_pasted(operator: Operator) -> None:
    """The beginning of the ID of a rejected job finds nothing, so the whole one is printed."""
    fill(operator)
    payload = json.dumps({"api": "mps", "jobId": job(6)}, separators=(",", ":"))
    entry = {"reason": "JobNotFound: no", "origin": "mns", "payload": payload}
    operator.put_state({f"rejected/{sha(payload)}.json": entry})
    words = operator.run("ls", "rejected").out.split()
    assert {"1" * 64, "2" * 64, sha(payload), job(6)} <= set(words)
    rows = operator.run("ls", "rejected", "--json").document["rows"]
    assert [row["jobId"] for row in rows if "jobId" in row] == [job(6)]
    assert operator.run("explain", job(6), "--json").document["status"] == "rejected"


def test_it_costs_no_more_where_there_is_more(operator: Operator) -> None:
    """It ends with the rows that are wanted, or where enough was looked into."""
    keys = [f"manifests/{job(number)}.json" for number in range(1300)]
    operator.cloud.put_objects(BUCKET, dict.fromkeys(keys, b"{}"))
    operator.cloud.reset_requests()
    found = operator.run("ls", "manifests", "--limit", "5", "--json").document
    assert ([row["name"] for row in found["rows"]], found["more"]) == (
        [job(number) for number in range(5)],
        True,
    )
    assert (found["lookedAt"], len(operator.cloud.requests())) == (64, 65)
    found = operator.run(
        "ls", "manifests", "--status", "failed", "--most", "100", "--json"
    ).document
    assert (found["rows"], found["lookedAt"], found["more"]) == ([], 100, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["backlog", "--status", "partial"],
        ["rejected", "--input", "a"],
        ["backlog", "--older", "soon"],
        ["nothing"],
        ["manifests", "--status", "nope"],
    ],
)
def test_what_cannot_be_asked_is_usage(operator: Operator, arguments: list[str]) -> None:
    """A filter that is ignored would lie."""
    ended = operator.run("ls", *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err


def test_hostile_texts_steer_nothing(operator: Operator) -> None:
    """Reasons and origins are anybody's."""
    steering = f"\x1b[2J\u202egpj.exe\nmade up: 0\r Signature={SECRET}"
    operator.put_state(
        {
            f"backlog/{DUE}/{job(4)}.json": {"reason": steering, "origin": steering},
            f"rejected/{'1' * 64}.json": {"reason": steering, "origin": steering},
            f"rejected/{'2' * 64}.json": b"\xff" * 100,
        }
    )
    operator.put_manifest(job(1), algorithm="%1B%5B2J%0A%E2%80%AE")
    for what in ("backlog", "rejected", "manifests"):
        for more in ([], ["--json"]):
            printed = operator.run("ls", what, *more).out
            assert printed
            assert SECRET not in printed
            assert {char for char in printed if not char.isprintable()} <= {"\n"}
            assert more or max(map(len, printed.split("\n"))) <= 80
