"""Evidence about the new version alone: bad ones against the share that a limit allows, or looks beyond it.

Bad ones are binomial, divided by their dispersion. A gauge's looks depend on each other, so they are only counted:
being beyond a limit is meant to be rare, and is held against one look in four. The one thing to remember: without a
control an incident behind the service looks like the release's fault; where there is one, the judge leaves out looks
at which it is beyond the limit as well.
"""

import math
from typing import NamedTuple

from bot.analysis import bets
from bot.analysis.bets import STARTS_AT_STEP, Fund
from bot.analysis.evidence.intervals import Interval
from bot.analysis.evidence.shares import RISE_SHARES, RISES, excess_gains
from bot.analysis.noise import Scatter
from bot.analysis.shapes import Counts

OFTEN = (0.5, 0.8, 0.97)
OFTEN_SHARES = (0.3, 0.4, 0.3)
RARELY = 0.25
"""A healthy gauge is beyond its limit at most at one look in four."""


class Excess(NamedTuple):
    """The new version alone, against the share that a limit allows."""

    fund: Fund = bets.opened(len(RISES))
    scatter: Scatter = Scatter()

    @property
    def worth(self) -> float:
        return self.fund.worth

    @property
    def proof(self) -> float:
        """A limit is met or not; nothing more is asked for."""
        return math.inf

    def at_step(self) -> "Excess":
        return self._replace(fund=bets.placed(self.fund, RISE_SHARES, STARTS_AT_STEP))

    def then(self, bad: Counts, allowed: float, part: float) -> "Excess":
        """`allowed` is a share between 0 and 1, both excluded."""
        if bad.n <= 0:
            return self
        gains = excess_gains(bad, allowed, self.scatter.dispersion)
        return Excess(bets.after(self.fund, RISE_SHARES, part, gains), self.scatter.then(bad))

    def interval(self) -> Interval | None:
        return None


class Oversteps(NamedTuple):
    """Looks at which a gauge is beyond its limit."""

    fund: Fund = bets.opened(len(OFTEN))

    @property
    def worth(self) -> float:
        return self.fund.worth

    @property
    def proof(self) -> float:
        """A limit is met or not; nothing more is asked for."""
        return math.inf

    def at_step(self) -> "Oversteps":
        return Oversteps(bets.placed(self.fund, OFTEN_SHARES, STARTS_AT_STEP))

    def then(self, part: float, *, beyond: bool) -> "Oversteps":
        gains = [math.log(often / RARELY if beyond else (1 - often) / (1 - RARELY)) for often in OFTEN]
        return Oversteps(bets.after(self.fund, OFTEN_SHARES, part, gains))

    def interval(self) -> Interval | None:
        return None
