"""A first plan from a real Prometheus: what it knows of a service, by which labels, and what its past teaches.

The one thing a reader could forget: a sample older than an hour is refused by a server that has just started, so the
past here is 40 minutes long.
"""

import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.plans import lint, load
from tests.support.prometheus import Server

MINUTES = 40


@pytest.fixture
def service(prometheus: Server) -> str:
    """Two processes of one version, of which one has somewhat more errors; a job of its own."""
    name = f"shop-{next(prometheus.fleets)}"
    now = time.time()
    for minute in range(MINUTES + 1):
        shown: dict[str, float] = {}
        for process, errors in (("a", 3), ("b", 4)):
            labels = f'job="{name}",environment="production",commit="3f9c2e1",instance="{process}:80"'
            shown |= {
                f"up{{{labels}}}": 1.0,
                f'http_requests_total{{{labels},status="200"}}': 1000.0 * minute,
                f'http_requests_total{{{labels},status="500"}}': float(errors * minute),
                f"process_resident_memory_bytes{{{labels}}}": 2e8,
            }
        prometheus.write(shown, now - 60.0 * (MINUTES - minute))
    return name


def init(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["plan", "init", *arguments])


def test_a_plan_is_written_from_what_prometheus_knows(prometheus: Server, service: str, tmp_path: Path) -> None:
    result = init(service, "--from", prometheus.url, "--days", "1")
    assert result.exit_code == 0, result.output
    path = tmp_path / "shop.yml"
    path.write_text(result.stdout)

    assert [str(problem) for problem in lint([path], {}) if problem.grave] == []
    assert f'where: \'job="{service}", environment="{{environment}}"\'' in result.stdout
    errors, _, memory = load(path, {}).metrics
    assert errors.limit is not None
    assert errors.limit.max == pytest.approx(0.007, abs=0.0003), "twice the worst, 7 of 2,007"
    assert memory.limit is not None
    assert memory.limit.max == pytest.approx(3e8)


def test_without_a_past_that_is_read_limits_are_left_to_people(prometheus: Server, service: str) -> None:
    said = init(service, "--from", prometheus.url, "--days", "0").stdout
    assert "TODO: limits" in said
    assert "limit: {max" not in said


def test_a_service_that_prometheus_does_not_know_is_said(prometheus: Server) -> None:
    result = init("nobody", "--from", prometheus.url)
    assert result.exit_code == 1
    assert 'Prometheus has no series with job="nobody" or service="nobody"' in result.stderr
    assert "--where" in result.stderr


def test_where_nobody_answers_and_what_is_no_name_is_said() -> None:
    assert "http://127.0.0.1:1 could not be read (" in init("shop", "--from", "http://127.0.0.1:1").stderr
    assert "small letters, digits and dashes" in init("Shop!", "--from", "http://127.0.0.1:1").stderr
