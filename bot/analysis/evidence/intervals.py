"""A ratio with its confidence sequence: an interval that holds at every look, not only at one chosen in advance."""

import math
from typing import NamedTuple

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
