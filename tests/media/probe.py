"""Media facts as ffprobe tells them, the reference for ours."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mps_manifest.formats.findings import Media
from tests.media.make import FFPROBE, IMAGES

SOUND_FRAME = 1152
_TS = {
    name: {"frame_rate"} for name in ("stream.ts", "long.ts", "late.ts", "wrapping.ts", "ac3.ts")
}
# what cannot be told without reading on for long
UNKNOWN = {
    **_TS,
    "adts-long.aac": {"duration_ms"},
    "flash.flv": {"channels"},
    "joined.flv": {"channels"},
    "many-fragments.mp4": {"frame_rate"},
    "packets.aifc": {"duration_ms"},
    "quiet-start.mp3": {"duration_ms"},
}
# ffprobe itself estimates these by the bit rate, takes them from a header, or counts from zero
BY_PACKETS = {*_TS, "adts.aac", "enhanced.eac3", "offset.opus", "only-samples.avi", "windows.wmv"}
# to ffprobe these last until the time of their end
SINCE_START = {"joined.flv"}
LANGUAGES = {"eng": "en", "chi": "zh", "ger": "de", "jpn": "ja", "yue": "yue"}
TRANSFERS = {"smpte2084": "pq", "arib-std-b67": "hlg"}
# ffprobe has no such facts: test_player_facts.py
UNTOLD = {"codecs", "alpha", "frames", "orientation"}


def probe(path: Path) -> dict[str, Any]:
    """Ask ffprobe."""
    command = [FFPROBE or "ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format"]
    answer = subprocess.run(  # noqa: S603
        [*command, str(path)], check=True, capture_output=True, timeout=60
    )
    told: dict[str, Any] = json.loads(answer.stdout)
    return told


def turned(stream: dict[str, Any]) -> tuple[int | None, int | None, int | None]:
    """Return the clockwise rotation, and the size as shown where it is not the coded one."""
    sides = stream.get("side_data_list", [])
    against = next((each["rotation"] for each in sides if "rotation" in each), 0)
    rotation = -against % 360
    over, under = (
        int(part)
        for part in stream.get("sample_aspect_ratio", "1:1").replace("N/A", "1:1").split(":")
    )
    coded = stream["width"], stream["height"]
    shown = round(coded[0] * (over or 1) / (under or 1)), coded[1]
    if rotation in {90, 270}:
        shown = shown[1], shown[0]
    return (rotation or None, *(shown if shown != coded else (None, None)))


def expected(path: Path) -> tuple[Media, float]:
    """Put ffprobe's words into ours; also the tolerance of a duration in ms."""
    told = probe(path)
    streams = [each for each in told["streams"] if not each["disposition"]["attached_pic"]]
    video: dict[str, Any] = next((each for each in streams if each["codec_type"] == "video"), {})
    sound: dict[str, Any] = next((each for each in streams if each["codec_type"] == "audio"), {})
    if path.suffix in IMAGES:
        return Media(width_px=video["width"], height_px=video["height"]), 0
    over, under = (int(part) for part in video.get("avg_frame_rate", "0/1").split("/"))
    rate = over / under
    since = float(told["format"]["start_time"]) if path.name in SINCE_START else 0
    whole = round((float(told["format"]["duration"]) - since) * 1000)
    rotation, wide, high = turned(video) if video else (None, None, None)
    kinds = [each["codec_type"] for each in streams]
    tags = (LANGUAGES.get(each.get("tags", {}).get("language", "")) for each in streams)
    duration = by_packets(path) if path.name in BY_PACKETS else whole
    media = Media(
        duration_ms=duration,
        width_px=video.get("width"),
        height_px=video.get("height"),
        frame_rate=rate or None,
        video_codec=video.get("codec_name"),
        audio_codec=sound.get("codec_name"),
        sample_rate=int(sound["sample_rate"]) if sound else None,
        channels=sound.get("channels"),
        rotation=rotation,
        display_width_px=wide,
        display_height_px=high,
        bit_rate=round(8000 * path.stat().st_size / duration),
        color_transfer=TRANSFERS.get(video.get("color_transfer", "")),
        audio_tracks=kinds.count("audio") if kinds.count("audio") > 1 else None,
        subtitle_tracks=kinds.count("subtitle") or None,
        languages=tuple(dict.fromkeys(filter(None, tags))),
    )
    frame = 1 / rate if rate else SOUND_FRAME / int(sound["sample_rate"]) if sound else 0
    return media, 1000 * frame


def by_packets(path: Path) -> int:
    """Return the time in ms from the beginning of the first packet to the end of the last one."""
    command = [FFPROBE or "ffprobe", "-v", "error", "-of", "json", "-show_entries"]
    fields = "packet=pts_time,duration_time"
    answer = subprocess.run(  # noqa: S603
        [*command, fields, str(path)], check=True, capture_output=True, timeout=60
    )
    packets = json.loads(answer.stdout)["packets"]
    times = [(float(p["pts_time"]), float(p.get("duration_time", 0))) for p in packets]
    return round(1000 * (max(at + length for at, length in times) - min(at for at, _ in times)))


def check(found: Media, path: Path) -> None:
    """Compare facts, durations to within a frame."""
    wanted, tolerance = expected(path)
    unknown = UNKNOWN.get(path.name, set())
    if "duration_ms" in unknown:
        unknown = unknown | {"bit_rate"}
    for name in Media._fields:
        ours, theirs = getattr(found, name), getattr(wanted, name)
        if name in UNTOLD:
            continue
        if name in unknown:
            assert ours is None, f"{name} is known by now"
        elif name == "duration_ms" and theirs is not None:
            assert ours == pytest.approx(theirs, abs=tolerance)
        elif name == "bit_rate" and theirs is not None:
            assert ours == pytest.approx(theirs, rel=0.1)
        elif name == "frame_rate" and theirs is not None:
            assert ours == pytest.approx(theirs, abs=0.01)
        else:
            assert ours == theirs, name
