"""An anomaly is unusual and does not fail. Somebody may say that it is known: that changes words and nothing else."""

from dataclasses import replace

import pytest

from bot.core import commands as c
from bot.core import events as e
from bot.core.actors import Actor, Door
from bot.core.gates import rows
from bot.core.model import Phase
from bot.core.verdict import Finding, Outcome, Verdict
from tests.support.scenario import ADA, BAD, BLIND, FINE, OMAR, PRIYA, STRANGER, VICTOR, Scenario, plan

KNOWN = "known, the new index warms up"


def odd(*metrics: str, verdict: Verdict = FINE) -> Verdict:
    """The same verdict, with these metrics flagged."""
    words = "twice as much as in production"
    flagged = (Finding(name, "performance", "baseline", Outcome.PASS, words, 0.2, 0.1, flag=True) for name in metrics)
    return replace(verdict, findings=(*verdict.findings, *flagged))


def accept(metric: str = "p95", reason: str = KNOWN, entry: int | None = None) -> c.AcceptAnomaly:
    return c.AcceptAnomaly("shop-1", metric, reason, entry)


def on_staging() -> Scenario:
    return Scenario().on_staging().looked(odd("p95"))


def in_canary(**changes: object) -> Scenario:
    return Scenario(plan(**changes)).in_production().looked(odd("p95"))


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("person", [ADA, PRIYA, Actor("ada", Door.SHELL)], ids=["operator", "decider", "shell"])
def test_an_anomaly_is_accepted_by_an_operator_or_whoever_decides_on_concerns(person: Actor) -> None:
    at = on_staging().when(accept(), person).then(e.AnomalyAccepted)
    (acceptance,) = at.state.acceptances
    assert (acceptance.metric, acceptance.actor, acceptance.reason, acceptance.at) == ("p95", person, KNOWN, at.now)


@pytest.mark.parametrize("person", [VICTOR, OMAR, replace(STRANGER, in_channel=True)], ids=lambda person: person.name)
def test_nobody_else_accepts_anything_and_they_hear_who_may(person: Actor) -> None:
    words = (
        r"only the operators of shop and product-manager may .* \(operators: <@U0ADA>; product-manager: <@U0PRIYA>\)"
    )
    on_staging().refused(accept(), person, saying=words)


def test_the_plan_says_who_decides() -> None:
    at = Scenario(plan(concerns_to="vp-product")).on_staging().looked(odd("p95"))
    at.refused(accept(), PRIYA, saying="vp-product: <@U0VICTOR>").when(accept(), VICTOR).then(e.AnomalyAccepted)


def test_without_roles_the_operators_decide_alone() -> None:
    stages = [{"name": "staging", "environment": "staging", "gates": [{"gate": "health", "held": "60s"}]}]
    at = Scenario(plan(roles={}, stages=stages)).staged().prepared().deployed().exposed().looked(odd("p95"))
    at.refused(accept(), PRIYA, saying=r"only the operators of shop may .* \(operators: <@U0ADA>\)$")
    at.when(accept(), ADA).then(e.AnomalyAccepted)


# ── what may be accepted ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("memory", r"^shop-1: memory is not flagged; flagged now: p95, p50$"),
        ("", r"^shop-1: say which metric; flagged now: p95, p50$"),
        ("x" * 4_000, rf"^shop-1: {'x' * 60} is not flagged; "),
    ],
)
def test_what_is_not_flagged_is_refused_with_what_is(metric: str, words: str) -> None:
    Scenario().on_staging().looked(odd("p95", "p50")).refused(accept(metric), ADA, saying=words)


def test_what_is_accepted_already_is_not_offered_instead() -> None:
    at = on_staging().when(accept(), ADA)
    at.refused(accept("memory"), ADA, saying="flagged now: nothing$")


def test_what_was_flagged_before_and_is_not_now_is_refused() -> None:
    on_staging().wait(5).looked(FINE).refused(accept(), ADA, saying="p95 is not flagged; flagged now: nothing")


def test_before_the_first_look_of_a_step_nothing_is_flagged() -> None:
    at = in_canary().held(30, odd("p95")).exposed()
    at.refused(accept(), ADA, saying="nothing was looked at in this step yet")


def test_while_nothing_can_be_read_nothing_is_accepted() -> None:
    on_staging().looked(BLIND).refused(accept(), ADA, saying="nothing can be judged: the metrics do not answer")


def test_what_fails_is_accepted_by_nobody_even_if_it_is_flagged_as_well() -> None:
    at = Scenario().on_staging().looked(odd("errors", "p95", verdict=BAD)).is_now(Phase.PROVING)
    at.refused(accept("errors"), ADA, saying="errors fails, and what fails cannot be accepted")
    at.when(accept("p95"), ADA).then(e.AnomalyAccepted)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("", "its reason in words"),
        (" \n ", "its reason in words"),
        ("\u2800\u200b", "its reason in words"),
        ("x" * 2_001, "2000 fit"),
    ],
)
def test_an_acceptance_needs_a_reason_that_can_be_shown(reason: str, words: str) -> None:
    on_staging().refused(accept(reason=reason), ADA, saying=words)


@pytest.mark.parametrize("again", [accept(), accept(reason="nobody minds")])
def test_accepting_again_changes_nothing_whoever_does_it(again: c.AcceptAnomaly) -> None:
    at = on_staging().when(accept(), ADA)
    at.when(again, PRIYA).then().wait(5).looked(FINE).when(again, ADA).then()
    assert [one.actor for one in at.state.acceptances] == [ADA]


def test_after_its_end_nothing_of_a_release_is_accepted() -> None:
    at = in_canary().held(30, odd("p95"))
    while not at.state.phase.is_ending:
        at.exposed().held(120, odd("p95"))
    at.refused(accept(), ADA, saying=r"shop-1 has ended \(healthy\)")


def test_where_nothing_is_judged_nothing_is_accepted() -> None:
    on_staging().approved().held(60, odd("p95")).is_now(Phase.DEPLOYING).refused(
        accept(), ADA, saying="deploying v1.1.0"
    )
    in_canary().looked(BAD).is_now(Phase.ROLLING_BACK).refused(accept(), ADA, saying="traffic on its way back")


# ── for how long ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_acceptance_holds_in_every_step_of_its_stage_and_in_the_watch_after_it() -> None:
    at = in_canary().when(accept(), PRIYA)
    entries = {at.entry}
    while at.state.phase is Phase.PROVING:
        at.held(30, odd("p95")).exposed()
        entries.add(at.entry)
        assert at.state.acceptance("p95") is not None
    assert len(entries) == 4
    at.is_now(Phase.WATCHING).looked(odd("p95")).when(accept(), ADA).then()


def test_the_next_stage_begins_with_nothing_accepted() -> None:
    at = on_staging().when(accept(), ADA).approved().held(60, odd("p95")).is_now(Phase.DEPLOYING)
    assert at.state.acceptances == ()
    at.deployed().exposed().looked(odd("p95")).when(accept(), ADA).then(e.AnomalyAccepted)


def test_a_button_of_an_earlier_step_counts_and_one_of_an_earlier_stage_is_refused() -> None:
    at = on_staging()
    on_staging_entry = at.entry
    at.approved().held(60).deployed().exposed()
    first_step = at.entry
    at.held(30, odd("p95")).exposed().looked(odd("p95"))
    for entry in (on_staging_entry, -1, at.entry + 1):
        at.refused(accept(entry=entry), ADA, saying="moved on: that was seen in another stage, it is in production now")
    assert first_step < at.entry
    at.when(accept(entry=first_step), ADA).then(e.AnomalyAccepted)


# ── and what it does not do ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_accepted_fails_as_ever() -> None:
    at = Scenario().in_production().looked(odd("errors")).when(accept("errors"), ADA).then(e.AnomalyAccepted)
    at.looked(BAD).is_now(Phase.ROLLING_BACK)


@pytest.mark.parametrize("outcome", [Outcome.PASS, Outcome.INCONCLUSIVE])
def test_no_gate_is_moved_by_an_acceptance(outcome: Outcome) -> None:
    at = on_staging().looked(replace(odd("p95"), outcome=outcome)).wait(5)
    before = rows(at.state, at.now)
    at.when(accept(), ADA).then(e.AnomalyAccepted)
    assert rows(at.state, at.now) == before


def test_a_held_release_has_its_anomalies_accepted_and_stays_held() -> None:
    at = on_staging().when(c.HoldRelease("shop-1", "lunch"), ADA).when(accept(), ADA).then(e.AnomalyAccepted)
    assert at.state.held is not None
