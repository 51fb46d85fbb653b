"""Due timers become Ticks. The one thing to remember: a tick carries no meaning; the core looks at the clock itself."""

import structlog

from bot.core.actors import SONGBIRD
from bot.core.commands import Tick
from bot.core.errors import Refused
from bot.engine.service import Service

AGAIN_SECONDS = 1.0
"""One that cannot be read stays due: without a pause this loop would not rest."""

log = structlog.get_logger(__name__)


class Clock:
    """Asks every release whose time has come."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def step(self, now: float) -> float | None:
        for release, _due_at in self._service.store.due(now):
            state = self._service.readable(release)
            if state is None or state.entry is None:
                continue
            try:
                await self._service.handle(Tick(release, state.entry.number), actor=SONGBIRD, key=None, now=now)
            except Refused:
                continue  # it moved on between the two reads; its new timer is stored already
            except Exception:
                log.exception("a tick failed", release=release)  # the others must not wait for this one
        next_due = self._service.store.next_due()
        return max(next_due, now + AGAIN_SECONDS) if next_due is not None and self._service.unreadable else next_due
