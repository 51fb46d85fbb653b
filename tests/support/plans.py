"""A plan file that was changed while a release moves: the small plan of the scenarios, with parts written otherwise."""

from typing import Any

from bot.core.plan import Plan
from tests.support.scenario import plan, written_plan


def with_metric(**changes: Any) -> Plan:
    """The plan, whose only metric, errors, says this otherwise."""
    (errors,) = written_plan()["metrics"]
    return plan(metrics=[{**errors, **changes}])


def with_stages(staging: dict[str, Any] | None = None, production: dict[str, Any] | None = None) -> Plan:
    """The plan, whose two stages say this otherwise."""
    first, second = written_plan()["stages"]
    return plan(stages=[{**first, **(staging or {})}, {**second, **(production or {})}])
