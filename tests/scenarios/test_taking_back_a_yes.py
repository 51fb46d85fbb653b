"""Whoever said yes may take it back as long as the question is open."""

from dataclasses import replace

from bot.core import commands as c
from bot.core import events as e
from bot.core.actors import Door
from bot.core.model import Phase
from bot.views.approval import approval
from tests.support.scenario import PRIYA, VICTOR, Scenario, plan


def no_more(at: Scenario) -> c.WithdrawApproval:
    return c.WithdrawApproval("shop-1", at.entry)


def given(at: Scenario) -> list[str]:
    assert at.state.entry is not None
    return [f"{one.role}: {one.actor.name}" for one in at.state.entry.approvals]


def test_a_yes_that_was_taken_back_is_waited_for_again() -> None:
    at = Scenario().on_staging().approved()
    at.when(no_more(at), PRIYA).then(e.ApprovalWithdrawn).held(120).is_now(Phase.PROVING)
    assert given(at) == ["vp-product: Victor"]
    at.when(at.approval(), PRIYA).is_now(Phase.DEPLOYING)


def test_it_is_taken_back_in_every_role_in_which_it_was_given() -> None:
    at = Scenario(plan(roles={"product-manager": ["U0PRIYA"], "vp-product": ["U0PRIYA", "U0VICTOR"]})).on_staging()
    at.when(at.approval(), PRIYA).when(no_more(at), PRIYA)
    assert at.happened == (e.ApprovalWithdrawn(at.entry, ("product-manager", "vp-product")),)
    assert given(at) == []


def test_nobody_takes_back_what_somebody_else_gave() -> None:
    at = Scenario().on_staging()
    at.refused(no_more(at), PRIYA, saying="no yes of yours").when(at.approval(), PRIYA)
    at.refused(no_more(at), VICTOR, saying="no yes of yours")
    at.refused(no_more(at), replace(PRIYA, door=Door.SHELL), saying="no yes of yours")
    at.when(no_more(at), PRIYA).refused(no_more(at), PRIYA, saying="no yes of yours")


def test_whoever_has_left_the_group_may_still_take_it_back() -> None:
    at = Scenario(plan(roles={"product-manager": ["S0PRODUCT"], "vp-product": ["U0VICTOR"]})).on_staging()
    at.when(at.approval(), replace(PRIYA, groups=("S0PRODUCT",))).when(no_more(at), PRIYA)
    assert given(at) == []


def test_when_the_release_has_moved_on_it_is_too_late() -> None:
    at = Scenario().on_staging()
    late = no_more(at)
    at.approved().held(60).is_now(Phase.DEPLOYING).refused(late, PRIYA, saying="cannot give a yes back now: deploying")
    at.deployed().exposed().refused(late, PRIYA, saying="has moved on")


def test_taking_back_is_offered_once_somebody_has_said_yes() -> None:
    at = Scenario().on_staging()
    assert "Take back my yes" not in str(approval(at.state, at.now))
    at.when(at.approval(), PRIYA)
    assert "Take back my yes" in str(approval(at.state, at.now))
    at.when(no_more(at), PRIYA)
    assert "Take back my yes" not in str(approval(at.state, at.now))
