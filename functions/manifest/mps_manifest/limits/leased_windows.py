"""Permits for the shares of the quota that this instance has leases of."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from mps_manifest.errors import (
    Immutable,
    NotFound,
    OutOfTime,
    Refused,
    ServiceError,
    Unauthorized,
)
from mps_manifest.limits.quota_shares import GUARD_AFTER, GUARD_BEFORE, Lease, Quota
from mps_manifest.limits.rate_limiter import OwnWindow, Window
from mps_manifest.limits.store_time import Moment, StoreTime
from mps_manifest.ports import Clock, Dated

_RENEWED = 5.0
"""Seconds before the end of an epoch from which the share's next one is taken."""
_FIRST_SAY = 3.5
"""Seconds before its end until which only the holder of an epoch takes the one after it."""
_LEAST_LEFT = 0.3
"""Seconds before its end at which an epoch that nobody has is of no use: it takes two requests."""
_TOO_MUCH = 1.25
"""How many times its fair part an instance keeps: a share that changes hands rests for seconds."""
_UNWANTED = 4.0
"""Seconds after which a share that nobody took is there for those who have enough."""
_LISTED = 3.0
"""Seconds for which a list of leases is believed."""
_PAUSE = 0.5
"""Seconds after a look that found nothing or failed, until who needs a share soon looks again."""
_SOON = 0.02
"""Seconds in which another thread's request may be answered."""
_PATIENCE = 3
"""Looks in a row that may fail before nobody waits for leases."""


class LeaseStore(Protocol):
    """The lease objects (state/leases.py). Every method but `dated` may raise ServiceError."""

    def take(self, lease: Lease) -> bool:
        """Take a lease; return False where somebody has it.

        Raises Refused where the bucket cannot keep leases at all.
        """

    def listed(self, epoch: int) -> tuple[frozenset[Lease], int]:
        """Return the leases of an epoch and later, and how many instances have too few."""

    def want(self, epoch: int) -> None:
        """Write that this instance has too few."""

    def dated(self) -> Dated | None:
        """Return what the newest answer says of the store's time."""


def _is_refusal(error: ServiceError) -> bool:
    """Return whether nobody gets leases of this bucket, so that all split the quota."""
    is_denied = isinstance(error, Unauthorized) and error.code == "AccessDenied"
    return is_denied or isinstance(error, Refused | Immutable | NotFound)


class _Held(NamedTuple):
    lease: Lease
    window: Window


class LeasedWindows:
    """The windows of one instance, for the rate limiter, which calls them one at a time.

    A window opens a guard after the start of its epoch and closes a guard before its end, so that
    no second holds calls of two holders of one share; where the holder has the next epoch as well,
    it stays open. What is started is bounded by the earliest and the latest that the store's time
    can be.

    An instance is frozen between invocations, perhaps with its clock. So each begins with one call,
    until an answer of the store has told that the clock is right.

    Where no leases can be had, as on a versioned bucket, this instance's `part` is used.
    """

    def __init__(self, quota: Quota, part: OwnWindow, clock: Clock) -> None:
        self.calls_per_second = float(quota.calls)
        self._quota = quota
        self._part = part
        self._clock = clock
        self._time = StoreTime()
        self._held: list[_Held] = []
        self._store: LeaseStore | None = None
        self._dated: Dated | None = None
        self._is_sure = False
        self._takes_reserve = False
        self._taken: frozenset[Lease] = frozenset()
        self._tried: set[Lease] = set()
        self._busy = 0
        self._counted_in = -1
        self._listed_at = self._listed_from = self._found_nothing_at = -math.inf
        self._is_looking = False
        self._failures = 0
        self.is_split = False
        """Whether the quota is split, since no leases can be had."""

    def use(self, store: LeaseStore, *, takes_reserve: bool) -> None:
        """Take leases through a store from now on, reserved ones only for what is urgent."""
        self._store = store
        self._takes_reserve = takes_reserve
        if not self._held:
            self._found_nothing_at = -math.inf
        self._dated = store.dated()
        self._is_sure = False

    @property
    def is_hopeless(self) -> bool:
        """Whether there is no lease, and the store has been refusing or silent for a while."""
        return not self.is_split and not self._held and self._failures >= _PATIENCE

    def known(self, now: float) -> Sequence[Window]:
        """Return the windows that are open, or will be."""
        if self.is_split:
            return self._part.known(now)
        self._note_time()
        self._held = [each for each in self._held if each.window.until > now]
        if not self._is_sure and any(each.window.is_in_use for each in self._held):
            return []
        return [each.window for each in self._held]

    def wanted(self, now: float, wait: float) -> Callable[[], None] | None:
        """Return what a thread is to do for permits before it waits so long; None for nothing.

        What ends soon is renewed if it is used, or somebody waits. For one more share a wait must
        be longer than a request takes: whoever works on one job at a time would have ever more
        shares otherwise, and use few of them.
        """
        if self.is_split or self._is_looking or self._store is None:
            return None
        ending = self._ending(now)
        is_ending = ending is not None and (wait > 0 or not ending.window.is_idle(now))
        has_time = bool(self._held) and not is_ending
        pause = _LISTED if has_time else _PAUSE
        if now < self._found_nothing_at + pause or (has_time and wait <= _SOON):
            return None
        self._is_looking = True
        return self._look

    def pause(self, wait: float) -> float:
        """Return how long a thread sleeps: not long while another one learns what there is."""
        is_short = self._is_looking or (self._held and not self._is_sure)
        return min(wait, _SOON) if is_short and not self.is_split else wait

    # --- what a thread does while others wait --------------------------------------------------

    def _look(self) -> None:
        """Make one request, to renew what ends soon, else for one more share."""
        found = False
        try:
            found = self._store is not None and self._one_step(self._store, self._clock.monotonic())
            self._failures = 0
        except OutOfTime:
            pass
        except ServiceError as error:
            self._failures += 1
            self.is_split = _is_refusal(error)
        finally:
            self._found_nothing_at = -math.inf if found else self._clock.monotonic()
            self._is_looking = False

    def _one_step(self, store: LeaseStore, now: float) -> bool:
        """Make one request; return whether there may be more to do at once."""
        self._note_time()
        moment = self._time.at(now)
        ending = self._ending(now) if now - self._listed_at <= _RENEWED else None
        if ending:
            self._renew(store, ending, now)
            return True
        if moment is None or now - self._listed_at > _LISTED:
            return self._list(store, now, moment)
        free = min(self._free(moment), key=lambda each: self._usable(each, moment), default=None)
        if free is None:
            return not self._is_counted(store, moment)
        self._take(store, free, now)
        return True

    def _note_time(self) -> None:
        """Note the newest answer's date; where this clock stood still, all leases are void."""
        dated = self._store.dated() if self._store else None
        if dated is None or dated == self._dated:
            return
        self._dated, self._is_sure = dated, True
        if not self._time.note(dated):
            self._held.clear()
            self._tried.clear()
            self._listed_at = -math.inf

    def _list(self, store: LeaseStore, now: float, moment: Moment | None) -> bool:
        """List the leases of the epochs around now; return whether the answer told the time."""
        # two back from the first share's: where the last shares' next epoch has just begun, the one
        # before is that, and who had it counts
        epoch = self._quota.current(0, moment.earliest).epoch - 2 if moment else 0
        self._taken, self._busy = store.listed(epoch)
        self._tried = {each for each in self._tried if each.epoch >= epoch}
        self._is_sure = True
        asked = self._told(now)
        self._listed_at = now
        self._listed_from = asked.earliest if asked else -math.inf
        return asked is not None

    def _renew(self, store: LeaseStore, held: _Held, now: float) -> None:
        """Take the next epoch of a share, unless others have none and this instance has enough.

        One of the reserve is left to who has none as soon as there is another.
        """
        has_too_many = self._lasting > _TOO_MUCH * self._fair_part + 1
        is_spare = held.lease.share in self._quota.reserved and self._lasting > 1
        following = held.lease.following
        self._tried.add(following)
        if has_too_many or is_spare:
            return
        if following in self._taken or not store.take(following):
            return
        moment = self._told(now)
        if moment and held in self._held:
            held.window.until = self._closing(following, now, moment)
            self._held[self._held.index(held)] = held._replace(lease=following)

    def _take(self, store: LeaseStore, lease: Lease, now: float) -> None:
        self._tried.add(lease)
        if not store.take(lease):
            self._listed_at = -math.inf  # the list is not true any more
            return
        moment = self._told(now)
        if moment is None:
            return
        opens = now + self._opening(lease) - moment.earliest
        until = self._closing(lease, now, moment)
        held = _Held(lease, Window(self._quota.calls_of(lease.share), opens, until))
        self._held.append(held)
        if self._ends_soon(held, now):  # its window may be closed before the next look
            self._renew(store, held, now)

    def _told(self, now: float) -> Moment | None:
        """Return what time it was, after an answer that tells whether this clock is right."""
        self._note_time()
        return self._time.at(now)

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

    @property
    def _lasting(self) -> int:
        """How many shares this instance has that it has not left to others from the next epoch."""
        return sum(each.lease.following not in self._tried for each in self._held)

    # --- which leases ----------------------------------------------------------------------------

    def _free(self, moment: Moment) -> Iterator[Lease]:
        """Yield the leases that nobody seems to have, and that are of use."""
        has_enough = self._lasting + 1 > self._fair_part
        shares = [*self._allowed({each.lease.share for each in self._held})]
        random.shuffle(shares)  # so that two instances seldom want the same one
        for share in shares:
            lease = self._quota.current(share, moment.latest)
            is_taken = lease in self._taken or lease in self._tried
            if self._quota.end(lease) - moment.latest <= (_FIRST_SAY if is_taken else _LEAST_LEFT):
                lease = lease.following
                is_taken = lease in self._taken or lease in self._tried
            if is_taken:
                continue
            if not has_enough or moment.earliest > self._opening(lease) + _UNWANTED:
                yield lease

    def _allowed(self, own: set[int]) -> Iterator[int]:
        reserved = self._quota.reserved
        may_take_reserve = self._takes_reserve and not own
        for share in range(self._quota.shares):
            if share not in own and (may_take_reserve or share not in reserved):
                yield share

    def _usable(self, lease: Lease, moment: Moment) -> tuple[float, bool, bool]:
        """Return by what leases are compared; of equal ones any is taken.

        The first is what is of use soonest; all that are open already are as good as each other, so
        that those who begin at the same moment do not all want the same one. Then come the reserve,
        and those that would have to be renewed at once.
        """
        opens = max(self._opening(lease), moment.latest)
        is_short = self._quota.end(lease) - moment.latest < _RENEWED
        return opens, lease.share in self._quota.reserved, is_short

    def _opening(self, lease: Lease) -> float:
        """Return when a new holder may call: at once, where nobody had the epoch before."""
        start = self._quota.start(lease)
        is_known = lease.preceding not in self._taken and self._listed_from >= start
        return start if is_known else start + GUARD_AFTER

    def _closing(self, lease: Lease, now: float, moment: Moment) -> float:
        """Return when a lease's window closes at the latest, by the monotonic clock."""
        return now + self._quota.end(lease) - GUARD_BEFORE - moment.latest

    def _ending(self, now: float) -> _Held | None:
        """Return a share whose next epoch is to be taken, if there is one."""
        return next((each for each in self._held if self._ends_soon(each, now)), None)

    def _ends_soon(self, held: _Held, now: float) -> bool:
        is_soon = now > held.window.until + GUARD_BEFORE - _RENEWED
        return is_soon and held.lease.following not in self._tried
