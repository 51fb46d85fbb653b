"""A workspace in which /stage is another app's: the commands have other names, and all that names them follows."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.core import commands as c
from bot.core.slash import Slash
from bot.sandbox.workspace.seed import ADA, QUINN, RELEASES
from bot.views import answers
from tests.handlers.slack_fixtures import Slack, slack
from tests.support.scenario import ADA as ADA_ACTOR
from tests.support.scenario import Scenario, plan

pytestmark = pytest.mark.usefixtures("way")

OTHER = Slash("/ship", "/rel")


@pytest.fixture
async def renamed() -> AsyncIterator[Slack]:
    """shop-1 is in its canary, in a workspace with other names."""
    async with slack(Scenario().in_production(), slash=OTHER) as found:
        yield found


async def test_the_commands_are_listened_to_under_their_names_here(renamed: Slack) -> None:
    assert "shop-1" in await renamed.asks(QUINN, "/rel", "list")
    assert "shop-2 has begun" in await renamed.asks(ADA, "/ship", "shop v1.3.0")


async def test_help_names_them_so(renamed: Slack) -> None:
    said = await renamed.asks(QUINN, "/rel", "help")
    assert "/rel rollback" in said
    assert "/ship" in said
    assert "/release" not in said
    assert "/stage" not in said


async def test_a_slip_and_a_refusal_do_too(renamed: Slack) -> None:
    assert "Did you mean `/rel rollback`?" in await renamed.asks(QUINN, "/rel", "rolback")
    assert "/rel shows all" in await renamed.asks(QUINN, "/rel", "hold shop-7")


async def test_a_late_answer_does_too() -> None:
    async with slack(Scenario().in_production(), slash=OTHER, ack_seconds_max=0.02) as found:
        found.service.wait_seconds = 0.1
        before = len(found.workspace.state.ephemerals)
        await found.type(ADA, "/rel", "lock shop the till is being moved")
        said = str(await found.heard(before))
        assert "/rel unlock shop reason" in said
        await found.type(ADA, "/rel", "hold shop-9")


async def test_a_message_and_an_edit_of_it_do_too(renamed: Slack) -> None:
    posted = await renamed.desk.chat.post(RELEASES, answers.help_text(), "a")
    assert "`/rel status ID`" in str(renamed.message(posted.ts))
    await renamed.desk.chat.edit(posted, answers.unknown("x", "hold"), "a")
    assert "`/rel hold`" in str(renamed.message(posted.ts))


async def test_a_page_and_an_error_in_a_form_do_too(renamed: Slack) -> None:
    await renamed.take(QUINN, "release_status", await renamed.post(answers.refused("/release: no")))
    assert "/release" not in str((await renamed.opened(QUINN))["blocks"])
    await renamed.type(ADA, "/ship")
    said = (await renamed.submit(ADA, service="shop", ref="-x"))["errors"]["ref"]
    assert "is not a version" in said


async def test_other_peoples_words_stay_as_they_wrote_them(renamed: Slack) -> None:
    at = renamed.service.scenarios["shop-1"]
    at.when(c.HoldRelease("shop-1", "until /release stats is mended"), replace(ADA_ACTOR, in_channel=True))
    for words in ("list", "audit shop-1"):
        said = await renamed.asks(QUINN, "/rel", words)
        assert "until /release stats is mended" in said, words
    refused = await renamed.asks(ADA, "/rel", "hold shop-1 again")
    assert "until /release stats is mended" in refused
    assert "I do not know “/stage”" in await renamed.asks(QUINN, "/rel", "/stage")


async def test_a_plan_without_releases_says_how_to_stage_one() -> None:
    async with slack(plans=(plan(),), slash=OTHER) as found:
        assert "`/ship SERVICE VERSION`" in await found.asks(QUINN, "/rel")
