"""One exposition page (Prometheus' text format) → the totals that a plan's metrics ask for.

The sum over all series that match a selector is taken, so `requests_total{status=~"5.."}` covers every route. Which
series match never changes, so it is worked out once for each and remembered; after the first look a page costs one
regular expression and one dictionary look-up a line. The one thing to remember: a counter that is not on the page while
its denominator is counts as zero, since many clients show a series only after its first event.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import promql_parser
from prometheus_client.parser import text_string_to_metric_families
from promql_parser import MatchOp

from bot.analysis.shapes import Buckets, Counts, Shown, Values
from bot.core.errors import Permanent
from bot.core.plan import Metric

SERIES_MAX = 50_000
"""Series whose matches are remembered; a page of the allowed size has fewer."""

START_TIME = "process_start_time_seconds"

_LINE = re.compile(r"((?:[a-zA-Z_:][a-zA-Z0-9_:]*)?[ \t]*(?:\{.*\})?)[ \t]+(\S+)(?:[ \t]+\S+)?")
"""Series, value, and a time stamp that is not looked at."""
_EXEMPLAR = " # {"


@dataclass(frozen=True, slots=True)
class Selector:
    """`name{label="value", other!~"a|b"}`, as PromQL reads it: matchers are anchored, a missing label is empty."""

    name: str
    equal: tuple[tuple[str, str, bool], ...]
    like: tuple[tuple[str, re.Pattern[str], bool], ...]

    @classmethod
    def of(cls, written: str) -> "Selector":
        """Raises Permanent for what a page cannot answer: the past, a regular expression that is not Python's too."""
        parsed = promql_parser.parse(written)
        assert isinstance(parsed, promql_parser.VectorSelector), f"the plan let {written!r} through"
        if parsed.offset is not None or parsed.at is not None or parsed.matchers.or_matchers:
            raise Permanent(f"{written}: only a name with matchers can be looked up on a page")
        matchers = parsed.matchers.matchers
        equal = tuple(
            (m.name, m.value, m.op == MatchOp.Equal) for m in matchers if m.op in (MatchOp.Equal, MatchOp.NotEqual)
        )
        try:
            like = tuple(
                (m.name, re.compile(m.value), m.op == MatchOp.Re)
                for m in matchers
                if m.op in (MatchOp.Re, MatchOp.NotRe)
            )
        except re.error as error:
            raise Permanent(f"{written}: this regular expression cannot be used ({error})") from None
        return cls(parsed.name or "", equal, like)

    def accepts(self, labels: Mapping[str, str]) -> bool:
        return all((labels.get(name, "") == value) is wanted for name, value, wanted in self.equal) and all(
            (pattern.fullmatch(labels.get(name, "")) is not None) is wanted for name, pattern, wanted in self.like
        )


@dataclass(frozen=True, slots=True)
class Page:
    """What one page said: totals by metric name, and since when the process runs, if it says so."""

    shown: Mapping[str, Shown]
    started_at: float | None


Slot = tuple[str, str, float | None]
"""One number of a metric: its name, which part (`x`, `n`, `value`, `le`), and for `le` the bucket's bound."""


class PageReader:
    """Reads pages for one plan's metrics."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = tuple(metrics)
        self._wanted: defaultdict[str, list[tuple[str, str, Selector]]] = defaultdict(list)
        for metric, part, selector in _parts(metrics):
            self._wanted[selector.name + ("_bucket" if part == "le" else "")].append((metric, part, selector))
        self._slots = lru_cache(SERIES_MAX)(self._find)

    def read(self, text: str) -> Page:
        """Raises ValueError, with the reason in words, for what is no exposition page or not all of one."""
        if not text.endswith("\n"):
            raise ValueError("sent a page that was cut short" if text else "sent an empty page")
        sums: defaultdict[Slot, float] = defaultdict(float)
        for series, value in _samples(text):
            if not series.startswith("{") and series.partition("{")[0].rstrip() not in self._wanted:
                continue
            for slot in self._slots(series):
                # what counts cannot be negative: NaN spoils the sum, and the sample becomes a gap
                sums[slot] += value if value >= 0 or slot[1] == "value" else math.nan
        shown = ((metric.name, _shown(metric, sums)) for metric in self._metrics)
        return Page({name: part for name, part in shown if part is not None}, sums.get(("", "value", None)))

    def _find(self, series: str) -> tuple[Slot, ...]:
        """Which numbers a series is part of."""
        try:
            (family,) = text_string_to_metric_families(f"{series} 0\n")
            (sample,) = family.samples
            return tuple(
                (metric, part, float(sample.labels["le"]) if part == "le" else None)
                for metric, part, selector in self._wanted.get(sample.name, ())
                if selector.accepts(sample.labels)
            )
        except (ValueError, KeyError):
            raise ValueError(f"sent a series that cannot be read: {series[:60]!r}") from None


def _parts(metrics: Sequence[Metric]) -> Iterator[tuple[str, str, Selector]]:
    """Each number that is wanted: metric, part, and what to sum for it. The start time belongs to no metric."""
    yield "", "value", Selector.of(START_TIME)
    for metric in metrics:
        parts = {"x": metric.counter, "n": metric.of, "value": metric.gauge, "le": metric.histogram}
        yield from ((metric.name, part, Selector.of(written)) for part, written in parts.items() if written is not None)


def _samples(text: str) -> Iterator[tuple[str, float]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line or line[0] == "#":
            continue
        match = _LINE.fullmatch(line.partition(_EXEMPLAR)[0].strip())
        try:
            if match is None or not match[1]:
                raise ValueError  # noqa: TRY301 - one sentence for both kinds of a bad line
            yield match[1], float(match[2])
        except ValueError:
            raise ValueError(f"sent a page whose line {number} is no sample: {line[:60]!r}") from None


def _shown(metric: Metric, sums: Mapping[Slot, float]) -> Shown | None:
    """None when the page does not have it."""
    n = sums.get((metric.name, "n", None))
    match metric.source:
        case "share":
            return None if n is None else Counts(sums.get((metric.name, "x", None), 0.0), n)
        case "gauge":
            value = sums.get((metric.name, "value", None))
            if value is None or (metric.of is not None and n is None):
                return None
            return Values(value if metric.of is None else value / n if n else math.nan)
        case "quantile":
            at_most = {bound: sums[slot] for slot in sums if slot[0] == metric.name and (bound := slot[2]) is not None}
            return _buckets(at_most) if at_most else None


def _buckets(at_most: Mapping[float, float]) -> Buckets:
    """From cumulative counts. Without the +Inf bucket the number above the last bound is unknown: NaN, a gap."""
    bounds = tuple(sorted(bound for bound in at_most if bound < math.inf))
    totals = [*(at_most[bound] for bound in bounds), at_most.get(math.inf, math.nan)]
    return Buckets(bounds, tuple(high - low for low, high in pairwise([0.0, *totals])))
