"""The chat port: saying a thing once, and keeping a message in step.

Nothing here retries; the outbox does, and asks `find` first when an attempt may have gone through. The one thing to
remember: `post` is the only method that is not idempotent. Every post carries its effect's key as message metadata, and
`find` looks for it.
"""

from dataclasses import dataclass
from typing import Protocol

from bot.views.rendered import Rendered

METADATA_EVENT_TYPE = "songbird_effect"
"""The `event_type` of every message's metadata; its payload is {"key": effect key}."""


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands. `channel` is Slack's id of it, whatever name the plan used."""

    channel: str
    ts: str


class Chat(Protocol):
    """All raise `Temporary`, `Permanent` or `Unknown` of `bot.core.errors`."""

    async def post(
        self, channel: str, rendered: Rendered, key: str, thread_ts: str | None = None, *, broadcast: bool = False
    ) -> Posted:
        """Post once. NOT idempotent."""

    async def find(self, channel: str, key: str, thread_ts: str | None = None) -> Posted | None:
        """The message that carries this key, if it is there. A read."""

    async def edit(self, place: Posted, rendered: Rendered, key: str) -> None:
        """Make the message look like this. Idempotent."""

    async def members(self, channel: str) -> frozenset[str]:
        """User ids in the channel. A read; may be cached for a minute."""
