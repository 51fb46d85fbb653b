"""From what processes show to samples: increments between two looks, with every gap explicit.

A look reads `Totals`: everything that one process has counted since it started. `increments` subtracts what the same
process showed at the look before. Where that cannot be done there is a `Gap` that says why, never a zero: `first`
(nothing to subtract from), `reset` (the process started again), `missing` (not on the page, or no page), `invalid`
(NaN, infinite or negative), `old` (the source has nothing newer than at the look before). The one thing to remember: a
look in which a process did not answer loses nothing. Its next increment spans the hole, and its `since` says so.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal, NamedTuple, Protocol

from bot.analysis.shapes import Buckets, Counts, Shown, Values
from bot.core.checks import Result

Cohort = Literal["canary", "control", "baseline"]
Why = Literal["first", "reset", "missing", "invalid", "old"]

START_JITTER_SECONDS = 1.0
"""Start times that some exporters work out anew on every page differ by less than this without a restart."""

MEMORY_SECONDS = 120.0
"""How long a process that does not answer is remembered. After that it counts as new: a gap is cheaper than a guess."""

COMMIT_DIGITS_MIN = 7
"""Labels may carry a short commit; shorter than git's own abbreviation is not one."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What one process showed in one look: by metric name, totals since it started (or present values of gauges).

    `process` is its address, unique within its environment. A metric that its page does not have is not in `shown`.
    """

    environment: str
    process: str
    at: float
    commit: str = ""
    started_at: float | None = None
    shown: Mapping[str, Shown] = field(default_factory=dict)
    taken_at: float | None = None
    """When the source read the process, by the source's own clock; None where it was read just now."""
    since: Mapping[str, float] = field(default_factory=dict)
    """By metric, since when it counts, where it began anew and the process did not; of a gauge, since when its value is
    what it is, where it was not read just now."""

    @property
    def key(self) -> tuple[str, str]:
        return (self.environment, self.process)


@dataclass(frozen=True, slots=True)
class Gap:
    """No evidence, and why."""

    why: Why


@dataclass(frozen=True, slots=True)
class Sample:
    """One process's increment (or value, or gap) of one metric, over the time from `since` to `at`."""

    at: float
    metric: str
    cohort: Cohort
    process: str
    since: float
    shown: Shown | Gap


@dataclass(frozen=True, slots=True)
class LookSamples:
    """One look of the watch. `failure`: why nothing at all could be read, in words for people."""

    at: float
    samples: tuple[Sample, ...] = ()
    failure: str | None = None
    results: tuple[Result, ...] = ()
    """What checks have come to since the look before."""


@dataclass(frozen=True, slots=True)
class Cohorts:
    """Who is who: in the release's environment its commit is the canary and everything else the control."""

    commit: str
    environment: str
    baseline: str | None = None
    """Another environment, all of which is the baseline."""
    version: str = ""
    """What people call the commit, which a label may say instead: v1.4.0."""

    @property
    def environments(self) -> tuple[str, ...]:
        """What has to be read."""
        return (self.environment,) if self.baseline is None else (self.environment, self.baseline)

    def of(self, totals: Totals) -> Cohort | None:
        """None for a process of an environment that does not matter here."""
        if totals.environment == self.environment:
            named = bool(self.version) and totals.commit == self.version
            return "canary" if named or _same_commit(totals.commit, self.commit) else "control"
        return "baseline" if totals.environment == self.baseline else None


def _same_commit(one: str, other: str) -> bool:
    digits = min(len(one), len(other))
    return digits >= COMMIT_DIGITS_MIN and one[:digits] == other[:digits]


# ── increments ───────────────────────────────────────────────────────────────────────────────────────────────────────

Before = Mapping[tuple[str, str], Totals]
"""The last totals of each process that is remembered."""


def increments(
    metrics: Sequence[str], cohorts: Cohorts, before: Before, now: Iterable[Totals], at: float
) -> tuple[Sample, ...]:
    """The samples of the look at `at`. Processes of `before` that are not among `now` are missing."""
    answered = {totals.key: totals for totals in now}
    samples: list[Sample] = []
    for key in dict.fromkeys([*answered, *before]):
        present, earlier = answered.get(key), before.get(key)
        known = present or earlier
        assert known is not None, f"{key} is neither in this look nor before it"
        if cohort := cohorts.of(known):
            counted_since = earlier.at if earlier else at
            for name, part in zip(metrics, _parts(metrics, earlier, present), strict=True):
                since = known.since.get(name, at) if isinstance(part, Values) else counted_since
                samples.append(Sample(at, name, cohort, known.process, since, part))
    return tuple(sorted(samples, key=_order))


def remember(before: Before, now: Iterable[Totals], at: float) -> Before:
    """What to subtract from at the next look."""
    kept = {key: totals for key, totals in before.items() if at - totals.at <= MEMORY_SECONDS}
    return {**kept, **{totals.key: totals for totals in now}}


_order = attrgetter("metric", "cohort", "process")
"""Samples of a look are added up in this order, always: sums of floats depend on it, and a replay must not differ."""


def _parts(metrics: Sequence[str], earlier: Totals | None, now: Totals | None) -> list[Shown | Gap]:
    if now is None:
        return [Gap("missing")] * len(metrics)
    if earlier is not None and now.taken_at is not None and now.taken_at == earlier.taken_at:
        return [Gap("old")] * len(metrics)
    restarted = earlier is not None and _restarted(earlier, now)
    return [_part(name, earlier, now, restarted) for name in metrics]


def _part(name: str, earlier: Totals | None, now: Totals, restarted: bool) -> Shown | Gap:
    shown = now.shown.get(name)
    if shown is None:
        return Gap("missing")
    if not shown.is_valid:
        return Gap("invalid")
    if isinstance(shown, Values):
        return Gap("old") if earlier is not None and _is_known(name, earlier, now) else shown
    then = earlier.shown.get(name) if earlier else None
    if earlier is None or then is None or not then.is_valid:
        return Gap("first")
    anew = restarted or earlier.since.get(name) != now.since.get(name)
    return Gap("reset") if anew else (shown.since(then) or Gap("reset"))


def _is_known(name: str, earlier: Totals, now: Totals) -> bool:
    """A value since the same moment is the one that was seen before, and no second one."""
    return name in earlier.shown and name in now.since and earlier.since.get(name) == now.since[name]


def _restarted(earlier: Totals, now: Totals) -> bool:
    """One total that fell is enough: the others began again as well, and may only have outrun their old value."""
    if earlier.commit != now.commit:
        return True
    if earlier.started_at is not None and now.started_at is not None:
        return abs(now.started_at - earlier.started_at) > START_JITTER_SECONDS
    both = ((then, now.shown.get(name)) for name, then in earlier.shown.items())
    return any(shown.since(then) is None for then, shown in both if shown and shown.is_valid and then.is_valid)


CHECKED = "check"
"""Where a row would have its cohort: what a check came to is about no process."""


# ── how samples are kept ─────────────────────────────────────────────────────────────────────────────────────────────


class Row(NamedTuple):
    """One row for the store: `StoredSample(*row)`."""

    at: float
    metric: str
    cohort: str
    process: str
    payload: str


class Kept(Protocol):
    """A row as it comes back."""

    @property
    def at(self) -> float: ...
    @property
    def metric(self) -> str: ...
    @property
    def cohort(self) -> Any: ...  # noqa: ANN401 - one of Cohort; the store keeps it as text
    @property
    def process(self) -> str: ...
    @property
    def payload(self) -> str: ...


def to_stored(look: LookSamples) -> Iterator[Row]:
    """The rows of one look. A row without a metric stands for a look that failed or found nobody: that is told too."""
    if look.failure is not None or not look.samples:
        yield Row(look.at, "", "", "", json.dumps({"failure": look.failure}))
    for sample in look.samples:
        payload = json.dumps({"since": sample.since, **_written(sample.shown)}, separators=(",", ":"))
        yield Row(sample.at, sample.metric, sample.cohort, sample.process, payload)
    for result in look.results:
        yield Row(look.at, result.check, CHECKED, "", json.dumps(asdict(result), separators=(",", ":")))


def from_stored(rows: Iterable[Kept]) -> Iterator[LookSamples]:
    """The looks, oldest first, from rows in any order."""
    for at, group in groupby(sorted(rows, key=attrgetter("at")), key=attrgetter("at")):
        failure, samples, results = None, [], []
        for row in group:
            payload = json.loads(row.payload)
            if row.cohort == CHECKED:
                results.append(Result(**payload))
            elif row.metric:
                shown = _read(payload)
                samples.append(Sample(at, row.metric, row.cohort, row.process, payload["since"], shown))
            else:
                failure = payload["failure"]
        yield LookSamples(at, tuple(sorted(samples, key=_order)), failure, tuple(results))


def _written(shown: Shown | Gap) -> dict[str, object]:
    match shown:
        case Gap(why):
            return {"gap": why}
        case Counts(x, n):
            return {"x": x, "n": n}
        case Buckets(bounds, counts):
            return {"bounds": bounds, "counts": counts}
        case Values(total, count):
            return {"total": total, "count": count}
        case _:
            raise AssertionError(f"no JSON for {type(shown).__name__}")


def _read(payload: dict[str, Any]) -> Shown | Gap:
    match payload:
        case {"gap": why}:
            return Gap(why)
        case {"x": x, "n": n}:
            return Counts(x, n)
        case {"bounds": bounds, "counts": counts}:
            return Buckets(tuple(bounds), tuple(counts))
        case {"total": total, "count": count}:
            return Values(total, count)
        case _:
            raise AssertionError(f"no sample in {sorted(payload)}")
