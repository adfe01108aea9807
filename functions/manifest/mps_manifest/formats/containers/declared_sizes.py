"""Judge the sizes that headers declare against the size of a file."""

from __future__ import annotations

_HEADER = 65_536
_LIMITS = (2**31, 2**32, 2**63, 2**64)
_ROUND = 1_000_000_000
_MILLION = 1_000_000
_BINARY = 2**24
_FEW = 64
_TIMES = 10


def is_placeholder(declared: int) -> bool:
    """Return whether a size was written before the real one was known, as into a pipe.

    That is 0, what is almost the largest number there is, or a round one.
    """
    if declared == 0:
        return True
    if any(-_HEADER <= declared - limit <= _HEADER for limit in _LIMITS):
        return True
    return declared >= _ROUND and any(declared % unit <= _FEW for unit in (_MILLION, _BINARY))


def lacking(actual: int, *declared: int) -> tuple[str, str]:
    """Return proof that a file of `actual` bytes is cut off, or what may be harmless; or neither.

    `declared` are sizes of the whole file. Some writers count their header twice or no padding, so
    a few bytes prove nothing; neither does a size that is many times the real one.
    """
    most = max((size for size in declared if not is_placeholder(size)), default=0)
    missing = most - actual
    if missing <= 1:
        return "", ""
    evidence = f"the container declares {most} bytes, the file has {actual}"
    doubt = missing <= _FEW or (most >= _ROUND and most > _TIMES * actual)
    return ("", evidence) if doubt else (evidence, "")
