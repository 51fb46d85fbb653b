"""Releases to be spoken of: the golden stories, and other services in other trouble, all driven through the real core.

A world is a release with its journal and what people are called; a stand is one sheet of it, of one kind. The one
thing to remember: nothing here knows a sentence; what is true is only what the sheet says.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from typing import Any, Self

from bot.analysis import judge
from bot.core import commands as c
from bot.core.contents import Change
from bot.core.events import StepPassed
from bot.core.metric import Metric
from bot.core.model import Phase, Release, Surroundings
from bot.core.plan import FULL, Plan
from bot.core.verdict import Finding, Outcome, Pace, Verdict
from bot.core.voices import Decision
from bot.texts import Material
from bot.texts.sheet import Sheet, sheet
from tests.golden.stories import STORIES
from tests.grounding.casts import CASTS, Cast
from tests.support.scenario import Scenario, written_plan

NEEDED = 6.6
"""Nats that would convict a metric alone."""

SPREAD = 1.6
"""Times the ratio that its interval reaches up and down."""

# ── what the judge finds ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Look:
    """One look at a cast's metrics. `beside`: what the new version is compared with, if anything."""

    cast: Cast
    plan: Plan
    beside: str | None
    failing: bool = False
    is_odd: bool = False
    thin: bool = False
    proven: bool = True
    since: float | None = None

    @property
    def verdict(self) -> Verdict:
        found = tuple(chain.from_iterable(self._findings(metric) for metric in self.plan.metrics))
        if self.failing:
            return Verdict(Outcome.FAIL, Pace.RESET, judge.BROKEN, found)
        if self.thin:
            return Verdict(Outcome.INCONCLUSIVE, Pace.PAUSE, "too little data yet", found, lacks_data=True)
        if not self.proven:
            return Verdict(Outcome.INCONCLUSIVE, Pace.RUN, judge.NOT_FAILING, found)
        rule = {"control": judge.SHOWN, "baseline": judge.MET}.get(self.beside or "", judge.LIMITS_MET)
        return Verdict(Outcome.PASS, Pace.RUN, rule, found)

    def _findings(self, metric: Metric) -> Iterator[Finding]:
        value, reference = self._seen(metric.name)
        nats = self.cast.bad[metric.name][2] if self._fails(metric) else -0.7
        events = metric.events_min // 3 if self.thin else self.cast.events
        since = self.since if self._fails(metric) or self._is_flagged(metric) else None
        base = Finding(metric.name, metric.kind, "", Outcome.PASS, f"{metric.name} {value:g}", events=events)
        base = replace(base, value=None if self.thin else value, evidence=nats, evidence_needed=NEEDED)
        if metric.limit is not None:
            beyond = not metric.limit.min or value >= metric.limit.min
            broken = self._fails(metric) and not (beyond and value <= (metric.limit.max or value))
            bound = metric.limit.max if metric.limit.max is not None else metric.limit.min
            yield self._judged(base, "limit", broken, since, bound)
        if metric.tolerance is not None and self.beside:
            ratio, allowed = value / reference, metric.tolerance.ratio
            seen = replace(
                base,
                flag=self._is_flagged(metric),
                ratio=None if self.thin else ratio,
                ratio_low=None if self.thin else ratio / SPREAD,
                ratio_high=None if self.thin else ratio * SPREAD,
                tolerated=allowed if metric.worse == "higher" else 1 / allowed,
            )
            criterion = "tolerance" if self.beside == "control" else "baseline"
            fails = self._fails(metric) and criterion == "tolerance"
            yield self._judged(seen, criterion, fails, since, None if self.thin else reference)
        elif metric.limit is None:
            yield self._judged(base, "observed", fails=False, since=None, reference=None)

    def _judged(
        self, found: Finding, criterion: str, fails: bool, since: float | None, reference: float | None
    ) -> Finding:
        doubtful = self.thin or (criterion == "tolerance" and not self.proven)
        outcome = Outcome.FAIL if fails else Outcome.INCONCLUSIVE if doubtful else Outcome.PASS
        return replace(found, criterion=criterion, outcome=outcome, since=since, reference=reference)

    def _seen(self, metric: str) -> tuple[float, float]:
        if self.failing and metric in self.cast.bad:
            return self.cast.bad[metric][:2]
        return self.cast.odd[metric] if self.is_odd and metric in self.cast.odd else self.cast.usual[metric]

    def _fails(self, metric: Metric) -> bool:
        return self.failing and metric.name in self.cast.bad

    def _is_flagged(self, metric: Metric) -> bool:
        return self.is_odd and metric.name in self.cast.odd


BLIND = Verdict(Outcome.ERROR, Pace.PAUSE, "the metrics do not answer")


# ── a release of a cast ──────────────────────────────────────────────────────────────────────────────────────────────


def plan_of(cast: Cast) -> Plan:
    roles = {role: [actor.id] for role, actor in cast.approvers.items()}
    stages: list[dict[str, Any]] = written_plan()["stages"]
    stages[0]["gates"] = [
        {"gate": "health", "held": cast.staging_held},
        {"gate": "approval", "roles": dict.fromkeys(roles, 1)},
    ]
    stages[1].update(steps=list(cast.steps), gates=[{"gate": "health", "held": cast.held}])
    look = f"{cast.look_seconds:g}s"
    return Plan.model_validate(
        written_plan(
            service=cast.service,
            operators=[cast.operator.id],
            roles=roles,
            on_call=[cast.on_call.id],
            metrics=list(cast.metrics),
            stages=stages,
            watch=dict(cast.watch),
            timing={"look": look, "stale": "150s", "silence_max": "150s", "blind_max": "5m"},
        )
    )


@dataclass
class Tale(Scenario):
    """A scenario of a cast; the wording of it is `Story`'s, the numbers are the cast's."""

    cast: Cast = field(default_factory=lambda: CASTS[0])

    @classmethod
    def of(cls, cast: Cast) -> Self:
        return cls(plan=plan_of(cast), id=cast.id, now=cast.start, cast=cast)

    def begun(self) -> Self:
        cast, changes = self.cast, tuple(one.change for one in self.cast.changes)
        self.when(c.StageRelease(self.id, cast.service, cast.version, self.plan), cast.operator)
        self.wait(3).when(c.ReportPrepared(self.id, cast.commit, cast.version, cast.previous, changes))
        return self.wait(2).written()

    def look(self, **how: Any) -> Verdict:
        assert self.state.entry is not None
        beside: str | None = "baseline"
        if self.state.stage.is_canary:
            beside = None if self.state.entry.exposure == FULL else "control"
        return Look(self.cast, self.plan, beside, **how).verdict

    def seen(self, **how: Any) -> Self:
        return self.looked(self.look(**how))

    def stay(self, seconds: float, **how: Any) -> Self:
        """Looks as the watch takes them, for so long or until the entry is left."""
        here, until = self.entry, self.now + seconds
        while self.now < until and self.entry == here and self.state.is_watched:
            self.seen(**how).wait(self.cast.look_seconds)
        return self

    def on_staging(self) -> Self:
        return self.begun().wait(41).deployed().wait(3.4).exposed().seen()

    def reviewed(self) -> Self:
        self.on_staging()
        for number, actor in enumerate(self.cast.approvers.values()):
            self.stay(170 + 95 * number).when(self.approval(), actor)
        return self.stay(4000)

    def canary_at(self, step: int, **how: Any) -> Self:
        """In production, at the step of that number, looked at once."""
        self.reviewed().wait(38).deployed()
        for _ in range(step):
            self.wait(2.2).exposed().stay(4000, **how)
        return self.wait(2.2).exposed().seen(**how).wait(self.cast.look_seconds).seen(**how)

    def taken_back(self) -> Self:
        return self.wait(4.4).exposed().wait(21).when(c.ReportUndone(self.id, self.entry))


def good(cast: Cast) -> Tale:
    at = Tale.of(cast).canary_at(len(cast.steps) - 1)
    at.stay(4000).is_now(Phase.WATCHING)
    while at.state.phase is Phase.WATCHING:
        at.wait(140).seen()
    return at.is_now(Phase.HEALTHY)


def watched(cast: Cast) -> Tale:
    """Unusual in the canary, accepted, and in its watch."""
    at = Tale.of(cast).canary_at(0, is_odd=True, since=cast.start + 400)
    at.wait(60).when(c.AcceptAnomaly(at.id, next(iter(cast.odd)), cast.accept.said, at.entry), cast.operator)
    while at.state.phase is Phase.PROVING:
        at.stay(4000, is_odd=True, since=cast.start + 400)
        if at.state.phase is Phase.PROVING:
            at.wait(2.2).exposed()
    return at.is_now(Phase.WATCHING)


def bad(cast: Cast) -> Tale:
    at = Tale.of(cast).canary_at(1)
    at.wait(47).seen(failing=True, since=at.now - 71).is_now(Phase.ROLLING_BACK)
    at.taken_back().is_now(Phase.ROLLED_BACK)
    return at.wait(5460).when(c.UnblockBuild(at.id, cast.unblock.said), cast.operator)


def caveated(cast: Cast) -> Tale:
    at = Tale.of(cast).on_staging()
    at.stay(200).when(c.RaiseConcern(at.id, at.entry, cast.worry.said), cast.worrier)
    decider = next(iter(cast.approvers.values()))
    at.stay(800).when(c.DecideConcern(at.id, 1, Decision.CAVEAT, cast.caveat.said), decider)
    for actor in cast.approvers.values():
        at.wait(33).when(at.approval(), actor)
    return at.stay(4000).is_now(Phase.DEPLOYING)


def worried(cast: Cast) -> Tale:
    """A concern that nobody has decided yet, and one approval of two."""
    at = Tale.of(cast).on_staging()
    at.stay(200).when(c.RaiseConcern(at.id, at.entry, cast.worry.said), cast.worrier)
    return at.stay(90).when(at.approval(), next(iter(cast.approvers.values()))).is_now(Phase.PROVING)


def fixed_first(cast: Cast) -> Tale:
    at = Tale.of(cast).on_staging()
    at.stay(200).when(c.RaiseConcern(at.id, at.entry, cast.worry.said), cast.worrier)
    decider = next(iter(cast.approvers.values()))
    at.stay(500).when(c.DecideConcern(at.id, 1, Decision.FIX_FIRST, cast.fix.said), decider)
    return at.taken_back().is_now(Phase.REJECTED)


def rejected(cast: Cast) -> Tale:
    at = Tale.of(cast).on_staging()
    assert at.state.entry is not None
    one, other = cast.approvers.values()
    at.stay(120).when(at.approval(), one).stay(240)
    at.when(c.Reject(at.id, at.entry, at.state.entry.asked or "", cast.reject.said), other)
    return at.taken_back().is_now(Phase.REJECTED)


def called_back(cast: Cast) -> Tale:
    """Held, resumed, promoted, and taken back by the person on call."""
    at = Tale.of(cast).canary_at(1)
    at.wait(15).when(c.HoldRelease(at.id, cast.hold.said), cast.on_call)
    at.stay(660).when(c.ResumeRelease(at.id), cast.operator)
    if at.state.entry is not None and at.state.entry.observed_at is None:
        at.wait(2.2).exposed().seen()
    at.wait(65).when(c.RollBackRelease(at.id, cast.back.said), cast.on_call)
    return at.taken_back().is_now(Phase.ROLLED_BACK)


def not_deployed(cast: Cast) -> Tale:
    at = Tale.of(cast).begun().wait(130)
    at.when(c.ReportNotDeployed(at.id, at.entry, cast.deploy_failure.said))
    return at.taken_back().is_now(Phase.ROLLED_BACK)


def blind(cast: Cast) -> Tale:
    at = Tale.of(cast).canary_at(1)
    here = at.entry
    while at.entry == here:
        at.wait(cast.look_seconds).looked(BLIND)
    return at.taken_back().is_now(Phase.ROLLED_BACK)


def quiet(cast: Cast) -> Tale:
    """Too little traffic at the first step."""
    at = Tale.of(cast).reviewed().wait(38).deployed()
    return at.wait(2.2).exposed().stay(60, thin=True).is_now(Phase.PROVING)


def undecided(cast: Cast) -> Tale:
    return Tale.of(cast).canary_at(1, proven=False).is_now(Phase.PROVING)


def superseded(cast: Cast) -> Tale:
    at = Tale.of(cast).canary_at(len(cast.steps) - 1)
    at.stay(4000).is_now(Phase.WATCHING)
    service, number = at.id.rsplit("-", 1)
    return at.wait(3900).when(c.Supersede(at.id, f"{service}-{int(number) + 1}")).is_now(Phase.SUPERSEDED)


def cancelled_in_the_queue(cast: Cast) -> Tale:
    at = Tale.of(cast)
    at.around = Surroundings(holders={"staging": f"{cast.service}-2"})
    at.begun().wait(610).when(c.CancelRelease(at.id, "not before the holidays"), cast.operator)
    return at.is_now(Phase.CANCELLED)


TALES: tuple[Callable[[Cast], Tale], ...] = (
    good,
    watched,
    bad,
    caveated,
    worried,
    fixed_first,
    rejected,
    called_back,
    not_deployed,
    blind,
    quiet,
    undecided,
    superseded,
    cancelled_in_the_queue,
)

PLAYED: dict[str, tuple[str, ...]] = {
    "payments": ("good", "bad", "caveated", "called_back", "watched", "not_deployed", "rejected"),
    "search": ("bad", "watched", "worried", "blind", "quiet", "superseded", "called_back"),
    "accounts": ("bad", "good", "fixed_first", "rejected", "undecided", "cancelled_in_the_queue", "caveated"),
    "ledger": ("bad", "caveated", "called_back", "watched", "blind", "not_deployed", "good"),
    "notifier": ("bad", "worried", "good", "superseded", "rejected", "quiet", "called_back"),
}
"""Which cast plays what."""

# ── their sheets ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Suspect:
    """A change with what makes it suspect, as a diagnosis would hand it over."""

    change: Change
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Stand:
    """One sheet: of which world, of which kind of text. What is said of it is said by its facts."""

    world: str
    kind: str
    sheet: Sheet
    release: Release


BEFORE_PRODUCTION = ("go-no-go", "notes", "faq", "answer")
AFTER_A_VERDICT = ("diagnosis", "incident", "answer", "notes")
AFTER_ALL = ("answer", "notes")
ON_ITS_WAY = ("narration", "answer", "faq", "engineering")


@cache
def stands() -> tuple[Stand, ...]:
    """Every sheet there is to speak of; the same at every call."""
    return tuple(chain(_golden_stands(), _cast_stands(), _daily_stands()))


def _golden_stands() -> Iterator[Stand]:
    titles = {"U0PRIYA": "Priya", "U0VICTOR": "Victor", "U0OMAR": "Omar", "U0ADA": "Ada", "U0QUINN": "Quinn"}
    for name, tell in STORIES.items():
        at = tell()
        yield from _stands(f"shop/{name}", at, titles, ())


def _cast_stands() -> Iterator[Stand]:
    tales = {tale.__name__: tale for tale in TALES}
    for cast in CASTS:
        titles = {actor.id: actor.name for actor in cast.people}
        for name in PLAYED[cast.service]:
            yield from _stands(f"{cast.service}/{name}", tales[name](cast), titles, _suspects(cast))


def _suspects(cast: Cast) -> tuple[Suspect, ...]:
    """The two changes that a diagnosis would look at first: what is meant to be faster, what touches most files."""
    faster = next(one.change for one in cast.changes if one.thing)
    others = sorted((one.change for one in cast.changes if one.change != faster), key=lambda one: -len(one.paths))
    reasons = (
        (f"it is about performance, as {next(iter(cast.bad))} may be",),
        (f"it touches {len(others[0].paths)} files" if others[0].paths else "it is a feature",),
    )
    return tuple(Suspect(change, why) for change, why in zip((faster, others[0]), reasons, strict=True))


def _stands(world: str, at: Scenario, titles: dict[str, str], suspects: tuple[Suspect, ...]) -> Iterator[Stand]:
    release = at.state
    broke = release.rollback is not None and release.rollback.cause == "verdict"
    kinds: tuple[str, ...] = ON_ITS_WAY if "production" in release.deployed else BEFORE_PRODUCTION
    if release.phase.is_ending:
        kinds = AFTER_A_VERDICT if broke else AFTER_ALL
    passed = [one.event.entry for one in at.journal if isinstance(one.event, StepPassed)]
    for kind in kinds:
        about = str(passed[-1]) if kind == "narration" and passed else ""
        material = Material(release, tuple(at.journal), at.now, about, titles=titles)
        ranked = suspects if broke and kind in ("diagnosis", "incident", "answer") else ()
        yield Stand(world, kind, sheet(kind, material, ranked), release)


def _daily_stands() -> Iterator[Stand]:
    """Some releases at once, as a stakeholder reads of them."""
    tales = {tale.__name__: tale for tale in TALES}
    for number, names in enumerate((("watched", "bad", "worried"), ("good", "caveated", "undecided"))):
        played = [(cast, tales[name](cast)) for cast, name in zip(CASTS[number:], names, strict=False)]
        titles = {actor.id: actor.name for cast, _at in played for actor in cast.people}
        first = played[0][1]
        every = tuple(at.state for _cast, at in played)
        material = Material(first.state, tuple(first.journal), first.now, titles=titles, releases=every)
        yield Stand(f"daily/{number + 1}", "daily", sheet("daily", material), first.state)
