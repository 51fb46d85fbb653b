"""One world: the bot's process and its successors, everything outside, people, trouble, and the oracle's eye on it all.

It plays in two parts. In the first, releases are staged while the weather does its worst. Then it is calm: nothing
fails any more, people answer, and within hours of virtual time everything must have come to its end. The one thing to
remember: the world knows nothing about what has to be true; that is the oracle's business.
"""

import contextlib
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.core import commands as c
from bot.core.absences import AbsenceCommand
from bot.core.actors import Actor, Door
from bot.core.bars import BarCommand
from bot.core.errors import Refused
from bot.core.plan import FULL
from bot.engine.absences import Absences
from bot.engine.bars import Bars
from bot.engine.service import Service
from bot.store.sqlite import SqliteStore
from bot.store.writer import Inline
from tests.simulation.barring import Barring
from tests.simulation.clockwork import Clockwork, Crash
from tests.simulation.leaving import Leaving
from tests.simulation.oracle import Oracle, projections
from tests.simulation.outside import Environment, Outside
from tests.simulation.people import People, Press, Question
from tests.simulation.plans import OPERATORS, drawn_plan
from tests.simulation.process import Process
from tests.simulation.story import Row, must
from tests.simulation.trouble import MOMENT_SECONDS, Trouble
from tests.simulation.weather import Weather

STORM_SECONDS = 600.0
CALM_SECONDS_MAX = 4 * 3_600.0
PATIENCE_SECONDS = 600.0
"""In the calm, for what does not get anywhere; then people end it."""

TENDING_SECONDS = 300.0
SETTLED_SECONDS = 60.0
"""For so long nothing must be open, before it is called the end."""

DOWN_SECONDS_MAX = 60.0
UNANSWERED_SECONDS = 3.0
REDELIVERY_SECONDS = (1.0, 10.0, 60.0)
"""Slack brings what was not acknowledged three times more."""

BASELINE = f"{0:040x}"


class World:
    """Built from a seed. `play` raises `Violation` where the oracle finds one."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.clock = Clockwork(seed)
        dice = self.clock.dice
        self.weather = Weather.drawn(dice)
        self._folder = folder
        self._path = folder / "songbird.db"
        self._had_late_calls = self.weather.late > 0
        self.plans = {name: drawn_plan(name, dice) for name in ("shop", "till")[: dice.choice([1, 1, 2])]}
        tags = {f"v1.{minor}.0": f"{minor * 1_111_111 + 7:040x}"[::-1] for minor in range(1, 5)}
        bad = {commit for commit in tags.values() if dice.random() < 0.3}
        compares = dice.random() < 0.6
        self.outside = Outside(self.clock, self.weather, {"v1.0.0": BASELINE, **tags}, bad, compares=compares)
        for name in self.plans:
            for environment in ("staging", "production"):
                self.outside.deployer.environments[name, environment] = Environment({BASELINE: FULL})
        self.people = People(self.clock, self.weather, self._deliver, self.plans)
        self.trouble = Trouble(self.clock, self.weather, self.outside, self._jumped)
        self.process: Process | None = Process(self._path, self.clock, self.weather, self.outside, self.plans)
        self.oracle = Oracle(self._path, self.clock, self.outside, BASELINE)
        self.happened = set[str]()
        """The kinds of events."""
        self.barring = Barring(self._path, self.clock, self.weather, list(self.plans), self._bar)
        self.leaving = Leaving(self.clock, self.weather, self.people, self._leave)
        self._is_calm = False

    def close(self) -> None:
        if self.process is not None:
            self.process.end()
        self.oracle.close()
        self.barring.close()

    # ── playing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def play(self) -> None:
        self._stage_releases()
        self._storm()
        self.clock.after(STORM_SECONDS, self._grow_calm)
        ended_since: float | None = None
        while ended_since is None or self.clock.now < ended_since + SETTLED_SECONDS:
            in_time = self.clock.now <= STORM_SECONDS + CALM_SECONDS_MAX
            must(in_time, f"not everything has come to its end: {'' if in_time else self.oracle.what_is_open()}")
            self._turn()
            is_quiet = self._is_calm and self.process is not None and not self.outside.wire.in_flight.get("deployer")
            has_ended = is_quiet and self.oracle.everything_has_ended()
            ended_since = (ended_since or self.clock.now) if has_ended else None
        self.oracle.check_the_end(is_tidy=self.outside.wire.life == 1 and not self._had_late_calls)
        self._check_rebuild()

    def _turn(self) -> None:
        try:
            self.clock.turn()
        except Crash as crash:
            self._crash(str(crash))
        for row in self.oracle.look(is_up=self.process is not None):
            self.happened.add(row.type)
            self._show(row)

    def _stage_releases(self) -> None:
        dice = self.clock.dice
        tags = [tag for tag in self.outside.repository.tags if tag != "v1.0.0"]
        between = dice.choice([30.0, 300.0])
        for number in range(dice.choice([1, 2, 3, 4])):
            service = dice.choice(list(self.plans))
            tag = dice.choice(tags) if dice.random() < 0.2 else tags[number]
            command = c.StageRelease("", service, tag, self.plans[service])
            self.people.press(dice.choice(OPERATORS), command, dice.random() * between * number, is_sure=True)

    def _storm(self) -> None:
        if not self._is_calm:
            self.clock.after(self.clock.dice.expovariate(1 / MOMENT_SECONDS), self._storm)
            self.people.meddle()
            self.barring.moment()
            self.leaving.moment()
            self.trouble.moment()

    def _grow_calm(self) -> None:
        self.clock.say("calm")
        self._is_calm = True
        self.trouble.end()
        self._tend()

    def _tend(self) -> None:
        self.barring.end()
        is_over = self.clock.now > STORM_SECONDS + PATIENCE_SECONDS
        for story in self.oracle.open_stories():
            self.people.tend(story.id, story.stay.number, next(iter(story.open_concerns), None), is_over=is_over)
        self.clock.after(TENDING_SECONDS, self._tend)

    def _jumped(self, seconds: float) -> None:
        self.oracle.jumped(seconds)
        if self.process is not None:
            self.process.wake()

    # ── the process ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _crash(self, where: str) -> None:
        self.clock.say(f"CRASH at {where}")
        if self.process is not None:
            self.process.end()
            self.process = None
        self.outside.wire.life += 1
        self.clock.after(0.5 + self.clock.dice.random() ** 2 * DOWN_SECONDS_MAX, self._start_again)

    def _start_again(self) -> None:
        self.clock.say("the bot starts again")
        self.oracle.check_nothing_lost()
        self.process = Process(self._path, self.clock, self.weather, self.outside, self.plans)

    def _check_rebuild(self) -> None:
        """Derived from the journal anew, the projections are what they were."""
        copy = self._folder / "copy.db"
        with closing(sqlite3.connect(self._path)) as original, closing(sqlite3.connect(copy)) as db:
            original.backup(db)
        before = projections(copy)
        store = SqliteStore(copy, synchronous="OFF")
        store.rebuild(self.clock.wall())
        store.close()
        after = projections(copy)
        must(before == after, f"the projections differ from what the journal gives: {before} is not {after}")

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _deliver(self, press: Press, times_before: int = 0) -> None:
        """Slack brings it, again and again until it is answered; at the shell it is done at once."""
        process = self.process
        if press.key is None:
            self._at_the_shell(press)
            return
        answered: list[bool] = []
        if process is not None:
            name = f"press/{press.key}/{self.clock.number()}"
            process.threads.start(name, self._hand_in(process.service, press, answered))

        def look_again() -> None:
            gone = process is None or process.ended
            if gone and not answered and times_before < len(REDELIVERY_SECONDS):
                pause = REDELIVERY_SECONDS[times_before]
                self.clock.after(pause, lambda: self._deliver(press, times_before + 1))

        self.clock.after(UNANSWERED_SECONDS, look_again)

    def _at_the_shell(self, press: Press) -> None:
        """`songbird hold ID`: another process, over the same file."""
        with closing(SqliteStore(self._path, synchronous="OFF")) as store:
            work = self._hand_in(Service(store, Inline()), press, [])
            try:
                work.send(None)
            except StopIteration:
                return
            raise AssertionError("the shell waits for nothing")

    def _bar(self, command: BarCommand) -> None:
        """Through Slack while the bot is up, or at the shell; what is refused is refused."""
        actor = Actor(OPERATORS[0], Door.SHELL, "Ada")
        process = self.process
        if process is not None and not self.clock.chance(0.5):
            process.threads.start(f"bar/{self.clock.number()}", self._hand_in_bar(process.bars, command, actor))
            return
        with closing(SqliteStore(self._path, synchronous="OFF")) as store:
            work = self._hand_in_bar(Bars(Service(store, Inline()), self.plans), command, actor)
            with contextlib.suppress(StopIteration):
                work.send(None)

    async def _hand_in_bar(self, bars: Bars, command: BarCommand, actor: Actor) -> None:
        try:
            bar = await bars.ask(command, actor=actor, key=None, now=self.clock.wall())
        except Refused as refused:
            self.clock.say(f"{command}: refused: {refused}")
        else:
            self.clock.say(f"{bar.id}: {command}")

    def _leave(self, command: AbsenceCommand, person: str) -> None:
        """In Slack alone, once or twice under one key; while the bot is down it comes to nothing."""
        process, key = self.process, f"leave/{self.clock.number()}"
        if process is None:
            return
        for time in range(2 if self.clock.chance(self.weather.redelivered) else 1):
            process.threads.start(f"{key}/{time}", self._hand_in_absence(process.absences, command, person, key))

    async def _hand_in_absence(self, absences: Absences, command: AbsenceCommand, person: str, key: str) -> None:
        try:
            one = await absences.ask(command, actor=Actor(person), key=key, now=self.clock.wall())
        except Refused as refused:
            self.clock.say(f"{person}: {command}: refused: {refused}")
        else:
            self.clock.say(f"{one.id}: {person}: {command}")

    async def _hand_in(self, service: Service, press: Press, answered: list[bool]) -> None:
        before, began = self.oracle.position(), self.clock.now
        try:
            answer = await service.handle(press.command, actor=press.actor, key=press.key, now=self.clock.wall())
        except Refused as refused:
            answered.append(True)
            self.clock.say(f"{press}: refused: {refused}")
            self.oracle.refused(press, before, alone=self.clock.now == began)
        else:
            answered.append(True)
            self.clock.say(f"{press}: {answer.release} version {answer.version}")
            self.oracle.accepted(press, answer.release, answer.version, before)

    def _show(self, row: Row) -> None:
        """What the chat shows of an event, people know."""
        self.clock.say(f"[{row.release}/{row.version}] {row.type} {row.brief}")
        entries = self.people.entries.setdefault(row.release, [])
        if (entry := row.body.get("entry")) is not None and entries[-1:] != [entry]:
            entries.append(entry)
        if row.type in ("ReleaseStaged", "PlanChanged"):
            self.people.pinned.setdefault(row.release, []).append(row.body["plan_digest"])
        match row.type:
            case "ApprovalAsked" | "ApprovalAskedAgain":
                question = Question(row.release, row.body["entry"], row.body["subject"])
                self.people.asked(question)
                self.leaving.asked(question)
                self.people.stopped(row.release, row.body["entry"])
            case "ExposureReached":
                self.people.exposed(row.release, row.body["entry"])
            case "BarsChanged" if row.body["bars"]:
                self.people.stopped(row.release, row.body["entry"])
            case "OverrideAsked":
                self.people.override_asked(row.release, row.body["entry"], row.body["number"])
            case "ConcernRaised":
                self.people.concerned(row.release, row.body["number"])
            case "ReleaseHeld":
                self.people.held(row.release, row.version)
            case "DeployFailed":
                self.people.not_deployed(row.release)
            case "StepOverdue":
                self.people.overdue(row.release)
            case _:
                pass
