"""The OSS port: authenticates and authorizes requests, and calls their handlers."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from aiohttp import web

from local.faults import AbortedError, FaultRule
from local.identity import ANONYMOUS, KeyRing, NotAuthorizedError, Policy, oss_resource
from local.journal import Call, Entry
from local.oss import (
    bucket_rules,
    buckets,
    copying,
    cors,
    listings,
    multipart,
    objects,
    restoring,
    symlinks,
    tagging,
)
from local.oss.actions import PREFLIGHT, Action, action_of
from local.oss.call import OssBackend, OssCall, access_denied
from local.oss.errors import OssError, internal_error, render
from local.oss.model import Attributes, ObjectCreated, StoredObject
from local.oss.signing import Verifier
from local.oss.store import ObjectStore
from local.oss.supported import check_supported, permissions
from local.oss.target import Target, new_request_id
from local.oss.uploads import UploadStore
from local.reply import Reply
from local.request_pipeline import RequestPipeline

Watcher = Callable[[ObjectCreated], Awaitable[None]]

_HANDLERS = {
    **objects.HANDLERS,
    **copying.HANDLERS,
    **symlinks.HANDLERS,
    **multipart.HANDLERS,
    **tagging.HANDLERS,
    **buckets.HANDLERS,
    **bucket_rules.HANDLERS,
    **listings.HANDLERS,
    **cors.HANDLERS,
    **restoring.HANDLERS,
}
# Actions whose handlers check the permissions, object by object.
_AUTHORIZED_BY_HANDLER = frozenset({"DeleteMultipleObjects"})
# Actions that need no bucket; for all others NoSuchBucket comes before any other error.
_CREATING = frozenset({"PutBucket", "PutBucketAcl"})

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Asked:
    """A request as it came; `broken` is why it cannot be read at all."""

    request: web.BaseRequest
    target: Target
    headers: Mapping[str, str]
    action: Action | None
    broken: OssError | None
    request_id: str

    @classmethod
    def of(cls, request: web.BaseRequest) -> "_Asked":
        headers = {name.lower(): value for name, value in request.headers.items()}
        target, action, broken = Target(request.method), None, None
        try:
            target = Target.parse(request.method, request.raw_path)
            action = action_of(target, headers)
        except OssError as error:
            broken = error
        return cls(request, target, headers, action, broken, new_request_id())

    @property
    def subject(self) -> tuple[str, str, str]:
        """The action, bucket and key; the key of a listing is its prefix."""
        name = self.action.name if self.action else "Unknown"
        is_listing = name == "ListObjects"
        key = self.target.query.get("prefix", "") if is_listing else self.target.key
        return name, self.target.bucket, key

    @property
    def call(self) -> Call:
        return Call("oss", *self.subject)

    def render(self, error: OssError) -> Reply:
        return render(error, self.request_id, head=self.request.method == "HEAD")

    def stamped(self, reply: Reply, seconds: float) -> Reply:
        """Return an answer with what all answers have."""
        stamp = {
            "Server": "AliyunOSS",
            "x-oss-request-id": self.request_id,
            "x-oss-server-time": str(int(1000 * seconds)),
        }
        return replace(reply, headers={**reply.headers, **stamp})


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
        asked = _Asked.of(request)

        async def work(entry: Entry, skew: float) -> Reply:
            started = time.monotonic()
            reply = await self._reply(asked, entry, time.time() + skew)
            return asked.stamped(reply, time.monotonic() - started)

        def refuse(rule: FaultRule) -> Reply:
            return asked.render(_injected_error(rule))

        return await self._pipeline.run(request, asked.call, work, refuse)

    async def _reply(self, asked: "_Asked", entry: Entry, now: float) -> Reply:
        """Return the answer of a request, whatever happens, unless its connection breaks."""
        try:
            reply = await self._answer(asked, entry, now)
        except OssError as error:
            reply = asked.render(error)
        except (AbortedError, ConnectionError):
            raise
        except Exception:  # noqa: BLE001 (the client gets an answer of OSS in any case)
            _log.exception("%s of %s/%s failed", *asked.subject)
            reply = asked.render(internal_error())
        return replace(reply, headers={**reply.headers, **self._of_page(asked)})

    async def _answer(self, asked: "_Asked", entry: Entry, now: float) -> Reply:
        if asked.broken is not None:
            raise asked.broken
        target, headers = asked.target, asked.headers
        if asked.action is PREFLIGHT:
            return cors.preflight(self._backend.store.bucket(target.bucket), headers)
        if target.bucket and asked.subject[0] not in _CREATING:
            self._backend.store.bucket(target.bucket)
        identity = self._verifier.identify(target, headers, now)
        entry.identity = identity.access_key_id
        call = OssCall(
            asked.request, target, headers, identity, asked.request_id, entry, self._backend
        )
        return await self._handled(_supported(asked.action, call), call)

    def _of_page(self, asked: "_Asked") -> dict[str, str]:
        """Return the headers that let a web page see the answer to its request."""
        if not asked.target.bucket:
            return {}
        try:
            bucket = self._backend.store.bucket(asked.target.bucket)
        except OssError:
            return {}
        if asked.action is PREFLIGHT:
            return cors.varies(bucket)
        return cors.cors_headers(bucket, asked.headers, asked.target.method)

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

    async def _handled(self, action: Action, call: OssCall) -> Reply:
        if action.name in {"ListObjects", "ListObjectVersions"}:
            self._authorize_listing(call, action.name)
        elif action.name not in _AUTHORIZED_BY_HANDLER:
            for permission in permissions(action, call.query, call.headers):
                call.authorize(permission, *call.where)
        if call.headers.get("expect", "").lower() == "100-continue":
            await _send_continue(call.request)
        return await _HANDLERS[action.name](call)

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


def _supported(action: Action | None, call: OssCall) -> Action:
    """Return the action of a request; raise NotImplemented, or AccessDenied for a stranger."""
    try:
        return check_supported(action, call.target, call.headers)
    except OssError:
        if call.identity is ANONYMOUS:
            raise access_denied() from None
        raise


def _injected_error(rule: FaultRule) -> OssError:
    if rule.effect == "throttle":
        return OssError(503, "QpsLimitExceeded", "Please reduce your request rate.")
    return OssError(rule.status, rule.code, rule.message, headers=dict(rule.headers))
