"""What was met lately, in memory that does not grow."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

REMEMBERED = 10_000


class Recent:
    """The last few thousand things; forgetting the older ones must be harmless."""

    def __init__(self, limit: int = REMEMBERED) -> None:
        self._seen: OrderedDict[Hashable, None] = OrderedDict()
        self._limit = limit
        self._lock = threading.Lock()

    def __contains__(self, thing: Hashable) -> bool:
        return thing in self._seen

    def is_new(self, thing: Hashable) -> bool:
        """Tell whether something was not met lately, and remember it."""
        with self._lock:
            new = thing not in self._seen
            self._seen[thing] = None
            if len(self._seen) > self._limit:
                self._seen.popitem(last=False)
            return new
