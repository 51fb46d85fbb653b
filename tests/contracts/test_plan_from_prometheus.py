"""A first plan from a real Prometheus, and a plan held against it: what it knows of a service, and what its past says.

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


def test_what_is_no_name_is_said() -> None:
    assert "small letters, digits and dashes" in init("Shop!", "--from", "http://127.0.0.1:1").stderr


# ── a plan against what is there ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def plan(prometheus: Server, service: str, tmp_path: Path) -> Path:
    """As `init` writes it."""
    path = tmp_path / "live.yml"
    path.write_text(init(service, "--from", prometheus.url, "--days", "0").stdout)
    return path


def live(path: Path, old: str = "", new: str = "") -> Result:
    """The plan, with one thing changed."""
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1) if old else path.read_text())
    return CliRunner().invoke(main, ["plan", "lint", "--live", str(path)])


def line_of(path: Path, text: str) -> int:
    return next(number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line)


def test_a_plan_that_fits_what_is_there_has_no_errors(plan: Path) -> None:
    result = live(plan)
    assert result.exit_code == 0, result.output
    assert 'client-errors: no series http_requests_total{status=~"4.."} in production; fine if it' in result.output
    assert "nothing watches it" not in result.output


def test_a_series_that_is_not_there_is_an_error_with_its_line_and_the_nearest_name(plan: Path) -> None:
    result = live(plan, "gauge: process_resident_memory_bytes", "gauge: process_resident_memory")
    assert result.exit_code == 1
    line = line_of(plan, "gauge: process_resident_memory")
    said = f"live.yml:{line}: metrics[2].gauge: memory: no series process_resident_memory in production"
    assert f'{said}; did you mean "process_resident_memory_bytes"?' in result.output


def test_a_limit_that_the_past_would_have_broken_is_a_note(plan: Path) -> None:
    result = live(plan, "    growth_per_hour: 10%", "    events_min: 3\n    limit: {max: 100MB}")
    assert result.exit_code == 0, result.output
    line = line_of(plan, "max: 100MB")
    assert f"live.yml:{line}: note: metrics[2].limit: memory was beyond it once in the last 7d, for 3" in result.output


def test_usual_metrics_that_the_plan_lacks_are_printed_to_be_pasted(plan: Path) -> None:
    text = plan.read_text()
    begin, end = text.index("  - name: memory"), text.index("stages:")
    result = live(plan, text[begin:end], "")
    assert "shows this too, and nothing watches it:\n  - name: memory" in result.output


def test_a_label_that_nobody_has_is_an_error_since_nothing_could_be_compared(plan: Path) -> None:
    result = live(plan, "version_label: commit", "version_label: revision")
    assert result.exit_code == 1
    assert "production: no process has the label revision; nobody can tell the new version from" in result.output


def test_an_environment_that_is_not_there_is_an_error(plan: Path) -> None:
    result = live(plan, "environment: production", "environment: moon")
    assert result.exit_code == 1
    assert "moon: moon is unknown to Prometheus" in result.output


def test_a_source_that_does_not_answer_is_said_on_its_line(plan: Path, prometheus: Server) -> None:
    result = live(plan, prometheus.url.split("# ")[0] + "\n  where", "http://127.0.0.1:1\n  where")
    assert result.exit_code == 1
    line = line_of(plan, "metrics_from:")
    assert (
        f"live.yml:{line}: metrics_from: Prometheus could not be reached: nobody listens at 127.0.0.1:1; is it "
        in result.output
    )
