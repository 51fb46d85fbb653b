"""Which metrics broke, with the numbers the verdict rests on, in the order in which they were first seen broken.

A judge finds several things about one metric (its limit, its tolerance); here they are one `Broken`. The one thing to
remember: numbers come from the verdict that was journalled, so they are the ones that decided.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.analysis import criteria, words
from bot.core import events as e
from bot.core.metric import Metric
from bot.core.model import Release
from bot.core.plan import Plan
from bot.core.quantities import quantity_in_words
from bot.core.verdict import Finding, Outcome, Verdict
from bot.texts.past import Past

_COMPARES = {"tolerance": "on its control", "baseline": "in the baseline"}
"""The criteria that compare, and where that is."""


@dataclass(frozen=True, slots=True)
class Broken:
    """One metric that broke. Values are in its base unit; `metric` is None for what the plan does not name: silence.

    `reference` is the control's value (or the baseline's), `ratio` the new version to it as its 95 % interval has it;
    `evidence` is in nats, and `events` how many requests or looks it rests on.
    """

    name: str
    kind: str
    criteria: tuple[str, ...]
    words: str
    metric: Metric | None = None
    value: float | None = None
    reference: float | None = None
    beside: str = ""
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    evidence: float | None = None
    evidence_needed: float | None = None
    events: int = 0
    since: float | None = None

    @property
    def numbers(self) -> str:
        """`6.1 % against 0.21 % on its control (29x, between 17x and 49x), limit 2 %, 840 requests`."""
        if self.metric is None or self.value is None:
            return self.words.removeprefix(self.name).lstrip(": ")
        said = self.quantity(self.value)
        if self.reference is not None:
            said += f" against {self.quantity(self.reference)} {self.beside}{self._times}"
        counted = f", {self.events:,} {words.noun(self.metric)}" if self.events else ""
        return f"{said}{words.limits(self.metric)}{counted}"

    @property
    def sureness(self) -> str:
        """`evidence 14.2, 6.6 needed`, as the verdict says it; empty where none was counted."""
        if self.evidence is None or self.evidence_needed is None:
            return ""
        alone = "" if self.evidence >= self.evidence_needed else " alone"
        return f"evidence {self.evidence:.1f}, {self.evidence_needed:.1f} needed{alone}"

    @property
    def _times(self) -> str:
        """Of the two values, as in the verdict's own words: the middle of the interval is an estimate, and another."""
        seen = self.value / self.reference if self.value and self.reference else self.ratio
        if seen is None:
            return ""
        between, (low, high) = "", (self.ratio_low, self.ratio_high)
        if low is not None and high is not None and low <= seen <= high < words.SPREAD_MAX * low:
            between = f", between {words.times(low)} and {words.times(high)} at 95 %"
        return f" ({words.times(seen)}{between})"

    def quantity(self, value: float) -> str:
        return quantity_in_words(value, self.metric.unit if self.metric else "")


def broken_in(verdict: Verdict | None, plan: Plan) -> tuple[Broken, ...]:
    """The failing metrics, first broken first; those that broke together in the plan's order."""
    if verdict is None:
        return ()
    names = dict.fromkeys(finding.metric for finding in verdict.failing)
    order = [metric.name for metric in plan.metrics]
    found = [_broken(name, verdict, plan) for name in names]
    never = float("inf")
    return tuple(
        sorted(
            found,
            key=lambda one: (
                never if one.since is None else one.since,
                order.index(one.name) if one.metric else -1,
            ),
        )
    )


def _broken(name: str, verdict: Verdict, plan: Plan) -> Broken:
    """What fails speaks for it, a comparison before a limit; what compares gives the other side, failing or not."""
    about = [finding for finding in verdict.findings if finding.metric == name]
    failing = [finding for finding in about if finding.outcome is Outcome.FAIL]
    compared = next((finding for finding in about if finding.criterion in _COMPARES), None)
    worst = max(failing, key=lambda finding: (finding.criterion in _COMPARES, finding.evidence or 0.0))
    since = [finding.since for finding in failing if finding.since is not None]
    shown = compared or worst
    return Broken(
        name=name,
        kind=worst.kind,
        criteria=tuple(finding.criterion for finding in failing),
        words=worst.words,
        metric=next((metric for metric in plan.metrics if metric.name == name), None),
        value=worst.value,
        reference=compared.reference if compared else None,
        beside=_COMPARES[compared.criterion] if compared else "",
        ratio=shown.ratio,
        ratio_low=shown.ratio_low,
        ratio_high=shown.ratio_high,
        evidence=worst.evidence,
        evidence_needed=worst.evidence_needed,
        events=worst.events,
        since=min(since, default=None),
    )


def beyond_in(verdict: Verdict | None, release: Release) -> tuple[Broken, ...]:
    """Metrics beyond what the plan allows that did not decide, in the plan's order: seen, and not shown to be worse.

    `words` has the number and what is allowed. Left out is what broke, what was accepted, and what little is known of.
    """
    found = [] if verdict is None else [_beyond(metric, verdict) for metric in release.plan.metrics]
    return tuple(one for one in found if one is not None and release.acceptance(one.name) is None)


def _beyond(metric: Metric, verdict: Verdict) -> Broken | None:
    about = [one for one in verdict.findings if one.metric == metric.name and one.events >= metric.events_min]
    out = [one for one in about if _is_beyond(one, metric)]
    if not out or any(one.outcome is Outcome.FAIL for one in verdict.findings if one.metric == metric.name):
        return None
    worst = max(out, key=lambda one: (_is_outside(one, metric), one.events))  # a limit crossed is said before a ratio
    assert worst.value is not None, f"{metric.name} is beyond something without a value"
    allowed = words.limits(metric).removeprefix(", ")
    if not _is_outside(worst, metric):
        assert worst.reference is not None, f"{metric.name} is compared with nothing"
        many = f"{words.times(worst.value / worst.reference)} its control, " if worst.value and worst.reference else ""
        allowed = f"{many}{words.times(words.tolerated(metric))} tolerated"
    said = f"{metric.name} {quantity_in_words(worst.value, metric.unit)} ({allowed})"
    return Broken(metric.name, metric.kind, (), said, metric, worst.value, worst.reference, events=worst.events)


def _is_outside(finding: Finding, metric: Metric) -> bool:
    """Of its limit."""
    if finding.value is None or metric.limit is None:
        return False
    low, high = metric.limit.min, metric.limit.max
    return (high is not None and finding.value > high) or (low is not None and finding.value < low)


def _is_beyond(finding: Finding, metric: Metric) -> bool:
    """Of its limit, or worse than its control by more than is tolerated, whether by chance or not."""
    if finding.criterion != "tolerance" or metric.tolerance is None:
        return _is_outside(finding, metric)
    if finding.value is None or finding.reference is None:
        return False
    is_worse = criteria.is_beyond(metric, metric.tolerance, finding.value, finding.reference)
    return is_worse or _is_outside(finding, metric)


def fine_throughout(verdict: Verdict | None, plan: Plan, past: Past) -> tuple[str, ...]:
    """Metrics that were read well enough, and that every verdict of the present stage saw within what is allowed."""
    if verdict is None:
        return ()
    present = past.happened[-1].release.stage_entry if past.happened else 0
    judged = [one.event for one in past.every(e.VerdictChanged) if one.event.entry >= present]
    odd = {name for said in (verdict, *(event.verdict for event in judged)) for name in _odd(said.findings, plan)}
    read = {finding.metric for finding in verdict.findings if finding.value is not None}
    return tuple(metric.name for metric in plan.metrics if metric.name in read - odd)


def _without_margin(metric: Metric) -> Metric:
    """What is 3 times its control may be no failure for its margin, and is not as usual either."""
    tolerance = metric.tolerance
    bare = None if tolerance is None else tolerance.model_copy(update={"margin": 0.0})
    return metric.model_copy(update={"tolerance": bare})


def _odd(findings: Iterable[Finding], plan: Plan) -> set[str]:
    metrics = {metric.name: metric for metric in plan.metrics}
    return {
        one.metric
        for one in findings
        if one.flag
        or one.since is not None
        or one.outcome is Outcome.FAIL
        or (one.metric in metrics and _is_beyond(one, _without_margin(metrics[one.metric])))
    }
