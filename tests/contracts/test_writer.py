"""One thread writes: in which order, and what becomes of those who stop waiting."""

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator
from typing import NoReturn

import pytest
import structlog

from bot.store.writer import Inline, Writer


@pytest.fixture
async def writer() -> AsyncIterator[Writer]:
    writer = Writer()
    yield writer
    await writer.close()


class Gate:
    """A write that lasts until it is let go, so that others queue behind it."""

    def __init__(self) -> None:
        self._begun = threading.Event()
        self._may_end = threading.Event()

    def write(self) -> str:
        self._begun.set()
        assert self._may_end.wait(10), "nobody let it go"
        return "let go"

    async def begun(self) -> None:
        assert await asyncio.to_thread(self._begun.wait, 10)

    def let_go(self) -> None:
        self._may_end.set()


def fail() -> NoReturn:
    raise OSError("the disk is full")


@pytest.mark.parametrize("kind", [Writer, Inline])
async def test_whoever_asks_gets_the_result_or_the_error_of_their_own_write(kind: type[Writer | Inline]) -> None:
    writer = kind()
    assert await writer.run(int, "41") == 41
    assert await writer.bulk(sorted, [1, 2], reverse=True) == [2, 1]
    for ask in (writer.run, writer.bulk):
        with pytest.raises(OSError, match="full"):
            await ask(fail)
    assert await writer.run(str) == ""
    await writer.close()


async def test_everything_is_written_in_one_thread_and_not_the_loops(writer: Writer) -> None:
    threads = {await writer.run(threading.get_ident), await writer.bulk(threading.get_ident)}
    assert len(threads) == 1
    assert threading.get_ident() not in threads


async def test_people_come_before_samples_and_each_in_the_order_of_asking(writer: Writer) -> None:
    gate, done = Gate(), list[str]()
    first = asyncio.create_task(writer.run(gate.write))
    await gate.begun()
    names = ["samples 1", "people 1", "samples 2", "people 2"]
    asked = []
    for name in names:
        ask = writer.bulk if name.startswith("samples") else writer.run
        asked.append(asyncio.create_task(ask(done.append, name)))
        await asyncio.sleep(0)
    gate.let_go()
    await asyncio.gather(first, *asked)
    assert done == ["people 1", "people 2", "samples 1", "samples 2"]


async def test_whoever_stops_waiting_stops_only_waiting(writer: Writer) -> None:
    gate, done = Gate(), list[str]()
    begun = asyncio.create_task(writer.run(gate.write))
    await gate.begun()
    queued = asyncio.create_task(writer.run(done.append, "queued"))
    failing = asyncio.create_task(writer.bulk(fail))
    await asyncio.sleep(0)
    for task in (begun, queued, failing):
        task.cancel()
    await asyncio.gather(begun, queued, failing, return_exceptions=True)
    with structlog.testing.capture_logs() as logs:
        gate.let_go()
        await writer.close()
        await asyncio.sleep(0)
    assert done == ["queued"]
    assert begun.cancelled()
    assert queued.cancelled()
    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("write_done_unheard", "info"),
        ("write_done_unheard", "info"),
        ("write_failed_unheard", "error"),
    ]
    assert "the disk is full" in logs[-1]["error"]


async def test_closing_does_first_what_was_asked_for_and_takes_no_more() -> None:
    writer, gate, done = Writer(), Gate(), list[str]()
    first = asyncio.create_task(writer.run(gate.write))
    await gate.begun()
    queued = asyncio.create_task(writer.bulk(done.append, "samples"))
    await asyncio.sleep(0)
    closing = asyncio.create_task(writer.close())
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="closed"):
        await writer.run(done.append, "too late")
    gate.let_go()
    await asyncio.gather(first, queued, closing)
    await writer.close()
    assert done == ["samples"]


async def test_what_the_asker_bound_to_the_log_is_bound_in_the_thread_too(writer: Writer) -> None:
    release = contextvars.ContextVar("release", default="")
    release.set("shop-1")
    assert await writer.run(release.get) == "shop-1"
