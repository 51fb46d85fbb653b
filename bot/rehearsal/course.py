"""A release's way through its plan in virtual time: `decide`, `evolve`, `effects` and the judge are the bot's own.

`Course.play` takes the earliest thing that is due and does it: a look, a timer, a deploy that is ready, a person who
answers. What the bot's engine does between the core and the world is done here at once and in memory: a deploy takes
`DEPLOY_SECONDS`, traffic is seen where it was wanted after `EXPOSE_SECONDS`, texts are written and read by nobody. The
one thing to remember: it ends when the release has, or when nothing more would happen without a person.
"""

import heapq
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from bot.analysis import judge
from bot.analysis.judge import Boundary, JudgeState, Question
from bot.analysis.series import Cohort, LookSamples
from bot.core import commands as c
from bot.core import effects as x
from bot.core import events as e
from bot.core import follows, rooms
from bot.core.actors import SONGBIRD, Actor
from bot.core.contents import Change
from bot.core.decide import decide
from bot.core.due import due
from bot.core.errors import Refused
from bot.core.events import Recorded
from bot.core.evolve import evolve
from bot.core.measures import exposure_now
from bot.core.metric import Metric
from bot.core.model import Phase, Release, Surroundings
from bot.core.plan import FULL, GoGate, HealthGate, Plan, is_group
from bot.core.settle import may_return_by_itself
from bot.core.shown import TEXTS
from bot.core.verdict import Outcome, Pace
from bot.core.voices import Reviewer
from bot.rehearsal.checks import Checks
from bot.rehearsal.faults import INCIDENT, INCIDENT_SLOWER, Fault
from bot.rehearsal.telemetry import Telemetry
from bot.rehearsal.usual import Usual
from bot.views.messages import message, page
from bot.views.mrkdwn import foreign

PREPARE_SECONDS = 1.0
DEPLOY_SECONDS = 30.0
EXPOSE_SECONDS = 2.0
"""Until an exposure was set and read back. A plan's deployer may take `expose_time_max` for each of the two."""
UNDO_SECONDS = 5.0
ANSWER_SECONDS_MAX = 300.0
"""People answer in half the time of the step in which they are asked, and no later than this."""
PRESSED_AGAIN_SECONDS = 60.0
PRESSES_MAX = 60

VERSION, OLD_VERSION = "v2", "v1"
COMMIT, BEFORE = "b" * 40, "a" * 40
SOMEBODY = "somebody"
ALONE = Surroundings()
DARK = "no metrics: the outage that was asked for"


CARD = "card"
"""Where it stands what a release waits for. A message that is edited tells nobody, so it has no room of its own."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message. `place`: where the release was; `exposure`: percent of the traffic, None: none. `text` is mrkdwn."""

    at: float
    room: str
    place: str
    exposure: float | None
    text: str
    event: Recorded


@dataclass
class Course:
    """One release from its staging to its end. `begins` is when, in seconds since the epoch."""

    plan: Plan
    usual: Usual
    faults: Sequence[Fault]
    seed: int
    begins: float
    offset_seconds: int = 0
    """Where the people's clocks stand, east of UTC."""
    speaks: bool = True
    """Whether messages are made; a hundred runs are counted, and read by nobody."""
    now: float = 0.0
    release: Release | None = None
    journal: list[Recorded] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    onsets: dict[int, float] = field(default_factory=dict)
    """By the fault's place in `faults`, when it began."""
    met: float = 0.0
    """Requests that the new version has served since the first of its faults began."""
    _queue: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _looked: tuple[int, float] | None = None
    _judged: JudgeState | None = None
    _judged_entry: int = 0
    _checks: Checks = field(default_factory=Checks)
    _judged_stage: int = -1
    _shown: set[tuple[int, str]] = field(default_factory=set)
    _timer: int = 0

    def __post_init__(self) -> None:
        self.now = self.begins
        dice = Random(self.seed)  # noqa: S311 - a rehearsal has to play twice alike
        self._telemetry = Telemetry(self.plan, self.usual, dice)

    def play(self) -> "Course":
        self._after(
            0.0, lambda: self._ask(c.StageRelease(self.id, self.plan.service, VERSION, self.plan), self._operator)
        )
        while self._queue and not self._is_over():
            at, _number, do = heapq.heappop(self._queue)
            self.now = max(self.now, at)
            do()
        return self

    @property
    def id(self) -> str:
        """As the first release of the service would be called."""
        return release_id(self.plan)

    @property
    def state(self) -> Release:
        assert self.release is not None, "nothing has been staged"
        return self.release

    # ── the core ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _ask(self, command: c.Command, actor: Actor = SONGBIRD) -> bool:
        """Whether it was accepted. What follows is done, and the next timer set."""
        try:
            recorded = decide(self.release, command, self._surroundings(), actor, self.now)
        except Refused:
            return False
        for one in recorded:
            before, self.release = self.release, evolve(self.release, one)
            self.journal.append(one)
            for effect in follows.effects(one, self.release, ALONE):
                self._perform(effect, before, one)
            self._follow(one)
            self._show_on_the_card(one)
        if isinstance(command, c.ReportVerdict):
            self._looked = (command.entry, self.now)
        self._set_timer()
        return True

    def _surroundings(self) -> Surroundings:
        """Nobody else is there; what is known is when it was looked at last."""
        entry = self.release.entry if self.release is not None else None
        if self._looked is None or entry is None or self._looked[0] != entry.number:
            return ALONE
        return replace(ALONE, looked_at=self._looked[1])

    def _set_timer(self) -> None:
        """The newest one counts: each answer to `due` takes the place of the one before."""
        at = due(self.state, self._surroundings().looked_at, self.now)
        self._timer += 1
        timer = self._timer
        if at is not None and self.state.entry is not None:
            tick = c.Tick(self.id, self.state.entry.number)
            self._after(at - self.now, lambda: self._ask(tick) if self._timer == timer else None)

    def _after(self, seconds: float, do: Callable[[], object]) -> None:
        heapq.heappush(self._queue, (self.now + seconds, next(self._numbers), lambda: _done(do())))

    # ── the world ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _perform(self, effect: x.Effect, before: Release | None, one: Recorded) -> None:
        match effect:
            case x.Prepare():
                prepared = c.ReportPrepared(self.id, COMMIT, VERSION, BEFORE, (CHANGE,), OLD_VERSION)
                self._after(PREPARE_SECONDS, lambda: self._ask(prepared))
            case x.WriteText(kind=kind) if kind in TEXTS:
                written = c.ReportArtefact(self.id, kind, f"The {kind}.\n", "template")
                self._after(0.0, lambda: self._ask(written))
            case x.Deploy(entry=entry):
                self._after(DEPLOY_SECONDS, lambda: self._ask(c.ReportDeployed(self.id, entry)))
            case x.Undo(entry=entry):
                self._after(UNDO_SECONDS, lambda: self._ask(c.ReportUndone(self.id, entry)))
            case x.LearnHours(entry=entry):
                self._after(0.0, lambda: self._ask(c.ReportReviewers(self.id, entry, self._reviewers())))
            case x.Post(room=room) if self.speaks:
                rendered = message(one, self.state, room, before)
                if rendered is not None:
                    self._say(room, rendered.text, one)
            case x.Page() if self.speaks:
                self._say(rooms.Room.ON_CALL, page(one, self.state).text, one)
            case _:
                pass

    def _say(self, room: str, text: str, one: Recorded) -> None:
        entry = self.state.entry
        place = "" if entry is None else self.state.stage.name
        exposure = exposure_now(self.state) or None
        self.said.append(Said(self.now, room, place, exposure, text, one))

    def _show_on_the_card(self, one: Recorded) -> None:
        """What the judge waits for, the first time in a step that it does."""
        if not self.speaks or not isinstance(one.event, e.VerdictChanged):
            return
        verdict = one.event.verdict
        doubted = next((found.words for found in verdict.findings if found.since is not None), "")
        because = f": {foreign(doubted)}" if doubted and not verdict.lacks_data else ""
        if verdict.pace is Pace.PAUSE and (one.event.entry, verdict.rule) not in self._shown:
            self._shown.add((one.event.entry, verdict.rule))
            self._say(CARD, f"{verdict.rule}{because}", one)

    def _follow(self, one: Recorded) -> None:
        """What the world does because of an event that asks for no effect: traffic moves, people see, looks begin."""
        match one.event:
            case e.StepEntered(entry=entry, exposure=exposure):
                if exposure is not None:
                    self._after(EXPOSE_SECONDS, lambda: self._ask(c.ReportExposure(self.id, entry, exposure)))
                else:
                    self._begin(entry)
                self._press_go(entry)
            case e.RollbackStarted(entry=entry, environment=str()):
                self._after(EXPOSE_SECONDS, lambda: self._ask(c.ReportExposure(self.id, entry, 0.0)))
            case e.ExposureReached(entry=entry) | e.WatchStarted(entry=entry):
                self._begin(entry)
            case e.ApprovalAsked(entry=entry, subject=subject, roles=roles):
                self._answer(entry, subject, roles)
            case e.ApprovalExpired(entry=entry, role=role, by=person):
                self._answer_again(entry, role, person)
            case _:
                pass

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _begin(self, number: int) -> None:
        """An exposure was seen, or there is none to see: faults that wait for this place begin, and so do the looks."""
        self._begin_faults()
        release = self.state
        assert release.entry is not None, "a step was entered"
        if not release.is_watched:
            return
        if self._judged is None or self._judged_stage != release.entry.stage:
            self._judged = judge.begin(Question.about(self.plan, release.stage))
            self._judged_stage = release.entry.stage
        watch = release.phase is Phase.WATCHING
        boundary = Boundary(number, self.now, release.entry.exposure or FULL, watch=watch)
        self._judged, self._judged_entry = judge.enter(self._judged, boundary), number
        self._telemetry.enter(self.now)
        self._after(0.0, lambda: self._look(number))

    def _look(self, entry: int) -> None:
        release = self.state
        if release.entry is None or release.entry.number != entry or not release.is_watched:
            return
        assert self._judged is not None, "a look belongs to a step"
        look = replace(self._read(), results=self._checks.results(release, self.now, self._failing_checks))
        self._judged = judge.observe(self._judged, look)
        found = judge.verdict(self._judged, self.now)
        self._ask(c.ReportVerdict(self.id, entry, found))
        self._after(self.plan.timing.look, lambda: self._look(entry))

    def _read(self) -> LookSamples:
        if self.state.environment is None:
            return LookSamples(self.now)  # nothing runs there: its checks are all there is to see
        if self._now("outage"):
            return LookSamples(self.now, failure=DARK)
        shares = self._shares()
        silent: frozenset[Cohort] = frozenset({"canary"}) if self._now("silence") else frozenset()
        look = self._telemetry.look(self.now, shares, self._worse, silent)
        if self._now("metric", "silence"):
            self.met += self._telemetry.counted.get("canary", 0.0)
        return look

    def _shares(self) -> dict[Cohort, float]:
        """Percent of the traffic by side."""
        release = self.state
        assert release.entry is not None, "a look belongs to a step"
        exposure = release.entry.exposure or FULL
        shares: dict[Cohort, float] = {"canary": exposure}
        if exposure < FULL:
            shares["control"] = FULL - exposure
        if release.stage.baseline is not None:
            shares["baseline"] = FULL
        return shares

    # ── what is wrong ────────────────────────────────────────────────────────────────────────────────────────────────

    def _begin_faults(self) -> None:
        for number, fault in enumerate(self.faults):
            if number not in self.onsets and fault.kind != "people" and self._is_at(fault):
                self.onsets[number] = self.now + fault.delay

    def _is_at(self, fault: Fault) -> bool:
        entry, place = self.state.entry, fault.place
        if entry is None or entry.stage != place.stage:
            return False
        if place.watch:
            return self.state.phase is Phase.WATCHING
        step = self.state.step
        return place.exposure is None or (step is not None and step.exposure == place.exposure)

    def is_wrong(self, number: int, at: float) -> bool:
        """Whether this fault has begun and not ended by then."""
        onset, lasts = self.onsets.get(number), self.faults[number].lasts
        return onset is not None and onset <= at and (lasts is None or at < onset + lasts)

    def _now(self, *kinds: str) -> bool:
        return any(fault.kind in kinds and self.is_wrong(number, self.now) for number, fault in enumerate(self.faults))

    @property
    def _failing_checks(self) -> frozenset[str]:
        return frozenset(fault.check for number, fault in enumerate(self.faults) if self.is_wrong(number, self.now))

    def _worse(self, metric: Metric, cohort: Cohort) -> float:
        factor = 1.0
        for number, fault in enumerate(self.faults):
            if not self.is_wrong(number, self.now):
                continue
            seconds = self.now - self.onsets[number]
            if fault.kind == "incident":
                factor *= _shared(fault, metric, self.usual, seconds)
            elif (
                fault.kind == "metric"
                and fault.metric is not None
                and fault.metric.name == metric.name
                and cohort == "canary"
            ):
                factor *= fault.size.factor(self.usual.values[metric.name], seconds)
        return factor

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _operator(self) -> Actor:
        return Actor(self.plan.operators[0])

    def _delay(self, role: str) -> float | None:
        """When somebody of this role answers; None: never."""
        for fault in self.faults:
            if fault.kind == "people" and role in fault.roles:
                return fault.after
        held = [gate.held for gate in self.state.gates if isinstance(gate, HealthGate)]
        longest = [self.state.step.time_max] if self.state.step is not None else []
        return min([ANSWER_SECONDS_MAX, *(seconds / 2 for seconds in (*held, *longest))])

    def _people(self, role: str, count: int) -> list[Actor]:
        """So many who hold the role; of a user group nobody knows who is in it, so they are anybody."""
        named = [Actor(one, name=SOMEBODY) for one in self.plan.holders(role) if not is_group(one)]
        groups = tuple(one for one in self.plan.holders(role) if is_group(one))
        others = [Actor(f"U0{role.upper().replace('-', '')}{n}", name=SOMEBODY, groups=groups) for n in range(count)]
        return [*named, *(others if groups else [])][:count]

    def _answer(self, entry: int, subject: str, roles: "dict[str, int]") -> None:
        for role, count in roles.items():
            delay = self._delay(role)
            for person in self._people(role, count) if delay is not None else []:
                self._press(delay or 0.0, c.Approve(self.id, entry, subject), person, presses=1)

    def _answer_again(self, entry: int, role: str, person: Actor) -> None:
        """Whoever's yes expired gives it again, as slowly as before."""
        asked = self.state.entry.asked if self.state.entry is not None else None
        if asked is not None and (delay := self._delay(role)) is not None:
            self._press(delay, c.Approve(self.id, entry, asked), person, presses=1)

    def _press_go(self, entry: int) -> None:
        for gate in self.state.gates:
            if isinstance(gate, GoGate) and (delay := self._delay(gate.role)) is not None:
                go = c.PromoteRelease(self.id, entry, "go")
                self._press(delay, go, self._people(gate.role, 1)[0], presses=PRESSES_MAX)

    def _press(self, seconds: float, command: c.Command, person: Actor, presses: int) -> None:
        """Again after a minute where it was refused: there was no verdict yet."""

        def press() -> None:
            if not self._ask(command, person) and presses > 1:
                self._press(PRESSED_AGAIN_SECONDS, command, person, presses - 1)

        self._after(seconds, press)

    def _reviewers(self) -> tuple[Reviewer, ...]:
        holders = (person for role in self.plan.roles for person in self.plan.holders(role) if not is_group(person))
        return tuple(Reviewer(person, self.offset_seconds) for person in dict.fromkeys(holders))

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _is_over(self) -> bool:
        return self.release is not None and (self.release.phase.is_ending or self.waits_for_a_person)

    @property
    def waits_for_a_person(self) -> bool:
        """Held, or failing where nothing is taken back: nobody here presses anything about that."""
        release = self.state
        if release.held is not None:
            return True
        verdict = release.entry.verdict if release.entry is not None else None
        fails = verdict is not None and verdict.outcome is Outcome.FAIL and release.phase is Phase.PROVING
        passes_by = any(fault.lasts is not None for fault in self.faults)
        return fails and not may_return_by_itself(release) and not passes_by


def release_id(plan: Plan) -> str:
    return f"{plan.service}-1"


CHANGE = Change(COMMIT, "What is rehearsed", "somebody", "somebody@rehearsal.invalid", person="U0SOMEBODY")


def _shared(fault: Fault, metric: Metric, usual: Usual, seconds: float) -> float:
    """What an incident does to a metric, on both sides."""
    if fault.metric is not None:
        return fault.size.factor(usual.values[metric.name], seconds) if fault.metric.name == metric.name else 1.0
    if metric.source == "quantile":
        return INCIDENT_SLOWER.factor(0.0, seconds)
    return INCIDENT.factor(0.0, seconds) if metric.kind in ("errors", "functional") else 1.0


def _done(_outcome: object) -> None:
    """What came of a thing that was due is in the journal."""
