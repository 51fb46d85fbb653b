"""What keeps a service's releases from their users' traffic, from the shell: locks and freezes."""

import time
from typing import TYPE_CHECKING

import click

from bot.commands import open_shell, plans_in_force, say

if TYPE_CHECKING:
    from bot.core.bars import BarCommand


@click.command()
@click.argument("service")
@click.argument("reason", nargs=-1, required=True)
def lock(service: str, reason: tuple[str, ...]) -> None:
    """Keep SERVICE's releases from more of their users' traffic."""
    from bot.core.bars import LockService  # noqa: PLC0415

    _bar(LockService(service, " ".join(reason)))


@click.command()
@click.argument("service")
@click.argument("reason", nargs=-1, required=True)
def unlock(service: str, reason: tuple[str, ...]) -> None:
    """Lift the lock on SERVICE; what waits goes on by itself."""
    from bot.core.bars import UnlockService  # noqa: PLC0415

    _bar(UnlockService(service, " ".join(reason)))


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="It is meant as it was said back.")
def freeze(words: tuple[str, ...], *, yes: bool) -> None:
    """Lock services for a time, in the machine's own time zone.

    WORDS: [from DAY TIME] to DAY TIME | for 3d, then SERVICE… or all, then the reason.
    """
    from bot.core.bars import FreezeServices  # noqa: PLC0415
    from bot.core.calendar import understand  # noqa: PLC0415
    from bot.core.errors import Refused  # noqa: PLC0415
    from bot.shell import understood  # noqa: PLC0415

    spoken = [word for words_ in words for word in words_.split()]
    meant = understand(spoken, time.time(), None, plans_in_force())
    if meant.doubts and not yes:
        raise Refused("\n".join([f"understood: {understood(meant)}", *meant.doubts, "if that is meant, add --yes"]))
    _bar(FreezeServices(meant.services, meant.starts_at, meant.ends_at, meant.reason))


@click.command()
@click.argument("freeze")
@click.argument("reason", nargs=-1, required=True)
def thaw(freeze: str, reason: tuple[str, ...]) -> None:
    """End FREEZE, by its id, before its time."""
    from bot.core.bars import ThawFreeze  # noqa: PLC0415

    _bar(ThawFreeze(freeze, " ".join(reason)))


def _bar(command: "BarCommand") -> None:
    with open_shell() as shell:
        say(shell.bar(command, plans_in_force()))
