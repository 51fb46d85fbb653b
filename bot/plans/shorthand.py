"""Metrics in short: by name, without a kind where their source says it, with several quantiles at once.

    metrics:
      errors: {counter: http_requests_total{status=~"5.."}, of: http_requests_total}
      latency: {histogram: http_request_duration_seconds, quantiles: [0.5, 0.95, 0.99]}

becomes the list of the long form: errors, latency-p50, latency-p95, latency-p99. The one thing to remember: lines stay
those of the file, so what is wrong in the long form is told where it was written in short.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.plans.meant import flow, meant_quantiles
from bot.plans.written import Place, Problem, Written

_KINDS = {"histogram": "performance", "gauge": "resource"}
_IS_TROUBLE = re.compile(r"error|exception|fail|panic|=~?\s*\"5", re.IGNORECASE)
"""In the name or the series of a counter: then it is one of errors. Of others nobody can tell."""

Long = tuple[dict[str, Any], Place, Mapping[str, str]]
"""A metric in its long form, where it was written, and under which keys of its own keys."""


def in_full(written: Written) -> Written:
    """The file with its metrics in the long form, each with the lines of its short one."""
    given = written.value.get("metrics") if isinstance(written.value, dict) else None
    if not isinstance(given, dict | list) or not _is_short(given):
        return written
    problems: list[Problem] = []
    metrics = [long for place, one in _each(given) for long in _long(written, place, one, problems)]
    lines: dict[Place, int] = {}
    inside: defaultdict[Place, list[tuple[Place, int]]] = defaultdict(list)
    for place, line in written.lines.items():
        if place[:1] == ("metrics",) and len(place) > 1:
            inside[place[:2]].append((place[2:], line))
        else:
            lines[place] = line
    for number, (_, place, renamed) in enumerate(metrics):
        for rest, line in inside[place]:
            lines["metrics", number, *(renamed.get(str(key), key) for key in rest)] = line
    value = {**written.value, "metrics": [one for one, _, _ in metrics]}
    short: dict[Place, Place] = {}
    for number, (_, place, renamed) in enumerate(metrics):
        there: Place = ("metrics", number)
        for called, key in renamed.items():
            short[*there, key] = (*place, called)
            lines[*there, "name"] = written.lines.get((*place, called), written.lines[place])
        if place != there:
            short |= {(*there, "name"): (*place, *renamed), there: place}
    return replace(written, value=value, lines=lines, problems=(*written.problems, *problems), short=short)


def _is_short(given: dict[str, Any] | list[Any]) -> bool:
    return isinstance(given, dict) or any(isinstance(one, dict) and "quantiles" in one for one in given)


def _each(given: dict[str, Any] | list[Any]) -> Iterator[tuple[Place, Any]]:
    if isinstance(given, list):
        yield from ((("metrics", number), one) for number, one in enumerate(given))
        return
    for name, one in given.items():
        yield ("metrics", name), {"name": name, **_kind(name, one), **one} if isinstance(one, dict) else one


def _long(written: Written, place: Place, one: object, problems: list[Problem]) -> Iterator[Long]:
    if not isinstance(one, dict):
        if isinstance(place[-1], str):
            found = "nothing" if one is None else flow(one)
            problems.append(written.problem(place, f"found {found}; write a mapping, such as {{counter: …, of: …}}"))
        else:
            yield one, place, {}  # type: ignore[misc]  # the long form's own rules say what is wrong with it
        return
    quantiles = one.get("quantiles")
    if quantiles is None:
        yield one, place, {}
        return
    rest = {key: value for key, value in one.items() if key != "quantiles"}
    if "quantile" in one or not isinstance(quantiles, list) or not all(map(_is_quantile, quantiles)) or not quantiles:
        both = ", and no quantile beside them" if "quantile" in one else ""
        words = (
            f"found {flow(quantiles)}; allowed: a list of parts, such as [0.5, 0.95]{both}{meant_quantiles(quantiles)}"
        )
        problems.append(written.problem((*place, "quantiles"), words))
        yield {**rest, "quantile": 0.5}, place, {"quantiles": "quantile"}
        return
    for quantile in quantiles:
        name = f"{one.get('name', '')}-p{f'{quantile * 100:.6g}'.replace('.', '')}"
        yield {**rest, "name": name, "quantile": quantile}, place, {"quantiles": "quantile"}


def _is_quantile(value: object) -> bool:
    return isinstance(value, float) and 0 < value < 1


def _kind(name: str, one: Mapping[str, Any]) -> dict[str, str]:
    """What its source says; nothing where people have to say it."""
    for source, kind in _KINDS.items():
        if source in one:
            return {"kind": kind}
    if "counter" in one and _IS_TROUBLE.search(f"{name} {one['counter']}"):
        return {"kind": "errors"}
    return {}
