"""The units of a plan's bounds against what its metrics count: `500MB` is no latency, and `5` is no share.

Only what is written in a file is looked at, as it was written: a plan in a journal has plain numbers, and was let
through once. The one thing to remember: a bound (`limit`, a `margin`) has the unit of its metric; how much worse, and
how much more in an hour (`within`, `growth_per_hour`), is a share, whatever the metric counts.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.quantities import measured
from bot.plans.written import Place, Problem, Written, rows

BANDS = ("alert", "limit", "no_go", "rollback")
"""Keys of a metric with a `min` and a `max` each, from near to far."""
SHARES = ("within", "growth_per_hour", "trend_per_hour", "steady")

_KINDS = {"%": "ratio", "ms": "s", "s": "s", "B": "bytes", "KB": "bytes", "MB": "bytes", "GB": "bytes", "": ""}
_CALLED = {"ratio": "a share", "s": "a time", "bytes": "bytes"}
_COUNTED = {"ratio": "parts of a whole", "s": "seconds", "bytes": "bytes"}
_SUCH_AS = {"ratio": "5%", "s": "500ms", "bytes": "300MB"}
_MEANT = {"sec": "s", "second": "s", "seconds": "s", "byte": "bytes", "b": "bytes", "percent": "ratio", "%": "ratio"}
"""Words for units that have one of their own here."""
_COUNTS = re.compile(r"_(seconds|milliseconds|bytes)(?=$|:)")
"""At the end of a series' name, which says by custom what its values are."""
_CUSTOM = {"seconds": "s", "milliseconds": "ms", "bytes": "bytes"}

_MANY_SECONDS = 10
"""A bare number from here on was hardly meant as seconds."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A number of a metric as its file has it. `value` is in base units; `kind`: ratio, s, bytes, or "" for none."""

    place: Place
    written: object
    number: float
    value: float
    kind: str


def bound_at(place: Place, metric: Mapping[str, Any], *keys: str) -> Bound | None:
    """What is written there; None where nothing is, or what is none, which the plan's own rules refuse."""
    written: Any = metric
    for key in keys:
        written = written.get(key) if isinstance(written, dict) else None
    found = measured(written)
    if found is None:
        return None
    number, sign, value = found
    return Bound((*place, *keys), written, number, value, _KINDS[sign])


def bounds_of(place: Place, metric: Mapping[str, Any]) -> Iterator[Bound]:
    """All that have the metric's own unit."""
    ways = [(band, end) for band in BANDS for end in ("min", "max")]
    ways += [("tolerance", "margin"), ("within", "margin")]
    yield from filter(None, (bound_at(place, metric, *way) for way in ways))


def unit_of(metric: Mapping[str, Any]) -> object:
    """What it is counted in: what is written, or what its source says."""
    natural = "ratio" if "of" in metric else "s" if "histogram" in metric else ""
    return metric.get("unit", natural)


def problems(written: Written) -> Iterator[Problem]:
    """What is in another unit than its metric, or in none: errors, and notes where it is read as it was meant."""
    for place, metric in rows(written, "metrics"):
        unit, name = unit_of(metric), metric.get("name", "it")
        if not isinstance(unit, str):
            continue
        if against := list(_against_its_series(written, place, metric, unit)):
            yield from against
            continue  # in which unit its bounds should be is open
        for bound in bounds_of(place, metric):
            if (words := _trouble(bound, metric, unit, str(name))) is not None:
                yield written.problem(bound.place, words)
            elif unit == "" and bound.kind:
                words = f"{bound.written} is read as {bound.value:,.10g} and shown so; did you mean unit: {bound.kind}?"
                yield written.problem(bound.place, words, grave=False)
        for bound in _shares_of(place, metric):
            if (words := _no_share(bound)) is not None:
                yield written.problem(bound.place, words)


def _shares_of(place: Place, metric: Mapping[str, Any]) -> Iterator[Bound]:
    ways = [(key,) for key in SHARES] + [("within", "go"), ("within", "no_go")]
    yield from filter(None, (bound_at(place, metric, *way) for way in ways))


def _trouble(bound: Bound, metric: Mapping[str, Any], unit: str, name: str) -> str | None:
    if unit not in _CALLED:
        return _in_a_unit_of_its_own(bound, unit, name) if unit and bound.kind else None
    is_called, found = f"{name} is {_CALLED[unit]}", f"found {bound.written}"
    if bound.kind == unit:
        return f"{found}; {is_called}, at most 100%{_or_no_share(metric)}" if _is_beyond_all(bound, metric) else None
    if bound.kind:
        is_open = "unit" not in metric and "histogram" not in metric
        other = f"; where it counts {_COUNTED[bound.kind]}, add unit: {bound.kind}" if is_open else ""
        return f"{found}, which is {_CALLED[bound.kind]}; {is_called}, such as {_SUCH_AS[unit]}{other}"
    if bound.value == 0:
        return None  # of anything
    other = _or_no_share(metric) if unit == "ratio" and bound.value > 1 else ""
    return f"{found}; {is_called}, written with its unit{other}; did you mean {guess(bound.number, unit)}?"


def _is_beyond_all(bound: Bound, metric: Mapping[str, Any]) -> bool:
    """Parts of a whole are no more than it. A gauge may be: of the processors that were asked for, say."""
    return bound.kind == "ratio" and "counter" in metric and abs(bound.value) > 1


def _or_no_share(metric: Mapping[str, Any]) -> str:
    is_open = "unit" not in metric and "counter" in metric
    return "; where it is no share, say what is counted, such as unit: queries" if is_open else ""


def _in_a_unit_of_its_own(bound: Bound, unit: str, name: str) -> str:
    meant = f"; did you mean unit: {_MEANT[unit.lower()]}?" if unit.lower() in _MEANT else ""
    return f"found {bound.written}; {name} is counted in {unit}: write a plain number, such as {bound.number:g}{meant}"


def _no_share(bound: Bound) -> str | None:
    key = next(str(part) for part in bound.place if part in SHARES)
    match bound.kind:
        case "ratio":
            return None
        case "":
            is_called = f"{key} is a share, written with its unit"
            return f"found {bound.written}; {is_called}; did you mean {guess(bound.number, 'ratio')}?"
        case kind:
            return f"found {bound.written}, which is {_CALLED[kind]}; {key} is a share, such as 10%"


def guess(number: float, unit: str) -> str:
    """The likeliest meaning of a number without its unit, which is ratio, s or bytes: `5%`, `500ms`, `300MB`."""
    match unit:
        case "ratio":
            return f"{number:g}%" if abs(number) > 1 else f"{number * 100:g}%, or {number:g}%"
        case "s":
            return f"{number:g}{'ms' if abs(number) >= _MANY_SECONDS else 's'}"
        case _:
            sizes = ((1e9, "GB"), (1e6, "MB"), (1e3, "KB"))
            large = (f"{number / size:g}{sign}" for size, sign in sizes if abs(number) >= 10 * size)
            return next(large, f"{number:g}MB")


def _against_its_series(written: Written, place: Place, metric: Mapping[str, Any], unit: str) -> Iterator[Problem]:
    """Where the name of a series says what its values are, another unit would be shown beside them, and read."""
    source = next((key for key in ("histogram", "gauge") if isinstance(metric.get(key), str)), None)
    if source is None or "of" in metric:
        return
    series = re.sub(r"_bucket$", "", metric[source].partition("{")[0])
    custom = _COUNTS.search(series)
    if custom is None or unit in ("", _CUSTOM[custom[1]]) or series.startswith("$"):
        return
    found = f'found "{unit}"; ' if "unit" in metric else ""
    plain = ", and its bounds as plain numbers" if custom[1] == "milliseconds" else ""
    words = f"{found}{series} counts {custom[1]}: write unit: {_CUSTOM[custom[1]]}{plain}"
    yield written.problem((*place, "unit" if "unit" in metric else source), words)
