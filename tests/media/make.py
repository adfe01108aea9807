"""Small media files of many kinds, made by ffmpeg, and what they are read with."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

FFMPEG, FFPROBE = shutil.which("ffmpeg"), shutil.which("ffprobe")
needs_ffmpeg = pytest.mark.skipif(not (FFMPEG and FFPROBE), reason="ffmpeg is not installed")
SAMPLES = Path(__file__).resolve().parents[2] / "local/samples/media"
IMAGES = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp"}
MEDIA = {".mp4", ".wav", ".webm", *IMAGES}

_PICTURE = "-f lavfi -i testsrc2=size=320x180:rate=25:duration=2"
_NTSC = "-f lavfi -i testsrc2=size=322x182:rate=30000/1001:duration=2"
_SOUND = "-f lavfi -i anoisesrc=duration=2:sample_rate=44100:seed=1"
_BOTH = f"{_PICTURE} {_SOUND} -ac 2"
# frames are left out at random: thousands of them, each of which says how long it is
_UNEVEN = (
    "-f lavfi -i color=size=64x36:rate=30:duration=600,select=gt(random(0)\\,0.3) "
    "-f lavfi -i anoisesrc=duration=600:sample_rate=16000:seed=1"
)
_MINUTE = "-f lavfi -i anoisesrc=duration=60:sample_rate=44100:seed=1"
_SURROUND = "-f lavfi -i anoisesrc=duration=2:sample_rate=48000:seed=1 -ac 6"
_LONG = (
    "-f lavfi -i testsrc2=size=320x180:rate=25:duration=20 "
    "-f lavfi -i anoisesrc=duration=20:sample_rate=48000:seed=1 -ac 2"
)
_X264 = "-c:v libx264 -pix_fmt yuv420p -preset ultrafast"

RECIPES = {
    "first.mp4": f"{_BOTH} {_X264} -c:a aac -movflags +faststart",
    "last.mp4": f"{_BOTH} {_X264} -c:a aac",
    "fragments.mp4": f"{_BOTH} {_X264} -c:a aac -movflags +frag_keyframe+empty_moov",
    "ntsc.mp4": f"{_NTSC} {_X264}",
    "anamorphic.mp4": f"{_NTSC} -vf setsar=4/3 {_X264}",
    "old.mp4": f"{_BOTH} -c:v mpeg4 -c:a libmp3lame",
    "five-one.m4a": f"{_SOUND} -ac 6 -c:a aac",
    "one.m4a": f"{_SOUND} -ac 1 -c:a aac",
    "lossless.m4a": f"{_SOUND} -c:a alac",
    "layer-three.mp4": f"{_SOUND} -c:a libmp3lame",
    "two-sounds.mp4": f"{_BOTH} {_SOUND} -map 0 -map 1 -map 2 {_X264} -c:a aac",
    "uneven.mp4": f"{_UNEVEN} {_X264} -c:a aac -b:a 16k",
    "described.mp4": "-f lavfi -i testsrc2=size=320x180:rate=25:duration=2 -c:v libx265 "
    "-preset ultrafast -x265-params log-level=none -tag:v hvc1",
    "surround.mp4": "-f lavfi -i anoisesrc=duration=2:sample_rate=48000:seed=1 -ac 6 -c:a ac3",
    "broadcast.mov": f"{_PICTURE} -c:v mpeg2video -flags +ilme+ildct",
    "prores.mov": f"{_BOTH} -c:v prores -c:a pcm_s24le",
    "big-endian.mov": f"{_SOUND} -c:a pcm_s24be",
    "mpeg4.mkv": f"{_BOTH} -c:v mpeg4 -c:a flac",
    "h264.mkv": f"{_BOTH} {_X264} -c:a ac3",
    "hevc.mkv": f"{_PICTURE} -c:v libx265 -preset ultrafast -x265-params log-level=none",
    "float.mkv": f"{_SOUND} -c:a pcm_f32le",
    "vp8.webm": f"{_PICTURE} -c:v libvpx -deadline realtime",
    "vp9.webm": f"{_BOTH} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus",
    "constant.mp3": f"{_SOUND} -b:a 128k",
    "constant-bare.mp3": f"{_SOUND} -b:a 128k -write_xing 0",
    "variable.mp3": f"{_SOUND} -q:a 3",
    "sound.flac": f"{_SOUND} -c:a flac",
    "vorbis.ogg": f"{_SOUND} -c:a libvorbis",
    "sound.opus": f"{_SOUND} -c:a libopus",
    "telephone.opus": f"{_SOUND} -ar 16000 -c:a libopus",
    "sound.ac3": f"{_SOUND} -c:a ac3",
    "sound.aiff": f"{_SOUND}",
    "little-endian.aifc": f"{_SOUND} -c:a pcm_s16le -f aiff",
    "packets.aifc": f"{_SOUND} -c:a adpcm_ima_qt -f aiff",
    "s16.wav": f"{_SOUND} -c:a pcm_s16le",
    "s24.wav": f"{_SOUND} -ac 2 -c:a pcm_s24le",
    "float.wav": f"{_SOUND} -c:a pcm_f32le",
    "u8.wav": f"{_SOUND} -c:a pcm_u8",
    "alaw.wav": f"{_SOUND} -c:a pcm_alaw",
    "stream.ts": f"{_BOTH} {_X264} -c:a aac",
    "program.mpg": f"{_BOTH} -c:v mpeg2video -c:a mp2",
    "old.avi": f"{_BOTH} -c:v mjpeg -pix_fmt yuvj420p -c:a pcm_s16le",
    "small.avi": f"{_BOTH} -t 1 -c:v mpeg4 -c:a libmp3lame",
    "longer-sound.avi": f"{_PICTURE} {_MINUTE} -c:v mpeg4 -c:a libmp3lame -b:a 64k",
    "only-sound.avi": f"{_MINUTE} -c:a libmp3lame -b:a 64k",
    "only-samples.avi": f"{_MINUTE} -t 10 -c:a pcm_s16le",
    "flash.flv": f"{_BOTH} {_X264} -c:a aac",
    "joined.flv": f"{_BOTH} {_X264} -c:a aac -flvflags no_duration_filesize -output_ts_offset 90",
    "layer-two.mp2": f"{_SOUND} -c:a mp2 -b:a 32k",
    "low.mp3": f"{_SOUND} -b:a 32k -write_xing 0 -id3v2_version 0",
    "constant-long.mp3": f"{_MINUTE} -b:a 128k -write_xing 0 -id3v2_version 0",
    "quiet-start.mp3": f"{_MINUTE} -af volume=0:enable=lt(t\\,6) -q:a 2 -write_xing 0",
    "adts.aac": f"{_SOUND} -c:a aac",
    "adts-long.aac": f"{_MINUTE} -c:a aac -b:a 128k",
    "enhanced.eac3": f"{_SOUND} -c:a eac3",
    "long.ac3": f"{_MINUTE} -c:a ac3 -b:a 192k",
    "surround-fragments.mp4": f"{_SURROUND} -c:a ac3 -movflags +frag_keyframe+delay_moov",
    "many-fragments.mp4": f"{_LONG} {_X264} -g 25 -c:a aac -movflags +frag_keyframe+empty_moov",
    "surround-small.mp4": f"{_SURROUND} -t 0.5 -c:a ac3 -movflags +frag_keyframe+delay_moov",
    "long.mpg": f"{_LONG} -c:v mpeg2video -b:v 4M -minrate 4M -c:a mp2",
    "long.ts": f"{_LONG} {_X264} -c:a aac",
    "late.ts": f"{_LONG} {_X264} -c:a aac -output_ts_offset 5000",
    "wrapping.ts": f"{_LONG} {_X264} -c:a mp2 -output_ts_offset 95435",
    "ac3.ts": f"{_BOTH} {_X264} -c:a ac3",
    "offset.opus": f"{_SOUND} -c:a libopus -output_ts_offset 100",
    "long.ogg": f"{_MINUTE} -c:a libvorbis",
    "pictures.ogv": f"{_BOTH} -c:v libtheora -c:a libvorbis",
    "sound.mka": f"{_SOUND} -c:a libvorbis",
    "windows.wmv": f"{_BOTH} -c:v wmv2 -c:a wmav2",
    "windows.wma": f"{_SOUND} -c:a wmav2",
    "exchange.mxf": f"{_BOTH} -c:v mpeg2video -c:a pcm_s16le -ar 48000",
    "phone.3gp": f"{_BOTH} -c:v h263 -s 352x288 -c:a aac",
    "adpcm.wav": f"{_SOUND} -c:a adpcm_ms",
    "layer-three.wav": f"{_SOUND} -c:a libmp3lame",
    "large.wav": f"{_SOUND} -rf64 always",
    "moving.gif": f"{_PICTURE} -r 10",
    "rotated.mp4": f"{_NTSC} {_X264} -metadata:s:v rotate=90",
    "rotated.mov": f"{_NTSC} -vf setsar=4/3 {_X264} -metadata:s:v rotate=270",
    "upside-down.mp4": f"{_NTSC} {_X264} -metadata:s:v rotate=180",
    "wide.mkv": f"{_PICTURE} -vf scale=720:576,setsar=64/45 {_X264}",
    "wide.mpg": f"{_PICTURE} -vf scale=720:576,setsar=64/45 -c:v mpeg2video",
    "narrow.avi": f"{_PICTURE} -vf scale=720:480,setsar=8/9 -c:v mpeg4",
    "languages.mkv": f"{_BOTH} {_SOUND} -map 0 -map 1 -map 2 {_X264} -c:a flac "
    "-metadata:s:a:0 language=eng -metadata:s:a:1 language=chi",
    "languages.mp4": f"{_BOTH} {_SOUND} -map 0 -map 1 -map 2 {_X264} -c:a aac "
    "-metadata:s:v language=jpn -metadata:s:a:0 language=yue -metadata:s:a:1 language=und",
    "bright.mkv": f"{_PICTURE} {_X264} -color_trc smpte2084",
    "bright.mp4": f"{_PICTURE} {_X264} -color_trc arib-std-b67",
    "mobile.3gp": f"{_BOTH} -c:v mpeg4 -c:a aac",
    "free.ogv": f"{_BOTH} -c:v libtheora -c:a libvorbis",
    "studio.mxf": f"{_PICTURE} -c:v mpeg2video",
    "still.png": f"{_PICTURE} -frames:v 1",
    "still.jpg": f"{_PICTURE} -frames:v 1",
}
PICTURES = {
    "grey.jpg": f"{_NTSC} -frames:v 1 -pix_fmt gray",
    "large.jpg": f"{_NTSC} -frames:v 1 -vf scale=5000:4001",
    "lossless.jpg": f"{_NTSC} -frames:v 1 -c:v ljpeg -pix_fmt bgr24 -strict -1",
    "palette.png": f"{_NTSC} -frames:v 1 -pix_fmt pal8",
    "deep.png": f"{_NTSC} -frames:v 1 -pix_fmt rgba64be",
    "moving.png": f"{_NTSC} -f apng",
    "tiny.png": f"{_NTSC} -frames:v 1 -vf scale=1:1",
    "still.gif": f"{_NTSC} -frames:v 1",
    "true.bmp": f"{_NTSC} -frames:v 1",
    "palette.bmp": f"{_NTSC} -frames:v 1 -pix_fmt pal8",
    "lossy.webp": f"{_NTSC} -frames:v 1",
    "lossless.webp": f"{_NTSC} -frames:v 1 -lossless 1",
    "clear.webp": f"{_NTSC} -frames:v 1 -vf format=yuva420p,colorchannelmixer=aa=0.5",
}
WITH_COVER = {
    "cover.mp3": "-c:a libmp3lame",
    "cover.m4a": "-c:a aac",
    "cover.flac": "-c:a flac",
    "cover.mka": "-c:a flac",
}

CHAPTERS = ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=900\ntitle=one\n"

SUBTITLES = "1\n00:00:01,000 --> 00:00:02,000\nhi\n"
WITH_SUBTITLES = {
    "subtitles.mkv": f"{_X264} -c:a flac -c:s subrip",
    "subtitles.mp4": f"{_X264} -c:a aac -c:s mov_text",
    "only-subtitles.mkv": "-vn -an -c:s subrip",
    "only-subtitles.mp4": "-vn -an -c:s mov_text",
}


def ffmpeg(arguments: str, target: Path) -> Path:
    """Make a file."""
    command = [FFMPEG or "ffmpeg", "-v", "error", "-nostdin", "-y", *arguments.split()]
    command += ["-fflags", "+bitexact"]  # the same bytes each time
    subprocess.run([*command, str(target)], check=True, timeout=120)  # noqa: S603
    return target


def piped(arguments: str) -> bytes:
    """Make a file that ffmpeg cannot go back in."""
    command = [FFMPEG or "ffmpeg", "-v", "error", "-nostdin", *arguments.split(), "pipe:1"]
    return subprocess.run(command, check=True, timeout=120, stdout=subprocess.PIPE).stdout  # noqa: S603


def make(name: str, folder: Path) -> Path:
    """Make one of the small files; each is made once, since many tests want the same ones."""
    target = folder / name
    target.write_bytes(_made(name))
    return target


@cache
def _made(name: str) -> bytes:
    with TemporaryDirectory() as folder:
        return _make(name, Path(folder)).read_bytes()


def _make(name: str, folder: Path) -> Path:
    target = folder / name
    if name in WITH_SUBTITLES:
        (folder / "subtitles.srt").write_text(SUBTITLES, encoding="utf-8")
        three = f"{_BOTH} -i {folder / 'subtitles.srt'} -map 0 -map 1 -map 2 -map 2"
        return ffmpeg(f"{three} {WITH_SUBTITLES[name]} -metadata:s:s:0 language=ger", target)
    if name not in WITH_COVER:
        return ffmpeg((RECIPES | PICTURES)[name], target)
    picture = ffmpeg(RECIPES["still.jpg"], folder / "cover.jpg")
    if name.endswith(".mka"):
        attached = f"{_SOUND} -attach {picture} -metadata:s:t mimetype=image/jpeg"
        return ffmpeg(f"{attached} {WITH_COVER[name]}", target)
    both = f"{_SOUND} -i {picture} -map 0 -map 1 -c:v copy -disposition:v attached_pic"
    return ffmpeg(f"{both} {WITH_COVER[name]}", target)


def samples() -> list[Path]:
    """List the media files of the sample jobs."""
    return sorted(path for path in SAMPLES.iterdir() if path.suffix in MEDIA)


def reading(body: bytes) -> Callable[[int, int], bytes]:
    """Read parts of what is in memory."""
    return lambda start, length: body[start : start + length]
