"""Slack is away for ten minutes: releases go on, one goes back, and the story is told afterwards, once and in order.

The bot's loops with the real Slack client, before a workspace that answers nothing; ten minutes are the release's own,
and pass as fast as the loops turn. The one thing to remember: the last message before the silence has arrived, and its
answer has not; so what is said once is looked for before it is said again.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from bot.adapters.changes.stand_in import StandInChanges
from bot.adapters.charts.stand_in import StandInArtist
from bot.adapters.chat.client import writing_client
from bot.adapters.chat.slack import SlackChat
from bot.adapters.chat.stand_in import StandInDirectory
from bot.adapters.deploy.stand_in import Environment, StandInDeployer
from bot.adapters.incident.stand_in import StandInIncidents
from bot.adapters.metrics import Reading
from bot.adapters.metrics.stand_in import StandInMetrics
from bot.analysis.shapes import Counts
from bot.core import commands as c
from bot.core import events as e
from bot.core.effects import Post
from bot.core.evolve import evolve
from bot.core.follows import effects
from bot.core.model import Phase, Release, Surroundings
from bot.core.plan import Plan
from bot.core.rooms import Room
from bot.engine.clock import Clock
from bot.engine.exposure import Reconciler
from bot.engine.outbox import Outbox
from bot.engine.performers import Performers, Systems
from bot.engine.rounds import DayTeller
from bot.engine.watch import Watch
from bot.engine.words import Cards, Speaker
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.faults import Fault
from bot.sandbox.workspace.seed import RELEASES
from bot.views.card import card
from bot.views.messages import message
from tests.contracts.workspace_fixtures import a_workspace
from tests.engine.engine_fixtures import Engine, a_studio, an_engine, at_once, scribe_of
from tests.support.scenario import ADA, CHANGES, PRIYA, START, VICTOR, plan

OLD, NEW = CHANGES[0].commit, CHANGES[1].commit
AWAY_SECONDS = 600
GOOD, BAD = "shop-1", "cart-1"
STORY = (Room.THREAD, Room.BROADCAST)


class Traffic:
    """What each environment's processes count: a hundred requests a second, of which a bad canary fails one in five."""

    def __init__(self, deployer: StandInDeployer) -> None:
        self._deployer = deployer
        self._fleets: dict[str, StandInMetrics] = {}
        self.is_bad = False

    async def read(self, of: Plan, environments: Sequence[str], at: float) -> Reading:
        fleet = self._fleets.setdefault(of.service, StandInMetrics())
        for environment in environments:
            for commit in self._deployer.environments[of.service, environment].exposures:
                name = f"{environment}-{commit[0]}"
                there = fleet.processes.get((environment, name)) or fleet.start(environment, name, commit=commit)
                fails = of.service == "cart" and commit == NEW and self.is_bad
                there.count("errors", Counts(100.0 if fails else 1.0, 500.0))
        return await fleet.read(of, environments, at)


class Bot:
    """The loops of the product, over a Slack that may be away."""

    def __init__(self, engine: Engine, workspace: Workspace) -> None:
        self.engine, self.workspace = engine, workspace
        self.deployer = StandInDeployer()
        self.traffic = Traffic(self.deployer)
        client = writing_client(workspace.bot_token, workspace.api_url)
        chat = SlackChat(client, client, engine.clock)
        systems = Systems(StandInChanges([*CHANGES], {"v1.0.0": OLD, "v1.1.0": NEW}), self.deployer, StandInIncidents())
        service, tasks, clock = engine.service, engine.tasks, engine.clock
        studio = a_studio(artist=StandInArtist("no charts here"))
        scribe, speaker = scribe_of(engine, studio), Speaker(service, chat)
        teller = DayTeller(service, chat, studio, clock, at_once)
        performers = Performers(service, lambda _: systems, scribe, speaker, teller, StandInDirectory(), clock)
        self.steps = (
            Reconciler(service, lambda _: self.deployer, tasks, clock).step,
            Watch(service, lambda _: self.traffic, tasks, clock).step,
            Clock(service).step,
            Outbox(service, performers.table(), tasks, clock, 30.0).step,
            Cards(service, chat, tasks, clock, 1.5, 2.0).step,
        )

    async def turn(self, seconds: float) -> None:
        """Second by second; what is asked of Slack is answered, or not, before the next begins."""
        for _ in range(round(seconds)):
            self.engine.now += 1.0
            for step in self.steps:
                await step(self.engine.now)
                while running := list(self.engine.tasks._running.values()):
                    await asyncio.wait(running)

    async def stage(self, service: str) -> None:
        for environment in ("staging", "production"):
            self.deployer.environments[service, environment] = Environment({OLD: 100.0}, OLD)
        await self.engine.ask(c.StageRelease("", service, "v1.1.0", plan(service=service)), ADA)

    async def approve(self, name: str) -> None:
        entry = self.engine.release(name).entry
        assert entry is not None
        for person in (PRIYA, VICTOR):
            await self.engine.ask(c.Approve(name, entry.number, entry.asked or ""), person)

    def go_away(self) -> None:
        """One message more arrives, unanswered; then nothing does: errors, then connections that break."""
        add, waiting = self.workspace.faults.add, self.workspace.faults.waiting
        add("chat.postMessage", "drop_after")
        waiting += [Fault("http_503", times=200), Fault("drop_before", times=100_000)]

    @property
    def posts(self) -> int:
        return self.workspace.calls()["posts"]

    def exposures(self, name: str) -> list[float]:
        return [
            event.percent
            for event in self.engine.happened(e.ExposureReached, name)
            if isinstance(event, e.ExposureReached)
        ]

    def told(self, name: str) -> list[str]:
        """The keys of the release's thread, as it reads in Slack."""
        opened = self.engine.store.message(f"card/{name}")
        assert opened is not None
        there = sorted(self.workspace.state.messages[RELEASES].items())
        return [_key(said) for ts, said in there if said.get("thread_ts") == opened.ts and ts != opened.ts]

    def meant(self, name: str) -> list[str]:
        """The same from the journal: of each event what is worth saying."""
        found, before = list[str](), None
        for recorded in self.engine.store.journal(name):
            release = evolve(before, recorded)
            for each in effects(recorded, release, Surroundings()):
                if isinstance(each, Post) and each.room in STORY and message(recorded, release, each.room, before):
                    found.append(each.key)
            before = release
        return found

    def is_shown(self, name: str) -> bool:
        """Whether the card in Slack is the newest."""
        opened, look = self.engine.store.message(f"card/{name}"), self.engine.store.look(name)
        assert opened is not None
        release: Release = self.engine.release(name)
        present = release.entry.number if release.entry else None
        newest = card(release, look.verdict if look and look.entry == present else None, self.engine.now)
        return opened.shown_digest == newest.digest


def _key(said: dict[str, object]) -> str:
    metadata = said["metadata"]
    assert isinstance(metadata, dict)
    return str(metadata["event_payload"]["key"])


@contextlib.asynccontextmanager
async def a_bot(folder: Path) -> AsyncIterator[Bot]:
    with an_engine(folder, START) as engine:
        async with a_workspace(clock=engine.clock, rate_scale=1.0) as workspace:
            yield Bot(engine, workspace)


async def test_slack_is_away_for_ten_minutes_and_the_story_is_told_afterwards_once_and_in_order(tmp_path: Path) -> None:
    async with a_bot(tmp_path) as bot:
        for service in ("shop", "cart"):
            await bot.stage(service)
        await bot.turn(30)
        for name in (GOOD, BAD):
            await bot.approve(name)
        while not bot.exposures(BAD)[1:]:
            await bot.turn(1)
        bot.go_away()
        bot.traffic.is_bad = True
        posts = bot.posts
        await bot.turn(AWAY_SECONDS)

        assert bot.posts == posts + 1
        assert bot.engine.release(GOOD).phase is Phase.HEALTHY
        assert bot.exposures(GOOD) == [100.0, 1.0, 50.0, 100.0]
        assert bot.engine.release(BAD).phase is Phase.ROLLED_BACK
        assert bot.deployer.environments["cart", "production"].exposures == {OLD: 100.0}
        started, restored = (bot.engine.happened(kind, BAD) for kind in (e.RollbackStarted, e.TrafficRestored))
        assert len(started) == len(restored) == 1
        assert not bot.is_shown(GOOD)

        bot.workspace.faults.clear()
        edits = bot.workspace.web_api.applied["chat.update"]
        await bot.turn(120)
        for name in (GOOD, BAD):
            assert bot.told(name) == bot.meant(name)
            assert bot.is_shown(name)
        kept = len(bot.engine.store.messages(GOOD)) + len(bot.engine.store.messages(BAD))
        assert bot.workspace.web_api.applied["chat.update"] - edits <= kept
        assert bot.engine.store.given_up() == []
        assert bot.workspace.calls()["duplicates"] == []
        assert bot.engine.failed == []
