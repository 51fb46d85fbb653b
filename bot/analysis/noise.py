"""How much healthy numbers move by themselves, learned while watching: what every nat of evidence is divided by.

- `Scatter`, of counts: how many times more the share of bad ones changes from look to look than counting explains.
  Mean squared successive difference (von Neumann 1941) over its binomial expectation: slow drifts, a daily curve, do
  not count as noise. Learned from the control, which a bad canary cannot spoil.
- `Wander`, of gauges: ln(canary / control) as an autoregression of the first order. The differences over one look and
  over two give its memory (rho) and its step (the innovation's variance); a lasting shift of the canary enters them
  only once, so a regression does not excuse itself.

Both are winsorized: one wild look counts as a few ordinary ones. Both start from a prior, because the first looks of
a release know nothing. The one thing to remember: estimates are used for the *next* look, never for the one that they
contain; otherwise a spike would be divided by itself.
"""

import math
from typing import NamedTuple

from bot.analysis.shapes import Counts

SCATTER_PRIOR = 2.0
SCATTER_PRIOR_LOOKS = 20.0
"""Prior: what services show as a rule, and how many looks of its own a service needs to outweigh it."""
SCATTER_TERM_MAX = 16.0
"""A difference of four standard deviations, squared: the most that one look may add."""


class Scatter(NamedTuple):
    """Of counts: Pearson's dispersion from successive looks, and the totals behind it."""

    looks: int = 0
    squares: float = 0.0
    x: float = 0.0
    n: float = 0.0
    last: Counts | None = None

    @property
    def share(self) -> float:
        """Bad ones of all so far, never quite 0 or 1."""
        return (self.x + 0.5) / (self.n + 1.0)

    @property
    def dispersion(self) -> float:
        """At least 1: fewer independent events than were counted, never more."""
        mean = (SCATTER_PRIOR * SCATTER_PRIOR_LOOKS + self.squares) / (SCATTER_PRIOR_LOOKS + self.looks)
        return max(1.0, mean)

    def then(self, counts: Counts) -> "Scatter":
        x, n = counts.x, counts.n
        if n <= 0:
            return self
        last, looks, squares = self.last, self.looks, self.squares
        if last is not None:
            share = (self.x + x + 0.5) / (self.n + n + 1.0)
            difference = x / n - last.x / last.n
            expected = share * (1.0 - share) * (1.0 / n + 1.0 / last.n)
            squares += min(difference * difference / expected, SCATTER_TERM_MAX) if expected > 0 else 1.0
            looks += 1
        return Scatter(looks, squares, self.x + x, self.n + n, counts)


WANDER_LOOKS_MIN = 8
"""Before that nothing is known about a gauge, and no evidence is taken from it."""
WANDER_MEMORY_PRIOR = 0.7
WANDER_MEMORY_PRIOR_LOOKS = 30.0
WANDER_FAR = 4
"""Looks over which the second difference is taken: over two, the memory is known half as well."""
WANDER_MEMORY_MAX = 0.95
WANDER_INFLATION = 1.3
"""Of the innovation's variance: it is estimated, and from tails that were cut."""
WANDER_TERM_MAX = 9.0
"""A difference of three standard deviations, squared."""


class Wander(NamedTuple):
    """Of a gauge: sums of squared differences of ln(canary / control) over one look and over `WANDER_FAR`."""

    looks: int = 0
    ones: float = 0.0
    far_looks: int = 0
    fars: float = 0.0
    recent: tuple[float, ...] = ()
    """The last looks, oldest first."""

    @property
    def last(self) -> float | None:
        return self.recent[-1] if self.recent else None

    @property
    def is_known(self) -> bool:
        return self.looks >= WANDER_LOOKS_MIN

    @property
    def memory(self) -> float:
        """rho, as long as it is believed to be while little was seen."""
        weight = WANDER_MEMORY_PRIOR_LOOKS
        return (WANDER_MEMORY_PRIOR * weight + self.seen_memory * self.looks) / (weight + self.looks)

    @property
    def seen_memory(self) -> float:
        """rho: E(difference over four looks)^2 / E(over one)^2 is 1 + rho + rho^2 + rho^3 in an AR(1)."""
        if self.far_looks == 0 or self.ones <= 0:
            return WANDER_MEMORY_PRIOR
        ratio = self.fars / self.far_looks * self.looks / self.ones
        rho = min(max((ratio - 1.0) / 3.0, 0.0), WANDER_MEMORY_MAX)
        for _ in range(2):  # Newton's steps: right to 0.002
            rho -= ((1.0 + rho) * (1.0 + rho * rho) - ratio) / (1.0 + rho * (2.0 + 3.0 * rho))
        return min(max(rho, 0.0), WANDER_MEMORY_MAX)

    @property
    def raw_variance(self) -> float:
        """Of one look, around a steady level, without inflation."""
        return 0.5 * self.ones / max(self.looks, 1) / (1.0 - self.memory)

    @property
    def step_variance(self) -> float:
        """Of an innovation."""
        return WANDER_INFLATION * max(0.5 * self.ones / max(self.looks, 1) * (1.0 + self.memory), 1e-12)

    @property
    def variance(self) -> float:
        """Of one look, around a steady level."""
        return self.step_variance / (1.0 - self.memory**2)

    @property
    def long_run_variance(self) -> float:
        """Of the mean of many looks, times their number."""
        return self.step_variance / (1.0 - self.memory) ** 2

    @property
    def seen_long_run_variance(self) -> float:
        """The same as it was seen, with no reserve: for what is asked after many looks only."""
        memory = self.seen_memory
        return max(0.5 * self.ones / max(self.looks, 1) * (1.0 + memory) / (1.0 - memory) ** 2, 1e-12)

    def then(self, level: float) -> "Wander":
        recent = self.recent
        if not recent:
            return self._replace(recent=(level,))
        looks, ones, far_looks, fars = self.looks, self.ones, self.far_looks, self.fars
        one = (level - recent[-1]) ** 2
        if looks >= WANDER_LOOKS_MIN:
            one = min(one, WANDER_TERM_MAX * ones / looks)
        if len(recent) < WANDER_FAR:
            return Wander(looks + 1, ones + one, far_looks, fars, (*recent, level))
        far = (level - recent[0]) ** 2
        if far_looks >= WANDER_LOOKS_MIN:
            far = min(far, WANDER_TERM_MAX * fars / far_looks)
        return Wander(looks + 1, ones + one, far_looks + 1, fars + far, (*recent[1:], level))

    def broken_off(self) -> "Wander":
        """A look is missing: what comes next has no neighbour."""
        return self._replace(recent=())


NEXT_TO_NOTHING = 0.01


def log_ratio(canary: float, control: float, scale: float) -> float | None:
    """ln(canary / control). Next to nothing, a hundredth of `scale` (the control's usual size) is added to both.

    None where that leaves no positive number.
    """
    least = NEXT_TO_NOTHING * abs(scale)
    if canary < least or control < least:
        canary, control = canary + least, control + least
    return math.log(canary / control) if canary > 0 < control else None
