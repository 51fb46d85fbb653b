"""An override asked for at a terminal: the shell asks as an operator, and never seconds."""

import time

import pytest

from bot.core.actors import Door
from bot.engine.service import Service
from bot.store.sqlite import SqliteStore
from bot.store.writer import Inline
from tests.end_to_end.test_cli import Songbird, account, kept, songbird, store
from tests.support.scenario import Scenario, plan

__all__ = ["songbird", "store"]


def asking(**override: list[str]) -> Scenario:
    wanted = {"override": override} if override else {}
    return Scenario(plan=plan(people={"vic": "U0VICTOR"}, **wanted), now=time.time() - 30).on_staging()


def test_an_override_is_asked_for_and_waits_for_a_second_person(
    songbird: Songbird, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pwd.getpwuid", account("vic"))
    kept(store, asking(roles=["vp-product"]))
    said = songbird("override", "shop-1", "--gate", "approval", "Victor", "is", "in", "the", "air")
    assert said.output == "override 1 of shop-1 is asked for, past approval; it waits for its second person\n"
    assert said.exit_code == 0
    release = Service(store, Inline()).peek("shop-1")
    assert release is not None
    (made,) = release.overrides
    assert (made.asked_by.door, made.reason, made.gates) == (Door.SHELL, "Victor is in the air", ("approval",))
    assert made.granted_by is None


def test_an_account_that_the_plan_does_not_name_asks_for_none(songbird: Songbird, store: SqliteStore) -> None:
    kept(store, asking(roles=["vp-product"]))
    said = songbird("override", "shop-1", "an outage")
    assert said.exit_code == 1
    assert "so nobody can tell whether a second person agrees: ask for it in Slack" in said.output


def test_where_the_plan_names_nobody_that_is_said(songbird: Songbird, store: SqliteStore) -> None:
    kept(store, asking())
    said = songbird("override", "shop-1", "an outage")
    assert said.exit_code == 1
    assert "the plan of shop names nobody for it" in said.output
