"""One joined query for everything that a look wants to know, and its answer → the totals of each process.

Every number of every metric is `sum by (process, version) (series)`, tagged by `label_replace` and joined to the others
with `or`: one request, one moment, and a row for each process instead of one for each of its series. What comes back
are totals as they were counted, which Songbird subtracts by itself, so that an error on a series that nobody had seen
before is an error; `increase()` would lose it.

The one thing to remember: Prometheus repeats its last sample until it has a newer one, so each process is asked when it
was really read. That time, not the look's, is when its totals are from.
"""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import promql_parser
from promql_parser import MatchOp

from bot.adapters.metrics import Reading
from bot.adapters.metrics.parts import START_TIME, Slot, shown_of, wanted
from bot.analysis.series import Totals
from bot.analysis.shapes import Shown
from bot.core.errors import Permanent
from bot.core.metric import Metric
from bot.core.selectors import filled
from bot.core.sources import PrometheusSource

TAG = "songbird"
"""The label that says which number a row is."""

_SIGNS = ((MatchOp.Equal, "="), (MatchOp.NotEqual, "!="), (MatchOp.Re, "=~"), (MatchOp.NotRe, "!~"))

VERSION_SHOWN = 12
"""Digits of a commit in the name of what a balancer tells about it."""

Row = tuple[Mapping[str, str], float]
"""Labels and value."""


class Moment(NamedTuple):
    """One moment by two clocks: as the caller calls it, and as the server does."""

    at: float
    by_server: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one part of the joined query is for: of which environment, and which numbers of which metrics."""

    environment: str
    parts: tuple[tuple[str, str], ...]


class Question:
    """What is asked for one plan's metrics in some environments; `text` is the whole query."""

    def __init__(self, source: PrometheusSource, metrics: Sequence[Metric], environments: Sequence[str]) -> None:
        self._metrics = tuple(metrics)
        self._source = source
        self._environments = tuple(environments)
        self._queries = {metric.name for metric in metrics if metric.query is not None}
        self._wanted: dict[str, Wanted] = {}
        asked = []
        for environment in environments:
            for expression, parts in self.expressions(environment).items():
                tag = str(len(self._wanted))
                self._wanted[tag] = Wanted(environment, tuple(parts))
                asked.append(tagged(expression, tag))
        self.text = joined(asked)

    def expressions(self, environment: str) -> dict[str, list[tuple[str, str]]]:
        """Each expression once, with all that it is good for. A part without a metric is about the process itself."""
        by = f"{self._source.process_label}, {self._source.version_label}"
        matchers = self._source.matchers(environment)
        found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for part, series in (("up", "up"), ("started", START_TIME)):
            bound = bounded(series, matchers)
            found[f"max by ({by}) ({bound})"].append(("", part))
            found[f"max by ({by}) (timestamp({bound}))"].append(("", "taken"))
        for metric, part, written in wanted(self._metrics):
            if part == "le":
                found[f"sum by ({by}, le) ({bounded(written, matchers, ending='_bucket')})"].append((metric, part))
            else:
                found[f"sum by ({by}) ({bounded(written, matchers)})"].append((metric, part))
        for asked in self._metrics:
            if asked.query is not None:
                found[f"({filled(asked.query, matchers, environment)})"].append((asked.name, "value"))
        return found

    # ── the answer ───────────────────────────────────────────────────────────────────────────────────────────────────

    def reading(self, rows: Iterable[Row], moment: Moment, stale: float) -> Reading:
        """What the rows say of a moment. Raises KeyError and ValueError for labels that were not asked for."""
        seen, failures = self._processes(rows)
        totals: list[Totals] = []
        for environment in self._environments:
            there = list(_told_apart(process for (where, *_), process in seen.items() if where == environment))
            if not there:
                failures[environment] = f"is unknown to Prometheus: no series with {self._source.matchers(environment)}"
            trouble = {id(one): reason for one in there if (reason := one.trouble(moment, stale))}
            failures |= {one.name: trouble[id(one)] for one in there if id(one) in trouble}
            usable = self._without_gone([one for one in there if id(one) not in trouble], there)
            totals += (self._totals(environment, one, moment) for one in usable)
        return Reading(moment.at, tuple(one for one in totals if one.shown), failures)

    def _without_gone(self, usable: Sequence["_Process"], there: Sequence["_Process"]) -> list["_Process"]:
        """A query goes on about a version that is gone, as far back as it reaches; that must not hide its silence."""
        known = any(self._is_real(one) and one.version for one in there)
        alive = {one.version for one in usable if self._is_real(one)}
        return [one for one in usable if not known or one.version in alive]

    def _totals(self, environment: str, one: "_Process", moment: Moment) -> Totals:
        at, shown = moment.at - one.age(moment), one.shown(self._metrics)
        return Totals(environment, one.name, at, one.version, one.started, shown, one.taken)

    def _processes(self, rows: Iterable[Row]) -> tuple[dict[tuple[str, str, str], "_Process"], dict[str, str]]:
        """What is said of each, by environment, name and version; and which queries nobody can use, and why."""
        seen: dict[tuple[str, str, str], _Process] = {}
        failures: dict[str, str] = {}
        for labels, value in rows:
            wanted_for = self._wanted[labels[TAG]]
            name, version = labels.get(self._source.process_label, ""), labels.get(self._source.version_label, "")
            key = (wanted_for.environment, name, version)
            for metric, part in wanted_for.parts:
                if metric in self._queries and not version:
                    failures[metric] = f"says nothing of versions: keep their label, by ({self._source.version_label})"
                    continue
                process = seen.setdefault(key, _Process(name, version))
                if metric in self._queries and metric in process.told:
                    failures[metric] = f"has several values of a version: aggregate by ({self._source.version_label})"
                process.add(metric, part, float(labels["le"]) if part == "le" else None, value)
        return seen, failures

    def _is_real(self, process: "_Process") -> bool:
        """Whether somebody counts, and not a query alone tells."""
        return process.taken is not None or not process.told <= self._queries


@dataclass(slots=True)
class _Process:
    """What the rows say of one process, or of one version that a process in between tells about."""

    name: str
    version: str
    sums: dict[Slot, float] = field(default_factory=dict)
    up: float | None = None
    started: float | None = None
    taken: float | None = None

    def add(self, metric: str, part: str, bound: float | None, value: float) -> None:
        match part:
            case "up":
                self.up = value
            case "started":
                self.started = value
            case "taken":
                self.taken = value if self.taken is None else max(value, self.taken)
            case "value":  # of what has two values neither is it
                self.sums[metric, part, bound] = math.nan if (metric, part, bound) in self.sums else value
            case _:  # what counts cannot be negative
                self.sums[metric, part, bound] = value if value >= 0 else math.nan

    @property
    def told(self) -> set[str]:
        """The metrics of which it has said something."""
        return {metric for metric, *_ in self.sums}

    def age(self, moment: Moment) -> float:
        """Seconds since Prometheus read it."""
        return 0.0 if self.taken is None else max(moment.by_server - self.taken, 0.0)

    def trouble(self, moment: Moment, stale: float) -> str:
        """Why it is not to be used; "" when it is."""
        if self.up == 0:
            return "could not be read by Prometheus"
        return f"has not been read by Prometheus for {stale:g} s" if self.age(moment) > stale else ""

    def shown(self, metrics: Sequence[Metric]) -> dict[str, Shown]:
        found = ((metric.name, shown_of(metric, self.sums)) for metric in metrics)
        return {name: part for name, part in found if part is not None}


def _told_apart(there: Iterable[_Process]) -> Iterator[_Process]:
    """The processes, each under a name of its own.

    Where the version stands on the series and not on the target, as a balancer tells about those behind it, the target
    itself says what all of them share, and the version is part of the name. Where a new version took an old one's
    address, both are known for a moment, and the one read last is there.
    """
    by_name: defaultdict[str, list[_Process]] = defaultdict(list)
    for process in there:
        by_name[process.name].append(process)
    for versions in by_name.values():
        own = next((process for process in versions if not process.version and not process.sums), None)
        told = [process for process in versions if process is not own]
        if not told and own is not None:
            yield own
        themselves = [process for process in told if process.taken is not None]
        if themselves:
            yield max(themselves, key=lambda process: process.taken or 0.0)
        for process in told:
            if process.taken is None:
                yield _of(own, process)


def _of(own: _Process | None, process: _Process) -> _Process:
    """With what its target says of itself."""
    name = f"{process.name} {process.version[:VERSION_SHOWN]}".strip()
    if own is None:
        return replace(process, name=name)
    return replace(process, name=name, up=own.up, started=own.started, taken=own.taken)


def tagged(expression: str, tag: str) -> str:
    return f'label_replace({expression}, "{TAG}", "{tag}", "", "")'


def joined(expressions: Sequence[str]) -> str:
    """All of them, with `or`, as a tree: in a chain every `or` would go through all rows before it once more."""
    if len(expressions) == 1:
        return expressions[0]
    half = len(expressions) // 2
    return f"({joined(expressions[:half])} or {joined(expressions[half:])})"


def bounded(written: str, matchers: str, *, ending: str = "") -> str:
    """A selector of the plan's with the matchers of its environment. Raises Permanent for one that asks the past."""
    parsed = promql_parser.parse(written)
    assert isinstance(parsed, promql_parser.VectorSelector), f"the plan let {written!r} through"
    if parsed.offset is not None or parsed.at is not None or parsed.matchers.or_matchers:
        raise Permanent(f"{written}: only a name with matchers can be counted")
    own = [
        f"{one.name}{sign}{json.dumps(one.value, ensure_ascii=False)}"
        for one in parsed.matchers.matchers
        for op, sign in _SIGNS
        if op == one.op
    ]
    return f"{parsed.name}{ending}{{{', '.join([*own, *([matchers] if matchers else [])])}}}"
