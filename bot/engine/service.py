"""The one transaction: nothing changes except through `Service.handle`.

Inbox, journal, projection, slots, desired exposure, outbox and the next timer are written together or not at all. The
one thing to remember: a refusal leaves no trace, not even its key. Pressing again with the same key is asked again,
and the core is idempotent by meaning; what was *accepted* under a key is answered from the inbox, word for word.
"""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from bot.core.actors import Actor
from bot.core.commands import Command, RecordIncident, ReportVerdict, StageRelease
from bot.core.decide import decide
from bot.core.due import due
from bot.core.effects import Effect
from bot.core.errors import Conflict, Misconfigured, Unreadable
from bot.core.events import Recorded
from bot.core.evolve import evolve
from bot.core.follows import effects
from bot.core.model import Release
from bot.engine.aside import Aside
from bot.store.ports import Answer, Look, Store, Transaction
from bot.store.writer import Writes

T = TypeVar("T")

CONFLICTS_MAX = 5
"""How often a decision is taken again because another writer was first; each time it sees what that writer wrote."""

FOLDED_MAX = 5_000
"""Releases kept folded in memory, so that a look folds one event and not a hundred: more than ever move at once, since
of those beyond it every turn of a loop would read the journals."""

READ_HERE_MAX = 2
"""Journals that are read where somebody asks, who may mean the one that moves and wants it back at once: a read beside
the loop waits for a day of samples."""

READ_TOGETHER = 25
"""Journals, after a start, before the loops hear of them: a twentieth of a second or so."""


async def _here(work: Callable[[], T]) -> T:
    """Nobody waits: there is no loop but the asker's."""
    return work()


class _News(Exception):
    """A look changed something."""


class Service:
    """Commands in, answers out.

    `on_events` is called after every transaction in which something happened, `on_unreadable` once for each release
    whose journal cannot be read; `aside` is where many journals are read.
    """

    def __init__(
        self,
        store: Store,
        writer: Writes,
        on_events: Callable[[], None] = lambda: None,
        aside: Aside = _here,
        on_unreadable: Callable[[Unreadable], None] = lambda _found: None,
    ) -> None:
        self.store = store
        self.writer = writer
        self._on_events = on_events
        self._aside = aside
        self._on_unreadable = on_unreadable
        self._folded: dict[str, Release] = {}
        self._unread: set[str] = set()
        """After a start: moving releases, and what an exposure is of, whose journals will be read in a moment."""
        self.unreadable: dict[str, str] = {}
        """Releases whose journals could not be read, and why: they are left out of what moves."""

    async def handle(self, command: Command, *, actor: Actor, key: str | None, now: float) -> Answer:
        """Decide and commit. `key` names the request, so that a redelivery hears the same answer. Raises Refused."""
        answer, happened = await self.writer.run(self._commit, command, actor, key, now)
        if happened:
            self._on_events()
        return answer

    def _commit(self, command: Command, actor: Actor, key: str | None, now: float) -> tuple[Answer, bool]:
        """In the writer's own thread: the answer, and whether anything happened."""
        for _ in range(CONFLICTS_MAX - 1):
            try:
                return self._commit_quietly(command, actor, key, now)
            except Conflict:
                self._folded.clear()
        return self._commit_quietly(command, actor, key, now)

    def _commit_quietly(self, command: Command, actor: Actor, key: str | None, now: float) -> tuple[Answer, bool]:
        """Most looks change nothing: they wait for no disk. One that does is decided again, and flushed."""
        if isinstance(command, ReportVerdict):
            with contextlib.suppress(_News):
                return self._commit_once(command, actor, key, now, flushed=False)
        return self._commit_once(command, actor, key, now)

    def _commit_once(
        self, command: Command, actor: Actor, key: str | None, now: float, *, flushed: bool = True
    ) -> tuple[Answer, bool]:
        with self.store.transaction(flushed=flushed) as t:
            if key is not None and (answer := t.answer_to(key)) is not None:
                return answer, False
            if isinstance(command, StageRelease):
                command = replace(command, release=t.next_id(command.service))
            after, recorded = self._write(t, command, actor, now)
            if recorded and not flushed:
                raise _News
            answer = Answer(after.id, after.version)
            if key is not None:
                t.remember(key, answer, now)
        self._keep(after)
        return answer, bool(recorded)

    def _write(
        self, t: Transaction, command: Command, actor: Actor, now: float
    ) -> tuple[Release, tuple[Recorded, ...]]:
        """Decide, append, project, ask for effects; the release afterwards, and what happened."""
        before = None if isinstance(command, StageRelease) else self._load(t, command.release)
        service = command.service if isinstance(command, StageRelease) else before.service if before else ""
        entry = before.entry.number if before and before.entry else None
        around = t.surroundings(service, command.release, entry, now)
        if isinstance(command, RecordIncident) and command.key:
            around = replace(around, caused_by=t.caused_by(service, command.key))
        recorded = decide(before, command, around, actor, now)
        after = before
        wanted: list[Effect] = []
        for one in recorded:
            after = evolve(after, one)
            wanted += effects(one, after, around)
        assert after is not None, f"{command.release} was accepted without an event"
        if recorded:
            t.append(recorded)
            t.project(after, recorded)
            t.enqueue(wanted, now)
            if after.rollback is not None:
                t.drop_deploys(after.id)
        looked_at = around.looked_at if after.entry and after.entry.number == entry else None
        if isinstance(command, ReportVerdict):
            t.save_look(Look(command.release, command.entry, now, command.verdict))
            looked_at = now if command.entry == entry else None
        t.set_due(after.id, due(after, looked_at, now, around.bars, around.absences))
        return after, recorded

    def _load(self, t: Transaction, release: str) -> Release | None:
        return self._fold(release, self._folded.get(release), t.events)

    def _fold(
        self, release: str, known: Release | None, events: Callable[[str, int], list[Recorded]]
    ) -> Release | None:
        """What is known, and what has happened since. Raises Unreadable."""
        state = known
        try:
            since = events(release, known.version if known else 0)
        except Misconfigured as error:
            raise self._noted(Unreadable(release, str(error))) from error
        try:
            for recorded in since:
                state = evolve(state, recorded)
        except Exception as error:  # an event is missing, or says what cannot be
            raise self._noted(Unreadable(release, str(error) or repr(error))) from error
        self.unreadable.pop(release, None)
        return state

    def _noted(self, found: Unreadable) -> Unreadable:
        if found.release not in self.unreadable:
            self._on_unreadable(found)
        self.unreadable[found.release] = found.reason
        return found

    def _keep(self, release: Release) -> None:
        if release.id not in self._folded and len(self._folded) >= FOLDED_MAX:
            self._folded.pop(next(iter(self._folded)))
        self._folded[release.id] = release

    async def write(self, change: Callable[[Transaction], T]) -> T:
        """One transaction beside the release machine: work in progress, such as leases, read-backs and messages."""
        return await self.writer.run(self._transact, change)

    async def write_and_wake(self, change: Callable[[Transaction], T]) -> T:
        """The same, where something follows of it for the loops."""
        written = await self.write(change)
        self._on_events()
        return written

    async def write_when_quiet(self, change: Callable[[Transaction], T]) -> T:
        """The same, after everything that cannot wait, and flushed with what comes next: samples."""
        return await self.writer.bulk(partial(self._transact, flushed=False), change)

    def _transact(self, change: Callable[[Transaction], T], *, flushed: bool = True) -> T:
        with self.store.transaction(flushed=flushed) as t:
            return change(t)

    # ── reads ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def release(self, release: str) -> Release | None:
        """As the journal has it now. Raises Unreadable."""
        return self.peek(release)

    def peek(self, release: str) -> Release | None:
        """The same, at once: what is folded already, and the events since. Raises Unreadable."""
        known = self._folded.get(release)
        state = self._fold(release, known, self.store.journal)
        if state is not None and state is not known and len(self._folded) < FOLDED_MAX:
            self._folded[release] = state  # should the writer keep a newer one at this moment, the next peek folds on
        return state

    def readable(self, release: str) -> Release | None:
        """The same for whoever has others to look after; None, and at no cost, for one that could not be read."""
        if release in self.unreadable:
            return None
        with contextlib.suppress(Unreadable):
            return self.peek(release)
        return None

    def moving(self) -> list[Release]:
        """Those that have not ended and can be read, newest first. Of a hundred that stand still no journal is read.

        After a start without those that are still to be read: once one is here, it is here until it has ended.
        """
        found = []
        for release, version in self.store.moving_versions().items():
            known = self._folded.get(release)
            if known is None and release in self._unread:
                continue
            self._unread.discard(release)
            state = known if known is not None and known.version == version else self.readable(release)
            if state is not None:
                found.append(state)
        return found

    def is_unread(self, release: str) -> bool:
        """Whether it is read in a moment, after a start: what can wait does not read it before."""
        return release in self._unread

    async def read_ahead(self, aside: Aside) -> None:
        """After a start: fold what the loops want to know beside them, newest first, and wake them as it comes."""
        exposed = (row.release for row in self.store.exposures())
        wanted = list(dict.fromkeys((*self.store.moving_versions(), *exposed)))[:FOLDED_MAX]
        self._unread = set(wanted)
        try:
            while wanted:
                some, wanted = wanted[:READ_TOGETHER], wanted[READ_TOGETHER:]
                await aside(partial(self.peek_at, some))
                self._unread -= {*some}
                self._on_events()
        finally:
            self._unread.clear()

    async def releases(self, *, moving: bool = False, most: int = 20) -> list[Release]:
        """Newest first, without those that cannot be read. Many that nobody has read yet are read beside the loop."""
        wanted = self.store.release_ids(moving=moving)[:most]
        if sum(one not in self._folded for one in wanted) > READ_HERE_MAX:
            return await self._aside(partial(self.peek_at, wanted))
        return self.peek_at(wanted)

    def newest(self, most: int) -> list[Release]:
        """Newest first. Those that have ended are read from their journals: many of them beside the loop."""
        return self.peek_at(self.store.release_ids()[:most])

    def peek_at(self, releases: Iterable[str]) -> list[Release]:
        """Those of them that can be read."""
        return [release for release in map(self.readable, releases) if release is not None]

    async def look(self, release: str) -> Look | None:
        """The latest look of the watch, with its numbers."""
        return self.store.look(release)

    async def given_up(self) -> list[tuple[str, str]]:
        """Effects that failed for good, oldest first: key and reason."""
        return self.store.given_up()

    def journal(self, release: str) -> list[Recorded]:
        """Raises Unreadable."""
        try:
            return self.store.journal(release)
        except Misconfigured as error:
            raise Unreadable(release, str(error)) from error
