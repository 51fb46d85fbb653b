"""What each kind of metric's looks speak for "worse than tolerated", in nats: five recursions over one idea.

- `Shares`, canary against control: given the K bad ones of both sides together, those of the canary are
  Binomial(K, r n_c / (r n_c + n_b)) where r is the ratio of their rates (Przyborowski and Wilenski 1940). A bet on
  r = g r0 against the edge r0 of the tolerance gains x_c ln g - K ln((g r0 n_c + n_b) / (r0 n_c + n_b)), divided by the
  dispersion. Whatever both sides share, an incident behind them or a rush of traffic, cancels out.
- `Tails`, of answer times: the share above a bucket bound, as `Shares`, at the control's quantile and farther out. How
  large a share of slow answers a tolerated slowdown would give is read off the control's own histogram.
- `Levels`, of gauges: innovations of ln(canary / control) beyond the tolerance, as Gaussian bets of 0.5, 1 and 2
  standard deviations, each innovation cut at three.
- `Growth`: the slope of ln(canary / control) within a step; the unknown level drops out by centring, which is the
  likelihood ratio of what does not depend on it.
- `Excess`, of the new version alone: bad ones of n against a limit's share, binomial; or looks beyond a gauge's limit,
  which is meant to be rare, against one look in four.

A proof is the same bet the other way around: "hardly different" against "intolerably worse", for the step alone.

Where it breaks: dispersion, memory and margins are estimates, so the guarantee is conditional on them; dividing by a
dispersion is exact only for clusters of one size, and the most that one look may gain covers the rest. Whatever
disturbs only the canary for more than about three looks is evidence, whatever its cause. The one thing to remember:
no look brings evidence unless both sides were read; missing is never zero.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from bot.analysis import bets
from bot.analysis.bets import GAIN_MAX, STARTS_AT_STEP, Fund
from bot.analysis.noise import WANDER_INFLATION, Scatter, Wander, log_ratio
from bot.analysis.shapes import Buckets, Counts, Values
from bot.core.plan import Tolerance

RISES = (1.4, 2.0, 3.2, 6.0, 15.0)
FALLS = tuple(1 / by for by in (1.12, 1.3, 1.6, 2.2, 6.0))
RISE_LOGS, FALL_LOGS = tuple(map(math.log, RISES)), tuple(map(math.log, FALLS))
RISE_SHARES = (0.15, 0.3, 0.25, 0.2, 0.1)
"""How likely each effect is thought to be, beyond what is tolerated; only power depends on it, never validity."""

INTOLERABLE_RISE, INTOLERABLE_FALL = 2.0, 1 / 1.5
"""Times the edge of the tolerance: what a proof must rule out."""

SURGE = 2.0
"""The control itself at so many times its usual rate is an incident: both sides then differ more than on other days."""
SURGE_WIDENS = 1.6
SURE_SURGE = 3.0
SURGE_X_MIN = 3.0
UNSEEN = 3.0
"""So many more bad ones may have been due on the control than it shows: none of three is chance once in 20."""
SURGE_MEMORY = 0.75
"""Of a look's weight, kept at the next one: about four looks."""

INTERVAL_ALPHA = 0.05
INTERVAL_INFORMATION = 2.0
"""Where the confidence sequence is narrowest, in units of 1/variance: about 20 bad ones on the thinner side."""


class Interval(NamedTuple):
    """A ratio, canary to reference, with its confidence sequence: it holds at all looks together, not at one."""

    ratio: float
    low: float
    high: float


def sequence(log_ratio_seen: float, variance: float) -> Interval:
    """Normal mixture confidence sequence (Robbins 1970; asymptotic: Waudby-Smith et al. 2024), 95 %."""
    information, tuned = 1.0 / variance, INTERVAL_INFORMATION
    total = information + tuned
    half = math.sqrt(total / information**2 * math.log(total / (tuned * INTERVAL_ALPHA**2)))
    low, high = log_ratio_seen - half, log_ratio_seen + half
    return Interval(math.exp(log_ratio_seen), math.exp(max(low, -50.0)), math.exp(min(high, 50.0)))


# ── shares ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Facing(NamedTuple):
    """The rarer kind of event on both sides, its usual share on the control, and its share where tolerance ends."""

    canary: Counts
    control: Counts
    usual: float
    allowed: float

    @property
    def edge(self) -> float:
        """The ratio of the rates where tolerance ends; above 1 where worse means more of them."""
        return self.allowed / self.usual

    @property
    def is_far(self) -> bool:
        """Whether so much is tolerated that the control's few bad ones say nothing: then only the share counts."""
        return self.allowed > FAR * self.usual


FAR = 4.0
"""A margin of 1 % beside a control with 0.01 % of errors: what is tolerated is no ratio any more."""


def facing(canary: Counts, control: Counts, usual: float, tolerance: Tolerance, *, higher: bool) -> Facing | None:
    """None where the tolerance allows everything. `usual`: the control's share before this look.

    "More bad ones here" and "more good ones there" are one question; asked about the rarer kind it is far sharper.
    """
    if higher:
        allowed = max(usual * tolerance.ratio, usual + tolerance.margin)
    else:
        allowed = min(usual / tolerance.ratio, usual - tolerance.margin)
    if not 0.0 < allowed < 1.0:
        return None
    if usual <= 0.5:  # noqa: PLR2004 - half of them: the rarer kind
        return Facing(canary, control, usual, allowed)
    return Facing(canary.rest, control.rest, 1.0 - usual, 1.0 - allowed)


def share_gains(seen: Facing, dispersion: float) -> Sequence[float]:
    """Nats for each effect."""
    x, n_canary, edge = seen.canary.x, seen.canary.n, seen.edge
    both, n_control = x + seen.control.x, seen.control.n
    effects, logs = (RISES, RISE_LOGS) if edge >= 1.0 else (FALLS, FALL_LOGS)
    at_edge = edge * n_canary
    scale = both / dispersion
    x_scaled, base, log = x / dispersion, at_edge + n_control, math.log
    return [x_scaled * by - scale * log((at_edge * g + n_control) / base) for g, by in zip(effects, logs, strict=True)]


def excess_gains(bad: Counts, allowed: float, dispersion: float) -> Sequence[float]:
    """Nats for each effect, of the canary alone against a share that is allowed."""
    rest = max(bad.n - bad.x, 0.0)
    shares = [min(rise * allowed, 0.5 * (1.0 + allowed)) for rise in RISES]
    return [
        (bad.x * math.log(share / allowed) + rest * math.log((1.0 - share) / (1.0 - allowed))) / dispersion
        for share in shares
    ]


def proof_gain(seen: Facing, dispersion: float) -> float:
    """Nats for "alike" against "intolerably worse"."""
    x, n_canary, n_control = seen.canary.x, seen.canary.n, seen.control.n
    if seen.is_far:
        bad = min(INTOLERABLE_RISE * seen.allowed, 0.5 * (1.0 + seen.allowed))
        alike = x * math.log(seen.usual / bad) + (n_canary - x) * math.log((1.0 - seen.usual) / (1.0 - bad))
        return min(alike / dispersion, GAIN_MAX)
    bad = seen.edge * (INTOLERABLE_RISE if seen.edge >= 1.0 else INTOLERABLE_FALL)
    mean = math.log((n_canary + n_control) / (bad * n_canary + n_control))
    return min((-x * math.log(bad) - (x + seen.control.x) * mean) / dispersion, GAIN_MAX)


class Totals(NamedTuple):
    """Of a step: bad ones and all, canary and control."""

    canary_x: float = 0.0
    canary_n: float = 0.0
    control_x: float = 0.0
    control_n: float = 0.0


class Shares(NamedTuple):
    """Bad ones of all, canary against control."""

    fund: Fund = bets.opened(len(RISES))
    scatter: Scatter = Scatter()
    surge_x: float = 0.0
    surge_n: float = 0.0
    """The control's last looks, older ones counting less and less."""
    proof: float = 0.0
    totals: Totals = Totals()

    @property
    def worth(self) -> float:
        return self.fund.worth

    @property
    def is_surging(self) -> bool:
        """Whether the control's last looks are surely `SURGE` times its usual, by three standard deviations."""
        due = SURGE * self.rare * self.surge_n
        return self.surge_x - due > SURE_SURGE * math.sqrt(self.scatter.dispersion * max(due, 1.0))

    @property
    def rare(self) -> float:
        """The control's share of the rarer kind so far."""
        return min(self.scatter.share, 1.0 - self.scatter.share)

    def at_step(self) -> "Shares":
        return self._replace(fund=bets.placed(self.fund, RISE_SHARES, STARTS_AT_STEP), proof=0.0, totals=Totals())

    def then(self, canary: Counts, control: Counts, tolerance: Tolerance, part: float, *, higher: bool) -> "Shares":
        usual = self.scatter.share if self.scatter.n else (control.x + 0.5) / (control.n + 1.0)
        return self.told(facing(canary, control, usual, tolerance, higher=higher), canary, control, part)

    def told(self, seen: Facing | None, canary: Counts, control: Counts, part: float) -> "Shares":
        """One more look; `part` of the stake is placed on a beginning at it."""
        x_c, n_c, x_b, n_b = canary.x, canary.n, control.x, control.n
        if n_c <= 0 or n_b <= 0:
            return self
        scatter, sums, fund, proof = self.scatter, self.totals, self.fund, self.proof
        rare_x = x_b if seen is None else seen.control.x
        surge_x, surge_n = SURGE_MEMORY * self.surge_x + rare_x, SURGE_MEMORY * self.surge_n + n_b
        surges = surge_x >= SURGE_X_MIN and surge_x > SURGE * self.rare * surge_n
        if seen is None:
            fund = bets.placed(fund, RISE_SHARES, part)
        else:
            dispersion = scatter.dispersion
            edged = _widened(seen) if surges else seen
            if seen.is_far and not surges:
                # the control's last looks may be worse than its usual before it is called a surge, and before it shows
                allowed = max(seen.allowed, seen.allowed - seen.usual + (surge_x + UNSEEN) / surge_n)
                gains = excess_gains(seen.canary, min(allowed, 0.5 * (1.0 + seen.allowed)), dispersion)
                fund = bets.after(fund, RISE_SHARES, part, gains)
                proof += proof_gain(seen, dispersion)
            elif seen.canary.x + seen.control.x > 0:
                fund = bets.after(fund, RISE_SHARES, part, share_gains(edged, dispersion))
                proof += 0.0 if surges and seen.is_far else proof_gain(seen, dispersion)
            else:
                fund = bets.placed(fund, RISE_SHARES, part)
        totals = Totals(sums[0] + x_c, sums[1] + n_c, sums[2] + x_b, sums[3] + n_b)
        return Shares(fund, scatter.then(control), surge_x, surge_n, proof, totals)

    def interval(self) -> Interval | None:
        """Of the step so far."""
        sums = self.totals
        if not sums.canary_n or not sums.control_n:
            return None
        canary_x, control_x = sums.canary_x + 0.5, sums.control_x + 0.5
        ratio = canary_x / (sums.canary_n + 1) / (control_x / (sums.control_n + 1))
        return sequence(math.log(ratio), self.scatter.dispersion * (1 / canary_x + 1 / control_x))


def _widened(seen: Facing) -> Facing:
    """In an incident both sides differ more than on other days; what a proof must rule out stays what it was."""
    allowed = seen.allowed * SURGE_WIDENS if seen.edge >= 1.0 else seen.allowed / SURGE_WIDENS
    return seen._replace(allowed=min(allowed, 0.5 * (1.0 + seen.allowed)))


# ── answer times ─────────────────────────────────────────────────────────────────────────────────────────────────────

FARTHER_OUT = 4.0
"""The second bound is where a quarter of the share beyond the quantile remains: a tail may slow down alone."""
REFERENCE_GROWS = 2.0
"""The bounds are looked up again when the control has so many times more answers than when they were."""


def _share_above(reference: Buckets, seconds: float) -> float:
    """Inside a bucket the logarithm of the share falls linearly, as in an exponential tail; never quite zero."""
    above, low, total = reference.n, 0.0, reference.n + 1.0
    for bound, count in zip(reference.bounds, reference.counts, strict=False):
        if seconds < bound:
            at_low, at_high = (above + 0.5) / total, (above - count + 0.5) / total
            passed = max(0.0, seconds - low) / (bound - low)
            return at_low * math.exp(passed * math.log(at_high / at_low))
        above, low = above - count, bound
    return (above + 0.5) / total


def _seconds_at(reference: Buckets, share: float) -> float:
    """Where so large a share lies above: the inverse of `_share_above`, and never below a hundredth of a bucket."""
    above, low, total = reference.n, 0.0, reference.n + 1.0
    for bound, count in zip(reference.bounds, reference.counts, strict=False):
        at_low, at_high = (above + 0.5) / total, (above - count + 0.5) / total
        if share >= at_high:
            passed = math.log(min(share, at_low) / at_low) / math.log(at_high / at_low) if at_high < at_low else 1.0
            return low + (bound - low) * max(passed, 0.01)
        above, low = above - count, bound
    return low


class Cut(NamedTuple):
    """A bucket bound, the reference's usual share above it, and the share that a tolerated slowdown would give."""

    bound: float
    usual: float
    allowed: float


def cut_at(reference: Buckets, share: float, tolerance: Tolerance, *, higher: bool) -> Cut | None:
    """The bound next to where `share` of the reference's answers lie above; None where no bound is high enough."""
    at_most, wanted = list(accumulate(reference.counts[:-1])), (1.0 - share) * reference.n
    place = bisect_left(at_most, wanted)
    if place == len(at_most):
        return None
    bound, above = reference.bounds[place], reference.n - at_most[place]
    if higher:
        tolerated = min(bound / tolerance.ratio, bound - tolerance.margin)
    else:
        tolerated = max(bound * tolerance.ratio, bound + tolerance.margin)
    usual = (above + 0.5) / (reference.n + 1.0)
    allowed = _share_above(reference, tolerated) if tolerated > 0 else 1.0
    return Cut(bound, usual, allowed) if allowed < 1.0 else None


class Tails(NamedTuple):
    """Answers above two bounds, each as `Shares`; their mean is the evidence."""

    parts: tuple[Shares, ...] = (Shares(), Shares())
    cuts: tuple[Cut | None, ...] = (None, None)
    reference: Buckets | None = None
    cut_n: float = 0.0

    @property
    def worth(self) -> float:
        return sum([part.worth for part in self.parts]) / len(self.parts)

    @property
    def proof(self) -> float:
        """At the quantile itself."""
        return self.parts[0].proof

    def at_step(self) -> "Tails":
        return self._replace(parts=tuple(part.at_step() for part in self.parts))

    def then(
        self, canary: Buckets, control: Buckets, quantile: float, tolerance: Tolerance, part: float, *, higher: bool
    ) -> "Tails":
        reference, cuts, cut_n = self.reference or control, self.cuts, self.cut_n
        if reference.n >= REFERENCE_GROWS * cut_n and reference.n > 0:
            shares = ((1 - quantile), (1 - quantile) / FARTHER_OUT)
            cuts = tuple(cut_at(reference, share, tolerance, higher=higher) for share in shares)
            cut_n = reference.n
        known = {*canary.bounds} & {*control.bounds} if canary.bounds != control.bounds else canary.bounds
        parts = []
        for cut, shares_so_far in zip(cuts, self.parts, strict=True):
            if cut is None or cut.bound not in known:
                parts.append(shares_so_far)
                continue
            above, control_above = canary.over(cut.bound), control.over(cut.bound)
            seen = Facing(above, control_above, cut.usual, cut.allowed)
            parts.append(shares_so_far.told(seen, above, control_above, part))
        return Tails(tuple(parts), cuts, reference + control if self.reference else control, cut_n)

    def interval(self) -> Interval | None:
        """Of the answer times: by how much the reference would have to slow down to have as many slow answers."""
        cut, reference, shares = self.cuts[0], self.reference, self.parts[0].interval()
        if cut is None or reference is None or shares is None:
            return None
        return Interval(*(cut.bound / _seconds_at(reference, cut.usual * ratio) for ratio in shares))


# ── gauges ───────────────────────────────────────────────────────────────────────────────────────────────────────────

STRIDES = (0.5, 1.0, 2.0)
STRIDE_SHARES = (0.3, 0.4, 0.3)
STRIDE_MAX = 3.0
"""Standard deviations at which an innovation is cut."""
PROOF_STRIDE = 0.7
PROOF_LOOKS_MIN = 20
"""Until then the memory of a gauge is a guess, and a proof asks for more than a guess."""
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
        return self._replace(fund=fund, proof=0.0, step_looks=0, step_sum=0.0)

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
            sign = 1.0 if higher else -1.0
            beyond = _innovation(wander, seen, sign, edge)
            fund = bets.after(fund, STRIDE_SHARES, part, [stride * beyond - 0.5 * stride**2 for stride in STRIDES])
            if wander.looks >= PROOF_LOOKS_MIN:
                short = -_innovation(wander, seen, sign, 2 * allowed / size)
                proof += PROOF_STRIDE * short - 0.5 * PROOF_STRIDE**2
        return self._replace(
            fund=fund,
            wander=wander.then(seen),
            looks=looks,
            scale=scale,
            size=size,
            proof=proof,
            step_looks=self.step_looks + 1,
            step_sum=self.step_sum + ratio,
        )

    def interval(self) -> Interval | None:
        """Of the step so far."""
        if not self.step_looks or not self.wander.is_known:
            return None
        mean = self.step_sum / self.step_looks
        return sequence(mean, max(self.wander.long_run_variance * self.size**2 / self.step_looks, 1e-12))


def _innovation(wander: Wander, seen: float, sign: float, edge: float) -> float:
    """How far beyond `edge` a look is, less what its predecessor let expect; standard deviations, cut."""
    beyond = sign * seen - edge
    if wander.last is None:
        units = beyond / math.sqrt(wander.variance)
    else:
        memory = wander.memory
        units = (beyond - memory * (sign * wander.last - edge)) / math.sqrt(wander.step_variance)
    return max(-STRIDE_MAX, min(units, STRIDE_MAX))


# ── growth ───────────────────────────────────────────────────────────────────────────────────────────────────────────

SLOPES = (0.04, 0.15, 0.5)
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
        variance = self.wander.long_run_variance * self.size**2 / WANDER_INFLATION  # many looks: no need of a reserve
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
        return Growth(self.wander, past=self.bets)

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


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────

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


Stream = Shares | Tails | Levels | Growth | Excess | Oversteps
