"""Measures over releases: what a course counts and what it does not, and what is said of it against a target.

That each measure is met, missed and met again is in `tests/plans`, on the documents' own targets.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from bot.core import commands as c
from bot.core import events as e
from bot.core.actors import Actor
from bot.core.course import Course, course
from bot.core.figures import figures
from bot.core.model import Phase
from bot.core.scores import MEASURES, Period, Score, scores
from bot.core.targets import Targets
from bot.core.voices import Decision
from bot.texts.plans.meaning import noticed
from bot.views.records import stats_in_lines
from tests.plans.journals import DAY, PERIOD_SECONDS, courses
from tests.support.scenario import ADA, BAD, ODD, PRIYA, START, VICTOR, Scenario, plan, written_plan

NEARBY = replace(PRIYA, in_channel=True)
LONGER = plan(watch={"time": "300s"})
AIMS = {
    "rollback_rate": "5%",
    "review_time": "4h",
    "time_to_recovery": "10m",
    "deploys_per_week": 5,
    "staging_misses": "2%",
}


def read(at: Scenario) -> Course:
    return course(at.journal, at.now)


def aims(**changes: object) -> Targets:
    return Targets.model_validate({**AIMS, **changes})


# ── what a journal says ──────────────────────────────────────────────────────────────────────────────────────────────


def test_every_target_has_a_measure_and_every_measure_a_target() -> None:
    assert [one.key for one in MEASURES] == list(Targets.model_fields)


def test_a_release_that_only_waits_for_its_planned_yes_is_advanced_by_nobody() -> None:
    assert read(Scenario().in_production()).is_hands_off is None, "it may still need somebody"
    assert read(Scenario().at_full()).is_hands_off is True


@pytest.mark.parametrize(
    "act",
    [
        lambda at: at.when(c.HoldRelease(at.id, "lunch"), NEARBY).when(c.ResumeRelease(at.id), ADA),
        lambda at: at.when(c.PromoteRelease(at.id, at.entry, "it is fine"), ADA),
        lambda at: at.looked(ODD).when(c.AcceptAnomaly(at.id, "errors", "known", at.entry), ADA),
        lambda at: at.when(c.RollBackRelease(at.id, "no"), NEARBY),
        lambda at: at.when(c.ChangePlan(at.id, at.entry, LONGER, at.state.plan_digest, "too short"), ADA),
    ],
)
def test_whoever_does_more_than_the_plan_asks_is_counted(act: object) -> None:
    at = Scenario().in_production()
    assert callable(act)
    act(at)
    assert read(at).is_hands_off is False


def test_a_stage_that_a_changed_plan_puts_in_is_not_taken_for_the_last() -> None:
    first, second = written_plan()["stages"]
    wait = {"name": "quality", "steps": [{"gates": [{"gate": "minimum-time", "time": "1h"}]}]}
    at = Scenario().on_staging()
    new = plan(stages=[first, wait, second])
    at.when(c.ChangePlan(at.id, at.entry, new, at.state.plan_digest, "we wait an hour")).exposed().approved().held(60)
    at.wait(3600).when(c.Tick(at.id, at.entry)).is_now(Phase.DEPLOYING)
    began = at.now
    at.deployed()
    while at.state.phase is Phase.PROVING:
        at.exposed().held(30)
    assert read(at).rollout_seconds == at.now - 30 - began


def test_a_decision_about_a_concern_is_one_more_than_planned() -> None:
    at = Scenario().on_staging()
    at.when(c.RaiseConcern(at.id, at.entry, "slow"), VICTOR)
    at.when(c.DecideConcern(at.id, 1, Decision.CAVEAT, "so be it"), PRIYA)
    assert read(at).is_hands_off is False


def test_pressing_go_where_the_plan_asks_for_it_is_planned() -> None:
    health, go = {"gate": "health", "held": "30s"}, {"gate": "go", "role": "vp-product"}
    at = Scenario(
        plan(stages=[{"name": "production", "environment": "production", "steps": ["100%"], "gates": [health, go]}])
    )
    at.staged().prepared().written().deployed().exposed().looked()
    at.when(c.PromoteRelease(at.id, at.entry, ""), VICTOR).held(30).is_now(Phase.WATCHING)
    assert read(at).is_hands_off is True


def test_what_is_done_in_the_watch_does_not_count_as_help_on_the_way() -> None:
    at = Scenario().at_full()
    at.when(c.HoldRelease(at.id, "lunch"), NEARBY)
    assert read(at).is_hands_off is True


def test_a_slip_that_is_cancelled_before_anything_ran_counts_nowhere() -> None:
    at = Scenario().staged().when(c.CancelRelease("shop-1", "a slip"), Actor(ADA.id))
    found = read(at)
    assert (found.is_hands_off, found.is_decided, found.place_seconds) == (None, False, None)


def test_a_review_that_is_taken_back_is_no_review() -> None:
    at = Scenario().on_staging().wait(100).approved()
    assert read(at).review_seconds == (100.0,)
    at.when(c.WithdrawApproval(at.id, at.entry), PRIYA)
    assert read(at).review_seconds == ()
    at.wait(50).when(at.approval(), PRIYA)
    assert read(at).review_seconds == (150.0,)


def test_waiting_for_a_lock_is_not_waiting_for_a_place() -> None:
    at = Scenario()
    at.around = replace(at.around, holders={"staging": "shop-0"})
    at.staged().prepared().wait(40)
    assert read(at).place_seconds == 40
    at.when(c.HoldRelease(at.id, "lunch"), NEARBY).wait(40)
    assert read(at).place_seconds == 40


def test_a_release_that_never_ends_its_canary_is_not_counted_as_one_that_held() -> None:
    found = read(Scenario().in_production())
    assert found.met_users
    assert not found.is_decided


@pytest.mark.parametrize("measure", ["rollback_rate", "staging_misses"])
def test_a_canary_that_still_runs_is_in_no_share(measure: str) -> None:
    found = period([read(Scenario().at_full()), read(Scenario().in_production())], 0)
    (score,) = (one for one in scores(aims(), found, period([], -1)) if one.measure.key == measure)
    assert (score.value, score.count) == (0.0, 1)


def test_going_back_from_staging_is_no_rollback_from_users() -> None:
    at = Scenario().on_staging()
    at.when(c.RollBackRelease(at.id, "no"), NEARBY)
    found = read(at)
    assert (found.met_users, found.went_back, found.broke) == (False, False, ())


def test_what_a_person_takes_back_is_not_the_rollback_rate() -> None:
    at = Scenario().in_production()
    at.when(c.RollBackRelease(at.id, "no"), NEARBY)
    assert not read(at).went_back


def test_a_plan_without_staging_has_no_cycle_and_lets_nothing_through() -> None:
    steps = {"name": "production", "environment": "production", "steps": ["50%", "100%"]}
    at = Scenario(plan(stages=[{**steps, "gates": [{"gate": "health", "held": "30s"}]}]))
    at.staged().prepared().written().deployed().exposed().wait(10).looked(BAD)
    found = read(at)
    assert (found.cycle_seconds, found.broke, found.let_through) == (None, ("errors",), None)


def test_targets_change_nothing_about_a_moving_release() -> None:
    plain_one, aimed = Scenario(), Scenario(plan(targets=AIMS))
    for at in (plain_one, aimed):
        at.in_production().held(20)
    told, also = (
        [one.event for one in at.journal if not isinstance(one.event, e.ReleaseStaged)] for at in (plain_one, aimed)
    )
    assert told == also
    assert plain_one.state.plan_digest == aimed.state.plan_digest, "not even what approvers are asked is another"
    assert noticed(plain_one.state, aimed.plan) == "", "nor is it a changed plan"


# ── what is said of it ───────────────────────────────────────────────────────────────────────────────────────────────


def period(found: Sequence[Course], number: int) -> Period:
    since = START + number * PERIOD_SECONDS
    return Period(found, since, since + PERIOD_SECONDS)


def scored(measure: str, *values: float, targets: Targets) -> list[Score]:
    """Of periods that follow one another, the first of which has none before it."""
    found = [period([], -1), *(period(courses(measure, value, START), n) for n, value in enumerate(values))]
    return [
        one for before, here in pairwise(found) for one in scores(targets, here, before) if one.measure.key == measure
    ]


def line_of(score: Score, days: int = 14) -> str:
    _, *lines = stats_in_lines(replace(figures([]), scores={"shop": (score,)}), days)
    return "\n".join(lines)


def test_a_missed_rollback_rate_names_the_criteria_of_staging_to_tighten() -> None:
    first, second = scored("rollback_rate", 0, 10, targets=aims())
    assert line_of(first) == (
        "Targets of shop: 1 of 1 met; nothing to compare with in the 14 days before:\n"
        "  rollback rate: met, 0 % of 20 deploys; target at most 5 %"
    )
    assert line_of(second) == (
        "Targets of shop: 0 of 1 met:\n"
        "  rollback rate: missed, 10 % of 20 deploys; target at most 5 %; worse than 0 % of 20 deploys in the 14 days "
        "before; criteria to tighten in the stages before: errors (2)"
    )


def test_what_staging_flagged_and_people_let_through_is_named() -> None:
    (score,) = scored("staging_misses", 10, targets=aims())
    assert "staging misses: missed, 10 % of 20 deploys" in line_of(score)
    assert "flagged there and let through: errors (2)" in line_of(score)


def test_a_time_says_how_many_were_within_it() -> None:
    first, second, third = scored("review_time", 3600, 3600, 1800, targets=aims())
    assert "review time: met, median 1h (3 reviews, 3 of them within it); target at most 4h" in line_of(first)
    assert "; the same in the 14 days before (3 reviews)" in line_of(second)
    assert "; better than 1h (3 reviews) in the day before" in line_of(third, 1)


def test_deploys_a_week_are_not_told_of_less_than_a_week() -> None:
    found = courses("deploys_per_week", 5, START)
    here = Period(found, START, START + 6 * DAY)
    score = next(one for one in scores(aims(), here, period([], -1)) if one.measure.key == "deploys_per_week")
    assert (
        "deploys per week: not measured, 10 deploys in less than a week; target at least 5 deploys a week"
        in line_of(score)
    )


def test_what_nobody_has_measured_is_neither_met_nor_missed_nor_nothing() -> None:
    every = scores(aims(deploys_per_week=None), period([], 0), period([], -1))
    _, heading, *lines = stats_in_lines(replace(figures([]), scores={"shop": every}), 30)
    assert heading == "Targets of shop: 0 of 4 met; nothing to compare with in the 30 days before:"
    assert lines[0] == "  staging misses: not measured, no deploy to measure; target at most 2 %"
    assert all(": not measured, no " in line for line in lines)


def test_missed_targets_stand_first() -> None:
    found = courses("review_time", 9 * 3600, START)
    every = scores(aims(), period(found, 0), period([], -1))
    _, _, *lines = stats_in_lines(replace(figures([]), scores={"shop": every}), 30)
    assert [line.split(", ")[0].strip() for line in lines] == [
        "review time: missed",
        "deploys per week: missed",
        "staging misses: met",
        "rollback rate: met",
        "time to recovery: not measured",
    ]


def test_of_several_services_each_says_how_many_of_its_own_targets_it_has_met() -> None:
    found = period(courses("review_time", 9 * 3600, START), 0)
    one, other = scores(aims(), found, period([], -1)), scores(Targets(), found, period([], -1))
    told = stats_in_lines(replace(figures([]), scores={"shop": one, "till": other}), 30)
    assert told[1:] == [
        "Targets, by service:",
        "  shop: 2 of 5 met; missed: review time, deploys per week; not measured: time to recovery",
    ]


def test_without_targets_nothing_is_said_of_them() -> None:
    every = scores(Targets(), period(courses("review_time", 60, START), 0), period([], -1))
    assert stats_in_lines(replace(figures([]), scores={"shop": every}), 30) == ["none"]


# ── incidents ────────────────────────────────────────────────────────────────────────────────────────────────────────

BEFORE = Targets.model_validate({"incident_rate": "before"})
GIVEN = Targets.model_validate({"incident_rate": {"before": 0.2}})


def test_an_incident_rate_says_on_how_many_releases_it_rests_and_which_caused_them() -> None:
    first, second = scored("incident_rate", 0.1, 0.3, targets=Targets.model_validate({"incident_rate": 0.2}))
    assert "incident rate: met, 0.1 incidents a release (2 in 20 releases); target at most 0.2" in line_of(first)
    assert line_of(second).endswith(
        "incident rate: missed, 0.3 incidents a release (6 in 20 releases); target at most 0.2 incidents a release; "
        "worse than 0.1 incidents a release (2 in 20 releases) in the 14 days before; "
        "caused by shop-1 (1), shop-2 (1), shop-3 (1), shop-4 (1), shop-5 (1)"
    )


def test_the_same_or_fewer_than_before_is_held_against_the_days_before() -> None:
    _, same, more, fewer = scored("incident_rate", 0.1, 0.1, 0.3, 0.1, targets=BEFORE)
    assert "met, 0.1 incidents a release (2 in 20 releases); target the same or fewer than in the 14 d" in line_of(same)
    assert (same.is_met, more.is_met, fewer.is_met) == (True, False, True)


def test_where_there_is_nothing_before_the_number_from_before_songbird_counts_and_is_named() -> None:
    first, second = scored("incident_rate", 0.1, 0.15, targets=GIVEN)
    assert "; target the same or fewer than before, which by the plan was 0.2 incidents a release" in line_of(first)
    assert second.is_met is False, "the days before have a number of their own, and it is a lower one"


def test_too_few_releases_are_too_few_to_say() -> None:
    found = courses("incident_rate", 0.1, START)
    few, enough = period(found[:4], 0), period(found, 0)
    (score,) = (one for one in scores(GIVEN, few, period([], -1)) if one.measure.key == "incident_rate")
    assert score.is_met is None
    assert "incident rate: too few to say, 0.5 incidents a release (2 in 4 releases)" in line_of(score)
    assert line_of(score).endswith("; it takes 5 releases")
    (score,) = (one for one in scores(BEFORE, enough, period(found[:4], -1)) if one.measure.key == "incident_rate")
    assert score.is_met is None
    assert line_of(score).endswith("; it takes 5 releases in the 14 days before as well")
    _, _, line = stats_in_lines(replace(figures([]), scores={"shop": (score,), "till": ()}), 14)
    assert line == "  shop: 0 of 1 met; too few to say: incident rate"


def test_only_releases_that_reached_users_are_counted() -> None:
    reached, stayed = read(Scenario().in_production()), read(Scenario().on_staging())
    found = scores(GIVEN, period([reached, stayed], 0), period([], -1))
    assert [one.count for one in found if one.measure.key == "incident_rate"] == [1]
