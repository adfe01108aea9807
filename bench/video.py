"""A large video for benchmarks: ten seconds, repeated, at a usual bit rate."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from deploy.packages import BUILD

_SOURCE = ["-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25:duration=10"]
_SOUND = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=10"]
_NOISE = ["-vf", "noise=alls=40:allf=t", "-c:v", "libx264", "-preset", "ultrafast"]
_RATE = ["-b:v", "8M", "-minrate", "8M", "-maxrate", "8M", "-bufsize", "8M", "-c:a", "aac"]
_MARGIN = 1.02  # ffmpeg stops a little below the given size


def large_video(size: int) -> Path | None:
    """Return an MP4 of about this size, made at the first call; None without ffmpeg.

    Its index is at the end, the worse case for ranged reads.
    """
    target = BUILD / "bench" / f"video-{size}.mp4"
    ffmpeg = shutil.which("ffmpeg")
    if target.exists() or ffmpeg is None:
        return target if target.exists() else None
    target.parent.mkdir(parents=True, exist_ok=True)
    once, unfinished = target.with_name("once.mp4"), target.with_name("unfinished.mp4")
    quiet = [ffmpeg, "-v", "error", "-y"]
    subprocess.run([*quiet, *_SOURCE, *_SOUND, *_NOISE, *_RATE, str(once)], check=True)
    again = [
        "-stream_loop",
        "-1",
        "-i",
        str(once),
        "-c",
        "copy",
        "-fs",
        str(int(size * _MARGIN)),
    ]
    subprocess.run([*quiet, *again, str(unfinished)], check=True)
    once.unlink()
    return unfinished.rename(target)
