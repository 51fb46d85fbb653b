"""What the tests of the doors share: the real Bolt app in a stand-in workspace, before a fake engine.

The engine is fake in that nothing is stored and nobody deploys; what it decides is the core's own. Slack reaches the
app `over_socket`, or `over_http` where a test asks for the fixture `way`. The one thing a reader could forget: answers
for one person are `workspace.state.ephemerals`, and `heard` waits for the next of them.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.changes import Ref
from bot.adapters.chat.client import OWN_NAMES, reading_client, writing_client
from bot.adapters.chat.groups import SlackGroups
from bot.adapters.chat.homes import SlackHomes
from bot.adapters.chat.names import SlackNames
from bot.adapters.chat.slack import SlackChat
from bot.adapters.chat.socket import SocketMode, build_app
from bot.adapters.chat.stream import SlackTelling
from bot.adapters.chat.workspace import SlackWorkspace
from bot.core.absences import AbsenceCommand
from bot.core.absences import Asked as AbsenceAsked
from bot.core.absences import decide as decide_absence
from bot.core.actors import Actor
from bot.core.bars import Asked, BarCommand
from bot.core.bars import decide as decide_bar
from bot.core.beside import Absence, Bar
from bot.core.commands import Command, RecordIncident, StageRelease
from bot.core.contents import Change
from bot.core.course import course
from bot.core.errors import AdapterError, Temporary, Unreadable
from bot.core.figures import Figures, figures
from bot.core.model import Release
from bot.core.plan import Plan
from bot.core.slash import Slash
from bot.core.verdict import Verdict
from bot.engine.homes import Homes, Sources
from bot.engine.tasks import Tasks
from bot.sandbox.workspace import App, Timing, Workspace, seed
from bot.sandbox.workspace.records import Command as SlashCommand
from bot.store.ports import Answer, Look, Message
from bot.texts import Material
from bot.texts.audit import Deed, deeds
from bot.texts.past import Past
from bot.texts.plans import Outlook
from bot.views.rendered import Rendered
from handlers import register
from handlers.desk import ACK_SECONDS_MAX, CHANGES_SECONDS_MAX, VERSIONS_SECONDS_MAX, Desk
from handlers.http_mode import HttpMode
from tests.contracts.workspace_fixtures import as_person, until
from tests.engine.engine_fixtures import at_once
from tests.support.scenario import START, Scenario, plan

RELEASES, ELSEWHERE = seed.RELEASES, "T0ELSEWHERE"
PROMPT = Timing(event_retry_delays_seconds=(0.0, 0.05, 0.1))
"""Slack's own, but for what is sent again after minutes."""


@dataclass
class FakeService:
    """Decides with the core, remembers in memory. `wait_seconds` makes commits slow, `broken` makes them fail."""

    scenarios: dict[str, Scenario] = field(default_factory=dict)
    handled: list[tuple[Command, Actor]] = field(default_factory=list)
    """Accepted commands, in order."""
    answers: dict[str, Answer] = field(default_factory=dict)
    keys: list[str | None] = field(default_factory=list)
    """Of everything that was asked, refused or not."""
    wait_seconds: float = 0.0
    broken: Exception | None = None
    failed: list[tuple[str, str]] = field(default_factory=list)
    """Effects that were given up."""
    unreadable: dict[str, str] = field(default_factory=dict)
    """Releases that cannot be read, and why."""

    async def handle(self, command: Command, *, actor: Actor, key: str | None, now: float) -> Answer:
        self.keys.append(key)
        await asyncio.sleep(self.wait_seconds)
        if self.broken is not None:
            raise self.broken
        if key in self.answers:
            return self.answers[key]
        if isinstance(command, StageRelease):
            command = replace(command, release=f"{command.service}-{len(self.scenarios) + 1}")
            scenario = Scenario(command.plan, command.release).when(command, actor)
            self.scenarios[command.release] = scenario
        else:
            scenario = self.scenarios.get(command.release) or Scenario(id=command.release)
            if isinstance(command, RecordIncident):
                scenario.around = replace(scenario.around, caused_by=self._caused_by(command.key))
            scenario.when(command, actor)
        self.handled.append((command, actor))
        self.answers[str(key)] = Answer(command.release, scenario.state.version)
        return self.answers[str(key)]

    def _caused_by(self, key: str) -> str | None:
        every = (scenario.state for scenario in self.scenarios.values())
        return next((one.id for one in every if key and key in [each.key for each in one.incidents]), None)

    async def release(self, release: str, /) -> Release | None:
        if release in self.unreadable:
            raise Unreadable(release, self.unreadable[release])
        scenario = self.scenarios.get(release)
        return scenario.release if scenario else None

    async def releases(self, *, moving: bool = False, most: int = 20) -> list[Release]:
        return self.moving()[:most] if moving else self.newest(most)

    def moving(self) -> list[Release]:
        return [state for state in self.newest(len(self.scenarios)) if not state.phase.is_ending]

    def newest(self, most: int) -> list[Release]:
        return [scenario.state for scenario in reversed(self.scenarios.values())][:most]

    async def look(self, release: str, /) -> Look | None:
        return None

    async def given_up(self) -> list[tuple[str, str]]:
        return self.failed

    @property
    def asked(self) -> int:
        return len(self.keys)

    @property
    def commands(self) -> list[Command]:
        return [command for command, _ in self.handled]


@dataclass
class FakeAsking:
    """Answers from a table. `model` are the sentences of a model; None: there is none."""

    answers: dict[str, str] = field(default_factory=dict)
    model: list[str] | None = None
    breaks: bool = False
    """Whether the model breaks off after these."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Release and question, in order."""
    threads: dict[str, str] = field(default_factory=dict)
    """By the time of a thread's first message, whose thread it is."""

    async def plain(self, release: str, question: str) -> str:
        self.asked.append((release, question))
        return self.answers.get(question, f"**{release}** waits for health.")

    def better(self, release: str, question: str, person: str) -> AsyncIterator[str] | None:
        return None if self.model is None else self._say(self.model)

    async def _say(self, sentences: list[str]) -> AsyncIterator[str]:
        for sentence in sentences:
            yield sentence
        if self.breaks:
            raise Temporary("it broke off")

    async def daily(self) -> str:
        return "Nothing has moved since yesterday."

    def release_of(self, channel: str, thread_ts: str) -> str | None:
        return self.threads.get(thread_ts)


@dataclass
class FakeBars:
    """Decides with the core, remembers in memory."""

    plans: Mapping[str, Plan]
    bars: list[Bar] = field(default_factory=list)
    answers: dict[str | None, Bar] = field(default_factory=dict)

    async def ask(self, command: BarCommand, *, actor: Actor, key: str | None, now: float) -> Bar:
        if key in self.answers:
            return self.answers[key]
        bar = decide_bar(command, Asked(self.open(now), self.plans, actor, now))
        bar = bar if bar.id else replace(bar, id=f"{bar.kind}-{len(self.bars) + 1}")
        self.bars = [one for one in self.bars if one.id != bar.id] + [bar]
        self.answers[key] = bar
        return bar

    def open(self, now: float) -> list[Bar]:
        return [bar for bar in self.bars if bar.lifted is None and (bar.ends_at is None or now < bar.ends_at)]


@dataclass
class FakeRecords:
    """Reads the journals that the fake service has."""

    service: FakeService

    async def audit(self, release: str) -> tuple[Deed, ...]:
        scenario = self.service.scenarios[release]
        return deeds(Past.of(Material(scenario.state, tuple(scenario.journal), START)))

    async def followed_up(self, service: str) -> tuple[list[Release], int]:
        return [one for one in await self.service.releases() if one.caveats and service in ("", one.service)], 0

    async def figures(self, service: str, days: float) -> Figures:
        journals = [scenario.journal for scenario in self.service.scenarios.values()]
        found = [course(journal, START) for journal in journals if journal[0].at >= START - days * 86_400]
        return figures([one for one in found if one.service == service or not service])


@dataclass
class FakeOutlooks:
    """Judges with what it is told: `after` is what the judge says of what was seen, by any other plan."""

    after: Verdict | None = None

    async def of(self, release: Release, plan: Plan, /) -> Outlook:
        before = release.entry.verdict if release.entry is not None else None
        return Outlook(release, plan, START, before, self.after or before)


@dataclass
class FakeRepository:
    """Its newest versions by service, what each would bring. `trouble` is raised, `silent` keeps it from answering."""

    refs: dict[str, tuple[Ref, ...]] = field(default_factory=dict)
    brings: dict[str, tuple[Change, ...]] = field(default_factory=dict)
    trouble: AdapterError | None = None
    silent: bool = False
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    """Set: what was silent answers after all."""

    async def newest(self, plan: Plan) -> tuple[Ref, ...]:
        await self._asked()
        return self.refs.get(plan.service, ())

    async def changes(self, plan: Plan, ref: str) -> tuple[Change, ...]:
        assert plan.service in self.refs
        await self._asked()
        return self.brings[ref]

    async def _asked(self) -> None:
        if self.silent:
            await self.answers.wait()
        if self.trouble is not None:
            raise self.trouble


@dataclass
class FakeAbsences:
    """Decides with the core, remembers in memory."""

    plans: Mapping[str, Plan]
    absences: list[Absence] = field(default_factory=list)
    answers: dict[str | None, Absence] = field(default_factory=dict)

    async def ask(self, command: AbsenceCommand, *, actor: Actor, key: str | None, now: float) -> Absence:
        if key in self.answers:
            return self.answers[key]
        one = decide_absence(command, AbsenceAsked(self.open(now), self.plans, actor, now))
        one = one if one.id else replace(one, id=f"absence-{len(self.absences) + 1}")
        self.absences = [other for other in self.absences if other.id != one.id] + [one]
        self.answers[key] = one
        return one

    def open(self, now: float) -> list[Absence]:
        return [one for one in self.absences if one.ended_at is None and now < one.ends_at]


@dataclass
class Slack:
    """A workspace with Songbird in it, and what a person does there."""

    workspace: Workspace
    service: FakeService
    desk: Desk
    client: AsyncWebClient
    asking: FakeAsking
    bars: FakeBars
    repository: FakeRepository
    absences: FakeAbsences
    kept: list[Message] = field(default_factory=list)
    """Messages that the store would know."""
    plans: dict[str, Plan] = field(default_factory=dict)
    """What the plan files say now."""
    troubles: dict[str, str] = field(default_factory=dict)
    besides: dict[str, str] = field(default_factory=dict)
    """By service, why its plan file cannot be read."""
    outlooks: FakeOutlooks = field(default_factory=FakeOutlooks)

    async def type(self, person: str, command: str, text: str = "", channel: str = RELEASES) -> dict[str, Any]:
        return await as_person(self.workspace, person, "command", channel=channel, command=command, text=text)

    async def asks(self, person: str, command: str, text: str = "") -> str:
        """What is answered to a typed command, as JSON text: words, blocks and all."""
        before = len(self.workspace.state.ephemerals)
        assert await self.type(person, command, text) == {"ok": True}
        return str(await self.heard(before))

    async def post(self, rendered: Rendered, thread_ts: str | None = None) -> str:
        """A message of Songbird's, for its buttons; its ts."""
        answer = await self.client.chat_postMessage(
            channel=RELEASES, text=rendered.text, blocks=list(rendered.blocks), thread_ts=thread_ts
        )
        if thread_ts is None:
            self.asking.threads.setdefault(str(answer["ts"]), next(iter(self.service.scenarios), ""))
        return str(answer["ts"])

    async def press(self, person: str, ts: str, action_id: str, channel: str = RELEASES) -> dict[str, Any]:
        """A person presses the button with this action id."""
        message = self.message(ts)
        for block in message["blocks"]:
            for element in (*block.get("elements", ()), block.get("accessory") or {}):
                if element.get("action_id") == action_id:
                    action = {**element, "block_id": block["block_id"]}
                    return await as_person(
                        self.workspace, person, "action", channel=channel, message_ts=ts, action=action
                    )
        raise AssertionError(f"no button {action_id}: {message['blocks']}")

    async def opened(self, person: str) -> dict[str, Any]:
        """The modal that this person sees."""
        await until(lambda: self.workspace.views.stacks[person])
        return self.workspace.views.to_slack(self.workspace.views.stacks[person][-1])

    async def submit(self, person: str, **typed: str) -> dict[str, Any]:
        """Fill the open modal in and send it."""
        view = await self.opened(person)
        values = dict(_value(view, name, text) for name, text in typed.items())
        return await as_person(self.workspace, person, "view_submission", view_id=view["id"], values=values)

    async def choose(self, person: str, block_id: str, value: str) -> dict[str, Any]:
        """Choose in a menu of the open modal, or press Enter in a field that tells of it; the modal afterwards."""
        view = await self.opened(person)
        _, chosen = _value(view, block_id, value)
        ((action_id, entry),) = chosen.items()
        action = {**entry, "block_id": block_id, "action_id": action_id}
        said = await as_person(self.workspace, person, "view_action", view_id=view["id"], action=action, values={})
        assert said == {"ok": True}
        return await self.opened(person)

    async def take(self, person: str, shortcut: str, ts: str | None = None) -> dict[str, Any]:
        """A shortcut: a global one, or one of a message's menu."""
        where = {"channel": RELEASES, "message_ts": ts} if ts is not None else {}
        return await as_person(self.workspace, person, "shortcut", callback_id=shortcut, **where)

    def message(self, ts: str) -> dict[str, Any]:
        whispers = self.workspace.state.ephemerals
        return whispers.get((RELEASES, ts)) or self.workspace.state.message(RELEASES, ts)

    def whispers(self, person: str) -> list[dict[str, Any]]:
        return [each for each in self.workspace.state.ephemerals.values() if each["ephemeral_to"] == person]

    async def heard(self, before: int = 0) -> dict[str, Any]:
        """The next message that only one person sees."""
        await until(lambda: len(self.workspace.state.ephemerals) > before)
        return list(self.workspace.state.ephemerals.values())[-1]

    def moves_elsewhere(self, person: str) -> None:
        """They are at home in another workspace, with which the channel is shared."""
        self.workspace.state.users[person] = replace(self.workspace.state.users[person], team=ELSEWHERE)

    def modals(self, person: str) -> int:
        return len(self.workspace.views.stacks[person])


def _raise(name: str, error: BaseException) -> None:
    raise AssertionError(f"{name} failed") from error


def _value(view: dict[str, Any], block_id: str, text: str) -> tuple[str, dict[str, Any]]:
    """What a form says of one of its fields."""
    element = next(block["element"] for block in view["blocks"] if block.get("block_id") == block_id)
    entry: dict[str, Any] = {"type": element["type"]}
    if "options" in element:
        entry["selected_option"] = next(option for option in element["options"] if option["value"] == text)
    else:
        entry["value"] = text
    return block_id, {element["action_id"]: entry}


ACK_SECONDS = 30.0
"""How long Bolt and the stand-in wait for an ack, otherwise three seconds: no test asks how fast a machine is."""


@contextlib.asynccontextmanager
async def slack(
    scenario: Scenario | None = None,
    plans: tuple[Plan, ...] = (),
    *,
    ack_seconds_max: float = ACK_SECONDS_MAX,
    versions_seconds_max: float = VERSIONS_SECONDS_MAX,
    changes_seconds_max: float = CHANGES_SECONDS_MAX,
    slash: Slash = OWN_NAMES,
    has_learned_home: bool = True,
) -> AsyncIterator[Slack]:
    """Everything up and connected; gone afterwards. As after a start, unless Slack was away then."""
    app = App(commands=(SlashCommand(slash.stage), SlashCommand(slash.release)))
    workspace = await Workspace.start(app=app, rate_scale=math.inf, timing=PROMPT)
    workspace.delivery.ack_seconds = ACK_SECONDS
    token, url = workspace.bot_token, workspace.api_url
    service = FakeService({scenario.id: scenario} if scenario else {})
    reading, writing = reading_client(token, url), writing_client(token, url, slash=slash)
    known = {each.service: each for each in plans or (plan(),)}
    asking, bars, names, groups = FakeAsking(), FakeBars(known), SlackNames(reading), SlackGroups(reading)
    home = SlackWorkspace(reading)
    tasks, kept, repository, absences = Tasks(failed=_raise), list[Message](), FakeRepository(), FakeAbsences(known)

    def messages(release: str) -> list[Message]:
        return [one for one in kept if one.release == release]

    troubles, besides, outlooks = dict[str, str](), dict[str, str](), FakeOutlooks()
    sources = Sources(service, bars, absences, known, messages, groups)
    desk = Desk(
        service,
        known,
        lambda: START,
        SlackChat(writing, reading),
        names,
        groups,
        home,
        asking,
        SlackTelling(writing, reading, pace_seconds=0.0),
        bars,
        Homes(sources, SlackHomes(writing, reading), tasks, lambda: START, at_once),
        absences,
        names.zone,
        repository,
        FakeRecords(service),
        outlooks,
        lambda service: troubles.get(service, ""),
        lambda service: besides.get(service, ""),
        ack_seconds_max=ack_seconds_max,
        versions_seconds_max=versions_seconds_max,
        changes_seconds_max=changes_seconds_max,
        slash=slash,
    )
    bolt = build_app(token, url, slash)
    register(bolt, desk)
    for listener in bolt._async_listeners:
        listener.ack_timeout = ACK_SECONDS
    try:
        if has_learned_home:
            await home.learn()
        async with connect(workspace, bolt):
            there = Slack(workspace, service, desk, writing, asking, bars, repository, absences, kept)
            yield replace(there, plans=known, troubles=troubles, besides=besides, outlooks=outlooks)
    finally:
        await tasks.close(0.0)
        await workspace.stop()


@contextlib.asynccontextmanager
async def over_socket(workspace: Workspace, bolt: AsyncApp) -> AsyncIterator[SocketMode]:
    socket = SocketMode(bolt, workspace.app_token, workspace.api_url, ping_seconds=0.2)
    try:
        await socket.start()
        await until(lambda: len(workspace.sockets.connections) == 2)
        yield socket
    finally:
        await socket.stop()


@contextlib.asynccontextmanager
async def over_http(workspace: Workspace, bolt: AsyncApp) -> AsyncIterator[HttpMode]:
    door = HttpMode(bolt, workspace.signing_secret, "127.0.0.1", 0, clock=time.time)
    try:
        await door.start()
        workspace.send_requests_to(door.url)
        assert await workspace.requests.verify()
        yield door
    finally:
        await door.stop()


connect = over_socket
"""How Slack reaches the app; the fixture `way` sets it."""
