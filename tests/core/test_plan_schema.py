"""What an editor is told about a plan: every plan there is passes, and the usual mistakes are found while typing."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from bot.cli import main
from bot.core.plan import Plan
from bot.plans.schema import schema
from tests.core.test_plan_files import GOOD

ROOT = Path(__file__).parents[2]
VALIDATOR = Draft202012Validator(schema())

Written = dict[str, Any]


def as_written(text: str) -> Written:
    written: Written = YAML(typ="safe", pure=True).load(text)
    return written


def plans() -> dict[str, str]:
    """Every plan of this repository, by where it stands."""
    paths = [ROOT / "bot/sandbox/plan.yml", *sorted((ROOT / "tests/plans").glob("*.yml"))]
    files = {str(path.relative_to(ROOT)): path.read_text() for path in paths}
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for number, block in enumerate(re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)):
            if block.startswith("service:"):
                files[f"{page.name} {number}"] = block
    return {**files, "the smallest": GOOD}


def mistakes(written: Written) -> list[str]:
    return [str(error.json_path) for error in VALIDATOR.iter_errors(written)]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("name", plans())
def test_every_plan_of_the_repository_passes(name: str) -> None:
    assert mistakes(as_written(plans()[name])) == []


def test_long_forms_pass_as_the_short_ones_do() -> None:
    plan = as_written(GOOD)
    plan["stages"][1]["steps"] = [
        {"exposure": "5%", "gates": [{"gate": "health", "held": "1h30m"}], "time_max": "2d"},
        "100%",
    ]
    plan["stages"][1]["on_failure"] = "rollback"
    plan["watch"] = {"time": "${WATCH}", "holdback": "5%"}
    plan["metrics"][0] |= {"tolerance": {"ratio": 1.5, "margin": 0.001}, "alert": {"min": "-3ms"}}
    assert mistakes(plan) == []


def change(*place: str | int, to: object) -> Callable[[Written], None]:
    def do(written: Written) -> None:
        here: Any = written
        for part in place[:-1]:
            here = here[part]
        here[place[-1]] = to

    return do


def without(*place: str | int) -> Callable[[Written], None]:
    def do(written: Written) -> None:
        here: Any = written
        for part in place[:-1]:
            here = here[part]
        del here[place[-1]]

    return do


@pytest.mark.parametrize(
    ("mistake", "place"),
    [
        (without("service"), "$"),
        (change("servce", to="shop"), "$"),
        (change("operators", to="U0ADA"), "$.operators"),
        (change("operators", to=["ada"]), "$.operators[0]"),
        (change("metrics", 0, "kind", to="eror"), "$.metrics[0].kind"),
        (change("metrics", 0, "limit", to={"max": "2 percent"}), "$.metrics[0].limit.max"),
        (change("metrics", 0, "tolerance", to={"ratio": "x2"}), "$.metrics[0].tolerance.ratio"),
        (change("metrics", 0, "gauge", to="up"), "$.metrics[0]"),
        (without("metrics", 0, "counter"), "$.metrics[0]"),
        (without("metrics", 0, "of"), "$.metrics[0]"),
        (change("stages", 0, "gates", 0, "gate", to="helth"), "$.stages[0].gates[0]"),
        (change("stages", 0, "gates", 0, "held", to=30), "$.stages[0].gates[0]"),
        (change("stages", 1, "steps", 0, to=1), "$.stages[1].steps[0]"),
        (change("stages", 1, "steps", 0, to="1"), "$.stages[1].steps[0]"),
        (change("stages", 1, "stpes", to=[]), "$.stages[1]"),
        (change("watch", to={"time": "1 day"}), "$.watch.time"),
        (change("deployer", "use", to="kubectl"), "$.deployer"),
    ],
)
def test_a_usual_mistake_is_found_where_it_stands(mistake: Callable[[Written], None], place: str) -> None:
    plan = as_written(GOOD)
    mistake(plan)
    assert place in mistakes(plan)


def test_keys_are_explained_in_the_words_of_the_plan() -> None:
    metric = schema()["$defs"]["Metric"]["properties"]
    assert metric["alert"]["description"] == "Beyond it the metric is flagged."
    assert "15m" in schema()["$defs"]["HealthGate"]["properties"]["held"]["description"]
    assert set(schema()["properties"]) == set(Plan.model_fields)


def test_the_command_prints_it() -> None:
    result = CliRunner().invoke(main, ["plan", "schema"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == schema()
