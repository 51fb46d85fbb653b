"""What every door needs: the service, the plans, the time, the chat, and who people are.

A door asks for one thing and answers in words. The one thing a reader could forget: asking Slack who somebody is has a
short limit here, because a rollback never waits for Slack; without an answer they are a person without a name, and no
member of the channel. Whoever is named in the plan needs neither.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol, TypeVar

from bot.adapters.changes import NoSuchVersion, Ref
from bot.adapters.chat import Chat, Telling
from bot.adapters.chat.client import OWN_NAMES
from bot.adapters.chat.workspace import Home
from bot.core.absences import AbsenceCommand
from bot.core.actors import Actor, Door
from bot.core.bars import BarCommand
from bot.core.beside import Absence, Bar
from bot.core.commands import (
    AskForDemo,
    Command,
    HoldRelease,
    RaiseConcern,
    RecordFinding,
    RecordIncident,
    RollBackRelease,
    StageRelease,
)
from bot.core.contents import Change
from bot.core.errors import AdapterError, Refused, Temporary
from bot.core.figures import Figures
from bot.core.model import Release
from bot.core.plan import Plan
from bot.core.policy import people
from bot.core.slash import Slash
from bot.store.ports import Answer, Look
from bot.texts.audit import Deed
from bot.texts.plans import Outlook
from bot.texts.risk import risk_of

log = logging.getLogger(__name__)

ACK_SECONDS_MAX = 2.5
"""Of Slack's three; the rest is for the way."""

ASKING_SECONDS_MAX = 0.5
"""Slack answers such reads in about a tenth of a second; what comes later is remembered for the next click."""

VERSIONS_SECONDS_MAX = 1.2
"""For a repository to say which versions it has; the form has to open within Slack's three seconds."""

CHANGES_SECONDS_MAX = 8.0
"""For a repository to say what a version brings. The form stands open meanwhile, and nobody waits for its line."""

ANSWERED_MAX = 1_000
"""Mentions that are remembered: Slack's last repetition comes after five minutes."""

_NEAR = HoldRelease | RollBackRelease | RaiseConcern | AskForDemo | RecordFinding | RecordIncident
"""What a member of the release's channel may do without being named in the plan."""

Result = TypeVar("Result")
Wanted = TypeVar("Wanted", bound="Command | BarCommand | AbsenceCommand")


class Service(Protocol):
    """The engine, as a door sees it."""

    @property
    def unreadable(self) -> Mapping[str, str]:
        """Releases that were asked for and could not be read, and why."""

    async def handle(self, command: Command, *, actor: Actor, key: str | None, now: float) -> Answer:
        """One transaction; the same key hears the same answer again. Raises Refused and Unreadable."""

    async def release(self, release: str, /) -> Release | None:
        """Raises Unreadable."""

    async def releases(self, *, moving: bool = False, most: int = 20) -> list[Release]:
        """Newest first, without those that cannot be read."""

    async def look(self, release: str, /) -> Look | None: ...
    async def given_up(self) -> list[tuple[str, str]]:
        """Effects that failed for good, oldest first: key and reason."""


class Bars(Protocol):
    """Locks and freezes, as a door sees them."""

    async def ask(self, command: BarCommand, *, actor: Actor, key: str | None, now: float) -> Bar:
        """One transaction; the same key hears of the same bar again. Raises Refused."""

    def open(self, now: float) -> list[Bar]:
        """In force or still to come, the oldest first."""


class Homes(Protocol):
    """Everybody's Home tab."""

    def opened(self, person: str) -> None:
        """They look at it now: show it soon, as it is."""


class Absences(Protocol):
    """Who is away, as a door sees it."""

    async def ask(self, command: AbsenceCommand, *, actor: Actor, key: str | None, now: float) -> Absence:
        """One transaction; the same key hears of the same one again. Raises Refused."""

    def open(self, now: float) -> list[Absence]:
        """In force or still to come, the oldest first."""


class Asking(Protocol):
    """Answers to questions, and what a day has brought: from the journal and the samples, in modest Markdown."""

    async def plain(self, release: str, question: str) -> str:
        """At once, without a model. Raises Refused."""

    def better(self, release: str, question: str, person: str) -> AsyncIterator[str] | None:
        """Sentence by sentence, each held to the evidence; None where there is no model, or not for this person now."""

    async def daily(self) -> str: ...
    def release_of(self, channel: str, thread_ts: str) -> str | None:
        """Whose thread that is."""


class Versions(Protocol):
    """A plan's repository, as a form sees it. Both raise AdapterError."""

    async def newest(self, plan: Plan, /) -> tuple[Ref, ...]:
        """Tags and branches, the newest first."""

    async def changes(self, plan: Plan, ref: str, /) -> tuple[Change, ...]:
        """What a release of it would bring."""


class Records(Protocol):
    """What the journals say of the past."""

    async def audit(self, release: str) -> Sequence[Deed]:
        """Every event of a release, oldest first."""

    async def followed_up(self, service: str) -> tuple[list[Release], int]:
        """Releases that went on with a caveat, newest first, and how many follow-ups are open of older ones."""

    async def figures(self, service: str, days: float) -> Figures:
        """What the releases of these days add up to; of all services where none is named."""


class Outlooks(Protocol):
    """What a changed plan would mean."""

    async def of(self, release: Release, plan: Plan, /) -> Outlook:
        """The release beside this plan, with what was seen judged by either."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who did it, as Slack's payload says: the id, a name that will do, and the workspaces that it speaks of."""

    id: str
    name: str = ""
    teams: tuple[str | None, ...] = ()

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Person":
        """Who pressed a button, or sent a form."""
        user = body["user"]
        return cls(user["id"], user.get("name") or user.get("username") or "", teams_of(body))

    @classmethod
    def typing(cls, body: Mapping[str, Any]) -> "Person":
        """Who typed a command: only people of the workspace where it is installed can."""
        return cls(body["user_id"], body.get("user_name") or "", (body.get("team_id"),))


def teams_of(body: Mapping[str, Any]) -> tuple[str | None, ...]:
    """Where it came from, and where the person is at home.

    Of a press in a shared channel the first may be ours though the person is another company's; of a form that was sent
    from there both are theirs.
    """
    return (body.get("team") or {}).get("id"), (body.get("user") or {}).get("team_id")


@dataclass(frozen=True, slots=True)
class Desk:
    """`names` gives a person's display name by user id, or ""; `groups` who is in a user group, by its id.

    `workspace` says which one this is, `zones` gives a person's time zone, `versions` the newest tags and branches of a
    plan's repository; `slash` is how the commands are called here.
    """

    service: Service
    plans: Mapping[str, Plan]
    clock: Callable[[], float]
    chat: Chat
    names: Callable[[str], Awaitable[str]]
    groups: Callable[[str], Awaitable[frozenset[str]]]
    workspace: Callable[[], Awaitable[Home]]
    asking: Asking
    telling: Telling
    bars: Bars
    homes: Homes
    absences: Absences
    zones: Callable[[str], Awaitable[str]]
    versions: Versions
    records: Records
    outlooks: Outlooks
    plan_trouble: Callable[[str], str] = lambda _service: ""
    """Why the plan of a service is not as its file is now."""
    plan_beside: Callable[[str], str] = lambda _service: ""
    """Which other files want to be the plan of a service, and what to do about them."""
    slash: Slash = OWN_NAMES
    ack_seconds_max: float = ACK_SECONDS_MAX
    versions_seconds_max: float = VERSIONS_SECONDS_MAX
    changes_seconds_max: float = CHANGES_SECONDS_MAX
    answered: "deque[tuple[str, str]]" = field(default_factory=lambda: deque(maxlen=ANSWERED_MAX))
    """Mentions that were answered, by channel and time."""
    _asking: set["asyncio.Future[Any]"] = field(default_factory=set)

    async def act(self, command: Command, person: Person, key: str) -> Answer:
        """Do it, as this person. Raises Refused."""
        plan = await self._plan_of(command)
        name, in_channel, members = await asyncio.gather(
            self._name(person), self._is_in_channel(person, command, plan), self._members(plan.groups if plan else ())
        )
        actor = Actor(person.id, Door.SLACK, name, in_channel, _groups_of(person.id, members))
        try:
            return await self.service.handle(_well_formed(command), actor=actor, key=key, now=self.clock())
        except Refused as refused:
            if silent := sorted(group for group, who in members.items() if who is None):
                doubt = f"Slack did not say in time who is in {people(silent)}; if you are, try again in a moment"
                raise Refused(f"{refused}. {doubt}") from refused
            raise

    async def bar(self, command: BarCommand, person: Person, key: str) -> Bar:
        """Lock, unlock, freeze or thaw, as this person; what came of it. Raises Refused."""
        actor = Actor(person.id, Door.SLACK, await self._name(person))
        return await self.bars.ask(_well_formed(command), actor=actor, key=key, now=self.clock())

    async def absence(self, command: AbsenceCommand, person: Person, key: str) -> Absence:
        """Say or end an absence, as this person. Raises Refused."""
        actor = Actor(person.id, Door.SLACK, await self._name(person))
        return await self.absences.ask(_well_formed(command), actor=actor, key=key, now=self.clock())

    async def home(self) -> Home:
        """The workspace that Songbird is installed in. Raises Refused while Slack has not said which that is."""
        nowhere: Home | None = None
        home = await self._soon(self.workspace(), nowhere)
        if home is None:
            raise Refused("Slack has not said in time which workspace this is: try again in a moment")
        return home

    async def zone(self, person: Person) -> str:
        """Where this person's clock stands; "" when Slack does not say it in time."""
        return await self._soon(self.zones(person.id), "")

    async def moving(self) -> Release | None:
        """The release that is meant when nobody says which: the only one that is moving.

        None while one cannot be read: that may be the one.
        """
        moving = await self.service.releases(moving=True, most=2)
        return moving[0] if len(moving) == 1 and not self.service.unreadable else None

    async def newest(self, plan: Plan) -> tuple[tuple[Ref, ...], str]:
        """The newest versions, and why they are not known, where they are not. A late answer serves the next form."""
        none: tuple[Ref, ...] = ()
        found, trouble = await self._within(self.versions_seconds_max, self.versions.newest(plan), none)
        return found, _why(trouble)

    async def risk(self, plan: Plan, ref: str) -> tuple[str, str]:
        """How risky a release of this version would be, and why that is not known, where it is not.

        Raises Refused where the repository has no such version.
        """
        nothing: tuple[Change, ...] | None = None
        found, trouble = await self._within(self.changes_seconds_max, self.versions.changes(plan, ref), nothing)
        if isinstance(trouble, NoSuchVersion):
            raise Refused(str(trouble)) from trouble
        return (risk_of(found), "") if found is not None else ("", _why(trouble))

    async def called(self, user: str) -> str:
        """A person's name, for where a mention would not be read."""
        return await self._soon(self.names(user), "") or user

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _name(self, person: Person) -> str:
        return await self._soon(self.names(person.id), "") or person.name

    async def _plan_of(self, command: Command) -> Plan | None:
        if isinstance(command, StageRelease):
            return command.plan
        release = await self.service.release(command.release)
        return release.plan if release is not None else None

    async def _is_in_channel(self, person: Person, command: Command, plan: Plan | None) -> bool:
        if plan is None or not isinstance(command, _NEAR):
            return False  # what it would allow is not asked for
        if not (await self._soon(self.workspace(), Home(""))).is_home_of(person.teams):
            return False  # a channel may be shared with another company: its people read, and do not drive
        return person.id in await self._soon(self.chat.members(plan.channels.releases), frozenset())

    async def _members(self, groups: Iterable[str]) -> dict[str, frozenset[str] | None]:
        """Who is in each group; None where Slack does not say it in time, and then nobody gets in by it."""
        asked = tuple(groups)
        nobody: frozenset[str] | None = None
        said = await asyncio.gather(*(self._soon(self.groups(group), nobody) for group in asked))
        return dict(zip(asked, said, strict=True))

    async def _within(
        self, seconds_max: float, asking: Awaitable[Result], otherwise: Result
    ) -> tuple[Result, AdapterError | None]:
        """What some other system says, and why it does not."""
        task = self._begun(asking)
        await asyncio.wait({task}, timeout=seconds_max)
        if not task.done():
            return otherwise, Temporary(f"no answer within {seconds_max:g} s")
        trouble = task.exception()
        if isinstance(trouble, AdapterError):
            return otherwise, trouble
        return task.result(), None

    async def _soon(self, asking: Awaitable[Result], otherwise: Result) -> Result:
        """The answer if it comes in time. A late one goes on, and fills the cache that the next click reads."""
        task = self._begun(asking)
        await asyncio.wait({task}, timeout=ASKING_SECONDS_MAX)
        if not task.done() or task.cancelled() or task.exception() is not None:
            return otherwise
        return task.result()

    def _begun(self, asking: Awaitable[Result]) -> "asyncio.Future[Result]":
        task = asyncio.ensure_future(asking)
        self._asking.add(task)
        task.add_done_callback(self._asked)
        return task

    def _asked(self, task: "asyncio.Future[Any]") -> None:
        self._asking.discard(task)
        trouble = None if task.cancelled() else task.exception()
        if isinstance(trouble, AdapterError):
            log.info("what was asked was not said: %s", trouble)
        elif trouble is not None:
            log.error("asking failed", exc_info=trouble)


def _why(trouble: AdapterError | None) -> str:
    return str(trouble) if trouble is not None else ""


def _groups_of(person: str, members: Mapping[str, frozenset[str] | None]) -> tuple[str, ...]:
    return tuple(sorted(group for group, who in members.items() if who is not None and person in who))


def _well_formed(command: Wanted) -> Wanted:
    """Without half characters (lone surrogates), which JSON can carry and no database can keep."""
    values = {part.name: getattr(command, part.name) for part in fields(command)}
    texts = {
        name: value for name, value in values.items() if type(value) is str
    }  # a decision is a string, too, and not a text
    changed: Any = command
    well_formed: Wanted = replace(
        changed, **{name: text.encode(errors="replace").decode() for name, text in texts.items()}
    )
    return well_formed
