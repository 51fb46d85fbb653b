"""The emergency path: two people go past a lock, a freeze or a gate that waits, and never past what fails."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from bot.core import commands as c
from bot.core import events as e
from bot.core.actors import Actor, Door
from bot.core.beside import Bar, BarKind
from bot.core.due import due
from bot.core.evolve import evolve
from bot.core.gates import is_awaited, rows
from bot.core.model import Phase
from tests.support.scenario import (
    ADA,
    BAD,
    BLIND,
    FINE,
    LACKING,
    OMAR,
    PRIYA,
    QUINN,
    STRANGER,
    VICTOR,
    Scenario,
    plan,
    written_plan,
)

HOUR = 3_600.0
MANAGED = plan(override={"roles": ["vp-product", "product-manager"]}, people={"Priya": "U0PRIYA", "ada": "U0ADA"})
OPERATOR_AT_THE_SHELL = Actor("ada", Door.SHELL, "ada")


def staging() -> Scenario:
    return Scenario(plan=MANAGED).on_staging()


def production() -> Scenario:
    return Scenario(plan=MANAGED).in_production()


def locked(at: Scenario, name: str = "lock-1") -> Scenario:
    bar = Bar(name, BarKind.LOCK, ("shop",), OMAR, "the database is being moved", at.now, at.now)
    at.around = replace(at.around, bars=(*at.around.bars, bar))
    return at.when(c.Tick(at.id, at.entry))


def ask(at: Scenario, *gates: str, reason: str = "the fix for the outage") -> c.AskOverride:
    return c.AskOverride(at.id, at.entry, reason, gates)


def second(at: Scenario, number: int = 1) -> c.SecondOverride:
    return c.SecondOverride(at.id, at.entry, number)


def granted(at: Scenario, *gates: str) -> Scenario:
    return at.when(ask(at, *gates), PRIYA).when(second(at), VICTOR)


def row(at: Scenario, gate: str) -> tuple[str, str]:
    return next((one.standing.value, one.words) for one in rows(at.state, at.now) if one.gate == gate)


# ── past a lock ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_people_take_a_release_past_a_lock_and_the_next_step_stops_again() -> None:
    at = locked(production()).held(60)
    at.when(ask(at), PRIYA).then(e.OverrideAsked)
    first = at.state.step
    assert at.held(60).state.step is first  # one person's word moves nothing
    at.when(second(at), VICTOR).then(e.OverrideGranted, e.BarsChanged, e.StepPassed, e.StepEntered, e.BarsChanged)
    assert at.state.bars != ()
    assert at.exposed().held(60).state.step is at.state.stage.steps[1]


def test_a_lock_that_comes_later_stops_it_all_the_same() -> None:
    at = granted(locked(production()))
    assert at.state.bars == ()
    locked(at, "lock-2")
    assert [bar.id for bar in at.state.bars] == ["lock-2"]


def test_what_was_gone_past_stands_in_the_go_no_go_rows_with_both_names() -> None:
    at = granted(locked(production()))
    assert row(at, "lock") == ("go", "override 1 by Priya, seconded by Victor: the fix for the outage")


def test_a_queued_release_is_deployed_and_gets_its_first_traffic_past_the_freeze() -> None:
    at = locked(staging()).approved().held(60).is_now(Phase.QUEUED)
    granted(at).is_now(Phase.DEPLOYING).deployed().is_now(Phase.PROVING)
    assert at.state.bars != ()


# ── past a gate ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_approval_that_does_not_come_is_gone_past_and_the_evidence_says_so() -> None:
    at = granted(staging(), "approval").held(60).is_now(Phase.DEPLOYING)
    passed = next(one.event for one in at.journal if isinstance(one.event, e.StepPassed))
    assert "approval: not met, override 1 by Priya, seconded by Victor: the fix for the outage" in passed.evidence


def test_without_a_name_it_is_about_every_gate_that_waits() -> None:
    at = staging().looked(LACKING)
    at.when(ask(at), PRIYA)
    assert at.state.overrides[0].gates == ("health", "approval")
    at.when(second(at), VICTOR).is_now(Phase.DEPLOYING)


def test_health_that_lacks_data_is_gone_past_by_two() -> None:
    at = production().looked(LACKING)
    first = at.entry
    granted(at, "health")
    assert at.entry == first + 1


def test_health_that_nobody_can_see_is_not_gone_past() -> None:
    at = production().looked(BLIND)
    at.refused(ask(at, "health"), PRIYA, saying="health cannot be gone past yet")


def test_an_override_of_health_waits_while_nothing_can_be_seen() -> None:
    """Whatever was seen last may have failed meanwhile."""
    at = production().looked(LACKING)
    at.when(ask(at, "health"), PRIYA).looked(BLIND)
    first = at.entry
    at.when(second(at), VICTOR).then(e.OverrideGranted)
    assert at.entry == first
    at.looked(LACKING)
    assert at.entry == first + 1


def test_the_role_of_somebody_who_is_away_is_not_asked_and_seconded_with() -> None:
    at = locked(production())
    day, night = (Actor(one, Door.SLACK, one, stands_for=(VICTOR.id,)) for one in ("U0DAY", "U0NIGHT"))
    at.when(ask(at), day)
    at.refused(second(at), night, saying="second an override")


def test_it_never_goes_past_a_metric_that_fails() -> None:
    at = Scenario(plan=plan(override={"roles": ["vp-product"]})).on_staging().looked(BAD)
    at.refused(ask(at), VICTOR, saying="no override goes past a metric that fails: errors")
    at.refused(ask(at, "approval"), VICTOR, saying="no override goes past a metric that fails")


def test_a_metric_that_fails_ends_an_override_that_was_granted_for_good() -> None:
    at = granted(staging(), "health").looked(BAD).then(e.VerdictChanged, e.OverrideLapsed)
    at.approved().looked(FINE)
    assert row(at, "health")[0] == "wait"


def test_a_metric_that_fails_in_production_goes_back_whatever_was_granted() -> None:
    at = granted(locked(production())).looked(BAD)
    at.then(e.VerdictChanged, e.RollbackStarted, e.BuildBlocked).is_now(Phase.ROLLING_BACK)


def test_traffic_that_nobody_has_seen_is_not_gone_past() -> None:
    at = Scenario(plan=MANAGED).staged().prepared().written().deployed()
    at.refused(ask(at, "health"), PRIYA, saying="health cannot be gone past yet: traffic on its way")


def test_a_concern_is_decided_and_not_gone_past() -> None:
    at = staging()
    at.when(c.RaiseConcern(at.id, at.entry, "is it safe?"), PRIYA)
    granted(at).held(60)
    assert at.state.phase is Phase.PROVING
    assert row(at, "concern 1")[0] == "hold"


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_the_key_nobody_may_and_the_refusal_names_the_key() -> None:
    at = locked(Scenario().in_production())
    at.refused(ask(at), VICTOR, saying=r"names nobody for it.*override: \{roles")
    at.refused(ask(at), OPERATOR_AT_THE_SHELL, saying="names nobody for it")


@pytest.mark.parametrize("person", [STRANGER, QUINN, ADA])
def test_only_those_of_the_named_roles_may_ask_and_the_refusal_names_them(person: Actor) -> None:
    at = locked(production())
    at.refused(ask(at), person, saying="only vp-product or product-manager may override .*<@U0VICTOR>")


def test_nobody_seconds_what_they_have_asked_for() -> None:
    at = locked(production())
    at.when(ask(at), PRIYA).refused(second(at), PRIYA, saying="a second person has to agree, <@U0VICTOR>")


@pytest.mark.parametrize("person", [STRANGER, QUINN, ADA])
def test_only_those_of_the_named_roles_may_second_and_decline(person: Actor) -> None:
    at = locked(production())
    at.when(ask(at), PRIYA).refused(second(at), person, saying="only vp-product or product-manager may second")
    at.refused(c.DeclineOverride(at.id, at.entry, 1), person, saying="may decline")


def test_the_shell_asks_as_an_operator_and_never_seconds() -> None:
    at = locked(production())
    at.when(ask(at), OPERATOR_AT_THE_SHELL).refused(second(at), OPERATOR_AT_THE_SHELL, saying="seconded in Slack")
    at.when(second(at), VICTOR).then(e.OverrideGranted, e.BarsChanged)


def test_whoever_asked_at_the_shell_does_not_second_it_in_slack() -> None:
    """Nor does their delegate, with the role that they lent."""
    at = locked(production())
    at.when(ask(at), Actor("PRIYA", Door.SHELL))
    at.refused(second(at), PRIYA, saying="you have asked for it yourself")
    at.refused(second(at), replace(QUINN, stands_for=("U0PRIYA",)), saying="only vp-product or product-manager")
    at.when(second(at), VICTOR).then(e.OverrideGranted, e.BarsChanged)


def test_an_account_that_is_nobody_in_slack_asks_for_no_override() -> None:
    at = locked(production())
    at.refused(ask(at), Actor("deploy", Door.SHELL), saying="nobody knows who deploy is in Slack.*ask for it in Slack")
    at.refused(ask(at), Actor("ci", Door.WEBHOOK), saying="may override")


def test_one_that_an_unknown_account_asked_for_before_is_seconded_by_nobody() -> None:
    """An older version let it ask."""
    at = locked(production())
    event = e.OverrideAsked(at.entry, 1, at.state.bars, (), "an outage")
    asked = e.Recorded(at.id, at.state.version + 1, at.now, Actor("deploy", Door.SHELL), event)
    at.release = evolve(at.release, asked)
    at.refused(second(at), VICTOR, saying="nobody knows who deploy is in Slack")
    at.when(c.DeclineOverride(at.id, at.entry, 1), VICTOR).then(e.OverrideDeclined)


def test_where_a_plan_is_solo_one_person_may_do_both_and_the_journal_says_so() -> None:
    at = locked(Scenario(plan=plan(solo=True, override={"roles": ["vp-product"]})).in_production())
    at.when(ask(at), ADA).when(second(at), ADA)
    assert at.happened[0] == e.OverrideGranted(at.entry, 1, solo=True)
    assert at.state.overrides[0].is_solo


def test_a_plan_that_names_an_unknown_role_is_refused() -> None:
    with pytest.raises(ValidationError, match='found the role "vp-eng"; roles has'):
        plan(override={"roles": ["vp-eng"]})


def test_a_plan_without_the_key_has_the_digest_that_it_always_had() -> None:
    assert "override" not in plan().model_dump_json(exclude_defaults=True)
    assert plan().digest != MANAGED.digest
    assert written_plan().get("override") is None


# ── what makes it past ───────────────────────────────────────────────────────────────────────────────────────────────


def test_it_lapses_after_an_hour_and_the_release_is_due_for_it() -> None:
    at = locked(production())
    at.when(ask(at), PRIYA)
    asked_at = at.now
    at.wait(HOUR - 20).looked()
    at.wait(10).looked()
    assert due(at.state, at.now, at.now, at.around.bars) == asked_at + HOUR
    at.wait(10).looked().then(e.OverrideLapsed)
    at.refused(second(at), VICTOR, saying="override 1 of shop-1 is over: nobody seconded it within 1h")
    at.when(ask(at), PRIYA).then(e.OverrideAsked)


def test_a_second_that_comes_late_is_refused_though_no_clock_has_said_so_yet() -> None:
    at = locked(production())
    at.when(ask(at), PRIYA).wait(HOUR).refused(second(at), VICTOR, saying="not seconded in time")


def test_it_lapses_when_the_lock_is_lifted() -> None:
    at = locked(production())
    at.when(ask(at), PRIYA)
    at.around = replace(at.around, bars=())
    at.when(c.Tick(at.id, at.entry)).then(e.OverrideLapsed, e.BarsChanged)
    at.refused(second(at), VICTOR, saying="nothing that it was about is in the way any more")


def test_it_lapses_when_the_yes_comes_that_it_was_about() -> None:
    at = staging()
    at.when(ask(at, "approval"), PRIYA).approved()
    assert e.OverrideLapsed in [type(one.event) for one in at.journal]


def test_it_is_for_its_entry_and_a_late_press_is_refused() -> None:
    at = staging()
    late = second(at)
    at.when(ask(at, "approval"), PRIYA).when(second(at), VICTOR).held(60)
    at.refused(late, VICTOR, saying="has moved on")
    assert at.state.overrides_here == ()


def test_there_is_one_at_a_time() -> None:
    at = locked(production())
    at.when(ask(at), PRIYA).refused(ask(at), VICTOR, saying="override 1 of shop-1 waits for its second person already")


def test_who_is_late_hears_what_came_of_it() -> None:
    at = granted(locked(production()))
    at.refused(second(at), VICTOR, saying="was seconded by Victor already")
    at.refused(c.DeclineOverride(at.id, at.entry, 1), VICTOR, saying="was seconded by Victor already")
    at.refused(second(at, 7), VICTOR, saying="has no override 7")


def test_a_declined_one_changes_nothing_and_another_may_be_asked_for() -> None:
    at = locked(production())
    at.when(ask(at), PRIYA).when(c.DeclineOverride(at.id, at.entry, 1), VICTOR).then(e.OverrideDeclined)
    at.refused(second(at), VICTOR, saying="is over: declined by Victor")
    at.when(ask(at), VICTOR).then(e.OverrideAsked)
    assert at.state.overrides[-1].number == 2


def test_whoever_asked_may_take_it_back_at_the_shell_too() -> None:
    at = locked(production())
    at.when(ask(at), OPERATOR_AT_THE_SHELL)
    at.when(c.DeclineOverride(at.id, at.entry, 1), OPERATOR_AT_THE_SHELL).then(e.OverrideDeclined)


# ── words and edges ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_needs_a_reason_that_fits() -> None:
    at = locked(production())
    for unseen in ("  ", "\u200b\u2060", "\u2800", "\u3164 ...", "\u00ad"):
        at.refused(ask(at, reason=unseen), PRIYA, saying="an override needs its reason in words")
    at.refused(ask(at, reason="x" * 501), PRIYA, saying="501 characters; 500 fit")


def test_a_gate_that_is_not_there_or_met_is_named() -> None:
    at = staging()
    at.refused(ask(at, "go"), PRIYA, saying="has no gate go here: it has health, approval")
    at.approved().refused(ask(at, "approval"), PRIYA, saying="approval is met already: yes from")


def test_where_nothing_of_it_stops_the_release_that_is_said() -> None:
    at = Scenario(plan=MANAGED).at_full()
    at.refused(ask(at), PRIYA, saying="nothing of that stops shop-1: watching for slow damage")


def test_after_the_end_it_is_refused_in_words() -> None:
    at = locked(production()).when(c.RollBackRelease("shop-1", "odd"), ADA)
    at.refused(ask(at), PRIYA, saying="cannot override now")
    at.exposed().when(c.ReportUndone(at.id, at.entry))
    at.refused(second(at), VICTOR, saying="has ended .*nothing is left to second an override of")


def test_it_waits_for_those_who_may_second_it_and_not_for_who_asked() -> None:
    at = locked(production())
    assert not is_awaited(at.state, at.now, "U0VICTOR")
    at.when(ask(at), PRIYA)
    assert is_awaited(at.state, at.now, "U0VICTOR")
    assert not is_awaited(at.state, at.now, "U0PRIYA")


def test_promote_says_that_there_is_an_emergency_path() -> None:
    at = locked(production())
    at.refused(c.PromoteRelease(at.id, at.entry, "now"), ADA, saying=r"locked by Omar.*/release override ID reason")
