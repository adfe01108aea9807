"""Files of any content: a job that names them gets its manifest, with sane findings or a note."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, TypeGuard

from hypothesis import example, given
from hypothesis import strategies as st

from mps_manifest.formats.findings import Beats, Captions, FileContext
from mps_manifest.formats.result_files import READABLE, read_content
from mps_manifest.formats.text.text_encoding import decode_text
from mps_manifest.formats.timed_text.captions import webvtt
from mps_manifest.job_limits import MAX_WEBVTT
from mps_manifest.jobs.result_readers import Segment
from mps_manifest.problems import Problem
from tests.fuzz.judge import assert_replay_writes_nothing, handled, results
from tests.fuzz.odd import KEYS, SCALARS, TEXTS, VALUES, fuzz, mutated
from tests.unit.samples import ID, mps_answer, with_data
from tests.unit.world import World

MEDIA = Path(__file__).parents[2] / "local" / "samples" / "media"
SAMPLES = [path.read_bytes()[:6000] for path in sorted(MEDIA.iterdir())]
EVENT = json.dumps({"TopicName": "t", "Message": ID}).encode()

# --- what stands in files ------------------------------------------------------------------------

_LINES = (
    *("1", "2", "", " ", "hi", "hi <i>ho</i> {\\an8}", "\u6b22\u8fce\u6536\u770b", "the end of it"),
    *("00:00:01,000 --> 00:00:02,000", "00:00:03.5 --> 00:00:02,0 X1:1", "99:99:99,999 -->"),
    *("99:59:59,999 --> 99:99:99,999", "00:01.000 --> 00:02.000 align:start", "-->", "0:0:1 --> 2"),
    *("WEBVTT", "WEBVTT - a", "NOTE a", "STYLE", "::cue{}", "&#99999999;", "&lt;b&gt;", "&" * 9),
    *("[Script Info]", "[V4+ Styles]", "Style: a,b,20", "[Events]", "[Fonts]", "fontname: a"),
    *("from 00:00:01,5 to 0:0:2.5", "00:01.50 00:02.50", "-->00:00:01,000-->", "00:00:01,000"),
    *("Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",),
    *(
        "Dialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,{\\i1}hi\\Nho",
        "Dialogue: 0,9:99:99.99,,,,,,,,",
    ),
    *("Comment: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,x", "[10][20] hi|ho", "{1}{2}hi", "{1}{1}25"),
    *("<tt xmlns='http://www.w3.org/ns/ttml'><body><div>", "<p begin='1s' end='2s'>hi</p>"),
    *("</div></body></tt>", "<SAMI><BODY>", "<SYNC Start=1><P>hi", "0:01:02:a", "00:00:01:hi"),
    *('{"BeatList":[1,2.5],"DownBeatList":["1"]}', "BeatList = [1,", "2]", "down_beat_list: [1]"),
    *('[{"start":1,"end":2,"title":"a"}]', '{"splitResult":[{"beginTime":"1","endTime":2}]}'),
    *('{"Sentences":[{"BeginTime":1,"EndTime":2,"Text":"hi"}]}', '{"result":[]}', "{}", "[" * 99),
    *('[{"text":"hi","begin_time":0,"end_time":420,"words":[]}]', "\ufeff", "\r", "\x0b", "\x85"),
)
_WORDS = (
    *("BeatList", "DownBeatList", "beat_list", "splitResult", "beginTime", "endTime", "start"),
    *("end", "title", "Sentences", "sentences", "BeginTime", "EndTime", "Text", "text", "words"),
    *("begin_time", "end_time", "subtitles", "sentence", "data", "result", "Data"),
)
_TIMED = re.compile(r"\d\d:\d\d:\d\d[.,]\d+ --> \d\d:\d\d:\d\d[.,]\d+")
TEXT_FILES = st.lists(st.one_of(st.sampled_from(_LINES), TEXTS), max_size=12).map("\n".join)
JSON_FILES = st.recursive(
    st.one_of(SCALARS, VALUES),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(_WORDS), KEYS), inner, max_size=5),
    ),
    max_leaves=15,
).map(json.dumps)
ENCODINGS = st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "gb18030"])
SOUND = st.builds(
    lambda text, encoding: text.encode(encoding, "replace"),
    st.one_of(TEXT_FILES, JSON_FILES),
    ENCODINGS,
)
BROKEN = st.one_of(mutated(st.sampled_from(SAMPLES)), mutated(SOUND), st.binary(max_size=2000))
KINDS = st.sampled_from(
    (
        *(("CaptionExtraction", f"c/a.{ending}") for ending in ("srt", "vtt", "ass", "ssa", "x")),
        *(("AudioBeatDetection", f"b/a.{ending}") for ending in ("json", "txt")),
        *(("AsyncTextToSpeech", f"t/a.{ending}") for ending in ("txt", "wav")),
        *(("MusicSegmentDetect", "s/a.json"), ("ASR", "t/a.txt"), ("Unheard", "x/a.json")),
        *(("Cover", f"v/a.{ending}") for ending in ("jpg", "png", "gif", "webp", "bmp", "mp4")),
        *(("ImageMatting", f"m/a{ending}") for ending in ("", ".tiff", ".heic", ".webm", ".pdf")),
    )
)
STORED = st.one_of(
    st.none(), TEXTS, st.sampled_from(["text/plain", "video/mp4", "image/jpeg", "text/html", "a/b"])
)

# --- readers -------------------------------------------------------------------------------------


def check(role: str, body: bytes) -> None:
    found = list(read_content(role, body, FileContext()))
    assert found or role in {"segments", "transcript"}  # where nothing need be found
    for each in found:
        match each:
            case Captions(cues, first, last, _):
                assert cues == 0 or 0 <= (first or 0) <= (last or 0)
            case Beats(beats, downbeats):
                assert all(beat >= 0 for beat in beats + downbeats)
            case Segment(_, start, end, _):
                assert start >= 0
                assert end >= 0
            case Problem():
                assert each.detail.encode()
                assert each.detail.isprintable()


@given(st.sampled_from(sorted(READABLE)), st.one_of(SOUND, BROKEN))
@fuzz(200)
def test_readers_find_what_is_sane(role: str, body: bytes) -> None:
    """Strangers choose these bytes, which must never crash an invocation."""
    check(role, body)


@given(st.one_of(SOUND, BROKEN))
@example(b"1\n99:59:59,999 --> 99:99:99,999\nhi\n")
@example(b"1\n00:00:01,000 --> 00:00:02,000\n00:00:03,000 &#45;&#45;> 00:00:04,000\n")
@fuzz(200)
def test_captions_as_webvtt_are_the_same_captions(body: bytes) -> None:
    """A player must show as many cues, at the same times, as the manifest says there are."""
    made = webvtt(body)
    told = [each for each in read_content("captions", body, FileContext()) if is_captions(each)]
    if made is None:
        return
    assert len(made) <= 2 * MAX_WEBVTT
    (again,) = read_content("captions", made.encode("utf-8", "replace"), FileContext())
    assert isinstance(again, Captions)
    assert [again[:3]] == [each[:3] for each in told]
    assert made.count(" --> ") == again.cues


@given(TEXT_FILES)
@example("WEBVTT\n\n1:00.000 --> 1:02.000\nhi\n")
@example("00:00:01,000 --> 00:00:02,000 00:00:03,000\nhi\n")
@example("00:00:01,000 --> 00:00:02,000\nfrom 00:00:01,5 to 00:00:02,5\n")
@fuzz(200)
def test_whatever_is_timed_is_told_as_a_caption_or_a_broken_one(text: str) -> None:
    """A caption that is lost without a word is missed by nobody but the audience."""
    if "[" in text or "<" in text:  # perhaps of another format
        return
    body = text.encode("utf-8", "replace")
    lines = decode_text(body).text.split("\n")
    found = list(read_content("captions", body, FileContext()))
    broken = [int(each.detail.split()[0]) for each in found if is_note_on_cues(each)]
    cues = [each.cues for each in found if isinstance(each, Captions)]
    timed = sum(_TIMED.fullmatch(line) is not None for line in lines)
    assert timed <= sum(cues) + sum(broken) <= len(lines)


def is_note_on_cues(found: object) -> TypeGuard[Problem]:
    return isinstance(found, Problem) and found.type == "broken-cues"


def is_captions(found: object) -> TypeGuard[Captions]:
    return isinstance(found, Captions)


# --- manifests -----------------------------------------------------------------------------------


def job_with_file(function: str, key: str, body: bytes, stored: str | None) -> World:
    """Have a job that lists a file with this content."""
    world = World(concurrency="2", captions_vtt="true")
    world.store.put(key, body)
    if stored is not None:
        world.store.content_types[key] = stored
    world.api.say(ID, mps_answer(function, with_data({"result": [{"file": key}]})))
    return world


def manifest_of(world: World, *, intact: bool) -> dict[str, Any]:
    answer = handled(world, EVENT, intact=intact)
    assert answer is not None
    assert answer["status"] in {"complete", "partial"}
    return world.manifest(ID)


@given(KINDS, SOUND, STORED)
@fuzz(80)
def test_a_job_gets_its_manifest_whatever_its_files_hold(
    kind: tuple[str, str], body: bytes, stored: str | None
) -> None:
    """And no secret that somebody wrote into one is quoted there."""
    document = manifest_of(job_with_file(*kind, body, stored), intact=True)
    assert [file["key"] for file in document["resources"]][:1] == [kind[1]]


@given(KINDS, BROKEN, STORED)
@fuzz(80)
def test_a_job_gets_its_manifest_whatever_happened_to_its_files(
    kind: tuple[str, str], body: bytes, stored: str | None
) -> None:
    """A file that is not what it seems to be is told, and no more."""
    document = manifest_of(job_with_file(*kind, body, stored), intact=False)
    assert [file["key"] for file in document["resources"]][:1] == [kind[1]]


@given(KINDS, BROKEN, STORED)
@fuzz(40)
def test_the_same_file_gives_the_same_bytes(
    kind: tuple[str, str], body: bytes, stored: str | None
) -> None:
    """At any time; and a replay writes nothing, for it finds what it would write."""
    first, other = (job_with_file(*kind, body, stored) for _ in range(2))
    other.clock.pass_by(3600)
    for world in (first, other):
        manifest_of(world, intact=False)
    assert results(first) == results(other)
    assert_replay_writes_nothing(first, EVENT, intact=False)
