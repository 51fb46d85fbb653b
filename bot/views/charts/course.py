"""How a release went, read from its journal: where it stayed, what the judge said there, when it was held.

A *stay* is the time between two moves: preparing, deploying, a step, the watch, the way back. The one thing to
remember: samples count from the exposure that was read back (`observed_at`), not from the order to expose.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise

from bot.core import events as e
from bot.core.actors import Actor
from bot.core.events import Event, Recorded
from bot.core.verdict import Outcome

OVER = (e.ReleaseHealthy, e.ReleaseReturned, e.ReleaseSuperseded, e.ReleaseWithdrawn, e.PreparationFailed)
"""The endings: what comes after them is no part of the way."""


class Kind(StrEnum):
    PREPARE = "prepare"
    DEPLOY = "deploy"
    STEP = "step"
    WATCH = "watch"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Stay:
    """`exposure` in percent; None where nothing is exposed. `stage` is -1 before the first one."""

    kind: Kind
    start: float
    end: float
    stage: int = -1
    exposure: float | None = None
    observed_at: float | None = None

    @property
    def seconds(self) -> float:
        return self.end - self.start

    @property
    def is_watched(self) -> bool:
        """Whether samples count in it."""
        return self.kind in (Kind.STEP, Kind.WATCH) and self.observed_at is not None


@dataclass(frozen=True, slots=True)
class Said:
    """What the judge said, for as long as it stood."""

    outcome: Outcome
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Held:
    actor: Actor
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Course:
    """Everything in order. `end`: when it was over, or now."""

    end: float
    stays: tuple[Stay, ...] = ()
    said: tuple[Said, ...] = ()
    holds: tuple[Held, ...] = ()
    back: Recorded | None = None
    """The decision to go back, a `RollbackStarted`."""
    restored_at: float | None = None
    happened: tuple[Recorded, ...] = field(default=())
    """The journal up to the ending, which is the last of it."""

    @classmethod
    def of(cls, journal: Iterable[Recorded], now: float) -> "Course":
        happened = tuple(_until_over(journal))
        over = bool(happened) and isinstance(happened[-1].event, OVER)
        end = happened[-1].at if over else max(now, happened[-1].at if happened else now)
        return cls(
            end=end,
            stays=tuple(_stays(happened, end)),
            said=tuple(_said(happened, end)),
            holds=tuple(_holds(happened, end)),
            back=next((one for one in happened if isinstance(one.event, e.RollbackStarted)), None),
            restored_at=next((one.at for one in happened if isinstance(one.event, e.TrafficRestored)), None),
            happened=happened,
        )

    @property
    def watched(self) -> tuple[Stay, ...]:
        return tuple(stay for stay in self.stays if stay.is_watched)


def _until_over(journal: Iterable[Recorded]) -> Iterator[Recorded]:
    for recorded in journal:
        yield recorded
        if isinstance(recorded.event, OVER):
            return


# ── stays ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _stays(happened: Iterable[Recorded], end: float) -> Iterator[Stay]:
    here: Stay | None = None
    for recorded in happened:
        following = _begun(recorded, here)
        if following is None:
            here = _observed(here, recorded)
            continue
        if here is not None:
            yield replace(here, end=recorded.at)
        here = following
    if here is not None:
        yield replace(here, end=end)


def _begun(recorded: Recorded, before: Stay | None) -> Stay | None:
    at, stage = recorded.at, before.stage if before else -1
    match recorded.event:
        case e.ReleaseStaged():
            return Stay(Kind.PREPARE, at, at)
        case e.StageEntered(stage=stage):
            return Stay(Kind.DEPLOY, at, at, stage)
        case e.StepEntered(stage=stage, exposure=exposure):
            return Stay(Kind.STEP, at, at, stage, exposure)
        case e.PlanChanged(stage=stage, step=step, exposure=exposure, is_new=True):
            return Stay(Kind.STEP if step is not None else Kind.WATCH, at, at, stage, exposure)
        case e.WatchStarted(exposure=exposure):
            return Stay(Kind.WATCH, at, at, stage, exposure, observed_at=at)
        case e.RollbackStarted():
            return Stay(Kind.BACK, at, at, stage)
        case _:
            return None


def _observed(here: Stay | None, recorded: Recorded) -> Stay | None:
    """Only the first time counts; later ones put right what somebody else had changed."""
    if here is not None and here.observed_at is None and isinstance(recorded.event, e.ExposureReached):
        return replace(here, observed_at=recorded.at)
    return here


# ── verdicts, holds ──────────────────────────────────────────────────────────────────────────────────────────────────


def _said(happened: Iterable[Recorded], end: float) -> Iterator[Said]:
    """A verdict stands until the next one or until the place is left; one that sends it back until traffic is back."""
    changes = [(recorded.at, outcome) for recorded in happened for outcome in _outcome(recorded.event)]
    here: Said | None = None
    for (at, outcome), (until, _) in pairwise([*changes, (end, None)]):
        if here is not None and outcome is here.outcome:
            here = replace(here, end=until)
            continue
        if here is not None:
            yield here
        here = None if outcome is None else Said(outcome, at, until)
    if here is not None:
        yield here


def _outcome(event: Event) -> Iterator[Outcome | None]:
    match event:
        case e.VerdictChanged(verdict=verdict):
            yield verdict.outcome
        case e.VerdictLapsed():
            yield Outcome.ERROR
        case e.StageEntered() | e.StepEntered() | e.WatchStarted() | e.TrafficRestored() | e.PlanChanged(is_new=True):
            yield None
        case e.RollbackStarted(cause=cause) if cause != "verdict":
            yield None
        case _ if isinstance(event, OVER):
            yield None
        case _:
            pass


def _holds(happened: Iterable[Recorded], end: float) -> Iterator[Held]:
    here: Held | None = None
    for recorded in happened:
        match recorded.event:
            case e.ReleaseHeld():
                here = Held(recorded.actor, recorded.at, end)
            case e.ReleaseResumed() | e.RollbackStarted() if here is not None:
                yield replace(here, end=recorded.at)
                here = None
            case _:
                pass
    if here is not None:
        yield here
