"""Jobs, tickets and pieces, one for each cell of the table of outcomes in docs/operations.md.

The real function makes each of them on the local cloud, in its own process, with the faults that
it takes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from local.faults import FaultRule
from local.jobs.plan import JobPlan
from mps_manifest import bootstrap
from mps_manifest.adapters.clock import SystemClock
from mps_manifest.errors import Changed, OutOfTime
from mps_manifest.job_limits import LONGEST_ANSWER
from mps_manifest.metrics import Count, Peak
from mps_manifest.ports import Clients, JobsApi, ObjectFacts, ObjectStream, StoredObject
from mps_manifest.settings import Api, Settings
from tests.operate.conftest import BUCKET, LOG_PROJECT, LOGSTORE, STATE, Operator
from tests.unit.samples import mps_answer, with_data

SRT = b"1\n00:00:01,000 --> 00:00:02,000\nGood evening.\n"
MEDIA = Path(__file__).parents[2] / "local/samples/media"
LONG_AGO = "2026-01-01T00:00:00Z"
DUE = "20260101T000001Z"
LATER = "20991231T235951Z"
OTHER = "other-bucket"
UNHURRIED = {"QUOTA_SHARING": "split", "API_QPS": "100000", "MAX_INSTANCES": "1"}
"""Settings with which nobody waits for the quota."""


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class ShortPauses(SystemClock):
    """A clock for those who need not wait for a service that never answers better."""

    def sleep(self, seconds: float) -> None:
        super().sleep(min(seconds, 0.01))


class Lines:
    """The Telemetry port, whose lines become those of the laptop's log."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def log(self, level: str, message: str, /, **fields: object) -> None:
        told = {name: value for name, value in fields.items() if value is not None}
        text = json.dumps({"level": level, "message": message, **told}, default=str)
        line = {"__time__": str(int(time.time())), "functionName": "mps-manifest", "message": text}
        if "job_id" in told:
            self._operator.cloud.put_logs(LOG_PROJECT, LOGSTORE, [line])

    def count(self, name: Count, value: float = 1) -> None:
        pass

    def peak(self, name: Peak, value: float) -> None:
        pass

    def unexpected(self, error: Exception) -> None:
        pass


class Troubled:
    """A store that fails at some keys, where no fault of the cloud would bring that about."""

    def __init__(self, store: Any, troubles: Mapping[str, Exception | None]) -> None:
        self._store = store
        self._troubles = troubles

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def head(self, bucket: str, key: str) -> ObjectFacts:
        if isinstance(self._troubles.get(key), RuntimeError):
            self._fail(key)
        found: ObjectFacts = self._store.head(bucket, key)
        return found

    def read(self, bucket: str, key: str, limit: int) -> StoredObject:
        self._fail(key)
        found: StoredObject = self._store.read(bucket, key, limit)
        return found

    def read_range(self, bucket: str, key: str, start: int, length: int, etag: str) -> bytes:
        self._fail(key)
        found: bytes = self._store.read_range(bucket, key, start, length, etag)
        return found

    def stream(self, bucket: str, key: str, *, etag: str = "") -> ObjectStream:
        found: ObjectStream = self._store.stream(bucket, key, etag=etag)
        if self._troubles.get(key, "") is None:
            return found._replace(chunks=iter([SRT[::-1]]))
        self._fail(key)
        return found

    def _fail(self, key: str) -> None:
        trouble = self._troubles.get(key)
        if trouble:
            raise trouble


class TroubledApi:
    """The job API that fails in a way nobody foresaw."""

    def __init__(self, api: JobsApi, troubles: Mapping[str, Exception]) -> None:
        self._api = api
        self._troubles = troubles

    def query(self, api: Api, job_id: str, limit: int = LONGEST_ANSWER) -> Mapping[str, Any]:
        if job_id in self._troubles:
            raise self._troubles[job_id]
        return self._api.query(api, job_id, limit)


class World:
    """What the cases are made with."""

    def __init__(self, operator: Operator) -> None:
        self.operator = operator
        self.cloud = operator.cloud
        self.troubles: dict[str, Exception | None] = {}
        self.odd_jobs: dict[str, Exception] = {}
        self._functions: dict[str, bootstrap.Function] = {}
        self._environment = {**operator.target().environment, **UNHURRIED}

    def answer(self, answer: Mapping[str, Any], plan: JobPlan | None = None, api: str = "") -> None:
        self.cloud.put_job(answer, plan or JobPlan(), api)

    def lists(self, job_id: str, *keys: str, **changes: Any) -> None:
        """Have a job that succeeds and lists files."""
        result = with_data({"result": [{"file": key} for key in keys]})
        given = {"result": result, "bucket": BUCKET, "JobId": job_id, **changes}
        self.answer(mps_answer(**given))

    def put(self, key: str, data: bytes = SRT) -> None:
        self.cloud.put_object(BUCKET, key, data)

    def handle(self, event: object, **settings: str) -> None:
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        self._function(settings).handle(body, None)

    def send(self, job_id: str, **settings: str) -> None:
        """Have the function called for a job, which is to be parked."""
        self.handle({"jobId": job_id, "onPending": "park"}, **settings)

    def sweep(self) -> None:
        """Have a timer call the function, which waits for nothing."""
        tick = {"triggerTime": "2026-11-26T00:00:00Z", "triggerName": "timer", "payload": ""}
        self.handle(tick)

    def park(self, job_id: str, **fields: object) -> None:
        """Put an entry into the backlog that is due, of a job that was seen long ago."""
        entry = {"jobId": job_id, "api": "mps", "firstSeen": LONG_AGO, "origin": "mns", **fields}
        self.operator.put_state({f"backlog/{DUE}/{job_id}.json": entry})

    def piece(self, event: object) -> str:
        """Have the function put something into the quarantine; return its hash."""
        before = set(self.operator.keys(f"{STATE}rejected/"))
        self.handle(event)
        (new,) = set(self.operator.keys(f"{STATE}rejected/")) - before
        return new.rpartition("/")[2].removesuffix(".json")

    def ticket_event(self, key: str) -> dict[str, Any]:
        oss = {"bucket": {"name": BUCKET}, "object": {"key": key, "eTag": "0" * 32, "size": 1}}
        record = {
            "eventName": "ObjectCreated:PutObject",
            "eventSource": "acs:oss",
            "eventVersion": "1.0",
            "eventTime": "2026-01-31T00:00:00.000Z",
            "region": "cn-shanghai",
            "oss": oss,
        }
        return {"events": [record]}

    def _function(self, settings: Mapping[str, str]) -> bootstrap.Function:
        name = repr(settings)
        if name not in self._functions:
            self._functions[name] = self._built(settings)
        return self._functions[name]

    def _built(self, settings: Mapping[str, str]) -> bootstrap.Function:
        environment = {**self._environment, **settings}
        real = bootstrap.CredentialedClients(environment)

        def clients(of: Settings, context: Any, limit: float, /) -> Clients:
            found = real(of, context, limit)
            return found._replace(
                store=Troubled(found.store, self.troubles),
                api=TroubledApi(found.api, self.odd_jobs),
            )

        lines, clock = Lines(self.operator), ShortPauses()
        return bootstrap.build(environment, telemetry=lines, clients=clients, clock=clock)


Case = Callable[[World, str], str]
"""Makes a job with an ID, and returns what is to be explained: that ID, or a hash."""
CASES: dict[str, Case] = {}
SWEEPING: list[str] = []
"""Titles of those for which a sweep runs, which would work off what others have parked."""


def case(title: str, *, sweeps: bool = False) -> Callable[[Case], Case]:
    def add(made: Case) -> Case:
        CASES[title] = made
        if sweeps:
            SWEEPING.append(title)
        return made

    return add


def id_of(title: str) -> str:
    return sha(title)[:32]


# --- files ---------------------------------------------------------------------------------------


@case("complete")
def _(world: World, job: str) -> str:
    world.put("out/complete.srt")
    world.lists(job, "out/complete.srt")
    world.send(job)
    return job


@case("complete: changed since")
def _(world: World, job: str) -> str:
    world.put("out/changed-since.srt")
    world.lists(job, "out/changed-since.srt")
    world.send(job)
    world.put("out/changed-since.srt", SRT * 2)
    return job


@case("kept")
def _(world: World, job: str) -> str:
    world.put("out/kept.srt")
    world.lists(job, "out/kept.srt")
    world.send(job)
    world.cloud.delete_object(BUCKET, "out/kept.srt")
    world.send(job)
    return job


@case("partial: missing")
def _(world: World, job: str) -> str:
    world.put("out/there.srt")
    world.lists(job, "out/there.srt", "out/missing.srt")
    world.send(job)
    return job


@case("partial: access-denied")
def _(world: World, job: str) -> str:
    world.put("out/denied.srt")
    world.cloud.deny(BUCKET, "out/denied", ["oss:GetObject"])
    world.lists(job, "out/denied.srt")
    world.send(job)
    return job


@case("partial: bucket-not-allowed")
def _(world: World, job: str) -> str:
    world.lists(job, f"oss://{OTHER}/out/a.srt")
    world.send(job)
    return job


@case("partial: ambiguous")
def _(world: World, job: str) -> str:
    for moment in ("1700000000001", "1700000000002"):
        world.put(f"ambiguous/film-{moment}.mp4", b"video")
    output = "ambiguous/{source}-{timestamp}.mp4"
    world.answer(mps_answer("VideoDetext", {}, bucket=BUCKET, output=output, JobId=job))
    world.send(job)
    return job


@case("partial: invalid-path")
def _(world: World, job: str) -> str:
    world.lists(job, "Failed to save the file: access to https:///")
    world.send(job)
    return job


@case("partial: nothing-listed")
def _(world: World, job: str) -> str:
    world.lists(job)
    world.send(job)
    return job


@case("partial: unreadable-result")
def _(world: World, job: str) -> str:
    world.answer(mps_answer(result=with_data("not json at all"), bucket=BUCKET, JobId=job))
    world.send(job)
    return job


@case("partial: recovered-result")
def _(world: World, job: str) -> str:
    world.put("out/recovered.srt")
    data = '{"result":[{"file":"out/recovered.srt","score":NaN}]}'
    world.answer(mps_answer(result=with_data(data), bucket=BUCKET, JobId=job))
    world.send(job)
    return job


@case("partial: unreachable")
def _(world: World, job: str) -> str:
    world.put("out/unreachable.srt")
    world.cloud.add_fault(FaultRule("error", prefix="out/unreachable", status=503, code="Busy"))
    world.lists(job, "out/unreachable.srt")
    world.send(job)
    return job


def _troubled(world: World, job: str, name: str, trouble: Exception | None, **more: str) -> str:
    key = f"out/{name}.srt"
    world.put(key)
    world.lists(job, key)
    world.troubles[key] = trouble
    world.send(job, **more)
    return job


@case("partial: out-of-time")
def _(world: World, job: str) -> str:
    return _troubled(world, job, "out-of-time", OutOfTime())


@case("partial: changed")
def _(world: World, job: str) -> str:
    return _troubled(world, job, "changed", Changed("the object has another ETag", status=412))


@case("partial: digest-mismatch")
def _(world: World, job: str) -> str:
    return _troubled(world, job, "digest-mismatch", None, DIGEST="sha256")


@case("partial: truncated")
def _(world: World, job: str) -> str:
    world.put("out/truncated.wav", (MEDIA / "speech.wav").read_bytes()[:50_000])
    world.lists(job, "out/truncated.wav")
    world.send(job)
    return job


@case("partial: empty")
def _(world: World, job: str) -> str:
    world.put("out/empty.mp4", b"")
    world.lists(job, "out/empty.mp4")
    world.send(job)
    return job


@case("partial: too-many-keys")
def _(world: World, job: str) -> str:
    keys = (f"many/film-{number}.txt" for number in range(5001))
    world.cloud.put_objects(BUCKET, dict.fromkeys(keys, b""))
    output = "many/{source}-{timestamp}.mp4"
    world.answer(mps_answer("VideoDetext", {}, bucket=BUCKET, output=output, JobId=job))
    world.send(job)
    return job


@case("partial: unknown-source")
def _(world: World, job: str) -> str:
    world.answer(
        mps_answer("VideoDetext", {}, bucket=BUCKET, output="{source}.mp4", JobId=job, Input="")
    )
    world.send(job)
    return job


@case("partial: item-failed")
def _(world: World, job: str) -> str:
    world.put("out/item.png", b"picture")
    result = {**with_data({"result": [{"file": "out/item.png"}]})}
    result["Details"] = [{"Status": "Fail", "Message": "the second picture cannot be read"}]
    world.answer(mps_answer("ImageMatting", result, bucket=BUCKET, JobId=job))
    world.send(job)
    return job


@case("partial: own-object")
def _(world: World, job: str) -> str:
    world.lists(job, "manifests/film.srt")
    world.send(job)
    return job


@case("partial: too-many-files")
def _(world: World, job: str) -> str:
    world.lists(job, *(f"oss://{OTHER}/out/{number}.srt" for number in range(1001)))
    world.send(job)
    return job


@case("partial: too-much-found")
def _(world: World, job: str) -> str:
    control = "\x01" * 900
    world.lists(job, *(f"oss://{OTHER}/out/{number:04}{control}" for number in range(1000)))
    world.send(job)
    return job


@case("partial: internal-fault")
def _(world: World, job: str) -> str:
    return _troubled(world, job, "internal-fault", RuntimeError("a defect"))


@case("failed")
def _(world: World, job: str) -> str:
    result = {"Code": "InvalidParameter.Input", "Message": "The input cannot be decoded."}
    world.answer(mps_answer(result=result, bucket=BUCKET, JobId=job, State="Fail"))
    world.send(job)
    return job


@case("expired: did not finish", sweeps=True)
def _(world: World, job: str) -> str:
    world.lists(job)
    _plan(world, job, JobPlan(queuing_queries=1000))
    world.park(job)
    world.sweep()
    return job


@case("expired: internal-fault", sweeps=True)
def _(world: World, job: str) -> str:
    world.lists(job)
    world.park(job, starts=6, startedUntil=LONG_AGO)
    world.sweep()
    return job


# --- what has not ended --------------------------------------------------------------------------


def _plan(world: World, job: str, plan: JobPlan) -> None:
    result = with_data({"result": []})
    world.answer(mps_answer(result=result, bucket=BUCKET, JobId=job), plan)


def _code(title: str, code: str, status: int = 400, message: str = "The service says so.") -> None:
    @case(title)
    def _(world: World, job: str) -> str:
        _plan(world, job, JobPlan(error_code=code, error_message=message, status=status))
        world.send(job)
        return job


@case("pending: the job is")
def _(world: World, job: str) -> str:
    _plan(world, job, JobPlan(analysing_queries=1000))
    world.send(job)
    return job


_code("pending: Throttling", "Throttling.User", 400, "Request was denied due to user flow control.")
_code("pending: Forbidden", "Forbidden.RAM", 403)
_code("pending: InvalidIdentity", "InvalidIdentity.ServiceNotOpen", 403)
_code("pending: PermissionDenied", "PermissionDenied", 403)
_code("pending: SignatureDoesNotMatch", "SignatureDoesNotMatch")
_code("pending: InvalidAccessKeyId", "InvalidAccessKeyId.NotFound", 404)


def _raw(title: str, raw: Callable[[str], str]) -> None:
    @case(title)
    def _(world: World, job: str) -> str:
        _plan(world, job, JobPlan(raw=raw(job)))
        world.send(job)
        return job


_raw(
    "pending: the API answered about another job",
    lambda _job: json.dumps({"JobId": "0" * 32, "State": "Success", "FunctionName": "Cover"}),
)


@case("pending: no answer from the API")
def _(world: World, job: str) -> str:
    world.cloud.add_fault(FaultRule("reset", service="mps", job_id=job))
    world.send(job)
    return job


_raw("pending: without a valid JSON body", lambda _job: "<html>maintenance</html>")
_raw(
    "pending: the API's answer is longer than",
    lambda job: json.dumps({"JobId": job, "State": "Success", "More": "x" * 8_400_000}),
)
_raw(
    "pending: the job has no state yet",
    lambda job: json.dumps({"JobId": job, "FunctionName": "Cover", "State": ""}),
)
_code("pending: InvalidAction.NotFound", "InvalidAction.NotFound", 404)
_code("pending: Arrearage", "Arrearage", 403)
_code("pending: any other code", "ServiceUnavailableTemporary", 503)


@case("pending: a ticket")
def _(world: World, _job: str) -> str:
    world.put("jobs/night.txt", b"a" * 32)
    world.cloud.deny(BUCKET, "jobs/night", ["oss:GetObject"])
    world.handle(world.ticket_event("jobs/night.txt"))
    return sha(f"{BUCKET}/jobs/night.txt")


@case("pending: no time left in this invocation")
def _(world: World, job: str) -> str:
    world.lists(job)
    world.odd_jobs[job] = OutOfTime()
    world.send(job)
    return job


@case("pending: named by an event that could not be worked on before", sweeps=True)
def _(world: World, job: str) -> str:
    event = json.dumps({"jobIds": [job], "onPending": "park"})
    copy = {"bucket": "", "key": "", "firstSeen": "2026-11-01T00:00:00Z", "attempts": 0}
    encoded = base64.b64encode(event.encode()).decode()
    _plan(world, job, JobPlan(analysing_queries=1000))
    name = f"backlog/{DUE}/{sha(event)}.ticket.json"
    world.operator.put_state({name: {**copy, "origin": "event", "event": encoded}})
    world.sweep()
    return job


@case("pending: an earlier delivery of the event")
def _(world: World, job: str) -> str:
    event = json.dumps({"jobIds": [job, id_of("another")], "onPending": "park"})
    world.operator.put_state({f"started/{sha(event)}.json": {"until": time.time() + 600}})
    world.handle(event.encode())
    return job


@case("pending: the manifest could not be written")
def _(world: World, job: str) -> str:
    world.put("out/unwritten.srt")
    world.lists(job, "out/unwritten.srt")
    fault = FaultRule("error", action="PutObject", prefix=f"manifests/{job}", status=503)
    world.cloud.add_fault(fault)
    world.send(job)
    return job


@case("pending: an unexpected")
def _(world: World, job: str) -> str:
    world.lists(job)
    world.odd_jobs[job] = RuntimeError("a defect")
    world.send(job)
    return job


@case("failed: internal-fault")
def _(world: World, job: str) -> str:
    world.answer(mps_answer(result={"Code": "x"}, bucket=BUCKET, JobId=job, State="Fail"))
    with world.operator.monkeypatch.context() as patched:
        patched.setattr("mps_manifest.workflow.collect_job.build_manifest", _fail)
        world.send(job)
    return job


def _fail(*_: object) -> None:
    raise RuntimeError("a defect")


@case("pending: could not be notified")
def _(world: World, job: str) -> str:
    world.cloud.add_fault(FaultRule("error", service="fnf", status=503, code="Busy"))
    world.handle({"jobId": job, "onPending": "park", "taskToken": "a token"})
    return job


@case("pending: a copy of an event")
def _(world: World, job: str) -> str:
    event = json.dumps({"jobIds": [job]})
    encoded = base64.b64encode(event.encode()).decode()
    copy = {"bucket": "", "key": "", "firstSeen": LONG_AGO, "origin": "event", "event": encoded}
    world.operator.put_state({f"backlog/{LATER}/{sha(event)}.ticket.json": copy})
    return sha(event)


@case("pending: not asked for yet")
def _(world: World, job: str) -> str:
    world.lists(job)
    world.operator.put_state({f"backlog/{LATER}/{job}.json": {}})
    return job


# --- the quarantine ------------------------------------------------------------------------------


@case("rejected: no state")
def _(world: World, job: str) -> str:
    world.send(job)
    return job


@case("rejected: JobNotFound")
def _(world: World, job: str) -> str:
    world.handle({"jobs": [{"jobId": job, "api": "ims"}], "onPending": "park"}, JOB_API="ims")
    return job


_code("rejected: ResourceNotFound", "InvalidParameter.ResourceNotFound", 404)


@case("rejected: UUIDFormatInvalid")
def _(world: World, _job: str) -> str:
    world.send("not-the-id-of-a-job-of-this-service")
    return "not-the-id-of-a-job-of-this-service"


_code("rejected: NullValue", "InvalidParameter.NullValue")
_code("rejected: EmptyValue", "InvalidParameter.EmptyValue")


def _message(body: str) -> dict[str, str]:
    return {"TopicName": "mps", "MessageId": "1", "Message": body}


def _piece(title: str, event: Callable[[], object]) -> None:
    @case(title)
    def _(world: World, _job: str) -> str:
        return world.piece(event())


_piece("rejected: is not a job ID", lambda: _message(json.dumps({"jobId": "a b"})))


@case("rejected: lines are not job IDs")
def _(world: World, _job: str) -> str:
    world.put("jobs/lines.txt", f"{id_of('complete')}\nhello\nworld\n".encode())
    return world.piece(world.ticket_event("jobs/lines.txt"))


_piece("rejected: unrecognized JSON object", lambda: _message(json.dumps({"film": 7})))
_piece(
    "rejected: one JSON text of more than",
    lambda: _message(json.dumps({"jobIds": [], "more": "x" * 8_400_000})),
)


@case("rejected: the ticket")
def _(world: World, _job: str) -> str:
    world.put("jobs/empty.txt", b"")
    return world.piece(world.ticket_event("jobs/empty.txt"))


@case("rejected: the function crashed", sweeps=True)
def _(world: World, _job: str) -> str:
    name = f"{sha(f'{BUCKET}/jobs/deadly.txt')}.ticket"
    ticket = {"bucket": BUCKET, "key": "jobs/deadly.txt", "firstSeen": "2026-11-01T00:00:00Z"}
    world.put("jobs/deadly.txt", b"a" * 32)
    world.operator.put_state(
        {
            f"backlog/{DUE}/{name}.json": {**ticket, "attempts": 0, "starts": 5},
            f"started/{'0' * 16}.json": {"until": 0, "jobs": [name]},
        }
    )
    before = set(world.operator.keys(f"{STATE}rejected/"))
    world.sweep()
    (new,) = set(world.operator.keys(f"{STATE}rejected/")) - before
    return new.rpartition("/")[2].removesuffix(".json")


_piece("rejected: anything else", lambda: b"\xff\xfe\x00 no text at all")


@case("unknown")
def _(world: World, job: str) -> str:
    world.put("out/unknown.srt")
    world.lists(job, "out/unknown.srt")
    return job


def made(operator: Operator) -> Iterator[tuple[str, str]]:
    """Make all cases; yield their titles, and what is to be explained."""
    world = World(operator)
    for title in sorted(CASES, key=lambda title: title not in SWEEPING):
        yield title, CASES[title](world, id_of(title))
