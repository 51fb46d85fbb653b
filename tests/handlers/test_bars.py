"""Locks and freezes from Slack: typed, asked back, confirmed, ended on Home, each answered in words."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.beside import Bar, BarKind
from bot.sandbox.workspace.seed import ADA, QUINN, RELEASES
from tests.contracts.workspace_fixtures import as_person, until
from tests.handlers.slack_fixtures import Slack, slack
from tests.support.scenario import START, Scenario, plan

LONDON = ZoneInfo("Europe/London")


@pytest.fixture
async def shop() -> AsyncIterator[Slack]:
    async with slack(Scenario().in_production(), plans=(plan(), plan(service="cart"))) as found:
        yield found


def only(shop: Slack) -> Bar:
    (bar,) = shop.bars.open(START)
    return bar


async def test_an_operator_locks_a_service_and_unlocks_it_with_a_reason(shop: Slack) -> None:
    assert "shop is locked" in await shop.asks(ADA, "/release", "lock shop because the database moves")
    assert (only(shop).kind, only(shop).services, only(shop).reason) == (BarKind.LOCK, ("shop",), "the database moves")
    assert only(shop).owner.name == "Ada Okafor"
    assert "needs its reason" in await shop.asks(ADA, "/release", "unlock shop")
    assert "shop: unlocked" in await shop.asks(ADA, "/release", "unlock shop it has moved")
    assert shop.bars.open(START) == []


async def test_who_may_not_lock_hears_who_may_and_nothing_is_locked(shop: Slack) -> None:
    assert f"may lock shop: <@{ADA}>" in await shop.asks(QUINN, "/release", "lock shop please")
    assert shop.bars.open(START) == []


async def test_an_unambiguous_freeze_takes_effect_at_once_in_the_persons_own_time_zone(shop: Slack) -> None:
    said = await shop.asks(ADA, "/release", "freeze from 2027-06-01 18:00 to 2027-06-02 09:00 shop the sale")
    starts_at = datetime(2027, 6, 1, 18, tzinfo=LONDON).timestamp()
    assert only(shop).starts_at == starts_at
    assert f"<!date^{int(starts_at)}^" in said
    assert f"/release thaw {only(shop).id}" in said


async def test_a_freeze_that_could_be_meant_otherwise_is_said_back_and_frozen_once_confirmed(shop: Slack) -> None:
    said = await shop.asks(ADA, "/release", "freeze from Friday 18:00 for 3d shop the sale")
    assert "Nothing is frozen yet" in said
    assert "Friday is the next one" in said
    assert shop.bars.open(START) == []
    ts = str((await shop.heard())["ts"])
    await shop.press(ADA, ts, "freeze")
    await until(lambda: shop.bars.bars)
    assert (only(shop).services, only(shop).reason) == (("shop",), "the sale")
    assert datetime.fromtimestamp(only(shop).starts_at, LONDON).strftime("%A %H:%M") == "Friday 18:00"


async def test_the_button_of_somebody_else_is_refused_like_their_words(shop: Slack) -> None:
    await shop.asks(QUINN, "/release", "freeze for 3d the sale")
    await shop.press(QUINN, str((await shop.heard())["ts"]), "freeze")
    await until(lambda: "only operators may freeze" in str(shop.whispers(QUINN)).lower())
    assert shop.bars.bars == []


async def test_a_person_whose_time_zone_slack_does_not_say_is_asked_back_in_utc(shop: Slack) -> None:
    users = shop.workspace.state.users
    users[ADA] = replace(users[ADA], tz="")
    said = await shop.asks(ADA, "/release", "freeze from 2027-06-01 18:00 to 2027-06-02 09:00 shop the sale")
    assert "the times are UTC" in said
    assert shop.bars.bars == []


@pytest.mark.parametrize(
    ("typed", "saying"),
    [
        ("freeze", "Say until when: /release freeze from 2026-12-24 18:00"),
        ("freeze for 3d shop", "A freeze needs its reason"),
        ("thaw freeze-9 x", "There is no freeze freeze-9 that could end: nothing is locked or frozen"),
        ("lock shap x", "There is no plan for shap"),
        ("unlok shop", "unlock"),
    ],
)
async def test_what_cannot_be_done_is_answered_in_words(shop: Slack, typed: str, saying: str) -> None:
    assert saying in await shop.asks(ADA, "/release", typed)


async def test_the_list_shows_what_is_locked_and_frozen_to_everybody(shop: Slack) -> None:
    await shop.asks(ADA, "/release", "lock cart moving")
    await shop.asks(ADA, "/release", "freeze for 3d all the sale")
    said = await shop.asks(QUINN, "/release")
    assert all(word in said for word in ("Locked and frozen", "lock-1", "*cart*", "*all services*", "the sale"))


async def test_home_lists_a_lock_and_lifts_it_with_a_reason(shop: Slack) -> None:
    await shop.asks(ADA, "/release", "lock shop moving")
    await as_person(shop.workspace, ADA, "home_opened")
    await until(lambda: "lock-1" in str(shop.workspace.views.homes.get(ADA)))
    home = shop.workspace.views.to_slack(shop.workspace.views.homes[ADA])
    block = next(block for block in home["blocks"] if block.get("accessory", {}).get("action_id") == "unlock")
    action = {**block["accessory"], "block_id": block["block_id"]}
    await as_person(shop.workspace, ADA, "view_action", view_id=home["id"], action=action)
    await shop.submit(ADA, reason="it has moved")
    await until(lambda: not shop.bars.open(START))
    await until(lambda: "lock-1" not in str(shop.workspace.views.to_slack(shop.workspace.views.homes[ADA])))


async def test_an_old_button_on_home_is_answered_in_a_page(shop: Slack) -> None:
    """There is no message to answer beside."""
    await shop.asks(ADA, "/release", "lock shop moving")
    await as_person(shop.workspace, ADA, "home_opened")
    await until(lambda: "lock-1" in str(shop.workspace.views.homes.get(ADA)))
    home = shop.workspace.views.homes[ADA]
    block = next(one for one in home.body["blocks"] if one.get("accessory", {}).get("action_id") == "unlock")
    block["accessory"]["value"] = "{}"
    action = {**block["accessory"], "block_id": block["block_id"]}
    await as_person(shop.workspace, ADA, "view_action", view_id=home.id, action=action)
    assert "from another version of Songbird" in str((await shop.opened(ADA))["blocks"])


@pytest.mark.usefixtures("way")
async def test_a_freeze_that_is_confirmed_by_a_double_click_is_one() -> None:
    async with slack(Scenario().in_production()) as shop:
        await shop.asks(ADA, "/release", "freeze from Friday 18:00 for 3d shop the sale")
        ts = str((await shop.heard())["ts"])
        await asyncio.gather(*(shop.press(ADA, ts, "freeze") for _ in range(2)))
        await until(lambda: len(shop.bars.answers) == 2)
        assert only(shop).reason == "the sale"


@pytest.mark.usefixtures("way")
async def test_a_lock_whose_plan_is_gone_is_lifted_by_no_stranger() -> None:
    async with slack(Scenario().in_production(), plans=(plan(), plan(service="cart"))) as shop:
        await shop.asks(ADA, "/release", "lock cart moving")
        del shop.plans["cart"]
        said = await shop.asks(QUINN, "/release", "unlock cart because")
        assert "Ada Okafor may unlock it, or whoever is at the bot's own machine" in said
        assert only(shop).id == "lock-1"
        assert "cart: unlocked" in await shop.asks(ADA, "/release", "unlock cart it has moved")


@pytest.mark.usefixtures("way")
async def test_a_form_that_unlocks_lifts_the_lock_that_it_was_opened_for_and_no_later_one() -> None:
    async with slack(Scenario().in_production()) as shop:
        await shop.asks(ADA, "/release", "lock shop moving")
        await shop.asks(ADA, "/release")
        await shop.press(ADA, str(shop.whispers(ADA)[-1]["ts"]), "unlock", channel=RELEASES)
        await shop.opened(ADA)
        await shop.asks(ADA, "/release", "unlock shop it has moved")
        await shop.asks(ADA, "/release", "lock shop data is being lost")
        answered = await shop.submit(ADA, reason="it has moved")
        assert "data is being lost (lock-2), which you were not shown" in str(answered)
        assert only(shop).id == "lock-2"
        assert "shop: unlocked" in await shop.asks(ADA, "/release", "unlock shop it is found")


async def test_a_refusal_stands_under_the_reason_and_names_people(shop: Slack) -> None:
    await shop.asks(ADA, "/release", "lock shop moving")
    await shop.asks(QUINN, "/release")
    await shop.press(QUINN, str(shop.whispers(QUINN)[-1]["ts"]), "unlock", channel=RELEASES)
    answered = await shop.submit(QUINN, reason="let me")
    assert "@Ada Okafor" in str(answered)
    assert only(shop).id == "lock-1"
