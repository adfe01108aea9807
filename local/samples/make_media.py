"""Make the small media files of the sample jobs: python -m local.samples.make_media.

The files are committed. ffmpeg must have libx264 and libvpx, as Debian's and that of the package
imageio-ffmpeg do; --ffmpeg names it if it is not on the PATH.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

MEDIA = Path(__file__).with_name("media")

# Without dates and versions, so that the same ffmpeg always writes the same bytes.
EXACT = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"]
TONE = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=16000:duration=1.2"]
H264 = ["-c:v", "libx264", "-preset", "veryslow", "-crf", "34", "-pix_fmt", "yuv420p"]
AAC = ["-c:a", "aac", "-b:a", "24k", "-flags:a", "+bitexact"]
FASTSTART = ["-movflags", "+faststart", "-shortest"]


def picture(size: str, seconds: float = 1.2, rate: int = 12) -> list[str]:
    """Return ffmpeg's options for a test picture of size WIDTHxHEIGHT."""
    source = f"testsrc2=size={size}:rate={rate}:duration={seconds}"
    return ["-f", "lavfi", "-i", source]


def video(size: str, look: str = "null") -> list[str]:
    """Return ffmpeg's options for a short H.264 and AAC video."""
    return [*picture(size), *TONE, "-vf", look, *H264, *AAC, *FASTSTART]


def still(size: str, second: float, *options: str) -> list[str]:
    """Return ffmpeg's options for one frame of the test video."""
    return [*picture(size), "-ss", str(second), "-frames:v", "1", *options]


def sound(expression: str, rate: int, channels: int, seconds: float) -> list[str]:
    """Return ffmpeg's options for a 16-bit WAV file."""
    layout = "mono" if channels == 1 else "stereo"
    source = f"aevalsrc={expression}:s={rate}:c={layout}:d={seconds}"
    return ["-f", "lavfi", "-i", source, "-c:a", "pcm_s16le", "-flags:a", "+bitexact"]


KEYED = "geq=lum='lum(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)':a='if(lt(X,W/2),255,0)'"
RECIPES: dict[str, list[str]] = {
    "cover-1.jpg": still("320x180", 0.2, "-q:v", "12"),
    "cover-2.jpg": still("320x180", 0.5, "-q:v", "12"),
    "cover-3.jpg": still("320x180", 0.9, "-q:v", "12"),
    "portrait.jpg": still("180x320", 0.4, "-q:v", "12"),
    "cartoon.jpg": still("240x180", 0.4, "-vf", "hue=s=3,lutyuv=y=floor(val/48)*48", "-q:v", "14"),
    "origin.jpg": still("240x180", 0.4, "-q:v", "14"),
    "cutout.jpeg": still("160x160", 0.4, "-q:v", "14"),
    "cover.png": still("160x90", 0.4),
    "cover.gif": [*picture("120x68", 1, 5), "-loop", "0"],
    "landscape.mp4": video("320x180"),
    "portrait.mp4": video("180x320"),
    "plain.mp4": video("256x144", "boxblur=2"),
    "matting.mp4": video("320x180", "hue=h=90"),
    "matting.webm": [
        *picture("160x90", 1, 10),
        *["-vf", f"format=yuva420p,{KEYED}", "-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p"],
        *["-b:v", "0", "-crf", "50", "-auto-alt-ref", "0"],
    ],
    "mix.wav": sound("0.4*sin(440*2*PI*t)+0.2*sin(660*2*PI*t)", 8000, 1, 1),
    "speech.wav": sound("0.5*sin(220*2*PI*t)*sin(3*PI*t)", 16000, 1, 0.5),
    "vocals.wav": sound("0.5*sin(330*2*PI*t)", 8000, 1, 1),
    "accompaniment.wav": sound("0.5*sin(110*2*PI*t)|0.5*sin(165*2*PI*t)", 8000, 2, 0.5),
}

CHINESE = ("欢迎收看本期节目。", "今天我们去低价风景看看。", "谢谢大家。再见。")
ENGLISH = ("Welcome to this episode.", "Today we visit the scenery.", "Thank you, goodbye!")
CUE_TIMES = (
    "00:00:01,000 --> 00:00:03,480",
    "00:00:03,960 --> 00:00:06,120",
    "00:00:58,750 --> 00:01:02,040",
)
BEATS = {"BeatList": [0.48, 0.96, 1.44, 1.92, 2.4, 2.88], "DownBeatList": [0.48, 2.4]}
SEGMENTS = [
    {"start": 39.32, "end": 63.85, "title": "副歌"},
    {"start": 86.69, "end": 114.45, "title": "副歌"},
    {"start": 135.75, "end": 160.27, "title": "副歌"},
]
WORDS = [
    {"text": "欢迎", "begin_time": 0, "end_time": 420},
    {"text": "收看", "begin_time": 420, "end_time": 860},
]


def subtitles(*languages: tuple[str, ...]) -> str:
    """Return SubRip cues, one line for each language."""
    cues = zip(CUE_TIMES, *languages, strict=True)
    blocks = ["\n".join((str(number), *cue)) for number, cue in enumerate(cues, start=1)]
    return "\n\n".join(blocks) + "\n"


def texts() -> dict[str, str]:
    """Return the text files; the contents of those with beats and words are not documented."""
    return {
        "captions.srt": subtitles(CHINESE, ENGLISH),
        "captions.zh.srt": subtitles(CHINESE),
        "captions.en.srt": subtitles(ENGLISH),
        "beats.txt": json.dumps(BEATS),
        "beats.json": json.dumps(BEATS, indent=2) + "\n",
        "segments.json": json.dumps(SEGMENTS, ensure_ascii=False, indent=2) + "\n",
        "transcript.txt": "".join(f"{line}\n" for line in CHINESE),
        "words.txt": json.dumps(WORDS, ensure_ascii=False),
    }


def main(arguments: list[str]) -> None:
    """Make all files again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ffmpeg", default=shutil.which("ffmpeg"), help="path of ffmpeg")
    ffmpeg = parser.parse_args(arguments).ffmpeg
    if ffmpeg is None:
        parser.error("ffmpeg was not found on the PATH: give its path with --ffmpeg")
    for name, recipe in RECIPES.items():
        command = [ffmpeg, "-v", "error", "-y", *recipe, *EXACT, str(MEDIA / name)]
        subprocess.run(command, check=True)
    for name, text in texts().items():
        (MEDIA / name).write_text(text, encoding="utf-8")
    print(f"{sum(file.stat().st_size for file in MEDIA.iterdir())} bytes in {MEDIA.name}/")


if __name__ == "__main__":
    main(sys.argv[1:])
