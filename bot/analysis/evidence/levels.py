"""Evidence from gauges: ln(canary / control), its level and its growth.

`Levels` bets on innovations beyond the tolerance, Gaussian bets of 0.5, 1 and 2 standard deviations, each innovation
cut at three. `Growth` bets on the slope within a step; the unknown level drops out by centring, which is the
likelihood ratio of what does not depend on it.

The one thing to remember: no theory of sampling fits a gauge. Its noise is learned (`Wander`), and healthy processes
differ for good, so a canary of one process is given more room than one of twenty.
"""

import math
from typing import NamedTuple

from bot.analysis import bets
from bot.analysis.bets import STARTS_AT_STEP, Fund
from bot.analysis.evidence.intervals import Interval, sequence
from bot.analysis.noise import Wander, log_ratio
from bot.analysis.shapes import Values
from bot.core.metric import Tolerance

STRIDES = (0.5, 1.0, 2.0)
STRIDE_SHARES = (0.3, 0.4, 0.3)
STRIDE_MAX = 3.0
"""Standard deviations at which an innovation is cut."""
PROOF_STRIDE = 0.7
PROOF_LOOKS_MIN = 20
"""Until then the memory of a gauge is a guess, and a proof asks for more than a guess."""
PROOF_BIASES = 1.3
"""A canary of good processes must not prove a bad version harmless more than one time in ten."""
BIASES = 3.0
"""Standard deviations by which two healthy cohorts of different processes may differ for good."""


def size_of(canary: Values, control: Values) -> float:
    """How large the noise of a difference of means is, in units of one process's noise."""
    return math.sqrt(1.0 / canary.count + 1.0 / control.count)


class Levels(NamedTuple):
    """ln(canary / control) of a gauge, innovation by innovation."""

    fund: Fund = bets.opened(len(STRIDES))
    wander: Wander = Wander()
    looks: int = 0
    scale: float = 0.0
    """The control's mean size so far, over `looks`."""
    unlike: float = 0.0
    """The variance of ln(value) between the control's processes at one look, a mean over `unlike_looks`."""
    unlike_looks: int = 0
    size: float = 1.0
    proof: float = 0.0
    step_looks: int = 0
    step_sum: float = 0.0

    @property
    def worth(self) -> float:
        return self.fund.worth

    def at_step(self) -> "Levels":
        fund = bets.placed(self.fund, STRIDE_SHARES, STARTS_AT_STEP)
        # other processes serve from here on: what a look differs by from the one before is no noise
        wander = self.wander.broken_off()
        return self._replace(fund=fund, wander=wander, proof=0.0, step_looks=0, step_sum=0.0)

    def then(self, canary: float, control: float, tolerance: Tolerance, part: float, *, higher: bool) -> "Levels":
        """One reading of each side."""
        return self.told(canary, control, tolerance, part, higher=higher)

    def of(self, canary: Values, control: Values, tolerance: Tolerance, part: float, *, higher: bool) -> "Levels":
        """Readings of several processes a side: how much they differ among themselves widens what is tolerated."""
        unlike = control.relative_variance
        if unlike is None:  # a holdback of one process: then the new version's tell how much processes differ
            unlike = canary.relative_variance
        known = self
        if unlike is not None:
            looks = self.unlike_looks + 1
            known = self._replace(unlike=self.unlike + (unlike - self.unlike) / looks, unlike_looks=looks)
        size = size_of(canary, control)
        return known.told(canary.mean, control.mean, tolerance, part, higher=higher, size=size)

    @property
    def _bias(self) -> float:
        """The standard deviation of what lasts, for cohorts of one process each: processes differ.

        What differs between processes at one look, less what differs from look to look.
        """
        if not self.unlike:
            return 0.0
        passing = self.wander.raw_variance if self.wander.is_known else 0.0
        return math.sqrt(max(self.unlike - passing, 0.0))

    def told(
        self, canary: float, control: float, tolerance: Tolerance, part: float, *, higher: bool, size: float = 1.0
    ) -> "Levels":
        """`size`: by how much the noise of cohorts of so many processes is smaller than that of a single difference."""
        looks = self.looks + 1
        scale = self.scale + (abs(control) - self.scale) / looks
        ratio = log_ratio(canary, control, scale)
        if ratio is None:
            return self._replace(wander=self.wander.broken_off())
        fund, proof, wander, seen = self.fund, self.proof, self.wander, ratio / size
        if wander.is_known:
            allowed = math.log(max(tolerance.ratio, 1 + tolerance.margin / scale if scale else 1.0))
            edge = max(allowed / size, BIASES * self._bias)
            moved, unit = _innovation(wander, seen if higher else -seen, higher=higher)
            beyond = max(-STRIDE_MAX, min(moved - edge * unit, STRIDE_MAX))
            fund = bets.after(fund, STRIDE_SHARES, part, [stride * (beyond - 0.5 * stride) for stride in STRIDES])
            if wander.looks >= PROOF_LOOKS_MIN:
                intolerable = 2 * allowed / size - PROOF_BIASES * self._bias
                short = max(-STRIDE_MAX, min(intolerable * unit - moved, STRIDE_MAX))
                proof += PROOF_STRIDE * (short - 0.5 * PROOF_STRIDE)
        step_looks, step_sum = self.step_looks + 1, self.step_sum + ratio
        unlike, unlike_looks = self.unlike, self.unlike_looks
        return Levels(fund, wander.then(seen), looks, scale, unlike, unlike_looks, size, proof, step_looks, step_sum)

    def interval(self) -> Interval | None:
        """Of the step so far."""
        if not self.step_looks or not self.wander.is_known:
            return None
        mean = self.step_sum / self.step_looks
        return sequence(mean, max(self.wander.long_run_variance * self.size**2 / self.step_looks, 1e-12))


def _innovation(wander: Wander, worse: float, *, higher: bool) -> tuple[float, float]:
    """A look less what its predecessor let expect, and what a lasting level of 1 would be; in standard deviations."""
    if wander.last is None:
        deviation = math.sqrt(wander.variance)
        return worse / deviation, 1.0 / deviation
    memory, deviation = wander.memory, math.sqrt(wander.step_variance)
    last = wander.last if higher else -wander.last
    return (worse - memory * last) / deviation, (1.0 - memory) / deviation


# ── growth ───────────────────────────────────────────────────────────────────────────────────────────────────────────

SLOPES = (0.04, 0.2)
"""An hour, beyond what is tolerated."""
GROWTH_LOOKS_MIN = 40


class Growth(NamedTuple):
    """The slope of ln(canary / control) within a step, against a tolerated growth an hour."""

    wander: Wander = Wander()
    looks: int = 0
    hours: float = 0.0
    level: float = 0.0
    """Means of the step so far."""
    hours_squared: float = 0.0
    product: float = 0.0
    """Centred sums."""
    size: float = 1.0
    followed: float | None = None
    """The last look, as far as the line followed it."""
    past: tuple[float, ...] = (1.0,) * len(SLOPES)
    """What each slope was worth at the end of the steps before."""

    @property
    def bets(self) -> tuple[float, ...]:
        """What each slope is worth now."""
        if self.looks < GROWTH_LOOKS_MIN:
            return self.past
        variance = self.wander.seen_long_run_variance * self.size**2
        gains = [(slope * self.product - 0.5 * slope**2 * self.hours_squared) / variance for slope in SLOPES]
        return tuple(
            min(bet * math.exp(max(min(gain, 30.0), -30.0)), bets.FUND_MAX)
            for bet, gain in zip(self.past, gains, strict=True)
        )

    @property
    def worth(self) -> float:
        worths = self.bets
        return sum(worths) / len(worths)

    @property
    def proof(self) -> float:
        """None is asked for."""
        return math.inf

    def at_step(self) -> "Growth":
        return Growth(self.wander.broken_off(), past=self.bets)

    def then(self, ratio_log: float, hours: float, tolerated: float, size: float = 1.0) -> "Growth":
        """`hours` since the step began; `tolerated`: an hour, 0.05 for 5 %. `size`: as for `Levels`."""
        wander, followed = self.wander, ratio_log
        if wander.is_known and self.followed is not None:  # one wild look must not turn a line
            reach = STRIDE_MAX * math.sqrt(wander.step_variance) * size
            followed = max(self.followed - reach, min(ratio_log, self.followed + reach))
        level = followed - tolerated * hours
        looks = self.looks + 1
        off_hours, off_level = hours - self.hours, level - self.level
        mean_hours, mean_level = self.hours + off_hours / looks, self.level + off_level / looks
        return Growth(
            wander.then(ratio_log / size),
            looks,
            mean_hours,
            mean_level,
            self.hours_squared + off_hours * (hours - mean_hours),
            self.product + off_hours * (level - mean_level),
            size,
            followed,
            self.past,
        )

    def interval(self) -> Interval | None:
        """Of the growth an hour, as a ratio: 1.05 is 5 % an hour on top of what is tolerated."""
        if self.looks < GROWTH_LOOKS_MIN or not self.hours_squared:
            return None
        variance = self.wander.long_run_variance * self.size**2 / self.hours_squared
        return sequence(self.product / self.hours_squared, max(variance, 1e-12))
