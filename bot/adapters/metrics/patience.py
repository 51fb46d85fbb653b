"""For people's tools, which read a lot: a server that is not ready is asked again, when it wants, but not for ever.

The watch needs none of it: its next look comes soon enough. The one thing to remember: it counts troubles in a row, so
one patience goes with one command, and an answer makes it whole again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.adapters.metrics.asking import Unready

TRIES_MAX = 8
"""In a row. With what is waited between them a server has two minutes to come back."""
PAUSE_SECONDS_MAX = 30.0
ASKED_SECONDS_MAX = 300.0
"""Whoever asks for more than that is better asked another day."""

Answer = TypeVar("Answer")


def _silent(_words: str) -> None:
    """Nobody is there to be told."""


@dataclass(kw_only=True)
class Patience:
    """`tell` is given a line for each wait. `waited_seconds` in all, so that who has no clock knows what time it is."""

    tell: Callable[[str], None] = _silent
    progress: Callable[[str], None] = _silent
    """Is given how far it has come, from time to time."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    tries: int = 0
    """In a row, that brought nothing."""
    waited_seconds: float = 0.0

    async def bear(self, trouble: Unready) -> None:
        """Wait as long as is asked for. Raises the trouble itself after too many, and where too long is asked for."""
        self.tries += 1
        asked = trouble.retry_after_seconds
        if self.tries >= TRIES_MAX or (asked is not None and asked > ASKED_SECONDS_MAX):
            raise trouble
        seconds = min(2.0**self.tries, PAUSE_SECONDS_MAX) if asked is None else asked
        self.tell(f"{trouble}; asked again in {seconds:g} s (try {self.tries + 1} of {TRIES_MAX})")
        await self.sleep(seconds)
        self.waited_seconds += seconds

    def restore(self) -> None:
        """There was an answer."""
        self.tries = 0

    async def ask(self, question: Callable[[], Awaitable[Answer]]) -> Answer:
        """What it is answered in the end. Raises as `bear` does, and whatever is no matter of waiting."""
        while True:
            try:
                answer = await question()
            except Unready as trouble:
                await self.bear(trouble)
            else:
                self.restore()
                return answer
