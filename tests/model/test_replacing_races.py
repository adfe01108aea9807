"""Many want to replace one manifest at once: the best one stands, in every order of calls."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import Executor
from typing import cast

import pytest

from mps_manifest.errors import ServiceError
from mps_manifest.limits.deadline import Deadline
from mps_manifest.manifests.publisher import Publisher
from mps_manifest.manifests.ranking import Manifest, ManifestStatus
from mps_manifest.parsing.canonical_json import canonical_document
from mps_manifest.workflow.core import Core
from tests.model.cooperative import StrandPool
from tests.model.ledger import RANK
from tests.model.plans import Plan, Strike
from tests.model.ports import GatedApi, GatedStore
from tests.model.wiring import context, cooperative_threads
from tests.model.world import Invocation, World

ID = "a" * 32
KEY = f"manifests/{ID}.json"
SEEDS = 150
LEASE = 130.0
LONG = 1000.0
"""Seconds that an invocation may take, so that a lock does not outlive it for that alone."""


def manifest(status: ManifestStatus, note: str = "") -> Manifest:
    body = canonical_document({"name": ID, "status": status, "note": note or "first"})
    return Manifest(ID, status, body)


def core(invocation: Invocation) -> Core:
    """Build what the function would use."""
    wired = invocation.world.instances[invocation.number].wired
    wired.connect(GatedStore(invocation), GatedApi(invocation))
    deadline = Deadline(invocation.world.clock, LONG)
    file_executor = cast("Executor", StrandPool(1))
    return wired.function.assemble(context(60.0), deadline, file_executor)


def publisher(invocation: Invocation) -> Publisher:
    """Build the one that the function would use."""
    return core(invocation).publisher


class Publishing(Invocation):
    """An invocation that does nothing but publish one manifest."""

    def __init__(self, world: World, number: int, wanted: Manifest, plan: Plan) -> None:
        super().__init__(world, number, None, plan)
        self.wanted = wanted
        self.stands = 0

    def run(self) -> None:
        try:
            self.stands = RANK[publisher(self).publish(self.wanted).status]
        except ServiceError as fault:
            self.note(f"raised {type(fault).__name__}")
        self.finished = True


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    with cooperative_threads():
        yield


class Race:
    """Some publish at the same time, perhaps after one who died."""

    def __init__(self, bucket: str, seed: int) -> None:
        self._chance = chance = random.Random(seed)
        self.seed = seed
        self.world = World(
            [], bucket=bucket, qps="100", concurrency="1", timeout="60", sharing="split"
        )
        self.world.ledger.first_given[ID] = float("-inf")
        self.published: list[Publishing] = []
        some: list[ManifestStatus] = ["expired", "partial", "complete", "complete"]
        self.run([manifest(chance.choice(some[:2]))], mishaps=False)
        if chance.random() < 0.5:
            self.run([manifest("partial", "older")], mishaps=True)
            self.world.turns.pass_by(LEASE)
        number = chance.choice([2, 3])
        wanted = [manifest(chance.choice(some), chance.choice("ab")) for _ in range(number)]
        self.run(wanted, mishaps=chance.random() < 0.5)

    def run(self, wanted: list[Manifest], *, mishaps: bool) -> None:
        """Publish all at the same time."""
        chance = self._chance
        plans = [_plan(chance) if mishaps else Plan() for _ in wanted]
        publishing = [
            Publishing(self.world, number, each, plan)
            for number, (each, plan) in enumerate(zip(wanted, plans, strict=True))
        ]
        self.world.run([*publishing], chance.randrange(1 << 30), chance.choice([0.1, 0.3, 0.6]))
        self.published += publishing

    def come_back(self) -> None:
        """Run those who failed or died once more, one after the other."""
        self.world.turns.pass_by(LEASE)
        for each in [publishing for publishing in self.published if not publishing.stands]:
            self.run([each.wanted], mishaps=False)

    def rank(self) -> int:
        """Return the rank of what stands."""
        document = self.world.ledger.manifest(ID)
        return RANK[document["status"]] if document else 0

    def told(self) -> str:
        """Return how it went, line by line."""
        return f"seed {self.seed}\n" + "\n".join(self.world.ledger.journal)


def _plan(chance: random.Random) -> Plan:
    what = chance.choice(["kill", "unreachable", "unreachable", "freeze"])
    if what == "freeze":  # but not in the middle of a write, which nobody could take back
        areas = ["read manifests", "write locks", "read locks", "list locks"]
        nth = chance.choice([0, 1, 2])
        return Plan((Strike(chance.choice(areas), nth, what, chance.random() < 0.5),))
    ours = [f"{call} manifests" for call in ("read", "write", "list", "delete")]
    areas = ["write locks", "delete locks", "read locks", *ours]
    return Plan((Strike(chance.choice(areas), 0, what, chance.random() < 0.5),))


# --- three orders that chance hardly ever finds ----------------------------------------------

END = "the end"
LOCKING, REPLACING = "write locks 0", "write manifests 1"
"""The calls that create the lock, and that replace the manifest."""


def expired(*, lock_left_behind: bool) -> World:
    """Make a world where an expired manifest stands; whoever wrote it may have died then."""
    world = World([], bucket="plain", qps="100", concurrency="1", timeout="60", sharing="split")
    world.ledger.first_given[ID] = float("-inf")
    world.run([Publishing(world, 0, manifest("expired"), Plan())])
    if lock_left_behind:
        dies = Plan((Strike("write manifests", 1, "kill", after=True),))
        world.run([Publishing(world, 0, manifest("expired", "again"), dies)])
        world.turns.pass_by(LEASE)
    assert bool(world.ledger.keys("locks/")) == lock_left_behind
    return world


def check(world: World, script: list[tuple[Publishing, str]]) -> None:
    """Run a script; nothing may get worse, and what is best stands once it is tried again.

    Who met another's lock was told so, and its job is looked at again.
    """
    invocations: list[Invocation] = list(dict.fromkeys(each for each, _ in script))
    world.run(invocations, script=list(script))
    world.run([Publishing(world, 0, manifest("complete"), Plan())])
    told = "\n".join(world.ledger.journal)
    assert not world.ledger.violations, told
    document = world.ledger.manifest(ID)
    assert document is not None
    assert document["status"] == "complete", told


def test_those_who_count_locks_differently_do_not_hold_two() -> None:
    """Who found a lock left behind takes the next; meanwhile it is gone, and others begin anew."""
    world = expired(lock_left_behind=True)
    slow = Publishing(world, 0, manifest("complete"), Plan())
    quick = Publishing(world, 1, manifest("expired", "quick"), Plan())
    late = Publishing(world, 2, manifest("partial"), Plan())
    check(world, [(slow, LOCKING), (quick, END), (late, REPLACING), (slow, END), (late, END)])


def test_who_does_not_know_whether_it_got_the_lock_removes_nobody_elses() -> None:
    """Removing the lock of another one would let two writers replace a manifest at once."""
    world = expired(lock_left_behind=False)
    unlucky = Plan((Strike("write locks", 0, "unreachable", after=False),))
    fails = Publishing(world, 0, manifest("expired", "fails"), unlucky)
    holder = Publishing(world, 1, manifest("partial"), Plan())
    third = Publishing(world, 2, manifest("complete"), Plan())
    again = "write manifests 1"
    before: list[tuple[Publishing, str]] = [(fails, LOCKING), (holder, REPLACING), (fails, again)]
    check(world, [*before, (third, END), (holder, END), (fails, END)])


class Tidying(Publishing):
    """An invocation that removes locks that were left behind."""

    def run(self) -> None:
        core(self).locks.drop_stale()
        self.finished = True


def test_who_tidies_up_removes_no_lock_that_is_held() -> None:
    """A lock left behind is taken over and removed, and another has its name before it is."""
    world = expired(lock_left_behind=True)
    tidies = Tidying(world, 0, manifest("expired"), Plan())
    quick = Publishing(world, 1, manifest("expired", "quick"), Plan())
    holder = Publishing(world, 2, manifest("partial"), Plan())
    third = Publishing(world, 3, manifest("complete"), Plan())
    before = [(tidies, "delete locks 0"), (quick, END), (holder, REPLACING), (tidies, END)]
    check(world, [*before, (third, END), (holder, END)])


@pytest.mark.parametrize("part", range(10))
def test_the_rank_of_a_manifest_never_goes_down(part: int) -> None:
    """On a plain bucket not even for a moment."""
    for seed in range(part * SEEDS, (part + 1) * SEEDS):
        race = Race("plain", seed)
        assert not race.world.ledger.violations, race.told()


@pytest.mark.parametrize("part", range(5))
@pytest.mark.parametrize("bucket", ["plain", "versioned"])
def test_the_best_stands_in_the_end(bucket: str, part: int) -> None:
    """Nobody was told of a manifest that is gone, and those who died mend it when they return."""
    for seed in range(part * SEEDS, (part + 1) * SEEDS):
        race = Race(bucket, seed)
        if not any(each.dead for each in race.published):
            assert race.rank() >= max(each.stands for each in race.published), race.told()
        race.come_back()
        assert race.rank() == max(RANK[each.wanted.status] for each in race.published), race.told()


def test_races_are_races() -> None:
    """They do replace something, and locks do get in each other's way."""
    races = [Race("plain", seed) for seed in range(SEEDS)]
    assert sum(len(race.world.ledger.statuses[ID]) > 1 for race in races) > SEEDS / 4
    assert sum("/00000001 AlreadyExists" in race.told() for race in races) > SEEDS / 50
