"""A metric of a plan: where its numbers come from, and what is asked of them.

The one thing to remember: alert, gate and rollback limits are apart, and each lies farther out than the one before it.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from bot.core.quantities import Quantity, Share
from bot.core.selectors import Query, Selector
from bot.core.strict import At, Name, Strict, refuse

EVENTS_A_SECOND = "a number of events a second, such as 5"
Kind = Literal["errors", "performance", "functional", "resource", "business"]
Priority = Literal["critical", "high", "medium"]


class Limit(Strict):
    """Absolute bounds on a metric's value, in base units, both inclusive."""

    min: Quantity | None = None
    max: Quantity | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("a limit needs min, max or both")
        return self


class Tolerance(Strict):
    """How much worse than its reference the new version may be: at most `ratio` times, and by more than `margin`.

    Both must be exceeded to count as worse, so that 0.02 % against 0.01 % of errors is not called a doubling.
    """

    ratio: Annotated[float, Field(gt=1, description="how many times as much it may be, such as 1.5")]
    margin: Quantity = 0.0


class Within(Strict):
    """How much worse than its reference a metric may read and the step still be left: `within: 10%`, short for `go`.

    It gates and never fails: what is beyond `go` waits, and what is surely beyond `no_go` nobody may promote.
    """

    go: Annotated[Share, Field(gt=0)]
    no_go: Annotated[Share, Field(gt=0)] | None = None
    margin: Quantity = 0.0

    @model_validator(mode="before")
    @classmethod
    def _write_short_form_out(cls, written: Any) -> Any:  # noqa: ANN401 - what a person wrote
        return {"go": written} if isinstance(written, str | int | float) else written

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.no_go is not None and self.no_go <= self.go:
            refuse([(("no_go",), "no_go lies beyond go: {go: 10%, no_go: 20%}")])
        return self


class Metric(Strict):
    """One thing that is watched, from exactly one of `counter`+`of`, `histogram`+`quantile`, `gauge`, `query`."""

    name: Name
    kind: Kind
    counter: Selector | None = None
    histogram: Selector | None = None
    quantile: Annotated[float, Field(gt=0, lt=1, description="a part such as 0.95")] | None = None
    gauge: Selector | None = None
    query: Query | None = None
    """What none of these can say: a value for each version, in the source's language. Nothing is known behind it."""
    of: Selector | None = None
    worse: Literal["higher", "lower"] = "higher"
    unit: str = ""
    priority: Priority = "high"
    """How much of the error budget it has. What is medium is flagged and never rolls back by itself."""
    alert: Limit | None = None
    """Beyond it the metric is flagged."""
    limit: Limit | None = None
    """It gates: beyond it the step is not left. Surely beyond it fails, unless a farther bound says from where on."""
    no_go: Limit | None = None
    """Between `limit` and here a person may promote; surely beyond it nobody may, and the time starts again."""
    rollback: Limit | None = None
    """Only beyond it the metric fails; with a `no_go` and without this, it never does."""
    tolerance: Tolerance | None = None
    """How much worse than its control it may be before it fails; against a baseline elsewhere it is only flagged."""
    within: Within | None = None
    """It gates against the control, or the baseline: `10%` worse may be, with more the step is not left."""
    new: bool = False
    """The version before does not have it yet: until that has, its limit alone is asked for."""
    growth_per_hour: Annotated[Share, Field(ge=0)] | None = None
    """A gauge may grow so much faster than its control's, an hour: `5%`. More is a leak."""
    trend_per_hour: Annotated[Share, Field(gt=0)] | None = None
    """A gauge may grow by so much of itself in an hour where nothing runs beside it: `5%`. More pauses."""
    steady: Annotated[Share, Field(gt=0)] | None = None
    """Its looks may differ among themselves by so much of their mean (standard deviation): `20%`. More pauses."""
    load_min: Annotated[float, Field(gt=0, description=EVENTS_A_SECOND)] | None = None
    """Events a second on the new version: with less load the clock pauses, since nothing can be learned from it."""
    load_peak: Annotated[float, Field(gt=0, description=EVENTS_A_SECOND)] | None = None
    """Events a second that the new version must have borne once, for some minutes, before the step is left."""
    events_min: Annotated[int, Field(ge=1)] = 20
    """Requests (or looks, for a gauge) on each side below which nothing is concluded."""

    @model_validator(mode="before")
    @classmethod
    def _unit_follows_source(cls, written: Any) -> Any:  # noqa: ANN401 - what a person wrote
        if isinstance(written, dict) and "unit" not in written:
            natural = "ratio" if "of" in written else "s" if "histogram" in written else ""
            return {**written, "unit": natural}
        return written

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        refuse(
            (at, f"{self.name}: {words}")
            for rules in (self._sources(), self._kinds(), self._bands())
            for at, words in rules
        )
        return self

    def _sources(self) -> Iterator[tuple[At, str]]:
        sources = [key for key in ("counter", "histogram", "gauge", "query") if getattr(self, key) is not None]
        if not sources:
            yield (), "where its numbers come from is missing; allowed: counter, histogram, gauge, query"
        for key in sources[1:]:
            yield (key,), f"found {key} beside {sources[0]}; a metric has one source: keep one"
        if self.query is not None and self.of is not None:
            yield ("of",), "a query divides by itself; `of` is for a counter or a gauge"
        if self.quantile is not None and self.histogram is None:
            yield ("quantile",), "a quantile is of a histogram: write histogram beside it"
        if self.histogram is not None and self.quantile is None:
            yield ("histogram",), "a histogram needs its quantile, such as quantile: 0.95"
        if self.counter is not None and self.of is None:
            yield ("counter",), "a counter needs `of`, what it is a share of"

    def _kinds(self) -> Iterator[tuple[At, str]]:
        for key in ("growth_per_hour", "trend_per_hour"):
            if getattr(self, key) is not None and self.source != "gauge":
                yield (key,), f"{key} is for a gauge; a share or a quantile cannot leak"
        if self.steady is not None and self.histogram is not None:
            yield ("steady",), "steady is for a share or a gauge, not for a quantile"
        for key in ("load_min", "load_peak"):
            if getattr(self, key) is not None and self.source == "gauge":
                yield (key,), f"{key} counts events, and a gauge has none"

    def _bands(self) -> Iterator[tuple[At, str]]:
        for key in ("no_go", "rollback"):
            if getattr(self, key) is not None and self.limit is None:
                yield (key,), f"{key} is a bound beyond `limit`; without a limit, write that"
        for near, far in (("limit", "no_go"), ("no_go", "rollback")):
            if self.no_go is not None and _lies_nearer(getattr(self, far), getattr(self, near)):
                yield (far,), f"{far} lies beyond {near}, from where it is fine to where it is not"
        if self.new and self.limit is None:
            yield ("new",), "nothing can be compared yet with what is new: it needs a `limit`"
        if self.within is not None and self.worse == "lower" and max(self.within.go, self.within.no_go or 0.0) >= 1:
            yield ("within",), f"within {self.within.go:.0%} of less than nothing; write below 100%"

    @property
    def is_judged(self) -> bool:
        """Whether anything is asked of it; an alert asks nothing."""
        asked = (self.limit, self.tolerance, self.within, self.growth_per_hour, self.trend_per_hour, self.steady)
        return any(one is not None for one in (*asked, self.load_min, self.load_peak))

    @property
    def source(self) -> Literal["share", "quantile", "gauge"]:
        """How its samples are shaped: counts of counts, histogram buckets, or plain values."""
        return "share" if self.counter else "quantile" if self.histogram else "gauge"


def _lies_nearer(far: Limit | None, near: Limit | None) -> bool:
    """Bands are read outwards, from what is fine to what is not borne; one that lacks a bound contradicts nothing."""
    if far is None or near is None:
        return False
    return (near.max is not None and far.max is not None and far.max < near.max) or (
        near.min is not None and far.min is not None and far.min > near.min
    )
