"""The chat ports: saying a thing once and keeping a message in step, pictures, answers told as they come, who is who.

Nothing here retries; the outbox does, and asks `find` first when an attempt may have gone through. The one thing to
remember: `post` is the only method of `Chat` that is not idempotent. Every post carries its effect's key as message
metadata, and `find` looks for it. A picture that is uploaded twice harms nobody; an answer is told at most once, and is
lost when the bot dies meanwhile.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.views.rendered import Block, Rendered

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


class Pictures(Protocol):
    """Pictures that a message can show by their id."""

    async def upload(self, name: str, png: bytes, alt: str) -> str:
        """The id for an image block. Nobody sees the picture before a message shows it.

        May be repeated: what an attempt too many leaves behind is a file that is shown nowhere. So whatever has no
        answer raises `Temporary`, never `Unknown`; what will never be taken raises `Permanent`.
        """


class Telling(Protocol):
    """Answers that appear while they are being found."""

    async def tell(self, channel: str, thread_ts: str, person: str, sentences: AsyncIterator[str]) -> Posted | None:
        """Say in the thread what comes, as it comes; None when nothing came. NOT idempotent.

        Every sentence is foreign text: nothing in it acts, however it is spelled. A line break in it is one. What
        fails while the sentences are made is logged and ends the answer with what there is. Raises as `Chat` does
        when nothing of it could be said.
        """


class Homes(Protocol):
    """The page that each person has with Songbird."""

    async def publish(self, person: str, view: Block) -> None:
        """Show this, in the place of what was shown. Idempotent; raises as `Chat` does."""

    async def link(self, message: Posted) -> str:
        """The address of a message; empty when nobody says it in time."""


class Directory(Protocol):
    """Who is who. Reads, which may be repeated; they raise `Temporary` or `Permanent`."""

    async def by_email(self, addresses: Collection[str]) -> Mapping[str, str]:
        """User ids by address; an address that belongs to nobody is left out."""

    async def members(self, group: str) -> frozenset[str]:
        """User ids in a user group; may be cached for a minute."""

    async def offsets(self, people: Collection[str]) -> Mapping[str, int]:
        """Where each clock stands now, in seconds east of UTC; who is not known is left out."""
