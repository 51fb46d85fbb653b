"""What the bot keeps beside its truth: messages that follow the state, the latest looks, their samples, what was paid.

Losing any of it costs comfort or evidence, never a decision that was made. The one thing to remember: samples are many
(metrics x processes x looks), written when nobody waits, and forgotten after a while; all else is one row a thing.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict

from sqlite_utils import Database

from bot.core.model import Spent
from bot.core.verdict import Verdict
from bot.store.codec import dump, load
from bot.store.ports import Look, Message, StoredSample
from bot.store.sqlite.connection import FORGOTTEN_MAX

_MESSAGE = "key, release, kept, version, channel, ts, shown_digest"


_LATE_FIRST = (
    "kept NOT IN ('card', 'approval') "
    "OR version >= (SELECT r.version FROM releases AS r WHERE r.id = messages.release), shown"
)


class Records:
    """Messages, looks, samples, and what models cost."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def save_message(self, message: Message) -> None:
        self._db.table("messages").upsert({**asdict(message), "shown": self._next_shown()}, pk="key")

    def show_message(self, key: str, version: int, digest: str) -> None:
        """It now shows the release as of `version`, and looks like `digest`."""
        changed = {"version": version, "shown_digest": digest, "shown": self._next_shown()}
        self._db.table("messages").update(key, changed)

    def _next_shown(self) -> int:
        number: int = self._db.execute("SELECT coalesce(max(shown), 0) + 1 FROM messages").fetchone()[0]
        return number

    def messages(self, release: str | None = None) -> list[Message]:
        """Cards and questions that an event came to first; then whatever has been left as it is for longest."""
        late = (
            "EXISTS (SELECT 1 FROM releases AS r "
            "WHERE r.id = messages.release AND (r.moving OR r.version > messages.version))"
        )
        where, arguments = (late, []) if release is None else ("release = ?", [release])
        rows = self._db.table("messages").rows_where(where, arguments, order_by=_LATE_FIRST, select=_MESSAGE)
        return [Message(**row) for row in rows]

    def message(self, key: str) -> Message | None:
        rows = self._db.table("messages").rows_where("key = ?", [key], select=_MESSAGE)
        return next((Message(**row) for row in rows), None)

    def release_of(self, channel: str, ts: str) -> str | None:
        """Whose kept message that is: of a thread's first one, whose thread."""
        where = "SELECT release FROM messages WHERE channel = ? AND ts = ?"
        row = self._db.execute(where, [channel, ts]).fetchone()
        return str(row[0]) if row else None

    # ── what models cost ─────────────────────────────────────────────────────────────────────────────────────────────

    def spend(self, release: str, spent: Spent) -> None:
        self._db.execute(
            "INSERT INTO spent (release, tokens, money) VALUES (?, ?, ?) ON CONFLICT (release) "
            "DO UPDATE SET tokens = tokens + excluded.tokens, money = money + excluded.money",
            [release, spent.tokens, spent.money],
        )

    def spent(self, release: str) -> Spent:
        row = self._db.execute("SELECT tokens, money FROM spent WHERE release = ?", [release]).fetchone()
        return Spent(*row) if row else Spent()

    # ── looks ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def save_look(self, look: Look) -> None:
        self._db.execute(
            "INSERT INTO looks (release, entry, at, verdict) VALUES (?, ?, ?, ?) ON CONFLICT (release) "
            "DO UPDATE SET entry = excluded.entry, at = excluded.at, verdict = excluded.verdict",
            [look.release, look.entry, look.at, dump(look.verdict)],
        )

    def look(self, release: str) -> Look | None:
        row = self._db.execute("SELECT entry, at, verdict FROM looks WHERE release = ?", [release]).fetchone()
        return Look(release, row[0], row[1], load(Verdict, row[2])) if row else None

    # ── samples ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def add_samples(self, release: str, entry: int, samples: Iterable[StoredSample]) -> None:
        self._db.conn.executemany(
            "INSERT INTO samples (release, entry, at, metric, cohort, process, payload) VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((release, entry, s.at, s.metric, s.cohort, s.process, s.payload) for s in samples),
        )

    def samples(self, release: str, entry: int | None = None) -> list[StoredSample]:
        rows = self._db.execute(
            "SELECT at, metric, cohort, process, payload FROM samples "
            "WHERE release = :release AND (:entry IS NULL OR entry = :entry) ORDER BY at, position",
            {"release": release, "entry": entry},
        )
        return [StoredSample(*row) for row in rows]

    def forget_samples(self, before: float, keep: Iterable[str] = ()) -> int:
        """At most `FORGOTTEN_MAX` at a time: call it again until it forgets none.

        Samples are written nearly in the order of their times, so the first that is younger ends the search: it has to
        go through no day of a thousand releases while somebody waits to write.
        """
        cursor = self._db.execute(
            "DELETE FROM samples WHERE position IN (SELECT position FROM samples WHERE at < :before AND position < "
            "coalesce((SELECT position FROM samples WHERE at >= :before ORDER BY position LIMIT 1), :all) "
            "AND release NOT IN (SELECT value FROM json_each(:keep)) LIMIT :most)",
            {"before": before, "keep": json.dumps(list(keep)), "most": FORGOTTEN_MAX, "all": 2**63 - 1},
        )
        return cursor.rowcount
