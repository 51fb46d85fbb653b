"""A changed plan from Slack: shown to whoever asks, in the words of a plan, with what it would mean."""

from collections.abc import AsyncIterator

import pytest

from bot.core.errors import Refused
from bot.sandbox.workspace.seed import PRIYA, QUINN
from handlers import parse
from handlers.plans import outlook
from tests.handlers.slack_fixtures import Slack, slack
from tests.support.plans import with_metric
from tests.support.scenario import BAD, Scenario

pytestmark = pytest.mark.usefixtures("way")

STRICTER = with_metric(rollback={"max": "4%"}, limit={"max": "1%"})


@pytest.fixture
async def canary() -> AsyncIterator[Slack]:
    """shop-1 is at its first canary step, and its plan file is as it was."""
    async with slack(Scenario().in_production()) as found:
        yield found


async def test_anybody_sees_what_changed_and_what_it_would_mean(canary: Slack) -> None:
    canary.plans["shop"] = STRICTER
    canary.outlooks.after = BAD
    answer = await canary.asks(QUINN, "/release", "plan shop-1")
    for words in (
        "errors: limit above 2 % → 1 %",
        "errors: rollback above 4 %, where there was none",
        "It would stand in production at 1 % from the beginning",
        "What it shows now would fail: errors 5%",
    ):
        assert words in answer
    assert canary.service.commands == [], "looking changes nothing"


async def test_what_did_not_change_is_answered_so(canary: Slack) -> None:
    assert "Nothing changed: shop v1.1.0 (shop-1) has the plan that the file says." in await canary.asks(
        PRIYA, "/release", "plan"
    )


async def test_a_file_that_cannot_be_read_is_said_with_its_errors(canary: Slack) -> None:
    canary.troubles["shop"] = "shop.yml:28: metrics[0].kind: found <eror>"
    answer = await canary.asks(PRIYA, "/release", "plan shop-1")
    assert "cannot be read" in answer
    assert "shop.yml:28: metrics[0].kind: found <eror>" in answer


async def test_a_service_without_a_file_any_more_has_none(canary: Slack) -> None:
    state = canary.service.scenarios["shop-1"].state
    canary.plans.clear()
    with pytest.raises(Refused, match="there is no plan for shop"):
        await outlook(canary.desk, state)


async def test_a_status_says_so_in_a_line(canary: Slack) -> None:
    assert "plan file" not in await canary.asks(PRIYA, "/release", "status shop-1")
    canary.plans["shop"] = STRICTER
    answer = await canary.asks(PRIYA, "/release", "status shop-1")
    assert "The plan file has changed since it was staged (criteria)" in answer
    assert "`/release plan shop-1`" in answer


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("plan", parse.Planning(None)),
        ("plan Shop-7", parse.Planning("shop-7")),
        ("diff shop-7", parse.Helping("diff", "plan")),
        ("plam shop-7", parse.Helping("plam", "plan")),
        ("plans", parse.Helping("plans", "plan")),
    ],
)
def test_what_is_typed(typed: str, understood: parse.Asked) -> None:
    assert parse.release(typed) == understood
