"""How many releases are kept folded: as many as there is room for, and the others are right all the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core import commands as c
from bot.engine import service
from tests.engine.engine_fixtures import Engine, an_engine
from tests.support.scenario import ADA, START, Scenario, plan

NAMES = ["shop-1", "cart-1", "mail-1"]
ROOM = 2


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """One more release than there is room for."""
    monkeypatch.setattr(service, "FOLDED_MAX", ROOM)
    with an_engine(tmp_path, START) as engine:
        for name in NAMES:
            engine.has(Scenario(plan(service=name.partition("-")[0]), name).on_staging())
        yield engine


def folded(engine: Engine) -> list[str]:
    return list(engine.service._folded)


def test_what_is_read_beyond_the_room_is_read_again_and_not_kept(engine: Engine) -> None:
    for _ in range(2):
        assert [engine.release(name).id for name in NAMES] == NAMES
        assert folded(engine) == NAMES[:ROOM]
    assert [release.id for release in engine.service.moving()] == NAMES[::-1]
    assert folded(engine) == NAMES[:ROOM]


async def test_what_something_happens_to_takes_the_place_of_the_first(engine: Engine) -> None:
    for name in NAMES[:ROOM]:
        engine.release(name)
    await engine.ask(c.HoldRelease(NAMES[-1], "lunch"), ADA)
    assert folded(engine) == NAMES[1:]
    assert [engine.release(name).held is not None for name in NAMES] == [False, False, True]


async def test_what_is_kept_already_takes_nobodys_place(engine: Engine) -> None:
    for name in NAMES[:ROOM]:
        engine.release(name)
    await engine.ask(c.HoldRelease(NAMES[ROOM - 1], "lunch"), ADA)
    assert folded(engine) == NAMES[:ROOM]
    assert engine.service._folded[NAMES[ROOM - 1]].held is not None
