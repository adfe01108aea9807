"""Go through all keys below a prefix in parallel, holding no more than a sample of them."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from itertools import pairwise

from mps_manifest.ports import KeyPage

Pages = Callable[[str, str], KeyPage]
"""Returns the first page of the keys with a prefix that come after a key."""

HEX = tuple("0123456789abcdef")
"""Where lists of job IDs are split."""


def survey(
    pages: Pages,
    prefix: str,
    note: Callable[[Sequence[str]], None],
    *,
    splits: Sequence[str],
    threads: Executor,
) -> None:
    """Have all keys below a prefix noted, some at a time, in any order, by one thread at a time.

    The first page is asked for alone, and often is the only one. What comes behind it is listed in
    ranges, at the same time, between the `splits`, which are what keys have behind the prefix, in
    order. So a list costs a call for each thousand keys, and one more for each range. Raises
    ServiceError.
    """
    first = pages(prefix, "")
    note(first.keys)
    if not first.more:
        return
    last = first.keys[-1]
    lock = threading.Lock()

    def work_off(after: str, until: str) -> None:
        for keys in _within(pages, prefix, after, until):
            with lock:
                note(keys)

    bounds = [last, *(prefix + split for split in splits if prefix + split > last), ""]
    for done in [threads.submit(work_off, after, until) for after, until in pairwise(bounds)]:
        done.result()


def _within(pages: Pages, prefix: str, after: str, until: str) -> Iterator[tuple[str, ...]]:
    """Yield the keys after one up to another, which is among them; without `until` to the end."""
    more = True
    while more:
        page = pages(prefix, after)
        keys = page.keys
        more = page.more
        if until and keys and keys[-1] > until:
            keys, more = tuple(key for key in keys if key <= until), False
        yield keys
        after = page.keys[-1] if page.keys else ""


class Sample:
    """A sample of at most `size` keys, each as likely as any other, and how many there are."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: list[tuple[int, str]] = []
        self.total = 0

    def add(self, key: str) -> None:
        """Take in a key: those are kept whose hashes, which differ from run to run, are lowest."""
        self.total += 1
        if not self._size:
            return
        mark = -hash(key)
        if len(self._kept) < self._size:
            heapq.heappush(self._kept, (mark, key))
        elif mark > self._kept[0][0]:
            heapq.heapreplace(self._kept, (mark, key))

    @property
    def keys(self) -> list[str]:
        """The kept keys, in order."""
        return sorted(key for _, key in self._kept)

    @property
    def is_whole(self) -> bool:
        """Whether all keys were kept."""
        return len(self._kept) == self.total
