import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import oss2
import pytest
import requests
from aliyunsdkcore.acs_exception.exceptions import ClientException, ServerException

from local import family
from local.client import ControlError, LocalCloud
from local.family import descends_from
from local.faults import FaultRule, Faults
from local.journal import Call, Journal
from tests.local.conftest import BUCKET, Api, Connect
from tests.waiting import wait_until

JOB_ID = "0" * 32
LARGE = bytes(range(256)) * 4096
PUT = Call("oss", "PutObject", "a", "b/c")
QUERY = Call("mps", "QueryIProductionJob", job_id=JOB_ID)


@pytest.fixture
def victim() -> Iterator["subprocess.Popen[bytes]"]:
    """Start a process that waits to be killed."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


@pytest.mark.parametrize(
    ("rule", "hits"),
    [
        (FaultRule("reset"), [PUT, QUERY]),
        (FaultRule("reset", service="oss"), [PUT]),
        (FaultRule("reset", action="QueryIProductionJob"), [QUERY]),
        (FaultRule("reset", bucket="a"), [PUT]),
        (FaultRule("reset", bucket="other"), []),
        (FaultRule("reset", prefix="b/"), [PUT]),
        (FaultRule("reset", prefix="c"), []),
        (FaultRule("reset", job_id=JOB_ID), [QUERY]),
    ],
)
def test_rule_hits_what_it_names(rule: FaultRule, hits: list[Call]) -> None:
    """A rule that hit anything else would make tests of failures prove the wrong thing."""
    faults = Faults()
    faults.add(rule)
    assert [call for call in (PUT, QUERY) if faults.fire(call).rules] == hits


def test_rule_skips_the_first_and_hits_so_often() -> None:
    """Tests break the n-th request of a kind, so requests of other kinds must not count."""
    faults = Faults()
    number = faults.add(FaultRule("reset", service="oss", after=2, times=2))
    fired = []
    for _ in range(6):
        faults.fire(QUERY)
        fired.append(bool(faults.fire(PUT).rules))
    assert fired == [False, False, True, True, False, False]
    assert faults.fired(number) == 2


def test_chance_is_the_same_for_the_same_seed() -> None:
    """A failure found by chance can only be examined if the same seed repeats it."""

    def run(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.add(FaultRule("reset", probability=0.3))
        return [bool(faults.fire(PUT).rules) for _ in range(500)]

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert 100 < sum(run(1)) < 200


def test_journal_keeps_only_the_latest() -> None:
    """A cloud that runs for days must not keep every request, and numbers never repeat."""
    journal = Journal(3)
    for _ in range(5):
        journal.open(PUT)
    assert [record.number for record in journal.records()] == [3, 4, 5]
    journal.reset()
    assert [record.number for record in journal.records()] == []
    assert journal.open(PUT).number == 6


def test_journal_tells_when_a_request_was_answered(cloud: LocalCloud, bucket: Any) -> None:
    """A delay that ended when a write arrived would leave out the time that it took."""
    cloud.configure(latency={"oss": 0.05})
    before = time.monotonic()
    bucket.put_object("key", b"body")
    (put,) = cloud.requests()
    assert before <= put.arrival <= put.answered - 0.05
    assert put.answered <= time.monotonic()


def test_reset_before_nothing_is_written(cloud: LocalCloud, bucket: Any) -> None:
    """A connection cut before the work leaves nothing behind, and a retry then succeeds."""
    number = cloud.add_fault(FaultRule("reset", action="PutObject", times=1))
    with pytest.raises(oss2.exceptions.RequestError, match="Connection aborted"):
        bucket.put_object("key", b"body")
    assert cloud.list_keys(BUCKET) == []
    assert cloud.fault_fired(number) == 1
    assert cloud.requests()[-1].status == 0
    bucket.put_object("key", b"body")
    assert cloud.get_object(BUCKET, "key") == b"body"


def test_reset_after_the_write_has_happened(cloud: LocalCloud, bucket: Any) -> None:
    """The client cannot know that it succeeded."""
    cloud.add_fault(FaultRule("reset", action="PutObject", times=1, when="after"))
    with pytest.raises(oss2.exceptions.RequestError):
        bucket.put_object("key", b"body")
    assert cloud.get_object(BUCKET, "key") == b"body"


@pytest.mark.parametrize(("when", "written"), [("before", []), ("after", ["key"])])
def test_error_before_or_after_the_write(
    cloud: LocalCloud, bucket: Any, when: Any, written: list[str]
) -> None:
    """A client cannot tell from an error whether its write happened, so both must occur."""
    rule = FaultRule(
        "error", action="PutObject", when=when, status=503, code="ServiceUnavailable", message="No"
    )
    cloud.add_fault(rule)
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket.put_object("key", b"body")
    assert (refused.value.status, refused.value.code) == (503, "ServiceUnavailable")
    assert cloud.list_keys(BUCKET) == written
    assert cloud.requests()[-1].code == "ServiceUnavailable"


@pytest.mark.parametrize("data", [b"0123456789" * 20, LARGE])
def test_dropped_body_ends_early(cloud: LocalCloud, bucket: Any, data: bytes) -> None:
    """A download that was cut short must fail instead of passing for a whole file."""
    cloud.put_object(BUCKET, "key", data)
    cloud.add_fault(FaultRule("drop", action="GetObject", drop_after=100, times=1))
    answer = bucket.get_object("key")
    assert answer.content_length == len(data)
    with pytest.raises(requests.exceptions.RequestException):
        answer.read()
    assert cloud.requests()[-1].bytes_out == 100
    assert bucket.get_object("key").read() == data


def test_dripping_body_is_whole_in_the_end(cloud: LocalCloud, bucket: Any) -> None:
    """Each byte comes in time and the whole of them late, which only a look at the whole tells."""
    cloud.put_object(BUCKET, "key", b"0123456789")
    cloud.add_fault(FaultRule("drip", action="GetObject", seconds=0.02, times=1))
    start = time.monotonic()
    assert bucket.get_object("key").read() == b"0123456789"
    assert time.monotonic() - start >= 0.02 * 9 * 0.9  # the last pause follows the last byte


def test_throttle_is_each_services_own(cloud: LocalCloud, bucket: Any, api: Api) -> None:
    """Clients look at the error code, and OSS and MPS announce throttling in different ways."""
    cloud.add_fault(FaultRule("throttle", headers={"x-acs-retry-after": "2"}))
    with pytest.raises(oss2.exceptions.ServerError) as oss:
        bucket.get_object("key")
    assert (oss.value.status, oss.value.code) == (503, "QpsLimitExceeded")
    with pytest.raises(ServerException) as mps:
        api.query(JOB_ID)
    assert (mps.value.http_status, mps.value.error_code) == (400, "Throttling.User")


def test_error_carries_its_headers(cloud: LocalCloud) -> None:
    """How long to wait may be said in a header, so an injected error must carry it too."""
    rule = FaultRule("error", status=429, code="Throttling", headers={"x-acs-retry-after": "7"})
    cloud.add_fault(rule)
    answer = requests.get(f"{cloud.api_endpoint}/?Version=2014-06-18", timeout=10)
    assert (answer.status_code, answer.headers["x-acs-retry-after"]) == (429, "7")
    assert answer.json()["Code"] == "Throttling"


def test_api_connection_is_reset(cloud: LocalCloud, api: Api) -> None:
    """The client of the API must meet a broken connection too, and only as often as planned."""
    cloud.add_fault(FaultRule("reset", service="mps", job_id=JOB_ID, times=1))
    with pytest.raises(ClientException) as broken:
        api.query(JOB_ID)
    assert broken.value.error_code == "SDK.HttpError"
    assert api.query(JOB_ID)["JobId"] == JOB_ID


@pytest.mark.parametrize(("when", "written"), [("before", []), ("after", ["key"])])
def test_process_is_killed_before_or_after_its_write(
    cloud: LocalCloud,
    bucket: Any,
    victim: "subprocess.Popen[bytes]",
    when: Any,
    written: list[str],
) -> None:
    """An instance can die on either side of its write, and recovery must cope with both."""
    rule = FaultRule("kill", action="PutObject", prefix="key", pid=victim.pid, when=when)
    cloud.add_fault(rule)
    with pytest.raises(oss2.exceptions.RequestError):
        bucket.put_object("key", b"body")
    assert victim.wait(10) == -9
    assert cloud.list_keys(BUCKET) == written


@pytest.mark.parametrize(
    "pid",
    [0, 1, -1, os.getpid(), os.getppid()],
    ids=["group", "init", "all", "self", "parent"],
)
def test_only_children_can_be_killed(cloud: LocalCloud, pid: int) -> None:
    """Process 0 means our own group, -1 everybody, and others belong to somebody else."""
    with pytest.raises(ControlError, match="pid must be that of a child"):
        cloud.add_fault(FaultRule("kill", pid=pid))


def test_a_number_that_is_a_strangers_by_now_is_spared(victim: "subprocess.Popen[bytes]") -> None:
    """Between the rule and the request the system may have given the number to somebody else."""
    faults = Faults(family=victim.pid)
    faults.kill(victim.pid)
    assert victim.poll() is None
    Faults().kill(victim.pid)
    assert victim.wait(10) == -signal.SIGKILL


def test_a_grandchild_is_family_with_and_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function's worker may be started by a child of whoever started the cloud."""
    inner = "import subprocess as s, sys; print(s.Popen([sys.executable, '-c', 'input()']).pid)"
    command = [sys.executable, "-uc", f"{inner}; input()"]
    with subprocess.Popen(  # noqa: S603 (our own code)
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout
        grandchild = int(child.stdout.readline())
        for find_parent in (family._parent, family._parent_by_ps):  # the second is macOS's
            monkeypatch.setattr(family, "_parent", find_parent)
            assert descends_from(grandchild, os.getpid())
            assert not descends_from(os.getpid(), grandchild)
            assert not descends_from(1, os.getpid())


def test_latency_outlasts_an_impatient_client(cloud: LocalCloud) -> None:
    """A delayed answer must run into the client's timeout, and the next one must not."""
    cloud.add_fault(FaultRule("latency", service="oss", seconds=30, times=1))
    url = f"{cloud.oss_endpoint}/{BUCKET}/key"
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(url, timeout=0.2)
    assert requests.get(url, timeout=10).status_code == 403


def test_what_is_held_goes_on_when_the_faults_are_cleared(cloud: LocalCloud, bucket: Any) -> None:
    """Races are made by what has come before, not by how many seconds that may take."""
    held = cloud.add_fault(FaultRule("hold", action="PutObject", prefix="a", times=1))
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(bucket.put_object, "a", b"first")
        wait_until(lambda: cloud.fault_fired(held) == 1, "it was held")
        bucket.put_object("a", b"second")
        assert not first.done()
        assert cloud.get_object(BUCKET, "a") == b"second"
        cloud.clear_faults()
        assert first.result().status == 200
    assert cloud.get_object(BUCKET, "a") == b"first"


def test_standing_latency_can_be_set_per_service(cloud: LocalCloud, bucket: Any) -> None:
    """One slow service beside a fast one is a case that the function has to survive."""
    cloud.configure(latency={"mps": 30.0})
    assert bucket.put_object("key", b"body").status == 200
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{cloud.api_endpoint}/?Version=2014-06-18", timeout=0.2)


@pytest.mark.parametrize(("when", "written"), [("before", []), ("after", ["key"])])
def test_hang_keeps_silent_and_then_closes(
    cloud: LocalCloud, connect: Connect, when: Any, written: list[str]
) -> None:
    """A silent server may have done the work or not, and clients must be tested with both."""
    cloud.add_fault(FaultRule("hang", action="PutObject", seconds=0.2, when=when))
    with pytest.raises(oss2.exceptions.RequestError):
        connect().put_object("key", b"body")
    assert cloud.list_keys(BUCKET) == written


def test_faults_can_be_cleared(cloud: LocalCloud, bucket: Any) -> None:
    """Tests break a service and then need it sound again, to see what recovers."""
    cloud.add_fault(FaultRule("reset"))
    cloud.clear_faults()
    assert bucket.put_object("key", b"").status == 200


def test_several_faults_hit_one_request(cloud: LocalCloud, bucket: Any) -> None:
    """Each rule counts for itself; the oldest that ends the request does."""
    slow = cloud.add_fault(FaultRule("latency", seconds=0.01))
    error = cloud.add_fault(FaultRule("error", status=502, code="BadGateway"))
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket.put_object("key", b"")
    assert refused.value.status == 502
    assert [cloud.fault_fired(slow), cloud.fault_fired(error)] == [1, 1]


def test_request_that_gets_no_answer_is_in_the_journal(cloud: LocalCloud) -> None:
    """Requests are counted from the journal, so those nobody answered must not be missing."""
    cloud.add_fault(FaultRule("hang", seconds=30))
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{cloud.oss_endpoint}/{BUCKET}/key", timeout=0.2)
    (record,) = cloud.requests()
    assert (record.action, record.key, record.status) == ("GetObject", "key", 0)
    cloud.reset_requests()
    assert cloud.requests() == []
