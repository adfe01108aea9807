"""The control port: what tests and tools do to the cloud without asking its services.

Plain JSON over HTTP on loopback, with the cloud's token; `local.client` is the client.
"""

import base64
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from local.faults import FaultRule
from local.gate import gate
from local.identity import Denial, Identity, Statement
from local.jobs.errors import ApiError
from local.jobs.plan import Job, JobPlan, api_of
from local.logs.query import LogPlace
from local.mns.topics import Subscription
from local.oss.errors import OssError
from local.oss.listing_query import ListingQuery, count_keys, list_objects
from local.oss.model import Attributes, Bucket
from local.services import CloudServices

_LARGEST_BODY = 1024**3

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Control:
    """The routes of the control port; each changes or reads one thing of the services."""

    def __init__(self, services: CloudServices) -> None:
        self._services = services

    def application(self) -> web.Application:
        """Make the aiohttp application."""
        middlewares = [gate(self._services.config.token), _errors_as_json]
        application = web.Application(client_max_size=_LARGEST_BODY, middlewares=middlewares)
        application.add_routes(
            [
                web.post("/buckets", self._create_bucket),
                web.put("/object", self._put_object),
                web.get("/object", self._get_object),
                web.delete("/object", self._delete_object),
                web.post("/objects", self._put_objects),
                web.get("/keys", self._list_keys),
                web.get("/keys/count", self._count_keys),
                web.post("/jobs", self._put_jobs),
                web.get("/reports", self._reports),
                web.post("/logs", self._put_logs),
                web.post("/topics", self._create_topic),
                web.get("/messages", self._messages),
                web.post("/subscriptions", self._subscribe),
                web.post("/faults", self._add_fault),
                web.get("/faults/{number}", self._fault),
                web.delete("/faults", self._clear_faults),
                web.post("/denials", self._deny),
                web.get("/requests", self._requests),
                web.delete("/requests", self._reset_requests),
                web.post("/tokens", self._issue_token),
                web.delete("/tokens", self._revoke_token),
                web.post("/settings", self._settings),
                web.post("/reset", self._reset),
            ]
        )
        return application

    async def _create_bucket(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        versioning = "Enabled" if wanted["versioning"] else ""
        bucket = Bucket(wanted["name"], time.time(), versioning, wanted["immutable"])
        self._services.store.create_bucket(bucket)
        return web.json_response({})

    async def _put_object(self, request: web.Request) -> web.Response:
        query = request.query
        metadata = {
            f"x-oss-meta-{name.removeprefix('meta.').lower()}": value
            for name, value in query.items()
            if name.startswith("meta.")
        }
        attributes = Attributes(query["content_type"], metadata)
        where = (query["bucket"], query["key"])
        stored = self._services.oss.put_directly(where, await request.read(), attributes)
        return web.json_response({"etag": stored.content.etag})

    async def _put_objects(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        for key, data in wanted["objects"].items():
            body = base64.b64decode(data)
            self._services.oss.put_directly((wanted["bucket"], key), body, Attributes())
        return web.json_response({})

    async def _get_object(self, request: web.Request) -> web.StreamResponse:
        stored = self._services.store.get(request.query["bucket"], request.query["key"])
        response = web.StreamResponse()
        response.content_length = stored.content.size
        await response.prepare(request)
        content = stored.content
        reader = self._services.store.blobs.reader(content.blobs, 0, content.size)
        with contextlib.closing(reader):
            for chunk in reader:
                await response.write(chunk)
        return response

    async def _delete_object(self, request: web.Request) -> web.Response:
        self._services.store.delete(request.query["bucket"], request.query["key"])
        return web.json_response({})

    async def _list_keys(self, request: web.Request) -> web.Response:
        query = request.query
        self._services.store.bucket(query["bucket"])
        listing = ListingQuery(query["bucket"], query["prefix"], limit=10**9)
        page = list_objects(self._services.database, listing)
        return web.json_response([listed.key for listed in page.objects])

    async def _count_keys(self, request: web.Request) -> web.Response:
        query = request.query
        number = count_keys(self._services.database, query["bucket"], query["prefix"])
        return web.json_response({"count": number})

    async def _put_jobs(self, request: web.Request) -> web.Response:
        self._services.job_store.put(_jobs(await request.json()))
        return web.json_response({})

    async def _reports(self, _: web.Request) -> web.Response:
        return web.json_response([asdict(report) for report in self._services.job_store.reports()])

    async def _put_logs(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        place = LogPlace(wanted["project"], wanted["store"])
        self._services.log_stores.create(place)
        for line in wanted["lines"]:
            self._services.log_stores.add(place, line)
        return web.json_response({})

    async def _create_topic(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        self._services.topics.create(wanted["name"], wanted["max_message_size"])
        return web.json_response({})

    async def _messages(self, request: web.Request) -> web.Response:
        return web.json_response(self._services.topics.topic(request.query["topic"]).messages)

    async def _subscribe(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        topic = self._services.topics.topic(wanted["topic"])
        topic.subscriptions.append(Subscription(wanted["url"], wanted["form"]))
        return web.json_response({})

    async def _add_fault(self, request: web.Request) -> web.Response:
        number = self._services.faults.add(FaultRule(**await request.json()))
        return web.json_response({"number": number})

    async def _fault(self, request: web.Request) -> web.Response:
        fired = self._services.faults.fired(int(request.match_info["number"]))
        return web.json_response({"fired": fired})

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self._services.faults.clear()
        return web.json_response({})

    async def _deny(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        denial = Denial(wanted["bucket"], wanted["prefix"], tuple(wanted["actions"]))
        self._services.policy.denials.append(denial)
        return web.json_response({})

    async def _requests(self, _: web.Request) -> web.Response:
        return web.json_response([asdict(record) for record in self._services.journal.records()])

    async def _reset_requests(self, _: web.Request) -> web.Response:
        self._services.journal.reset()
        return web.json_response({})

    async def _issue_token(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        seconds = wanted["seconds"]
        expires = None if seconds is None else time.time() + seconds
        statements = [
            Statement(
                each["effect"],
                tuple(each["actions"]),
                tuple(each["resources"]),
                tuple(each.get("prefixes", ())),
            )
            for each in wanted["statements"]
        ]
        identity: Identity = self._services.keys.issue(wanted["name"], expires, statements)
        return web.json_response(asdict(identity))

    async def _revoke_token(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        self._services.keys.revoke(wanted["security_token"])
        return web.json_response({})

    async def _settings(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        if "api_qps" in wanted:
            self._services.jobs.quota.per_second = wanted["api_qps"]
        if "used_token_code" in wanted:
            self._services.jobs.used_token_code = wanted["used_token_code"]
        self._services.pipeline.latency.update(wanted.get("latency", {}))
        return web.json_response({})

    async def _reset(self, _: web.Request) -> web.Response:
        self._services.reset()
        return web.json_response({})


def _jobs(wanted: Iterable[dict[str, Any]]) -> list[Job]:
    now = time.time()
    return [
        Job(
            each["api"] or api_of(each["answer"]),
            each["answer"]["JobId"],
            each["answer"],
            JobPlan(**each["plan"]),
            now,
        )
        for each in wanted
    ]


@web.middleware
async def _errors_as_json(request: web.Request, handler: Answer) -> web.StreamResponse:
    try:
        return await handler(request)
    except (OssError, ApiError) as error:
        document = {"code": error.code, "message": error.message}
        return web.json_response(document, status=error.status)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        return web.json_response({"code": "BadRequest", "message": repr(error)}, status=400)
