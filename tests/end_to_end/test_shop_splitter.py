"""The splitter: exact shares, weights that hold at once, and a late change that is refused."""

from collections import Counter
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from aiohttp import ClientSession, web
from yarl import URL

from bot.sandbox.shop.splitter import Splitter, StaleGenerationError


@pytest.fixture
async def backend() -> AsyncIterator[str]:
    """A server that says what it was asked."""

    async def echo(request: web.BaseRequest) -> web.Response:
        words = (await request.read()).decode()
        said = {
            "method": request.method,
            "path": request.raw_path,
            "body": words,
            "user": request.headers.get("X-User"),
        }
        return web.json_response(said, status=int(request.query.get("status", "200")))

    runner = web.ServerRunner(web.Server(echo))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def splitter() -> AsyncIterator[Splitter]:
    splitter = Splitter()
    await splitter.start()
    yield splitter
    await splitter.stop()


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


@pytest.mark.parametrize("percent", [0, 1, 10, 25, 50, 99, 100])
def test_four_thousand_requests_are_split_exactly(percent: int) -> None:
    splitter = Splitter()
    splitter.set_weights({"blue": 100 - percent, "green": percent})
    picks = Counter(splitter.pick() for _ in range(4000))
    assert picks["green"] == 40 * percent


def test_the_smaller_slots_turns_are_spread_evenly() -> None:
    splitter = Splitter()
    splitter.set_weights({"blue": 90, "green": 10})
    turns = [number for number in range(100) if splitter.pick() == "green"]
    assert {later - earlier for earlier, later in pairwise(turns)} == {10}


def test_after_weight_zero_not_one_request_more() -> None:
    splitter = Splitter()
    splitter.set_weights({"blue": 50, "green": 50})
    for _ in range(7):
        splitter.pick()
    splitter.set_weights({"blue": 100, "green": 0})
    assert {splitter.pick() for _ in range(1000)} == {"blue"}


def test_an_older_generation_is_refused_and_changes_nothing() -> None:
    splitter = Splitter()
    splitter.set_weights({"blue": 100, "green": 0}, generation=5)
    before = splitter.describe()
    with pytest.raises(StaleGenerationError, match="generation 4 is older than 5"):
        splitter.set_weights({"blue": 75, "green": 25}, generation=4)
    assert splitter.describe() == before


def test_the_same_generation_again_and_a_persons_hand_are_accepted() -> None:
    splitter = Splitter()
    splitter.set_weights({"blue": 90, "green": 10}, generation=5)
    splitter.set_weights({"blue": 50, "green": 50})
    assert splitter.percent("green") == 50
    splitter.set_weights({"blue": 90, "green": 10}, generation=5)
    assert splitter.percent("green") == 10
    assert splitter.generation == 5


async def test_a_request_passes_through_whole_and_says_who_answered(
    splitter: Splitter, backend: str, session: ClientSession
) -> None:
    splitter.backends["blue"].address = backend
    url = URL(f"{splitter.url}/a%20b?status=418&x=%2F", encoded=True)
    async with session.post(url, data="words", headers={"X-User": "ada"}) as answer:
        assert answer.status == 418
        assert answer.headers["X-Slot"] == "blue"
        assert await answer.json() == {
            "method": "POST",
            "path": "/a%20b?status=418&x=%2F",
            "body": "words",
            "user": "ada",
        }
    assert splitter.backends["blue"].handed == 1
    assert splitter.backends["blue"].last_served_at is not None
    assert splitter.backends["green"].last_served_at is None


async def test_a_dead_backend_is_a_bad_gateway_and_is_counted(
    splitter: Splitter, session: ClientSession, unused_tcp_port: int
) -> None:
    splitter.backends["blue"].address = f"127.0.0.1:{unused_tcp_port}"
    async with session.get(splitter.url) as answer:
        assert answer.status == 502
    assert splitter.backends["blue"].failed == 1
    assert splitter.backends["blue"].in_flight == 0


async def test_with_no_weights_at_all_nothing_is_served(splitter: Splitter, session: ClientSession) -> None:
    splitter.set_weights({"blue": 0, "green": 0})
    async with session.get(splitter.url) as answer:
        assert answer.status == 503
    assert splitter.unserved == 1


async def test_a_restart_keeps_the_address_and_forgets_weights_and_generation(
    splitter: Splitter, backend: str, session: ClientSession
) -> None:
    splitter.backends["blue"].address = backend
    splitter.set_weights({"blue": 75, "green": 25}, generation=9)
    port = splitter.port
    await splitter.stop()
    await splitter.start()
    assert splitter.port == port
    assert splitter.percent("green") == 0
    assert splitter.generation == 0
    async with session.get(splitter.url) as answer:
        assert answer.ok
