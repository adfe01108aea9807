"""Determine format and media type by a key's ending, the stored type and the content."""

from __future__ import annotations

import re
from typing import NamedTuple

_BY_FORMAT = {
    "aac": "audio/aac",
    "ass": "text/x-ssa",
    "avi": "video/x-msvideo",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "dfxp": "application/ttml+xml",
    "flac": "audio/flac",
    "flv": "video/x-flv",
    "gif": "image/gif",
    "gz": "application/gzip",
    "heic": "image/heic",
    "htm": "text/html",
    "html": "text/html",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "m3u8": "application/vnd.apple.mpegurl",
    "m4a": "audio/mp4",
    "m4v": "video/mp4",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "mpg": "video/mpeg",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "pcm": "audio/L16",
    "pdf": "application/pdf",
    "png": "image/png",
    "srt": "application/x-subrip",
    "ssa": "text/x-ssa",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "ts": "video/mp2t",
    "ttml": "application/ttml+xml",
    "txt": "text/plain",
    "vtt": "text/vtt",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webp": "image/webp",
    "xml": "application/xml",
    "zip": "application/zip",
}
# what OSS and browsers store when the type is unknown
_GENERIC = {"application/octet-stream", "binary/octet-stream", "application/x-www-form-urlencoded"}
# as long as RFC 6838 lets names be
_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}")

# types of the same bytes; types of one family do not disagree
_FAMILIES = (
    {"video/mp4", "audio/mp4", "video/quicktime", "video/3gpp", "video/3gpp2", "audio/x-m4a"}
    | {"video/x-m4v", "audio/3gpp", "application/mp4", "audio/m4a"},
    {"video/webm", "video/x-matroska", "audio/webm", "audio/x-matroska", "video/matroska"},
    {"audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"},
    {"audio/mpeg", "audio/mp3", "audio/mpeg3", "audio/x-mpeg", "audio/x-mp3"},
    {"audio/aac", "audio/x-aac", "audio/aacp", "audio/vnd.dlna.adts"},
    {"audio/ogg", "video/ogg", "application/ogg", "audio/opus"},
    {"audio/flac", "audio/x-flac"},
    {"video/x-msvideo", "video/avi", "video/msvideo", "video/vnd.avi"},
    {"video/x-flv", "video/flv", "flv-application/octet-stream"},
    {"video/mp2t", "video/vnd.dlna.mpeg-tts", "video/mpeg"},
    {"image/jpeg", "image/jpg", "image/pjpeg"},
    {"image/png", "image/x-png"},
    {"image/bmp", "image/x-ms-bmp", "image/x-bmp"},
    {"image/heic", "image/heif"},
    {"application/zip", "application/x-zip-compressed", "application/x-zip"},
    {"application/gzip", "application/x-gzip"},
)
_FAMILY = {member: index for index, members in enumerate(_FAMILIES) for member in members}
_WRITTEN = {"application/json", "application/xml", "application/x-subrip", "application/ttml+xml"}
_WRITTEN |= {"image/svg+xml"}
_MANIFESTS = {"application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl"}
_WRAPPERS = {"text/plain", "application/xml", "application/zip", "application/gzip"}
_PLAIN = {"application/pdf", "application/zip", "application/gzip", "application/mp4"}
_NO_HEADER = {"audio/L16", "audio/l16", "audio/pcm", "audio/x-pcm"}


class FileType(NamedTuple):
    """The type of a file; `disagreement` names the sources that suggest another one."""

    format: str | None
    mediatype: str | None
    disagreement: str = ""


def format_of(key: str) -> str | None:
    """Return the format by a key's ending; None where it has no plausible ending."""
    name = key.rsplit("/", 1)[-1]
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem and re.fullmatch(r"[0-9A-Za-z]{1,8}", ending) else None


def declared_type(key: str, stored: str | None) -> FileType:
    """Return the type by metadata alone: the stored one unless it is generic, else the key's.

    A `disagreement` means that the content should be inspected.
    """
    by_key, by_store = _by_key(key), _telling(stored)
    claim = ""
    if by_key and by_store and not same_type(by_key, by_store):
        claim = f"the key suggests {by_key}, the stored Content-Type is {by_store}"
    return FileType(format_of(key), by_store or by_key, claim)


def decided_type(key: str, stored: str | None, found: str | None) -> FileType:
    """Return the type, given the type found in the content.

    The content decides where key and stored type disagree, and where both are unknown. Where they
    agree with each other but not with the content, the result is their type with a `disagreement`.
    """
    claim, by_key, by_store = declared_type(key, stored), _by_key(key), _telling(stored)
    if found is None:
        return claim
    if claim.mediatype is None:
        return FileType(claim.format, found)
    right_key = by_key is None or _may_be(by_key, found)
    right_store = by_store is None or _may_be(by_store, found)
    if right_key and right_store:
        return FileType(claim.format, claim.mediatype)
    claims = [] if right_key else [f"the key suggests {by_key}"]
    claims += [] if right_store else [f"the stored Content-Type is {by_store}"]
    disagreement = f"the content is {found}; {' and '.join(claims)}"
    if not claim.disagreement:
        return FileType(claim.format, claim.mediatype, disagreement)
    actual = by_key if right_key else by_store if right_store else found
    return FileType(claim.format if right_key else _ending(found), actual, disagreement)


def same_type(one: str, other: str) -> bool:
    """Return whether two media types can be types of the same bytes."""
    if one == other:
        return True
    family = _FAMILY.get(one)
    return (family is not None and family == _FAMILY.get(other)) or (
        _is_written(one) and _is_written(other)
    )


def _may_be(claimed: str, found: str) -> bool:
    """Return whether a claimed type is compatible with the type found in the content.

    Many application formats are text, XML or zip files inside.
    """
    if found in _WRAPPERS and claimed.startswith("application/") and claimed not in _PLAIN:
        return True
    return same_type(claimed, found)


def is_media(mediatype: str | None) -> bool:
    """Return whether this is a type of picture, audio or video that has headers."""
    plain = mediatype or ""
    return (
        plain.startswith(("image/", "audio/", "video/"))
        and plain not in _NO_HEADER | _MANIFESTS
        and not plain.startswith("image/svg")
    )


def _is_written(mediatype: str) -> bool:
    """Return whether this is a type of text, which the first bytes cannot tell from others."""
    if mediatype == "text/html":
        return False
    return mediatype.startswith("text/") or mediatype in _WRITTEN | _MANIFESTS


def _by_key(key: str) -> str | None:
    return _BY_FORMAT.get(format_of(key) or "")


def _telling(stored: str | None) -> str | None:
    plain = (stored or "").split(";")[0].strip().lower()
    return plain if _TYPE.fullmatch(plain) and plain not in _GENERIC else None


def _ending(mediatype: str) -> str | None:
    preferred = {"image/jpeg": "jpg", "video/mp4": "mp4", "audio/ogg": "ogg", "text/html": "html"}
    named = (ending for ending, kind in _BY_FORMAT.items() if kind == mediatype)
    return preferred.get(mediatype) or next(named, None)
