"""Every reader of what strangers write, and how it is called with an input of any size."""

from __future__ import annotations

import gzip
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from mps_manifest.events import (
    bodies,
    oss_records,
    scope,
    times,
    wide_text,
)
from mps_manifest.files import media_types, output_templates
from mps_manifest.formats import (
    result_files,
    result_json,
    sniffing,
    stored_encoding,
    unknown_content,
)
from mps_manifest.formats.containers import (
    avi,
    clock_marks,
    flash_video,
    fragments,
    matroska,
    mp4_boxes,
    mp4_tracks,
    outer_parts,
    program_stream,
    sample_tables,
    transport_stream,
)
from mps_manifest.formats.findings import FileContext
from mps_manifest.formats.media import codecs, described, rfc6381, tracks
from mps_manifest.formats.media.parts import Parts, read_part
from mps_manifest.formats.pictures import heif, picture_ends, picture_facts, picture_headers, tiff
from mps_manifest.formats.sound import adts, amr, dolby, frames, fronts, mpeg_audio, ogg, tags, wave
from mps_manifest.formats.text import (
    declared_encoding,
    eastern_signs,
    language,
    language_profiles,
    language_tags,
    legacy_encodings,
    odd_places,
    spoken_text,
    text_encoding,
    twice_encoded,
    words_of_scripts,
)
from mps_manifest.formats.timed_text import (
    captions,
    cue_blocks,
    cue_markup,
    speech,
    substation,
    timing_lines,
    ttml,
)
from mps_manifest.jobs import (
    algorithms,
    answer,
    failure,
    job_facts,
    places,
    result,
    result_readers,
)
from mps_manifest.jobs.job import Job
from mps_manifest.manifests import analysis, document, ranking
from mps_manifest.parsing import (
    bounded_copy,
    canonical_json,
    foreign_text,
    json_pointer,
    json_text,
    locations,
    numbers,
    redaction,
    spelling,
)
from mps_manifest.parsing.locations import InvalidPath, Location
from mps_manifest.ports import StoredObject
from tests.fakes import HOME
from tests.unit.samples import ID, files_answer, mps_answer

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
    json_pointer.as_far_as_it_leads: lambda t: json_pointer.as_far_as_it_leads(f"/{t}", {}),
    json_text.decode_json: json_text.decode_json,
    json_text.element_count: json_text.element_count,
    json_text.has_too_many_values: json_text.has_too_many_values,
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
    redaction.without_signatures: redaction.without_signatures,
    redaction.as_given: redaction.as_given,
    redaction.has_secret: redaction.has_secret,
    redaction.has_signed_query: redaction.has_signed_query,
    answer.read_answer: lambda t: answer.read_answer(
        "mps", ID, mps_answer(result=t, Input=t, Output=t, UserData=t, JobParams=t)
    ),
    answer.state_of: lambda t: answer.state_of({"State": t}),
    algorithms.algorithm_of: algorithms.algorithm_of,
    failure.failure_reason: lambda t: failure.failure_reason({"Message": t}, t),
    failure.is_telling: failure.is_telling,
    failure.plain_word: failure.plain_word,
    places.input_location: lambda t: places.input_location({"Input": t}),
    places.output_location: lambda t: places.output_location({"OutputUrls": [t, t]}, None),
    places.named_output: lambda t: places.named_output({"Output": t}),
    places.path_of: places.path_of,
    result.read_result: result.read_result,
    result_readers.is_blank: result_readers.is_blank,
    codecs.codec: lambda t: codecs.codec({"Format": t, "CodecID": t}),
    language.language_of: lambda t: language.language_of(FileContext(t, t), t),
    captions.read_cues: captions.read_cues,
    cue_blocks.is_webvtt: cue_blocks.is_webvtt,
    cue_blocks.plays_as_it_is: lambda t: cue_blocks.plays_as_it_is(f"WEBVTT\n{t}"),
    cue_blocks.read_subrip: cue_blocks.read_subrip,
    cue_blocks.read_webvtt: cue_blocks.read_webvtt,
    cue_markup.without_markup: cue_markup.without_markup,
    cue_markup.without_overrides: cue_markup.without_overrides,
    cue_markup.without_blank_lines: cue_markup.without_blank_lines,
    cue_markup.unescaped: cue_markup.unescaped,
    substation.is_substation: substation.is_substation,
    substation.read_substation: substation.read_substation,
    eastern_signs.may_be_eastern: lambda t: eastern_signs.may_be_eastern(
        t, "gb18030", frozenset("年")
    ),
    odd_places.misplaced: odd_places.misplaced,
    odd_places.letters_alone: lambda t: odd_places.letters_alone(t, frozenset("ß")),
    spoken_text.spoken_text: spoken_text.spoken_text,
    text_encoding.excerpt: text_encoding.excerpt,
    twice_encoded.once_encoded: twice_encoded.once_encoded,
    timing_lines.has_arrow: timing_lines.has_arrow,
    timing_lines.is_failed_timing: lambda t: timing_lines.is_failed_timing(t, after_number=True),
    timing_lines.is_strict_timing: timing_lines.is_strict_timing,
    timing_lines.milliseconds_of: timing_lines.milliseconds_of,
    timing_lines.timing_of: timing_lines.timing_of,
    language_profiles.likeness: lambda t: language_profiles.likeness("LATIN", t.split(" ")),
    language_profiles.named_language: lambda t: language_profiles.named_language(
        "LATIN", [t.split(" "), t.split(" ")]
    ),
    language_tags.language_tag: language_tags.language_tag,
    words_of_scripts.words_of: words_of_scripts.words_of,
    words_of_scripts.trigrams_of: lambda t: words_of_scripts.trigrams_of(t.split(" ")),
    words_of_scripts.is_part: lambda t: [words_of_scripts.is_part(char) for char in t],
    words_of_scripts.script_of: lambda t: [words_of_scripts.script_of(char) for char in t],
    tracks.is_truncated: lambda t: tracks.is_truncated(
        [
            {
                "@type": "General",
                "Format": "MPEG-4",
                "extra": {"IsTruncated": "Yes", "ConformanceErrors": {"a": t}},
            }
        ]
    ),
    ttml.is_ttml: lambda t: ttml.is_ttml(f"<{t}"),
    ttml.read_ttml: ttml.read_ttml,
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
    spelling.plain_key: spelling.plain_key,
    bodies.bare: lambda t: bodies.bare(t, scope.Scope("o", t)),
    oss_records.is_folder: oss_records.is_folder,
    oss_records.is_left_by_tools: oss_records.is_left_by_tools,
    scope.quoted: scope.quoted,
    times.parse_time: times.parse_time,
}

# --- readers of decoded JSON ---------------------------------------------------------------------

VALUE_READERS: dict[Callable[..., Any], Read] = {
    bounded_copy.bounded_copy: lambda v: bounded_copy.bounded_copy(
        v, 4_000_000, redaction.without_secrets, frozenset({"x"})
    ),
    canonical_json.canonical_document: lambda v: canonical_json.canonical_document({"a": v}),
    json_text.within_depth: json_text.within_depth,
    result_json.objects: lambda v: all_of(result_json.objects(v)),
    spelling.by_plain_key: lambda v: spelling.by_plain_key(v if isinstance(v, dict) else {}),
    spelling.values_of_key: lambda v: spelling.values_of_key(
        v if isinstance(v, dict) else {}, "jobid"
    ),
    spelling.with_documented_keys: lambda v: spelling.with_documented_keys(
        v if isinstance(v, dict) else {}, frozenset({"Result", "State"})
    ),
    answer.read_answer: lambda v: answer.read_answer(
        "mps", ID, {**mps_answer(), "Result": v, "Output": v, "OutputFiles": v, "State": "Fail"}
    ),
    job_facts.given_text: job_facts.given_text,
    failure.failure_reason: lambda v: failure.failure_reason({"Result": v}, v),
    places.path_of: places.path_of,
    places.output_location: lambda v: places.output_location({"Output": v, "OutputUrls": v}, None),
    result.read_result: result.read_result,
    result.is_nothing: result.is_nothing,
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
}

# --- readers of bytes ----------------------------------------------------------------------------


def reading(body: bytes) -> Callable[[int, int], bytes]:
    """Make a function that reads parts of a file."""
    return lambda start, length: body[start : start + length]


BYTE_READERS: dict[Callable[..., Any], Read] = {
    json_text.size_within_json: json_text.size_within_json,
    json_text.decode_answer: unless(ValueError)(json_text.decode_answer),
    declared_encoding.declared_encoding: declared_encoding.declared_encoding,
    legacy_encodings.legacy_encoding: legacy_encodings.legacy_encoding,
    text_encoding.decode_text: text_encoding.decode_text,
    sniffing.content_type: sniffing.content_type,
    stored_encoding.decode_stored: lambda b: [
        stored_encoding.decode_stored(body, "gzip", 8_000_000)
        for body in (b, b"\x1f\x8b\x08\0" + bytes(6) + b, gzip.compress(b, 1))
    ],
    sniffing.is_html: sniffing.is_html,
    sniffing.holds_controls: lambda b: sniffing.holds_controls(b.decode("latin-1")),
    captions.read_captions: lambda b: all_of(captions.read_captions(b, CONTEXT)),
    captions.webvtt: captions.webvtt,
    captions.plays_as_webvtt: captions.plays_as_webvtt,
    result_files.read_beats: lambda b: all_of(result_files.read_beats(b, CONTEXT)),
    result_files.read_segments: lambda b: all_of(result_files.read_segments(b, CONTEXT)),
    speech.read_speech: lambda b: all_of(speech.read_speech(b, CONTEXT)),
    speech.read_transcript: lambda b: all_of(speech.read_transcript(b, CONTEXT)),
    speech.timed_speech: lambda b: speech.timed_speech(b.decode("latin-1")),
    result_json.json_of: lambda b: result_json.json_of(b.decode("latin-1")),
    result_json.document_of: lambda b: result_json.document_of(b.decode("latin-1")),
    unknown_content.unknown_content: lambda b: unknown_content.unknown_content(
        b.decode("latin-1"), CONTEXT
    ),
    unknown_content.form_of: lambda b: unknown_content.form_of(b.decode("latin-1")),
    picture_headers.picture_size: lambda b: [
        picture_headers.picture_size(kind, len(b), reading(b)) for kind in picture_headers.PICTURES
    ],
    **{
        measure: lambda b, measure=measure: measure(Parts(len(b), reading(b)))  # type: ignore[misc]
        for measure in (
            adts.adts_length,
            amr.amr_length,
            dolby.dolby_length,
            flash_video.flash_video_length,
            mpeg_audio.mpeg_audio_length,
            ogg.ogg_length,
            program_stream.program_stream_length,
            tags.end_of_sound,
            tags.end_of_tags,
            transport_stream.transport_stream_length,
            wave.is_unsized,
            wave.short_header,
            wave.wave_length,
        )
    },
    avi.avi_duration: lambda b: avi.avi_duration(Parts(len(b), reading(b))),
    fragments.declared_size: lambda b: fragments.declared_size(Parts(len(b), reading(b))),
    fragments.fragments_duration: lambda b: fragments.fragments_duration(Parts(len(b), reading(b))),
    outer_parts.missing_box: lambda b: [
        outer_parts.missing_box(Parts(len(b), reading(b)), has_samples=has_samples)
        for has_samples in (False, True)
    ],
    outer_parts.is_all_there: lambda b: [
        outer_parts.is_all_there(kind, Parts(len(b), reading(b)))
        for kind in ("audio/aiff", "video/mp4", "video/webm", "video/x-msvideo")
    ],
    frames.seconds_of_packet: lambda b: [
        frames.seconds_of_packet(b, parse, sync) for parse, sync in clock_marks.FRAMES
    ],
    fronts.short_front: lambda b: [
        fronts.short_front(kind, Parts(len(b), reading(b))) for kind in ("audio/flac", "audio/wav")
    ],
    picture_headers.segment_length: picture_headers.segment_length,
    picture_facts.picture_facts: lambda b: [
        picture_facts.picture_facts(kind, (1, 1), len(b), reading(b))
        for kind in picture_headers.PICTURES
    ],
    picture_ends.missing_bytes: lambda b: [
        picture_ends.missing_bytes(kind, len(b), reading(b)) for kind in picture_headers.PICTURES
    ],
    heif.read_still: lambda b: heif.read_still(len(b), reading(b)),
    tiff.first_directory: lambda b: tiff.first_directory(reading(b)),
    read_part: lambda b: read_part(reading(b), 0, len(b)),
    mp4_boxes.boxes_in: lambda b: all_of(mp4_boxes.boxes_in(b, 0, len(b))),
    mp4_boxes.clean_aperture: mp4_boxes.clean_aperture,
    mp4_tracks.mp4_tracks: lambda b: mp4_tracks.mp4_tracks(len(b), reading(b)),
    matroska.matroska_tracks: lambda b: matroska.matroska_tracks(len(b), reading(b)),
    matroska.segments_end: lambda b: matroska.segments_end(Parts(len(b), reading(b))),
    described.describe: lambda b: [
        described.describe(kind, len(b), reading(b)) for kind in ("video/mp4", "video/webm")
    ],
    rfc6381.avc: lambda b: rfc6381.avc("avc1", b),
    rfc6381.hevc: lambda b: rfc6381.hevc("hvc1", b),
    rfc6381.has_alpha: rfc6381.has_alpha,
    rfc6381.av1: lambda b: rfc6381.av1("av01", b),
    rfc6381.vpx: lambda b: rfc6381.vpx("vp09", b),
    rfc6381.aac: rfc6381.aac,
    rfc6381.elementary: lambda b: rfc6381.elementary("mp4v", b),
    sample_tables.sample_tables: lambda b: sample_tables.sample_tables(len(b), reading(b)),
    mp4_boxes.header: mp4_boxes.header,
    ranking.status_of: lambda b: ranking.status_of(StoredObject(b, "e", len(b), {})),
    ranking.rank_of: lambda b: ranking.rank_of(StoredObject(b, "e", len(b), {})),
    wide_text.wide_encoding: wide_text.wide_encoding,
    wide_text.utf8_chunks: lambda b: all_of(
        wide_text.utf8_chunks(b[at : at + 8192] for at in range(0, len(b), 8192))
    ),
}
