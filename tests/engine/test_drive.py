"""Turning steps in real time: when they are due, when they are woken, when they fail; never spinning, never dead."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from bot.engine import drive
from bot.engine.drive import Loops


@dataclass
class Loop:
    """Counts its turns; `dues` says what each turn in turn answers: seconds from now, None, or an error to raise."""

    dues: list[float | Exception | None] = field(default_factory=list)
    turned_at: list[float] = field(default_factory=list)

    async def step(self, now: float) -> float | None:
        self.turned_at.append(now)
        due = self.dues.pop(0) if self.dues else None
        if isinstance(due, Exception):
            raise due
        return None if due is None else now + due

    async def until(self, turns: int) -> None:
        async with asyncio.timeout(5):
            while len(self.turned_at) < turns:  # noqa: ASYNC110 - a step has no event to wait for
                await asyncio.sleep(0.001)


@contextlib.asynccontextmanager
async def driving(loop: Loop, clock: Callable[[], float] = time.monotonic) -> AsyncIterator[Loops]:
    loops = Loops(clock)
    task = asyncio.create_task(loops.drive("watch", loop.step))
    try:
        yield loops
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_loop_turns_when_it_said_that_it_would_be_due() -> None:
    loop = Loop(dues=[0.05, 0.1])
    async with driving(loop):
        await loop.until(3)
    first, second, third = loop.turned_at[:3]
    assert 0.05 <= second - first < 0.9
    assert 0.1 <= third - second < 0.9


async def test_whatever_is_committed_wakes_every_loop_at_once() -> None:
    loop = Loop(dues=[1000.0])
    async with driving(loop) as loops:
        await loop.until(1)
        loops.wake()
        await loop.until(2)
    assert loop.turned_at[1] - loop.turned_at[0] < drive.IDLE_SECONDS_MAX


async def test_a_look_that_ends_wakes_nobody_and_work_that_ends_does() -> None:
    """A thousand releases are looked at all the time; what follows of a look is committed, and that wakes."""
    loop = Loop(dues=[1000.0, 1000.0])
    async with driving(loop) as loops:
        await loop.until(1)
        for task in ("look/shop-1", "past/shop-1", "exposure/shop/production/3"):
            loops.ended(task)
        await asyncio.sleep(0.05)
        assert len(loop.turned_at) == 1
        loops.ended("shop-1/7/post/thread")
        await loop.until(2)
    assert loop.turned_at[1] - loop.turned_at[0] < drive.IDLE_SECONDS_MAX


async def test_a_commit_during_a_turn_is_not_slept_over() -> None:
    loops = Loops(time.monotonic)
    turns: list[int] = []

    async def step(_now: float) -> None:
        turns.append(len(turns))
        if len(turns) == 1:
            loops.wake()

    task = asyncio.create_task(loops.drive("outbox", step))
    await asyncio.sleep(0.1)
    task.cancel()
    assert len(turns) == 2


@pytest.mark.parametrize("due", [None, 1000.0])
async def test_even_with_nothing_due_the_store_is_looked_at_again(
    monkeypatch: pytest.MonkeyPatch, due: float | None
) -> None:
    """Another process may have written: `songbird rollback`."""
    monkeypatch.setattr(drive, "IDLE_SECONDS_MAX", 0.02)
    loop = Loop(dues=[due] * 10)
    async with driving(loop):
        await loop.until(5)


async def test_a_step_that_is_always_late_leaves_others_room_to_breathe() -> None:
    loop = Loop(dues=[-1.0] * 1000)
    async with driving(loop):
        await asyncio.sleep(0.1)
    assert 1 <= len(loop.turned_at) <= 0.1 / drive.PAUSE_SECONDS_MIN + 2


async def test_a_step_that_raises_is_tried_again_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drive, "TROUBLE_SECONDS", 0.05)
    loop = Loop(dues=[ZeroDivisionError("a bug"), ZeroDivisionError("still")])
    async with driving(loop):
        await loop.until(3)
    assert all(later - earlier >= 0.05 for earlier, later in zip(loop.turned_at, loop.turned_at[1:3], strict=False))


async def test_a_loop_that_hangs_is_named_and_one_that_turns_is_not() -> None:
    hangs = asyncio.Event()
    now = 100.0
    loops = Loops(lambda: now)
    loop = Loop(dues=[0.0] * 10)

    async def hanging(_now: float) -> None:
        await hangs.wait()

    tasks = [asyncio.create_task(loops.drive("outbox", hanging)), asyncio.create_task(loops.drive("watch", loop.step))]
    await loop.until(1)
    await asyncio.sleep(0.01)
    assert loops.overdue(now, 30.0) == [], "a first turn has as long as any other"
    now += 31.0
    await loop.until(len(loop.turned_at) + 2)
    assert loops.overdue(now, 30.0) == ["outbox"]
    hangs.set()
    await asyncio.sleep(0.01)
    assert loops.overdue(now, 30.0) == []
    for task in tasks:
        task.cancel()


async def test_a_loop_that_is_woken_and_ended_at_one_moment_ends() -> None:
    loops, turned = Loops(time.time), asyncio.Event()

    async def step(_now: float) -> float | None:
        turned.set()
        return None

    task = asyncio.create_task(loops.drive("watch", step))
    await turned.wait()
    await asyncio.sleep(0)
    loops.wake()
    await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=5)
    assert done
