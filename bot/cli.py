"""`songbird`: one program, also as `python -m bot`. Its commands are in `bot.commands`."""

import asyncio
import sys
from pathlib import Path

import click

from bot import __version__
from bot.commands import Group, bars, releases
from bot.commands.backtest import backtest
from bot.commands.judge import judge
from bot.commands.plan import plan
from bot.commands.rehearse import rehearse
from bot.core.errors import SongbirdError

MANIFEST = Path(__file__).parents[1] / "manifest.yml"


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="songbird")
def main() -> None:
    """Carry a release from "QA signed off" to "healthy in production"."""


@main.command()
def run() -> None:
    """Run the bot until it is told to stop (SIGTERM, Ctrl-C)."""
    from bot.app import serve  # noqa: PLC0415 - brings Slack and the web server along
    from bot.settings import Settings, load_settings  # noqa: PLC0415

    asyncio.run(serve(load_settings(Settings)))


@main.command()
def doctor() -> None:
    """Ask everything that the bot depends on whether it would work.

    Changes nothing anywhere. Exit code 1 when something would not work.
    """
    from bot.doctor import examine, lines  # noqa: PLC0415
    from bot.settings import Settings, load_settings  # noqa: PLC0415

    async def tell() -> bool:
        """Before the event loop is closed: that waits for a name that no server resolves, which nobody can end."""
        found = await examine(load_settings(Settings))
        click.echo("\n".join(lines(found)))
        return all(finding.fine for finding in found)

    sys.exit(0 if asyncio.run(tell()) else 1)


@main.command()
def manifest() -> None:
    """Print the Slack app's manifest, with your commands' names."""
    from bot.settings import LocalSettings, load_settings  # noqa: PLC0415

    if not MANIFEST.is_file():
        raise SongbirdError(f"there is no {MANIFEST}: it comes with the source of Songbird")
    click.echo(load_settings(LocalSettings).slash.said(MANIFEST.read_text()), nl=False)


@main.command()
@click.option("--headless", is_flag=True, help="No page: play the people as well, print one JSON object a line.")
@click.option("--story", default="good", show_default=True, help="good, bad, concern or restart (with --headless).")
@click.option("--port", default=8300, show_default=True, help="Port of the page; 0 for any.")
@click.option("--http", "over_http", is_flag=True, help="Slack sends the bot signed requests; no Socket Mode.")
@click.option("--prometheus", "measured", is_flag=True, help="The bot asks a Prometheus (which must be installed).")
def demo(*, headless: bool, story: str, port: int, over_http: bool, measured: bool) -> None:
    """Play it all here: a Slack, a shop with traffic, and the bot."""
    from bot.sandbox.demo import show  # noqa: PLC0415 - brings the sandbox along
    from bot.sandbox.stories import play  # noqa: PLC0415

    ways = {"over_http": over_http, "measured": measured}
    sys.exit(asyncio.run(play(story, **ways) if headless else show(port, **ways)))


for command in (
    plan,
    rehearse,
    backtest,
    judge,
    releases.list_releases,
    releases.status,
    releases.stage,
    releases.accept,
    releases.why,
    releases.daily,
    releases.audit,
    releases.followups,
    releases.stats,
    releases.finding,
    releases.incident,
    bars.lock,
    bars.unlock,
    bars.freeze,
    bars.thaw,
    releases.override,
    releases.hold,
    releases.resume,
    releases.promote,
    releases.rollback,
    releases.cancel,
    releases.give_up,
    releases.unblock,
):
    main.add_command(command)
