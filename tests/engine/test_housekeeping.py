"""Forgetting: what has served its time goes, a bit at a time, and what a release that moves needs stays."""

import pytest

from bot.core import commands as c
from bot.engine import housekeeping
from bot.engine.housekeeping import DAY_SECONDS, Housekeeping
from bot.store.ports import Answer, StoredSample
from bot.store.sqlite import journal, outbox, records
from tests.contracts.store_fixtures import text
from tests.engine.engine_fixtures import Engine
from tests.support.scenario import ADA, Scenario

SAMPLES_KEPT_DAYS = 14.0


@pytest.fixture
def keeping(engine: Engine) -> Housekeeping:
    """shop-1 has ended and shop-2 has not; each has samples, answers and effects that are done."""
    engine.has(Scenario().staged().when(c.CancelRelease("shop-1", ""), ADA))
    engine.has(Scenario(id="shop-2").staged())
    for name in ("shop-1", "shop-2"):
        with engine.store.transaction() as t:
            for number in range(3):
                t.add_samples(name, 1, [StoredSample(engine.now, "errors", "canary", "shop-a", "{}")])
                t.remember(f"{name} {number}", Answer(name, 1), engine.now)
                t.enqueue([text(number, name)], engine.now)
                t.give_up(text(number, name).key, engine.now, "no such channel")
    return Housekeeping(engine.service, SAMPLES_KEPT_DAYS)


def left(engine: Engine, name: str) -> tuple[int, int, int]:
    """How many samples, answers and effects there are."""
    with engine.store.transaction() as t:
        answers = [t.answer_to(f"{name} {number}") for number in range(3)]
    effects = [key for key, _reason in engine.store.given_up() if key.startswith(f"{name}/")]
    return len(engine.store.samples(name)), sum(answer is not None for answer in answers), len(effects)


async def test_samples_go_first_then_answers_and_effects_and_never_those_of_a_release_that_moves(
    engine: Engine, keeping: Housekeeping
) -> None:
    before = engine.store.journal("shop-1")
    await engine.turn(keeping.step)
    assert left(engine, "shop-1") == (3, 3, 3)
    await engine.turn(keeping.step, SAMPLES_KEPT_DAYS * DAY_SECONDS + 1)
    assert left(engine, "shop-1") == (0, 3, 3)
    await engine.turn(keeping.step, housekeeping.FINISHED_KEPT_DAYS * DAY_SECONDS)
    assert left(engine, "shop-1") == (0, 0, 0)
    assert left(engine, "shop-2") == (3, 3, 3)
    assert engine.store.journal("shop-1") == before


async def test_while_there_is_more_to_forget_it_comes_back_soon_and_then_seldom(
    engine: Engine, keeping: Housekeeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (journal, outbox, records):
        monkeypatch.setattr(module, "FORGOTTEN_MAX", 2)
    engine.now += 60 * DAY_SECONDS
    dues = []
    for _ in range(3):
        due = await engine.turn(keeping.step)
        assert due is not None
        dues.append(due - engine.now)
        engine.now = due
    assert dues == [housekeeping.BETWEEN_SECONDS, housekeeping.BETWEEN_SECONDS, housekeeping.PAUSE_SECONDS]
    assert left(engine, "shop-1") == (0, 0, 0)


async def test_in_between_it_does_nothing_unless_the_clock_was_put_back(engine: Engine, keeping: Housekeeping) -> None:
    due = await engine.turn(keeping.step)
    assert await engine.turn(keeping.step, 10.0) == due
    assert await engine.turn(keeping.step, -2 * housekeeping.PAUSE_SECONDS) == engine.now + housekeeping.PAUSE_SECONDS
