"""What journals add up to: computed on stories whose times are known, and nothing where nothing is known."""

from dataclasses import replace

from bot.core import commands as c
from bot.core import events as e
from bot.core.actors import Actor
from bot.core.course import course
from bot.core.figures import Spread, figures
from bot.core.model import Phase
from tests.support.scenario import ADA, BAD, PRIYA, VICTOR, Scenario


def healthy() -> Scenario:
    """Through everything, and an hour of watching."""
    at = Scenario().at_full()
    while at.state.phase is Phase.WATCHING:
        at.held(at.plan.watch.time)
    return at.is_now(Phase.HEALTHY)


def back() -> Scenario:
    """The canary fails; the traffic is seen back 3 s after that."""
    at = Scenario(id="shop-2").in_production().wait(10).looked(BAD).wait(3).exposed().wait(4)
    return at.when(c.ReportUndone(at.id, at.entry)).is_now(Phase.ROLLED_BACK)


def test_a_release_that_became_healthy_took_from_staged_to_healthy() -> None:
    at = healthy()
    found = course(at.journal, at.now + 500)
    assert (found.release, found.service, found.phase) == ("shop-1", "shop", Phase.HEALTHY)
    assert found.healthy_seconds == at.state.phase_since - at.journal[0].at
    assert found.rollback_seconds is None
    assert found.detection_seconds is None


def test_people_are_waited_for_from_the_question_to_the_last_yes() -> None:
    at = Scenario().on_staging()
    at.held(60).when(at.approval(), PRIYA)
    asked_at = next(one.at for one in at.journal if isinstance(one.event, e.ApprovalAsked))
    at.held(50).when(at.approval(), VICTOR)
    answered_at = at.now
    assert course(at.journal, at.now + 1_000).people_seconds == answered_at - asked_at


def test_a_release_that_still_waits_has_waited_until_now() -> None:
    at = Scenario().on_staging()
    asked_at = next(one.at for one in at.journal if isinstance(one.event, e.ApprovalAsked))
    assert course(at.journal, at.now + 1_000).people_seconds == at.now + 1_000 - asked_at


def test_a_hold_waits_for_people_too() -> None:
    at = Scenario().in_production()
    before = course(at.journal, at.now).people_seconds
    at.when(c.HoldRelease(at.id, "lunch"), replace(PRIYA, in_channel=True)).wait(30)
    at.when(c.ResumeRelease(at.id), ADA)
    assert course(at.journal, at.now).people_seconds == before + 30


def test_a_rollback_is_measured_from_the_decision_and_its_detection_from_the_first_sign() -> None:
    at = back()
    found = course(at.journal, at.now)
    assert found.rollback_seconds == 3.0
    assert found.healthy_seconds is None


def test_figures_count_endings_and_say_how_many_each_number_rests_on() -> None:
    stories = (healthy(), back(), Scenario(id="shop-3").on_staging())
    found = figures([course(at.journal, at.now + 60) for at in stories])
    assert (found.staged, found.ended) == (3, 2)
    assert found.endings == {Phase.HEALTHY: 1, Phase.ROLLED_BACK: 1}
    assert found.lead is not None
    assert found.lead.count == 1
    assert found.rollback == Spread(1, 3.0, 3.0)
    assert found.people == Spread(1, 60.0, 60.0), "the others were answered at once, and waited for nobody"


def test_what_nobody_has_measured_is_none_and_not_nothing() -> None:
    found = figures([])
    assert (found.staged, found.ended) == (0, 0)
    assert (found.lead, found.people, found.rollback, found.detection) == (None, None, None, None)


def test_a_rollback_of_nothing_that_anybody_had_is_no_rollback_time() -> None:
    at = Scenario().staged().when(c.CancelRelease("shop-1", "a slip"), Actor(ADA.id))
    found = figures([course(at.journal, at.now)])
    assert found.endings == {Phase.CANCELLED: 1}
    assert found.rollback is None


def test_a_spread_is_a_median_and_the_longest() -> None:
    assert Spread.of([3.0, None, 1.0, 10.0]) == Spread(3, 3.0, 10.0)
    assert Spread.of([None]) is None
