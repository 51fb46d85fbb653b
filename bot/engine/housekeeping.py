"""Forgetting what has served its time: samples of releases that ended long ago.

A bit at a time, so that nobody waits behind it. The one thing to remember: the journal is never touched, and neither
are the samples of a release that moves.
"""

from bot.engine.service import Service

PAUSE_SECONDS = 3_600.0
BETWEEN_SECONDS = 1.0
"""While there is more to forget: the writer does what is urgent in between."""

DAY_SECONDS = 86_400.0


class Housekeeping:
    """Deletes samples older than `samples_kept_days`."""

    def __init__(self, service: Service, samples_kept_days: float) -> None:
        self._service = service
        self._kept_seconds = samples_kept_days * DAY_SECONDS
        self._next_at = 0.0

    async def step(self, now: float) -> float:
        if now < self._next_at:
            return self._next_at
        moving = self._service.store.release_ids(moving=True)
        before = now - self._kept_seconds
        forgotten = await self._service.write_when_quiet(lambda t: t.forget_samples(before, moving))
        self._next_at = now + (BETWEEN_SECONDS if forgotten else PAUSE_SECONDS)
        return self._next_at
