"""Locks and freezes in a world: somebody makes them and somebody ends them, at moments that make no sense.

The one thing to remember: in the calm all of them are ended, or nothing would come to its end.
"""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.core.bars import BarCommand, FreezeServices, LockService, ThawFreeze, UnlockService
from tests.simulation.clockwork import Clockwork
from tests.simulation.weather import Weather

OFTEN = 0.15
"""Of the moments of a world in which there are locks and freezes at all."""

AHEAD_SECONDS_MAX = 60.0
FROZEN_SECONDS_MAX = 200.0


class Barring:
    """`ask` hands a command in, as an operator of all services."""

    def __init__(
        self,
        path: Path,
        clock: Clockwork,
        weather: Weather,
        services: Sequence[str],
        ask: Callable[[BarCommand], None],
    ) -> None:
        self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        self._clock = clock
        self._weather = weather
        self._services = services
        self._ask = ask

    def close(self) -> None:
        self._db.close()

    def moment(self) -> None:
        """Perhaps somebody locks, freezes, or ends what there is."""
        if not self._clock.chance(self._weather.bars * OFTEN):
            return
        dice = self._clock.dice
        service = dice.choice(self._services)
        match dice.choice(["lock", "freeze", "end", "end"]):
            case "lock":
                self._ask(LockService(service, "wait a moment"))
            case "freeze":
                starts_at = self._clock.wall() + dice.choice([0.0, dice.random() * AHEAD_SECONDS_MAX])
                ends_at = starts_at + dice.random() * FROZEN_SECONDS_MAX + 1.0
                self._ask(FreezeServices(dice.choice([(), (service,)]), starts_at, ends_at, "not now"))
            case _:
                self.end()

    def end(self) -> None:
        """All that there are."""
        for name, kind, service in self._db.execute(
            "SELECT id, kind, json_extract(services, '$[0]') FROM bars "
            "WHERE lifted IS NULL AND (ends_at IS NULL OR ends_at > ?)",
            [self._clock.wall()],
        ).fetchall():
            self._ask(UnlockService(service, "go on", name) if kind == "lock" else ThawFreeze(name, "go on"))
