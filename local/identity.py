"""Authentication and authorization: key pairs, STS tokens, RAM statements, denials."""

import functools
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

ACCOUNT = "1234567890123456"


@dataclass(frozen=True)
class Statement:
    """One statement of a RAM policy; `*` and `?` in patterns match as RAM does.

    With `prefixes` it applies only to listings of such a prefix (condition `oss:Prefix`).
    """

    effect: str = "Allow"
    actions: tuple[str, ...] = ("*",)
    resources: tuple[str, ...] = ("*",)
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identity:
    """A key pair, its token if it is an STS one, and its policy; times in Unix seconds."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(default="", repr=False)
    name: str = "owner"
    expires: float | None = None
    statements: tuple[Statement, ...] = (Statement(),)


OWNER = Identity("LTAI5tLaptopOwner", "laptop-owner-secret")
ANONYMOUS = Identity("", "", name="anonymous", statements=())
"""Whoever does not sign: only what is open to everybody is open to them."""
FUNCTION_ROLE = Identity(
    "STS.LaptopFunction", "laptop-function-secret", "laptop-function-token", "function"
)


@dataclass(frozen=True)
class Resource:
    """What a call accesses; for a listing `key` is the prefix, which is not part of the ARN."""

    arn: str
    bucket: str = ""
    key: str = ""


@dataclass(frozen=True)
class Denial:
    """Actions denied to everyone; an empty bucket or prefix means any, `oss:` may be left out."""

    bucket: str
    prefix: str
    actions: tuple[str, ...]

    def covers(self, action: str, resource: Resource) -> bool:
        """Return whether this denial forbids the action on the resource."""
        return (
            self.bucket in ("", resource.bucket)
            and resource.key.startswith(self.prefix)
            and (action in self.actions or action.partition(":")[2] in self.actions)
        )


class Refusal(Enum):
    """Why a key or its token is not accepted."""

    UNKNOWN_KEY = "unknown key"
    TOKEN_MISSING = "token missing"
    TOKEN_INVALID = "token invalid"
    TOKEN_EXPIRED = "token expired"


class NotAuthenticatedError(Exception):
    """The caller's key or token is not accepted."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class NotAuthorizedError(Exception):
    """The caller is known but lacks the permission."""


class KeyRing:
    """All key pairs that the cloud accepts."""

    def __init__(self) -> None:
        self._permanent = (OWNER, FUNCTION_ROLE)
        self._identities: dict[str, Identity] = {}
        self.reset()

    def reset(self) -> None:
        """Delete issued tokens and undo revocations: only the two permanent identities are left."""
        self._identities = {known.access_key_id: known for known in self._permanent}

    def found_on(self, owner: Identity, function: Identity) -> None:
        """Take other permanent identities than those that everybody knows, and reset."""
        self._permanent = (owner, function)
        self.reset()

    def issue(
        self, name: str, expires: float | None, statements: Sequence[Statement] = (Statement(),)
    ) -> Identity:
        """Issue an STS key pair with its token."""
        identity = Identity(
            access_key_id=f"STS.{secrets.token_hex(10)}",
            access_key_secret=secrets.token_hex(20),
            security_token=secrets.token_urlsafe(48),
            name=name,
            expires=expires,
            statements=tuple(statements),
        )
        self._identities[identity.access_key_id] = identity
        return identity

    def add(self, identity: Identity) -> None:
        """Accept a key pair that another key ring has issued."""
        self._identities[identity.access_key_id] = identity

    def revoke(self, security_token: str) -> None:
        """Revoke a token and its key pair."""
        self._identities = {
            key: known
            for key, known in self._identities.items()
            if not security_token or known.security_token != security_token
        }

    def find(self, access_key_id: str, security_token: str, now: float) -> Identity:
        """Return the identity of a key, raising NotAuthenticatedError with the reason.

        A token beside a permanent key makes the key unknown, as OSS says (EC 0002-00000002).
        """
        identity = self._identities.get(access_key_id)
        if identity is None or (security_token and not identity.security_token):
            raise NotAuthenticatedError(Refusal.UNKNOWN_KEY)
        if not security_token and identity.security_token:
            raise NotAuthenticatedError(Refusal.TOKEN_MISSING)
        if identity.security_token != security_token:
            raise NotAuthenticatedError(Refusal.TOKEN_INVALID)
        if identity.expires is not None and now >= identity.expires:
            raise NotAuthenticatedError(Refusal.TOKEN_EXPIRED)
        return identity


class Policy:
    """Authorizes calls: denials first, then the caller's own statements."""

    def __init__(self) -> None:
        self.denials: list[Denial] = []

    def authorize(self, identity: Identity, action: str, resource: Resource) -> None:
        """Raise NotAuthorizedError unless the identity may perform the action."""
        if any(denial.covers(action, resource) for denial in self.denials):
            raise NotAuthorizedError(action)
        effects = {
            statement.effect
            for statement in identity.statements
            if self.matches(statement, action, resource)
        }
        if effects != {"Allow"}:
            raise NotAuthorizedError(action)

    def denies(self, identity: Identity, action: str, resource: Resource) -> bool:
        """Return whether something forbids the action, whoever else may have opened it."""
        if any(denial.covers(action, resource) for denial in self.denials):
            return True
        denied = (each for each in identity.statements if each.effect == "Deny")
        return any(self.matches(statement, action, resource) for statement in denied)

    @staticmethod
    def matches(statement: Statement, action: str, resource: Resource) -> bool:
        """Return whether a statement is about an action on a resource."""
        return (
            _any_matches(statement.actions, action)
            and _any_matches(statement.resources, resource.arn)
            and (not statement.prefixes or _any_matches(statement.prefixes, resource.key))
        )


def oss_resource(region: str, bucket: str, key: str = "") -> Resource:
    """Return the RAM resource of an object, or of a bucket if the key is empty."""
    path = f"{bucket}/{key}" if key else bucket
    return Resource(f"acs:oss:oss-{region}:{ACCOUNT}:{path}", bucket, key)


def _any_matches(patterns: tuple[str, ...], text: str) -> bool:
    return any(_pattern(pattern).fullmatch(text) for pattern in patterns)


@functools.lru_cache(maxsize=1024)
def _pattern(pattern: str) -> re.Pattern[str]:
    wildcards = {"*": ".*", "?": "."}
    return re.compile(
        "".join(wildcards.get(letter) or re.escape(letter) for letter in pattern),
        re.IGNORECASE | re.DOTALL,
    )
