"""A service's plan: its stages, steps, gates, metrics and people, as one frozen, validated value.

What a team writes in YAML becomes a `Plan` here; `bot/plans` reads the file and turns a `ValidationError` into an
error with file, line and fix. A release carries the whole parsed plan in its first event, so a changed file changes no
moving release. The one thing to remember: shorthands (`steps: [1%, 10%]`, a stage with gates and no steps) are
written out by the validators, so the rest of the code only ever sees the long form.
"""

import hashlib
import re
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import promql_parser
from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from bot.core.quantities import Duration, Percent, Quantity
from bot.core.sources import MetricsFrom, PrometheusSource, Query
from bot.core.strict import Strict
from bot.core.tour import Item, Page, Stop, Walkthrough, refuse_untakeable

FULL = 100.0
"""Percent: all the traffic."""


def _selector(written: object) -> object:
    """Accept what PromQL calls an instant vector selector, and nothing more: `name{label="v", other=~"re"}`."""
    if not isinstance(written, str):
        raise ValueError(f"{written!r} is not a series: write a name, or a name with labels in braces")  # noqa: TRY004 - pydantic wants a ValueError
    try:
        parsed = promql_parser.parse(written)
    except ValueError as error:
        raise ValueError(f"{written!r} is not a series: {error}") from None
    if not isinstance(parsed, promql_parser.VectorSelector) or parsed.name is None:
        raise ValueError(f"{written!r} is a query: a metric counts a series, such as requests_total{{status=~'5..'}}")
    return written


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
SlackId = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,}$")]
HolderId = Annotated[str, Field(pattern=r"^[UWS][A-Z0-9]{2,}$")]
"""A person or, with an S, a user group of Slack's."""
Hours = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$")]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="a time of day such as 09:00")]


def _zone(written: object, info: ValidationInfo) -> object:
    """A time zone that this machine knows; in the journal it stands already, and is read on any machine."""
    if info.mode == "json":
        return written
    try:
        ZoneInfo(str(written))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{written!r} is not a time zone: write one such as Europe/Berlin, or UTC") from None
    return written


Zone = Annotated[str, BeforeValidator(_zone), Field(description="a time zone such as Europe/Berlin")]
Selector = Annotated[
    str, BeforeValidator(_selector), Field(description='a series, such as requests_total{status=~"5.."}')
]
Kind = Literal["errors", "performance", "functional", "resource", "business"]

# ── metrics ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Limit(Strict):
    """Absolute bounds on a metric's value, in base units, both inclusive."""

    min: Quantity | None = None
    max: Quantity | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("a limit needs min, max or both")
        return self


class Tolerance(Strict):
    """How much worse than its reference the new version may be: at most `ratio` times, and by more than `margin`.

    Both must be exceeded to count as worse, so that 0.02 % against 0.01 % of errors is not called a doubling.
    """

    ratio: Annotated[float, Field(gt=1)]
    margin: Quantity = 0.0


class Within(Strict):
    """How much worse than its reference a metric may read and the step still be left: `within: 10%`, short for `go`.

    It gates and never fails: what is beyond `go` waits, and what is surely beyond `no_go` nobody may promote.
    """

    go: Annotated[Quantity, Field(gt=0)]
    no_go: Annotated[Quantity, Field(gt=0)] | None = None
    margin: Quantity = 0.0

    @model_validator(mode="before")
    @classmethod
    def _write_short_form_out(cls, written: Any) -> Any:  # noqa: ANN401 - what a person wrote
        return {"go": written} if isinstance(written, str | int | float) else written

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.no_go is not None and self.no_go <= self.go:
            raise ValueError("within: no_go lies beyond go: {go: 10%, no_go: 20%}")
        return self


class Metric(Strict):
    """One thing that is watched, from exactly one of `counter`+`of`, `histogram`+`quantile`, `gauge`, `query`."""

    name: Name
    kind: Kind
    counter: Selector | None = None
    histogram: Selector | None = None
    quantile: Annotated[float, Field(gt=0, lt=1)] | None = None
    gauge: Selector | None = None
    query: Query | None = None
    """What none of these can say: a value for each version, in PromQL. Nothing is known of what is behind it."""
    of: Selector | None = None
    worse: Literal["higher", "lower"] = "higher"
    unit: str = ""
    priority: Literal["critical", "high", "medium"] = "high"
    """How much of the error budget it has. What is medium is flagged and never rolls back by itself."""
    alert: Limit | None = None
    """Beyond it the metric is flagged."""
    limit: Limit | None = None
    """It gates: beyond it the step is not left. Surely beyond it fails, unless a farther bound says from where on."""
    no_go: Limit | None = None
    """Between `limit` and here a person may promote; surely beyond it nobody may, and the time starts again."""
    rollback: Limit | None = None
    """Only beyond it the metric fails; with a `no_go` and without this, it never does."""
    tolerance: Tolerance | None = None
    """How much worse than its control it may be before it fails; against a baseline elsewhere it is only flagged."""
    within: Within | None = None
    """It gates against the control, or the baseline: `10%` worse may be, with more the step is not left."""
    new: bool = False
    """The version before does not have it yet: until that has, its limit alone is asked for."""
    growth_per_hour: Annotated[Quantity, Field(ge=0)] | None = None
    """A gauge may grow so much faster than its control's, an hour: `5%`. More is a leak."""
    trend_per_hour: Annotated[Quantity, Field(gt=0)] | None = None
    """A gauge may grow by so much of itself in an hour where nothing runs beside it: `5%`. More pauses."""
    steady: Annotated[Quantity, Field(gt=0)] | None = None
    """Its looks may differ among themselves by so much of their mean (standard deviation): `20%`. More pauses."""
    load_min: Annotated[float, Field(gt=0)] | None = None
    """Events a second on the new version: with less load the clock pauses, since nothing can be learned from it."""
    load_peak: Annotated[float, Field(gt=0)] | None = None
    """Events a second that the new version must have borne once, for some minutes, before the step is left."""
    events_min: Annotated[int, Field(ge=1)] = 20
    """Requests (or looks, for a gauge) on each side below which nothing is concluded."""

    @model_validator(mode="before")
    @classmethod
    def _unit_follows_source(cls, written: Any) -> Any:  # noqa: ANN401 - what a person wrote
        if isinstance(written, dict) and "unit" not in written:
            natural = "ratio" if "of" in written else "s" if "histogram" in written else ""
            return {**written, "unit": natural}
        return written

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = [key for key in ("counter", "histogram", "gauge", "query") if getattr(self, key) is not None]
        if len(sources) != 1:
            raise ValueError(f"metric {self.name!r} needs exactly one of counter, histogram, gauge, query")
        if self.query is not None and self.of is not None:
            raise ValueError(f"metric {self.name!r}: a query divides by itself; `of` is for a counter or a gauge")
        if (self.quantile is not None) != (self.histogram is not None):
            raise ValueError(f"metric {self.name!r}: histogram and quantile belong together")
        if self.counter is not None and self.of is None:
            raise ValueError(f"metric {self.name!r}: a counter needs `of`, what it is a share of")
        if self.growth_per_hour is not None and self.source != "gauge":
            raise ValueError(f"metric {self.name!r}: growth_per_hour is for a gauge; a share or a quantile cannot leak")
        if self.steady is not None and self.histogram is not None:
            raise ValueError(f"metric {self.name!r}: steady is for a share or a gauge, not for a quantile")
        for key in ("load_min", "load_peak"):
            if getattr(self, key) is not None and self.source == "gauge":
                raise ValueError(f"metric {self.name!r}: {key} counts events, and a gauge has none")
        if self.trend_per_hour is not None and self.source != "gauge":
            raise ValueError(f"metric {self.name!r}: trend_per_hour is for a gauge; a share or a quantile cannot leak")
        if self.rollback is not None and self.limit is None:
            raise ValueError(f"metric {self.name!r}: rollback is a bound beyond `limit`; without a limit, write that")
        return self

    @model_validator(mode="after")
    def _bands_follow_one_another(self) -> Self:
        if self.no_go is not None and self.limit is None:
            raise ValueError(f"metric {self.name!r}: no_go is a bound beyond `limit`; without a limit, write that")
        if self.no_go is not None and self.limit is not None:
            _must_lie_beyond(self.name, ("limit", self.limit), ("no_go", self.no_go))
            if self.rollback is not None:
                _must_lie_beyond(self.name, ("no_go", self.no_go), ("rollback", self.rollback))
        if self.new and self.limit is None:
            raise ValueError(f"metric {self.name!r} is new, so nothing can be compared yet: it needs a `limit`")
        if self.within is not None and self.worse == "lower" and max(self.within.go, self.within.no_go or 0.0) >= 1:
            raise ValueError(
                f"metric {self.name!r}: within {self.within.go:.0%} of less than nothing; write below 100%"
            )
        return self

    @property
    def is_judged(self) -> bool:
        """Whether anything is asked of it; an alert asks nothing."""
        asked = (self.limit, self.tolerance, self.within, self.growth_per_hour, self.trend_per_hour, self.steady)
        return any(one is not None for one in (*asked, self.load_min, self.load_peak))

    @property
    def source(self) -> Literal["share", "quantile", "gauge"]:
        """How its samples are shaped: counts of counts, histogram buckets, or plain values."""
        return "share" if self.counter else "quantile" if self.histogram else "gauge"


def _must_lie_beyond(metric: str, near: tuple[str, Limit], far: tuple[str, Limit]) -> None:
    """Bands are read outwards, from what is fine to what is not borne; one that lacks a bound contradicts nothing."""
    (nearer, inner), (farther, outer) = near, far
    if (inner.max is not None and outer.max is not None and outer.max < inner.max) or (
        inner.min is not None and outer.min is not None and outer.min > inner.min
    ):
        raise ValueError(f"metric {metric!r}: {farther} lies beyond {nearer}, from where it is fine to where it is not")


# ── gates, steps, stages ─────────────────────────────────────────────────────────────────────────────────────────────


class HealthGate(Strict):
    """Health held for a time, counted from the observed exposure."""

    gate: Literal["health"]
    held: Duration


class Reminder(Strict):
    """How often those who are awaited are reminded, each within their own working hours."""

    every: Duration
    most: Annotated[int, Field(ge=1, le=20)]
    hours: Hours = "09:00-18:00"

    @model_validator(mode="after")
    def _some_time_is_left(self) -> Self:
        begins, ends = self.span
        if begins >= ends:
            raise ValueError(f"{self.hours} is no time of a day; write when work begins and when it ends, 09:00-18:00")
        return self

    @property
    def span(self) -> tuple[float, float]:
        """When work begins and when it ends: seconds of the day."""
        begins, ends = (part.split(":") for part in self.hours.split("-"))
        return int(begins[0]) * 3600.0 + int(begins[1]) * 60.0, int(ends[0]) * 3600.0 + int(ends[1]) * 60.0


Part = Literal["changes", "notes", "walkthrough", "migration", "undo", "caveats"]
"""What approvers are shown, in parts."""


class ApprovalGate(Strict):
    """People said yes: for each role, how many."""

    gate: Literal["approval"]
    roles: Annotated[dict[Name, Annotated[int, Field(ge=1)]], Field(min_length=1)]
    own_changes: Literal["allowed", "barred"] = "allowed"
    """Whether the author of a change in the release may approve it here."""
    unmatched: Literal["bars-nobody", "bars-everybody"] = "bars-nobody"
    """Where own changes are barred: whom a change bars whose author nobody could match to a person."""

    expires: Duration | None = None
    """A yes older than this counts no more, and is asked for again."""
    remind: Reminder | None = None
    looks_at: dict[Name, tuple[Part, ...]] = Field(default_factory=dict)
    """By role, what it says yes to: when something else changes it is not asked again. Unsaid: everything."""

    @model_validator(mode="after")
    def _unmatched_matters(self) -> Self:
        if self.own_changes == "allowed" and self.unmatched == "bars-everybody":
            raise ValueError("unmatched says something only where own_changes is barred")
        return self

    @model_validator(mode="after")
    def _those_look_who_are_asked(self) -> Self:
        if strange := sorted(set(self.looks_at) - set(self.roles)):
            raise ValueError(f"looks_at names {', '.join(strange)}; the gate asks {', '.join(self.roles)}")
        return self


class MinimumTimeGate(Strict):
    """A time that must pass in the step whatever the metrics say (regulated services)."""

    gate: Literal["minimum-time"]
    time: Duration


class GoGate(Strict):
    """A person of the role must press go (promote) for this step."""

    gate: Literal["go"]
    role: Name


Gate = Annotated[HealthGate | ApprovalGate | MinimumTimeGate | GoGate, Field(discriminator="gate")]


class Step(Strict):
    """A level of exposure inside a stage, and what must hold to leave it."""

    exposure: Percent | None = None
    gates: tuple[Gate, ...]
    time_max: Duration = 24 * 3600.0
    """After this long in the step it holds and pages: nothing waits for ever in silence."""


class Stage(Strict):
    """A place that a release must get through. Without an environment nothing is deployed (a QA gate, a build gate)."""

    name: Name
    environment: Name | None = None
    baseline: Name | None = None
    """An environment whose live version is the reference that differences are flagged against."""
    on_failure: Literal["rollback", "hold"]
    gates: tuple[Gate, ...] = ()
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _write_shorthands_out(cls, written: Any) -> Any:  # noqa: ANN401 - what a person wrote
        if not isinstance(written, dict):
            return written
        whole = {"exposure": "100%"} if written.get("environment") else {}
        steps = written.get("steps", [whole])
        if not isinstance(steps, list | tuple):
            return written
        gates = written.get("gates", [])
        long = [_long_step(step, gates) for step in steps]
        canary = any(_exposure(step) not in (None, FULL) for step in long)
        return {"on_failure": "rollback" if canary else "hold", **written, "steps": long}

    @model_validator(mode="after")
    def _rises(self) -> Self:
        exposures = [step.exposure for step in self.steps]
        if self.environment is None and any(exposure is not None for exposure in exposures):
            raise ValueError(f"stage {self.name!r} has exposures and no environment to expose in")
        if self.environment is not None and any(exposure is None for exposure in exposures):
            raise ValueError(f"stage {self.name!r}: every step in an environment needs its exposure")
        levels = [exposure for exposure in exposures if exposure is not None]
        if levels != sorted(set(levels)):
            raise ValueError(f"stage {self.name!r}: exposures must rise from step to step")
        return self

    @property
    def is_canary(self) -> bool:
        """Whether a control runs beside the new version: then they are compared over the same window."""
        return any(step.exposure not in (None, FULL) for step in self.steps)


def _long_step(step: Any, gates: Any) -> Any:  # noqa: ANN401 - what a person wrote
    if isinstance(step, str):
        step = {"exposure": step}
    return {"gates": gates, **step} if isinstance(step, dict) else step


def _exposure(step: Any) -> float | None:  # noqa: ANN401 - what a person wrote
    written = step.get("exposure") if isinstance(step, dict) else None
    if isinstance(written, str) and (match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", written.strip())):
        return float(match[1])
    return float(written) if isinstance(written, int | float) else None


class Watch(Strict):
    """After full exposure: how long slow damage is looked for, and how much of the old version is kept as control."""

    time: Duration = 24 * 3600.0
    holdback: Annotated[Percent, Field(le=50)] = 0.0
    checkpoints: tuple[Clock, ...] = ()
    """When, in the plan's time zone, what has changed is told while it lasts."""

    @model_validator(mode="after")
    def _checkpoints_follow_one_another(self) -> Self:
        if list(self.checkpoints) != sorted(set(self.checkpoints)):
            raise ValueError("checkpoints follow one another through the day: 09:00, 13:00, 18:00")
        return self


# ── the systems around a service ─────────────────────────────────────────────────────────────────────────────────────


class CommandDeployer(Strict):
    """Programs that deploy, expose, observe and undo. Argument lists, never a shell line.

    Placeholders: {service} {environment} {version} {commit} {percent} {generation}. `observe` prints JSON:
    {"exposures": {COMMIT: PERCENT}}; of the others only the exit code counts.
    """

    use: Literal["command"]
    deploy: Annotated[tuple[str, ...], Field(min_length=1)]
    expose: Annotated[tuple[str, ...], Field(min_length=1)]
    observe: Annotated[tuple[str, ...], Field(min_length=1)]
    undo: Annotated[tuple[str, ...], Field(min_length=1)]
    deploy_time_max: Duration = 900.0
    expose_time_max: Duration = 20.0


class SplitterDeployer(Strict):
    """The demo's supervisor and its weighted splitter, over HTTP."""

    use: Literal["splitter"]
    url: str
    deploy_time_max: Duration = 60.0
    expose_time_max: Duration = 5.0


class GitChanges(Strict):
    """A repository on this machine, read with git itself."""

    use: Literal["git"]
    repository: str


class FileIncidents(Strict):
    """One JSON file an incident, in a folder."""

    use: Literal["file"]
    folder: str


Deployer = Annotated[CommandDeployer | SplitterDeployer, Field(discriminator="use")]


class Channels(Strict):
    """Where words go: a channel's id (C…) or its name (#releases)."""

    releases: str
    engineering: str | None = None
    on_call: str | None = None
    stakeholders: str | None = None
    """Who hears once a day, and nothing else."""


class Timing(Strict):
    """How often the watch looks, and how long silence is borne."""

    look: Duration = 15.0
    stale: Duration = 60.0
    """A verdict older than this is an error: nothing was looked at since."""
    silence_max: Duration = 60.0
    """Canary silent while its control answers: a failure by rule after this."""
    blind_max: Duration = 600.0
    """Nothing readable on either side for this long: the traffic is returned, unless `blind` says stay."""
    blind: Literal["return", "stay"] = "return"


class Overriding(Strict):
    """Who may go past a lock, a freeze or a gate that waits, two of them together: names out of `roles`."""

    roles: Annotated[tuple[Name, ...], Field(min_length=1)]


# ── the plan ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Plan(Strict):
    """Everything that Songbird is asked to do for one service."""

    service: Name
    title: str = ""
    operators: Annotated[tuple[SlackId, ...], Field(min_length=1)]
    roles: dict[Name, Annotated[tuple[HolderId, ...], Field(min_length=1)]] = Field(default_factory=dict)
    on_call: tuple[SlackId, ...] = ()
    solo: bool = False
    """For trying things out: each operator holds every role, one yes is enough, own changes may be approved."""
    people: dict[Annotated[str, Field(min_length=1)], SlackId] = Field(default_factory=dict)
    """Who an author of commits is, by e-mail or name, where Slack does not know the e-mail."""
    concerns_to: Name | None = None
    """The role that decides on concerns; the first role of the plan when it is not said."""
    override: Overriding | None = None
    """The emergency path. Without it there is none."""
    channels: Channels
    zone: Zone = "UTC"
    """Whose clock `daily` and the watch's `checkpoints` go by."""
    daily: Clock | None = None
    """When, on weekdays, the stakeholders are told what has moved and what waits."""
    changes: GitChanges
    deployer: Deployer
    metrics_from: MetricsFrom
    incidents: FileIncidents
    metrics: Annotated[tuple[Metric, ...], Field(min_length=1)]
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    watch: Watch = Watch()
    low_traffic: Literal["hold", "extend", "accept"] = "extend"
    """When the time of a step is over and too little was seen to prove anything: hold until it is proven (or somebody
    promotes), extend the step up to four times its time and then go on, or accept at once what is not failing."""
    timing: Timing = Timing()
    tour: tuple[Item, ...] = ()
    """What a reviewer should see on staging: lines to be tried by hand, and stops, of which pictures are taken."""
    pages: tuple[Page, ...] = ()
    """The short form of a tour: pages that are opened and shown, after what the tour itself says."""
    walkthrough: Walkthrough | None = None

    @model_validator(mode="after")
    def _names_fit_together(self) -> Self:
        _unique("stage", [stage.name for stage in self.stages])
        _unique("metric", [metric.name for metric in self.metrics])
        _unique("environment", [stage.environment for stage in self.stages if stage.environment])
        for stage in self.stages:
            for step in stage.steps:
                _unique(f"gate in stage {stage.name!r}:", [gate.gate for gate in step.gates])
                for role in (role for gate in step.gates for role in _roles_of(gate)):
                    self._knows(role, f"stage {stage.name!r}")
        if self.concerns_to is not None:
            self._knows(self.concerns_to, "concerns_to")
        for role in self.override.roles if self.override is not None else ():
            self._knows(role, "override")
        return self

    @model_validator(mode="after")
    def _queries_have_somebody_to_answer(self) -> Self:
        asking = next((metric.name for metric in self.metrics if metric.query is not None), None)
        if asking is not None and not isinstance(self.metrics_from, PrometheusSource):
            raise ValueError(f"metric {asking!r} is a query, which needs metrics_from: {{use: prometheus, …}}")
        return self

    @model_validator(mode="after")
    def _canary_comes_last(self) -> Self:
        """One way back: what a canary exposed is returned by the stage that exposed it, and nothing comes after."""
        early = next((stage.name for stage in self.stages[:-1] if stage.is_canary), None)
        if early is not None:
            raise ValueError(f"stage {early!r} is a canary and not the last stage; a canary has to be the last")
        if self.watch.holdback and not self.stages[-1].is_canary:
            raise ValueError(f"watch.holdback needs a canary as the last stage; {self.stages[-1].name!r} is none")
        parts = [step.exposure for step in self.stages[-1].steps if step.exposure not in (None, FULL)]
        if self.watch.holdback and parts and max(filter(None, parts)) >= FULL - self.watch.holdback:
            raise ValueError(f"watch.holdback leaves less than the step of {max(filter(None, parts)):g}% has already")
        return self

    @model_validator(mode="after")
    def _somebody_is_told_daily(self) -> Self:
        if self.daily is not None and self.channels.stakeholders is None:
            raise ValueError("daily needs channels.stakeholders: where the day is told")
        return self

    @model_validator(mode="after")
    def _tour_can_be_taken(self) -> Self:
        refuse_untakeable(self.stops, self.walkthrough)
        return self

    @property
    def first_environment(self) -> str | None:
        """Where a release is seen first, and its walkthrough is taken."""
        return next((stage.environment for stage in self.stages if stage.environment), None)

    @property
    def stops(self) -> tuple[str | Stop, ...]:
        """The whole tour in its long form, in its order: an item's number in it is its number everywhere."""
        return (*self.tour, *(Stop(open=page) for page in self.pages))

    def _knows(self, role: str, place: str) -> None:
        if role not in self.roles:
            raise ValueError(f"{place} names the role {role!r}; roles has {', '.join(self.roles) or 'none'}")

    @property
    def digest(self) -> str:
        """The first 12 hex digits of the SHA-256 of the plan's canonical JSON: what a release pins.

        Without what is as it would be unsaid, so that a key of a later version changes no plan that lacks it.
        """
        return hashlib.sha256(self.model_dump_json(exclude_defaults=True).encode()).hexdigest()[:12]

    def exposure(self, stage: Stage, step: Step) -> float | None:
        """Percent that a step is to have. Full leaves the holdback, where the watch after it keeps one as control."""
        last = stage.environment is not None and stage.environment == self.stages[-1].environment
        if step.exposure == FULL and stage.is_canary and last:
            return FULL - self.watch.holdback
        return step.exposure

    @property
    def named(self) -> frozenset[str]:
        """Every person whom it names by their own id."""
        holders = {holder for role in self.roles.values() for holder in role}
        return frozenset((*self.operators, *self.on_call, *holders)) - self.groups

    @property
    def groups(self) -> frozenset[str]:
        """The user groups that hold a role. Who is in them is asked of Slack when somebody acts."""
        return frozenset(holder for role in self.roles.values() for holder in role if is_group(holder))

    def holders(self, role: str) -> tuple[str, ...]:
        """Whose yes counts as this role: ids of users and user groups. Alone, every operator's does."""
        return tuple(dict.fromkeys((*self.roles[role], *self.operators))) if self.solo else self.roles[role]

    def quorum(self, gate: ApprovalGate) -> dict[str, int]:
        """How many must say yes, by role. Alone, one is enough."""
        return dict.fromkeys(gate.roles, 1) if self.solo else gate.roles

    def bars_own(self, gate: ApprovalGate) -> bool:
        """Whether this gate asks who wrote what."""
        return gate.own_changes == "barred" and not self.solo

    @property
    def bars_own_changes(self) -> bool:
        """Whether some gate asks who wrote what."""
        gates = (gate for stage in self.stages for step in stage.steps for gate in step.gates)
        return any(isinstance(gate, ApprovalGate) and self.bars_own(gate) for gate in gates)

    @property
    def overriders(self) -> tuple[str, ...]:
        """Who may ask for an override and second one: ids of users and user groups."""
        roles = self.override.roles if self.override is not None else ()
        return tuple(dict.fromkeys(holder for role in roles for holder in self.holders(role)))

    @property
    def decider_role(self) -> str | None:
        """Who decides on concerns."""
        return self.concerns_to or next(iter(self.roles), None)


def is_group(holder: str) -> bool:
    """Whether whoever holds a role is a user group."""
    return holder.startswith("S")


def _roles_of(gate: Gate) -> tuple[str, ...]:
    match gate:
        case ApprovalGate(roles=roles):
            return tuple(roles)
        case GoGate(role=role):
            return (role,)
        case _:
            return ()


def _unique(what: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{what} {', '.join(map(repr, twice))} stands twice; each needs a name of its own")
