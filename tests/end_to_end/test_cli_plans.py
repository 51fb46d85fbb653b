"""A changed plan at a terminal: what changed and what it would mean, a line each."""

import asyncio
import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.core.commands import PromoteRelease
from bot.core.model import Release
from bot.engine.service import Service
from bot.store.sqlite import SqliteStore
from bot.store.writer import Inline
from tests.end_to_end.test_cli import Songbird, kept, songbird, store
from tests.support.scenario import ADA, Scenario, written_plan

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


def test_of_two_files_for_a_service_nobody_at_the_shell_knows_which_was_first(
    songbird: Songbird, store: SqliteStore, folder: Path
) -> None:
    kept(store, moving())
    write(folder)
    (folder / "shop-before.yml").write_text((folder / "shop.yml").read_text())
    for typed in (("plan", "diff", "shop-1"), ("plan", "apply", "--yes", "shop-1", "because")):
        said = songbird(*typed)
        assert said.exit_code == 1
        assert "shop-before.yml; a service has one, so take one of them away" in said.output


# ── applied ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def of(store: SqliteStore) -> Release:
    release = Service(store, Inline()).peek("shop-1")
    assert release is not None
    return release


def test_a_changed_plan_is_applied_with_a_reason_once_it_was_said_yes_to(
    songbird: Songbird, store: SqliteStore, folder: Path
) -> None:
    before = kept(store, moving()).state
    write(folder, watch={"time": "4m"})
    asked = songbird("plan", "apply", "shop-1", "one", "watch", "was", "too", "short")
    assert asked.exit_code == 1, "nobody has said yes"
    assert "apply it? [y/N]" in asked.output
    assert of(store).plan_digest == before.plan_digest
    said = songbird("plan", "apply", "--yes", "shop-1", "one", "watch", "was", "too", "short")
    assert said.exit_code == 0
    assert (of(store).plan.watch.time, of(store).entry.number) == (240.0, before.entry.number + 1)  # type: ignore[union-attr]
    assert "changed its plan: one watch was too short" in songbird("audit", "shop-1").output
    assert f"plan {before.plan_digest} to plan {of(store).plan_digest}" in songbird("audit", "shop-1").output
    assert songbird("plan", "apply", "shop-1", "again").output.startswith("nothing changed: shop-1 has the plan")


def test_what_was_shown_is_what_is_said_yes_to(
    songbird: Songbird, store: SqliteStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It moves while somebody reads what the plan would mean."""
    at = kept(store, moving())
    write(folder, watch={"time": "4m"})

    def moves(*_args: object, **_options: object) -> bool:
        service, state = Service(store, Inline()), of(store)
        assert state.entry is not None
        promote = PromoteRelease("shop-1", state.entry.number, "go on")
        asyncio.run(service.handle(promote, actor=ADA, key=None, now=at.now))
        return True

    monkeypatch.setattr("click.confirm", moves)
    said = songbird("plan", "apply", "shop-1", "because")
    assert "shop-1 has moved on" in said.output
    assert said.exit_code == 1
    assert of(store).plan.watch.time == 120


def test_what_cannot_be_taken_is_refused_before_anybody_is_asked(
    songbird: Songbird, store: SqliteStore, folder: Path
) -> None:
    kept(store, moving())
    write(folder, deployer={"use": "splitter", "url": "http://127.0.0.1:2"})
    said = songbird("plan", "apply", "shop-1", "because")
    assert said.exit_code == 1
    assert "shop-1 cannot take the changed plan: deployer changed" in said.output
    assert "apply it?" not in said.output
