"""Read a manifest such that whatever is in it, no page fails over it.

The function writes by its schema, but anybody who may write to the bucket can put something else
below the prefix; so each value is looked at before it is used.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from mps_manifest.files.media_types import declared_type
from mps_manifest.parsing.foreign_text import encodable

Kind = Literal["image", "video", "audio", "text", "other"]
STATUSES = ("complete", "partial", "failed", "expired")
UNREADABLE = "unreadable"
"""The status of what is no manifest."""
NOTHING: Mapping[str, Any] = MappingProxyType({})

# what today's browsers show and play; the rest can be downloaded
_SHOWN: dict[Kind, set[str]] = {
    "image": {"apng", "avif", "bmp", "gif", "jpeg", "png", "svg+xml", "webp"},
    "video": {"mp4", "ogg", "quicktime", "webm", "x-m4v", "x-matroska"},
    "audio": {"aac", "flac", "mp3", "mp4", "mpeg", "ogg", "wav", "wave", "webm", "x-m4a", "x-wav"},
}
_TEXT_ROLES = {"captions", "transcript", "timestamps", "beats", "segments", "report"}


class Place(NamedTuple):
    """Where an object is; both are empty where a manifest does not tell."""

    bucket: str = ""
    key: str = ""

    @property
    def name(self) -> str:
        """The last part of the key."""
        return self.key.rsplit("/", 1)[-1]

    @property
    def kind(self) -> Kind:
        """What a browser takes it for, by the ending of its key."""
        return kind_of(declared_type(self.key, None).mediatype or "")


class File(NamedTuple):
    """A resource; `number` is its place in the list."""

    number: int
    name: str
    place: Place
    status: str
    mediatype: str
    roles: tuple[str, ...]
    label: str
    bytes: int | None
    origin: str
    media: Mapping[str, Any]
    error: Mapping[str, Any]
    language: str

    @property
    def kind(self) -> Kind:
        """What a browser takes it for."""
        kind = kind_of(self.mediatype)
        return "text" if kind == "other" and _TEXT_ROLES & {*self.roles} else kind

    @property
    def is_there(self) -> bool:
        """Whether it can be shown."""
        return self.status == "available" and bool(self.place.key)

    @property
    def width(self) -> int | None:
        """The width as shown, in pixels."""
        return whole(self.media.get("displayWidthInPx", self.media.get("widthInPx")))

    @property
    def height(self) -> int | None:
        """The height as shown, in pixels."""
        return whole(self.media.get("displayHeightInPx", self.media.get("heightInPx")))

    @property
    def duration(self) -> int | None:
        """Milliseconds."""
        return whole(self.media.get("durationInMs"))

    @property
    def is_cut_out(self) -> bool:
        """Whether it is a matte, through which something else is seen."""
        is_matte = self.media.get("alpha") is True and self.mediatype != "image/gif"
        return is_matte or "matte" in self.roles


class Problem(NamedTuple):
    """An entry of `problems`."""

    severity: str
    type: str
    title: str
    detail: str
    resource: str


class Manifest(NamedTuple):
    """A manifest; `document` is all of it."""

    document: Mapping[str, Any]
    job_id: str
    status: str
    api: str
    algorithm: str
    input: Place
    user_data: str
    finished: str
    files: tuple[File, ...]
    problems: tuple[Problem, ...]

    @property
    def analysis(self) -> Mapping[str, Any]:
        """What the algorithm found."""
        return mapping(self.document.get("analysis"))

    def found(self, name: str) -> list[Mapping[str, Any]]:
        """Return a list of findings by its name."""
        return mappings(self.analysis.get(name))


def read_manifest(body: bytes, job_id: str) -> Manifest:
    """Read a manifest; what is none has the status `unreadable`."""
    try:
        document = json.loads(body, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        document = None
    status = text(mapping(document).get("status"))
    if not isinstance(document, dict) or status not in STATUSES:
        status, document = UNREADABLE, {}
    job = mapping(document.get("job"))
    return Manifest(
        document,
        job_id,
        status,
        text(job.get("api")),
        text(job.get("functionName")),
        _place(mapping(job.get("input"))),
        _user_data(job),
        text(job.get("finishTime")),
        _files(document),
        _problems(document),
    )


def _user_data(job: Mapping[str, Any]) -> str:
    """Return the user data; MPS has the word null for none."""
    found = text(job.get("userData"))
    return "" if found == "null" else found


def _place(value: Mapping[str, Any]) -> Place:
    return Place(text(value.get("bucket")), text(value.get("key")))


def _files(document: Mapping[str, Any]) -> tuple[File, ...]:
    languages = {
        text(entry.get("resource")): text(entry.get("language"))
        for entry in mappings(mapping(document.get("analysis")).get("captions"))
    }
    return tuple(
        File(
            number,
            text(value.get("name")),
            _place(value),
            text(value.get("status")),
            text(value.get("mediatype")),
            tuple(text(role) for role in sequence(value.get("roles"))),
            text(value.get("label")),
            whole(value.get("bytes")),
            text(value.get("origin")),
            mapping(value.get("media")),
            mapping(value.get("error")),
            languages.get(text(value.get("name")), ""),
        )
        for number, value in enumerate(mappings(document.get("resources")))
    )


def _problems(document: Mapping[str, Any]) -> tuple[Problem, ...]:
    return tuple(
        Problem(*(text(value.get(name)) for name in Problem._fields))
        for value in mappings(document.get("problems"))
    )


# --- values --------------------------------------------------------------------------------------


def kind_of(mediatype: str) -> Kind:
    """Return what a browser shows a media type as; `other` for what it does not show."""
    top, _, name = mediatype.lower().partition("/")
    if top == "text":
        return "text"
    return next((kind for kind, names in _SHOWN.items() if kind == top and name in names), "other")


def text(value: object) -> str:
    """Return a text that UTF-8 can hold, and nothing for what is none."""
    return encodable(value) if isinstance(value, str) else ""


def number(value: object) -> float | None:
    """Return a finite number, and None for what is none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and _is_finite(value) else None  # type: ignore[arg-type]


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def whole(value: object) -> int | None:
    """Return a number of at least zero as an integer, and None for what is none."""
    found = number(value)
    return None if found is None or found < 0 else round(found)


def mapping(value: object) -> Mapping[str, Any]:
    """Return an object, and an empty one for what is none."""
    return value if isinstance(value, dict) else NOTHING


def sequence(value: object) -> Sequence[Any]:
    """Return a list, and an empty one for what is none."""
    return value if isinstance(value, list) else ()


def mappings(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list."""
    return [each for each in sequence(value) if isinstance(each, dict)]
