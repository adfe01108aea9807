"""`mpsm status` says what there is, and whether it is worked off."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from operate.system_state import kind_of, look
from tests.fakes import FakeClock
from tests.operate.conftest import BUCKET, LOG_PROJECT, LOGSTORE, Operator
from tests.processes import running
from tests.unit.nasty_texts import SECRET

ROOT = Path(__file__).parents[2]
HOUR = 3600.0


def job(number: int) -> str:
    return f"{number:032x}"


def stamp(moment: float) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(moment))


def entry(first_seen: float, reason: str) -> dict[str, object]:
    """Return a backlog entry."""
    seen = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(first_seen))
    return {"api": "mps", "attempts": 2, "firstSeen": seen, "reason": reason, "origin": "direct"}


def fill(operator: Operator, lag: float) -> None:
    """Put in three manifests, three entries of which the first is overdue, and two rejections."""
    now = time.time()
    operator.put_manifest(job(1))
    operator.put_manifest(job(2), "partial", "VideoDetext")
    operator.put_manifest(job(3))
    operator.cloud.put_object(BUCKET, f"manifests/{job(1)}/a.vtt", b"WEBVTT")
    operator.put_state(
        {
            f"backlog/{stamp(now - lag)}/{job(4)}.json": entry(now - HOUR, f"job {job(4)} runs"),
            f"backlog/{stamp(now + 90)}/{job(5)}.json": entry(now, f"job {job(5)} runs"),
            f"backlog/{stamp(now + 91)}/{'a' * 64}.ticket.json": {},
            "backlog/somebody's note": b"",
            f"rejected/{'1' * 64}.json": {"reason": "'x 1' is not a job ID", "origin": "mns"},
            f"rejected/{'2' * 64}.json": {"reason": "'y 2' is not a job ID", "origin": "mns"},
            f"started/{'0' * 16}.json": {},
        }
    )


def test_everything_is_counted_as_it_stands(operator: Operator) -> None:
    """By outcome, algorithm and reason; a sidecar is no manifest, a stranger's key no entry."""
    fill(operator, lag=60)
    ended = operator.run("status", "--json")
    found = ended.document
    assert ended.status == 0
    assert found["manifests"] == {
        "total": 3,
        "estimated": False,
        "lookedAt": 3,
        "byStatus": {"complete": 2, "partial": 1},
        "byAlgorithm": {"Cover": 2, "VideoDetext": 1},
    }
    backlog = found["backlog"]
    assert backlog["byReason"] == {"job ... runs": 2}
    assert [backlog[each] for each in ("total", "due", "tickets", "lookedAt")] == [3, 1, 1, 2]
    assert 55 <= backlog["lagSeconds"] <= 90
    assert 3595 <= backlog["oldestSeconds"] <= 3660
    assert found["quarantine"] == {
        "total": 2,
        "lookedAt": 2,
        "byReason": {"... is not a job ID": 2},
    }
    assert (found["atWork"], found["unannounced"], found["late"]) == (1, 0, False)


def test_a_backlog_that_nobody_works_off_is_said_and_is_the_exit_status(
    operator: Operator,
) -> None:
    """A script sees it without reading, a person by the last line, which names the remedy."""
    fill(operator, lag=HOUR)
    ended = operator.run("status")
    assert ended.status == 1
    last = " ".join(ended.out.split("unannounced")[1].split("\n")[1:]).strip()
    assert last == (
        "A job is overdue by 60 min, more than 15 min: look whether sweeps run, with make doctor."
    )


@pytest.mark.parametrize("columns", [80, 120])
def test_a_page_keeps_to_its_columns_without_a_colour(operator: Operator, columns: int) -> None:
    """What goes into a file or a mail is text."""
    fill(operator, lag=60)
    operator.monkeypatch.setenv("FORCE_COLOR", "1")
    operator.put_manifest(job(9), algorithm="N" * 500)
    lines = operator.run("status", columns=columns).out.split("\n")
    assert max(map(len, lines)) <= columns
    assert not [line for line in lines if "\x1b" in line or line.endswith(" ")]


def test_a_sample_of_many_is_called_one(operator: Operator) -> None:
    """Who reads numbers of some must not take them for those of all."""
    for number in range(12):
        operator.put_manifest(job(number))
    ended = operator.run("status", "--sample", "5")
    assert "Manifests: 12; below, those of 5 of them" in ended.out


def test_a_long_list_is_listed_whole(operator: Operator) -> None:
    """Behind the first page it is listed in parts, at the same time, and none of it twice."""
    names = [job(number) for number in range(600)]
    names += [f"{digit:x}{job(number)[1:]}" for digit in range(16) for number in range(50)]
    objects = {f"manifests/{name}.json": b"{}" for name in {*names, "zz-last", "0", "A", "a", "f"}}
    operator.cloud.put_objects(BUCKET, objects)
    found = look(operator.connect(), sample=0)
    assert found.manifests.total == len(objects) > 1300
    now = time.time()
    due = {
        f"backlog/{stamp(now + second)}/{job(number)}.json": b"{}"
        for second in (-86_400 * 40, -3_600, -30, 0, 90, 86_400 * 40)
        for number in range(200)
    }
    operator.put_state(due)
    found = look(operator.connect(), sample=0)
    assert (found.backlog.total, found.backlog.looked_at) == (1200, 0)
    assert found.backlog.lag > 86_400 * 39


def test_laptop_tells_when_the_last_sweep_ran(operator: Operator) -> None:
    """By the line of metrics that each sweep ends with, whatever the bucket has of it."""
    line = {"functionName": "mps-manifest-sweep", "message": json.dumps({"message": "metrics"})}
    now = int(time.time())
    connection = operator.connect(clock=FakeClock(now))
    found = look(connection, sample=10)
    assert (found.last_sweep.ago, bool(found.last_sweep.problem)) == (None, True)
    operator.cloud.put_logs(LOG_PROJECT, LOGSTORE, [{**line, "__time__": str(now - 100)}])
    assert look(connection, sample=10).last_sweep.ago == 100


def test_hostile_keys_and_texts_steer_nothing_and_tell_no_secret(operator: Operator) -> None:
    """A sender chooses reasons and names of algorithms; whoever looks must not be harmed."""
    steering = f"\x1b[2J\u202egpj.exe\nmade up: 0\r Signature={SECRET}"
    operator.put_manifest(job(1), status="comp", algorithm="%1B%5B2J%0A%E2%80%AE")
    operator.put_state(
        {
            f"backlog/{stamp(time.time())}/{job(4)}.json": entry(time.time(), steering),
            f"rejected/{'1' * 64}.json": {"reason": steering},
            f"rejected/{'2' * 64}.json": b"\xff\x00" * 50_000,
            f"rejected/\x1b[2J{'3' * 64}.json": b'{"reason": "' + b"\\" * 100_001,
        }
    )
    for arguments in (["status"], ["status", "--json"]):
        ended = operator.run(*arguments)
        assert ended.status == 0, ended.err
        printed = ended.out + ended.err
        assert SECRET not in printed
        assert {char for char in printed if not char.isprintable()} <= {"\n"}
        assert "\nmade up" not in printed


def test_watch_looks_again_until_ctrl_c(operator: Operator) -> None:
    """In a pipe each look is a line of JSON; Ctrl-C is how it ends, so it is no failure."""
    command = [sys.executable, "-m", "operate", "status", "--watch", "--every", "1", "--json"]
    with running(
        [*command, "--file", str(operator.folder / "none")],
        cwd=ROOT,
        env={**os.environ, **operator.variables(), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        looks = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert [each["manifests"]["total"] for each in looks] == [0, 0]
    assert looks[0]["at"] < looks[1]["at"]


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("'a b' is not a job ID", "... is not a job ID"),
        ('the field "jobId" is 5', "the field ... is ..."),
        (f"the answer names {job(7)}", "the answer names ..."),
        ("", "unknown"),
    ],
)
def test_reasons_of_one_kind_are_one(reason: str, kind: str) -> None:
    """Else a thousand quarantined messages would be a thousand reasons."""
    assert kind_of(reason) == kind
