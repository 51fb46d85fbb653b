"""What is derived from events: the list of releases, places and queues, blocked builds, incidents, desired exposure.

`project` is called with every append, in the same transaction; `rebuild` plays the whole journal through the same
rules. The one thing to remember: a rule may look at the event and at what never changes in a release once it is there
(service, commit, the environments of its plan, an incident's key), and at nothing else. A batch is projected with the
release as it is after its last event.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields

from sqlite_utils import Database

from bot.core import events as e
from bot.core.due import due
from bot.core.errors import Conflict
from bot.core.events import Event, Recorded
from bot.core.evolve import evolve
from bot.core.model import Phase, Release, Surroundings
from bot.core.plan import FULL
from bot.store.ports import Exposure
from bot.store.sqlite.absences import Absences
from bot.store.sqlite.bars import Bars

_EXPOSURE = ", ".join(f'"{one.name}"' for one in fields(Exposure))


class Projection:
    """Releases, slots, queue, blocks, incidents, exposure."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def project(self, release: Release, recorded: Sequence[Recorded]) -> None:
        """Raises Conflict when a place is taken that another release holds, or an incident stands on another."""
        self._save(release)
        for event in recorded:
            self._place(release, event.event)
            self._expose(release, event)
            self._blame(release, event.event)
        if release.phase.is_ending:
            self._db.execute("DELETE FROM queue WHERE release = ?", [release.id])

    def set_due(self, release: str, due_at: float | None) -> None:
        cursor = self._db.execute("UPDATE releases SET due_at = ? WHERE id = ?", [due_at, release])
        assert cursor.rowcount == 1, f"{release} is due before it is projected"

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def release_ids(self, *, service: str | None = None, moving: bool = False) -> list[str]:
        rows = self._db.execute(
            "SELECT id FROM releases WHERE (:service IS NULL OR service = :service) AND moving >= :moving "
            "ORDER BY position DESC",
            {"service": service, "moving": int(moving)},
        )
        return [release for (release,) in rows]

    def moving_versions(self) -> dict[str, int]:
        return dict(self._db.execute("SELECT id, version FROM releases WHERE moving ORDER BY position DESC"))

    def due(self, now: float) -> list[tuple[str, float]]:
        return list(self._db.execute("SELECT id, due_at FROM releases WHERE due_at <= ? ORDER BY due_at", [now]))

    def next_due(self) -> float | None:
        (at,) = self._db.execute("SELECT min(due_at) FROM releases WHERE due_at IS NOT NULL").fetchone()
        return None if at is None else float(at)

    def surroundings(self, service: str, release: str, entry: int | None, now: float) -> Surroundings:
        read = self._db.execute
        moving = 'SELECT "commit", id FROM releases WHERE service = ? AND moving AND id <> ? AND "commit" IS NOT NULL'
        queues: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
        for environment, waiting in read(
            "SELECT environment, release FROM queue WHERE service = ? ORDER BY position", [service]
        ):
            queues[environment] += (waiting,)
        watching = read(
            "SELECT id FROM releases WHERE service = ? AND phase = ? AND id <> ? ORDER BY position",
            [service, Phase.WATCHING, release],
        )
        look = read("SELECT at FROM looks WHERE release = ? AND entry = ?", [release, entry]).fetchone()
        return Surroundings(
            holders=dict(read("SELECT environment, release FROM slots WHERE service = ?", [service]).fetchall()),
            queues=dict(queues),
            watching=tuple(other for (other,) in watching),
            moving=dict(read(moving, [service, release]).fetchall()),
            bars=tuple(kept.bar for kept in Bars(self._db).open_bars(now) if kept.bar.concerns(service)),
            absences=tuple(Absences(self._db).open_absences()),
            blocks=dict(read('SELECT "commit", release FROM blocks WHERE service = ?', [service]).fetchall()),
            looked_at=look[0] if look else None,
        )

    def caused_by(self, service: str, key: str) -> str | None:
        where = "SELECT release FROM incidents WHERE service = ? AND key = ?"
        row = self._db.execute(where, [service, key.strip().casefold()]).fetchone()
        return row[0] if row else None

    def exposures(self, *, wanting: bool = False) -> list[Exposure]:
        where = "observed_generation <> generation" if wanting else "TRUE"
        rows = self._db.execute(f"SELECT {_EXPOSURE} FROM exposure WHERE {where} ORDER BY service, environment")  # noqa: S608 - constants
        return [Exposure(*row) for row in rows]  # read all the time, and there are as many as services ever had

    def exposure(self, service: str, environment: str) -> Exposure | None:
        rows = self._db.table("exposure").rows_where("service = ? AND environment = ?", [service, environment])
        return next((Exposure(**row) for row in rows), None)

    def observe_exposure(self, service: str, environment: str, generation: int, percent: float, now: float) -> bool:
        """False, and no change, when a newer generation is desired meanwhile."""
        cursor = self._db.execute(
            "UPDATE exposure SET observed_percent = ?, observed_generation = ?, observed_at = ? "
            "WHERE service = ? AND environment = ? AND generation = ?",
            [percent, generation, now, service, environment, generation],
        )
        return cursor.rowcount == 1

    # ── the rules ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _save(self, release: Release) -> None:
        self._db.execute(
            'INSERT INTO releases (id, service, staged_at, phase, moving, version, "commit", name) '
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET phase = excluded.phase, "
            'moving = excluded.moving, version = excluded.version, "commit" = excluded."commit", name = excluded.name',
            [
                release.id,
                release.service,
                release.staged_at,
                release.phase,
                int(not release.phase.is_ending),
                release.version,
                release.commit,
                release.name,
            ],
        )

    def _place(self, release: Release, event: Event) -> None:
        service, write = release.service, self._db.execute
        match event:
            case e.PlaceQueued(environment=environment):
                write(
                    "INSERT OR IGNORE INTO queue (service, environment, release) VALUES (?, ?, ?)",
                    [service, environment, release.id],
                )
            case e.PlaceTaken(environment=environment):
                self._take(release, environment)
            case e.PlaceLeft(environment=environment):
                write(
                    "DELETE FROM slots WHERE service = ? AND environment = ? AND release = ?",
                    [service, environment, release.id],
                )
            case e.BuildBlocked(commit=commit):
                # In plain SQL: `upsert` makes and drops a table to see what SQLite can, and a rebuild is reading.
                write(
                    'INSERT INTO blocks (service, "commit", release) VALUES (?, ?, ?) '
                    'ON CONFLICT (service, "commit") DO UPDATE SET release = excluded.release',
                    [service, commit, release.id],
                )
            case e.BuildUnblocked(commit=commit):
                write('DELETE FROM blocks WHERE service = ? AND "commit" = ?', [service, commit])
            case _:
                pass

    def _blame(self, release: Release, event: Event) -> None:
        match event:
            case e.IncidentRecorded(key=key) | e.IncidentKeyed(key=key) if key:
                self._cause(release, key.casefold())
            case e.IncidentWithdrawn(number=number):
                key = next(one.key for one in release.every_incident if one.number == number)
                self._db.execute(
                    "DELETE FROM incidents WHERE service = ? AND key = ? AND release = ?",
                    [release.service, key.casefold(), release.id],
                )
            case _:
                pass

    def _cause(self, release: Release, key: str) -> None:
        try:
            self._db.table("incidents").insert({"service": release.service, "key": key, "release": release.id})
        except sqlite3.IntegrityError as error:
            raise Conflict(f"{key} stands on another release of {release.service} ({error})") from error

    def _take(self, release: Release, environment: str) -> None:
        place = {"service": release.service, "environment": environment, "release": release.id}
        try:
            self._db.table("slots").insert(place)
        except sqlite3.IntegrityError as error:
            raise Conflict(f"{release.service}'s place in {environment} is taken ({error})") from error
        self._db.execute(
            "DELETE FROM queue WHERE service = :service AND environment = :environment AND release = :release", place
        )

    def _expose(self, release: Release, recorded: Recorded) -> None:
        last = release.plan.stages[-1].environment
        match recorded.event:
            case e.DeployStarted(entry, environment):
                self._begin_exposure(release, environment, entry, recorded.at)
            case e.StepEntered(entry, stage, _, exposure) if exposure is not None:
                self._want(release, release.plan.stages[stage].environment, entry, exposure, recorded.at)
            case e.WatchStarted(entry, exposure):
                self._want(release, last, entry, exposure, recorded.at)
            case e.ReleaseHealthy(entry):
                self._want_the_rest(release, last, entry, recorded.at)
            case e.PlanChanged(entry=entry, stage=stage, exposure=float() as exposure, is_new=True):
                self._want(release, release.plan.stages[stage].environment, entry, exposure, recorded.at)
            case e.RollbackStarted(entry=entry, environment=environment) if environment is not None:
                ours = self._want(release, environment, entry, 0.0, recorded.at)
                if not ours and self._holds(release, environment):
                    self._begin_exposure(release, environment, entry, recorded.at)
            case _:
                pass

    def _begin_exposure(self, release: Release, environment: str, entry: int, now: float) -> None:
        """The row is this release's from here on, at no traffic; nothing has been read back of it."""
        self._db.execute(
            'INSERT INTO exposure (service, environment, release, entry, "commit", percent, generation, wanted_at, '
            "observed_generation) VALUES (?, ?, ?, ?, ?, 0, ?, ?, 0) "
            "ON CONFLICT (service, environment) DO UPDATE SET release = excluded.release, entry = excluded.entry, "
            '"commit" = excluded."commit", percent = 0, wanted_at = excluded.wanted_at, '
            "generation = MAX(generation + 1, excluded.generation), "
            "observed_percent = NULL, observed_generation = 0, observed_at = NULL",
            [release.service, environment, release.id, entry, release.commit, _generation(now), now],
        )

    def _want(
        self,
        release: Release,
        environment: str | None,
        entry: int,
        percent: float,
        now: float,
        *,
        only_below: float = float("inf"),
    ) -> bool:
        """False, and no change, when a successor's deploy has made the row its own: its traffic is not ours to move."""
        cursor = self._db.execute(
            "UPDATE exposure SET entry = ?, percent = ?, generation = MAX(generation + 1, ?), wanted_at = ? "
            "WHERE service = ? AND environment = ? AND release = ? AND percent < ?",
            [entry, percent, _generation(now), now, release.service, environment, release.id, only_below],
        )
        return cursor.rowcount == 1

    def _want_the_rest(self, release: Release, environment: str | None, entry: int, now: float) -> None:
        """Its watch is over. A successor that has tried and is gone has left the row its own, and nobody to move it."""
        ours = self._want(release, environment, entry, FULL, now, only_below=FULL)
        if (
            not ours
            and release.plan.watch.holdback > 0
            and environment is not None
            and self._is_left(release, environment)
        ):
            self._begin_exposure(release, environment, entry, now)
            self._want(release, environment, entry, FULL, now)

    def _is_left(self, release: Release, environment: str) -> bool:
        """Whether whoever's row it is has no traffic and is not there. With traffic it may have left its place, too."""
        where = (
            "SELECT 1 FROM exposure AS e WHERE e.service = ? AND e.environment = ? AND e.percent = 0 "
            "AND NOT EXISTS (SELECT 1 FROM slots AS s WHERE s.service = e.service AND s.environment = e.environment)"
        )
        return self._db.execute(where, [release.service, environment]).fetchone() is not None

    def _holds(self, release: Release, environment: str) -> bool:
        """Whether the place is this release's: then so is the traffic, whoever's row it was."""
        where = "SELECT 1 FROM slots WHERE service = ? AND environment = ? AND release = ?"
        return self._db.execute(where, [release.service, environment, release.id]).fetchone() is not None

    # ── rebuilding ───────────────────────────────────────────────────────────────────────────────────────────────────

    def rebuild(self, journal: Iterable[Recorded], now: float) -> None:
        """Derive everything anew. What was read back stays known where the desire turns out the same.

        A timer that is stored stays; a release that has lost its own is due at once, where a timer means anything.
        """
        before = self.exposures()
        known = set(self.release_ids())
        for table in ("slots", "queue", "blocks", "incidents", "exposure"):
            self._db.table(table).delete_where()
        releases: dict[str, Release] = {}
        for recorded in journal:
            release = releases[recorded.release] = evolve(releases.get(recorded.release), recorded)
            self.project(release, [recorded])
        for release in releases.values():
            if release.id not in known and due(release, None, now) is not None:
                self.set_due(release.id, now)
        for row in before:
            self._restore_observation(row)

    def _restore_observation(self, before: Exposure) -> None:
        after = self.exposure(before.service, before.environment)
        if after is None:
            return
        place = [before.service, before.environment]
        if (after.release, after.percent, after.generation) == (before.release, before.percent, before.generation):
            self._db.execute(
                "UPDATE exposure SET observed_percent = ?, observed_generation = ?, observed_at = ? "
                "WHERE service = ? AND environment = ?",
                [before.observed_percent, before.observed_generation, before.observed_at, *place],
            )
        else:  # a generation never goes down: a deployer would take the next desire for an old one
            self._db.execute(
                "UPDATE exposure SET generation = max(generation, ?) WHERE service = ? AND environment = ?",
                [before.generation + 1, *place],
            )


def _generation(now: float) -> int:
    """Milliseconds: so a database that is new or restored does not begin below what a deployer remembers."""
    return int(now * 1000)
