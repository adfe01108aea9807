"""Take what is said out of a sample of captions, whose markup would tell another language."""

from __future__ import annotations

import re

_EVENT = re.compile(r"^[ \t]*Dialogue[ \t]*:(?:[^,\n]*,){9}([^\n]*)", re.IGNORECASE | re.MULTILINE)
_MARKUP = re.compile(r"<[^<>\n]*>|\{\\[^{}\n]*\}|\"\w{1,40}\"[ \t]?:")
_BREAK = re.compile(r"\\[Nn]")


def spoken_text(text: str) -> str:
    r"""Return a text without tags, overrides and the keys of JSON; of SubStation Alpha its events.

    `\N` begins a line there. Where all that is beyond ASCII is elsewhere, such as in the names of
    styles, the text is returned as it is.
    """
    events = "\n".join(_EVENT.findall(text))
    said = _BREAK.sub("\n", events) if events else text
    plain = _MARKUP.sub("", said)
    return text if plain.isascii() else plain
