"""Samples of a rehearsal show what was supposed, on the side that was meant, and gaps where nothing is read."""

from random import Random

import pytest

from bot.analysis.series import MEMORY_SECONDS, Cohort, Gap, LookSamples
from bot.analysis.shapes import Buckets, Counts, Shown, Values
from bot.core.metric import Metric
from bot.rehearsal.telemetry import Telemetry
from bot.rehearsal.usual import usual
from tests.support.scenario import plan as a_plan
from tests.support.scenario import written_plan

P95 = {"name": "p95", "kind": "performance", "histogram": "seconds", "quantile": 0.95}
P50 = {**P95, "name": "p50", "quantile": 0.5}
MEMORY = {"name": "memory", "kind": "resource", "gauge": "memory", "unit": "bytes"}
PLAN = a_plan(metrics=[written_plan()["metrics"][0], P50, P95, MEMORY])
SHARES: dict[Cohort, float] = {"canary": 25.0, "control": 75.0}
LOOK_SECONDS = 60.0
NOBODY: frozenset[Cohort] = frozenset()


def telemetry(seed: int = 1) -> Telemetry:
    return Telemetry(PLAN, usual(PLAN, ["1000000/min"], ["errors=1%,p95=200ms"]), Random(seed))  # noqa: S311 - samples, not secrets


def fine(_metric: Metric, _cohort: Cohort) -> float:
    return 1.0


def bad(metric: Metric, cohort: Cohort) -> float:
    return 3.0 if cohort == "canary" and metric.name in ("errors", "p95", "memory") else 1.0


def shown(look: LookSamples, metric: str, cohort: Cohort) -> Shown | Gap:
    return next(one.shown for one in look.samples if (one.metric, one.cohort) == (metric, cohort))


def second_look(worse: object = fine, seed: int = 1) -> LookSamples:
    one = telemetry(seed)
    one.look(0.0, SHARES, fine, NOBODY)
    return one.look(LOOK_SECONDS, SHARES, worse, NOBODY)  # type: ignore[arg-type]


def test_the_first_look_has_nothing_to_subtract_from_and_a_gauge_has_its_value() -> None:
    look = telemetry().look(0.0, SHARES, fine, NOBODY)
    assert shown(look, "errors", "canary") == Gap("first")
    assert isinstance(shown(look, "memory", "canary"), Values)


def test_a_healthy_version_shows_what_is_usual_by_its_share_of_the_traffic() -> None:
    look = second_look()
    errors, answers, memory = (shown(look, name, "canary") for name in ("errors", "p95", "memory"))
    assert isinstance(errors, Counts)
    assert isinstance(answers, Buckets)
    assert isinstance(memory, Values)
    assert errors.n == pytest.approx(250_000, rel=0.02)
    assert errors.x / errors.n == pytest.approx(0.01, rel=0.6)
    assert answers.quantile(0.95) == pytest.approx(0.2, rel=0.3)
    assert memory.mean == pytest.approx(300e6, rel=0.3)


def test_what_is_worse_is_worse_on_its_side_alone() -> None:
    healthy, sick = second_look(), second_look(bad)
    for name in ("errors", "p95", "memory"):
        before, after = value(healthy, name, "canary"), value(sick, name, "canary")
        assert after == pytest.approx(3 * before, rel=0.35)
        assert value(sick, name, "control") == pytest.approx(value(healthy, name, "control"), rel=0.1)


def test_a_slower_tail_leaves_the_median_where_it_was() -> None:
    assert value(second_look(bad), "p50", "canary") == pytest.approx(value(second_look(), "p50", "canary"), rel=0.1)


def value(look: LookSamples, name: str, cohort: Cohort) -> float:
    match shown(look, name, cohort):
        case Counts(x, n):
            return x / n
        case Buckets() as answers:
            return answers.quantile(0.5 if name == "p50" else 0.95)
        case Values() as values:
            return values.mean
        case other:
            raise AssertionError(other)


def test_a_silent_side_is_missing_and_after_long_silence_begins_anew() -> None:
    one = telemetry()
    one.look(0.0, SHARES, fine, NOBODY)
    silent = one.look(LOOK_SECONDS, SHARES, fine, frozenset({"canary"}))
    assert shown(silent, "memory", "canary") == Gap("missing")
    assert isinstance(shown(silent, "errors", "control"), Counts)
    late = one.look(2 * LOOK_SECONDS + MEMORY_SECONDS, SHARES, fine, NOBODY)
    assert shown(late, "errors", "canary") == Gap("first")


def test_the_same_seed_is_the_same_samples() -> None:
    assert second_look() == second_look()
    assert second_look(seed=2) != second_look()
