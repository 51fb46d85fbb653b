"""What each kind of metric's looks speak for "worse than tolerated", in nats: five recursions over one idea.

A stream has a `worth` (the e-value of its bets), a `proof` (nats for "hardly different" against "intolerably worse", in
this step alone), an `interval`, and `at_step`, which begins a step. How a look goes in differs with what was counted.

Where it breaks: dispersion, memory and margins are estimates, so the guarantee is conditional on them; dividing by a
dispersion is exact only for clusters of one size, and the most that one look may gain covers the rest. Whatever
disturbs only the canary for more than about three looks is evidence, whatever its cause. The one thing to remember:
no look brings evidence unless both sides were read; missing is never zero.
"""

from bot.analysis.evidence.intervals import Interval
from bot.analysis.evidence.levels import Growth, Levels
from bot.analysis.evidence.limits import Excess, Oversteps
from bot.analysis.evidence.shares import Shares
from bot.analysis.evidence.tails import Tails

Stream = Shares | Tails | Levels | Growth | Excess | Oversteps

__all__ = ["Excess", "Growth", "Interval", "Levels", "Oversteps", "Shares", "Stream", "Tails"]
