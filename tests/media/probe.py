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
    "many-fragments.mp4": {"frame_rate"},
    "quiet-start.mp3": {"duration_ms"},
}
# ffprobe itself estimates these by the bit rate, takes them from a header, or counts from zero
BY_PACKETS = {*_TS, "adts.aac", "enhanced.eac3", "offset.opus", "windows.wmv"}


def probe(path: Path) -> dict[str, Any]:
    """Ask ffprobe."""
    command = [FFPROBE or "ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format"]
    answer = subprocess.run(  # noqa: S603
        [*command, str(path)], check=True, capture_output=True, timeout=60
    )
    told: dict[str, Any] = json.loads(answer.stdout)
    return told


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
    whole = round(float(told["format"]["duration"]) * 1000)
    media = Media(
        duration_ms=by_packets(path) if path.name in BY_PACKETS else whole,
        width_px=video.get("width"),
        height_px=video.get("height"),
        frame_rate=rate or None,
        video_codec=video.get("codec_name"),
        audio_codec=sound.get("codec_name"),
        sample_rate=int(sound["sample_rate"]) if sound else None,
        channels=sound.get("channels"),
    )
    return media, 1000 / rate if rate else 1000 * SOUND_FRAME / int(sound["sample_rate"])


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
    for name in Media._fields:
        ours, theirs = getattr(found, name), getattr(wanted, name)
        if name in unknown:
            assert ours is None, f"{name} is known by now"
        elif name == "duration_ms" and theirs is not None:
            assert ours == pytest.approx(theirs, abs=tolerance)
        elif name == "frame_rate" and theirs is not None:
            assert ours == pytest.approx(theirs, abs=0.01)
        else:
            assert ours == theirs, name
