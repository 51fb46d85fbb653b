"""A service's first plan: what is proposed from names that look like the usual ones, and a file that can be read.

The one thing a reader could forget: people change what is written here, so what cannot be known must be marked.
"""

import re
from pathlib import Path

import pytest

from bot.adapters.metrics.exposed import Exposed, of_page, of_series
from bot.plans import left_open, lint, load
from bot.plans.first import First, Learned, quantity, written
from bot.plans.proposals import METRICS_MAX, propose

PAGE = """\
http_requests_total{route="/",code="200"} 900
http_requests_total{route="/",code="500"} 3
http_request_duration_seconds_bucket{le="0.1"} 800
http_request_duration_seconds_bucket{le="+Inf"} 903
db_query_duration_seconds_bucket{le="+Inf"} 903
process_resident_memory_bytes 1e8
process_cpu_seconds_total 3
process_start_time_seconds 1
process_open_fds 10
process_max_fds 1024
go_goroutines 12
shop_checkouts_total{outcome="failed"} 1
shop_checkouts_total{outcome="completed"} 10
shop_exceptions_total 1
shop_pool_in_use 1
shop_pool_size 10
promhttp_metric_handler_requests_total{code="500"} 1
"""
ROW = {"job": "shop", "commit": "3f9c2e1", "environment": "prod", "instance": "a:80"}
ROWS = [{**ROW, "__name__": "http_requests_total", "status": "200"}, {**ROW, "__name__": "process_cpu_seconds_total"}]


def first(exposed: Exposed, **more: object) -> First:
    return First("shop", "http://metrics:9090", exposed, propose(exposed), **more)  # type: ignore[arg-type]  # one of two


def test_metrics_of_all_five_kinds_are_proposed_where_their_names_are_usual() -> None:
    found = {one.name: dict(one.keys) for one in propose(of_page(PAGE))}

    assert {one.kind for one in propose(of_page(PAGE))} == {
        "errors", "performance", "functional", "resource", "business",
    }  # fmt: skip
    assert found["errors"]["counter"] == "'http_requests_total{code=~\"5..\"}'"
    assert found["latency-p99"]["histogram"] == "http_request_duration_seconds"
    assert found["db-query-duration-p95"]["quantile"] == "0.95"
    assert found["shop-checkouts-failures"]["counter"] == "'shop_checkouts_total{outcome=\"failed\"}'"
    assert (found["shop-checkouts"]["worse"], found["shop-checkouts"]["of"]) == ("lower", "http_requests_total")
    assert found["shop-pool-in-use"]["of"] == "shop_pool_size"
    assert found["go-goroutines"]["priority"] == "medium"
    assert not any("promhttp" in str(keys) for keys in found.values()), "what reads the page is not the service"


def test_of_a_thousand_names_a_plan_that_people_can_read_is_proposed() -> None:
    names = "".join(f"thing{number}_orders_total 1\njob{number}_queue_depth 2\n" for number in range(500))
    assert 0 < len(propose(of_page(PAGE + names))) <= METRICS_MAX


@pytest.mark.parametrize(
    "exposed",
    [of_page(PAGE), of_series(ROWS, 'job="shop"'), of_series(ROWS, "job='shop'")],
    ids=["page", "prometheus", "quotes"],
)
def test_what_is_written_can_be_read_and_every_name_of_a_person_is_marked(tmp_path: Path, exposed: Exposed) -> None:
    path = tmp_path / "shop.yml"
    path.write_text(written(first(exposed)))

    assert [str(problem) for problem in lint([path], {}) if problem.grave] == []
    named = [line for line in path.read_text().splitlines() if re.search(r"\bU0\w", line) or '"#' in line]
    assert len(named) == len(["operators", "on_call", "product-manager", "releases", "engineering", "on_call"])
    assert all("# TODO" in line for line in named)
    plan = load(path, {})
    assert [metric.name for metric in plan.metrics] == [one.name for one in propose(exposed)]
    assert {"operators[0]", "on_call[0]", "changes.repository", "deployer.expose[0]"} <= set(left_open.places(plan))
    assert not [problem for problem in lint([path], {}) if "is not among its arguments" in problem.words]


def test_labels_of_prometheus_say_which_environment_and_which_version() -> None:
    said = written(first(of_series(ROWS, 'job="shop"')))

    assert 'where: \'job="shop", environment="{environment}"\'' in said
    assert "version_label: commit  # tells the new version from the old one" in said
    assert "    environment: prod\n" in said


def test_without_such_labels_it_is_said_that_nothing_can_be_compared() -> None:
    bare = [{"__name__": "http_requests_total", "status": "200"}]
    said = written(first(of_series(bare, 'job="shop"')))

    assert "version_label: commit  # TODO: no series has a label that says its version" in said
    assert "# TODO: no label says the environment" in said
    assert "# TODO: nothing was found of the kind performance, resource, business" in said


def test_limits_and_tolerances_are_from_the_past_with_room_above_it(tmp_path: Path) -> None:
    learned = {
        "errors": Learned(worst=0.004, ratio=3.0),
        "latency-p95": Learned(worst=0.2, ratio=1.075),
        "memory": Learned(worst=2e8, ratio=float("inf")),
        "shop-checkouts": Learned(worst=0.2),
        "latency-p99": Learned(worst=float("inf")),
    }
    path = tmp_path / "shop.yml"
    path.write_text(written(first(of_page(PAGE), learned=learned, past="2d")))
    metrics = {metric.name: metric for metric in load(path, {}).metrics}

    errors, p95, memory = metrics["errors"], metrics["latency-p95"], metrics["memory"]
    assert errors.limit is not None
    assert errors.limit.max == pytest.approx(0.008)
    assert errors.tolerance is not None
    assert errors.tolerance.ratio == 3.0
    assert p95.tolerance is not None
    assert p95.tolerance.ratio == 1.3, "a quiet past is no reason to be strict"
    assert p95.limit is not None
    assert p95.limit.max == pytest.approx(0.3)
    assert memory.limit is not None
    assert "# TODO: halves of one version differed by more" in path.read_text()
    assert metrics["latency-p99"].limit is None
    assert "# TODO: it was above its histogram's last bucket; a limit needs higher ones" in path.read_text()
    assert metrics["shop-checkouts"].limit is None, "the most of it that was seen is no bound"
    assert "limit: {max: 0.8%}  # its worst in 2d was 0.4%" in path.read_text()


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.01234, "ratio", "1.3%"),
        (0.2501, "s", "260ms"),
        (3.1e8, "bytes", "310MB"),
        (12.0, "", "12"),
        (0.0, "s", "0ms"),
        (1234.5, "", "1300"),
    ],
)
def test_a_number_is_rounded_up_to_two_digits_with_its_unit(value: float, unit: str, words: str) -> None:
    assert quantity(value, unit) == words
