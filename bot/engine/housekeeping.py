"""Forgetting what has served its time: samples, answers and finished effects of releases that ended long ago.

A bit at a time, so that nobody waits behind it. The one thing to remember: the journal is never touched, and neither is
anything of a release that moves.
"""

from bot.engine.rests import rests
from bot.engine.service import Service

PAUSE_SECONDS = 3_600.0
BETWEEN_SECONDS = 1.0
"""While there is more to forget: the writer does what is urgent in between."""

DAY_SECONDS = 86_400.0

FINISHED_KEPT_DAYS = 30.0
"""Answers and finished effects: Slack delivers again for an hour; what failed can be looked into for a month."""


class Housekeeping:
    """Deletes samples older than `samples_kept_days`, answers and finished effects older than a month."""

    def __init__(self, service: Service, samples_kept_days: float) -> None:
        self._service = service
        self._samples_kept_seconds = samples_kept_days * DAY_SECONDS
        self._next_at = 0.0

    async def step(self, now: float) -> float:
        if rests(self._next_at, now, PAUSE_SECONDS):
            return self._next_at
        moving = self._service.store.release_ids(moving=True)
        old_samples, old = now - self._samples_kept_seconds, now - FINISHED_KEPT_DAYS * DAY_SECONDS
        forgotten = await self._service.write_when_quiet(lambda t: t.forget_samples(old_samples, moving))
        forgotten += await self._service.write_when_quiet(lambda t: t.forget_answers(old))
        forgotten += await self._service.write_when_quiet(lambda t: t.forget_effects(old))
        self._next_at = now + (BETWEEN_SECONDS if forgotten else PAUSE_SECONDS)
        return self._next_at
