"""The customers: they come at their own rate, whatever the shop does."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from bot.sandbox.shop.load import REQUESTS_PER_CUSTOMER, Load

Handler = Callable[[web.BaseRequest], Awaitable[web.Response]]


async def customers_at(handler: Handler, load: Load, seconds: float) -> list[tuple[str, str]]:
    """Serves the customers with the handler for a while; the paths they asked for."""
    asked: list[tuple[str, str]] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        asked.append((request.method, request.path))
        return await handler(request)

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    task = asyncio.create_task(load.run(f"http://127.0.0.1:{runner.addresses[0][1]}"))
    await asyncio.sleep(seconds)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await runner.cleanup()
    return asked


async def test_customers_keep_coming_while_the_shop_hangs() -> None:
    async def hang(_request: web.BaseRequest) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    load = Load(200 * REQUESTS_PER_CUSTOMER, seed=1)
    asked = await customers_at(hang, load, seconds=0.5)
    assert 40 < len(asked) < 160
    assert load.answers == {}


async def test_a_customer_leaves_at_the_first_page_that_fails() -> None:
    async def fail(_request: web.BaseRequest) -> web.Response:
        return web.Response(status=503)

    load = Load(200 * REQUESTS_PER_CUSTOMER, seed=1)
    asked = await customers_at(fail, load, seconds=0.3)
    assert set(asked) == {("GET", "/")}
    assert set(load.answers) == {"503"}


async def test_a_good_shop_sees_every_page_asked_for_and_is_told_how_fast_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.sandbox.shop.load.PAUSE_SECONDS_MEAN", 0.001)

    async def serve(_request: web.BaseRequest) -> web.Response:
        return web.json_response({})

    load = Load(500, seed=1)
    asked = await customers_at(serve, load, seconds=0.6)
    assert set(asked) == {("GET", "/"), ("GET", "/products"), ("GET", "/cart"), ("POST", "/checkout")}
    seen = load.describe()
    assert set(load.answers) == {"200"}
    assert len(asked) - 20 < load.answers["200"] <= len(asked)  # the last ones were cut off with the test
    assert 0 < seen["p50_seconds"] <= seen["p99_seconds"] < 1
    assert 100 < len(asked) < 450
