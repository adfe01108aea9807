"""Derive media facts from MediaInfo's tracks (with its keys, and text for values)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mps_manifest.formats.containers.declared_sizes import is_placeholder, lacking
from mps_manifest.formats.findings import Media
from mps_manifest.formats.media.codecs import codec
from mps_manifest.formats.media.described import BY_NAME, Described, Shape, codecs_of
from mps_manifest.parsing.numbers import milliseconds, number

Track = Mapping[str, Any]

_PER_SECOND = 1000
_HIGHEST_RATE = 100_000
_OPUS_RATE = 48_000
# containers whose headers or indexes tell their duration; of others MediaInfo guesses by bit rates
_TELLING = {
    *("AIFF", "FLAC", "MPEG-4", "MXF", "Matroska", "Monkey's Audio", "QuickTime", "TTA"),
    *("WavPack", "Wave64", "WebM", "Windows Media"),
}
# containers that declare their length; others may end anywhere, or have other data after them
_SIZED = {"AIFF", "AVI", "MPEG-4", "Matroska", "QuickTime", "WebM"}
_PADDED = {"AIFF", "AVI"}
_SIZES = re.compile(r"File size (\d{1,20}) is less than expected size(?: at least)? (\d{1,20})")
_CHUNK = 8
# writers to a pipe declare the largest length first; this is near that
_OPEN_MATROSKA = 2**55

_TRANSFERS = {"PQ": "pq", "HLG": "hlg"}
_FULL_TURNS = 3600
_ROUNDED, _TINY = 0.0005, 1e-9
_FLATTEST = 0.01
_LARGEST = 2**31
_NAMES_SUFFICE = {"AC-3", "ADTS", "E-AC-3", "FLAC", "MPEG Audio", "Ogg"}
_AAC = {"LC": 2, "LC SBR": 5, "LC SBR PS": 29}
_ALPHA_CODECS = {"ffv1", "png", "qtrle", "utvideo"}
_WITHIN_VIDEO = re.compile("A/53|DTVCC|SCTE")
_TAG = re.compile("[A-Za-z]{2,3}(-[0-9A-Za-z]{1,8}){0,8}")
# ISO 639-2 codes, should MediaInfo leave one as it is in the file
_CODES = (
    "ara:ar ben:bn bul:bg ces:cs chi:zh cze:cs dan:da deu:de dut:nl ell:el eng:en fas:fa fin:fi "
    "fra:fr fre:fr ger:de gre:el heb:he hin:hi hrv:hr hun:hu ind:id ita:it jpn:ja kor:ko may:ms "
    "msa:ms nld:nl nor:no per:fa pol:pl por:pt ron:ro rum:ro rus:ru slk:sk slo:sk spa:es swe:sv "
    "tam:ta tha:th tur:tr ukr:uk urd:ur vie:vi zho:zh"
)
_SHORT_TAGS = dict(pair.split(":") for pair in _CODES.split())
_MOST_LANGUAGES = 100


def read_tracks(tracks: Sequence[Track], described: Sequence[Described] = ()) -> Media | None:
    """Return the facts of a file; None where MediaInfo found no media in it.

    A picture next to audio is its cover, and no fact of the file; neither are chapters. `described`
    is what the tracks of the same file say of themselves, where its container has been read.
    """
    chapters = {str(track.number) for track in described if track.kind == "chapters"}
    tracks = [track for track in tracks if str(track.get("ID")) not in chapters]
    general = _first(tracks, "General")
    video, audio = _first(tracks, "Video"), _first(tracks, "Audio")
    texts = [] if general is None else _texts(general, tracks)
    picture = None if video or audio or texts else _first(tracks, "Image")
    if not (general and general.get("Format")) or not (video or audio or texts or picture):
        return None
    if picture:
        return Media(width_px=_count(picture, "Width"), height_px=_count(picture, "Height"))
    video, audio = video or {}, audio or {}
    is_wave = str(general["Format"]).startswith("Wave")  # of joined files, only the first one plays
    own = next((track for track in described if track.kind == "video"), None)
    shown = _as_shown(video, own or Described("video"))
    return Media(
        duration_ms=_duration(general, tracks),
        width_px=_count(video, "Width"),
        height_px=_count(video, "Height"),
        frame_rate=_rate(video),
        video_codec=codec(video),
        audio_codec=codec(audio),
        sample_rate=_sample_rate(audio),
        channels=_channels(general, audio),
        rotation=None if own and own.is_mirrored else _rotation(video),
        display_width_px=shown[0] if shown else None,
        display_height_px=shown[1] if shown else None,
        codecs=_codecs(described, tracks) or _codecs_by_name(general, tracks),
        alpha=True if (own and own.alpha) or _has_alpha(video) else None,
        color_transfer=_TRANSFERS.get(str(video.get("transfer_characteristics"))),
        audio_tracks=None if is_wave else _number_of(tracks, "Audio", least=2),
        subtitle_tracks=len(texts) or None,
        languages=_languages(tracks),
    )


def is_truncated(tracks: Sequence[Track]) -> str | None:
    """Return the evidence that a file is truncated: its container declares more bytes; or None.

    Not reliable where the parser did not get all the bytes it requested.
    """
    return _lacking(tracks)[0] or None


def may_be_truncated(tracks: Sequence[Track]) -> str | None:
    """Return why a file may be truncated, though its size may be a placeholder; or None."""
    return _lacking(tracks)[1] or None


def _lacking(tracks: Sequence[Track]) -> tuple[str, str]:
    """Return the proof that bytes are missing, or what may be harmless; or neither."""
    general = _first(tracks, "General") or {}
    extra = general.get("extra")
    container = str(general.get("Format"))
    if container not in _SIZED or not isinstance(extra, Mapping):
        return "", ""
    if extra.get("IsTruncated") != "Yes":
        return "", ""
    sizes = _SIZES.search(json.dumps(extra.get("ConformanceErrors")))
    if not sizes:
        return "the container declares more bytes than the file has", ""
    actual, declared = int(sizes[1]), int(sizes[2])
    if container in _PADDED:
        return ("", "") if is_placeholder(declared - _CHUNK) else lacking(actual, declared)
    if declared >= _OPEN_MATROSKA and container != "MPEG-4":  # written to a pipe
        return "", ""
    return f"the container declares {declared} bytes, the file has {actual}", ""


def _first(tracks: Iterable[Track], kind: str) -> Track | None:
    return next((track for track in tracks if track.get("@type") == kind), None)


def _duration(general: Track, tracks: Iterable[Track]) -> int | None:
    """Return the duration that a file's headers tell, else that of the longest track."""
    if str(general.get("Format")) not in _TELLING or _counts_packets(general, tracks):
        return None
    whole = milliseconds(general.get("Duration"), _PER_SECOND)
    each = [
        milliseconds(track.get("Duration"), _PER_SECOND)
        for track in tracks
        if track.get("@type") in {"Video", "Audio"}
    ]
    return whole or max((one for one in each if one), default=None)


def _counts_packets(general: Track, tracks: Iterable[Track]) -> bool:
    """Return whether the header counts packets, as that of AIFF-C does for compressed sound.

    To MediaInfo they are samples (MediaInfoLib#833).
    """
    sound = codec(_first(tracks, "Audio") or {}) or ""
    return general.get("Format") == "AIFF" and not sound.startswith("pcm")


def _count(track: Track, key: str) -> int | None:
    """Return a positive integer; of several (`48000 / 24000`) the first one."""
    value = track.get(key)
    first = value.split(" / ")[0] if isinstance(value, str) else value
    return milliseconds(first, 1) or None


def _channels(general: Track, audio: Track) -> int | None:
    """Return the number of channels, by the sound itself where its container says another.

    An FLV file says two of all AAC (annex E.4.2.1), and so do the boxes of MP4 (ISO/IEC 14496-12,
    12.2.3), which MediaInfo believes in files that do not begin with their brand.
    """
    container, is_aac = general.get("Format"), audio.get("Format") == "AAC"
    if container == "Flash Video" and is_aac:
        return None
    own = _count(audio, "Channels_Original") if container == "QuickTime" else None
    # what is one channel by its description may be two when it is played
    is_extended = is_aac and "SBR" in str(audio.get("Format_AdditionalFeatures"))
    return None if own and is_extended else own or _count(audio, "Channels")


def _sample_rate(audio: Track) -> int | None:
    """Return the samples per second as played: of Opus 48,000, whatever it was made from.

    RFC 7845, section 5.1: the rate in its header is that of the original, and only informs.
    """
    return _OPUS_RATE if codec(audio) == "opus" else _count(audio, "SamplingRate")


def _rate(track: Track) -> float | None:
    rate = number(track.get("FrameRate"))
    return rate if rate is not None and 0 < rate <= _HIGHEST_RATE else None


# --- as shown --------------------------------------------------------------------------------


def _rotation(video: Track) -> int | None:
    """Return the clockwise degrees by which players turn the video, if it is a quarter or two."""
    degrees = number(video.get("Rotation"))
    turn = round(degrees) % 360 if degrees is not None and abs(degrees) < _FULL_TURNS else 0
    return turn if turn in {90, 180, 270} else None


def _as_shown(video: Track, own: Described) -> tuple[int, int] | None:
    """Return the size as shown, where it is not the coded one.

    As ffmpeg and QuickTime do it, the shape of the pixels changes the width.
    """
    coded = wide, high = _count(video, "Width"), _count(video, "Height")
    if not wide or not high:
        return None
    if own.aperture and own.aperture[0] <= wide and own.aperture[1] <= high:
        wide, high = own.aperture
    wide = _stretched(wide, own.shape, video)
    shown = (high, wide) if _rotation(video) in {90, 270} else (wide, high)
    return shown if shown != coded and max(shown) <= _LARGEST else None


def _stretched(wide: int, shape: Shape | None, video: Track) -> int:
    """Return the width in square pixels, of MediaInfo's three decimals where `shape` is unknown."""
    ratio = number(video.get("PixelAspectRatio"))
    if shape is None:
        if ratio is None or not _FLATTEST < ratio < 1 / _FLATTEST:
            return wide
        shape = _simplest(ratio)
    over, under = shape
    return max(1, (2 * wide * over + under) // (2 * under))


def _simplest(ratio: float) -> Shape:
    """Return the simplest fraction that gives this number when it is rounded to three decimals."""
    return next(
        (round(ratio * under), under)
        for under in range(1, 1001)
        if abs(round(ratio * under) - ratio * under) <= under * _ROUNDED + _TINY
    )


# --- what a player asks ----------------------------------------------------------------------


def _codecs(described: Sequence[Described], tracks: Sequence[Track]) -> str | None:
    """Return RFC 6381's names by the tracks' own descriptions, if MediaInfo found the same tracks.

    Where WebM does not say the profile of VP9, MediaInfo has it from the first frame.
    """
    names, counts = codecs_of(described), Counter(track.kind for track in described)
    for kind in ("Video", "Audio"):
        if (_number_of(tracks, kind, least=1) or 0) != counts[kind.lower()]:
            return None
    is_open = names is not None and names.split(",")[0] == "vp9"
    video = _first(tracks, "Video") or {}
    return None if is_open and video.get("Format_Profile") != "0" else names


def _codecs_by_name(general: Track, tracks: Sequence[Track]) -> str | None:
    """Return RFC 6381's names for containers whose codecs have no profiles to tell apart."""
    if str(general.get("Format")) not in _NAMES_SUFFICE:
        return None
    each = [track for kind in ("Video", "Audio") for track in tracks if track.get("@type") == kind]
    names = [_aac(track) or BY_NAME.get(codec(track) or "") for track in each]
    return ",".join(dict.fromkeys(filter(None, names))) if names and all(names) else None


def _aac(track: Track) -> str | None:
    """Return the name of AAC by its profile, as MediaInfo words it."""
    profile = _AAC.get(str(track.get("Format_AdditionalFeatures")))
    return f"mp4a.40.{profile}" if track.get("Format") == "AAC" and profile else None


def _has_alpha(video: Track) -> bool:
    """Return whether the pixels have alpha, of codecs for which a fourth value is nothing else."""
    return str(video.get("ColorSpace")) in {"RGBA", "YUVA"} and codec(video) in _ALPHA_CODECS


def _texts(general: Track, tracks: Iterable[Track]) -> list[Track]:
    """Return the subtitle tracks of a container; a file of captions is none.

    Captions within the video's own data are no tracks of their own.
    """
    return [
        track
        for track in tracks
        if track.get("@type") == "Text"
        and track.get("Format") != general.get("Format")
        and not _WITHIN_VIDEO.search(str(track.get("MuxingMode")))
    ]


def _number_of(tracks: Iterable[Track], kind: str, least: int) -> int | None:
    found = sum(1 for track in tracks if track.get("@type") == kind)
    return found if found >= least else None


def _languages(tracks: Iterable[Track]) -> tuple[str, ...]:
    """Return the declared languages, which MediaInfo mostly has in the form of BCP 47."""
    kinds = ("Video", "Audio", "Text")
    said = (track.get("Language") for track in tracks if track.get("@type") in kinds)
    tags = (tag for tag in said if isinstance(tag, str) and _TAG.fullmatch(tag) and tag != "und")
    short = (_SHORT_TAGS.get(tag, tag) for tag in tags)
    return tuple(dict.fromkeys(short))[:_MOST_LANGUAGES]
