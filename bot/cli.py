"""`songbird`: one program, also as `python -m bot`. Each command here parses, calls one function, and prints.

The one thing to remember: heavy imports (Slack, the web server) happen inside the commands that need them, so that
`songbird rollback` answers at once.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot import __version__
from bot.backtest import backtest
from bot.core.errors import SongbirdError
from bot.planning import init, looked_at_live
from bot.processes import pool_of_processes
from bot.rehearse import rehearse

if TYPE_CHECKING:
    from bot.core.bars import BarCommand
    from bot.core.plan import Plan
    from bot.shell import Shell


MANIFEST = Path(__file__).parents[1] / "manifest.yml"


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

    Commands are listed in the order in which they stand in this file.
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


@main.group(cls=Group)
def plan() -> None:
    """Look at plan files; apply a changed one to a release."""


@plan.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--live", is_flag=True, help="Ask their metrics' sources too: what is not there, what broke last week.")
def lint(files: tuple[Path, ...], *, live: bool) -> None:
    """Say everything that is wrong with plan FILES, with line and fix.

    FILES may be folders. Exit code 1 when a bot could not start with them.
    """
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
    click.echo(f"{broken} error(s), {len(problems) - broken} note(s) in {', '.join(map(str, files))}")
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

    with _shell() as shell:
        state = shell.release(release)
        lines = outlook_in_lines(shell.outlook(state, _plan_of(state.service)))
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

    with _shell() as shell:
        state = shell.release(release)
        changed = _plan_of(state.service)
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


plan.add_command(init)
main.add_command(rehearse)
main.add_command(backtest)


# ── samples, from a file ─────────────────────────────────────────────────────────────────────────────────────────────

READ_BYTES = 1 << 22
MANY_BYTES = 1 << 15
"""So much at once is worth the other processors. A pipe in a hurry brings twice as much, somebody typing never does."""
LINES_TOGETHER = 8


@main.command()
@click.argument("file", type=click.File("rb"))
def judge(file: BufferedReader) -> None:
    """Judge samples of a canary and its control, JSON by the line.

    FILE holds the lines; - is standard input. Each gets one line of JSON, in the same order, with the verdict pass,
    fail, inconclusive or error, and the reason. Exit code 1 when a line could not be judged, 2 when FILE cannot be
    read.

    \b
    {"name": "errors", "kind": "count", "direction": "increase",
     "interval_seconds": 15, "tolerance": 1.5,
     "control": [[1, 900], [2, 880]], "canary": [[9, 101], null]}

    A pair is [events, total] of an interval, a plain number is its value, null is missing. kind: count, gauge,
    latency or ratio. direction: which one is bad, increase, decrease or either. tolerance: how many times its control
    the canary may be; it may be left out.
    """  # noqa: D301 - click's mark of a paragraph that is not to be wrapped
    all_fine = True
    for verdicts, fine in _judged(file):
        click.echo(verdicts.encode(errors="backslashreplace"), nl=False)
        all_fine = all_fine and fine
    sys.exit(0 if all_fine else 1)


def _judged(file: BufferedReader) -> Iterator[tuple[str, bool]]:
    """Verdicts in the order of the lines, as soon as they are there, and whether all of them could be judged."""
    from bot.analysis.lines import answers  # noqa: PLC0415 - the validation of plans

    pool = None
    with ExitStack() as stack:
        for lines in _read(file):
            if pool is None and sum(len(text) for _, text in lines) >= MANY_BYTES:
                pool = stack.enter_context(pool_of_processes())
            together = LINES_TOGETHER if pool else 1
            chunks = [lines[at : at + together] for at in range(0, len(lines), together)]
            yield from pool.map(answers, chunks) if pool else map(answers, chunks)


def _read(file: BufferedReader) -> Iterator[list[tuple[int, bytes]]]:
    """Numbered lines, as many as there are at once."""
    rest, number = b"", 1
    while True:
        try:
            piece = file.read1(READ_BYTES)
        except OSError as error:
            raise click.BadParameter(f"{file.name!r}: {error.strerror}", param_hint="'FILE'") from None
        *lines, rest = (rest + piece).split(b"\n") if piece else [rest, b""]
        yield list(enumerate(lines, number))
        number += len(lines)
        if not piece:
            return


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
        barred = shell.bars()
    for line in (*table(releases, time.time()), *barred):
        say(line)
    if older:
        say(f"and {older} older")
    if not releases:
        say("there is no release yet" if everything else "nothing is moving; --all shows what has ended")


@main.command()
@click.argument("release")
def status(release: str) -> None:
    """Where RELEASE is, how its gates stand, and what it waits for."""
    from bot.shell import report  # noqa: PLC0415

    with _shell() as shell:
        state = shell.release(release)
    for line in report(state, time.time(), _plans_there_are().get(state.service)):
        say(line)


@main.command()
@click.argument("service")
@click.argument("ref")
@click.argument("note", nargs=-1)
def stage(service: str, ref: str, note: tuple[str, ...]) -> None:
    """Start a release of SERVICE at REF: a tag, a branch or a commit."""
    from bot.shell import table  # noqa: PLC0415

    pinned = _plan_of(service)
    with _shell() as shell:
        state = shell.stage(pinned, ref, " ".join(note))
    say(table([state], time.time())[0])


@main.command()
@click.argument("release")
@click.argument("metric")
@click.option("--because", required=True, help="Why it is all right; everybody reads it.")
def accept(release: str, metric: str, because: str) -> None:
    """Accept an anomaly of METRIC: known, and no news in this stage."""
    with _shell() as shell:
        say(shell.accept(release, metric, because))


@main.command()
@click.argument("release")
@click.argument("question", nargs=-1)
def why(release: str, question: tuple[str, ...]) -> None:
    """Say why RELEASE is where it is, or answer a QUESTION about it."""
    with _shell() as shell:
        say(shell.why(release, " ".join(question), _plans_there_are()))


@main.command()
def daily() -> None:
    """Tell what a day has brought, of all releases."""
    with _shell() as shell:
        say(shell.daily())


@main.command()
@click.argument("release")
@click.option("--json", "form", flag_value="json", help="JSON lines, with all that each event holds.")
@click.option("--csv", "form", flag_value="csv", help="A table for a spreadsheet.")
def audit(release: str, form: str | None) -> None:
    """Say who did what in RELEASE, when, and on which evidence."""
    from bot.audit import csv_lines, json_lines  # noqa: PLC0415
    from bot.shell import deed_in_a_line  # noqa: PLC0415

    with _shell() as shell:
        journal, deeds = shell.audit(release)
    written = {"json": json_lines, "csv": csv_lines}
    if form:
        click.echo("\n".join(written[form](journal, deeds)))  # as it was written, whatever the commands are called here
        return
    for line in map(deed_in_a_line, deeds):
        say(line)


@main.command()
@click.argument("service", required=False, default="")
def followups(service: str) -> None:
    """Say what has to follow the caveats that releases went on with.

    Of SERVICE alone where it is named.
    """
    with _shell() as shell:
        lines = shell.follow_ups(service)
    for line in lines or ["no release went on with a caveat"]:
        say(line)


@main.command()
@click.argument("service", required=False, default="")
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="Staged in the last DAYS.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with all measures.")
def stats(service: str, days: int, *, as_json: bool) -> None:
    """Say how releases went, and which targets were met.

    Of SERVICE alone where it is named.
    """
    with _shell() as shell:
        if as_json:
            click.echo(shell.stats_in_json(service, days))
            return
        lines = shell.stats(service, days)
    for line in lines:
        say(line)


@main.command()
@click.argument("release")
@click.argument("severity", type=click.Choice(["critical", "major", "minor"]))
@click.argument("text", nargs=-1, required=True)
@click.option("--owner", default="", help="Who looks after it.")
@click.option("--disposition", default="", help="What becomes of it: fixed in the next one, lived with.")
def finding(release: str, severity: str, text: tuple[str, ...], owner: str, disposition: str) -> None:
    """Record what QA or users have found in RELEASE."""
    with _shell() as shell:
        recorded = shell.record(release, severity, " ".join(text), owner, disposition)
    say(f"finding {recorded.number} of {release} is recorded")


@main.command()
@click.argument("service")
@click.argument("reason", nargs=-1, required=True)
def lock(service: str, reason: tuple[str, ...]) -> None:
    """Keep SERVICE's releases from more of their users' traffic."""
    from bot.core.bars import LockService  # noqa: PLC0415

    _bar(LockService(service, " ".join(reason)))


@main.command()
@click.argument("service")
@click.argument("reason", nargs=-1, required=True)
def unlock(service: str, reason: tuple[str, ...]) -> None:
    """Lift the lock on SERVICE; what waits goes on by itself."""
    from bot.core.bars import UnlockService  # noqa: PLC0415

    _bar(UnlockService(service, " ".join(reason)))


@main.command()
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
    meant = understand(spoken, time.time(), None, _plans())
    if meant.doubts and not yes:
        raise Refused("\n".join([f"understood: {understood(meant)}", *meant.doubts, "if that is meant, add --yes"]))
    _bar(FreezeServices(meant.services, meant.starts_at, meant.ends_at, meant.reason))


@main.command()
@click.argument("freeze")
@click.argument("reason", nargs=-1, required=True)
def thaw(freeze: str, reason: tuple[str, ...]) -> None:
    """End FREEZE, by its id, before its time."""
    from bot.core.bars import ThawFreeze  # noqa: PLC0415

    _bar(ThawFreeze(freeze, " ".join(reason)))


def _bar(command: "BarCommand") -> None:
    with _shell() as shell:
        say(shell.bar(command, _plans()))


def _plan_of(service: str) -> "Plan":
    """Raises Refused where the folder has none for it, Misconfigured where a file cannot be read."""
    from bot.core.errors import Refused  # noqa: PLC0415

    plans = _plans()
    if service not in plans:
        raise Refused(f"there is no plan for {service}; there is one for: {', '.join(plans)}")
    return plans[service]


def _plans_there_are() -> "dict[str, Plan]":
    """For what may be answered without them: none, where they cannot be read."""
    from bot.core.errors import Misconfigured  # noqa: PLC0415

    try:
        return _plans()
    except Misconfigured:
        return {}


def _plans() -> "dict[str, Plan]":
    from bot.plans import load_folder  # noqa: PLC0415
    from bot.settings import LocalSettings, load_settings, load_variables  # noqa: PLC0415

    return load_folder(load_settings(LocalSettings).plans, load_variables())


@main.command()
@click.argument("release")
@click.argument("reason", nargs=-1, required=True)
@click.option("--gate", "gates", multiple=True, help="Go past this gate only; may be given again.")
def override(release: str, reason: tuple[str, ...], gates: tuple[str, ...]) -> None:
    """Ask for a way past what RELEASE waits for; it takes two people."""
    with _shell() as shell:
        asked = shell.override(release, gates, " ".join(reason)).overrides[-1]
        about = ", ".join([*(f"{bar.kind} {bar.id}" for bar in asked.bars), *asked.gates])
        click.echo(f"override {asked.number} of {release} is asked for, past {about}; it waits for its second person")


def _verb(name: str, says: str) -> None:
    @main.command(name=name, help=says)
    @click.argument("release")
    @click.argument("reason", nargs=-1)
    def command(release: str, reason: tuple[str, ...]) -> None:
        from bot.shell import table  # noqa: PLC0415

        with _shell() as shell:
            state = shell.ask(name, release, " ".join(reason))
            say(table([state], time.time())[0])
            if name == "rollback" and state.deployed:
                _wait_until_restored(shell, release)


def _wait_until_restored(shell: "Shell", release: str) -> None:
    seconds = shell.wait_until_restored(release)
    if seconds is None:
        raise SongbirdError("it is written down, but nobody was seen doing it: does the bot run on this database?")
    say(f"traffic is back on the old version, seen {seconds:.1f} s after the rollback")


_verb("hold", "Stop promotion of RELEASE; watching and rollback go on.")
_verb("resume", "Let a held RELEASE go on.")
_verb("promote", "Skip the waiting of RELEASE's step; never a gate that fails.")
_verb("rollback", "Take the traffic of RELEASE back, and wait until that was seen.")
_verb("cancel", "End RELEASE before it has traffic in production.")
_verb("unblock", "Let the rolled-back build of RELEASE be released again.")
