"""Metrics: what the processes of a service say about themselves, read as they say it.

`MetricsSource` is the port; `scrape` reads exposition pages, `prometheus` asks a server that has read them, `stand_in`
plays a fleet for tests and the simulation. A reading holds raw totals, never rates or verdicts: `bot.analysis.series`
subtracts, `bot.analysis.judge` judges. The one thing to remember: a process that could not be read is in `failures` and
not in `totals`; nothing is ever filled in for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.analysis.series import Totals
from bot.core.plan import Plan


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at all processes of some environments. `failures`: what could not be read, and why, in words."""

    at: float
    totals: tuple[Totals, ...] = ()
    failures: Mapping[str, str] = field(default_factory=dict)

    @property
    def failure(self) -> str | None:
        """Why there is nothing at all in it; None when there is something."""
        if self.totals:
            return None
        if not self.failures:
            return "nothing to read: the discovery knows no process"
        target, reason = min(self.failures.items())
        others = f", and {len(self.failures) - 1} more" if len(self.failures) > 1 else ""
        return f"{target} {reason}{others}"


class MetricsSource(Protocol):
    """Where a plan's metrics come from."""

    async def read(self, plan: Plan, environments: Sequence[str], at: float) -> Reading:
        """Read every process of these environments, now, which the caller calls `at`. Idempotent: it changes nothing.

        Raises Temporary when it cannot even be found out which processes there are, in none of the environments;
        Permanent when a selector of the plan cannot be used on a page.
        """

    async def past(
        self, plan: Plan, environments: Sequence[str], since: float, until: float, every: float
    ) -> tuple[Reading, ...]:
        """What would have been read at `since`, and every so many seconds up to `until`; oldest first.

        Empty where the source remembers nothing. A moment of which nothing is known is left out. Raises as `read` does.
        """
