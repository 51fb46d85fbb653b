"""The doors for machines: `/healthz` (the process turns), `/readyz` (it can do its work), `/metrics` (Prometheus).

The one thing to remember: these say how the bot is, never how a release is, and are served without a login; so they
carry no names, texts or versions of anybody's software but our own.
"""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bot.core.effects import Urgency
from bot.core.errors import Misconfigured

STUCK_SECONDS = 30.0
"""A loop that has not turned for so long is stuck: they all turn at least once a second or two."""

IN_HAND_SECONDS_MAX = 1.0
"""For answers on their way when the bot stops; a page here takes a hundredth of it."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """How the bot is, as questions. `stuck_loops(now, seconds)` names those that do not turn.

    `waiting` counts what is not done yet, by urgency, and says since when the oldest of it is wanted.
    `look_late_seconds(now)` is how late the look is that is due longest.
    `slack_trouble` says why Slack cannot be heard, or ""; `slack_refused` counts requests that were not Slack's own.
    """

    stuck_loops: Callable[[float, float], list[str]]
    slack_trouble: Callable[[], str]
    slack_refused: Callable[[], int]
    moving: Callable[[], int]
    unreadable: Callable[[], int]
    effects_given_up: Callable[[], int]
    waiting: Callable[[], Mapping[Urgency, tuple[int, float]]]
    look_late_seconds: Callable[[float], float]
    model_resting: Callable[[], bool]
    clock: Callable[[], float]

    def oldest_seconds(self, urgency: Urgency) -> float:
        """How long the oldest of these has waited."""
        _, wanted_at = self.waiting().get(urgency, (0, self.clock()))
        return max(0.0, self.clock() - wanted_at)

    def problems(self) -> list[str]:
        """Why the bot is not ready; empty when it is."""
        stuck = [f"the {name} loop is stuck" for name in self.stuck_loops(self.clock(), STUCK_SECONDS)]
        trouble = self.slack_trouble()
        return [*stuck, trouble] if trouble else stuck


VITALS: web.AppKey[Vitals] = web.AppKey("vitals", Vitals)


def build(vitals: Vitals) -> web.Application:
    """The routes, over these vitals."""
    app = web.Application()
    app[VITALS] = vitals
    app.add_routes([web.get("/healthz", _healthz), web.get("/readyz", _readyz), web.get("/metrics", _metrics)])
    return app


@asynccontextmanager
async def serving(vitals: Vitals, host: str, port: int) -> AsyncIterator[str]:
    """Serve until left; gives the address. Raises Misconfigured as `listening` does."""
    async with listening(build(vitals), host, port, prefix="SONGBIRD_") as address:
        yield address


@asynccontextmanager
async def listening(
    app: web.Application, host: str, port: int, *, prefix: str, in_hand_seconds_max: float = IN_HAND_SECONDS_MAX
) -> AsyncIterator[str]:
    """Serve these routes until left, then let what is in hand be answered; gives the address.

    Raises Misconfigured when the port is taken or the host is not ours, and names the settings HOST and PORT with this
    prefix.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=in_hand_seconds_max)
    await runner.setup()
    try:
        await _listen(runner, host, port, prefix)
        bound_port = runner.addresses[0][1]
        yield f"http://{f'[{host}]' if ':' in host else host}:{bound_port}"
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int, prefix: str) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise Misconfigured(
            f"nothing can be served on {host}:{port} ({os.strerror(error.errno).lower() if error.errno else error}): "
            f"{prefix}PORT names another port (0: any free one), {prefix}HOST another address"
        ) from None


async def _healthz(request: web.Request) -> web.Response:
    vitals = request.app[VITALS]
    stuck = vitals.stuck_loops(vitals.clock(), STUCK_SECONDS)
    return web.json_response({"alive": not stuck, "stuck": stuck}, status=503 if stuck else 200)


async def _readyz(request: web.Request) -> web.Response:
    problems = request.app[VITALS].problems()
    return web.json_response({"ready": not problems, "problems": problems}, status=503 if problems else 200)


async def _metrics(request: web.Request) -> web.Response:
    vitals = request.app[VITALS]
    registry = CollectorRegistry()
    for name, says, value in (
        ("songbird_releases_moving", "Releases that have not ended.", vitals.moving()),
        ("songbird_releases_unreadable", "Releases whose journals cannot be read.", vitals.unreadable()),
        ("songbird_effects_given_up", "Effects that failed for good; somebody should look.", vitals.effects_given_up()),
        ("songbird_effects_waiting", "Effects that are not done yet.", sum(n for n, _ in vitals.waiting().values())),
        *(
            (
                f"songbird_oldest_{name}_seconds",
                f"How long the oldest unsent {says} has waited.",
                vitals.oldest_seconds(of),
            )
            for name, says, of in (
                ("milestone", "milestone (card, question, failure, ending)", Urgency.MILESTONES),
                ("story", "line of a thread", Urgency.WORDS),
            )
        ),
        (
            "songbird_look_late_seconds",
            "How late the look is that is due longest.",
            vitals.look_late_seconds(vitals.clock()),
        ),
        ("songbird_slack_connected", "1 while Slack can be heard.", int(not vitals.slack_trouble())),
        ("songbird_slack_refused", "Requests that were not Slack's, since the start.", vitals.slack_refused()),
        ("songbird_model_resting", "1 while a model fails and templates write.", int(vitals.model_resting())),
        ("songbird_loops_stuck", "Loops that do not turn.", len(vitals.stuck_loops(vitals.clock(), STUCK_SECONDS))),
    ):
        Gauge(name, says, registry=registry).set(value)
    return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
