"""From staged to healthy: what has to come true, and that nothing less will do."""

from dataclasses import replace

from bot.core import commands as c
from bot.core import events as e
from bot.core import gates, shown
from bot.core.due import QUEUE_SECONDS, due
from bot.core.model import Phase
from bot.core.verdict import Finding, Outcome, Pace, Verdict
from bot.core.voices import Decision
from tests.support.scenario import ADA, FINE, OMAR, PRIYA, STRANGER, UNDECIDED, VICTOR, Scenario, plan


def test_a_staged_release_is_being_prepared() -> None:
    Scenario().staged().then(e.ReleaseStaged).is_now(Phase.PREPARING)


def test_a_prepared_release_takes_the_free_place_and_deploys() -> None:
    Scenario().staged().prepared().then(e.ReleasePrepared, e.StageEntered, e.PlaceTaken, e.DeployStarted).is_now(
        Phase.DEPLOYING
    )


def test_what_cannot_be_prepared_ends_with_its_reason_and_takes_no_place() -> None:
    at = Scenario().staged().when(c.ReportNotPrepared("shop-1", "no tag v1.1.0")).is_now(Phase.FAILED)
    assert at.state.ending_reason == "no tag v1.1.0"
    assert not at.around.holders


def test_the_version_that_runs_already_is_not_released_again() -> None:
    Scenario().staged().when(c.ReportPrepared("shop-1", "d" * 40, "v1.0.0", "d" * 40, ())).is_now(Phase.FAILED)


def test_nobody_is_asked_before_there_is_something_to_look_at() -> None:
    at = Scenario().staged().prepared().deployed()
    assert at.state.entry is not None
    assert at.state.entry.asked is None
    at.written().then(e.ArtefactWritten, e.ApprovalAsked)


def test_health_and_approvals_together_leave_staging_by_themselves() -> None:
    at = Scenario().on_staging().approved().is_now(Phase.PROVING)
    at.held(60).is_now(Phase.DEPLOYING)
    assert e.PlaceLeft("staging") in at.happened
    assert at.state.places == {"production"}


def test_the_last_approval_advances_as_well_as_the_last_second_does() -> None:
    at = Scenario().on_staging().held(60).is_now(Phase.PROVING)
    at.when(at.approval(), PRIYA).is_now(Phase.PROVING)
    at.when(at.approval(), VICTOR).is_now(Phase.DEPLOYING)


def test_time_alone_advances_when_it_was_the_last_thing_missing() -> None:
    at = Scenario().on_staging().approved().wait(15).looked().wait(15).looked().wait(15).looked().wait(14.9)
    at.when(c.Tick("shop-1", at.entry)).then()
    at.wait(0.1).when(c.Tick("shop-1", at.entry)).is_now(Phase.DEPLOYING)


def test_samples_before_the_exposure_was_seen_do_not_count() -> None:
    at = Scenario().staged().prepared().written().deployed()
    at.refused(c.ReportVerdict("shop-1", at.entry, FINE), saying="before the exposure was observed")


def test_doubt_pauses_what_held_for_has_gathered() -> None:
    at = Scenario().on_staging().approved().held(40).looked(UNDECIDED).wait(10).looked(UNDECIDED).wait(10).looked()
    assert at.state.entry is not None
    assert at.state.entry.stopwatch.read(at.now) == 40
    at.held(20).is_now(Phase.DEPLOYING)


def test_exposure_rises_step_by_step_to_the_watch() -> None:
    at = Scenario().at_full()
    assert at.state.exposures == (1.0, 50.0, 100.0)
    assert at.state.places == frozenset(), "the watch holds no place"


def test_after_the_watch_the_release_is_healthy() -> None:
    Scenario().at_full().held(120).then(e.ReleaseHealthy).is_now(Phase.HEALTHY)


def test_full_exposure_leaves_the_holdback_until_the_watch_is_over() -> None:
    at = Scenario(plan(watch={"time": "120s", "holdback": "2%"})).at_full()
    assert at.state.exposures == (1.0, 50.0, 98.0)


def test_what_the_holdback_kept_waits_while_a_successor_owns_the_traffic() -> None:
    """Given while the successor deploys it would move its traffic, and afterwards nobody would be left to give it."""
    at = Scenario(plan(watch={"time": "120s", "holdback": "2%"})).at_full()
    at.around = replace(at.around, holders={"production": "shop-2"})
    at.held(300).is_now(Phase.WATCHING)
    fresh = at.now + 999.0
    assert due(at.state, fresh, at.now) == at.now + QUEUE_SECONDS, "nobody tells it that the successor has left"
    at.around = replace(at.around, holders={})
    at.wait(1).when(c.Tick("shop-1", at.entry)).then(e.ReleaseHealthy)


def test_without_a_holdback_a_watch_ends_although_a_successor_deploys() -> None:
    at = Scenario().at_full()
    at.around = replace(at.around, holders={"production": "shop-2"})
    at.held(120).is_now(Phase.HEALTHY)


def test_a_stage_without_an_environment_deploys_nothing() -> None:
    stages = [{"name": "qa", "gates": [{"gate": "approval", "roles": {"product-manager": 1}}]}]
    at = Scenario(plan(stages=stages)).staged().prepared().is_now(Phase.PROVING).written()
    at.when(at.approval(), PRIYA).is_now(Phase.HEALTHY)


def test_a_minimum_time_is_waited_for_whatever_the_metrics_say() -> None:
    stages = [{"name": "qa", "gates": [{"gate": "minimum-time", "time": "2h"}]}]
    at = Scenario(plan(stages=stages)).staged().prepared().wait(7199)
    at.when(c.Tick("shop-1", at.entry)).then().wait(1).when(c.Tick("shop-1", at.entry)).is_now(Phase.HEALTHY)


def test_a_person_must_press_go_where_the_plan_says_so() -> None:
    stages = [{"name": "qa", "gates": [{"gate": "go", "role": "vp-product"}]}]
    at = Scenario(plan(stages=stages)).staged().prepared().is_now(Phase.PROVING)
    go = c.PromoteRelease("shop-1", at.entry, "ready")
    at.refused(go, ADA, saying="vp-product").when(go, VICTOR).is_now(Phase.HEALTHY)


def test_a_second_release_queues_and_follows_when_the_place_is_free() -> None:
    at = Scenario(id="shop-2")
    at.around = at.around.__class__(holders={"staging": "shop-1"}, queues={"staging": ("shop-2",)})
    at.staged().prepared().is_now(Phase.QUEUED)
    assert e.PlaceQueued("staging", "shop-1") in at.happened
    at.when(c.TakePlace("shop-2")).then()
    at.around = at.around.__class__(queues={"staging": ("shop-2",)})
    at.when(c.TakePlace("shop-2")).then(e.PlaceTaken, e.DeployStarted)


def test_the_queue_is_first_come_first_served() -> None:
    at = Scenario(id="shop-3")
    at.around = at.around.__class__(queues={"staging": ("shop-2", "shop-3")})
    at.staged().prepared().is_now(Phase.QUEUED).when(c.TakePlace("shop-3")).then()


def test_a_step_that_waits_too_long_holds_and_says_what_for() -> None:
    at = Scenario().on_staging().held(60).wait(24 * 3600).looked()
    assert [type(event) for event in at.happened][-2:] == [e.StepOverdue, e.ReleaseHeld]
    assert "approval" in at.happened[-2].waiting_for  # type: ignore[union-attr]


def test_what_was_overdue_and_let_go_on_is_overdue_again_after_as_long() -> None:
    """Whoever resumes it gives it the time of the step once more; nobody waits for ever in silence."""
    at = Scenario().on_staging().held(60).wait(24 * 3600).looked().wait(600)
    at.when(c.ResumeRelease("shop-1"), ADA)
    at.wait(24 * 3600 - 10).looked()
    assert e.StepOverdue not in [type(event) for event in at.happened]
    at.wait(15).looked().then(e.StepOverdue, e.ReleaseHeld)


def test_so_is_a_watch_that_does_not_come_to_its_end() -> None:
    at = Scenario(plan(watch={"time": "1h"})).at_full().when(c.HoldRelease("shop-1", "lunch"), ADA)
    for _again in range(2):
        at.wait(2 * 3600).when(c.Tick("shop-1", at.entry))
        assert e.StepOverdue in [type(event) for event in at.happened]
        at.when(c.ResumeRelease("shop-1"), ADA)


def test_a_hold_that_was_not_late_gives_no_more_time() -> None:
    at = Scenario().on_staging().held(60).when(c.HoldRelease("shop-1", "lunch"), ADA).wait(23 * 3600)
    at.when(c.ResumeRelease("shop-1"), ADA).wait(3600).looked()
    assert [type(event) for event in at.happened][-2:] == [e.StepOverdue, e.ReleaseHeld]


def test_promoting_skips_the_waiting_but_not_the_people() -> None:
    at = Scenario().on_staging()
    promote = c.PromoteRelease("shop-1", at.entry, "the hotfix is urgent")
    at.refused(promote, STRANGER, saying="operators").when(promote, ADA).is_now(Phase.PROVING)
    at.approved().is_now(Phase.DEPLOYING)


def test_a_person_s_go_is_the_go_and_skips_no_soak() -> None:
    gates = [{"gate": "go", "role": "vp-product"}, {"gate": "minimum-time", "time": "4h"}]
    at = Scenario(plan(stages=[{"name": "qa", "gates": gates}])).staged().prepared()
    at.when(c.PromoteRelease("shop-1", at.entry, "ready"), VICTOR).is_now(Phase.PROVING)
    at.wait(4 * 3600).when(c.Tick("shop-1", at.entry)).is_now(Phase.HEALTHY)


def test_promoting_never_shortens_a_minimum_time() -> None:
    at = Scenario(plan(stages=[{"name": "qa", "gates": [{"gate": "minimum-time", "time": "4h"}]}])).staged().prepared()
    at.when(c.PromoteRelease("shop-1", at.entry, "hurry"), ADA).is_now(Phase.PROVING)


def test_doubt_after_the_time_was_held_still_waits() -> None:
    at = Scenario().on_staging().held(60).looked(UNDECIDED).approved().is_now(Phase.PROVING)
    at.looked().is_now(Phase.DEPLOYING)


def test_no_step_is_left_before_the_peak_that_it_asks_for_was_seen() -> None:
    words = "errors: 40 requests a second on the new version at most so far, 200 to be seen once"
    unseen = Finding("errors", "errors", "peak", Outcome.INCONCLUSIVE, words)
    quiet = Verdict(Outcome.INCONCLUSIVE, Pace.RUN, "the load was not seen", (unseen,))
    at = Scenario().on_staging().approved().held(120, quiet).is_now(Phase.PROVING)
    assert f"held 1m; {words}" in [row.words for row in gates.rows(at.state, at.now)]
    at.looked().is_now(Phase.DEPLOYING)


def test_no_step_is_left_before_its_traffic_was_seen() -> None:
    stages = [{"name": "p", "environment": "p", "gates": [{"gate": "minimum-time", "time": "10s"}]}]
    at = Scenario(plan(stages=stages)).staged().prepared().deployed().wait(60)
    at.when(c.Tick("shop-1", at.entry)).is_now(Phase.PROVING)
    at.exposed().is_now(Phase.WATCHING)


def test_a_build_that_is_on_its_way_is_not_released_twice() -> None:
    at = Scenario(id="shop-2").staged()
    at.around = at.around.__class__(moving={"c" * 40: "shop-1"})
    at.prepared().is_now(Phase.FAILED)
    assert "shop-1" in at.state.ending_reason


def test_a_queued_build_that_was_blocked_meanwhile_takes_no_place() -> None:
    at = Scenario(id="shop-2")
    at.around = at.around.__class__(holders={"staging": "shop-1"})
    at.staged().prepared().is_now(Phase.QUEUED)
    at.around = at.around.__class__(blocks={"c" * 40: "shop-1"})
    at.when(c.TakePlace("shop-2")).is_now(Phase.CANCELLED)


def test_an_open_concern_keeps_the_watch_open() -> None:
    at = Scenario().at_full().when(c.RaiseConcern("shop-1", 7, "is it really fine"), OMAR).held(200)
    at.is_now(Phase.WATCHING).when(c.DecideConcern("shop-1", 1, Decision.CAVEAT, "it is"), PRIYA).is_now(Phase.HEALTHY)


def test_a_watch_that_does_not_come_to_its_end_calls_a_person() -> None:
    at = Scenario().at_full().held(300, UNDECIDED)
    assert at.state.held is not None
    assert "without coming to the end" in at.state.held.reason


def test_a_hold_while_texts_are_written_loses_none() -> None:
    at = Scenario().staged().when(c.HoldRelease("shop-1", ""), ADA).prepared().written()
    assert set(at.state.artefacts) == {*shown.TEXTS}


def test_hold_stops_promotion_and_resume_lets_go() -> None:
    at = Scenario().on_staging().approved()
    at.when(c.HoldRelease("shop-1", "lunch"), OMAR).held(120).is_now(Phase.PROVING)
    at.refused(c.ResumeRelease("shop-1"), STRANGER, saying="operators")
    at.when(c.ResumeRelease("shop-1"), ADA).is_now(Phase.DEPLOYING)


def test_a_hold_while_deploying_stops_before_any_traffic() -> None:
    at = Scenario().staged().prepared().when(c.HoldRelease("shop-1", ""), ADA).deployed().is_now(Phase.DEPLOYING)
    at.when(c.ResumeRelease("shop-1"), ADA).is_now(Phase.PROVING)
