"""The settings of docs/settings.md, read from environment variables; their names are here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Literal, NamedTuple, TypeVar, cast

from mps_manifest.errors import ConfigurationError

Api = Literal["mps", "ims"]
Digest = Literal["none", "sha256"]
QuotaSharing = Literal["split", "leases"]

_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_TOPIC = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,119}")
_REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
_ENDPOINT = re.compile(r"(https?://)?[0-9A-Za-z.-]+(:[0-9]{1,5})?/?")
# what is left of 1,023 bytes by the longest key below each (state/keys.py)
_LONGEST_PREFIX, _LONGEST_STATE_PREFIX = 930, 780
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")

DEFAULT_CONCURRENCY = 16

T = TypeVar("T")


class Settings(NamedTuple):
    """The settings of docs/settings.md, typed and checked; endpoints are full URLs."""

    bucket: str
    allowed_buckets: frozenset[str]
    manifest_prefix: str
    state_prefix: str
    ticket_prefix: str
    job_api: Api
    region: str
    oss_endpoint: str
    api_endpoint: str | None
    api_qps: float
    max_instances: int
    quota_sharing: QuotaSharing
    concurrency: int
    media_facts: bool
    digest: Digest
    max_parsed_bytes: int
    captions_vtt: bool
    job_ttl_hours: float
    log_level: str
    announce_topic: str | None = None
    account: str = ""
    function: str = ""

    @property
    def instance_qps(self) -> float:
        """The number of query calls per second that this instance may make where it is split."""
        return self.api_qps / self.max_instances

    @property
    def own_prefixes(self) -> tuple[str, str]:
        """The prefixes of the home bucket below which everything is the function's own."""
        return self.manifest_prefix, self.state_prefix

    def endpoint_of(self, product: Literal["mts", "ice", "fnf", "mns"]) -> str:
        """Return the full URL of an API.

        `API_ENDPOINT` applies to every product unless its host names another product, as
        `mts-vpc.cn-shanghai.aliyuncs.com` does; then the region's public endpoint is used, and of
        MNS the internal one. Raises ConfigurationError where that needs an account, and none is
        known.
        """
        if self.api_endpoint and _product_named(self.api_endpoint) in {None, product}:
            return self.api_endpoint
        if product == "mns":
            if not self.account:
                raise ConfigurationError(
                    "ANNOUNCE_TOPIC: the topic's address needs the account ID; set FC_ACCOUNT_ID"
                )
            return f"https://{self.account}.mns.{self.region}-internal.aliyuncs.com"
        host = f"{self.region}.fnf" if product == "fnf" else f"{product}.{self.region}"
        return f"https://{host}.aliyuncs.com"


def _product_named(endpoint: str) -> str | None:
    host = endpoint.rsplit("://", maxsplit=1)[-1]
    if not host.endswith(".aliyuncs.com"):
        return None
    if ".fnf." in host or "-fnf." in host:
        return "fnf"
    if ".mns." in host:
        return "mns"
    return host.split(".")[0].removesuffix("-vpc").removesuffix("-share")


class _Reader:
    """A reader of variables that collects the errors of all of them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.errors: list[str] = []

    def read(self, name: str, default: str, parse: Callable[[str], T]) -> T:
        """Parse a variable; a blank one counts as not set, since templates pass blank defaults."""
        text = self._environment.get(name, "").strip() or default
        try:
            return parse(text)
        except ValueError as error:
            self.errors.append(f"{name}: {error}" + (f" (got {text!r})" if text else ""))
            return cast("T", None)  # read_settings raises when all have been read


def _bucket(text: str) -> str:
    if not text:
        raise ValueError("is required: the bucket to write manifests to")
    if not _BUCKET.fullmatch(text):
        raise ValueError("must be a bucket name of 3 to 63 lower-case letters, digits and hyphens")
    return text


def _buckets(text: str) -> frozenset[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise ValueError("must list at least one bucket")
    return frozenset(_bucket(name) for name in names)


def _prefix(longest: int) -> Callable[[str], str]:
    """Return a parser of prefixes that leave room for what stands behind them in a key."""

    def parse(text: str) -> str:
        if text.startswith(("/", "\\")) or any(part in {".", ".."} for part in text.split("/")):
            raise ValueError("must not start with a slash or contain '.' or '..' as a folder")
        if not text.isprintable():
            raise ValueError("must contain printable characters only")
        if len(text.encode()) > longest:
            raise ValueError(f"must have {longest} bytes at most, since a key has 1,023")
        return text

    return parse


def _region(text: str) -> str:
    if not text:
        raise ValueError("is required when neither FC_REGION nor the context provides a region")
    if not _REGION.fullmatch(text):
        raise ValueError("must be a region ID, such as cn-shanghai")
    return text


def _endpoint(text: str) -> str:
    if not _ENDPOINT.fullmatch(text):
        raise ValueError("must be a host or an http(s) URL without a path")
    return (text if "://" in text else f"https://{text}").rstrip("/")


def _optional_topic(text: str) -> str | None:
    if text and not _TOPIC.fullmatch(text):
        raise ValueError("must be the name of an MNS topic: at most 120 letters, digits, hyphens")
    return text or None


def _optional_endpoint(text: str) -> str | None:
    return _endpoint(text) if text else None


def _one_of(*choices: str, fold: Callable[[str], str] = str.lower) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if fold(text) not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return fold(text)

    return parse


def _flag(text: str) -> bool:
    if text.lower() not in _TRUE + _FALSE:
        raise ValueError("must be true or false")
    return text.lower() in _TRUE


def _number(low: float, high: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise ValueError("must be a number") from None
        if not low <= value <= high:
            raise ValueError(f"must be between {low:g} and {high:g}")
        return value

    return parse


def _whole(low: int, high: int) -> Callable[[str], int]:
    within = _number(low, high)

    def parse(text: str) -> int:
        value = within(text)
        if value != int(value):
            raise ValueError("must be a whole number")
        return int(value)

    return parse


def read_settings(
    environment: Mapping[str, str],
    context_region: str = "",
    *,
    account: str = "",
    function: str = "",
) -> Settings:
    """Read and check all settings; region, account and function are those of the context.

    Raises ConfigurationError naming every bad variable at once.
    """
    env = _Reader(environment)
    region = env.read("REGION", environment.get("FC_REGION", "") or context_region, _region)
    bucket = env.read("BUCKET", "", _bucket)
    settings = Settings(
        bucket=bucket,
        allowed_buckets=env.read("ALLOWED_BUCKETS", bucket or "unset", _buckets),
        manifest_prefix=env.read("MANIFEST_PREFIX", "manifests/", _prefix(_LONGEST_PREFIX)),
        state_prefix=env.read("STATE_PREFIX", ".mps-manifest/", _prefix(_LONGEST_STATE_PREFIX)),
        ticket_prefix=env.read("TICKET_PREFIX", "jobs/", _prefix(_LONGEST_PREFIX)),
        job_api=cast("Api", env.read("JOB_API", "mps", _one_of("mps", "ims"))),
        region=region,
        oss_endpoint=env.read("OSS_ENDPOINT", f"oss-{region}-internal.aliyuncs.com", _endpoint),
        api_endpoint=env.read("API_ENDPOINT", "", _optional_endpoint),
        api_qps=env.read("API_QPS", "100", _number(0.01, 100_000)),
        max_instances=env.read("MAX_INSTANCES", "1", _whole(1, 10_000)),
        quota_sharing=cast(
            "QuotaSharing", env.read("QUOTA_SHARING", "split", _one_of("split", "leases"))
        ),
        concurrency=env.read("CONCURRENCY", str(DEFAULT_CONCURRENCY), _whole(1, 256)),
        media_facts=env.read("MEDIA_FACTS", "true", _flag),
        digest=cast("Digest", env.read("DIGEST", "none", _one_of("none", "sha256"))),
        max_parsed_bytes=env.read("MAX_PARSED_BYTES", "8388608", _whole(0, 2**30)),
        captions_vtt=env.read("CAPTIONS_VTT", "false", _flag),
        job_ttl_hours=env.read("JOB_TTL_HOURS", "72", _number(0.01, 24 * 365)),
        log_level=env.read("LOG_LEVEL", "INFO", _one_of(*_LEVELS, fold=str.upper)),
        announce_topic=env.read("ANNOUNCE_TOPIC", "", _optional_topic),
        account=environment.get("FC_ACCOUNT_ID", "").strip() or account,
        function=environment.get("FC_FUNCTION_NAME", "").strip() or function,
    )
    errors = env.errors + _overlaps(settings)
    if settings.captions_vtt and settings.media_facts is False:  # None is not valid by itself
        errors.append("CAPTIONS_VTT: requires MEDIA_FACTS=true, because captions must be read")
    if errors:
        raise ConfigurationError("; ".join(errors))
    return settings


def _overlaps(settings: Settings) -> list[str]:
    """Return an error for each two prefixes that overlap: our writes would trigger the function."""
    named = {
        "MANIFEST_PREFIX": settings.manifest_prefix,
        "STATE_PREFIX": settings.state_prefix,
        "TICKET_PREFIX": settings.ticket_prefix,
    }
    return [
        f"{first} and {second}: {one!r} and {other!r} overlap; use a separate folder for each"
        for (first, one), (second, other) in combinations(named.items(), 2)
        if one and other and (one.startswith(other) or other.startswith(one))
    ]
