"""Starts one shop: `python -m shop --environment production --port 8080`.

Once it listens it prints one line of JSON with its port, so that port 0 (any free one) can be asked for. It ends on
SIGTERM, on Ctrl-C, and when its standard input closes: whoever started it is gone then.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import tomllib
from pathlib import Path

from aiohttp import web

from .database import Database
from .pages import Pages
from .payments import Payments
from .telemetry import Telemetry

HOME = Path(__file__).resolve().parent.parent


async def serve(environment: str, port: int) -> None:
    config = tomllib.loads((HOME / "config" / f"{environment}.toml").read_text())
    database = Database(HOME / "migrations", **config["database"])
    telemetry = Telemetry(database)
    runner = web.AppRunner(Pages(database, Payments(), telemetry).app(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, telemetry.silence)  # a drill: the metrics page fails until SIGUSR2
    loop.add_signal_handler(signal.SIGUSR2, telemetry.speak)
    if not sys.stdin.isatty():
        loop.add_reader(sys.stdin.fileno(), stop.set)  # nothing is ever sent: readable means closed
    _, bound_port = runner.addresses[0][:2]
    os.write(1, json.dumps({"port": bound_port}).encode() + b"\n")
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(prog="shop")
    parser.add_argument("--environment", required=True)
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.environment, arguments.port))


if __name__ == "__main__":
    main()
