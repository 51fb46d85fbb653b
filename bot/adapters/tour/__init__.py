"""The tour port: pictures of the running staging build, one for each stop of the plan's tour.

`take` is not idempotent: on staging it presses what the plan says, once more each time. It changes nothing else, and no
tour fails its caller: what could not be had is said in words, and the textual walkthrough stands. The one thing to
remember: whatever can be seen in a picture came from outside; it is shown and never believed.
"""

from dataclasses import dataclass, field
from typing import Protocol

from bot.core.plan import Plan


@dataclass(frozen=True, slots=True)
class Shot:
    """One stop as it was found. `number` is its place in the whole tour, so it is the number in the text as well.

    `after` and `before` are PNG files: staging with the new version, and production as it was, where both could be had.
    `failure` says in words what went wrong at this stop; `after` then shows where it stood.
    """

    number: int
    caption: str
    alt: str
    after: bytes | None = field(repr=False)
    before: bytes | None = field(default=None, repr=False)
    alt_before: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a tour brought home. `note` says why there are no pictures, or fewer than stops; empty when all is well.

    `blocked` are hosts that the pages asked for and the plan does not allow.
    """

    shots: tuple[Shot, ...] = ()
    note: str = ""
    blocked: tuple[str, ...] = ()


class Tours(Protocol):
    """Raises nothing of its own."""

    def why_not(self) -> str:
        """Why no pictures can be taken on this machine, with the fix; empty when they can."""

    async def take(self, plan: Plan, version: str) -> Taken:
        """Go through the stops of the plan. Bounded by the plan's `walkthrough.time_max`, and a little for the ends."""
