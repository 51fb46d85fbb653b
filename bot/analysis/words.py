"""The sentences of findings: plain English with the numbers, for somebody who is tired and on call.

Every sentence starts with the metric's name as it stands in the plan, says what was seen, what is allowed, and what
it rests on. The one thing to remember: they are kept in the journal and shown everywhere, so they carry no markup and
nothing from outside but the metric's name.
"""

import math

from bot.analysis.criteria import Level, Weighed
from bot.analysis.evidence import Interval
from bot.core.metric import Metric
from bot.core.quantities import duration_in_words, quantity_in_words

TIMES = "\N{MULTIPLICATION SIGN}"
MANY_TIMES = 9.95
"""From here on `16 times` is exact enough; below it is `1.6 times`."""


def thin(metric: Metric, weighed: Weighed | None, sides: tuple[str, ...]) -> str:
    """`errors: 12 requests on the canary and 300 on its control, 20 needed on each`."""
    levels = (weighed.level, weighed.reference) if weighed else (None, None)
    nouns = (f" {noun(metric)}", "")
    have = " and ".join(
        f"{_number(level.events if level else 0)}{noun} {side}"
        for level, noun, side in zip(levels, nouns, sides, strict=False)
    )
    return f"{metric.name}: {have}, {metric.events_min} needed{' on each' if len(sides) > 1 else ''}"


def alone(metric: Metric, weighed: Weighed, side: str, control: Level | None = None) -> str:
    """`errors 4.8 % on the canary, limit 2 %, 61 of 1,270 requests`; with `control`, that it is no better off."""
    value = f"{metric.name} {_value(metric, weighed.level)} {side}"
    other = f", but {_value(metric, control)} on its control as well" if control else ""
    return f"{value}{limits(metric)}{other}, {_basis(metric, weighed.level)}"


def compared(metric: Metric, weighed: Weighed, side: str) -> str:
    """`errors 4.8 % on the canary against 0.3 % on its control (16x, 2x tolerated, limit 2 %), 61 of 1,270 …`."""
    assert metric.tolerance is not None, f"{metric.name} is compared without a tolerance"
    assert weighed.reference is not None, f"{metric.name} is compared with nothing"
    value, reference = _value(metric, weighed.level), _value(metric, weighed.reference)
    seen = ratio(weighed)
    many = f"{times(seen)}, " if seen is not None else ""
    allowed = f"{many}{times(tolerated(metric))} tolerated{limits(metric)}"
    return (
        f"{metric.name} {value} {side} against {reference} on its control ({allowed}), {_basis(metric, weighed.level)}"
    )


def beside_baseline(metric: Metric, weighed: Weighed, usual: float | None = None) -> str:
    """`p95 180 ms → 240 ms (+33 %, +5 % is usual here), limit 500 ms`."""
    assert weighed.reference is not None, f"{metric.name} has no baseline beside it"
    seen = ratio(weighed)
    here = f", {(usual - 1) * 100:+.0f} % is usual here" if usual is not None else ""
    change = f" ({(seen - 1) * 100:+.0f} %{here})" if seen is not None else ""
    return (
        f"{metric.name} {_value(metric, weighed.reference)} → {_value(metric, weighed.level)}{change}{limits(metric)}"
    )


def ratio(weighed: Weighed) -> float | None:
    """None where it says nothing: of nothing, from nothing, or from above the last bucket."""
    value, reference = weighed.level.value, weighed.reference.value if weighed.reference else 0.0
    return value / reference if value > 0 < reference and math.isfinite(value + reference) else None


def tolerated(metric: Metric) -> float:
    """The ratio, new version to reference, at the edge of the tolerance; below 1 where lower is worse."""
    assert metric.tolerance is not None, f"{metric.name} is compared without a tolerance"
    return metric.tolerance.ratio if metric.worse == "higher" else 1 / metric.tolerance.ratio


SPREAD_MAX = 1000.0
"""An interval wider than this says nothing that a person could use."""


def with_evidence(said: str, interval: Interval | None, nats: float, needed: float) -> str:
    """`…; ratio between 9x and 31x; evidence 12.4, 9.1 needed`: in nats; less is enough when others bring the rest."""
    tells = interval is not None and interval.high < SPREAD_MAX * interval.low
    between = f"; ratio between {times(interval.low)} and {times(interval.high)}" if interval and tells else ""
    alone = "" if nats >= needed else " alone"
    return f"{said}{between}; evidence {nats:.1f}, {needed:.1f} needed{alone}"


def growing(metric: Metric, growth: Interval, side: str) -> str:
    """`memory grows 21 % an hour on the canary beyond its control, 5 % tolerated`."""
    assert metric.growth_per_hour is not None, f"{metric.name} may grow as it likes"
    allowed = metric.growth_per_hour
    percent = (growth.ratio * math.exp(allowed) - 1) * 100
    return f"{metric.name} grows {percent:.0f} % an hour {side} beyond its control, {allowed * 100:.0f} % tolerated"


def near(metric: Metric, weighed: Weighed, allowed: float, side: str, reference: str, usual: float | None) -> str:
    """`p95 240 ms on the canary against 180 ms on its control (+33 %, +10 % allowed)`; below where lower is worse."""
    assert weighed.reference is not None, f"{metric.name} is compared with nothing"
    seen = ratio(weighed)
    many = f"{(seen - 1) * 100:+.0f} %, " if seen is not None else ""
    here = f", {(usual - 1) * 100:+.0f} % is usual here" if usual is not None else ""
    most = allowed * 100 if metric.worse == "higher" else -allowed * 100
    value, other = _value(metric, weighed.level), _value(metric, weighed.reference)
    return f"{metric.name} {value} {side} against {other} {reference} ({many}{most:+.0f} % allowed{here})"


def unprecedented(metric: Metric) -> str:
    """`drafts: new, so there is nothing to compare it with yet, limit 2 %`."""
    return f"{metric.name}: new, so there is nothing to compare it with yet{limits(metric)}"


def trending(metric: Metric, per_hour: float, seconds: float, side: str) -> str:
    """`memory grows 7.2 % an hour on the new version over the last 2h, 5 % allowed`."""
    assert metric.trend_per_hour is not None, f"{metric.name} may grow as it likes"
    grows = f"grows {per_hour * 100:.2g} %" if per_hour >= 0 else f"falls {-per_hour * 100:.2g} %"
    over = duration_in_words(seconds)
    return f"{metric.name} {grows} an hour {side} over the last {over}, {metric.trend_per_hour * 100:g} % allowed"


def varying(metric: Metric, spread: float | None, side: str) -> str:
    """`cpu varies by 34 % of its mean on the canary, 20 % allowed`."""
    assert metric.steady is not None, f"{metric.name} may vary as it likes"
    if spread is None:
        return f"{metric.name}: too few looks to see whether it is steady"
    return f"{metric.name} varies by {spread * 100:.0f} % of its mean {side}, {metric.steady * 100:.0f} % allowed"


def loaded(metric: Metric, load: float | None, side: str) -> str:
    """`errors: 3.2 requests a second on the canary, 20 asked for`."""
    return f"{metric.name}: {load or 0.0:.3g} {noun(metric)} a second {side}, {metric.load_min:g} asked for"


def peaked(metric: Metric, most: float, side: str) -> str:
    """`errors: 120 requests a second on the canary at most so far, 200 to be seen once`."""
    assert metric.load_peak is not None, f"{metric.name} asks for no peak"
    return (
        f"{metric.name}: {most:.3g} {noun(metric)} a second {side} at most so far, {metric.load_peak:g} to be seen once"
    )


def too_short(metric: Metric) -> str:
    return f"{metric.name}: too few looks to see whether it grows"


def silent(seconds: float) -> str:
    return f"the canary has not answered for {duration_in_words(seconds)} while its control did"


def starved(seconds: float, due: float) -> str:
    return f"the canary finished no request for {duration_in_words(seconds)} while about {_number(due)} were due"


def _value(metric: Metric, level: Level) -> str:
    return "above its last bucket" if math.isinf(level.value) else quantity_in_words(level.value, metric.unit)


def limits(metric: Metric) -> str:
    """`, limit 500 ms`, `, at least 80 %`; empty where there is none."""
    if metric.limit is None:
        return ""
    bounds = {"limit": metric.limit.max, "at least": metric.limit.min}
    return "".join(f", {what} {quantity_in_words(at, metric.unit)}" for what, at in bounds.items() if at is not None)


def times(many: float) -> str:
    """`1.6x`, `16x`."""
    return f"{many:.0f}{TIMES}" if many >= MANY_TIMES else f"{many:.2g}{TIMES}"


def _basis(metric: Metric, level: Level) -> str:
    hits = f"{_number(level.hits)} of " if level.hits is not None else ""
    weaker = "; no counts behind it, so a weaker test" if metric.query is not None else ""
    return f"{hits}{_number(level.events)} {noun(metric)}{weaker}"


def noun(metric: Metric) -> str:
    if metric.source == "gauge":
        return "looks"
    return "requests" if metric.kind in ("errors", "performance") else "events"


def _number(count: float) -> str:
    return f"{count:,.0f}"
