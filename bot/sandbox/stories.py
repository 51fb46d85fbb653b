"""The demo's stories, played by themselves: who does what, how it should end, and what is told about it.

One JSON object a line goes to standard output: journal events, Slack calls, and a summary at the end. The exit code is
0 only when the story ended as it should, with no message twice. The one thing to remember: a story touches the bot only
as people and accidents do, through Slack and through SIGKILL; the database is read, never written.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.core import events as e
from bot.core.errors import Misconfigured
from bot.core.evolve import fold
from bot.core.model import Phase, Release, Rollback
from bot.sandbox.demo import World, world
from bot.sandbox.people import ADA, PRIYA, RELEASES, VICTOR, LostPatienceError, People
from bot.store.codec import encode
from bot.store.sqlite import SqliteStore

STORY_SECONDS_MAX = 240.0
QUIET_SECONDS = 3.0
"""After the ending: the last words are posted, and a message that came twice would be seen."""

TELL_SECONDS = 0.2


@dataclass
class Play:
    """A story on its way: the world, its people, and the bot's database to read."""

    world: World
    people: People
    store: SqliteStore
    release_id: str = "shop-1"

    def release(self) -> Release | None:
        journal = self.store.journal(self.release_id)
        return fold(journal) if journal else None

    async def until(self, true: Callable[[Release], bool], what: str) -> Release:
        """Until the release is so. Raises LostPatienceError."""
        try:
            async with asyncio.timeout(STORY_SECONDS_MAX):
                while (release := self.release()) is None or not true(release):
                    await asyncio.sleep(TELL_SECONDS)
                return release
        except TimeoutError:
            raise LostPatienceError(f"{self.release_id} did not come to {what}") from None

    async def ended(self) -> Release:
        return await self.until(lambda release: release.phase.is_ending, "an ending")

    async def approve(self, shows: str = "") -> None:
        """Once the question shows these words: a yes to it as it was before would not count."""
        for person in (PRIYA, VICTOR):
            await self.people.press(person, "approve", shows)


# ── the stories ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def good(play: Play) -> bool:
    await play.people.type(ADA, "/stage", "shop v1.1.0")
    await play.approve()
    return (await play.ended()).phase is Phase.HEALTHY


async def bad(play: Play) -> bool:
    await play.people.type(ADA, "/stage", "shop v1.2.0")
    await play.approve()
    release = await play.ended()
    return release.phase is Phase.ROLLED_BACK and release.blocks_build


async def concern(play: Play) -> bool:
    await play.people.type(ADA, "/stage", "shop v1.1.0")
    await play.people.press(VICTOR, "concern")
    text = {"type": "plain_text_input", "value": "Nobody will find the Customize button without a tooltip."}
    severity = {"type": "radio_buttons", "selected_option": {"value": "minor"}}
    await play.people.fill_in(VICTOR, "concern", text=text, severity=severity)
    await play.people.press(PRIYA, "decide_concern")
    caveat = {"type": "radio_buttons", "selected_option": {"value": "caveat"}}
    words = {"type": "plain_text_input", "value": "The tooltip follows next week; support knows."}
    await play.people.fill_in(PRIYA, "decide_concern", decision=caveat, words=words)
    await play.approve(shows=words["value"])
    release = await play.ended()
    return release.phase is Phase.HEALTHY and len(release.caveats) == 1


async def restart(play: Play) -> bool:
    """Killed in the middle of the canary, and once more between a post that Slack has and its record here."""
    await play.people.type(ADA, "/stage", "shop v1.1.0")
    await play.approve()
    await play.until(lambda release: len(release.exposures) > 1, "its second step in production")
    await play.world.kill_bot()
    await play.world.wait_until_connected()
    play.world.workspace.fault({"fault": "slow", "method": "chat.postMessage", "channel": RELEASES, "seconds": 30})
    while play.world.workspace.faults.waiting:
        await asyncio.sleep(0.02)
    await play.world.kill_bot()
    release = await play.ended()
    return release.phase is Phase.HEALTHY and play.world.starts == 3  # noqa: PLR2004 - one start and two kills


STORIES: dict[str, Callable[[Play], Awaitable[bool]]] = {
    "good": good,
    "bad": bad,
    "concern": concern,
    "restart": restart,
}


# ── telling ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def play(story: str, *, over_http: bool, measured: bool) -> int:
    """Play one story to its end; the exit code. Raises Misconfigured for a name that is none."""
    if story not in STORIES:
        raise Misconfigured(f"there is no story {story!r}; there is: {', '.join(STORIES)}")
    began = time.monotonic()
    async with world(over_http=over_http, measured=measured) as running, People(running.workspace.url) as people:
        await running.start_bot()
        await running.wait_until_connected()
        store = running.store()
        playing = Play(running, people, store)
        telling = asyncio.create_task(_tell(playing))
        try:
            as_it_should = await STORIES[story](playing)
        except LostPatienceError as error:
            _line({"kind": "error", "error": str(error), "log": running.last_log()})
            as_it_should = False
        await asyncio.sleep(QUIET_SECONDS)
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling
        summary = _summary(story, playing, time.monotonic() - began)
        _line(summary)
        store.close()
        return 0 if as_it_should and not summary["duplicates"] else 1


async def _tell(play: Play) -> None:
    """Print what is new in the journals and in Slack's log, as it comes."""
    told: dict[str, int] = {}
    calls = 0
    while True:
        for name in reversed(play.store.release_ids()):
            for recorded in play.store.journal(name, after=told.get(name, 0)):
                told[name] = recorded.version
                _line({"kind": "event", **_event(recorded)})
        log = list(play.world.workspace.web_api.calls)
        for call in log[calls:]:
            _line({"kind": "slack", **call.to_json()})
        calls = len(log)
        await asyncio.sleep(TELL_SECONDS)


def _event(recorded: e.Recorded) -> dict[str, Any]:
    body = json.loads(encode(recorded.event).body)
    body.pop("plan", None)  # a page long, and the same for every release
    return {
        "release": recorded.release,
        "version": recorded.version,
        "at": recorded.at,
        "actor": recorded.actor.id,
        "type": type(recorded.event).__name__,
        "body": body,
    }


def _summary(story: str, play: Play, seconds: float) -> dict[str, Any]:
    release, calls = play.release(), play.world.workspace.calls()
    back = release.rollback if release else None
    onset = min((f.since for f in back.verdict.failing if f.since), default=None) if back and back.verdict else None
    return {
        "kind": "summary",
        "story": story,
        "phase": release.phase if release else None,
        "exposures": list(release.exposures) if release else [],
        "detection_seconds": round(back.started_at - onset, 2) if back and onset else None,
        "exposed_seconds": _exposed_seconds(play, back),
        "rollback_seconds": round(back.seconds, 2) if back and back.seconds is not None else None,
        "posts": calls["posts"],
        "edits": calls["edits"],
        "duplicates": len(calls["duplicates"]),
        "bot_starts": play.world.starts,
        "seconds": round(seconds, 1),
    }


def _exposed_seconds(play: Play, back: Rollback | None) -> float | None:
    """From the exposure at which it broke, read back, to the rollback: an upper bound of the detection time."""
    reached = [one.at for one in play.store.journal(play.release_id) if isinstance(one.event, e.ExposureReached)]
    return round(back.started_at - reached[-1], 2) if back and reached else None


def _line(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()
