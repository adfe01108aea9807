"""Go through all keys below a prefix in parallel, holding no more than a sample of them."""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
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
    order. A range that is a long folder itself, as the second is for which a flood of jobs was
    parked, is split further by the digits of IDs. So a list costs a call for each thousand keys,
    and one more for each range. Raises ServiceError.
    """
    first = pages(prefix, "")
    note(first.keys)
    if not first.more:
        return
    last = first.keys[-1]
    lock = threading.Lock()
    at_work: deque[Future[None]] = deque()

    def work_off(after: str, until: str) -> None:
        while True:
            page = _page_within(pages, prefix, after, until)
            with lock:
                note(page.keys)
            if not page.more:
                return
            after = page.keys[-1]
            bounds = _bounds_of_folder(page.keys, until)
            if bounds:
                start([after, *bounds, until])
                return

    def start(bounds: Sequence[str]) -> None:
        at_work.extend(threads.submit(work_off, *each) for each in pairwise(bounds))

    start([last, *(prefix + split for split in splits if prefix + split > last), ""])
    while at_work:  # whoever adds to it is still in it
        at_work.popleft().result()


def _bounds_of_folder(keys: Sequence[str], until: str) -> list[str]:
    """Return where to split what comes behind a page that is of one folder only."""
    folder = keys[-1].rpartition("/")[0] + "/"
    if not keys[0].startswith(folder):
        return []
    bounds = [folder + digit for digit in HEX]
    return [bound for bound in bounds if bound > keys[-1] and (not until or bound < until)]


def within(
    pages: Pages, prefix: str, after: str = "", until: str = ""
) -> Iterator[tuple[str, ...]]:
    """Yield the keys after one up to another, which is among them; without `until` to the end."""
    more = True
    while more:
        page = _page_within(pages, prefix, after, until)
        yield page.keys
        more = page.more
        after = page.keys[-1] if page.keys else ""


def _page_within(pages: Pages, prefix: str, after: str, until: str) -> KeyPage:
    page = pages(prefix, after)
    if until and page.keys and page.keys[-1] > until:
        return KeyPage(tuple(key for key in page.keys if key <= until), more=False)
    return page


class Sample:
    """A sample of at most `size` keys, each as likely as any other, and how many there are."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: list[tuple[int, str]] = []
        self.total = 0

    def note(self, keys: Iterable[str]) -> None:
        """Take in some keys."""
        for key in keys:
            self.add(key)

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
