"""Doing what was written down: claim by lease, perform, report back through the same door, finish.

Safety first, then work, then milestones, then the story; one effect of a lane at a time, in the order asked, and in a
channel no more than Slack takes. What is dropped counts until it
has ended, so that an undo does not meet the deploy that it undoes. Any attempt may be the second: an adapter is
idempotent by the effect's key, or is told that the outcome of the last one is unknown and looks first. The one thing
to remember: only this room retries. A client library that retries by itself would post twice.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog

from bot.core.effects import Effect, Post, Urgency
from bot.core.errors import AdapterError, Permanent, Temporary, Unknown, Unreadable
from bot.core.rooms import MOVING
from bot.engine.paces import Paces
from bot.engine.service import Service
from bot.engine.tasks import Runner
from bot.store.ports import Claimed

BACKOFF_SECONDS_MIN = 0.5
BACKOFF_SECONDS_MAX = 60.0
"""Between attempts, doubling."""

WAIT_SECONDS_MAX = 120.0
"""No effect waits longer for its next attempt, whatever a system asks for and the clock did meanwhile."""

UNKNOWN_SECONDS = 3.0
"""Grace after an unknown outcome, in which a request that was late may land before we look for it."""

STOPPING_SECONDS_MAX = 10.0
"""What is dropped is waited for so long. A program is killed after two seconds; nothing waits for ever for more."""

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


@dataclass(slots=True)
class _InHand:
    """An effect that is being performed. `dropped_at`: since when it is not wanted any more, and was told to end."""

    lane: str
    pace: str
    leased_until: float
    dropped_at: float | None = None


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
        self._in_hand: dict[str, _InHand] = {}
        """By key. What has ended is forgotten by the next step."""
        self._paces = Paces()
        self._stepped_at = float("inf")

    async def step(self, now: float) -> float | None:
        """Drop what is not wanted any more, renew what runs, take what is due."""
        self._in_hand = {key: held for key, held in self._in_hand.items() if key in self._runner}
        self._drop(now)
        await self._mind_the_clock(now)
        await self._renew(now)
        room, busy, paced = CLAIMS_MAX - len(self._in_hand), self._busy(now), self._paced(now)
        due = self._service.store.next_effect_at(busy, paced)
        if room > 0 and due is not None and due <= now:
            for claimed in await self._service.write(lambda t: t.claim(now, self._lease_seconds, room, busy, paced)):
                self._start(claimed, now)
        due = self._service.store.next_effect_at(self._busy(now), self._paced(now))
        leases = (held.leased_until - self._lease_seconds / 2 for held in self._in_hand.values())
        freed = self._paces.resting(now).values()
        return min((at for at in (*leases, *freed, due) if at is not None), default=None)

    def _start(self, claimed: Claimed, now: float) -> None:
        effect = claimed.effect
        self._in_hand[effect.key] = _InHand(effect.lane, effect.pace, claimed.leased_until)
        if effect.pace:
            self._paces.sent(effect.pace, now)
        waited_for = effect.urgency is not Urgency.LATER
        self._runner.start(effect.key, self._perform(claimed), waited_for=waited_for)

    def _drop(self, now: float) -> None:
        """Nobody waits here: a program may take seconds to end, and others are due."""
        wanted = [key for key, held in self._in_hand.items() if held.dropped_at is None]
        for key in self._service.store.wants_cancelling(wanted):
            self._in_hand[key].dropped_at = now
            self._runner.cancel(key)

    async def _mind_the_clock(self, now: float) -> None:
        """After the clock was put back, here or before this process began, nothing waits until it is where it was."""
        if now < self._stepped_at:
            for held in self._in_hand.values():
                held.leased_until = min(held.leased_until, now + self._lease_seconds)
            await self._service.write(lambda t: t.bring_forward(now, WAIT_SECONDS_MAX, self._lease_seconds))
        self._stepped_at = now

    def _busy(self, now: float) -> set[str]:
        """The lanes of what is in hand."""
        return {held.lane for held in self._in_hand.values() if not _is_past_waiting_for(held, now)}

    def _paced(self, now: float) -> set[str]:
        """The channels in which something is being said, or was just now."""
        saying = {held.pace for held in self._in_hand.values() if held.pace and not _is_past_waiting_for(held, now)}
        return saying | self._paces.resting(now).keys()

    async def _renew(self, now: float) -> None:
        late = {key: held for key, held in self._in_hand.items() if held.leased_until - now <= self._lease_seconds / 2}
        if late:
            until = now + self._lease_seconds
            await self._service.write(lambda t: t.renew(late, until))
            for held in late.values():
                held.leased_until = until

    async def _perform(self, claimed: Claimed) -> None:
        effect = claimed.effect
        performer = self._performers[type(effect)]
        try:
            await performer.perform(claimed)
        except AdapterError as error:
            await self._failed(claimed, performer, error)
        except Unreadable as error:
            await self._wait_for_journal(claimed, str(error))
        except Exception as error:
            log.exception("an effect failed unexpectedly", effect=effect.key)
            await self._failed(claimed, performer, Unknown(repr(error)))
        else:
            await self._service.write(lambda t: t.finish(effect.key))

    async def _wait_for_journal(self, claimed: Claimed, reason: str) -> None:
        """Never given up, which would decide something. It may have been done before what came of it was reported."""
        key = claimed.effect.key
        await self._service.write(
            lambda t: t.retry(key, self._clock() + BACKOFF_SECONDS_MAX, reason, uncertain=True, counted=False)
        )

    async def _failed(self, claimed: Claimed, performer: Performer, error: AdapterError) -> None:
        effect = claimed.effect
        log.warning("an effect failed", effect=effect.key, attempt=claimed.attempt, error=str(error))
        too_early = bool(effect.pace) and isinstance(error, Temporary) and error.retry_after_seconds is not None
        hopeless = isinstance(error, Permanent) or (claimed.attempt >= performer.attempts_max and not too_early)
        if hopeless and not self._must_not_give_up(effect):
            await performer.give_up(effect, str(error))
            await self._service.write(lambda t: t.give_up(effect.key, self._clock(), str(error)))
            return
        pause = min(BACKOFF_SECONDS_MIN * 2 ** min(claimed.attempt - 1, 10), BACKOFF_SECONDS_MAX)
        if hopeless:
            pause = BACKOFF_SECONDS_MAX
        uncertain = isinstance(error, Unknown) or claimed.uncertain
        if isinstance(error, Temporary) and error.retry_after_seconds is not None:
            pause = min(error.retry_after_seconds, WAIT_SECONDS_MAX)
            if too_early:
                self._paces.refused(effect.pace, self._clock() + pause)
        elif isinstance(error, Unknown):
            pause = max(pause, UNKNOWN_SECONDS)
        # The clock is read inside the write, which may have to wait: the row must not be due before this has ended.
        await self._service.write(
            lambda t: t.retry(effect.key, self._clock() + pause, str(error), uncertain=uncertain, counted=not too_early)
        )

    def _must_not_give_up(self, effect: Effect) -> bool:
        """The card and the question of a release that moves: without them nobody sees it, and nobody can approve."""
        release = self._service.readable(effect.release)
        is_moving = release is not None and not release.phase.is_ending
        return isinstance(effect, Post) and effect.kept in MOVING and is_moving


def _is_past_waiting_for(held: _InHand, now: float) -> bool:
    return held.dropped_at is not None and now - held.dropped_at >= STOPPING_SECONDS_MAX
