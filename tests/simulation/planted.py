"""Nine mistakes that such a bot could have had, each planted in a running world by a small patch.

They show what the simulation is worth: the oracle must catch each within a few seeds. Where a mistake shows seldom, the
weather is made such that it shows. The one thing to remember: a patch re-creates the mistake and nothing else; the rest
of the bot is the real one. The first process stands already when it is planted: it must replace what is looked up late,
never a method that a loop has in its hand.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from bot.adapters.deploy import Target
from bot.core import commands as c
from bot.core import decide, replan, settle
from bot.core.actors import SONGBIRD
from bot.core.beside import Absence
from bot.core.events import Event
from bot.core.model import Entry, Release
from bot.core.plan import Plan
from bot.engine.exposure import Reconciler
from bot.store.sqlite import SqliteStore, Tables
from bot.store.sqlite.journal import Journal
from bot.store.sqlite.outbox import Outbox
from tests.simulation.clockwork import pause
from tests.simulation.people import People
from tests.simulation.plans import OPERATORS
from tests.simulation.world import BASELINE, World

LYING_OFTEN = 4.0
"""Times what a world may draw: at one moment in five."""

Planted = Callable[[World], AbstractContextManager[object]]


def no_inbox(_world: World) -> AbstractContextManager[object]:
    """A redelivered press is decided again."""
    return patch.multiple(Journal, answer_to=lambda *_: None, remember=lambda *_: None)


def split_transaction(_world: World) -> AbstractContextManager[object]:
    """The journal is committed first, the effects in a transaction of their own."""
    enqueue = Tables.enqueue
    transaction = SqliteStore.transaction

    @contextmanager
    def split(store: SqliteStore, **how: bool) -> Iterator[Tables]:
        later: list[tuple[Any, ...]] = []
        with patch.object(Tables, "enqueue", lambda _tables, *asked: later.append(asked)):  # noqa: SIM117
            with transaction(store, **how) as t:
                yield t
        if later:
            with transaction(store, **how) as t:
                for asked in later:
                    enqueue(t, *asked)

    return patch.object(SqliteStore, "transaction", split)


def no_entry_fence(world: World) -> AbstractContextManager[object]:
    """What was meant for an earlier entry counts for the present one."""
    world.weather.people_meddle, world.weather.pressed_wrongly = 1.0, 0.5
    return patch.object(decide, "_must_be_in_time", lambda _release, _command: None)


def no_lease(_world: World) -> AbstractContextManager[object]:
    """A claim leaves no mark, so that nobody knows after a crash what may have been done."""

    def claim(outbox: Outbox, *asked: Any) -> Any:
        outbox._db.execute("SAVEPOINT unmarked")
        claimed = _claim(outbox, *asked)
        outbox._db.execute("ROLLBACK TO unmarked")
        outbox._db.execute("RELEASE unmarked")
        return claimed

    _claim = Outbox.claim
    return patch.object(Outbox, "claim", claim)


def rollback_behind_chat(world: World) -> AbstractContextManager[object]:
    """Traffic is an effect like any other, and waits its turn behind the words."""
    reconcile = Reconciler._reconcile

    def words_wait(reconciler: Reconciler) -> bool:
        store = reconciler._service.store
        assert isinstance(store, SqliteStore)
        with store._reading() as t:
            posts = "SELECT 1 FROM outbox WHERE kind = 'Post' AND state IN ('waiting', 'leased')"
            return t._db.execute(posts).fetchone() is not None

    async def behind(reconciler: Reconciler, row: Any, trouble: Any) -> None:
        while words_wait(reconciler):
            await pause(2.0)
        await reconcile(reconciler, row, trouble)

    world.weather.chat_outages = 1.0
    world.outside.fleet.bad |= set(world.outside.repository.tags.values()) - {BASELINE}
    return patch.object(Reconciler, "_reconcile", behind)


@contextmanager
def older_exposure_last(world: World) -> Iterator[None]:
    """The splitter takes whatever comes last, and nobody reads back what came of it."""

    async def trust(reconciler: Reconciler, deployer: Any, row: Any) -> None:
        if not row.in_step and row.commit in await deployer.observe(row.service, row.environment):
            target = Target(row.service, row.environment, row.commit, row.commit)
            await deployer.set_exposure(target, row.percent, row.generation)

    world.outside.deployer.compares = False
    world.weather.calm()  # of hands and restarts, which only a read-back would find as well, and of all that delays
    # A rollback's undo comes at once and hides it; it is seen where it lasts: calls are late often, and by minutes. The
    # real bot is right in this weather.
    world.weather.late, world.outside.deployer.late_seconds_max = 0.3, 300.0
    with patch.object(Reconciler, "_bring", trust):
        yield


def absence_without_end(world: World) -> AbstractContextManager[object]:
    """Whoever stood in for somebody goes on doing so when they are back."""
    world.weather.absences = 1.0
    return patch.object(Absence, "is_in_force", lambda absence, now: absence.starts_at <= now)


def plan_raises_traffic(_world: World) -> AbstractContextManager[object]:
    """A changed plan puts a release on the last step of its ladder."""

    def last(_release: Release, entry: Entry, plan: Plan) -> int:
        return len(plan.stages[entry.stage].steps) - 1

    return patch.object(replan, "_step", last)


@contextmanager
def hold_silences_the_call(world: World) -> Iterator[None]:
    """Where a person holds a release, nobody is called for what goes wrong in it meanwhile."""
    call = settle._call

    def silent(here: settle.Here) -> tuple[Event, ...]:
        held = here.release.held
        return () if held is not None and held.actor != SONGBIRD else call(here)

    def look(people: People, release: str, _entry: int) -> None:
        if world.oracle.history.stories[release].environment == "production":
            people.press(OPERATORS[0], c.HoldRelease(release, "let me look"), is_sure=True)

    def let_go(people: People, release: str, hold: int) -> None:
        if world.oracle.history.stories[release].environment != "production":
            held(people, release, hold)

    held = People.held
    # It shows where nothing goes back by itself, and goes wrong while somebody looks, which lasts until the calm.
    for service, plan in world.plans.items():
        stages = tuple(stage.model_copy(update={"on_failure": "hold"}) for stage in plan.stages)
        world.plans[service] = plan.model_copy(update={"stages": stages})
    world.weather.calm()
    world.weather.lying_metrics = LYING_OFTEN
    with patch.multiple(People, exposed=look, held=let_go), patch.object(settle, "_call", silent):
        yield


PLANTED: Mapping[str, Planted] = {
    "no-inbox": no_inbox,
    "split-transaction": split_transaction,
    "no-entry-fence": no_entry_fence,
    "no-lease": no_lease,
    "rollback-behind-chat": rollback_behind_chat,
    "older-exposure-last": older_exposure_last,
    "absence-without-end": absence_without_end,
    "plan-raises-traffic": plan_raises_traffic,
    "hold-silences-the-call": hold_silences_the_call,
}
