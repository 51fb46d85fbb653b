"""A site to tour, with the pages that a tour meets: good ones, and such as do everything a page can do wrong."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import numpy as np
from aiohttp import web
from matplotlib.image import imread

from bot.adapters.tour.chromium import Chromium
from bot.core.plan import Plan
from tests.support.scenario import plan

NO_BROWSER = Chromium().why_not()

RING = (0xE8, 0x59, 0x0C)
"""What a mark is drawn in."""

GOOD = """<!doctype html><title>Good</title><style>body { margin: 200px; font: 30px sans-serif }</style>
<h1 id=title style="width: 300px">{side}</h1>
<input id=field> <button id=press onclick="document.querySelector('#said').textContent =
  'you said ' + document.querySelector('#field').value">Press</button><p id=said></p>"""

PAGES = {
    "/": GOOD,
    "/tall": "<div style='height: 200000px'>top</div><p id=end>the end</p>",
    "/alerts": "<p>alerts</p><script>for (;;) alert('again')</script>",
    "/asks": "<h1 id=title></h1><script>document.querySelector('#title').textContent = 'said ' + confirm('?')</script>",
    "/windows": "<h1 id=title>windows</h1><script>for (let n = 0; n < 5; n++) window.open('/', '_blank')</script>"
    "<a id=away target=_blank rel=noopener href=/>away</a>",
    "/stays": "<h1 id=title>stays</h1><button id=go onclick=\"location = '/'\">go</button>"
    "<script>onbeforeunload = (event) => { event.preventDefault(); return 'stay' }</script>",
    "/busy": "<script>for (;;) ;</script>",
    "/strict": "<h1 id=title>strict</h1>",
    "/foreign": "<h1 id=title>foreign</h1><img src='http://{elsewhere}/picture.png'>"
    "<script>fetch('http://{elsewhere}/fetched').catch(() => 0);"
    "new WebSocket('ws://{elsewhere}/socket');"
    "navigator.sendBeacon('http://{elsewhere}/beacon', 'x')</script><iframe src='http://{elsewhere}/frame'></iframe>",
    "/leaves": "<h1 id=title>leaves</h1><script>location = 'http://{elsewhere}/left'</script>",
    "/files": "<h1 id=title>files</h1><img src='file:///etc/hostname'><script>"
    "fetch('file:///etc/hostname').catch(() => document.querySelector('#title').textContent = 'no files')</script>",
    "/writes": "<h1 id=title>writes</h1><script>fetch('/written', {method: 'POST'}).catch(() => 0)</script>",
    "/noise": "<canvas width=1024 height=720></canvas><style>body { margin: 0 }</style><script>"
    "const c = document.querySelector('canvas').getContext('2d'),"
    "i = c.createImageData(1024, Number(location.search.slice(1)));"
    "for (let n = 0; n < i.data.length; n += 65536) crypto.getRandomValues(i.data.subarray(n, n + 65536));"
    "for (let n = 3; n < i.data.length; n += 4) i.data[n] = 255; c.putImageData(i, 0, 0)</script>",
}


class Site:
    """`asked`: how often each method and path was asked for. `elsewhere` is where the pages try to get to."""

    def __init__(self, side: str, elsewhere: str) -> None:
        self.side = side
        self.elsewhere = elsewhere
        self.address = ""
        self.asked: Counter[str] = Counter()
        self.loading = asyncio.Event()
        """Set while a page that never ends is asked for."""

    @property
    def host(self) -> str:
        return self.address.removeprefix("http://")

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked[f"{request.method} {request.path}"] += 1
        if request.path == "/moved":
            raise web.HTTPFound(f"http://{self.elsewhere}/moved-here")
        if request.path == "/download":
            return web.Response(body=b"x" * 1000, headers={"Content-Disposition": "attachment; filename=x.exe"})
        if request.path == "/endless":
            return await self._endless(request)
        if request.path not in PAGES:
            return web.Response(status=404, text="nothing here")
        text = PAGES[request.path].replace("{side}", self.side).replace("{elsewhere}", self.elsewhere)
        headers = {"Content-Security-Policy": "default-src 'none'"} if request.path == "/strict" else {}
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def _endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        await response.write(b"<h1>some of it</h1>" + b" " * 2000)
        self.loading.set()
        try:
            while True:
                await response.write(b"<p>more")
                await asyncio.sleep(0.2)
        except (ConnectionError, asyncio.CancelledError):
            return response


@asynccontextmanager
async def site(side: str = "staging", elsewhere: str = "nowhere.example") -> AsyncIterator[Site]:
    served = Site(side, elsewhere)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", served.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        served.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield served
    finally:
        await runner.cleanup()


def touring(staging: str, *tour: Any, **walkthrough: Any) -> Plan:
    """A plan with this tour."""
    limits = {"shot_time_max": "10s", "time_max": "60s"}
    return plan(title="The shop", tour=list(tour), walkthrough={"staging": staging, **limits, **walkthrough})


def pixels(picture: bytes | None) -> np.ndarray[Any, Any]:
    """Rows of points, red, green and blue from 0 to 255."""
    assert picture is not None, "there is no picture"
    return np.rint(imread(BytesIO(picture), format="png")[..., :3] * 255).astype(int)


def is_marked(picture: bytes | None) -> bool:
    return bool((np.abs(pixels(picture) - RING).max(axis=-1) < 8).sum() > 500)
