"""A set of bounded size that forgets its oldest members."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

CAPACITY = 10_000


class LruSet:
    """A set of the last `capacity` members, for uses where forgetting older ones is harmless."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._members: OrderedDict[Hashable, None] = OrderedDict()
        self._capacity = capacity
        self._lock = threading.Lock()

    def __contains__(self, member: Hashable) -> bool:
        return member in self._members

    def add(self, member: Hashable) -> bool:
        """Add a member; return whether it is new."""
        with self._lock:
            new = member not in self._members
            self._members[member] = None
            self._members.move_to_end(member)
            if len(self._members) > self._capacity:
                self._members.popitem(last=False)
            return new
