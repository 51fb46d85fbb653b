"""Bounds of metrics have the unit of what is counted, and do not contradict each other: a file that says so is refused.

The one thing to remember: a plan in a journal is read whatever it says, since it was let through once.
"""

from pathlib import Path

import pytest

from bot import plans
from bot.core.errors import Misconfigured
from bot.core.plan import Plan
from tests.core.test_plan_files import GOOD, VARIABLES

BEFORE, _, AFTER = GOOD.partition("metrics:\n")
STAGES = AFTER[AFTER.index("stages:") :]

METRICS = {
    "errors": "kind: errors, counter: e_total, of: r_total",
    "wait": "kind: performance, counter: wait_seconds_sum, of: wait_seconds_count, unit: s",
    "queries": "kind: resource, counter: q_total, of: r_total, unit: queries",
    "p95": "kind: performance, histogram: http_request_duration_seconds, quantile: 0.95",
    "took": "kind: performance, histogram: took, quantile: 0.95, unit: ms",
    "memory": "kind: resource, gauge: process_resident_memory_bytes, unit: bytes",
    "cpu": "kind: resource, gauge: cpu_used, of: cpu_asked",
    "depth": "kind: resource, gauge: queue_depth",
    "late": "kind: performance, histogram: http_request_duration_seconds, quantile: 0.95, unit: ms",
    "millis": "kind: performance, histogram: x_milliseconds, quantile: 0.95",
    "sizes": "kind: performance, histogram: x_size_bytes, quantile: 0.95",
    "age": "kind: resource, gauge: age_seconds, unit: h",
    "lag": "kind: resource, gauge: lag_seconds, unit: s",
}


def plan_of(metric: str, keys: str) -> str:
    return f"{BEFORE}metrics:\n  - {{name: {metric}, {METRICS[metric]}, {keys}}}\n{STAGES}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.yml"


def told(file: Path, text: str) -> list[str]:
    """Errors and notes about its metrics, without the file's name."""
    file.write_text(text)
    return [
        str(one).removeprefix(f"{file}:")
        for one in plans.lint([file], VARIABLES)
        if not one.words.endswith(("can still be understood", "will not be seen"))
    ]


@pytest.mark.parametrize(
    ("metric", "keys", "said"),
    [
        ("p95", "limit: {max: 500MB}", "limit.max: found 500MB, which is bytes; p95 is a time, such as 500ms"),
        ("p95", "limit: {max: 5%}", "limit.max: found 5%, which is a share; p95 is a time, such as 500ms"),
        ("memory", "limit: {max: 500ms}", "limit.max: found 500ms, which is a time; memory is bytes, such as 300MB"),
        ("memory", "alert: {max: 80%}", "alert.max: found 80%, which is a share; memory is bytes, such as 300MB"),
        ("memory", "tolerance: {ratio: 2, margin: 1s}", "tolerance.margin: found 1s, which is a time; memory is bytes"),
        ("cpu", "limit: {max: 10ms}", "limit.max: found 10ms, which is a time; cpu is a share, such as 5%; where it"),
        ("queries", "limit: {max: 10ms}", "limit.max: found 10ms; queries is counted in queries: write a plain number"),
        ("took", "limit: {max: 500ms}", "limit.max: found 500ms; took is counted in ms: write a plain number, such as"),
        ("p95", "limit: {max: 500}", "limit.max: found 500; p95 is a time, written with its unit; did you mean 500ms?"),
        ("p95", "limit: {max: 2}", "limit.max: found 2; p95 is a time, written with its unit; did you mean 2s?"),
        (
            "wait",
            "limit: {max: 0.5}",
            "limit.max: found 0.5; wait is a time, written with its unit; did you mean 0.5s?",
        ),
        (
            "memory",
            "limit: {max: 300000000}",
            "limit.max: found 300000000; memory is bytes, written with its unit; did",
        ),
        (
            "errors",
            "limit: {max: 0.05}",
            "limit.max: found 0.05; errors is a share, written with its unit; did you mea",
        ),
        ("errors", "limit: {max: 5}", "limit.max: found 5; errors is a share, written with its unit; where it is no"),
        ("errors", "tolerance: {ratio: 2, margin: 0.5}", "tolerance.margin: found 0.5; errors is a share, written"),
        (
            "errors",
            "limit: {max: 200%}",
            "limit.max: found 200%; errors is a share, at most 100%; where it is no share",
        ),
        ("p95", "within: 10ms", "within: found 10ms, which is a time; within is a share, such as 10%"),
        ("p95", "within: 10", "within: found 10; within is a share, written with its unit; did you mean 10%?"),
        ("p95", "within: {go: 10%, no_go: 20}", "within.no_go: found 20; within is a share, written with its unit"),
        (
            "p95",
            "within: {go: 10%, margin: 2}",
            "within.margin: found 2; p95 is a time, written with its unit; did you",
        ),
        ("memory", "growth_per_hour: 10MB", "growth_per_hour: found 10MB, which is bytes; growth_per_hour is a share"),
        ("memory", "trend_per_hour: 10", "trend_per_hour: found 10; trend_per_hour is a share, written with its unit"),
        ("errors", "steady: 20", "steady: found 20; steady is a share, written with its unit; did you mean 20%?"),
        ("late", "limit: {max: 200ms}", 'unit: found "ms"; http_request_duration_seconds counts seconds: wri'),
        ("age", "limit: {max: 2}", 'unit: found "h"; age_seconds counts seconds: write unit: s'),
        (
            "millis",
            "limit: {max: 200ms}",
            "histogram: x_milliseconds counts milliseconds: write unit: ms, and its b",
        ),
        ("sizes", "limit: {max: 1}", "histogram: x_size_bytes counts bytes: write unit: bytes"),
        ("p95", "limit: {max: 500ms, min: 1s}", "limit: found min 1s above max 500ms; nothing lies between them: swap"),
        (
            "p95",
            "limit: {max: 500ms}, rollback: {max: 0.2s}",
            "rollback.max: found 0.2s, below the limit of 500ms; rol",
        ),
        (
            "cpu",
            "limit: {min: 5%}, rollback: {min: 9%}",
            "rollback.min: found 9%, above the limit of 5%; rollback lies",
        ),
        ("errors", "limit: {max: -1%}", "limit.max: found -1%; errors is never below 0"),
        ("lag", "tolerance: {ratio: 2, margin: -5s}", "tolerance.margin: found -5s; a margin is 0 or more"),
    ],
)
def test_a_bound_that_cannot_be_meant_is_refused_where_it_stands(file: Path, metric: str, keys: str, said: str) -> None:
    lines = told(file, plan_of(metric, keys))
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"15: metrics[0].{said}"), lines
    with pytest.raises(Misconfigured):
        plans.load(file, VARIABLES)


@pytest.mark.parametrize(
    ("metric", "keys"),
    [
        ("errors", "limit: {max: 0}, no_go: {max: 0}"),
        ("errors", "alert: {max: 1%}, limit: {max: 2%}, rollback: {max: 2%}"),
        ("wait", "limit: {max: 0.5s}, within: {go: 10%, no_go: 200%, margin: 2ms}"),
        ("queries", "limit: {max: 12}, tolerance: {ratio: 2, margin: 0.5}"),
        ("took", "limit: {max: 500}"),
        ("memory", "limit: {max: 0.3GB}, tolerance: {ratio: 1.3, margin: 20MB}, growth_per_hour: 10%"),
        ("cpu", "limit: {max: 150%}"),
        ("depth", "limit: {max: 100}"),
        ("lag", "limit: {min: -2s, max: 2s}"),
    ],
)
def test_a_bound_in_the_unit_of_its_metric_is_fine(file: Path, metric: str, keys: str) -> None:
    assert told(file, plan_of(metric, keys)) == []


@pytest.mark.parametrize(
    ("metric", "keys", "said"),
    [
        (
            "depth",
            "limit: {max: 500MB}",
            "limit.max: 500MB is read as 500,000,000 and shown so; did you mean unit: bytes?",
        ),
        ("p95", "alert: {max: 900ms}, limit: {max: 0.5s}", "alert.max: 900ms lies beyond the limit of 0.5s; nobody is"),
    ],
)
def test_what_may_be_meant_is_a_note(file: Path, metric: str, keys: str, said: str) -> None:
    (line,) = told(file, plan_of(metric, keys))
    assert line.startswith(f"15: note: metrics[0].{said}"), line


def test_in_the_short_form_it_is_told_by_name(file: Path) -> None:
    short = "  latency:\n    histogram: h\n    quantiles: [0.5, 0.95]\n    limit: {max: 500}\n"
    lines = told(file, f"{BEFORE}metrics:\n{short}{STAGES}")
    assert lines[0].startswith("18: metrics.latency.limit.max: found 500; latency-p50 is a time"), lines


def test_a_plan_in_a_journal_is_read_although_its_file_would_be_refused(file: Path) -> None:
    file.write_text(plan_of("errors", "limit: {max: 2%}, rollback: {max: 5%}"))
    plan = plans.load(file, VARIABLES)
    stored = plan.model_dump_json().replace('"limit":{"min":null,"max":0.02}', '"limit":{"min":9.0,"max":7.0}')
    assert '"min":9.0' in stored
    assert Plan.model_validate_json(stored).metrics[0].limit != plan.metrics[0].limit


def test_a_histogram_that_is_named_by_its_buckets_is_refused_with_its_name(file: Path) -> None:
    took = plan_of("p95", "limit: {max: 500ms}").replace("_seconds, q", "_seconds_bucket, q")
    (said,) = told(file, took)
    name = "http_request_duration_seconds"
    fix = f"write it without _bucket: {name}, of which all buckets are read"
    assert said == f"15: metrics[0].histogram: found {name}_bucket; {fix}"
