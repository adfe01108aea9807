"""Result files: the product's words for what algorithms write, or an honest note."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mps_manifest.formats.findings import Beats, Captions, Content, FileContext
from mps_manifest.formats.result_files import READABLE, read_content
from mps_manifest.jobs.result_readers import Segment
from mps_manifest.problems import Problem

MEDIA = Path(__file__).parents[2] / "local" / "samples" / "media"
LISTS = {"BeatList": [0.48, 0.96], "DownBeatList": [0.48]}
BEATS = Beats((480, 960), (480,))


def read(role: str, content: Any) -> list[Content]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return list(read_content(role, body, FileContext()))


@pytest.mark.parametrize(
    "content",
    [
        LISTS,
        {"Data": LISTS},
        {"result": json.dumps(LISTS)},
        json.dumps(LISTS),
        {"Code": "Success", "Data": json.dumps({"result": [LISTS]})},
        {"beat_list": ["0.48", 0.96], "down_beat_list": [0.48]},
        {"BeatList": "[0.48, 0.96]", "DownBeatList": "[0.48]"},
        b"BeatList: [0.48, 0.96]\nDownBeatList: [0.48]\n",
        b"BeatList = [0.48,\n 0.96]\r\nDownBeatList = [0.48]",
    ],
)
def test_beats_are_found_in_whatever_form_they_stand(content: Any) -> None:
    """The form is not published, so each likely one must give the same beats."""
    assert read("beats", content) == [BEATS]


@pytest.mark.parametrize("name", ["beats.txt", "beats.json"])
def test_the_sample_beats(name: str) -> None:
    """The shipped samples must keep giving known beats."""
    (found,) = read("beats", (MEDIA / name).read_bytes())
    beats = tuple(480 * number for number in range(1, 33))
    assert found == Beats(beats, beats[::4])


def test_beats_that_are_no_numbers_are_counted_and_left_out() -> None:
    """A bad value must neither cost the sound ones nor go unmentioned."""
    found = read("beats", {"BeatList": [0.48, None, "x", -1, 0.96], "DownBeatList": [0.48]})
    assert isinstance(found[0], Problem)
    assert (found[0].type, found[0].detail) == ("unreadable-number", "3 beats")
    assert found[1] == BEATS


def test_a_song_without_beats_is_no_problem() -> None:
    """An empty list is a result and not a fault of the file."""
    assert read("beats", {"BeatList": []}) == [Beats(())]


@pytest.mark.parametrize(
    ("content", "segment"),
    [
        (
            [{"start": 39.32, "end": 63.85, "title": "副歌"}],
            Segment("chorus", 39320, 63850, "副歌"),
        ),
        ({"splitResult": [{"beginTime": 1.0, "endTime": 44.57}]}, Segment("slide", 1000, 44570)),
    ],
)
def test_segments_are_those_of_answers(content: Any, segment: Segment) -> None:
    """A file must give the same segments as an answer would, in the same unit."""
    assert read("segments", content) == [segment]


def test_a_title_in_an_old_encoding_is_read_where_it_is_certain() -> None:
    """Keys of JSON are no part of what a text says, and one title may be all of it."""
    body = json.dumps([{"start": 1, "end": 2, "title": "副歌"}], ensure_ascii=False)
    assert read("segments", body.encode("gbk")) == [Segment("chorus", 1000, 2000, "副歌")]


def test_titles_whose_encoding_is_not_sure_are_left_out() -> None:
    """They would show as signs of what could not be read; times and plain titles are right."""
    titles = ["锁".encode("gbk"), b"Chorus"]
    items = [b'{"start": %d, "end": 9, "title": "%s"}' % item for item in enumerate(titles)]
    problem, *found = read("segments", b"[" + b",".join(items) + b"]")
    assert isinstance(problem, Problem)
    assert (problem.severity, problem.type) == ("note", "unknown-encoding")
    assert found == [Segment("chorus", 0, 9000), Segment("chorus", 1000, 9000, "Chorus")]
    assert read("segments", b"[" + items[1] + b', {"end\xff": 1}]') == found[1:]


def test_a_song_without_chorus_is_no_problem() -> None:
    """That nothing was found does not mean that the file is broken."""
    assert read("segments", []) == []


SUBTITLES = [
    {"text": "", "begin_time": 0, "end_time": 0, "sentence": True},
    {"text": "欢迎", "begin_time": 150, "end_time": 420},
    {"text": "收看", "begin_time": "420", "end_time": "860"},
]
SENTENCES = {
    "Sentences": [
        {
            "Text": "欢迎收看",
            "BeginTime": 150,
            "EndTime": 860,
            "Words": [{"Word": "欢迎", "BeginTime": 150, "EndTime": 420}],
        },
    ]
}


@pytest.mark.parametrize(
    ("content", "cues"),
    [
        ({"subtitles": SUBTITLES}, 2),
        (SUBTITLES, 2),
        (SENTENCES, 1),
        ({"Result": json.dumps(SENTENCES)}, 1),
        ("1\n00:00:00,150 --> 00:00:00,860\n欢迎收看\n".encode(), 1),
        ("1\n00:00:00.150 \u2192 00:00:00.860\n欢迎收看\n".encode(), 1),
        ("[Events]\nDialogue: 0,0:00:00.15,0:00:00.86,D,,0,0,0,,欢迎收看\n".encode(), 1),
    ],
)
@pytest.mark.parametrize("role", ["transcript", "timestamps"])
def test_timed_speech_is_counted_and_timed(role: str, content: Any, cues: int) -> None:
    """Each known form of timed speech must give the same times and language."""
    assert read(role, content) == [Captions(cues, 150, 860, "zh")]


WHISPER = {
    "text": " 欢迎收看本期节目",
    "language": "zh",
    "segments": [
        {
            "id": 0,
            "seek": 0,
            "start": 0.15,
            "end": 2.0,
            "text": " 欢迎收看",
            "tokens": [5],
            "temperature": 0,
        },
        {"id": 1, "seek": 0, "start": 2, "end": 4.5, "text": "本期节目", "no_speech_prob": 0.1},
    ],
}
FUN_ASR = {
    "text": "欢迎收看本期节目",
    "sentence_info": [
        {
            "text": "欢迎收看",
            "start": 150,
            "end": 2000,
            "timestamp": [[150, 900], [900, 2000]],
            "spk": 0,
        },
        {"text": "本期节目", "start": 2000, "end": 4500},
    ],
}
WORDS = [
    {"Id": 10, "SentenceId": 1, "Start": 150, "End": 900, "Text": "欢迎"},
    {"Id": 20, "SentenceId": 1, "Start": 900, "End": 2000, "Text": "收看"},
    {"Id": 30, "SentenceId": 2, "Start": 2000, "End": 4500, "Text": "本期节目"},
]
PARAFORMER = {
    "transcripts": [
        {
            "channel_id": 0,
            "text": "欢迎收看本期节目",
            "sentences": [
                {
                    "begin_time": 150,
                    "end_time": 2000,
                    "text": "欢迎收看",
                    "words": [
                        {"begin_time": 150, "end_time": 2000, "text": "欢迎", "punctuation": ""}
                    ],
                },
                {"begin_time": 2000, "end_time": 4500, "text": "本期节目"},
            ],
        }
    ]
}
SRT = "1\n00:00:00,150 --> 00:00:02,000\n欢迎收看\n\n2\n00:00:02,000 --> 00:00:04,500\n本期节目\n"


@pytest.mark.parametrize(
    "content",
    [
        WHISPER,
        FUN_ASR,
        PARAFORMER,
        {"Transcription": {"Paragraphs": [{"ParagraphId": "1", "Words": WORDS}]}},
        [
            {"content": "欢迎收看", "from": 0.15, "to": 2},
            {"content": "本期节目", "from": 2, "to": 4.5},
        ],
        {"flash_result": {"sentences": PARAFORMER["transcripts"][0]["sentences"]}},
        {
            "results": [
                {"transcript": "欢迎收看", "start_time": "0.15", "end_time": "2.0"},
                {"transcript": "本期节目", "start_time": "2.0", "end_time": "4.5"},
            ]
        },
        {"code": 0, "srt": SRT},
    ],
)
def test_recognition_is_read_in_the_unit_that_speech_allows(content: Any) -> None:
    """Seconds here and milliseconds there: nobody says four characters in two milliseconds."""
    assert read("transcript", content) == [Captions(2, 150, 4500, "zh")]


SAID = [("Hello", 0, 0.5), ("there", 0.5, 1), ("my", 1, 1.5), ("friend", 1.5, 2)]
HEARD = [{"word": text, "start": start, "end": end} for text, start, end in SAID]
SENTENCE = {"text": "Hello there my friend.", "start": 0, "end": 2.0}


@pytest.mark.parametrize(
    "content",
    [
        {"text": "Hello there my friend.", "words": HEARD, "segments": [SENTENCE]},
        {"segments": [{**SENTENCE, "words": HEARD}], "word_segments": HEARD, "language": "en"},
        {"id": "1", "words": HEARD, "utterances": [{**SENTENCE, "words": HEARD}]},
        {
            "utterances": [SENTENCE],
            "sentiment_analysis_results": [{**SENTENCE, "sentiment": "POSITIVE"}],
            "entities": [{"entity_type": "person", **SENTENCE, "text": "my friend"}],
        },
        {
            "results": {
                "utterances": [{"transcript": "Hello there my friend", "start": 0, "end": 2.0}],
                "channels": [
                    {
                        "alternatives": [
                            {
                                "transcript": "Hello there my friend",
                                "words": HEARD,
                                "paragraphs": {"paragraphs": [{"sentences": [SENTENCE]}]},
                            }
                        ]
                    }
                ],
            }
        },
        {"results": {"channels": [{"alternatives": [{"words": [SENTENCE]}] * 3}]}},
        {"alternatives": [{"result": [SENTENCE], "confidence": 1 / n} for n in range(1, 4)]},
    ],
)
def test_one_speech_in_several_parts_is_counted_once(content: Any) -> None:
    """Services tell sentences and words side by side, some of them by whom and how it was said."""
    assert read("transcript", content) == [Captions(1, 0, 2000, "en")]


def test_words_alone_and_channels_of_several_speakers_all_count() -> None:
    """Only beside sentences are words told a second time, and channels are speech of their own."""
    one, two = ({"channel_id": n, "sentences": [SENTENCE]} for n in range(2))
    for content, cues in (({"words": HEARD}, 4), ({"channels": [one, two]}, 2)):
        assert read("transcript", content) == [Captions(cues, 0, 2000, "en")]


def test_speech_whose_encoding_is_not_sure_tells_no_language() -> None:
    """Its times are plain ASCII, its words may be anything."""
    speech = json.dumps(SENTENCES, ensure_ascii=False).encode().replace(b'Words"', b'Words\xff"')
    problem, found = read("transcript", speech)
    assert isinstance(problem, Problem)
    assert problem.type == "unknown-encoding"
    assert found == Captions(1, 150, 860, None)


def test_captions_within_a_text_that_is_not_sure_tell_their_times_only() -> None:
    """They were decoded with what is around them."""
    body = json.dumps({"code": 0, "srt": SRT}, ensure_ascii=False).encode()
    problem, found = read("transcript", body.replace(b"code", b"c\xffde"))
    assert isinstance(problem, Problem)
    assert problem.type == "unknown-encoding"
    assert found == Captions(2, 150, 4500, None)


@pytest.mark.parametrize(
    "content",
    [
        "欢迎收看本期节目。\n".encode(),
        b"A whole talk, as it was heard.\nIt has two lines.",
        {"text": "欢迎收看本期节目"},
        {"transcripts": [{"channel_id": 0, "text": "hello"}]},
    ],
)
def test_a_transcript_without_times_is_one_all_the_same(content: Any) -> None:
    """It tells nothing more than that it is there, and nothing is wrong with it."""
    assert read("transcript", content) == []
    (found,) = read("timestamps", content)
    assert isinstance(found, Problem)
    assert found.type == "unknown-content"


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b'{"secret": 1}', "JSON"),
        (b"[secret", "JSON"),
        (b"<!DOCTYPE html><p>secret", "HTML"),
        (b"<error>secret</error>", "XML"),
        (b"secret\x00", "binary data"),
        (b"geheim", "plain text"),
    ],
)
def test_what_only_a_template_found_is_named_and_not_quoted(content: bytes, form: str) -> None:
    """It may be somebody else's file: its form is told, and no word of it."""
    (found,) = read_content("beats", content, FileContext(quotable=False))
    assert isinstance(found, Problem)
    assert (found.type, found.detail) == ("unknown-content", form)


@pytest.mark.parametrize(
    "content",
    [
        {"start": 0.5, "end": 0.6, "text": "nobody can say all of this in a tenth of a second"},
        {"begin_time": 5, "end_time": 1, "text": "backwards"},
        {"status": "ok"},
    ],
)
def test_speech_without_sure_times_is_an_unknown_form(content: Any) -> None:
    """Times that are only guessed would mislead readers more than an honest note."""
    (found,) = read("transcript", content)
    assert isinstance(found, Problem)
    assert found.type == "unknown-content"
    assert found.detail


UNREADABLE: list[tuple[bytes, str]] = [
    (b"\x00\x01\x02", "\\x00\\x01\\x02"),
    (b"[" * 5000, "[" * 200),
    (b'{"a":' * 5000, '{"a":' * 40),
    (b"1e999", "1e999"),
    (b"NaN", "NaN"),
    (b"null", "null"),
    (b'"x"', '"x"'),
    (b"{}", "{}"),
]


@pytest.mark.parametrize(
    ("role", "body", "shown"),
    [
        (role, body, shown)
        for role in sorted(READABLE)
        for body, shown in UNREADABLE
        if (role, body) != ("segments", b"{}")
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_cannot_be_read_is_one_note(role: str, body: bytes, shown: str) -> None:
    """A broken file must not keep the manifest of its job from being written."""
    (found,) = read(role, body)
    assert isinstance(found, Problem)
    assert (found.severity, found.type) == ("note", "unknown-content")
    assert found.detail == shown


def test_an_empty_object_holds_no_segments() -> None:
    """It is a result without findings, and no file of an unknown form."""
    assert read("segments", b"{}") == []


def test_an_excerpt_has_no_signature() -> None:
    """Excerpts are published in manifests, where no signature may appear."""
    (found,) = read("beats", b"https://b.oss.com/k?Signature=SECRET&Expires=1 is all there is")
    assert isinstance(found, Problem)
    assert "SECRET" not in found.detail
