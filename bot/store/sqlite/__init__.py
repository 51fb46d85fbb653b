"""The store in one SQLite file: what a single bot, and the shell beside it, need.

Each group of tables has a file here: `journal` (the truth), `bars` (a truth beside it), `projection` (derived from the
journal), `outbox` and `records` (work in progress). A transaction is all of them over the one writing connection; a
read is one of them over a connection that can only read. The one thing to remember: a read inside a transaction goes
through the transaction, or it sees the moment before.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from bot.core.beside import Absence, Bar
from bot.core.effects import Urgency
from bot.core.events import Recorded
from bot.core.model import Spent
from bot.core.plan import Plan
from bot.store.migrations import is_current, migrate, refuse_to_migrate
from bot.store.ports import Exposure, KeptBar, Look, Message, StoredSample
from bot.store.sqlite.absences import Absences
from bot.store.sqlite.bars import Bars
from bot.store.sqlite.connection import Synchronous, connect, connect_to_read, immediate
from bot.store.sqlite.journal import Journal
from bot.store.sqlite.outbox import Outbox
from bot.store.sqlite.projection import Projection
from bot.store.sqlite.records import Records


class Tables(Journal, Projection, Bars, Absences, Outbox, Records):
    """All that can be read and written, over one connection."""

    def rebuild_projections(self, now: float) -> None:
        self.rebuild(self.every_event(), now)


class SqliteStore:
    """`bot.store.ports.Store` over a file; may be used from several threads, and by several processes at once."""

    def __init__(self, path: Path, *, synchronous: Synchronous = "FULL", migrates: bool = True) -> None:
        """Open the file, or make it, and bring it to this version's shape. Raises Misconfigured.

        Only the bot `migrates`. Whoever opens the file beside it leaves it as it is, or a bot of an older version that
        runs would not know its own database any more.
        """
        self._path = path
        self._writing = threading.Lock()
        self._writer = connect(path, synchronous=synchronous)
        self._unflushed: Synchronous = "NORMAL" if synchronous == "FULL" else synchronous
        self._flushed = self._mode = synchronous
        self._tables = Tables(self._writer)
        self._readers: list[Database] = []
        self._closed = False
        try:
            if not is_current(self._writer):
                if not migrates:
                    refuse_to_migrate(self._writer, path)
                with immediate(self._writer):
                    migrate(self._writer)
        except BaseException:
            self._writer.close()
            raise

    @contextmanager
    def transaction(self, *, flushed: bool = True) -> Iterator[Tables]:
        with self._writing:
            if self._mode != (mode := self._flushed if flushed else self._unflushed):
                self._writer.execute(f"PRAGMA synchronous = {mode}")
                self._mode = mode
            with immediate(self._writer):
                yield self._tables

    def rebuild(self, now: float) -> None:
        """Derive every projection from the journal again, at `now`."""
        with self.transaction() as t:
            t.rebuild_projections(now)

    @contextmanager
    def _reading(self) -> Iterator[Tables]:
        """A connection that nobody else reads with at this moment: there are as many as ever read at once."""
        assert not self._closed, "the store is closed"
        try:
            db = self._readers.pop()
        except IndexError:
            db = connect_to_read(self._path)
        try:
            yield Tables(db)
        finally:
            self._readers.append(db)
            if self._closed:
                self._close_readers()

    def release_ids(self, *, service: str | None = None, moving: bool = False) -> list[str]:
        with self._reading() as t:
            return t.release_ids(service=service, moving=moving)

    def moving_versions(self) -> dict[str, int]:
        with self._reading() as t:
            return t.moving_versions()

    def pinned_plans(self) -> dict[str, Plan]:
        with self._reading() as t:
            return t.pinned_plans()

    def journal(self, release: str, after: int = 0) -> list[Recorded]:
        with self._reading() as t:
            return t.events(release, after)

    def followed_up(self, service: str | None = None) -> dict[str, int]:
        with self._reading() as t:
            return t.followed_up(service)

    def wants_cancelling(self, keys: Iterable[str]) -> set[str]:
        with self._reading() as t:
            return t.wants_cancelling(keys)

    def due(self, now: float) -> list[tuple[str, float]]:
        with self._reading() as t:
            return t.due(now)

    def next_due(self) -> float | None:
        with self._reading() as t:
            return t.next_due()

    def next_effect_at(self, busy: Iterable[str] = (), paced: Iterable[str] = ()) -> float | None:
        with self._reading() as t:
            return t.next_effect_at(busy, paced)

    def waiting(self) -> dict[Urgency, tuple[int, float]]:
        with self._reading() as t:
            return t.waiting()

    def is_done(self, key: str) -> bool:
        with self._reading() as t:
            return t.is_done(key)

    def open_bars(self, now: float) -> list[KeptBar]:
        with self._reading() as t:
            return t.open_bars(now)

    def bar(self, bar: str) -> Bar | None:
        with self._reading() as t:
            return t.bar(bar)

    def open_absences(self) -> list[Absence]:
        with self._reading() as t:
            return t.open_absences()

    def look(self, release: str) -> Look | None:
        with self._reading() as t:
            return t.look(release)

    def exposures(self, *, wanting: bool = False) -> list[Exposure]:
        with self._reading() as t:
            return t.exposures(wanting=wanting)

    def exposure(self, service: str, environment: str) -> Exposure | None:
        with self._reading() as t:
            return t.exposure(service, environment)

    def messages(self, release: str | None = None) -> list[Message]:
        with self._reading() as t:
            return t.messages(release)

    def message(self, key: str) -> Message | None:
        with self._reading() as t:
            return t.message(key)

    def release_of(self, channel: str, ts: str) -> str | None:
        with self._reading() as t:
            return t.release_of(channel, ts)

    def spent(self, release: str) -> Spent:
        with self._reading() as t:
            return t.spent(release)

    def samples(self, release: str, entry: int | None = None) -> list[StoredSample]:
        with self._reading() as t:
            return t.samples(release, entry)

    def given_up(self) -> list[tuple[str, str]]:
        with self._reading() as t:
            return t.given_up()

    def close(self) -> None:
        """Afterwards nothing can be read or written; a read in another thread ends first."""
        self._closed = True
        self._close_readers()
        with self._writing:
            self._writer.close()

    def _close_readers(self) -> None:
        while self._readers:
            self._readers.pop().close()
