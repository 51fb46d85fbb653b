"""Measures over releases, each against its target in the plan, and beside what it was in the period before.

A measure takes numbers from each course, adds them up to one, and that one is held against the target. The one thing
to remember: where nothing was measured a target is neither met nor missed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, median

from bot.core.course import Course
from bot.core.model import Phase
from bot.core.targets import IncidentRate, Targets

WEEK_SECONDS = 7 * 86400.0

RELEASES_MIN = 5
"""Fewer say nothing about incidents: one of them more or less would turn any rate over."""

Take = Callable[[Course], float | bool | None]


class Unit(StrEnum):
    SECONDS = "seconds"
    PERCENT = "percent"
    A_WEEK = "a week"
    A_RELEASE = "a release"


class Against(StrEnum):
    """What a measure is held against."""

    NUMBER = "number"
    """The plan's."""
    BEFORE = "before"
    """The period before, as it was measured."""
    GIVEN = "given"
    """What the plan says that it was before: of the period before there is too little."""


@dataclass(frozen=True, slots=True)
class Period:
    """Releases of one service that were staged from `since` to `until`, as far as there was a journal."""

    courses: Sequence[Course]
    since: float
    until: float

    @property
    def weeks(self) -> float | None:
        """None: too short for what is counted by the week."""
        seconds = self.until - self.since
        return seconds / WEEK_SECONDS if seconds >= WEEK_SECONDS else None


@dataclass(frozen=True, slots=True)
class Measure:
    """`key` names its target; `of` is what is counted; `adds`: median, mean, longest, share or rate."""

    key: str
    of: str
    unit: Unit
    adds: str
    take: Callable[[Course], Iterable[float]]
    names: Callable[[Course], Iterable[str]] = lambda _: ()
    """What of a course is told where the target is missed."""
    needs: int = 1
    """So many numbers; of fewer its value is told, and nothing is said of the target."""

    @property
    def is_at_least(self) -> bool:
        """Whether more is better."""
        return self.key in ("without_intervention", "deploys_per_week")

    def numbers(self, period: Period) -> list[float]:
        return [number for one in period.courses for number in self.take(one)]

    def value(self, period: Period) -> float | None:
        """What its numbers add up to; None where there are none."""
        found = self.numbers(period)
        if self.adds == "rate":
            return len(found) / period.weeks if period.weeks is not None else None
        if not found:
            return None
        match self.adds:
            case "median":
                return median(found)
            case "longest":
                return max(found)
            case "share":
                return 100.0 * fmean(found)
            case _:
                return fmean(found)


@dataclass(frozen=True, slots=True)
class Score:
    """`value` and `before` are of the period and of the one before it, from `count` and `count_before` numbers."""

    measure: Measure
    target: float | None
    value: float | None
    count: int
    within: int
    """How many of them meet the target by themselves."""
    before: float | None
    count_before: int
    names: tuple[tuple[str, int], ...] = ()
    """What it is about, and how often, most often first."""
    against: Against = Against.NUMBER

    @property
    def is_aimed(self) -> bool:
        """Whether the plan has a target for it, also where there is nothing to compare with yet."""
        return self.target is not None or self.against is not Against.NUMBER

    @property
    def is_too_little(self) -> bool:
        """Whether something was measured, and it is too little to say whether the target is met."""
        return self.is_aimed and self.value is not None and self.is_met is None

    @property
    def is_met(self) -> bool | None:
        """None: no target, or nothing measured, or too little."""
        if self.target is None or self.value is None or self.count < self.measure.needs:
            return None
        return self.value >= self.target if self.measure.is_at_least else self.value <= self.target

    @property
    def is_better(self) -> bool | None:
        """Than before; None: the same, or nothing to compare with."""
        if self.value is None or self.before is None or self.value == self.before:
            return None
        return (self.value > self.before) is self.measure.is_at_least


def _one(take: Take) -> Callable[[Course], Iterable[float]]:
    """At most one number a release."""

    def numbers(one: Course) -> Iterable[float]:
        found = take(one)
        return () if found is None else (float(found),)

    return numbers


def _times(key: str, of: str, adds: str, take: Take) -> Measure:
    return Measure(key, of, Unit.SECONDS, adds, _one(take))


def _from_users(take: Take) -> Take:
    """Of rollbacks where users were."""
    return lambda one: take(one) if one.phase is Phase.ROLLED_BACK and one.met_users else None


MEASURES = (
    _times("staging_cycle_time", "release", "median", lambda one: one.cycle_seconds),
    Measure("without_intervention", "release", Unit.PERCENT, "share", _one(lambda one: one.is_hands_off)),
    Measure(
        "staging_misses",
        "deploy",
        Unit.PERCENT,
        "share",
        _one(lambda one: bool(one.let_through) if one.is_decided and one.let_through is not None else None),
        lambda one: one.let_through or (),
    ),
    Measure("review_time", "review", Unit.SECONDS, "median", lambda one: one.review_seconds),
    _times("place_wait", "release", "mean", lambda one: one.place_seconds),
    _times("deploy_lead_time", "release", "median", lambda one: one.rollout_seconds),
    Measure(
        "rollback_rate",
        "deploy",
        Unit.PERCENT,
        "share",
        _one(lambda one: one.went_back if one.is_decided else None),
        lambda one: [metric for metric in one.broke if one.let_through is not None and metric not in one.let_through],
    ),
    _times("rollback_time", "rollback", "longest", _from_users(lambda one: one.rollback_seconds)),
    Measure("deploys_per_week", "deploy", Unit.A_WEEK, "rate", lambda one: (1.0,) if one.is_out else ()),
    _times("time_to_diagnosis", "rollback", "median", _from_users(lambda one: one.diagnosis_seconds)),
    _times("time_to_recovery", "rollback", "mean", _from_users(lambda one: one.recovery_seconds)),
    _times("detection_time", "rollback", "median", _from_users(lambda one: one.detection_seconds)),
    Measure(
        "incident_rate",
        "release",
        Unit.A_RELEASE,
        "mean",
        _one(lambda one: one.incidents if one.met_users else None),
        lambda one: [one.release] * one.incidents,
        RELEASES_MIN,
    ),
)


def scores(targets: Targets, period: Period, before: Period) -> tuple[Score, ...]:
    """All measures of one service, in their order."""
    return tuple(_score(one, *_aim(one, targets, before), period, before) for one in MEASURES)


def _aim(measure: Measure, targets: Targets, before: Period) -> tuple[float | None, Against]:
    """The number to be held against, and whence it is; None where there is none yet."""
    said = getattr(targets, measure.key)
    if not isinstance(said, IncidentRate):
        return said, Against.NUMBER
    if said.at_most is not None:
        return said.at_most, Against.NUMBER
    if len(measure.numbers(before)) >= measure.needs:
        return measure.value(before), Against.BEFORE
    return said.before, Against.BEFORE if said.before is None else Against.GIVEN


def _score(measure: Measure, target: float | None, against: Against, period: Period, before: Period) -> Score:
    found, earlier = measure.numbers(period), measure.numbers(before)
    names = Counter(name for one in period.courses for name in measure.names(one))
    return Score(
        measure,
        target,
        measure.value(period),
        len(found),
        sum(number <= target for number in found) if target is not None else 0,
        measure.value(before),
        len(earlier),
        tuple(names.most_common()),
        against,
    )
