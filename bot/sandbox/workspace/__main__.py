"""`python -m bot.sandbox.workspace`: the stand-in as a process of its own, which prints where it is as a line of JSON.

With `--sample` it also fills itself with messages of every kind and runs a small bot in them, so that the page can
be worked on without Songbird. It runs until it is told to stop. The one thing a reader could forget: the line is the
first thing printed, and a parent process may wait for it.
"""

import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path
from typing import Any

import click
from ruamel.yaml import YAML

from bot.sandbox.workspace.records import App
from bot.sandbox.workspace.sample import SAMPLE_APP, SampleBot
from bot.sandbox.workspace.server import Workspace


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=0, show_default="any free one")
@click.option("--manifest", type=click.Path(exists=True, path_type=Path), help="Install the app as this manifest says.")
@click.option("--rate-scale", default=1.0, show_default=True, help="2 allows twice Slack's rates, inf everything.")
@click.option("--sample", is_flag=True, help="Fill the workspace with sample messages and run a small bot.")
def main(host: str, port: int, manifest: Path | None, rate_scale: float, sample: bool) -> None:
    """Serve a stand-in for a Slack workspace on loopback."""
    app = SAMPLE_APP if sample else None
    if manifest is not None:
        parsed: dict[str, Any] = YAML(typ="safe").load(manifest)
        app = App.from_manifest(parsed)
    asyncio.run(serve(host, port, app, rate_scale, is_sample=sample))


async def serve(host: str, port: int, app: App | None, rate_scale: float, *, is_sample: bool) -> None:
    stopping = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    async with contextlib.AsyncExitStack() as stack:
        workspace = await Workspace.start(host, port, app=app, rate_scale=rate_scale)
        stack.push_async_callback(workspace.stop)
        where = {
            "kind": "workspace",
            "url": workspace.url,
            "api_url": workspace.api_url,
            "bot_token": workspace.bot_token,
            "app_token": workspace.app_token,
        }
        sys.stdout.write(json.dumps(where) + "\n")
        sys.stdout.flush()
        if is_sample:
            bot = SampleBot(workspace.api_url, workspace.bot_token, workspace.app_token)
            stack.push_async_callback(bot.stop)
            await bot.start()
        await stopping.wait()


if __name__ == "__main__":
    main()
