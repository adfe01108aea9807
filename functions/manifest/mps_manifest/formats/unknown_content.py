"""Report a result file of unknown form or in an uncertain encoding, and what it looks like."""

from __future__ import annotations

from mps_manifest.formats.findings import FileContext
from mps_manifest.formats.sniffing import ENOUGH, holds_controls, is_html
from mps_manifest.formats.text.text_encoding import DecodedText, excerpt
from mps_manifest.parsing.json_text import MAX_ELEMENTS, has_too_many_values
from mps_manifest.problems import Problem, note


def unknown_content(text: str, context: FileContext) -> Problem:
    """Return the note on a file of unknown form: its beginning, where that may be quoted."""
    if has_too_many_values(text):
        title = "The file holds too many values to be parsed and was only listed"
        return note("too-much-found", title, f"at most {MAX_ELEMENTS} values are parsed")
    title = "Unrecognized file content"
    return note("unknown-content", title, excerpt(text) if context.quotable else form_of(text))


def unknown_encoding(decoded: DecodedText, what: str) -> Problem:
    """Return the note that nothing was made of the words in `what`, as "captions"."""
    title = f"The encoding of the {what} is not certain; only their times were taken"
    return note("unknown-encoding", title, f"read as {decoded.encoding}")


def form_of(text: str) -> str:
    """Name the form of a text without quoting it."""
    start = text[:ENOUGH].lstrip()
    if not start:
        return "the file is empty"
    if start[0] in "{[":
        return "binary data" if holds_controls(start) else "JSON"
    if is_html(start.encode("utf-8", "replace")):
        return "HTML"
    if start.startswith("<"):
        return "XML"
    return "binary data" if holds_controls(start) else "plain text"
