"""A changed plan at a terminal: what changed and what it would mean, a line each."""

import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.store.sqlite import SqliteStore
from tests.end_to_end.test_cli import Songbird, kept, songbird, store
from tests.support.scenario import Scenario, written_plan

__all__ = ["songbird", "store"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder `plans` of whoever types."""
    (tmp_path / "plans").mkdir()
    return tmp_path / "plans"


def write(folder: Path, **changes: object) -> None:
    YAML(typ="safe").dump(written_plan(**changes), folder / "shop.yml")


def moving() -> Scenario:
    return Scenario(now=time.time() - 300).in_production()


def test_what_changed_is_said_with_what_it_would_mean(songbird: Songbird, store: SqliteStore, folder: Path) -> None:
    kept(store, moving())
    write(folder, watch={"time": "4m"})
    said = songbird("plan", "diff", "shop-1")
    changed, about, stands, *_ = said.output.splitlines()
    assert (changed, about) == ("times: watch: time 2m → 4m", "for shop-1 it would mean:")
    assert stands.startswith("It would stand in production at 1 % from the beginning: 30s of health.")
    assert said.exit_code == 0


def test_what_did_not_change_and_what_cannot_be_taken(songbird: Songbird, store: SqliteStore, folder: Path) -> None:
    kept(store, moving())
    write(folder)
    assert songbird("plan", "diff", "shop-1").output.startswith("nothing changed: shop-1 has the plan")
    assert "plan file" not in songbird("status", "shop-1").output
    write(folder, deployer={"use": "splitter", "url": "http://127.0.0.1:2"})
    assert "shop-1 cannot take it: deployer changed" in songbird("plan", "diff", "shop-1").output


def test_status_and_why_say_it_in_a_line(songbird: Songbird, store: SqliteStore, folder: Path) -> None:
    kept(store, moving())
    write(folder, watch={"time": "4m"})
    for word in ("status", "why"):
        assert "The plan file has changed since it was staged (times)" in songbird(word, "shop-1").output


def test_a_file_that_cannot_be_read_is_refused_with_its_error(
    songbird: Songbird, store: SqliteStore, folder: Path
) -> None:
    kept(store, moving())
    (folder / "shop.yml").write_text("service: [shop")
    said = songbird("plan", "diff", "shop-1")
    assert said.exit_code == 1
    assert "shop.yml:1" in said.output
    assert songbird("status", "shop-1").exit_code == 0, "where a release is can be asked whatever the files say"
