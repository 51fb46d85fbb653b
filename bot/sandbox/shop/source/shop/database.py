"""The shop's data behind a pool of connections.

The tables are what the migrations make of them, in memory. The pool is what a shop has in real life: a few
connections, each taken by one request at a time, and a limit to how long a request waits for one. A query takes as long
as one over a network would (log-normal around 10 ms), and keeps its connection for that long.
"""

import asyncio
import math
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

QUERY_SECONDS_MEDIAN = 0.010
QUERY_SPREAD = 0.45  # sigma of the logarithm: one query in twenty takes twice as long

Row = tuple[Any, ...]


class PoolExhaustedError(Exception):
    """No connection became free in time."""


class Connection:
    """One of the pool's connections, for as long as a request has it."""

    def __init__(self, sqlite: sqlite3.Connection) -> None:
        self._sqlite = sqlite

    async def query(self, sql: str, *values: object) -> list[Row]:
        await asyncio.sleep(random.lognormvariate(math.log(QUERY_SECONDS_MEDIAN), QUERY_SPREAD))
        return self._sqlite.execute(sql, values).fetchall()


class Database:
    def __init__(self, migrations: Path, pool_size: int, pool_timeout_seconds: float) -> None:
        self.pool_size = pool_size
        self.in_use = 0
        self.waiting = 0
        self._timeout_seconds = pool_timeout_seconds
        self._free = asyncio.Semaphore(pool_size)
        self._sqlite = sqlite3.connect(":memory:", isolation_level=None)
        for migration in sorted(migrations.glob("*.sql")):
            self._sqlite.executescript(migration.read_text())

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Takes a connection; raises PoolExhaustedError when none becomes free within the time-out."""
        self.waiting += 1
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise PoolExhaustedError(f"no connection within {self._timeout_seconds} s") from None
        finally:
            self.waiting -= 1
        self.in_use += 1
        try:
            yield Connection(self._sqlite)
        finally:
            self.in_use -= 1
            self._free.release()
