"""Whatever goes wrong, and whoever wants it to end: traffic first, and only for the place it was meant for."""

from dataclasses import replace

import pytest

from bot.core import commands as c
from bot.core import effects as x
from bot.core import events as e
from bot.core import follows, gates
from bot.core.model import Phase, Surroundings
from bot.core.verdict import Finding, Outcome, Pace
from bot.core.voices import Decision
from tests.support.scenario import (
    ADA,
    BAD,
    BLIND,
    CHANGES,
    FINE,
    OMAR,
    PRIYA,
    STRANGER,
    UNDECIDED,
    VICTOR,
    Scenario,
    plan,
    verdict,
    written_plan,
)


def test_a_canary_that_is_worse_is_rolled_back_with_nobody_asked() -> None:
    at = Scenario().in_production().wait(5).looked(BAD)
    at.then(e.VerdictChanged, e.RollbackStarted, e.BuildBlocked)
    at.is_now(Phase.ROLLING_BACK)
    assert at.state.entry is not None
    assert at.state.entry.exposure == 0.0


def test_traffic_is_restored_before_anything_is_undone() -> None:
    at = Scenario().in_production().looked(BAD)
    at.refused(c.ReportUndone("shop-1", at.entry), saying="still has traffic")
    at.wait(2).when(c.ReportExposure("shop-1", at.entry, 0.0)).then(e.TrafficRestored)
    assert at.happened == (e.TrafficRestored(at.entry, 2.0),)
    at.when(c.ReportUndone("shop-1", at.entry)).is_now(Phase.ROLLED_BACK)
    assert at.state.blocks_build
    assert at.state.places == frozenset()


def test_a_hold_does_not_stop_a_rollback() -> None:
    Scenario().in_production().when(c.HoldRelease("shop-1", "wait"), ADA).looked(BAD).is_now(Phase.ROLLING_BACK)


def test_a_bad_look_on_staging_stops_promotion_and_starts_the_time_again() -> None:
    at = Scenario().on_staging().approved().held(50).looked(BAD).is_now(Phase.PROVING)
    at.wait(5).looked(FINE).held(55).is_now(Phase.PROVING).held(5).is_now(Phase.DEPLOYING)


STAYING = plan(stages=[{**stage, "on_failure": "hold"} for stage in written_plan()["stages"]])
"""A plan in which nothing goes back by itself."""
STAYING_BLIND = plan(
    timing={"look": "5s", "stale": "20s", "silence_max": "20s", "blind_max": "60s", "blind": "stay"},
)
SLOW = Finding("p95", "latency", "tolerance", Outcome.FAIL, "p95 900 ms on the canary against 180 ms", 0.9, 0.18, 500)
BAD_AND_SLOW = replace(BAD, findings=(*BAD.findings, SLOW))
BAD_AND_ODD = replace(BAD, findings=(*BAD.findings, replace(SLOW, outcome=Outcome.PASS, flag=True)))


def paged(at: Scenario) -> int:
    """How often on-call was called for what has just happened."""
    release, count = at.release, 0
    assert release is not None
    for recorded in at.journal[-len(at.happened) :] if at.happened else ():
        count += sum(isinstance(one, x.Page) for one in follows.effects(recorded, release, Surroundings()))
    return count


def test_a_metric_that_fails_where_users_are_calls_people_at_once_though_nothing_goes_back() -> None:
    at = Scenario(plan=STAYING).in_production().looked(BAD).then(e.VerdictChanged, e.ReleaseHeld).is_now(Phase.PROVING)
    assert at.state.held is not None
    assert "fails where users are, and only a person takes it back here: errors 5%" in at.state.held.reason
    assert paged(at) == 1
    at.wait(5).looked(BAD).then()
    at.when(c.RollBackRelease("shop-1", "they are right"), OMAR).is_now(Phase.ROLLING_BACK)


def test_whoever_lets_it_go_on_is_called_again_when_it_fails_anew() -> None:
    at = Scenario(plan=STAYING).in_production().looked(BAD).wait(5)
    at.when(c.ResumeRelease("shop-1"), ADA).then(e.ReleaseResumed)
    at.wait(5).looked(BAD).then()
    at.wait(5).looked(FINE).then(e.VerdictChanged)
    at.wait(5).looked(BAD).then(e.VerdictChanged, e.ReleaseHeld)
    assert paged(at) == 1


def test_a_release_that_somebody_holds_calls_people_all_the_same_when_it_fails() -> None:
    at = Scenario(plan=STAYING).in_production().when(c.HoldRelease("shop-1", "lunch"), OMAR)
    at.wait(5).looked(BAD).then(e.VerdictChanged, e.OnCallCalled)
    assert paged(at) == 1
    assert at.state.held is not None
    assert at.state.held.reason == "lunch"
    for _ in range(60):
        at.wait(10).looked(BAD).then()


def test_a_watch_that_somebody_holds_calls_people_all_the_same_when_it_looks_worse() -> None:
    at = Scenario().at_full().when(c.HoldRelease("shop-1", "lunch"), OMAR)
    at.wait(5).looked(BAD).then(e.VerdictChanged, e.OnCallCalled)
    assert paged(at) == 1


def test_a_release_that_somebody_holds_calls_people_all_the_same_when_nothing_can_be_read() -> None:
    at = Scenario(STAYING_BLIND).in_production().when(c.HoldRelease("shop-1", "lunch"), OMAR).looked(BLIND).wait(61)
    at.when(c.Tick("shop-1", at.entry)).then(e.OnCallCalled)
    assert paged(at) == 1
    at.wait(60).when(c.Tick("shop-1", at.entry)).then()


def test_while_it_is_held_people_are_called_once_for_each_thing_that_fails() -> None:
    at = Scenario(plan=STAYING).in_production().looked(BAD).then(e.VerdictChanged, e.ReleaseHeld)
    at.wait(5).looked(BAD_AND_SLOW).then(e.VerdictChanged, e.OnCallCalled)
    assert paged(at) == 1
    at.wait(5).looked(FINE).then(e.VerdictChanged)
    at.wait(5).looked(BAD_AND_SLOW).then(e.VerdictChanged)


def test_whoever_lets_it_go_on_is_not_called_again_for_what_failed_then() -> None:
    at = Scenario(plan=STAYING).in_production().looked(BAD).wait(5).when(c.ResumeRelease("shop-1"), ADA)
    at.wait(5).looked(BAD_AND_ODD).then(e.VerdictChanged)
    at.wait(5).looked(UNDECIDED).then(e.VerdictChanged)
    at.wait(5).looked(BAD).then(e.VerdictChanged)
    at.wait(5).looked(BAD_AND_SLOW).then(e.VerdictChanged, e.ReleaseHeld)
    assert paged(at) == 1


def test_a_watch_that_looks_worse_is_resumed_and_calls_for_something_new() -> None:
    at = Scenario().at_full().looked(BAD).then(e.VerdictChanged, e.ReleaseHeld)
    at.wait(5).when(c.ResumeRelease("shop-1"), ADA).then(e.ReleaseResumed)
    at.wait(5).looked(BAD_AND_SLOW).then(e.VerdictChanged, e.ReleaseHeld)
    assert paged(at) == 1


def test_a_blind_release_is_resumed_and_calls_when_it_is_blind_anew() -> None:
    at = Scenario(STAYING_BLIND).in_production().looked(BLIND).wait(61)
    at.when(c.Tick("shop-1", at.entry)).then(e.ReleaseHeld)
    at.wait(5).when(c.ResumeRelease("shop-1"), ADA).then(e.ReleaseResumed)
    at.wait(600).when(c.Tick("shop-1", at.entry)).then()
    at.looked(UNDECIDED).then(e.VerdictChanged).wait(5).looked(BLIND).wait(61)
    at.when(c.Tick("shop-1", at.entry)).then(e.ReleaseHeld)
    assert paged(at) == 1


def test_whoever_resumes_before_it_was_blind_for_long_is_called_when_it_is() -> None:
    at = Scenario(STAYING_BLIND).in_production().when(c.HoldRelease("shop-1", "lunch"), OMAR).looked(BLIND)
    at.wait(5).when(c.ResumeRelease("shop-1"), ADA).then(e.ReleaseResumed)
    at.wait(56).when(c.Tick("shop-1", at.entry)).then(e.ReleaseHeld)


def test_on_staging_a_failing_metric_calls_nobody() -> None:
    at = Scenario(plan=STAYING).on_staging().looked(BAD).then(e.VerdictChanged)
    assert paged(at) == 0


def test_a_build_that_was_rolled_back_does_not_come_back_until_somebody_says_so() -> None:
    at = Scenario(id="shop-2").staged()
    at.around = at.around.__class__(blocks={"c" * 40: "shop-1"})
    at.prepared().then(e.PreparationFailed).is_now(Phase.FAILED)
    assert "shop-1" in at.state.ending_reason


def test_an_operator_lets_a_blocked_build_back() -> None:
    at = Scenario().in_production().looked(BAD).exposed()
    at.when(c.ReportUndone("shop-1", at.entry)).is_now(Phase.ROLLED_BACK)
    unblock = c.UnblockBuild("shop-1", "the database was down, not the build")
    at.refused(unblock, STRANGER, saying="operators").when(unblock, ADA).then(e.BuildUnblocked)
    at.refused(unblock, ADA, saying="blocks no build")


def test_anybody_on_call_rolls_back_at_any_exposure() -> None:
    at = Scenario().in_production().held(30).exposed()
    at.when(c.RollBackRelease("shop-1", ""), OMAR).then(e.RollbackStarted, e.BuildBlocked).is_now(Phase.ROLLING_BACK)


def test_a_stranger_rolls_nothing_back() -> None:
    Scenario().in_production().refused(c.RollBackRelease("shop-1", "fun"), STRANGER, saying="members")


def test_rolling_back_twice_is_refused_and_changes_nothing() -> None:
    at = Scenario().in_production().when(c.RollBackRelease("shop-1", "x"), ADA)
    at.refused(c.RollBackRelease("shop-1", "x"), ADA, saying="on its way back")


def test_a_failed_deploy_goes_back_and_names_its_reason() -> None:
    at = Scenario().staged().prepared().when(c.ReportNotDeployed("shop-1", 1, "no disk")).is_now(Phase.ROLLING_BACK)
    at.exposed().when(c.ReportUndone("shop-1", at.entry)).is_now(Phase.ROLLED_BACK)
    assert "no disk" in at.state.ending_reason
    assert not at.state.blocks_build, "a deploy that failed says nothing against the build"


def test_an_undo_that_fails_is_said_and_does_not_hold_the_place() -> None:
    at = Scenario().in_production().looked(BAD).exposed()
    at.when(c.ReportNotUndone("shop-1", at.entry, "pods stuck")).is_now(Phase.ROLLED_BACK)
    assert "pods stuck" in at.state.ending_reason


def test_blindness_holds_first_and_returns_the_traffic_when_it_lasts() -> None:
    at = Scenario().in_production().held(10).looked(BLIND).wait(59).looked(BLIND).is_now(Phase.PROVING)
    at.wait(1).when(c.Tick("shop-1", at.entry)).then(e.RollbackStarted)
    assert at.state.rollback is not None
    assert at.state.rollback.cause == "blindness"


def test_a_plan_may_choose_to_stay_when_blind() -> None:
    timing = {"look": "5s", "stale": "20s", "silence_max": "20s", "blind_max": "60s", "blind": "stay"}
    at = Scenario(plan(timing=timing)).in_production().looked(BLIND).wait(600)
    at.when(c.Tick("shop-1", at.entry)).then(e.ReleaseHeld).is_now(Phase.PROVING)


def test_time_in_which_nobody_looked_does_not_count_as_held() -> None:
    at = Scenario().on_staging().approved().held(30).wait(100).looked()
    assert isinstance(at.happened[0], e.VerdictLapsed)
    assert at.state.entry is not None
    assert at.state.entry.stopwatch.read(at.now) == 50, "30 s of looks and the 20 s for which the last one was good"


def test_old_health_promotes_nothing_whoever_asks_for_what() -> None:
    at = Scenario().on_staging().approved().when(c.HoldRelease("shop-1", "lunch"), ADA).held(30).wait(50_000)
    at.when(c.ResumeRelease("shop-1"), ADA).is_now(Phase.PROVING)
    assert e.VerdictLapsed in [type(event) for event in at.happened]


def test_the_bot_s_own_absence_is_not_blindness() -> None:
    at = Scenario().in_production().wait(3600).when(c.Tick("shop-1", 4)).then(e.VerdictLapsed).is_now(Phase.PROVING)
    at.wait(5).looked().is_now(Phase.PROVING)
    assert at.state.entry is not None
    assert at.state.entry.blind_since is None


def test_a_step_in_which_nobody_has_looked_yet_is_blind_after_a_while_too() -> None:
    at = Scenario().on_staging().approved().held(60).deployed().exposed().wait(20)
    at.when(c.Tick("shop-1", at.entry)).then(e.VerdictLapsed).wait(60)
    at.when(c.Tick("shop-1", at.entry)).is_now(Phase.ROLLING_BACK)


def test_a_rollback_out_of_the_watch_takes_its_place_back_so_that_a_successor_waits() -> None:
    at = Scenario().at_full().when(c.RollBackRelease("shop-1", "it is real"), OMAR)
    at.then(e.PlaceTaken, e.RollbackStarted, e.BuildBlocked)
    assert at.state.places == {"production"}


def test_a_way_back_that_is_stuck_can_be_given_up_by_an_operator() -> None:
    at = Scenario().in_production().looked(BAD)
    give_up = c.GiveUpWayBack("shop-1", at.entry, "moved by hand")
    at.refused(give_up, ADA, saying="once it is stuck")
    at.when(c.ReportExposureStuck("shop-1", at.entry, "no answer")).refused(give_up, OMAR, saying="operators")
    at.refused(replace(give_up, reason=" "), ADA, saying="needs its reason in words")
    at.when(give_up, ADA).is_now(Phase.ROLLED_BACK)
    assert at.state.places == frozenset()


def test_a_cancellation_from_before_gives_no_way_back_up() -> None:
    """It was meant while none of the users had it."""
    at = Scenario().in_production().looked(BAD)
    at.when(c.ReportExposureStuck("shop-1", at.entry, "no answer"))
    at.refused(c.CancelRelease("shop-1", "not today"), ADA, saying="has moved on: it is on its way back already")
    at.is_now(Phase.ROLLING_BACK)
    assert at.state.places == {"production"}


def test_fix_first_in_a_watch_that_was_taken_over_is_refused() -> None:
    at = Scenario().at_full().when(c.RaiseConcern("shop-1", 7, "carts are lost"), OMAR)
    at.around = at.around.__class__(holders={"production": "shop-2"})
    at.refused(c.DecideConcern("shop-1", 1, Decision.FIX_FIRST, "back"), PRIYA, saying="shop-2 has taken over")


def test_the_watch_without_a_control_holds_and_moves_no_traffic() -> None:
    at = Scenario().at_full().looked(BAD).is_now(Phase.WATCHING)
    assert at.state.held is not None
    at.when(c.RollBackRelease("shop-1", "it is real"), OMAR).is_now(Phase.ROLLING_BACK)


def test_a_watch_with_an_open_concern_calls_people_all_the_same() -> None:
    at = Scenario().at_full().looked(FINE).when(c.RaiseConcern("shop-1", 7, "the colour is off"), OMAR)
    assert "a decision on concern 1" in str(gates.waiting(at.state, at.now))
    at.looked(BAD).then(e.VerdictChanged, e.ReleaseHeld)


def test_a_watch_that_somebody_holds_is_overdue_all_the_same() -> None:
    at = Scenario(plan(watch={"time": "120s"})).at_full().looked(FINE).when(c.HoldRelease("shop-1", "wait"), OMAR)
    at.held(300).is_now(Phase.WATCHING)
    assert at.state.entry is not None
    assert at.state.entry.overdue_at is not None


def test_the_watch_with_a_holdback_rolls_back_by_itself() -> None:
    Scenario(plan(watch={"time": "120s", "holdback": "2%"})).at_full().looked(BAD).is_now(Phase.ROLLING_BACK)


def test_a_successor_ends_the_watch_and_owns_the_way_back() -> None:
    at = Scenario().at_full()
    at.around = at.around.__class__(holders={"production": "shop-2"})
    at.refused(c.RollBackRelease("shop-1", "x"), ADA, saying="shop-2 has taken over")
    at.when(c.Supersede("shop-1", by="shop-2")).is_now(Phase.SUPERSEDED)


def test_a_late_verdict_of_a_step_that_was_left_does_nothing() -> None:
    at = Scenario().in_production()
    late = c.ReportVerdict("shop-1", at.entry, BAD)
    at.held(30).exposed().refused(late, saying="moved on")


def test_an_exposure_that_cannot_be_set_is_said_once() -> None:
    at = Scenario().on_staging().approved().held(60).deployed()
    stuck = c.ReportExposureStuck("shop-1", at.entry, "the balancer does not answer")
    at.when(stuck).then(e.ExposureStuck).when(stuck).then()


# ── cancelling and rejecting ─────────────────────────────────────────────────────────────────────────────────────────


def test_cancelling_before_anything_runs_ends_at_once() -> None:
    Scenario().staged().when(c.CancelRelease("shop-1", "wrong tag"), ADA).is_now(Phase.CANCELLED)


def test_cancelling_on_staging_brings_the_old_version_back_there() -> None:
    at = Scenario().on_staging().when(c.CancelRelease("shop-1", "not today"), ADA).is_now(Phase.ROLLING_BACK)
    at.exposed().when(c.ReportUndone("shop-1", at.entry)).is_now(Phase.CANCELLED)
    assert not at.state.blocks_build


def test_cancelling_with_traffic_in_production_is_refused_and_names_the_way() -> None:
    Scenario().in_production().refused(c.CancelRelease("shop-1", "x"), ADA, saying="/release rollback shop-1")


def test_rejecting_ends_the_attempt_with_the_reason() -> None:
    at = Scenario().on_staging()
    assert at.state.entry is not None
    reject = c.Reject("shop-1", at.entry, at.state.entry.asked or "", "the button is in the wrong place")
    at.refused(reject, ADA, saying="only product-manager or vp-product").when(reject, VICTOR)
    at.exposed().when(c.ReportUndone("shop-1", at.entry)).is_now(Phase.REJECTED)
    assert "wrong place" in at.state.ending_reason


# ── approvals and concerns ───────────────────────────────────────────────────────────────────────────────────────────


def test_only_the_named_roles_approve() -> None:
    at = Scenario().on_staging()
    at.refused(at.approval(), ADA, saying="only product-manager or vp-product")


def test_approving_twice_is_refused_and_counts_once() -> None:
    at = Scenario().on_staging()
    at.when(at.approval(), PRIYA).refused(at.approval(), PRIYA, saying="already")


def test_an_approval_of_something_else_than_what_was_shown_is_refused() -> None:
    at = Scenario().on_staging()
    at.refused(c.Approve("shop-1", at.entry, "another digest"), PRIYA, saying="changed since")


def test_a_better_text_after_the_question_voids_nothing() -> None:
    at = Scenario().on_staging()
    before = at.approval()
    at.when(c.ReportArtefact("shop-1", "notes", "better notes", "model")).when(before, PRIYA).then(e.ReleaseApproved)


def test_a_concern_holds_until_its_decider_has_decided() -> None:
    at = Scenario().on_staging().when(c.RaiseConcern("shop-1", 2, "no tooltip for newcomers"), VICTOR)
    at.approved().held(60).is_now(Phase.PROVING)
    decide = c.DecideConcern("shop-1", 1, Decision.CAVEAT, "a tooltip follows next week")
    at.refused(decide, VICTOR, saying="only product-manager").when(decide, PRIYA).is_now(Phase.PROVING)
    at.when(at.approval(), VICTOR).is_now(Phase.DEPLOYING)  # who decided knows the caveat; the others are asked again
    assert [caveat.words for caveat in at.state.caveats] == ["a tooltip follows next week"]


@pytest.mark.parametrize("decision", [Decision.FIX_FIRST, Decision.DESCOPE])
def test_fix_first_and_descope_end_this_attempt(decision: Decision) -> None:
    at = Scenario().on_staging().when(c.RaiseConcern("shop-1", 2, "it loses carts"), VICTOR)
    decided = c.DecideConcern("shop-1", 1, decision, "carts must stay", CHANGES[0].commit)
    at.when(decided, PRIYA).is_now(Phase.ROLLING_BACK)
    at.exposed().when(c.ReportUndone("shop-1", at.entry)).is_now(Phase.REJECTED)


def test_a_concern_is_decided_once() -> None:
    at = Scenario().on_staging().when(c.RaiseConcern("shop-1", 2, "no tooltip"), VICTOR)
    decide = c.DecideConcern("shop-1", 1, Decision.CAVEAT, "fine")
    at.when(decide, PRIYA).refused(decide, PRIYA, saying="already")


def test_over_a_no_go_nobody_promotes_and_nothing_goes_back() -> None:
    no_go = replace(verdict(Outcome.INCONCLUSIVE, Pace.RESET), rule="beyond a no-go bound")
    no_go = replace(no_go, findings=tuple(replace(found, flag=True) for found in no_go.findings))
    at = Scenario().on_staging().approved().held(50).looked(no_go).is_now(Phase.PROVING)
    at.refused(c.PromoteRelease("shop-1", at.entry, "hurry"), ADA, saying="never skips a no-go")
    (health,) = (row for row in gates.rows(at.state, at.now) if row.gate == "health")
    assert health.standing is gates.Standing.NO_GO
    assert health.words == "beyond a no-go bound: errors 5% on the canary against 0.3 % on its control"
    at.looked().held(50).is_now(Phase.PROVING).held(10).is_now(Phase.DEPLOYING)


def test_promoting_never_skips_a_gate_that_fails() -> None:
    at = Scenario().on_staging().looked(BAD)
    at.refused(c.PromoteRelease("shop-1", at.entry, "please"), ADA, saying="never skips what fails")
