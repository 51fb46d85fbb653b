"""What goes wrong in a rehearsal is said in words: what is not understood is answered with the nearest word."""

import pytest

from bot.core.errors import Misconfigured
from bot.rehearsal.faults import Place, Size, parse
from bot.rehearsal.usual import usual
from tests.support.scenario import plan as a_plan
from tests.support.scenario import written_plan

ERRORS = written_plan()["metrics"][0]
P95 = {
    "name": "latency-p95",
    "kind": "performance",
    "histogram": "seconds",
    "quantile": 0.95,
    "limit": {"max": "500ms"},
}
PLAN = a_plan(metrics=[ERRORS, P95, {"name": "memory", "kind": "resource", "gauge": "memory", "unit": "bytes"}])


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("errors x2 at 50%", "errors x2 at 50 %"),
        ("p95 x 1.5 in staging", "latency-p95 x1.5 in staging"),
        ("errors, +20%, at 1%, for 10m", "errors x1.2 at 1 %, for 10m"),
        ("errors -50%", "errors x0.5 in production"),
        ("memory +5%/h in watch", "memory +5 %/h in the watch"),
        ("errors to 3% at 100% after 1h30m", "errors to 3 % at 100 %, 1h 30m later"),
        ("p95 to 900ms", "latency-p95 to 900 ms in production"),
        ("outage at 50% for 3m", "outage at 50 %, for 3m"),
        ("silence", "silence in production"),
        ("incident at 1% for 5m", "incident at 1 %, for 5m"),
        ("incident p95 x3", "incident latency-p95 x3 in production"),
        ("vp-product after 6h", "vp-product: an answer after 6h"),
        ("approvers never", "approvers: no answer"),
    ],
)
def test_a_fault_is_read_and_said_back(written: str, said: str) -> None:
    assert parse(written, PLAN).words == said


def test_a_step_of_two_stages_is_meant_in_the_last_one() -> None:
    assert parse("errors x2 at 100%", PLAN).place == Place(1, 100.0)


def test_a_check_fails_where_it_is_tried_unless_a_place_is_named() -> None:
    checks = {
        "build": {"http": "http://ci.test/{commit}", "stages": "build"},
        "smoke": {"http": "http://{environment}.test/", "stages": "staging"},
        "health": {"http": "http://{environment}.test/health"},
    }
    build = {"name": "build", "gates": [{"gate": "health", "held": "10s"}]}
    plan = a_plan(checks=checks, stages=[build, *written_plan()["stages"]])
    said = [parse(f"{name} fails", plan).words for name in checks]
    assert said == ["build fails in build", "smoke fails in staging", "health fails in production"]
    assert parse("health fails in staging", plan).place == Place(1)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("eror x2", 'there is no metric or role "eror"; there are errors, .*; did you mean "errors"?'),
        ("vp-produkt never", 'there are errors, .*, vp-product, approvers, incident, .*; did you mean "vp-product"?'),
        ("p99 x2", 'did you mean "latency-p95"?'),
        ("errors", 'something is missing: how much worse: x2, .* as in "errors x2"'),
        ("errors 2", 'found "2" as the size of errors; allowed: x2, '),
        ("errors to 900ms", 'found "900ms", which is another unit; errors has a value such as 3%'),
        ("errors to 3", 'found "3" without its unit; did you mean 3%?'),
        ("p95 to 900", 'found "900" without its unit; did you mean 900ms?'),
        ("errors to 300%", 'found "300%"; errors is a share, from 0% to 100%'),
        ("p95 to fast", 'found "fast"; write a value such as 900ms or 2s'),
        ("errors x2 at 45%", "no step of the plan is at 45%; there are 1%, 50%, 100%; did you mean 50%?"),
        ("errors x2 at 50", 'did you mean "50%"?'),
        ("errors x2 at staging", 'a stage is "in staging"'),
        ("errors x2 in stagin", 'there is no stage "stagin"; .* did you mean "staging"?'),
        ("errors x2 after 5", "did you mean 5m or 5s?"),
        ("errors x2 for long", 'found "long", which is no duration; write 90s'),
        (
            "errors x2 at 50% in staging",
            'found "in" after a place; a fault begins at a PERCENT or in a STAGE, not both',
        ),
        ("errors x2 in staging at 50%", 'found "at" after a place; '),
        ("errors x2 for 5m for 6m", 'found "for" twice; it is said once'),
        ("errors x2 on 50%", 'what may follow: at PERCENT, .*; did you mean "at"?'),
        ("outage befor 5m", 'did you mean "for"?'),
        ("errors x2 at 1% at 50%", 'found "at" after a place'),
        ("vp-product soon", 'people answer after a time, or never: "vp-product after 6h"'),
        ("approvers after 6h often", 'found "often" after the end'),
        ("", "something is missing: a metric, a check, a role, incident, outage or silence"),
    ],
)
def test_what_is_not_understood_is_answered_with_the_nearest(written: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said.replace("?", r"\?").replace("%", "%")):
        parse(written, PLAN)


def test_a_size_is_a_factor_of_what_is_usual() -> None:
    assert Size(times=2).factor(0.01, 0) == 2
    assert Size(to=0.03).factor(0.01, 0) == pytest.approx(3)
    assert Size(per_hour=0.2).factor(0.01, 7_200) == pytest.approx(1.4)


# ── what is usual ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_nobody_says_is_well_inside_the_limits() -> None:
    found = usual(PLAN)
    assert found.per_minute == 600
    assert found.values == pytest.approx({"errors": 0.005, "latency-p95": 0.2, "memory": 300e6})


def test_traffic_and_values_can_be_said() -> None:
    found = usual(PLAN, ["10/s", "errors=90/h"], ["errors=1%,p95=80ms"])
    assert (found.per_minute, found.of) == (600, {"errors": 1.5})
    assert (found.values["errors"], found.values["latency-p95"]) == (0.01, 0.08)


@pytest.mark.parametrize(
    ("traffic", "baseline", "said"),
    [
        ("lots", "", 'found "lots"; write requests and a time'),
        ("3000", "", 'found "3000", without its time; did you mean 3000/min'),
        ("eror=3/min", "", 'there is no metric "eror"; .* did you mean "errors"'),
        ("", "errors", "write a metric and its value"),
        ("", "errors=80ms", "another unit; errors has a value such as 3%"),
        ("", "errors=200%", "errors is a share, from 0% to 100%"),
        ("", "errors=0.5", "without its unit; did you mean 50%, or 0.5%"),
        ("", "p95=0", "an answer takes some time"),
    ],
)
def test_what_cannot_be_usual_is_refused(traffic: str, baseline: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        usual(PLAN, [traffic], [baseline])


def test_of_the_same_answers_a_higher_quantile_takes_longer() -> None:
    plan = a_plan(metrics=[P95, {**P95, "name": "latency-p50", "quantile": 0.5}])
    assert usual(plan, baseline=["p95=90ms"]).values["latency-p50"] < 0.09
    with pytest.raises(Misconfigured, match="a higher quantile takes longer"):
        usual(plan, baseline=["p95=90ms,p50=100ms"])
