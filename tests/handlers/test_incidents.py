"""`/release incident`: recorded on a release that has ended, by a line or by a form, once, and taken back."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.core import commands as c
from bot.core.model import Phase
from bot.sandbox.workspace.seed import ADA, PRIYA, QUINN, RELEASES
from tests.contracts.workspace_fixtures import until
from tests.handlers.slack_fixtures import Slack, slack
from tests.support.scenario import Scenario, plan

pytestmark = pytest.mark.usefixtures("way")


def ended(name: str) -> Scenario:
    return Scenario(plan(watch={"time": "60s"}), name).at_full().held(60).is_now(Phase.HEALTHY)


@pytest.fixture
async def here() -> AsyncIterator[Slack]:
    async with slack(ended("shop-1")) as found:
        found.service.scenarios["shop-2"] = Scenario(id="shop-2").on_staging()
        found.service.scenarios["shop-3"] = ended("shop-3")
        yield found


def incidents(here: Slack, name: str = "shop-1") -> list[str]:
    return [one.text for one in here.service.scenarios[name].state.incidents]


async def test_an_incident_is_recorded_on_a_release_that_has_ended(here: Slack) -> None:
    told = await here.asks(QUINN, "/release", "incident shop-1 key=INC-42 Nobody could pay.")
    assert "Incident 1 (INC-42) of shop-1 is recorded" in told
    assert "moves nothing" in told
    assert here.service.commands == [c.RecordIncident("shop-1", "Nobody could pay.", "INC-42")]


async def test_a_key_that_is_an_address_stays_one(here: Slack) -> None:
    await here.asks(ADA, "/release", "incident shop-1 key=<https://pager.example/i/42> Nobody could pay.")
    assert here.service.scenarios["shop-1"].state.incidents[0].key == "https://pager.example/i/42"


async def test_whoever_is_not_in_the_channel_hears_who_may(here: Slack) -> None:
    here.workspace.state.channels[RELEASES].members.discard(QUINN)
    await here.type(QUINN, "/release", "incident shop-1 Nobody could pay.", channel="C0COFFEE")
    assert "members of #releases may record an incident of shop-1" in str(await here.heard())
    assert incidents(here) == []


async def test_a_release_that_is_none_or_had_no_users_is_answered_in_words(here: Slack) -> None:
    assert "here is no release shop-9; the latest is" in await here.asks(ADA, "/release", "incident shop-9 It broke.")
    assert "has reached no users" in await here.asks(ADA, "/release", "incident shop-2 It broke.")
    assert "Did you mean `/release incident`?" in await here.asks(ADA, "/release", "incidnt shop-1 It broke.")
    assert "Did you mean `/release incident`?" in await here.asks(ADA, "/release", "postmortem shop-1")
    assert here.service.commands == []


async def test_the_same_incident_twice_counts_once_and_says_whose_it_is(here: Slack) -> None:
    await here.asks(QUINN, "/release", "incident shop-1 key=INC-42 Nobody could pay.")
    told = await here.asks(ADA, "/release", "incident shop-1 key=inc-42 The tills are down.")
    assert "Incident 1 (INC-42) of shop-1 is recorded already, by Quinn" in told
    assert "It counts once" in told
    refused = await here.asks(ADA, "/release", "incident shop-3 key=INC-42 The tills are down.")
    assert "INC-42 stands on shop-1 already" in refused
    assert incidents(here) == ["Nobody could pay."]
    assert incidents(here, "shop-3") == []


async def test_a_key_that_comes_later_is_added_and_keeps_it_off_another_release(here: Slack) -> None:
    await here.asks(ADA, "/release", "incident shop-1 Nobody could pay.")
    told = await here.asks(ADA, "/release", "incident shop-1 key=INC-42 nobody could pay.")
    assert "Incident 1 (INC-42) of shop-1 is recorded already, by Ada" in told
    assert "INC-42 stands on shop-1" in await here.asks(ADA, "/release", "incident shop-3 key=INC-42 Nobody could pay.")
    assert (len(incidents(here)), incidents(here, "shop-3")) == (1, [])


async def test_two_at_the_same_moment_are_one_and_one_of_them_hears_it(here: Slack) -> None:
    here.service.wait_seconds = 0.05
    before = len(here.workspace.state.ephemerals)
    await asyncio.gather(*(here.type(one, "/release", f"incident shop-1 key=INC-42 {one}") for one in (ADA, QUINN)))
    await until(lambda: len(here.workspace.state.ephemerals) == before + 2)
    told = [str(one) for one in list(here.workspace.state.ephemerals.values())[before:]]
    assert sorted("is recorded already, by" in one for one in told) == [False, True]
    assert len(incidents(here)) == 1


async def test_a_wrong_attribution_is_taken_back(here: Slack) -> None:
    await here.asks(QUINN, "/release", "incident shop-1 key=INC-42 Nobody could pay.")
    assert "and operators may take back incident 1" in await here.asks(
        PRIYA, "/release", "incident shop-1 withdraw 1 it was the bank"
    )
    assert "has no incident INC-43" in await here.asks(ADA, "/release", "incident shop-1 withdraw key=INC-43 no")
    told = await here.asks(QUINN, "/release", "incident shop-1 withdraw key=INC-42 because it was the bank")
    assert "Incident 1 (INC-42) of shop-1 is taken back, and counts no more" in told
    assert here.service.commands[-1] == c.WithdrawIncident("shop-1", 0, "it was the bank", "INC-42")
    told = await here.asks(ADA, "/release", "incident shop-1 key=INC-42 Nobody could pay.")
    assert "was taken back by Quinn" in told
    assert "it was the bank" in told
    assert incidents(here) == []
    assert "Incident 1 (INC-42) of shop-3 is recorded" in await here.asks(
        ADA, "/release", "incident shop-3 key=INC-42 Nobody could pay."
    )


@pytest.mark.parametrize(
    "typed",
    [
        "INC-42 it was the network",
        "<https://pager.example/i/42|i/42> it was the network",
        "incident 1: it was the network",
        "#1 it was the network",
        "it was key=inc-42 the network",
    ],
)
async def test_an_incident_is_taken_back_by_its_number_or_its_key_however_it_is_typed(here: Slack, typed: str) -> None:
    key = "https://pager.example/i/42" if "pager" in typed else "INC-42"
    await here.asks(ADA, "/release", f"incident shop-1 Nobody could pay. key={key}")
    assert incidents(here) == ["Nobody could pay."], "its key may stand anywhere"
    told = await here.asks(ADA, "/release", f"incident shop-1 withdraw {typed}")
    assert f"Incident 1 ({key}) of shop-1 is taken back" in told
    (gone,) = here.service.scenarios["shop-1"].state.every_incident
    assert gone.withdrawn is not None
    assert gone.withdrawn.words == "it was the network"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "which incident of shop-1, by its number or its key; it has: 1 (INC-42), 2 (1)"),
        ("it was the network", "has no incident it; it has: 1 (INC-42), 2 (1)"),
        ("INC-42", "needs its reason in words"),
        ("INC-42 it was not key=INC-43", "has no incident INC-42 key=INC-43; it has"),
        (
            "1 it was the network",
            "1 is the key of incident 2 of shop-1, and the number of another: say key=1, or number=1",
        ),
    ],
)
async def test_what_is_not_quite_a_withdrawal_is_refused_and_recorded_never(here: Slack, typed: str, said: str) -> None:
    await here.asks(ADA, "/release", "incident shop-1 key=INC-42 Nobody could pay.")
    await here.asks(ADA, "/release", "incident shop-1 key=1 Search was slow.")
    assert said in await here.asks(ADA, "/release", f"incident shop-1 withdraw {typed}")
    assert incidents(here) == ["Nobody could pay.", "Search was slow."]
    assert "Incident 1 (INC-42) of" in await here.asks(ADA, "/release", "incident shop-1 withdraw number=1 no")
    assert "Incident 2 (1) of" in await here.asks(ADA, "/release", "incident shop-1 withdraw key=1 no")


async def test_without_words_a_form_asks_for_them_and_says_what_came_of_it(here: Slack) -> None:
    assert await here.type(QUINN, "/release", "incident") == {"ok": True}
    form = await here.opened(QUINN)
    options = next(one for one in form["blocks"] if one.get("block_id") == "release")["element"]["options"]
    assert [one["value"] for one in options] == ["shop-3", "shop-1"], "those that reached users, newest first"
    await here.submit(QUINN, release="shop-1", key="INC-42", text="Nobody could pay.")
    await until(lambda: "is recorded" in str(here.workspace.views.stacks[QUINN]))
    assert here.service.commands == [c.RecordIncident("shop-1", "Nobody could pay.", "INC-42")]


async def test_a_form_knows_the_release_that_was_named_and_keeps_what_was_typed_when_it_is_refused(here: Slack) -> None:
    assert await here.type(ADA, "/release", "incident shop-3") == {"ok": True}
    form = await here.opened(ADA)
    chosen = next(one for one in form["blocks"] if one.get("block_id") == "release")["element"]["initial_option"]
    assert chosen["value"] == "shop-3"
    answer = await here.submit(ADA, release="shop-3", key="two words", text="Nobody could pay.")
    assert "one word of at most" in str(answer)
    assert incidents(here, "shop-3") == []
    assert "shop-2 has reached no users" in await here.asks(ADA, "/release", "incident shop-2")
