"""Two hundred releases at once in one workspace that holds the bot to Slack's rates.

The releases are brought into production with the rates off; then the rates are on, and for some minutes each release is
judged every fifteen seconds and goes on step by step, while people take some of them back. In the hard case all are
in one channel, where Slack takes one message a second whatever is done. The one thing to remember: a milestone is what
people wait for (cards, questions, failures and endings, calls); the story in a thread comes behind it.
"""

import asyncio
import json
import math
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Wishes, percentile
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.records import Channel

RELEASES = 200
ROLLBACKS = 10
STEP_SECONDS = 150.0
CHANNELS = (5, 1)
SET_UP_SECONDS_MAX = 900.0


async def run(wishes: Wishes) -> AsyncIterator[Figure]:
    for channels in CHANNELS:
        found, refused = await _crowd(channels, 2 * wishes.seconds)
        where = f"{RELEASES} releases in {channels} channel{'s' if channels > 1 else ''}"
        for name, value, unit in _told(found, refused):
            yield Figure("crowd", f"{where}: {name}", value, unit)


def _told(found: dict[str, Any], refused: Counter[str]) -> list[tuple[str, float, str]]:
    delays, story, rollbacks = found["milestones"], found["words"], found["rollbacks"]
    return [
        ("messages wanted a minute, in all channels", found["wanted"] / found["seconds"] * 60, ""),
        (f"oldest unsent milestone, of {len(delays)}", found["oldest_milestone"], "s"),
        ("a milestone's delay, p50", percentile(delays, 50), "s"),
        ("a milestone's delay, p99", percentile(delays, 99), "s"),
        (f"the story's delay, p50 of {len(story)} sent", percentile(story or [0.0], 50), "s"),
        ("oldest unsent line of the story", found["oldest_word"], "s"),
        ("messages waiting, at most", found["waiting_most"], ""),
        ("card longest behind an event", found["oldest_card"], "s"),
        ("edits a minute", found["edits_per_minute"], ""),
        ("posts refused with 429", refused["chat.postMessage"], ""),
        ("edits refused with 429", refused["chat.update"], ""),
        ("messages given up", found["given_up"], ""),
        (f"a rollback's traffic, slowest of {len(rollbacks)}", max(rollbacks) * 1000, "ms"),
        ("processor, of one core", 100 * found["cpu"], "%"),
        ("memory", found["memory_mb"], "MB"),
    ]


async def _crowd(channels: int, seconds: float) -> tuple[dict[str, Any], Counter[str]]:
    workspace = await Workspace.start(rate_scale=math.inf)
    names = [f"releases-{number}" for number in range(channels)]
    bot = workspace.state.app.bot_user
    for number, name in enumerate(names):
        workspace.state.channels[f"C0CROWD{number}"] = Channel(f"C0CROWD{number}", name, "", {bot})
    with tempfile.TemporaryDirectory(prefix="songbird-bench-") as folder:
        wanted = {
            "api_url": workspace.api_url,
            "token": workspace.bot_token,
            "database": str(Path(folder) / "songbird.db"),
            "channels": [f"#{name}" for name in names],
            "releases": RELEASES,
            "step_seconds": STEP_SECONDS,
            "seconds": seconds,
            "rollbacks": ROLLBACKS,
        }
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.crowded", json.dumps(wanted)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 22,
        )
        try:
            assert child.stdin is not None, "it is piped"
            assert child.stdout is not None, "it is piped"
            async with asyncio.timeout(SET_UP_SECONDS_MAX):
                said = await child.stdout.readline()
            assert said == b"ready\n", "the crowd has not come together"
            workspace.web_api.reset()
            workspace.web_api.meter.scale = 1.0
            child.stdin.write(b"measure\n")
            async with asyncio.timeout(seconds + 60):
                found = json.loads(await child.stdout.readline())
        finally:
            if child.returncode is None:
                child.kill()
            await child.wait()
            refused = Counter(call.method for call in workspace.web_api.calls if call.error == "ratelimited")
            await workspace.stop()
    return {**found, "seconds": seconds}, refused
