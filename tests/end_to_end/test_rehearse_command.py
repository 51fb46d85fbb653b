"""`songbird rehearse` as somebody types it: the demo's own plan, nothing set and nothing running."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main

DEMO = Path(__file__).parents[2] / "bot" / "sandbox" / "plan.yml"


def rehearsed(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rehearse", str(DEMO), *arguments], prog_name="songbird")


def test_the_demos_plan_is_rehearsed_with_nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_REPOSITORY", raising=False)
    result = rehearsed("--fault", "errors x20 at 10%", "--traffic", "6000/min")
    assert result.exit_code == 0
    first, _, rest = result.stdout.partition("Supposed: ")
    assert first.startswith("A rehearsal of shop, from ")
    assert " ".join(first.split()).endswith(", 10:00, in virtual time: nothing outside is touched.")
    assert "\nerrors x20 at 10 %: found " in rest


@pytest.mark.parametrize(("columns", "most"), [("72", 72), ("300", 120), (None, 100)])
def test_lines_are_as_long_as_the_terminal_lets_them(
    monkeypatch: pytest.MonkeyPatch, columns: str | None, most: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns) if columns else monkeypatch.delenv("COLUMNS", raising=False)
    lines = rehearsed("--fault", "errors x20 at 10%", "--traffic", "6000/min").stdout.splitlines()
    assert most - 20 < max(map(len, lines)) <= most


def test_json_is_one_object() -> None:
    result = rehearsed("--fault", "errors x20 at 10%", "--traffic", "6000/min", "--json")
    assert json.loads(result.stdout)["faults"][0]["found"] is True


def test_many_runs_are_shared_out_and_counted() -> None:
    result = rehearsed("--fault", "errors x30 at 10%", "--traffic", "6000/min", "--runs", "3", "--seed", "5")
    assert "Seeds 5 to 7." in result.stdout
    assert ": found in 3 of 3, median " in result.stdout


def test_a_fault_that_is_not_understood_is_one_line() -> None:
    result = rehearsed("--fault", "eror x2")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert 'did you mean "errors"?' in result.stderr


def test_a_plan_that_is_wrong_says_what_lint_says(tmp_path: Path) -> None:
    broken = tmp_path / "shop.yml"
    broken.write_text(DEMO.read_text().replace("kind: errors", "kind: eror", 1))
    result = CliRunner().invoke(main, ["rehearse", str(broken)])
    assert result.exit_code == 1
    assert 'did you mean "errors"?' in result.stderr
