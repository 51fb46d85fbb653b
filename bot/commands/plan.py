"""`songbird plan`: looks at plan files, and applies a changed one to a release."""

import asyncio
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands import Group, open_shell, patient, plan_of, say
from bot.commands.plan_init import init

if TYPE_CHECKING:
    from bot.plans import Problem


@click.group(cls=Group)
def plan() -> None:
    """Look at plan files; apply a changed one to a release."""


@plan.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--live", is_flag=True, help="Ask their metrics' sources too: what is not there, what broke last week.")
def lint(files: tuple[Path, ...], *, live: bool) -> None:
    """Say everything that is wrong with plan FILES, with line and fix.

    FILES may be folders. Exit code 1 when a bot could not start with them.
    """
    from bot.core.quantities import counted  # noqa: PLC0415 - pydantic
    from bot.plans import lint as lint_files  # noqa: PLC0415 - the YAML parser
    from bot.settings import load_variables  # noqa: PLC0415

    problems = lint_files(files, load_variables())
    more: list[str] = []
    if live:
        from bot.logs import quietly  # noqa: PLC0415 - beside what is asked

        with quietly():
            found, more = asyncio.run(looked_at_live(files, time.time()))
        problems += found
    for problem in problems:
        click.echo(str(problem))
    broken = sum(problem.grave for problem in problems)
    click.echo(f"{counted(broken, 'error')}, {counted(len(problems) - broken, 'note')} in {', '.join(map(str, files))}")
    for line in more:
        click.echo(line)
    sys.exit(1 if broken else 0)


@plan.command(name="diff")
@click.argument("release")
def plan_diff(release: str) -> None:
    """Say what changed in the plan file since RELEASE was staged.

    And what that would mean for it, where it is now. Changes nothing.
    """
    from bot.shell import outlook_in_lines  # noqa: PLC0415

    with open_shell() as shell:
        state = shell.release(release)
        lines = outlook_in_lines(shell.outlook(state, plan_of(state.service)))
    for line in lines:
        say(line)


@plan.command(name="apply")
@click.argument("release")
@click.argument("reason", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not show what it means, and do not ask.")
def plan_apply(release: str, reason: tuple[str, ...], *, yes: bool) -> None:
    """Let RELEASE go on by its plan file as it is now.

    What it stands in is judged from the beginning, and whoever said yes is asked again.
    """
    from bot.core.replan import is_pinned, place  # noqa: PLC0415
    from bot.shell import outlook_in_lines, table  # noqa: PLC0415

    with open_shell() as shell:
        state = shell.release(release)
        changed = plan_of(state.service)
        if is_pinned(state, changed) or not yes:
            for line in outlook_in_lines(shell.outlook(state, changed)):
                say(line)
        if is_pinned(state, changed):
            return
        place(state, changed)  # refused before anybody is asked
        if not yes:
            click.confirm("apply it?", abort=True)
        state = shell.change_plan(state, changed, " ".join(reason))
    say(table([state], time.time())[0])


@plan.command(name="schema")
def plan_schema() -> None:
    """Print the JSON schema of a plan, for editors."""
    import json  # noqa: PLC0415

    from bot.plans.schema import schema  # noqa: PLC0415 - pydantic, and the plan's own source

    click.echo(json.dumps(schema(), indent=2, ensure_ascii=False))


async def looked_at_live(files: Iterable[Path], now: float) -> "tuple[list[Problem], list[str]]":
    """What the sources of these plans say of them, and lines to paste: metrics that are shown and not watched."""
    import aiohttp  # noqa: PLC0415

    from bot.app import Adapters  # noqa: PLC0415 - brings Slack along
    from bot.plans import readable  # noqa: PLC0415
    from bot.plans.first import fragment  # noqa: PLC0415
    from bot.plans.live import examine  # noqa: PLC0415
    from bot.settings import load_variables  # noqa: PLC0415

    variables = load_variables()
    problems: list[Problem] = []
    lines: list[str] = []
    async with aiohttp.ClientSession() as session:
        adapters = Adapters(session, variables)
        for one, written in readable(files, variables):
            found = await examine(one, written, adapters.source_of(one), now, patient())
            problems += found.problems
            if found.proposals:
                lines += [
                    f"# {one.service} shows this too, and nothing watches it:",
                    *fragment(found.proposals),
                ]
    return problems, lines


plan.add_command(init)
