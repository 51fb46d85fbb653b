"""What is told by the clock: once, soon, only what has changed, over any crash."""

import json
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.chat.stand_in import Said, StandInChat
from bot.core import commands as c
from bot.core import events as e
from bot.core.effects import Effect, Post, TellDay
from bot.core.errors import Permanent, Temporary
from bot.core.hours import LATE_SECONDS_MAX
from bot.core.plan import Plan
from bot.core.rooms import Room
from bot.core.verdict import Outcome, Pace, Verdict
from bot.engine.rounds import DayTeller, Rounds
from bot.engine.words import Speaker
from bot.store.ports import Message
from tests.engine.engine_fixtures import Engine, a_studio, an_engine, at_once, claimed
from tests.support.scenario import FINE, START, Scenario, plan, verdict, written_plan

HOUR, DAY = 3_600.0, 86_400.0
CHANNELS = {"releases": "#releases", "engineering": "#engineering", "stakeholders": "#stakeholders"}
BERLIN = {"zone": "Europe/Berlin", "daily": "09:00", "channels": CHANNELS}
CHECKED = {"time": "1d", "holdback": "5%", "checkpoints": ["09:00", "13:00", "18:00"]}


@dataclass
class World:
    """A bot that may die at any moment: what lasts is the file and the chat."""

    engine: Engine
    plans: Mapping[str, Plan]
    chat: StandInChat = field(default_factory=StandInChat)
    rounds: Rounds = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.rounds = Rounds(self.engine.service, self.plans)

    async def at(self, now: float) -> list[str]:
        """The clock stands there and the loop turns; the texts that are said of it, each under its channel."""
        self.engine.now = now
        await self.rounds.step(now)
        before = len(self.chat.said)
        while found := self._wanted():
            for effect in found:
                await self._do(effect)
        return [_text(one) for one in list(self.chat.said.values())[before:]]

    def _wanted(self) -> list[Effect]:
        with self.engine.store.transaction() as t:
            return [one.effect for one in t.claim(self.engine.now, 1.0, 100)]

    async def _do(self, effect: Effect) -> None:
        store, service = self.engine.store, self.engine.service
        if isinstance(effect, TellDay):
            await DayTeller(service, self.chat, a_studio(), self.engine.clock, at_once).tell(claimed(effect))
        elif isinstance(effect, Post):
            await Speaker(service, self.chat).post(claimed(effect))
        with store.transaction() as t:
            t.finish(effect.key)


def _text(said: Said) -> str:
    """Its channel, and all that stands in it."""
    blocks = json.dumps(said.rendered.blocks, ensure_ascii=False)
    return f"{said.place.channel}: {said.rendered.text} {blocks}".replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with an_engine(tmp_path, START) as found:
        yield found


def watched(**changes: Any) -> Scenario:
    """Out since Friday 09:02 in Berlin, and being watched."""
    return Scenario(plan(**{"watch": CHECKED, **BERLIN, **changes})).at_full().wait(5).looked()


def channels(said: list[str]) -> list[str]:
    return sorted(one.partition(":")[0] for one in said)


async def looked(engine: Engine, found: Verdict) -> None:
    entry = engine.release().entry
    assert entry is not None
    await engine.ask(c.ReportVerdict("shop-1", entry.number, found))


def world_of(engine: Engine, scenario: Scenario) -> World:
    """At the moment to which the scenario has come; its own messages are said."""
    engine.has(scenario)
    _posts(engine)
    with engine.store.transaction() as t:
        t.save_message(Message("card/shop-1", "shop-1", "card", 1, "C0RELEASES", "1.1", ""))
    return World(engine, {"shop": scenario.plan})


@pytest.fixture
def world(engine: Engine) -> World:
    """Where the day is told."""
    return world_of(engine, watched(watch={"time": "10d", "holdback": "5%"}))


@pytest.fixture
def watch(engine: Engine) -> World:
    """Where checkpoints are taken, and nobody is told of the day."""
    return world_of(engine, watched(daily=None))


# ── the day ──────────────────────────────────────────────────────────────────────────────────────────────────────────

MONDAY_NINE = START + 3 * DAY
"""2027-01-18 09:00 in Berlin."""


async def test_on_a_weekday_at_its_hour_the_stakeholders_hear_what_has_moved(world: World) -> None:
    assert await world.at(MONDAY_NINE - 1) == []
    (said,) = await world.at(MONDAY_NINE)
    assert said.startswith("C0STAKEHOLDERS:")
    assert "shop v1.1.0" in said
    assert "95 % in production" in said
    assert "Fri 15 Jan 09:02 CET" in said, "by the clock of the plan, without seconds"


async def test_an_hour_that_the_plan_file_says_by_now_counts_without_a_restart(world: World) -> None:
    """The bot reads changed files while it runs: `plans` is what they say now."""
    files = {"shop": plan(**{**BERLIN, "daily": "10:00"})}
    world.plans = ChainMap(files)
    world.restart()
    assert await world.at(MONDAY_NINE) == []
    files["shop"] = plan(**BERLIN)
    (said,) = await world.at(MONDAY_NINE + 60)
    assert said.startswith("C0STAKEHOLDERS:")


async def test_on_a_weekend_nobody_is_told(world: World) -> None:
    for day in (1, 2):
        assert await world.at(START + day * DAY) == []


async def test_a_day_on_which_nothing_moved_and_nothing_waits_is_not_told(world: World) -> None:
    await world.at(MONDAY_NINE)
    assert await world.at(MONDAY_NINE + DAY) == []


async def test_monday_is_told_since_friday_and_tuesday_since_monday(world: World) -> None:
    effect = await _asked(world, MONDAY_NINE)
    assert effect.since == START
    effect = await _asked(world, MONDAY_NINE + DAY)
    assert effect.since == MONDAY_NINE


async def test_a_day_that_nobody_told_is_in_the_next(world: World) -> None:
    """Down on Tuesday: Wednesday begins where Monday did."""
    await _asked(world, MONDAY_NINE)
    effect = await _asked(world, MONDAY_NINE + 2 * DAY)
    assert effect.since == MONDAY_NINE


async def _asked(world: World, now: float) -> TellDay:
    await world.rounds.step(now)
    with world.engine.store.transaction() as t:
        (effect,) = (one.effect for one in t.claim(now, 1.0, 100))
        t.finish(effect.key)
    assert isinstance(effect, TellDay)
    return effect


async def test_a_bot_that_comes_up_hours_later_tells_nothing_and_soon_after_the_hour_it_does(world: World) -> None:
    assert await world.at(MONDAY_NINE + LATE_SECONDS_MAX + 1) == []
    world.restart()
    assert len(await world.at(MONDAY_NINE + LATE_SECONDS_MAX - 1)) == 1


async def test_a_bot_that_is_killed_at_any_moment_around_the_hour_tells_it_once(world: World) -> None:
    engine = world.engine
    await world.rounds.step(MONDAY_NINE)
    world.restart()  # killed after it was asked for
    await world.rounds.step(MONDAY_NINE + 1)
    engine.now = MONDAY_NINE + 2
    with engine.store.transaction() as t:
        (first,) = t.claim(engine.now, 1.0, 100)
    teller = DayTeller(engine.service, world.chat, a_studio(), engine.clock, at_once)
    await teller.tell(first)  # killed after it was said, and before that was written down
    world.restart()
    await world.rounds.step(MONDAY_NINE + 5)
    with engine.store.transaction() as t:
        (again,) = t.claim(MONDAY_NINE + 5, 1.0, 100)
    assert again.uncertain
    await teller.tell(again)
    assert len(world.chat.said) == 1


async def test_a_day_for_which_slack_was_away_too_long_is_given_up(world: World) -> None:
    effect = await _asked(world, MONDAY_NINE)
    world.engine.now = MONDAY_NINE + LATE_SECONDS_MAX + 1
    teller = DayTeller(world.engine.service, world.chat, a_studio(), world.engine.clock, at_once)
    with pytest.raises(Permanent, match="Slack was away"):
        await teller.tell(claimed(effect, attempt=9))
    assert world.chat.said == {}


async def test_the_releases_of_a_day_are_read_beside_the_loop(world: World) -> None:
    effect, waiting = await _asked(world, MONDAY_NINE), list[Callable[[], Any]]()

    async def aside(work: Callable[[], Any]) -> Any:
        waiting.append(work)
        raise Temporary("later")

    with pytest.raises(Temporary, match="later"):
        await DayTeller(world.engine.service, world.chat, a_studio(), world.engine.clock, aside).tell(claimed(effect))
    assert [release.id for release in waiting[0]()] == ["shop-1"]
    assert world.chat.said == {}


async def test_services_that_share_a_channel_and_an_hour_are_told_together(engine: Engine) -> None:
    plans = {name: plan(service=name, **BERLIN) for name in ("shop", "cart")} | {"till": plan(service="till")}
    world = World(engine, plans)
    effect = await _asked(world, MONDAY_NINE)
    assert effect.services == ("cart", "shop")


async def test_two_zones_with_one_hour_are_two_days(engine: Engine) -> None:
    world = World(engine, {"shop": plan(service="shop", **BERLIN)})
    effect = await _asked(world, MONDAY_NINE)
    elsewhere = World(engine, {"cart": plan(service="cart", **{**BERLIN, "zone": "America/New_York"})})
    assert (await _asked(elsewhere, MONDAY_NINE + 6 * HOUR)).key != effect.key


# ── a soak ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def soaking(**of_stage: Any) -> Scenario:
    """On staging since Friday 09:01 in Berlin, for a day."""
    staging, production = written_plan()["stages"]
    staging = {**staging, "gates": [{"gate": "health", "held": "24h"}], **of_stage}
    scenario = Scenario(plan(**{**BERLIN, "daily": None, "stages": [staging, production]}))
    return scenario.staged().prepared().written().deployed()


@pytest.fixture
def soak(engine: Engine) -> World:
    return world_of(engine, soaking(checkpoints=CHECKED["checkpoints"]).exposed().looked())


async def test_a_soak_on_staging_has_its_checkpoints_too(soak: World) -> None:
    assert await soak.at(ONE - 1) == []
    said = await soak.at(ONE)
    assert channels(said) == ["C0ENGINEERING", "C0RELEASES"]
    assert all("held 4h of 1d in staging. The numbers now:" in text for text in said), said
    soak.engine.now = SIX - 10
    await looked(soak.engine, FINE)
    (quiet,) = await soak.at(SIX)
    assert "Nothing has changed since" in quiet
    assert await soak.rounds.step(SIX + 1) == START + DAY


async def test_a_soak_that_names_no_hours_is_told_of_at_none(engine: Engine) -> None:
    soak = world_of(engine, soaking().exposed().looked())
    for hour in range(20):
        assert await soak.at(START + hour * HOUR) == []


async def test_a_soak_whose_traffic_is_not_there_yet_has_nothing_to_tell(engine: Engine) -> None:
    """No number belongs to it before."""
    scenario = soaking(checkpoints=CHECKED["checkpoints"])
    soak = world_of(engine, scenario)
    assert await soak.at(ONE) == []


# ── the watch ────────────────────────────────────────────────────────────────────────────────────────────────────────

ONE, SIX = START + 4 * HOUR, START + 9 * HOUR
"""13:00 and 18:00 in Berlin, of the day on which it came out."""


async def test_the_first_checkpoint_tells_the_numbers_in_the_thread_and_in_engineering(watch: World) -> None:
    assert await watch.at(ONE - 1) == []
    said = await watch.at(ONE)
    assert channels(said) == ["C0ENGINEERING", "C0RELEASES"]
    assert all("0.3 % · control 0.3 % · limit 2 %" in text for text in said)
    assert await watch.at(ONE + 60) == []


async def test_a_quiet_watch_is_one_line_in_the_thread_and_none_in_engineering(watch: World) -> None:
    await watch.at(ONE)
    watch.engine.now = SIX - 10
    await looked(watch.engine, FINE)
    said = await watch.at(SIX)
    assert channels(said) == ["C0RELEASES"]
    assert "Nothing has changed since" in said[0]
    assert "control" not in said[0]


async def test_only_what_has_changed_is_told_with_what_it_was(watch: World) -> None:
    await watch.at(ONE)
    watch.engine.now = SIX - 10
    await looked(watch.engine, verdict(Outcome.PASS, Pace.RUN, value=0.012))
    said = await watch.at(SIX)
    assert channels(said) == ["C0ENGINEERING", "C0RELEASES"]
    assert "1.2 %" in said[1]
    assert "was 0.3 %" in said[1]


async def test_a_checkpoint_before_the_watch_began_is_not_taken(watch: World) -> None:
    """It came out at 09:02: the one of 09:00 was about nothing."""
    assert await watch.at(watch.engine.now + 1) == []
    assert watch.engine.happened(e.CheckpointTaken) == []


async def test_a_checkpoint_that_nobody_took_in_time_is_in_the_next(watch: World) -> None:
    assert await watch.at(ONE + LATE_SECONDS_MAX + 1) == []
    assert channels(await watch.at(SIX)) == ["C0ENGINEERING", "C0RELEASES"]


async def test_a_bot_that_is_killed_after_a_checkpoint_takes_it_once(watch: World) -> None:
    await watch.rounds.step(ONE)
    watch.restart()
    await watch.rounds.step(ONE + 1)
    assert len(watch.engine.happened(e.CheckpointTaken)) == 1
    assert len(await watch.at(ONE + 2)) == 2


async def test_the_loop_sleeps_until_the_next_hour(watch: World) -> None:
    await watch.at(ONE)
    assert await watch.rounds.step(ONE + 1) == SIX
    assert await watch.rounds.step(SIX + 1) == START + DAY


async def test_a_plan_that_names_no_hours_is_told_of_at_none(engine: Engine) -> None:
    engine.has(Scenario().at_full())
    _posts(engine)
    world = World(engine, {"shop": plan()})
    for hour in range(48):
        assert await world.at(START + hour * HOUR) == []
    assert await world.rounds.step(START) is None


async def test_engineering_that_reads_in_the_releases_channel_is_told_nothing_twice(engine: Engine) -> None:
    one = {**BERLIN, "channels": {"releases": "#releases", "engineering": "releases", "stakeholders": "#day"}}
    scenario = watched(**{**one, "daily": None})
    engine.has(scenario)
    assert [effect for effect in _posts(engine) if effect.room is Room.ENGINEERING] == []
    watch = world_of(engine, scenario)
    assert channels(await watch.at(ONE)) == ["C0RELEASES"]


def _posts(engine: Engine) -> list[Post]:
    found: list[Post] = []
    while True:
        with engine.store.transaction() as t:
            claims = t.claim(engine.now + DAY, 1.0, 1_000)
            for one in claims:
                t.finish(one.effect.key)
        if not claims:
            return found
        found += [one.effect for one in claims if isinstance(one.effect, Post)]
