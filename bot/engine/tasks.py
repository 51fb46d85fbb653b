"""Work that outlasts a step: named, at most one of a name at a time, cancellable.

`Tasks` runs on the event loop; `RunNow` runs each to its end at once, for the simulation, whose adapters never wait.
The one thing to remember: a task that fails with anything but a cancellation is a bug and is reported, never swallowed.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

Work = Coroutine[Any, Any, None]


class Runner(Protocol):
    """Starts work under a name."""

    def start(self, name: str, work: Work, *, waited_for: bool = True) -> None:
        """`waited_for`: a stop lets it come to its end, if that is soon."""

    def cancel(self, name: str) -> None:
        """Ask it to end. It keeps its name until it has."""

    def __contains__(self, name: object) -> bool: ...


class Tasks:
    """On the event loop. `failed` hears of every exception; `done` is called with the name of each task that ended."""

    def __init__(
        self, failed: Callable[[str, BaseException], None], done: Callable[[str], None] = lambda _name: None
    ) -> None:
        self._running: dict[str, asyncio.Task[None]] = {}
        self._later: set[asyncio.Task[None]] = set()
        self._failed = failed
        self._done = done

    def __contains__(self, name: object) -> bool:
        return name in self._running

    def start(self, name: str, work: Work, *, waited_for: bool = True) -> None:
        assert name not in self._running, f"{name} runs already"
        task = asyncio.create_task(work, name=name)
        self._running[name] = task
        if not waited_for:
            self._later.add(task)
            task.add_done_callback(self._later.discard)
        task.add_done_callback(lambda ended: self._ended(name, ended))

    def cancel(self, name: str) -> None:
        if (task := self._running.get(name)) is not None:
            task.cancel()

    async def close(self, seconds_max: float) -> None:
        """Let what is waited for come to its end for so long, then cancel the rest and wait until it has ended."""
        running = list(self._running.values())
        for task in self._later:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=seconds_max)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _ended(self, name: str, task: asyncio.Task[None]) -> None:
        del self._running[name]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed(name, error)
        self._done(name)


class RunNow:
    """To its end, at once. Work that would really wait is a mistake of the simulation's world."""

    def start(self, name: str, work: Work, *, waited_for: bool = True) -> None:  # noqa: ARG002 - all of it ends at once
        try:
            work.send(None)
        except StopIteration:
            return
        work.close()
        raise AssertionError(f"{name} waits for the outside, which does not exist here")

    def cancel(self, name: str) -> None:
        """Nothing is ever still running."""

    def __contains__(self, name: object) -> bool:
        return False
