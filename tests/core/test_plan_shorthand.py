"""Metrics in short, as people write them first: by name, several quantiles at once, kinds from their source.

The one thing to remember: what is wrong is told with the line, and by the name, of what was written.
"""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from bot import plans
from bot.core.errors import Misconfigured
from bot.core.plan import Plan
from bot.plans.schema import schema
from tests.core.test_plan_files import GOOD, VARIABLES
from tests.core.test_plan_sources import SCRAPED

SHORT = """\
metrics:
  errors: {counter: http_requests_total{status=~"5.."}, of: http_requests_total}
  latency: {histogram: http_request_duration_seconds, quantiles: [0.5, 0.95, 0.99]}
  memory: {gauge: process_resident_memory_bytes, unit: bytes, limit: {max: 400MB}}
  pool: {gauge: pool_in_use, of: pool_size}
  orders: {kind: business, counter: orders_total, of: http_requests_total, worse: lower, tolerance: {ratio: 1.3}}
"""
LONG = GOOD[GOOD.index("metrics:") : GOOD.index("stages:")]


def written(metrics: str) -> str:
    return GOOD.replace(LONG, metrics)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.yml"


def load(file: Path, metrics: str) -> Plan:
    file.write_text(written(metrics))
    return plans.load(file, VARIABLES)


def said(file: Path, metrics: str) -> list[str]:
    with pytest.raises(Misconfigured) as raised:
        load(file, metrics)
    return [line.removeprefix(f"{file}:") for line in str(raised.value).splitlines()]


def test_the_short_form_is_read_as_it_is_written(file: Path) -> None:
    errors, p50, p95, p99, memory, pool, orders = load(file, SHORT).metrics

    assert (errors.name, errors.kind) == ("errors", "errors")
    assert (errors.counter, errors.of) == ('http_requests_total{status=~"5.."}', "http_requests_total")
    assert [one.name for one in (p50, p95, p99)] == ["latency-p50", "latency-p95", "latency-p99"]
    assert [one.quantile for one in (p50, p95, p99)] == [0.5, 0.95, 0.99]
    assert {(one.kind, one.histogram) for one in (p50, p95, p99)} == {("performance", "http_request_duration_seconds")}
    assert (memory.kind, memory.gauge, memory.unit) == ("resource", "process_resident_memory_bytes", "bytes")
    assert memory.limit is not None
    assert memory.limit.max == 4e8
    assert (pool.kind, pool.gauge, pool.of, pool.unit) == ("resource", "pool_in_use", "pool_size", "ratio")
    assert (orders.kind, orders.counter, orders.worse) == ("business", "orders_total", "lower")


def test_short_and_long_are_the_same_plan(file: Path) -> None:
    short = load(file, "metrics:\n  errors: {counter: e_total, of: r_total, limit: {max: 2%}}\n")
    long = load(file, "metrics:\n  - {name: errors, kind: errors, counter: e_total, of: r_total, limit: {max: 2%}}\n")
    assert short == long
    assert short.digest == long.digest


def test_several_quantiles_may_stand_in_a_list_too_and_share_what_is_asked_of_them(file: Path) -> None:
    listed = "  - {name: p, kind: performance, histogram: h, quantiles: [0.9, 0.999], limit: {max: 1s}}\n"
    found = load(file, f"metrics:\n{listed}").metrics
    assert [(one.name, one.limit.max if one.limit else None) for one in found] == [("p-p90", 1.0), ("p-p999", 1.0)]


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ("  x: {counter: a_total, of: b_total}\n", "15: metrics.x.kind: missing; allowed: errors, performance"),
        ("  x: requests_total\n", "15: metrics.x: found requests_total; write a mapping, such as {counter: …, of: …}"),
        (
            "  y: {gauge: m}\n  x: {gauge: m, limit: {max: 3 apples}}\n",
            '16: metrics.x.limit.max: found "3 apples"; allowed: a number, or one with %',
        ),
        (
            "  x:\n    histogram: h\n    quantiles: [50]\n",
            "17: metrics.x.quantiles: found [50]; allowed: a list of parts, such as [0.5, 0.95]; did you mean [0.5]?",
        ),
        (
            "  x: {histogram: h, quantiles: [0.5], quantile: 0.9}\n",
            "15: metrics.x.quantiles: found [0.5]; allowed: a list of parts, such as [0.5, 0.95], and no",
        ),
        ("  x: {histogram: h, quantiles: []}\n", "15: metrics.x.quantiles: found []; allowed: a list"),
        (
            "  x: {histogram: h, quantiles: [0.5, 0.5]}\n",
            '15: metrics.x.quantiles: found "x-p50" twice; each needs a name of its own',
        ),
        ("  X: {gauge: m}\n", '15: metrics.X: found "X"; allowed: a name of lower-case letters'),
        ("  x: {guage: m}\n", 'found the key "guage"; did you mean "gauge"? Allowed: name, kind'),
    ],
)
def test_what_is_wrong_is_told_where_it_was_written(file: Path, metrics: str, words: str) -> None:
    assert any(words in line for line in said(file, f"metrics:\n{metrics}")), said(file, f"metrics:\n{metrics}")


def test_notes_stand_at_what_was_written(file: Path) -> None:
    file.write_text(written(SHORT))
    notes = [str(one).removeprefix(f"{file}:") for one in plans.lint([file], VARIABLES)]
    assert "16: note: metrics.latency: latency-p99 has no limit and no tolerance; it is shown and never judged" in notes
    assert not any("memory" in note for note in notes)


def test_braces_without_quotes_are_read_only_where_yaml_would_not_read_them_at_all(file: Path) -> None:
    quoted = SHORT.replace('http_requests_total{status=~"5.."}', "'http_requests_total{status=~\"5..\"}'")
    assert load(file, quoted) == load(file, SHORT)
    assert "not YAML" in said(file, "metrics:\n  x: {gauge: m, unit: a{b}\n")[0]


@pytest.mark.parametrize(
    ("short", "counter", "of"),
    [
        ("{counter: shop.requests.errors, of: shop.requests}", "shop.requests.errors", "shop.requests"),
        ("{counter: shop.requests{status:5*}, of: shop.requests}", "shop.requests{status:5*}", "shop.requests"),
        ("{of: shop.hits{*}, counter: shop.hits{env:x,!a:b}}", "shop.hits{env:x,!a:b}", "shop.hits{*}"),
        ("{counter: hits{a IN (b, c)}, of: hits, limit: {max: 1%}}", "hits{a IN (b, c)}", "hits"),
    ],
)
def test_names_of_datadogs_with_dots_and_tags_need_no_quotes_either(
    file: Path, short: str, counter: str, of: str
) -> None:
    file.write_text(written(f"metrics:\n  errors: {short}\n").replace(SCRAPED, "metrics_from: {use: datadog}"))
    (errors,) = plans.load(file, VARIABLES).metrics
    assert (errors.counter, errors.of) == (counter, of)


def test_the_example_of_the_documents_is_read(file: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/plan.md").read_text()
    example = page.partition("### In short")[2].partition("```yaml\n")[2].partition("```")[0]
    assert [one.name for one in load(file, example).metrics][:2] == ["errors", "latency-p50"]


def test_editors_know_the_short_form() -> None:
    validator = Draft202012Validator(schema())
    plan = YAML(typ="safe", pure=True).load(written(SHORT.replace('{status=~"5.."}', "")))
    assert [error.json_path for error in validator.iter_errors(plan)] == []
    plan["metrics"]["latency"]["quantile"] = 0.5
    plan["metrics"]["pool"]["color"] = "red"
    assert {error.json_path for error in validator.iter_errors(plan)} == {"$.metrics.latency", "$.metrics.pool"}
