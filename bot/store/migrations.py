"""The shape of the database, as the steps that lead to it. Each step was released once and is never edited again.

`PRAGMA user_version` counts the steps that a file has behind it; all missing ones run in one transaction that nobody
else can enter, so two processes may open the same old file at once. Tables are STRICT: a value of a wrong type is an
error. Where order matters a table has a `position`, because a bare rowid may change when a file is compacted. The one
thing to remember: a step never touches an event; what is derived from events can be derived again (`rebuild`).
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, NoReturn

from sqlite_utils import Database

from bot.core.errors import Misconfigured

APPLICATION_ID = 0x536F6E67
"""What the file says it belongs to: "Song", in ASCII."""


def refuse_strangers(db: Database) -> None:
    """Raises Misconfigured, and changes nothing, when the file is a newer version's or not Songbird's at all."""
    with db.atomic():  # one moment: another process may be making the file
        shape, owner, tables = _pragma(db, "user_version"), _pragma(db, "application_id"), db.table_names()
    if (shape or tables) and owner != APPLICATION_ID:
        raise Misconfigured("the file is a database of something else: name another path for Songbird's own")
    if shape > len(STEPS):
        raise Misconfigured(
            f"the database has the shape {shape} and this Songbird knows shapes up to {len(STEPS)}: a newer version "
            "wrote it. Run that version, or restore a copy from before the upgrade"
        )


def migrate(db: Database) -> None:
    """Bring a file to this version's shape; to be called in a transaction that excludes other writers."""
    refuse_strangers(db)
    for step in STEPS[_pragma(db, "user_version") :]:
        step(db)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {len(STEPS)}")


def is_current(db: Database) -> bool:
    """Whether there is nothing to do, asked without keeping anybody from writing."""
    return _pragma(db, "user_version") == len(STEPS)


def refuse_to_migrate(db: Database, path: Path) -> NoReturn:
    """Raises Misconfigured: the file is an older version's."""
    shape = _pragma(db, "user_version")
    raise Misconfigured(
        f"{path}: the database has the shape {shape} and this Songbird needs the shape {len(STEPS)}: an older version "
        "wrote it. `songbird run` of this version brings it up to date; until then use the version that runs"
    )


def _pragma(db: Database, name: str) -> int:
    value: int = db.execute(f"PRAGMA {name}").fetchone()[0]
    return value


# ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _first(db: Database) -> None:
    _truth(db)
    _projections(db)
    _work(db)
    _measurements(db)


def _truth(db: Database) -> None:
    events = {"position": int, "release": str, "version": int, "at": float, "actor": str, "type": str, "body": str}
    _create(db, "events", events, pk="position")
    db.table("events").create_index(["release", "version"], unique=True)
    _create(db, "inbox", {"key": str, "answer": str, "at": float}, pk="key")
    _create(db, "counters", {"service": str, "last": int}, pk="service")


def _projections(db: Database) -> None:
    releases = {
        "position": int,
        "id": str,
        "service": str,
        "phase": str,
        "moving": int,
        "version": int,
        "staged_at": float,
        "commit": str,
        "name": str,
        "due_at": float,
    }
    _create(db, "releases", releases, pk="position", optional={"commit", "due_at"})
    db.table("releases").create_index(["id"], unique=True)
    db.table("releases").create_index(["service"])
    db.execute("CREATE INDEX releases_due ON releases (due_at) WHERE due_at IS NOT NULL")

    of_release = [("release", "releases", "id")]
    slots = {"service": str, "environment": str, "release": str}
    _create(db, "slots", slots, pk=("service", "environment"), foreign_keys=of_release)
    queue = {"position": int, "service": str, "environment": str, "release": str}
    _create(db, "queue", queue, pk="position", foreign_keys=of_release)
    db.table("queue").create_index(["service", "environment", "release"], unique=True)
    blocks = {"service": str, "commit": str, "release": str}
    _create(db, "blocks", blocks, pk=("service", "commit"), foreign_keys=of_release)
    exposure = {
        "service": str,
        "environment": str,
        "release": str,
        "entry": int,
        "commit": str,
        "percent": float,
        "generation": int,
        "wanted_at": float,
        "observed_percent": float,
        "observed_generation": int,
        "observed_at": float,
    }
    optional = {"observed_percent", "observed_at"}
    _create(db, "exposure", exposure, pk=("service", "environment"), optional=optional, foreign_keys=of_release)


def _work(db: Database) -> None:
    outbox = {
        "position": int,
        "key": str,
        "release": str,
        "lane": str,
        "urgency": int,
        "kind": str,
        "body": str,
        "wanted_at": float,
        "state": str,
        "next_at": float,
        "attempts": int,
        "uncertain": int,
        "reason": str,
        "given_up_at": float,
    }
    _create(db, "outbox", outbox, pk="position", optional={"reason", "given_up_at"})
    db.table("outbox").create_index(["key"], unique=True)
    # A query that wants this index says `state IN ('waiting', 'leased')` in the same words.
    db.execute("CREATE INDEX outbox_open ON outbox (lane, position) WHERE state IN ('waiting', 'leased')")
    db.create_view(
        "outbox_first",
        """
        SELECT * FROM outbox WHERE state IN ('waiting', 'leased') AND NOT EXISTS (
            SELECT 1 FROM outbox AS earlier WHERE earlier.state IN ('waiting', 'leased')
            AND earlier.lane = outbox.lane AND earlier.position < outbox.position
        )
        """,
    )
    messages = {
        "key": str,
        "release": str,
        "kept": str,
        "version": int,
        "channel": str,
        "ts": str,
        "shown_digest": str,
        "shown": int,
    }
    _create(db, "messages", messages, pk="key")
    db.table("messages").create_index(["release"])


def _measurements(db: Database) -> None:
    _create(db, "looks", {"release": str, "entry": int, "at": float, "verdict": str}, pk="release")
    samples = {
        "position": int,
        "release": str,
        "entry": int,
        "at": float,
        "metric": str,
        "cohort": str,
        "process": str,
        "payload": str,
    }
    _create(db, "samples", samples, pk="position")
    db.table("samples").create_index(["release", "entry", "at"])


def _create(
    db: Database,
    table: str,
    columns: Mapping[str, type],
    *,
    pk: str | tuple[str, ...],
    optional: AbstractSet[str] = frozenset(),
    foreign_keys: list[tuple[str, str, str]] | None = None,
) -> None:
    """A table whose columns are NOT NULL unless they are optional."""
    needed = set(columns) - optional
    arguments: dict[str, Any] = {"pk": pk, "not_null": needed, "foreign_keys": foreign_keys, "strict": True}
    db.table(table).create(dict(columns), **arguments)


def _second(db: Database) -> None:
    """What was given up is asked for at every scrape, and is next to nothing of the outbox."""
    db.execute("CREATE INDEX outbox_given_up ON outbox (position) WHERE state = 'given_up'")


def _third(db: Database) -> None:
    """What models were paid for a release; and whose thread somebody asks in."""
    _create(db, "spent", {"release": str, "tokens": int, "money": float}, pk="release")
    db.table("messages").create_index(["channel", "ts"])


def _fourth(db: Database) -> None:
    """Locks and freezes. A row that is over stays: it says who stopped whom, and why."""
    bars = {
        "position": int,
        "id": str,
        "kind": str,
        "services": str,
        "owner": str,
        "reason": str,
        "made_at": float,
        "starts_at": float,
        "ends_at": float,
        "lifted": str,
        "told": int,
    }
    _create(db, "bars", bars, pk="position", optional={"ends_at", "lifted"})
    db.table("bars").create_index(["id"], unique=True)


def _fifth(db: Database) -> None:
    """Absences, and who stands in meanwhile."""
    absences = {
        "position": int,
        "id": str,
        "person": str,
        "delegate": str,
        "reason": str,
        "made_at": float,
        "starts_at": float,
        "ends_at": float,
        "ended_at": float,
    }
    _create(db, "absences", absences, pk="position", optional={"ended_at"})
    db.table("absences").create_index(["id"], unique=True)


def _sixth(db: Database) -> None:
    """On which release an incident stands that is known elsewhere by a key: it stands on one."""
    incidents = {"service": str, "key": str, "release": str}
    _create(db, "incidents", incidents, pk=("service", "key"), foreign_keys=[("release", "releases", "id")])


def _seventh(db: Database) -> None:
    """Where a lock or a freeze was announced: there its end is told, also when the plan with the channel is gone."""
    db.execute("ALTER TABLE bars ADD COLUMN channels TEXT NOT NULL DEFAULT '[]'")


STEPS: tuple[Callable[[Database], None], ...] = (_first, _second, _third, _fourth, _fifth, _sixth, _seventh)
