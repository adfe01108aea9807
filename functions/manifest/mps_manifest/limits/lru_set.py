"""A set that forgets: memory for what was met lately that does not grow."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

CAPACITY = 10_000


class LruSet:
    """The last few thousand members; forgetting the older ones must be harmless."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._members: OrderedDict[Hashable, None] = OrderedDict()
        self._capacity = capacity
        self._lock = threading.Lock()

    def __contains__(self, member: Hashable) -> bool:
        return member in self._members

    def add(self, member: Hashable) -> bool:
        """Add a member; return whether it was not there."""
        with self._lock:
            new = member not in self._members
            self._members[member] = None
            self._members.move_to_end(member)
            if len(self._members) > self._capacity:
                self._members.popitem(last=False)
            return new
