"""Lists of very many keys that nobody holds, for what goes through all of them."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping

from bench.numbered_ids import NumberedIds
from mps_manifest.ports import KeyPage


class Numbered:
    """Lists of keys that nobody holds: of each prefix so many IDs, at equal distances."""

    def __init__(self, folders: Mapping[str, int]) -> None:
        self._folders = folders
        self.calls: Counter[str] = Counter()
        self._lock = threading.Lock()

    def page(self, prefix: str, after: str = "") -> KeyPage:
        """Return a page of a list; all prefixes that are asked for are in one folder."""
        with self._lock:
            self.calls["list"] += 1
        for folder, count in self._folders.items():
            if folder.startswith(prefix) or prefix.startswith(folder):
                return self._of(folder, count, prefix, after)
        return KeyPage((), more=False)

    def _of(self, folder: str, count: int, prefix: str, after: str) -> KeyPage:
        ids = NumberedIds(count)
        wanted = prefix.removeprefix(folder) if prefix.startswith(folder) else ""
        behind = bisect_right(ids, after.removeprefix(folder)) if after > folder else 0
        start = max(behind, bisect_right(ids, wanted) if wanted else 0)
        stop = bisect_right(ids, wanted + "g")
        keys = tuple(f"{folder}{ids[n]}" for n in range(start, min(stop, start + 1_000)))
        return KeyPage(keys, more=stop > start + 1_000)
