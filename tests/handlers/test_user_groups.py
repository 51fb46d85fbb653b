"""A role that a user group holds: Slack says who is in it, when somebody acts."""

from collections.abc import AsyncIterator

import pytest

from bot.core import commands as c
from bot.core.actors import Actor
from bot.sandbox.workspace.seed import ADA, PRIYA, QUINN, VICTOR
from bot.views.approval import approval
from bot.views.card import card
from tests.contracts.workspace_fixtures import as_person, until
from tests.handlers.slack_fixtures import Slack, slack
from tests.support.scenario import START, Scenario, plan

BY_GROUP = plan(roles={"product-manager": ["S0PRODUCT"], "vp-product": [VICTOR]})


@pytest.fixture
async def review() -> AsyncIterator[Slack]:
    """shop-1 asks for the yes of whoever is in S0PRODUCT (Priya and Victor), and of Victor."""
    async with slack(Scenario(BY_GROUP).on_staging()) as found:
        yield found


async def question(here: Slack) -> str:
    state = here.service.scenarios["shop-1"].state
    return await here.post(approval(state, START), await here.post(card(state, None, START)))


async def waits_for(here: Slack, person: str) -> bool:
    await as_person(here.workspace, person, "home_opened")
    await until(lambda: person in here.workspace.views.homes)
    return "Waiting for you" in str(here.workspace.views.homes.pop(person).body)


async def test_whoever_is_in_the_group_may_and_the_journal_keeps_that_they_were(review: Slack) -> None:
    await review.press(PRIYA, await question(review), "approve")
    (_command, actor), *_ = review.service.handled
    assert actor == Actor(PRIYA, name="Priya Nair", groups=("S0PRODUCT",))
    entry = review.service.scenarios["shop-1"].state.entry
    assert entry is not None
    assert [(given.role, given.actor.groups) for given in entry.approvals] == [("product-manager", ("S0PRODUCT",))]


async def test_whoever_is_not_in_it_hears_who_could(review: Slack) -> None:
    await review.press(ADA, await question(review), "approve")
    assert "product-manager: <!subteam^S0PRODUCT>" in str(await review.heard())
    assert "in time" not in str(await review.heard())
    assert review.service.handled == []


async def test_while_slack_does_not_say_who_is_in_it_nobody_gets_in_and_hears_why(review: Slack) -> None:
    fault = {"fault": "error", "method": "usergroups.users.list", "error": "fatal_error", "times": 9}
    review.workspace.fault(fault)
    await review.press(PRIYA, await question(review), "approve")
    assert "Slack did not say in time who is in <!subteam^S0PRODUCT>" in str(await review.heard())
    assert review.service.handled == []


async def test_the_question_calls_the_group(review: Slack) -> None:
    shown = review.message(await question(review))
    assert "waiting for <!subteam^S0PRODUCT>" in str(shown)


async def test_home_says_what_waits_for_a_group_until_its_member_has_said_yes(review: Slack) -> None:
    assert await waits_for(review, PRIYA)
    assert not await waits_for(review, QUINN)
    await review.press(PRIYA, await question(review), "approve")
    assert not await waits_for(review, PRIYA)


async def test_in_a_form_a_group_is_named_in_words(review: Slack) -> None:
    await review.press(QUINN, await question(review), "reject")
    answered = await review.submit(QUINN, reason="it is too wide")
    assert "the user group Product" in str(answered)


async def test_a_plan_without_groups_asks_slack_for_none() -> None:
    async with slack(Scenario().on_staging()) as here:
        await here.press(PRIYA, await question(here), "approve")
        assert not [call for call in here.workspace.web_api.calls if call.method == "usergroups.users.list"]
        assert here.service.commands == [c.Approve("shop-1", 2, here.service.commands[0].subject)]  # type: ignore[attr-defined]
