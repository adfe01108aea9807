"""Determine format and media type by a key's ending, the stored type and the content."""

from __future__ import annotations

import re
from typing import NamedTuple

# as registered with IANA; where nothing is registered, as MDN's and Apache's tables have it. Of
# audio the RFCs are 3003 (mp2), 4184 (ac3), 4598 (eac3), 4867 (amr), 5334 (ogg); of others 3745
# (jp2), 3839 and 4393 (3gp, 3g2), 4539 (mxf), 9559 (mka, mk3d). AIFF is as in WHATWG MIME Sniffing
_BY_FORMAT = {
    "aac": "audio/aac",
    "ac3": "audio/ac3",
    "aif": "audio/aiff",
    "aifc": "audio/aiff",
    "aiff": "audio/aiff",
    "amr": "audio/amr",
    "asf": "video/x-ms-asf",
    "ass": "text/x-ssa",
    "au": "audio/basic",
    "avi": "video/x-msvideo",
    "avif": "image/avif",
    "avifs": "image/avif",
    "awb": "audio/amr-wb",
    "bmp": "image/bmp",
    "caf": "audio/x-caf",
    "cr2": "image/x-canon-cr2",
    "cr3": "image/x-canon-cr3",
    "dfxp": "application/ttml+xml",
    "dng": "image/x-adobe-dng",
    "dts": "audio/vnd.dts",
    "dtshd": "audio/vnd.dts.hd",
    "eac3": "audio/eac3",
    "ec3": "audio/eac3",
    "f4v": "video/x-f4v",
    "flac": "audio/flac",
    "flv": "video/x-flv",
    "gif": "image/gif",
    "gz": "application/gzip",
    "heic": "image/heic",
    "heics": "image/heic-sequence",
    "heif": "image/heif",
    "heifs": "image/heif-sequence",
    "hif": "image/heif",
    "htm": "text/html",
    "html": "text/html",
    "ico": "image/vnd.microsoft.icon",
    "jp2": "image/jp2",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "jpx": "image/jpx",
    "json": "application/json",
    "jxl": "image/jxl",
    "m2ts": "video/mp2t",
    "m2v": "video/mpeg",
    "m3u8": "application/vnd.apple.mpegurl",
    "m4a": "audio/mp4",
    "m4b": "audio/mp4",
    "m4s": "video/iso.segment",
    "m4v": "video/mp4",
    "mid": "audio/midi",
    "midi": "audio/midi",
    "mj2": "video/mj2",
    "mk3d": "video/matroska-3d",
    "mka": "audio/matroska",
    "mkv": "video/x-matroska",
    "mlp": "audio/vnd.dolby.mlp",
    "mov": "video/quicktime",
    "mp2": "audio/mpeg",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "mpa": "audio/mpeg",
    "mpd": "application/dash+xml",
    "mpeg": "video/mpeg",
    "mpg": "video/mpeg",
    "mts": "video/mp2t",
    "mxf": "application/mxf",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "ogv": "video/ogg",
    "opus": "audio/ogg",
    "pcm": "audio/L16",
    "pdf": "application/pdf",
    "png": "image/png",
    "psd": "image/vnd.adobe.photoshop",
    "qt": "video/quicktime",
    "spx": "audio/ogg",
    "srt": "application/x-subrip",
    "ssa": "text/x-ssa",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "ts": "video/mp2t",
    "ttml": "application/ttml+xml",
    "txt": "text/plain",
    "vob": "video/mpeg",
    "vtt": "text/vtt",
    "wav": "audio/wav",
    "weba": "audio/webm",
    "webm": "video/webm",
    "webp": "image/webp",
    "wma": "audio/x-ms-wma",
    "wmv": "video/x-ms-wmv",
    "xml": "application/xml",
    "zip": "application/zip",
    "3g2": "video/3gpp2",
    "3gp": "video/3gpp",
}
_PREFERRED = {"image/jpeg": "jpg", "video/mp4": "mp4", "audio/ogg": "ogg", "text/html": "html"}
_PREFERRED |= {"audio/mpeg": "mp3", "video/mpeg": "mpg", "video/mp2t": "ts", "audio/aiff": "aiff"}
_PREFERRED |= {"application/ttml+xml": "ttml"}
# what OSS and browsers store when the type is unknown
_GENERIC = {"application/octet-stream", "binary/octet-stream", "application/x-www-form-urlencoded"}
_ENDING = re.compile(r"[0-9A-Za-z]{1,8}")
# as long as RFC 6838 lets names be
_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}")

# types of the same bytes; types of one family do not disagree
_FAMILIES = (
    {"video/mp4", "audio/mp4", "video/quicktime", "video/3gpp", "video/3gpp2", "audio/x-m4a"}
    | {"video/x-m4v", "audio/3gpp", "audio/3gpp2", "application/mp4", "audio/m4a", "audio/x-m4b"}
    | {"video/x-f4v", "video/iso.segment"},
    {"video/webm", "video/x-matroska", "audio/webm", "audio/x-matroska", "video/matroska"}
    | {"audio/matroska", "video/matroska-3d", "video/x-matroska-3d"},
    {"video/x-ms-asf", "video/x-ms-wmv", "audio/x-ms-wma", "application/vnd.ms-asf"}
    | {"video/x-ms-wm", "video/x-ms-wmx", "application/x-mms-framed"},
    {"audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"},
    {"audio/aiff", "audio/x-aiff", "audio/aifc", "audio/x-aifc"},
    {"audio/mpeg", "audio/mp3", "audio/mpeg3", "audio/x-mpeg", "audio/x-mp3", "audio/x-mp2"}
    | {"audio/mpa", "audio/x-mpa", "audio/mp2"},
    {"audio/aac", "audio/x-aac", "audio/aacp", "audio/vnd.dlna.adts"},
    {"audio/ac3", "audio/x-ac3", "audio/vnd.dolby.dd-raw", "audio/eac3", "audio/vnd.dolby.eac3"},
    {"audio/vnd.dts", "audio/vnd.dts.hd", "audio/x-dts"},
    {"audio/amr", "audio/amr-wb", "audio/amr-nb", "audio/3gpp"},
    {"audio/basic", "audio/au", "audio/x-au"},
    {"audio/x-caf", "audio/caf"},
    {"audio/midi", "audio/x-midi", "audio/mid", "application/x-midi"},
    {"audio/ogg", "video/ogg", "application/ogg", "audio/opus", "audio/vorbis", "audio/speex"},
    {"audio/flac", "audio/x-flac"},
    {"video/x-msvideo", "video/avi", "video/msvideo", "video/vnd.avi"},
    {"video/x-flv", "video/flv", "flv-application/octet-stream"},
    {"video/mp2t", "video/vnd.dlna.mpeg-tts", "video/mpeg", "video/mp2p", "video/x-mpeg2"}
    | {"video/dvd", "video/x-ms-vob"},
    {"application/mxf", "video/mxf", "video/x-mxf"},
    {"image/jpeg", "image/jpg", "image/pjpeg"},
    {"image/png", "image/x-png", "image/apng", "image/vnd.mozilla.apng"},
    {"image/bmp", "image/x-ms-bmp", "image/x-bmp"},
    {"image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"},
    {"image/avif", "image/avif-sequence", "image/heif", "image/heif-sequence"},
    {"image/tiff", "image/tiff-fx", "image/x-adobe-dng", "image/dng", "image/x-nikon-nef"}
    | {"image/x-canon-cr2", "image/x-sony-arw", "image/x-tiff"},
    {"image/jp2", "image/jpx", "image/jpm", "image/jpeg2000", "video/mj2"},
    {"image/vnd.microsoft.icon", "image/x-icon", "image/ico"},
    {"image/vnd.adobe.photoshop", "application/x-photoshop", "image/x-photoshop", "image/psd"},
    {"application/zip", "application/x-zip-compressed", "application/x-zip"},
    {"application/gzip", "application/x-gzip"},
)
_KNOWN = {*_BY_FORMAT.values(), *(member for members in _FAMILIES for member in members)}
_WRITTEN = {"application/json", "application/xml", "application/x-subrip", "application/ttml+xml"}
_WRITTEN |= {"image/svg+xml"}
_MANIFESTS = {"application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl"}
_MANIFESTS |= {"audio/x-mpegurl", "application/dash+xml"}
_WRAPPERS = {"text/plain", "application/xml", "application/zip", "application/gzip"}
_WRAPPERS |= {"image/svg+xml", "application/ttml+xml"}
_PLAIN = {"application/pdf", "application/zip", "application/gzip", "application/mp4"}
_NO_HEADER = {"audio/L16", "audio/l16", "audio/pcm", "audio/x-pcm"}
_MEDIA = {"application/mp4", "application/mxf", "application/ogg", "application/vnd.ms-asf"}
# neither our readers nor MediaInfo say anything of valid files of these types, or not always
_WITHOUT_FACTS = {"audio/midi", "audio/x-midi", "audio/mid", "image/jxl", "video/iso.segment"}
_WITHOUT_FACTS |= {"image/vnd.microsoft.icon", "image/x-icon", "image/ico", "image/svg+xml"}
_WITHOUT_FACTS |= {"image/vnd.adobe.photoshop", "image/x-photoshop", "image/psd"}
_WITHOUT_FACTS |= {"image/x-adobe-dng", "image/dng", "image/x-nikon-nef", "image/x-sony-arw"}
_WITHOUT_FACTS |= {"image/x-canon-cr2", "image/x-canon-cr3", "image/jpx", "image/jpm", "video/mj2"}


class FileType(NamedTuple):
    """The type of a file; `disagreement` names the sources that suggest another one."""

    format: str | None
    mediatype: str | None
    disagreement: str = ""


def format_of(key: str) -> str | None:
    """Return the format by a key's ending; None where it has no plausible ending."""
    name = key.rsplit("/", 1)[-1]
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem and _ENDING.fullmatch(ending) else None


def declared_type(key: str, stored: str | None) -> FileType:
    """Return the type by metadata alone: the stored one unless it is generic, else the key's.

    A `disagreement` means that the content should be inspected.
    """
    ending = format_of(key)
    by_key, by_store = _of_format(ending), _telling(stored)
    claim = ""
    if by_key and by_store and not same_type(by_key, by_store):
        claim = f"the key suggests {by_key}, the stored Content-Type is {by_store}"
    return FileType(ending, by_store or by_key, claim)


def decided_type(key: str, stored: str | None, found: str | None) -> FileType:
    """Return the type, given the type found in the content.

    The content decides where key and stored type disagree, and where both are unknown. Where they
    agree with each other but not with the content, the result is their type with a `disagreement`.
    """
    claim, by_store = declared_type(key, stored), _telling(stored)
    by_key = _of_format(claim.format)
    if found is None:
        return claim
    if claim.mediatype is None:
        return FileType(claim.format or _ending(found), found)
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
    if any(one in members and other in members for members in _FAMILIES):
        return True
    return _is_written(one) and _is_written(other)


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
    return plain in _MEDIA or (
        plain.startswith(("image/", "audio/", "video/"))
        and plain not in _NO_HEADER | _MANIFESTS
        and not plain.startswith("image/svg")
    )


def has_reader(found: str) -> bool:
    """Return whether there is anything to be learned from content of a type."""
    return found not in _WITHOUT_FACTS


def must_have_facts(claimed: str | None, found: str | None) -> bool:
    """Return whether a valid file of a claimed type, and a type found in it, has media facts."""
    mediatype = found or claimed
    return mediatype in _KNOWN and is_media(mediatype) and not {claimed, found} & {*_WITHOUT_FACTS}


def _is_written(mediatype: str) -> bool:
    """Return whether this is a type of text, which the first bytes cannot tell from others."""
    if mediatype == "text/html":
        return False
    return mediatype.startswith("text/") or mediatype in _WRITTEN | _MANIFESTS


def _of_format(ending: str | None) -> str | None:
    return _BY_FORMAT.get(ending or "")


def _telling(stored: str | None) -> str | None:
    plain = (stored or "").split(";")[0].strip().lower()
    return plain if _TYPE.fullmatch(plain) and plain not in _GENERIC else None


def _ending(mediatype: str) -> str | None:
    named = (ending for ending, kind in _BY_FORMAT.items() if kind == mediatype)
    return _PREFERRED.get(mediatype) or next(named, None)
