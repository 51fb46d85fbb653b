"""Releases, from the shell: what is read needs no bot that runs, and what is asked for is done by the bot that does."""

import time
from typing import TYPE_CHECKING

import click

from bot.commands import open_shell, plan_of, plans_there_are, say
from bot.core.errors import SongbirdError

if TYPE_CHECKING:
    from bot.shell import Shell


@click.command(name="list")
@click.option("--all", "everything", is_flag=True, help="Also those that have ended.")
def list_releases(*, everything: bool) -> None:
    """Releases that are moving, newest first."""
    from bot.shell import table  # noqa: PLC0415

    with open_shell() as shell:
        releases, older = shell.releases(moving=not everything)
        barred, broken = shell.bars(), shell.unreadable()
    for line in (*broken, *table(releases, time.time()), *barred):
        say(line)
    if older:
        say(f"and {older} older")
    if not releases and not broken:
        say("there is no release yet" if everything else "nothing is moving; --all shows what has ended")


@click.command()
@click.argument("release")
def status(release: str) -> None:
    """Where RELEASE is, how its gates stand, and what it waits for."""
    from bot.shell import report  # noqa: PLC0415

    with open_shell() as shell:
        state = shell.release(release)
    for line in report(state, time.time(), plans_there_are().get(state.service)):
        say(line)


@click.command()
@click.argument("service")
@click.argument("ref")
@click.argument("note", nargs=-1)
def stage(service: str, ref: str, note: tuple[str, ...]) -> None:
    """Start a release of SERVICE at REF: a tag, a branch or a commit."""
    from bot.shell import table  # noqa: PLC0415

    pinned = plan_of(service)
    with open_shell() as shell:
        state = shell.stage(pinned, ref, " ".join(note))
    say(table([state], time.time())[0])


@click.command()
@click.argument("release")
@click.argument("metric")
@click.argument("reason", nargs=-1)
@click.option("--because", default="", metavar="REASON", help="The same reason, as an option.")
def accept(release: str, metric: str, reason: tuple[str, ...], because: str) -> None:
    """Accept an anomaly of METRIC: known, and no news in this stage.

    REASON is why it is all right; everybody reads it.
    """
    if not reason and not because:
        raise click.UsageError("Missing argument 'REASON...'.")
    with open_shell() as shell:
        say(shell.accept(release, metric, " ".join(filter(None, (*reason, because)))))


@click.command()
@click.argument("release")
@click.argument("question", nargs=-1)
def why(release: str, question: tuple[str, ...]) -> None:
    """Say why RELEASE is where it is, or answer a QUESTION about it."""
    with open_shell() as shell:
        say(shell.why(release, " ".join(question), plans_there_are()))


@click.command()
def daily() -> None:
    """Tell what a day has brought, of all releases."""
    with open_shell() as shell:
        say(shell.daily())


@click.command()
@click.argument("release")
@click.option("--json", "form", flag_value="json", help="JSON lines, with all that each event holds.")
@click.option("--csv", "form", flag_value="csv", help="A table for a spreadsheet.")
def audit(release: str, form: str | None) -> None:
    """Say who did what in RELEASE, when, and on which evidence."""
    from bot.audit import csv_lines, json_lines  # noqa: PLC0415
    from bot.shell import deed_in_a_line  # noqa: PLC0415

    with open_shell() as shell:
        journal, deeds = shell.audit(release)
    written = {"json": json_lines, "csv": csv_lines}
    if form:
        click.echo("\n".join(written[form](journal, deeds)))  # as it was written, whatever the commands are called here
        return
    for line in map(deed_in_a_line, deeds):
        say(line)


@click.command()
@click.argument("service", required=False, default="")
def followups(service: str) -> None:
    """Say what has to follow the caveats that releases went on with.

    Of SERVICE alone where it is named.
    """
    with open_shell() as shell:
        lines = shell.follow_ups(service)
    for line in lines or ["no release went on with a caveat"]:
        say(line)


@click.command()
@click.argument("service", required=False, default="")
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="Staged in the last DAYS.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with all measures.")
def stats(service: str, days: int, *, as_json: bool) -> None:
    """Say how releases went, and which targets were met.

    Of SERVICE alone where it is named.
    """
    with open_shell() as shell:
        if as_json:
            click.echo(shell.stats_in_json(service, days))
            return
        lines = shell.stats(service, days)
    for line in lines:
        say(line)


@click.command()
@click.argument("release")
@click.argument("severity", type=click.Choice(["critical", "major", "minor"]))
@click.argument("text", nargs=-1, required=True)
@click.option("--owner", default="", help="Who looks after it.")
@click.option("--disposition", default="", help="What becomes of it: fixed in the next one, lived with.")
def finding(release: str, severity: str, text: tuple[str, ...], owner: str, disposition: str) -> None:
    """Record what QA or users have found in RELEASE."""
    with open_shell() as shell:
        recorded = shell.record(release, severity, " ".join(text), owner, disposition)
    say(f"finding {recorded.number} of {release} is recorded")


@click.command()
@click.argument("release")
@click.argument("text", nargs=-1, required=True)
@click.option("--key", default="", help="Its name elsewhere, such as INC-42: by that it counts once.")
@click.option("--at", "began", default="", help="When it began: 2026-11-30T14:00, or 2h ago.")
@click.option("--as", "by", default="", help="Who says so, such as a pager; your account is kept beside it.")
@click.option("--withdraw", "back", help="Take this one back, by its number or key; TEXT is the reason.")
def incident(release: str, text: tuple[str, ...], key: str, began: str, by: str, back: str | None) -> None:
    """Record an incident on the RELEASE that caused it.

    Also long after it has ended. One that is known already, by its key or by its words, counts once: an import may be
    repeated. Nothing moves because of it.
    """
    from bot.core import commands as c  # noqa: PLC0415
    from bot.core.incidents import which  # noqa: PLC0415
    from bot.hindsight.times import parse_time  # noqa: PLC0415

    began_at = parse_time(began, time.time()) if began else None
    if began and began_at is None:
        raise click.BadParameter(f"{began!r}: write a time such as 2026-11-30T14:00, or 2h ago", param_hint="'--at'")
    words = " ".join(text)
    with open_shell() as shell:
        if back is not None:
            number, other = which(back)
            say(shell.withdraw(c.WithdrawIncident(release, number, words, other), by))
            return
        say(shell.incident(c.RecordIncident(release, words, key, began_at), by))


@click.command()
@click.argument("release")
@click.argument("reason", nargs=-1, required=True)
@click.option("--gate", "gates", multiple=True, help="Go past this gate only; may be given again.")
def override(release: str, reason: tuple[str, ...], gates: tuple[str, ...]) -> None:
    """Ask for a way past what RELEASE waits for; it takes two people."""
    with open_shell() as shell:
        asked = shell.override(release, gates, " ".join(reason)).overrides[-1]
        about = ", ".join([*(f"{bar.kind} {bar.id}" for bar in asked.bars), *asked.gates])
        click.echo(f"override {asked.number} of {release} is asked for, past {about}; it waits for its second person")


def _verb(name: str, says: str) -> click.Command:
    @click.command(name=name, help=says)
    @click.argument("release")
    @click.argument("reason", nargs=-1)
    def command(release: str, reason: tuple[str, ...]) -> None:
        from bot.shell import table  # noqa: PLC0415

        with open_shell() as shell:
            state = shell.ask(name, release, " ".join(reason))
            say(table([state], time.time())[0])
            if name == "rollback" and state.deployed:
                _wait_until_restored(shell, release)

    return command


def _wait_until_restored(shell: "Shell", release: str) -> None:
    seconds = shell.wait_until_restored(release)
    if seconds is None:
        raise SongbirdError("it is written down, but nobody was seen doing it: does the bot run on this database?")
    say(f"traffic is back on the old version, seen {seconds:.1f} s after the rollback")


hold = _verb("hold", "Stop promotion of RELEASE; watching and rollback go on.")
resume = _verb("resume", "Let a held RELEASE go on.")
promote = _verb("promote", "Skip the waiting of RELEASE's step; never a gate that fails.")
rollback = _verb("rollback", "Take the traffic of RELEASE back, and wait until that was seen.")
cancel = _verb("cancel", "End RELEASE before it has traffic in production.")
give_up = _verb("give-up", "End a stuck RELEASE whose traffic you have moved back by hand.")
unblock = _verb("unblock", "Let the rolled-back build of RELEASE be released again.")
