"""Media files of about 200 MB, made in seconds: noise, or real files that go on and on."""

from __future__ import annotations

from pathlib import Path

from tests.media.make import ffmpeg

_SECONDS = "-f lavfi -i anoisesrc=duration={}:sample_rate=44100:seed=1 -ac 2"
_PICTURE = "-f lavfi -i testsrc2=size=640x360:rate=25:duration=20"
_HEAVY = "-c:v mpeg4 -b:v 80M -minrate 80M -maxrate 80M -bufsize 20M"
_GRAIN = "-f lavfi -i nullsrc=size=640x360:rate=25:duration=2,geq=random(1)*255:128:128"
# an hour and another, and megabytes that say where each frame is
_POOR = "-f lavfi -i testsrc2=size=160x90:rate=25:duration=60 -c:v libx264 -preset ultrafast"
_HOURS = f"{_SECONDS.format(60)} {_POOR} -crf 45 -c:a aac -b:a 32k"
_VIDEO = f"{_PICTURE} {_SECONDS.format(20)} {_HEAVY} -c:a aac"

WHOLE = {
    "last.mp4": _VIDEO,
    "first.mp4": f"{_VIDEO} -movflags +faststart",
    "video.mkv": _VIDEO,
    "sound.wav": _SECONDS.format(1160),
    "sound.flac": _SECONDS.format(1550),
}
LOOPED = {
    "hours-last.mp4": _HOURS,
    "hours-first.mp4": _HOURS,
    "video.webm": f"{_GRAIN} -c:v libvpx -deadline realtime -cpu-used 8 -b:v 40M",
    "sound.mp3": f"{_SECONDS.format(20)} -b:a 320k",
    "moving.gif": f"{_GRAIN} -r 10",
    "stream.ts": f"{_GRAIN} {_SECONDS.format(2)} -c:v libx264 -preset ultrafast -c:a mp2",
}
_BYTES = 200_000_000


def make_large(name: str, folder: Path) -> Path:
    """Make one of them."""
    target = folder / name
    if name in WHOLE:
        return ffmpeg(WHOLE[name], target)
    piece = ffmpeg(LOOPED[name], folder / f"piece{target.suffix}")
    times = _BYTES // piece.stat().st_size
    order = "-movflags +faststart" if "first" in name else ""
    ffmpeg(f"-stream_loop {times} -i {piece} -c copy {order}", target)
    piece.unlink()
    return target
