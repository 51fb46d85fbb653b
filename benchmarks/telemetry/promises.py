"""What the judge promises and no rival is asked: what a pass is worth; few requests; other units; what a look costs.

- `false pass`: the new version is truly as bad as a proof must rule out, all the time. How many steps of 60 looks end
  with the proof nevertheless, and how many have it at any of their looks. Ville's inequality promises a tenth at most.
- `shown`: nothing is wrong. How many comparisons, and how many whole steps, end with a conclusive pass; and how many of
  these releases the whole judge rolls back, which has rules beyond the evidence that the table's detector lacks.
- `5 requests/min`: through the whole judge; it must neither roll back nor pass, at any look.
- `scale`: the same release in other units, a millionth and a million times; no verdict of any look may change.
- `cost` has a file of its own.

The one thing to remember: the streams of `false pass` have no noise but what the judge believes in (clumped counts, an
autoregression). What the simulated service's pods, wandering and glitches do to a proof is in the rows that say so.
"""

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeVar
from zlib import crc32

import numpy as np

from benchmarks.telemetry import cost
from benchmarks.telemetry.looks import judged
from benchmarks.telemetry.metrics import BOUNDS, BUSINESS_RATIO, ERRORS_RATIO, GAUGE_RATIO, LATENCY_RATIO, METRICS
from benchmarks.telemetry.noise import DISPERSION, Array, Rng, World, ar1, clumped, clumped_cells
from benchmarks.telemetry.releases import HEALTHY, Regression, at_most, cells, release
from benchmarks.telemetry.rows import Promise, share
from benchmarks.telemetry.scenarios import FEW, Seed
from bot.analysis.evidence import Levels, Shares, Tails
from bot.analysis.evidence.shares import INTOLERABLE_FALL, INTOLERABLE_RISE
from bot.analysis.evidence.tails import cut_at
from bot.analysis.findings import PROVEN_NATS
from bot.analysis.judge import LOOKS_EXPECTED_MIN, JudgeState
from bot.analysis.shapes import Buckets, Counts, Pair, Shown, Values
from bot.core.metric import Tolerance
from bot.core.verdict import Outcome

WORLD = World()
STEP_LOOKS = 60
LABELS = tuple(f"{percent:g} %" for _, percent in WORLD.steps)
STARTS = frozenset(start for start, _ in WORLD.steps)
FALSE_PASS_MAX, FALSE_MAX = 0.1, 0.01
PART = 1.0 / LOOKS_EXPECTED_MIN
RELEASES_PER_STREAM = 0.1
"""A release through the whole judge has 22 metrics, and costs as much as a hundred streams."""


def run(streams: int, seed: int, jobs: int, names: Collection[str]) -> Iterator[Promise]:
    """The promises of these names, as soon as each is known. `streams`: of each row of false passes."""
    releases = max(1, round(RELEASES_PER_STREAM * streams))
    with ProcessPoolExecutor(jobs) as pool:
        each = partial(_each, pool, seed)
        for name, wrong in WRONG.items():
            if name in names:
                yield from _false_passes(name, each(name, partial(_proven, wrong), streams), seed)
        for name, world in SHOWN.items():
            if name in names:
                yield from _shown(name, each(name, partial(_outcomes, world), releases), seed)
        for name, regression in FEW_REQUESTS.items():
            if name in names:
                decided = each(name, partial(_is_decided, regression), releases)
                yield Promise(name, releases, (share("decided", sum(decided), releases),), 0.0, seed)
        for name, regression in SCALED.items():
            if name in names:
                changed = [one for row in each(name, partial(_changes, regression), releases) for one in row]
                yield Promise(name, len(changed), (share("changed", sum(changed), len(changed)),), 0.0, seed)
    if COST in names:
        yield from cost.run(seed)


T = TypeVar("T")


def _each(pool: ProcessPoolExecutor, seed: int, name: str, one: Callable[[Seed], T], times: int) -> list[T]:
    seeds = [(seed, crc32(name.encode()), number) for number in range(times)]
    return list(pool.map(one, seeds, chunksize=10))


# ── false passes: streams at exactly what a proof must rule out ──────────────────────────────────────────────────────


class Stream(Protocol):
    @property
    def proof(self) -> float: ...


Proofs = Iterator[Stream]
"""A stream after each look; its proof starts again at every step."""


def _proven(wrong: Callable[[Rng], Proofs], seed: Seed) -> list[tuple[bool, bool]]:
    """For each step: proven at its end, and at any of its looks."""
    proofs = [stream.proof >= PROVEN_NATS for stream in wrong(np.random.default_rng(seed))]
    steps = [proofs[start : start + STEP_LOOKS] for start in sorted(STARTS)]
    return [(step[-1], any(step)) for step in steps]


def _false_passes(name: str, found: Sequence[Sequence[tuple[bool, bool]]], seed: int) -> Iterator[Promise]:
    must = None if name in NOT_ASKED else FALSE_PASS_MAX
    for which, when in enumerate(("at the end", "ever")):
        hits = [sum(step[which] for step in steps) for steps in zip(*found, strict=True)]
        parts = [share(label, hit, len(found)) for label, hit in zip(LABELS, hits, strict=True)]
        yield Promise(f"{name}, {when}", len(found), parts, must, seed)


def _requests(rng: Rng, per_second: float) -> Array:
    """(looks, 2): of canary and control, clumped as everything is."""
    exposure = WORLD.exposure()
    expected = per_second * WORLD.look_seconds * np.stack([exposure, 1 - exposure], axis=1)
    clumps = DISPERSION - 1
    return rng.poisson(rng.gamma(expected / clumps) * clumps).astype(np.float64)


def _shares(rate: float, per_second: float, rng: Rng, *, higher: bool = True) -> Proofs:
    tolerance = Tolerance(ratio=ERRORS_RATIO if higher else BUSINESS_RATIO)
    factor = ERRORS_RATIO * INTOLERABLE_RISE if higher else INTOLERABLE_FALL / BUSINESS_RATIO
    n = _requests(rng, per_second)
    x = clumped(rng, n, np.broadcast_to([rate * factor, rate], n.shape), DISPERSION)
    stream = Shares()
    for look, ((x_canary, x_control), (n_canary, n_control)) in enumerate(zip(x.tolist(), n.tolist(), strict=True)):
        stream = stream.at_step() if look in STARTS else stream
        canary, control = Counts(x_canary, n_canary), Counts(x_control, n_control)
        stream = stream.then(canary, control, tolerance, PART, higher=higher)
        yield stream


def _tails(quantile: float, per_second: float, rng: Rng) -> Proofs:
    """The share above each bucket bound is as large as a proof must rule out."""
    tolerance, medians = Tolerance(ratio=LATENCY_RATIO), np.array(BOUNDS) / 0.08
    usual = cells(at_most(medians, np.array(1.0)))
    reference = Buckets(BOUNDS, tuple(1e9 * usual))
    above = []
    for bound in BOUNDS:
        beyond = reference.over(bound).x / reference.n
        cut = cut_at(reference, beyond * (1 + 1e-9), tolerance, higher=True)
        above.append(beyond * INTOLERABLE_RISE * cut.allowed / cut.usual if cut else 0.0)
    slowed = cells(1 - np.minimum.accumulate(np.minimum(above, 1.0)))
    n, shares = _requests(rng, per_second), np.stack([slowed, usual])
    drawn = clumped_cells(rng, n, np.broadcast_to(shares, (*n.shape, len(usual))), DISPERSION)
    stream = Tails()
    for look, (canary, control) in enumerate(drawn.tolist()):
        stream = stream.at_step() if look in STARTS else stream
        both = Buckets(BOUNDS, tuple(canary)), Buckets(BOUNDS, tuple(control))
        stream = stream.then(*both, quantile, tolerance, PART, higher=True)
        yield stream


def _levels(memory: float, sd: float, rng: Rng, *, pod_sd: float = 0.0) -> Proofs:
    """Cohorts of pods; `pod_sd`: by how much these differ for good, relative to themselves."""
    tolerance, pods = Tolerance(ratio=GAUGE_RATIO), WORLD.cohort_pods()
    logs = sd * ar1(rng, (WORLD.looks, 2, WORLD.pods), memory) + pod_sd * rng.standard_normal((1, 2, WORLD.pods))
    logs[:, 0] += 2 * math.log(GAUGE_RATIO)
    stream = Levels()
    for look, (sides, counts) in enumerate(zip(np.exp(logs), pods.tolist(), strict=True)):
        stream = stream.at_step() if look in STARTS else stream
        canary, control = (
            Values(float(side[:count].sum()), count, float((side[:count] ** 2).sum()))
            for side, count in zip(sides, counts, strict=True)
        )
        stream = stream.of(canary, control, tolerance, PART, higher=True)
        yield stream


def _in_service(metric: str, world: World, rng: Rng) -> Proofs:
    """Failing requests of the simulated service, with all that happens to them."""
    (asked,) = (one for one in METRICS if one.name == metric)
    assert asked.tolerance is not None, "it is compared"
    sick = Regression(onset=0, errors=ERRORS_RATIO * INTOLERABLE_RISE)
    stream = Shares()
    for number, look in enumerate(release(world, sick, tuple(rng.integers(2**31, size=4).tolist()))):
        stream = stream.at_step() if number in STARTS else stream
        match look[metric]:
            case Pair(Counts() as canary, Counts() as control):
                stream = stream.then(canary, control, asked.tolerance, PART, higher=True)
            case _:
                raise AssertionError(f"{metric} is counted")
        yield stream


WRONG: dict[str, Callable[[Rng], Proofs]] = {
    **{
        f"false pass, errors {rate:.1%}, {load:g}/s": partial(_shares, rate, load)
        for rate in (0.001, 0.005, 0.05)
        for load in (4.0, 40.0, 400.0)
    },
    "false pass, conversions 5 %, 40/s": partial(_shares, 0.05, 40.0, higher=False),
    "false pass, conversions 5 %, 400/s": partial(_shares, 0.05, 400.0, higher=False),
    "false pass, p99, 40/s": partial(_tails, 0.99, 40.0),
    "false pass, p99, 400/s": partial(_tails, 0.99, 400.0),
    "false pass, gauge, AR 0.5": partial(_levels, 0.5, 0.08),
    "false pass, gauge, AR 0.8": partial(_levels, 0.8, 0.08),
    "false pass, gauge, pods differ": partial(_levels, 0.5, 0.08, pod_sd=0.05),
    "false pass, in the service": partial(_in_service, "http-5xx", WORLD),
    "false pass, in a hostile one": partial(_in_service, "http-5xx", replace(WORLD, is_hostile=True)),
}
NOT_ASKED = frozenset({"false pass, gauge, pods differ", "false pass, in the service", "false pass, in a hostile one"})
"""There the ratio is not exactly what a proof must rule out, and no promise is made about it."""


# ── through the whole judge ──────────────────────────────────────────────────────────────────────────────────────────

SHOWN = {f"shown, {load:g} requests/s": replace(WORLD, requests_per_second=load) for load in (4.0, 40.0, 400.0, 4e3)}
FAILURES = frozenset({"errors", "functional"})


@dataclass(frozen=True)
class StepEnd:
    """At a step's last look: of the failures' comparisons and of all, each one's outcome; and the whole step's."""

    failures: tuple[bool, ...]
    comparisons: tuple[bool, ...]
    whole: bool
    failed: bool


def _outcomes(world: World, seed: Seed) -> list[StepEnd]:
    """Of the steps that it got through, all four unless it was rolled back."""
    ends = {start + STEP_LOOKS - 1 for start in STARTS}
    states = enumerate(judged(METRICS, world, release(world, HEALTHY, seed)))
    return [_step_end(state) for number, state in states if number in ends]


def _step_end(state: JudgeState) -> StepEnd:
    found = [one for one in state.judged.findings if one.criterion == "tolerance"]
    passed = [one.outcome is Outcome.PASS for one in found]
    failures = [is_passed for one, is_passed in zip(found, passed, strict=True) if one.kind in FAILURES]
    outcome = state.judged.outcome
    return StepEnd(tuple(failures), tuple(passed), outcome is Outcome.PASS, outcome is Outcome.FAIL)


def _shown(name: str, found: Sequence[Sequence[StepEnd]], seed: int) -> Iterator[Promise]:
    steps = [[ends[number] for ends in found if number < len(ends)] for number in range(len(LABELS))]
    assert all(steps), "not every release is rolled back"
    views: dict[str, Callable[[StepEnd], Sequence[bool]]] = {
        "failures": lambda end: end.failures,
        "all comparisons": lambda end: end.comparisons,
        "whole steps": lambda end: (end.whole,),
    }
    for what, view in views.items():
        parts = []
        for label, ends in zip(LABELS, steps, strict=True):
            passed = [one for end in ends for one in view(end)]
            parts.append(share(label, sum(passed), len(passed)))
        yield Promise(f"{name}, {what}", len(found), parts, None, seed)
    returned = sum(len(ends) < len(LABELS) or ends[-1].failed for ends in found)
    yield Promise(f"{name}, rolled back", len(found), (share("false", returned, len(found)),), FALSE_MAX, seed)


FEW_REQUESTS = {
    "5 requests/min, healthy": HEALTHY,
    "5 requests/min, errors x10": Regression(onset=0, errors=10),
}


def _is_decided(regression: Regression, seed: Seed) -> bool:
    """Whether any look's verdict was another one than inconclusive."""
    states = judged(METRICS, FEW, release(FEW, regression, seed))
    return any(state.judged.outcome is not Outcome.INCONCLUSIVE for state in states)


# ── other units ──────────────────────────────────────────────────────────────────────────────────────────────────────

UNITS = (1e-6, 1e6)
WITH_UNITS = tuple(metric for metric in METRICS if metric.source != "share")
SCALED = {
    "scale, healthy": HEALTHY,
    "scale, cpu x1.5": Regression(cpu=1.5),
    "scale, p99 x1.5": Regression(tail=1.5),
    "scale, memory +20 %/h": Regression(leak_per_hour=0.2),
}


Said = dict[str, list[tuple[str, ...]]]
"""By metric, what was said about it at each look."""


def _changes(regression: Regression, seed: Seed) -> list[bool]:
    """For each metric that has a unit: whether any verdict about it is another one in other units."""
    said = [_said(regression, seed, by) for by in (1.0, *UNITS)]
    return [any(one[metric.name] != said[0][metric.name] for one in said) for metric in WITH_UNITS]


def _said(regression: Regression, seed: Seed, by: float) -> Said:
    plain = release(WORLD, regression, seed)
    scaled = replace(plain, look=lambda at: {name: _times(pair, by) for name, pair in plain.look(at).items()})
    said: Said = {metric.name: [] for metric in WITH_UNITS}
    for state in judged(WITH_UNITS, WORLD, scaled):
        whole = (state.judged.outcome, state.judged.pace, state.judged.rule)
        for metric in WITH_UNITS:
            own = (f"{one.criterion} {one.outcome}" for one in state.found if one.metric == metric.name)
            said[metric.name].append((*whole, *own))
    return said


def _times(pair: Pair, by: float) -> Pair:
    """The same in a unit of which there are `by` times as many."""
    return Pair(_scaled(pair.canary, by), _scaled(pair.reference, by))


def _scaled(shown: Shown, by: float) -> Shown:
    match shown:
        case Values(total, count, squares):
            return Values(total * by, count, None if squares is None else squares * by * by)
        case Buckets(bounds, counts):
            return Buckets(tuple(bound * by for bound in bounds), counts)
        case _:
            return shown


COST = "cost"
NAMES = (*WRONG, *SHOWN, *FEW_REQUESTS, *SCALED, COST)
