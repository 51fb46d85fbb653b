"""Overrides from Slack: asked for by a typed command, seconded and declined by buttons in the thread."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.core import commands as c
from bot.core.beside import Bar, BarKind
from bot.sandbox.workspace.seed import PRIYA, QUINN, VICTOR
from bot.views.card import card
from bot.views.overrides import override_message
from handlers import parse
from handlers.asked import Asked, Helping, Overriding
from tests.handlers.slack_fixtures import Slack, slack
from tests.support.scenario import OMAR, START, Scenario, plan

pytestmark = pytest.mark.usefixtures("way")


@pytest.fixture
async def locked() -> AsyncIterator[Slack]:
    """shop-1 is at its first canary step, and its service is locked."""
    at = Scenario(plan=plan(override={"roles": ["vp-product", "product-manager"]})).in_production()
    at.around = replace(at.around, bars=(Bar("lock-1", BarKind.LOCK, ("shop",), OMAR, "moving house", at.now, at.now),))
    async with slack(at.when(c.Tick(at.id, at.entry))) as found:
        yield found


async def asked(here: Slack) -> str:
    """Priya asks; the question as it stands in the thread."""
    await here.type(PRIYA, "/release", "override shop-1 the fix for the outage")
    state = here.service.scenarios["shop-1"].state
    head = await here.post(card(state, None, START))
    return await here.post(override_message(state, state.overrides[-1].told), head)


async def test_it_is_asked_for_with_a_reason_and_the_answer_says_who_has_to_agree(locked: Slack) -> None:
    answer = await locked.asks(PRIYA, "/release", "override shop-1 because the checkout is down")
    assert "Asked for override 1 of shop-1, past the lock by Omar" in answer
    assert f"<@{VICTOR}>" in answer
    entry = locked.service.scenarios["shop-1"].entry
    assert locked.service.commands == [c.AskOverride("shop-1", entry, "the checkout is down")]


async def test_whoever_may_not_is_told_who_may(locked: Slack) -> None:
    answer = await locked.asks(QUINN, "/release", "override shop-1 now")
    assert "Only vp-product or product-manager may override" in answer


async def test_a_second_person_seconds_it_in_the_thread(locked: Slack) -> None:
    assert await locked.press(VICTOR, await asked(locked), "second_override") == {"ok": True}
    assert locked.service.scenarios["shop-1"].state.overrides[0].is_granted
    assert locked.whispers(VICTOR) == []


async def test_whoever_asked_is_told_that_a_second_person_has_to_agree(locked: Slack) -> None:
    await locked.press(PRIYA, await asked(locked), "second_override")
    assert "You have asked for it yourself" in locked.whispers(PRIYA)[-1]["text"]
    assert not locked.service.scenarios["shop-1"].state.overrides[0].is_granted


async def test_declining_needs_no_reason_and_an_old_button_is_answered(locked: Slack) -> None:
    question = await asked(locked)
    await locked.press(VICTOR, question, "decline_override")
    await locked.press(VICTOR, question, "second_override")
    assert "is over: declined by Victor" in locked.whispers(VICTOR)[-1]["text"]


async def test_a_copy_outside_the_thread_is_no_question(locked: Slack) -> None:
    await asked(locked)
    state = locked.service.scenarios["shop-1"].state
    before = len(locked.service.commands)
    await locked.press(VICTOR, await locked.post(override_message(state, state.overrides[-1].told)), "second_override")
    assert "is not the thread of shop-1" in locked.whispers(VICTOR)[-1]["text"]
    assert len(locked.service.commands) == before


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("override shop-1 it burns", Overriding("shop-1", (), "it burns")),
        ("override it burns", Overriding(None, (), "it burns")),
        ("override shop-1 approval Victor is away", Overriding("shop-1", ("approval",), "Victor is away")),
        ("override shop-1 health, go because now", Overriding("shop-1", ("health", "go"), "now")),
        ("override", Overriding(None, (), "")),
        ("bypass shop-1", Helping("bypass", "override")),
    ],
)
def test_gates_may_stand_before_the_reason(typed: str, understood: Asked) -> None:
    assert parse.release(typed) == understood
