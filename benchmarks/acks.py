"""How soon a press is acknowledged, beside a Bolt app that does nothing else; both pressed in turn, 50 times a second.

The bot is the whole product in its own process, with a release in staging that it looks at every second. Half of the
presses ask for the status, half approve as somebody who may not: parsed, looked up, decided in a transaction and
refused, before the ack. The time is from the envelope leaving the workspace to the ack coming back.
"""

import asyncio
from collections.abc import AsyncIterator
from itertools import chain

from benchmarks.bare import PRESS, Bare, bare
from benchmarks.figures import Figure, Wishes, percentile
from benchmarks.staged import Button, find, idle_world, stage
from bot.sandbox.demo import World
from bot.sandbox.people import OMAR, RELEASES
from bot.sandbox.workspace import Workspace

PRESSES = 200
PER_SECOND = 50.0
WARM_UP = 20
"""Imports, connections and caches of the first presses are nobody's daily life."""

Presser = tuple[Workspace, list[Button]]


async def run(_wishes: Wishes) -> AsyncIterator[Figure]:
    async with idle_world() as running, bare() as simple:
        pressers = [await _bot(running), _bare(simple)]
        await _press(pressers, WARM_UP)
        taken = [len(workspace.delivery.sent) for workspace, _ in pressers]
        await _press(pressers, PRESSES)
        (bot, theirs) = (_acks(workspace, since) for (workspace, _), since in zip(pressers, taken, strict=True))
    for percent in (50, 99):
        ours, simplest = percentile([*chain(*bot.values())], percent), percentile(theirs[PRESS], percent)
        yield Figure("acks", f"p{percent} of {PRESSES} presses, the bot", ours * 1000, "ms")
        for name, acks in sorted(bot.items()):
            yield Figure(
                "acks", f"p{percent} of {len(acks)} presses of {name}, the bot", percentile(acks, percent) * 1000, "ms"
            )
        yield Figure("acks", f"p{percent} of {PRESSES} presses, a Bolt app that only acks", simplest * 1000, "ms")
        yield Figure("acks", f"p{percent}, the bot / a Bolt app that only acks", ours / simplest)


async def _bot(running: World) -> Presser:
    approve = await stage(running)
    status = find(running, "status")
    assert status is not None, "the card has a status button"
    return running.workspace, [status, approve]


def _bare(simple: Bare) -> Presser:
    return simple.workspace, [Button(simple.ts, "all", PRESS)]


async def _press(pressers: list[Presser], times: int) -> None:
    """Each presser's buttons in turn, the pressers half a period apart."""
    began, pressed = asyncio.get_running_loop().time(), []
    for number in range(times * len(pressers)):
        each, which = divmod(number, len(pressers))
        workspace, buttons = pressers[which]
        due = began + number / (PER_SECOND * len(pressers))
        await asyncio.sleep(due - asyncio.get_running_loop().time())
        button = buttons[each % len(buttons)]
        action = {"block_id": button.block_id, "action_id": button.action_id}
        pressed.append(asyncio.create_task(workspace.interactions.action(OMAR, RELEASES, button.ts, action)))
    await asyncio.gather(*pressed)


def _acks(workspace: Workspace, since: int) -> dict[str, list[float]]:
    """Seconds by button, of the envelopes that were sent after the first `since`."""
    found: dict[str, list[float]] = {}
    for sent in list(workspace.delivery.sent)[since:]:
        assert sent.ack_seconds is not None, f"{sent.what} was not acknowledged: {sent.error}"
        found.setdefault(sent.what, []).append(sent.ack_seconds)
    return found
