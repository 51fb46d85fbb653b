"""Evidence from answer times: the shares above two bucket bounds, canary against control, each as `Shares`.

The bounds lie at the control's quantile and farther out. How large a share of slow answers a tolerated slowdown would
give is read off the control's own histogram, inside whose buckets the tail is taken to be exponential. The one thing to
remember: what is tolerated is a slowdown in seconds, what is counted are slow answers; `interval` goes back to seconds.
"""

import math
from bisect import bisect_left
from itertools import accumulate
from typing import NamedTuple

from bot.analysis.evidence.intervals import Interval
from bot.analysis.evidence.shares import Facing, Shares
from bot.analysis.shapes import Buckets, Counts
from bot.core.metric import Tolerance

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


def _above(shown: Buckets, bound: float) -> float:
    return sum(shown.counts[shown.bounds.index(bound) + 1 :])


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
        canary_n, control_n = canary.n, control.n
        parts = []
        for cut, so_far in zip(cuts, self.parts, strict=True):
            if cut is None or cut.bound not in known:
                parts.append(so_far)
                continue
            above = Counts(_above(canary, cut.bound), canary_n)
            control_above = Counts(_above(control, cut.bound), control_n)
            seen = Facing(above, control_above, cut.usual, cut.allowed)
            parts.append(so_far.told(seen, above, control_above, part))
        return Tails(tuple(parts), cuts, reference + control if self.reference else control, cut_n)

    def interval(self) -> Interval | None:
        """Of the answer times: by how much the reference would have to slow down to have as many slow answers."""
        cut, reference, shares = self.cuts[0], self.reference, self.parts[0].interval()
        if cut is None or reference is None or shares is None:
            return None
        return Interval(*(cut.bound / _seconds_at(reference, cut.usual * ratio) for ratio in shares))
