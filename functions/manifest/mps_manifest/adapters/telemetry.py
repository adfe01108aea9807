"""Write logs and metrics for SLS as JSON lines, with Powertools.

Powertools' Logger works on FC; its Metrics are for CloudWatch, so the provider here writes one
plain JSON line per invocation instead.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any, cast

import orjson
from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics.provider.base import BaseProvider

from mps_manifest import __version__
from mps_manifest.metrics import Count, Peak
from mps_manifest.parsing.foreign_text import shown

SERVICE = "mps-manifest"
_MAX_FIELD = 1_000
"""Characters of a text in a log line."""
_MAX_LINE = 2_000
"""Bytes of a log line: of a field, SQL in SLS reads the first 2,048 and ignores the others.

https://www.alibabacloud.com/help/en/sls/user-guide/why-are-field-values-truncated-when-i-query-and-analyze-logs
"""
_SHORT = 100
"""Bytes of a text that are left of it at least."""

Handler = Callable[[bytes, Any], dict[str, Any]]


def _shown(value: object) -> object:
    """Return the value of a field with the texts in it as they may be shown."""
    if isinstance(value, str):
        return shown(value, _MAX_FIELD)
    if isinstance(value, Mapping):
        return {_shown(str(key)): _shown(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(inner) for inner in value]
    return value if isinstance(value, int | float) else shown(str(value), _MAX_FIELD)


def _json(record: dict[str, Any]) -> str:
    """Return a record as a line; of one that is too long the longest texts are cut."""
    line = orjson.dumps(record, default=str)
    texts = [name for name, value in record.items() if isinstance(value, str)]
    while len(line) > _MAX_LINE and texts:
        longest = max(texts, key=lambda name: len(record[name].encode()))
        texts.remove(longest)
        record = {**record, longest: _cut(record[longest], len(line) - _MAX_LINE)}
        line = orjson.dumps(record, default=str)
    return line.decode()


def _cut(text: str, excess: int) -> str:
    """Return a text that has so many bytes less, but is left with some of its beginning."""
    written = text.encode()
    room = max(_SHORT, len(written) - excess - len("…".encode()))
    return text if room >= len(written) else written[:room].decode(errors="ignore") + "…"


class SlsMetrics(BaseProvider):
    """A metrics provider that writes all metrics of an invocation as one log line."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger
        self._lock = threading.Lock()
        self._values: dict[str, float] = {}

    def add_metric(self, name: str, value: float) -> None:
        """Add to a metric of this invocation."""
        with self._lock:
            self._values[name] = self._values.get(name, 0) + value

    def keep_highest(self, name: str, value: float) -> None:
        """Keep the highest value of a metric of this invocation."""
        with self._lock:
            self._values[name] = max(self._values.get(name, value), value)

    def serialize_metric_set(self) -> dict[str, float]:
        """Return the metrics so far, sorted by name."""
        with self._lock:
            return dict(sorted(self._values.items()))

    def flush_metrics(self, *, raise_on_empty_metrics: bool = False) -> None:  # noqa: ARG002 - Powertools passes it
        """Write the line and reset the metrics."""
        metrics = self.serialize_metric_set()
        self.clear_metrics()
        self._logger.info("metrics", version=__version__, metrics=metrics)

    def clear_metrics(self) -> None:
        """Reset the metrics."""
        with self._lock:
            self._values = {}

    def add_cold_start_metric(self, context: Any) -> None:  # noqa: ARG002 - Powertools passes it
        """Count the first invocation of an instance."""
        first: Count = "coldStart"
        self.add_metric(first, 1)


LOGGER = Logger(
    service=SERVICE,
    level="INFO",
    json_serializer=_json,
    utc=True,
    use_rfc3339=True,
    location=None,  # it would always be the same line of this file
    log_record_order=["timestamp", "level", "message", "request_id", "job_id"],
)
METRICS = SlsMetrics(LOGGER)


def measured(handler: Handler) -> Handler:
    """Wrap a handler so that each invocation writes its metrics, even if it raises."""
    return cast("Handler", METRICS.log_metrics(handler, capture_cold_start_metric=True))


class PowertoolsTelemetry:
    """The Telemetry port over Powertools."""

    def log(self, level: str, message: str, /, **fields: object) -> None:
        """Write one log line; fields that are None are left out."""
        present = {key: _shown(value) for key, value in fields.items() if value is not None}
        getattr(LOGGER, level)(message, **present)

    def count(self, name: Count, value: float = 1) -> None:
        """Add to a metric of this invocation."""
        METRICS.add_metric(name, value)

    def peak(self, name: Peak, value: float) -> None:
        """Keep the highest value of a metric of this invocation."""
        METRICS.keep_highest(name, round(value, 3))

    def unexpected(self, error: Exception) -> None:
        """Log where an unexpected error was raised, without its text, which may quote an event."""
        frames = traceback.extract_tb(error.__traceback__)[-6:]
        places = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames]
        LOGGER.error("unexpected", error=type(error).__name__, places=places)
