"""Locks and freezes: a row each, kept for ever.

They are no projection: no journal of a release could bring them back, so a rebuild leaves them alone. The one thing to
remember: a row is open until it ends and until its end was announced, whichever is later; a clock that was wrong for a
moment closes nothing.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlite_utils import Database

from bot.core.bars import Moment
from bot.core.beside import Bar, BarKind, Lift
from bot.core.model import Phase
from bot.store.codec import decode_actor, dump, load
from bot.store.ports import KeptBar

_STOPPABLE = (Phase.QUEUED, Phase.DEPLOYING, Phase.PROVING, Phase.WATCHING)

_COLUMNS = "id, kind, services, owner, reason, made_at, starts_at, ends_at, lifted, told, channels"


class Bars:
    """Locks and freezes, from made to announced as over."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def next_bar(self, kind: BarKind) -> str:
        """`lock-1`, `freeze-1`: rows are never deleted, so counting them gives none twice."""
        (number,) = self._db.execute("SELECT count(*) + 1 FROM bars WHERE kind = ?", [kind]).fetchone()
        return f"{kind}-{number}"

    def save_bar(self, bar: Bar, told: Moment, channels: Sequence[str] = ()) -> None:
        lifted = dump(bar.lifted) if bar.lifted else None
        self._db.execute(
            f"INSERT INTO bars ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608 - our own columns
            "ON CONFLICT (id) DO UPDATE SET "
            "lifted = excluded.lifted, told = excluded.told, channels = excluded.channels",
            [
                bar.id,
                bar.kind,
                json.dumps(bar.services),
                dump(bar.owner),
                bar.reason,
                bar.made_at,
                bar.starts_at,
                bar.ends_at,
                lifted,
                told,
                json.dumps(channels),
            ],
        )

    def open_bars(self, now: float) -> list[KeptBar]:
        is_open = "told < ? OR (lifted IS NULL AND ends_at > ?)"
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM bars WHERE {is_open} ORDER BY position",  # noqa: S608 - our own columns
            [Moment.OVER, now],
        )
        return [_kept(*row) for row in rows]

    def bar(self, bar: str) -> Bar | None:
        row = self._db.execute(f"SELECT {_COLUMNS} FROM bars WHERE id = ?", [bar]).fetchone()  # noqa: S608 - as above
        return _kept(*row).bar if row else None

    def look_again(self, bar: Bar, now: float) -> None:
        self._db.execute(
            "UPDATE releases SET due_at = ? WHERE moving AND phase IN (SELECT value FROM json_each(?)) "
            "AND (? OR service IN (SELECT value FROM json_each(?)))",
            [now, json.dumps(_STOPPABLE), not bar.services, json.dumps(bar.services)],
        )


def _kept(
    name: str,
    kind: str,
    services: str,
    owner: str,
    reason: str,
    made_at: float,
    starts_at: float,
    ends_at: float | None,
    lifted: str | None,
    told: int,
    channels: str,
) -> KeptBar:  # as many as the row has columns
    lift: Any = load(Lift, lifted) if lifted else None
    bar = Bar(
        name,
        BarKind(kind),
        tuple(json.loads(services)),
        decode_actor(owner),
        reason,
        made_at,
        starts_at,
        ends_at,
        lift,
    )
    return KeptBar(bar, Moment(told), tuple(json.loads(channels)))
