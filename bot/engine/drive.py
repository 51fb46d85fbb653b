"""Turning the loops' steps in real time: call, wait until due or woken, call again.

The one thing to remember: a step that raises is logged and tried again after a moment; a loop never dies quietly, and
never spins.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

Step = Callable[[float], Awaitable[float | None]]
"""`step(now)` does what is due at `now` and returns when it next wants to be called; None: only when woken."""

IDLE_SECONDS_MAX = 1.0
"""Even with nothing due the store is looked at this often: another process (`songbird rollback`) may have written."""

PAUSE_SECONDS_MIN = 0.01
"""Between two turns, even when a step says that it is late: whatever it waits for needs the event loop too."""

TROUBLE_SECONDS = 1.0
"""Pause after a step that failed unexpectedly."""

log = structlog.get_logger(__name__)


UNHEARD = ("look", "past", "exposure")
"""What is done all the time, and whose end says nothing: what follows of it is committed, and that wakes."""


class Loops:
    """Every loop of the bot: woken together when something was committed, and asked when each last turned."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._woken: dict[str, asyncio.Event] = {}
        self._turned_at: dict[str, float] = {}

    def wake(self) -> None:
        """Something was committed: look again now."""
        for event in self._woken.values():
            event.set()

    def ended(self, task: str) -> None:
        """A task did: it may have made room, or something due."""
        if task.partition("/")[0] not in UNHEARD:
            self.wake()

    def overdue(self, now: float, seconds_max: float) -> list[str]:
        """Loops that have not turned for so long: stuck."""
        return [name for name in self._woken if now - self._turned_at[name] > seconds_max]

    async def drive(self, name: str, step: Step) -> None:
        """Turn one loop until cancelled."""
        woken = self._woken.setdefault(name, asyncio.Event())
        self._turned_at[name] = self._clock()  # its first turn has as long as any other
        while True:
            woken.clear()
            try:
                due = await step(self._clock())
            except Exception:
                log.exception("a step failed", loop=name)
                due = self._clock() + TROUBLE_SECONDS
            self._turned_at[name] = self._clock()
            pause = IDLE_SECONDS_MAX if due is None else due - self._clock()
            # Not `wait_for`: before Python 3.12 it loses a cancellation that comes together with the waking.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(max(PAUSE_SECONDS_MIN, pause), IDLE_SECONDS_MAX)):
                    await woken.wait()
