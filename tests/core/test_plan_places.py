"""A rule about a whole part of a plan points at the line and the key that break it, and all that are broken are told.

The one thing to remember: a person looks at the line that is named, and mends what stands there.
"""

from pathlib import Path

import pytest

from tests.core.test_plan_files import CHECKED, GOOD, said_of

LIMIT = "    limit: {max: 2%}\n"
HISTOGRAM = "    histogram: h_seconds\n    quantile: 0.5\n"
COUNTER = '    counter: requests_total{status=~"5.."}\n    of: requests_total\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.yml"


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (
            "steps: [1%, 10%",
            "steps: [1%, 1%",
            "29: stages[1].steps[1]: found 1% twice; exposures rise from step to step",
        ),
        ("    environment: production\n", "", "28: stages[1].steps[0]: found 1%, and production has no environment to"),
        ("[1%, 10%,", "[1%, {time_max: 1h},", "29: stages[1].steps[1]: a step in an environment needs its exposure"),
        (LIMIT, f"{LIMIT}    growth_per_hour: 5%\n", "20: metrics[0].growth_per_hour: errors: growth_per_hour is for"),
        (LIMIT, f"{LIMIT}    no_go: {{max: 1%}}\n", "20: metrics[0].no_go: errors: no_go lies beyond limit, from"),
        (LIMIT, "    no_go: {max: 1%}\n", "19: metrics[0].no_go: errors: no_go is a bound beyond `limit`; without a"),
        (
            LIMIT,
            "    new: true\n",
            "19: metrics[0].new: errors: nothing can be compared yet with what is new: it needs",
        ),
        (
            LIMIT,
            f"    gauge: up\n{LIMIT}",
            "19: metrics[0].gauge: errors: found gauge beside counter; a metric has one",
        ),
        (COUNTER + LIMIT, f"{HISTOGRAM}    steady: 20%\n", "19: metrics[0].steady: errors: steady is for a share or a"),
        (COUNTER, "", "15: metrics[0]: errors: where its numbers come from is missing; allowed: counter, histogram,"),
        (LIMIT, "    within: {go: 10%, no_go: 5%}\n", "19: metrics[0].within.no_go: no_go lies beyond go: {go: 10%"),
        ("operators:", "daily: 09:00\noperators:", "2: daily: daily needs channels.stakeholders: where the day"),
        ("operators:", "concerns_to: vp\noperators:", '2: concerns_to: found the role "vp"; roles has product-manager'),
        ("operators:", "override: {roles: [vp]}\noperators:", '2: override.roles[0]: found the role "vp"; roles has'),
        ("name: production\n", "name: staging\n", '27: stages[1].name: found "staging" twice; each needs a name of'),
        (
            "environment: production\n",
            "environment: staging\n",
            '28: stages[1].environment: found "staging" twice; eac',
        ),
        ("operators:", "watch: {holdback: 95%}\noperators:", "2: watch.holdback: "),
        ("operators:", "pages: [/a]\noperators:", "2: pages: no address to take its pictures at: write walkthrough"),
        (
            "{product-manager: 1}",
            "{product-manager: 1}\n        looks_at: {vp: [undo]}",
            "27: stages[0].gates[1].looks_",
        ),
    ],
)
def test_a_rule_points_at_what_breaks_it(file: Path, right: str, wrong: str, said: str) -> None:
    assert right in GOOD
    lines = said_of(file, GOOD.replace(right, wrong, 1))
    assert any(line.startswith(said) for line in lines), lines
    assert not any(".name" in line for line in lines if ".name" not in said), lines


def test_all_rules_that_are_broken_are_told_at_once(file: Path) -> None:
    text = CHECKED.replace("health'", "health', stages: [stagng, production], steps: [20%]")
    text = text.replace("{product-manager: 1}", "{product-manger: 1}").replace("operators:", "daily: 09:00\noperators:")
    assert [line.split(": ")[1] for line in said_of(file, text)] == [
        "daily",
        "stages[0].gates[1].roles.product-manger",
        "checks.smoke.stages",
        "checks.smoke.steps",
    ]


def test_all_that_is_wrong_with_one_metric_is_told_at_once(file: Path) -> None:
    more = "    steady: 20%\n    growth_per_hour: 5%\n    no_go: {max: 5%}\n"
    text = GOOD.replace(COUNTER, HISTOGRAM).replace(LIMIT, more)
    assert [line.split(": ")[1] for line in said_of(file, text)] == [
        "metrics[0].steady",
        "metrics[0].growth_per_hour",
        "metrics[0].no_go",
        "metrics[0].no_go.max",
    ]


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        (
            "  x: {histogram: h, quantiles: [0.5]}\n  x-p50: {gauge: m}\n",
            '16: metrics.x-p50: found "x-p50" twice; each n',
        ),
        ("  x:\n    histogram: h\n    quantiles: [0.5, 0.5]\n", '17: metrics.x.quantiles: found "x-p50" twice; each'),
    ],
)
def test_a_name_that_stands_twice_is_told_where_the_second_was_written(file: Path, metrics: str, said: str) -> None:
    long = GOOD[GOOD.index("metrics:") : GOOD.index("stages:")]
    (line,) = said_of(file, GOOD.replace(long, f"metrics:\n{metrics}"))
    assert line.startswith(said), line
