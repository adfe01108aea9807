"""The tables that manifests become, and the rows of one; docs/sql.md describes them.

What is not of a column's type is left out of it, as what is not there: it becomes NULL.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

TEXT, TEXTS, INTEGER, NUMBER, BOOLEAN = "VARCHAR", "VARCHAR[]", "BIGINT", "DOUBLE", "BOOLEAN"
Cell = str | int | float | bool | list[str] | None
Row = tuple[Cell, ...]
Rows = Mapping[str, list[Row]]
"""The rows of a manifest, by the name of the table."""

_LEAST, _MOST = -(2**63), 2**63 - 1
_FORM = 1
"""To be raised where rows change and the definitions do not: caches then start anew."""


class Column(NamedTuple):
    """A column: its DuckDB type, and where its value is below the item, with dots."""

    name: str
    type: str
    path: str


class Table(NamedTuple):
    """A table; `items` is where the list is of which each item becomes a row, with dots.

    Without `items` the manifest itself is the one item. The first column is the job's ID.
    """

    name: str
    items: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return ("job_id", *(column.name for column in self.columns))

    @property
    def types(self) -> dict[str, str]:
        """The DuckDB types of the columns, by their names."""
        return {"job_id": TEXT, **{column.name: column.type for column in self.columns}}


def _columns(type_: str, **paths: str) -> tuple[Column, ...]:
    return tuple(Column(name, type_, path) for name, path in paths.items())


_JOBS = Table(
    "jobs",
    "",
    _columns(
        TEXT,
        status="status",
        api="job.api",
        region="job.region",
        algorithm="job.functionName",
        state="job.state",
        input_bucket="job.input.bucket",
        input_key="job.input.key",
        output_bucket="job.output.bucket",
        output_key="job.output.key",
        pipeline_id="job.pipelineId",
        user_data="job.userData",
        job_params="job.jobParams",
        result_code="job.result.code",
        result_message="job.result.message",
        create_time="job.createTime",
        finish_time="job.finishTime",
    ),
)
_FILES = Table(
    "files",
    "resources",
    (
        *_columns(
            TEXT,
            file="name",
            status="status",
            label="label",
            bucket="bucket",
            key="key",
            url="path",
            listed="data.listed",
            format="format",
            mediatype="mediatype",
            encoding="encoding",
            etag="etag",
            crc64ecma="crc64ecma",
            hash="hash",
            last_modified="lastModified",
            version_id="versionId",
            origin="origin",
            video_codec="media.videoCodec",
            audio_codec="media.audioCodec",
            codecs="media.codecs",
            color_transfer="media.colorTransfer",
            error_type="error.type",
            error_title="error.title",
            error_detail="error.detail",
        ),
        *_columns(TEXTS, roles="roles", languages="media.languages"),
        *_columns(
            INTEGER,
            bytes="bytes",
            duration_ms="media.durationInMs",
            width="media.widthInPx",
            height="media.heightInPx",
            display_width="media.displayWidthInPx",
            display_height="media.displayHeightInPx",
            rotation="media.rotation",
            orientation="media.orientation",
            sample_rate="media.sampleRate",
            channels="media.channels",
            bit_rate="media.bitRate",
            frames="media.frames",
            audio_tracks="media.audioTracks",
            subtitle_tracks="media.subtitleTracks",
        ),
        *_columns(NUMBER, frame_rate="media.frameRate"),
        *_columns(BOOLEAN, alpha="media.alpha", retryable="error.retryable"),
    ),
)
_SEGMENTS = Table(
    "segments",
    "analysis.segments",
    (
        *_columns(TEXT, kind="kind", title="title"),
        *_columns(INTEGER, start_ms="startMs", end_ms="endMs"),
    ),
)
_COVERS = Table(
    "covers",
    "analysis.covers",
    (
        *_columns(TEXT, file="resource"),
        *_columns(NUMBER, score="score"),
        *_columns(INTEGER, at_ms="atMs"),
    ),
)
_CAPTIONS = Table(
    "captions",
    "analysis.captions",
    (
        *_columns(TEXT, file="resource", language="language"),
        *_columns(INTEGER, cues="cues", first_ms="firstMs", last_ms="lastMs"),
    ),
)
_PROBLEMS = Table(
    "problems",
    "problems",
    _columns(
        TEXT,
        severity="severity",
        type="type",
        title="title",
        detail="detail",
        pointer="pointer",
        file="resource",
    ),
)
TABLES = (_JOBS, _FILES, _SEGMENTS, _COVERS, _CAPTIONS, _PROBLEMS)
DEFINITIONS = int.from_bytes(hashlib.sha256(repr((_FORM, TABLES)).encode()).digest()[:3], "big")
"""A number that differs where the definitions do."""


def rows_of(job_id: str, manifest: Mapping[str, Any], mask: Callable[[str], str]) -> Rows:
    """Return the rows of a manifest, with each text passed through `mask`."""
    return {table.name: [*_rows(table, job_id, manifest, mask)] for table in TABLES}


def _rows(
    table: Table, job_id: str, manifest: Mapping[str, Any], mask: Callable[[str], str]
) -> Iterator[Row]:
    found = _at(manifest, table.items) if table.items else [manifest]
    for item in found if isinstance(found, list) else []:
        if isinstance(item, Mapping):
            cells = (_cell(_at(item, column.path), column.type, mask) for column in table.columns)
            yield (job_id, *cells)


def _at(item: Any, path: str) -> Any:
    for name in path.split("."):
        item = item.get(name) if isinstance(item, Mapping) else None
    return item


def _cell(value: Any, type_: str, mask: Callable[[str], str]) -> Cell:
    if type_ == TEXT:
        return mask(value) if isinstance(value, str) else None
    if type_ == TEXTS:
        is_list = isinstance(value, list)
        return [mask(each) for each in value if isinstance(each, str)] if is_list else None
    if type_ == BOOLEAN:
        return value if isinstance(value, bool) else None
    return _number(value, type_)


def _number(value: Any, type_: str) -> int | float | None:
    """Return a number that fits its column; JSON's may be of any size."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int) and not _LEAST <= value <= _MOST:
        return None
    if type_ == NUMBER:
        return float(value)
    return value if isinstance(value, int) else None
