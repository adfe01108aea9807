"""What each documented algorithm lists: files with pointers and roles."""

from typing import Any

import pytest

from mps_manifest.jobs.answer import read_answer
from mps_manifest.jobs.job import Job, State
from mps_manifest.jobs.result_readers import Segment
from mps_manifest.settings import Api
from tests.unit.samples import ID, found, mps_answer, sample_answer, with_data

DATA = "/Result/Data/result"


def files(job: Job) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(file.value, file.pointer, file.roles) for file in job.files]


MPS_FILES: dict[str, list[tuple[str, str, str]]] = {
    "AudioBeatDetection": [("detectresult/normalvideo-1612259315678.txt", f"{DATA}/0", "beats")],
    "AudioMixing": [("audiomix/alibaba-1612839355678-origin.mp4", f"{DATA}/0", "mix")],
    "CaptionExtraction": [
        ("captionextraction/b48d02b58e9b6a0d1c13271bcf9aa6d7-1611213795678.srt", "", "captions")
    ],
    "Cover": [
        ("cover/test-00001.jpg", "/Result/Data/0/Url", "cover"),
        ("cover/test-00002.jpg", "/Result/Data/1/Url", "cover"),
    ],
    "ImageCartoonize": [
        ("iproduction/test-result.jpg", f"{DATA}/0", "image"),
        ("iproduction/test-origin.jpg", f"{DATA}/1", "image"),
    ],
    "ImageMatting": [("production/1-1-seg.jpeg", "/Result/Details/0/Output", "image matte")],
    "VideoGreenScreenMatting": [
        (
            "videogreenscreenmatting/16e6bc5ca802e12429d082010164dba3-1602755355678_matting.mp4",
            "",
            "video",
        )
    ],
    "ImageDelogo": [],
    "ImageH2V": [],
    "MusicSegmentDetect": [],
    "VideoDelogo": [],
    "VideoDetext": [],
    "VideoH2V": [],
    "VideoSplit": [],
}
SILENT = {"VideoDetext", "VideoH2V", "VideoDelogo", "ImageH2V", "ImageDelogo"}


@pytest.mark.parametrize("name", MPS_FILES)
def test_mps_files_are_listed_with_pointer_and_role(name: str) -> None:
    """Readers must find each documented file, know its use, and trace it to the answer."""
    job = read_answer("mps", ID, sample_answer("mps", name))
    expected = [
        (
            key,
            at if at.endswith(("Url", "Output")) else f"{at or DATA + '/0'}/file",
            tuple(roles.split()),
        )
        for key, at, roles in MPS_FILES[name]
    ]
    assert files(job) == expected
    assert job.state is State.SUCCEEDED
    assert job.problems == ()
    assert job.resolve_template == (name in SILENT)


def test_the_summary_of_a_video_is_listed_on_mps() -> None:
    """The key holds a timestamp, so only the answer can lead to the summary."""
    job = read_answer("mps", ID, sample_answer("mps", "VideoClip"))
    [(key, pointer, roles)] = files(job)
    assert key.startswith("videoclip/16e6bc5ca802e12429d082010164")
    assert key.endswith("-1602755353502-origin.mp4")
    assert (pointer, roles) == (f"{DATA}/0/file", ("summary",))
    assert found(Segment, job) == ()


# no payload of these is published for MPS; the form is that of facts section 2, or that of IMS
UNPUBLISHED: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    (
        "ASR",
        with_data({"result": [{"file": "as rresult/film-1612113791234.txt"}]}),
        [("as rresult/film-1612113791234.txt", "transcript")],
    ),
    (
        "AsyncTextToSpeech",
        with_data({"result": [{"file": "tts/a.wav"}, {"file": "tts/a.txt"}]}),
        [("tts/a.wav", "speech"), ("tts/a.txt", "timestamps")],
    ),
    (
        "FaceBeauty",
        with_data({"result": [{"file": "beauty/a.mp4"}]}),
        [("beauty/a.mp4", "video")],
    ),
    (
        "SpeechDenoise",
        with_data({"result": [{"file": "denoise/a.wav"}]}),
        [("denoise/a.wav", "speech")],
    ),
    (
        "CaptionExtraction",
        with_data({"result": [{"file": "c/zh.srt"}, {"file": "c/en.srt"}]}),
        [("c/zh.srt", "captions"), ("c/en.srt", "captions")],
    ),
    (
        "VideoGreenScreenMatting",
        with_data({"result": [{"file": "m/a_matting.webm"}]}),
        [("m/a_matting.webm", "video")],
    ),
]


@pytest.mark.parametrize(("name", "result", "expected"), UNPUBLISHED)
def test_mps_algorithms_without_a_published_payload_are_read(
    name: str, result: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Users run these algorithms as well, and a form that is not read would lose their files."""
    job = read_answer("mps", ID, mps_answer(name, result))
    assert [(file.value, file.roles[0]) for file in job.files] == expected
    assert [file.pointer for file in job.files] == [
        f"{DATA}/{i}/file" for i in range(len(expected))
    ]
    assert job.requires_files
    assert job.problems == ()


def test_the_sound_inside_a_speech_reply_is_no_path() -> None:
    """TextToSpeech puts Base64 audio under `file`, in a `Data` that is an object."""
    result = {
        "Code": "Success",
        "Message": "The job is completed successfully",
        "Data": {"result": [{"file": "UklGRiQOBgBXQVZFZm10IBA"}]},
    }
    job = read_answer("mps", ID, mps_answer("TextToSpeech", result))
    assert job.files == ()
    assert not job.requires_files
    assert job.answer["Result"]["Data"] == result["Data"]


IMS_FILES = {
    "AudioBeatDetection": ("output/xxx.json", "beats"),
    "AudioMixing": ("output/xxx.wav", "mix"),
    "CaptionExtraction": ("output/xxx.srt", "captions"),
    "FaceBeauty": ("output/xxx.mp4", "video"),
    "MusicSegmentDetect": ("output/xxx.json", "segments"),
    "SpeechDenoise": ("output/xxx.wav", "speech"),
    "VideoClip": ("output/xxx.mp4", "summary"),
    "VideoDelogo": ("output/xxx.mp4", "video"),
    "VideoDetext": ("output/xxx.mp4", "video"),
    "VideoH2V": ("output/xxx.mp4", "video"),
    "_published-demo": ("output/xxx.mp4", "cover"),
}


@pytest.mark.parametrize("name", IMS_FILES)
def test_ims_files_are_those_of_output_files(name: str) -> None:
    """IMS names files in `OutputFiles`, so no output template has to be resolved."""
    job = read_answer("ims", ID, sample_answer("ims", name))
    key, role = IMS_FILES[name]
    assert files(job) == [(key, "/OutputFiles/0", (role,))]
    assert job.state is State.SUCCEEDED
    assert not job.resolve_template
    assert job.problems == ()


@pytest.mark.parametrize(
    ("name", "listed", "roles"),
    [
        ("MusicDemix", ["demix/demix_vocals.wav.wav", "demix/demix_accompaniment.wav.wav"], "stem"),
        ("VideoGreenScreenMatting", ["matting/a.webm"], "video matte"),
    ],
)
def test_ims_algorithms_without_a_payload_of_their_own_are_read(
    name: str, listed: list[str], roles: str
) -> None:
    """Without a published payload, their files must still come with the right roles."""
    answer = {**sample_answer("ims", "AudioMixing"), "FunctionName": name, "OutputFiles": listed}
    job = read_answer("ims", ID, answer)
    assert files(job) == [
        (key, f"/OutputFiles/{i}", tuple(roles.split())) for i, key in enumerate(listed)
    ]
    assert job.problems == ()


def test_covers_of_ims_are_listed_once_though_named_twice() -> None:
    """They stand in `OutputFiles` and in `Result`."""
    job = read_answer("ims", ID, sample_answer("ims", "Cover"))
    assert files(job) == [
        (f"cover/test-0000{n}.jpg", f"/OutputFiles/{n - 1}", ("cover",)) for n in (1, 2)
    ]


def test_an_audio_report_names_no_file_though_it_has_an_input() -> None:
    """`Input` in it is a path on a machine of the service."""
    job = read_answer("ims", ID, sample_answer("ims", "AudioQualityAssessment"))
    assert job.files == ()
    assert not job.requires_files


@pytest.mark.parametrize("api", ["mps", "ims"])
def test_an_unknown_algorithm_is_read_by_the_general_reader(api: Api) -> None:
    """Its files are found at any depth, and a note says that nobody has seen it."""
    result = with_data({"new": {"list": [{"Url": "a/1.jpg"}, {"Url": "a/2.jpg"}]}})
    job = read_answer(api, ID, mps_answer("VideoStoryboard", result, OutputFiles=["a/3.jpg"]))
    assert [file.value for file in job.files] == ["a/3.jpg", "a/1.jpg", "a/2.jpg"]
    assert {file.roles for file in job.files} == {("output",)}
    assert job.files[1].pointer == "/Result/Data/new/list/0/Url"
    [problem] = job.problems
    assert (problem.severity, problem.type) == ("note", "unknown-algorithm")
    assert problem.detail == "VideoStoryboard"


def test_a_pointer_escapes_what_rfc_6901_wants_escaped() -> None:
    """An unescaped slash or tilde would make the pointer lead to another place."""
    result = {"a/b": {"c~d": {"file": "k.txt"}}}
    [file] = read_answer("mps", ID, mps_answer("New", result)).files
    assert file.pointer == "/Result/a~1b/c~0d/file"


def test_an_input_of_many_that_failed_is_told() -> None:
    """ImageMatting succeeds as a job while one of its images failed."""
    details = [
        {"Status": "Success", "Input": "1.jpg", "Output": "p/1.jpeg"},
        {"Status": "Fail", "Input": "2.jpg", "Message": "no person found"},
    ]
    job = read_answer(
        "mps", ID, mps_answer("ImageMatting", {"Details": details, "Code": "Success"})
    )
    assert [file.value for file in job.files] == ["p/1.jpeg"]
    [problem] = job.problems
    assert (problem.severity, problem.type) == ("error", "item-failed")
    assert problem.detail == "no person found"
    assert problem.pointer == "/Result/Details/1"


BACKGROUND = "http://media.oss-cn-shanghai.aliyuncs.com/studio.jpg"


@pytest.mark.parametrize(
    ("params", "is_matte"),
    [
        ("{}", True),
        (None, True),
        ({}, True),
        ('{"bgimage":""}', True),
        ('{"bgimage":null}', True),
        ('{"mode":"bgimage"}', True),
        (f'{{"bgimage":"{BACKGROUND}"}}', False),
        (f'{{"BgImage":"{BACKGROUND}"}}', False),
        ({"bgimage": BACKGROUND}, False),
        (f"{{bgimage:{BACKGROUND}", False),
    ],
)
def test_what_was_put_before_a_background_is_no_matte(params: object, *, is_matte: bool) -> None:
    """A player would lay it over a picture that it covers whole."""
    answer = sample_answer("mps", "VideoGreenScreenMatting") | {"JobParams": params}
    [file] = read_answer("mps", ID, answer).files
    assert file.roles == (("video", "matte") if is_matte else ("video",))
