"""How soon a bad version is found out, and how soon its traffic is back: the demo's `bad` story, again and again.

Detection is from the last look at which nothing was wrong to the verdict, and never longer than from the exposure at
which it broke; the rollback is from the verdict's commit to the splitter read back at zero. Traffic and looks are the
demo's, about 100 requests and one look a second: a service with less traffic, or a look every 15 seconds, takes longer
to be sure and no longer to go back.
"""

import asyncio
import json
import statistics
import sys
from collections.abc import AsyncIterator
from typing import Any

from benchmarks.figures import Figure, Wishes

MEASURED = {
    "detection_seconds": "onset to verdict",
    "exposed_seconds": "exposure at which it broke to verdict",
    "rollback_seconds": "verdict to traffic restored",
}
"""Of a story's summary."""


async def run(wishes: Wishes) -> AsyncIterator[Figure]:
    played = [await _play() for _ in range(wishes.runs)]
    yield Figure("rollback", "runs of the bad story", len(played))
    yield Figure("rollback", "of them rolled back, with no message twice", sum(code == 0 for code, _ in played))
    for name, words in MEASURED.items():
        seconds = [summary[name] for _, summary in played if summary[name] is not None]
        yield Figure("rollback", f"{words}, median", statistics.median(seconds), "s")
        yield Figure("rollback", f"{words}, max", max(seconds), "s")


async def _play() -> tuple[int | None, dict[str, Any]]:
    """The exit code and the summary of one run."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--headless", "--story", "bad"), stdout=asyncio.subprocess.PIPE
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    return process.returncode, json.loads(output.splitlines()[-1])
