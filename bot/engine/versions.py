"""Which versions there are to stage, and what one would bring: read from a plan's repository while a form is open.

The one thing to remember: one question a repository at a time. Whoever asks while git is still at it waits for the
same answer, and an answer that came too late for one form is there for the next.
"""

import asyncio
from collections.abc import Awaitable, Callable

from bot.adapters.changes import Changes, Ref
from bot.adapters.deploy import Deployer
from bot.core.contents import Change
from bot.core.model import Phase
from bot.core.plan import Plan
from bot.engine.service import Service

REFS_MAX = 50
"""Slack shows 100 in a menu; nobody looks for a version below that, they type it."""

FRESH_SECONDS = 10.0
"""How long an answer serves: somebody who has just pushed a tag opens the form again and sees it."""


Since = Callable[[Plan], Awaitable[str | None]]


async def good_before(service: Service, plan: Plan, deployer: Deployer) -> str | None:
    """The commit since which a release's changes are counted: the newest release that was healthy, or what runs.

    Healthy until a successor took over is healthy. What the last environment runs is the reference of a first release.
    """
    for earlier in service.store.release_ids(service=plan.service):
        state = service.readable(earlier)
        if state is not None and state.phase in (Phase.HEALTHY, Phase.SUPERSEDED):
            return state.commit
    environment = next((stage.environment for stage in reversed(plan.stages) if stage.environment), None)
    if environment is None:
        return None
    seen = await deployer.observe(plan.service, environment)
    return max(seen, key=seen.__getitem__, default=None)


class Versions:
    """`changes_of` is the repository of a plan, `since` the commit that a new version is compared with."""

    def __init__(self, changes_of: Callable[[Plan], Changes], clock: Callable[[], float], since: Since) -> None:
        self._changes_of = changes_of
        self._since = since
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

    async def changes(self, plan: Plan, ref: str) -> tuple[Change, ...]:
        """What a release of this ref would bring, as it would be prepared now. Raises AdapterError."""
        repository = self._changes_of(plan)
        resolved = await repository.resolve(ref)
        return await repository.between(await self._since(plan), resolved.commit)

    async def _ask(self, plan: Plan) -> tuple[Ref, ...]:
        refs = await self._changes_of(plan).newest_refs(REFS_MAX)
        self._known[plan.digest] = (self._clock(), refs)
        return refs
