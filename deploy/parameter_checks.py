"""What is wrong with the parameters of a deployment, told before anything is sent.

The template declares the limits of each parameter alone; here are those of several together, which
the service would find only while it creates the stack, or the function at its start. A check counts
where the template has its parameters. Sources: memory, vCPU and their ratio, the size of variables
and the instances of a region are of the manual's pages 01/06, 04/047 and 04/039 (github.com/
aliyun-fc/fc-docs), the rest of the function's own settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from itertools import combinations

from deploy.errors import DeployError
from deploy.schedules import minutes_between
from deploy.template_functions import TemplateError
from deploy.template_outline import TemplateOutline
from deploy.template_parameters import values_of

_SIZES = (("MemorySize", "Cpu"), ("SweepMemorySize", "SweepCpu"))
_PREFIXES = ("ManifestPrefix", "StatePrefix", "TicketPrefix")
_WHOLE = (
    *("MaxInstances", "MemorySize", "SweepMemorySize", "Timeout", "SweepTimeout", "FlowTimeout"),
    *("MaxParsedBytes", "LogDays", "AlertBacklogSeconds"),
)
_MEMORY_STEP = 64
_CPU_STEP = Decimal("0.05")
_MOST_CONCURRENCY = 256
_LONGEST_ALLOWED_BUCKETS = 3000
"""Characters; all variables together may have 4 KB, and the others need about 600."""
_EVENTBRIDGE_SECONDS = 300
IMS_QUEUE = "ice-callback-"
QUOTAS = (100, 300)
"""Instances of a region by the older editions of the manual, and by newer ones."""
RESERVED = Decimal("0.9")

Values = Mapping[str, str]


def check_parameters(outline: TemplateOutline, wanted: Values) -> list[str]:
    """Return what is allowed and still worth a word.

    Raises DeployError naming all that is wrong.
    """
    problems = _single(outline, wanted) or [*_together(wanted)]
    if problems:
        raise DeployError(
            f"Parameters are wrong: {'; '.join(problems)}.",
            "Correct them in the settings file or with --set; nothing was sent.",
        )
    return [*_remarks(wanted)]


def _single(outline: TemplateOutline, wanted: Values) -> list[str]:
    try:
        values_of(outline.declared, wanted)
    except TemplateError as error:
        return [str(error)]
    return [
        f"{name}: must be a whole number (is {wanted[name]})"
        for name in _WHOLE
        if name in wanted and _number(wanted, name) % 1
    ]


def _together(wanted: Values) -> Iterator[str]:
    for memory, cpu in _SIZES:
        if memory in wanted and cpu in wanted:
            yield from _size(wanted, memory, cpu)
    named = {name: wanted[name] for name in _PREFIXES if wanted.get(name)}
    for (first, one), (second, other) in combinations(named.items(), 2):
        if one.startswith(other) or other.startswith(one):
            yield f"{first} and {second}: {one} and {other} overlap"
    if wanted.get("CaptionsVtt") == "true" and wanted.get("MediaFacts") == "false":
        yield "CaptionsVtt: needs MediaFacts = true"
    if int(wanted.get("Concurrency") or 1) > _MOST_CONCURRENCY:
        yield f"Concurrency: must be at most {_MOST_CONCURRENCY} (is {wanted['Concurrency']})"
    if len(wanted.get("AllowedBuckets", "")) > _LONGEST_ALLOWED_BUCKETS:
        yield f"AllowedBuckets: must have at most {_LONGEST_ALLOWED_BUCKETS} characters"
    if wanted.get("CloudFlow") == "true" and _flow_is_short(wanted):
        yield "FlowTimeout: must be longer than JobTtlHours, or steps end before their jobs do"
    yield from _queue_of_ims(wanted)
    interval = _watched_interval(wanted)
    if interval and _number(wanted, "AlertNoSweepMinutes") <= 2 * interval:
        yield (
            f"AlertNoSweepMinutes: must be more than two intervals of SweepSchedule, so more than"
            f" {2 * interval} (is {wanted['AlertNoSweepMinutes']})"
        )


def _queue_of_ims(wanted: Values) -> Iterator[str]:
    """Yield what keeps events of IMS from coming, which go to a queue of such a name only.

    https://www.alibabacloud.com/help/en/ims/developer-reference/api-ice-2020-11-09-seteventcallback
    """
    if wanted.get("JobApi") != "ims":
        return
    queue = wanted.get("Queue", "")
    if queue and not queue.startswith(IMS_QUEUE):
        yield f"Queue: must start with {IMS_QUEUE} with JobApi = ims (is {queue})"
    named = queue or wanted.get("QueueExists") == "true"
    if named and wanted.get("EventBridge") == "false":
        yield "EventBridge: must be true with JobApi = ims and a queue, which nothing else reads"


def _watched_interval(wanted: Values) -> int | None:
    """Return the minutes between two sweeps, None if that is not known, or has no alert."""
    if wanted.get("Alerts") != "true" or "AlertNoSweepMinutes" not in wanted:
        return None
    return minutes_between(wanted.get("SweepSchedule", ""))


def _size(wanted: Values, memory: str, cpu: str) -> Iterator[str]:
    megabytes, vcpus = _number(wanted, memory), _number(wanted, cpu)
    if megabytes % _MEMORY_STEP:
        yield f"{memory}: must be a multiple of {_MEMORY_STEP} (is {megabytes})"
    if vcpus % _CPU_STEP:
        yield f"{cpu}: must be a multiple of {_CPU_STEP} (is {vcpus})"
    if not vcpus * 1024 <= megabytes <= vcpus * 4096:
        yield (
            f"{memory} and {cpu}: there must be 1 to 4 GB per vCPU, so {int(vcpus * 1024)} to"
            f" {int(vcpus * 4096)} MB for {vcpus} (is {megabytes})"
        )


def _flow_is_short(wanted: Values) -> bool:
    if "FlowTimeout" not in wanted or "JobTtlHours" not in wanted:
        return False
    return _number(wanted, "FlowTimeout") <= _number(wanted, "JobTtlHours") * 3600


def _remarks(wanted: Values) -> Iterator[str]:
    if "MaxInstances" in wanted:
        reserved = int(_number(wanted, "MaxInstances")) + 1
        if reserved > RESERVED * QUOTAS[0]:
            yield (
                f"MaxInstances: {reserved} instances are reserved in all. All functions of a region"
                f" may reserve 90 % of its instances, which is {RESERVED * QUOTAS[0]:.0f}"
                f" where the quota is {QUOTAS[0]}; see yours in the Quota Center."
            )
    buckets = wanted.get("AllowedBuckets", "")
    if buckets and wanted.get("Bucket") not in buckets.split(","):
        yield "AllowedBuckets lacks Bucket: tickets and results in it cannot be read."
    if wanted.get("JobApi") == "ims" and wanted.get("EventBridge") == "false":
        yield "EventBridge is false: no event of IMS reaches the function, only tickets and calls."
    interval = _watched_interval(wanted)
    if interval and "SweepTimeout" in wanted:
        longest = 2 * 60 * interval + _number(wanted, "SweepTimeout")
        if _number(wanted, "AlertNoSweepMinutes") * 60 <= longest:
            yield "AlertNoSweepMinutes: a long sweep (SweepTimeout) is alerted like none."
    waits = wanted.get("EventBridge") == "true" and "Timeout" in wanted
    if waits and _number(wanted, "Timeout") > _EVENTBRIDGE_SECONDS:
        yield f"Timeout: EventBridge waits for a batch {_EVENTBRIDGE_SECONDS} seconds only."


def _number(wanted: Values, name: str) -> Decimal:
    """Return a number that the template's own limits have passed; text counts as none."""
    try:
        return Decimal(wanted[name])
    except InvalidOperation:
        return Decimal(0)
