"""Files of pictures and sounds, by ffmpeg: the same ffmpeg always writes the same bytes."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from local.samples.making.canvas import Picture
from local.samples.making.sounds import to_pcm

# Without dates and versions, and on one thread, for more of them may divide the work elsewhere.
_EXACT = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-threads", "1"]
_EXACT_SOUND = ["-flags:a", "+bitexact"]
_H264 = ["-c:v", "libx264", "-preset", "veryslow", "-tune", "animation", "-pix_fmt", "yuv420p"]
_VP9 = ["-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-b:v", "0", "-auto-alt-ref", "0"]
_PALETTE = "split[a][b];[a]palettegen=max_colors=48[p];[b][p]paletteuse=dither=none"


class Ffmpeg:
    """Runs ffmpeg, which must have libx264, libvpx, libmp3lame and libflite, as Debian's does."""

    def __init__(self, path: str) -> None:
        self._path = path

    def mp4(
        self,
        target: Path,
        pictures: Iterable[Picture],
        frames: int,
        sound: Sequence[float],
        rate: int,
        *,
        quality: int = 27,
        bits: str = "32k",
    ) -> None:
        """Write a video with sound, its index first."""
        with _sound_file(sound) as pcm:
            heard = [*_pcm_input(rate), "-i", pcm.name, "-c:a", "aac", "-b:a", bits]
            written = [*_H264, "-crf", str(quality), "-movflags", "+faststart", "-shortest"]
            self._from_pictures(target, pictures, frames, [*heard, *written])

    def webm(self, target: Path, pictures: Iterable[Picture], frames: int) -> None:
        """Write a video with an alpha channel, without sound."""
        self._from_pictures(target, pictures, frames, [*_VP9, "-crf", "40"])

    def gif(self, target: Path, pictures: Iterable[Picture], frames: int) -> None:
        """Write a moving picture that goes on for ever."""
        self._from_pictures(target, pictures, frames, ["-vf", _PALETTE, "-loop", "0"])

    def sound(self, target: Path, sound: Sequence[float], rate: int, bits: str = "32k") -> None:
        """Write a file of sound in the format of its name's ending: .mp3, .mp4 or .wav."""
        codec = {
            ".mp3": ["-c:a", "libmp3lame", "-b:a", bits],
            ".mp4": ["-c:a", "aac", "-b:a", bits, "-movflags", "+faststart"],
            ".wav": ["-c:a", "pcm_s16le"],
        }[target.suffix]
        with _sound_file(sound) as pcm:
            self._write(target, [*_pcm_input(rate), "-i", pcm.name, *codec])

    def both_channels(self, target: Path, sounds: Sequence[Sequence[float]], rate: int) -> None:
        """Write a WAV file with a channel for each sound."""
        mixed = list(chain.from_iterable(zip(*sounds, strict=True)))
        with _sound_file(mixed) as pcm:
            self._write(target, [*_pcm_input(rate, 2), "-i", pcm.name, "-c:a", "pcm_s16le"])

    def samples(self, source: str, rate: int) -> bytes:
        """Return what a source of ffmpeg's sounds like, as 16-bit samples of one channel."""
        command = ["-f", "lavfi", "-i", source, "-ar", str(rate), "-ac", "1", "-f", "s16le", "-"]
        return self._run(command)

    def frame(self, video: Path, number: int, target: Path) -> None:
        """Write a frame of a video as a picture: .jpg or .png."""
        chosen = ["-i", str(video), "-vf", f"select=eq(n\\,{number})", "-frames:v", "1"]
        self._write(target, [*chosen, "-q:v", "4"])

    def _from_pictures(
        self, target: Path, pictures: Iterable[Picture], frames: int, options: Sequence[str]
    ) -> None:
        waiting = iter(pictures)
        first = next(waiting)
        mode = {"RGB": "rgb24", "RGBA": "rgba"}[first.mode]
        size = f"{first.width}x{first.height}"
        raw = ["-f", "rawvideo", "-pix_fmt", mode, "-s", size, "-r", str(frames), "-i", "-"]
        command = [self._path, "-v", "error", "-y", *raw, *options, *_EXACT, *_EXACT_SOUND]
        with subprocess.Popen([*command, str(target)], stdin=subprocess.PIPE) as process:
            assert process.stdin  # noqa: S101 - a pipe was asked for
            for picture in _all(first, waiting):
                process.stdin.write(picture.tobytes())
            process.stdin.close()
            if process.wait():
                raise ChildProcessError(f"ffmpeg could not write {target.name}")

    def _write(self, target: Path, options: Sequence[str]) -> None:
        self._run([*options, *_EXACT, *_EXACT_SOUND, "-y", str(target)])

    def _run(self, options: Sequence[str]) -> bytes:
        command = [self._path, "-v", "error", "-nostdin", *options]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def _all(first: Picture, others: Iterator[Picture]) -> Iterator[Picture]:
    yield first
    yield from others


def _pcm_input(rate: int, channels: int = 1) -> list[str]:
    return ["-f", "s16le", "-ar", str(rate), "-ac", str(channels)]


def _sound_file(sound: Iterable[float]) -> tempfile._TemporaryFileWrapper[bytes]:
    file = tempfile.NamedTemporaryFile(suffix=".pcm")  # noqa: SIM115 - the caller closes it
    file.write(to_pcm(sound))
    file.flush()
    return file
