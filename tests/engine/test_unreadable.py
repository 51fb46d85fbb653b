"""One journal that cannot be read: its release is left as it is and said once, and every other goes on."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.chat.stand_in import StandInChat
from bot.core import commands as c
from bot.core import events as e
from bot.core.errors import Temporary, Unreadable
from bot.core.plan import Plan
from bot.engine.absences import Absences
from bot.engine.bars import Bars
from bot.engine.checks import Checks
from bot.engine.clock import AGAIN_SECONDS, Clock
from bot.engine.exposure import Reconciler
from bot.engine.homes import Homes, Sources
from bot.engine.outbox import BACKOFF_SECONDS_MAX, Outbox
from bot.engine.performers import Performer
from bot.engine.rounds import Rounds
from bot.engine.service import Service
from bot.engine.watch import Watch
from bot.engine.words import Cards
from bot.store.ports import Claimed, Message
from bot.store.writer import Inline
from tests.contracts.store_fixtures import deploy
from tests.engine.engine_fixtures import Engine, an_engine, at_once
from tests.support.scenario import ADA, START, Scenario, plan

DAMAGED = "cart-1"
NEWEST_FIRST = ["mail-1", DAMAGED, "shop-1"]
OTHERS = ["mail-1", "shop-1"]


@dataclass
class Told:
    """Whom the service has told of."""

    releases: list[str] = field(default_factory=list)

    def __call__(self, found: Unreadable) -> None:
        self.releases.append(found.release)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture(params=["ReleaseStaged", "StepEntered", "a gap"])
def engine(tmp_path: Path, told: Told, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A start over three releases in staging, of which one has an event that means nothing, or lacks one."""
    with an_engine(tmp_path, START) as engine:
        for name in reversed(NEWEST_FIRST):
            engine.has(Scenario(plan(service=name.partition("-")[0]), name).on_staging())
        damage(tmp_path / "songbird.db", DAMAGED, request.param)
        engine.service = Service(engine.store, Inline(), on_unreadable=told)
        yield engine


def damage(database: Path, release: str, kind: str) -> None:
    change = "DELETE FROM events" if kind == "a gap" else "UPDATE events SET body = '{\"nonsense\": 1}'"
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        wanted = "StepEntered" if kind == "a gap" else kind
        changed = db.execute(f"{change} WHERE release = ? AND type = ?", [release, wanted])
        assert changed.rowcount == 1


def mend(engine: Engine, database: Path) -> None:
    """As a restored backup, or the version that wrote it."""
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        db.execute("DELETE FROM events WHERE release = ?", [DAMAGED])
    scenario = Scenario(plan(service="cart"), DAMAGED).on_staging()
    with engine.store.transaction() as t:
        t.append(scenario.journal)


def moving(engine: Engine) -> list[str]:
    return [release.id for release in engine.service.moving()]


async def test_after_a_start_all_others_move_and_none_waits_to_be_read(engine: Engine, told: Told) -> None:
    await engine.service.read_ahead(at_once)
    assert not any(map(engine.service.is_unread, NEWEST_FIRST))
    assert [moving(engine) for _ in range(3)] == [OTHERS] * 3
    assert told.releases == [DAMAGED] == [*engine.service.unreadable]


async def test_it_is_read_once_and_not_at_every_turn(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    await engine.service.read_ahead(at_once)
    monkeypatch.setattr(engine.store, "journal", None)
    assert moving(engine) == OTHERS


async def test_all_others_are_looked_at(engine: Engine) -> None:
    asked: list[str] = []

    class Source:
        async def read(self, plan: Plan, _environments: object, _at: float) -> Any:
            asked.append(plan.service)
            raise Temporary("it is not here")

    await engine.service.read_ahead(at_once)
    watch = Watch(engine.service, lambda _plan: Source(), engine.tasks, engine.clock)  # type: ignore[arg-type,return-value]
    for _ in range(3):
        await engine.turn(watch.step, 30.0)
    assert set(asked) == {"mail", "shop"}
    assert engine.failed == []


async def test_a_bot_that_starts_knows_the_plans_of_all_others(engine: Engine) -> None:
    pinned = {plan.service for plan in engine.store.pinned_plans().values()}
    assert {"mail", "shop"} <= pinned


async def test_checks_rounds_and_homes_go_on(engine: Engine) -> None:
    plans: dict[str, Plan] = {}
    bars = Bars(engine.service, plans)
    await engine.turn(Checks(engine.service, lambda _release: None, engine.tasks, engine.clock).step, 1.0)  # type: ignore[arg-type,return-value]
    await engine.turn(Rounds(engine.service, plans).step, 1.0)
    shown: list[str] = []

    class Pages:
        async def publish(self, _person: str, view: Any) -> None:
            shown.append(str(view))

        async def link(self, _posted: object) -> str:
            return ""

    async def nobody(_group: str) -> frozenset[str]:
        return frozenset()

    sources = Sources(engine.service, bars, Absences(engine.service, plans), plans, engine.store.messages, nobody)
    homes = Homes(sources, Pages(), engine.tasks, engine.clock, at_once)
    homes.opened("U0ADA")
    await engine.turn(homes.step, 1.0)
    assert engine.failed == []
    assert "shop-1" in shown[-1]
    assert DAMAGED not in shown[-1]


async def test_its_timer_keeps_no_other_from_its_own_and_the_clock_rests(engine: Engine) -> None:
    with engine.store.transaction() as t:
        for name in NEWEST_FIRST:
            t.set_due(name, engine.now)
    due = await engine.turn(Clock(engine.service).step, 1.0)
    assert [name for name, _ in engine.store.due(engine.now)] == [DAMAGED]
    assert due == engine.now + AGAIN_SECONDS


async def test_its_traffic_is_left_as_it_is(engine: Engine) -> None:
    asked: list[str] = []
    await engine.service.read_ahead(at_once)
    before = engine.store.exposure("cart", "staging")
    exposure = Reconciler(engine.service, asked.append, engine.tasks, engine.clock)
    for _ in range(3):
        await engine.turn(exposure.step, 10.0)
    assert set(asked) == set(OTHERS)
    assert engine.store.exposure("cart", "staging") == before


async def test_its_messages_stay_as_they_are_and_others_are_edited(engine: Engine) -> None:
    edited: list[str] = []
    with engine.store.transaction() as t:
        for name in NEWEST_FIRST:
            t.save_message(Message(f"card/{name}", name, "card", 0, "#releases", f"{name}.0", ""))
    chat = StandInChat(lambda _method, key: edited.append(key))
    cards = Cards(engine.service, chat, engine.tasks, engine.clock, 0.1, 2.0)
    for _ in range(3):
        await engine.turn(cards.step, 1.0)
    assert set(edited) == {f"card/{name}" for name in OTHERS}


async def test_its_effects_wait_and_are_never_given_up(engine: Engine) -> None:
    asked: list[Claimed] = []

    async def perform(claimed: Claimed) -> None:
        asked.append(claimed)
        engine.service.peek(DAMAGED)

    async def give_up(_effect: object, _reason: str) -> None:
        raise AssertionError("that would decide something")

    effect = deploy(DAMAGED)
    outbox = Outbox(engine.service, {type(effect): Performer(perform, give_up, 1)}, engine.tasks, engine.clock, 30.0)
    with engine.store.transaction() as t:
        t.enqueue([effect], engine.now)
    await engine.turn(outbox.step, 1.0)
    await engine.turn(outbox.step, 1.0)
    assert (len(asked), engine.failed) == (1, [])
    await engine.turn(outbox.step, BACKOFF_SECONDS_MAX)
    assert [(one.attempt, one.uncertain) for one in asked] == [(1, False), (1, True)]
    assert engine.store.given_up() == []


async def test_nothing_can_be_asked_of_it_and_nothing_of_the_asking_is_kept(engine: Engine) -> None:
    before = engine.store.moving_versions()
    with pytest.raises(Unreadable, match=r"cart-1: the journal cannot be read.*songbird doctor.*restore a backup"):
        await engine.ask(c.HoldRelease(DAMAGED, "lunch"), ADA)
    assert engine.store.moving_versions() == before
    await engine.ask(c.HoldRelease("shop-1", "lunch"), ADA)
    assert len(engine.happened(e.ReleaseHeld)) == 1


async def test_lists_and_the_newest_good_one_are_found_without_it(engine: Engine) -> None:
    assert [one.id for one in await engine.service.releases(moving=True)] == OTHERS
    assert [one.id for one in engine.service.newest(10)] == OTHERS


async def test_once_it_can_be_read_again_whoever_asks_for_it_brings_it_back(
    engine: Engine, tmp_path: Path, told: Told
) -> None:
    assert moving(engine) == OTHERS
    mend(engine, tmp_path / "songbird.db")
    assert engine.release(DAMAGED).id == DAMAGED
    assert moving(engine) == NEWEST_FIRST
    assert engine.service.unreadable == {}
    assert told.releases == [DAMAGED]
