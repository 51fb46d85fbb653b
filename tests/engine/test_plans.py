"""A release beside a changed plan: the stored samples of its step are judged by that plan, and nothing is written."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.analysis.judge import verdict
from bot.core import commands as c
from bot.core.model import Phase
from bot.core.plan import Plan
from bot.core.verdict import Outcome, Verdict
from bot.engine.plans import Outlooks, outlook
from bot.engine.rebuilt import _by_its_plan, _offsets, boundaries_of, rebuilt
from bot.engine.watch import Watch
from bot.texts.plans import meaning
from tests.engine.engine_fixtures import Engine, at_once
from tests.engine.test_watch import World
from tests.support.scenario import ADA, Scenario, plan, written_plan


def asking(**metric: Any) -> Plan:
    """An hour of health in each step of the canary, with no tolerance of errors."""
    first, second = written_plan()["stages"]
    metrics = [{**written_plan()["metrics"][0], "tolerance": None, **metric}]
    return plan(metrics=metrics, stages=[first, {**second, "gates": [{"gate": "health", "held": "1h"}]}])


@pytest.fixture
async def world(engine: Engine) -> World:
    """At the first canary step for six looks; 1.5 % of the canary's requests fail, 2 % may."""
    engine.has(Scenario(asking()).in_production())
    found = World(engine, errors=0.015)
    for _ in range(7):
        await found.look()
    return found


def after(world: World, new: Plan) -> Verdict:
    found = outlook(world.engine.service, world.engine.release(), new, world.engine.now).after
    assert found is not None
    return found


async def test_what_was_seen_is_judged_by_the_changed_plan(world: World) -> None:
    release = world.engine.release()
    assert world.verdict.outcome is not Outcome.FAIL
    stricter = asking(limit={"max": "0.1%"})
    found = await Outlooks(world.engine.service, world.engine.clock, at_once).of(release, stricter)
    assert found.before == world.verdict
    assert found.after is not None
    assert found.after.outcome is Outcome.FAIL
    assert any(one.startswith("What it shows now would fail: errors 1.5 %") for one in meaning(found))
    assert world.engine.release() == release, "it is only shown"


async def test_by_the_pinned_plan_it_is_what_the_watch_says(world: World) -> None:
    state, _boundaries = rebuilt(world.engine.service, world.engine.release())
    assert verdict(state, world.engine.now).outcome is world.verdict.outcome
    assert outlook(world.engine.service, world.engine.release(), asking(), 0.0).after is None


async def test_a_metric_that_is_read_from_another_series_has_seen_nothing(world: World) -> None:
    """The samples of before are stored under its name, and are of something else."""
    moved = asking(limit={"max": "0.1%"}, counter="failed_total")
    assert after(world, moved).outcome is not Outcome.FAIL


async def test_one_that_is_new_has_seen_nothing_either(world: World) -> None:
    found = after(world, asking(name="faults", limit={"max": "0.1%"}))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert [one.value for one in found.findings] == [None] * len(found.findings)


# ── once it counts ───────────────────────────────────────────────────────────────────────────────────────────────────


async def change(world: World, new: Plan) -> None:
    """By the word of an operator; the traffic is read back a moment later."""
    engine = world.engine
    state = engine.release()
    assert state.entry is not None
    await engine.ask(c.ChangePlan("shop-1", state.entry.number, new, state.plan_digest, "a typo"), ADA)
    engine.now += 1.0
    now = engine.release().entry
    assert now is not None
    await engine.ask(c.ReportExposure("shop-1", now.number, now.exposure or 0.0))


async def test_the_watch_looks_by_the_changed_plan_from_then_on(world: World) -> None:
    before = world.engine.release().entry
    await change(world, asking(limit={"max": "0.1%"}))
    after_it = world.engine.release().entry
    assert before is not None
    assert after_it is not None
    assert after_it.number == before.number + 1
    await world.look()
    await world.look()
    assert world.engine.release().phase is Phase.PROVING, "what was seen before it counted is no evidence by it"
    for _ in range(20):
        await world.look()
    assert world.engine.release().phase is Phase.ROLLING_BACK


async def test_what_is_read_from_another_series_begins_with_nothing(world: World) -> None:
    await change(world, asking(limit={"max": "0.1%"}, counter="failed_total"))
    await world.look()
    await world.look()
    assert world.verdict.outcome is not Outcome.FAIL
    restarted, _boundaries = rebuilt(world.engine.service, world.engine.release())
    assert verdict(restarted, world.engine.now) == world.verdict


async def test_a_restart_judges_by_the_changed_plan_as_if_it_had_not_happened(world: World) -> None:
    await change(world, asking(limit={"max": "1.6%"}))
    for _ in range(4):
        await world.look()
    restarted, _boundaries = rebuilt(world.engine.service, world.engine.release())
    assert verdict(restarted, world.engine.now) == world.verdict


async def test_what_was_stored_is_folded_beside_the_loop_and_looks_wait_meanwhile(world: World) -> None:
    asked, done = list[str](), asyncio.Event()

    async def aside(work: Callable[[], Any]) -> Any:
        asked.append("rebuilt")
        found = work()
        await done.wait()
        return found

    world.watch = Watch(
        world.engine.service, lambda _plan: world.source, world.engine.tasks, world.engine.clock, aside=aside
    )
    await change(world, asking(limit={"max": "0.1%"}))
    before = len(world.source.reads)
    for _ in range(3):
        await world.look()
    assert asked == ["rebuilt"], "once, while the loop turns"
    assert len(world.source.reads) == before
    done.set()
    await world.engine.settle()
    assert len(world.source.reads) == before + 1


async def test_what_moves_on_while_it_is_rebuilt_is_rebuilt_again(world: World) -> None:
    asked, done = list[str](), asyncio.Event()

    async def aside(work: Callable[[], Any]) -> Any:
        asked.append(world.engine.release().plan_digest)
        found = work()
        await done.wait()
        return found

    world.watch = Watch(
        world.engine.service, lambda _plan: world.source, world.engine.tasks, world.engine.clock, aside=aside
    )
    first, second = asking(limit={"max": "1.7%"}), asking(limit={"max": "1.6%"})
    await change(world, first)
    await world.look()
    await change(world, second)
    before = len(world.source.reads)
    done.set()
    await world.engine.settle()
    assert len(world.source.reads) == before, "nothing is judged by a plan that is not its own any more"
    await world.look()
    assert asked == [first.digest, second.digest]
    assert len(world.source.reads) == before + 1


async def test_a_lower_step_is_what_is_wanted_in_the_same_transaction(world: World) -> None:
    first, second = written_plan()["stages"]
    lower = plan(stages=[first, {**second, "steps": ["0.5%", "50%", "100%"]}])
    before = world.engine.store.exposure("shop", "production")
    await change(world, lower)
    row = world.engine.store.exposure("shop", "production")
    assert before is not None
    assert row is not None
    assert (before.percent, row.percent) == (1.0, 0.5)
    assert row.generation > before.generation
    entry = world.engine.release().entry
    assert entry is not None
    assert row.entry == entry.number


async def test_a_watch_that_begins_again_is_rebuilt_as_a_watch(engine: Engine) -> None:
    at = Scenario().at_full().held(20)
    at.when(c.ChangePlan("shop-1", at.entry, plan(watch={"time": "4m"}), at.state.plan_digest, "longer"), ADA)
    at.wait(1).exposed().looked()
    last = boundaries_of(at.journal)[-1]
    assert (last.entry, last.exposure, last.watch) == (at.entry, 100.0, True)


async def test_what_an_environment_shows_anyway_is_asked_of_a_release_that_was_looked_at_by_its_plan(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not of one whose plan was changed after that stage, nor of a metric that has but its name in common."""
    monkeypatch.setattr("bot.engine.rebuilt.offsets", lambda _state: {"errors": 2.0})
    before = engine.has(Scenario(id="shop-1").at_full().held(200).is_now(Phase.HEALTHY))
    engine.has(Scenario(id="shop-2", now=before.now + 60).on_staging())
    present, stage = engine.release("shop-2"), plan().stages[0]
    (errors,) = written_plan()["metrics"]
    assert _offsets(engine.service, present, plan(), stage) == {"errors": 2.0}
    assert _offsets(engine.service, present, plan(metrics=[{**errors, "counter": "failed_total"}]), stage) == {}
    at = Scenario(id="shop-3", now=before.now + 120).in_production()
    at.when(c.ChangePlan("shop-3", at.entry, plan(watch={"time": "4m"}), at.state.plan_digest, "longer"), ADA)
    at.exposed().held(30)
    assert _by_its_plan(at.journal, 0) == []
    assert [one.exposure for one in _by_its_plan(at.journal)] == [1.0], "and of this stage what came after it"
