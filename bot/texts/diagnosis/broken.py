"""Which metrics broke, with the numbers the verdict rests on, in the order in which they were first seen broken.

A judge finds several things about one metric (its limit, its tolerance); here they are one `Broken`. The one thing to
remember: numbers come from the verdict that was journalled, so they are the ones that decided.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.analysis import words
from bot.core import events as e
from bot.core.plan import Metric, Plan
from bot.core.quantities import quantity_in_words
from bot.core.verdict import Finding, Outcome, Verdict
from bot.texts.past import Past

_COMPARES = {"tolerance": "on its control", "baseline": "in the baseline"}
"""The criteria that compare, and where that is."""


@dataclass(frozen=True, slots=True)
class Broken:
    """One metric that broke. Values are in its base unit; `metric` is None for what the plan does not name: silence.

    `reference` is the control's value (or the baseline's), `ratio` the new version to it, with its 95 % interval;
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
        """`evidence 14.2 nats, 6.6 needed`; empty where none was counted."""
        if self.evidence is None or self.evidence_needed is None:
            return ""
        return f"evidence {self.evidence:.1f} nats, {self.evidence_needed:.1f} needed"

    @property
    def _times(self) -> str:
        if self.ratio is None:
            return ""
        between = ""
        if self.ratio_low is not None and self.ratio_high is not None:
            between = f", between {words.times(self.ratio_low)} and {words.times(self.ratio_high)} at 95 %"
        return f" ({words.times(self.ratio)}{between})"

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


def fine_throughout(verdict: Verdict | None, plan: Plan, past: Past) -> tuple[str, ...]:
    """Metrics that were read well enough and that no verdict of the present stage found anything about."""
    if verdict is None:
        return ()
    present = past.happened[-1].release.stage_entry if past.happened else 0
    judged = [one.event for one in past.every(e.VerdictChanged) if one.event.entry >= present]
    odd = {name for event in judged for name in _odd(event.verdict.findings)} | _odd(verdict.findings)
    read = {finding.metric for finding in verdict.findings if finding.value is not None}
    return tuple(metric.name for metric in plan.metrics if metric.name in read - odd)


def _odd(findings: Iterable[Finding]) -> set[str]:
    return {one.metric for one in findings if one.flag or one.since is not None or one.outcome is Outcome.FAIL}
