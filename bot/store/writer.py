"""Who may write, and when: one thread that does every write, urgent ones before bulk ones.

The store is synchronous and has one writer at a time; the bot is asyncio. `Writer` stands between: `await run(…)` for
people, safety and the journal, `await bulk(…)` for samples. A bulk write waits for every urgent one that is queued,
and is never interrupted, so keep each of them short. `Inline` has the same interface without a thread: for the
simulation, where time is virtual, and for the shell, where nobody else waits. The one thing to remember: whoever stops
waiting (a time-out, a closed connection) stops only waiting. The write is done, and what came of it is logged.
"""

import asyncio
import contextvars
import itertools
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from typing import Any, ParamSpec, Protocol, TypeVar

import structlog

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)


class Writes(Protocol):
    """What the engine and the handlers ask of a writer."""

    async def run(self, write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do it before everything that can wait; its result, or its exception."""

    async def bulk(self, write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do it when nothing urgent is queued."""

    async def close(self) -> None:
        """Do what is queued, and end. Whatever is asked for afterwards raises RuntimeError."""


class Inline:
    """Writes at once, in the thread that asks."""

    async def run(self, write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return write(*args, **kwargs)

    async def bulk(self, write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return write(*args, **kwargs)

    async def close(self) -> None:
        pass


class _Rank(IntEnum):
    """Smaller is done first. The end comes last of all, so that closing loses nothing."""

    URGENT = 0
    BULK = 1
    END = 2


@dataclass(frozen=True, slots=True, order=True)
class _Job:
    """One write in the queue: first by rank, then in the order in which they were asked for."""

    rank: _Rank
    number: int
    write: Callable[[], Any] = field(compare=False)
    outcome: Future[Any] = field(compare=False, default_factory=Future)


class Writer:
    """One thread, two ranks. Everybody waits for their own write, so the queue is as long as there are askers."""

    def __init__(self) -> None:
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._closing = False
        self._asking = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="songbird-writer", daemon=True)
        self._thread.start()

    async def run(self, write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        result: T = await self._ask(_Rank.URGENT, partial(write, *args, **kwargs))
        return result

    async def bulk(self, write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        result: T = await self._ask(_Rank.BULK, partial(write, *args, **kwargs))
        return result

    async def close(self) -> None:
        with self._asking:
            first = not self._closing
            self._closing = True
            if first:
                self._jobs.put(_Job(_Rank.END, next(self._numbers), lambda: None))
        await asyncio.to_thread(self._thread.join)

    async def _ask(self, rank: _Rank, write: Callable[[], Any]) -> Any:  # noqa: ANN401 - run and bulk know the type
        context = contextvars.copy_context()  # what the asker bound to its log lines goes along
        job = _Job(rank, next(self._numbers), partial(context.run, write))
        with self._asking:
            if self._closing:
                raise RuntimeError("the writer is closed: nothing more is written")
            self._jobs.put(job)
        waiting = asyncio.wrap_future(job.outcome)
        try:
            return await asyncio.shield(waiting)
        except asyncio.CancelledError:
            waiting.add_done_callback(_report_unheard)
            raise

    def _work(self) -> None:
        while (job := self._jobs.get()).rank is not _Rank.END:
            job.outcome.set_running_or_notify_cancel()
            try:
                result = job.write()
            except BaseException as error:  # noqa: BLE001 - it is raised again where the write was asked for
                job.outcome.set_exception(error)
            else:
                job.outcome.set_result(result)


def _report_unheard(outcome: asyncio.Future[Any]) -> None:
    """Nobody waits for this write any more: the log is the only one left to tell."""
    if outcome.cancelled():
        log.warning("write_unheard_at_shutdown")
    elif error := outcome.exception():
        log.error("write_failed_unheard", error=repr(error), exc_info=error)
    else:
        log.info("write_done_unheard", result=repr(outcome.result())[:200])
