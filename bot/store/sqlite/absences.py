"""Absences: a row each, kept for ever. Like locks and freezes they are a truth beside the journal.

The one thing to remember: time alone closes nothing in here; whether one is over is asked of the row.
"""

from sqlite_utils import Database

from bot.core.beside import Absence
from bot.store.codec import decode_actor, dump

_COLUMNS = "id, person, delegate, reason, made_at, starts_at, ends_at, ended_at"


class Absences:
    def __init__(self, db: Database) -> None:
        self._db = db

    def next_absence(self) -> str:
        """`absence-1`: rows are never deleted, so counting them gives none twice."""
        (number,) = self._db.execute("SELECT count(*) + 1 FROM absences").fetchone()
        return f"absence-{number}"

    def save_absence(self, one: Absence) -> None:
        self._db.execute(
            f"INSERT INTO absences ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608 - our own columns
            "ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at",
            [
                one.id,
                dump(one.person),
                one.delegate,
                one.reason,
                one.made_at,
                one.starts_at,
                one.ends_at,
                one.ended_at,
            ],
        )

    def open_absences(self) -> list[Absence]:
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM absences WHERE ended_at IS NULL ORDER BY position")  # noqa: S608 - our own columns
        return [_kept(*row) for row in rows]

    def absence(self, name: str) -> Absence | None:
        row = self._db.execute(f"SELECT {_COLUMNS} FROM absences WHERE id = ?", [name]).fetchone()  # noqa: S608 - as above
        return _kept(*row) if row else None


def _kept(
    name: str,
    person: str,
    delegate: str,
    reason: str,
    made_at: float,
    starts_at: float,
    ends_at: float,
    ended_at: float | None,
) -> Absence:  # as many as the row has columns
    return Absence(name, decode_actor(person), delegate, reason, made_at, starts_at, ends_at, ended_at)
