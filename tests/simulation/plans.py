"""Plans drawn from a seed: small ones, with every kind of gate, and times of minutes where teams would say hours.

The one thing to remember: what a plan does not draw is not tested. A kind of stage, step or gate that is new in
`bot.core.plan` belongs in here.
"""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from pydantic import ValidationError

from bot.core.plan import Plan

OPERATORS = ("U0ADA", "U0OLA")
MANAGERS = ("U0PRIYA", "U0PAT")
PRESIDENTS = ("U0VICTOR",)
STRANGERS = ("U0STRANGER",)
ON_CALL = ("U0OMAR",)
GROUPS = {"S0MANAGERS": ("U0PAT",)}
"""User groups as Slack knows them: who is in each."""

PERSONS = {"ada@songbird.example": "U0ADA", "pat@songbird.example": "U0PAT"}
"""Whose an address is, as Slack knows it."""
AUTHORS = (("Ada", "ada@songbird.example"), ("Pat", "pat@songbird.example"), ("Priya", "p@home.example"), ("Z", ""))
"""Name and e-mail of those who write changes; the plan knows Priya by her name, and nobody knows Z."""
MAPPED = {"Priya": "U0PRIYA", **{account: account for account in (*MANAGERS, *PRESIDENTS)}}
"""And every account of the machine is called as its person in Slack."""

CHECKPOINTS = [f"08:{minute:02}" for minute in range(1, 40)]
"""A world begins at eight: where a team says morning and evening, one comes every minute."""

STEP_TIME_MAX = "300s"
SOMETIMES = 0.15

METRICS: list[dict[str, Any]] = [
    {
        "name": "errors",
        "kind": "errors",
        "counter": "errors_total",
        "of": "requests_total",
        "limit": {"max": "2%"},
        "tolerance": {"ratio": 2, "margin": "0.5%"},
    },
    {
        "name": "memory",
        "kind": "resource",
        "gauge": "memory_bytes",
        "unit": "bytes",
        "limit": {"max": "300MB"},
        "events_min": 2,
    },
]


def drawn_plan(service: str, dice: Random) -> Plan:
    quality = [_quality(dice)] if dice.random() < SOMETIMES else []
    built = {"build": {**_checked(dice), "http": _BUILD, "stages": "quality"}} if _looks_at(quality) else {}
    return Plan.model_validate(
        {
            "service": service,
            "operators": list(OPERATORS),
            "roles": {"manager": dice.choice([[*MANAGERS], [MANAGERS[0], *GROUPS]]), "president": list(PRESIDENTS)},
            "on_call": list(ON_CALL),
            "people": MAPPED,
            "solo": dice.random() < SOMETIMES,
            "channels": {
                "releases": "C0RELEASES",
                "engineering": "C0ENGINEERING",
                "on_call": "C0ONCALL",
                "stakeholders": "C0STAKEHOLDERS",
            },
            **({"daily": "08:06"} if dice.random() < 0.5 else {}),
            "changes": {"use": "git", "repository": "shop.git"},
            "deployer": {"use": "splitter", "url": "http://127.0.0.1:1"},
            "metrics_from": {"use": "scrape", "targets": "http://127.0.0.1:1/sd/{environment}"},
            "incidents": {"use": "file", "folder": "incidents"},
            "metrics": METRICS,
            "stages": [*quality, _staging(dice), _production(dice)],
            "checks": {**built, **({"smoke": _checked(dice)} if dice.random() < 0.5 else {})},
            **(_TOURED if dice.random() < 0.5 else {}),
            **(_OVERRIDDEN if dice.random() < 0.8 else {}),
            "low_traffic": dice.choice(["hold", "extend", "accept"]),
            "watch": {
                "time": dice.choice(["60s", "120s"]),
                "holdback": dice.choice(["0%", "2%"]),
                "checkpoints": CHECKPOINTS if dice.random() < 0.5 else [],
            },
            "timing": {
                "look": "10s",
                "stale": "40s",
                "silence_max": "40s",
                "blind_max": "120s",
                "blind": dice.choice(["return", "stay"]),
            },
        }
    )


def changed_plan(plan: Plan, dice: Random) -> Plan:
    """The plan as its file may say later: most of it may be taken by a release that moves, some of it must not be."""
    written = json.loads(plan.model_dump_json())
    for change in dice.sample(_CHANGES, dice.choice([1, 1, 2, 3])):
        change(written, dice)
    try:
        return Plan.model_validate_json(json.dumps(written))
    except ValidationError:  # a ladder and a holdback may not fit together
        return plan


def _other_ladder(written: dict[str, Any], dice: Random) -> None:
    (*_, production), levels = written["stages"], sorted(dice.sample([1, 2, 5, 10, 25, 50, 75], dice.choice([1, 2, 3])))
    first = production["steps"][0]
    production["steps"] = [{**first, "exposure": float(level)} for level in [*levels, 100]]


def _other_gates(written: dict[str, Any], dice: Random) -> None:
    for step in (step for stage in written["stages"] for step in stage["steps"]):
        for gate in step["gates"]:
            if gate["gate"] == "health":
                gate["held"] = dice.choice([10.0, 30.0, 70.0])
        if dice.random() < SOMETIMES and all(gate["gate"] != "minimum-time" for gate in step["gates"]):
            step["gates"].append({"gate": "minimum-time", "time": 45.0})


def _other_approvals(written: dict[str, Any], dice: Random) -> None:
    """Nobody is asked any more, or others."""
    for step in (step for stage in written["stages"] for step in stage["steps"]):
        step["gates"] = [gate for gate in step["gates"] if gate["gate"] != "approval" or len(step["gates"]) == 1]
        if dice.random() < 0.5 and step.get("exposure") in (None, 100.0) and len(step["gates"]) == 1:
            step["gates"] = [{"gate": "health", "held": 20.0}] if step.get("exposure") else step["gates"]


def _other_watch(written: dict[str, Any], dice: Random) -> None:
    written["watch"]["time"], written["watch"]["holdback"] = dice.choice([30.0, 90.0]), dice.choice([0.0, 2.0, 5.0])


def _other_limits(written: dict[str, Any], dice: Random) -> None:
    written["metrics"][0]["limit"] = {"max": dice.choice([0.001, 0.01, 0.05])}


def _other_people(written: dict[str, Any], dice: Random) -> None:
    written["operators"] = dice.choice([[OPERATORS[0]], [*OPERATORS, *STRANGERS], [OPERATORS[1]]])
    written["solo"] = dice.random() < 0.5


def _other_systems(written: dict[str, Any], dice: Random) -> None:
    key, value = dice.choice([("url", "http://127.0.0.1:2")])
    written["deployer"][key] = value


def _other_stages(written: dict[str, Any], dice: Random) -> None:
    """One before all others, or one between them; what is behind a release cannot be gone back to."""
    gates = [{"gate": "minimum-time", "time": 15.0}]
    more = {"name": "more", "on_failure": "hold", "steps": [{"gates": gates, "time_max": 300.0}]}
    written["stages"].insert(dice.choice([0, len(written["stages"]) - 1]), more)


_CHANGES: tuple[Callable[[dict[str, Any], Random], None], ...] = (
    *(3 * (_other_ladder, _other_gates, _other_watch)),
    _other_approvals,
    _other_limits,
    _other_people,
    _other_systems,
    _other_stages,
)

_OVERRIDDEN = {"override": {"roles": ["manager", "president"]}}
_BUILD = "http://ci.test/builds/{commit}"
_TOURED = {"pages": ["/"], "walkthrough": {"staging": "http://127.0.0.1:1"}}


def _checked(dice: Random) -> dict[str, Any]:
    often = {"fails_after": dice.choice([2, 3])} if dice.random() < 0.5 else {}
    soon = {"within": "60s"} if dice.random() < SOMETIMES else {}
    once = {"once": True} if dice.random() < 0.5 else {}
    return {"http": "http://{environment}.test/health", "every": dice.choice(["10s", "30s"]), **often, **soon, **once}


def _quality(dice: Random) -> dict[str, Any]:
    """Nothing is deployed; somebody looks, or some time passes, perhaps while a build is asked about."""
    gates = [dice.choice([_approval(dice), {"gate": "minimum-time", "time": "20s"}])]
    gates += [{"gate": "health", "held": "20s"}] if dice.random() < 0.5 else []
    fails = dice.choice(["hold", "rollback"])
    return {"name": "quality", "on_failure": fails, "steps": [{"gates": gates, "time_max": STEP_TIME_MAX}]}


def _staging(dice: Random) -> dict[str, Any]:
    gates = [{"gate": "health", "held": dice.choice(["30s", "60s"])}, _approval(dice)]
    return {
        "name": "staging",
        "environment": "staging",
        "baseline": "production",
        "on_failure": dice.choice(["hold", "rollback"]),
        "steps": [{"exposure": "100%", "gates": gates, "time_max": STEP_TIME_MAX}],
    }


def _production(dice: Random) -> dict[str, Any]:
    levels = [*sorted(dice.sample([1, 5, 10, 25, 50], dice.choice([1, 2, 3]))), 100]
    stays = {"on_failure": "hold"} if dice.random() < SOMETIMES else {}
    steps = [_canary(level, dice) for level in levels]
    told = {"checkpoints": CHECKPOINTS} if dice.random() < SOMETIMES and _looks(steps) else {}
    return {"name": "production", "environment": "production", "steps": steps, **stays, **told}


def _looks_at(stages: list[dict[str, Any]]) -> bool:
    """Whether any of them has a step whose health is looked at."""
    return any(_looks(stage["steps"]) for stage in stages)


def _looks(steps: list[dict[str, Any]]) -> bool:
    """Whether any of them looks at its health."""
    return any(gate["gate"] == "health" for step in steps for gate in step["gates"])


def _canary(level: int, dice: Random) -> dict[str, Any]:
    gates: list[dict[str, Any]] = []
    if dice.random() < SOMETIMES:
        gates.append({"gate": "minimum-time", "time": "50s"})
    if dice.random() < SOMETIMES:
        gates.append({"gate": "go", "role": "manager"})
    if not gates or dice.random() > SOMETIMES:
        gates.append({"gate": "health", "held": dice.choice(["20s", "40s"])})
    return {"exposure": f"{level}%", "gates": gates, "time_max": STEP_TIME_MAX}


def _approval(dice: Random) -> dict[str, Any]:
    own = {"own_changes": "barred"} if dice.random() < SOMETIMES else {}
    if own and dice.random() < SOMETIMES:
        own["unmatched"] = "bars-everybody"
    late = {"expires": dice.choice(["40s", "90s"])} if dice.random() < SOMETIMES else {}
    said = {"remind": {"every": "20s", "most": dice.choice([1, 3]), "hours": "00:00-23:59"}}
    again = said if dice.random() < SOMETIMES else {}
    roles = {"manager": dice.choice([1, 2]), "president": 1}
    apart = {"distinct": True} if dice.random() < SOMETIMES else {}
    return {"gate": "approval", "roles": roles, **own, **late, **again, **apart}
