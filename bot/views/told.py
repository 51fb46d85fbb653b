"""What a message about an event is made from, and how its words become a message.

The one thing to remember: in the release's thread everybody knows which release is meant; everywhere else, and in
every notification, it is named.
"""

from dataclasses import dataclass

from bot.core.events import Recorded
from bot.core.model import Release
from bot.core.rooms import Room
from bot.core.verdict import Verdict
from bot.views import blocks
from bot.views.rendered import Block, Rendered
from bot.views.words import called


@dataclass(frozen=True, slots=True)
class Told:
    """An event in its place. `release` is folded up to and including it, `before` up to the event before it."""

    recorded: Recorded
    release: Release
    room: Room
    before: Release | None = None

    @property
    def at(self) -> float:
        return self.recorded.at

    @property
    def verdict_before(self) -> Verdict | None:
        """What the judge had said last before this event, in the entry of that time."""
        return self.before.entry.verdict if self.before is not None and self.before.entry is not None else None

    def say(self, mrkdwn: str, *more: Block | None, is_signed: bool = True, button: Block | None = None) -> Rendered:
        """One sentence or two, perhaps with a button beside it, and what belongs to it.

        Unsigned where a button leads to the release.
        """
        name = f"{called(self.release)} · `/release status {self.release.id}`"
        context = None if self.room is Room.THREAD or not is_signed else blocks.context(name)
        first, *_ = mrkdwn.split("\n", maxsplit=1)
        said = blocks.section(mrkdwn, accessory=button)
        return blocks.rendered(f"{self.release.id}: {first}", said, *more, context)
