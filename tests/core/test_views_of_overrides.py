"""Where an override stands out: the card, the question that was not answered, the status, and a solo plan."""

from bot.core import commands as c
from bot.core.evolve import fold
from bot.core.plan import Plan
from bot.plans.advice import advise
from bot.plans.written import Problem, Written
from bot.views.answers import status
from bot.views.approval import approval
from bot.views.card import card
from bot.views.overrides import override_message
from tests.support.scenario import ADA, PRIYA, VICTOR, Scenario, plan

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


def _notes(found: Plan) -> list[Problem]:
    return advise(found, Written("shop.yml", {}, {}, ()))
