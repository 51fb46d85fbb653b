"""What doctor says: a sentence for each question, and for each that was not answered in time that it was not.

Everything is asked at once, and each question has a limit of its own: whoever waits at a terminal waits some seconds,
whatever is down. The one thing to remember: what is cancelled here may be a program, which has to be ended first.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

ANSWER_SECONDS_MAX = 7.0
"""For each question: it is ended after that, which takes a program two more."""

ALL_SECONDS_MAX = 8.0
"""For all of them: what can only be asked after another answer has what is left of it."""

ANSWER_SECONDS_MIN = 0.5
"""Whoever had less than that left was not asked: a system that is well is not called down for what others took."""

AT_ONCE_MAX = 64
"""Questions, of which some are programs."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer. `words` name the fix where it is a no, and what is done without where it is `off`.

    What was not asked is neither: it is `off`, and not fine.
    """

    what: str
    fine: bool
    words: str
    off: bool = False


def lines(found: Sequence[Finding]) -> list[str]:
    """For a terminal: a line each, in columns; further lines of a finding are indented."""
    width = max(len(finding.what) for finding in found)
    return [
        f"{'--' if finding.off else 'ok' if finding.fine else 'NO'}  {finding.what:<{width}}  "
        + finding.words.replace("\n", f"\n{'':<{width + 6}}")
        for finding in found
    ]


class NotAskedError(TimeoutError):
    """Nothing is known about it."""


class Patience:
    """As long as anybody waits. Made when doctor begins."""

    def __init__(
        self, answer_seconds_max: float = ANSWER_SECONDS_MAX, all_seconds_max: float = ALL_SECONDS_MAX
    ) -> None:
        self._answer_seconds_max = answer_seconds_max
        self._until = asyncio.get_running_loop().time() + all_seconds_max
        self._room = asyncio.Semaphore(AT_ONCE_MAX)

    async def answer(self, question: Coroutine[Any, Any, T]) -> T:
        """Raises TimeoutError, which says how long was waited, or NotAskedError."""
        loop = asyncio.get_running_loop()
        async with self._room:
            began = loop.time()
            if began > self._until - ANSWER_SECONDS_MIN:
                question.close()
                raise NotAskedError("was not asked: others took all the time; see to them and ask again")
            limit = asyncio.timeout_at(min(began + self._answer_seconds_max, self._until))
            try:
                async with limit:
                    return await question
            except TimeoutError:
                if not limit.expired():
                    raise
                raise TimeoutError(f"no answer within {round(loop.time() - began, 1):g} s") from None

    async def found(
        self, what: str, question: Coroutine[Any, Any, Finding | list[Finding]], fix: str = ""
    ) -> list[Finding]:
        """What was found, or that there was no answer. `fix`: where to look then."""
        try:
            found = await self.answer(question)
        except NotAskedError as error:
            return [Finding(what, fine=False, words=str(error), off=True)]
        except TimeoutError as error:
            return [Finding(what, fine=False, words=f"{error}; {fix}" if fix else str(error))]
        return [found] if isinstance(found, Finding) else found
