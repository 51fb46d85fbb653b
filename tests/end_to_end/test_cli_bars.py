"""Locks and freezes at a terminal: the same words as in Slack, in the machine's own time zone."""

import time
from pathlib import Path

import pytest

from bot.core.actors import Door
from bot.core.bars import Moment
from bot.store.sqlite import SqliteStore
from tests.end_to_end.test_cli import DEMO, PLAN, Songbird, songbird, store

__all__ = ["songbird", "store"]


@pytest.fixture(autouse=True)
def demo(songbird: Songbird, store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's plan, beside a database."""
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "shop.yml").write_text(PLAN.read_text())
    for name, value in DEMO.items():
        monkeypatch.setenv(name, value)


def test_a_lock_is_made_listed_and_lifted(songbird: Songbird, store: SqliteStore) -> None:
    made = songbird("lock", "shop", "the", "database", "moves")
    assert made.exit_code == 0
    assert "lock-1: shop locked from" in made.output
    (kept,) = store.open_bars(time.time())
    assert (kept.bar.owner.door, kept.bar.reason, kept.told) == (Door.SHELL, "the database moves", Moment.BEGAN)
    assert "lock-1: shop locked" in songbird("list").output
    assert songbird("unlock", "shop", "it has moved").output == "lock-1 is over; what waited goes on by itself\n"
    assert store.open_bars(time.time()) == []
    assert "locked" not in songbird("list").output


def test_a_clear_freeze_is_frozen_at_once_and_thawed(songbird: Songbird, store: SqliteStore) -> None:
    frozen = songbird("freeze", "for", "3d", "shop", "the sale")
    assert frozen.exit_code == 0
    assert "freeze-1: shop frozen from" in frozen.output
    (kept,) = store.open_bars(time.time())
    assert kept.bar.ends_at is not None
    assert kept.bar.ends_at - kept.bar.starts_at == pytest.approx(3 * 86_400, abs=5)
    assert songbird("thaw", "freeze-1", "called off").exit_code == 0
    assert store.open_bars(time.time()) == []


def test_a_doubtful_freeze_is_said_back_and_frozen_with_yes(songbird: Songbird, store: SqliteStore) -> None:
    asked = songbird("freeze", "from", "Friday", "18:00", "for", "3d", "the sale")
    assert asked.exit_code == 1
    assert "understood: all services from" in asked.output
    assert "add --yes" in asked.output
    assert store.open_bars(time.time()) == []
    assert songbird("freeze", "--yes", "from", "Friday", "18:00", "for", "3d", "the sale").exit_code == 0
    assert len(store.open_bars(time.time())) == 1


def test_a_mistake_is_answered_in_one_line(songbird: Songbird) -> None:
    said = songbird("unlock", "shop", "x")
    assert (said.exit_code, said.output) == (1, "shop is not locked: nothing is locked or frozen\n")
    assert "there is no plan for shap" in songbird("lock", "shap", "x").output
