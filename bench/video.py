"""A large video to measure with: ten seconds, again and again, at a usual bit rate."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from deploy.packages import BUILD

_SOURCE = ["-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25:duration=10"]
_SOUND = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=10"]
_NOISE = ["-vf", "noise=alls=40:allf=t", "-c:v", "libx264", "-preset", "ultrafast"]
_RATE = ["-b:v", "8M", "-minrate", "8M", "-maxrate", "8M", "-bufsize", "8M", "-c:a", "aac"]
_SOME_MORE = 1.02  # ffmpeg stops a little before the size it is told


def large_video(size: int) -> Path | None:
    """Make an MP4 of about this size, once; None where there is no ffmpeg.

    Its index stands at its end, which is the worse case for ranged reads.
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
        str(int(size * _SOME_MORE)),
    ]
    subprocess.run([*quiet, *again, str(unfinished)], check=True)
    once.unlink()
    return unfinished.rename(target)
