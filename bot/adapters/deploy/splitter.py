"""The demo's deployer: the supervisor's control API, JSON over HTTP.

Its answers say whose fault it was: 4xx is a refusal (409: a newer generation is in force, or there is no room), 502 a
version that did not start; nothing has changed after either. To forget: any other failure once the request was out, a
connection lost or a time-out, may be a change that happened.
"""

from collections.abc import Mapping
from typing import Any

import aiohttp

from bot.adapters.deploy import Observed, Target
from bot.adapters.unreached import why_not
from bot.core.errors import Permanent, Temporary, Unknown
from bot.core.systems import SplitterDeployer

_REFUSED_MIN = 400
_BROKEN_MIN = 500
_DID_NOT_START = 502


class Splitter:
    """`session` belongs to whoever composes the bot, and is closed there."""

    def __init__(self, wanted: SplitterDeployer, session: aiohttp.ClientSession) -> None:
        self._wanted = wanted
        self._session = session

    async def deploy(self, target: Target, key: str) -> None:  # noqa: ARG002 - the commit is its key here
        body = {"commit": target.commit, "version": target.name}
        await self._write(target, "deploy", body, self._wanted.deploy_time_max)

    async def set_exposure(self, target: Target, percent: float, generation: int) -> None:
        body = {"commit": target.commit, "percent": percent, "generation": generation}
        await self._write(target, "exposure", body, self._wanted.expose_time_max)

    async def observe(self, service: str, environment: str) -> Observed:  # noqa: ARG002 - it has one service
        try:
            answer = await self._ask("GET", environment, None, self._wanted.expose_time_max)
        except Unknown as error:
            raise Temporary(str(error)) from None  # looking changes nothing
        return {slot["commit"]: float(slot["percent"]) for slot in answer["slots"].values()}

    async def undo(self, target: Target, key: str) -> None:  # noqa: ARG002 - the commit is its key here
        await self._write(target, "undo", {"commit": target.commit}, self._wanted.deploy_time_max)

    async def _write(self, target: Target, verb: str, body: Mapping[str, object], time_max_seconds: float) -> None:
        await self._ask("POST", f"{target.environment}/{verb}", body, time_max_seconds)

    async def _ask(self, method: str, path: str, body: Mapping[str, object] | None, time_max_seconds: float) -> Any:  # noqa: ANN401 - JSON
        url = f"{self._wanted.url.rstrip('/')}/environments/{path}"
        limit = aiohttp.ClientTimeout(total=time_max_seconds)
        try:
            async with self._session.request(method, url, json=body, timeout=limit) as response:
                answer = await response.json()
        except aiohttp.ClientConnectorError as error:
            raise Temporary(f"the supervisor could not be reached: {why_not(error, url)}") from None
        except TimeoutError:
            raise Unknown(f"{method} {path}: no answer within {time_max_seconds:g} s") from None
        except (aiohttp.ClientError, ValueError) as error:
            raise Unknown(f"{method} {path}: {error}") from None
        if response.status < _REFUSED_MIN:
            return answer
        words = answer.get("error", f"answered {response.status}") if isinstance(answer, dict) else response.reason
        if response.status < _BROKEN_MIN or response.status == _DID_NOT_START:
            raise Permanent(str(words))
        raise Unknown(f"{method} {path}: {words}")
