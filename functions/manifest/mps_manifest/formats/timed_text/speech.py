"""Read timed speech, as recognition and synthesis write it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from mps_manifest.formats.findings import Captions, Content, FileContext
from mps_manifest.formats.result_json import document_of, first_of, objects
from mps_manifest.formats.text.text_encoding import DecodedText, decode_text
from mps_manifest.formats.timed_text.captions import captions_of, summarize_cues
from mps_manifest.formats.timed_text.cues import Cue
from mps_manifest.formats.unknown_content import form_of, unknown_content, unknown_encoding
from mps_manifest.parsing.json_text import decode_json
from mps_manifest.parsing.numbers import milliseconds, number
from mps_manifest.parsing.spelling import plain_key

# documented to be milliseconds; the others are seconds here and milliseconds there
_STARTS_IN_MS, _ENDS_IN_MS = ("begintime",), ("endtime",)
_STARTS = (*_STARTS_IN_MS, "starttime", "begin", "start", "from")
_ENDS = (*_ENDS_IN_MS, "end", "to")
_TEXTS = ("text", "word", "sentence", "content", "transcript")
# one speech in larger and smaller parts, by the names of services; the first that is there counts
_OF_ONE_SPEECH = (
    *("sentences", "segments", "utterances", "paragraphs", "channels"),
    *("words", "word", "wordsegments", "sentimentanalysisresults", "entities"),
)
_GUESSES = {"alternatives", "nbest"}
"""Of what was heard the most likely one is the first."""
_SLOWEST, _FASTEST = 0.1, 80.0
"""Characters spoken in a second: less than a factor of 1,000 apart, so that they tell the unit."""


class _Piece(NamedTuple):
    """One piece of timed text as it is written; `sentence` is what tells whose words they are."""

    start: Any
    end: Any
    text: str
    in_ms: bool
    sentence: Any = None


def read_transcript(body: bytes, context: FileContext) -> Iterator[Content]:
    """Read what recognition heard; text without times is a transcript too, and tells no more."""
    decoded = decode_text(body)
    document = document_of(decoded.text)
    found = list(_speech(decoded, document, context))
    is_timed = any(isinstance(one, Captions) for one in found)
    if is_timed or not _is_untimed(decoded.text, document):
        yield from found


def read_speech(body: bytes, context: FileContext) -> Iterator[Content]:
    """Read timed sentences or words.

    In milliseconds: `begin_time` and `end_time` of `subtitles` (the timestamps of speech synthesis,
    help.aliyun.com/zh/isi/developer-reference/timestamp-overview-1), `BeginTime` and `EndTime` of
    `Sentences` (recognition of recordings). `start` and `end`, `from` and `to` are milliseconds in
    FunASR's `sentence_info` and seconds in Whisper's `segments`: they stand where the speed of the
    speech leaves one unit only. Captions of any format are accepted, also as a text in JSON.
    """
    decoded = decode_text(body)
    yield from _speech(decoded, document_of(decoded.text), context)


def timed_speech(text: str) -> tuple[Cue, ...]:
    """Return the sentences or words of a JSON text that have times; none where it has none."""
    return _cues(list(_pieces(document_of(text))))


def _speech(decoded: DecodedText, document: Any, context: FileContext) -> Iterator[Content]:
    text = decoded.text
    cues = _cues(list(_pieces(document)))
    if cues:
        if not decoded.sound:
            yield unknown_encoding(decoded, "words")
        yield summarize_cues(cues, context, is_sure=decoded.sound)
        return
    inside = next(_captions_in(document), None)
    if inside is not None:  # its line ends are those that JSON has escaped
        plain = decode_text(inside.encode("utf-8", "replace"))
        captions = list(captions_of(plain._replace(sound=decoded.sound), context))
    else:
        captions = [] if document is not None else list(captions_of(decoded, context))
    if any(isinstance(found, Captions) and found.cues for found in captions):
        yield from captions
    elif text.strip():
        yield unknown_content(text, context)
    else:
        yield Captions(0, language=None)


def _is_untimed(text: str, document: Any) -> bool:
    """Return whether this is a text that was heard, plain or in JSON, and no time with it."""
    if decode_json(text) is None:
        return form_of(text) == "plain text" and "-->" not in text and not _is_number(text)
    fields = [{plain_key(key): item[key] for key in item} for item in objects(document)]
    heard = any(isinstance(first_of(each, _TEXTS), str) for each in fields)
    return heard and not any(first_of(each, (*_STARTS, *_ENDS)) for each in fields)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _captions_in(document: Any) -> Iterator[str]:
    for item in objects(document):
        yield from (value for value in item.values() if isinstance(value, str) and "-->" in value)


# --- pieces ------------------------------------------------------------------------------------


def _pieces(value: Any) -> Iterator[_Piece]:
    """Yield timed pieces of text, each once.

    Those inside a piece, such as the words of a sentence, and those beside it are the same speech.
    """
    if isinstance(value, list):
        yield from _joined(_sentences(value))
    elif isinstance(value, dict):
        fields = {plain_key(key): inner for key, inner in value.items()}
        piece = _piece(fields)
        if piece:
            yield piece
            return
        in_parts = [fields.pop(name, None) for name in _OF_ONE_SPEECH]
        yield from next(filter(None, (list(_pieces(inner)) for inner in in_parts)), ())
        for key, inner in fields.items():
            is_guessed = key in _GUESSES and isinstance(inner, list)
            yield from _pieces(inner[:1] if is_guessed else inner)


def _joined(values: Sequence[Any]) -> Iterator[_Piece]:
    """Yield the pieces of a list; words that say of which sentence they are become sentences."""
    every = (piece for value in values for piece in _pieces(value))
    for sentence, pieces in groupby(every, lambda piece: piece.sentence):
        words = list(pieces)
        if sentence is None:
            yield from words
        else:
            text = "".join(word.text for word in words)
            yield words[0]._replace(end=words[-1].end, text=text, sentence=None)


def _sentences(pieces: list[Any]) -> list[Any]:
    """Return the sentences where a list marks them among words, else all pieces."""
    marked = [p for p in pieces if isinstance(p, dict) and p.get("sentence") is True]
    return [p for p in marked if _piece({plain_key(key): p[key] for key in p})] or pieces


def _piece(fields: Mapping[str, Any]) -> _Piece | None:
    """Return one timed piece, if it has a text and two times."""
    text, start, end = (first_of(fields, names) for names in (_TEXTS, _STARTS, _ENDS))
    if not isinstance(text, str) or not text.strip() or None in (number(start), number(end)):
        return None
    documented = first_of(fields, _STARTS_IN_MS) is not None
    in_ms = documented and first_of(fields, _ENDS_IN_MS) is not None
    sentence = fields.get("sentenceid")
    return _Piece(start, end, text, in_ms, sentence if isinstance(sentence, int | str) else None)


# --- times -------------------------------------------------------------------------------------


def _cues(pieces: Sequence[_Piece]) -> tuple[Cue, ...]:
    """Return the pieces as cues in order of time; none where their unit is not certain."""
    known = all(p.in_ms and _is_whole(p.start) and _is_whole(p.end) for p in pieces)
    units = (1,) if known else (1, 1000)
    found = ([cue for piece in pieces if (cue := _cue(piece, unit))] for unit in units)
    possible = [cues for cues in found if cues and (known or _is_speech(cues))]
    cues = possible[0] if len(possible) == 1 else []
    return tuple(sorted(cues, key=lambda cue: (cue.start_ms, cue.end_ms)))


def _cue(piece: _Piece, ms_per_unit: int) -> Cue | None:
    start, end = (milliseconds(time, ms_per_unit) for time in (piece.start, piece.end))
    if start is None or end is None or start > end:
        return None
    return Cue(start, end, piece.text)


def _is_speech(cues: Sequence[Cue]) -> bool:
    """Return whether somebody can speak as fast, and as slowly, as these cues are timed."""
    letters = sum(len(cue.text) for cue in cues)
    seconds = sum(cue.end_ms - cue.start_ms for cue in cues) / 1000
    return _SLOWEST * seconds <= letters <= _FASTEST * seconds


def _is_whole(value: Any) -> bool:
    parsed = number(value)
    return parsed is not None and parsed == int(parsed)
