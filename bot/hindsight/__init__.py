"""A plan over the past: what the bot would have held, rolled back and passed, had it run with this plan.

The judge compares two sides, and most of history has one. So there are three replays, side by side in one pass:

- `deploys`: each deploy whose two versions ran side by side, as it was. What became of it is known, so a rollback of a
  good one is a false one, and a bad one that passed is a miss.
- `halves`: while one version runs, its processes in two halves, one as canary of the other. Nothing differs but chance
  and the machines, so whatever is rolled back there is a false rollback.
- `alone`: at full exposure, where limits are all there is: how often, for how long, how far beyond.

`course` plays one release by `decide` and the judge; `ladder` asks other tolerances the same; `recorded` reads the
past, `told` puts it into words. The one thing to remember: it is a fold over looks, oldest first, and keeps what the
judge keeps; a year needs hardly more memory than an hour.
"""

from bot.hindsight.backtest import Backtest, stage_of
from bot.hindsight.deploys import Deploy

__all__ = ["Backtest", "Deploy", "stage_of"]
