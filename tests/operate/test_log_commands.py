"""`mpsm logs` and `mpsm watch` read the functions' log, the laptop's as SLS."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from deploy.errors import DeployError
from operate.access.target import read_target
from operate.records.outcome_feed import OutcomeFeed
from tests.operate.conftest import LOG_PROJECT, LOGSTORE, Operator
from tests.unit.nasty_texts import SECRET

JOB = "8a8753a54e6a4a0f9128ccecbefe9948"
OTHER = "f34b6d1429dd491faa7a6c1c8f905285"


def line(job_id: str, ago: float = 0, message: str = "job", **fields: object) -> dict[str, str]:
    """Return a line of the log as the function writes it."""
    said = {"level": "INFO", "message": message, "job_id": job_id, **fields}
    at = str(int(time.time() - ago))
    return {"__time__": at, "functionName": "mps-manifest", "message": json.dumps(said)}


def put(operator: Operator, *lines: dict[str, str]) -> None:
    operator.cloud.put_logs(LOG_PROJECT, LOGSTORE, lines)


@pytest.fixture
def on_laptop(operator: Operator) -> Operator:
    """Have somebody whose commands act on what is up on this laptop, with its log."""
    for name in ("explain", "logs", "watch"):
        operator.monkeypatch.setattr(
            f"operate.commands.{name}.read_target", lambda **_: operator.target()
        )
    put(operator)
    return operator


def test_the_log_of_a_job_is_its_lines_alone_oldest_first(on_laptop: Operator) -> None:
    """Found by the beginning of its ID, as far back as is asked for."""
    on_laptop.put_manifest(JOB)
    put(
        on_laptop,
        line(JOB, 7200, status="pending", reason="the job is Queuing"),
        line(JOB, 20, status="pending", reason="the job is Analysing"),
        line(OTHER, 15, status="complete"),
        line(JOB, 10, status="complete", written=True),
        {"__time__": str(int(time.time())), "message": f"FC Invoke {JOB} ended"},
    )
    found = on_laptop.run("logs", "8a87", "--json").document
    statuses = [each.get("fields", {}).get("status") for each in found["lines"]]
    assert (found["jobId"], statuses) == (JOB, ["pending", "pending", "complete", None])
    assert found["lines"][-1]["text"] == f"FC Invoke {JOB} ended"
    ended = on_laptop.run("logs", JOB, "--minutes", "5")
    assert ended.status == 0
    assert "reason=the job is Analysing" in " ".join(ended.out.split())
    assert "Queuing" not in ended.out
    assert "job written status=complete" in " ".join(ended.out.split())


def test_explain_ends_with_the_log_and_types_on_the_laptop(on_laptop: Operator) -> None:
    """The command that comes next must act on what this one acted on."""
    put(on_laptop, line(JOB, status="pending", reason="Arrearage: pay"))
    out = on_laptop.run("explain", JOB).out
    assert out.count("Arrearage: pay") == 1
    assert "Next: mpsm doctor --laptop\n" in out


def test_no_lines_are_a_no_and_no_log_is_no_answer(on_laptop: Operator) -> None:
    """The exit status tells them apart; of a stack, ROS names the log."""
    on_laptop.put_manifest(JOB)
    assert on_laptop.run("logs", JOB).status == 1
    on_laptop.monkeypatch.setattr("operate.commands.logs.read_target", read_target)
    ended = on_laptop.run("logs", JOB)
    assert (ended.status, ended.out) == (3, "")


def test_new_outcomes_are_told_once(operator: Operator) -> None:
    """Lines arrive late and out of order, and the same ones are read again and again."""
    put(operator, line(JOB, 60, status="complete"), line(JOB, 50, "metrics"))
    feed = OutcomeFeed(operator.target())
    assert [each.fields["status"] for each in feed.look()] == ["complete"]
    assert feed.look() == []
    put(operator, line(OTHER, 70, status="failed"), line(JOB, 0, "not announced"))
    assert [each.fields["status"] for each in feed.look()] == ["failed"]
    assert not feed.is_cut
    put(operator, *(line(f"{number:032x}", 0, status="partial") for number in range(150)))
    assert len(feed.look()) == 100
    assert feed.is_cut


def stop_after(looks: int) -> Callable[[float], None]:
    """Return a sleep that ends as Ctrl-C does."""
    left = iter(range(looks - 1))

    def sleep(_seconds: float) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    return sleep


def test_watch_prints_outcomes_until_ctrl_c(on_laptop: Operator) -> None:
    """In a pipe with --json each is a line, and a filter leaves out the others."""
    put(
        on_laptop,
        line(JOB, 2, status="complete", algorithm="Cover"),
        line(OTHER, 1, status="failed", reason=f"\x1b[2J\u202e Signature={SECRET}\nmade up"),
    )
    for arguments, lines in (([], 2), (["--status", "failed"], 1), (["--json"], 2)):
        on_laptop.monkeypatch.setattr("operate.commands.watch.time.sleep", stop_after(2))
        ended = on_laptop.run("watch", *arguments, columns=200)
        assert (ended.status, ended.err) == (0, "")
        assert len(ended.out.splitlines()) == lines
        assert SECRET not in ended.out
        assert {char for char in ended.out if not char.isprintable()} <= {"\n"}
    assert json.loads(ended.out.splitlines()[0])["fields"]["job_id"] == JOB


def test_watch_goes_on_where_an_answer_fails(on_laptop: Operator) -> None:
    """A person looks on while the network does not."""
    looks = iter([None, "gone", None])
    read = OutcomeFeed.look

    def look(feed: OutcomeFeed) -> object:
        if next(looks):
            raise _no_answer()
        return read(feed)

    on_laptop.monkeypatch.setattr(OutcomeFeed, "look", look)
    on_laptop.monkeypatch.setattr("operate.commands.watch.time.sleep", stop_after(3))
    put(on_laptop, line(JOB, status="complete"))
    ended = on_laptop.run("watch")
    assert ended.status == 0
    assert ended.out.count(JOB) == 1
    assert "no answer" in ended.err


def _no_answer() -> Exception:
    return DeployError("There was no answer to log:GetLogStoreLogs.", "Try again.")
