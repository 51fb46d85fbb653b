"""The truth: events in the order in which they were committed, answers that were given, and the ids that were.

Nothing here is ever changed, and no event is ever removed; an answer goes when nobody can ask for it any more. The one
thing to remember: an event's `position` is the order over all releases, its `version` the order within one; two writers
that append the same version collide, and the second hears it.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from sqlite_utils import Database

from bot.core.errors import Conflict, Misconfigured
from bot.core.events import PlanChanged, Recorded, ReleaseStaged
from bot.core.plan import Plan
from bot.core.voices import Decision
from bot.store.codec import decode_actor, decode_event, dump, encode, load
from bot.store.ports import Answer
from bot.store.sqlite.connection import FORGOTTEN_MAX


class Journal:
    """Events, inbox, counters."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def answer_to(self, key: str) -> Answer | None:
        row = self._db.execute("SELECT answer FROM inbox WHERE key = ?", [key]).fetchone()
        return load(Answer, row[0]) if row else None

    def remember(self, key: str, answer: Answer, now: float) -> None:
        self._db.table("inbox").insert({"key": key, "answer": dump(answer), "at": now})

    def forget_answers(self, before: float) -> int:
        """At most `FORGOTTEN_MAX` at a time: call it again until it forgets none."""
        cursor = self._db.execute(
            "DELETE FROM inbox WHERE key IN (SELECT key FROM inbox WHERE at < ? "
            "AND json_extract(answer, '$.release') NOT IN (SELECT id FROM releases WHERE moving) LIMIT ?)",
            [before, FORGOTTEN_MAX],
        )
        return cursor.rowcount

    def next_id(self, service: str) -> str:
        """`shop-1`, `shop-2`…: an id is never given twice, whatever became of its release."""
        (number,) = self._db.execute(
            "INSERT INTO counters (service, last) VALUES (?, 1) "
            "ON CONFLICT (service) DO UPDATE SET last = last + 1 RETURNING last",
            [service],
        ).fetchone()
        return f"{service}-{number}"

    def events(self, release: str, after: int = 0) -> list[Recorded]:
        rows = self._db.execute(
            "SELECT release, version, at, actor, type, body FROM events "
            "WHERE release = ? AND version > ? ORDER BY version",
            [release, after],
        )
        return [_recorded(*row) for row in rows]

    def pinned_plans(self) -> dict[str, Plan]:
        rows = self._db.execute(
            "SELECT type, body FROM events WHERE type IN ('ReleaseStaged', 'PlanChanged') "
            "AND release IN (SELECT id FROM releases WHERE moving)"
        )
        pinned: dict[str, Plan] = {}
        for row in rows:
            with suppress(Misconfigured):  # whoever reads that journal says so; all others have to start
                one = decode_event(*row)
                assert isinstance(one, ReleaseStaged | PlanChanged), "no other kind was asked for"
                pinned[one.plan_digest] = one.plan
        return pinned

    def every_event(self) -> Iterator[Recorded]:
        """The whole history, of all releases, as it was committed."""
        rows = self._db.execute("SELECT release, version, at, actor, type, body FROM events ORDER BY position")
        return (_recorded(*row) for row in rows)

    def followed_up(self, service: str | None) -> dict[str, int]:
        rows = self._db.execute(
            "WITH caveats AS (SELECT release, json_extract(body, '$.number') AS number FROM events "
            "WHERE type = 'ConcernDecided' AND json_extract(body, '$.decision') = :caveat), "
            "closed AS (SELECT release, json_extract(body, '$.number') AS number FROM events "
            "WHERE type = 'FollowUpClosed') "
            "SELECT id, SUM((id, number) NOT IN (SELECT release, number FROM closed)) FROM releases "
            "JOIN caveats ON release = id WHERE :service IS NULL OR service = :service "
            "GROUP BY id ORDER BY position DESC",
            {"caveat": Decision.CAVEAT, "service": service},
        )
        return dict(rows.fetchall())

    def append(self, recorded: Sequence[Recorded]) -> None:
        """Raises Conflict when a (release, version) exists."""
        try:
            self._db.table("events").insert_all(map(_row, recorded))
        except sqlite3.IntegrityError as error:
            raise Conflict(f"somebody else wrote {recorded[0].release} first ({error})") from error


def _row(recorded: Recorded) -> dict[str, Any]:
    coded = encode(recorded.event)
    return {
        "release": recorded.release,
        "version": recorded.version,
        "at": recorded.at,
        "actor": dump(recorded.actor),
        "type": coded.kind,
        "body": coded.body,
    }


def _recorded(release: str, version: int, at: float, actor: str, kind: str, body: str) -> Recorded:
    return Recorded(release, version, at, decode_actor(actor), decode_event(kind, body))
