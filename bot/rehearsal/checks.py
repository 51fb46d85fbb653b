"""What a release's checks come to in a rehearsal, each at its own pace: a run takes no time.

The one thing to remember: no address of the plan is asked for anything. A check passes unless a fault says otherwise.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass, field

from bot.core.checks import Result
from bot.core.model import Phase, Release
from bot.core.plan import FULL


@dataclass
class Checks:
    """When each is tried next, by entry and name."""

    _next_at: dict[tuple[int, str], float] = field(default_factory=dict)

    def results(self, release: Release, now: float, failing: Collection[str]) -> tuple[Result, ...]:
        """Of all that is due where the release is. `failing`: names in the plan, with all their cells."""
        entry = release.entry
        assert entry is not None, "a check is tried in a step"
        exposure, watch = entry.exposure or FULL, release.phase is Phase.WATCHING
        found = []
        for name, check in release.plan.checks_of(release.stage).items():
            place = (entry.number, name)
            if check.concerns(exposure, watch=watch) and now >= self._next_at.get(place, 0.0):
                passed = name.split()[0] not in failing
                self._next_at[place] = math.inf if check.once and passed else now + check.every
                found.append(Result(name, now, now, passed, "passes" if passed else "fails, as was supposed"))
        return tuple(found)
