"""Formats and media types by a key's ending, the same on every machine."""

from __future__ import annotations

import re

_BY_FORMAT = {
    "aac": "audio/aac",
    "ass": "text/x-ssa",
    "avi": "video/x-msvideo",
    "bmp": "image/bmp",
    "flac": "audio/flac",
    "flv": "video/x-flv",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "m3u8": "application/vnd.apple.mpegurl",
    "m4a": "audio/mp4",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "ogg": "audio/ogg",
    "pcm": "audio/L16",
    "png": "image/png",
    "srt": "application/x-subrip",
    "ts": "video/mp2t",
    "txt": "text/plain",
    "vtt": "text/vtt",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webp": "image/webp",
    "zip": "application/zip",
}
# what OSS and browsers store when they know nothing
_GENERIC = {"application/octet-stream", "binary/octet-stream", "application/x-www-form-urlencoded"}
_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")


def format_of(key: str) -> str | None:
    """Tell the format by a key's ending; None where it has no ending that looks like one."""
    name = key.rsplit("/", 1)[-1]
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem and re.fullmatch(r"[0-9A-Za-z]{1,8}", ending) else None


def mediatype_of(key: str, stored: str | None) -> str | None:
    """Tell the media type: the stored one where it says something, else by the key's ending."""
    plain = (stored or "").split(";")[0].strip().lower()
    if _TYPE.fullmatch(plain) and plain not in _GENERIC:
        return plain
    return _BY_FORMAT.get(format_of(key) or "")
