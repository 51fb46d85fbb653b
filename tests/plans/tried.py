"""Plays checks of a plan before the real judge: an address is a real server's on loopback, a program is a real process.

Each cell of a check has an address, or a program, of its own, which says what it is told to say. The one thing a reader
could forget: time is the plan's and not the machine's, so a run of half an hour is over at once.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.adapters.checks import ByKind
from bot.adapters.checks.probe import Probe
from bot.adapters.checks.program import Program
from bot.analysis.judge import Boundary, JudgeState, Question, begin, enter, observe
from bot.analysis.series import LookSamples, Sample
from bot.analysis.shapes import Values
from bot.core.checks import Check, Result
from bot.core.metric import Metric
from bot.core.plan import FULL, Plan
from bot.core.verdict import Verdict
from tests.plans.rows import COMMIT, Said, Try

VALUES = {"environment": "staging", "version": "v7.0.1", "commit": COMMIT, "service": "shop"}
SCRIPT = """#!/bin/sh
cat '{text}'
exit $(cat '{number}')
"""


@dataclass
class World:
    """What stands at the other end of a check's cells."""

    folder: Path
    server: TestServer
    checker: ByKind
    says: dict[str, Said] = field(default_factory=dict)

    def set(self, cell: str, said: Said) -> None:
        self.says[cell] = said
        (self.folder / f"{cell}.text").write_text(said.text)
        (self.folder / f"{cell}.number").write_text(str(said.number))

    def led_here(self, cell: str, check: Check) -> Check:
        """The same check, of this world."""
        if check.http is not None:
            return check.model_copy(update={"http": str(self.server.make_url(f"/{cell}")), "token_from": None})
        script = self.folder / cell
        script.write_text(SCRIPT.format(text=f"{script}.text", number=f"{script}.number"))
        script.chmod(0o755)
        return check.model_copy(update={"command": (str(script), *check.command[1:])})


@asynccontextmanager
async def a_world(folder: Path) -> AsyncIterator[World]:
    async def answer(request: web.Request) -> web.Response:
        status, text = world.says[request.match_info["cell"]]
        return web.Response(status=status, text=text)

    app = web.Application()
    app.router.add_get("/{cell}", answer)
    async with TestServer(app) as server:
        program = Program({"PATH": os.environ["PATH"]}, asyncio.Semaphore(4))
        world = World(folder, server, ByKind(Probe({}), program))
        yield world


PRESENT = Metric.model_validate({"name": "present", "kind": "resource", "gauge": "up", "events_min": 1})
"""Something that is there: of a version that nobody can read nothing is known, whatever its checks say.

Where nothing runs there is nothing to read.
"""


@dataclass
class Tried:
    """A check's cells in one stage of a plan, looked at as often as they are run."""

    plan: Plan
    one: Try
    world: World
    at: float = 1000.0
    state: JudgeState = field(init=False)

    def __post_init__(self) -> None:
        stage = self.plan.stages[self.one.stage]
        asked = {name: check for name, check in self.plan.checks_of(stage).items() if name.split()[0] == self.one.check}
        assert asked, f"the plan has no check {self.one.check} in {stage.name}"
        self.every = next(iter(asked.values())).every
        self.cells = {name: self.world.led_here(name.replace(" ", "-"), check) for name, check in asked.items()}
        self.environment = stage.environment
        metrics = (PRESENT,) if stage.environment is not None else ()
        question = Question(metrics, self.plan.timing, checks=self.cells)
        self.state = enter(begin(question), Boundary(1, self.at, FULL))
        self.is_well(all_of_them=True)

    def is_well(self, *, all_of_them: bool) -> None:
        well = self.one.well or Said(200 if next(iter(self.cells.values())).http else 0)
        *others, last = (name.replace(" ", "-") for name in self.cells)
        for cell in others:
            self.world.set(cell, well)
        self.world.set(last, well if all_of_them else self.one.ill)

    async def look(self) -> Verdict:
        """Everything is run once, and what came of it is looked at."""
        self.at += self.every
        values = {**VALUES, "environment": self.environment or ""}
        answers = await asyncio.gather(*(self.world.checker.run(check, values) for check in self.cells.values()))
        results = tuple(
            Result(name, self.at - 2, self.at - 1, one.passed, one.words)
            for name, one in zip(self.cells, answers, strict=True)
        )
        self.state = observe(self.state, LookSamples(self.at, tuple(self._samples()), results=results))
        return self.state.judged

    def _samples(self) -> Iterator[Sample]:
        if self.environment is not None:
            yield Sample(self.at, PRESENT.name, "canary", "process", self.at, Values(1.0))
