"""Facts about what was measured: one a metric and verdict, with values, what they are compared with, what was found.

A judge finds several things about one metric (its limit, its tolerance); they are one line here, worst first. The one
thing to remember: `direction` is where the new version's value lies beside its reference, and `is_worse` whether that
is the bad way for this metric; a sentence may say neither unless there is a reference.
"""

from collections.abc import Container, Iterator

from bot.analysis.words import noun, times
from bot.core.metric import Metric
from bot.core.plan import Plan
from bot.core.quantities import quantity_in_words
from bot.core.verdict import Finding, Outcome, Verdict
from bot.texts.sheet.fact import Amount, Cause, Deed, Direction, Fact, FactKind, Role, Term, TermKind
from bot.texts.sheet.place import Place
from bot.texts.sheet.writing import clock, harmless, moment, quoted

_WORST_FIRST = (Outcome.FAIL, Outcome.ERROR, Outcome.INCONCLUSIVE, Outcome.PASS)
_COMPARED = {"tolerance": Role.CONTROL, "baseline": Role.BASELINE}
_DEEDS = {
    Outcome.FAIL: (Deed.FAILED,),
    Outcome.ERROR: (Deed.BLIND,),
    Outcome.INCONCLUSIVE: (Deed.UNDECIDED,),
    Outcome.PASS: (Deed.PASSED,),
}
_DENIED = {
    Outcome.FAIL: (Deed.PASSED,),
    Outcome.ERROR: (Deed.PASSED, Deed.FAILED),
    Outcome.INCONCLUSIVE: (Deed.PASSED, Deed.FAILED),
    Outcome.PASS: (Deed.FAILED,),
}
_WORDS = {
    Outcome.FAIL: "fails",
    Outcome.ERROR: "cannot be read",
    Outcome.INCONCLUSIVE: "is undecided",
    Outcome.PASS: "passes",
}
LEVEL = 0.005
"""Nearer to one another than this share, two values are the same for anybody."""


def metric_facts(verdict: Verdict, plan: Plan, place: Place, only: Container[str] | None = None) -> Iterator[Fact]:
    """One a metric, failing first. `only` these metrics, where it is said."""
    by_name: dict[str, list[Finding]] = {}
    for finding in verdict.findings:
        by_name.setdefault(finding.metric, []).append(finding)
    metrics = {metric.name: metric for metric in plan.metrics}
    every = sorted(by_name.values(), key=lambda found: min(_WORST_FIRST.index(one.outcome) for one in found))
    beside_control = any(finding.criterion == "tolerance" for finding in verdict.findings)
    side = "on the canary" if beside_control else "on the new version"
    for found in every:
        metric = metrics.get(found[0].metric)
        if only is None or found[0].metric in only:
            yield _unnamed(found[0], place) if metric is None else _Told(metric, found, place, side).fact


def _unnamed(finding: Finding, place: Place) -> Fact:
    """What is no metric of the plan, such as a canary that has fallen silent."""
    said = harmless(finding.words, 200)
    since = f" since {clock(finding.since)}" if finding.since is not None else ""
    return Fact(
        0,
        FactKind.METRIC,
        f"{said}{since} {place.words}: it {_WORDS[finding.outcome]}",
        amounts=(*place.amounts, *((moment(finding.since),) if finding.since is not None else ())),
        terms=place.terms,
        deeds=_DEEDS[finding.outcome],
        outcome=finding.outcome,
        quoted=(said,),
    )


class _Told:
    """One metric's findings, on their way to one line."""

    def __init__(self, metric: Metric, found: list[Finding], place: Place, side: str) -> None:
        self.metric = metric
        self.side = side
        self.place = place
        self.worst = min(found, key=lambda one: (_WORST_FIRST.index(one.outcome), one.criterion not in _COMPARED))
        self.compared = next((one for one in found if one.criterion in _COMPARED and one.value is not None), None)
        self.measured = self.compared or next((one for one in found if one.value is not None), self.worst)
        self.others = [one for one in found if one.criterion in ("within", "growth", "trend", "steady", "load", "peak")]
        self.is_flagged = any(one.flag for one in found)
        self.since = min((one.since for one in found if one.since is not None), default=None)
        self.is_thin = self.worst.outcome is Outcome.INCONCLUSIVE and self.measured.events < metric.events_min

    @property
    def fact(self) -> Fact:
        outcome, direction = self.worst.outcome, self._direction
        others = tuple(harmless(one.words, 200) for one in self.others)
        flag = (Deed.FLAGGED,) if self.is_flagged else ()
        onset = (Deed.ONSET,) if self.since is not None else ()
        return Fact(
            0,
            FactKind.METRIC,
            "; ".join(part for part in (*self._parts(), *others) if part),
            at=self.since,
            amounts=tuple(self._amounts()),
            terms=(Term(TermKind.METRIC, self.metric.name), *self.place.terms),
            deeds=(*_DEEDS[outcome], *flag, *onset),
            denied=_DENIED[outcome],
            outcome=outcome,
            direction=direction,
            is_worse=None if direction is None else direction.value == self.metric.worse,
            quoted=others,
        )

    def _parts(self) -> Iterator[str]:
        flag = " and is flagged" if self.is_flagged else ""
        yield f"{self.metric.name} {_WORDS[self.worst.outcome]}{flag} {self.place.words}"
        if self.is_thin:
            yield f"too little data, {self.measured.events:,} {self._noun} so far, {self.metric.events_min} needed"
            return
        yield self._values()
        yield self._comparison()
        found = self.measured
        if found.value is not None:
            hits = f"{self._hits:,} of " if self._hits is not None else ""
            yield f"{hits}{found.events:,} {self._noun}"
        if self.since is not None:
            yield f"{'broken' if self.worst.outcome is Outcome.FAIL else 'seen'} since {clock(self.since)}"
        if self.worst.outcome is Outcome.FAIL and self.worst.evidence is not None and self.worst.evidence_needed:
            yield f"evidence {self.worst.evidence:.1f}, {self.worst.evidence_needed:.1f} needed"

    def _values(self) -> str:
        """`6.1 % on the canary, 0.21 % on its control, limit 2 %`."""
        limit, parts = self.metric.limit, []
        if self.measured.value is not None:
            parts.append(f"{self._in_words(self.measured.value)} {self.side}")
        if self.compared is not None and self.compared.reference is not None:
            parts.append(f"{self._in_words(self.compared.reference)} {self._other_side}")
        if limit is not None and limit.max is not None:
            parts.append(f"limit {self._in_words(limit.max)}")
        if limit is not None and limit.min is not None:
            parts.append(f"at least {self._in_words(limit.min)} allowed")
        return ", ".join(parts)

    @property
    def _other_side(self) -> str:
        if self.compared is None or self.compared.criterion == "tolerance":
            return "on its control"
        return f"on the baseline{f' ({self.place.baseline})' if self.place.baseline else ''}"

    def _comparison(self) -> str:
        """How many times its reference it is, between which, and how many times are tolerated."""
        found = self.compared
        if found is None or found.ratio is None:
            return ""
        ends = found.ratio_low, found.ratio_high
        between = f" (between {times(ends[0])} and {times(ends[1])})" if ends[0] and ends[1] else ""
        allowed = f", {times(found.tolerated)} tolerated" if found.tolerated is not None else ""
        return f"{times(found.ratio)} its {_COMPARED[found.criterion]}{between}{allowed}"

    def _amounts(self) -> Iterator[Amount]:
        name, unit, found, limit = self.metric.name, self.metric.unit, self.measured, self.metric.limit
        yield from self.place.amounts if self.place.is_canary else ()
        if self.since is not None:
            yield moment(self.since)
        if found.value is not None:
            yield Amount(found.value, unit, Role.CANARY, name)
        yield Amount(found.events, "", Role.COUNT, self._noun)
        if self._hits is not None:
            yield Amount(self._hits, "", Role.HITS, self._noun)
        if self.is_thin:
            yield Amount(self.metric.events_min, "", Role.NEEDED, self._noun)
        if limit is not None and limit.max is not None:
            yield Amount(limit.max, unit, Role.LIMIT, name)
        if limit is not None and limit.min is not None:
            yield Amount(limit.min, unit, Role.FLOOR, name)
        if self.worst.evidence is not None and self.worst.evidence_needed is not None:
            yield Amount(self.worst.evidence, "nats", Role.EVIDENCE, name)
            yield Amount(self.worst.evidence_needed, "nats", Role.NEEDED, name)
        yield from self._compared_amounts()

    def _compared_amounts(self) -> Iterator[Amount]:
        found = self.compared
        if found is None:
            return
        if found.reference is not None:
            yield Amount(found.reference, self.metric.unit, _COMPARED[found.criterion], self.metric.name)
        many = {
            Role.RATIO: found.ratio,
            Role.LOW: found.ratio_low,
            Role.HIGH: found.ratio_high,
            Role.TOLERATED: found.tolerated,
        }
        yield from (Amount(value, "times", role, self.metric.name) for role, value in many.items() if value is not None)

    @property
    def _direction(self) -> Direction | None:
        found = self.compared
        if found is None or found.value is None or found.reference is None:
            return None
        if abs(found.value - found.reference) <= LEVEL * abs(found.reference):
            return Direction.LEVEL
        return Direction.HIGHER if found.value > found.reference else Direction.LOWER

    @property
    def _hits(self) -> int | None:
        if self.metric.source != "share" or self.measured.value is None:
            return None
        return round(self.measured.value * self.measured.events)

    @property
    def _noun(self) -> str:
        return noun(self.metric)

    def _in_words(self, value: float) -> str:
        return harmless(quantity_in_words(value, self.metric.unit), 40)


def verdict_fact(verdict: Verdict, at: float | None, where: str, place: Place | None = None) -> Fact:
    """`at 08:02:32 UTC the verdict in production at 25 % was fail, because errors and p95 fail`."""
    failing = tuple(dict.fromkeys(finding.metric for finding in verdict.failing))
    flagged = tuple(dict.fromkeys(finding.metric for finding in verdict.flagged if finding.metric not in failing))
    rule = quoted(verdict.rule)
    because = f", because of {', '.join(failing)}" if failing else f": {rule}"
    noticed = f"; flagged: {', '.join(flagged)}" if flagged else ""
    when = f"at {clock(at)} " if at is not None else ""
    return Fact(
        0,
        FactKind.VERDICT,
        f"{when}the verdict {where} was {verdict.outcome}{because}{noticed}",
        at=at,
        amounts=(*((moment(at),) if at is not None else ()), *(place.amounts if place and place.is_canary else ())),
        terms=(*(Term(TermKind.METRIC, name) for name in (*failing, *flagged)), *(place.terms if place else ())),
        deeds=(*_DEEDS[verdict.outcome], *((Deed.FLAGGED,) if flagged else ())),
        denied=_DENIED[verdict.outcome],
        outcome=verdict.outcome,
        cause=Cause((Deed.FAILED,), failing) if failing else None,
        quoted=() if failing else (rule,),
    )
