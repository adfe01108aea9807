"""Read the result files of algorithms: beats and segments here, speech and captions beside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any

from mps_manifest.formats.findings import Beats, Content, FileContext
from mps_manifest.formats.result_json import document_of, json_of, objects
from mps_manifest.formats.text.text_encoding import decode_text
from mps_manifest.formats.timed_text.captions import read_captions
from mps_manifest.formats.timed_text.speech import read_speech, read_transcript
from mps_manifest.formats.unknown_content import unknown_content, unknown_encoding
from mps_manifest.jobs.result_readers import Segment, choruses, slides
from mps_manifest.parsing.numbers import milliseconds
from mps_manifest.parsing.spelling import plain_key
from mps_manifest.problems import Problem, note

Reader = Callable[[bytes, FileContext], Iterator[Content]]

_NAMED_LIST = re.compile(
    r"\b(beat_?list|down_?beat_?list)[\"']?[ \t]{0,9}[:=]\s{0,9}(\[[^\[\]]*\])", re.IGNORECASE
)
_MOST_LISTS = 100


def read_content(role: str, body: bytes, context: FileContext) -> Iterator[Content]:
    """Read a result file with a role in READABLE; never raises, whatever the bytes are."""
    yield from _READERS[role](body, context)


# --- beats -------------------------------------------------------------------------------------


def read_beats(body: bytes, context: FileContext) -> Iterator[Content]:
    """Read the beats of a song: lists of seconds named BeatList and DownBeatList.

    The format is not documented (facts/mps.md section 2), so they are accepted at any depth of a
    JSON document and as lines of a name and a list.
    """
    text = decode_text(body).text
    lists = _beat_lists(document_of(text)) or _named_lists(text)
    if "beatlist" not in lists:
        yield unknown_content(text, context)
        return
    unreadable = 0
    found = {}
    for name, values in lists.items():
        times = [milliseconds(value, 1000) for value in values[: context.most_findings]]
        found[name] = tuple(time for time in times if time is not None)
        unreadable += times.count(None)
    if any(len(values) > context.most_findings for values in lists.values()):
        yield _too_much(context)
    if unreadable:
        title = "Expected a number; the value was ignored"
        yield note("unreadable-number", title, f"{unreadable} beats")
    yield Beats(found["beatlist"], found.get("downbeatlist", ()))


def _beat_lists(value: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for item in objects(value):
        for key, inner in item.items():
            name = plain_key(key)
            if name in {"beatlist", "downbeatlist"}:
                inner_list = json_of(inner) if isinstance(inner, str) else inner
                if isinstance(inner_list, list):
                    found.setdefault(name, inner_list)
    return found


def _named_lists(text: str) -> dict[str, list[Any]]:
    named = islice(_NAMED_LIST.finditer(text), _MOST_LISTS)
    lists = ((found[1], json_of(found[2])) for found in named)
    return {plain_key(name): values for name, values in lists if isinstance(values, list)}


# --- segments ----------------------------------------------------------------------------------


def read_segments(body: bytes, context: FileContext) -> Iterator[Content]:
    """Read time ranges of the input, in the same formats as in answers."""
    decoded = decode_text(body)
    value = document_of(decoded.text)
    every = chain(choruses(value, ""), slides(value, ""))
    found = list(islice(every, context.most_findings + 1))
    segments = [f for f in found[: context.most_findings] if isinstance(f, Segment)]
    if not segments and not _is_empty(value):
        yield unknown_content(decoded.text, context)
        return
    if len(found) > context.most_findings:
        yield _too_much(context)
    if not decoded.sound and any(_is_doubtful(segment) for segment in segments):
        yield unknown_encoding(decoded, "titles")
        segments = [s._replace(title=None) if _is_doubtful(s) else s for s in segments]
    yield from segments
    # their pointers are into this file, and a manifest has pointers into the answer only
    problems = (f for f in found[: context.most_findings] if isinstance(f, Problem))
    yield from (f._replace(pointer="") for f in problems)


def _is_doubtful(segment: Segment) -> bool:
    """Return whether the title of a segment says another thing in another encoding."""
    return segment.title is not None and not segment.title.isascii()


def _is_empty(value: Any) -> bool:
    """Return whether a document is a valid result without findings."""
    lists = [o[k] for o in objects(value) for k in o if plain_key(k) in {"result", "splitresult"}]
    return value in ([], {}) or [] in lists


# --- all ---------------------------------------------------------------------------------------


def _too_much(context: FileContext) -> Problem:
    title = "The file has too many findings; the rest was left out"
    return note("too-much-found", title, f"at most {context.most_findings} findings are read")


_READERS: dict[str, Reader] = {
    "beats": read_beats,
    "captions": read_captions,
    "segments": read_segments,
    "timestamps": read_speech,
    "transcript": read_transcript,
}
READABLE = frozenset(_READERS)
