"""Where an answer to a question may be given: in the release's own thread, by somebody of Songbird's own workspace.

A yes, a no and a decision are for what stands in that thread; a copy of a message elsewhere has the same buttons, and
is no question. In a channel that is shared with another company its people see the thread as well, and are not asked.
The one thing a reader could forget: a form has no place of its own, so it carries the one that it was opened in, and is
asked again when it is sent.
"""

from dataclasses import dataclass

from bot.core.errors import Refused
from handlers.desk import Desk


@dataclass(frozen=True, slots=True)
class Place:
    """`teams` are the workspaces of which Slack speaks (`teams_of`); `thread_ts` is empty outside a thread."""

    teams: tuple[str | None, ...]
    channel: str
    thread_ts: str


async def must_be_in_its_thread(desk: Desk, release: str, place: Place) -> None:
    """Raises Refused anywhere but in the thread of the release."""
    if not (await desk.home()).is_home_of(place.teams):
        raise Refused(f"that came from another workspace: {release} is answered by people of its own")
    if desk.asking.release_of(place.channel, place.thread_ts) != release:
        raise Refused(f"that is not the thread of {release}: answer the question where it was asked")
