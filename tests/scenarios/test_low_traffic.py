"""Too little traffic to prove anything: the plan says whether to hold, to wait longer, or to go on; the row says which.

Two things may be lacking: data at all, at any step, and proof, which is only asked for at a canary's last step before
full exposure, because whoever leaves it has nothing left to compare with.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest

from bot.core import commands as c
from bot.core import events as e
from bot.core import gates
from bot.core.due import due
from bot.core.gates import EXTENDED, Row, Standing
from bot.core.model import Phase
from bot.core.quantities import duration_in_words
from bot.core.verdict import Verdict
from tests.support.scenario import (
    ADA,
    BAD,
    BLIND,
    FINE,
    LACKING,
    UNDECIDED,
    UNPROVEN,
    Scenario,
    plan,
    written_plan,
)

LowTraffic = Literal["hold", "extend", "accept"]
HELD = 30.0
"""Seconds that a step of the canary must hold."""


def health(at: Scenario) -> Row:
    (row,) = [row for row in gates.rows(at.state, at.now) if row.gate == "health"]
    return row


def due_at(at: Scenario) -> float | None:
    return due(at.state, at.around.looked_at, at.now)


def at_first_step(low_traffic: LowTraffic) -> Scenario:
    """At 1 %, just exposed."""
    return Scenario(plan(low_traffic=low_traffic)).on_staging().approved().held(60).deployed().exposed()


def at_last_partial_step(low_traffic: LowTraffic) -> Scenario:
    """At 50 %, with 100 % to follow; just exposed."""
    at = at_first_step(low_traffic).held(HELD).exposed()
    assert at.state.entry is not None
    assert at.state.entry.exposure == 50.0
    return at


def has_left(at: Scenario, entry: int) -> bool:
    return at.entry != entry


# ── data ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("low_traffic", "seconds"), [("extend", EXTENDED * HELD), ("accept", HELD)])
def test_a_step_that_lacks_data_is_left_when_the_plan_s_patience_is_over(
    low_traffic: LowTraffic, seconds: float
) -> None:
    at = at_first_step(low_traffic)
    entry, began = at.entry, at.now
    at.held(seconds - 5, LACKING)
    assert not has_left(at, entry)
    assert (health(at).standing, health(at).due_at) == (Standing.WAIT, began + seconds)
    assert health(at).words == "held 0s of 30s, paused: too little data yet"

    at.wait(5).looked(LACKING)
    assert has_left(at, entry)
    waited = duration_in_words(seconds)
    assert e.StepPassed(entry, (f"health: accepted without enough data after {waited}",)) in at.happened


def test_patience_begins_when_nothing_but_data_is_lacking() -> None:
    """At the first look a check had no result; the rule reads the same before and after."""
    at = at_first_step("accept")
    entry = at.entry
    at.looked(replace(LACKING, lacks_data=False)).held(HELD + 5, LACKING)

    assert has_left(at, entry)


def test_a_step_that_lacks_data_is_held_for_ever_when_the_plan_says_so() -> None:
    at = at_first_step("hold")
    entry = at.entry
    at.held(20 * HELD, LACKING)

    assert not has_left(at, entry)
    assert (health(at).standing, health(at).due_at) == (Standing.WAIT, None)
    at.held(HELD, UNPROVEN)
    assert has_left(at, entry), "with data, an early step needs no proof"


@pytest.mark.parametrize("low_traffic", ["hold", "extend", "accept"])
def test_somebody_may_promote_a_step_that_lacks_data(low_traffic: LowTraffic) -> None:
    at = at_first_step(low_traffic).looked(LACKING)
    entry = at.entry
    at.when(c.PromoteRelease(at.id, entry, "it is Sunday"), ADA)

    assert has_left(at, entry)
    assert e.StepPassed(entry, ("health: promoted after 0s of 30s: too little data yet",)) in at.happened


@pytest.mark.parametrize("low_traffic", ["hold", "extend", "accept"])
@pytest.mark.parametrize("found", [UNDECIDED, BAD, BLIND], ids=["doubt", "failure", "blindness"])
def test_no_patience_accepts_anything_but_a_lack_of_data(low_traffic: LowTraffic, found: Verdict) -> None:
    stay = {**written_plan()["timing"], "blind": "stay"}
    stages = [{**written_plan()["stages"][1], "on_failure": "hold"}]
    at = Scenario(plan(low_traffic=low_traffic, timing=stay, stages=stages)).staged().prepared().deployed().exposed()
    entry = at.entry
    at.held(2 * EXTENDED * HELD, found)

    assert not has_left(at, entry)
    assert health(at).standing is not Standing.GO


def test_what_was_looked_at_long_ago_is_not_accepted_either() -> None:
    at = at_first_step("accept").looked(LACKING)
    entry = at.entry
    at.wait(10 * HELD).when(c.Tick(at.id, entry))

    assert e.VerdictLapsed in [type(event) for event in at.happened]
    assert not has_left(at, entry)


def test_patience_counts_from_the_traffic_and_not_from_the_wish_for_it() -> None:
    at = Scenario(plan(low_traffic="accept")).on_staging().approved().held(60).deployed().wait(300).exposed()
    entry = at.entry
    at.looked(LACKING)

    assert not has_left(at, entry)
    assert health(at).due_at == at.now + HELD


def test_data_that_comes_late_counts_from_then_on() -> None:
    at = at_first_step("extend").held(60, LACKING)
    entry = at.entry
    at.held(HELD - 5, FINE)
    assert not has_left(at, entry)
    at.wait(5).looked(FINE)
    assert has_left(at, entry)


# ── proof ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("low_traffic", ["hold", "extend", "accept"])
def test_an_early_step_is_left_on_not_failing(low_traffic: LowTraffic) -> None:
    at = at_first_step(low_traffic)
    entry = at.entry
    at.held(HELD, UNPROVEN)

    assert has_left(at, entry)


@pytest.mark.parametrize("low_traffic", ["hold", "extend", "accept"])
def test_with_proof_the_last_step_before_full_exposure_is_left_when_it_has_held(low_traffic: LowTraffic) -> None:
    at = at_last_partial_step(low_traffic)
    entry = at.entry
    at.held(HELD - 5, UNPROVEN)
    assert not has_left(at, entry)
    at.wait(5).looked(FINE)
    assert has_left(at, entry)


@pytest.mark.parametrize(("low_traffic", "seconds"), [("extend", EXTENDED * HELD), ("accept", HELD)])
def test_without_proof_it_is_left_when_the_plan_s_patience_is_over(low_traffic: LowTraffic, seconds: float) -> None:
    at = at_last_partial_step(low_traffic)
    entry = at.entry
    at.held(seconds - 5, UNPROVEN)
    assert not has_left(at, entry)
    at.wait(5).looked(UNPROVEN)

    assert has_left(at, entry)
    words = "health: held 30s, not shown but accepted: not failing, with the minimum of data"
    assert e.StepPassed(entry, (words,)) in at.happened


def test_without_proof_it_is_held_until_there_is_one_when_the_plan_says_so() -> None:
    at = at_last_partial_step("hold")
    entry = at.entry
    at.held(20 * HELD, UNPROVEN)
    assert not has_left(at, entry)
    assert (health(at).standing, health(at).due_at) == (Standing.WAIT, None)
    assert health(at).words == "held 30s, to be shown to be no worse: not failing, with the minimum of data so far"

    at.wait(5).looked(FINE)
    assert has_left(at, entry)


def test_it_says_until_when_it_waits_for_proof() -> None:
    at = at_last_partial_step("extend")
    began = at.now
    at.held(2 * HELD, UNPROVEN)

    assert health(at).due_at == began + EXTENDED * HELD


@pytest.mark.parametrize("low_traffic", ["hold", "extend", "accept"])
def test_somebody_may_promote_it_without_proof(low_traffic: LowTraffic) -> None:
    at = at_last_partial_step(low_traffic).looked(UNPROVEN)
    entry = at.entry
    at.when(c.PromoteRelease(at.id, entry, "the proof is in the logs"), ADA)

    assert has_left(at, entry)
    words = "health: promoted after 0s of 30s: not failing, with the minimum of data"
    assert e.StepPassed(entry, (words,)) in at.happened


def test_nobody_may_promote_it_over_a_failure() -> None:
    at = at_last_partial_step("accept").looked(UNPROVEN)
    entry = at.entry
    at.looked(BAD).is_now(Phase.ROLLING_BACK)
    at.refused(c.PromoteRelease(at.id, entry, "please"), ADA)


@pytest.mark.parametrize(
    ("steps", "asked"),
    [
        (["1%", "50%", "100%"], [False, True, False]),
        (["10%", "100%"], [True, False]),
        (["1%", "10%"], [False, True]),
    ],
)
def test_proof_is_asked_for_once_a_canary(steps: list[str], asked: list[bool]) -> None:
    stages = [{**written_plan()["stages"][1], "steps": steps}]
    at = Scenario(plan(stages=stages)).staged().prepared().deployed()
    found = []
    while at.state.phase is Phase.PROVING:
        found.append(gates.asks_proof(at.state))
        at.exposed().held(HELD)

    assert found == asked


def test_no_proof_is_asked_for_where_nothing_runs_beside_it() -> None:
    at = Scenario(plan(low_traffic="hold")).on_staging().approved()

    assert not gates.asks_proof(at.state)
    at.held(60, UNPROVEN).is_now(Phase.DEPLOYING)


# ── waking up ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("found", "at_step"), [(LACKING, at_first_step), (UNPROVEN, at_last_partial_step)], ids=["data", "proof"]
)
def test_when_patience_is_over_time_alone_goes_on(found: Verdict, at_step: Callable[[LowTraffic], Scenario]) -> None:
    at = at_step("extend")
    entry, over = at.entry, at.now + EXTENDED * HELD
    at.held(EXTENDED * HELD - 10, found)
    assert due_at(at) == over, "before the last look is too old"

    at.now = over - 0.1
    at.when(c.Tick(at.id, entry)).then()
    at.wait(0.1).when(c.Tick(at.id, entry))
    assert has_left(at, entry)


def test_a_release_that_is_held_for_proof_is_woken_by_looks_and_not_by_the_clock() -> None:
    at = at_last_partial_step("hold").held(2 * HELD, UNPROVEN)

    assert due_at(at) == at.now + 20.0, "the last look will be too old then, and nothing else is due"


def test_the_default_is_to_extend_to_four_times_the_time() -> None:
    assert (plan().low_traffic, EXTENDED) == ("extend", 4.0)
