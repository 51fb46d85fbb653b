"""Where an answer to a question may be given: in the release's own thread, in Songbird's own workspace.

A yes, a no and a decision are for what stands in that thread; a copy of a message elsewhere has the same buttons, and
is no question. The one thing a reader could forget: a form has no place of its own, so it carries the one that it was
opened in, and is asked again when it is sent.
"""

from dataclasses import dataclass

from slack_bolt.context.async_context import AsyncBoltContext

from bot.core.errors import Refused
from handlers.desk import Desk


@dataclass(frozen=True, slots=True)
class Place:
    """`team` is the workspace; `thread_ts` is empty outside a thread."""

    team: str | None
    channel: str
    thread_ts: str


def home_of(context: AsyncBoltContext) -> str | None:
    """The workspace that Songbird is installed in."""
    return context.authorize_result.team_id if context.authorize_result is not None else None


def must_be_in_its_thread(desk: Desk, release: str, place: Place, home: str | None) -> None:
    """Raises Refused anywhere but in the thread of the release."""
    if place.team != home:
        raise Refused(f"that was pressed in another workspace: {release} is asked about in its own")
    if desk.asking.release_of(place.channel, place.thread_ts) != release:
        raise Refused(f"that is not the thread of {release}: answer the question where it was asked")
