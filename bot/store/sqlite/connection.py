"""Opening the database file, and the transaction that everything is written in.

Write-ahead logging: readers never wait for the writer and see the moment at which they began. The one thing to
remember: a transaction begins IMMEDIATE. sqlite-utils' own `atomic()` begins deferred, and a deferred one that reads
and then writes fails at once when somebody else wrote in between, whatever the time-out. Inside ours its blocks, and so
all of its table methods, are savepoints.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

from sqlite_utils import Database

from bot.core.errors import Misconfigured
from bot.store.migrations import refuse_strangers

Synchronous = Literal["OFF", "NORMAL", "FULL"]
"""FULL: a commit is on the disk before it is acknowledged. NORMAL may lose the last ones when the power fails."""

SQLITE_VERSION_MIN = (3, 37, 0)
"""The first with STRICT tables."""

BUSY_SECONDS_MAX = 10.0
"""How long a writer waits for another process's transaction; ours last milliseconds."""

RETRY_SECONDS = 0.02

FORGOTTEN_MAX = 10_000
"""Rows deleted in one transaction: some hundredths of a second, for which a rollback may have to wait."""


def connect(path: Path, *, synchronous: Synchronous) -> Database:
    """A connection that may be handed from thread to thread, but is used by one at a time."""
    if sqlite3.sqlite_version_info < SQLITE_VERSION_MIN:
        needed = ".".join(map(str, SQLITE_VERSION_MIN))
        raise Misconfigured(f"this Python has SQLite {sqlite3.sqlite_version}; Songbird needs {needed} or newer")
    with ExitStack() as failed:
        try:
            connection = sqlite3.connect(path, timeout=BUSY_SECONDS_MAX, isolation_level=None, check_same_thread=False)
            failed.callback(connection.close)
            db = Database(connection, execute_plugins=False)
            _use_write_ahead_log(db)
            db.execute(f"PRAGMA synchronous = {synchronous}")
            db.execute("PRAGMA foreign_keys = ON")
        except sqlite3.DatabaseError as error:
            raise Misconfigured(
                f"{path} cannot be opened as a database ({error}): check the path and its rights"
            ) from error
        except Misconfigured as error:
            raise Misconfigured(f"{path}: {error}") from None
        failed.pop_all()
    return db


def connect_to_read(path: Path) -> Database:
    """A connection on which every write is an error."""
    db = connect(path, synchronous="FULL")
    db.execute("PRAGMA query_only = ON")
    return db


def _use_write_ahead_log(db: Database) -> None:
    """Two processes that switch a new file at the same moment do not wait for each other: try again.

    Somebody else's database is not switched: that would change it.
    """
    until = time.monotonic() + BUSY_SECONDS_MAX
    while True:
        try:
            refuse_strangers(db)
            db.enable_wal()
            break
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY  # the low byte: which kind of busy is above it
            if not busy or time.monotonic() > until:
                raise
            time.sleep(RETRY_SECONDS)
    if db.journal_mode != "wal":
        raise Misconfigured("the database's file system cannot keep a write-ahead log: put it on a local disk")


@contextmanager
def immediate(db: Database) -> Iterator[None]:
    """All or nothing, and nobody else writes meanwhile."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.commit()
    except BaseException:
        db.rollback()
        raise
