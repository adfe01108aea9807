"""How many calls all instances together make, whoever holds which share of the quota."""

from __future__ import annotations

import heapq
import math
import random
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from mps_manifest.errors import OutOfTime, Refused, Unreachable
from mps_manifest.limits import leased_windows
from mps_manifest.limits.leased_windows import LeasedWindows
from mps_manifest.limits.quota_shares import EPOCH, Lease, Quota
from mps_manifest.limits.rate_limiter import OwnWindow, RateLimiter, Window
from mps_manifest.limits.store_time import StoreTime
from mps_manifest.ports import Dated
from tests.soaks import with_soaks

BEGIN = 1_760_000_000.0


class World:
    """One bucket and one service, and what the service has seen."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.time = BEGIN
        self.objects: dict[Lease, str] = {}
        self.busy: dict[str, int] = {}
        self.seen: list[float] = []
        self.of_share: dict[int, list[float]] = defaultdict(list)
        self.requests = 0


@dataclass
class Own:
    """A clock that is wrong, runs a little fast or slow, and may stand still."""

    world: World
    offset: float
    drift: float
    stood: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return (self.world.time - BEGIN - self.stood) * self.drift + self.offset

    def now(self) -> float:
        return self.world.time + self.offset

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Store:
    """The lease objects, as one instance reaches them."""

    def __init__(self, world: World, name: str, clock: Own) -> None:
        self._world, self._name, self._clock = world, name, clock
        self._dated: Dated | None = None

    def _answered(self) -> None:
        self._world.requests += 1
        now = self._clock.monotonic()
        self._dated = Dated(math.floor(self._world.time), now - 0.02, now + 0.02)

    def take(self, lease: Lease) -> bool:
        self._answered()
        return self._world.objects.setdefault(lease, self._name) == self._name

    def listed(self, epoch: int) -> tuple[frozenset[Lease], int]:
        self._answered()
        now = sum(each > epoch for each in self._world.busy.values())
        return frozenset(each for each in self._world.objects if each.epoch >= epoch), now

    def want(self, epoch: int) -> None:
        self._answered()
        self._world.busy[self._name] = epoch

    def dated(self) -> Dated | None:
        return self._dated


class Instance:
    """An instance that makes calls as eagerly as it may, each after so many seconds of other work.

    With such a rest, each call is in an invocation of its own.
    """

    def __init__(
        self,
        world: World,
        quota: Quota,
        *,
        threads: int = 16,
        takes_reserve: bool = True,
        rest: float = 0.0,
    ) -> None:
        self.clock = Own(
            world, world.chance.uniform(-1e4, 1e4), 1 + world.chance.uniform(-5e-5, 5e-5)
        )
        self.windows = LeasedWindows(quota, OwnWindow(1), self.clock)
        self.store = Store(world, f"{id(self)}", self.clock)
        self.windows.use(self.store, takes_reserve=takes_reserve)
        self.limiter = RateLimiter(self.windows, self.clock)
        self.world, self.threads = world, threads
        self.running: list[tuple[float, int, Window]] = []
        self.frozen_until = 0.0
        self.rest = rest
        self.made = 0

    def step(self) -> None:
        """Go on: end what is answered, and begin what may begin."""
        now, chance = self.world.time, self.world.chance
        if now < self.frozen_until:
            return
        while self.running and self.running[0][0] <= now:
            self.limiter.release(heapq.heappop(self.running)[2], throttled=False)
            if self.rest:
                self.frozen_until = now + self.rest * chance.uniform(0.7, 1.5)
                self.windows.use(self.store, takes_reserve=True)
                return
        while len(self.running) < self.threads and (permit := self.limiter.acquire(0)):
            took = 0.02 if self.rest else chance.choice([0.005, *[0.02] * 60, 0.3, 2.0])
            seen = now + chance.uniform(0, took)
            self.world.seen.append(seen)
            for held in self.windows._held:
                if held.window is permit:
                    self.world.of_share[held.lease.share].append(seen)
            self.made += 1
            heapq.heappush(self.running, (now + took, self.made, permit))

    def freeze(self, seconds: float) -> None:
        """Stop for a while, perhaps between a permit and its call."""
        self.frozen_until = self.world.time + seconds
        window = self.limiter.acquire(0)
        if window:
            self.made += 1
            self.world.seen.append(self.frozen_until)
            heapq.heappush(self.running, (self.frozen_until, self.made, window))

    def pause(self, seconds: float) -> None:
        """Stop between two invocations, with the clock."""
        while self.running:
            self.limiter.release(heapq.heappop(self.running)[2], throttled=False)
        self.frozen_until = self.world.time + seconds
        self.clock.stood += seconds
        self.windows.use(self.store, takes_reserve=True)


def run(world: World, instances: list[Instance], seconds: float) -> None:
    """Let time pass; every instance does what it can."""
    end = world.time + seconds
    while world.time < end:
        world.time += world.chance.uniform(0.001, 0.02)
        for each in instances:
            each.step()


def most_in_a_second(seen: list[float]) -> int:
    """Count the calls of the busiest second, wherever it begins."""
    window: deque[float] = deque()
    most = 0
    for moment in sorted(seen):
        window.append(moment)
        while window[0] <= moment - 1:
            window.popleft()
        most = max(most, len(window))
    return most


@pytest.mark.parametrize("count", with_soaks([1, 2, 5, 10], {2, 5}))
def test_all_together_stay_within_the_quota_and_use_it(count: int) -> None:
    """A call takes 21 ms in the middle, some take seconds: 93 a second are possible at most."""
    world = World(count)
    instances = [Instance(world, Quota.of(100)) for _ in range(count)]
    run(world, instances, 20)
    before, asked = len(world.seen), world.requests
    run(world, instances, 60)
    made = len(world.seen) - before
    assert most_in_a_second(world.seen) <= 100
    assert made / 60 >= 83
    assert (world.requests - asked) / made <= 0.2


@pytest.mark.parametrize("seed", range(3))
def test_many_that_begin_at_once_use_the_quota_from_then_on(seed: int) -> None:
    """A burst of messages is over before shares change hands; each instance has one job at a time.

    Whoever takes more shares than it can use keeps them from the others until their epoch ends.
    """
    world = World(seed)
    instances = [Instance(world, Quota.of(100), threads=1, rest=0.045) for _ in range(10)]
    run(world, instances, 20)
    assert most_in_a_second(world.seen) <= 100
    assert len(world.seen) / 20 >= 80
    assert world.requests / len(world.seen) <= 0.2


def test_who_never_waits_keeps_what_it_uses() -> None:
    """A share that is lost for want of a thread that waits is nobody's for three seconds.

    With a tenth of a second for each job, ten instances make 76 calls a second.
    """
    world = World(1)
    instances = [Instance(world, Quota.of(100), threads=1, rest=0.09) for _ in range(10)]
    run(world, instances, 20)
    before = len(world.seen)
    run(world, instances, 40)
    assert (len(world.seen) - before) / 40 >= 73


def test_who_comes_later_gets_a_part() -> None:
    """A lone busy instance has nearly all, and leaves a part to each that has none."""
    world = World(1)
    instances = [Instance(world, Quota.of(100))]
    run(world, instances, 20)
    instances += [Instance(world, Quota.of(100)) for _ in range(4)]
    run(world, instances, 40)
    before = [each.made for each in instances]
    run(world, instances, 60)
    made = [each.made - earlier for each, earlier in zip(instances, before, strict=True)]
    assert min(made) >= sum(made) / 5 / 4
    assert max(made) <= sum(made) / 2


def test_what_is_urgent_finds_a_reserve_at_once() -> None:
    """However busy a sweep is, a direct call waits for two round trips to the store at most."""
    world = World(2)
    sweep = Instance(world, Quota.of(100), takes_reserve=False)
    run(world, [sweep], 45)
    for _ in range(5):
        urgent = Instance(world, Quota.of(100), threads=1)
        came = world.time
        while not urgent.made:
            run(world, [sweep, urgent], 0.02)
        assert world.time - came <= 1.5
        run(world, [sweep], world.chance.uniform(20, 40))
    assert most_in_a_second(world.seen) <= 100


@pytest.mark.parametrize("seed", with_soaks(range(4), {2, 3}))
def test_frozen_and_killed_instances_exceed_nothing(seed: int) -> None:
    """A frozen one sends a call long after it began it, when its shares are others'."""
    world = World(seed)
    instances = [Instance(world, Quota.of(100)) for _ in range(6)]
    for _ in range(25):
        run(world, instances, world.chance.uniform(1, 6))
        victim = world.chance.randrange(len(instances))
        if world.chance.random() < 0.5:
            instances[victim].freeze(world.chance.choice([0.5, 5.0, 40.0, 100.0]))
        else:
            instances[victim] = Instance(world, Quota.of(100))
    assert most_in_a_second(world.seen) <= 100


@pytest.mark.parametrize("calls", [1.0, 2.5, 9.0, 10.0, 37.0, 1000.0])
def test_any_quota_is_cut_into_shares(calls: float) -> None:
    """Each has a call at least, and they add up to the quota less what is spared."""
    quota = Quota.of(calls)
    assert sum(map(quota.calls_of, range(quota.shares))) == quota.calls <= calls
    assert min(map(quota.calls_of, range(quota.shares))) >= 1
    assert quota.calls >= int(calls) * 0.9


def test_a_clock_that_stood_still_voids_what_was_held() -> None:
    """A frozen machine's clock may stop: the first dated answer after that tells it."""
    world = World(3)
    instance = Instance(world, Quota.of(100))
    run(world, [instance], 10)
    assert instance.windows.known(instance.clock.monotonic())
    instance.clock.stood += 20.0
    world.time += 20.0
    store = Store(world, "another request", instance.clock)
    store.want(0)
    instance.windows.use(store, takes_reserve=True)
    assert not instance.windows.known(instance.clock.monotonic())
    run(world, [instance], 10)
    assert most_in_a_second(world.seen) <= 100


class Refusing(Store):
    """A bucket that keeps no leases."""

    def take(self, lease: Lease) -> bool:
        raise Refused(f"no lease of share {lease.share}")


def test_where_no_leases_can_be_had_the_quota_is_split() -> None:
    """As on a versioned bucket, where everybody would get the same lease."""
    world = World(4)
    instance = Instance(world, Quota.of(100))
    instance.windows.use(Refusing(world, "r", instance.clock), takes_reserve=True)
    run(world, [instance], 10)
    assert instance.windows.is_split
    assert instance.made >= 8
    assert most_in_a_second(world.seen) == 1


class Silent(Store):
    """A bucket that does not answer."""

    def listed(self, epoch: int) -> tuple[frozenset[Lease], int]:
        raise Unreachable(f"no answer about epoch {epoch}")


def test_where_the_store_is_silent_nothing_is_called() -> None:
    """Others may have all of the quota."""
    world = World(5)
    instance = Instance(world, Quota.of(100))
    instance.windows.use(Silent(world, "s", instance.clock), takes_reserve=True)
    run(world, [instance], 10)
    assert not instance.windows.is_split
    assert world.seen == []


@pytest.mark.parametrize("share", [1, 24, 48, 49])
def test_a_share_that_another_had_just_before_is_not_used_at_once(share: int) -> None:
    """Whatever epoch the other shares are in: their epochs begin at other moments."""
    quota, world = Quota.of(100), World(0)
    begin = quota.start(quota.current(share, BEGIN)) + EPOCH
    world.time = math.floor(begin) + 2.05  # the date of an answer tells that the epoch has begun
    clock = Own(world, 0.0, 1.0)
    before = quota.current(share, begin - 1)
    for other in range(quota.shares):
        world.objects[Lease(other, quota.current(other, world.time).epoch)] = "others"
    del world.objects[before.following]
    world.objects[before] = "another"
    windows = LeasedWindows(quota, OwnWindow(1), clock)
    store = Store(world, "this", clock)
    windows.use(store, takes_reserve=True)
    store.want(0)  # its answer tells the time before the leases are listed
    held: list[Window] = []
    while not held:
        look = windows.wanted(clock.monotonic(), 1.0)
        assert look
        look()
        held = [each.window for each in windows._held if each.lease.share == share]
    assert held[0].opens > clock.monotonic() + 0.25


class Late(Store):
    """A bucket that nobody asks any more, since the invocation's time is over."""

    def listed(self, epoch: int) -> tuple[frozenset[Lease], int]:
        raise self._refused(epoch)

    def take(self, lease: Lease) -> bool:
        raise self._refused(lease)

    def _refused(self, wanted: object) -> OutOfTime:
        self._world.requests += 1
        assert self._world.requests < 100, f"{wanted} is asked for again and again"
        return OutOfTime()


def test_when_time_is_over_what_ends_soon_is_not_asked_for_again_and_again() -> None:
    """A thread that waits for its turn would never learn that there is no time for it."""
    world = World(7)
    instance = Instance(world, Quota.of(100))
    run(world, [instance], 10)
    instance.windows.use(Late(world, "l", instance.clock), takes_reserve=True)
    world.requests = 0
    run(world, [instance], 10)
    assert world.requests <= 60


class Undated(Store):
    """Something between us and the store leaves out the dates of its answers."""

    def dated(self) -> Dated | None:
        return None


def test_without_dates_nothing_is_called_and_little_asked() -> None:
    """Nobody could say which epoch it is; one look a while is enough to see whether that ends."""
    world = World(6)
    instance = Instance(world, Quota.of(100))
    instance.windows.use(Undated(world, "u", instance.clock), takes_reserve=True)
    run(world, [instance], 10)
    assert world.seen == []
    assert world.requests <= 21


def churn(seed: int) -> World:
    """Let instances come and be killed."""
    world = World(seed)
    instances = [Instance(world, Quota.of(100))]
    for _ in range(10):
        run(world, instances, world.chance.uniform(1, 6))
        if len(instances) < 4:
            instances.append(Instance(world, Quota.of(100)))
        else:
            instances[world.chance.randrange(4)] = Instance(world, Quota.of(100))
    return world


def exceeds(world: World) -> bool:
    """Return whether a second had more calls than the quota, or of a share than it has."""
    quota = Quota.of(100)
    return most_in_a_second(world.seen) > 100 or any(
        most_in_a_second(seen) > quota.calls_of(share) for share, seen in world.of_share.items()
    )


def test_no_share_is_used_beyond_its_calls() -> None:
    """Whoever had it before, and whoever is killed."""
    assert not exceeds(churn(1))


def no_guards(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(leased_windows, "GUARD_AFTER", 0.0)
    patch.setattr(leased_windows, "GUARD_BEFORE", 0.0)


def renewed_without_a_lease(patch: pytest.MonkeyPatch) -> None:
    def renew(self: LeasedWindows, _store: Store, held: Any, now: float) -> None:
        moment = self._time.at(now)
        assert moment
        held.window.until = now + self._quota.end(held.lease.following) - moment.latest
        self._held[self._held.index(held)] = held._replace(lease=held.lease.following)

    patch.setattr(LeasedWindows, "_renew", renew)


def lease_not_checked(patch: pytest.MonkeyPatch) -> None:
    sound = Store.take
    patch.setattr(Store, "take", lambda self, lease: sound(self, lease) or True)


@pytest.mark.parametrize("plant", [no_guards, renewed_without_a_lease, lease_not_checked])
def test_the_simulation_finds(
    plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what it says of the sound function would be worth nothing."""
    plant(monkeypatch)
    assert any(exceeds(churn(seed)) for seed in range(1, 13))


def thawed() -> World:
    """Let an instance that had the whole quota be frozen with its clock, until another has it."""
    world = World(1)
    first = Instance(world, Quota.of(100))
    run(world, [first], 20)
    first.pause(20.0)
    other = Instance(world, Quota.of(100))
    run(world, [first, other], 30)
    assert other.made > 500
    return world


def test_the_simulation_finds_a_clock_that_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody looks whether it stood still, a thawed instance uses what is another's."""
    assert most_in_a_second(thawed().seen) <= 100

    def note(self: StoreTime, answer: Dated) -> bool:
        self._answers.append(answer)
        return True

    monkeypatch.setattr(StoreTime, "note", note)
    assert most_in_a_second(thawed().seen) > 100
