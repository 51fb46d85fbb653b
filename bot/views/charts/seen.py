"""All that a picture of one metric is made from, found once: the stays that were watched, the points, the verdict.

The one thing to remember: the verdict may be older or newer than the last point. It is the one that the picture is
about: of a release that was sent back, the one that did it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from bot.analysis.series import Cohort
from bot.core.metric import Metric
from bot.core.verdict import Finding, Outcome, Verdict
from bot.texts import Material
from bot.views.charts.course import Course, Stay
from bot.views.charts.scene import Run
from bot.views.charts.values import Beat, Drawn, Level, beats, drawn, level_of
from bot.views.charts.worth import judged
from bot.views.numbers import metric_of

MARGIN_SHARE = 0.02
"""Of the time shown, at its right: so that the end of a line is not the edge."""

OTHERS: tuple[Cohort, ...] = ("control", "baseline")
COMPARING = ("tolerance", "baseline")
"""Criteria whose reference is the other side's value."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stay, or the part of it up to or from when the canary was seen to be worse; both sides' levels in it."""

    stay: Stay
    canary: Level | None
    other: Level | None
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is about one metric."""

    material: Material
    metric: Metric
    course: Course
    found: tuple[Beat, ...]
    looks_each: int
    """Looks that a beat stands for."""
    other: Cohort | None
    drawn: Drawn
    verdict: Verdict | None

    @classmethod
    def of(cls, material: Material, name: str) -> Self | None:
        """None where the plan has no such metric, or the new version has no point to show of it."""
        metric = metric_of(material.release.plan, name)
        if metric is None:
            return None
        course = Course.of(material.journal, material.now)
        found, size = beats(name, material.looks, course.watched, material.release.plan.timing.look)
        there = {side for beat in found for side in beat.cells}
        other = next((side for side in OTHERS if side in there), None)
        sides: Sequence[Cohort] = ("canary", other) if other else ("canary",)
        points = drawn(metric, found, sides)
        if not points.runs["canary"]:
            return None
        return cls(material, metric, course, tuple(found), size, other, points, judged(material))

    # ── when and where ───────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def stays(self) -> tuple[Stay, ...]:
        """Those that have samples, in order."""
        steps = {beat.step for beat in self.found}
        return tuple(stay for number, stay in enumerate(self.course.watched) if number in steps)

    @property
    def start(self) -> float:
        first = self.stays[0].observed_at
        assert first is not None, "a stay that is watched was observed"
        return first

    @property
    def end(self) -> float:
        last = max(self.found[-1].at, self.course.restored_at or 0.0)
        return last + (last - self.start) * MARGIN_SHARE

    @property
    def is_canary(self) -> bool:
        return self.material.release.plan.stages[self.stays[-1].stage].is_canary

    @property
    def failures(self) -> int:
        """Looks in the time shown in which nothing at all could be read."""
        return sum(look.failure is not None and self.start < look.at <= self.end for look in self.material.looks)

    # ── what was found ───────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def canary(self) -> tuple[Run, ...]:
        return self.drawn.runs["canary"]

    @property
    def control(self) -> tuple[Run, ...]:
        return self.drawn.runs[self.other] if self.other else ()

    def parts(self) -> Iterator[Part]:
        """What each stay showed as a whole, the last one before and after it became worse."""
        for number, stay in enumerate(self.course.watched):
            window = [beat for beat in self.found if beat.step == number]
            turn = self.since if window and self.since and window[0].at <= self.since < window[-1].at else None
            if turn is None:
                yield from self._part(stay, window)
            else:
                yield from self._part(stay, [beat for beat in window if beat.at <= turn], until=turn)
                yield from self._part(stay, [beat for beat in window if beat.at > turn], since=turn)

    def _part(
        self, stay: Stay, window: Sequence[Beat], since: float | None = None, until: float | None = None
    ) -> Iterator[Part]:
        if window:
            other = level_of(self.metric, window, self.other) if self.other else None
            yield Part(stay, level_of(self.metric, window, "canary"), other, since, until)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """About this metric, what fails first."""
        found = [one for one in self.verdict.findings if one.metric == self.metric.name] if self.verdict else []
        return tuple(sorted(found, key=lambda one: (one.outcome is not Outcome.FAIL, not one.flag)))

    @property
    def fails(self) -> bool:
        return any(finding.outcome is Outcome.FAIL for finding in self.findings)

    @property
    def since(self) -> float | None:
        """The last look at which it was fine, before it was broken or unusual."""
        return min((one.since for one in self.findings if one.since is not None), default=None)

    @property
    def reference(self) -> float | None:
        """The other side's value, as the judge read it."""
        compared = (one.reference for one in self.findings if one.criterion in COMPARING)
        return next((value for value in compared if value is not None), None)
