"""A service's plan: its stages, steps, gates, metrics and people, as one frozen, validated value.

What a team writes in YAML becomes a `Plan` here; `bot/plans` reads the file and turns a `ValidationError` into an
error with file, line and fix. A release carries the whole parsed plan in its first event, so a changed file changes no
moving release. The one thing to remember: shorthands (`steps: [1%, 10%]`, a stage with gates and no steps) are
written out by the validators, so the rest of the code only ever sees the long form.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from bot.core.actors import Actor, Door
from bot.core.checks import Check, cells
from bot.core.fit import misfits
from bot.core.metric import Metric
from bot.core.quantities import Duration, Percent
from bot.core.sources import MetricsFrom
from bot.core.strict import At, Name, Strict, did_you_mean, refuse
from bot.core.systems import Deployer, FileIncidents, GitChanges
from bot.core.targets import Targets
from bot.core.tour import Item, Page, Stop, Walkthrough

FULL = 100.0
"""Percent: all the traffic."""


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

# ── gates, steps, stages ─────────────────────────────────────────────────────────────────────────────────────────────


def _follow_one_another(clocks: tuple[str, ...]) -> tuple[str, ...]:
    if list(clocks) != sorted(set(clocks)):
        raise ValueError("checkpoints follow one another through the day: 09:00, 13:00, 18:00")
    return clocks


Checkpoints = Annotated[tuple[Clock, ...], AfterValidator(_follow_one_another)]


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
    distinct: bool = False
    """Whether it takes a person of its own for each yes: nobody fills two of these roles."""
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
            refuse([(("unmatched",), "unmatched says something only where own_changes is barred")])
        return self

    @model_validator(mode="after")
    def _those_look_who_are_asked(self) -> Self:
        asked = ", ".join(self.roles)
        strange = sorted(set(self.looks_at) - set(self.roles))
        refuse(
            (("looks_at", role), f'found "{role}"; the gate asks {asked}{did_you_mean(role, self.roles)}')
            for role in strange
        )
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
    checkpoints: Checkpoints = ()
    """When, in the plan's time zone, what has changed is told while a step of it is held."""

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
    def _holds_together(self) -> Self:
        refuse(self._exposures())
        if self.checkpoints and not any(isinstance(gate, HealthGate) for step in self.steps for gate in step.gates):
            refuse([(("checkpoints",), "checkpoints tell of metrics, and no step has a health gate")])
        return self

    def _exposures(self) -> Iterator[tuple[At, str]]:
        before: float | None = None
        for number, step in enumerate(self.steps):
            level, at = step.exposure, ("steps", number)
            if self.environment is None and level is not None:
                yield at, f"found {level:g}%, and {self.name} has no environment to expose in: write environment"
            elif self.environment is not None and level is None:
                yield at, f"a step in an environment needs its exposure, such as exposure: 10%; {self.name} has one"
            elif level is not None and before is not None and level <= before:
                words = "twice" if level == before else f"after {before:g}%"
                yield at, f"found {level:g}% {words}; exposures rise from step to step, such as 1%, 10%, 100%"
            before = level if level is not None else before

    @property
    def exposures(self) -> list[float]:
        """Of its steps, in percent; none where nothing runs."""
        return [step.exposure for step in self.steps if step.exposure is not None]

    @property
    def is_canary(self) -> bool:
        """Whether a control runs beside the new version: then they are compared over the same window."""
        return any(exposure != FULL for exposure in self.exposures)

    def tries(self, check: Check) -> bool:
        """Whether a check is tried here: where it says so, and, where it says nothing, wherever something runs."""
        return self.name in check.stages if check.stages else self.environment is not None


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
    checkpoints: Checkpoints = ()
    """When, in the plan's time zone, what has changed is told while it lasts."""


# ── where its words go, and its times ─────────────────────────────────────────────────────────────────────────────────


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
    """Who somebody is in Slack: an author of commits by e-mail or name, whoever is at the shell by their account."""
    concerns_to: Name | None = None
    """The role that decides on concerns; the first role of the plan when it is not said."""
    override: Overriding | None = None
    """The emergency path. Without it there is none."""
    channels: Channels
    zone: Zone = "UTC"
    """Whose clock `daily` and all `checkpoints` go by."""
    daily: Clock | None = None
    """When, on weekdays, the stakeholders are told what has moved and what waits."""
    changes: GitChanges
    deployer: Deployer
    metrics_from: MetricsFrom
    incidents: FileIncidents
    metrics: Annotated[tuple[Metric, ...], Field(min_length=1)]
    checks: dict[Name, Check] = Field(default_factory=dict)
    """What the bot tries by itself, by name: a step is not left while one of its checks does not pass."""
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
    targets: Targets = Targets()
    """What its releases are to add up to, as `/release stats` tells it. No release waits or goes back for one."""

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        refuse(misfits(self))
        return self

    @property
    def first_environment(self) -> str | None:
        """Where a release is seen first, and its walkthrough is taken."""
        return next((stage.environment for stage in self.stages if stage.environment), None)

    @property
    def stops(self) -> tuple[str | Stop, ...]:
        """The whole tour in its long form, in its order: an item's number in it is its number everywhere."""
        return (*self.tour, *(Stop(open=page) for page in self.pages))

    @property
    def digest(self) -> str:
        """The first 12 hex digits of the SHA-256 of the plan's canonical JSON: what a release pins.

        Without what is as it would be unsaid, so that a key of a later version changes no plan that lacks it; and
        without the targets, which are no release's: another target makes no other plan of one that moves.
        """
        said = self.model_dump_json(exclude_defaults=True, exclude={"targets"})
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    def in_slack(self, actor: Actor) -> str:
        """Who somebody is in Slack; of an account of the machine what `people` says, and "" where it says nothing."""
        if actor.door is Door.SLACK:
            return actor.id
        called = {name.casefold(): person for name, person in self.people.items()}
        return called.get(actor.id.casefold(), "") if actor.door is Door.SHELL else ""

    def exposure(self, stage: Stage, step: Step) -> float | None:
        """Percent that a step is to have. Full leaves the holdback, where the watch after it keeps one as control."""
        last = stage.environment is not None and stage.environment == self.stages[-1].environment
        if step.exposure == FULL and stage.is_canary and last:
            return FULL - self.watch.holdback
        return step.exposure

    def checks_of(self, stage: Stage) -> dict[str, Check]:
        """What is tried in a stage: each cell of a matrix, with the exposures that the stage's steps really have."""
        exposures = {step.exposure: self.exposure(stage, step) for step in stage.steps if step.exposure is not None}
        concerned = {name: one for name, one in self.checks.items() if stage.tries(one)}
        return {
            cell: check.model_copy(update={"steps": tuple(exposures.get(step, step) for step in check.steps)})
            for name, one in concerned.items()
            for cell, check in cells(name, one).items()
        }

    @property
    def variables(self) -> frozenset[str]:
        """The environment variables that hold secrets: nobody else's program gets them."""
        return self.metrics_from.variables.union(*(check.variables for check in self.checks.values()))

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

    def is_distinct(self, gate: ApprovalGate) -> bool:
        """Whether nobody may give two yeses to this gate, and nobody's may count twice."""
        return gate.distinct and not self.solo

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
