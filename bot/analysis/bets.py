"""Evidence that may be looked at after every look: a fund of bets against "nothing is worse than tolerated".

Each bet names an effect (errors 2.3 times what is tolerated) and a moment at which it began. At every look it gains or
loses what the look speaks for it, in nats: the logarithm of how much likelier the numbers are under the effect than at
the edge of the tolerance. All of them start with a share of 1 together, so while nothing is worse the fund is a
non-negative supermartingale, and it ever reaches 1/alpha with a probability of alpha at most, however often somebody
looks (Ville 1939; Ramdas, Grünwald, Vovk, Shafer 2023 call such a thing an e-process). Spreading the stake over the
moments makes a late beginning as findable as an early one (Shiryaev and Roberts); the price is the stake's logarithm.

Two deliberate losses. A look gains a bet `GAIN_MAX` at most: a hiccup of one look, however wild, convicts nobody. And
the fund stops growing at `FUND_MAX`, so that what has been mended can be seen to be mended.

The one thing to remember: the guarantee is conditional on the nats being right. Whoever computes them divides by the
noise that it knows of, and says in its own head what happens when that estimate is wrong.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

GAIN_MAX = 3.6
"""Nats a look: with the family's threshold and 22 metrics, no two looks convict a single metric."""

FUND_MAX = math.exp(25.0)
"""Far above any threshold, near enough that a few dozen healthy looks undo it."""

STARTS_AT_STEP = 0.3
"""The share of the stake still kept that is placed when a step begins: new exposure is the likeliest cause."""


class Fund(NamedTuple):
    """The stake still kept, and the worth of the bets placed so far, one for each effect."""

    kept: float
    bets: tuple[float, ...]

    @property
    def worth(self) -> float:
        """The e-value: evidence against "no worse than tolerated", 1 at the beginning."""
        return self.kept + sum(self.bets)

    @property
    def nats(self) -> float:
        """Its logarithm."""
        return math.log(self.worth)


def opened(effects: int) -> Fund:
    """Nothing is placed yet."""
    return Fund(1.0, (0.0,) * effects)


def placed(fund: Fund, shares: Sequence[float], part: float) -> Fund:
    """More bets, on a beginning just now: `part` of what is kept, divided over the effects by `shares` (sum 1)."""
    stake = fund.kept * part
    return Fund(fund.kept - stake, tuple([bet + stake * share for bet, share in zip(fund.bets, shares, strict=True)]))


def after(fund: Fund, shares: Sequence[float], part: float, gains: Sequence[float]) -> Fund:
    """The fund after a look that speaks for each effect by so many nats; `part` is placed just before it."""
    exp, kept = math.exp, fund.kept
    stake = kept * part
    bets = [
        (bet + stake * share) * exp(gain if gain < GAIN_MAX else GAIN_MAX)  # noqa: FURB136 - min() takes a third longer
        for bet, share, gain in zip(fund.bets, shares, gains, strict=True)
    ]
    total = sum(bets)
    if total > FUND_MAX:
        bets = [bet * FUND_MAX / total for bet in bets]
    return Fund(kept - stake, tuple(bets))
