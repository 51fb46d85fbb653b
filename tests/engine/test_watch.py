"""Taking looks: when, of what, what is kept of them, and that a restart judges as if it had not happened."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.adapters.metrics import Reading
from bot.adapters.metrics.stand_in import Process, StandInMetrics
from bot.analysis.judge import verdict
from bot.analysis.series import Gap, from_stored
from bot.analysis.shapes import Counts
from bot.core import commands as c
from bot.core import events as e
from bot.core.errors import Temporary
from bot.core.model import Phase
from bot.core.plan import Plan
from bot.core.verdict import Outcome, Verdict
from bot.engine.clock import Clock
from bot.engine.service import Service
from bot.engine.watch import LOOKS_AT_ONCE_MAX, PASTS_ASKED_MAX, Watch
from bot.store.ports import Transaction
from bot.store.writer import Inline
from tests.engine.engine_fixtures import Engine
from tests.support.scenario import ADA, Scenario, plan

NEW, OLD = "c" * 40, "d" * 40
LOOK_SECONDS = 5.0


class Source(StandInMetrics):
    """The stand-in, whose answers may hang; `reads` are the environments of each."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[tuple[str, ...]] = []
        self.hangs: asyncio.Event | None = None
        self.memory: list[Reading] = []
        """What it can be asked about the past."""
        self.past_hangs: asyncio.Event | None = None
        self.pasts = 0
        self.past_faults = 0
        """How many times yet it is too busy for its past."""

    async def read(self, plan: Plan, environments: Sequence[str], at: float) -> Reading:
        self.reads.append(tuple(environments))
        if self.hangs is not None:
            await self.hangs.wait()
        return await super().read(plan, environments, at)

    async def remember(self, at: float) -> None:
        self.memory.append(await super().read(plan(), ("production",), at))

    async def past(
        self, plan: Plan, environments: Sequence[str], since: float, until: float, every: float
    ) -> tuple[Reading, ...]:
        self.pasts += 1
        if self.past_hangs is not None:
            await self.past_hangs.wait()
        if self.fault:
            raise Temporary(self.fault)
        if self.past_faults:
            self.past_faults -= 1
            raise Temporary("answered 429", 12.0)
        return tuple(reading for reading in self.memory if since <= reading.at <= until)


@dataclass
class World:
    """A canary and its control in production. `errors` is the share of the canary's requests that fail."""

    engine: Engine
    source: Source = field(default_factory=Source)
    errors: float = 0.0
    served: int = 0

    def __post_init__(self) -> None:
        self.canary = self.start("canary", NEW)
        self.control = self.start("control", OLD)
        self.watch = self.another_watch()

    def start(self, name: str, commit: str) -> Process:
        return self.source.start("production", name, commit=commit)

    def another_watch(self) -> Watch:
        """As after a restart: it remembers nothing."""
        engine = self.engine
        return Watch(engine.service, lambda _plan: self.source, engine.tasks, engine.clock)

    def rebuild(self, watch: Watch) -> None:
        """All that comes before its first look."""
        release = self.engine.release()
        watch._watched[release.id] = watch._entered(watch._rebuild(release), release)

    def serve(self) -> None:
        self.served += 1
        self.canary.count("errors", Counts(100 * self.errors, 100))
        self.control.count("errors", Counts(0.0, 1000))

    async def away(self, looks: int) -> None:
        """The bot does not run, and the source reads on."""
        await self.source.remember(self.engine.now)
        for _ in range(looks):
            self.serve()
            self.engine.now += LOOK_SECONDS
            await self.source.remember(self.engine.now)

    def seen(self) -> list[tuple[float, Counts | Gap]]:
        """The canary's stored samples."""
        entry = self.engine.release().entry.number
        looks = from_stored(self.engine.store.samples("shop-1", entry))
        return [(one.at, one.shown) for look in looks for one in look.samples if one.cohort == "canary"]

    async def look(self, watch: Watch | None = None, seconds: float = LOOK_SECONDS) -> float | None:
        self.serve()
        return await self.engine.turn((watch or self.watch).step, seconds)

    @property
    def verdict(self) -> Verdict:
        found = self.engine.store.look("shop-1")
        assert found is not None
        return found.verdict

    def judged(self, watch: Watch) -> Verdict:
        return verdict(watch._watched["shop-1"].state, self.engine.now)


@pytest.fixture
def world(engine: Engine) -> World:
    engine.has(Scenario().on_staging().approved().held(60).deployed().exposed())
    return World(engine)


async def test_a_step_is_looked_at_as_often_as_its_plan_says(world: World) -> None:
    await world.look(seconds=0.0)
    due = await world.look()
    assert due is not None
    assert due - world.engine.now <= LOOK_SECONDS
    reads = len(world.source.reads)
    for _ in range(10):
        await world.look(seconds=1.0)
    assert len(world.source.reads) - reads == 2
    assert set(world.source.reads) == {("production",)}


async def test_every_look_is_kept_with_its_time_and_its_numbers(world: World) -> None:
    for _ in range(4):
        await world.look()
    look = world.engine.store.look("shop-1")
    assert look is not None
    assert (look.at, look.entry) == (world.engine.now, world.engine.release().entry.number)
    samples = world.engine.store.samples("shop-1", look.entry)
    assert {(sample.metric, sample.cohort, sample.process) for sample in samples} == {
        ("errors", "canary", "canary"),
        ("errors", "control", "control"),
    }
    assert len({sample.at for sample in samples}) == 4


async def test_a_bad_canary_goes_back_by_the_looks_alone(world: World) -> None:
    world.errors = 0.3
    for _ in range(20):
        await world.look()
    assert world.engine.release().phase is Phase.ROLLING_BACK
    assert len(world.engine.happened(e.RollbackStarted)) == 1
    looked = len(world.source.reads)
    for _ in range(5):
        await world.look()
    assert len(world.source.reads) == looked


async def test_a_look_that_failed_is_a_look_and_says_what_happened(world: World) -> None:
    await world.look()
    await world.look()
    assert world.verdict.outcome is not Outcome.ERROR
    world.source.fault = "the discovery answered 500"
    for _ in range(10):
        await world.look()
        if world.verdict.outcome is Outcome.ERROR:
            break
    assert world.verdict.outcome is Outcome.ERROR
    assert "the discovery answered 500" in world.verdict.rule


async def test_a_look_that_was_overtaken_by_a_hold_still_counts_and_by_a_rollback_does_not(world: World) -> None:
    await world.look()
    world.source.hangs = asyncio.Event()
    await world.look()
    await world.engine.ask(c.RollBackRelease("shop-1", "carts are empty"), ADA)
    before = world.engine.store.journal("shop-1")
    kept = world.engine.store.samples("shop-1")
    world.source.hangs.set()
    await world.engine.settle()
    assert world.engine.store.journal("shop-1") == before
    assert world.engine.store.samples("shop-1") == kept
    assert world.engine.failed == []


async def test_while_one_look_hangs_no_other_is_started(world: World) -> None:
    world.source.hangs = asyncio.Event()
    for _ in range(5):
        await world.look()
    assert len(world.source.reads) == 1
    world.source.hangs.set()
    await world.engine.settle()
    await world.look()
    assert len(world.source.reads) == 2


@pytest.mark.parametrize(("errors", "looks"), [(0.0, 1), (0.0, 6), (0.004, 2), (0.004, 5), (0.3, 1)])
async def test_a_restart_judges_as_if_it_had_not_happened(world: World, errors: float, looks: int) -> None:
    world.errors = errors
    for _ in range(looks):
        await world.look()
    assert world.engine.release().phase is Phase.PROVING
    reborn = world.another_watch()
    world.rebuild(reborn)
    assert reborn._watched["shop-1"].state == world.watch._watched["shop-1"].state
    assert world.judged(reborn) == world.judged(world.watch)


@pytest.mark.parametrize(("errors", "ending"), [(0.0, Phase.DEPLOYING), (0.3, Phase.ROLLING_BACK)])
async def test_a_bot_that_restarts_again_and_again_comes_to_the_same_end(
    world: World, errors: float, ending: Phase
) -> None:
    """It loses what happened between its last look and its first one, and nothing else."""
    world.errors = errors
    entry = world.engine.release().entry.number
    for number in range(40):
        if world.engine.release().entry.number != entry:
            break
        if number % 4 == 3:
            world.watch = world.another_watch()
        await world.look()
    reached = world.engine.release()
    if ending is Phase.ROLLING_BACK:
        assert reached.phase is ending
    else:
        assert (reached.phase, reached.entry.exposure) == (Phase.PROVING, 50.0)


async def test_what_was_missed_while_the_bot_was_away_is_read_from_a_source_that_remembers(world: World) -> None:
    """The series has no hole, and the judge is where it would be had the bot never been away."""
    await world.look()
    await world.look()
    began = world.engine.now
    await world.away(looks=36)
    await world.look(reborn := world.another_watch())

    at = [began + LOOK_SECONDS * number for number in range(-1, 38)]
    assert world.seen() == [(at[0], Gap("first")), *((one, Counts(0.0, 100.0)) for one in at[1:])]
    assert world.verdict.outcome is not Outcome.ERROR
    again = world.another_watch()
    world.rebuild(again)
    assert again._watched["shop-1"].state == reborn._watched["shop-1"].state


async def test_a_crash_while_what_was_missed_is_stored_goes_on_from_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.look()
    await world.look()
    began = world.engine.now
    await world.away(looks=6)
    stored, whole = 0, world.engine.service.write_when_quiet

    async def crash(change: Callable[[Transaction], None]) -> None:
        nonlocal stored
        stored += 1
        if stored > 3:
            raise KeyError
        await whole(change)

    with monkeypatch.context() as crashing:
        crashing.setattr(world.engine.service, "write_when_quiet", crash)
        await world.look(world.another_watch())
    assert len(world.seen()) == 2 + 3
    await world.engine.turn(world.another_watch().step)

    at = [began + LOOK_SECONDS * number for number in range(-1, 8)]
    assert world.seen() == [(at[0], Gap("first")), *((one, Counts(0.0, 100.0)) for one in at[1:])]


async def test_a_canary_that_went_bad_while_the_bot_was_away_goes_back_at_the_first_look(world: World) -> None:
    await world.look()
    await world.look()
    world.errors = 0.3
    await world.away(looks=36)
    await world.look(world.another_watch())

    assert world.engine.release().phase is Phase.ROLLING_BACK


async def test_the_present_waits_for_no_past_and_a_canary_that_fails_now_goes_back(world: World) -> None:
    await world.look()
    await world.look()
    await world.away(looks=36)
    world.errors = 0.3
    world.source.past_hangs = asyncio.Event()
    reborn = world.another_watch()
    for _ in range(20):
        await world.look(reborn)
    assert world.engine.release().phase is Phase.ROLLING_BACK
    assert world.source.pasts == 1


async def test_looks_since_a_restart_come_after_what_was_missed(world: World) -> None:
    """Also those that were taken, and those that failed, while the past was being read."""
    await world.look()
    await world.look()
    began = world.engine.now
    await world.away(looks=3)
    world.source.past_hangs, reborn = asyncio.Event(), world.another_watch()
    await world.look(reborn)
    world.source.fault = "answered 500"
    await world.look(reborn)
    world.source.fault = ""
    await world.look(reborn)
    assert world.verdict.outcome is not Outcome.ERROR
    world.source.past_hangs.set()
    await world.engine.settle()

    at = [began + LOOK_SECONDS * number for number in (*range(-1, 5), 6)]
    counts = [Counts(0.0, 100.0)] * 5 + [Counts(0.0, 200.0)]
    assert world.seen() == list(zip(at, [Gap("first"), *counts], strict=True))
    again = world.another_watch()
    world.rebuild(again)
    assert again._watched["shop-1"].state == reborn._watched["shop-1"].state
    assert world.source.pasts == 1


async def test_what_was_seen_is_kept_also_where_the_release_ends_before_the_past_is_known(world: World) -> None:
    await world.look()
    await world.look()
    await world.away(looks=6)
    world.source.past_hangs, reborn = asyncio.Event(), world.another_watch()
    entry = world.engine.release().entry.number
    await world.look(reborn)
    at = world.engine.now
    await world.engine.ask(c.RollBackRelease("shop-1", "carts are empty"), ADA)
    world.source.past_hangs.set()
    await world.engine.settle()

    assert {sample.at for sample in world.engine.store.samples("shop-1", entry)} >= {at}
    assert world.engine.failed == []


async def test_of_many_pasts_two_are_read_at_once(world: World) -> None:
    """The others wait for their turn, and their looks do not."""
    names = ["shop-1", "cart-1", "mail-1", "till-1"]
    for name in names[1:]:
        world.engine.has(Scenario(plan(service=name[:-2]), name).on_staging().approved().held(60).deployed().exposed())
    await world.look()
    await world.away(looks=6)
    world.source.past_hangs, reborn, reads = asyncio.Event(), world.another_watch(), len(world.source.reads)
    await world.look(reborn)
    await world.look(reborn)
    assert (world.source.pasts, len(world.source.reads) - reads) == (2, 8)
    world.source.past_hangs.set()
    await world.engine.settle()
    assert world.source.pasts == 4
    assert all(world.engine.store.look(name).at == world.engine.now for name in names)


@pytest.mark.parametrize("fault", ["", "Prometheus answered 503"])
async def test_where_the_past_cannot_be_read_the_present_is(world: World, fault: str) -> None:
    await world.look()
    await world.look()
    world.engine.now += 10.0
    world.source.fault = fault
    reborn = world.another_watch()
    await world.look(reborn)
    world.source.fault = ""
    await world.look(reborn)
    await world.look(reborn)

    assert world.seen()[-2:] == [
        (world.engine.now - 5.0, Gap("first") if fault else Counts(0.0, 100.0)),
        (
            world.engine.now,
            Counts(0.0, 100.0),
        ),
    ]
    assert world.engine.failed == []


async def test_a_past_that_is_not_answered_is_asked_for_again_when_its_source_says(world: World) -> None:
    await world.look()
    await world.look()
    began = world.engine.now
    await world.away(looks=6)
    await world.engine.ask(c.HoldRelease("shop-1", "let me look"), ADA)
    world.source.past_faults, reborn = 2, world.another_watch()
    asked = []
    for _ in range(8):
        await world.look(reborn)
        asked.append(world.source.pasts)

    assert asked == [1, 1, 1, 2, 2, 2, 3, 3], "after 12 s, each time"
    at = [began + LOOK_SECONDS * number for number in range(-1, 15)]
    assert world.seen() == [(at[0], Gap("first")), *((one, Counts(0.0, 100.0)) for one in at[1:])]
    again = world.another_watch()
    world.rebuild(again)
    assert again._watched["shop-1"].state == reborn._watched["shop-1"].state


async def test_a_past_that_is_never_answered_is_given_up_and_all_looks_since_are_kept(world: World) -> None:
    await world.engine.ask(c.HoldRelease("shop-1", "let me look"), ADA)
    await world.look()
    await world.look()
    await world.away(looks=6)
    world.source.past_faults, reborn = 99, world.another_watch()
    began = world.engine.now
    for _ in range(40):
        await world.look(reborn)

    assert world.source.pasts == PASTS_ASKED_MAX
    assert len([at for at, _ in world.seen() if at >= began]) == 40
    assert reborn._watched["shop-1"].missed is None


async def test_while_a_past_is_waited_for_what_was_seen_is_kept_when_the_step_or_the_release_ends(world: World) -> None:
    await world.look()
    await world.look()
    await world.away(looks=6)
    world.source.past_faults, reborn = 99, world.another_watch()
    entry = world.engine.release().entry.number
    await world.look(reborn)
    at = world.engine.now
    assert world.engine.store.samples("shop-1", entry)[-1].at < at
    await world.engine.ask(c.RollBackRelease("shop-1", "carts are empty"), ADA)
    await world.look(reborn)

    assert [one.at for one in world.engine.store.samples("shop-1", entry)][-1] == at
    assert world.engine.failed == []


async def test_a_new_step_asks_nobody_about_what_came_before_it(world: World) -> None:
    first = world.engine.release().entry.number
    for _ in range(12):
        await world.look()
    second = world.engine.release().entry.number
    await world.away(looks=4)
    await world.engine.ask(c.ReportExposure("shop-1", second, 50.0))
    await world.look(world.another_watch())

    assert first < second
    assert world.seen() == [(world.engine.now, Gap("first"))]


async def test_a_restart_in_a_later_step_remembers_the_steps_before_it(world: World) -> None:
    first = world.engine.release().entry.number
    for _ in range(12):
        await world.look()
    second = world.engine.release().entry.number
    await world.engine.ask(c.ReportExposure("shop-1", second, 50.0))
    for _ in range(2):
        await world.look()
    reborn = world.another_watch()
    world.rebuild(reborn)
    assert reborn._watched["shop-1"].state == world.watch._watched["shop-1"].state
    assert all(world.engine.store.samples("shop-1", entry) for entry in (first, second))
    assert first < second


def crowd(world: World, number: int, **more: Any) -> list[str]:
    """So many releases more, at the same canary step."""
    names = [f"service-{one}-1" for one in range(number)]
    for name in names:
        scenario = Scenario(plan(service=name[:-2], **more), name)
        world.engine.has(scenario.on_staging().approved().held(60).deployed().exposed())
    return names


async def test_after_a_start_looks_find_their_own_moments_and_keep_them(world: World) -> None:
    """All are due at once then; later no more than a few begin at the same moment."""
    crowd(world, 40)
    for _ in range(40):
        await world.look(seconds=0.05)
    assert {len(world.engine.store.samples(f"service-{one}-1")) for one in range(40)} != {0}
    moments = []
    for _ in range(60):
        before = len(world.source.reads)
        await world.look(seconds=0.25)
        moments.append(len(world.source.reads) - before)
    assert sum(moments[20:40]) == sum(moments[40:]) == 41
    assert max(moments[20:]) <= 6
    assert moments[20:40] == moments[40:]


async def test_of_one_server_no_more_is_asked_at_once_than_it_bears(world: World) -> None:
    """Another server is asked all the same, and who has waited longest is next."""
    crowd(world, 39)
    world.source.hangs = asyncio.Event()
    other = {"use": "scrape", "targets": "http://other.test/sd/{environment}"}
    for _ in range(20):
        await world.look(seconds=0.05)
    assert len(world.source.reads) == LOOKS_AT_ONCE_MAX
    elsewhere = Scenario(plan(service="elsewhere", metrics_from=other), "elsewhere-1")
    world.engine.has(elsewhere.on_staging().approved().held(60).deployed().exposed())
    await world.look(seconds=0.05)
    assert len(world.source.reads) == LOOKS_AT_ONCE_MAX + 1
    world.source.hangs.set()
    for _ in range(20):
        await world.look(seconds=0.05)
    assert all(world.engine.store.look(f"service-{one}-1") for one in range(39))


async def test_a_release_whose_look_waits_for_too_long_is_said_to_be_unseen(world: World) -> None:
    crowd(world, 39)
    clock = Clock(world.engine.service)
    for _ in range(40):
        await world.look(seconds=0.05)
    world.source.hangs = asyncio.Event()
    for _ in range(30):
        await world.look(seconds=1.0)
        await world.engine.turn(clock.step)
    assert len(world.engine.tasks._running) == LOOKS_AT_ONCE_MAX
    for one in range(39):
        assert len(world.engine.happened(e.VerdictLapsed, f"service-{one}-1")) == 1


async def test_a_look_that_changes_nothing_waits_for_no_disk_and_one_that_does_is_flushed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.look()
    await world.look()
    whole, asked = world.engine.store.transaction, list[bool]()

    def noting(*, flushed: bool = True) -> AbstractContextManager[Transaction]:
        asked.append(flushed)
        return whole(flushed=flushed)

    monkeypatch.setattr(world.engine.store, "transaction", noting)
    version = world.engine.release().version
    await world.look()
    assert (asked, world.engine.release().version) == ([False, False], version)
    asked.clear()
    world.errors = 0.3
    await world.look()
    assert asked == [False, True, False], "decided, decided again, and its samples"
    assert world.engine.release().version > version


async def test_what_has_ended_is_forgotten(world: World) -> None:
    await world.look()
    assert list(world.watch._watched) == ["shop-1"]
    await world.engine.ask(c.RollBackRelease("shop-1", "carts are empty"), ADA)
    entry = world.engine.release().entry.number
    await world.engine.ask(c.ReportExposure("shop-1", entry, 0.0))
    await world.engine.ask(c.ReportUndone("shop-1", entry))
    assert world.engine.release().phase is Phase.ROLLED_BACK
    assert await world.look() is None
    assert world.watch._watched == {}


async def test_of_releases_that_stand_still_no_journal_is_read(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred of them wake the loops all the time, each for itself."""
    for service in ("shop", "cart", "mail"):
        engine.has(Scenario(plan(service=service), f"{service}-1").on_staging())
    assert [release.id for release in engine.service.moving()] == ["mail-1", "cart-1", "shop-1"]
    with monkeypatch.context() as closed:
        closed.setattr(engine.store, "journal", None)
        assert [release.id for release in engine.service.moving()] == ["mail-1", "cart-1", "shop-1"]
    another = Service(engine.store, Inline())
    await another.handle(c.HoldRelease("cart-1", "lunch"), actor=ADA, key=None, now=engine.now)
    assert [release.held is not None for release in engine.service.moving()] == [False, True, False]
