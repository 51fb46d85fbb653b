"""The looks of a line, watched for one direction with the very code that watches a release."""

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from bot.analysis.bets import Fund
from bot.analysis.evidence import Levels, Shares
from bot.analysis.evidence.levels import STRIDE_SHARES
from bot.analysis.evidence.shares import RISE_SHARES
from bot.analysis.judge import LOOKS_EXPECTED_MIN
from bot.analysis.lines.line import Direction
from bot.analysis.lines.looks import Look
from bot.analysis.shapes import Counts
from bot.core.metric import Tolerance

ONSET_NATS = 0.5
"""Within which two looks are about as likely the first."""


class Watched(NamedTuple):
    """What a watch for one direction ended with."""

    direction: Direction
    stream: Shares | Levels
    most: float
    """The largest e-value there was."""
    alarm: int | None
    """The look at which it sufficed."""
    onset: int
    """The look at which what it won by the alarm began."""
    proof: float
    """Nats for "no worse"; infinite where a share so large cannot become worse than tolerated."""


def watched(looks: Sequence[Look], direction: Direction, tolerance: Tolerance, enough: float) -> Watched:
    """`enough`: the e-value that is a fail."""
    are_shares = bool(looks) and isinstance(looks[0].canary, Counts)
    stream: Shares | Levels = Shares().at_step() if are_shares else Levels().at_step()
    part, higher = 1.0 / max(LOOKS_EXPECTED_MIN, len(looks)), direction == "increase"
    funds = [stream.fund]
    for _, canary, control in looks:
        stream = stream.then(canary, control, tolerance, part, higher=higher)  # type: ignore[arg-type] # all looks have the stream's shape
        funds.append(stream.fund)
    worths = [fund.worth for fund in funds]
    alarm = next((at for at, worth in enumerate(worths[1:]) if worth >= enough), None)
    onset = 0 if alarm is None else _onset(funds[: alarm + 2], RISE_SHARES if are_shares else STRIDE_SHARES)
    cannot = isinstance(stream, Shares) and higher and bool(looks) and stream.scatter.share * tolerance.ratio >= 1.0
    return Watched(direction, stream, max(worths), alarm, onset, math.inf if cannot else stream.proof)


def _onset(funds: Sequence[Fund], shares: Sequence[float]) -> int:
    """The most likely first look of what the fund's best bet has won by: where its sum was least (Page 1954).

    Among looks that are about as likely, the earliest: what was bad from the start was so while nothing was known yet.
    """
    best = max(range(len(shares)), key=funds[-1].bets.__getitem__)
    placed = [old.bets[best] + (old.kept - new.kept) * shares[best] for old, new in pairwise(funds)]
    gains = [math.log(max(fund.bets[best] / stake, 1e-300)) for fund, stake in zip(funds[1:], placed, strict=True)]
    sums = list(accumulate(gains[:-1], initial=0.0))
    least = min(sums)
    return next(at for at, won in enumerate(sums) if won <= least + ONSET_NATS)
