"""Owns what must outlive the bot in the demo: the shop's repository and two environments under traffic.

`python -m bot.sandbox.supervisor --folder FOLDER` or, inside another program, `async with
Supervisor.running(folder)`. Its control API is plain JSON over HTTP on loopback; `bot.sandbox.shop.ctl` is the same
for a shell. Errors are answered as `{"error": …}`: 400 what was not understood, 404 no such thing, 409 refused and
nothing changed, 502 the shop did not start.

    GET  /environments                        what runs where, who gets how much, what the customers see
    GET  /environments/ENV
    POST /environments/ENV/deploy             {"commit", "version"}: runs it with no traffic; again: the same
    GET  /environments/ENV/exposure?commit=   its share of the traffic, read back
    POST /environments/ENV/exposure           {"commit", "percent", "generation"?}: 409 when the generation is old
    POST /environments/ENV/undo               {"commit"}: takes its traffic, then stops it
    GET  /environments/ENV/weights            the splitter itself: weights, generation, counts for each slot
    PUT  /environments/ENV/weights            {"blue", "green", "generation"?}: a person's hand
    POST /environments/ENV/load               {"requests_per_second"}
    GET  /sd/ENV                              what to scrape, in the form of Prometheus' HTTP service discovery
    POST /faults                              see `Fault`

To forget: what it starts ends with it, also when it is killed (see `instance`).
"""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.sandbox.shop.environment import Environment, RefusedError, UnknownCommitError
from bot.sandbox.shop.history import make_repository
from bot.sandbox.shop.instance import StartFailedError
from bot.sandbox.shop.splitter import SlotName, StaleGenerationError

FIRST_VERSION = "v1.0.0"
REQUESTS_PER_SECOND = {"staging": 20.0, "production": 100.0}
SEED = 7


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class DeployBody(Body):
    commit: str = Field(min_length=1)
    version: str = Field(min_length=1)


class ExposureBody(Body):
    commit: str = Field(min_length=1)
    percent: float = Field(ge=0, le=100)
    generation: int | None = None


class UndoBody(Body):
    commit: str = Field(min_length=1)


class WeightsBody(Body):
    blue: float = Field(ge=0)
    green: float = Field(ge=0)
    generation: int | None = None


class LoadBody(Body):
    requests_per_second: float = Field(gt=0, le=1000)


class Fault(Body):
    """A fault and where. The three last ones stay until they are set to nothing (0, 0 and the empty text) again."""

    environment: str
    kill: SlotName | None = None
    silence: SlotName | None = None
    speak: SlotName | None = None
    restart_splitter: Literal[True] | None = None
    deploy_seconds: float | None = Field(default=None, ge=0)
    exposure_seconds: float | None = Field(default=None, ge=0)
    deploy_failure: str | None = None


AnyBody = TypeVar("AnyBody", bound=Body)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Supervisor:
    """The shop's two environments and the doors to them; `running` makes one."""

    def __init__(self, folder: Path, requests_per_second: dict[str, float]) -> None:
        self.folder = folder
        self.repository = folder / "repository"
        self.url = ""
        self.environments = {
            name: Environment(name, folder, self.repository, rate, SEED + number)
            for number, (name, rate) in enumerate(requests_per_second.items())
        }

    @classmethod
    @asynccontextmanager
    async def running(
        cls, folder: Path, requests_per_second: dict[str, float] | None = None, port: int = 0
    ) -> AsyncIterator["Supervisor"]:
        """Both environments under traffic with the first version live, until the block ends."""
        supervisor = cls(folder, requests_per_second or REQUESTS_PER_SECOND)
        await asyncio.to_thread(make_repository, supervisor.repository)
        runner = web.AppRunner(supervisor._app(), access_log=None, shutdown_timeout=1)
        try:
            starts = (
                environment.start(FIRST_VERSION, FIRST_VERSION) for environment in supervisor.environments.values()
            )
            await asyncio.gather(*starts)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", port).start()
            supervisor.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield supervisor
        finally:
            await runner.cleanup()
            await asyncio.gather(*(environment.stop() for environment in supervisor.environments.values()))

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._explained])
        for method, path, handler in (
            ("GET", "/environments", self._list),
            ("GET", "/environments/{env}", self._show),
            ("POST", "/environments/{env}/deploy", self._deploy),
            ("GET", "/environments/{env}/exposure", self._observe),
            ("POST", "/environments/{env}/exposure", self._expose),
            ("POST", "/environments/{env}/undo", self._undo),
            ("GET", "/environments/{env}/weights", self._show_weights),
            ("PUT", "/environments/{env}/weights", self._set_weights),
            ("POST", "/environments/{env}/load", self._set_load),
            ("GET", "/sd/{env}", self._targets),
            ("POST", "/faults", self._break),
        ):
            app.router.add_route(method, path, handler)
        return app

    @web.middleware
    async def _explained(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Turns what went wrong into an answer that says so."""
        try:
            return await handler(request)
        except ValidationError as error:
            first = error.errors()[0]
            status, words = 400, f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}"
        except UnknownCommitError as error:
            status, words = 404, str(error)
        except (RefusedError, StaleGenerationError) as error:
            status, words = 409, str(error)
        except StartFailedError as error:
            status, words = 502, str(error)
        except web.HTTPException as error:
            status, words = error.status, error.text or error.reason
        return web.json_response({"error": words}, status=status)

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response({name: environment.describe() for name, environment in self.environments.items()})

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(self._environment(request).describe())

    async def _deploy(self, request: web.Request) -> web.Response:
        body = await _read(request, DeployBody)
        return web.json_response(await self._environment(request).deploy(body.commit, body.version))

    async def _observe(self, request: web.Request) -> web.Response:
        return web.json_response(await self._environment(request).observe(request.query.get("commit", "")))

    async def _expose(self, request: web.Request) -> web.Response:
        body = await _read(request, ExposureBody)
        exposed = await self._environment(request).expose(body.commit, body.percent, body.generation)
        return web.json_response(exposed)

    async def _undo(self, request: web.Request) -> web.Response:
        body = await _read(request, UndoBody)
        return web.json_response(await self._environment(request).undo(body.commit))

    async def _show_weights(self, request: web.Request) -> web.Response:
        return web.json_response(self._environment(request).splitter.describe())

    async def _set_weights(self, request: web.Request) -> web.Response:
        body = await _read(request, WeightsBody)
        splitter = self._environment(request).splitter
        splitter.set_weights({"blue": body.blue, "green": body.green}, body.generation)
        return web.json_response(splitter.describe())

    async def _set_load(self, request: web.Request) -> web.Response:
        load = self._environment(request).load
        load.requests_per_second = (await _read(request, LoadBody)).requests_per_second
        return web.json_response(load.describe())

    async def _targets(self, request: web.Request) -> web.Response:
        return web.json_response(self._environment(request).targets())

    async def _break(self, request: web.Request) -> web.Response:
        fault = await _read(request, Fault)
        environment = self._named(fault.environment)
        for slot, number in (
            (fault.kill, signal.SIGKILL),
            (fault.silence, signal.SIGUSR1),
            (fault.speak, signal.SIGUSR2),
        ):
            if slot:
                await environment.signal(slot, number)
        if fault.restart_splitter:
            await environment.splitter.stop()
            await environment.splitter.start()
        for name in ("deploy_seconds", "deploy_failure", "exposure_seconds"):
            if (value := getattr(fault, name)) is not None:
                setattr(environment.faults, name, value)
        return web.json_response(environment.describe())

    def _environment(self, request: web.Request) -> Environment:
        return self._named(request.match_info["env"])

    def _named(self, name: str) -> Environment:
        if name not in self.environments:
            raise web.HTTPNotFound(text=f"no environment {name}: there are {', '.join(self.environments)}")
        return self.environments[name]


async def _read(request: web.Request, body: type[AnyBody]) -> AnyBody:
    return body.model_validate_json(await request.read())


async def _serve(folder: Path, port: int, requests_per_second: dict[str, float]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Supervisor.running(folder, requests_per_second, port) as supervisor:
        shops = {name: environment.splitter.url for name, environment in supervisor.environments.items()}
        started = {"url": supervisor.url, "repository": str(supervisor.repository), "shops": shops}
        os.write(sys.stdout.fileno(), json.dumps(started).encode() + b"\n")
        await stop.wait()


def main() -> None:
    """Runs until SIGTERM or Ctrl-C; prints one line of JSON with its addresses once everything answers."""
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox.supervisor")
    parser.add_argument("--folder", type=Path, required=True, help="for the repository, the builds and the logs")
    parser.add_argument("--port", type=int, default=0, help="of the control API; 0 takes a free one")
    for name, rate in REQUESTS_PER_SECOND.items():
        parser.add_argument(f"--{name}", type=float, default=rate, help="requests per second")
    arguments = parser.parse_args()
    rates = {name: getattr(arguments, name) for name in REQUESTS_PER_SECOND}
    asyncio.run(_serve(arguments.folder, arguments.port, rates))


if __name__ == "__main__":
    main()
