"""Work that outlasts a step: one of a name at a time, cancelled when it is not wanted, and never lost quietly."""

import asyncio
import time
from collections.abc import Callable

import pytest

from bot.engine.tasks import RunNow, Tasks


class Piece:
    """A piece of work that ends when it is told to."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.how = ""

    async def work(self) -> None:
        try:
            await self.may_end.wait()
            self.how = "done"
        except asyncio.CancelledError:
            self.how = "cancelled"
            raise

    async def stubborn(self) -> None:
        """Takes a while to end, as a program does that is told to stop."""
        try:
            await self.may_end.wait()
        finally:
            await asyncio.sleep(0.05)
            self.how = "ended"


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def nobody(_name: str, error: BaseException) -> None:
    raise AssertionError(error)


async def test_work_has_its_name_until_it_has_ended_and_then_somebody_hears_of_it() -> None:
    heard: list[str] = []
    running, piece = Tasks(failed=nobody, done=lambda _name: heard.append("done")), Piece()
    running.start("look/shop-1", piece.work())
    await settle()
    assert "look/shop-1" in running
    with pytest.raises(AssertionError, match="look/shop-1 runs already"):
        start_again(running, piece)
    piece.may_end.set()
    await settle()
    assert "look/shop-1" not in running
    assert (piece.how, heard) == ("done", ["done"])


def start_again(running: Tasks, piece: Piece) -> None:
    again = piece.work()
    try:
        running.start("look/shop-1", again)
    finally:
        again.close()


async def test_whatever_it_raises_is_told_with_its_name() -> None:
    told: list[tuple[str, str]] = []

    async def broken() -> None:
        raise ZeroDivisionError("a bug")

    running = Tasks(failed=lambda name, error: told.append((name, str(error))))
    running.start("deploy", broken())
    await settle()
    assert told == [("deploy", "a bug")]
    assert "deploy" not in running


async def test_what_is_cancelled_is_no_failure_and_its_name_is_free_again() -> None:
    heard: list[str] = []
    running, piece = Tasks(failed=nobody, done=lambda _name: heard.append("done")), Piece()
    running.start("deploy", piece.work())
    await settle()
    running.cancel("deploy")
    running.cancel("nothing of this name")
    await settle()
    assert (piece.how, heard) == ("cancelled", ["done"])
    running.start("deploy", Piece().work())
    await running.close(0.0)


async def test_what_takes_its_time_to_end_keeps_its_name_meanwhile() -> None:
    running, piece = Tasks(failed=nobody), Piece()
    running.start("deploy", piece.stubborn())
    await settle()
    running.cancel("deploy")
    await settle()
    assert "deploy" in running
    await running.close(1.0)
    assert piece.how == "ended"
    assert "deploy" not in running


async def test_at_the_end_what_runs_may_finish_for_a_while_and_the_rest_is_cancelled() -> None:
    running, quick, slow = Tasks(failed=nobody), Piece(), Piece()
    running.start("quick", quick.work())
    running.start("slow", slow.work())
    asyncio.get_running_loop().call_later(0.01, quick.may_end.set)
    began = time.monotonic()
    await running.close(0.1)
    assert (quick.how, slow.how) == ("done", "cancelled")
    assert time.monotonic() - began < 1
    await running.close(0.1)


async def test_at_the_end_nobody_waits_for_work_that_can_be_done_later() -> None:
    running, tour, deploy = Tasks(failed=nobody), Piece(), Piece()
    running.start("tour", tour.work(), waited_for=False)
    running.start("deploy", deploy.work())
    await settle()
    asyncio.get_running_loop().call_later(0.01, deploy.may_end.set)
    asyncio.get_running_loop().call_later(0.02, tour.may_end.set)
    await running.close(1.0)
    assert (tour.how, deploy.how) == ("cancelled", "done")


@pytest.mark.parametrize("name", ["look", "deploy"])
def test_in_the_simulation_work_is_done_at_once(name: str) -> None:
    done: list[str] = []

    async def work() -> None:
        done.append(name)

    now = RunNow()
    now.start(name, work())
    assert done == [name]
    assert name not in now


def test_in_the_simulation_work_that_waits_is_a_mistake() -> None:
    closed: list[str] = []

    async def work(told: Callable[[str], None]) -> None:
        try:
            await asyncio.sleep(0)
        finally:
            told("closed")

    with pytest.raises(AssertionError, match="look waits for the outside"):
        RunNow().start("look", work(closed.append))
    assert closed == ["closed"]
