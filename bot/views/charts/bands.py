"""How sure a value is: the band around a share, a quantile, a gauge.

Each band is for one point read alone (95 %), to show how much is noise. The one thing to remember: nothing is decided
here. Whoever looks at many points sees some outside their bands, which is why the judge weighs evidence over all looks
(`bot.analysis.evidence`) and these bands do not.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

from bot.analysis.shapes import Buckets, Counts

Z = 1.96
"""Standard deviations that hold 95 % of a normal distribution."""


class Band(NamedTuple):
    low: float
    high: float


def of_share(counts: Counts) -> Band:
    """The score interval of `x` of `n` (Wilson, JASA 22, 1927): sensible for no hits at all, and within 0 to 1."""
    assert counts.n > 0, "a share of nothing has no band"
    share, n = min(counts.x / counts.n, 1.0), counts.n
    centre = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return Band(min(max(centre - half, 0.0), share), max(min(centre + half, 1.0), share))


def of_quantile(buckets: Buckets, q: float) -> Band:
    """Between two order statistics: the q-quantile lies between ranks n·q ± z·√(n·q·(1-q)).

    David & Nagaraja, Order Statistics (2003), section 7.1, with the binomial taken as normal. Ranks are turned into
    values as the quantile itself is, linearly inside a bucket; what lies above the last bound is put at it.
    """
    assert buckets.n > 0, "a quantile of nothing has no band"
    half = Z * math.sqrt(q * (1 - q) / buckets.n)
    low = buckets.quantile(max(q - half, 0.0))
    high = buckets.quantile(q + half) if q + half < 1 else math.inf
    return Band(at_most(low, buckets), at_most(high, buckets))


def at_most(value: float, buckets: Buckets) -> float:
    """The value, or the last bound for what lies above it: no more is known."""
    return min(value, buckets.bounds[-1])


def of_readings(readings: Iterable[float]) -> Band:
    """From the lowest to the highest: what was read, of all processes and looks, and no formula."""
    seen = sorted(readings)
    return Band(seen[0], seen[-1])
