"""The bot of `presses`, in a process of its own: composed by `bot.app`, before systems that are in memory.

`python -m benchmarks.pressed RELEASES`, with the settings of `songbird run` in its environment. Prints "ready" once
every release asks its question, and runs until its standard input ends. The one thing to remember: nothing on the way
of a press is a stand-in; Slack's side, socket or port, doors, transaction and disk are the product's.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import ClientSession
from ruamel.yaml import YAML

from benchmarks.crowded import NEW, OLD, OPERATOR, STAGED_PER_SECOND, Traffic, plan_of
from bot import app
from bot.adapters.changes.stand_in import StandInChanges
from bot.adapters.charts.stand_in import StandInArtist
from bot.adapters.chat import socket
from bot.adapters.deploy.stand_in import Environment, StandInDeployer
from bot.adapters.incident.stand_in import StandInIncidents
from bot.core import commands as c
from bot.core.contents import Change
from bot.core.plan import Plan
from bot.engine import paces
from bot.engine.performers import Systems
from bot.engine.service import Service
from bot.logs import configure_logs
from bot.sandbox.demo import PLAN
from bot.settings import Settings, load_settings

PEOPLE = tuple(f"U0PERSON{number}" for number in range(10))
"""Whom each release asks."""

STEP_SECONDS = 600.0
"""No release leaves its first step of production while it is measured."""


class NoCharts(StandInArtist):
    def __init__(self) -> None:
        super().__init__("no charts here")


class InMemory(app.Adapters):
    """One world for all plans."""

    deployer = StandInDeployer()

    def __init__(self, session: ClientSession, variables: dict[str, str], plans: Callable[[], Iterable[Plan]]) -> None:
        super().__init__(session, variables, plans)
        history = [Change(OLD, "the old one", "Ada", "", 1), Change(NEW, "feat: a new one", "Bea", "", 2)]
        changes = StandInChanges(history, {"v1.0.0": OLD, "v1.1.0": NEW})
        self._one = Systems(changes, self.deployer, StandInIncidents())
        self._traffic = Traffic(self.deployer)

    def systems_of(self, plan: Plan) -> Systems:  # noqa: ARG002 - one for all
        return self._one

    def source_of(self, plan: Plan) -> Traffic:  # noqa: ARG002 - as above
        return self._traffic


async def main(releases: int) -> None:
    vars(app).update(Adapters=InMemory, MatplotlibArtist=NoCharts)
    socket.HOLD_SECONDS_MIN = 0.1  # one is cut each second on purpose, and Slack's patience with that is not measured
    paces.WINDOW_SECONDS = 0.0  # the workspace has no rates here either: all questions are there at once
    configure_logs("critical", "json")
    async with app.running(load_settings(Settings)) as service:
        await _bring_to_the_question(service, releases)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)


async def _bring_to_the_question(service: Service, releases: int) -> None:
    base = _asking(YAML(typ="safe").load(PLAN))
    began, staged = asyncio.get_running_loop().time(), []
    for number in range(releases):
        await asyncio.sleep(began + number / STAGED_PER_SECOND - asyncio.get_running_loop().time())
        plan = plan_of(base, f"service-{number}", "#releases", STEP_SECONDS)
        for environment in ("staging", "production"):
            InMemory.deployer.environments[plan.service, environment] = Environment({OLD: 100.0}, OLD)
        command = c.StageRelease("", plan.service, "v1.1.0", plan)
        staged.append((await service.handle(command, actor=OPERATOR, key=None, now=time.time())).release)
    for name in staged:
        while not _asks(service, name):  # noqa: ASYNC110 - a release has no event to wait for
            await asyncio.sleep(0.1)


def _asking(written: dict[str, Any]) -> dict[str, Any]:
    """The demo's plan, whose question is for many: each has a role of their own."""
    roles = {f"role-{number}": [person] for number, person in enumerate(PEOPLE)}
    staging, *rest = written["stages"]
    gates = [gate for gate in staging["gates"] if gate["gate"] != "approval"]
    question = {"gate": "approval", "roles": dict.fromkeys(roles, 1)}
    return {
        **written,
        "roles": {**written["roles"], **roles},
        "stages": [{**staging, "gates": [*gates, question]}, *rest],
    }


def _asks(service: Service, name: str) -> bool:
    release = service.peek(name)
    return release is not None and release.entry is not None and bool(release.entry.asked)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
