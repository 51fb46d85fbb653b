"""What the runs of a check do to a step: it passes, is waited for, is a no-go, has failed; a restart says the same."""

from dataclasses import replace
from typing import Any

import pytest

from bot.analysis.checks import FAILED, FAILS, UNTRIED
from bot.analysis.findings import TOO_LITTLE
from bot.analysis.judge import replay, verdict
from bot.analysis.series import from_stored, to_stored
from bot.core.checks import Check
from bot.core.verdict import Outcome, Pace, Verdict
from tests.analysis.scene import ERRORS, HEALTHY, Scene

ENOUGH = 5
"""Looks after which the metrics themselves are fine."""


def a_check(**written: Any) -> Check:
    return Check.model_validate({"http": "http://shop.test/health", "every": "10s", "time_max": "5s", **written})


def scene(**written: Any) -> Scene:
    return Scene(checks={"smoke": a_check(**written)})


def found(seen: Verdict) -> tuple[Outcome, Pace, str]:
    return seen.outcome, seen.pace, next(one.words for one in seen.findings if one.metric == "smoke")


def test_the_time_counts_while_a_check_has_no_result_yet_and_the_step_is_not_left() -> None:
    seen = scene().look(ENOUGH)

    assert (seen.pace, seen.rule) == (Pace.RUN, UNTRIED)
    assert [one.words for one in seen.unseen] == ["smoke: no result yet"]


def test_a_check_that_passes_is_no_obstacle() -> None:
    watched = scene()
    watched.look(ENOUGH)
    seen = watched.tried("smoke").look()

    assert (seen.pace, seen.unseen) == (Pace.RUN, ())
    assert found(seen)[2] == "smoke: status 200"


def test_a_check_that_fails_is_a_no_go_and_says_what_failed() -> None:
    watched = scene()
    watched.tried("smoke").look(ENOUGH)
    seen = watched.tried("smoke", "status 500 instead of 200", passed=False).look()

    assert seen.is_no_go
    assert f"{seen.rule}: {seen.standing_out}" == f"{FAILS}: smoke: status 500 instead of 200"
    assert not seen.anomalies, "nobody can accept it away"
    assert watched.tried("smoke").look().pace is Pace.RUN


def test_a_check_that_has_failed_for_good_needs_no_metrics() -> None:
    watched = scene(fails_after=2)
    watched.tried("smoke", "status 500", passed=False).look(ENOUGH)
    assert watched.look(failure="Prometheus does not answer").outcome is Outcome.ERROR
    watched.tried("smoke", "status 500", passed=False)
    seen = watched.look(failure="Prometheus does not answer")

    assert (seen.outcome, seen.rule) == (Outcome.FAIL, FAILED)


def test_it_waits_however_often_it_fails_unless_the_plan_says_when_that_is_a_failure() -> None:
    patient, strict = scene(), scene(fails_after=3)
    for _ in range(2):
        for watched in (patient, strict):
            assert watched.tried("smoke", "status 500", passed=False).look().is_no_go
    assert patient.tried("smoke", "status 500", passed=False).look().is_no_go

    seen = strict.tried("smoke", "status 500", passed=False).look()
    assert (seen.outcome, seen.rule) == (Outcome.FAIL, FAILED)
    assert found(seen)[2] == "smoke: status 500; 3 times in a row"


def test_failures_are_counted_in_a_row() -> None:
    watched = scene(fails_after=2)
    for passed in (False, True, False, True, False):
        seen = watched.tried("smoke", "so", passed=passed).look()
    assert seen.is_no_go


def test_a_look_between_two_runs_is_no_other_run() -> None:
    watched = scene(fails_after=2)
    watched.tried("smoke", "status 500", passed=False).look(ENOUGH)
    assert watched.verdict.is_no_go


def test_what_has_to_pass_once_stays_passed_whatever_is_tried_after_it() -> None:
    watched = scene(once=True, fails_after=1, within="5s")
    watched.tried("smoke").look(ENOUGH)
    seen = watched.tried("smoke", "the account exists already", passed=False).look()

    assert found(seen)[1:] == (Pace.RUN, "smoke: it has passed before, and once is enough")


def test_a_result_may_be_as_old_as_the_programs_before_it_take() -> None:
    program = Check.model_validate({"command": ["e2e"], "every": "10s", "time_max": "60s"})
    few, many = (Scene(checks={f"e2e {n}": program for n in range(count)}) for count in (4, 24))
    for watched in (few, many):
        for name in watched.checks:
            watched.tried(name)
        watched.look()

    assert few.look(160).pace is Pace.PAUSE, "they run beside each other"
    assert many.look(160).pace is Pace.RUN, "six rounds of a minute"
    assert many.look(400).pace is Pace.PAUSE


def test_until_its_time_is_over_a_check_may_fail_and_is_waited_for() -> None:
    watched = scene(within="30s", fails_after=1)
    seen = watched.tried("smoke", "does not answer: connection refused", passed=False).look(ENOUGH)

    assert (seen.outcome, seen.pace) == (Outcome.INCONCLUSIVE, Pace.PAUSE)
    assert seen.rule == "check smoke has not passed yet"
    assert watched.tried("smoke").look().pace is Pace.RUN
    assert watched.tried("smoke", "status 500", passed=False).look().outcome is Outcome.FAIL, "it has passed before"


def test_what_has_not_passed_within_its_time_has_failed() -> None:
    watched = scene(within="8s")
    assert watched.tried("smoke", "status 503", passed=False).look(7).outcome is Outcome.INCONCLUSIVE

    seen = watched.look()
    assert found(seen)[0] is Outcome.FAIL
    assert found(seen)[2] == "smoke: status 503; it should have passed within 8s"


def test_no_run_by_the_end_of_its_time_is_no_failure() -> None:
    assert scene(within="8s").look(20).outcome is not Outcome.FAIL


def test_what_nobody_knows_waits_and_is_neither_a_failure_nor_its_end() -> None:
    watched = scene(fails_after=2)
    watched.tried("smoke", "status 500", passed=False).look()
    seen = watched.tried("smoke", "TOKEN is not set", passed=None).look(ENOUGH)

    assert found(seen) == (Outcome.INCONCLUSIVE, Pace.PAUSE, "smoke: TOKEN is not set")
    assert watched.tried("smoke", "status 500", passed=False).look().outcome is Outcome.FAIL


def test_a_result_that_is_too_old_is_no_data() -> None:
    watched = scene()
    watched.tried("smoke").look(ENOUGH)
    assert watched.look(60).pace is Pace.RUN

    seen = watched.look(20)
    assert (seen.pace, seen.rule) == (Pace.PAUSE, "check smoke has no result")
    assert "the last result is" in found(seen)[2]


def test_what_has_to_pass_once_stays_passed_in_its_step_and_not_in_the_next() -> None:
    watched = scene(once=True)
    watched.tried("smoke").look(200)
    assert not watched.verdict.unseen

    watched.enter(50)
    assert watched.look(2).unseen


def test_a_run_that_began_before_the_step_says_nothing_of_it() -> None:
    watched = scene()
    watched.look(ENOUGH)
    watched.tried("smoke")
    watched.enter(50)
    assert watched.look(2).unseen


def test_too_little_data_is_not_accepted_while_a_check_is_awaited() -> None:
    watched = scene()
    watched.canary = replace(HEALTHY, requests=1)
    seen = watched.look(3)
    assert (seen.rule, seen.lacks_data) == (TOO_LITTLE, False)

    seen = watched.tried("smoke").look()
    assert (seen.rule, seen.lacks_data) == (TOO_LITTLE, True)


def test_a_check_that_is_merely_medium_is_told_and_nobody_waits() -> None:
    watched = scene(priority="medium")
    watched.look(ENOUGH)
    assert not watched.verdict.unseen
    seen = watched.tried("smoke", "status 500", passed=False).look()

    assert seen.pace is Pace.RUN
    assert seen.anomalies == ("smoke",)


@pytest.mark.parametrize("exposure", [10.0, 50.0])
def test_it_is_asked_for_only_where_it_is_tried(exposure: float) -> None:
    watched = scene(steps=["50%"])
    watched.enter(exposure)
    assert bool(watched.look(ENOUGH).unseen) is (exposure == 50.0)


def test_in_the_watch_only_what_goes_on_being_tried_counts() -> None:
    for once in (True, False):
        watched = scene(once=once)
        watched.enter(100, watch=True)
        watched.look(ENOUGH)
        assert bool(watched.verdict.unseen) is not once


def test_a_canary_that_falls_silent_is_silent_however_its_checks_go() -> None:
    watched = scene()
    watched.tried("smoke").look(ENOUGH)
    watched.canary = None
    assert watched.tried("smoke").look(15).outcome is Outcome.FAIL


def test_replaying_what_was_stored_says_the_same() -> None:
    watched = Scene(metrics=(ERRORS,), checks={"smoke": a_check(fails_after=3)})
    watched.tried("smoke").look(3)
    watched.tried("smoke", 'status 500: "<@U0>"', passed=False).look(2)
    watched.tried("smoke", "status 500", passed=False).look()

    kept = [row for look in watched.looks for row in to_stored(look)]
    again = replay(watched.question, watched.boundaries, from_stored(kept))
    assert verdict(again, watched.at) == watched.verdict
    assert watched.verdict.is_no_go
