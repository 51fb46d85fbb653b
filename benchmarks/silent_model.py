"""Whether a model that never answers delays a rollout: the good version, with no model and with a silent one, in turn.

The silent one takes every connection and every request and answers none of them. What is compared is when each exposure
was reached, from the last approval on; the runs take turns, so that a busy machine slows both. The one thing to
remember: how long a step is held depends on what its traffic shows, so single runs differ; the medians should not.
"""

import asyncio
import statistics
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from benchmarks.figures import Figure, Wishes
from bot.core import events as e
from bot.core.events import Recorded
from bot.sandbox.demo import world
from bot.sandbox.people import ADA, People
from bot.sandbox.stories import Play

RUNS_MAX = 5
"""Of each: a run takes two minutes."""


async def run(wishes: Wishes) -> AsyncIterator[Figure]:
    without: list[dict[float, float]] = []
    silent: list[dict[float, float]] = []
    asked = 0
    for _ in range(min(wishes.runs, RUNS_MAX)):
        without.append(await _released({}))
        async with _silence() as (address, connections):
            key = {"OPENAI_API_KEY": "sk-nobody", "OPENAI_BASE_URL": address, "SONGBIRD_MODEL": "nobody"}
            silent.append(await _released(key))
            asked += len(connections)
    yield Figure("model", "runs of each", len(without))
    yield Figure("model", "requests that were never answered", asked)
    for percent in sorted(without[0]):
        none, mute = (statistics.median(run[percent] for run in runs) for runs in (without, silent))
        yield Figure("model", f"to {percent:g} % without a model, median", none, "s")
        yield Figure("model", f"to {percent:g} % with one that never answers, median", mute, "s")
        yield Figure("model", f"to {percent:g} %, ratio", mute / none)


async def _released(variables: Mapping[str, str]) -> dict[float, float]:
    """By exposure in percent, seconds from the last approval until it was read back."""
    async with world() as running, People(running.workspace.url) as people:
        running.variables.update(variables)
        await running.start_bot()
        await running.wait_until_connected()
        store = running.store()
        play = Play(running, people, store)
        await people.type(ADA, "/stage", "shop v1.1.0")
        await play.approve()
        await play.ended()
        journal = store.journal(play.release_id)
        store.close()
    return _reached(journal)


def _reached(journal: list[Recorded]) -> dict[float, float]:
    began = max(one.at for one in journal if isinstance(one.event, e.ReleaseApproved))
    reached = [one for one in journal if isinstance(one.event, e.ExposureReached) and one.at > began]
    return {one.event.percent: one.at - began for one in reached if isinstance(one.event, e.ExposureReached)}


@asynccontextmanager
async def _silence() -> AsyncIterator[tuple[str, list[bytes]]]:
    """An address at which everything is heard and nothing is said."""
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65_536):
            if piece.startswith(b"POST"):
                heard.append(piece)

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", heard
    finally:
        server.close()
