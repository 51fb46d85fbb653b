"""Questions to the journals: what was done to one release, and what many releases add up to.

The one thing to remember: a journal is read whole, so this happens beside the loop, on the thread for long reads.
"""

from collections.abc import Callable

from bot.core.figures import Course, Figures, course, figures
from bot.engine.scribe import Aside
from bot.engine.service import Service
from bot.store.ports import Store
from bot.texts import Material
from bot.texts.audit import Deed, deeds
from bot.texts.past import Past

RELEASES_MAX = 2_000
"""Read for one answer, the newest: a year of eight a day."""


class Records:
    """What `handlers.desk` asks."""

    def __init__(self, service: Service, clock: Callable[[], float], aside: Aside) -> None:
        self._service = service
        self._clock = clock
        self._aside = aside

    async def audit(self, release: str) -> tuple[Deed, ...]:
        """Every event, oldest first; none of a release that is not there."""
        return await self._aside(lambda: audit(self._service, release, self._clock()))

    async def figures(self, service: str, days: float) -> Figures:
        """Of the releases that were staged in these days; of all services where none is named."""
        return await self._aside(lambda: figures(courses(self._service.store, service, days, self._clock())))


def audit(service: Service, release: str, now: float) -> tuple[Deed, ...]:
    state = service.peek(release)
    return deeds(Past.of(Material(state, tuple(service.journal(release)), now))) if state is not None else ()


def courses(store: Store, service: str, days: float, now: float) -> list[Course]:
    """Newest first."""
    found: list[Course] = []
    for release in store.release_ids(service=service or None)[:RELEASES_MAX]:
        journal = store.journal(release)
        if journal[0].at < now - days * 86_400:
            break
        found.append(course(journal, now))
    return found
