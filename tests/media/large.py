"""Media files of about 100 MB, made in seconds: noise, or real files that go on and on."""

from __future__ import annotations

from pathlib import Path

from tests.media.make import ffmpeg

_SECONDS = "-f lavfi -i anoisesrc=duration={}:sample_rate=44100:seed=1 -ac 2"
_PICTURE = "-f lavfi -i testsrc2=size=640x360:rate=25:duration=10"
_HEAVY = "-c:v mpeg4 -b:v 80M -minrate 80M -maxrate 80M -bufsize 20M"
_GRAIN = "-f lavfi -i nullsrc=size=640x360:rate=25:duration=2,geq=random(1)*255:128:128"
# an hour and another, and megabytes that say where each frame is
_POOR = "-f lavfi -i testsrc2=size=160x90:rate=25:duration=60 -c:v libx264 -preset ultrafast"
_HOURS = f"{_SECONDS.format(60)} {_POOR} -crf 45 -c:a aac -b:a 32k"
_VIDEO = f"{_PICTURE} {_SECONDS.format(10)} {_HEAVY} -c:a aac"

_COVER = "-f lavfi -i nullsrc=size=1440x1440,geq=random(1)*255:random(2)*255:random(3)*255"
_COVERED = "-map 0 -map 1 -c:v copy -disposition:v attached_pic"

WHOLE = {
    "last.mp4": _VIDEO,
    "first.mp4": f"{_VIDEO} -movflags +faststart",
    "video.mkv": _VIDEO,
    "sound.wav": _SECONDS.format(580),
    "sound.flac": _SECONDS.format(775),
    "video.avi": f"{_PICTURE} {_SECONDS.format(10)} {_HEAVY} -c:a mp3",
}
LOOPED = {
    "hours-last.mp4": _HOURS,
    "hours-first.mp4": _HOURS,
    "video.webm": f"{_GRAIN} -c:v libvpx -deadline realtime -cpu-used 8 -b:v 40M",
    "sound.mp3": f"{_SECONDS.format(20)} -b:a 320k",
    "program.mpg": f"{_PICTURE} {_SECONDS.format(10)} -c:v mpeg2video -b:v 8M -minrate 8M -c:a mp2",
    "moving.gif": f"{_GRAIN} -r 10",
    "stream.ts": f"{_GRAIN} {_SECONDS.format(2)} -c:v libx264 -preset ultrafast -c:a mp2",
}
COVERED = {
    "cover.mp3": "-c:a libmp3lame -b:a 128k",
    "cover.flac": "-c:a flac",
    "cover.m4a": "-c:a aac",
    "cover.mka": "-c:a flac",
}
"""Five minutes of sound with a cover of 5 MB."""
SPARSE = {"sparse.mp4": _HOURS}
"""A gigabyte, of which the most is a hole in the file."""
_BYTES = 100_000_000
_GIGABYTE = 1_000_000_000


def make_large(name: str, folder: Path) -> Path:
    """Make one of them."""
    target = folder / name
    if name in WHOLE:
        return ffmpeg(WHOLE[name], target)
    if name in COVERED:
        return _with_cover(name, target)
    if name in SPARSE:
        return _with_hole(ffmpeg(SPARSE[name], folder / f"piece{target.suffix}"), target)
    piece = ffmpeg(LOOPED[name], folder / f"piece{target.suffix}")
    times = _BYTES // piece.stat().st_size
    order = "-movflags +faststart" if "first" in name else ""
    ffmpeg(f"-stream_loop {times} -i {piece} -c copy {order}", target)
    piece.unlink()
    return target


def _with_cover(name: str, target: Path) -> Path:
    cover = ffmpeg(f"{_COVER} -frames:v 1 -pix_fmt rgb24", target.with_name("cover.png"))
    attached = f"-attach {cover} -metadata:s:t mimetype=image/png"
    how = attached if name.endswith(".mka") else f"-i {cover} {_COVERED}"
    return ffmpeg(f"{_SECONDS.format(300).removesuffix(' -ac 2')} {how} {COVERED[name]}", target)


def _with_hole(piece: Path, target: Path) -> Path:
    """Enlarge an MP4's box of media data, so that its index is a gigabyte away."""
    body = piece.read_bytes()
    start, index = body.index(b"mdat") - 4, body.rindex(b"moov") - 4
    with target.open("wb") as file:
        file.write(body[:start] + (_GIGABYTE - start).to_bytes(4, "big") + body[start + 4 : index])
        file.seek(_GIGABYTE)
        file.write(body[index:])
    piece.unlink()
    return target
