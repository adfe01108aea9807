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

from tests.model import deadly_defects, defects, due_defects
from tests.model.defects import PLANTED, Plant
from tests.model.events import Draft, direct, parked, task, tickets
from tests.model.jobs import IDS, NEWCOMER, Script, api_of
from tests.model.machine import NoJobIsLost
from tests.model.plans import FROZEN, Plan, Strike
from tests.model.test_replacing_races import Publishing, manifest
from tests.soaks import with_soaks

EXAMPLES = 300
STEPS = 8
LATER = 910.0
AFTER_TTL = 8000.0
ONE = ((IDS[0], api_of(IDS[0])),)
THREE = tuple((job_id, api_of(job_id)) for job_id in IDS[:3])

Story = Callable[[NoJobIsLost], None]


def begin(machine: NoJobIsLost, end: str = "complete", bucket: str = "plain", **how: str) -> None:
    """Begin with jobs that have all ended so; a late file comes half a second after that.

    `second` is the end of the second one, where that is another; it is still queued once then, or
    as often as it is asked about for the first times (`queued`).
    """
    second, queued = how.pop("second", end), int(how.pop("queued", "1"))
    scripts = tuple(
        Script(job_id, api_of(job_id), 0, 0, end, 2, 0.5)
        if number != 1 or second == end
        else Script(job_id, api_of(job_id), queued, 0, second, 2, 0.5)
        for number, job_id in enumerate(IDS)
    )
    world = {"bucket": bucket, "qps": "30", "concurrency": "1", "timeout": "60"}
    world |= {"sharing": "split", **how}
    machine.begin(scripts=scripts, known=len(IDS), **world)


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


def finished_while_a_step_waits(machine: NoJobIsLost) -> None:
    begin(machine, second="fail")
    machine.an_event_comes(draft=Draft(task, THREE[1:2]), plan=Plan())
    machine.an_event_comes(draft=Draft(parked, THREE[1:2]), plan=Plan())


def running_during_a_sweep(machine: NoJobIsLost) -> None:
    begin(machine, second="fail", queued="3")
    machine.an_event_comes(draft=Draft(parked, THREE[1:2]), plan=Plan())
    machine.a_sweep(plan=Plan())


def parked_with_one_that_kills(machine: NoJobIsLost) -> None:
    """Whatever the delays, another job's entry comes after that of the one that kills.

    Both are bulk, which the first job of an event is not.
    """
    begin(machine, second="poison")
    machine.an_event_comes(draft=Draft(parked, THREE), plan=Plan())
    machine.an_event_comes_back(which=0, plan=Plan())
    machine.time_passes(seconds=65.0)
    machine.the_weather_changes(service="api", how="throttled")
    machine.an_event_comes(draft=Draft(parked, THREE[::2]), plan=Plan())
    machine.the_weather_changes(service="api", how="fine")


def named_with_one_that_kills(machine: NoJobIsLost) -> None:
    begin(machine, second="poison")
    machine.an_event_comes(draft=Draft(parked, THREE), plan=Plan())


def answered_about_another(machine: NoJobIsLost) -> None:
    begin(machine, "swapped")
    machine.an_event_comes(draft=Draft(parked, ONE), plan=Plan())


def asked_by_two_with_leases(machine: NoJobIsLost) -> None:
    begin(machine, sharing="leases", qps="1", concurrency="4")
    machine._send(Draft(parked, tuple((job_id, api_of(job_id)) for job_id in IDS[3:])))
    machine.several_at_once(
        chosen=[(0, Plan()), (2, Plan())],
        draft=Draft(parked, THREE),
        later=None,
        seed=1,
        restless=0.7,
    )


def rejected_before_its_task(machine: NoJobIsLost) -> None:
    begin(machine, second=NEWCOMER)
    machine.an_event_comes(draft=Draft(parked, THREE[1:2]), plan=Plan())
    machine.time_passes(seconds=16.0)
    machine.an_event_comes(draft=Draft(task, THREE), plan=Plan())


def unwritable_at_its_expiry(machine: NoJobIsLost) -> None:
    throttled_while_asked(machine)
    machine.the_weather_changes(service="api", how="fine")
    machine.time_passes(seconds=AFTER_TTL)
    fails = Strike("write manifests", 0, "unreachable", after=False)
    machine.a_sweep(plan=Plan((fails,)))


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


def frozen_while_it_holds_the_lock(machine: NoJobIsLost) -> None:
    """Freeze one after it read what stands, until its lock is over and another has written."""
    begin(machine, "fail")
    world = machine.there
    world.ledger.first_given[IDS[0]] = float("-inf")
    world.run([Publishing(world, 0, manifest("expired"), Plan())])
    frozen = Plan((Strike("read manifests", 1, "freeze", after=True),))
    later = Plan((Strike("write manifests", 0, "freeze", after=False),))
    slow = Publishing(world, 0, manifest("partial"), frozen)
    quick = Publishing(world, 1, manifest("failed"), later)
    slow.end += FROZEN
    end = "the end"
    world.run([slow, quick], script=[(slow, "frozen"), (quick, end), (slow, end)])
    machine._check()


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
    defects.lock_not_checked_before_the_write: frozen_while_it_holds_the_lock,
    defects.answer_of_another_job_used: answered_about_another,
    defects.lease_of_another_used: asked_by_two_with_leases,
    defects.task_ended_by_an_old_quarantine_entry: rejected_before_its_task,
    deadly_defects.starts_never_counted: parked_with_one_that_kills,
    deadly_defects.suspects_not_worked_on_alone: parked_with_one_that_kills,
    deadly_defects.nobody_writes_down_what_is_started: parked_with_one_that_kills,
    deadly_defects.never_given_up_over_deaths: parked_with_one_that_kills,
    deadly_defects.given_up_at_its_first_death: parked_with_one_that_kills,
    deadly_defects.records_of_starts_stay: parked_with_one_that_kills,
    deadly_defects.event_worked_on_again_and_again: named_with_one_that_kills,
    due_defects.a_manifest_is_the_last_word_for_a_step_as_well: finished_while_a_step_waits,
    due_defects.what_a_sweep_has_parked_itself_is_a_duplicate: running_during_a_sweep,
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
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate,),
        ),
    )


FOUND_LATE = (defects.never_given_up, defects.jobs_do_not_leave_marks)
"""Each takes half a minute to be found, however small the change."""


@pytest.mark.parametrize("plant", with_soaks(PLANTED, FOUND_LATE), ids=lambda plant: plant.__name__)
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
