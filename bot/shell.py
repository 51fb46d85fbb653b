"""The shell's own door to a release: the same commands as in Slack, for the day Slack is down.

It writes into the same database through the same transaction as the running bot, which notices within a second and does
what follows. The one thing to remember: this process moves no traffic itself. After a rollback it waits until the
traffic was *seen* restored, and says so when nobody seems to be doing it.
"""

import asyncio
import json
import os
import pwd
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from bot.adapters.writer.template import Template
from bot.core import commands as c
from bot.core.actors import Actor, Door
from bot.core.bars import BarCommand
from bot.core.beside import Bar, BarKind
from bot.core.calendar import Understood
from bot.core.contents import QaFinding, Severity
from bot.core.errors import Misconfigured, Refused, unreadable_in_words
from bot.core.events import Recorded
from bot.core.figures import Figures
from bot.core.gates import Row, rows, waiting
from bot.core.incidents import known, meant
from bot.core.model import Phase, Release
from bot.core.plan import Plan
from bot.core.quantities import duration_in_words, percent_in_words
from bot.core.slash import MARK, quoted
from bot.core.voices import Concern, Incident
from bot.engine.bars import Bars
from bot.engine.material import material
from bot.engine.plans import outlook
from bot.engine.records import added_up, audit
from bot.engine.service import Service
from bot.store.sqlite import SqliteStore
from bot.store.writer import Inline
from bot.texts import Material
from bot.texts.audit import Deed
from bot.texts.plans import Outlook, differences, meaning, noticed
from bot.views.records import stats_in_json, stats_in_lines

RESTORED_SECONDS_MAX = 60.0
"""How long a rollback is waited for: the promise is less than this."""

LOOK_AGAIN_SECONDS = 0.2

LISTED_MAX = 20
"""Releases in a list: a terminal's height."""

Make = Callable[[Release, str], c.Command]

VERBS: dict[str, Make] = {
    "hold": lambda release, reason: c.HoldRelease(release.id, reason),
    "resume": lambda release, _reason: c.ResumeRelease(release.id),
    "promote": lambda release, reason: c.PromoteRelease(release.id, _entry(release), reason),
    "rollback": lambda release, reason: c.RollBackRelease(release.id, reason),
    "cancel": lambda release, reason: c.CancelRelease(release.id, reason),
    "give-up": lambda release, reason: c.GiveUpWayBack(release.id, _entry(release), reason),
    "unblock": lambda release, reason: c.UnblockBuild(release.id, reason),
}
"""What can be asked of a release from the shell."""


def _entry(release: Release) -> int:
    return release.entry.number if release.entry else 0


class Shell:
    """Opens the database for one question or command. Use as a context manager.

    Raises Misconfigured when there is no database (to make an empty one here would answer every question wrongly), and
    when it is another version's.
    """

    def __init__(self, database: Path) -> None:
        if not database.is_file():
            where = "SONGBIRD_DATABASE names the file"
            raise Misconfigured(f"there is no database {database}: songbird run makes it, or {where} that the bot has")
        self._store = SqliteStore(database, migrates=False)
        self._service = Service(self._store, Inline())
        self._actor = Actor(_login(), Door.SHELL, _login())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def release(self, name: str) -> Release:
        """Raises Refused, naming what there is, and Unreadable."""
        release = self._service.peek(name)
        if release is None:
            there = ", ".join(self._store.release_ids()[:5]) or "none yet"
            raise Refused(f"there is no release {name}; the latest are: {there}")
        return release

    def releases(self, *, moving: bool) -> tuple[list[Release], int]:
        """The newest LISTED_MAX, newest first, and how many older ones there are; without those that cannot be read."""
        names = self._store.release_ids(moving=moving)
        return self._service.peek_at(names[:LISTED_MAX]), max(len(names) - LISTED_MAX, 0)

    def unreadable(self) -> list[str]:
        """A line, where there are any, about those that could not be read."""
        return [unreadable_in_words([*self._service.unreadable])] if self._service.unreadable else []

    def stage(self, plan: Plan, ref: str, note: str) -> Release:
        """Start a release. Raises Refused."""
        return self.release(self._handle(c.StageRelease("", plan.service, ref, plan, note)))

    def ask(self, verb: str, name: str, reason: str) -> Release:
        """Carry out one of VERBS; the release afterwards. Raises Refused."""
        return self.release(self._handle(VERBS[verb](self.release(name), reason)))

    def override(self, name: str, gates: tuple[str, ...], reason: str) -> Release:
        """Ask to go past what it waits for; a second person seconds it in Slack. Raises Refused."""
        return self.release(self._handle(c.AskOverride(name, _entry(self.release(name)), reason, gates)))

    def accept(self, name: str, metric: str, reason: str) -> str:
        """Accept an anomaly; whose word counts. Raises Refused."""
        entry = _entry(self.release(name))
        release = self.release(self._handle(c.AcceptAnomaly(name, metric, reason, entry)))
        word = release.acceptance(metric)
        by = f" by {word.actor.name or word.actor.id}: {word.reason}" if word is not None else ""
        return _plain(f"{metric} of {name} is accepted{by}")

    def record(self, name: str, severity: str, text: str, owner: str, disposition: str) -> QaFinding:
        """A finding of QA's or of users: the one that was there where it is known already. Raises Refused."""
        if severity not in [*Severity]:
            raise Refused(f"a finding is {', '.join(Severity)}, not {severity}")
        recorded = self._handle(c.RecordFinding(name, Severity(severity), text, owner, disposition))
        findings = self.release(recorded).findings
        return next(one for one in reversed(findings) if one.severity == severity and one.text == text.strip())

    def incident(self, command: c.RecordIncident, by: str) -> str:
        """Recorded on the release that caused it, in the name of `by` where one is given. Raises Refused."""
        before = known(self.release(command.release), command.key, command.text)
        release = self.release(self._handle(command, by))
        incident = known(release, command.key, command.text)
        assert incident is not None, f"{release.id} has not the incident that was recorded"
        return incident_in_a_line(release, incident, was_known=before is not None)

    def withdraw(self, command: c.WithdrawIncident, by: str) -> str:
        """Taken back. Raises Refused."""
        release = self.release(self._handle(command, by))
        number = meant(release, command.number, command.key).number
        return f"incident {number} of {release.id} is taken back, and counts no more"

    def why(self, name: str, question: str, plans: Mapping[str, Plan]) -> str:
        """The answer, from the journal and the samples; `plans` are the files' of now. Raises Refused."""
        release = self.release(name)
        found = material(self._service, release.id, time.time(), question)
        return self._written("answer", replace(found, plan=plans.get(release.service)))

    def outlook(self, state: Release, plan: Plan) -> Outlook:
        """The release as it is in `state`, beside this plan."""
        return outlook(self._service, state, plan, time.time())

    def change_plan(self, state: Release, plan: Plan, reason: str) -> Release:
        """Let it go on by this plan; the release afterwards. Raises Refused where it is not as `state` showed it."""
        return self.release(self._handle(c.ChangePlan(state.id, _entry(state), plan, state.plan_digest, reason)))

    def daily(self) -> str:
        """What a day has brought. Raises Refused where there is nothing yet."""
        shown, _ = self.releases(moving=False)
        if not shown:
            raise Refused("nothing has been released yet: songbird stage SERVICE REF starts a release")
        return self._written("daily", Material(shown[0], now=time.time(), releases=tuple(shown)))

    def audit(self, name: str) -> tuple[list[Recorded], tuple[Deed, ...]]:
        """Its journal, and each event of it in words. Raises Refused."""
        self.release(name)
        return self._service.journal(name), audit(self._service, name, time.time())

    def follow_ups(self, service: str) -> list[str]:
        """What is open, the oldest first, then what is done: a line each. Raises Refused as `stats` does."""
        self._knows(service)
        every = self._service.peek_at(reversed(self._store.followed_up(service or None)))
        found = [(release, concern) for release in every for concern in release.caveats]
        return [follow_up_in_a_line(*one) for one in sorted(found, key=lambda one: one[1].done is not None)]

    def stats(self, service: str, days: int) -> list[str]:
        """What the releases of these days add up to, a line each. Raises Refused where the service has none at all."""
        return stats_in_lines(self._added_up(service, days), days)

    def stats_in_json(self, service: str, days: int) -> str:
        """The same for a program, with all measures. Raises Refused as well."""
        return json.dumps(stats_in_json(self._added_up(service, days), service, days))

    def _added_up(self, service: str, days: int) -> Figures:
        self._knows(service)
        return added_up(self._store, service, days, time.time())

    def _knows(self, service: str) -> None:
        if service and not self._store.release_ids(service=service):
            raise Refused(f"there is no release of {service}")

    def _written(self, kind: str, found: Material) -> str:
        text = asyncio.run(Template().write(kind, found)).text
        return "\n".join(map(_line, text.strip().splitlines()))

    def bar(self, command: BarCommand, plans: Mapping[str, Plan]) -> str:
        """Lock, unlock, freeze or thaw; what came of it. Raises Refused."""
        bars = Bars(self._service, plans)
        bar = asyncio.run(bars.ask(command, actor=self._actor, key=None, now=time.time()))
        return bar_in_a_line(bar) if bar.lifted is None else f"{bar.id} is over; what waited goes on by itself"

    def bars(self) -> list[str]:
        """What is locked and frozen, or will be: a line each."""
        return [bar_in_a_line(bar) for bar in Bars(self._service, {}).open(time.time())]

    def wait_until_restored(self, name: str) -> float | None:
        """Seconds from the rollback to traffic seen restored; None when that was not seen in time."""
        until = time.monotonic() + RESTORED_SECONDS_MAX
        while time.monotonic() < until:
            back = self.release(name).rollback
            if back is not None and back.seconds is not None:
                return back.seconds
            time.sleep(LOOK_AGAIN_SECONDS)
        return None

    def _handle(self, command: c.Command, by: str = "") -> str:
        actor = replace(self._actor, name=by or self._actor.name)
        answer = asyncio.run(self._service.handle(command, actor=actor, key=None, now=time.time()))
        return answer.release


def _login() -> str:
    """Whose account this runs under, whatever the environment says. A container's may have no name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


# ── what a terminal shows ────────────────────────────────────────────────────────────────────────────────────────────


def table(releases: Sequence[Release], now: float) -> list[str]:
    """One line a release, in columns: id, version, phase, where, and what it waits for or how it ended."""
    cells = [(*_cells(release), _plain(_story(release, now))) for release in releases]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]


def report(release: Release, now: float, plan: Plan | None = None) -> list[str]:
    """All that is known about where it is: its line, a line for each gate, and whether its plan's file has changed."""
    gates = [(row.gate, _stands(row), _plain(row.words)) for row in rows(release, now)]
    width = max((len(gate) for gate, *_ in gates), default=0)
    said = noticed(release, plan)
    more = [f"  {said} songbird plan diff {release.id}"] if said else []
    shown = (f"  {gate:<{width}}  {standing:<5}  {words}" for gate, standing, words in gates)
    return [*table([release], now), *shown, *more]


def outlook_in_lines(outlook: Outlook) -> list[str]:
    """What changed in a plan, a line each, and what it would mean for the release."""
    release = outlook.release
    if not outlook.is_changed:
        return [f"nothing changed: {release.id} has the plan that the file says ({release.plan_digest})"]
    found = differences(release.plan, outlook.plan)
    why = f"{release.id} cannot take it: {outlook.obstacle}"
    means = [why] if outlook.obstacle else [f"for {release.id} it would mean:", *meaning(outlook)]
    shown = [f"{one.group}: {one.words}" for one in found]
    return [*map(_plain, shown), *map(_plain, means)]


def deed_in_a_line(deed: Deed) -> str:
    """`12  2027-01-15 09:00:00 CET  Priya (slack)  said yes as …  [shown 1a2b…]`."""
    at = time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(deed.at))
    evidence = f"  [{deed.evidence}]" if deed.evidence else ""
    return _plain(f"{deed.version:>4}  {at}  {deed.by}  {deed.what}{evidence}")


def follow_up_in_a_line(release: Release, concern: Concern) -> str:
    """`open since 2026-12-24 18:00 CET: shop-3 concern 1: slow (support knows)`."""
    done = concern.done
    state = f"open since {_local(concern.at)}" if done is None else f"done by {done.actor.name or done.actor.id}"
    return _plain(f"{state}: {release.id} concern {concern.number}: {concern.text} ({concern.words})")


def incident_in_a_line(release: Release, incident: Incident, *, was_known: bool) -> str:
    """`incident 1 (INC-42) of shop-7 is recorded`; or whose word stands already, or that it was taken back."""
    name = f"incident {incident.number}{f' ({incident.key})' if incident.key else ''} of {release.id}"
    by = incident.actor.name or incident.actor.id
    if (back := incident.withdrawn) is not None:
        said = f"was taken back by {back.actor.name or back.actor.id} and is not recorded again: {back.words}"
    elif was_known:
        said = f"is recorded already, by {by}, and counts once: {incident.text}"
    else:
        said = "is recorded"
    return _plain(f"{name} {said}")


def _stands(row: Row) -> str:
    """`no-go`; a gate that two people went past is no `go`."""
    return "past" if row.is_overridden else row.standing.replace("_", "-")


def bar_in_a_line(bar: Bar) -> str:
    """`lock-1: shop is locked since 2026-12-24 18:00 by ada: the database is being moved`."""
    services = ", ".join(bar.services) or "all services"
    verb = "locked" if bar.kind is BarKind.LOCK else "frozen"
    ends = f" to {_local(bar.ends_at)}" if bar.ends_at is not None else ""
    by = bar.owner.name or bar.owner.id
    return _plain(f"{bar.id}: {services} {verb} from {_local(bar.starts_at)}{ends} by {by}: {bar.reason}")


def understood(meant: Understood) -> str:
    """Said back before it takes effect."""
    services = ", ".join(meant.services) or "all services"
    return _plain(f"{services} from {_local(meant.starts_at)} to {_local(meant.ends_at)}: {meant.reason}")


def _local(at: float) -> str:
    """In the machine's own time zone, which is named."""
    return time.strftime("%Y-%m-%d %H:%M %Z", time.localtime(at))


def _cells(release: Release) -> tuple[str, str, str, str]:
    return release.id, _plain(release.name or release.ref), release.phase.replace("_", " "), _where(release)


def _where(release: Release) -> str:
    """`production 10 %`; nothing for a release that has ended."""
    if release.phase.is_ending or release.entry is None:
        return ""
    exposed = release.phase in (Phase.PROVING, Phase.WATCHING) and release.entry.exposure is not None
    shown = f" {percent_in_words(release.entry.exposure or 0.0)}" if exposed else ""
    return f"{release.environment or release.stage.name}{shown}"


def _story(release: Release, now: float) -> str:
    here = waiting(release, now)
    if here is None:
        return f"{release.ending_reason} ({duration_in_words(now - release.phase_since)} ago)".strip()
    return f"{here.words} (since {duration_in_words(now - here.since)})"


def _plain(text: str) -> str:
    """Titles, reasons and concerns, which come from outside: a command that they speak of is not ours."""
    return _line(quoted(text))


def _line(text: str) -> str:
    """On one line, and without what a terminal would obey."""
    shown = (letter if letter.isprintable() or letter == MARK else " " for letter in " ".join(text.split()))
    return "".join(shown)
