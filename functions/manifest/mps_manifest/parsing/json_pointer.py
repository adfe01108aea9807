"""RFC 6901 pointers into an answer."""

from __future__ import annotations

from mps_manifest.job_limits import MAX_POINTER


def pointer(*parts: str | int) -> str:
    """Write an RFC 6901 pointer."""
    return below("", *parts)


def below(at: str, *parts: str | int) -> str:
    """Return the pointer to something below another one.

    Where it would be longer than MAX_POINTER it is that of the nearest ancestor that fits.
    """
    for part in parts:
        text = str(part)
        if len(at) + len(text) >= MAX_POINTER:
            return at
        step = "/" + text.replace("~", "~0").replace("/", "~1")
        if len(at) + len(step) > MAX_POINTER:
            return at
        at += step
    return at
