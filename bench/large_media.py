"""Large media files for benchmarks: a piece of ten seconds, repeated, or one with a large cover.

Each is made at its first use, and stays below build/bench.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from deploy.packages import BUILD

_PICTURES = "-f lavfi -i testsrc2=size=1280x720:rate=25:duration=10"
_SOUND = "-f lavfi -i sine=frequency=440:sample_rate=48000:duration=10"
_NOISE = "-vf noise=alls=40:allf=t"
_X264 = (
    f"{_NOISE} -c:v libx264 -preset ultrafast -b:v 8M -minrate 8M -maxrate 8M -bufsize 8M -c:a aac"
)
_MPEG2 = f"{_NOISE} -c:v mpeg2video -b:v 8M -minrate 8M -maxrate 8M -bufsize 2M -c:a mp2"
_BOTH = f"{_PICTURES} {_SOUND}"
PIECES = {
    "mp4": f"{_BOTH} {_X264}",
    "mkv": f"{_BOTH} {_X264}",
    "webm": f"{_BOTH} {_NOISE} -c:v libvpx -deadline realtime -cpu-used 8 -b:v 8M -c:a libopus",
    "ts": f"{_BOTH} {_X264}",
    "mpg": f"{_BOTH} {_MPEG2}",
    "avi": f"{_BOTH} {_NOISE} -c:v mpeg4 -b:v 8M -c:a libmp3lame",
}
WITH_COVER = {"mp3": "-c:a libmp3lame -b:a 192k", "flac": "-c:a flac"}
_COVER = "-f lavfi -i nullsrc=size=1320x1320,geq=random(1)*255:128:128 -frames:v 1"
"""Noise, of which a PNG of so many pixels takes about 5 MB."""
_MARGIN = 1.02  # ffmpeg stops a little below the given size


def large_file(ending: str, size: int) -> Path | None:
    """Return a media file of about this size, or with a cover of 5 MB; None without ffmpeg.

    The index of an MP4 is at the end, the worse case for ranged reads.
    """
    folder = BUILD / "bench"
    target = folder / f"media-{size}.{ending}"
    if target.exists() or shutil.which("ffmpeg") is None:
        return target if target.exists() else None
    folder.mkdir(parents=True, exist_ok=True)
    piece, unfinished = folder / f"piece.{ending}", folder / f"unfinished.{ending}"
    if ending in WITH_COVER:
        cover = folder / "cover.png"
        _ffmpeg(_COVER, cover)
        both = f"{_SOUND} -i {cover} -map 0 -map 1 -c:v copy -disposition:v attached_pic"
        _ffmpeg(f"{both} {WITH_COVER[ending]}", unfinished)
        cover.unlink()
        return unfinished.rename(target)
    _ffmpeg(PIECES[ending], piece)
    _ffmpeg(f"-stream_loop -1 -i {piece} -c copy -fs {int(size * _MARGIN)}", unfinished)
    piece.unlink()
    return unfinished.rename(target)


def _ffmpeg(arguments: str, target: Path) -> None:
    ffmpeg = shutil.which("ffmpeg") or "ffmpeg"
    subprocess.run([ffmpeg, "-v", "error", "-y", *arguments.split(), str(target)], check=True)
