"""What changed in a plan is told in the words of whoever wrote it, and nothing that changed is left out."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.core.metric import Metric
from bot.core.plan import ApprovalGate, Plan, Timing, Watch
from bot.texts.plans import differences, groups
from bot.texts.plans.differences import _rest
from tests.support.plans import with_metric, with_stages
from tests.support.scenario import plan, written_plan

P95 = {"name": "p95", "kind": "performance", "histogram": "seconds", "quantile": 0.95, "limit": {"max": "500ms"}}
ERRORS = written_plan()["metrics"][0]


def told(new: Plan, old: Plan | None = None) -> list[str]:
    return [one.words for one in differences(old or plan(), new)]


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (with_metric(rollback={"max": "5%"}), "errors: rollback above 5 %, where there was none"),
        (with_metric(limit={"max": "1%"}), "errors: limit above 2 % → 1 %"),
        (with_metric(limit={"min": "1%"}), "errors: limit below 1 %, where there was none"),
        (with_metric(tolerance={"ratio": 1.5, "margin": "0.5%"}), "errors: tolerance ratio 2 → 1.5"),
        (with_metric(tolerance={"ratio": 2, "margin": "1%"}), "errors: tolerance margin 0.5 % → 1 %"),
        (with_metric(tolerance=None), "errors: tolerance is gone"),
        (with_metric(within="10%"), "errors: within is new: go 10 %, margin 0 %"),
        (with_metric(priority="critical"), "errors: priority high → critical"),
        (with_metric(load_min=20), "errors: load min none → 20"),
        (
            with_metric(counter="failed_total"),
            "errors: read from another series, so what was seen of it before counts no more",
        ),
        (plan(metrics=[ERRORS, P95]), "p95 is new: limit above 500 ms"),
        (
            with_stages(production={"steps": ["1%", "25%", "100%"]}),
            "production: steps 1 %, 50 %, 100 % → 1 %, 25 %, 100 %",
        ),
        (with_stages(production={"on_failure": "hold"}), "production: on failure rollback → hold"),
        (
            with_stages(production={"gates": [{"gate": "health", "held": "1m"}]}),
            "production 1 %, production 50 % and production 100 %: health held 30s → 1m",
        ),
        (
            with_stages(staging={"gates": [{"gate": "approval", "roles": {"vp-product": 1}}]}),
            "staging: approval by product-manager and vp-product → vp-product",
        ),
        (
            with_stages(staging={"gates": [{"gate": "approval", "roles": {"vp-product": 1}}]}),
            "staging: health is not asked for any more",
        ),
        (
            with_stages(production={"gates": [{"gate": "go", "role": "vp-product"}]}),
            "production 1 %, production 50 % and production 100 %: go is asked for: a go from vp-product",
        ),
        (plan(watch={"time": "1d"}), "watch: time 2m → 1d"),
        (plan(operators=["U0ADA", "U0OMAR"]), "operators: <@U0OMAR> added"),
        (plan(on_call=["U0ADA"]), "on call: <@U0ADA> added, <@U0OMAR> removed"),
        (plan(override={"roles": ["vp-product"]}), "override nobody → vp-product"),
        (plan(title="The shop"), "title → The shop"),
        (plan(low_traffic="hold"), "low traffic extend → hold"),
        (plan(deployer={"use": "splitter", "url": "http://127.0.0.1:2"}), "deployer changed"),
    ],
)
def test_what_changed_is_said(new: Plan, words: str) -> None:
    assert words in told(new)


def test_what_is_gone_is_said() -> None:
    both = plan(metrics=[ERRORS, P95])
    assert told(plan(), both) == ["p95 is gone: it is not looked at any more"]
    stricter = with_metric(rollback={"max": "5%"})
    assert told(plan(), stricter) == ["errors: no rollback above 5 % any more"]
    assert told(with_metric(rollback={"max": "3%"}), stricter) == ["errors: rollback above 5 % → 3 %"]


def test_a_stage_that_comes_or_goes_is_said() -> None:
    security = {"name": "security", "gates": [{"gate": "approval", "roles": {"vp-product": 1}}]}
    more = plan(stages=[security, *written_plan()["stages"]])
    assert told(more) == ["stage security is new: it asks for a yes from vp-product"]
    assert told(plan(), more) == ["stage security is gone"]


def test_a_check_that_comes_changes_or_goes_is_said() -> None:
    front = {"http": "http://shop.example/healthz", "stages": "production"}
    checked = plan(checks={"front": front})
    assert told(checked) == ["check front is new"]
    assert told(plan(checks={"front": {**front, "every": "5m", "status": 204}}), checked) == [
        "check front: status, every changed"
    ]
    assert told(plan(), checked) == ["check front is gone: it is not tried any more"]


def test_targets_are_told_one_by_one() -> None:
    assert told(plan(targets={"review_time": "1h"})) == ["targets: review time none → 1h"]


def test_the_same_plan_has_no_differences_and_the_line_names_what_they_are_about() -> None:
    assert told(plan()) == []
    assert groups(plan(), with_metric(limit={"max": "1%"})) == ("criteria",)
    assert groups(plan(), plan(watch={"time": "1d"}, title="The shop")) == ("times", "other")


def test_an_address_is_not_shown() -> None:
    """It may hold a user and a password."""
    secret = plan(metrics_from={"use": "scrape", "targets": "http://ada:hunter2@127.0.0.1/sd/{environment}"})
    assert told(secret) == ["metrics from changed"]


# ── nothing is left out ──────────────────────────────────────────────────────────────────────────────────────────────

METRIC: dict[str, Any] = {
    "kind": "functional", "counter": "failed_total", "of": "all_total", "worse": "lower", "unit": "s",
    "priority": "critical", "alert": {"max": "1%"}, "limit": {"max": "3%"}, "no_go": {"max": "4%"},
    "rollback": {"max": "9%"}, "tolerance": {"ratio": 3}, "within": "10%", "new": True, "steady": "20%",
    "load_min": 3, "load_peak": 4, "events_min": 30,
}  # fmt: skip
OTHERWISE: dict[str, Any] = {
    "title": "The shop", "operators": ["U0OMAR"], "roles": {"product-manager": ["U0PRIYA"], "vp-product": ["U0QUINN"]},
    "on_call": ["U0ADA"], "solo": True, "people": {"a@b.example": "U0ADA"}, "concerns_to": "vp-product",
    "override": {"roles": ["vp-product"]}, "zone": "Europe/Berlin", "low_traffic": "hold",
    "channels": {"releases": "#releases", "engineering": "#other", "on_call": "#on-call"},
    "changes": {"use": "git", "repository": "other.git"}, "deployer": {"use": "splitter", "url": "http://127.0.0.1:2"},
    "metrics_from": {"use": "scrape", "targets": "http://127.0.0.1:2/sd/{environment}"},
    "incidents": {"use": "file", "folder": "elsewhere"}, "tour": ["Look at the cart"],
    "targets": {"review_time": "4h"},
}  # fmt: skip


def one_key_otherwise() -> Iterator[tuple[str, Plan]]:
    for key, value in METRIC.items():
        more = {"limit": {"max": "2%"}} if key in ("rollback", "no_go", "new") else {}
        yield f"metric {key}", with_metric(**{**more, key: value})
    for key, value in OTHERWISE.items():
        yield key, plan(**{key: value})
    for key in ("look", "stale", "silence_max", "blind_max"):
        yield f"timing {key}", plan(timing={**written_plan()["timing"], key: "17s"})
    yield "timing blind", plan(timing={**written_plan()["timing"], "blind": "stay"})
    yield "watch holdback", plan(watch={"time": "120s", "holdback": "5%"})
    yield "watch checkpoints", plan(watch={"time": "120s", "checkpoints": ["09:00"]})
    for key, value in (("own_changes", "barred"), ("expires", "1d"), ("remind", {"every": "1h", "most": 2})):
        gates = [
            {"gate": "health", "held": "60s"},
            {"gate": "approval", "roles": {"product-manager": 1, "vp-product": 1}},
        ]
        yield f"approval {key}", with_stages(staging={"gates": [gates[0], {**gates[1], key: value}]})
    yield (
        "step time_max",
        with_stages(production={"steps": [{"exposure": s, "time_max": "1h"} for s in ("1%", "50%", "100%")]}),
    )


@pytest.mark.parametrize(("name", "new"), list(one_key_otherwise()))
def test_whatever_is_written_otherwise_has_a_sentence(name: str, new: Plan) -> None:
    found = told(new)
    assert found, name
    assert "the order in which something is written" not in found, f"{name} is told by nothing of its own"


def test_another_target_is_told_in_its_unit() -> None:
    old, new = (plan(targets={"review_time": time, "rollback_rate": "5%"}) for time in ("4h", "90m"))
    assert told(new) == ["targets: review time none → 1h 30m", "targets: rollback rate none → 5 %"]
    assert told(new, old) == ["targets: review time 4h → 1h 30m"]


def test_every_key_is_tried() -> None:
    tried = {name.removeprefix("metric ") for name, _new in one_key_otherwise()}
    gauges = {"name", "histogram", "quantile", "gauge", "query", "growth_per_hour", "trend_per_hour"}
    assert set(Metric.model_fields) - gauges <= tried
    assert set(Timing.model_fields) <= {name.removeprefix("timing ") for name in tried}
    assert set(Watch.model_fields) - {"time"} <= {name.removeprefix("watch ") for name in tried}
    elsewhere = {
        "service",
        "checks",
        "targets",
        "metrics",
        "stages",
        "watch",
        "timing",
        "daily",
        "pages",
        "walkthrough",
    }
    assert set(Plan.model_fields) - elsewhere <= tried
    assert {"own_changes", "expires", "remind"} <= set(ApprovalGate.model_fields)
    assert list(_rest(plan(), plan(pages=["/"], walkthrough={"staging": "http://x.example"}))) != []
