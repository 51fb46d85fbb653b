"""What the tests of the store share: real journals, written as the engine writes them, and small effects."""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.actors import Actor
from bot.core.commands import Command, RecordIncident
from bot.core.decide import decide
from bot.core.effects import Deploy, Effect, Post, Undo, WriteText
from bot.core.errors import Refused
from bot.core.events import Event, Recorded
from bot.core.evolve import evolve, fold
from bot.core.model import Release
from bot.core.rooms import Room
from bot.store.ports import Store, Transaction
from tests.support.scenario import ADA, START, Scenario


def keep(store: Store, journal: Sequence[Recorded]) -> None:
    """Append and project what is not stored yet of a release's journal, in one transaction."""
    with store.transaction() as t:
        keep_in(t, journal)


def keep_in(t: Transaction, journal: Sequence[Recorded]) -> None:
    fresh = journal[len(t.events(journal[0].release)) :]
    t.append(fresh)
    t.project(fold(journal), fresh)


def happen(store: Store, scenario: Scenario, *events: Event, at: float = START) -> None:
    """Events as they are, with no decision: for what the machine itself would not let happen just now."""
    for event in events:
        version = scenario.state.version + 1
        scenario.journal.append(Recorded(scenario.id, version, at, ADA, event))
        scenario.release = evolve(scenario.release, scenario.journal[-1])
    keep(store, scenario.journal)


def text(number: int, release: str = "shop-1") -> Effect:
    """Work in a lane of its own."""
    return WriteText(f"{release}/{number}/notes", release, "notes")


def post(number: int, release: str = "shop-1") -> Effect:
    """Words in the release's lane."""
    return Post(f"{release}/{number}/post/thread", release, number, Room.THREAD)


def deploy(number: int, release: str = "shop-1") -> Effect:
    return Deploy(f"{release}/{number}/deploy", release, 1, "shop", "production", "c" * 40, "v1.1.0")


def undo(number: int, release: str = "shop-1") -> Effect:
    """Safety, in the lane of its service and environment's deploys."""
    return Undo(f"{release}/{number}/undo", release, 1, "shop", "production", "c" * 40, "v1.1.0")


def drive(store: Store, command: Command, actor: Actor, now: float) -> Release | None:
    """Decide and write as the engine does, without its cache; None when it was refused."""
    with store.transaction() as t:
        journal = t.events(command.release)
        before = fold(journal) if journal else None
        entry = before.entry.number if before and before.entry else None
        service = before.service if before else "shop"
        around = t.surroundings(service, command.release, entry, now)
        if isinstance(command, RecordIncident):
            around = replace(around, caused_by=t.caused_by(service, command.key))
        try:
            recorded = decide(before, command, around, actor, now)
        except Refused:
            return None
        if not recorded:
            return before
        after = fold([*journal, *recorded])
        t.append(recorded)
        t.project(after, recorded)
        return after
