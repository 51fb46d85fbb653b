"""The wire between the bot and everything outside: it loses, delays and refuses, as its weather says.

Every call of every port goes through `read` or `write`, and may come to grief on the way there, there, or on the way
back. The one thing to remember: a request that has left the bot lands, even when the bot has crashed or has cancelled
whatever was waiting for it.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from bot.core.errors import AdapterError, Temporary, Unknown
from tests.simulation.clockwork import Clockwork, Crash, pause
from tests.simulation.weather import Weather

Result = TypeVar("Result")

LATE_SECONDS_MAX = 2.5
"""After its caller gave up. Less than the outbox's grace: beyond it a doubled post is the risk that is documented.

What a doubled call cannot harm may come later (`late_seconds_max`).
"""

FAILURES_MAX = 4
"""Of one system in a row, outside of outages: fewer than any performer's patience."""


class Wire:
    """Every call of the bot goes through here, and may come to grief on the way there, there, or on the way back."""

    def __init__(self, clock: Clockwork, weather: Weather) -> None:
        self._clock = clock
        self._weather = weather
        self._failures: dict[str, int] = {}
        self.outages: dict[str, float] = {}
        """Until when a system answers nobody (the time that has passed, not the bot's clock)."""
        self.in_flight: dict[str, int] = {}
        self.life = 1
        """Which of the bot's processes is on this end."""

    def is_out(self, system: str) -> bool:
        return self._clock.now < self.outages.get(system, 0.0)

    async def read(self, system: str, what: str, do: Callable[[], Result], seconds_max: float) -> Result:
        self._crash(what)
        if self.is_out(system):
            await pause(seconds_max if self._clock.chance(0.5) else 0.0)
            raise Temporary(f"{what}: {system} does not answer")
        if self._fails(system, self._weather.refused):
            raise Temporary(f"{what}: not now")
        if seconds := self._seconds(seconds_max):
            await pause(seconds)
        result = do()
        self._crash(what)
        return result

    async def write(
        self,
        system: str,
        what: str,
        do: Callable[[], Result],
        seconds_max: float,
        *,
        stops: bool = False,
        late_seconds_max: float = LATE_SECONDS_MAX,
    ) -> Result:
        """`stops`: what is cancelled on the way is stopped; otherwise it lands although nobody waits."""
        clock, weather = self._clock, self._weather
        self._crash(what)
        if self.is_out(system):
            await pause(seconds_max if clock.chance(0.5) else 0.0)
            raise Temporary(f"{what}: {system} cannot be reached")
        if self._fails(system, weather.refused):
            clock.say(f"refused: {what}")
            raise Temporary(f"{what}: not now")
        if self._fails(system, weather.hung):
            clock.say(f"hangs: {what}")
            await pause(seconds_max)
            raise Unknown(f"{what}: no answer")
        late = self._fails(system, weather.late)
        lost = not late and self._fails(system, weather.lost)
        travel = seconds_max + clock.dice.random() * late_seconds_max if late else self._seconds(seconds_max) / 2
        outcome: list[Result | AdapterError] = []
        alive = [True]
        self._send(system, what, do, travel, outcome, alive)
        try:
            await self._wait(what, travel, seconds_max, late=late, lost=lost)
        except asyncio.CancelledError:
            alive[0] = not stops
            raise
        self._crash(what)
        (came,) = outcome
        if isinstance(came, AdapterError):
            raise came
        return came

    async def _wait(self, what: str, travel: float, seconds_max: float, *, late: bool, lost: bool) -> None:
        if late:
            self._clock.say(f"late: {what}")
            await pause(seconds_max)
            raise Unknown(f"{what}: no answer in time")
        if travel:
            await pause(travel)
        if lost:
            self._clock.say(f"answer lost: {what}")
            await pause(seconds_max - travel)
            raise Unknown(f"{what}: the answer was lost")
        if travel:
            await pause(travel)

    def _send(
        self,
        system: str,
        what: str,
        do: Callable[[], Result],
        travel: float,
        outcome: list[Result | AdapterError],
        alive: list[bool],
    ) -> None:
        self.in_flight[system] = self.in_flight.get(system, 0) + 1

        def land() -> None:
            self.in_flight[system] -= 1
            if not alive[0]:
                return
            self._clock.say(f"lands: {what}")
            try:
                outcome.append(do())
            except AdapterError as error:
                outcome.append(error)

        if travel:
            self._clock.after(travel, land)
        else:
            land()

    def _seconds(self, seconds_max: float) -> float:
        return self._clock.dice.random() * seconds_max * 0.9 if self._clock.chance(self._weather.slow) else 0.0

    def _fails(self, system: str, probability: float) -> bool:
        """Never too often in a row: what fails for ever is an outage, and has its own place."""
        if self._failures.get(system, 0) < FAILURES_MAX and self._clock.chance(probability):
            self._failures[system] = self._failures.get(system, 0) + 1
            return True
        self._failures[system] = 0
        return False

    def _crash(self, what: str) -> None:
        if self._clock.chance(self._weather.crash_at_call):
            raise Crash(what)
