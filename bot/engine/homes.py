"""Home tabs: shown when they are opened, and again when something that they show has changed.

Slack says who opens Home, and never who looks away, so whoever opened it lately is kept in step. What is to be shown is
compared before it is sent; changes that come close together are one. The one thing to remember: Home is best effort. It
is made and sent beside everything else, nothing waits for it, and what failed is tried again with the next change.
What has ended is read beside the loop, and one person's Homes one after the other, so that none is older than the last.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from bot.adapters.chat import Homes as Pages
from bot.adapters.chat import Posted
from bot.core.actors import Actor, Door
from bot.core.bars import may_end
from bot.core.beside import Absence, Bar
from bot.core.errors import AdapterError, Temporary
from bot.core.model import Phase, Release
from bot.core.plan import Plan
from bot.engine.aside import Aside
from bot.engine.rests import rests
from bot.engine.tasks import Runner
from bot.store.ports import Message
from bot.views.blocks import compact
from bot.views.home import RECENT_MAX, Around, home, waiting_for
from bot.views.rendered import Block

LATELY_SECONDS = 12 * 3600.0
"""A working day: who opened Home before that is shown it when they open it again."""

PEOPLE_MAX = 1_000
"""Kept in step at a time; those who opened it longest ago are let go."""

REFRESH_SECONDS_MIN = 5.0
"""Between two of one person's Homes: what comes meanwhile is in the next."""

PUBLISH_SECONDS_MIN = 1.0
"""Between two of all people's, and between two looks at what has changed: Slack allows about 100 a minute, and counts
the forms that people wait for with them."""

TROUBLE_SECONDS_MAX = 120.0
"""However long Slack asks for, the next change is tried after that."""

MOVING_MAX = 500
READ_MAX = 50
"""Of the newest releases, to find those that have ended lately."""

log = structlog.get_logger(__name__)


class Reads(Protocol):
    """The engine, as far as Home reads it (`bot.engine.service.Service`)."""

    def moving(self) -> list[Release]: ...
    def newest(self, most: int) -> list[Release]: ...
    async def given_up(self) -> list[tuple[str, str]]: ...


class OpenBars(Protocol):
    """Locks and freezes that are in force or still to come (`bot.engine.bars.Bars`)."""

    def open(self, now: float) -> list[Bar]: ...


class OpenAbsences(Protocol):
    """Who is away, or will be (`bot.engine.absences.Absences`)."""

    def open(self, now: float) -> list[Absence]: ...


@dataclass(slots=True)
class _Viewer:
    """Somebody who has opened Home. `state`: what there was when theirs was last made; `shown`: the view, as sent."""

    opened_at: float
    state: object = None
    shown: str = ""
    rests_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Sources:
    """Where what Home shows is read. `messages`: the kept messages of a release; `groups`: who is in a user group."""

    service: Reads
    bars: OpenBars
    absences: OpenAbsences
    plans: Mapping[str, Plan]
    messages: Callable[[str], list[Message]]
    groups: Callable[[str], Awaitable[frozenset[str]]]


class Homes:
    """`opened` is called by the door, `step` by the loop; each person's Home is made by one task at a time."""

    def __init__(
        self, sources: Sources, pages: Pages, runner: Runner, clock: Callable[[], float], aside: Aside
    ) -> None:
        self._from = sources
        self._aside = aside
        self._pages = pages
        self._runner = runner
        self._clock = clock
        self._viewers: dict[str, _Viewer] = {}
        """The latest to open it last."""
        self._free_at = 0.0

    def opened(self, person: str) -> None:
        """They look at it now: it is shown at once, whatever was shown before."""
        before = self._viewers.pop(person, None)
        if len(self._viewers) >= PEOPLE_MAX:
            self._viewers.pop(next(iter(self._viewers)))
        self._viewers[person] = _Viewer(self._clock(), rests_until=before.rests_until if before else 0.0)
        if _task(person) not in self._runner:  # else the next step sees that this one was shown nothing yet
            self._begin(person, self._viewers[person], None)

    async def step(self, now: float) -> float | None:
        """Start at most one: of whoever opened it longest ago, among those whose Home is out of date."""
        self._viewers = {who: one for who, one in self._viewers.items() if now - one.opened_at < LATELY_SECONDS}
        if not self._viewers:
            return None
        if rests(self._free_at, now, TROUBLE_SECONDS_MAX):
            return self._free_at
        state, next_at = await self._state(now), []
        self._free_at = now + PUBLISH_SECONDS_MIN
        for person, viewer in self._viewers.items():
            if viewer.state == state or _task(person) in self._runner:
                continue  # a task that ends wakes this loop
            if rests(viewer.rests_until, now, TROUBLE_SECONDS_MAX):
                next_at.append(viewer.rests_until)
                continue
            self._begin(person, viewer, state)
            return self._free_at
        return min(next_at, default=None)

    async def _state(self, now: float) -> object:
        """Differs when something has changed that somebody's Home may show."""
        releases = self._from.service.moving()[:MOVING_MAX]
        bars = [(bar.id, bar.starts_at <= now) for bar in self._from.bars.open(now)]
        away = [(one.id, one.is_in_force(now)) for one in self._from.absences.open(now)]
        return [(one.id, one.version) for one in releases], bars, away, len(await self._from.service.given_up())

    def _begin(self, person: str, viewer: _Viewer, state: object) -> None:
        viewer.state = state
        viewer.rests_until = self._clock() + REFRESH_SECONDS_MIN
        self._runner.start(_task(person), self._show(person, viewer), waited_for=False)

    async def _show(self, person: str, viewer: _Viewer) -> None:
        view = await self._view(person)
        if (shown := compact(view)) == viewer.shown:
            return
        try:
            await self._pages.publish(person, view)
        except AdapterError as error:
            log.warning("a Home was not shown", person=person, error=str(error))
            if isinstance(error, Temporary) and error.retry_after_seconds is not None:
                self._free_at = self._clock() + min(error.retry_after_seconds, TROUBLE_SECONDS_MAX)
            return
        viewer.shown = shown

    # ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _view(self, person: str) -> Block:
        moving, ended = await self._aside(self._releases)
        now = self._clock()
        away = self._from.absences.open(now)
        stands_for = {one.person.id for one in away if one.delegate == person and one.is_in_force(now)}
        groups = await self._groups_of(person, moving) | stands_for
        bars = self._from.bars.open(now)
        me = Actor(person, Door.SLACK)
        around = Around(
            recent=ended[:RECENT_MAX],
            given_up=await self._from.service.given_up(),
            bars=bars,
            absences=away,
            groups=groups,
            endable=frozenset(bar.id for bar in bars if may_end(bar, self._from.plans, me)),
            links={one.id: await self._link(one) for one in waiting_for(moving, now, person, groups)},
        )
        return home(moving, now, person, around)

    def _releases(self) -> tuple[list[Release], list[Release]]:
        """Those that move and those that have ended lately, both newest first; no release is in both."""
        moving = self._from.service.moving()[:MOVING_MAX]
        seen = {release.id for release in moving}  # one that ends while this is read is still shown as it was then
        newest = self._from.service.newest(READ_MAX)
        return moving, [release for release in newest if release.phase.is_ending and release.id not in seen]

    async def _groups_of(self, person: str, releases: list[Release]) -> frozenset[str]:
        """Those that Slack says the person is in; where it does not say, nothing waits for them by a group."""
        inside = set()
        for group in sorted({group for release in releases for group in release.plan.groups}):
            try:
                members = await self._from.groups(group)
            except AdapterError:
                continue
            inside |= {group} if person in members else set()
        return frozenset(inside)

    async def _link(self, release: Release) -> str:
        """To the question that is asked now, or to the release's thread."""
        kept = self._from.messages(release.id)
        asked = release.entry is not None and release.entry.asked is not None and release.phase is Phase.PROVING
        questions = [one for one in kept if one.kept == "approval"] if asked else []
        cards = [one for one in kept if one.kept == "card"]
        here = [*cards, *questions][-1:]
        return await self._pages.link(Posted(here[0].channel, here[0].ts)) if here else ""


def _task(person: str) -> str:
    return f"home/{person}"
