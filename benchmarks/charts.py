"""What a picture costs: time, memory, and for how long the event loop stands still meanwhile.

The release is that of the tests: half an hour, looks every 15 seconds, four metrics, sent back at 25 %. The import of
matplotlib is measured in fresh processes, because it is paid once. The one thing to remember: the loop here does
nothing but turn, so its longest turn is what a button's answer may have to wait. Linux only.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from time import perf_counter

from benchmarks.figures import Figure, Wishes, percentile
from benchmarks.footprint import own_megabytes
from bot.adapters.charts.pictures import MatplotlibArtist
from bot.texts import Material
from bot.views.charts import Scene, canary, rollout
from tests.charts.made_up import bad_day, material

PICTURES = 200
IMPORTS = 5
IMPORT = """
import time
began = time.perf_counter()
import bot.adapters.charts.figure
print(time.perf_counter() - began)
"""
WARM_UP = 20
"""The first picture imports matplotlib and reads its fonts; the next ones fill caches of letters."""

METRICS = ("errors", "p95", "memory")


async def run(_wishes: Wishes) -> AsyncIterator[Figure]:
    yield Figure("charts", f"import of matplotlib, median of {IMPORTS}", _import_seconds() * 1000, "ms")
    told, shop = bad_day()
    about = material(told, shop)
    for name, seconds in _scenes(about):
        yield Figure("charts", f"{name}: the scene, pure, on whatever thread asks", seconds * 1000, "ms")
    artist, scenes = MatplotlibArtist(), _every(about)
    before = own_megabytes()
    first, stall = await _drawn(artist, scenes[0])
    yield Figure("charts", "the first picture, with the import", first * 1000, "ms")
    yield Figure("charts", "longest turn of the loop meanwhile", stall * 1000, "ms")
    for number in range(WARM_UP):
        await _drawn(artist, scenes[number % len(scenes)])
    warm = own_megabytes()
    yield Figure("charts", "memory that matplotlib brings along", warm - before, "MB")
    taken = [await _drawn(artist, scenes[number % len(scenes)]) for number in range(PICTURES)]
    for percent in (50, 99):
        seconds, stalls = (percentile(values, percent) for values in zip(*taken, strict=True))
        yield Figure("charts", f"p{percent} of {PICTURES} pictures", seconds * 1000, "ms")
        yield Figure("charts", f"p{percent}, longest turn of the loop meanwhile", stalls * 1000, "ms")
    yield Figure("charts", f"memory that {PICTURES} more pictures left behind", own_megabytes() - warm, "MB")
    sizes = [len(await artist.draw(scene)) / 1000 for scene in scenes]
    yield Figure("charts", "largest picture", max(sizes), "KB")
    await artist.close()


def _import_seconds() -> float:
    program = (sys.executable, "-c", IMPORT)
    return percentile([float(subprocess.check_output(program)) for _ in range(IMPORTS)], 50)


def _scenes(about: Material) -> Iterator[tuple[str, float]]:
    scenes: dict[str, Callable[[], object]] = {
        "errors": lambda: canary(about, "errors"),
        "the strip": lambda: rollout(about),
    }
    for name, make in scenes.items():
        began = perf_counter()
        make()
        yield name, perf_counter() - began


def _every(about: Material) -> list[Scene]:
    made = [*(canary(about, metric) for metric in METRICS), rollout(about)]
    return [scene for scene in made if scene is not None]


async def _drawn(artist: MatplotlibArtist, scene: Scene) -> tuple[float, float]:
    """Seconds that the picture took, and the longest turn of the loop in that time."""
    longest, began = 0.0, perf_counter()
    drawing = asyncio.create_task(artist.draw(scene))
    while not drawing.done():
        turned = perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, perf_counter() - turned - 0.001)
    drawing.result()
    return perf_counter() - began, longest
