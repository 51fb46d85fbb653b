"""Bounds of one metric against each other: what contradicts itself, and what lies where nothing ever is.

As `units`, it looks at what is written in a file alone. The one thing to remember: bounds are read outwards, `limit`,
`no_go`, `rollback`; one that lacks its `min` or `max` contradicts nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.plans.units import BANDS, bound_at, bounds_of
from bot.plans.written import Place, Problem, Written, rows


def problems(written: Written) -> Iterator[Problem]:
    """Errors, and notes where it may be meant."""
    for place, metric in rows(written, "metrics"):
        yield from _empty_ranges(written, place, metric)
        yield from _order(written, place, metric, "limit", "rollback", grave=True)
        yield from _order(written, place, metric, "alert", "limit", grave=False)
        yield from _below_nothing(written, place, metric)


def _empty_ranges(written: Written, place: Place, metric: Mapping[str, Any]) -> Iterator[Problem]:
    for band in BANDS:
        low, high = bound_at(place, metric, band, "min"), bound_at(place, metric, band, "max")
        if low is not None and high is not None and low.value > high.value:
            words = (
                f"found min {low.written} above max {high.written}; nothing lies between them: swap them, or keep one"
            )
            yield written.problem((*place, band), words)


def _order(
    written: Written, place: Place, metric: Mapping[str, Any], near: str, far: str, *, grave: bool
) -> Iterator[Problem]:
    for end in ("min", "max"):
        inner, outer = bound_at(place, metric, near, end), bound_at(place, metric, far, end)
        if inner is None or outer is None or inner.kind != outer.kind:
            continue
        if (outer.value < inner.value) if end == "max" else (outer.value > inner.value):
            side = "below" if end == "max" else "above"
            if grave:
                words = f"found {outer.written}, {side} the {near} of {inner.written}; {far} lies beyond {near}"
                yield written.problem(outer.place, f"{words}: swap them, or leave {far} out")
            else:
                words = f"{inner.written} lies beyond the {far} of {outer.written}; nobody is alerted before it is held"
                yield written.problem(inner.place, words, grave=False)


def _below_nothing(written: Written, place: Place, metric: Mapping[str, Any]) -> Iterator[Problem]:
    """Counts and times that were measured are not negative; a gauge may be."""
    name = metric.get("name", "it")
    for bound in bounds_of(place, metric):
        if bound.value >= 0:
            continue
        if bound.place[-1] == "margin":
            yield written.problem(bound.place, f"found {bound.written}; a margin is 0 or more")
        elif "counter" in metric or "histogram" in metric:
            yield written.problem(bound.place, f"found {bound.written}; {name} is never below 0")
