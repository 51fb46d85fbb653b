"""The numbers that a metric is made of, and how they become what a process shows; the same wherever they were read.

A share has two, a quantile one for each bucket, a gauge one or two. The one thing to remember: a counter that is not
there while its denominator is counts as zero, since many clients show a series only after its first event.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from bot.analysis.shapes import Buckets, Counts, Shown, Values
from bot.core.metric import Metric

START_TIME = "process_start_time_seconds"

Slot = tuple[str, str, float | None]
"""One number of a metric: its name, which part (`x`, `n`, `value`, `whole`, `le`), and for `le` the bucket's bound."""

GAUGES = ("value", "whole")
"""Parts that are so at a moment; the others count."""


def wanted(metrics: Sequence[Metric]) -> Iterator[tuple[str, str, str]]:
    """Each number that is counted: metric, part, and the selector of what to sum for it. A query is not among them."""
    for metric in metrics:
        of = "n" if metric.gauge is None else "whole"
        parts = {"x": metric.counter, of: metric.of, "value": metric.gauge, "le": metric.histogram}
        yield from ((metric.name, part, written) for part, written in parts.items() if written is not None)


def shown_of(metric: Metric, sums: Mapping[Slot, float]) -> Shown | None:
    """None when the page does not have it."""
    match metric.source:
        case "share":
            n = sums.get((metric.name, "n", None))
            return None if n is None else Counts(sums.get((metric.name, "x", None), 0.0), n)
        case "gauge":
            value, whole = (sums.get((metric.name, part, None)) for part in GAUGES)
            if value is None or (metric.of is not None and whole is None):
                return None
            return Values(value if metric.of is None else value / whole if whole else math.nan)
        case "quantile":
            at_most = {bound: sums[slot] for slot in sums if slot[0] == metric.name and (bound := slot[2]) is not None}
            return buckets_of(at_most) if at_most else None


def all_shown(metrics: Sequence[Metric], sums: Mapping[Slot, float]) -> dict[str, Shown]:
    """By metric; those that are not there are left out."""
    found = ((metric.name, shown_of(metric, sums)) for metric in metrics)
    return {name: part for name, part in found if part is not None}


def buckets_of(at_most: Mapping[float, float]) -> Buckets:
    """From cumulative counts. Without the +Inf bucket the number above the last bound is unknown: NaN, a gap."""
    bounds = tuple(sorted(bound for bound in at_most if bound < math.inf))
    totals = [*(at_most[bound] for bound in bounds), at_most.get(math.inf, math.nan)]
    return Buckets(bounds, tuple(high - low for low, high in pairwise([0.0, *totals])))
