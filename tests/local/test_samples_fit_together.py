"""What the sample jobs found is in what they were given, at the times that they tell.

The manifests are those of the function's own core; ffmpeg and Pillow look at the files.
"""

from __future__ import annotations

import json
import re
import subprocess
import wave
from array import array
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from local import sample_jobs
from local.sample_jobs import INPUTS, MEDIA, SampleJob
from local.samples.making import music, speech, stills
from local.samples.making.music import BEATS, CHORUSES
from local.samples.making.sounds import to_pcm
from mps_manifest.formats.timed_text.captions import webvtt
from tests.fakes import HOME
from tests.local.sample_media import (
    DIFFERENT,
    RATE,
    SAME,
    SAME_IN_FEW_COLOURS,
    Box,
    decoded,
    difference,
    heard,
    length_ms,
    loudness,
    picture,
    played,
)
from tests.media.make import needs_ffmpeg
from tests.unit.world import World

ALL = {job.name: job for job in sample_jobs.load()}
GIVEN_AS = re.compile(
    rf'(?:oss|https?)://{sample_jobs.INPUT_BUCKET}(?:\.oss-[a-z-]+\.aliyuncs\.com)?/([^"\\]+)'
)


@lru_cache(maxsize=1)
def manifests() -> dict[str, dict[str, Any]]:
    """Collect every sample job with the function itself."""
    world = World()
    for job in ALL.values():
        moved = job.at(HOME)
        world.api.say(job.job_id, json.loads(moved.answer))
        for item in moved.objects:
            world.store.put(item.key, item.read())
    world.give({"jobs": [{"jobId": job.job_id, "api": job.api} for job in ALL.values()]})
    return {job.name: world.manifest(job.job_id) for job in ALL.values()}


def times(value: Any, name: str = "") -> Iterator[int]:
    """Yield all numbers whose name says that they are milliseconds."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from times(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from times(inner, name)
    elif name.endswith("Ms"):
        yield value


@pytest.mark.parametrize("job", ALL.values(), ids=ALL.keys())
def test_what_an_answer_says_it_was_given_is_there(job: SampleJob) -> None:
    """Whoever shows a result beside its input must find the input where the job says it is."""
    document = json.loads(job.answer)
    named = {*GIVEN_AS.findall(json.dumps(document["Input"]))}
    named |= {*GIVEN_AS.findall(document["JobParams"])}
    assert named == {item.key for item in job.inputs}


def test_one_key_is_one_input() -> None:
    """All inputs are in one bucket, so two files under one key would overwrite each other."""
    given = {
        (item.key, item.media, item.content_type) for job in ALL.values() for item in job.inputs
    }
    assert len({key for key, *_ in given}) == len(given)


@needs_ffmpeg
def test_times_lie_within_what_was_given() -> None:
    """A player cannot go to a chorus, a beat or a caption after the end of its file."""
    found = {name: manifest.get("analysis", {}) for name, manifest in manifests().items()}
    timed = {name: [*times(analysis)] for name, analysis in found.items() if [*times(analysis)]}
    late = [
        name
        for name, told in timed.items()
        if min(told) < 0 or max(told) > length_ms(played(ALL[name]))
    ]
    assert late == []
    kinds = {kind for name in timed for kind in found[name]}
    assert kinds == {"audioQuality", "beats", "captions", "covers", "segments"}


@needs_ffmpeg
def test_the_length_of_a_recording_is_as_assessed() -> None:
    """The report tells the length itself, and both must be the same."""
    for name in ("mps-AudioQualityAssessment", "ims-AudioQualityAssessment"):
        for channel in manifests()[name]["analysis"]["audioQuality"]:
            assert channel["durationMs"] == length_ms(ALL[name].inputs[0].media)


@needs_ffmpeg
def test_a_summary_is_as_long_as_its_part_of_the_lecture() -> None:
    """The part is told by the answer, and its file has to be of that part."""
    (part,) = manifests()["ims-VideoClip"]["analysis"]["segments"]
    summary, lecture = MEDIA / "summary.mp4", INPUTS / "lecture.mp4"
    assert length_ms(summary) == pytest.approx(part["endMs"] - part["startMs"], abs=40)
    start = picture(lecture, part["startMs"])
    assert difference(picture(summary), start) < SAME


@needs_ffmpeg
@pytest.mark.parametrize("name", ["mps-Cover", "ims-Cover"])
def test_covers_are_frames_of_their_video(name: str) -> None:
    """A cover tells the time of its frame, so going there must show the same picture."""
    job, covers = ALL[name], manifests()[name]["analysis"]["covers"]
    video = job.inputs[0].media
    keys = {each["name"]: each["key"] for each in manifests()[name]["resources"]}
    media = {item.key: item.media for item in job.objects}
    for cover in covers:
        shown = picture(media[keys[cover["resource"]]])
        assert difference(shown, picture(video, cover["atMs"])) < SAME
        others = [each["atMs"] for each in covers if each is not cover]
        assert min(difference(shown, picture(video, each)) for each in others) > DIFFERENT


@needs_ffmpeg
def test_the_moving_cover_begins_at_its_time_and_moves() -> None:
    """An animated cover that stands still, or shows another part, would be no preview."""
    (cover,) = manifests()["mps-Cover-gif"]["analysis"]["covers"]
    gif = MEDIA / "cover.gif"
    began = difference(picture(gif), picture(INPUTS / "parade.mp4", cover["atMs"]))
    assert began < SAME_IN_FEW_COLOURS
    assert difference(picture(gif), picture(gif, 1000)) > SAME_IN_FEW_COLOURS


@needs_ffmpeg
def test_the_board_is_the_first_picture_of_the_pilot() -> None:
    """The storyboard's picture must be from the film it is of."""
    assert difference(picture(MEDIA / "cover.png"), picture(INPUTS / "pilot.mp4")) < SAME


@needs_ffmpeg
@pytest.mark.parametrize("name", ["matting.webm", "cutout.png"])
def test_what_is_cut_out_is_transparent_around_it(name: str) -> None:
    """A matte with a constant alpha channel would cover whatever it is laid on."""
    alpha = picture(MEDIA / name, mode="RGBA").getchannel("A")
    clear, solid = alpha.histogram()[0], alpha.histogram()[255]
    whole = alpha.width * alpha.height
    assert clear > whole / 5
    assert solid > whole / 5
    assert alpha.getpixel((0, 0)) == 0
    assert alpha.getpixel((alpha.width // 2, alpha.height // 2)) == 255


@needs_ffmpeg
def test_a_presenter_is_put_before_the_studio() -> None:
    """The background that the job names must be behind the person, and no green left."""
    corner = (0, 0, 0.25, 0.6)
    shown, studio = picture(MEDIA / "matting.mp4"), picture(INPUTS / "studio.jpg")
    green = picture(INPUTS / "presenter.mp4")
    assert difference(shown, studio, corner) < SAME
    assert difference(shown, green, corner) > DIFFERENT
    assert difference(shown, green, (0.42, 0.3, 0.16, 0.3)) < SAME


@pytest.mark.parametrize(
    ("given", "made", "changed", "kept"),
    [
        ("concert.mp4", "plain.mp4", (0.05, 0.05, 0.2, 0.1), (0.3, 0, 0.7, 1)),
        ("banner.jpg", "banner.jpg", (0.05, 0.05, 0.2, 0.1), (0.3, 0, 0.7, 1)),
        ("news.mp4", "news.mp4", (0, 0.82, 1, 0.16), (0, 0, 1, 0.79)),
    ],
    ids=["logo", "logo of a picture", "text"],
)
@needs_ffmpeg
def test_only_the_named_part_is_removed(given: str, made: str, changed: Box, kept: Box) -> None:
    """A logo or text goes from where the job says it is, and the rest stays as it was."""
    before, after = picture(INPUTS / given, 2000), picture(MEDIA / made, 2000)
    assert difference(before, after, changed) > DIFFERENT
    assert difference(before, after, kept) < SAME


@pytest.mark.parametrize(
    ("given", "made"),
    [(INPUTS / "selfie.mp4", "beauty.mp4"), (MEDIA / "origin.jpg", "cartoon.jpg")],
    ids=["beauty", "cartoon"],
)
@needs_ffmpeg
def test_a_face_is_changed(given: Path, made: str) -> None:
    """Results that look like their inputs would show nothing of what was done."""
    assert difference(picture(given), picture(MEDIA / made), (0.25, 0.25, 0.5, 0.5)) > DIFFERENT


@pytest.mark.parametrize(
    ("given", "made"), [("match.mp4", "portrait.mp4"), ("poster.jpg", "portrait.jpg")]
)
@needs_ffmpeg
def test_a_landscape_becomes_upright(given: str, made: str) -> None:
    """An upright version is higher than wide, of what was wider than high."""
    before, after = picture(INPUTS / given), picture(MEDIA / made)
    assert before.width > before.height
    assert after.height / after.width == pytest.approx(16 / 9, rel=0.01)


@needs_ffmpeg
@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        (INPUTS / "refrain.wav", (MEDIA / "vocals.wav", MEDIA / "accompaniment.wav")),
        (MEDIA / "mix.wav", (INPUTS / "voice.wav", INPUTS / "jingle.wav")),
    ],
    ids=["stems", "mix"],
)
def test_parts_are_audible_and_add_up(whole: Path, parts: tuple[Path, Path]) -> None:
    """Voice and music that were separated, or mixed, are the whole together."""
    one, other = (heard(part) for part in parts)
    assert min(loudness(one), loudness(other)) > 0.02
    total = heard(whole)
    assert len(total) == len(one) == len(other)
    assert max(abs(a + b - c) for a, b, c in zip(one, other, total, strict=True)) <= 1


@needs_ffmpeg
def test_noise_is_gone_and_the_words_are_left() -> None:
    """Before the first word there is noise in the call, and nothing in the result."""
    call, result = heard(INPUTS / "call.wav"), heard(MEDIA / "speech.wav")
    assert loudness(call, 0.1, 0.5) > 0.02
    assert loudness(result, 0.1, 0.5) < 0.001
    assert loudness(result, 1, 4) > 0.05


@needs_ffmpeg
def test_choruses_are_louder_than_what_is_around_them() -> None:
    """Whoever jumps to a chorus must hear that one begins there."""
    song = heard(INPUTS / "song.mp3")
    (found,) = {
        tuple(
            (part["startMs"], part["endMs"]) for part in manifests()[name]["analysis"]["segments"]
        )
        for name in ("mps-MusicSegmentDetect", "ims-MusicSegmentDetect")
    }
    assert found == tuple((round(1000 * a), round(1000 * b)) for a, b in CHORUSES)
    for start, end in ((start / 1000, end / 1000) for start, end in found):
        inside = loudness(song, start, end)
        assert loudness(song, start - 5, start - 0.1) < 0.6 * inside
        assert loudness(song, end + 0.5, end + 5) < 0.6 * inside


@needs_ffmpeg
@pytest.mark.parametrize("name", ["mps-AudioBeatDetection", "ims-AudioBeatDetection"])
def test_every_beat_is_heard(name: str) -> None:
    """Cuts are made at beats, and a beat is where the sound sets in."""
    beats = manifests()[name]["analysis"]["beats"]["beatsMs"]
    assert beats == [round(1000 * beat) for beat in BEATS]
    sound = heard(ALL[name].inputs[0].media)
    for beat in (each / 1000 for each in beats):
        assert loudness(sound, beat, beat + 0.08) > 2 * loudness(sound, beat - 0.08, beat - 0.01)


@needs_ffmpeg
def test_captions_are_spoken_while_they_are_shown() -> None:
    """A caption at another time than its words would be no caption."""
    twin = webvtt((MEDIA / "captions.srt").read_bytes()) or ""
    spans = re.findall(r"^00:(\d\d):(\d\d\.\d{3}) --> 00:(\d\d):(\d\d\.\d{3})", twin, re.MULTILINE)
    cues = [(int(a) * 60 + float(b), int(c) * 60 + float(d)) for a, b, c, d in spans]
    sound = heard(INPUTS / "episode.mp4")
    assert len(cues) == 14
    assert all(loudness(sound, start, end) > 0.02 for start, end in cues)
    pauses = [(a[1], b[0]) for a, b in pairwise(cues)]
    assert all(loudness(sound, end + 0.1, start - 0.1) < 0.005 for end, start in pauses)


@needs_ffmpeg
def test_words_are_spoken_at_their_times() -> None:
    """The list of words is what a player marks them by while the text is read out."""
    sound = heard(MEDIA / "tts.wav")
    words = json.loads((MEDIA / "words.txt").read_text("utf-8"))
    text = (INPUTS / "script.txt").read_text("utf-8")
    assert " ".join(word["text"] for word in words) == text.strip().rstrip(".")
    for word in words:
        start, end = word["begin_time"] / 1000, word["end_time"] / 1000
        assert end <= len(sound) / RATE
        assert loudness(sound, start, end) > 0.02


@needs_ffmpeg
def test_the_broken_input_is_broken() -> None:
    """Its job failed because it could not be read."""
    (given,) = ALL["mps-VideoDetext-failed"].inputs
    with pytest.raises(subprocess.CalledProcessError):
        decoded(given.media, "-i", "FILE", "-f", "null")


@pytest.mark.parametrize(
    ("path", "drawn"),
    [
        (MEDIA / "cutout.png", stills.cut_out),
        (MEDIA / "origin.jpg", stills.face),
        (MEDIA / "cartoon.jpg", stills.cartoon),
        (MEDIA / "portrait.jpg", stills.upright_poster),
    ],
    ids=["cut out", "face", "cartoon", "poster"],
)
def test_pictures_are_still_drawn_like_this(path: Path, drawn: Callable[[], Image.Image]) -> None:
    """Whoever changes one sample makes all again, and the others must come out as they are."""
    with Image.open(path) as kept:
        assert difference(kept, drawn()) < SAME


def test_sounds_and_texts_are_still_made_like_this() -> None:
    """Of sounds and texts, too, those that are made again must be those that are kept."""
    for name, stem in zip(("vocals", "accompaniment"), music.refrain(RATE), strict=True):
        with wave.open(str(MEDIA / f"{name}.wav")) as file:
            kept = array("h", file.readframes(file.getnframes()))
        made = array("h", to_pcm(stem))
        assert max(abs(a - b) for a, b in zip(kept, made, strict=True)) <= 2
    assert speech.subrip("chinese") == (MEDIA / "captions.zh.srt").read_text("utf-8")
    assert speech.subrip("english") == (MEDIA / "captions.en.srt").read_text("utf-8")
    beats = json.loads((MEDIA / "beats.json").read_text("utf-8"))
    assert beats == {"BeatList": [*BEATS], "DownBeatList": [*music.DOWNBEATS]}
