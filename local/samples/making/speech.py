"""Sentences, spoken by flite (a part of Debian's ffmpeg), and the captions of the episode."""

from __future__ import annotations

from array import array
from typing import NamedTuple

from local.samples.making.encoder import Ffmpeg
from local.samples.making.sounds import faded, from_pcm, lay, levelled, silence, trimmed


class Cue(NamedTuple):
    """What is said between two times, in milliseconds, in both languages."""

    start_ms: int
    end_ms: int
    chinese: str
    english: str


EPISODE_SECONDS = 70.0
CUES = (
    Cue(1000, 3480, "欢迎收看本期节目。", "Welcome to this episode."),
    Cue(3960, 7120, "今天我们去看一座小港口。", "Today we visit a small harbour by the sea."),
    Cue(8200, 11400, "天还没亮，渔船就出海了。", "The boats leave before the sun comes up."),
    Cue(12300, 15300, "涨潮的时候，它们就回来了。", "They come back when the tide is high."),
    Cue(16800, 20300, "这座灯塔已经有一百年了。", "This lighthouse is a hundred years old."),
    Cue(21200, 24700, "天晴的时候，很远就能看到它。", "On a clear day you see it from far away."),
    Cue(26300, 29800, "早上，码头上有集市。", "In the morning there is a market on the quay."),
    Cue(30700, 33700, "人们卖鱼、水果和鲜花。", "People sell fish, fruit and flowers."),
    Cue(
        35400, 38800, "中午，整座小城都是面包香。", "At noon the whole town smells of fresh bread."
    ),
    Cue(40300, 43600, "下午，我们沿着海边散步。", "In the afternoon we walk along the shore."),
    Cue(44500, 47900, "风很凉，光线很柔和。", "The wind is cool, and the light is soft."),
    Cue(49500, 52900, "傍晚，太阳落进海里。", "In the evening the sun sinks into the sea."),
    Cue(54000, 57300, "最后一班船送我们回家。", "And the last boat of the day takes us home."),
    Cue(58750, 62040, "谢谢收看，再见！", "Thank you for watching, and goodbye!"),
)
PODCAST = (
    "Hello, and welcome to our podcast.",
    "This week we talk about the sea.",
    "Most of it has never been seen by anyone.",
    "We ask a diver what it is like down there.",
    "It is dark, she says, and very quiet.",
    "Thank you for listening, and see you next week.",
)
SCRIPT = "The evening boat leaves at half past seven."
CALL = "Hello. The train is late, so please do not wait for me with dinner."
INTERVIEW_SECONDS = 17.2
QUESTIONS = (
    (0.5, "How long have you lived in this town?"),
    (6.2, "And do you still go out with it?"),
    (11.6, "Are you never afraid, out there in a storm?"),
)
REPLIES = (
    (2.9, "All my life. My family has always had a boat."),
    (8.4, "Every night, when the weather lets me."),
    (14.2, "One gets used to it, I think."),
)
ADVERT = "Fresh bread, every morning, at the harbour."
NEWS = "Good evening. The old lighthouse opens its doors again on Sunday."
LECTURE = (
    "Good morning. Today we look at waves.",
    "A wave has a height, and it has a length.",
    "The longer the wave, the faster it runs.",
    "Near the shore it slows down, and it breaks.",
)
PRESENTER = "Hello. I can stand before any picture you like."


class Voice:
    """Speaks sentences at one rate; a gap before each is a tenth of a second."""

    def __init__(self, ffmpeg: Ffmpeg, name: str, rate: int) -> None:
        self._ffmpeg, self._name, self.rate = ffmpeg, name, rate

    def say(self, sentence: str, longest: float | None = None) -> array[float]:
        """Return a sentence, spoken faster if it would take longer than it may."""
        said = self._spoken(sentence, 1.0)
        seconds = len(said) / self.rate
        if longest is not None and seconds > longest:
            said = self._spoken(sentence, seconds / longest + 0.01)
        return faded(levelled(said, 0.6), self.rate, 0.01)

    def _spoken(self, sentence: str, speed: float) -> array[float]:
        source = f"flite=text='{sentence}':voice={self._name},atempo={speed:.3f}"
        return from_pcm(self._ffmpeg.samples(source, self.rate))

    def track(self, seconds: float, *said: tuple[float, str]) -> array[float]:
        """Return a track with sentences at their times in seconds."""
        track = silence(seconds, self.rate)
        for at, sentence in said:
            lay(track, self.say(sentence, seconds - at), at, self.rate)
        return track

    def one_after_another(self, sentences: tuple[str, ...], gap: float = 0.5) -> array[float]:
        """Return sentences with pauses around them."""
        track = silence(gap, self.rate)
        for sentence in sentences:
            track += self.say(sentence) + silence(gap, self.rate)
        return track

    def episode(self) -> array[float]:
        """Return what the host of the episode says, each sentence within its caption's time."""
        track = silence(EPISODE_SECONDS, self.rate)
        for cue in CUES:
            said = self.say(cue.english, (cue.end_ms - cue.start_ms) / 1000)
            lay(track, said, cue.start_ms / 1000, self.rate)
        return track

    def words(self, sentence: str) -> tuple[array[float], list[dict[str, object]]]:
        """Return a sentence spoken word by word, and when each word begins and ends, in ms."""
        track, times = silence(0.1, self.rate), []
        for word in sentence.replace(".", "").split():
            start = len(track)
            track += trimmed(self.say(word)) + silence(0.03, self.rate)
            times.append(
                {"text": word, "begin_time": self._ms(start), "end_time": self._ms(len(track))}
            )
        return track + silence(0.2, self.rate), times

    def _ms(self, samples: int) -> int:
        return round(1000 * samples / self.rate)


def subrip(*languages: str) -> str:
    """Return the episode's captions as SubRip, with a line for each of the languages."""
    blocks = [
        "\n".join(
            (
                str(number),
                f"{_clock(cue.start_ms)} --> {_clock(cue.end_ms)}",
                *(getattr(cue, language) for language in languages),
            )
        )
        for number, cue in enumerate(CUES, start=1)
    ]
    return "\n\n".join(blocks) + "\n"


def cue_at(seconds: float) -> Cue | None:
    """Return the caption that is shown at a time."""
    return next((cue for cue in CUES if cue.start_ms <= seconds * 1000 < cue.end_ms), None)


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"00:{minutes:02}:{seconds:02},{rest:03}"
