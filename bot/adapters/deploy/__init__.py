"""The deployer port: putting a version beside the live one, giving it traffic, looking, and taking it away again.

All four are idempotent: asked twice with the same values, the world is as after the first time. The one thing to
remember: a call whose outcome is `Unknown` may still land later, after newer ones. `generation` rises with every change
of desire, so a system that can compare refuses the older one, and `observe` tells what really came of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Target:
    """One version of one service in one environment. `name` is what people call the version."""

    service: str
    environment: str
    commit: str
    name: str


Observed = Mapping[str, float]
"""What is deployed in an environment: each commit's share of the traffic, in percent. Absent: not deployed."""


class Deployer(Protocol):
    """All raise `Temporary`, `Permanent` or `Unknown` of `bot.core.errors`. `key` is of the effect that asks."""

    async def deploy(self, target: Target, key: str) -> None:
        """Run the version with no traffic, and return once it is ready for some. Cancelling it stops the attempt."""

    async def set_exposure(self, target: Target, percent: float, generation: int) -> None:
        """Give the version this share, and the rest to what was live before. Permanent: a newer one is in force."""

    async def observe(self, service: str, environment: str) -> Observed:
        """What the system that splits the traffic says now. A read, so it never raises `Unknown`."""

    async def undo(self, target: Target, key: str) -> None:
        """Take the version away; what is not there is undone already."""
