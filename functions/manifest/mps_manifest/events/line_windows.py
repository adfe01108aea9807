"""Cut a text of any length into parts that can be read one by one, without cutting a job ID."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

LONGEST_LINE = 32 * 1024
"""Bytes of a line that is read as a whole; a longer one is read in parts."""
_WINDOW = 64 * 1024
_DIGITS = b"0123456789abcdefABCDEF"
_NOT_ASCII = bytes(range(0x80, 0x100))


class TextWindow(NamedTuple):
    """Whole lines, or, where `is_part`, one part of a line that is too long to be kept.

    Only the last part of a line ends with the line's end.
    """

    text: bytes
    is_part: bool = False


def windows(chunks: Iterable[bytes]) -> Iterator[TextWindow]:
    """Yield a text in windows, however the network cut it; no ID is in two of them."""
    rest, is_part = b"", False
    for chunk in chunks:
        for start in range(0, len(chunk), _WINDOW):
            # half of a text that was continued in UTF-16, see without_nul
            rest += chunk[start : start + _WINDOW].replace(b"\0", b"")
            end = _end_of_line(rest) if is_part else 0
            if end:
                yield TextWindow(rest[:end], is_part=True)
                rest, is_part = rest[end:], False
            end = 0 if is_part else max(rest.rfind(b"\n"), rest.rfind(b"\r")) + 1
            if end:
                yield TextWindow(rest[:end])
                rest = rest[end:]
            if len(rest) > LONGEST_LINE:
                end, is_part = without_cut_id(rest), True
                yield TextWindow(rest[:end], is_part)
                rest = rest[end:]
    if rest:
        yield TextWindow(rest, is_part)


def _end_of_line(text: bytes) -> int:
    """Return where the first line ends, behind its mark; 0 where that is not here."""
    # a pattern takes some thirty times as long, and what there is of a line is searched again
    ends = [at for at in (text.find(b"\r"), text.find(b"\n")) if at >= 0]
    if not ends:
        return 0
    end = min(ends)
    return end + (2 if text[end : end + 2] == b"\r\n" else 1)


def without_cut_id(text: bytes) -> int:
    """Return the length of a text that was cut somewhere, without the ID in which it was cut.

    That is all of it where there is nothing but digits, which are no IDs.
    """
    return len(text.rstrip(_NOT_ASCII).rstrip(_DIGITS)) or len(text)
