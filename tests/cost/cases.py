"""Readers of many things: files, findings, keys, cues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

from mps_manifest.files import context, labels, output_templates, resources
from mps_manifest.files.access import Access
from mps_manifest.files.resources import Resource
from mps_manifest.formats.findings import Beats, Media
from mps_manifest.formats.media import tracks
from mps_manifest.formats.timed_text import captions, cues, webvtt
from mps_manifest.jobs import answer, result, result_readers
from mps_manifest.jobs.job import Job, ListedFile, State
from mps_manifest.manifests import analysis, document, search_metadata
from mps_manifest.parsing.locations import Location
from mps_manifest.ports import ObjectFacts
from mps_manifest.problems import error, note
from tests.cost.readers import CONTEXT, Read, all_of, job
from tests.fakes import HOME
from tests.unit.samples import ID, files_answer, mps_answer, settings, with_data


class Case(NamedTuple):
    """A reader, how to make something of size n for it, and how to have it read."""

    of: Callable[..., Any]
    make: Callable[[int], Any]
    read: Read
    size: int = 4000


def timed(n: int) -> tuple[cues.Cue, ...]:
    return tuple(cues.Cue(number, number + 1, "x" * 500) for number in range(n))


def listed(n: int, path: str) -> Job:
    """Make a job that lists n files; `path` may have a number in it."""
    files = (ListedFile(path.format(k), f"/Result/{k}", ("captions",)) for k in range(n))
    return job(files=tuple(files))


def inspected(n: int) -> list[Resource]:
    """Make files with everything that there can be in them."""
    problems = tuple(note("odd", "Odd", "https://a?b" * 10) for _ in range(3))
    found = (Beats((1, 2), (3,)), captions.summarize_cues(timed(2), CONTEXT), *problems)
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
REPEATED = template("{sequenceId}{resultType}{sequenceId}{resultType}{sequenceId}")


def digits(n: int) -> list[str]:
    """Make keys of the longest length that a store has."""
    return [f"out/{number:06}" + "1" * 1000 for number in range(n)]


def halves(n: int) -> list[str]:
    """Make keys whose beginning never is their end, whatever length is tried."""
    return ["1" * 500 + f"a{number}-" + "2" * 500 for number in range(n)]


ACCESS = Access.of(settings())
CASES: dict[str, Case] = {
    "a summary of cues": Case(
        captions.summarize_cues, timed, lambda c: captions.summarize_cues(c, CONTEXT), 40_000
    ),
    "cues, and broken ones": Case(
        cues.gathered, lambda n: [*timed(n), *[None] * n], cues.gathered, 40_000
    ),
    "cues as WebVTT": Case(webvtt.written, timed, webvtt.written),
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
        resources.checked,
        lambda n: Resource(("a",), "", (), Location(HOME, "a" * n)),
        lambda resource: resources.checked(resource, ACCESS),
        1_000_000,
    ),
    "a fault of ours": Case(
        resources.internal_fault, lambda n: ValueError("x" * n), resources.internal_fault
    ),
    "keys and adjacent placeholders": Case(
        output_templates.match_template,
        digits,
        lambda keys: output_templates.match_template(ADJACENT, keys),
        2000,
    ),
    "keys and repeated placeholders": Case(
        output_templates.match_template,
        halves,
        lambda keys: output_templates.match_template(REPEATED, keys),
        400,
    ),
    "a long key": Case(
        output_templates.match_key,
        lambda n: "out/" + "1" * n,
        lambda key: output_templates.match_key(ADJACENT, key),
        2000,
    ),
    "the context of each file": Case(
        context.file_contexts,
        lambda n: (
            job(output_location=Location(HOME, REPEATED.text)),
            [Resource((k,), "", (), Location(HOME, k)) for k in halves(n)],
        ),
        lambda given: all_of(map(context.file_contexts(given[0], len(given[1])), given[1])),
        400,
    ),
    "the label of each file": Case(
        labels.with_labels,
        lambda n: (
            job(output_location=Location(HOME, REPEATED.text)),
            [Resource((k,), "", ("captions",), Location(HOME, k)) for k in halves(n)],
        ),
        lambda given: labels.with_labels(*given),
        400,
    ),
    "metadata of a long name": Case(
        search_metadata.metadata_of_named,
        lambda n: "名" * n,
        lambda name: search_metadata.metadata_of_named("mps", name),
        100_000,
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
        lambda reason: document.build_expired_manifest(
            document.NamedJob(ID, "mps"), settings(), reason
        ),
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
}
