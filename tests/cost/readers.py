"""Every reader of what strangers write, and how it is called with an input of any size."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, cast

from mps_manifest.events import bodies, envelopes, notifications, oss_records, other_products
from mps_manifest.events import payloads, scope, times, wide_text
from mps_manifest.files import context, media_types, output_templates, resources
from mps_manifest.files.access import Access
from mps_manifest.files.resources import Resource
from mps_manifest.formats import captions, codecs, language, mp4_boxes, picture_headers
from mps_manifest.formats import result_files, sample_tables, sniffing, text_encoding, tracks
from mps_manifest.formats.findings import Beats, FileContext, Media
from mps_manifest.jobs import answer, failure, places, result, result_readers
from mps_manifest.jobs.job import Job, ListedFile, State
from mps_manifest.manifests import analysis, document, ranking
from mps_manifest.parsing import bounded_copy, canonical_json, foreign_text, json_pointer
from mps_manifest.parsing import json_text, locations, numbers, redaction
from mps_manifest.parsing.locations import InvalidPath, Location
from mps_manifest.ports import ObjectFacts, StoredObject
from mps_manifest.problems import Problem, error, note
from tests.fakes import HOME
from tests.unit.samples import ID, files_answer, mps_answer, settings, with_data

Read = Callable[[Any], object]
OUTPUT = Location(HOME, "out/{source}-{timestamp}", "cn-shanghai")
CONTEXT = FileContext("zh", '{"lang":"zh"}')


def all_of(values: Iterable[object]) -> None:
    """Read to the end."""
    deque(values, maxlen=0)


def unless(*kinds: type[Exception]) -> Callable[[Read], Read]:
    """Call a reader whose refusals are no fault."""

    def wrap(read: Read) -> Read:
        def call(given: Any) -> object:
            try:
                return read(given)
            except kinds:
                return None

        return call

    return wrap


def job(**changes: Any) -> Job:
    """Read the answer of a job and change what came of it."""
    return answer.read_answer("mps", ID, files_answer("a.srt"))._replace(**changes)


# --- readers of text -----------------------------------------------------------------------------

TEXT_READERS: dict[Callable[..., Any], Read] = {
    bounded_copy.cut_to_bytes: lambda t: bounded_copy.cut_to_bytes(t, 1000),
    canonical_json.canonical_text: unless(TypeError)(canonical_json.canonical_text),
    foreign_text.shown: lambda t: foreign_text.shown(t, 2000),
    foreign_text.printable: foreign_text.printable,
    foreign_text.encodable: foreign_text.encodable,
    json_pointer.pointer: json_pointer.pointer,
    json_pointer.below: lambda t: json_pointer.below("/Result", t),
    json_text.decode_json: json_text.decode_json,
    json_text.element_count: json_text.element_count,
    locations.resolve_location: unless(InvalidPath)(
        lambda t: locations.resolve_location(t, OUTPUT)
    ),
    locations.parse_location: locations.parse_location,
    locations.decoded_location: unless(InvalidPath)(
        lambda t: locations.decoded_location(Location(HOME, t))
    ),
    numbers.number: numbers.number,
    numbers.whole_number: numbers.whole_number,
    numbers.milliseconds: lambda t: numbers.milliseconds(t, 1000),
    redaction.redact: redaction.redact,
    redaction.without_secrets: redaction.without_secrets,
    redaction.without_queries: redaction.without_queries,
    redaction.without_signatures: redaction.without_signatures,
    redaction.as_given: redaction.as_given,
    redaction.has_signed_query: redaction.has_signed_query,
    answer.read_answer: lambda t: answer.read_answer(
        "mps", ID, mps_answer(result=t, Input=t, Output=t, UserData=t, JobParams=t)
    ),
    answer.state_of: lambda t: answer.state_of({"State": t}),
    failure.failure_reason: lambda t: failure.failure_reason({"Message": t}, t),
    places.input_location: lambda t: places.input_location({"Input": t}),
    places.output_location: lambda t: places.output_location({"OutputUrls": [t, t]}),
    places.path_of: places.path_of,
    result.read_result: result.read_result,
    result_readers.is_blank: result_readers.is_blank,
    codecs.codec: lambda t: codecs.codec({"Format": t, "CodecID": t}),
    language.language_of: lambda t: language.language_of(FileContext(t, t), t),
    text_encoding.excerpt: text_encoding.excerpt,
    tracks.is_truncated: lambda t: tracks.is_truncated(
        [
            {
                "@type": "General",
                "Format": "MPEG-4",
                "extra": {"IsTruncated": "Yes", "ConformanceErrors": {"a": t}},
            }
        ]
    ),
    tracks.read_tracks: lambda t: tracks.read_tracks(
        [
            {"@type": "General", "Format": t, "Duration": t},
            {"@type": "Video", "Format": t, "Width": t, "FrameRate": t},
        ]
    ),
    output_templates.compile_template: lambda t: output_templates.compile_template(t, t[:500]),
    media_types.format_of: media_types.format_of,
    media_types.declared_type: lambda t: media_types.declared_type(t, t),
    ranking.known_status: ranking.known_status,
    bodies.plain_key: bodies.plain_key,
    bodies.bare: lambda t: bodies.bare(t, scope.Scope("o", t)),
    oss_records.is_folder: oss_records.is_folder,
    scope.quoted: scope.quoted,
    times.parse_time: times.parse_time,
}  # fmt: skip

# --- readers of decoded JSON ---------------------------------------------------------------------

VALUE_READERS: dict[Callable[..., Any], Read] = {
    bounded_copy.bounded_copy: lambda v: bounded_copy.bounded_copy(
        v, 4_000_000, redaction.without_secrets, frozenset({"x"})
    ),
    canonical_json.canonical_document: lambda v: canonical_json.canonical_document({"a": v}),
    json_text.within_depth: json_text.within_depth,
    answer.read_answer: lambda v: answer.read_answer(
        "mps", ID, {**mps_answer(), "Result": v, "Output": v, "OutputFiles": v, "State": "Fail"}
    ),
    failure.failure_reason: lambda v: failure.failure_reason({"Result": v}, v),
    places.path_of: places.path_of,
    places.output_location: lambda v: places.output_location({"Output": v, "OutputUrls": v}),
    result.read_result: result.read_result,
    result_readers.listed_files: lambda v: all_of(result_readers.listed_files(v, "")),
    result_readers.as_listed: lambda v: all_of(
        result_readers.as_listed(result_readers.listed_files(v, ""), ("a",))
    ),
    result_readers.no_findings: lambda v: all_of(result_readers.no_findings(v, "")),
    result_readers.covers: lambda v: all_of(result_readers.covers(v, "")),
    result_readers.choruses: lambda v: all_of(result_readers.choruses(v, "")),
    result_readers.slides: lambda v: all_of(result_readers.slides(v, "")),
    result_readers.summaries: lambda v: all_of(result_readers.summaries(v, "")),
    result_readers.audio_quality: lambda v: all_of(result_readers.audio_quality(v, "")),
    analysis.present: lambda v: analysis.present({"a": v}),
    document.build_faulty_manifest: lambda v: document.build_faulty_manifest(
        ID, "mps", "cn-shanghai", {"State": "Fail", "Result": v}, "Error"
    ),
    document.build_manifest: lambda v: document.build_manifest(
        answer.read_answer("mps", ID, mps_answer(result=None, Result=v)), [], "cn-shanghai"
    ),
    tracks.is_truncated: lambda v: tracks.is_truncated(
        [
            {
                "@type": "General",
                "Format": "Wave",
                "extra": {"IsTruncated": "Yes", "ConformanceErrors": v},
            }
        ]
    ),
}  # fmt: skip

# --- readers of bytes ----------------------------------------------------------------------------


def reading(body: bytes) -> mp4_boxes.Read:
    """Make a function that reads parts of a file."""
    return lambda start, length: body[start : start + length]


BYTE_READERS: dict[Callable[..., Any], Read] = {
    json_text.decode_answer: unless(ValueError)(json_text.decode_answer),
    text_encoding.decode_text: text_encoding.decode_text,
    sniffing.content_type: sniffing.content_type,
    captions.read_captions: lambda b: all_of(captions.read_captions(b, CONTEXT)),
    captions.webvtt: captions.webvtt,
    result_files.read_beats: lambda b: all_of(result_files.read_beats(b, CONTEXT)),
    result_files.read_segments: lambda b: all_of(result_files.read_segments(b, CONTEXT)),
    result_files.read_speech: lambda b: all_of(result_files.read_speech(b, CONTEXT)),
    picture_headers.picture_size: lambda b: [
        picture_headers.picture_size(kind, len(b), reading(b))
        for kind in picture_headers.PICTURES
    ],
    sample_tables.sample_tables: lambda b: sample_tables.sample_tables(len(b), reading(b)),
    mp4_boxes.header: mp4_boxes.header,
    ranking.status_of: lambda b: ranking.status_of(StoredObject(b, "e", len(b), {})),
    ranking.rank_of: lambda b: ranking.rank_of(StoredObject(b, "e", len(b), {})),
    wide_text.wide_encoding: wide_text.wide_encoding,
    wide_text.utf8_chunks: lambda b: all_of(
        wide_text.utf8_chunks(b[at : at + 8192] for at in range(0, len(b), 8192))
    ),
}  # fmt: skip


# --- readers of many things ----------------------------------------------------------------------


class Case(NamedTuple):
    """A reader, how to make something of size n for it, and how to have it read."""

    of: Callable[..., Any]
    make: Callable[[int], Any]
    read: Read
    size: int = 4000


def cues(n: int) -> tuple[captions.Cue, ...]:
    return tuple(captions.Cue(number, number + 1, "x" * 500) for number in range(n))


def listed(n: int, path: str) -> Job:
    """Make a job that lists n files; `path` may have a number in it."""
    files = (ListedFile(path.format(k), f"/Result/{k}", ("captions",)) for k in range(n))
    return job(files=tuple(files))


def inspected(n: int) -> list[Resource]:
    """Make files with everything that there can be in them."""
    problems = tuple(note("odd", "Odd", "https://a?b" * 10) for _ in range(3))
    found = (Beats((1, 2), (3,)), captions.summarize_cues(cues(2), CONTEXT), *problems)
    facts = ObjectFacts(1, "e", "text/plain", None)
    names = (f"out/{number % 7}/a.srt" for number in range(n))
    made = (
        Resource((k,), "/a", ("captions",), Location(HOME, k), "available", None, facts)
        for k in names
    )
    return [each.with_inspection(media=Media(1), findings=found) for each in made]


TEMPLATE_KEY = "out/{timestamp}{sequenceId}{resultType}{timestamp}-{sequenceId}{resultType}"


def template(key: str) -> output_templates.OutputTemplate:
    return cast("output_templates.OutputTemplate", output_templates.compile_template(key, "s"))


ADJACENT = template(TEMPLATE_KEY)
REPEATED = template("{resultType}{sequenceId}" * 4 + "-")


def digits(n: int) -> list[str]:
    """Make keys of the longest length that a store has."""
    return [f"out/{number:06}" + "1" * 1000 for number in range(n)]


def in_slices(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: values[name] for name in names}


ACCESS = Access.of(settings())
CASES: dict[str, Case] = {
    "a summary of cues": Case(
        captions.summarize_cues, cues, lambda c: captions.summarize_cues(c, CONTEXT), 40_000
    ),
    "files of one name": Case(
        resources.with_unique_names,
        lambda n: resources.listed_resources(listed(n, "{}/a.srt"), ACCESS),
        resources.with_unique_names,
    ),
    "files named as others are renamed": Case(
        resources.with_unique_names,
        lambda n: [
            *resources.listed_resources(listed(n // 2, "x/a-{}"), ACCESS),
            *resources.listed_resources(listed(n // 2, "{}/a"), ACCESS),
        ],
        resources.with_unique_names,
    ),
    "files of different paths": Case(
        resources.listed_resources,
        lambda n: listed(n, "a{}.srt"),
        lambda j: resources.listed_resources(j, ACCESS),
    ),
    "one file many times": Case(
        resources.listed_resources,
        lambda n: listed(n, "a.srt"),
        lambda j: resources.listed_resources(j, ACCESS),
    ),
    "one place": Case(
        resources.at,
        lambda n: Location(HOME, "a" * n),
        lambda at: resources.at(Resource(("a",), "", ()), at, ACCESS),
        1_000_000,
    ),
    "a fault of ours": Case(
        resources.internal_fault, lambda n: ValueError("x" * n), resources.internal_fault
    ),
    "keys and adjacent placeholders": Case(
        output_templates.match_template, digits, lambda keys: output_templates.match_template(ADJACENT, keys), 2000
    ),
    "keys and repeated placeholders": Case(
        output_templates.match_template, digits, lambda keys: output_templates.match_template(REPEATED, keys), 2000
    ),
    "a long key": Case(
        output_templates.match_key, lambda n: "out/" + "1" * n, lambda key: output_templates.match_key(ADJACENT, key), 2000
    ),
    "the context of each file": Case(
        context.file_contexts,
        lambda n: (
            job(output_location=Location(HOME, "{resultType}{sequenceId}" * 4)),
            [Resource((k,), "", (), Location(HOME, k)) for k in digits(n)],
        ),
        lambda given: all_of(map(context.file_contexts(given[0], len(given[1])), given[1])),
        400,
    ),
    "the type of a result": Case(
        output_templates.result_type,
        digits,
        lambda keys: [output_templates.result_type(key, REPEATED) for key in keys],
        400,
    ),
    "tracks": Case(
        tracks.read_tracks,
        lambda n: [{"@type": "Text", "Duration": "1"}] * n + [{"@type": "General", "Format": "x"}],
        tracks.read_tracks,
        100_000,
    ),
    "findings of files": Case(
        analysis.analysis, inspected, lambda files: analysis.analysis(job(), files, 10_000), 1000
    ),
    "a manifest of many files": Case(
        document.build_manifest,
        inspected,
        lambda files: document.build_manifest(job(), files, "cn-shanghai"),
        1000,
    ),
    "a manifest of many problems": Case(
        document.build_manifest,
        lambda n: job(problems=tuple(error("odd", "Odd", "https://a?b " * 100) for _ in range(n))),
        lambda j: document.build_manifest(j, [], "cn-shanghai"),
        2000,
    ),
    "a manifest of many findings": Case(
        document.build_manifest,
        lambda n: job(
            findings=tuple(result_readers.Segment("slide", 1, 2, "?a" * 5000) for _ in range(n)),
            state=State.FAILED,
        ),
        lambda j: document.build_manifest(j, [], "cn-shanghai"),
        1000,
    ),
    "a manifest of a job that expired": Case(
        document.build_expired_manifest,
        lambda n: "https://a?b " * (n // 12),
        lambda reason: document.build_expired_manifest(ID, "mps", settings(), reason),
        1_000_000,
    ),
    "results in one text": Case(
        result.read_result,
        lambda n: '{"Code":"Success","Data":"[1,{}]"}' * min(99, n // 34) + "x" * n,
        result.read_result,
        1_000_000,
    ),
    "an answer of many results": Case(
        answer.read_answer,
        lambda n: files_answer(*(f"a{number}.srt" for number in range(n))),
        lambda given: answer.read_answer("mps", ID, given),
    ),
    "an answer of equal files": Case(
        answer.read_answer,
        lambda n: mps_answer(result=with_data({"result": [{"file": "a" * 1000}] * n})),
        lambda given: answer.read_answer("mps", ID, given),
        1000,
    ),
    "problems": Case(
        analysis.analysis,
        lambda n: job(findings=tuple(result_readers.Cover("a", 1.0, 1) for _ in range(n))),
        lambda j: analysis.analysis(j, [], 10_000),
    ),
}  # fmt: skip
