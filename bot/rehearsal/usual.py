"""What everything looks like while nothing is wrong: requests a minute, and each metric's value on a healthy version.

What nobody says is read from the plan's own limits: a healthy version is well inside them. The one thing to remember:
these are suppositions, and a rehearsal is worth as much as they are; so all of them are printed, and any can be said.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist

from bot.core.errors import Misconfigured
from bot.core.metric import Metric
from bot.core.plan import Plan
from bot.core.quantities import measured, quantity_in_words
from bot.plans.explain import nearest
from bot.plans.units import guess

REQUESTS_PER_MINUTE = 600.0
"""Ten a second: a service of some size."""

INSIDE = 0.4
"""Of its nearest limit, what a healthy version shows."""
FAILING = 0.005
BUYING = 0.1
SLOWEST_SECONDS = 0.2
GAUGE, GAUGE_BYTES, GAUGE_RATIO = 100.0, 300e6, 0.4

SIGMA = 0.6
"""Of the answer times' logarithm: the 99th percentile is four times the median."""

_RATE = re.compile(r"(\d+(?:\.\d+)?)(?:/(s|m|min|h))?")
_PER_MINUTE = {"s": 60.0, "m": 1.0, "min": 1.0, "h": 1 / 60}


@dataclass(frozen=True, slots=True)
class Usual:
    """`per_minute`: requests, all versions together, and by metric where it counts something else."""

    per_minute: float
    of: Mapping[str, float]
    values: Mapping[str, float]

    def times(self, more: float) -> "Usual":
        """The same service with so many times the traffic."""
        return Usual(self.per_minute * more, {name: rate * more for name, rate in self.of.items()}, self.values)

    def rate(self, metric: Metric) -> float:
        """What its denominator counts in a minute."""
        return self.of.get(metric.name, self.per_minute)


def usual(plan: Plan, traffic: Iterable[str] = (), baseline: Iterable[str] = ()) -> Usual:
    """From the plan, and what was said of it: `600/min`, `checkouts=30/min`; `errors=0.5%`.

    Raises:
        Misconfigured: naming the word, what is allowed, and the nearest metric.
    """
    metrics = {metric.name: metric for metric in plan.metrics}
    per_minute, of = REQUESTS_PER_MINUTE, dict[str, float]()
    for written in _each(traffic):
        name, equals, rate = written.rpartition("=")
        if equals:
            of[_metric("--traffic", name, metrics).name] = _rate(rate)
        else:
            per_minute = _rate(written)
    said = dict(_said(written, metrics) for written in _each(baseline))
    values = {metric.name: said.get(metric.name, _supposed(metric)) for metric in plan.metrics}
    return Usual(per_minute, of, _fitting(plan, values, said))


def _each(written: Iterable[str]) -> list[str]:
    return [part.strip() for one in written for part in one.split(",") if part.strip()]


def _rate(written: str) -> float:
    match = _RATE.fullmatch(written.strip().replace(" ", ""))
    if match is None:
        raise Misconfigured(f'--traffic: found "{written}"; write requests and a time, such as 600/min, 10/s or 40/h')
    if match[2] is None:
        raise Misconfigured(f'--traffic: found "{written}", without its time; did you mean {match[1]}/min?')
    return float(match[1]) * _PER_MINUTE[match[2]]


def _said(written: str, metrics: Mapping[str, Metric]) -> tuple[str, float]:
    name, equals, value = written.partition("=")
    if not equals:
        raise Misconfigured(f'--baseline: found "{written}"; write a metric and its value, such as errors=0.5%')
    metric = _metric("--baseline", name.strip(), metrics)
    try:
        found = in_its_unit(value.strip(), metric)
    except ValueError as error:
        raise Misconfigured(f"--baseline {metric.name}: {error}") from None
    if metric.source == "quantile" and found <= 0:
        raise Misconfigured(f"--baseline {metric.name}: found {value}; an answer takes some time, such as 180ms")
    return metric.name, found


def _metric(option: str, word: str, metrics: Mapping[str, Metric]) -> Metric:
    alike = [name for name in metrics if word == name] or [name for name in metrics if word in name.split("-")]
    if len(alike) != 1:
        near = nearest(word, metrics)
        raise Misconfigured(f'{option}: there is no metric "{word}"; there are {", ".join(metrics)}{near}')
    return metrics[alike[0]]


_FAMILIES = {"%": "ratio", "ms": "s", "s": "s", "B": "bytes", "KB": "bytes", "MB": "bytes", "GB": "bytes"}
_EXAMPLES = {"ratio": "3%", "s": "900ms or 2s", "bytes": "500MB"}


def in_its_unit(written: str, metric: Metric) -> float:
    """A value of this metric, as a plan would have it. Raises ValueError, in words, for one in another unit or none."""
    found = measured(written)
    if found is None:
        raise ValueError(f'found "{written}"; write {such_as(metric)}')
    number, sign, value = found
    if metric.unit in _EXAMPLES and not sign and number:
        raise ValueError(f'found "{written}" without its unit; did you mean {guess(number, metric.unit)}?')
    if metric.unit in _EXAMPLES and sign and _FAMILIES[sign] != metric.unit:
        raise ValueError(f'found "{written}", which is another unit; {metric.name} has {such_as(metric)}')
    if metric.source == "share" and metric.unit == "ratio" and not 0 <= value <= 1:
        raise ValueError(f'found "{written}"; {metric.name} is a share, from 0% to 100%')
    return value


def such_as(metric: Metric) -> str:
    """A value of this metric, as it may be written."""
    return f"a value such as {_EXAMPLES.get(metric.unit, '12.5')}"


# ── what nobody says ─────────────────────────────────────────────────────────────────────────────────────────────────


def _supposed(metric: Metric) -> float:
    """Well inside what the plan allows."""
    bounds = [bound for bound in (metric.alert, metric.limit, metric.no_go, metric.rollback) if bound is not None]
    low = max((bound.min for bound in bounds if bound.min is not None), default=None)
    high = min((bound.max for bound in bounds if bound.max is not None), default=None)
    match metric.source:
        case "share":
            return _share(metric, low, high)
        case "quantile":
            return SLOWEST_SECONDS if high is None else INSIDE * high
        case "gauge":
            return _gauge(metric, low, high)


def _share(metric: Metric, low: float | None, high: float | None) -> float:
    if low is not None:
        return (low + (1.0 if high is None else high)) / 2
    if metric.worse == "lower":
        return BUYING if high is None else min(BUYING, INSIDE * high)
    return FAILING if high is None else min(FAILING, INSIDE * high)


def _gauge(metric: Metric, low: float | None, high: float | None) -> float:
    if low is not None and high is not None:
        return (low + high) / 2
    if high is not None:
        return INSIDE * high
    if low is not None:
        return 2 * low if low > 0 else 1.0
    return {"bytes": GAUGE_BYTES, "ratio": GAUGE_RATIO}.get(metric.unit, GAUGE)


def _fitting(plan: Plan, values: Mapping[str, float], said: Mapping[str, float]) -> dict[str, float]:
    """Quantiles of one histogram are of the same answers: what is not said of them follows from one median."""
    fitted = dict(values)
    for histogram in {metric.histogram for metric in plan.metrics if metric.histogram is not None}:
        of = [metric for metric in plan.metrics if metric.histogram == histogram]
        anchors = [metric for metric in of if metric.name in said]
        medians = [values[metric.name] / math.exp(SIGMA * z_of(metric)) for metric in anchors or of]
        for metric in of:
            if metric.name not in said:
                fitted[metric.name] = min(medians) * math.exp(SIGMA * z_of(metric))
        rising = sorted(of, key=z_of)
        for lower, higher in pairwise(rising):
            if fitted[lower.name] >= fitted[higher.name]:
                raise Misconfigured(
                    f"--baseline: {higher.name} is {_value(fitted, higher)} and {lower.name} {_value(fitted, lower)}; "
                    f"of the same answers a higher quantile takes longer"
                )
    return fitted


def _value(values: Mapping[str, float], metric: Metric) -> str:
    return quantity_in_words(values[metric.name], metric.unit)


def z_of(metric: Metric) -> float:
    """How many standard deviations above the median its quantile lies, of the answers' logarithm."""
    assert metric.quantile is not None, f"{metric.name} is no quantile"
    return NormalDist().inv_cdf(metric.quantile)
