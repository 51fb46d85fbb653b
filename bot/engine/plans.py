"""A release beside the plan that its service has now: what the judge would say of what was seen, by either.

The one thing to remember: many samples take a second to read, so this happens beside the loop, as all long reads; it
changes nothing.
"""

from collections.abc import Callable

from bot.analysis.judge import verdict
from bot.core.model import Release
from bot.core.plan import Plan
from bot.core.replan import is_pinned, obstacle
from bot.core.verdict import Verdict
from bot.engine.aside import Aside
from bot.engine.rebuilt import judged_by
from bot.engine.service import Service
from bot.texts.plans import Outlook


class Outlooks:
    """What `handlers.desk` asks."""

    def __init__(self, service: Service, clock: Callable[[], float], aside: Aside) -> None:
        self._service = service
        self._clock = clock
        self._aside = aside

    async def of(self, release: Release, plan: Plan) -> Outlook:
        return await self._aside(lambda: outlook(self._service, release, plan, self._clock()))


def outlook(service: Service, release: Release, plan: Plan, now: float) -> Outlook:
    """The samples of its present stage are replayed where the two plans could judge them differently."""
    before = _latest(service, release)
    if not release.is_watched or is_pinned(release, plan) or obstacle(release, plan):
        return Outlook(release, plan, now, before)
    state = judged_by(service, release, plan, now)
    return Outlook(release, plan, now, before, verdict(state, state.looked_at or now))


def _latest(service: Service, release: Release) -> Verdict | None:
    """The latest look's, if that was where the release is now."""
    look = service.store.look(release.id)
    is_present = look is not None and release.entry is not None and look.entry == release.entry.number
    return look.verdict if look is not None and is_present else None
