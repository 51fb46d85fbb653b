"""Pictures drawn with matplotlib, one after the other, in a thread of their own.

matplotlib is large and not made for several threads, so it is imported by the first picture, in the one thread that
draws. The one thing to remember: a picture holds Python's lock for milliseconds at a time and not for all its time, so
the loop goes on; `benchmarks/charts.py` says how far.
"""

import asyncio
import gc
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec

from bot.core.errors import Permanent, Temporary
from bot.views.charts import Scene

WAITING_MAX = 8
"""Pictures asked for and not done: about two seconds' worth. Who comes later shows numbers."""

YOUNG = 1
"""A figure and its parts hold one another, megabytes of them, until a collection. One of the young generations is
short; without it a dozen figures pile up before Python thinks of it by itself."""

MISSING = "matplotlib is not installed: pip install 'songbird[charts]'; until then numbers stand for pictures"
CLOSED = "the artist is closed: nothing more is drawn"


class MatplotlibArtist:
    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="songbird-charts")
        self._asked: set[Future[bytes]] = set()
        self._closed = False

    def why_not(self) -> str | None:
        return None if find_spec("matplotlib") else MISSING

    async def draw(self, scene: Scene) -> bytes:
        if (reason := CLOSED if self._closed else self.why_not()) is not None:
            raise Permanent(reason)
        if len(self._asked) >= WAITING_MAX:
            raise Temporary(f"{len(self._asked)} pictures are being drawn already")
        job = self._thread.submit(_draw, scene)
        self._asked.add(job)
        job.add_done_callback(self._asked.discard)
        return await asyncio.wrap_future(job)

    async def close(self) -> None:
        self._closed = True
        await asyncio.to_thread(self._thread.shutdown)


def _draw(scene: Scene) -> bytes:
    from bot.adapters.charts.figure import png  # noqa: PLC0415 - brings matplotlib along, in this thread

    try:
        return png(scene)
    except (ValueError, RuntimeError) as error:
        raise Permanent(f"the picture cannot be drawn: {error}") from error
    finally:
        gc.collect(YOUNG)
