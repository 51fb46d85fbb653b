"""The charts port, over the artist that draws and the one that stands in for it."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.adapters.charts import Artist, figure, pictures
from bot.adapters.charts.pictures import MISSING, WAITING_MAX, MatplotlibArtist
from bot.adapters.charts.stand_in import StandInArtist
from bot.core.errors import Permanent, Temporary
from bot.views.charts import Scene, rollout
from tests.charts.made_up import without_looks
from tests.golden.stories import STORIES


@pytest.fixture(params=[MatplotlibArtist, StandInArtist])
async def artist(request: pytest.FixtureRequest) -> AsyncIterator[Artist]:
    made: Artist = request.param()
    yield made
    await made.close()


@pytest.fixture(scope="module")
def scene() -> Scene:
    found = rollout(without_looks(STORIES["bad"]()))
    assert found is not None
    return found


async def test_a_scene_becomes_a_png(artist: Artist, scene: Scene) -> None:
    assert artist.why_not() is None
    drawn = await artist.draw(scene)
    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    assert drawn.endswith(b"IEND\xaeB`\x82")


async def test_the_same_scene_gives_the_same_picture(artist: Artist, scene: Scene) -> None:
    assert await artist.draw(scene) == await artist.draw(scene)


async def test_several_are_drawn_one_after_the_other(artist: Artist, scene: Scene) -> None:
    assert len(set(await asyncio.gather(*(artist.draw(scene) for _ in range(3))))) == 1


async def test_a_closed_artist_draws_nothing_more(artist: Artist, scene: Scene) -> None:
    await artist.close()
    with pytest.raises(Permanent, match="closed"):
        await artist.draw(scene)


# ── matplotlib's own ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_without_matplotlib_it_says_how_to_get_it_and_draws_nothing(
    monkeypatch: pytest.MonkeyPatch, scene: Scene
) -> None:
    monkeypatch.setattr(pictures, "find_spec", lambda _name: None)
    artist = MatplotlibArtist()
    assert artist.why_not() == MISSING
    with pytest.raises(Permanent, match=r"songbird\[charts\]"):
        await artist.draw(scene)


async def test_who_asks_for_one_too_many_is_told_to_come_later(monkeypatch: pytest.MonkeyPatch, scene: Scene) -> None:
    go, artist = threading.Event(), MatplotlibArtist()
    monkeypatch.setattr(figure, "png", lambda _scene: bytes(go.wait()))
    asked = [asyncio.create_task(artist.draw(scene)) for _ in range(WAITING_MAX)]
    await asyncio.sleep(0)
    one_more = asyncio.create_task(artist.draw(scene))
    await asyncio.sleep(0)
    go.set()
    with pytest.raises(Temporary, match=f"{WAITING_MAX} pictures"):
        await one_more
    await asyncio.gather(*asked)
    await artist.draw(scene)
    await artist.close()


async def test_a_picture_that_nobody_waits_for_any_more_leaves_its_place(
    monkeypatch: pytest.MonkeyPatch, scene: Scene
) -> None:
    go, artist = threading.Event(), MatplotlibArtist()
    monkeypatch.setattr(figure, "png", lambda _scene: bytes(go.wait()))
    first, second = (asyncio.create_task(artist.draw(scene)) for _ in range(2))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    assert len(artist._asked) == 1
    go.set()
    await first
    await artist.close()


async def test_what_cannot_be_drawn_is_said_and_the_next_one_is_drawn(
    monkeypatch: pytest.MonkeyPatch, scene: Scene
) -> None:
    artist = MatplotlibArtist()

    def fails(_scene: Scene) -> Any:
        raise ValueError("no room")

    with monkeypatch.context() as broken:
        broken.setattr(figure, "png", fails)
        with pytest.raises(Permanent, match="no room"):
            await artist.draw(scene)
    assert (await artist.draw(scene)).startswith(b"\x89PNG")
    await artist.close()
