"""How the process takes memory from the system."""

from __future__ import annotations

_M_ARENA_MAX = -8  # glibc's malloc.h


def use_one_arena() -> None:
    """Have all threads take memory from one arena; without glibc nothing is done.

    glibc gives each thread an arena of its own, and what is free in one is of no use to others:
    large jobs that are worked on one after the other in sixteen threads take sixteen times their
    memory. Python's own lock leaves little to gain from more arenas.
    """
    import ctypes  # noqa: PLC0415 - not while the function is loaded, which is part of each start

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_M_ARENA_MAX, 1)
