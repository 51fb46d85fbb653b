"""What a team's own programs see of the bot's environment: all of it but its secrets, whoever's plan names them.

The one thing to remember: the plans that are in force change while a program's adapter stays, so what another plan
names later is taken from it too.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.adapters.deploy import Target
from bot.app import Adapters
from bot.core.checks import Check
from bot.core.plan import Plan
from tests.support.scenario import Scenario, plan

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "TEAM": "shop",
    "SLACK_BOT_TOKEN": "s3cret",
    "OWN_TOKEN": "s3cret",
    "OTHER_TOKEN": "s3cret",
    "LATER_TOKEN": "s3cret",
}
VALUES = {"environment": "staging", "version": "v1.1.0", "commit": "c" * 40}
TARGET = Target("shop", "staging", "c" * 40, "v1.1.0")


def names(token: str, **more: Any) -> Plan:
    ci = {"http": "http://ci.test/", "path": "$.ok", "equals": True, "token_from": token}
    return plan(checks={"ci": ci}, **more)


class World:
    """`plans` are those in force."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.plans = [names("OTHER_TOKEN", service="till")]
        self.adapters = Adapters(session, ENVIRONMENT, lambda: self.plans)

    def comes_later(self) -> None:
        self.plans.append(names("LATER_TOKEN", service="stock"))
        self.adapters.source_of(self.plans[-1])


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with aiohttp.ClientSession() as session:
        yield World(session)


async def test_no_check_gets_a_token_that_the_plan_of_another_service_names(world: World) -> None:
    mine = world.adapters.checker_of(Scenario(plan()).on_staging().state)

    async def sees(name: str) -> bool | None:
        return (await mine.run(Check(command=("printenv", name)), VALUES)).passed

    assert await sees("TEAM") is True
    assert await sees("OTHER_TOKEN") is False
    world.comes_later()
    assert await sees("LATER_TOKEN") is False


async def test_no_check_gets_a_token_that_the_plan_of_a_release_names_that_moved_before_the_start(world: World) -> None:
    """Its file may say something else by now."""
    pinned, world.plans = world.plans[0], []
    world.adapters.meet({pinned.digest: pinned})
    mine = world.adapters.checker_of(Scenario(plan()).on_staging().state)
    assert (await mine.run(Check(command=("printenv", "OTHER_TOKEN")), VALUES)).passed is False


@pytest.mark.parametrize("verb", ["deploy", "expose", "observe", "undo"])
async def test_no_deployer_gets_a_token_that_any_plan_names(world: World, tmp_path: Path, verb: str) -> None:
    script = f"printenv > {tmp_path}/seen; echo '{{\"exposures\": {{}}}}'"
    call = ("sh", "-c", script)
    wanted = {"use": "command", "deploy": call, "expose": call, "observe": call, "undo": call}
    deployer = world.adapters.systems_of(names("OWN_TOKEN", deployer=wanted)).deployer

    async def seen() -> set[str]:
        match verb:
            case "deploy":
                await deployer.deploy(TARGET, "key")
            case "expose":
                await deployer.set_exposure(TARGET, 10.0, 1)
            case "observe":
                await deployer.observe("shop", "staging")
            case _:
                await deployer.undo(TARGET, "key")
        shown = dict(line.partition("=")[::2] for line in (tmp_path / "seen").read_text().splitlines())
        return shown.keys() & ENVIRONMENT.keys()

    assert await seen() == {"PATH", "TEAM", "LATER_TOKEN"}, "nobody has called this one a secret yet"
    world.comes_later()
    assert await seen() == {"PATH", "TEAM"}
