"""A plan against what its processes show just now: here, bounds that lie beyond the last bucket of a histogram.

The rest of `plan lint --live` is asked of a real Prometheus, in tests/contracts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.metrics import Reading
from bot.analysis.series import Totals
from bot.analysis.shapes import Buckets
from bot.core.plan import Plan
from bot.plans import load, read
from bot.plans.live import examine
from tests.core.test_plan_files import GOOD, VARIABLES

QUANTILE = "histogram: took_seconds\n    quantile: 0.95\n    alert: {max: 1s}\n    limit: {max: 5s}"


@dataclass
class Shows:
    """Two processes with these last buckets in production, and none elsewhere."""

    lasts: Sequence[float]

    async def read(self, _plan: Plan, environments: Sequence[str], at: float) -> Reading:
        (environment,) = environments
        shown = (
            Totals(environment, f"p{last}", at, "3f9c2e1", 0.0, {"errors": Buckets((0.5, last), (9.0, 1.0, 0.0))})
            for last in self.lasts
        )
        return Reading(at, tuple(shown))

    async def past(
        self, _plan: Plan, _environments: Sequence[str], since: float, until: float, every: float
    ) -> tuple[Reading, ...]:
        return ()


async def said(tmp_path: Path, *lasts: float) -> list[str]:
    path = tmp_path / "shop.yml"
    counted = 'counter: requests_total{status=~"5.."}\n    of: requests_total\n    limit: {max: 2%}'
    path.write_text(GOOD.replace(counted, QUANTILE))
    found = await examine(load(path, VARIABLES), read(path, VARIABLES), Shows(lasts), 1000.0)
    return [str(problem).removeprefix(f"{path}:") for problem in found.problems]


async def test_a_bound_above_the_last_bucket_can_never_be_surely_broken_and_that_is_said(tmp_path: Path) -> None:
    (note,) = await said(tmp_path, 10.0, 2.0)
    assert note.startswith("20: note: metrics[0].limit: errors: 5 s lies above the last bucket of its histogram, 2 s;")
    assert "it rolls nothing back: add buckets, or a lower bound" in note


async def test_a_bound_within_the_buckets_is_fine(tmp_path: Path) -> None:
    assert await said(tmp_path, 10.0, 5.0) == []
