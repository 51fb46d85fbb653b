"""One metric of the plan → one finding a criterion: `limit`, `tolerance`, `baseline`, or `observed`.

`criteria` says where a criterion stands; here stands what that means for the release. The one thing to remember:
overstepping a limit pauses even while it may be chance, because a limit gates; overstepping a tolerance has to be
shown, because noise does it all day.
"""

import math
from dataclasses import dataclass, field

from bot.analysis import criteria, words
from bot.analysis.criteria import Level, Standing, Weighed
from bot.analysis.shapes import Pair, Shown, Window
from bot.core.plan import Metric, Tolerance
from bot.core.verdict import Finding, Outcome

TOO_LITTLE = "too little data yet"
OUTSIDE = "outside a limit, perhaps by chance"
SHARED = "outside a limit, and so is the control"

NO_WORSE = Tolerance(ratio=1.5)
"""What "no better off" means for a control when the metric names no tolerance."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A finding, whether the step depends on it, and why the clock pauses for it, if it does."""

    finding: Finding
    gates: bool
    pauses: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """What was found about a criterion so far in this step."""

    clear_at: float
    """The last look at which it was fine, or the beginning of the step: what is broken now began after it."""
    since: float | None = None
    """Since when it has been beyond what is allowed; None while it is fine."""
    broken: bool = False

    @property
    def onset(self) -> float:
        """Since when it has been beyond, if it is now."""
        return self.clear_at if self.since is None else self.since


@dataclass(frozen=True, slots=True)
class Seen:
    """What a step has shown of one metric: the new version alone, and the looks in which both sides were read."""

    own: Window[Shown] = field(default_factory=Window)
    pairs: Window[Pair] = field(default_factory=Window)


def limit(metric: Metric, seen: Seen, side: str, past: Past) -> Judgement:
    """The new version against its absolute bounds, unless its control is outside them just as well."""
    standing, weighed = criteria.against_limit(metric, metric.limit, seen.own)
    if weighed is None or standing is Standing.THIN:
        said = words.thin(metric, weighed, (side,))
        return Judgement(_finding(metric, "limit", Outcome.INCONCLUSIVE, said, weighed), gates=True, pauses=TOO_LITTLE)
    if not weighed.beyond:
        said = words.alone(metric, weighed, side)
        return Judgement(_finding(metric, "limit", Outcome.PASS, said, weighed), gates=True)
    shared = _shared(metric, seen.pairs)
    broken = standing is Standing.BROKEN and shared is None
    outcome = Outcome.FAIL if broken else Outcome.INCONCLUSIVE
    said = words.alone(metric, weighed, side, shared)
    finding = _finding(metric, "limit", outcome, said, weighed, since=past.onset)
    return Judgement(finding, gates=True, pauses=SHARED if shared else OUTSIDE)


def _shared(metric: Metric, pairs: Window[Pair]) -> Level | None:
    """The control's level, when it is outside the limit too and the canary hardly worse: then it is an incident."""
    standing, weighed = criteria.against_reference(metric, metric.tolerance or NO_WORSE, pairs)
    if weighed is None or weighed.reference is None or weighed.beyond or standing is Standing.THIN:
        return None
    assert metric.limit is not None, f"{metric.name} has no limit to be outside of"
    low, high = metric.limit.min, metric.limit.max
    outside = (low is not None and weighed.reference.value < low) or (
        high is not None and weighed.reference.value > high
    )
    return weighed.reference if outside else None


def tolerance(metric: Metric, seen: Seen, side: str, past: Past) -> Judgement:
    """Canary against control."""
    standing, weighed = _against(metric, seen, past)
    if weighed is None or standing is Standing.THIN:
        said = words.thin(metric, weighed, (side, "on its control"))
        finding = _finding(metric, "tolerance", Outcome.INCONCLUSIVE, said, weighed)
        return Judgement(finding, gates=True, pauses=TOO_LITTLE)
    said = words.compared(metric, weighed, side)
    if standing is Standing.FINE:
        return Judgement(_finding(metric, "tolerance", Outcome.PASS, said, weighed), gates=True)
    outcome = Outcome.FAIL if standing is Standing.BROKEN else Outcome.INCONCLUSIVE
    finding = _finding(metric, "tolerance", outcome, said, weighed, since=past.onset)
    return Judgement(finding, gates=True)


def baseline(metric: Metric, seen: Seen, side: str, past: Past) -> Judgement:
    """New version here against the live one elsewhere: worth a flag, never a failure. Environments differ."""
    standing, weighed = _against(metric, seen, past)
    if weighed is None or standing is Standing.THIN:
        said = words.thin(metric, weighed, (side, "on the baseline"))
        return Judgement(_finding(metric, "baseline", Outcome.INCONCLUSIVE, said, weighed), gates=False)
    said = words.beside_baseline(metric, weighed)
    flag = standing is Standing.BROKEN or (past.broken and standing is Standing.DOUBTFUL)
    since = past.onset if flag else None
    return Judgement(_finding(metric, "baseline", Outcome.PASS, said, weighed, since=since, flag=flag), gates=False)


def observed(metric: Metric, seen: Seen, side: str) -> Judgement:
    """Nothing is asked of it here: its value, for people."""
    standing, weighed = criteria.against_limit(metric, None, seen.own)
    if weighed is None or standing is Standing.THIN:
        said = words.thin(metric, weighed, (side,))
        finding = _finding(metric, "observed", Outcome.INCONCLUSIVE, said, weighed)
        return Judgement(finding, gates=False, pauses=TOO_LITTLE)
    return Judgement(
        _finding(metric, "observed", Outcome.PASS, words.alone(metric, weighed, side), weighed), gates=False
    )


def _against(metric: Metric, seen: Seen, past: Past) -> criteria.Judged:
    """What was beyond stays doubtful, and what was broken broken, until it is clearly back inside: no flapping."""
    assert metric.tolerance is not None, f"{metric.name} is compared without a tolerance"
    standing, weighed = criteria.against_reference(metric, metric.tolerance, seen.pairs)
    if standing is Standing.FINE and past.since is not None:
        nearly, weighed_nearly = criteria.against_reference(metric, criteria.eased(metric.tolerance), seen.pairs)
        if weighed_nearly is not None and weighed_nearly.beyond:
            is_broken = past.broken and nearly is Standing.BROKEN
            return (Standing.BROKEN if is_broken else Standing.DOUBTFUL), weighed_nearly
    return standing, weighed


def _finding(
    metric: Metric,
    criterion: str,
    outcome: Outcome,
    said: str,
    weighed: Weighed | None,
    *,
    since: float | None = None,
    flag: bool = False,
) -> Finding:
    level = weighed.level if weighed else None
    other = weighed.reference.value if weighed and weighed.reference else weighed.allowed if weighed else None
    return Finding(
        metric=metric.name,
        kind=metric.kind,
        criterion=criterion,
        outcome=outcome,
        words=said,
        value=_finite(level.value if level else None),
        reference=_finite(other),
        events=level.events if level else 0,
        flag=flag,
        since=since,
    )


def _finite(value: float | None) -> float | None:
    """A quantile above the last bucket has no number; JSON has none for it either."""
    return value if value is not None and math.isfinite(value) else None
