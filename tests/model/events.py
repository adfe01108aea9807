"""Events as triggers deliver them, each with what it asks for, written down independently."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from mps_manifest.settings import Api
from tests.fakes import HOME
from tests.model.jobs import IDS, api_of

TaskJobs = tuple[tuple[Api, str], ...]


@dataclass(frozen=True)
class Asked:
    """One job an event names; `park` says that an unfinished one is kept for the caller."""

    job_id: str
    api: Api = "mps"
    park: bool = True
    token: str | None = None


@dataclass(frozen=True)
class Event:
    """An event, what it asks for, and the objects that stand in the bucket when it is sent.

    `junk` are the names of the quarantine entries of its unusable pieces.
    """

    kind: str
    body: bytes
    asked: tuple[Asked, ...]
    objects: tuple[tuple[str, bytes, dict[str, str]], ...] = ()
    junk: tuple[str, ...] = ()

    @property
    def tasks(self) -> dict[str, TaskJobs]:
        """Return which jobs each token waits for."""
        tasks: dict[str, TaskJobs] = {}
        for asked in self.asked:
            if asked.token:
                known = tasks.get(asked.token, ())
                tasks[asked.token] = tuple(dict.fromkeys([*known, (asked.api, asked.job_id)]))
        return tasks


Jobs = list[tuple[str, Api]]
Maker = Callable[[Jobs, int], Event]


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _bodies(jobs: Jobs) -> list[dict[str, str]]:
    return [{"jobId": job_id, "api": api} for job_id, api in jobs]


def direct(jobs: Jobs, _number: int) -> Event:
    """Ask as a caller who keeps unfinished jobs."""
    asked = tuple(Asked(job_id, api, park=False) for job_id, api in jobs)
    return Event("direct", _json({"jobs": _bodies(jobs)}), asked)


def parked(jobs: Jobs, _number: int) -> Event:
    """Ask as a caller who leaves unfinished jobs to the backlog."""
    asked = tuple(Asked(job_id, api) for job_id, api in jobs)
    return Event("parked", _json({"jobs": _bodies(jobs), "onPending": "park"}), asked)


def task(jobs: Jobs, number: int) -> Event:
    """Ask as a CloudFlow step that waits for all its jobs."""
    token = f"token-{number}"
    asked = tuple(Asked(job_id, api, token=token) for job_id, api in jobs)
    return Event("task", _json({"jobs": _bodies(jobs), "taskToken": token}), asked)


def _topic_message(number: int, content: object) -> dict[str, Any]:
    text = content if isinstance(content, str) else json.dumps(content)
    return {"TopicName": "jobs", "MessageId": f"m{number}", "Message": text}


def notification(jobs: Jobs, number: int) -> Event:
    """Send a message of MPS or IMS about one job."""
    job_id, api = jobs[0]
    body: dict[str, Any] = {"jobId": job_id, "state": "Success", "type": "SmartProduction"}
    if api == "ims":
        body = {"EventType": "AIProduceComplete", "MessageBody": {"JobId": job_id}}
    return Event("notification", _json(_topic_message(number, body)), (Asked(job_id, api),))


def batch(jobs: Jobs, number: int) -> Event:
    """Send a batch: notifications, a step's jobs, lines, and a message nobody can read."""
    first, *others = jobs
    junk = f"junk {number}"
    token = f"token-{number}"
    messages: list[object] = [
        {"JobId": first[0], "State": "Success"},
        junk,
        *({"jobs": [body], "taskToken": token} for body in _bodies(others[:1])),
        "\n".join(job_id for job_id, _ in others[1:]) or {"jobIds": []},
        {"JobId": first[0], "State": "Success"},
    ]
    asked = [Asked(first[0]), *(Asked(j, api, token=token) for j, api in others[:1])]
    asked += [Asked(job_id) for job_id, _ in others[1:]]
    body = _json([_topic_message(number, message) for message in messages])
    return Event("batch", body, tuple(asked), junk=(hashlib.sha256(junk.encode()).hexdigest(),))


def tickets(jobs: Jobs, number: int) -> Event:
    """Announce objects that were put: with an ID as metadata, as name, and with lines of IDs."""
    objects: list[tuple[str, bytes, dict[str, str]]] = []
    for job_id, _ in jobs[:1]:
        objects.append((f"jobs/{number}-meta", b"", {"job-id": job_id}))
    for job_id, _ in jobs[1:2]:
        objects.append((f"jobs/{number}/{job_id}.job", b"", {}))
    lines = [job_id for job_id, _ in [*jobs[2:], *jobs]]
    objects.append((f"jobs/{number}-lines", "\n".join(lines).encode(), {}))
    asked = tuple(Asked(job_id) for job_id, _ in jobs)
    return Event("tickets", _json({"events": _records(objects)}), asked, tuple(objects))


def _records(objects: list[tuple[str, bytes, dict[str, str]]]) -> list[object]:
    return [
        {
            "eventName": "ObjectCreated:PutObject",
            "oss": {"bucket": {"name": HOME}, "object": {"key": key}},
        }
        for key, _, _ in objects
    ]


MAKERS: tuple[Maker, ...] = (direct, parked, task, task, notification, batch, tickets)


@dataclass(frozen=True)
class Draft:
    """An event that has no number yet."""

    make: Maker
    jobs: tuple[tuple[str, Api], ...]

    def sent(self, number: int, known: int) -> Event:
        """Make the event about the first few jobs known; a task asks for each job once."""
        jobs = [(IDS[IDS.index(job_id) % known], api) for job_id, api in self.jobs]
        once = dict(jobs).items() if self.make in {task, batch} else dict.fromkeys(jobs)
        return self.make(list(once), number)

    def __repr__(self) -> str:
        """Return a short form of it."""
        return f"{self.make.__name__}({' '.join(f'{j[:1]}-{api}' for j, api in self.jobs)})"


def drafts() -> st.SearchStrategy[Draft]:
    """Draft events; the API is right more often than not."""
    right = [(job_id, api_of(job_id)) for job_id in IDS]
    wrong: list[tuple[str, Api]] = [(IDS[0], "ims"), (IDS[-1], "mps")]
    job = st.sampled_from([*right, *right, *wrong])
    jobs = st.lists(job, min_size=1, max_size=5, unique=True).map(tuple)
    return st.builds(Draft, st.sampled_from(MAKERS), jobs)
