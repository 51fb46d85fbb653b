"""The charts port: a scene of `bot.views.charts` becomes a PNG.

`pictures` draws with matplotlib, the extra `songbird[charts]`; without it `why_not` says so, and whoever wanted a
picture shows `scene.numbers`. Drawing changes nothing, so it is idempotent. The one thing to remember: a picture is
never waited for by a rollout; where many are asked for at once, some are refused.
"""

from typing import Protocol

from bot.views.charts import Scene


class Artist(Protocol):
    def why_not(self) -> str | None:
        """Why no picture can be made here, with the fix, in words; None where they can."""

    async def draw(self, scene: Scene) -> bytes:
        """The picture as PNG, with the scene's alt text inside.

        Raises `Temporary` where too many are asked for at once, `Permanent` where it cannot be drawn at all.
        """

    async def close(self) -> None:
        """Finish the pictures that were asked for, and refuse all others."""
