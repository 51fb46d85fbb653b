"""Doing what was written down: claim by lease, perform, report back through the same door, finish.

Safety first, then work, then words; one effect of a lane at a time, in the order asked. Any attempt may be the second:
an adapter is idempotent by the effect's key, or is told that the outcome of the last one is unknown and looks first.
The one thing to remember: only this room retries. A client library that retries by itself would post twice.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog

from bot.core.effects import Effect, Post
from bot.core.errors import AdapterError, Permanent, Temporary, Unknown
from bot.engine.service import Service
from bot.engine.tasks import Runner
from bot.store.ports import Claimed

BACKOFF_SECONDS_MIN = 0.5
BACKOFF_SECONDS_MAX = 60.0
"""Between attempts, doubling."""

UNKNOWN_SECONDS = 3.0
"""Grace after an unknown outcome, in which a request that was late may land before we look for it."""

CLAIMS_MAX = 20
"""Effects in hand at a time: more than a release's lanes, few enough that none waits in hand past its lease."""

log = structlog.get_logger(__name__)

Perform = Callable[[Claimed], Awaitable[None]]
"""Does one effect and reports its outcome. Raises AdapterError when it was not, or may not have been, done."""

GiveUp = Callable[[Effect, str], Awaitable[None]]
"""Tells the release that an effect failed for good."""


@dataclass(frozen=True, slots=True)
class Performer:
    """How a kind of effect is done. `attempts_max`: Temporary failures and unknown outcomes that are borne."""

    perform: Perform
    give_up: GiveUp
    attempts_max: int


class Outbox:
    """Claims what is due and starts it; keeps the leases of what still runs."""

    def __init__(
        self,
        service: Service,
        performers: Mapping[type[Effect], Performer],
        runner: Runner,
        clock: Callable[[], float],
        lease_seconds: float,
    ) -> None:
        self._service = service
        self._performers = performers
        self._runner = runner
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._in_hand: dict[str, float] = {}
        """Until when each effect that is being performed is leased. What has ended is forgotten by the next step."""

    async def step(self, now: float) -> float | None:
        """Drop what is not wanted any more, renew what runs, take what is due."""
        self._in_hand = {key: until for key, until in self._in_hand.items() if key in self._runner}
        for key in self._service.store.wants_cancelling(self._in_hand):
            await self._runner.stop(key)  # an undo must not meet the deploy that it undoes
            self._in_hand.pop(key, None)
        await self._renew(now)
        room, due = CLAIMS_MAX - len(self._in_hand), self._service.store.next_effect_at()
        if room > 0 and due is not None and due <= now:
            for claimed in await self._service.write(lambda t: t.claim(now, self._lease_seconds, room)):
                self._take(claimed)
        leases = [until - self._lease_seconds / 2 for until in self._in_hand.values()]
        due = self._service.store.next_effect_at()
        return min((at for at in (*leases, due) if at is not None), default=None)

    def _take(self, claimed: Claimed) -> None:
        key = claimed.effect.key
        self._in_hand[key] = claimed.leased_until
        if key not in self._runner:  # else our own lease ran out while we were busy; when it ends, it runs out again
            self._runner.start(key, self._perform(claimed))

    async def _renew(self, now: float) -> None:
        late = [key for key, until in self._in_hand.items() if until - now <= self._lease_seconds / 2]
        if late:
            until = now + self._lease_seconds
            await self._service.write(lambda t: t.renew(late, until))
            self._in_hand.update(dict.fromkeys(late, until))

    async def _perform(self, claimed: Claimed) -> None:
        effect = claimed.effect
        performer = self._performers[type(effect)]
        try:
            await performer.perform(claimed)
        except AdapterError as error:
            await self._failed(claimed, performer, error)
        except Exception as error:
            log.exception("an effect failed unexpectedly", effect=effect.key)
            await self._failed(claimed, performer, Unknown(repr(error)))
        else:
            await self._service.write(lambda t: t.finish(effect.key))

    async def _failed(self, claimed: Claimed, performer: Performer, error: AdapterError) -> None:
        effect = claimed.effect
        log.warning("an effect failed", effect=effect.key, attempt=claimed.attempt, error=str(error))
        hopeless = isinstance(error, Permanent) or claimed.attempt >= performer.attempts_max
        if hopeless and not self._must_not_give_up(effect):
            await performer.give_up(effect, str(error))
            await self._service.write(lambda t: t.give_up(effect.key, self._clock(), str(error)))
            return
        pause = min(BACKOFF_SECONDS_MIN * 2 ** min(claimed.attempt - 1, 10), BACKOFF_SECONDS_MAX)
        if hopeless:
            pause = BACKOFF_SECONDS_MAX
        uncertain = isinstance(error, Unknown) or claimed.uncertain
        if isinstance(error, Temporary) and error.retry_after_seconds is not None:
            pause = error.retry_after_seconds
        elif isinstance(error, Unknown):
            pause = max(pause, UNKNOWN_SECONDS)
        # The clock is read inside the write, which may have to wait: the row must not be due before this has ended.
        await self._service.write(lambda t: t.retry(effect.key, self._clock() + pause, str(error), uncertain=uncertain))

    def _must_not_give_up(self, effect: Effect) -> bool:
        """The card and the question of a release that moves: without them nobody sees it, and nobody can approve."""
        release = self._service.peek(effect.release)
        return isinstance(effect, Post) and bool(effect.kept) and release is not None and not release.phase.is_ending
