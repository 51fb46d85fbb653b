"""The Home tab: what waits for whoever looks, what else is moving, and how to begin.

The one thing to remember: it is published when somebody opens it, and is as old as that.
"""

from collections.abc import Sequence

from bot.core.gates import waiting
from bot.core.model import Release
from bot.views.answers import help_text, lines, release_list
from bot.views.blocks import divider, header
from bot.views.rendered import Block

BLOCKS_MAX = 100


def home(moving: Sequence[Release], now: float, person: str) -> Block:
    """A view for `person`, a Slack user id, as `views.publish` takes it."""
    mine = [release for release in moving if (here := waiting(release, now)) is not None and person in here.whom]
    rest = [release for release in moving if release not in mine]
    shown: list[Block] = []
    if mine:
        shown += [header("Waiting for you"), *lines(mine, now), divider()]
    if rest or not mine:
        shown += [header("Releases"), *release_list(rest, now).blocks, divider()]
    shown += [header("Commands"), *help_text().blocks]
    return {"type": "home", "blocks": shown[:BLOCKS_MAX]}
