"""The Home tab: what waits for whoever looks, what is given up, what else is moving, what is locked or frozen.

The one thing to remember: it is published when somebody opens it, and is as old as that.
"""

from collections.abc import Sequence

from bot.core.gates import is_awaited
from bot.core.model import Bar, Release
from bot.views.answers import help_text, lines, release_list
from bot.views.bars import bar_lines
from bot.views.blocks import context, divider, header, section
from bot.views.mrkdwn import foreign
from bot.views.rendered import Block

BLOCKS_MAX = 100

GIVEN_UP_SHOWN_MAX = 5
"""The newest; who looks into these finds the others in the log."""

REASON_MAX = 300


def home(
    moving: Sequence[Release],
    now: float,
    person: str,
    given_up: Sequence[tuple[str, str]] = (),
    bars: Sequence[Bar] = (),
    groups: frozenset[str] = frozenset(),
) -> Block:
    """A view for `person`, a Slack user id, as `views.publish` takes it.

    `given_up`: effects' keys and reasons. `groups`: the user groups that the person is in.
    """
    mine = [release for release in moving if is_awaited(release, now, person, groups)]
    rest = [release for release in moving if release not in mine]
    shown: list[Block] = []
    if mine:
        shown += [header("Waiting for you"), *lines(mine, now), divider()]
    shown += _left_to_people(given_up)
    if rest or not mine:
        shown += [header("Releases"), *release_list(rest, now).blocks, divider()]
    if bars:
        shown += [header("Locked and frozen"), *bar_lines(bars, now), divider()]
    shown += [header("Commands"), *help_text().blocks]
    return {"type": "home", "blocks": shown[:BLOCKS_MAX]}


def _left_to_people(given_up: Sequence[tuple[str, str]]) -> list[Block]:
    """What was asked of the world and failed for good, the newest first: nobody else may have said so."""
    if not given_up:
        return []
    newest = list(reversed(given_up))
    told = [
        f":warning: *{foreign(key.partition('/')[0], 80)}* · {_attempt(key)}: {foreign(reason, REASON_MAX)}"
        for key, reason in newest[:GIVEN_UP_SHOWN_MAX]
    ]
    older = len(newest) - len(told)
    listed = (section("\n".join(told)), context(f"and {older} older" if older else ""))
    return [header("Given up: somebody should look"), *(block for block in listed if block is not None), divider()]


def _attempt(key: str) -> str:
    """What an effect tried, by the end of its key (`bot.core.effects`)."""
    _release, _version, kind, *about = key.split("/")
    match kind:
        case "post":
            return f"could not post in its {'thread' if about[0] in ('thread', 'broadcast') else 'channels'}"
        case "announce":
            return f"could not announce it in {foreign('/'.join(about), 80)}"
        case "page":
            return "could not call the people on call"
        case "incident":
            return "could not file its incident"
        case "prepare" | "deploy":
            return f"could not {kind} it"
        case "undo":
            return "could not take it away again"
        case "supersede" | "next":
            return f"could not tell {foreign('/'.join(about), 80)} about it"
        case text:
            return f"could not write its {foreign(text, 80)}"
