"""Codecs have ffmpeg's names, whichever encoder made them and whichever container they are in."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from mps_manifest.adapters.mediainfo import MediaInfoParser
from tests.media.make import FFMPEG, ffmpeg, needs_ffmpeg
from tests.media.opening import read_body
from tests.media.probe import probe
from tests.soaks import with_soaks

pytestmark = needs_ffmpeg

_VIDEO = "-f lavfi -i testsrc2=size={}:rate=25:duration=0.4 -c:v {} -strict -2 {}"
_AUDIO = "-f lavfi -i sine=440:duration=0.6:sample_rate={} -c:a {} -strict -2 {}"
# encoder, endings, size, more options
VIDEO = [
    ("amv", "avi mkv mov", "320x240", "-pix_fmt yuvj420p"),
    ("asv1", "avi mkv asf", "352x288", ""),
    ("asv2", "avi mkv", "352x288", ""),
    ("ayuv", "avi mkv", "352x288", ""),
    ("cfhd", "avi mov mkv", "352x288", "-pix_fmt yuv422p10"),
    ("cinepak", "avi mov", "352x288", ""),
    ("cljr", "avi mov", "352x288", ""),
    ("dnxhd", "mov mxf", "1280x720", "-b:v 110M -pix_fmt yuv422p"),
    ("dpx", "mov", "352x288", ""),
    ("dvvideo", "avi mov", "720x576", "-pix_fmt yuv420p"),
    ("ffv1", "mkv avi mov", "352x288", ""),
    ("ffvhuff", "avi mkv mov", "352x288", ""),
    ("flashsv", "flv avi", "352x288", ""),
    ("flashsv2", "flv", "352x288", ""),
    ("flv", "flv avi", "352x288", ""),
    ("h261", "avi mov", "352x288", ""),
    ("h263", "3gp mov", "352x288", ""),
    ("hap", "mov avi", "352x288", ""),
    ("huffyuv", "avi mov", "352x288", ""),
    ("jpeg2000", "mov mxf mp4", "352x288", ""),
    ("jpegls", "avi mov", "352x288", ""),
    ("libtheora", "ogv mkv", "352x288", ""),
    ("libvpx", "webm avi", "352x288", "-deadline realtime"),
    ("libvpx-vp9", "webm mp4 avi", "352x288", "-deadline realtime -cpu-used 8"),
    ("libx264", "mp4 mkv ts flv avi", "352x288", "-preset ultrafast -pix_fmt yuv420p"),
    ("libx265", "mp4 mkv ts", "352x288", "-preset ultrafast -x265-params log-level=none"),
    ("libxvid", "avi mp4 mkv", "352x288", ""),
    ("magicyuv", "avi mov", "352x288", ""),
    ("mjpeg", "avi mov mkv", "352x288", ""),
    ("mpeg1video", "mpg ts mov", "352x288", ""),
    ("mpeg2video", "mpg ts mxf mkv", "352x288", ""),
    ("mpeg4", "avi mp4 mkv", "352x288", ""),
    ("msmpeg4", "avi asf mkv mov", "352x288", ""),
    ("msmpeg4v2", "avi asf mkv", "352x288", ""),
    ("msvideo1", "avi mov", "352x288", ""),
    ("png", "mov mkv avi", "352x288", ""),
    ("prores", "mov mkv", "352x288", ""),
    ("qtrle", "mov", "352x288", ""),
    ("rawvideo", "avi mkv", "352x288", "-pix_fmt yuv420p"),
    ("rv10", "rm", "352x288", ""),
    ("rv20", "rm", "352x288", ""),
    ("snow", "avi mov", "352x288", ""),
    ("speedhq", "avi mov", "352x288", "-pix_fmt yuv422p"),
    ("svq1", "mov avi", "352x288", ""),
    ("targa", "mov", "352x288", ""),
    ("utvideo", "avi mkv mov", "352x288", ""),
    ("v210", "avi mov", "352x288", ""),
    ("vc2", "mkv mov", "352x288", ""),
    ("wmv1", "asf avi mkv", "352x288", ""),
    ("wmv2", "asf avi mkv", "352x288", ""),
    ("zlib", "avi mkv", "352x288", ""),
    ("zmbv", "avi mkv", "352x288", ""),
]
AUDIO = [
    ("aac", "m4a mkv aac ts flv asf", 44100, ""),
    ("ac3", "ac3 mkv ts avi mp4", 44100, ""),
    ("adpcm_ima_qt", "mov aiff caf", 44100, ""),
    ("adpcm_ima_wav", "wav mkv caf", 44100, ""),
    ("adpcm_ms", "wav mkv caf", 44100, ""),
    ("adpcm_swf", "flv wav", 22050, ""),
    ("adpcm_yamaha", "wav mkv", 44100, ""),
    ("alac", "m4a mkv caf", 44100, ""),
    ("dca", "dts mkv mp4", 44100, "-ac 2"),
    ("eac3", "eac3 mkv mp4 wav", 44100, ""),
    ("flac", "flac mkv mp4 ogg", 44100, ""),
    ("g722", "wav au", 16000, ""),
    ("g723_1", "wav mkv", 8000, ""),
    ("g726", "wav", 8000, ""),
    ("g726le", "au", 8000, ""),
    ("libgsm", "mov caf", 8000, ""),
    ("libgsm_ms", "wav mkv", 8000, ""),
    ("libmp3lame", "mp3 mkv mp4 avi mov flv", 44100, ""),
    ("libopus", "opus webm mp4", 48000, ""),
    ("libspeex", "spx mkv flv", 16000, ""),
    ("libvorbis", "ogg webm mkv", 44100, ""),
    ("mp2", "mp2 mpg ts mkv avi", 44100, ""),
    ("nellymoser", "flv", 22050, ""),
    ("pcm_alaw", "wav au aiff caf mov", 44100, ""),
    ("pcm_dvd", "mpg", 48000, ""),
    ("pcm_f32be", "aiff au mov", 44100, ""),
    ("pcm_f32le", "wav mkv", 44100, ""),
    ("pcm_f64le", "wav", 44100, ""),
    ("pcm_mulaw", "wav au aiff caf mov", 44100, ""),
    ("pcm_s16be", "aiff au mov", 44100, ""),
    ("pcm_s16le", "wav mkv avi mov asf", 44100, ""),
    ("pcm_s24be", "aiff au", 44100, ""),
    ("pcm_s24le", "wav mkv", 44100, ""),
    ("pcm_s32le", "wav mkv", 44100, ""),
    ("pcm_s8", "aiff au", 44100, ""),
    ("pcm_u8", "wav mkv avi", 44100, ""),
    ("real_144", "rm", 8000, ""),
    ("s302m", "ts", 48000, "-ac 2"),
    ("truehd", "thd", 48000, "-ac 2"),
    ("tta", "tta mkv", 44100, ""),
    ("wavpack", "mkv", 44100, ""),
    ("wmav1", "asf wav", 44100, ""),
    ("wmav2", "wma mkv avi", 44100, ""),
]
FORMS = {"thd": "-f truehd", "ogv": "-f ogg", "wma": "-f asf"}
CASES = [
    *(
        (name, ending, _VIDEO.format(size, name, more))
        for name, es, size, more in VIDEO
        for ending in es.split()
    ),
    *(
        (name, ending, _AUDIO.format(rate, name, more))
        for name, es, rate, more in AUDIO
        for ending in es.split()
    ),
]
OFTEN = {(name, es.split()[0]) for name, es, *_ in (*VIDEO, *AUDIO)}
"""Each encoder in one container: what is tried for every change. All of it takes two minutes."""
SELDOM = {case for case in CASES if case[:2] not in OFTEN}


@pytest.fixture(scope="module")
def parser() -> Iterator[MediaInfoParser]:
    running = MediaInfoParser()
    yield running
    running.close()


@cache
def encoders() -> set[str]:
    """Return the encoders of this ffmpeg."""
    command = [FFMPEG or "ffmpeg", "-v", "error", "-encoders"]
    listed = subprocess.run(command, check=True, capture_output=True, timeout=60, text=True)  # noqa: S603
    return {line.split()[1] for line in listed.stdout.splitlines() if len(line.split()) > 1}


@pytest.mark.slow
@pytest.mark.parametrize(("encoder", "ending", "arguments"), with_soaks(CASES, SELDOM))
def test_a_codec_has_the_name_that_ffprobe_has_for_it(
    parser: MediaInfoParser, encoder: str, ending: str, arguments: str, tmp_path: Path
) -> None:
    """Consumers compare with ffmpeg's names, and MediaInfo has a name of its own for each."""
    if encoder not in encoders():
        pytest.skip("this ffmpeg has no such encoder")
    path = ffmpeg(f"{arguments} {FORMS.get(ending, '')}", tmp_path / f"a.{ending}")
    [stream] = probe(path)["streams"]
    media = read_body(parser, path.read_bytes()).media
    assert (media.video_codec or media.audio_codec) == stream["codec_name"]
    assert not (media.video_codec and media.audio_codec)
