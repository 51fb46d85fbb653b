"""Who did something, and through which door they came.

The one thing to remember: a name is for people to read; what counts is the id together with the door.
"""

from dataclasses import dataclass
from enum import StrEnum


class Door(StrEnum):
    """How somebody came in: what they may do without being named in the plan differs."""

    SLACK = "slack"
    SHELL = "shell"
    WEBHOOK = "webhook"
    SONGBIRD = "songbird"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. `id` is a Slack user id, a login name or a component of the bot."""

    id: str
    door: Door = Door.SLACK
    name: str = ""
    in_channel: bool = False
    """Whether Slack said that they are a member of the release's channel (lets them hold and roll back)."""
    groups: tuple[str, ...] = ()
    """The plan's user groups that Slack said they were in at that moment; what they did is recorded with them."""
    stands_for: tuple[str, ...] = ()
    """Who was away at that moment and had named them to do it instead; recorded as well."""


SONGBIRD = Actor("songbird", Door.SONGBIRD, "Songbird")
