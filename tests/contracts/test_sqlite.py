"""What holds for the SQLite file in particular: its shape, crashes, several writers, projections that are remade."""

import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from bot.core import commands as c
from bot.core.actors import SONGBIRD
from bot.core.errors import Misconfigured
from bot.core.model import Phase, Release
from bot.core.transitions import ACCEPTS
from bot.shell import Shell
from bot.store import migrations
from bot.store.ports import Answer, StoredSample
from bot.store.sqlite import SqliteStore, journal, outbox, records
from tests.contracts.store_fixtures import drive, keep, text
from tests.support.scenario import ADA, BAD, FINE, PRIYA, START, VICTOR, Scenario, plan


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "songbird.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path, synchronous="OFF")
    yield store
    store.close()


# ── projections can be remade ────────────────────────────────────────────────────────────────────────────────────────

DERIVED = {
    "releases": ("id, service, phase, moving, version, staged_at, due_at, name, [commit]", "id"),
    "slots": ("*", "service, environment"),
    "queue": ("service, environment, release", "position"),
    "blocks": ("*", "service, [commit]"),
    "incidents": ("*", "service, key"),
    "exposure": ("*", "service, environment"),
}
"""Tables that are derived: the columns that count, and an order."""


def derived(path: Path) -> dict[str, list[dict[str, Any]]]:
    with Database(path) as db:
        return {
            table: list(db.table(table).rows_where(select=columns, order_by=order))
            for table, (columns, order) in DERIVED.items()
        }


def some_command(dice: random.Random, release: Release | None, name: str) -> c.Command:
    """Something that a person or a part of the bot might say now; often refused."""
    if release is None:
        return c.StageRelease(name, "shop", "v1", plan(watch={"time": "60s", "holdback": "5%"}))
    entry = release.entry.number if release.entry else 0
    exposure = release.entry.exposure if release.entry else None
    asked = release.entry.asked if release.entry else None
    usual = [
        c.ReportPrepared(name, dice.choice("abcdefg") * 40, name, "0" * 40, ()),
        c.ReportArtefact(name, dice.choice(["notes", "walkthrough"]), "text", "template"),
        c.TakePlace(name),
        c.ReportDeployed(name, entry),
        c.ReportExposure(name, entry, exposure or 0.0),
        *[c.ReportVerdict(name, entry, FINE)] * 4,
        c.Approve(name, entry, asked or ""),
        c.ReportUndone(name, entry),
        c.RecordIncident(name, "nobody could pay", f"INC-{dice.randrange(6)}"),
        c.WithdrawIncident(name, dice.randrange(3), "the bank"),
    ]
    rare = [
        c.ReportVerdict(name, entry, BAD),
        c.CancelRelease(name, "not today"),
        c.RollBackRelease(name, "it is slow"),
        c.Supersede(name, "another"),
        c.UnblockBuild(name, "fixed"),
    ]
    if dice.random() < 0.02:
        return dice.choice(rare)
    return dice.choice([command for command in usual if type(command) in ACCEPTS[release.phase]] or rare)


def live(store: SqliteStore, seed: int, commands: int = 800) -> set[Phase]:
    """Several releases of one service at once, in any order; the phases that were seen."""
    dice, now, seen = random.Random(seed), START, set[Phase]()  # noqa: S311 - a story, not a secret
    moving: list[Release | None] = [None, None, None]
    for number in range(commands):
        now += dice.choice([0.0, 2.0, 5.0])
        slot = dice.randrange(len(moving))
        release = moving[slot]
        name = release.id if release else f"shop-{number}"
        after = drive(store, some_command(dice, release, name), dice.choice([ADA, PRIYA, VICTOR, SONGBIRD]), now)
        seen |= {after.phase} if after else set()
        over = after is not None and after.phase.is_ending and dice.random() < 0.5
        moving[slot] = None if over else after or release
    return seen


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happened_projections_are_the_same_when_they_are_derived_again(
    store: SqliteStore, path: Path, seed: int
) -> None:
    assert len(live(store, seed)) >= len(Phase) // 2, "the story is too dull to prove anything"
    with store.transaction() as t:
        for row in t.exposures():
            t.observe_exposure(row.service, row.environment, row.generation, row.percent, START)
        t.set_due(store.release_ids()[0], START + 5)
    before = derived(path)
    store.rebuild(START)
    assert derived(path) == before


def test_projections_that_were_lost_are_derived_again_and_lost_timers_are_due(store: SqliteStore, path: Path) -> None:
    scenario = Scenario().in_production()
    keep(store, scenario.journal)
    before = derived(path)
    with store.transaction(), Database(path):
        for table in ("slots", "queue", "blocks", "incidents", "exposure", "releases"):
            store._writer.table(table).delete_where()
    assert store.release_ids() == []
    store.rebuild(START + 500)
    assert store.due(START + 500) == [("shop-1", START + 500)]
    with store.transaction() as t:
        t.set_due("shop-1", None)
    assert derived(path) == before


def test_a_generation_never_goes_down_although_an_older_rule_had_counted_higher(store: SqliteStore) -> None:
    keep(store, Scenario().in_production().journal)
    with store.transaction():
        store._writer.execute("UPDATE exposure SET generation = 9e15, observed_generation = 9e15")
    store.rebuild(START)
    row = store.exposure("shop", "production")
    assert row is not None
    assert (row.generation, row.in_step, row.percent) == (9 * 10**15 + 1, False, 1.0)


# ── the file's shape ─────────────────────────────────────────────────────────────────────────────────────────────────


def shape(path: Path) -> int:
    with Database(path) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def test_the_file_is_safe_against_power_failure_unless_told_otherwise(path: Path) -> None:
    store = SqliteStore(path)
    ask = store._writer.execute
    assert ask("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert ask("PRAGMA synchronous").fetchone()[0] == 2
    assert ask("PRAGMA foreign_keys").fetchone()[0] == 1
    assert all(table.strict for table in store._writer.tables)
    store.close()


def test_what_may_wait_for_the_disk_does_and_the_next_that_may_not_takes_it_along(path: Path) -> None:
    store = SqliteStore(path)
    seen = []
    for flushed in (True, False, False, True):
        with store.transaction(flushed=flushed):
            seen.append(store._writer.execute("PRAGMA synchronous").fetchone()[0])
    assert seen == [2, 1, 1, 2]
    store.close()


def test_a_read_connection_cannot_write(store: SqliteStore) -> None:
    with store._reading() as t, pytest.raises(sqlite3.OperationalError, match="readonly"):
        t.next_id("shop")


def test_a_closed_store_answers_nothing(path: Path) -> None:
    store = SqliteStore(path)
    assert store.release_ids() == []
    store.close()
    with pytest.raises(AssertionError, match="closed"):
        store.release_ids()
    with pytest.raises(sqlite3.ProgrammingError), store.transaction():
        pass


def test_claiming_does_not_read_what_is_done(store: SqliteStore) -> None:
    steps = store._writer.execute("EXPLAIN QUERY PLAN SELECT * FROM outbox_first ORDER BY urgency, position").fetchall()
    reads = [step for *_, step in steps if step.startswith(("SCAN", "SEARCH"))]
    assert len(reads) == 2
    assert all("USING INDEX outbox_open" in step for step in reads)


def test_a_file_of_an_older_version_is_brought_up_to_date_and_keeps_what_it_holds(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = SqliteStore(path)
    keep(old, Scenario().staged().journal)
    old.close()
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, lambda db: db.table("inbox").add_column("door", str)))
    new = SqliteStore(path)
    assert new.release_ids() == ["shop-1"]
    assert "door" in new._writer.table("inbox").columns_dict
    new.close()
    assert shape(path) == len(migrations.STEPS)


def use_the_shell(path: Path) -> None:
    with Shell(path) as shell:
        shell.releases(moving=True)


@pytest.mark.parametrize("use", [lambda path: SqliteStore(path, migrates=False).close(), use_the_shell])
def test_the_shell_beside_a_bot_leaves_an_older_file_as_it_is_and_says_what_to_do(
    path: Path, monkeypatch: pytest.MonkeyPatch, use: Callable[[Path], None]
) -> None:
    """The bot that runs may be of that older version, and would not know its database any more."""
    SqliteStore(path).close()
    before = shape(path)
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, lambda db: db.table("inbox").add_column("door", str)))
    with pytest.raises(Misconfigured, match=f"songbird.db: .*shape {before} .*`songbird run`"):
        use(path)
    assert shape(path) == before
    SqliteStore(path).close()
    use(path)


def test_a_step_that_fails_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SqliteStore(path).close()
    before = shape(path)

    def fail(db: Database) -> None:
        db.table("inbox").drop()
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", (*migrations.STEPS, fail))
        with pytest.raises(OSError, match="full"):
            SqliteStore(path)
    assert shape(path) == before
    SqliteStore(path).close()


def test_a_file_of_a_newer_version_is_refused_and_left_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", (*migrations.STEPS, lambda _db: None))
        SqliteStore(path).close()
    before = shape(path)
    with pytest.raises(Misconfigured, match="a newer version wrote it"):
        SqliteStore(path)
    assert shape(path) == before


def write_notes(path: Path, shape: int = 0) -> None:
    with Database(path) as db:
        db.table("notes").insert({"text": "mine"})
        db.execute(f"PRAGMA user_version = {shape}")


@pytest.mark.parametrize(
    ("make", "saying"),
    [
        (write_notes, "songbird.db: .*something else"),
        (lambda path: write_notes(path, shape=1), "something else"),
        (lambda path: path.write_text("dear diary, " * 100), "cannot be opened"),
        (lambda path: path.mkdir(), "cannot be opened"),
    ],
)
def test_a_file_that_is_not_songbirds_is_refused_in_words(
    path: Path, make: Callable[[Path], object], saying: str
) -> None:
    make(path)
    before = path.is_file() and path.read_bytes()
    with pytest.raises(Misconfigured, match=saying):
        SqliteStore(path)
    assert (path.is_file() and path.read_bytes()) == before


def test_a_folder_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(Misconfigured, match="missing"):
        SqliteStore(path.parent / "missing" / "songbird.db")


# ── several at once, and crashes ─────────────────────────────────────────────────────────────────────────────────────


def at_once(*works: Callable[[], None]) -> None:
    """Each in a thread of its own, begun together; the first error is raised here."""
    start, errors = threading.Barrier(len(works)), list[BaseException]()

    def run(work: Callable[[], None]) -> None:
        start.wait()
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_a_new_file_may_be_opened_by_many_at_the_same_moment(path: Path) -> None:
    at_once(*[lambda: SqliteStore(path).close()] * 8)
    assert shape(path) == len(migrations.STEPS)


def test_a_file_that_somebody_else_is_just_making_is_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, locked = Database.enable_wal, [True, True, False]

    def make_when_free(db: Database) -> None:
        if locked.pop(0):
            locked_now = sqlite3.OperationalError("database is locked")
            locked_now.sqlite_errorcode = sqlite3.SQLITE_BUSY_RECOVERY
            raise locked_now
        make(db)

    monkeypatch.setattr(Database, "enable_wal", make_when_free)
    SqliteStore(path).close()
    assert shape(path) == len(migrations.STEPS)


def test_a_file_system_that_cannot_share_a_log_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "enable_wal", lambda _db: None)
    with pytest.raises(Misconfigured, match="local disk"):
        SqliteStore(path)


def test_two_connections_that_read_and_then_write_at_once_wait_for_each_other(path: Path, store: SqliteStore) -> None:
    other = SqliteStore(path, synchronous="OFF")
    given: list[str] = []

    def write(own: SqliteStore) -> None:
        for _ in range(150):
            with own.transaction() as t:
                t.surroundings("shop", "shop-1", None, START)
                given.append(t.next_id("shop"))

    at_once(lambda: write(store), lambda: write(other), lambda: write(store))
    other.close()
    assert sorted(given) == sorted(f"shop-{number + 1}" for number in range(450))


def test_reads_from_many_threads_go_on_while_somebody_writes(store: SqliteStore) -> None:
    keep(store, Scenario().in_production().journal)
    journal = store.journal("shop-1")

    def read() -> None:
        for _ in range(50):
            assert store.journal("shop-1") == journal

    with store.transaction() as t:
        t.next_id("shop")
        at_once(read, read, read)
    assert 1 <= len(store._readers) <= 3


def test_looking_for_what_was_given_up_reads_nothing_else(store: SqliteStore) -> None:
    """Every scrape of /metrics asks."""
    (step,) = store._writer.execute(f"EXPLAIN QUERY PLAN {outbox.GIVEN_UP}").fetchall()
    assert "USING INDEX outbox_given_up" in step[-1]


def test_looking_for_samples_to_forget_goes_through_none_that_are_kept_for_longer(store: SqliteStore) -> None:
    """A thousand releases have a hundred million a day, and whoever wants to write waits meanwhile."""
    with store.transaction() as t:
        rows = [StoredSample(START + number, "errors", "canary", "one", "{}") for number in range(5_000)]
        t.add_samples("shop-1", 1, rows)
    steps = []
    with store.transaction() as t:
        store._writer.conn.set_progress_handler(lambda: steps.append(1), 100)
        assert t.forget_samples(START - 1) == 0
        store._writer.conn.set_progress_handler(None, 0)
    assert len(steps) < 10


def test_forgetting_much_is_done_in_pieces_between_which_others_may_write(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "FORGOTTEN_MAX", 2)
    with store.transaction() as t:
        t.add_samples("shop-1", 1, [StoredSample(START, "errors", "canary", "shop-a", "{}")] * 5)
        assert [t.forget_samples(START + 1) for _ in range(4)] == [2, 2, 1, 0]
    keep(store, Scenario().staged().when(c.CancelRelease("shop-1", ""), ADA).journal)
    for module in (journal, outbox):
        monkeypatch.setattr(module, "FORGOTTEN_MAX", 2)
    with store.transaction() as t:
        for number in range(5):
            t.remember(f"click {number}", Answer("shop-1", 1), START)
            t.enqueue([text(number)], START)
            t.finish(text(number).key)
        assert [t.forget_answers(START + 1) for _ in range(4)] == [2, 2, 1, 0]
        assert [t.forget_effects(START + 1) for _ in range(4)] == [2, 2, 1, 0]


WRITE_FOR_EVER = """
import sys
from pathlib import Path
from bot.core.events import Recorded, ReleaseHeld
from bot.core.actors import SONGBIRD
from bot.store.ports import Answer
from bot.store.sqlite import SqliteStore

store = SqliteStore(Path(sys.argv[1]))
while True:
    with store.transaction() as t:
        name = t.next_id("shop")
        t.append([Recorded(name, version, 0.0, SONGBIRD, ReleaseHeld("x" * 500)) for version in (1, 2, 3)])
        t.remember(name, Answer(name, 3), 0.0)
    print(name, flush=True)
"""


def test_what_was_acknowledged_survives_being_killed_and_nothing_is_half_there(path: Path) -> None:
    acknowledged: list[str] = []
    for writes in (1, 40, 150):
        child = subprocess.Popen([sys.executable, "-c", WRITE_FOR_EVER, str(path)], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        with child.stdout:
            acknowledged += [child.stdout.readline().strip() for _ in range(writes)]
            child.send_signal(signal.SIGKILL)
            acknowledged += child.stdout.read().split()
        child.wait()
    store = SqliteStore(path)
    assert len(acknowledged) >= 191
    assert {len(store.journal(name)) for name in acknowledged} == {3}
    rows = store._writer.execute("SELECT release, count(*) FROM events GROUP BY release").fetchall()
    keys = {key for (key,) in store._writer.execute("SELECT key FROM inbox")}
    assert {release for release, _ in rows} == keys >= set(acknowledged)
    assert {count for _, count in rows} == {3}
    assert store._writer.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    store.close()
