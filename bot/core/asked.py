"""A command in its circumstances, and what is asked of people's words: what every function of a decision is given.

The one thing to remember: nothing is read in a decision; what it may know is in here.
"""

from dataclasses import dataclass

from bot.core.actors import Actor
from bot.core.errors import Refused
from bot.core.foreign import says_something
from bot.core.model import Entry, Release, Surroundings
from bot.core.settle import Here, is_owner_of_the_way_back

TEXT_LENGTH_MAX = 2_000
"""Characters of a reason, concern or caveat: fits a section of a Slack message (3,000) with its surroundings."""

ARTEFACT_LENGTH_MAX = 24_000
"""Characters of a text: what eight fields of a form hold, and more than anybody reads."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command in its circumstances."""

    release: Release
    around: Surroundings
    actor: Actor
    now: float

    @property
    def here(self) -> Here:
        return Here(self.release, self.around, self.now)

    @property
    def entry(self) -> Entry:
        assert self.release.entry is not None, f"{self.release.id} has entered no stage"
        return self.release.entry


def said(text: str, what: str) -> str:
    """The words; `what` needs them. Raises Refused."""
    words = text.strip()
    if not says_something(words):
        raise Refused(f"{what} needs its reason in words")
    if len(words) > TEXT_LENGTH_MAX:
        raise Refused(f"that is {len(words)} characters; {TEXT_LENGTH_MAX} fit")
    return words


def must_own_the_way_back(asked: Asked) -> None:
    """Raises Refused where a successor has the environment."""
    if not is_owner_of_the_way_back(asked.release, asked.around):
        holder = asked.around.holders[asked.release.environment or ""]
        raise Refused(f"{holder} has taken over from {asked.release.id}: roll that back instead")
