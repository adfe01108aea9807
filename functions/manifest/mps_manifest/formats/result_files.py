"""Read the result files of algorithms: beats, segments, timed speech, captions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from mps_manifest.formats.captions import read_captions, summarize_cues
from mps_manifest.formats.cues import Cue
from mps_manifest.formats.findings import Beats, Captions, Content, FileContext
from mps_manifest.formats.text_encoding import decode_text, excerpt
from mps_manifest.jobs.result_readers import Segment, choruses, slides
from mps_manifest.parsing.json_text import (
    MAX_ELEMENTS,
    decode_json,
    element_count,
    within_depth,
)
from mps_manifest.parsing.numbers import milliseconds
from mps_manifest.problems import Problem, note

Reader = Callable[[bytes, FileContext], Iterator[Content]]

_NAMED_LIST = re.compile(
    r"\b(beat_?list|down_?beat_?list)[\"']?[ \t]{0,9}[:=]\s{0,9}(\[[^\[\]]*\])", re.IGNORECASE
)
_MOST_LISTS = 100
_STARTS = ("begintime", "starttime", "begin", "start")
_ENDS = ("endtime", "end")
_TEXTS = ("text", "word", "sentence")


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
    lists = _beat_lists(_document(text)) or _named_lists(text)
    if "beatlist" not in lists:
        yield _unknown(text, context)
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
    for item in _objects(value):
        for key, inner in item.items():
            name = _bare(key)
            if name in {"beatlist", "downbeatlist"}:
                inner_list = _json(inner) if isinstance(inner, str) else inner
                if isinstance(inner_list, list):
                    found.setdefault(name, inner_list)
    return found


def _named_lists(text: str) -> dict[str, list[Any]]:
    named = islice(_NAMED_LIST.finditer(text), _MOST_LISTS)
    lists = ((found[1], _json(found[2])) for found in named)
    return {_bare(name): values for name, values in lists if isinstance(values, list)}


# --- segments ----------------------------------------------------------------------------------


def read_segments(body: bytes, context: FileContext) -> Iterator[Content]:
    """Read time ranges of the input, in the same formats as in answers."""
    text = decode_text(body).text
    value = _document(text)
    every = chain(choruses(value, ""), slides(value, ""))
    found = list(islice(every, context.most_findings + 1))
    segments = [f for f in found[: context.most_findings] if isinstance(f, Segment)]
    if not segments and not _is_empty(value):
        yield _unknown(text, context)
        return
    if len(found) > context.most_findings:
        yield _too_much(context)
    yield from segments
    # their pointers are into this file, and a manifest has pointers into the answer only
    problems = (f for f in found[: context.most_findings] if isinstance(f, Problem))
    yield from (f._replace(pointer="") for f in problems)


def _is_empty(value: Any) -> bool:
    """Return whether a document is a valid result without findings."""
    lists = [o[k] for o in _objects(value) for k in o if _bare(k) in {"result", "splitresult"}]
    return value in ([], {}) or [] in lists


# --- speech ------------------------------------------------------------------------------------


def read_speech(body: bytes, context: FileContext) -> Iterator[Content]:
    """Read timed sentences or words, as recognition and synthesis write them.

    In milliseconds: `begin_time` and `end_time` of `subtitles` (the timestamps of speech synthesis,
    help.aliyun.com/zh/isi/developer-reference/timestamp-overview-1), `BeginTime` and `EndTime` of
    `Sentences` (recognition of recordings). Captions of any format are accepted, too.
    """
    decoded = decode_text(body)
    text = decoded.text
    cues = sorted(_timed(_document(text)), key=lambda cue: (cue.start_ms, cue.end_ms))
    if cues:
        yield summarize_cues(tuple(cues), context, is_sure=decoded.sound)
        return
    captions = list(read_captions(body, context)) if text.lstrip()[:1] != "{" else []
    if any(isinstance(found, Captions) and found.cues for found in captions):
        yield from captions
    elif text.strip():
        yield _unknown(text, context)
    else:
        yield Captions(0, language=None)


def _timed(value: Any) -> Iterator[Cue]:
    """Yield timed pieces of text, without those inside a piece, such as the words of a sentence."""
    if isinstance(value, list):
        for inner in _sentences(value):
            yield from _timed(inner)
    elif isinstance(value, Mapping):
        fields = {_bare(key): inner for key, inner in value.items()}
        cue = _cue(fields)
        if cue:
            yield cue
            return
        if fields.get("sentences"):
            fields.pop("words", None)  # the same speech, word by word
        for inner in fields.values():
            yield from _timed(inner)


def _sentences(pieces: list[Any]) -> list[Any]:
    """Return the sentences where a list marks them among words, else all pieces."""
    marked = [p for p in pieces if isinstance(p, Mapping) and p.get("sentence") is True]
    return [p for p in marked if _cue({_bare(key): p[key] for key in p})] or pieces


def _cue(fields: Mapping[str, Any]) -> Cue | None:
    """Return one timed piece; None unless its times are whole milliseconds."""
    text = _first(fields, _TEXTS)
    start, end = (_whole(_first(fields, names)) for names in (_STARTS, _ENDS))
    if not isinstance(text, str) or not text.strip() or start is None or end is None:
        return None
    return Cue(start, end, text) if start <= end else None


def _whole(value: Any) -> int | None:
    return milliseconds(value, 1) if isinstance(value, int) or str(value).isdigit() else None


# --- all ---------------------------------------------------------------------------------------


def _json(text: Any) -> Any:
    """Decode JSON text, also inside a JSON string; None where it is not JSON."""
    for _ in range(3):
        if not isinstance(text, str):
            break
        decoded = decode_json(text)
        text = decoded.value if decoded else None
    return text if within_depth(text) else None


def _document(text: str) -> Any:
    """Decode a JSON document and JSON text inside it; None where it is nested too deeply."""
    value = _opened(_json(text))
    return value if within_depth(value) else None


def _opened(value: Any, texts: int = 3) -> Any:
    """Decode JSON text under the keys `data` and `result`, nested at most `texts` times."""
    if isinstance(value, list):
        return [_opened(inner, texts) for inner in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: _opened(_json(inner), texts - 1)
        if texts and _is_wrapped(key, inner)
        else _opened(inner, texts)
        for key, inner in value.items()
    }


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield all objects at any depth."""
    if isinstance(value, Mapping):
        yield value
    inside = value.values() if isinstance(value, Mapping) else value
    for inner in inside if isinstance(value, Mapping | list) else ():
        yield from _objects(inner)


def _is_wrapped(key: str, inner: Any) -> bool:
    return isinstance(inner, str) and _bare(key) in {"data", "result"}


def _bare(key: str) -> str:
    return key.replace("_", "").lower()


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((fields[name] for name in names if name in fields), None)


def _unknown(text: str, context: FileContext) -> Problem:
    if element_count(text) > MAX_ELEMENTS:
        title = "The file holds too many values to be parsed and was only listed"
        return note("too-much-found", title, f"at most {MAX_ELEMENTS} values are parsed")
    title = "Unrecognized file content"
    return note("unknown-content", title, excerpt(text) if context.quotable else "")


def _too_much(context: FileContext) -> Problem:
    title = "There is more in the file than a manifest has room for; the rest was left out"
    return note("too-much-found", title, f"at most {context.most_findings} findings are read")


_READERS: dict[str, Reader] = {
    "beats": read_beats,
    "captions": read_captions,
    "segments": read_segments,
    "timestamps": read_speech,
    "transcript": read_speech,
}
READABLE = frozenset(_READERS)
