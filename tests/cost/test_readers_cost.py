"""Twice the hostile input costs at most about twice the time, for every reader of foreign data."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from mps_manifest.formats.text.legacy_encodings import legacy_encoding
from tests.cost.cases import CASES
from tests.cost.hostile import BYTES, TEXTS, VALUES
from tests.cost.measuring import SMALL, cpu_time, growth, too_long
from tests.cost.readers import BYTE_READERS, TEXT_READERS, VALUE_READERS, Read
from tests.soaks import THIRDS, third_of, with_soaks
from tests.unit.test_architecture import MODULES

Reader = Callable[..., Any]
Table = Mapping[Callable[..., Any], Read]
Inputs = Mapping[str, Callable[[int], Any]]

pytestmark = pytest.mark.slow

# why a public function of a pure room is not measured
CHEAP = {
    "mps_manifest.files.media_types.decided_type": "takes what two others have found",
    "mps_manifest.files.output_templates.template_of": "compile_template does the work",
    "mps_manifest.files.output_templates.result_type": "file_contexts calls it for each file",
    "mps_manifest.files.resources.one_per_object": "listed_resources calls it",
    "mps_manifest.files.media_types.same_type": "compares two names of types",
    "mps_manifest.files.media_types.is_media": "looks at the beginning of a type",
    "mps_manifest.formats.sound.adts.adts_frame": "looks at seven bytes",
    "mps_manifest.formats.containers.clock_marks.marked_duration": "readers of streams call it",
    "mps_manifest.formats.containers.clock_marks.read_packet": "looks at the beginning of a packet",
    "mps_manifest.formats.containers.declared_sizes.is_placeholder": "takes a number",
    "mps_manifest.formats.containers.declared_sizes.lacking": "takes numbers",
    "mps_manifest.formats.sound.dolby.dolby_frame": "looks at six bytes",
    "mps_manifest.formats.sound.frames.framed_duration": "readers of frames call it",
    "mps_manifest.formats.sound.frames.frames": "framed_duration calls it",
    "mps_manifest.formats.sound.frames.possible_starts": "seconds_of_packet calls it",
    "mps_manifest.formats.media.lengths.length_of": "calls one of the readers of lengths",
    "mps_manifest.formats.sound.mpeg_audio.mpeg_audio_frame": "looks at four bytes",
    "mps_manifest.formats.media.parts.rounded": "takes numbers",
    "mps_manifest.formats.containers.program_stream.program_stream_packets": "its length calls it",
    "mps_manifest.formats.media.tracks.may_be_truncated": "is_truncated does the same",
    "mps_manifest.formats.media.sanity.sane": "looks at each fact",
    "mps_manifest.parsing.strict_xml.strict_parser": "makes a parser, which reads for others",
    "mps_manifest.formats.result_json.first_of": "looks for a few names",
    "mps_manifest.formats.containers.transport_stream.transport_stream_packets": "its length calls",
    "mps_manifest.files.media_types.has_reader": "compares names of types",
    "mps_manifest.files.media_types.must_have_facts": "compares names of types",
    "mps_manifest.formats.media.described.codecs_of": "joins the names of few tracks",
    "mps_manifest.formats.pictures.tiff.orientation_of": "looks at one number",
    "mps_manifest.formats.result_files.read_content": "calls one of the readers below it",
    "mps_manifest.formats.timed_text.captions.captions_of": "read_captions calls it",
    "mps_manifest.formats.unknown_content.unknown_encoding": "writes a note",
    "mps_manifest.formats.stored_encoding.most_bytes": "looks at the beginning of a header",
    "mps_manifest.jobs.job_facts.job_facts": "read_answer calls it",
    "mps_manifest.jobs.job_facts.text_digest": "hashes a text once",
    "mps_manifest.jobs.job_files.files_of": "read_answer calls it",
    "mps_manifest.manifests.document.build_given_up_manifest": "takes a number",
}


OF_A_SAMPLE = {legacy_encoding}
"""Readers that try dozens of things with the same few thousand bytes of any input."""


def marked(readers: Iterable[Reader], without: Collection[Reader] = ()) -> list[ParameterSet]:
    """Return parameters of a test; those that take minutes only make soak runs."""
    return with_soaks([each for each in readers if each not in without], OF_A_SAMPLE)


def problems_of(
    table: Table, reader: Callable[..., Any], inputs: Inputs, third: int, size: int = SMALL
) -> list[str]:
    found = []
    for name, make in third_of(inputs, [*table].index(reader), third).items():
        wrong = growth(make, table[reader], size)
        if wrong:
            found.append(f"{name}: {wrong}")
    return found


def called(reader: Callable[..., Any]) -> str:
    return f"{reader.__module__.rpartition('.')[2]}.{reader.__name__}"


@pytest.mark.parametrize("third", THIRDS)
@pytest.mark.parametrize("reader", TEXT_READERS, ids=called)
def test_readers_of_text_are_linear(reader: Callable[..., Any], third: int) -> None:
    """One text of a stranger must not hold the interpreter, and with it all other jobs."""
    assert problems_of(TEXT_READERS, reader, TEXTS, third) == []


@pytest.mark.parametrize("third", THIRDS)
@pytest.mark.parametrize("reader", VALUE_READERS, ids=called)
def test_readers_of_decoded_json_are_linear(reader: Callable[..., Any], third: int) -> None:
    """An answer may be as broad and as deep as its decoder lets through."""
    assert problems_of(VALUE_READERS, reader, VALUES, third, SMALL // 2) == []


@pytest.mark.parametrize("third", THIRDS)
@pytest.mark.parametrize("reader", marked(BYTE_READERS), ids=called)
def test_readers_of_files_are_linear(reader: Callable[..., Any], third: int) -> None:
    """A result file of 8 MiB may hold whatever somebody has put there."""
    assert problems_of(BYTE_READERS, reader, BYTES, third) == []


@pytest.mark.parametrize("name", CASES)
def test_readers_of_many_things_are_linear(name: str) -> None:
    """Thousands of files, findings or keys cost what each of them costs."""
    case = CASES[name]
    assert growth(case.make, case.read, case.size) == ""


@pytest.mark.soak
@pytest.mark.parametrize("table", [TEXT_READERS, BYTE_READERS], ids=["text", "files"])
def test_no_reader_takes_more_than_seconds_for_a_large_input(table: Table) -> None:
    """A large constant is as bad as a square: the worst inputs, at a megabyte."""
    inputs: Inputs = TEXTS if table is TEXT_READERS else BYTES
    found = {}
    for reader, read in table.items():
        costs = {name: _cost(read, make) for name, make in inputs.items()}
        worst = max(costs, key=lambda name, costs=costs: costs[name])  # type: ignore[misc]
        if wrong := too_long(inputs[worst], read):
            found[called(reader), worst] = wrong
    assert found == {}


def _cost(read: Read, make: Callable[[int], Any]) -> float:
    return cpu_time(read, make(SMALL // 10), 1)


# --- nothing is forgotten ------------------------------------------------------------------------


def pure_modules() -> Iterator[ModuleType]:
    """Yield the modules that read what strangers write, and do nothing else."""
    for name in MODULES:
        room = name.split("/")[0]
        if room in {"parsing", "jobs", "formats"} or name in {
            "files/context.py",
            "files/media_types.py",
            "files/output_templates.py",
            "files/resources.py",
            "manifests/analysis.py",
            "manifests/document.py",
            "manifests/ranking.py",
        }:
            module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            yield import_module(f"mps_manifest.{module}")


def test_every_reader_is_measured_or_cheap_for_a_reason() -> None:
    """A new one that is forgotten would be the next that a stranger finds."""
    measured = {*TEXT_READERS, *VALUE_READERS, *BYTE_READERS, *(case.of for case in CASES.values())}
    missing = [
        f"{module.__name__}.{name}"
        for module in pure_modules()
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_")
        and function.__module__ == module.__name__
        and function not in measured
        and f"{module.__name__}.{name}" not in CHEAP
    ]
    assert missing == []
    assert len(measured) > 60
