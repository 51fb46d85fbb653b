"""Locks and freezes, as a release meets them: what they stop, what they never stop, and how it goes on by itself."""

from dataclasses import replace

import pytest

from bot.core import commands as c
from bot.core import events as e
from bot.core.beside import Bar, BarKind
from bot.core.due import due
from bot.core.gates import waiting
from bot.core.model import Phase
from tests.support.scenario import ADA, BAD, OMAR, START, UNDECIDED, Scenario, plan

DAY = 86_400.0


def lock(at: Scenario) -> Scenario:
    """Omar locks the service now."""
    bar = Bar("lock-1", BarKind.LOCK, ("shop",), OMAR, "the database is being moved", at.now, at.now)
    return _with(at, bar)


def freeze(at: Scenario, starts_in: float, seconds: float) -> Scenario:
    begins = at.now + starts_in
    return _with(at, Bar("freeze-1", BarKind.FREEZE, (), ADA, "the holidays", START, begins, begins + seconds))


def free(at: Scenario) -> Scenario:
    at.around = replace(at.around, bars=())
    return at.when(c.Tick(at.id, at.entry))


def _with(at: Scenario, bar: Bar) -> Scenario:
    at.around = replace(at.around, bars=(*at.around.bars, bar))
    return at.when(c.Tick(at.id, at.entry)) if at.state.entry else at


def waits_for(at: Scenario) -> str:
    here = waiting(at.state, at.now)
    assert here is not None
    return here.words


# ── what they stop ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_canary_rises_no_further_while_its_service_is_locked() -> None:
    at = lock(Scenario().in_production()).then(e.BarsChanged).held(600)
    assert at.state.step is at.state.stage.steps[0]
    assert waits_for(at) == "locked by Omar: the database is being moved"


def test_a_lifted_lock_lets_it_go_on_at_once() -> None:
    at = lock(Scenario().in_production()).held(60)
    free(at).then(e.BarsChanged, e.StepPassed, e.StepEntered)


def test_a_frozen_release_is_not_deployed_where_users_are_and_holds_no_place_there() -> None:
    at = lock(Scenario().on_staging()).approved().held(60).is_now(Phase.QUEUED)
    assert at.state.places == frozenset()
    assert at.around.holders == {}
    free(at).then(e.BarsChanged, e.PlaceTaken, e.DeployStarted)


def test_what_is_deployed_already_gets_no_traffic() -> None:
    at = lock(Scenario().on_staging().approved().held(60).is_now(Phase.DEPLOYING)).deployed().is_now(Phase.DEPLOYING)
    free(at).then(e.BarsChanged, e.StepEntered)


def test_a_holdback_is_not_given_up_while_frozen() -> None:
    at = lock(Scenario(plan=plan(watch={"time": "120s", "holdback": "2%"})).at_full()).held(150)
    free(at.is_now(Phase.WATCHING)).then(e.BarsChanged, e.ReleaseHealthy)


# ── what they never stop ─────────────────────────────────────────────────────────────────────────────────────────────


def test_staging_goes_on() -> None:
    at = lock(Scenario().staged().prepared().written()).deployed().exposed().looked()
    assert at.state.bars == ()
    at.approved().held(60).is_now(Phase.QUEUED)


def test_a_watch_that_exposes_nothing_more_comes_to_its_end() -> None:
    lock(Scenario().at_full()).held(130).is_now(Phase.HEALTHY)


def test_the_last_step_may_end_since_nothing_rises_after_it() -> None:
    at = Scenario().in_production().held(30)
    while at.state.step is not at.state.stage.steps[-1]:
        at.exposed().held(30)
    lock(at.exposed()).held(30).is_now(Phase.WATCHING)


def test_a_bad_verdict_takes_a_locked_release_back_and_nothing_stops_it() -> None:
    at = lock(Scenario().in_production()).looked(BAD).then(e.VerdictChanged, e.RollbackStarted, e.BuildBlocked)
    assert at.state.bars == ()
    at.exposed().when(c.ReportUndone(at.id, at.entry)).is_now(Phase.ROLLED_BACK)


def test_a_lock_that_comes_with_a_bad_verdict_does_not_come_before_the_traffic() -> None:
    at = Scenario().in_production()
    at.around = replace(at.around, bars=(Bar("lock-1", BarKind.LOCK, ("shop",), OMAR, "x", at.now, at.now),))
    at.looked(BAD).then(e.VerdictChanged, e.RollbackStarted, e.BuildBlocked)


def test_a_person_rolls_a_frozen_release_back() -> None:
    lock(Scenario().in_production()).when(c.RollBackRelease("shop-1", "odd"), ADA).is_now(Phase.ROLLING_BACK)


def test_a_release_that_waits_at_a_freeze_can_be_cancelled() -> None:
    at = lock(Scenario().on_staging()).approved().held(60)
    at.when(c.CancelRelease("shop-1", "not this year"), ADA).is_now(Phase.CANCELLED)


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("at", [Scenario().on_staging().approved().held(60), Scenario().in_production()])
def test_a_release_is_due_when_a_freeze_begins_and_when_it_ends(at: Scenario) -> None:
    freeze(at, 3.5, DAY)
    (bar,) = at.around.bars
    assert due(at.state, at.around.looked_at, at.now, at.around.bars) == bar.starts_at
    at.wait(3.5).when(c.Tick(at.id, at.entry)).then(e.BarsChanged)
    assert bar.ends_at in [due(at.state, None, later, at.around.bars) for later in (at.now, at.now + DAY - 1)]
    at.wait(DAY).when(c.Tick(at.id, at.entry))
    assert at.state.bars == ()


def test_a_freeze_that_ended_while_nobody_looked_stops_nothing() -> None:
    at = freeze(Scenario().in_production(), 10, 20).wait(40).held(60)
    assert e.BarsChanged not in [type(one.event) for one in at.journal]


def test_the_time_it_was_stopped_for_does_not_count_as_overdue() -> None:
    at = lock(Scenario().in_production())
    time_max = at.state.stage.steps[0].time_max
    at.wait(time_max + 1).looked(UNDECIDED)
    assert at.state.held is None
    free(at)
    assert at.state.held is None
    at.wait(time_max + 1).looked(UNDECIDED)
    assert at.state.held is not None


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_promote_does_not_go_past_a_lock_and_says_what_does() -> None:
    at = lock(Scenario().in_production())
    at.refused(
        c.PromoteRelease("shop-1", at.entry, "now"),
        ADA,
        saying=r"locked by Omar.*in an emergency two people go past it",
    )


def test_of_several_the_one_that_ends_last_is_named() -> None:
    at = lock(freeze(Scenario().in_production(), 0, DAY))
    assert "locked by Omar" in waits_for(at)
    assert len(at.state.bars) == 2


def test_a_held_release_stays_held_when_the_lock_is_lifted() -> None:
    at = lock(Scenario().in_production()).when(c.HoldRelease("shop-1", "wait"), ADA).held(60)
    free(at).then(e.BarsChanged)
    at.when(c.ResumeRelease("shop-1"), ADA).then(e.ReleaseResumed, e.StepPassed, e.StepEntered)
