"""The shortcut "Release status" in a message's menu, taken on cards, in threads, and on anything else."""

from collections.abc import AsyncIterator

import pytest

from bot.sandbox.workspace.seed import QUINN, RELEASES
from bot.sandbox.workspace.state import Content
from bot.views import answers
from tests.handlers.slack_fixtures import Slack, slack
from tests.support.scenario import Scenario

pytestmark = pytest.mark.usefixtures("way")

STATUS = "release_status"


@pytest.fixture
async def canary() -> AsyncIterator[Slack]:
    """shop-1 is at its first canary step, and somebody else writes in its channel."""
    async with slack(Scenario().in_production()) as found:
        yield found


def written(slack: Slack, text: str, thread_ts: str | None = None) -> str:
    """A person's message; its ts."""
    channel = slack.workspace.state.channel(RELEASES)
    return str(slack.workspace.state.post(channel, QUINN, Content(text), thread_ts=thread_ts)["ts"])


async def page(slack: Slack, ts: str) -> str:
    assert await slack.take(QUINN, STATUS, ts) == {"ok": True}
    view = await slack.opened(QUINN)
    assert view["submit"] is None
    assert all(block["type"] != "actions" for block in view["blocks"]), "a page to read"
    return str(view["blocks"])


async def test_on_the_card_it_shows_where_the_release_stands(canary: Slack) -> None:
    shown = await page(canary, await canary.post(answers.help_text()))
    assert "shop-1" in shown
    assert "step 1 of" in shown


async def test_on_any_message_of_the_thread_too_somebody_elses_as_well(canary: Slack) -> None:
    card = await canary.post(answers.help_text())
    assert "shop-1" in await page(canary, written(canary, "looks fine to me", card))


async def test_on_a_message_elsewhere_that_names_one_release(canary: Slack) -> None:
    assert "step 1 of" in await page(canary, written(canary, "is shop-1 fine? I ask of shop-1 alone"))


@pytest.mark.parametrize("text", ["good morning", "shop-1 or shop-2?", "shop-7 was fine", "workshop-1 is on Friday"])
async def test_on_another_message_it_says_how_it_is_used(canary: Slack, text: str) -> None:
    canary.service.scenarios["shop-2"] = Scenario(id="shop-2").staged()
    shown = await page(canary, written(canary, text))
    assert "belongs to no release" in shown
    assert "/release status ID" in shown


async def test_a_release_that_is_not_there_any_more_is_said_in_words(canary: Slack) -> None:
    card = await canary.post(answers.help_text())
    canary.asking.threads[card] = "shop-9"
    assert "there is no release shop-9" in (await page(canary, card)).lower()


async def test_when_slack_opens_no_page_nothing_breaks(canary: Slack) -> None:
    ts = written(canary, "shop-1")
    canary.workspace.faults.add("views.open", "error", error="internal_error")
    assert await canary.take(QUINN, STATUS, ts) == {"ok": True}
    assert canary.modals(QUINN) == 0
