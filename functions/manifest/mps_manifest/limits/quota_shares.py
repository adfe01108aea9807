"""Which part of the quota an instance may use, and when: shares of it, for an epoch each.

The quota is cut into shares of a few calls a second. A share of an epoch belongs to who holds its
lease (state/leases.py). Each share's epochs begin at another moment, so that only few of them
change hands at a time. (docs/decisions, 18)
"""

from __future__ import annotations

from typing import NamedTuple

EPOCH = 15.0
"""Seconds for which a lease is held."""
GUARD_AFTER = 2.0
"""Seconds from the start of an epoch during which a new holder does not call."""
GUARD_BEFORE = 1.0
"""Seconds before the end of an epoch during which a holder that will not go on does not call."""
_MOST_SHARES = 50
_RESERVED_OF = 20
_SPARED = 10
_SPARED_OF = 50


class Lease(NamedTuple):
    """A share of the quota in one of its epochs."""

    share: int
    epoch: int

    @property
    def following(self) -> Lease:
        """The same share's next epoch."""
        return Lease(self.share, self.epoch + 1)

    @property
    def preceding(self) -> Lease:
        """The same share's epoch before."""
        return Lease(self.share, self.epoch - 1)


class Quota(NamedTuple):
    """The quota in whole calls per second, cut into shares.

    Where it has ten calls or more, a fiftieth of it, or one call, belongs to nobody: it is the room
    for calls that a frozen instance sends when its share is another's.
    """

    calls: int
    shares: int

    @classmethod
    def of(cls, calls_per_second: float) -> Quota:
        """Cut a quota; it must be one call a second or more."""
        whole = int(calls_per_second)
        usable = whole - max(whole // _SPARED_OF, int(whole >= _SPARED))
        return cls(usable, min(_MOST_SHARES, usable))

    def calls_of(self, share: int) -> int:
        """Return how many calls a second a share has."""
        each, more = divmod(self.calls, self.shares)
        return each + (share < more)

    @property
    def reserved(self) -> range:
        """The shares that are only there for who has none: new events and direct calls."""
        return range(_RESERVED_OF - 1, self.shares, _RESERVED_OF)

    def current(self, share: int, time: float) -> Lease:
        """Return the lease of a share at a moment of the store's time."""
        return Lease(share, int((time - self._offset(share)) // EPOCH))

    def start(self, lease: Lease) -> float:
        """Return when an epoch of a share begins, in seconds of the store's time."""
        return lease.epoch * EPOCH + self._offset(lease.share)

    def end(self, lease: Lease) -> float:
        """Return when it ends."""
        return self.start(lease) + EPOCH

    def _offset(self, share: int) -> float:
        return share * EPOCH / self.shares
