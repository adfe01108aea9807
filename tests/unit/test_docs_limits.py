"""The page for operators has every limit of the code, with its value, and no other."""

from __future__ import annotations

import ast
import importlib
import re
from operator import attrgetter
from pathlib import Path

import pytest

from mps_manifest import job_limits
from mps_manifest.errors import ConfigurationError
from mps_manifest.job_ids import is_job_id
from mps_manifest.workflow.outcome import Tally
from tests.memory.test_peaks import PEAK
from tests.unit.samples import settings

ROOT = Path(__file__).parents[2]
CODE = ROOT / "functions/manifest/mps_manifest"
PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("\n## Limits\n")[2].partition("\n## ")[0]
ROWS = [
    (limit.strip(), said.strip())
    for limit, said in re.findall(r"^\| (?!limit |---|\*\*)(.*?)\|(.*?)\|", TABLE, re.MULTILINE)
]
RANGES = re.findall(r"`([A-Z_]+)` ([\d.]+) to ([\d,]+\d)", TABLE)
NUMBER = re.compile(r"\b\d+(?:[,.]\d+)*")

# Where a limit is in the code, and the words of the page: `n` is its value, `size` in MiB or KiB
LIMITS = {
    # events, messages, tickets
    "job_limits.MAX_JSON_BYTES": "{size} and 500,000 values of one JSON text",
    "events.payloads.MAX_VALUES": "{n} values of one JSON text",
    "parsing.json_text.MAX_ELEMENTS": "{n} values of a JSON text in which something must be",
    "events.loose_json.MAX_LOOSE_BYTES": "{size} of one with comments",
    "events.line_windows.LONGEST_LINE": "{size} of a line of text that is read as a whole",
    "events.mns_xml._MAX_BYTES": "{size} of one XML text",
    "events.others._MOST_BYTES": "{size} of elements of a batch that are no messages",
    "events.scope.MAX_NESTING": "{n} envelopes, or texts within texts",
    "events.notifications._MAX_SEARCH_DEPTH": "{n} levels of an IMS event's `MessageBody`",
    "events.bodies._MAX_TOKEN": "{n} characters of a task token",
    "events.scope.MAX_NAMED_FAULTS": "{n} faults of a message, a record or a ticket",
    "events.scope._QUOTED": "{n} characters of each value quoted",
    "job_limits.MAX_FAULTS": "{n} characters of a quarantine entry's `reason`",
    "job_limits.MAX_ORIGIN": "{n} characters of an `origin`",
    "state.tickets._KEPT_BYTES": "{size} of a ticket's body in its quarantine entry",
    "limits.lru_set.CAPACITY": "{n} different jobs and tickets of one event",
    # answers of the job API
    "job_limits.LONGEST_ANSWER": "{size} of an answer",
    "parsing.json_text.MAX_DEPTH": "{n} levels of it",
    "parsing.json_text._MAX_DOCUMENTS": "{n} JSON documents one after the other",
    "job_limits.MAX_ANSWER_BYTES": "{size} and 160 levels of an answer in a manifest",
    "parsing.bounded_copy._DEEPEST": "{n} levels of an answer in a manifest",
    "job_limits.MAX_FINDINGS": "{n} findings in an answer",
    "parsing.numbers._LIMIT": "{n} (2 to the power of 53)",
    "job_limits.MAX_FACT_BYTES": "{n} bytes of each text in `job`",
    "adapters.production_api._MAX_MESSAGE": "{n} characters of an API error's message",
    "adapters.production_api._MAX_CODE": "{n} of its code",
    "manifests.search_metadata.MAX_INDEXED": "{n} bytes of each value in a manifest's metadata",
    # files
    "job_limits.MAX_FILES": "{n} files of a job",
    "parsing.locations.MAX_KEY_BYTES": "{n} bytes of an object's key",
    "formats.pictures.picture_facts.ANIMATION_LIMIT": "{size} of an animated picture",
    "job_limits.MAX_TEXT": "{n} characters of what is listed in place of a path",
    "job_limits.MAX_TEMPLATE_KEYS": "{n} keys with the prefix of an output template",
    "files.output_templates.TRIALS": "{n} trials for a template",
    "files.output_templates.MAX_PLACEHOLDERS": "{n} placeholders of an output template",
    "files.template_search._NAMED_CANDIDATES": "{n} candidates of an `ambiguous` file",
    "formats.stored_encoding._MOST_PIECES": "{n} pieces of a gzip file",
    "job_limits.MAX_CUES": "{n} captions,",
    "job_limits.MAX_CAPTION_LINES": "{n} lines of a caption file",
    "formats.timed_text.captions._MAX_ELABORATE": "{n} characters, 50,000 lines",
    "formats.timed_text.captions._MAX_LINE": "{n} characters of one line of captions",
    "job_limits.MAX_WEBVTT": "{n} characters of WebVTT",
    "formats.text.text_encoding.SHOWN": "{n} characters of content that was not recognized",
    "files.range_reader._CAP": "{size} of a media file",
    "adapters.mediainfo._MOST_PARTS": "in {n} reads",
    "adapters.mediainfo_worker._CPU_SECONDS": "{n} s of CPU time",
    "adapters.mediainfo_worker._ADDRESS_SPACE": "{size} of memory for the parser",
    # manifests
    "job_limits.MAX_MANIFEST_BYTES": "{size} of a manifest",
    "job_limits.MAX_DETAIL": "{n} characters of a problem's `detail`",
    "job_limits.MAX_TITLE": "{n} of a `title`, a `tag` or a grade",
    "job_limits.MAX_POINTER": "{n} characters of a `pointer`",
    "adapters.oss._VERSIONS": "{n} newest versions of a manifest",
    # what the function says
    "workflow.outcome.MAX_RETURN_BYTES": "{size} of a return value",
    "job_limits.MAX_REASON": "{n} characters of a `reason` in it",
    "adapters.telemetry._MAX_FIELD": "{n} characters of a text in a log line",
    "adapters.telemetry._MAX_LINE": "{n} bytes of the line",
    "workflow.intake._LOGGED": "{n} log lines for jobs of one direct call",
    "workflow.announcers.MAX_CAUSE": "{n} bytes of a cause that CloudFlow gets",
    "workflow.announcers.MAX_OUTPUT_BYTES": "{size} of an output",
    "job_limits.MAX_ERROR": "{n} characters of a `TemporarilyUnavailable`",
    "job_limits.MAX_FAILED_EVENT": "{size} of an event, as text within JSON",
    "job_limits.MAX_ASYNC_EVENT": "{size} of an event of which a copy is kept",
    # backlog and sweeps
    "state.backlog._MAX_REASON": "{n} characters of a backlog entry's `reason`",
    "state.backlog._MAX_STATE": "{n} characters of its `state`",
    "state.backlog._MAX_ENTRY_BYTES": "{size} of a backlog entry",
    "state.unannounced._MAX_BYTES": "{size} of a note in `unannounced/`",
    "manifests.announcement.MAX_ANNOUNCEMENT_BYTES": "{size} of an announcement",
    "state.starts._MAX_BYTES": "{size} of a record in `started/`",
    "state.tasks._MAX_BYTES": "{size} of a task's list",
    "manifests.locks._MAX_LOCK_BYTES": "{n} bytes of a lock",
    "state.tickets._MAX_PROGRESS_BYTES": "{n} bytes of a lock or a ticket's progress",
    "workflow.sweep_backlog._MAX_TICKETS": "{n} parked tickets",
    "events.bulk.FIRST_JOBS": "{n} urgent jobs of an event or a ticket",
    "state.due_entries._MOST_KNOWN": "{n} bulk entries that a sweep remembers",
    "state.durations._MOST_ALGORITHMS": "{n} algorithms",
    "state.durations._MOST_JOBS": "{n} durations of each",
    "state.durations._LONGEST": "{days} days of one",
    "state.durations._MAX_BYTES": "{size} of `durations.json`",
    "state.starts._MAX_READ": "{n} records in `started/` for each sweep",
    "limits.retry_policy.DEFAULT_POLICY.uninspected_from": "{n} starts of a job that never ended",
    "limits.retry_policy.DEFAULT_POLICY.given_up_from": "{n} starts of a job that never ended",
    "limits.retry_policy.DEFAULT_POLICY.ticket_given_up_from": "{n} of a ticket",
    "limits.retry_policy.DEFAULT_POLICY.look_again": "{n} s since a job was first `partial`",
    "manifests.locks.LOCK_SECONDS": "{n} s of the lock of a manifest",
    "manifests.locks._MARGIN": "the last {n} s",
    # time and memory
    "limits.deadline._CALLS_PER_TIMEOUT": "1/{n} of the timeout",
    "limits.deadline._SHORTEST_CALL": "from {n} s",
    "limits.deadline._LONGEST_CALL": "to {n} s",
    "limits.retry_policy.DEFAULT_POLICY.query_tries": "{n} calls for one query",
    "limits.retry_policy.DEFAULT_POLICY.lock_tries": "{n} attempts at a lock",
    # no constants of the package
    "MAX_PARSED_BYTES": "`MAX_PARSED_BYTES` ({size} unless set)",
    "reasons": "{n} reasons of a `TemporarilyUnavailable`",
    "job ID": "{n} characters of a job ID",
    "job_limits.SHORT_ANSWER": "{size} of an answer that is held",
    "limits.held_bytes.FREE": "{size} of the result files of a job",
    "limits.held_bytes._ROOM": "{size} of larger ones",
    "memory": "{n} MB of memory for the process",
}
# The same limit of something else
TWICE = {
    "{n} values in an answer": "parsing.json_text.MAX_ELEMENTS",
    "{n} values in `Result`": "parsing.json_text.MAX_ELEMENTS",
    "{n} levels, 100 JSON documents": "parsing.json_text.MAX_DEPTH",
    "{n} values of a JSON result file": "parsing.json_text.MAX_ELEMENTS",
    "a file's share of {n} findings": "job_limits.MAX_FINDINGS",
    "{n} entries in `analysis`": "job_limits.MAX_FINDINGS",
    "{n} in `problems`": "job_limits.MAX_FINDINGS",
    "{n} lines, 2,000 characters of one line": "job_limits.MAX_CUES",
    "{n} bytes of a WebVTT's key": "parsing.locations.MAX_KEY_BYTES",
}
# What is named like a limit, and met by nobody
INNER = {
    "limits.quota_shares._MOST_SHARES": "their number changes nothing for a user",
    "limits.store_time._LONGEST": "older answers say nothing of the time",
    "state.leases._KEPT": "a lease that is over may be deleted at any time",
    "adapters.memory._M_ARENA_MAX": "the name of a setting of the C library",
    "adapters.connections._DEFAULT_LIMIT": "each invocation sets its own",
    "adapters.mediainfo._LONGEST_PART": "MediaInfo asks for less at a time",
    "adapters.mediainfo._LONGEST_PATIENCE": "an invocation has less time for a file",
    "adapters.mediainfo_worker._LONGEST_EXTRA": "no fact of a file is as long",
    "adapters.mediainfo_worker._LONGEST_TEXT": "no fact of a file is as long",
    "adapters.production_api._MAX_XML_ERROR": "no error is as long",
    "adapters.mns._MOST_READ": "no answer is as long",
    "state.unannounced._MAX_TRIES": "nothing is tried as often",
    "state.unannounced._MOST_AHEAD": "the next note names the others",
    "events.id_tables._LONGEST": "no heading is as long",
    "events.oss_records._LONGEST_KEY": "no key is as long, even encoded",
    "jobs.answer._MAX_WORD": "no state is as long",
    "parsing.locations._LONGEST_URL": "no address of a key that OSS takes is as long",
    "adapters.oss_session._LONGEST_DOCUMENT": "no page of a list is as long",
    "events.loose_json._MOST_VALUES": "a megabyte has fewer that name a job",
    "events.mns_xml._MAX_DEPTH": "a notification has two levels",
    "events.other_products._LONGEST": "no type is as long",
    "events.scope._KEPT_AS_BYTES": "the same is kept, as text or as bytes",
    "events.times._LONGEST": "no time is as long",
    "bootstrap._INITIALIZE_CALL_LIMIT": "the question is asked again when it matters",
    "files.range_reader._LONGEST_STEP": "how far to read ahead",
    "formats.media.codecs._LONGEST": "no codec's name is as long",
    "formats.text.language._MOST_REPLACED": "a share: beyond it no language is told",
    "formats.text.legacy_encodings._MOST_LATIN": "a ratio: beyond it none of East Asia is told",
    "formats.text.language_tags._LONGEST_TAG": "no tag is as long",
    "formats.text.words_of_scripts._LONGEST_WORD": "few words are as long, and many others tell",
    "formats.text.words_of_scripts._MOST_REMEMBERED": "others are looked up anew",
    "formats.media.codecs._LONGEST_TAG": "no tag is as long",
    "formats.pictures.heif._MOST_META": "no picture has as many tiles",
    "formats.containers.matroska._MOST_ELEMENTS": "there are about five before the first cluster",
    "formats.containers.matroska._MOST_TRACKS": "no description of tracks is as long",
    "formats.containers.mp4_tracks._MOST_DESCRIPTION": "no description of a track is as long",
    "formats.containers.mp4_tracks._MOST_REFERENCES": "no track has as many chapters' tracks",
    "formats.pictures.picture_ends._MOST_CHUNKS": "then nothing is said to be missing",
    "formats.pictures.picture_facts._MOST_BLOCKS": "an animation of the limit has fewer",
    "formats.pictures.picture_facts._MOST_CHUNKS": "an animation of the limit has fewer",
    "formats.pictures.tiff._MOST_DIRECTORIES": "there is one preview",
    "formats.pictures.tiff._MOST_ENTRIES": "no directory has as many",
    "formats.sniffing._LARGEST_SKIPPED": "no file begins with as much that is empty",
    "formats.stored_encoding._MOST_PER_BYTE": "no byte becomes more when it is decoded",
    "formats.media.tracks._LARGEST": "no picture is as large",
    "formats.media.tracks._MOST_LANGUAGES": "nothing is spoken in as many",
    "formats.containers.mp4_boxes._MOST": "then all of the index is read",
    "formats.pictures.picture_headers.MOST_SEGMENTS": "then MediaInfo reads the picture",
    "formats.result_files._MOST_LISTS": "a file of beats has two lists",
    "formats.containers.sample_tables._LONGEST": "what four bytes hold",
    "formats.timed_text.substation._MOST_FIELDS": "a line of captions has ten fields",
    "formats.timed_text.ttml._MAX_DEPTH": "captions have a dozen levels",
    "formats.media.tracks._HIGHEST_RATE": "no video has as many frames a second",
    "formats.containers.avi._MOST_CHUNKS": "no header has as many streams",
    "formats.containers.clock_marks._LONGEST_FRAME": "no packet lasts as long",
    "formats.containers.clock_marks._MOST_STREAMS": "then there is no duration",
    "formats.containers.flash_video._LARGEST": "no video lasts as long",
    "formats.containers.flash_video._MOST_TAGS": "no more come before the first picture or sound",
    "formats.containers.fragments._LARGEST_FRAGMENT": "then there is no duration",
    "formats.containers.fragments._LARGEST_INDEX": "then there is no duration",
    "formats.containers.fragments._MOST_HOPS": "then there is no duration",
    "formats.containers.outer_parts._MOST_CHUNKS": "no film has as many gigabytes",
    "formats.sound.frames._LONGEST": "no frame is as long",
    "formats.sound.frames._MOST_FRAMES": "shorter frames than any format has",
    "formats.sound.fronts._MOST_BLOCKS": "then all of them are read",
    "formats.media.sanity._HIGHEST_FRAME_RATE": "no video has as many frames a second",
    "formats.media.sanity._HIGHEST_SAMPLE_RATE": "no sound has as many samples a second",
    "formats.media.sanity._LARGEST_PICTURE": "no picture is as large",
    "formats.media.sanity._LARGEST_VIDEO": "no video is as large",
    "formats.media.sanity._LONGEST_MS": "no file lasts as long",
    "formats.media.sanity._MOST_CHANNELS": "no sound has as many",
    "formats.sound.tags._MOST_TAGS": "then the next one is part of the sound",
    "formats.sound.wave._LARGEST_FORMAT": "no description of a format is as long",
    "formats.sound.wave._MOST_BITS": "no sample has as many",
    "formats.sound.wave._MOST_CHUNKS": "then there is no duration",
    "manifests.locks._MAX_STALE": "a later sweep deletes the others",
    "manifests.ranking.READ_AT_MOST": "no manifest of ours is larger",
    "parsing.locations._MOST_WORDS": "a sentence from a key: docs/manifest.md",
    "state.backlog._MAX_COUNT": "nothing is tried as often",
    "state.backlog._MAX_NAMES": "there are fewer announcers",
    "state.parked_tickets._MAX_ENTRY_BYTES": "an address, and a copy of an event, are shorter",
    "state.starts.LONGEST_INVOCATION": "Function Compute's own",
    "state.starts._KEPT": "said of the record: eight days",
    "state.starts._MAX_LISTED": "of these a hundred are read",
    "state.tasks._MAX_KNOWN": "then they are read again",
    "workflow.sweep_backlog._MAX_DUPLICATES": "the others remain due",
}
SAYS_A_LIMIT = re.compile(
    "MAX|MOST|LONGEST|LARGEST|HIGHEST|DEEPEST|LIMIT|CAP|TRIALS|KEPT|GIVEN_UP|NAMED|SHOWN|LOGGED"
)


def computed() -> dict[str, int]:
    """Return limits that are no constants of the package."""
    tally = Tally()
    for number in range(100):
        tally.add_lost(f"reason {number}")
    return {
        "MAX_PARSED_BYTES": settings().max_parsed_bytes,
        "reasons": len(tally.lost),
        "memory": PEAK // 10**6,
        "job ID": max(length for length in range(1000) if is_job_id("a" * length)),
    }


COMPUTED = computed()


def value_of(name: str) -> float:
    """Return the value of a constant of the package, or of an attribute of one."""
    if name in COMPUTED:
        return COMPUTED[name]
    module, constant = re.split(r"\.(?=_?[A-Z])", name, maxsplit=1)
    value = attrgetter(constant)(importlib.import_module(f"mps_manifest.{module}"))
    return value if isinstance(value, float) else int(value)


def written(value: float) -> dict[str, str]:
    """Write a value as the page does."""
    units = ((2**20, "MiB"), (2**10, "KiB"))
    size = next((f"{value / unit:g} {name}" for unit, name in units if value >= unit), "")
    return {"n": f"{value:,.17g}", "size": size, "days": f"{value / 86_400:g}"}


def numeric_constants() -> set[str]:
    """Name the numbers at the top of all modules whose names say that they are limits."""
    found = set()
    for path in CODE.rglob("*.py"):
        module = path.relative_to(CODE).with_suffix("").as_posix().replace("/", ".")
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            targets = getattr(node, "targets", [getattr(node, "target", None)])
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            found |= {f"{module}.{name}" for name in names if is_limit(module, name)}
    return found


def is_limit(module: str, name: str) -> bool:
    """Return whether a constant is a limit: all of job_limits.py, and numbers that say so."""
    if not name.strip("_").isupper() or not (module == "job_limits" or SAYS_A_LIMIT.search(name)):
        return False
    value = getattr(importlib.import_module(f"mps_manifest.{module}"), name)
    return isinstance(value, int | float)


PHRASES = [*LIMITS.items(), *((name, words) for words, name in TWICE.items())]


def test_the_table_was_found() -> None:
    """A pattern that matches nothing would let the other checks pass without checking."""
    assert len(ROWS) > 50


@pytest.mark.parametrize(("name", "words"), PHRASES)
def test_a_limit_is_on_the_page_with_its_value(name: str, words: str) -> None:
    """An operator who meets a limit looks for the number."""
    phrase = words.format(**written(value_of(name)))
    assert [row for row, _ in ROWS if phrase in row]


def test_no_limit_is_forgotten() -> None:
    """A limit that is added is put on the page, or told to be one that nobody meets."""
    found = numeric_constants()
    assert {f"job_limits.{name}" for name in vars(job_limits) if name.isupper()} <= found
    assert found - {*LIMITS, *INNER} == set()


def test_nothing_is_said_to_be_met_by_nobody_that_is_not_there() -> None:
    """A name that is left over would excuse the next constant of this name."""
    assert set(INNER) - numeric_constants() == set()
    assert set(INNER) & set(LIMITS) == set()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_every_number_of_a_row_is_a_limit_of_the_code(row: tuple[str, str]) -> None:
    """A number that nobody looks after is wrong one day; and so is one in what is said."""
    limit, said = row
    known = {number for _, *ends in RANGES for number in ends}
    for name, words in PHRASES:
        value = value_of(name)
        if words.format(**written(value)) in limit:
            known |= {number for text in written(value).values() for number in NUMBER.findall(text)}
            known |= {f"{value:g}", f"{value}"}
    quoted = " ".join(re.findall("`([^`]*)`", said))
    assert {*NUMBER.findall(limit), *NUMBER.findall(quoted)} - known - {"1", "2", "53"} == set()


@pytest.mark.parametrize(("name", "low", "high"), RANGES)
def test_a_setting_may_have_what_the_page_says_and_no_more(name: str, low: str, high: str) -> None:
    """Whoever sets a value tries what is allowed first."""
    ends = [text.replace(",", "") for text in (low, high)]
    for end in ends:
        settings(**{name.lower(): end})
    for beyond in (float(ends[0]) - 0.01, float(ends[1]) + 1):
        with pytest.raises(ConfigurationError, match=f"{name}: must be between"):
            settings(**{name.lower(): f"{beyond:.2f}"})


def test_every_setting_that_is_a_number_has_its_range_on_the_page() -> None:
    """A setting that is added has one, too."""
    source = (CODE / "settings.py").read_text(encoding="utf-8")
    numbers = re.findall(r'env\.read\(\s*"([A-Z_]+)",[^\n]*_(?:number|whole)\(', source)
    assert len(numbers) > 3
    assert sorted(name for name, _, _ in RANGES) == sorted(numbers)
