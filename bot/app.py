"""The composition root: the only place that constructs stores, adapters, loops and doors.

`serve` is what `songbird run` runs; `songbird(…)` composes the bot for whoever drives it. The one thing to remember:
starting and stopping are ordered. The port is bound before a loop turns; Slack's door closes first, then the loops,
then the writer; what is in hand has its lease and is taken up again at the next start.
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.changes.git import Git
from bot.adapters.charts.pictures import MatplotlibArtist
from bot.adapters.chat import Chat
from bot.adapters.chat.client import reading_client, writing_client
from bot.adapters.chat.directory import SlackDirectory
from bot.adapters.chat.groups import SlackGroups
from bot.adapters.chat.homes import SlackHomes
from bot.adapters.chat.names import SlackNames
from bot.adapters.chat.pictures import SlackPictures
from bot.adapters.chat.slack import SlackChat
from bot.adapters.chat.socket import SocketMode, build_app
from bot.adapters.chat.stream import SlackTelling
from bot.adapters.chat.workspace import SlackWorkspace
from bot.adapters.checks import ByKind, Checker
from bot.adapters.checks.probe import Probe
from bot.adapters.checks.program import Program
from bot.adapters.deploy import Deployer
from bot.adapters.deploy.command import Command
from bot.adapters.deploy.splitter import Splitter
from bot.adapters.incident.file import File
from bot.adapters.metrics import MetricsSource
from bot.adapters.metrics.datadog import Datadog
from bot.adapters.metrics.http import Http
from bot.adapters.metrics.prometheus import Prometheus
from bot.adapters.metrics.scrape import Scrape
from bot.adapters.tour.chromium import Chromium
from bot.adapters.writer import model as model_writer
from bot.adapters.writer.template import Template
from bot.core.checks import PROGRAMS_AT_ONCE_MAX
from bot.core.errors import Unreadable
from bot.core.model import Release
from bot.core.plan import Plan
from bot.core.sources import DatadogSource, HttpSource, PrometheusSource, ScrapeSource
from bot.core.systems import CommandDeployer, SplitterDeployer
from bot.engine.absences import Absences
from bot.engine.aside import Aside
from bot.engine.asking import Asking
from bot.engine.bars import Bars
from bot.engine.checks import Checks
from bot.engine.clock import Clock
from bot.engine.drive import Loops, Step
from bot.engine.exposure import Reconciler
from bot.engine.homes import Homes, Sources
from bot.engine.housekeeping import Housekeeping
from bot.engine.outbox import Outbox
from bot.engine.performers import Performers, Systems
from bot.engine.plans import Outlooks
from bot.engine.records import Records
from bot.engine.rounds import DayTeller, Rounds
from bot.engine.scribe import Scribe, Studio
from bot.engine.service import Service
from bot.engine.spending import StoredLedger
from bot.engine.tasks import Tasks
from bot.engine.versions import Versions, good_before
from bot.engine.watch import Watch
from bot.engine.words import Cards, Speaker
from bot.logs import configure_logs
from bot.plans.folder import PlanFolder
from bot.settings import Settings, load_variables, without_secrets
from bot.store.sqlite import SqliteStore
from bot.store.writer import Writer
from handlers import register
from handlers.desk import Desk
from handlers.http_mode import HttpMode
from handlers.web import Vitals, serving

log = structlog.get_logger(__name__)


class SlackDoor(Protocol):
    """How Slack reaches the bot: over a socket that the bot opens, or by requests."""

    @property
    def trouble(self) -> str:
        """Why Slack cannot be heard; "" when it can."""

    @property
    def refused(self) -> int:
        """How many requests were not Slack's."""

    async def start(self) -> None: ...
    async def stop(self) -> None:
        """Takes nothing in any more, and lets what is in hand be answered."""


class Adapters:
    """The systems that plans name, made once for each distinct wish; a release's plan is pinned, so are they.

    `plans` are those in force; those that are pinned are met at the start, or when they are used first. What any of
    them names as a secret, no program gets.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        variables: dict[str, str],
        plans: Callable[[], Iterable[Plan]] = tuple,
    ) -> None:
        self._session = session
        self._variables = variables
        self._plans = plans
        self._visible = without_secrets(variables)
        self._met: set[str] = set()
        self._systems: dict[str, Systems] = {}
        self._sources: dict[str, MetricsSource] = {}
        self._room, self._room_of_users = (asyncio.Semaphore(PROGRAMS_AT_ONCE_MAX) for _ in range(2))

    def systems_of(self, plan: Plan) -> Systems:
        digest = self._meet(plan)
        if digest not in self._systems:
            self._systems[digest] = Systems(
                changes=Git(plan.changes),
                deployer=self._deployer(plan),
                incidents=File(plan.incidents),
            )
        return self._systems[digest]

    def source_of(self, plan: Plan) -> MetricsSource:
        digest = self._meet(plan)
        if digest not in self._sources:
            self._sources[digest] = self._source(plan)
        return self._sources[digest]

    def checker_of(self, release: Release) -> Checker:
        """What serves users waits for no tests of what serves nobody yet."""
        room = self._room_of_users if release.serves_users else self._room
        self._meet(release.plan)
        return ByKind(Probe(self._variables), Program(self._visible, room))

    def meet(self, pinned: Mapping[str, Plan]) -> None:
        """By digest, all at once: a thousand, each with all others, would be a million."""
        self._met |= pinned.keys()
        for name in {name for one in (*pinned.values(), *self._plans()) for name in one.variables}:
            self._visible.pop(name, None)

    def _meet(self, plan: Plan) -> str:
        """Whenever a plan is new, what all of them name is taken from what programs see. Its digest."""
        digest = plan.digest  # worked out once: a plan is long, and a thousand releases are asked about all the time
        if digest not in self._met:
            self.meet({digest: plan})
        return digest

    def _source(self, plan: Plan) -> MetricsSource:
        match plan.metrics_from:
            case ScrapeSource():
                return Scrape(plan.metrics_from, self._session)
            case PrometheusSource():
                return Prometheus(plan.metrics_from, self._session, self._variables)
            case DatadogSource():
                return Datadog(plan.metrics_from, self._session, self._variables)
            case HttpSource():
                return Http(plan.metrics_from, self._session, self._variables)

    def _deployer(self, plan: Plan) -> Deployer:
        match plan.deployer:
            case CommandDeployer():
                return Command(plan.deployer, self._visible)
            case SplitterDeployer():
                return Splitter(plan.deployer, self._session)


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or Ctrl-C. Raises Misconfigured when a plan is wrong."""
    configure_logs(settings.log_level, settings.log_format)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(settings):
        await stop.wait()
        log.info("stopping")
    log.info("stopped")


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Service]:
    """The whole bot, from opening the database to listening to Slack; closed in the other order."""
    variables = load_variables()
    plans = PlanFolder(settings.plans, variables)
    settings.database.parent.mkdir(parents=True, exist_ok=True)
    clock, loops = time.time, Loops(time.time)
    async with contextlib.AsyncExitStack() as stack:
        store = SqliteStore(settings.database)
        stack.callback(store.close)
        writer = Writer()
        stack.push_async_callback(writer.close)
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        tasks = Tasks(failed=_report, done=loops.ended)
        stack.push_async_callback(tasks.close, settings.stop_seconds_max)
        aside = _aside(stack)
        service = Service(store, writer, on_events=loops.wake, aside=aside, on_unreadable=_report_unreadable)
        chat = _chat(settings)
        adapters = Adapters(session, variables, plans.values)
        names = SlackNames(_reading(settings))
        studio = await stack.enter_async_context(_studio(settings, service, names))
        asking = Asking(service, studio, clock, aside, plans)
        telling = SlackTelling(_writing(settings), _reading(settings))
        bars, absences = Bars(service, plans), Absences(service, plans)
        groups, workspace = SlackGroups(_reading(settings)), SlackWorkspace(_reading(settings))
        seen = Sources(service, bars, absences, plans, store.messages, groups)
        homes = Homes(seen, SlackHomes(_writing(settings), _reading(settings)), tasks, clock, aside)
        records = Records(service, clock, aside)
        versions = Versions(
            lambda plan: adapters.systems_of(plan).changes,
            clock,
            lambda plan: good_before(service, plan, adapters.systems_of(plan).deployer),
        )
        desk = Desk(
            service,
            plans,
            clock,
            chat,
            names,
            groups,
            workspace,
            asking,
            telling,
            bars,
            homes,
            absences,
            names.zone,
            versions,
            records,
            Outlooks(service, clock, aside),
            plans.trouble,
            plans.beside,
            slash=settings.slash,
        )
        door = _door(settings, desk)
        checks = Checks(service, adapters.checker_of, tasks, clock)
        watch = Watch(service, adapters.source_of, tasks, clock, checks.results, aside)
        vitals = Vitals(
            stuck_loops=loops.overdue,
            slack_trouble=lambda: door.trouble,
            slack_refused=lambda: door.refused,
            moving=lambda: len(store.release_ids(moving=True)),
            unreadable=lambda: len(service.unreadable),
            effects_given_up=lambda: len(store.given_up()),
            waiting=store.waiting,
            look_late_seconds=watch.late_seconds,
            model_resting=lambda: studio.model is not None and studio.model.is_resting,
            clock=clock,
        )
        # Before any loop: the second bot of a machine, started by mistake, fails at the port and has done nothing.
        address = await stack.enter_async_context(serving(vitals, settings.host, settings.port))
        tasks.start("workspace", workspace.learn(), waited_for=False)
        await door.start()  # in http mode this binds a port as well; what comes in now waits for the loops a moment
        reading = _aside(stack)  # another than that of the looks, which would wait for all journals
        adapters.meet(await reading(store.pinned_plans))
        tasks.start("journals", service.read_ahead(reading), waited_for=False)
        rounds = Rounds(service, plans)
        steps = _steps(
            settings, service, checks, watch, bars, rounds, homes, chat, adapters, tasks, studio, aside, plans
        )
        await stack.enter_async_context(_turning(loops, steps))
        stack.push_async_callback(door.stop)
        log.info("ready", plans=sorted(plans), address=address, database=str(settings.database))
        yield service


@contextlib.asynccontextmanager
async def _studio(settings: Settings, service: Service, names: SlackNames) -> AsyncIterator[Studio]:
    """Who writes and who draws; a model only where one is configured."""
    template, artist = Template(), MatplotlibArtist()
    model = model_writer.configured(settings, template, StoredLedger(service), time.monotonic)
    tours, pictures = Chromium(settings.browser or None), SlackPictures(_writing(settings), _reading(settings))
    try:
        yield Studio(template, artist, tours, pictures, names.of, model)
    finally:
        await artist.close()
        if model is not None:
            await model.close()


def _chat(settings: Settings) -> SlackChat:
    return SlackChat(_writing(settings), _reading(settings))


def _writing(settings: Settings) -> AsyncWebClient:
    token, seconds = settings.slack_bot_token.get_secret_value(), round(settings.slack_timeout_seconds)
    return writing_client(token, settings.slack_api_url, seconds, settings.slash)


def _reading(settings: Settings) -> AsyncWebClient:
    return reading_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)


def _door(settings: Settings, desk: Desk) -> SlackDoor:
    app = build_app(settings.slack_bot_token.get_secret_value(), settings.slack_api_url, settings.slash)
    register(app, desk)
    match settings.slack_mode:
        case "socket":
            return SocketMode(app, settings.slack_app_token.get_secret_value(), settings.slack_api_url)
        case "http":
            secret = settings.slack_signing_secret.get_secret_value()
            return HttpMode(app, secret, settings.slack_host, settings.slack_port, clock=time.time)


def _aside(stack: contextlib.AsyncExitStack) -> Aside:
    """One thread for all that reads a day of samples: two at once would have the loop wait for both."""
    reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reading")
    stack.callback(reader.shutdown, wait=False, cancel_futures=True)
    return lambda work: asyncio.get_running_loop().run_in_executor(reader, work)


def _steps(
    settings: Settings,
    service: Service,
    checks: Checks,
    watch: Watch,
    bars: Bars,
    rounds: Rounds,
    homes: Homes,
    chat: Chat,
    adapters: Adapters,
    tasks: Tasks,
    studio: Studio,
    aside: Aside,
    plans: Mapping[str, Plan],
) -> Mapping[str, Step]:
    """Every loop of the bot, by name."""
    clock = time.time

    def deployer_of(release: str) -> Deployer | None:
        state = service.readable(release)
        return adapters.systems_of(state.plan).deployer if state else None

    speaker = Speaker(service, chat)
    scribe = Scribe(service, studio, clock, aside)
    directory = SlackDirectory(_reading(settings), SlackGroups(_reading(settings)))
    teller = DayTeller(service, chat, studio, clock, aside)
    performers = Performers(service, adapters.systems_of, scribe, speaker, teller, directory, clock)
    return {
        "exposure": Reconciler(service, deployer_of, tasks, clock).step,
        "checks": checks.step,
        "watch": watch.step,
        "clock": Clock(service).step,
        "bars": bars.step,
        "rounds": rounds.step,
        "housekeeping": Housekeeping(service, settings.samples_kept_days).step,
        "outbox": Outbox(service, performers.table(), tasks, clock, settings.lease_seconds).step,
        "cards": Cards(
            service, chat, tasks, clock, 60 / settings.edits_per_minute, settings.card_seconds_min, plans
        ).step,
        "homes": homes.step,
    }


@contextlib.asynccontextmanager
async def _turning(loops: Loops, steps: Mapping[str, Step]) -> AsyncIterator[None]:
    turning = [asyncio.create_task(loops.drive(name, step), name=name) for name, step in steps.items()]
    try:
        yield
    finally:
        for task in turning:
            task.cancel()
        await asyncio.gather(*turning, return_exceptions=True)


def _report_unreadable(found: Unreadable) -> None:
    log.error("a journal cannot be read", release=found.release, error=found.reason)


def _report(name: str, error: BaseException) -> None:
    log.error("a task failed", task=name, exc_info=error)
