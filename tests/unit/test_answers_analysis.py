"""What the algorithms find: numbers in one vocabulary."""

from typing import Any

import pytest

from mps_manifest.jobs.answer import read_answer
from mps_manifest.jobs.result_readers import AudioQuality, Cover, Segment
from mps_manifest.settings import Api
from tests.unit.samples import ID, found, mps_answer, sample_answer, with_data

CHORUSES = (
    Segment("chorus", 39320, 63850, "副歌"),
    Segment("chorus", 86690, 114450, "副歌"),
    Segment("chorus", 135750, 160270, "副歌"),
)


@pytest.mark.parametrize("api", ["mps", "ims"])
def test_covers_have_their_time_in_milliseconds(api: Api) -> None:
    """`Time` is the text of a number of milliseconds, and a score is no probability."""
    job = read_answer(api, ID, sample_answer(api, "Cover"))
    assert found(Cover, job) == (
        Cover("cover/test-00001.jpg", 8.270855992569906, 28278),
        Cover("cover/test-00002.jpg", 7.474117489692728, 25943),
    )


def test_an_observed_cover_is_read() -> None:
    """What the service really sends must be read as well as what its documentation shows."""
    job = read_answer("ims", ID, sample_answer("ims", "observed/Cover-milliseconds"))
    assert found(Cover, job) == (Cover("cover/x-00001.png", 9.665, 4640),)
    assert [file.value for file in job.files] == ["cover/x-00001.png"]


@pytest.mark.parametrize("api", ["mps", "ims"])
def test_choruses_are_in_milliseconds(api: Api) -> None:
    """Consumers get one unit, whichever API has found the choruses."""
    job = read_answer(api, ID, sample_answer(api, "MusicSegmentDetect"))
    assert found(Segment, job) == CHORUSES


def test_a_song_without_a_chorus_is_a_sound_result() -> None:
    """Finding nothing is a valid result and must not keep the job from complete."""
    job = read_answer("mps", ID, mps_answer("MusicSegmentDetect", with_data({"result": []})))
    assert found(Segment, job) == ()
    assert job.problems == ()
    assert not job.requires_files


def test_slides_of_a_lecture() -> None:
    """A slide can be found again only with its start, its end and its title."""
    job = read_answer("mps", ID, sample_answer("mps", "VideoSplit"))
    assert found(Segment, job) == (
        Segment("slide", 1000, 44570, "内容开始"),
        Segment("slide", 44570, 71160, "淘宝网"),
        Segment("slide", 71160, 106330, "低价风景"),
        Segment("slide", 106330, 126000, "聚划算"),
    )


def test_a_summary_tells_which_stretches_it_shows() -> None:
    """IMS writes them as texts of seconds."""
    job = read_answer("ims", ID, sample_answer("ims", "VideoClip"))
    assert found(Segment, job) == (Segment("summary", 280, 5280),)


FIRST_CHANNEL = {
    "channel": 1,
    "tag": "Valid",
    "durationMs": 42780,
    "speechPercent": 48.55,
    "badMutePercent": 0.0,
    "doubleTalkPercent": 19.23,
    "saturatedPercent": 37.55,
    "loudnessDb": -0.59,
    "mos": 1.01,
    "worstMos": 0.38,
    "mosGrade": "poor",
    "noisiness": 3.28,
    "worstNoisiness": 0.91,
    "noisinessGrade": "good",
    "coloration": 0.99,
    "worstColoration": 0.42,
    "colorationGrade": "bad",
    "discontinuity": 3.52,
    "worstDiscontinuity": 0.88,
    "discontinuityGrade": "good",
    "loudness": 4.91,
    "loudnessGrade": "excellent",
}


@pytest.mark.parametrize("api", ["mps", "ims"])
def test_audio_quality_has_numbers_for_every_channel(api: Api) -> None:
    """All values are texts under keys with blanks and brackets; MPS is taken to nest them."""
    answer = sample_answer("ims", "AudioQualityAssessment")
    if api == "mps":
        answer = mps_answer("AudioQualityAssessment", with_data(answer["Result"]))
    job = read_answer(api, ID, answer)
    first, second = found(AudioQuality, job)
    assert first.values == FIRST_CHANNEL
    assert second.values["channel"] == 2
    assert second.values["mosGrade"] == "poor"
    assert second.values["loudnessDb"] == -4.82
    assert job.problems == ()
    assert job.files == ()


def test_a_channel_without_speech_tells_only_that() -> None:
    """Scores count only where the tag is Valid; what is not given is left out."""
    result = [{"Channel": "1", "Tag": "Mute", "Total Duration": "3.0", "MOS": None}]
    job = read_answer(
        "ims", ID, {**sample_answer("ims", "AudioQualityAssessment"), "Result": result}
    )
    [channel] = found(AudioQuality, job)
    assert channel.values == {"channel": 1, "tag": "Mute", "durationMs": 3000}


UNREADABLE: list[tuple[str, object, str, str]] = [
    ("Cover", [{"Score": "high", "Time": "1", "Url": "a.jpg"}], "/Result/Data/0/Score", "high"),
    ("Cover", [{"Score": 1, "Time": "soon", "Url": "a.jpg"}], "/Result/Data/0/Time", "soon"),
    ("Cover", [{"Score": 1, "Time": "-5", "Url": "a.jpg"}], "/Result/Data/0/Time", "-5"),
    ("Cover", [{"Score": True, "Time": "1", "Url": "a.jpg"}], "/Result/Data/0/Score", "True"),
    (
        "MusicSegmentDetect",
        {"result": [{"start": [], "end": 2}]},
        "/Result/Data/result/0/start",
        "[]",
    ),
    ("VideoSplit", {"splitResult": [{"beginTime": 1, "endTime": "x"}]}, "", "x"),
    ("AudioQualityAssessment", [{"Tag": "Valid", "MOS(0-5)": "?"}], "/Result/Data/0/MOS(0-5)", "?"),
]


@pytest.mark.parametrize(("name", "data", "pointer", "word"), UNREADABLE)
def test_a_number_that_is_none_is_left_out_with_a_note(
    name: str, data: Any, pointer: str, word: str
) -> None:
    """It costs the number, not the manifest and not its status."""
    job = read_answer("mps", ID, mps_answer(name, with_data(data)))
    [problem] = job.problems
    assert (problem.severity, problem.type) == ("note", "unreadable-number")
    assert problem.pointer == (pointer or "/Result/Data/splitResult/0/endTime")
    assert word in problem.detail


def test_a_cover_without_a_time_is_still_a_cover() -> None:
    """A missing number must neither cost the cover nor count as a defect."""
    job = read_answer("mps", ID, mps_answer("Cover", with_data([{"Url": "a.jpg"}])))
    assert found(Cover, job) == (Cover("a.jpg", None, None),)
    assert job.problems == ()
