"""Virtual time in one thread: a queue of what happens when, and coroutines that are parked until their moment.

`Clockwork.turn` takes the earliest thing and does it. Work of the bot (`Threads`) waits with `await pause(seconds)`,
and only there, so a look, a post and a roll-back interleave as they would on an event loop. Two clocks: `now` never
jumps, `wall` is what the bot is shown. The one thing to remember: nothing here may draw a number except from `dice`,
or a seed would not play twice alike.
"""

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Generator
from contextlib import suppress
from random import Random
from types import coroutine

from bot.engine.tasks import Work

START = 1_800_000_000.0
"""Seconds since the epoch at which every world begins, on the bot's clock."""

TRACE_STEPS_MAX = 60


class Crash(BaseException):
    """The bot's process ends here, whatever it was doing."""


@coroutine
def pause(seconds: float) -> Generator[float, None, None]:
    """Park the coroutine that awaits this."""
    yield seconds


class Clockwork:
    """What happens when. `jumped_seconds` is how far the bot's clock is ahead of the time that has passed."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)  # noqa: S311 - a world has to play twice alike
        self.now = 0.0
        self.jumped_seconds = 0.0
        self.trace: deque[str] = deque(maxlen=TRACE_STEPS_MAX)
        self._numbers = itertools.count()
        self._queue: list[tuple[float, int, Callable[[], None]]] = []

    def wall(self) -> float:
        return START + self.now + self.jumped_seconds

    def number(self) -> int:
        """One that was never given before: for names."""
        return next(self._numbers)

    def after(self, seconds: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (self.now + max(0.0, seconds), next(self._numbers), do))

    def turn(self) -> bool:
        """Do the next thing; False when there is none left."""
        if not self._queue:
            return False
        at, _number, do = heapq.heappop(self._queue)
        self.now = max(self.now, at)
        do()
        return True

    def say(self, words: str) -> None:
        self.trace.append(f"{self.now:9.2f}  {words}")

    def chance(self, probability: float) -> bool:
        return probability > 0 and self.dice.random() < probability


class Threads:
    """`bot.engine.tasks.Runner` in virtual time."""

    def __init__(self, clock: Clockwork, done: Callable[[], None]) -> None:
        self._clock = clock
        self._done = done
        self._running: dict[str, Work] = {}
        self._quiet: set[str] = set()

    def __contains__(self, name: object) -> bool:
        return name in self._running

    def start(self, name: str, work: Work, *, waited_for: bool = True) -> None:
        assert name not in self._running, f"{name} runs already"
        self._running[name] = work
        self._clock.after(0.0, lambda: self._resume(name, work))

    def start_now(self, name: str, work: Work) -> None:
        """At once, and nobody is woken when it is done: for the loops, which are not tasks of theirs."""
        self._running[name] = work
        self._quiet.add(name)
        self._resume(name, work)

    def cancel(self, name: str) -> None:
        work = self._running.pop(name, None)
        if work is not None:
            self._clock.say(f"cancelled: {name}")
            with suppress(asyncio.CancelledError, StopIteration):
                work.throw(asyncio.CancelledError())

    def drop(self) -> None:
        """The process is gone: nothing of this is ever resumed."""
        running, self._running = self._running, {}
        for work in running.values():
            work.close()

    def _resume(self, name: str, work: Work) -> None:
        if self._running.get(name) is not work:
            return
        try:
            seconds = work.send(None)
        except StopIteration:
            del self._running[name]
            if name not in self._quiet:
                self._done()
        except BaseException:
            del self._running[name]
            raise
        else:
            self._clock.after(seconds, lambda: self._resume(name, work))
