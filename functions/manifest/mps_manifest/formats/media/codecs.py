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
    "JPEG-LS": "jpegls",
    "H.263": "h263",
    "H.261": "h261",
    "Sorenson Spark": "flv1",
    "Sorenson 1": "svq1",
    "Sorenson 3": "svq3",
    "VC-1": "vc1",
    "VC-3": "dnxhd",
    "DV": "dvvideo",
    "RLE": "qtrle",
    "YUV": "rawvideo",
    "RGB": "rawvideo",
    "RGBA": "rawvideo",
    "VVC": "vvc",
    "CineForm": "cfhd",
    "M-GIF": "gif",
    "AVIzlib": "zlib",
    "Zip": "zmbv",
    "Asus 1": "asv1",
    "Asus 2": "asv2",
    "Screen video": "flashsv",
    "Screen video 2": "flashsv2",
    "Microsoft Video 1": "msvideo1",
    "RealVideo 1": "rv10",
    "RealVideo 2": "rv20",
    "RealVideo 3": "rv30",
    "RealVideo 4": "rv40",
    "AC-3": "ac3",
    "AC-4": "ac4",
    "E-AC-3": "eac3",
    "MLP FBA": "truehd",
    "Monkey's Audio": "ape",
    "AAC LATM": "aac",
    "USAC": "aac",
    "Cooker": "cook",
    "VSELP": "ra_144",
    "QDesign 1": "qdmc",
    "QDesign 2": "qdm2",
    "G.723.1": "g723_1",
    "G.729": "g729",
    "GSM 6.10": "gsm",
}
_BY_DETAIL = {
    ("MPEG Audio", "Layer 1"): "mp1",
    ("MPEG Audio", "Layer 2"): "mp2",
    ("MPEG Audio", "Layer 3"): "mp3",
    ("MPEG Audio", "50"): "mp2",  # of AVI
    ("MPEG Audio", "55"): "mp3",
    ("MPEG Audio", ".mp3"): "mp3",
    ("MPEG Audio", "mp4a-6B"): "mp3",
    ("MPEG Video", "mp4v-6E"): "jpeg2000",
    ("MPEG Video", "mpg1"): "mpeg1video",
    ("MPEG Video", "mpg2"): "mpeg2video",
    ("MPEG Video", "1"): "mpeg1video",
    ("MPEG Video", "2"): "mpeg2video",
    ("Ogg", "mp4a-DD"): "vorbis",
    ("AMR", "Narrow band"): "amr_nb",
    ("AMR", "Wide band"): "amr_wb",
    ("AMR", "samr"): "amr_nb",
    ("AMR", "sawb"): "amr_wb",
    ("GSM 6.10", "31"): "gsm_ms",
    ("VC-1", "WMV3"): "wmv3",
    ("WMA", "Pro"): "wmapro",
    ("WMA", "Lossless"): "wmalossless",
    ("WMA", "Voice"): "wmavoice",
    ("WMA", "1"): "wmav1",
    ("WMA", "2"): "wmav2",
    ("HuffYUV", "FFVH"): "ffvhuff",
    # Microsoft's codecs before MPEG-4 was done
    ("MPEG-4 Visual", "MPG4"): "msmpeg4v1",
    ("MPEG-4 Visual", "MP41"): "msmpeg4v1",
    ("MPEG-4 Visual", "MP42"): "msmpeg4v2",
    ("MPEG-4 Visual", "MP43"): "msmpeg4v3",
    ("MPEG-4 Visual", "DIV3"): "msmpeg4v3",
    ("MPEG-4 Visual", "DIV4"): "msmpeg4v3",
    ("MPEG-4 Visual", "V_MPEG4/MS/V3"): "msmpeg4v3",
    # ADPCM by the tags of WAV, QuickTime, AU and Flash; PCM where MediaInfo calls so what is none
    ("ADPCM", "2"): "adpcm_ms",
    ("ADPCM", "11"): "adpcm_ima_wav",
    ("ADPCM", "20"): "adpcm_yamaha",
    ("ADPCM", "45"): "adpcm_g726",
    ("ADPCM", "ima4"): "adpcm_ima_qt",
    ("ADPCM", "G.722 ADPCM"): "adpcm_g722",
    ("ADPCM", "G.721 ADPCM"): "adpcm_g726le",
    ("ADPCM", "ShockWave"): "adpcm_swf",
    ("PCM", "ima4"): "adpcm_ima_qt",
    ("PCM", "ADP4"): "adpcm_ima_ws",
    ("PCM", "DVD-Video"): "pcm_dvd",
    ("PCM", "Blu-ray"): "pcm_bluray",
    ("PCM", "SMPTE ST 302"): "s302m",
    **{
        (name, law): f"pcm_{kind}law"
        for kind, laws in (
            ("a", ("A-Law", "A-law", "alaw", "8-bit a-law")),
            ("mu", ("U-Law", "U-law", "ulaw", "8-bit mu-law")),
        )
        for law in laws
        for name in ("ADPCM", "PCM")
    },
    ("PCM", "8-bit signed linear"): "pcm_s8",
    ("PCM", "16-bit signed linear"): "pcm_s16be",
    ("PCM", "24-bit signed linear"): "pcm_s24be",
    ("PCM", "32-bit signed linear"): "pcm_s32be",
    ("PCM", "floating-point"): "pcm_f32be",
    ("PCM", "double precision float"): "pcm_f64be",
}
# where MediaInfo knows no more than the container's own tag
_BY_TAG = {
    "2": "adpcm_ms",
    "11": "adpcm_ima_wav",
    "31": "gsm_ms",
    "28F": "adpcm_g722",
    "5346": "adpcm_swf",
    "FFFE / A7FB87AF-2D02-42FB-A4D4-05CD93843BDD": "eac3",
    ".mp2": "mp2",
    "AMVF": "amv",
    "FFVH": "ffvhuff",
    "FSV1": "flashsv",
    "HFYU": "huffyuv",
    "Hap1": "hap",
    "Hap5": "hap",
    "HapY": "hap",
    "I420": "rawvideo",
    "LJPG": "mjpeg",
    "M8Y0": "magicyuv",
    "MJLS": "jpegls",
    "MP42": "msmpeg4v2",
    "MP43": "msmpeg4v3",
    "3IVD": "msmpeg4v3",
    "MSVC": "msvideo1",
    "VP90": "vp9",
    "V_MJPEG": "mjpeg",
    "AVrp": "avrp",
    "V_SNOW": "snow",
    "agsm": "gsm",
    "drac": "dirac",
    "spex": "speex",
    "tga ": "targa",
    "theo": "theora",
    "xvid": "mpeg4",
}
# tags that are ffmpeg's names in other letters
_SAME = (
    "asv1 asv2 ayuv cljr dpx exr ffv1 flac flv1 h261 opus r10k r210 sgi smc snow svq1 tiff v210 "
    "v308 v408 v410 wmv1 wmv2 wmv3 y41p yuv4 zlib zmbv"
)
_SAME_NAMES = frozenset(_SAME.split())
_FAMILIES = {"SHQ": "speedhq", "ULY": "utvideo", "ULR": "utvideo", "ULH": "utvideo"}
_DETAILS = ("Format_Profile", "MuxingMode", "Format_Version", "CodecID", "Format_Settings_Firm")
# Matroska's names for the tags of Windows, and CAF's
_PREFIXES = re.compile(r"(?:A_MS/ACM|V_MS/VFW/FOURCC) / |0x6D730*", re.IGNORECASE)
# what stands in place of a name where MediaInfo knows none
_NO_NAMES = re.compile(r"[AV]_[A-Z]|0x|Extensible$")
_RAW = {"RGB", "RGBA", "YUV"}
_FLOATS = ("float", "fl32", "fl64")
_LONGEST = 40
_LONGEST_TAG = 80


def codec(track: Mapping[str, Any]) -> str | None:
    """Return a track's codec by ffmpeg's name, or by MediaInfo's where that is not known.

    None where MediaInfo has no name for it, only the container's tag.
    """
    name, tag = _text(track, "Format"), _tag(track)
    details = (tag if key == "CodecID" else _text(track, key) for key in _DETAILS)
    for detail in details:
        if known := _BY_DETAIL.get((name, detail)):
            return known
    if name == "PCM":
        return _pcm(track)
    by_tag = _by_tag(tag)
    if name in _RAW and by_tag:
        return by_tag
    if name == _text(track, "CodecID") or _NO_NAMES.match(name):
        return by_tag
    plain = re.sub("[^a-z0-9]+", "_", name[:_LONGEST].lower()).strip("_")
    return _BY_FORMAT.get(name) or plain or None


def _by_tag(tag: str) -> str | None:
    plain = tag.strip().lower()
    return _BY_TAG.get(tag) or _FAMILIES.get(tag[:3]) or (plain if plain in _SAME_NAMES else None)


def _tag(track: Mapping[str, Any]) -> str:
    """Return the container's tag for the codec, without what Matroska and CAF put before it."""
    return _PREFIXES.sub("", _text(track, "CodecID")[:_LONGEST_TAG], count=1)


def _pcm(track: Mapping[str, Any]) -> str:
    bits, order = _text(track, "BitDepth"), _text(track, "Format_Settings_Endianness")
    if bits not in {"8", "16", "24", "32", "64"}:
        return "pcm"
    if _text(track, "CodecID") == "lpcm" and not order:  # CAF, of which MediaInfo says no more
        return "pcm"
    big = order == "Big"
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
