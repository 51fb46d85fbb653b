"""What is still to be done to the world: each effect a row, claimed by lease, in the order of its lane.

    waiting ──claim──► leased ──finish──► done
       ▲                 │ ├────give_up──► given_up
       └─────retry───────┘ └──(a deploy that is not wanted any more)──► dropped

`next_at` is when a row may be claimed: when it was asked for, when a retry is due, or when its lease runs out; so a
worker that died is no special case. Only the first open row of a lane can be claimed (the view `outbox_first`), which
keeps a lane's order. The one thing to remember: a dropped row is not open. It holds up nobody behind it, and whatever
its worker says later cannot bring it back.
"""

import json
from collections.abc import Iterable

from sqlite_utils import Database

from bot.core.effects import Deploy, Effect, Urgency
from bot.store.codec import decode_effect, encode
from bot.store.ports import Claimed
from bot.store.sqlite.connection import FORGOTTEN_MAX

CHANNEL = "coalesce(json_extract(body, '$.channel'), '')"
"""Of an effect that says something; empty for the others, and for those of older versions."""

CLAIMABLE = f"""
    SELECT position, kind, body, attempts + 1, uncertain OR state = 'leased', wanted_at FROM (
        SELECT *, {CHANNEL} AS channel, row_number() OVER (PARTITION BY {CHANNEL} ORDER BY pressing, position) AS turn
        FROM (
            SELECT *, (
                SELECT min(urgency) FROM outbox AS behind
                WHERE behind.lane = outbox_first.lane AND behind.state IN ('waiting', 'leased')
            ) AS pressing
            FROM outbox_first WHERE next_at <= ? AND lane NOT IN (SELECT value FROM json_each(?))
        )
    )
    WHERE channel = '' OR (turn = 1 AND channel NOT IN (SELECT value FROM json_each(?)))
    ORDER BY pressing, position LIMIT ?
"""  # noqa: S608 - put together from constants
"""What is urgent takes along what stands before it in its lane."""

NEXT = f"""
    SELECT min(next_at) FROM outbox_first WHERE lane NOT IN (SELECT value FROM json_each(?))
    AND {CHANNEL} NOT IN (SELECT value FROM json_each(?))
"""  # noqa: S608 - put together from constants

GIVEN_UP = "SELECT key, reason FROM outbox WHERE state = 'given_up' ORDER BY position"


class Outbox:
    """Effects, from asked for to done."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def enqueue(self, effects: Iterable[Effect], now: float) -> None:
        """An effect whose key is there already was asked for already, and is not asked for again."""
        for effect in effects:
            coded = encode(effect)
            self._db.execute(
                "INSERT OR IGNORE INTO outbox (key, release, lane, urgency, kind, body, wanted_at, next_at, "
                "state, attempts, uncertain) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', 0, 0)",
                [effect.key, effect.release, effect.lane, effect.urgency, coded.kind, coded.body, now, now],
            )

    def drop_deploys(self, release: str) -> None:
        self._db.execute(
            "UPDATE outbox SET state = 'dropped' WHERE release = ? AND kind = ? AND state IN ('waiting', 'leased')",
            [release, Deploy.__name__],
        )

    def wants_cancelling(self, keys: Iterable[str]) -> set[str]:
        rows = self._db.execute(
            "SELECT key FROM outbox WHERE state = 'dropped' AND key IN (SELECT value FROM json_each(?))",
            [json.dumps(list(keys))],
        )
        return {key for (key,) in rows}

    def claim(
        self, now: float, lease_seconds: float, most: int, busy: Iterable[str] = (), paced: Iterable[str] = ()
    ) -> list[Claimed]:
        """Due effects, of the lane first in which the most urgent one waits; then the oldest."""
        rows = self._db.execute(CLAIMABLE, [now, json.dumps(list(busy)), json.dumps(list(paced)), max(0, most)])
        until = now + lease_seconds
        claimed = []
        for position, kind, body, attempt, uncertain, wanted_at in rows.fetchall():
            self._db.execute(
                "UPDATE outbox SET state = 'leased', next_at = ?, attempts = ?, uncertain = ? WHERE position = ?",
                [until, attempt, uncertain, position],
            )
            claimed.append(Claimed(decode_effect(kind, body), attempt, until, bool(uncertain), wanted_at))
        return claimed

    def renew(self, keys: Iterable[str], until: float) -> None:
        self._db.execute(
            "UPDATE outbox SET next_at = ? WHERE state = 'leased' AND key IN (SELECT value FROM json_each(?))",
            [until, json.dumps(list(keys))],
        )

    def bring_forward(self, now: float, wait_seconds_max: float, lease_seconds: float) -> None:
        """What was written before the clock was put back waits no longer than it would have."""
        change = "UPDATE outbox SET next_at = ? WHERE state = ? AND state IN ('waiting', 'leased') AND next_at > ?"
        self._db.execute(change, [now, "waiting", now + wait_seconds_max])
        self._db.execute(change, [now + lease_seconds, "leased", now + lease_seconds])

    def finish(self, key: str) -> None:
        self._db.execute("UPDATE outbox SET state = 'done' WHERE key = ? AND state IN ('waiting', 'leased')", [key])

    def retry(self, key: str, at: float, reason: str, *, uncertain: bool, counted: bool = True) -> None:
        self._db.execute(
            "UPDATE outbox SET state = 'waiting', next_at = ?, reason = ?, uncertain = ?, attempts = attempts - ? "
            "WHERE key = ? AND state IN ('waiting', 'leased')",
            [at, reason, int(uncertain), 0 if counted else 1, key],
        )

    def give_up(self, key: str, now: float, reason: str) -> None:
        """It failed for good: the lane goes on, the row stays to be seen."""
        self._db.execute(
            "UPDATE outbox SET state = 'given_up', given_up_at = ?, reason = ? "
            "WHERE key = ? AND state IN ('waiting', 'leased')",
            [now, reason, key],
        )

    def given_up(self) -> list[tuple[str, str]]:
        return list(self._db.execute(GIVEN_UP))

    def is_done(self, key: str) -> bool:
        return self._db.execute("SELECT 1 FROM outbox WHERE key = ? AND state = 'done'", [key]).fetchone() is not None

    def forget_effects(self, before: float) -> int:
        """At most `FORGOTTEN_MAX` at a time: call it again until it forgets none."""
        cursor = self._db.execute(
            "DELETE FROM outbox WHERE position IN (SELECT position FROM outbox WHERE wanted_at < ? "
            "AND state NOT IN ('waiting', 'leased') AND release NOT IN (SELECT id FROM releases WHERE moving) LIMIT ?)",
            [before, FORGOTTEN_MAX],
        )
        return cursor.rowcount

    def next_effect_at(self, busy: Iterable[str] = (), paced: Iterable[str] = ()) -> float | None:
        (at,) = self._db.execute(NEXT, [json.dumps(list(busy)), json.dumps(list(paced))]).fetchone()
        return None if at is None else float(at)

    def waiting(self) -> dict[Urgency, tuple[int, float]]:
        rows = self._db.execute(
            "SELECT urgency, count(*), min(wanted_at) FROM outbox WHERE state IN ('waiting', 'leased') GROUP BY urgency"
        )
        return {Urgency(urgency): (count, at) for urgency, count, at in rows}
