"""Make the media of the sample jobs again: python -m local.samples.make_media [NAME...].

The files are committed; whoever changes a sample makes them anew, which takes minutes. Needed are
ffmpeg as Debian builds it (libx264, libvpx, libmp3lame, libflite), Pillow, and a font with Chinese
characters (Debian's fonts-wqy-microhei, or the one that the variable SAMPLES_FONT names). The same
versions of them write the same bytes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from array import array
from collections.abc import Callable
from pathlib import Path

from local.samples.making import broadcasts, music, places, shows, sounds, speech, stills
from local.samples.making.canvas import FONT_VARIABLE, Picture, font_path
from local.samples.making.encoder import Ffmpeg

SAMPLES = Path(__file__).parent
INPUTS, MEDIA = SAMPLES / "inputs", SAMPLES / "media"

SLOW, FAST = 12, 25  # pictures a second
RATE, SONG_RATE, PHONE_RATE = 16000, 22050, 8000  # samples a second
COVER_TIMES_MS = (28278.25, 25942.583333333332, 4640.0)
GIF_START = 4.64
SUMMARY = (0.28, 5.28)  # seconds of the lecture
HARBOUR_SECONDS, PARADE_SECONDS, LECTURE_SECONDS = 32.0, 8.0, 14.0
SHORT_SECONDS = 6.0


class Media:
    """Makes the files, each method a group of those that belong together."""

    def __init__(self, ffmpeg: Ffmpeg) -> None:
        self._ffmpeg = ffmpeg

    def _voice(self, name: str = "slt", rate: int = RATE) -> speech.Voice:
        return speech.Voice(self._ffmpeg, name, rate)

    def episode(self) -> None:
        """Make the talking head with captions in its pictures, and the captions as files."""
        said = self._voice().episode()
        pictures = broadcasts.episode(sounds.mouths(said, RATE, SLOW), SLOW)
        self._ffmpeg.mp4(INPUTS / "episode.mp4", pictures, SLOW, said, RATE, bits="24k")
        _write("captions.srt", speech.subrip("chinese", "english"))
        _write("captions.zh.srt", speech.subrip("chinese"))
        _write("captions.en.srt", speech.subrip("english"))

    def song(self) -> None:
        """Make the song, the times of its choruses, and a refrain with its two stems."""
        self._ffmpeg.sound(INPUTS / "song.mp3", music.song(SONG_RATE), SONG_RATE)
        choruses = [{"start": start, "end": end, "title": "副歌"} for start, end in music.CHORUSES]
        _write("segments.json", json.dumps(choruses, ensure_ascii=False, indent=2) + "\n")
        vocals, accompaniment = (_in_steps(stem) for stem in music.refrain(PHONE_RATE))
        self._ffmpeg.sound(MEDIA / "vocals.wav", vocals, PHONE_RATE)
        self._ffmpeg.sound(MEDIA / "accompaniment.wav", accompaniment, PHONE_RATE)
        self._ffmpeg.sound(INPUTS / "refrain.wav", _sum(vocals, accompaniment), PHONE_RATE)

    def dance(self) -> None:
        """Make dancers with their music, the music alone, and its beats.

        What is inside files of beats is not documented; the names of the lists are.
        """
        played = music.dance(SONG_RATE)
        pictures = shows.dance(FAST, music.DANCE_SECONDS)
        self._ffmpeg.mp4(INPUTS / "dance.mp4", pictures, FAST, played, SONG_RATE, quality=30)
        self._ffmpeg.sound(INPUTS / "dance.mp3", played, SONG_RATE)
        beats = {"BeatList": music.BEATS, "DownBeatList": music.DOWNBEATS}
        _write("beats.txt", json.dumps(beats))
        _write("beats.json", json.dumps(beats, indent=2) + "\n")

    def harbour(self) -> None:
        """Make a day at the harbour, and covers at the times that the answers tell."""
        pictures = (
            places.harbour(places.through_the_day(at, HARBOUR_SECONDS), at).picture()
            for at in _times(HARBOUR_SECONDS, SLOW)
        )
        video = INPUTS / "harbour.mp4"
        played = music.jingle(RATE, HARBOUR_SECONDS)
        self._ffmpeg.mp4(video, pictures, SLOW, played, RATE, bits="24k")
        for number, milliseconds in enumerate(COVER_TIMES_MS, start=1):
            frame = int(milliseconds / 1000 * SLOW)
            self._ffmpeg.frame(video, frame, MEDIA / f"cover-{number}.jpg")

    def parade(self) -> None:
        """Make a parade, and a moving cover from the time that the answer tells."""
        played = music.dance(RATE)[: round(PARADE_SECONDS * RATE)]
        pictures = shows.parade(SLOW, 0, PARADE_SECONDS)
        self._ffmpeg.mp4(INPUTS / "parade.mp4", pictures, SLOW, played, RATE)
        start = int(GIF_START * SLOW) / SLOW
        small = (picture.resize((240, 135)) for picture in shows.parade(SLOW // 2, start, 2.0))
        self._ffmpeg.gif(MEDIA / "cover.gif", small, SLOW // 2)

    def pilot(self) -> None:
        """Make the title of a film, and its first picture."""
        pictures, played = shows.pilot(SLOW, 4.0), music.jingle(RATE, 4.0)
        self._ffmpeg.mp4(INPUTS / "pilot.mp4", pictures, SLOW, played, RATE)
        self._ffmpeg.frame(INPUTS / "pilot.mp4", 0, MEDIA / "cover.png")

    def concert(self) -> None:
        """Make a concert with a logo and without."""
        vocals, accompaniment = music.refrain(RATE)
        played = _sum(vocals, accompaniment)[: round(SHORT_SECONDS * RATE)]
        for target, logo in ((INPUTS / "concert.mp4", True), (MEDIA / "plain.mp4", False)):
            pictures = shows.concert(SLOW, SHORT_SECONDS, logo=logo)
            self._ffmpeg.mp4(target, pictures, SLOW, played, RATE)

    def news(self) -> None:
        """Make the news with text and without, and a file that is damaged."""
        said = self._voice("rms").track(SHORT_SECONDS, (0.5, speech.NEWS))
        mouths = sounds.mouths(said, RATE, SLOW)
        for target, text in ((INPUTS / "news.mp4", True), (MEDIA / "news.mp4", False)):
            pictures = broadcasts.news(mouths, SLOW, SHORT_SECONDS, text=text)
            self._ffmpeg.mp4(target, pictures, SLOW, said, RATE)
        whole = (INPUTS / "news.mp4").read_bytes()
        (INPUTS / "broken.mp4").write_bytes(whole[len(whole) // 2 :][:4000])

    def evening_news(self) -> None:
        """Make the news with several topics."""
        played = music.jingle(RATE, broadcasts.NEWS_SECONDS)
        target, pictures = INPUTS / "evening-news.mp4", broadcasts.evening_news(SLOW // 2)
        self._ffmpeg.mp4(target, pictures, SLOW // 2, played, RATE, quality=30, bits="16k")

    def match(self) -> None:
        """Make a match, the best of it, and the part around the ball upright."""
        noise = music.cheering(SHORT_SECONDS, RATE)
        pictures = shows.match(FAST, 0, SHORT_SECONDS)
        self._ffmpeg.mp4(INPUTS / "match.mp4", pictures, FAST, noise, RATE, quality=30)
        part = noise[2 * RATE : 5 * RATE]
        self._ffmpeg.mp4(
            MEDIA / "highlights.mp4", shows.match(FAST, 2, 3), FAST, part, RATE, quality=30
        )
        upright = shows.upright(FAST, SHORT_SECONDS)
        self._ffmpeg.mp4(MEDIA / "portrait.mp4", upright, FAST, noise, RATE, quality=30)

    def lecture(self) -> None:
        """Make a lecture, and the part of it that the answer tells."""
        said = self._voice("rms").one_after_another(speech.LECTURE)
        said = (said + sounds.silence(LECTURE_SECONDS, RATE))[: round(LECTURE_SECONDS * RATE)]
        mouths = sounds.mouths(said, RATE, FAST)
        pictures = list(broadcasts.lecture(mouths, FAST, LECTURE_SECONDS))
        self._ffmpeg.mp4(INPUTS / "lecture.mp4", pictures, FAST, said, RATE)
        start, end = SUMMARY
        frames = pictures[round(start * FAST) : round(end * FAST)]
        part = said[round(start * RATE) : round(end * RATE)]
        self._ffmpeg.mp4(MEDIA / "summary.mp4", frames, FAST, part, RATE)

    def presenter(self) -> None:
        """Make a presenter before a green wall, before a picture, and before nothing."""
        seconds = 5.0
        said = self._voice().track(seconds, (0.4, speech.PRESENTER))
        mouths = sounds.mouths(said, RATE, SLOW)
        studio = places.studio()
        studio.save(INPUTS / "studio.jpg", quality=88)
        for target, behind in (
            (INPUTS / "presenter.mp4", broadcasts.GREEN),
            (MEDIA / "matting.mp4", studio),
        ):
            pictures = broadcasts.presenter(mouths, SLOW, seconds, behind)
            self._ffmpeg.mp4(target, pictures, SLOW, said, RATE)
        bare = broadcasts.presenter(mouths, SLOW, seconds, None)
        self._ffmpeg.webm(MEDIA / "matting.webm", bare, SLOW)

    def selfie(self) -> None:
        """Make a face with spots, and the same with smooth skin."""
        seconds, played = 4.0, music.jingle(RATE, 4.0)
        for target, smooth in ((INPUTS / "selfie.mp4", False), (MEDIA / "beauty.mp4", True)):
            pictures = broadcasts.selfie(SLOW, seconds, smooth=smooth)
            self._ffmpeg.mp4(target, pictures, SLOW, played, RATE)

    def advert(self) -> None:
        """Make an advertisement, a jingle, and both together; the sounds alone as well."""
        voice, jingle = self._voice().track(SHORT_SECONDS, (1.0, speech.ADVERT)), music.jingle(RATE)
        for target, heard in (
            (INPUTS / "advert.mp4", voice),
            (MEDIA / "advert.mp4", _sum(voice, jingle)),
        ):
            self._ffmpeg.mp4(target, shows.advert(SLOW, SHORT_SECONDS), SLOW, heard, RATE)
        self._ffmpeg.sound(INPUTS / "jingle.mp4", jingle, RATE)
        said = self._voice(rate=PHONE_RATE).track(SHORT_SECONDS, (1.0, speech.ADVERT))
        said, played = _in_steps(said), _in_steps(music.jingle(PHONE_RATE))
        self._ffmpeg.sound(INPUTS / "voice.wav", said, PHONE_RATE)
        self._ffmpeg.sound(INPUTS / "jingle.wav", played, PHONE_RATE)
        self._ffmpeg.sound(MEDIA / "mix.wav", _sum(said, played), PHONE_RATE)

    def spoken(self) -> None:
        """Make a podcast and its transcript, a call with and without noise, a spoken script."""
        told = self._voice("awb").one_after_another(speech.PODCAST)
        self._ffmpeg.sound(INPUTS / "podcast.mp3", told, RATE, bits="24k")
        _write("transcript.txt", "".join(f"{line}\n" for line in speech.PODCAST))
        call = self._voice("awb", PHONE_RATE).track(5.5, (0.6, speech.CALL))
        noise = sounds.noise(5.5, PHONE_RATE, seed=4, softness=0.4)
        self._ffmpeg.sound(MEDIA / "speech.wav", call, PHONE_RATE)
        noisy = _sum(call, array("f", (0.16 * value for value in noise)))
        self._ffmpeg.sound(INPUTS / "call.wav", noisy, PHONE_RATE)
        said, words = self._voice().words(speech.SCRIPT)
        self._ffmpeg.sound(MEDIA / "tts.wav", said, RATE)
        _write("words.txt", json.dumps(words))
        (INPUTS / "script.txt").write_text(f"{speech.SCRIPT}\n", encoding="utf-8")

    def interview(self) -> None:
        """Make a recording of two people, of whom one is too near her microphone."""
        seconds = speech.INTERVIEW_SECONDS
        near = self._voice("slt", PHONE_RATE).track(seconds, *speech.QUESTIONS)
        far = self._voice("awb", PHONE_RATE).track(seconds, *speech.REPLIES)
        loud = sounds.clipped(near, 9)
        self._ffmpeg.both_channels(INPUTS / "interview.wav", (loud, far), PHONE_RATE)

    def pictures(self) -> None:
        """Make pictures: a face and its cartoon, one cut out, with a logo, upright."""
        _save(INPUTS / "face.jpg", stills.face())
        _save(MEDIA / "origin.jpg", stills.face())
        _save(MEDIA / "cartoon.jpg", stills.cartoon())
        _save(INPUTS / "snapshot.jpg", stills.snapshot())
        stills.cut_out().save(MEDIA / "cutout.png", optimize=True)
        _save(INPUTS / "banner.jpg", stills.banner(logo=True))
        _save(MEDIA / "banner.jpg", stills.banner(logo=False))
        _save(INPUTS / "poster.jpg", stills.poster())
        _save(MEDIA / "portrait.jpg", stills.upright_poster())


def _times(seconds: float, frames: int) -> list[float]:
    return [number / frames for number in range(round(seconds * frames))]


def _sum(*parts: array[float]) -> array[float]:
    return array("f", (sum(values) for values in zip(*parts, strict=True)))


def _in_steps(sound: array[float]) -> array[float]:
    """Return a sound as 16 bits keep it, so that files add up to that of the sum exactly."""
    return array("f", (round(32767 * value) / 32767 for value in sound))


def _save(path: Path, picture: Picture) -> None:
    picture.save(path, quality=88)


def _write(name: str, text: str) -> None:
    (MEDIA / name).write_text(text, encoding="utf-8")


def _groups(media: Media) -> dict[str, Callable[[], None]]:
    names = [name for name in vars(Media) if not name.startswith("_")]
    return {name: getattr(media, name) for name in names}


def main(arguments: list[str]) -> None:
    """Make all files, or those of the named groups."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="what to make, by default everything")
    parser.add_argument("--ffmpeg", default=shutil.which("ffmpeg"), help="path of ffmpeg")
    told = parser.parse_args(arguments)
    if told.ffmpeg is None:
        parser.error("ffmpeg was not found on the PATH: give its path with --ffmpeg")
    if not font_path().exists():
        parser.error(f"{font_path()} is not there: {FONT_VARIABLE} may name another font")
    groups = _groups(Media(Ffmpeg(told.ffmpeg)))
    if unknown := set(told.names) - set(groups):
        parser.error(f"no {', '.join(sorted(unknown))}: there are {', '.join(groups)}")
    for folder in (INPUTS, MEDIA):
        folder.mkdir(exist_ok=True)
    for name in told.names or groups:
        groups[name]()
        print(f"made {name}")
    for folder in (INPUTS, MEDIA):
        print(f"{sum(file.stat().st_size for file in folder.iterdir()):,} bytes in {folder.name}/")


if __name__ == "__main__":
    main(sys.argv[1:])
