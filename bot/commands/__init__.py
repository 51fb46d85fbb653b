"""What commands share: how they speak, how a mistake is told, and the plans and releases that there are.

The one thing to remember: each command parses, calls one function, and prints. Heavy imports (Slack, the web server)
happen inside the commands that need them, so that `songbird rollback` answers at once.
"""

import sys
import time
from typing import TYPE_CHECKING

import click

from bot.core.errors import SongbirdError

if TYPE_CHECKING:
    from bot.adapters.metrics.patience import Patience
    from bot.core.plan import Plan
    from bot.shell import Shell


def say(line: str, *, err: bool = False) -> None:
    """To the terminal, with the names that the commands have in Slack here."""
    if "/" in line:
        from bot.core.errors import Misconfigured  # noqa: PLC0415 - seldom
        from bot.core.slash import Slash  # noqa: PLC0415
        from bot.settings import LocalSettings, load_settings  # noqa: PLC0415

        try:
            line = load_settings(LocalSettings).slash.said(line)
        except Misconfigured:  # it may be what is being said
            line = Slash().said(line)
    click.echo(line, err=err)


class Group(click.Group):
    """Says what is wrong in one line, without a traceback, when it is not our bug; names the nearest command.

    Commands are listed in the order in which they were added.
    """

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except SongbirdError as error:
            say(str(error), err=True)
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


def open_shell() -> "Shell":
    from bot.settings import LocalSettings, load_settings  # noqa: PLC0415
    from bot.shell import Shell  # noqa: PLC0415

    return Shell(load_settings(LocalSettings).database)


def plan_of(service: str) -> "Plan":
    """Raises Refused where the folder has none for it, Misconfigured where a file cannot be read."""
    from bot.core.errors import Refused  # noqa: PLC0415

    plans = plans_in_force()
    if service not in plans:
        raise Refused(f"there is no plan for {service}; there is one for: {', '.join(plans)}")
    return plans[service]


def plans_there_are() -> "dict[str, Plan]":
    """For what may be answered without them: none, where they cannot be read."""
    from bot.core.errors import Misconfigured  # noqa: PLC0415

    try:
        return plans_in_force()
    except Misconfigured:
        return {}


def plans_in_force() -> "dict[str, Plan]":
    from bot.plans import load_folder  # noqa: PLC0415
    from bot.settings import LocalSettings, load_settings, load_variables  # noqa: PLC0415

    return load_folder(load_settings(LocalSettings).plans, load_variables())


COLUMNS = 100
"""Where nobody knows how wide the paper is: a file, a pipe."""
COLUMNS_MAX = 120
"""Longer lines are no easier to read."""


def columns() -> int:
    """How wide what is printed may be: as the terminal is."""
    import shutil  # noqa: PLC0415

    return min(shutil.get_terminal_size((COLUMNS, 24)).columns, COLUMNS_MAX)


def patient() -> "Patience":
    """One that says beside the result, on stderr, what is waited for."""
    from functools import partial  # noqa: PLC0415

    from bot.adapters.metrics.patience import Patience  # noqa: PLC0415

    return Patience(tell=partial(click.echo, err=True), progress=Progress().tell)


PROGRESS_SECONDS = 15.0
"""A line so often says that it goes on; what takes less needs none."""


class Progress:
    """How far something has come, on stderr, where that takes a while."""

    def __init__(self) -> None:
        self._told_at = time.monotonic()

    def tell(self, words: str) -> None:
        now = time.monotonic()
        if now - self._told_at >= PROGRESS_SECONDS:
            self._told_at = now
            click.echo(words, err=True)
