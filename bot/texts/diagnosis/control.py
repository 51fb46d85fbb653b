"""Whether the control moved as well: then it is probably not this release, but something that both versions share.

The control's own looks before the onset are compared with those after it. Counts are compared as shares, a quantile as
the share above where it lay before, a gauge as its mean; the interval is the judge's confidence sequence, widened by
how much the control scatters by itself. The one thing to remember: "no" is said of what was seen to stay; where the
samples cannot tell, the answer is "unknown".
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, variance

from bot.analysis.evidence.intervals import Interval, sequence
from bot.analysis.noise import Scatter
from bot.analysis.series import Gap, LookSamples
from bot.analysis.shapes import Buckets, Counts, Shown, Values, added
from bot.core import events as e
from bot.core.metric import Metric
from bot.texts import Material
from bot.texts.diagnosis.broken import Broken
from bot.texts.past import Past

LOOKS_BEFORE_MAX = 240
"""An hour at a look every 15 s: what lies further back is another time of day."""

LOOKS_MIN = 3
EVENTS_MIN = 20
"""Looks and events on each side of the onset below which nothing is said."""

SPREAD_MAX = 100.0
"""Times between the ends of an interval: a wider one says nothing."""

SEEN_MIN = 10.0
"""Bad ones of the control, counted or due were it as bad as the canary: fewer are no sign of anything."""

MOVED_MIN = 1.25
"""Times worse than before: less is nothing that would explain a failure."""

PART_MIN = 0.3
"""Of the canary's own worsening, as logarithms: a control that moved less does not explain it."""

GAUGE_MEMORY = 5.7
"""Times fewer looks of a gauge than were taken are independent: (1 + r) / (1 - r) at the judge's prior r = 0.7."""

EMPTY = 0.5
"""Added to counts, so that nothing of many is a small share and not none."""


class Sureness(StrEnum):
    """yes: it moved, beyond chance · perhaps: it moved, or by chance · no: it stayed · unknown: nothing to compare."""

    YES = "yes"
    PERHAPS = "perhaps"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Moved:
    """The control's value before and after, in the metric's base unit. The ratio is 1 or more where it got worse.

    Without looks, `before` and `after` are what two verdicts of the journal say, and there is no interval.
    """

    metric: str
    sureness: Sureness
    before: float | None = None
    after: float | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    is_thin: bool = False
    """It was looked at, and that says too little."""


def control_moved(material: Material, broken: Iterable[Broken], past: Past) -> tuple[Moved, ...]:
    """One a broken metric whose control is known: from its looks, or else from what the verdicts say of it."""
    onsets = [one for one in broken if one.metric is not None and one.since is not None]
    beside = [one for one in onsets if one.beside in ("on its control", "")]
    seen = [(one, _of_looks(material.looks, one)) for one in beside]
    told = [(one, _of_journal(past, one) if of is None and one.beside else of) for one, of in seen]
    return tuple(of for one, of in told if of is not None and (one.beside or of.sureness is not Sureness.UNKNOWN))


def overall(moved: Sequence[Moved]) -> Sureness:
    """The most that was found about any metric: one control that surely moved is enough to doubt the release."""
    order = [Sureness.YES, Sureness.PERHAPS, Sureness.NO]
    return min((one.sureness for one in moved if one.sureness in order), key=order.index, default=Sureness.UNKNOWN)


# ── from samples ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _of_looks(looks: Sequence[LookSamples], one: Broken) -> Moved | None:
    """None where there are too few looks; unknown where there are enough, and they say too little."""
    assert one.metric is not None, f"{one.name} is no metric of the plan"
    assert one.since is not None, f"{one.name} has no onset"
    onset = one.since
    before = _control(one.name, (look for look in looks if look.at <= onset))[-LOOKS_BEFORE_MAX:]
    after = _control(one.name, (look for look in looks if look.at > onset))
    if min(len(before), len(after)) < LOOKS_MIN:
        return None
    found = _compared(one.metric, before, after)
    if found is None:
        return None
    value = (_value(one.metric, before), _value(one.metric, after))
    contradicts = found.ratio > 1 and _contradicts(one.metric, *value)
    tells = not contradicts and found.high <= SPREAD_MAX * found.low
    sure = Sureness.UNKNOWN if contradicts else _sureness(found, one)
    sure = sure if tells or sure is Sureness.YES else _counted(one, after)
    if sure is Sureness.UNKNOWN:
        return Moved(one.name, sure, is_thin=True)
    return Moved(one.name, sure, *value, found.ratio, *((found.low, found.high) if tells else (None, None)))


def _contradicts(metric: Metric, before: float | None, after: float | None) -> bool:
    """Whether what people would read went the other way."""
    if before is None or after is None:
        return False
    return after < before if metric.worse == "higher" else after > before


def _counted(one: Broken, after: Sequence[Shown]) -> Sureness:
    """Where the interval says nothing: were so many bad ones due, had the control become as bad as the canary?"""
    cells = [cell for cell in after if isinstance(cell, Counts)]
    if one.value is None or one.metric is None or one.metric.worse == "lower" or not cells:
        return Sureness.UNKNOWN
    bad, due = sum(cell.x for cell in cells), one.value * sum(cell.n for cell in cells)
    if due >= SEEN_MIN and bad <= PART_MIN * due:
        return Sureness.NO
    return Sureness.PERHAPS if bad >= SEEN_MIN else Sureness.UNKNOWN


def _control(metric: str, looks: Iterable[LookSamples]) -> list[Shown]:
    """The control as a whole, look by look."""
    cells = [
        [s.shown for s in look.samples if s.metric == metric and s.cohort == "control" and not isinstance(s.shown, Gap)]
        for look in looks
    ]
    return [added(of_look) for of_look in cells if of_look]


def _sureness(worsened: Interval, one: Broken) -> Sureness:
    needed = math.log(MOVED_MIN)
    if one.ratio is not None and one.ratio > 0:
        needed = max(needed, PART_MIN * abs(math.log(one.ratio)))
    if math.log(worsened.ratio) < needed:
        return Sureness.NO
    return Sureness.YES if worsened.low > 1 else Sureness.PERHAPS


def _compared(metric: Metric, before: Sequence[Shown], after: Sequence[Shown]) -> Interval | None:
    """How many times worse it is after than before."""
    if isinstance(before[0], Values):
        return _of_gauges(metric, before, after)
    bad = [_bad_ones(metric, cells, before) for cells in (before, after)]
    if any(sum(cell.n for cell in cells) < EVENTS_MIN for cells in bad):
        return None
    scatter = Scatter()
    for cell in bad[0]:
        scatter = scatter.then(cell)
    (x0, n0), (x1, n1) = ((sum(c.x for c in cells) + EMPTY, sum(c.n for c in cells) + 2 * EMPTY) for cells in bad)
    spread = scatter.dispersion * (1 / x0 - 1 / n0 + 1 / x1 - 1 / n1)
    return sequence(math.log((x1 / n1) / (x0 / n0)), max(spread, 1e-9))


def _bad_ones(metric: Metric, cells: Sequence[Shown], before: Sequence[Shown]) -> list[Counts]:
    """Each look's bad ones: of a share the hits (or the others), of a quantile those above where it lay before."""
    whole = added(before)
    if isinstance(whole, Buckets):
        shared = set(whole.bounds).intersection(*(set(c.bounds) for c in cells if isinstance(c, Buckets)))
        usual = whole.quantile(metric.quantile or 0.5)
        edge = min((bound for bound in shared if bound >= usual), default=max(shared, default=None))
        counts = [] if edge is None else [cell.over(edge) for cell in cells if isinstance(cell, Buckets)]
    else:
        counts = [cell for cell in cells if isinstance(cell, Counts)]
    return counts if metric.worse == "higher" else [cell.rest for cell in counts]


def _of_gauges(metric: Metric, before: Sequence[Shown], after: Sequence[Shown]) -> Interval | None:
    then, now = ([cell.mean for cell in cells if isinstance(cell, Values)] for cells in (before, after))
    means = fmean(then), fmean(now)
    if min(means) <= 0:
        return None
    spread = sum(
        GAUGE_MEMORY * variance(values) / len(values) / mean**2 for values, mean in zip((then, now), means, strict=True)
    )
    change = math.log(means[1] / means[0])
    return sequence(change if metric.worse == "higher" else -change, max(spread, 1e-9))


def _value(metric: Metric, cells: Sequence[Shown]) -> float | None:
    whole = added(cells)
    match whole:
        case Buckets():
            value = whole.quantile(metric.quantile or 0.5) if whole.n else math.nan
        case Counts(x, n):
            value = x / n if n else math.nan
        case Values():
            value = whole.mean
        case _:
            return None
    return value if math.isfinite(value) else None


# ── from the journal ─────────────────────────────────────────────────────────────────────────────────────────────────


def _of_journal(past: Past, one: Broken) -> Moved:
    """What the verdicts of the present stage say of the control: its first value and its last, with no interval."""
    present = past.happened[-1].release.stage_entry if past.happened else 0
    values = [
        finding.reference
        for said in past.every(e.VerdictChanged)
        if said.event.entry >= present
        for finding in said.event.verdict.findings
        if finding.metric == one.name and finding.criterion == "tolerance" and finding.reference is not None
    ]
    if len(values) < 2 or min(values) <= 0:  # noqa: PLR2004 - a first and a last
        return Moved(one.name, Sureness.UNKNOWN)
    lower = one.metric is not None and one.metric.worse == "lower"
    worsened = values[0] / values[-1] if lower else values[-1] / values[0]
    return Moved(one.name, Sureness.PERHAPS if worsened >= MOVED_MIN else Sureness.NO, values[0], values[-1])
