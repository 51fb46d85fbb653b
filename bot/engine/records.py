"""Questions to the journals: what was done to one release, and what many releases add up to.

The one thing to remember: a journal is read whole, so this happens beside the loop, on the thread for long reads.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.core.course import Course, course
from bot.core.figures import Figures, figures
from bot.core.model import Release
from bot.core.scores import Period, Score, scores
from bot.engine.aside import Aside
from bot.engine.service import Service
from bot.store.ports import Store
from bot.texts import Material
from bot.texts.audit import Deed, deeds
from bot.texts.past import Past

DAY_SECONDS = 86_400.0

RELEASES_MAX = 2_000
"""Read for one answer, the newest: a year of eight a day, or half of one and the half before."""

FOLLOWED_UP_MAX = 100
"""Releases with a caveat that are read for one answer: more than a message has room for."""


class Records:
    """What `handlers.desk` asks."""

    def __init__(self, service: Service, clock: Callable[[], float], aside: Aside) -> None:
        self._service = service
        self._clock = clock
        self._aside = aside

    async def audit(self, release: str) -> tuple[Deed, ...]:
        """Every event, oldest first; none of a release that is not there."""
        return await self._aside(lambda: audit(self._service, release, self._clock()))

    async def followed_up(self, service: str) -> tuple[list[Release], int]:
        """See `followed_up`; of all services where none is named."""
        return await self._aside(lambda: followed_up(self._service, service, FOLLOWED_UP_MAX))

    async def figures(self, service: str, days: float) -> Figures:
        """Of the releases that were staged in these days; of all services where none is named."""
        return await self._aside(lambda: added_up(self._service.store, service, days, self._clock()))


def audit(service: Service, release: str, now: float) -> tuple[Deed, ...]:
    state = service.peek(release)
    return deeds(Past.of(Material(state, tuple(service.journal(release)), now))) if state is not None else ()


def followed_up(service: Service, name: str, most: int) -> tuple[list[Release], int]:
    """Releases that went on with a caveat, newest first, and how many follow-ups are open of others.

    Of too many those are read where something has been open for longest.
    """
    newest = service.store.followed_up(name or None)
    waiting = [release for release in reversed(newest) if newest[release]]
    read = set(list(dict.fromkeys((*waiting, *newest)))[:most])
    unread = sum(newest[release] for release in waiting if release not in read)
    return service.peek_at(release for release in newest if release in read), unread


def added_up(store: Store, service: str, days: float, now: float) -> Figures:
    """Releases of these days, and each service's measures beside those of as many days before."""
    found = courses(store, service, 2 * days, now)
    since = now - days * DAY_SECONDS
    services = dict.fromkeys(one.service for one in found)
    measured = {name: _scores([one for one in found if one.service == name], store, since, now) for name in services}
    return replace(figures([one for one in found if one.staged_at >= since]), scores=measured)


def _scores(found: Sequence[Course], store: Store, since: float, now: float) -> tuple[Score, ...]:
    """Of one service, newest first: against the targets of the plan with which its newest release was staged."""
    newest = found[0]
    begun = store.journal(store.release_ids(service=newest.service)[-1])[0].at
    return scores(
        newest.targets,
        Period([one for one in found if one.staged_at >= since], max(begun, since), now),
        Period([one for one in found if one.staged_at < since], max(begun, 2 * since - now), since),
    )


def courses(store: Store, service: str, days: float, now: float) -> list[Course]:
    """Newest first."""
    found: list[Course] = []
    for release in store.release_ids(service=service or None)[:RELEASES_MAX]:
        journal = store.journal(release)
        if journal[0].at < now - days * DAY_SECONDS:
            break
        found.append(course(journal, now))
    return found
