"""A weighted HTTP splitter on loopback: every request goes to slot "blue" or to slot "green".

Smooth weighted round robin, as nginx does it: at 99 to 1 every hundredth request goes to the smaller slot, exactly.
New weights hold from the next request on. A change may carry a generation; one that is older than the newest seen is
refused, so that a late request cannot undo a newer one. Each slot counts what it was handed and when it was last
handed anything, so that "no traffic since" can be seen rather than believed.

To forget: like HAProxy it keeps weights and generation in memory only. A restart falls back to the configured
weights.
"""

import time
from dataclasses import asdict, dataclass
from typing import Literal

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector, web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

SlotName = Literal["blue", "green"]
SLOT_NAMES: tuple[SlotName, SlotName] = ("blue", "green")
ANSWER_TIMEOUT_SECONDS = 10.0
HOP_BY_HOP = ("Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade")  # RFC 9110, 7.6.1


class StaleGenerationError(Exception):
    """A newer generation of weights was seen already; nothing was changed."""


@dataclass
class Backend:
    """What the splitter knows of one slot."""

    address: str | None = None
    weight: float = 0.0
    credit: float = 0.0
    handed: int = 0
    failed: int = 0
    in_flight: int = 0
    last_served_at: float | None = None


class Splitter:
    def __init__(self) -> None:
        self.port = 0
        self.configured: dict[SlotName, float] = {"blue": 100.0, "green": 0.0}
        self.backends: dict[SlotName, Backend] = {name: Backend() for name in SLOT_NAMES}
        self.generation = 0
        self.unserved = 0
        self._runner: web.ServerRunner | None = None
        self._session: ClientSession | None = None

    async def start(self) -> None:
        """Listens on the port it had before, or on any free one, with the configured weights."""
        self.generation = 0
        self.unserved = 0
        for name, backend in self.backends.items():
            self.backends[name] = Backend(address=backend.address, weight=self.configured[name])
        self._session = ClientSession(
            connector=TCPConnector(limit=0),
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=ANSWER_TIMEOUT_SECONDS),
            auto_decompress=False,
        )
        self._runner = web.ServerRunner(web.Server(self._forward, access_log=None), shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
        if self._session:
            await self._session.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def set_weights(self, weights: dict[SlotName, float], generation: int | None = None) -> None:
        """Takes effect with the next request; StaleGenerationError when a newer generation was seen."""
        if generation is not None:
            if generation < self.generation:
                raise StaleGenerationError(
                    f"generation {generation} is older than {self.generation}, which is in force"
                )
            self.generation = generation
        for name, weight in weights.items():
            self.backends[name].weight = weight
            self.backends[name].credit = 0.0

    def percent(self, name: SlotName) -> float:
        """The slot's share of the traffic by the weights in force."""
        whole = sum(backend.weight for backend in self.backends.values())
        return 100.0 * self.backends[name].weight / whole if whole else 0.0

    def pick(self) -> SlotName | None:
        """Whose turn it is; None when no slot has a weight."""
        whole = 0.0
        picked: SlotName | None = None
        for name, backend in self.backends.items():
            if backend.weight > 0:
                whole += backend.weight
                backend.credit += backend.weight
                if picked is None or backend.credit > self.backends[picked].credit:
                    picked = name
        if picked is not None:
            self.backends[picked].credit -= whole
        return picked

    def describe(self) -> dict[str, object]:
        return {
            "weights": {name: backend.weight for name, backend in self.backends.items()},
            "generation": self.generation,
            "unserved": self.unserved,
            "slots": {name: asdict(backend) for name, backend in self.backends.items()},
        }

    async def _forward(self, request: web.BaseRequest) -> web.Response:
        name = self.pick()
        if name is None:
            self.unserved += 1
            return web.Response(status=503, text="no slot has a weight")
        backend = self.backends[name]
        backend.handed += 1
        backend.in_flight += 1
        backend.last_served_at = time.time()
        try:
            return await self._answer(request, name, backend)
        except (ClientError, TimeoutError) as error:
            backend.failed += 1
            return web.Response(status=502, text=f"{name} did not answer: {error}", headers={"X-Slot": name})
        finally:
            backend.in_flight -= 1

    async def _answer(self, request: web.BaseRequest, name: SlotName, backend: Backend) -> web.Response:
        if backend.address is None or self._session is None:
            raise ClientError("nothing runs there")
        body = await request.read() if request.body_exists else None
        async with self._session.request(
            request.method,
            URL(f"http://{backend.address}{request.raw_path}", encoded=True),
            data=body,
            headers=_end_to_end(request.headers),
            allow_redirects=False,
        ) as answer:
            headers = _end_to_end(answer.headers)
            headers["X-Slot"] = name
            return web.Response(status=answer.status, body=await answer.read(), headers=headers)


def _end_to_end(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    kept = CIMultiDict(headers)
    for name in HOP_BY_HOP:
        kept.popall(name, None)
    return kept
