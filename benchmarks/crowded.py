"""The bot of `crowd`, in a process of its own: real service, store, loops and Slack client; the rest is in memory.

Reads what it is to do as one JSON object, prints "ready" when every release is in production, is told "measure", and
prints what it has seen. The one thing to remember: nobody here waits for Slack, so that what waits for it shows.
"""

import asyncio
import json
import os
import resource
import sqlite3
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from ruamel.yaml import YAML

from bot.adapters.changes.stand_in import StandInChanges
from bot.adapters.charts.stand_in import StandInArtist
from bot.adapters.chat import Posted
from bot.adapters.chat.client import reading_client, writing_client
from bot.adapters.chat.slack import SlackChat
from bot.adapters.chat.stand_in import StandInDirectory, StandInPictures
from bot.adapters.deploy.stand_in import Environment, StandInDeployer
from bot.adapters.incident.stand_in import StandInIncidents
from bot.adapters.metrics import Reading
from bot.adapters.metrics.stand_in import StandInMetrics
from bot.adapters.tour.stand_in import StandInTours
from bot.adapters.writer.template import Template
from bot.analysis.shapes import Buckets, Counts, Shown, Values
from bot.core import commands as c
from bot.core.actors import Actor, Door
from bot.core.contents import Change
from bot.core.effects import Urgency
from bot.core.metric import Metric
from bot.core.model import Release
from bot.core.plan import Plan
from bot.engine import paces
from bot.engine.clock import Clock
from bot.engine.drive import Loops
from bot.engine.exposure import Reconciler
from bot.engine.outbox import Outbox
from bot.engine.performers import Performers, Systems
from bot.engine.rounds import DayTeller
from bot.engine.scribe import Scribe, Studio
from bot.engine.service import Service
from bot.engine.tasks import Tasks
from bot.engine.watch import Watch
from bot.engine.words import Cards, Speaker
from bot.logs import configure_logs
from bot.sandbox.demo import PLAN
from bot.store.sqlite import SqliteStore
from bot.store.writer import Writer
from bot.views.rendered import Rendered

T = TypeVar("T")

NEW, OLD = "c" * 40, "d" * 40
OPERATOR = Actor("U0ADA", Door.SHELL)
APPROVERS = (Actor("U0PRIYA", Door.SLACK), Actor("U0VICTOR", Door.SLACK))
EDITS_PER_MINUTE, CARD_SECONDS_MIN, LEASE_SECONDS = 40, 2.0, 30.0
"""The product's own."""
SAMPLED_SECONDS = 0.5
STAGED_PER_SECOND = 10.0


@dataclass(frozen=True)
class Crowd:
    """What to do. `step_seconds`: how long each step of each release is held; `rollbacks` people ask for meanwhile."""

    api_url: str
    token: str
    database: str
    channels: list[str]
    releases: int
    step_seconds: float
    seconds: float
    rollbacks: int


@dataclass
class Traffic:
    """Every service's fleet: a canary and its control, each with a hundred requests a look."""

    deployer: StandInDeployer
    fleets: dict[str, StandInMetrics] = field(default_factory=dict)

    async def read(self, plan: Plan, environments: Sequence[str], at: float) -> Reading:
        fleet = self.fleets.setdefault(plan.service, StandInMetrics())
        for environment in environments:
            for commit in self.deployer.environments[plan.service, environment].exposures:
                name = f"{environment}-{commit[0]}"
                there = fleet.processes.get((environment, name)) or fleet.start(environment, name, commit=commit)
                for metric in plan.metrics:
                    there.count(metric.name, _shown(metric))
        return await fleet.read(plan, environments, at)

    async def past(self, *_: object) -> tuple[Reading, ...]:
        """Nothing is remembered."""
        return ()


@dataclass
class Noting:
    """Slack's own adapter, and when each message was posted."""

    chat: SlackChat
    posted: dict[str, float] = field(default_factory=dict)
    edits: int = 0

    async def post(
        self, channel: str, rendered: Rendered, key: str, thread_ts: str | None = None, *, broadcast: bool = False
    ) -> Posted:
        posted = await self.chat.post(channel, rendered, key, thread_ts, broadcast=broadcast)
        self.posted[key] = time.time()
        return posted

    async def edit(self, place: Posted, rendered: Rendered, key: str) -> None:
        await self.chat.edit(place, rendered, key)
        self.edits += 1

    async def find(self, channel: str, key: str, thread_ts: str | None = None) -> Posted | None:
        return await self.chat.find(channel, key, thread_ts)

    async def members(self, channel: str) -> frozenset[str]:
        return await self.chat.members(channel)


class Bot:
    """Composed as `bot.app` does it."""

    def __init__(self, crowd: Crowd) -> None:
        self.loops = Loops(time.time)
        self.store, self.writer = SqliteStore(Path(crowd.database)), Writer()
        self.service = Service(self.store, self.writer, on_events=self.loops.wake)
        self.tasks = Tasks(failed=_report, done=self.loops.ended)
        reading = reading_client(crowd.token, crowd.api_url)
        self.chat = Noting(SlackChat(writing_client(crowd.token, crowd.api_url), reading))
        self.deployer = StandInDeployer()
        self.traffic = Traffic(self.deployer)
        changes = StandInChanges(
            [Change(OLD, "the old one", "Ada", "", 1), Change(NEW, "feat: a new one", "Bea", "", 2)]
        )
        changes.tags = {"v1.0.0": OLD, "v1.1.0": NEW}
        systems = Systems(changes, self.deployer, StandInIncidents())
        studio = Studio(Template(), StandInArtist("no charts here"), StandInTours(), StandInPictures(), _names)
        scribe = Scribe(self.service, studio, time.time, _aside)
        speaker, clock, service, tasks = Speaker(self.service, self.chat), time.time, self.service, self.tasks
        teller = DayTeller(service, self.chat, studio, clock, _aside)
        performers = Performers(service, lambda _: systems, scribe, speaker, teller, StandInDirectory(), clock)
        self.steps = {
            "exposure": Reconciler(service, lambda _: self.deployer, tasks, clock).step,
            "watch": Watch(service, lambda _: self.traffic, tasks, clock).step,
            "clock": Clock(service).step,
            "outbox": Outbox(service, performers.table(), tasks, clock, LEASE_SECONDS).step,
            "cards": Cards(service, self.chat, tasks, clock, 60 / EDITS_PER_MINUTE, CARD_SECONDS_MIN).step,
        }

    async def run(self) -> None:
        await asyncio.gather(*(self.loops.drive(name, step) for name, step in self.steps.items()))

    async def ask(self, command: c.Command, actor: Actor) -> str:
        answer = await self.service.handle(command, actor=actor, key=None, now=time.time())
        return answer.release


async def main(crowd: Crowd) -> None:
    configure_logs("critical", "json")
    bot = Bot(crowd)
    pace_seconds, paces.WINDOW_SECONDS = paces.WINDOW_SECONDS, 0.0  # as Slack's rates, these begin with the measuring
    running = asyncio.create_task(bot.run())
    await _bring_into_production(bot, crowd)
    while {Urgency.MILESTONES, Urgency.WORDS} & bot.store.waiting().keys():  # noqa: ASYNC110 - it has no event to wait for
        await asyncio.sleep(SAMPLED_SECONDS)
    paces.WINDOW_SECONDS = pace_seconds
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(json.dumps(await Measuring(bot, crowd).run()), flush=True)
    running.cancel()


async def _bring_into_production(bot: Bot, crowd: Crowd) -> None:
    base = YAML(typ="safe").load(PLAN)
    began = asyncio.get_running_loop().time()
    staged = []
    for number in range(crowd.releases):
        await asyncio.sleep(began + number / STAGED_PER_SECOND - asyncio.get_running_loop().time())
        plan = plan_of(base, f"service-{number}", crowd.channels[number % len(crowd.channels)], crowd.step_seconds)
        for environment in ("staging", "production"):
            bot.deployer.environments[plan.service, environment] = Environment({OLD: 100.0}, OLD)
        staged.append(await bot.ask(c.StageRelease("", plan.service, "v1.1.0", plan), OPERATOR))
    for release in staged:
        await _approve(bot, release)
    for release in staged:
        while not _is_canary(bot.service.peek(release)):  # noqa: ASYNC110 - a release has no event to wait for
            await asyncio.sleep(0.1)


async def _approve(bot: Bot, name: str) -> None:
    while (release := bot.service.peek(name)) is None or release.entry is None or not release.entry.asked:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    for person in APPROVERS:
        await bot.ask(c.Approve(name, release.entry.number, release.entry.asked), person)


def _is_canary(release: Release | None) -> bool:
    return release is not None and release.entry is not None and release.stage.is_canary


def plan_of(written: dict[str, Any], service: str, channel: str, step_seconds: float) -> Plan:
    """The demo's plan for another service: long steps, a look every fifteen seconds, no tour, no check."""
    staging, production = written["stages"]
    return Plan.model_validate(
        {
            **written,
            "service": service,
            "channels": {"releases": channel, "engineering": "#engineering", "on_call": "#on-call"},
            "stages": [staging, {**production, "gates": [{"gate": "health", "held": f"{step_seconds:g}s"}]}],
            "timing": {"look": "15s", "stale": "60s", "silence_max": "60s", "blind_max": "120s"},
            "tour": [],
            "checks": {},
            "walkthrough": None,
        }
    )


def _moving(bot: Bot) -> list[Release]:
    found = map(bot.service.peek, bot.store.release_ids(moving=True))
    return [release for release in found if release is not None]


class Measuring:
    """Looks at the queues twice a second, and asks for rollbacks in between."""

    def __init__(self, bot: Bot, crowd: Crowd) -> None:
        self._bot = bot
        self._crowd = crowd
        self._db = sqlite3.connect(f"file:{crowd.database}?mode=ro", uri=True)
        self._behind: dict[str, float] = {}
        self.oldest_milestone = self.oldest_word = self.oldest_card = 0.0
        self.waiting_most = 0

    async def run(self) -> Mapping[str, Any]:
        began, cpu, edits = time.time(), _cpu_seconds(), self._bot.chat.edits
        rollbacks = asyncio.create_task(self._roll_back())
        while time.time() - began < self._crowd.seconds:
            self._sample(time.time())
            await asyncio.sleep(SAMPLED_SECONDS)
        wanted = self._db.execute(
            "SELECT key, wanted_at, kind, body FROM outbox WHERE wanted_at >= ?", [began]
        ).fetchall()
        delays: dict[bool, list[float]] = {True: [], False: []}
        for key, at, kind, body in wanted:
            if key in self._bot.chat.posted:
                delays[is_milestone(kind, body)].append(self._bot.chat.posted[key] - at)
        return {
            "milestones": delays[True],
            "words": delays[False],
            "oldest_milestone": self.oldest_milestone,
            "oldest_word": self.oldest_word,
            "oldest_card": self.oldest_card,
            "wanted": len(wanted),
            "waiting_most": self.waiting_most,
            "rollbacks": await rollbacks,
            "cpu": (_cpu_seconds() - cpu) / (time.time() - began),
            "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "edits_per_minute": (self._bot.chat.edits - edits) / self._crowd.seconds * 60,
            "given_up": len(self._bot.store.given_up()),
            "phases": sorted({one.phase for one in _moving(self._bot)}),
        }

    def _sample(self, now: float) -> None:
        open_rows = self._db.execute(
            "SELECT wanted_at, kind, body FROM outbox WHERE state IN ('waiting', 'leased') "
            "AND kind IN ('Post', 'Page', 'Announce')"
        ).fetchall()
        self.waiting_most = max(self.waiting_most, len(open_rows))
        for at, kind, body in open_rows:
            if is_milestone(kind, body):
                self.oldest_milestone = max(self.oldest_milestone, now - at)
            else:
                self.oldest_word = max(self.oldest_word, now - at)
        behind = self._db.execute(
            "SELECT m.key FROM messages AS m JOIN releases AS r ON r.id = m.release "
            "WHERE m.kept = 'card' AND r.version > m.version"
        ).fetchall()
        self._behind = {key: self._behind.get(key, now) for (key,) in behind}
        self.oldest_card = max([self.oldest_card, *(now - at for at in self._behind.values())])

    async def _roll_back(self) -> list[float]:
        """Seconds from each press to the traffic seen back."""
        taken = []
        for release in _moving(self._bot)[: self._crowd.rollbacks]:
            asked_at = time.time()
            await self._bot.ask(c.RollBackRelease(release.id, "carts are empty"), OPERATOR)
            while (exposure := self._bot.store.exposure(release.service, "production")) is not None:
                if exposure.percent == 0 and exposure.in_step:
                    break
                await asyncio.sleep(0.01)
            taken.append(time.time() - asked_at)
            await asyncio.sleep(self._crowd.seconds / 2 / self._crowd.rollbacks)
        return taken


def is_milestone(kind: str, body: str) -> bool:
    """What people wait for: cards, questions, failures and endings, calls; not the story in the thread."""
    said = json.loads(body)
    return kind != "Post" or said["room"] != "thread" or said["kept"] == "approval"


def _shown(metric: Metric) -> Shown:
    match metric.source:
        case "quantile":
            return Buckets((0.01, 0.05, 0.1, 0.5), (20.0, 60.0, 15.0, 5.0, 0.0))
        case "gauge":
            return Values(0.2)
        case _:
            return Counts(20.0 if metric.worse == "lower" else 0.0, 100.0)


def _cpu_seconds() -> float:
    return sum(os.times()[:2])


async def _names(people: Collection[str]) -> Mapping[str, str]:
    return {person: person for person in people}


async def _aside(work: Callable[[], T]) -> T:
    return work()


def _report(name: str, error: BaseException) -> None:
    print(name, repr(error), file=sys.stderr)


if __name__ == "__main__":
    asyncio.run(main(Crowd(**json.loads(sys.argv[1]))))
