"""The OSS port: authenticates and authorizes requests, and calls their handlers."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiohttp import web

from local.faults import FaultRule
from local.identity import KeyRing, NotAuthorizedError, Policy, oss_resource
from local.journal import Call, Entry
from local.oss import bucket_rules, buckets, listings, multipart, objects, tagging
from local.oss.call import OssBackend, OssCall
from local.oss.errors import OssError, render
from local.oss.model import Attributes, ObjectCreated, StoredObject
from local.oss.signing import Verifier
from local.oss.store import ObjectStore
from local.oss.target import Target, action_of, new_request_id
from local.oss.uploads import UploadStore
from local.reply import Reply
from local.request_pipeline import RequestPipeline

Watcher = Callable[[ObjectCreated], Awaitable[None]]

_HANDLERS = {
    **objects.HANDLERS,
    **multipart.HANDLERS,
    **tagging.HANDLERS,
    **buckets.HANDLERS,
    **bucket_rules.HANDLERS,
    **listings.HANDLERS,
}
# The permission of an action, if it is not the one with its own name.
_PERMISSIONS = {
    "HeadObject": "GetObject",
    "GetObjectMeta": "GetObject",
    "CopyObject": "PutObject",
    "AppendObject": "PutObject",
    "InitiateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
}
# Actions whose handlers check the permissions, object by object.
# RAM tells whoever names a version from whoever takes the current one (OSS manual, RAM policy).
_OF_VERSIONS = {"GetObject": "GetObjectVersion", "DeleteObject": "DeleteObjectVersion"}
_AUTHORIZED_BY_HANDLER = frozenset({"DeleteMultipleObjects"})

_log = logging.getLogger(__name__)


class OssService:
    """OSS as one HTTP handler; the watchers in `on_created` are called for every written object."""

    def __init__(
        self,
        pipeline: RequestPipeline,
        store: ObjectStore,
        keys: KeyRing,
        policy: Policy,
        region: str,
    ) -> None:
        self.on_created: list[Watcher] = []
        self._pipeline = pipeline
        self._verifier = Verifier(keys, region)
        self._backend = OssBackend(region, store, UploadStore(store), policy, self._announce)
        self._notifications: set[asyncio.Task[None]] = set()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        request_id = new_request_id()
        is_head = request.method == "HEAD"
        headers = {name.lower(): value for name, value in request.headers.items()}
        target, broken = Target(request.method), None
        call = Call("oss", "Unknown")
        try:
            target = Target.parse(request.method, request.raw_path)
            action = action_of(target, headers)
            call = Call("oss", action, target.bucket, _subject(action, target))
        except OssError as error:
            broken = error

        async def work(entry: Entry, skew: float) -> Reply:
            try:
                if broken is not None:
                    raise broken
                identity = self._verifier.identify(target, headers, time.time() + skew)
                entry.identity = identity.access_key_id
                oss_call = OssCall(
                    request, target, headers, identity, request_id, entry, self._backend
                )
                reply = await self._answer(call, oss_call)
            except OssError as error:
                return render(error, request_id, head=is_head)
            return replace(reply, headers=_stamp(reply.headers, request_id))

        def refuse(rule: FaultRule) -> Reply:
            return render(_injected_error(rule), request_id, head=is_head)

        return await self._pipeline.run(request, call, work, refuse)

    def put_directly(
        self, where: tuple[str, str], data: bytes, attributes: Attributes
    ) -> StoredObject:
        """Write an object without a signed request; the watchers are called as well."""
        objects.check_key(where[1])
        store = self._backend.store
        stored = store.put(where, store.blobs.take(data), attributes)
        region, request_id = self._backend.region, new_request_id()
        created = ObjectCreated.of(stored, "PutObject", request_id=request_id, region=region)
        self._announce(created)
        return stored

    async def settle(self) -> None:
        """Wait until all watchers have returned."""
        while self._notifications:
            await asyncio.gather(*self._notifications, return_exceptions=True)

    async def _answer(self, call: Call, oss_call: OssCall) -> Reply:
        permission = _PERMISSIONS.get(call.action, call.action)
        if oss_call.query.get("versionId"):
            permission = _OF_VERSIONS.get(permission, permission)
        if call.action in {"ListObjects", "ListObjectVersions"}:
            self._authorize_listing(oss_call, call.action)
        elif call.action not in _AUTHORIZED_BY_HANDLER:
            oss_call.authorize(permission, call.bucket, call.key)
        if oss_call.request.headers.get("Expect", "").lower() == "100-continue":
            await _send_continue(oss_call.request)
        return await _HANDLERS[call.action](oss_call)

    def _authorize_listing(self, call: OssCall, action: str) -> None:
        """Authorize a listing: RAM checks its bucket, denials check its prefix as well."""
        resource = oss_resource(self._backend.region, call.target.bucket)
        asked = replace(resource, key=call.query.get("prefix", ""))
        try:
            self._backend.policy.authorize(call.identity, f"oss:{action}", asked)
        except NotAuthorizedError:
            message = "You have no right to access this bucket."
            raise OssError(403, "AccessDenied", message) from None

    def _announce(self, created: ObjectCreated) -> None:
        for watcher in self.on_created:
            task = asyncio.ensure_future(_notify(watcher, created))
            self._notifications.add(task)
            task.add_done_callback(self._notifications.discard)


async def _notify(watcher: Watcher, created: ObjectCreated) -> None:
    try:
        await watcher(created)
    except Exception:  # noqa: BLE001 (an error of a watcher must not fail the write)
        _log.exception("a watcher failed at %s/%s", created.bucket, created.key)


async def _send_continue(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def _subject(action: str, target: Target) -> str:
    """Return the key of a call; for a listing its prefix."""
    return target.query.get("prefix", "") if action == "ListObjects" else target.key


def _injected_error(rule: FaultRule) -> OssError:
    if rule.effect == "throttle":
        return OssError(503, "QpsLimitExceeded", "Please reduce your request rate.")
    return OssError(rule.status, rule.code, rule.message, headers=dict(rule.headers))


def _stamp(headers: dict[str, str], request_id: str) -> dict[str, str]:
    return {"Server": "AliyunOSS", **headers, "x-oss-request-id": request_id}
