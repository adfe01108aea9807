"""The model is worth something: it finds every planted defect, and names its symptom.

Most are found by chance, within a few stories. Those that chance finds too slowly have a story of
their own, which the sound function passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model import defects
from tests.model.defects import PLANTED, Plant
from tests.model.events import Draft, direct, parked, task, tickets
from tests.model.jobs import IDS, Script, api_of
from tests.model.machine import NoJobIsLost
from tests.model.plans import Plan, Strike
from tests.model.test_replacing_races import Publishing, manifest

EXAMPLES = 300
STEPS = 8
LATER = 910.0
AFTER_TTL = 8000.0
ONE = ((IDS[0], api_of(IDS[0])),)
THREE = tuple((job_id, api_of(job_id)) for job_id in IDS[:3])

Story = Callable[[NoJobIsLost], None]


def begin(machine: NoJobIsLost, end: str = "complete", bucket: str = "plain") -> None:
    """Begin with jobs that have all ended so; a late file comes half a second after that."""
    scripts = tuple(Script(job_id, api_of(job_id), 0, 0, end, 2, 0.5) for job_id in IDS)
    how = {"bucket": bucket, "qps": "30", "concurrency": "1", "timeout": "60"}
    machine.begin(scripts=scripts, known=len(IDS), **how)


# --- what may happen to a job ----------------------------------------------------------------


def throttled_while_asked(machine: NoJobIsLost) -> None:
    begin(machine)
    machine.the_weather_changes(service="api", how="throttled")
    machine.an_event_comes(draft=Draft(parked, ONE), plan=Plan())


def ticket_that_cannot_be_read(machine: NoJobIsLost) -> None:
    begin(machine)
    fails = Plan(tuple(Strike("read ticket", n, "unreachable", after=False) for n in range(9)))
    machine.an_event_comes(draft=Draft(tickets, THREE), plan=fails)


def step_that_cannot_be_told(machine: NoJobIsLost) -> None:
    begin(machine)
    machine.the_weather_changes(service="callbacks", how="unreachable")
    machine.an_event_comes(draft=Draft(task, ONE), plan=Plan())


def unwritable_at_its_expiry(machine: NoJobIsLost) -> None:
    throttled_while_asked(machine)
    machine.the_weather_changes(service="api", how="fine")
    machine.the_weather_changes(service="writes", how="unreachable")
    machine.time_passes(seconds=AFTER_TTL)
    machine.a_sweep(plan=Plan())


def completed_by_another_before_its_expiry(machine: NoJobIsLost) -> None:
    throttled_while_asked(machine)
    machine.the_weather_changes(service="api", how="fine")
    machine.an_event_comes(draft=Draft(direct, ONE), plan=Plan())
    machine.the_weather_changes(service="api", how="throttled")
    machine.time_passes(seconds=AFTER_TTL)
    machine.a_sweep(plan=Plan())


def killed_after_replacing(machine: NoJobIsLost) -> None:
    begin(machine, "late")
    machine.an_event_comes(draft=Draft(parked, ONE), plan=Plan())
    machine.time_passes(seconds=LATER)
    machine.a_sweep(plan=Plan((Strike("write manifests", 1, "kill", after=True),)))


def replaced_by_two_at_once(machine: NoJobIsLost) -> None:
    """Stop one when it is about to replace what stands, and run another one first."""
    begin(machine, "fail")
    machine.there.ledger.first_given[IDS[0]] = float("-inf")
    machine.there.run([Publishing(machine.there, 0, manifest("expired"), Plan())])
    overtake(machine, "write manifests 1")
    machine._check()
    machine.there.run([Publishing(machine.there, 1, manifest("failed"), Plan())])


def written_by_two_on_a_versioned_bucket(machine: NoJobIsLost) -> None:
    begin(machine, "fail", "versioned")
    overtake(machine, "write manifests 0")


def overtake(machine: NoJobIsLost, about_to: str) -> None:
    """Stop who knows less before a call, until another one has published what is right."""
    slow = Publishing(machine.there, 0, manifest("partial"), Plan())
    quick = Publishing(machine.there, 1, manifest("failed"), Plan())
    end = "the end"
    machine.there.run([slow, quick], script=[(slow, about_to), (quick, end), (slow, end)])


STORIES: dict[Plant, Story] = {
    defects.throttled_answer_treated_as_rejected: throttled_while_asked,
    defects.unreadable_ticket_swallowed: ticket_that_cannot_be_read,
    defects.expired_though_it_has_ended: unwritable_at_its_expiry,
    defects.expired_overwrites_what_stands: completed_by_another_before_its_expiry,
    defects.callback_failure_swallowed: step_that_cannot_be_told,
    defects.stale_locks_stay: killed_after_replacing,
    defects.lock_not_taken: replaced_by_two_at_once,
    defects.worse_version_not_withdrawn: written_by_two_on_a_versioned_bucket,
}


# --- the tests -------------------------------------------------------------------------------


def tell(story: Story) -> None:
    """Play one story, until the dust has settled."""
    machine = NoJobIsLost()
    try:
        story(machine)
    finally:
        machine.teardown()


def drive() -> None:
    """Play stories by chance until something is wrong; the same ones each time."""
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        NoJobIsLost,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate,),
        ),
    )


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_the_model_finds(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first line of what it says names the violations; the rest is the journal."""
    plant(monkeypatch)
    with pytest.raises(AssertionError) as found:
        tell(STORIES[plant]) if plant in STORIES else drive()
    violations, _, _ = str(found.value).partition("\n")
    assert re.search(PLANTED[plant], violations), found.value


@pytest.mark.parametrize("story", STORIES.values(), ids=lambda story: story.__name__)
def test_the_sound_function_passes(story: Story) -> None:
    """Else a story would find nothing but itself."""
    tell(story)
