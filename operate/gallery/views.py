"""Which view shows what an algorithm made, and what that view needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from mps_manifest.files.media_types import declared_type
from operate.gallery.reading import (
    File,
    Kind,
    Manifest,
    Place,
    mapping,
    number,
    sequence,
    text,
    whole,
)

ViewName = Literal[
    "cover",
    "captions",
    "chapters",
    "summary",
    "music",
    "matte",
    "compare",
    "listen",
    "quality",
    "files",
]
_MOST_MEDIA = 60
_MOST_SEGMENTS = 500
_MOST_BEATS = 5_000

_VIEWS: dict[str, tuple[ViewName, Kind]] = {
    "ASR": ("captions", "audio"),
    "AsyncTextToSpeech": ("captions", "text"),
    "AudioBeatDetection": ("music", "audio"),
    "AudioMixing": ("listen", "audio"),
    "AudioQualityAssessment": ("quality", "audio"),
    "CaptionExtraction": ("captions", "video"),
    "Cover": ("cover", "video"),
    "FaceBeauty": ("compare", "video"),
    "ImageCartoonize": ("compare", "image"),
    "ImageDelogo": ("compare", "image"),
    "ImageH2V": ("compare", "image"),
    "ImageMatting": ("matte", "image"),
    "MusicDemix": ("listen", "audio"),
    "MusicSegmentDetect": ("music", "audio"),
    "SpeechDenoise": ("listen", "audio"),
    "TextToSpeech": ("captions", "text"),
    "VideoClip": ("summary", "video"),
    "VideoDelogo": ("compare", "video"),
    "VideoDetext": ("compare", "video"),
    "VideoGreenScreenMatting": ("matte", "video"),
    "VideoH2V": ("compare", "video"),
    "VideoSplit": ("chapters", "video"),
}
"""The view of an algorithm, and what its input is where the ending of the key does not tell."""


class Media(NamedTuple):
    """Something to be played or looked at; `path` is below the job's page."""

    id: str
    kind: Kind
    path: str
    label: str
    place: Place
    width: int | None = None
    height: int | None = None
    file: File | None = None


class Cover(NamedTuple):
    """A cover, with its score and its time in the input."""

    media: Media
    score: float | None
    at_ms: int | None


class Segment(NamedTuple):
    """A part of the input; times in milliseconds."""

    kind: str
    title: str
    start_ms: int
    end_ms: int


class Beat(NamedTuple):
    """A beat; the first ones of bars are strong."""

    at_ms: int
    is_strong: bool


class Meter(NamedTuple):
    """A measure of sound: its mean and its worst value, of `highest`."""

    name: str
    mean: float
    worst: float | None
    grade: str
    highest: float
    unit: str = ""


class Channel(NamedTuple):
    """The quality of a channel."""

    name: str
    tag: str
    scores: tuple[Meter, ...]
    shares: tuple[Meter, ...]
    loudness_db: float | None


class View(NamedTuple):
    """What the page of a job shows above the facts."""

    name: ViewName
    input: Media | None
    results: tuple[Media, ...]
    more: int = 0
    """How many results are left out, since a page with hundreds of players would not load."""
    texts: tuple[File, ...] = ()
    covers: tuple[Cover, ...] = ()
    segments: tuple[Segment, ...] = ()
    beats: tuple[Beat, ...] = ()
    channels: tuple[Channel, ...] = ()

    @property
    def last_ms(self) -> int:
        """The end of what was found: the least that the input can last."""
        ends = [segment.end_ms for segment in self.segments]
        beats = [beat.at_ms for beat in self.beats]
        covers = [cover.at_ms or 0 for cover in self.covers]
        return max((*ends, *beats, *covers), default=0)


def view_of(manifest: Manifest) -> View:
    """Return the view of a manifest; of algorithms that nobody knows, all files."""
    name, input_kind = _VIEWS.get(manifest.algorithm, ("files", "other"))
    there = [file for file in manifest.files if file.is_there]
    results = tuple(_result(file, len(there)) for file in there)
    playable = tuple(each for each in results if each.kind in {"image", "video", "audio"})
    given = _input(manifest.input, input_kind)
    if name == "compare":
        given, playable = _before_and_after(given, playable)
    if name == "matte" and not any(each.file and each.file.is_cut_out for each in playable):
        name = "compare"
    more = max(0, len(playable) - _MOST_MEDIA)
    playable = playable[:_MOST_MEDIA]
    return View(
        name if given or playable else "files",
        given,
        playable,
        more,
        tuple(file for file in there if file.kind == "text"),
        _covers(manifest, playable),
        _segments(manifest.found("segments")),
        _beats(mapping(manifest.analysis.get("beats"))),
        tuple(_channel(entry) for entry in manifest.found("audioQuality")[:16]),
    )


def _input(place: Place, usual: Kind) -> Media | None:
    """Return the input as something to be played; None where it cannot be."""
    is_known = declared_type(place.key, None).mediatype is not None
    kind = place.kind if is_known else usual
    if not (place.bucket and place.key) or kind not in {"image", "video", "audio"}:
        return None
    return Media("input", kind, "input", "Input", place)


def _result(file: File, among: int) -> Media:
    return Media(
        f"file-{file.number}",
        file.kind,
        f"files/{file.number}",
        file.label or file.language or ("Result" if among == 1 else _name_of(file)),
        file.place,
        file.width,
        file.height,
        file,
    )


def _name_of(file: File) -> str:
    """Return what to call one of several files that have no label: its role, or its number."""
    return file.roles[0].capitalize() if file.roles else f"File {file.number + 1}"


def _before_and_after(
    given: Media | None, results: tuple[Media, ...]
) -> tuple[Media | None, tuple[Media, ...]]:
    """Return what to compare with; a job that wrote its original as well names it so."""
    original = next((each for each in results if each.file and each.file.label == "original"), None)
    if original is None or len(results) == 1:
        return given, results
    rest = tuple(each for each in results if each is not original)
    return original._replace(label="Input"), rest


def _covers(manifest: Manifest, results: Sequence[Media]) -> tuple[Cover, ...]:
    found = {text(each.get("resource")): each for each in manifest.found("covers")}
    covers = []
    for media in results:
        entry = found.get(media.file.name, {}) if media.file else {}
        covers.append(Cover(media, number(entry.get("score")), whole(entry.get("atMs"))))
    return tuple(sorted(covers, key=lambda cover: -(cover.score or 0)))


def _segments(found: Sequence[Mapping[str, Any]]) -> tuple[Segment, ...]:
    segments = []
    for entry in found[:_MOST_SEGMENTS]:
        start, end = whole(entry.get("startMs")), whole(entry.get("endMs"))
        if start is not None and end is not None and start <= end:
            segments.append(Segment(text(entry.get("kind")), text(entry.get("title")), start, end))
    return tuple(segments)


def _beats(found: Mapping[str, Any]) -> tuple[Beat, ...]:
    strong = {whole(each) for each in sequence(found.get("downbeatsMs"))}
    times = (whole(each) for each in sequence(found.get("beatsMs"))[:_MOST_BEATS])
    return tuple(Beat(time, time in strong) for time in times if time is not None)


_SCORES = ("mos", "noisiness", "coloration", "discontinuity", "loudness")
_SHARES = {
    "speechPercent": "speech",
    "badMutePercent": "bad mute",
    "doubleTalkPercent": "double talk",
    "saturatedPercent": "saturated",
}


def _channel(entry: Mapping[str, Any]) -> Channel:
    channel = whole(entry.get("channel"))
    scores = [_score(entry, name) for name in _SCORES]
    shares = [
        Meter(words, share, None, "", 100.0, "%")
        for name, words in _SHARES.items()
        if (share := number(entry.get(name))) is not None
    ]
    return Channel(
        "Channel" if channel is None else f"Channel {channel}",
        text(entry.get("tag")),
        tuple(score for score in scores if score),
        tuple(shares),
        number(entry.get("loudnessDb")),
    )


def _score(entry: Mapping[str, Any], name: str) -> Meter | None:
    mean = number(entry.get(name))
    if mean is None:
        return None
    worst = number(entry.get(f"worst{name.capitalize()}"))
    grade = text(entry.get(f"{name}Grade"))
    return Meter("MOS" if name == "mos" else name, mean, worst, grade, 5.0)
