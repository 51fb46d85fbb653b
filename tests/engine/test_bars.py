"""Locks and freezes in time: one row, one announcement a channel and moment, and releases that go on by themselves."""

import pytest

from bot.adapters.chat.stand_in import StandInChat
from bot.core import events as e
from bot.core.actors import SONGBIRD
from bot.core.bars import FreezeServices, LockService, Moment, ThawFreeze, UnlockService
from bot.core.commands import Tick
from bot.core.effects import Announce
from bot.core.errors import Refused
from bot.core.model import Phase, Release
from bot.engine.bars import Bars
from bot.engine.clock import Clock
from bot.engine.words import Speaker
from bot.store.ports import Claimed
from tests.contracts.store_fixtures import keep
from tests.engine.engine_fixtures import Engine
from tests.support.scenario import ADA, QUINN, START, Scenario, plan

PLANS = {"shop": plan(), "cart": plan(service="cart", channels={"releases": "#cart"}), "till": plan(service="till")}
HOUR, DAY = 3_600.0, 86_400.0


@pytest.fixture
def bars(engine: Engine) -> Bars:
    return Bars(engine.service, PLANS)


def announced(engine: Engine) -> list[tuple[str, Moment, str]]:
    """What is to be said, in order; it counts as said."""
    with engine.store.transaction() as t:
        claimed = [one.effect for one in t.claim(engine.now + 10, 30.0, 100)]
        for effect in claimed:
            t.finish(effect.key)
    return [(one.release, Moment(one.moment), one.channel) for one in claimed if isinstance(one, Announce)]


async def at(engine: Engine, bars: Bars, now: float) -> list[tuple[str, Moment, str]]:
    engine.now = now
    await bars.step(now)
    await bars.step(now)
    return announced(engine)


async def test_a_lock_is_announced_where_its_service_releases_when_made_and_when_lifted(
    engine: Engine, bars: Bars
) -> None:
    await bars.ask(LockService("shop", "moving"), actor=ADA, key="k1", now=START)
    assert announced(engine) == [("lock-1", Moment.MADE, "#releases")]
    await bars.ask(UnlockService("shop", "moved"), actor=ADA, key="k2", now=START + 1)
    assert announced(engine) == [("lock-1", Moment.OVER, "#releases")]
    assert bars.open(START + 1) == []
    assert await at(engine, bars, START + 100 * DAY) == []


async def test_a_freeze_of_all_is_announced_once_in_each_channel_at_each_of_its_moments(
    engine: Engine, bars: Bars
) -> None:
    await bars.ask(FreezeServices((), START + 2 * HOUR, START + DAY, "sale"), actor=ADA, key="k", now=START)
    both = ("#releases", "#cart")
    assert announced(engine) == [("freeze-1", Moment.MADE, channel) for channel in both]
    assert await bars.step(START) == START + HOUR
    assert await at(engine, bars, START + HOUR) == [("freeze-1", Moment.SOON, channel) for channel in both]
    assert await at(engine, bars, START + 2 * HOUR) == [("freeze-1", Moment.BEGAN, channel) for channel in both]
    assert await at(engine, bars, START + DAY) == [("freeze-1", Moment.OVER, channel) for channel in both]
    assert await bars.step(START + DAY) is None


async def test_a_freeze_that_is_thawed_is_over_once(engine: Engine, bars: Bars) -> None:
    await bars.ask(FreezeServices(("shop",), START, START + DAY, "sale"), actor=ADA, key=None, now=START)
    await bars.ask(ThawFreeze("freeze-1", "called off"), actor=ADA, key=None, now=START + 5)
    said = [*announced(engine), *announced(engine)]
    assert [moment for _, moment, _ in said] == [Moment.MADE, Moment.OVER]
    assert await at(engine, bars, START + 2 * DAY) == []


async def test_a_lock_whose_plan_is_gone_is_no_strangers_to_lift_and_its_end_is_told_where_it_was(
    engine: Engine,
) -> None:
    plans = dict(PLANS)
    bars = Bars(engine.service, plans)
    await bars.ask(LockService("cart", "moving"), actor=ADA, key=None, now=START)
    await bars.ask(FreezeServices((), START, START + DAY, "sale"), actor=ADA, key=None, now=START)
    while announced(engine):
        pass
    del plans["cart"]
    with pytest.raises(Refused, match="no plan file names the operators of cart now: Ada may unlock it"):
        await bars.ask(UnlockService("cart", "because"), actor=QUINN, key=None, now=START + 1)
    await bars.ask(UnlockService("cart", "moved"), actor=ADA, key=None, now=START + 2)
    assert announced(engine) == [("lock-1", Moment.OVER, "#cart")]
    assert await at(engine, bars, START + DAY) == [("freeze-1", Moment.OVER, each) for each in ("#releases", "#cart")]


async def test_a_freeze_whose_end_was_told_by_a_clock_that_was_ahead_is_in_force_again(
    engine: Engine, bars: Bars
) -> None:
    await bars.ask(FreezeServices((), START, START + DAY, "sale"), actor=ADA, key=None, now=START)
    await at(engine, bars, START + 4 * DAY)
    assert bars.open(START + 4 * DAY) == []
    assert [bar.id for bar in bars.open(START + HOUR)] == ["freeze-1"]
    with engine.store.transaction() as t:
        assert [bar.id for bar in t.surroundings("shop", "shop-1", None, START + HOUR).bars] == ["freeze-1"]
    assert await at(engine, bars, START + DAY) == [], "its end is told once"
    await bars.ask(ThawFreeze("freeze-1", "called off"), actor=ADA, key=None, now=START + HOUR)
    assert bars.open(START + HOUR) == []


async def test_a_freeze_that_is_confirmed_twice_is_one(engine: Engine, bars: Bars) -> None:
    twice = FreezeServices(("shop",), START - 1, START + DAY, "sale")
    first = await bars.ask(twice, actor=ADA, key="k1", now=START)
    assert await bars.ask(twice, actor=ADA, key="k2", now=START + 0.2) == first
    assert await bars.ask(twice, actor=ADA, key="k2", now=START + 0.4) == first
    assert [moment for _, moment, _ in announced(engine)] == [Moment.MADE]
    await bars.ask(ThawFreeze(first.id, "called off"), actor=ADA, key=None, now=START + 5)
    assert bars.open(START + 5) == []


async def test_the_same_key_hears_of_the_same_lock_again(engine: Engine, bars: Bars) -> None:
    first = await bars.ask(LockService("shop", "moving"), actor=ADA, key="k", now=START)
    assert await bars.ask(LockService("shop", "moving"), actor=ADA, key="k", now=START + 9) == first
    with pytest.raises(Refused, match="shop is locked by Ada"):
        await bars.ask(LockService("shop", "moving"), actor=ADA, key="another", now=START + 9)
    assert len(announced(engine)) == 1


async def test_a_lock_stops_a_moving_release_at_once_and_lifting_it_lets_it_go_on(engine: Engine, bars: Bars) -> None:
    keep(engine.store, Scenario().in_production().held(25).journal)
    clock, now = Clock(engine.service), START + 1_000
    await bars.ask(LockService("shop", "moving"), actor=ADA, key=None, now=now)
    await clock.step(now)
    assert [bar.id for bar in _release(engine).bars] == ["lock-1"]
    await bars.ask(UnlockService("shop", "moved"), actor=ADA, key=None, now=now)
    await clock.step(now)
    assert _release(engine).bars == ()


async def test_a_queued_release_goes_on_when_its_freeze_ends_by_the_calendar(engine: Engine, bars: Bars) -> None:
    at = Scenario().on_staging()
    keep(engine.store, at.journal)
    ends_at = at.now + DAY + 0.5
    await bars.ask(FreezeServices((), at.now, ends_at, "sale"), actor=ADA, key=None, now=at.now)
    keep(engine.store, at.approved().held(60).is_now(Phase.DEPLOYING).journal[: _queued_at(at)])
    await engine.service.handle(Tick("shop-1", 3), actor=SONGBIRD, key=None, now=at.now)
    assert _release(engine).phase is Phase.QUEUED
    clock, now = Clock(engine.service), ends_at - 10
    await clock.step(now)
    assert engine.store.next_due() == ends_at
    await clock.step(ends_at)
    assert _release(engine).phase is Phase.DEPLOYING


async def test_an_announcement_that_may_have_been_made_is_looked_for_first(engine: Engine, bars: Bars) -> None:
    await bars.ask(LockService("shop", "<!channel> moving"), actor=ADA, key=None, now=START)
    chat = StandInChat()
    speaker = Speaker(engine.service, chat)
    effect = Announce("lock-1/1/announce/#releases", "lock-1", Moment.MADE, "#releases")
    await speaker.announce(Claimed(effect, 1, START + 30, uncertain=False, wanted_at=START))
    await speaker.announce(Claimed(effect, 2, START + 60, uncertain=True, wanted_at=START))
    (said,) = chat.said.values()
    assert said.rendered.text.startswith(":lock: Ada locked *shop*")
    assert "<!channel>" not in said.rendered.text


def _queued_at(at: Scenario) -> int:
    """How many events there are when it has just entered its second stage."""
    entered = [one.version for one in at.journal if isinstance(one.event, e.StageEntered)]
    return entered[-1]


def _release(engine: Engine) -> Release:
    state = engine.service.peek("shop-1")
    assert state is not None
    return state
