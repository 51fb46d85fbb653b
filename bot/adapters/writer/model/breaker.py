"""A breaker: an endpoint that keeps failing is left alone for a while, and asked again with one call.

After `FAILURES_MAX` failures in a row it opens; the pause doubles with every trial that fails. It says so once when it
opens and once when it closes, however many texts are wanted meanwhile. The one thing to remember: only what is the
endpoint's fault counts. A refusal to write is an answer, and closes it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from bot.adapters.writer.model.calls import NoAnswer
from bot.core.errors import Temporary

FAILURES_MAX = 3
"""One is bad luck, two may be; with the outbox's pauses three take some seconds."""

PAUSE_SECONDS_MIN = 30.0
PAUSE_SECONDS_MAX = 900.0
"""A quarter of an hour: an endpoint that comes back is in use again while the same release is still on its way."""

TRIAL_SECONDS = 5.0
"""How long a trial is waited for by those that come meanwhile."""

log = structlog.get_logger(__name__)


class Breaker:
    """`clock` gives seconds that only go forward (`time.monotonic`)."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        """In a row."""
        self._pause_seconds = PAUSE_SECONDS_MIN
        self._open_until: float | None = None
        self._on_trial = False

    @property
    def is_open(self) -> bool:
        """Whether texts are written from templates for now, although there is a model."""
        return self._open_until is not None

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Around one call. Raises Temporary at once, and does not call, while it is open."""
        trial = self._admit()
        try:
            yield
        except NoAnswer as failure:
            if failure.fault.is_endpoints:
                self._failed(str(failure), trial=trial)
            else:
                self._answered()
            raise
        else:
            self._answered()
        finally:
            if trial:  # also when nobody waits for the answer any more: the next call is a trial then
                self._on_trial = False

    def _admit(self) -> bool:
        """Whether this call is the trial."""
        if self._open_until is None:
            return False
        if self._on_trial or self._clock() < self._open_until:
            rest = max(TRIAL_SECONDS, self._open_until - self._clock())
            raise Temporary("the model's endpoint keeps failing and is left alone for a while", rest)
        self._on_trial = True
        return True

    def _failed(self, reason: str, *, trial: bool) -> None:
        self._failures += 1
        if trial:
            self._pause_seconds = min(2 * self._pause_seconds, PAUSE_SECONDS_MAX)
        elif self._open_until is not None or self._failures < FAILURES_MAX:
            return  # a call that began before it opened says nothing new
        else:
            log.warning("texts are written from templates: the model's endpoint keeps failing", reason=reason)
        self._open_until = self._clock() + self._pause_seconds

    def _answered(self) -> None:
        if self._open_until is not None:
            log.info("texts are written by the model again")
        self._failures, self._pause_seconds, self._open_until = 0, PAUSE_SECONDS_MIN, None
