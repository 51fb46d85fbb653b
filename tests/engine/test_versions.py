"""Which versions there are: asked of a repository once at a time, and remembered for a moment."""

import asyncio

import pytest

from bot.adapters.changes import Ref
from bot.adapters.changes.stand_in import StandInChanges
from bot.core.contents import Change
from bot.core.errors import Temporary
from bot.core.plan import Plan
from bot.engine.versions import FRESH_SECONDS, Versions
from tests.support.scenario import plan

HISTORY = [Change("a" * 40, "feat: a shop", "Ada")]


class Counted(StandInChanges):
    asked = 0

    async def newest_refs(self, most: int) -> tuple[Ref, ...]:
        self.asked += 1
        await asyncio.sleep(0)
        return await super().newest_refs(most)


async def nothing_before(_plan: Plan) -> str | None:
    return None


async def test_two_who_ask_at_once_wait_for_one_answer() -> None:
    changes = Counted(HISTORY, {"v1.0.0": "a" * 40})
    versions = Versions(lambda _: changes, lambda: 0.0, nothing_before)
    first, second = await asyncio.gather(versions.newest(plan()), versions.newest(plan()))
    assert [ref.name for ref in first] == ["v1.0.0"]
    assert (first, changes.asked) == (second, 1)


async def test_an_answer_serves_for_a_moment_and_no_longer() -> None:
    changes, now = Counted(HISTORY, {"v1.0.0": "a" * 40}), [0.0]
    versions = Versions(lambda _: changes, lambda: now[0], nothing_before)
    await versions.newest(plan())
    changes.tags["v1.1.0"] = "a" * 40
    assert len(await versions.newest(plan())) == 1
    now[0] = FRESH_SECONDS
    assert len(await versions.newest(plan())) == 2


async def test_what_failed_is_asked_again() -> None:
    changes = Counted(HISTORY, {"v1.0.0": "a" * 40}, fail_next=Temporary("later"))
    versions = Versions(lambda _: changes, lambda: 0.0, nothing_before)
    with pytest.raises(Temporary):
        await versions.newest(plan())
    assert len(await versions.newest(plan())) == 1


async def test_whoever_gave_up_waiting_leaves_the_question_to_the_next() -> None:
    changes = Counted(HISTORY, {"v1.0.0": "a" * 40})
    versions = Versions(lambda _: changes, lambda: 0.0, nothing_before)
    impatient = asyncio.create_task(versions.newest(plan()))
    await asyncio.sleep(0)
    impatient.cancel()
    assert len(await versions.newest(plan())) == 1
    assert changes.asked == 1


async def test_what_a_version_brings_is_what_has_come_since_the_last_good_one() -> None:
    history = [*HISTORY, Change("b" * 40, "feat: a cart", "Bea")]

    async def since(asked: Plan) -> str | None:
        assert asked == plan()
        return "a" * 40

    changes = StandInChanges(history, {"v1.1.0": "b" * 40})
    versions = Versions(lambda _: changes, lambda: 0.0, since)
    assert await versions.changes(plan(), "v1.1.0") == (history[1],)
