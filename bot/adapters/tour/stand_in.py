"""A tour without a browser: each stop has a picture of one point, red for staging and blue for production.

To forget: with `reason` set there is no browser, and the tour says so, as the real one does.
"""

import struct
import zlib
from dataclasses import dataclass, field

from bot.adapters.tour import Taken
from bot.adapters.tour.told import shot_of, without_pictures
from bot.core.plan import Plan
from bot.core.tour import Stop

RED, BLUE = b"\xd0\x20\x40", b"\x20\x40\xd0"


@dataclass
class StandInTours:
    """`failures`, by number: what goes wrong at a stop. `taken` are the versions that were shown.

    `blocked` are the hosts that its pages would have asked.
    """

    reason: str = ""
    failures: dict[int, str] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    blocked: tuple[str, ...] = ()

    def why_not(self) -> str:
        return self.reason

    async def take(self, plan: Plan, version: str) -> Taken:
        if plan.walkthrough is None or self.reason:
            return without_pictures(plan, self.reason)
        self.taken.append(version)
        has_before = plan.walkthrough.production is not None
        shots = (
            shot_of(
                plan,
                version,
                number,
                stop,
                after=_point(RED),
                before=_point(BLUE) if has_before and stop.only_looks else None,
                failure=self.failures.get(number, ""),
            )
            for number, stop in enumerate(plan.stops, 1)
            if isinstance(stop, Stop)
        )
        return Taken(tuple(shots), blocked=self.blocked)


def _point(color: bytes) -> bytes:
    """A PNG file of one point."""
    parts = (b"IHDR" + struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0), b"IDAT" + zlib.compress(b"\0" + color), b"IEND")
    chunks = (struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
