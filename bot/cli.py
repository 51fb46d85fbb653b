"""`songbird`: one program, also as `python -m bot`. Each command here parses, calls one function, and prints.

The one thing to remember: heavy imports (Slack, the web server) happen inside the commands that need them, so that
`songbird rollback` answers at once.
"""

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot import __version__
from bot.core.errors import SongbirdError

if TYPE_CHECKING:
    from bot.shell import Shell


class Group(click.Group):
    """Says what is wrong in one line, without a traceback, when it is not our bug; names the nearest command.

    Commands are listed in the order in which they stand in this file.
    """

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except SongbirdError as error:
            click.echo(str(error), err=True)
            sys.exit(1)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        import difflib  # noqa: PLC0415 - only on a mistyped command

        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            near = difflib.get_close_matches(args[0], self.commands, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there is: {', '.join(self.commands)}."
            raise click.UsageError(f"there is no command {args[0]!r}; {hint}", ctx) from None


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

    found = asyncio.run(examine(load_settings(Settings)))
    for line in lines(found):
        click.echo(line)
    sys.exit(0 if all(finding.fine for finding in found) else 1)


@main.command()
@click.option("--headless", is_flag=True, help="No page: play the people as well, print one JSON object a line.")
@click.option("--story", default="good", show_default=True, help="good, bad, concern or restart (with --headless).")
@click.option("--port", default=8300, show_default=True, help="Port of the page; 0 for any.")
def demo(*, headless: bool, story: str, port: int) -> None:
    """Play it all here: a Slack, a shop with traffic, and the bot."""
    from bot.sandbox.demo import show  # noqa: PLC0415 - brings the sandbox along
    from bot.sandbox.stories import play  # noqa: PLC0415

    sys.exit(asyncio.run(play(story) if headless else show(port)))


@main.group(cls=Group)
def plan() -> None:
    """Look at plan files."""


@plan.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def lint(files: tuple[Path, ...]) -> None:
    """Say everything that is wrong with plan FILES, with line and fix.

    FILES may be folders. Exit code 1 when a bot could not start with them.
    """
    from bot.plans import lint as lint_files  # noqa: PLC0415 - the YAML parser
    from bot.settings import load_variables  # noqa: PLC0415

    problems = lint_files(files, load_variables())
    for problem in problems:
        click.echo(str(problem))
    broken = sum(problem.grave for problem in problems)
    click.echo(f"{broken} error(s), {len(problems) - broken} note(s) in {', '.join(map(str, files))}")
    sys.exit(1 if broken else 0)


# ── releases, from the shell ─────────────────────────────────────────────────────────────────────────────────────────


def _shell() -> "Shell":
    from bot.settings import LocalSettings, load_settings  # noqa: PLC0415
    from bot.shell import Shell  # noqa: PLC0415

    return Shell(load_settings(LocalSettings).database)


@main.command(name="list")
@click.option("--all", "everything", is_flag=True, help="Also those that have ended.")
def list_releases(*, everything: bool) -> None:
    """Releases that are moving, newest first."""
    from bot.shell import table  # noqa: PLC0415

    with _shell() as shell:
        releases, older = shell.releases(moving=not everything)
    for line in table(releases, time.time()):
        click.echo(line)
    if older:
        click.echo(f"and {older} older")
    if not releases:
        click.echo("there is no release yet" if everything else "nothing is moving; --all shows what has ended")


@main.command()
@click.argument("release")
def status(release: str) -> None:
    """Where RELEASE is, how its gates stand, and what it waits for."""
    from bot.shell import report  # noqa: PLC0415

    with _shell() as shell:
        state = shell.release(release)
    for line in report(state, time.time()):
        click.echo(line)


@main.command()
@click.argument("service")
@click.argument("ref")
@click.argument("note", nargs=-1)
def stage(service: str, ref: str, note: tuple[str, ...]) -> None:
    """Start a release of SERVICE at REF: a tag, a branch or a commit."""
    from bot.core.errors import Refused  # noqa: PLC0415
    from bot.plans import load_folder  # noqa: PLC0415
    from bot.settings import LocalSettings, load_settings, load_variables  # noqa: PLC0415
    from bot.shell import table  # noqa: PLC0415

    plans = load_folder(load_settings(LocalSettings).plans, load_variables())
    if service not in plans:
        raise Refused(f"there is no plan for {service}; there is one for: {', '.join(plans)}")
    with _shell() as shell:
        state = shell.stage(plans[service], ref, " ".join(note))
    click.echo(table([state], time.time())[0])


@main.command()
@click.argument("release")
@click.argument("metric")
@click.option("--because", required=True, help="Why it is all right; everybody reads it.")
def accept(release: str, metric: str, because: str) -> None:
    """Accept an anomaly of METRIC: known, and no news in this stage."""
    with _shell() as shell:
        click.echo(shell.accept(release, metric, because))


def _verb(name: str, says: str) -> None:
    @main.command(name=name, help=says)
    @click.argument("release")
    @click.argument("reason", nargs=-1)
    def command(release: str, reason: tuple[str, ...]) -> None:
        from bot.shell import table  # noqa: PLC0415

        with _shell() as shell:
            state = shell.ask(name, release, " ".join(reason))
            click.echo(table([state], time.time())[0])
            if name == "rollback" and state.deployed:
                _wait_until_restored(shell, release)


def _wait_until_restored(shell: "Shell", release: str) -> None:
    seconds = shell.wait_until_restored(release)
    if seconds is None:
        raise SongbirdError("it is written down, but nobody was seen doing it: does the bot run on this database?")
    click.echo(f"traffic is back on the old version, seen {seconds:.1f} s after the rollback")


_verb("hold", "Stop promotion of RELEASE; watching and rollback go on.")
_verb("resume", "Let a held RELEASE go on.")
_verb("promote", "Skip the waiting of RELEASE's step; never a gate that fails.")
_verb("rollback", "Take the traffic of RELEASE back, and wait until that was seen.")
_verb("cancel", "End RELEASE before it has traffic in production.")
_verb("unblock", "Let the rolled-back build of RELEASE be released again.")
