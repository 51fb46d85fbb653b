"""The outbox's worker: when it tries again, how it keeps what it holds, and when it gives up."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import ParamSpec, TypeVar

import pytest

from bot.core.effects import Deploy, DrawCharts, Effect, ImproveText, Post, TakeTour, Undo, Urgency, WriteText
from bot.core.errors import AdapterError, Permanent, Temporary, Unknown
from bot.core.rooms import Room
from bot.engine import outbox
from bot.engine.outbox import Outbox, Performer
from bot.engine.service import Service
from bot.store.ports import Claimed
from bot.store.writer import Inline
from bot.texts.kinds import KINDS
from tests.contracts.store_fixtures import deploy, post, text, undo
from tests.engine.engine_fixtures import Engine
from tests.support.scenario import Scenario

LEASE_SECONDS = 30.0

P = ParamSpec("P")
T = TypeVar("T")

Outcome = AdapterError | Exception | asyncio.Event | None


@dataclass
class World:
    """Performs every kind. `outcomes` says what comes of each attempt in turn; an event is waited for; None: done."""

    outcomes: list[Outcome] = field(default_factory=list)
    attempts: list[Claimed] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    given_up: list[tuple[str, str]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    async def perform(self, claimed: Claimed) -> None:
        self.attempts.append(claimed)
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if isinstance(outcome, Exception):
            raise outcome
        if outcome is not None:
            try:
                await outcome.wait()
            except asyncio.CancelledError:
                self.cancelled.append(claimed.effect.key)
                raise
        self.done.append(claimed.effect.key)

    async def give_up(self, effect: Effect, reason: str) -> None:
        self.given_up.append((effect.key, reason))

    def outbox(self, engine: Engine, attempts_max: int = 100) -> Outbox:
        performer = Performer(self.perform, self.give_up, attempts_max)
        table = dict.fromkeys((Deploy, Post, Undo, WriteText), performer)
        return Outbox(engine.service, table, engine.tasks, engine.clock, LEASE_SECONDS)


class SlowWriter(Inline):
    """Writes that are asked for while there is a `hold` wait for it: `before` they are made, or after."""

    def __init__(self) -> None:
        self.hold: asyncio.Event | None = None
        self.before = True

    async def run(self, write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        hold, before = self.hold, self.before
        if hold is not None and before:
            await hold.wait()
        result = write(*args, **kwargs)
        if hold is not None and not before:
            await hold.wait()
        return result


def slow(engine: Engine) -> SlowWriter:
    """The engine's writes from now on."""
    writer = SlowWriter()
    engine.service = Service(engine.store, writer)
    return writer


async def attempts_at(engine: Engine, world: World, worker: Outbox, count: int) -> list[float]:
    """Seconds from one attempt to the next, with the loop called when the row is due, as the end of a task wakes it."""
    begun: list[float] = []
    while len(begun) < count:
        due = engine.store.next_effect_at()
        assert due is not None
        await engine.turn(worker.step, max(0.0, due - engine.now))
        begun += [engine.now] * (len(world.attempts) - len(begun))
    return [round(later - earlier, 6) for earlier, later in pairwise(begun)]


async def test_what_is_done_is_done_once(engine: Engine) -> None:
    world = World()
    worker = world.outbox(engine)
    engine.want(text(1))
    await engine.run(worker.step, 300.0, every=10.0)
    assert world.done == ["shop-1/1/notes"]
    assert (world.attempts[0].attempt, world.attempts[0].uncertain) == (1, False)
    assert engine.store.next_effect_at() is None


async def test_pauses_double_up_to_a_minute(engine: Engine) -> None:
    world = World(outcomes=[Temporary("not now")] * 10)
    engine.want(text(1))
    pauses = await attempts_at(engine, world, world.outbox(engine), 10)
    assert pauses == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    assert [claimed.attempt for claimed in world.attempts] == list(range(1, 11))
    assert not any(claimed.uncertain for claimed in world.attempts)


async def test_a_system_that_says_when_is_believed(engine: Engine) -> None:
    world = World(outcomes=[Temporary("ratelimited", retry_after_seconds=17.0), Temporary("again", 0.0)])
    engine.want(text(1))
    assert await attempts_at(engine, world, world.outbox(engine), 3) == [17.0, 0.0]


async def test_a_clock_that_is_put_back_makes_nothing_wait(engine: Engine) -> None:
    """Neither in the process that has seen it, nor in one that was started afterwards, whose lease it keeps."""
    world = World(outcomes=[Temporary("not now", retry_after_seconds=60.0), asyncio.Event()])
    worker = world.outbox(engine)
    engine.want(text(1), text(2))
    await engine.turn(worker.step)
    engine.now -= 3_600.0
    await engine.turn(worker.step)
    assert world.done == ["shop-1/1/notes"]
    await engine.tasks.close(0.0)
    engine.now -= 3_600.0
    heir = World()
    successor = heir.outbox(engine)
    await engine.turn(successor.step)
    await engine.turn(successor.step, LEASE_SECONDS - 1)
    assert heir.attempts == []
    await engine.turn(successor.step, 1.0)
    assert [claimed.effect.key for claimed in heir.attempts] == ["shop-1/2/notes"]


async def test_whoever_is_still_at_it_keeps_it_when_the_clock_is_put_back(engine: Engine) -> None:
    world, heir = World(outcomes=[asyncio.Event()]), World()
    worker, successor = world.outbox(engine), heir.outbox(engine)
    engine.want(text(1))
    await engine.turn(worker.step)
    engine.now -= 3_600.0
    for _ in range(5):
        await engine.turn(worker.step, LEASE_SECONDS / 2)
        await engine.turn(successor.step)
    assert heir.attempts == []


async def test_after_an_unknown_outcome_there_is_a_grace_and_the_next_attempt_is_told(engine: Engine) -> None:
    world = World(outcomes=[Unknown("no answer"), Temporary("not now"), Temporary("not now")])
    engine.want(text(1))
    pauses = await attempts_at(engine, world, world.outbox(engine), 4)
    assert pauses == [outbox.UNKNOWN_SECONDS, 1, 2]
    assert [claimed.uncertain for claimed in world.attempts] == [False, True, True, True]


async def test_what_can_never_work_is_given_up_at_once_and_holds_nobody_up(engine: Engine) -> None:
    world = World(outcomes=[Permanent("no such channel")])
    worker = world.outbox(engine)
    engine.want(post(1), post(2))
    await engine.turn(worker.step)
    assert world.given_up == [("shop-1/1/post/thread", "no such channel")]
    assert engine.store.given_up() == world.given_up
    await engine.turn(worker.step)
    assert world.done == ["shop-1/2/post/thread"]


@pytest.mark.parametrize("error", [Temporary("not now"), Unknown("no answer")])
async def test_patience_ends(engine: Engine, error: AdapterError) -> None:
    world = World(outcomes=[error] * 5)
    worker = world.outbox(engine, attempts_max=3)
    engine.want(text(1))
    await engine.run(worker.step, 60.0)
    assert len(world.attempts) == 3
    assert world.given_up == [("shop-1/1/notes", str(error))]


async def test_the_release_hears_that_it_was_given_up_before_the_row_is_closed(engine: Engine) -> None:
    """So that a crash between the two tells it once more, and never not at all."""
    world = World(outcomes=[Permanent("never")])
    seen: list[list[tuple[str, str]]] = []

    async def give_up(_effect: Effect, _reason: str) -> None:
        seen.append(engine.store.given_up())

    table = {WriteText: Performer(world.perform, give_up, 3)}
    engine.want(text(1))
    await engine.turn(Outbox(engine.service, table, engine.tasks, engine.clock, LEASE_SECONDS).step)
    assert seen == [[]]
    assert len(engine.store.given_up()) == 1


async def test_whoever_is_still_at_it_keeps_it_however_long_it_takes(engine: Engine) -> None:
    ready = asyncio.Event()
    world, other = World(outcomes=[ready]), World()
    worker, rival = world.outbox(engine), other.outbox(engine)
    engine.want(deploy(1))
    await engine.turn(worker.step)
    for _ in range(20):
        await engine.turn(rival.step, LEASE_SECONDS / 2)
        due = await engine.turn(worker.step)
        assert due is not None
        assert due <= engine.now + LEASE_SECONDS / 2
    assert (len(world.attempts), other.attempts) == (1, [])
    ready.set()
    await engine.settle()
    assert world.done == ["shop-1/1/deploy"]


async def test_what_a_dead_worker_held_is_taken_up_by_another_who_is_told(engine: Engine) -> None:
    dead, heir = World(outcomes=[asyncio.Event()]), World()
    engine.want(deploy(1))
    await engine.turn(dead.outbox(engine).step)
    await engine.tasks.close(0.0)
    successor = heir.outbox(engine)
    await engine.turn(successor.step, LEASE_SECONDS - 1)
    assert heir.attempts == []
    await engine.turn(successor.step, 1.0)
    assert [(claimed.attempt, claimed.uncertain) for claimed in heir.attempts] == [(2, True)]
    assert heir.done == ["shop-1/1/deploy"]


async def test_a_worker_that_slept_through_its_own_lease_starts_nothing_twice(engine: Engine) -> None:
    world = World(outcomes=[asyncio.Event()])
    worker = world.outbox(engine)
    engine.want(deploy(1))
    await engine.turn(worker.step)
    await engine.turn(worker.step, 3 * LEASE_SECONDS)
    await engine.turn(worker.step, LEASE_SECONDS)
    assert len(world.attempts) == 1
    assert engine.failed == []


@pytest.mark.parametrize("outcome", [Temporary("not now"), None], ids=["it failed", "it was done"])
async def test_what_ends_while_its_lease_is_renewed_is_not_held_any_more(
    engine: Engine, outcome: AdapterError | None
) -> None:
    writer, answer, attempts = slow(engine), asyncio.Event(), []
    world = World()

    async def perform(claimed: Claimed) -> None:
        attempts.append(claimed.attempt)
        await answer.wait()
        if outcome is not None and len(attempts) == 1:
            raise outcome

    table = {WriteText: Performer(perform, world.give_up, 100)}
    worker = Outbox(engine.service, table, engine.tasks, engine.clock, LEASE_SECONDS)
    engine.want(text(1))
    await engine.turn(worker.step)
    engine.now += 0.6 * LEASE_SECONDS
    writer.hold = asyncio.Event()
    renewing = asyncio.create_task(worker.step(engine.now))
    await engine.settle()
    held, writer.hold = writer.hold, None
    answer.set()
    await engine.settle()
    held.set()
    await renewing
    await engine.run(worker.step, 5.0)
    assert attempts == ([1, 2] if outcome else [1])
    assert await engine.turn(worker.step) is None


async def test_a_pause_counts_from_when_it_is_written(engine: Engine) -> None:
    """However long the write had to wait: the attempt's end must have come before the row is due again."""
    writer, world = slow(engine), World(outcomes=[Temporary("not now")])
    worker = world.outbox(engine)
    engine.want(text(1))
    await worker.step(engine.now)
    writer.hold = asyncio.Event()
    await engine.settle()
    engine.now += 10.0
    writer.hold.set()
    await engine.settle()
    assert engine.store.next_effect_at() == engine.now + outbox.BACKOFF_SECONDS_MIN


async def test_what_is_due_again_at_once_waits_until_its_last_attempt_has_ended(engine: Engine) -> None:
    writer, world = slow(engine), World(outcomes=[Temporary("at once", retry_after_seconds=0.0)])
    writer.before = False
    worker = world.outbox(engine)
    engine.want(text(1))
    await worker.step(engine.now)
    writer.hold = asyncio.Event()
    await engine.settle()
    held, writer.hold = writer.hold, None
    await engine.turn(worker.step)
    assert len(world.attempts) == 1
    held.set()
    await engine.settle()
    await engine.turn(worker.step)
    assert [(claimed.attempt, claimed.uncertain) for claimed in world.attempts] == [(1, False), (2, False)]
    assert engine.failed == []


async def test_a_deploy_that_is_not_wanted_any_more_is_stopped_and_not_tried_again(engine: Engine) -> None:
    world = World(outcomes=[asyncio.Event()])
    worker = world.outbox(engine)
    engine.want(deploy(1))
    await engine.turn(worker.step)
    with engine.store.transaction() as t:
        t.drop_deploys("shop-1")
    await engine.turn(worker.step)
    assert world.cancelled == ["shop-1/1/deploy"]
    await engine.run(worker.step, 120.0, every=15.0)
    assert len(world.attempts) == 1
    assert engine.failed == []


@dataclass
class Stubborn(World):
    """A deploy that is told to end takes its time: until `ended`."""

    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def perform(self, claimed: Claimed) -> None:
        if not isinstance(claimed.effect, Deploy):
            await super().perform(claimed)
            return
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.append(claimed.effect.key)
            await self.ended.wait()
            self.done.append(f"{claimed.effect.key} has ended")


@pytest.fixture
async def stopping(engine: Engine) -> tuple[Stubborn, Outbox]:
    """A deploy was dropped, takes its time to end, and is to be undone."""
    world = Stubborn()
    worker = world.outbox(engine)
    engine.want(deploy(1))
    await engine.turn(worker.step)
    with engine.store.transaction() as t:
        t.drop_deploys("shop-1")
    engine.want(undo(2), text(3))
    return world, worker


async def test_a_deploy_that_takes_its_time_to_stop_holds_up_its_undo_and_nobody_else(
    engine: Engine, stopping: tuple[Stubborn, Outbox]
) -> None:
    world, worker = stopping
    turning = asyncio.create_task(worker.step(engine.now))
    await engine.settle()
    assert turning.done()
    assert world.done == ["shop-1/3/notes"]
    for _ in range(5):
        await engine.turn(worker.step, 1.0)
    assert world.cancelled == ["shop-1/1/deploy"]  # once: a second cancellation would break into how it ends
    world.ended.set()
    await engine.settle()
    await engine.turn(worker.step)
    assert world.done == ["shop-1/3/notes", "shop-1/1/deploy has ended", "shop-1/2/undo"]


async def test_nobody_waits_for_ever_for_a_deploy_that_does_not_stop(
    engine: Engine, stopping: tuple[Stubborn, Outbox]
) -> None:
    world, worker = stopping
    await engine.turn(worker.step)
    await engine.turn(worker.step, outbox.STOPPING_SECONDS_MAX)
    assert world.done == ["shop-1/3/notes", "shop-1/2/undo"]
    world.ended.set()


async def test_no_more_is_taken_in_hand_than_can_be_kept(engine: Engine) -> None:
    ready = asyncio.Event()
    world = World(outcomes=[ready] * 100)
    worker = world.outbox(engine)
    engine.want(*(text(number) for number in range(1, 31)))
    await engine.run(worker.step, 5.0)
    assert len(world.attempts) == outbox.CLAIMS_MAX
    ready.set()
    await engine.run(worker.step, 5.0)
    assert len(world.done) == 30


async def test_a_mistake_of_ours_is_an_unknown_outcome_and_patience_with_it_ends_too(engine: Engine) -> None:
    world = World(outcomes=[ZeroDivisionError("a bug")] * 5)
    engine.want(text(1))
    worker = world.outbox(engine, attempts_max=2)
    assert await attempts_at(engine, world, worker, 2) == [outbox.UNKNOWN_SECONDS]
    assert world.attempts[1].uncertain
    assert world.given_up == [("shop-1/1/notes", "ZeroDivisionError('a bug')")]


async def test_the_card_of_a_release_that_moves_is_never_given_up(engine: Engine) -> None:
    """Without it nobody would see the release; the channel may come back."""
    engine.has(Scenario().staged())
    card = Post("shop-1/1/post/releases", "shop-1", 1, Room.RELEASES, "card")
    world = World(outcomes=[Permanent("is_archived")] * 3)
    engine.want(card)
    worker = world.outbox(engine, attempts_max=2)
    await engine.run(worker.step, 4 * outbox.BACKOFF_SECONDS_MAX, every=15.0)
    assert world.given_up == []
    assert world.done == [card.key]


async def test_a_picture_that_the_chat_refuses_holds_up_no_question(engine: Engine) -> None:
    engine.has(Scenario().staged())
    charts = Post("shop-1/1/post/thread", "shop-1", 1, Room.THREAD, "charts")
    question = Post("shop-1/2/post/thread", "shop-1", 1, Room.THREAD, "approval")
    world = World(outcomes=[Permanent("invalid_blocks")])
    engine.want(charts, question)
    await engine.run(world.outbox(engine).step, 5.0)
    assert [key for key, _ in world.given_up] == [charts.key]
    assert world.done == [question.key]


def test_what_nobody_waits_for_never_fills_all_hands() -> None:
    """Otherwise a page or an undo would wait for ten slow models."""
    later = [
        *(ImproveText(f"shop-{n}/7/improve", f"shop-{n}", kind, 1) for n in range(9) for kind in KINDS),
        *(TakeTour(f"shop-{n}/7/tour", f"shop-{n}", 1) for n in range(9)),
        *(DrawCharts(f"shop-{n}/7/charts", f"shop-{n}", 7) for n in range(9)),
    ]
    assert {effect.urgency for effect in later} == {Urgency.LATER}
    assert len({effect.lane for effect in later}) <= outbox.CLAIMS_MAX - 6


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(lambda: (), None), (lambda: (text(1),), LEASE_SECONDS / 2)],
    ids=["nothing to do", "something in hand"],
)
async def test_it_wants_to_be_called_again_when_there_is_something_to_do(
    engine: Engine, asked: Callable[[], tuple[Effect, ...]], seconds: float | None
) -> None:
    world = World(outcomes=[asyncio.Event()])
    engine.want(*asked())
    due = await engine.turn(world.outbox(engine).step)
    assert due == (None if seconds is None else engine.now + seconds)
