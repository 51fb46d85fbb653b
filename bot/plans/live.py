"""A plan against the source it names: does it see what it asks for, and what would last week have said?

Findings have the line of the plan that they are about. What makes a metric blind is an error; what may be meant is a
note. The one thing to remember: a counter that is not there beside what it is a share of is usual, since many clients
show a series only after its first event.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.adapters.metrics import MetricsSource, Reading
from bot.adapters.metrics.exposed import Exposed, of_series
from bot.adapters.metrics.parts import wanted
from bot.adapters.metrics.patience import Patience
from bot.adapters.metrics.prometheus import Prometheus
from bot.adapters.metrics.promql import TAG, Row, bounded, joined, tagged
from bot.analysis.shapes import Buckets
from bot.core.errors import AdapterError
from bot.core.plan import Plan
from bot.core.quantities import counted, duration_in_words, quantity_in_words
from bot.core.sources import PrometheusSource
from bot.hindsight import recorded
from bot.hindsight.alone import Alone, bounds_of
from bot.hindsight.backtest import Increments, by_the_minute, stage_of
from bot.hindsight.times import time_at
from bot.plans import series
from bot.plans.proposals import OUTCOME, STATUS, Proposal, propose
from bot.plans.written import Place, Problem, Written

SERIES_MANY = 5_000
"""Behind one number of a metric: each look adds all of them up."""
PAST_SECONDS = 7 * 86400.0

_KEYS = {"x": "counter", "n": "of", "value": "gauge", "whole": "of", "le": "histogram"}


@dataclass(frozen=True)
class Found:
    """What one plan's source says of it: problems by line, and usual metrics that the plan does not have."""

    problems: tuple[Problem, ...] = ()
    proposals: tuple[Proposal, ...] = ()


async def examine(
    plan: Plan, written: Written, source: MetricsSource, now: float, patience: Patience | None = None
) -> Found:
    """Everything that can be found out by asking."""
    try:
        return await _Live(plan, written, source, now, patience or Patience()).found()
    except AdapterError as error:
        return Found((written.problem(written.place_of(("metrics_from",)), str(error)),))


@dataclass(frozen=True)
class _Live:
    plan: Plan
    written: Written
    source: MetricsSource
    began: float
    patience: Patience

    @property
    def now(self) -> float:
        return self.began + self.patience.waited_seconds

    async def found(self) -> Found:
        problems: list[Problem] = []
        for environment in dict.fromkeys(stage.environment for stage in self.plan.stages if stage.environment):
            reading = await self._read(environment)
            problems += [*self._sides(environment, reading), *self._buckets(environment, reading)]
            if reading.totals and not isinstance(self.source, Prometheus):
                problems += self._unseen(environment, reading)
        if self.plan.metrics_from.remembers:
            problems += await self._limits()
        if not isinstance(self.source, Prometheus):
            return Found(tuple(sorted(set(problems))))
        exposed = await self._exposed(self.source)
        problems += await self._series(self.source, exposed)
        return Found(tuple(sorted(set(problems))), tuple(self._more(exposed)))

    async def _read(self, environment: str) -> Reading:
        return await self.patience.ask(lambda: self.source.read(self.plan, (environment,), self.now))

    async def _rows(self, source: Prometheus, query: str) -> list[Row]:
        return await self.patience.ask(lambda: source.rows(query, self.now))

    @property
    def _live(self) -> str:
        """Where the users are: what is missing there is an error, and elsewhere a note."""
        environment = stage_of(self.plan).environment
        assert environment is not None, "a stage that is replayed is somewhere"
        return environment

    def _problem(self, place: Place, words: str, *, grave: bool) -> Problem:
        return self.written.problem(self.written.place_of(place), words, grave=grave)

    # ── sides ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _sides(self, environment: str, reading: Reading) -> Iterator[Problem]:
        place, grave = ("metrics_from",), environment == self._live
        if reading.failure is not None:
            yield self._problem(place, f"{environment}: {reading.failure}", grave=grave)
        elif not any(one.commit for one in reading.totals):
            label = self.plan.metrics_from.version_label
            words = f"{environment}: no process has the label {label}; nobody can tell the new version from the old one"
            yield self._problem(place, words, grave=grave)

    def _unseen(self, environment: str, reading: Reading) -> Iterator[Problem]:
        shown = {name for one in reading.totals for name, part in one.shown.items() if part.is_valid}
        said = dict(reading.failures)
        grave = environment == self._live
        for index, metric in enumerate(self.plan.metrics):
            if metric.name not in shown:
                about = [name for name in said if name == metric.name or name.startswith(f"{metric.name} of ")]
                words = f"{metric.name} is shown by none of {counted(len(reading.totals), 'process')}"
                words = f"{about[0]} {said[about[0]]}" if about else words
                said = {name: reason for name, reason in said.items() if name not in about}
                yield self._problem(("metrics", index), f"{environment}: {words}", grave=grave)
        for name, reason in said.items():
            yield self._problem(("metrics_from",), f"{environment}: {name} {reason}", grave=False)

    # ── buckets ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _buckets(self, environment: str, reading: Reading) -> Iterator[Problem]:
        """Bounds of quantiles that lie where nothing is counted any more."""
        if environment != self._live:
            return
        lasts: dict[str, float] = {}
        for one in reading.totals:
            for name, shown in one.shown.items():
                if isinstance(shown, Buckets) and shown.bounds:
                    lasts[name] = min(lasts.get(name, math.inf), shown.bounds[-1])
        places = {metric.name: index for index, metric in enumerate(self.plan.metrics)}
        for metric, bound, limit in bounds_of(self.plan):
            last = lasts.get(metric.name)
            if last is not None and limit.max is not None and limit.max > last:
                high, top = (quantity_in_words(value, metric.unit) for value in (limit.max, last))
                words = (
                    f"{metric.name}: {high} lies above the last bucket of its histogram, {top}; what is slower can be"
                )
                words += " held for and never surely broken, so it rolls nothing back: add buckets, or a lower bound"
                yield self._problem(("metrics", places[metric.name], bound), words, grave=False)

    # ── series ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _exposed(self, source: Prometheus) -> Exposed:
        """Names, and the labels that say how something ended."""
        assert isinstance(self.plan.metrics_from, PrometheusSource), "it is asked of a Prometheus"
        matchers = self.plan.metrics_from.matchers(self._live)
        labels = ", ".join(dict.fromkeys(("__name__", *STATUS, *OUTCOME)))
        rows = await self._rows(source, f"count by ({labels}) ({{{matchers}}})")
        return of_series((labels for labels, _ in rows), matchers)

    async def _series(self, source: Prometheus, exposed: Exposed) -> list[Problem]:
        """How many series are behind each number of each metric."""
        assert isinstance(self.plan.metrics_from, PrometheusSource), "it is asked of a Prometheus"
        matchers = self.plan.metrics_from.matchers(self._live)
        numbers = list(wanted(self.plan.metrics))
        asked = [
            tagged(f"count({bounded(selector, matchers, ending='_bucket' if part == 'le' else '')})", str(number))
            for number, (_, part, selector) in enumerate(numbers)
        ]
        rows = await self._rows(source, joined(asked)) if asked else []
        counts = {int(labels[TAG]): value for labels, value in rows}
        places = {metric.name: index for index, metric in enumerate(self.plan.metrics)}
        found = []
        for number, (name, part, selector) in enumerate(numbers):
            place: Place = ("metrics", places[name], _KEYS[part])
            count = counts.get(number, 0.0)
            if not count:
                found.append(self._unknown(place, name, part, selector, exposed))
            elif count > SERIES_MANY:
                words = f"{name}: {count:,.0f} series match in {self._live}; each look adds all of them up"
                found.append(self._problem(place, words, grave=False))
        return found

    def _unknown(self, place: Place, name: str, part: str, selector: str, exposed: Exposed) -> Problem:
        if part == "x":
            words = f"{name}: no series {selector} in {self._live}; fine if it never happened, and then it counts as 0"
            return self._problem(place, words, grave=False)
        hint = series.meant(selector, exposed.series, histogram=part == "le")
        return self._problem(place, f"{name}: no series {selector} in {self._live}{hint}", grave=True)

    # ── last week ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _limits(self) -> list[Problem]:
        """Bounds that the last days would have passed, without any release."""
        slow, until = by_the_minute(self.plan), self.now
        alone, increments = Alone(slow, stage_of(slow)), Increments(slow, self._live)
        since = until - PAST_SECONDS
        async for reading in recorded.asked(self.source, slow, self._live, since, until, self.patience):
            alone.look(reading.at, increments.of(reading.at, reading.totals))
        alone.finish()
        places = {metric.name: index for index, metric in enumerate(self.plan.metrics)}
        found = []
        for metric, bound, _ in bounds_of(slow):
            beyond = alone.beyond[metric.name, bound]
            if beyond.longest is not None:
                times = "once" if beyond.times == 1 else f"{beyond.times} times"
                lasted = duration_in_words(beyond.seconds)
                words = (
                    f"{metric.name} was beyond it {times} in the last {duration_in_words(PAST_SECONDS)}, for {lasted}"
                    f", the longest from {time_at(beyond.longest.since)}"
                )
                found.append(self._problem(("metrics", places[metric.name], bound), words, grave=False))
        return found

    # ── more ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _more(self, exposed: Exposed) -> Iterator[Proposal]:
        """Usual metrics whose series the plan counts nowhere."""
        numbers = wanted(self.plan.metrics)
        counted = {selector.partition("{")[0] for _, part, selector in numbers if _KEYS[part] != "of"}
        names = {metric.name for metric in self.plan.metrics}
        for one in propose(exposed):
            if not (one.counted & counted):
                yield replace(one, name=f"{one.name[:26]}-more") if one.name in names else one
