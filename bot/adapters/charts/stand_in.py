"""Pictures without matplotlib: one grey pixel each, and the scenes that were asked for.

To forget: with `reason` it says that it cannot draw, as a machine without the extra does.
"""

import base64
from dataclasses import dataclass, field

from bot.core.errors import Permanent
from bot.views.charts import Scene

PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==")


@dataclass
class StandInArtist:
    reason: str | None = None
    drawn: list[Scene] = field(default_factory=list)

    def why_not(self) -> str | None:
        return self.reason

    async def draw(self, scene: Scene) -> bytes:
        if self.reason is not None:
            raise Permanent(self.reason)
        self.drawn.append(scene)
        return PIXEL

    async def close(self) -> None:
        self.reason = "the artist is closed"
