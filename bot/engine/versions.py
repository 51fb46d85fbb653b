"""Which versions there are to stage: the newest tags and branches of a plan's repository, for a form that is opened.

The one thing to remember: one question a repository at a time. Whoever asks while git is still at it waits for the
same answer, and an answer that came too late for one form is there for the next.
"""

import asyncio
from collections.abc import Callable

from bot.adapters.changes import Changes, Ref
from bot.core.plan import Plan

REFS_MAX = 50
"""Slack shows 100 in a menu; nobody looks for a version below that, they type it."""

FRESH_SECONDS = 10.0
"""How long an answer serves: somebody who has just pushed a tag opens the form again and sees it."""


class Versions:
    """`changes_of` is the repository of a plan."""

    def __init__(self, changes_of: Callable[[Plan], Changes], clock: Callable[[], float]) -> None:
        self._changes_of = changes_of
        self._clock = clock
        self._asked: dict[str, asyncio.Task[tuple[Ref, ...]]] = {}
        self._known: dict[str, tuple[float, tuple[Ref, ...]]] = {}

    async def newest(self, plan: Plan) -> tuple[Ref, ...]:
        """Newest first. Raises AdapterError."""
        at, refs = self._known.get(plan.digest, (float("-inf"), ()))
        if 0 <= self._clock() - at < FRESH_SECONDS:
            return refs
        if plan.digest not in self._asked:
            task = self._asked[plan.digest] = asyncio.create_task(self._ask(plan))
            task.add_done_callback(lambda _: self._asked.pop(plan.digest, None))
        return await asyncio.shield(self._asked[plan.digest])

    async def _ask(self, plan: Plan) -> tuple[Ref, ...]:
        refs = await self._changes_of(plan).newest_refs(REFS_MAX)
        self._known[plan.digest] = (self._clock(), refs)
        return refs
