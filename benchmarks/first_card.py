"""How long somebody waits who has just heard of Songbird: from `git clone` to the first card in the channel, cold.

A clone in an empty folder, `make demo` with a new virtual environment, and pip without its cache; so it takes what the
network takes, and runs only when it is named.
"""

import asyncio
import json
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from benchmarks.figures import Figure, Wishes

ROOT = Path(__file__).parents[1]
SECONDS_MAX = 900.0
FOREIGN = ("PYTHONPATH", "VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "SONGBIRD_DATABASE")
"""Variables of whoever measures that a newcomer does not have."""


async def run(_wishes: Wishes) -> AsyncIterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="songbird-cold-") as folder:
        clone, began = Path(folder) / "songbird", time.monotonic()
        copied = await asyncio.create_subprocess_exec("git", "clone", "--quiet", "--no-local", str(ROOT), str(clone))
        assert await copied.wait() == 0, "the repository could not be cloned"
        cloned = time.monotonic()
        posted = await asyncio.wait_for(_until_posted(clone), SECONDS_MAX)
        yield Figure("first_card", "git clone (from this disk)", cloned - began, "s")
        yield Figure("first_card", "make demo, to the first card", posted - cloned, "s")
        yield Figure("first_card", "from git clone to the first card", posted - began, "s")


async def _until_posted(clone: Path) -> float:
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    process = await asyncio.create_subprocess_exec(
        *("make", "demo", "ARGS=--headless --story good"),
        cwd=clone,
        env={**environment, "PIP_NO_CACHE_DIR": "1"},
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # so that all of it can be ended together
    )
    assert process.stdout is not None, "its output is piped"
    try:
        async for line in process.stdout:
            told = json.loads(line) if line.startswith(b"{") else {}
            if told.get("method") == "chat.postMessage" and told.get("ok"):
                return time.monotonic()
        raise AssertionError(f"make demo ended with {await process.wait()} before a card was posted")
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGTERM)
        await process.wait()
