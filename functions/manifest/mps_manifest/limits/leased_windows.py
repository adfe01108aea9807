"""Permits for the shares of the quota that this instance has leases of."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from mps_manifest.errors import ServiceError
from mps_manifest.limits.quota_shares import GUARD_AFTER, GUARD_BEFORE, Lease, Quota
from mps_manifest.limits.rate_limiter import Window
from mps_manifest.limits.store_time import Moment, StoreTime
from mps_manifest.ports import Clock

_RENEWED = 5.0
"""Seconds before the end of an epoch from which the share's next one is taken."""
_LEAST_LEFT = 3.5
"""Seconds before its end at which an epoch is of no use any more; its holder had the first say."""
_TOO_MUCH = 1.25
"""How many times its fair part an instance keeps: a share that changes hands rests for seconds."""
_UNWANTED = 4.0
"""Seconds after which a share that nobody took is there for those who have enough."""
_KEPT = 30.0
"""Seconds for which the object of an epoch that is over stays, so that nobody takes it late."""
_LISTED = 3.0
"""Seconds for which a list of leases is believed."""
_PAUSE = 0.5
"""Seconds between two looks where nothing was to be had."""


class LeaseStore(Protocol):
    """The lease objects (state/leases.py)."""

    def take(self, lease: Lease) -> bool:
        """Take a lease; return False where somebody has it."""

    def listed(self, epoch: int) -> tuple[frozenset[Lease], int]:
        """Return the leases of an epoch and later, and how many instances have none."""

    def want(self, epoch: int) -> None:
        """Write that this instance has none."""

    def drop(self, lease: Lease) -> None:
        """Delete a lease that is over."""


class _Held(NamedTuple):
    lease: Lease
    window: Window


class LeasedWindows:
    """The windows of one instance, for the rate limiter, which calls them one at a time.

    A window opens a guard after the start of its epoch and closes a guard before its end, so that
    no second holds calls of two holders of one share; where the holder has the next epoch as well,
    it stays open. What is started is bounded by the earliest and the latest that the store's time
    can be.
    """

    def __init__(self, quota: Quota, clock: Clock, time: StoreTime) -> None:
        self.calls_per_second = float(quota.calls)
        self._quota = quota
        self._clock = clock
        self._time = time
        self._held: list[_Held] = []
        self._store: LeaseStore | None = None
        self._takes_reserve = False
        self._taken: frozenset[Lease] = frozenset()
        self._tried: set[Lease] = set()
        self._past: list[Lease] = []
        self._busy = 0
        self._counted_in = -1
        self._listed_at = self._listed_from = self._not_before = -math.inf
        self._is_looking = False

    def use(self, store: LeaseStore, *, takes_reserve: bool) -> None:
        """Take leases through a store from now on; reserved shares only for what is urgent."""
        self._store = store
        self._takes_reserve = takes_reserve

    def known(self, now: float) -> Sequence[Window]:
        """Return the windows that are open, or will be."""
        over = [each for each in self._held if each.window.until <= now]
        if over:
            self._past += [each.lease for each in over]
            self._held = [each for each in self._held if each.window.until > now]
        return [each.window for each in self._held]

    def wanted(self, now: float, waiting: int) -> Callable[[], None] | None:  # noqa: ARG002
        """Return what a waiting thread may do to have more permits, if there is something."""
        if self._is_looking or self._store is None or now < self._not_before:
            return None
        self._is_looking = True
        return self._look

    # --- what a thread does while others wait --------------------------------------------------

    def _look(self) -> None:
        """Renew what ends soon, else take one more share."""
        pause = _PAUSE
        try:
            if self._store and self._one_step(self._store, self._clock.monotonic()):
                pause = 0.0
        except ServiceError:
            pass  # there is nothing to be had now
        finally:
            self._not_before = self._clock.monotonic() + pause
            self._is_looking = False

    def _one_step(self, store: LeaseStore, now: float) -> bool:
        """Make one request; return whether there may be more to do at once."""
        moment = self._time.at(now)
        if moment is None or now - self._listed_at > _LISTED:
            self._list(store, now, moment)
            return True
        over = next((each for each in self._past if self._is_over(each, moment)), None)
        if over:
            self._past.remove(over)
            store.drop(over)
            return True
        ending = next((each for each in self._held if self._ends_soon(each, moment)), None)
        if ending:
            self._renew(store, ending, now, moment)
            return True
        free = min(self._free(moment), key=self._opening, default=None)
        if free is None:
            return not self._is_counted(store, moment)
        self._take(store, free, now, moment)
        return True

    def _list(self, store: LeaseStore, now: float, moment: Moment | None) -> None:
        """List the leases of the epochs around now; the answer tells the store's time as well."""
        epoch = self._quota.current(0, moment.earliest).epoch - 1 if moment else 0
        self._taken, self._busy = store.listed(epoch)
        self._listed_at = now
        self._listed_from = moment.earliest if moment else -math.inf

    def _renew(self, store: LeaseStore, held: _Held, now: float, moment: Moment) -> None:
        """Take the next epoch of a share, unless others have none and this instance has enough."""
        following = Lease(held.lease.share, held.lease.epoch + 1)
        self._tried.add(following)
        if len(self._held) > _TOO_MUCH * self._fair_part + 1:
            return
        if following not in self._taken and store.take(following):
            held.window.until = self._closing(following, now, moment)
            self._held[self._held.index(held)] = held._replace(lease=following)
            self._past.append(held.lease)

    def _take(self, store: LeaseStore, lease: Lease, now: float, moment: Moment) -> None:
        self._tried.add(lease)
        if store.take(lease):
            opens = now + self._opening(lease) - moment.earliest
            until = self._closing(lease, now, moment)
            permits = self._quota.calls_of(lease.share)
            self._held.append(_Held(lease, Window(permits, opens, until)))
            self._past = [each for each in self._past if each != lease]

    def _is_counted(self, store: LeaseStore, moment: Moment) -> bool:
        """Be counted among the busy, once an epoch, if anybody is: also oneself, by this."""
        epoch = self._quota.current(0, moment.latest).epoch
        if epoch == self._counted_in or not (self._busy or len(self._held) < self._quota.shares):
            return True
        self._counted_in = epoch
        store.want(epoch)
        return False

    @property
    def _fair_part(self) -> float:
        """How many shares an instance may have while others have too few."""
        return self._quota.shares / max(1, self._busy)

    # --- which leases ----------------------------------------------------------------------------

    def _free(self, moment: Moment) -> Iterator[Lease]:
        """Yield the leases that nobody seems to have, and that are of use."""
        has_enough = len(self._held) + 1 > self._fair_part
        own = {each.lease.share for each in self._held}
        shares = [share for share in self._allowed(own) if share not in own]
        random.shuffle(shares)  # so that two instances seldom want the same one
        for share in shares:
            current = self._quota.current(share, moment.latest)
            left = self._quota.end(current) - moment.latest
            lease = current if left > _LEAST_LEFT else Lease(share, current.epoch + 1)
            if lease in self._taken or lease in self._tried:
                continue
            if not has_enough or moment.earliest > self._opening(lease) + _UNWANTED:
                yield lease

    def _allowed(self, own: set[int]) -> Iterator[int]:
        reserved = self._quota.reserved
        spared = self._takes_reserve and own.isdisjoint(reserved)
        for share in range(self._quota.shares):
            if share not in reserved or spared:
                yield share

    def _opening(self, lease: Lease) -> float:
        """Return when a new holder may call: at once, where nobody had the epoch before."""
        start = self._quota.start(lease)
        before = Lease(lease.share, lease.epoch - 1)
        is_known = before not in self._taken and self._listed_from >= start
        return start if is_known else start + GUARD_AFTER

    def _closing(self, lease: Lease, now: float, moment: Moment) -> float:
        """Return when a lease's window closes at the latest, by the monotonic clock."""
        return now + self._quota.end(lease) - GUARD_BEFORE - moment.latest

    def _ends_soon(self, held: _Held, moment: Moment) -> bool:
        following = Lease(held.lease.share, held.lease.epoch + 1)
        left = self._quota.end(held.lease) - moment.latest
        return left < _RENEWED and following not in self._tried

    def _is_over(self, lease: Lease, moment: Moment) -> bool:
        return self._quota.end(lease) < moment.earliest - _KEPT
