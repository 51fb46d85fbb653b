"""Two people press at the same moment, in two processes over one database: one is heard, the other hears why not."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core import commands as c
from bot.core import events as e
from bot.core import shown
from bot.core.actors import Actor
from bot.core.errors import Refused
from bot.core.voices import Decision
from bot.engine.service import Service
from bot.store.sqlite import SqliteStore
from bot.store.writer import Inline
from tests.engine.engine_fixtures import an_engine
from tests.support.scenario import PRIYA, START, VICTOR, Scenario, plan

BY = plan(
    roles={"vp": ["U0VICTOR", "U0PRIYA"]},
    stages=[{"name": "qa", "gates": [{"gate": "approval", "roles": {"vp": 1}}]}],
)


def approve(at: Scenario) -> c.Command:
    return at.approval()


def reject(at: Scenario) -> c.Command:
    return c.Reject("shop-1", at.entry, shown.subject(at.state), "no")


def decide(at: Scenario) -> c.Command:
    return c.DecideConcern("shop-1", 1, Decision.FIX_FIRST, "mend it")


def both(folder: Path, presses: list[c.Command]) -> list[str]:
    """What Priya and Victor hear, who press at once, each at a process of their own; nothing where it is accepted."""
    together = threading.Barrier(2)

    def press(command: c.Command, by: Actor) -> str:
        store = SqliteStore(folder / "songbird.db", synchronous="OFF")
        try:
            together.wait()
            service = Service(store, Inline())
            asyncio.run(service.handle(command, actor=by, key=None, now=START + 1))
        except Refused as refused:
            return str(refused)
        else:
            return ""
        finally:
            store.close()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(press, presses, (PRIYA, replace(VICTOR, name="Victor"))))


@pytest.mark.parametrize(("one", "other"), [(approve, reject), (reject, reject), (decide, reject), (decide, decide)])
def test_one_of_two_is_heard(tmp_path: Path, one: object, other: object) -> None:
    at = Scenario(BY).staged().prepared().written()
    if decide in (one, other):
        at.when(c.RaiseConcern("shop-1", at.entry, "slow"), VICTOR)
    presses = [press(at) for press in (one, other)]  # type: ignore[operator]
    with an_engine(tmp_path, START) as engine:
        engine.has(at)
        heard = both(tmp_path, presses)
        assert sorted(map(bool, heard)) == [False, True]
        assert "shop-1" in max(heard)
        ends = (e.ReleaseHealthy, e.RollbackStarted)
        assert sum(len(engine.happened(kind)) for kind in ends) == 1


@pytest.mark.parametrize("names", [("shop-1", "shop-1"), ("shop-1", "shop-2")])
def test_an_incident_that_two_record_stands_once_also_on_two_releases(tmp_path: Path, names: tuple[str, str]) -> None:
    first, second = Scenario().at_full().held(120), Scenario(id="shop-2").at_full()
    with an_engine(tmp_path, START) as engine:
        for at in (first, second):
            engine.has(at)
        heard = both(tmp_path, [c.RecordIncident(name, "nobody could pay", "INC-42") for name in names])
        one = len({*names}) - 1
        assert sorted(map(bool, heard)) == sorted([False, bool(one)])
        assert all("INC-42 stands on shop-" in words for words in heard if words)
        recorded = [at for at in map(engine.service.peek, {*names}) if at is not None and at.incidents]
        assert [len(at.incidents) for at in recorded] == [1]
