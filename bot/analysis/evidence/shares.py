"""Evidence from counts: bad ones of all, canary against control, or of the new version alone.

Given the K bad ones of both sides together, those of the canary are Binomial(K, r n_c / (r n_c + n_b)) where r is the
ratio of their rates (Przyborowski and Wilenski 1940). A bet on r = g r0 against the edge r0 of the tolerance gains
x_c ln g - K ln((g r0 n_c + n_b) / (r0 n_c + n_b)), divided by the dispersion. Whatever both sides share, an incident
behind them or a rush of traffic, cancels out.

Where the margin allows many times what the control shows, its few bad ones are no measure: then the canary's share is
held against the usual one and the margin (`is_far`), as against a limit. The one thing to remember: an incident on
both sides is looked for before that, because nothing cancels there.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from bot.analysis import bets
from bot.analysis.bets import GAIN_MAX, STARTS_AT_STEP, Fund
from bot.analysis.evidence.intervals import Interval, sequence
from bot.analysis.noise import Scatter
from bot.analysis.shapes import Counts
from bot.core.metric import Tolerance

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
