"""Translate MediaInfo's description of a track into ffmpeg's name of the codec."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_BY_FORMAT = {
    "AVC": "h264",
    "MPEG-4 Visual": "mpeg4",
    "JPEG": "mjpeg",
    "JPEG 2000": "jpeg2000",
    "H.263": "h263",
    "H.261": "h261",
    "Sorenson Spark": "flv1",
    "VC-3": "dnxhd",
    "DV": "dvvideo",
    "RLE": "qtrle",
    "YUV": "rawvideo",
    "RGB": "rawvideo",
    "VVC": "vvc",
    "AC-3": "ac3",
    "E-AC-3": "eac3",
    "MLP FBA": "truehd",
    "Monkey's Audio": "ape",
}
_BY_DETAIL = {
    ("MPEG Audio", "Layer 1"): "mp1",
    ("MPEG Audio", "Layer 2"): "mp2",
    ("MPEG Audio", "Layer 3"): "mp3",
    ("MPEG Audio", "50"): "mp2",  # of AVI
    ("MPEG Audio", "55"): "mp3",
    ("MPEG Video", "1"): "mpeg1video",
    ("MPEG Video", "2"): "mpeg2video",
    ("ADPCM", "A-Law"): "pcm_alaw",
    ("ADPCM", "U-Law"): "pcm_mulaw",
    ("ADPCM", "2"): "adpcm_ms",
    ("ADPCM", "11"): "adpcm_ima_wav",
    ("AMR", "Narrow band"): "amr_nb",
    ("AMR", "Wide band"): "amr_wb",
    ("VC-1", "WMV3"): "wmv3",
    ("WMA", "1"): "wmav1",
    ("WMA", "2"): "wmav2",
}
_DETAILS = ("Format_Profile", "Format_Version", "CodecID")
_FLOATS = ("float", "fl32", "fl64")
_LONGEST = 40


def codec(track: Mapping[str, Any]) -> str | None:
    """Return a track's codec by ffmpeg's name, or by MediaInfo's where that is not known."""
    name = _text(track, "Format")
    if name == "PCM":
        return _pcm(track)
    for key in _DETAILS:
        if known := _BY_DETAIL.get((name, _text(track, key))):
            return known
    plain = re.sub("[^a-z0-9]+", "_", name[:_LONGEST].lower()).strip("_")
    return _BY_FORMAT.get(name) or plain or None


def _pcm(track: Mapping[str, Any]) -> str:
    bits = _text(track, "BitDepth")
    if bits not in {"8", "16", "24", "32", "64"}:
        return "pcm"
    big = _text(track, "Format_Settings_Endianness") == "Big"
    order = "" if bits == "8" else "be" if big else "le"
    return f"pcm_{_kind(track, bits, big=big)}{bits}{order}"


def _kind(track: Mapping[str, Any], bits: str, *, big: bool) -> str:
    described = " ".join(_text(track, key) for key in (*_DETAILS, "Format_Settings")).lower()
    if any(word in described for word in _FLOATS):
        return "f"
    sign = _text(track, "Format_Settings_Sign")
    # by default eight bits are unsigned in WAV and signed in AIFF
    return "u" if sign == "Unsigned" or (not sign and bits == "8" and not big) else "s"


def _text(track: Mapping[str, Any], key: str) -> str:
    value = track.get(key)
    return value if isinstance(value, str) else ""
