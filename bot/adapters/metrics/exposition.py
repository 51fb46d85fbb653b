"""One exposition page (Prometheus' text format) → the totals that a plan's metrics ask for.

The sum over all series that match a selector is taken, so `requests_total{status=~"5.."}` covers every route. Which
series match never changes, so it is worked out once for each and remembered; after the first look a page costs one
regular expression and one dictionary look-up a line. The one thing to remember: whatever cannot be read makes the whole
page unreadable, since half a page would look like a reset.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import promql_parser
from prometheus_client.parser import text_string_to_metric_families
from promql_parser import MatchOp

from bot.adapters.metrics.parts import START_TIME, Slot, shown_of, wanted
from bot.analysis.shapes import Shown
from bot.core.errors import Permanent
from bot.core.metric import Metric

SERIES_MAX = 50_000
"""Series whose matches are remembered; a page of the allowed size has fewer."""

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


class PageReader:
    """Reads pages for one plan's metrics."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = tuple(metrics)
        self._wanted: defaultdict[str, list[tuple[str, str, Selector]]] = defaultdict(list)
        for metric, part, written in (("", "value", START_TIME), *wanted(metrics)):
            selector = Selector.of(written)
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
        shown = ((metric.name, shown_of(metric, sums)) for metric in self._metrics)
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
