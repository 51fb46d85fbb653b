"""A delegate who goes away: the channel hears that nobody stands in, once, and only while it is so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.chat.stand_in import StandInChat
from bot.core.absences import AbsenceCommand, ComeBack, GoAway
from bot.core.actors import Actor
from bot.core.effects import TellOfGap
from bot.engine.absences import Absences
from bot.engine.words import Speaker
from bot.store.ports import Claimed
from tests.engine.engine_fixtures import Engine, an_engine, claimed
from tests.support.scenario import PRIYA, START, VICTOR, plan

DAY = 86_400.0
ROLES = {"product-manager": ["U0PRIYA"], "vp-product": ["U0VICTOR"]}
OTHERS = {"product-manager": ["U0PRIYA"], "vp-product": ["U0OMAR"]}
PLANS = {
    "shop": plan(roles=ROLES),
    "cart": plan(service="cart", roles=ROLES),
    "till": plan(service="till", roles=ROLES, channels={"releases": "#till"}),
    "docs": plan(service="docs", roles=OTHERS, channels={"releases": "#docs"}),
}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with an_engine(tmp_path, START) as found:
        yield found


class World:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.absences = Absences(engine.service, PLANS)
        self.chat = StandInChat()

    async def say(self, command: AbsenceCommand, by: Actor, key: str = "") -> None:
        await self.absences.ask(command, actor=by, key=key or f"{by.id}/{command}", now=self.engine.now)

    def wanted(self) -> list[TellOfGap]:
        with self.engine.store.transaction() as t:
            found = [one.effect for one in t.claim(self.engine.now, 1.0, 100)]
        return [one for one in found if isinstance(one, TellOfGap)]

    async def tell(self, one: Claimed) -> list[str]:
        await Speaker(self.engine.service, self.chat).tell_of_gap(one)
        return [said.rendered.text for said in self.chat.said.values()]


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def away(delegate: str, days: float, lasting: float = 3.0) -> GoAway:
    return GoAway(delegate, START + days * DAY, START + (days + lasting) * DAY, "")


async def test_the_channels_of_those_who_counted_on_a_delegate_hear_that_they_go_away(world: World) -> None:
    """Once in each channel, and in none where the absent person has no role."""
    await world.say(away("U0PRIYA", 1), VICTOR)
    assert world.wanted() == []
    await world.say(away("U0OMAR", 2), PRIYA, "pressed")
    await world.say(away("U0OMAR", 2), PRIYA, "pressed")
    found = world.wanted()
    assert [one.channel for one in found] == ["#releases", "#till"]
    (said,) = await world.tell(claimed(found[0]))
    assert "<@U0PRIYA> is away" in said
    assert "stands in for <@U0VICTOR>" in said


async def test_a_delegate_who_is_there_all_the_time_leaves_no_gap(world: World) -> None:
    await world.say(away("U0PRIYA", 1), VICTOR)
    await world.say(away("U0OMAR", 4), PRIYA)
    assert world.wanted() == []


@pytest.mark.parametrize("back", [PRIYA, VICTOR])
async def test_of_a_gap_that_is_none_any_more_nobody_is_told(world: World, back: Actor) -> None:
    await world.say(away("U0PRIYA", 1), VICTOR)
    await world.say(away("U0OMAR", 2), PRIYA)
    found = world.wanted()
    await world.say(ComeBack(), back)
    assert await world.tell(claimed(found[0])) == []
