"""Where an override stands out: the card, the question that was not answered, the status, and a solo plan."""

from typing import Any

from bot.core import commands as c
from bot.core import events as e
from bot.core.actors import Actor, Door
from bot.core.evolve import fold
from bot.core.gates import is_awaited
from bot.core.plan import Plan
from bot.core.rooms import Room
from bot.plans.advice import advise
from bot.plans.written import Problem, Written
from bot.views.answers import status
from bot.views.approval import approval
from bot.views.card import card
from bot.views.messages import message
from bot.views.overrides import override_message
from tests.support.scenario import ADA, OMAR, PRIYA, VICTOR, Scenario, plan, written_plan

MANAGED = plan(override={"roles": ["vp-product", "product-manager"]})


def overridden(by: Plan = MANAGED) -> Scenario:
    """Past the approval of staging, and on its way to production."""
    one, two = (ADA, ADA) if by.solo else (PRIYA, VICTOR)
    at = Scenario(plan=by).on_staging()
    at.when(c.AskOverride("shop-1", at.entry, "the fix for the outage", ("approval",)), one)
    return at.when(c.SecondOverride("shop-1", at.entry, 1), two)


def shown(message: object) -> str:
    return str(message)


def test_the_card_says_who_asked_who_seconded_and_why_and_goes_on_saying_so_after_the_step() -> None:
    at = overridden()
    here = shown(card(at.state, None, at.now).blocks)
    assert "*OVERRIDE 1*: past the gate *approval*" in here
    assert "asked by Priya" in here
    assert "Seconded by Victor" in here
    later = shown(card(at.held(60).state, None, at.now).blocks)
    assert "*OVERRIDE 1, in an earlier step*" in later
    assert "the fix for the outage" in later


def test_a_status_and_the_go_no_go_rows_say_that_the_gate_is_not_met() -> None:
    at = overridden()
    said = shown(status(at.state, None, at.now).blocks)
    assert "OVERRIDE 1" in said
    assert "not met · override 1 by Priya, seconded by Victor: the fix for the outage" in said


def test_a_question_that_was_gone_past_does_not_say_approved() -> None:
    at = overridden()
    then = at.state
    assert "It was not approved" in approval(then, at.now).text
    at.held(60)
    assert "Not approved: override 1 by Priya" in approval(at.state, at.now, then).text


def test_what_everybody_said_yes_to_does_not_say_not_approved_although_an_override_was_granted() -> None:
    at = overridden()
    at.approved()
    then = at.state
    at.held(60)
    said = approval(at.state, at.now, then).text
    assert "Approved; the release has moved on." in said
    assert "It did not take the override that was granted: override 1 by Priya" in said
    assert "Not approved" not in said


ROLES = {"product-manager": ["U0PRIYA"], "vp-product": ["U0VICTOR"]}
BY_ACCOUNT = {"people": {"ada": "U0ADA"}, "roles": {**ROLES, "rm": ["U0QUINN"]}}


def asked_at_the_shell(**changes: Any) -> Scenario:
    at = Scenario(plan(override={"roles": ["rm"]}, **{**BY_ACCOUNT, **changes})).on_staging()
    return at.when(c.AskOverride("shop-1", at.entry, "now", ("approval",)), Actor("ada", Door.SHELL, "ada"))


def test_what_somebody_asked_at_the_shell_does_not_wait_for_themselves() -> None:
    at = asked_at_the_shell(roles={**ROLES, "rm": ["U0ADA", "U0QUINN"]})
    said = override_message(at.state, at.state.overrides[0].told).text
    assert said.endswith("<@U0QUINN>.")
    assert "<@U0ADA>" not in said
    assert not is_awaited(at.state, at.now, "U0ADA")
    assert is_awaited(at.state, at.now, "U0QUINN")
    at.refused(c.SecondOverride("shop-1", at.entry, 1), ADA, saying="a second person has to agree, <@U0QUINN>")


def test_where_nobody_else_could_second_it_the_refusal_says_so() -> None:
    at = asked_at_the_shell(roles={**ROLES, "rm": ["U0ADA"]})
    at.refused(c.SecondOverride("shop-1", at.entry, 1), ADA, saying="and the plan names nobody else")


def test_alone_at_the_shell_and_in_slack_is_alone() -> None:
    at = asked_at_the_shell(solo=True)
    told = at.state.overrides[0].told
    at.when(c.SecondOverride("shop-1", at.entry, 1), ADA)
    assert "*SOLO: Ada alone asked for it and seconded it*" in shown(override_message(at.state, told).blocks)
    granted = next(one for one in at.journal if isinstance(one.event, e.OverrideGranted))
    said = message(granted, fold(at.journal[: granted.version]), Room.BROADCAST)
    assert said is not None
    assert "Ada seconded their own override 1 (solo: nobody else was needed)" in said.text


def test_whoever_asked_at_the_shell_may_take_it_back_in_slack() -> None:
    at = asked_at_the_shell()
    at.refused(c.DeclineOverride("shop-1", at.entry, 1), OMAR, saying="may decline")
    at.when(c.DeclineOverride("shop-1", at.entry, 1), ADA)
    declined = next(one for one in at.journal if isinstance(one.event, e.OverrideDeclined))
    said = message(declined, at.state, Room.THREAD)
    assert said is not None
    assert "Ada took back override 1" in said.text


def test_the_question_loses_its_buttons_once_it_is_answered_and_once_the_release_has_moved_on() -> None:
    at = Scenario(plan=MANAGED).on_staging()
    at.when(c.AskOverride("shop-1", at.entry, "now", ("approval",)), PRIYA)
    told, open_at = at.state.overrides[0].told, at.state
    assert "second_override" in shown(override_message(open_at, told).blocks)
    at.when(c.RollBackRelease("shop-1", "odd"), ADA)
    late = override_message(at.state, told)
    assert "second_override" not in shown(late.blocks)
    assert "the release has moved on" in late.text
    granted = overridden()
    assert "second_override" not in shown(override_message(granted.state, told).blocks)


def test_one_person_alone_is_marked_loudly() -> None:
    at = overridden(plan(solo=True, override={"roles": ["vp-product"]}))
    assert "SOLO: Ada alone asked for it and seconded it" in shown(card(at.state, None, at.now).blocks)
    assert at.state == fold(at.journal)


def test_lint_says_where_nobody_is_left_to_second() -> None:
    alone = plan(override={"roles": ["vp-product"]})
    assert [note for note in _notes(alone) if "nobody is left to second an override" in note.words]
    assert not [note for note in _notes(MANAGED) if "nobody is left" in note.words]


def test_lint_says_where_a_distinct_gate_has_too_few_people() -> None:
    def noted(roles: dict[str, list[str]], *asked: str) -> list[str]:
        stages = written_plan()["stages"]
        stages[0]["gates"][1] = {"gate": "approval", "roles": dict.fromkeys(asked, 1), "distinct": True}
        return [note.words for note in _notes(plan(stages=stages, roles=roles)) if "distinct" in note.words]

    roles = {"a": ["U0ADA"], "b": ["U0ADA"], "c": ["U0OMAR", "U0VICTOR"], "d": ["S0VICES"]}
    (words,) = noted(roles, "a", "b", "c")
    assert words == "distinct asks 2 people for a and b, and there is one; nobody can approve it"
    assert noted(roles, "a", "c", "d") == []
    assert noted(roles, "a") == ["distinct says nothing where one yes is asked for"]


def _notes(found: Plan) -> list[Problem]:
    return advise(found, Written("shop.yml", {}, {}, ()))
