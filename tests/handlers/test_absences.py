"""Absences from Slack: typed, understood in one's own time zone, said back, shown on Home."""

from collections.abc import AsyncIterator

import pytest

from bot.core.beside import Absence
from bot.sandbox.workspace.seed import OMAR, PRIYA, QUINN, VICTOR
from handlers import parse
from handlers.asked import Asked, Doing, Leaving, Returning
from tests.contracts.workspace_fixtures import as_person, until
from tests.handlers.slack_fixtures import Slack, slack
from tests.support.scenario import START, Scenario, plan

pytestmark = pytest.mark.usefixtures("way")

DAY = 86_400.0


@pytest.fixture
async def review() -> AsyncIterator[Slack]:
    """shop-1 is on staging and asks for approval."""
    async with slack(Scenario().on_staging()) as found:
        yield found


def only(here: Slack) -> Absence:
    (one,) = here.absences.open(START)
    return one


@pytest.mark.parametrize("mention", [f"<@{QUINN}>", f"<@{QUINN}|quinn>", QUINN])
async def test_away_says_until_when_and_who_stands_in(review: Slack, mention: str) -> None:
    answer = await review.asks(VICTOR, "/release", f"away for 3d {mention} because the sea")
    assert f"<@{QUINN}> holds the roles that plans give you by name" in answer
    one = only(review)
    assert (one.person.id, one.delegate, one.reason) == (VICTOR, QUINN, "the sea")
    assert one.ends_at - one.starts_at == 3 * DAY


async def test_what_might_have_been_meant_otherwise_is_said_back(review: Slack) -> None:
    answer = await review.asks(VICTOR, "/release", f"away from Friday to Monday <@{QUINN}>")
    assert "a day without a time is meant from its beginning" in answer


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("away", "Say until when"),
        ("away for 3d", "is nobody that I know"),
        ("away for 3d @quinn the sea", "@quinn” is nobody that I know: pick a person after the @"),
        ("away for soon <@U0QUINN>", "is not a duration"),
        (f"away for 3d <@{VICTOR}>", "That is you"),
        ("back", "You are not away"),
    ],
)
async def test_every_wrong_use_is_answered_in_words(review: Slack, typed: str, words: str) -> None:
    assert words in await review.asks(VICTOR, "/release", typed)
    assert review.absences.open(START) == []


async def test_a_delegate_who_goes_away_hears_who_counts_on_them() -> None:
    roles = {"product-manager": [PRIYA], "vp-product": [VICTOR, QUINN]}
    async with slack(Scenario(plan=plan(roles=roles)).on_staging(), (plan(roles=roles),)) as here:
        await here.type(VICTOR, "/release", f"away for 3d <@{QUINN}>")
        answer = await here.asks(QUINN, "/release", f"away from 2027-01-17 to 2027-01-25 <@{PRIYA}>")
        assert f"You stand in for <@{VICTOR}>" in answer
        assert "nobody holds their roles" in answer
        before = await here.asks(PRIYA, "/release", f"away from 2027-02-01 to 2027-02-05 <@{OMAR}>")
        assert "stand in" not in before


async def test_back_ends_it(review: Slack) -> None:
    await review.type(VICTOR, "/release", f"away for 3d <@{QUINN}>")
    assert "You hold your roles yourself again" in await review.asks(VICTOR, "/release", "back")
    assert review.absences.open(START) == []


async def test_a_status_says_who_is_away(review: Slack) -> None:
    await review.type(VICTOR, "/release", f"away for 3d <@{QUINN}> the sea")
    assert f"<@{QUINN}> stands in as vp-product" in await review.asks(PRIYA, "/release", "status shop-1")


async def test_what_waits_for_whoever_is_away_waits_for_the_delegate_on_home(review: Slack) -> None:
    await review.type(VICTOR, "/release", f"away for 3d <@{QUINN}>")
    for person, waits in ((QUINN, True), (OMAR, False)):
        await as_person(review.workspace, person, "home_opened")
        await until(lambda who=person: "Away" in str(review.workspace.views.homes.get(who)))
        assert ("Waiting for you" in str(review.workspace.views.homes[person])) is waits


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("away for 3d <@U0QUINN|quinn b> x", Leaving(("for", "3d", "<@U0QUINN>", "x"))),
        ("back", Returning()),
        ("hold shop-1 ask <@U0QUINN|quinn> in <#C0X|shop>", Doing("hold", "shop-1", "ask @quinn in #shop")),
        ("hold shop-1 see <https://x.example|x.example>", Doing("hold", "shop-1", "see https://x.example")),
        ("hold shop-1 a &lt; b", Doing("hold", "shop-1", "a < b")),
    ],
)
def test_people_and_channels_come_as_links_and_read_as_they_were_typed(typed: str, understood: Asked) -> None:
    assert parse.release(typed) == understood
