"""What is asked of the records: a step's gates in full, who did what, and what many releases add up to.

All three are for one person's eyes. The one thing to remember: a number says its unit and how many it rests on; what
nobody has measured is left out, and not shown as nothing.
"""

from collections.abc import Sequence
from dataclasses import asdict

from bot.core.figures import Figures, Spread
from bot.core.gates import Row, rows
from bot.core.model import Phase, Release
from bot.core.plan import ApprovalGate
from bot.core.quantities import seconds_in_words
from bot.core.verdict import Verdict
from bot.texts.audit import Deed
from bot.views import blocks, standing
from bot.views.mrkdwn import due, flat, foreign, mentions, moment, when, who
from bot.views.rendered import Block, Rendered
from bot.views.scores import as_fields, targets_in_lines
from bot.views.words import called, phase_in_words

DEEDS_SHOWN = 25
"""The last so many events: a page on a phone. The shell has them all."""

DEED_MAX = 240
EVIDENCE_MAX = 200
ROWS_MAX = 20
WORDS_MAX = 1_200
NUMBERS_MAX = 30

LINES_TOGETHER = 6
"""In one section: Slack cuts at 3,000 letters."""


# ── the checklist ────────────────────────────────────────────────────────────────────────────────────────────────────


def checklist(release: Release, verdict: Verdict | None, now: float) -> Rendered:
    """The gates of the present step, each with its state, what it rests on, and whom it waits for."""
    matrix = rows(release, now)
    title = f"{called(release)} ({release.id}): {phase_in_words(release)}"
    if not matrix:
        waits = standing.waiting_in_words(release, now, now) or standing.ending_in_words(release, now)
        said = "It is in no step now, so no gate is open."
        return blocks.rendered(title, blocks.section(f"*{title}*\n{said}"), blocks.section(waits))
    open_rows = sum(1 for row in matrix if row.standing != "go")
    left = f"{open_rows} of {len(matrix)} not met" if open_rows else f"all {len(matrix)} met"
    return blocks.rendered(
        f"{title}: {left}",
        blocks.section(f"*{title}*\nGo / no-go: {left}"),
        *(_row(row, release, now) for row in matrix[:ROWS_MAX]),
        blocks.context(f"and {len(matrix) - ROWS_MAX} more" if len(matrix) > ROWS_MAX else ""),
        standing.numbers(verdict, release, NUMBERS_MAX),
    )


def _row(row: Row, release: Release, now: float) -> Block | None:
    lines = [f"{standing.sign(row)} *{foreign(row.gate, 60)}* · {foreign(row.words, WORDS_MAX)}"]
    if row.due_at is not None:
        lines.append(f"Met about {due(row.due_at, now, now)} if it stays so.")
    if row.whom:
        lines.append(f"Waits for {mentions(row.whom)}.")
    if any(isinstance(gate, ApprovalGate) and gate.gate == row.gate for gate in release.gates):
        lines += _said_yes(release, now)
    return blocks.section("\n".join(lines))


def _said_yes(release: Release, now: float) -> list[str]:
    given = release.entry.approvals if release.entry is not None else ()
    return [f"Yes from {who(one.actor)} as {foreign(one.role, 60)}, {when(one.at, now)}." for one in given]


# ── the audit ────────────────────────────────────────────────────────────────────────────────────────────────────────


def audit(release: Release, deeds: Sequence[Deed]) -> Rendered:
    """The last events, newest first: when, who, through which door, what."""
    shown = list(reversed(deeds))[:DEEDS_SHOWN]
    title = f"{called(release)} ({release.id}): who did what"
    of = f"The last {len(shown)} of {len(deeds)} events" if len(deeds) > len(shown) else f"All {len(deeds)} events"
    whole = f"{of}, the newest first. With all evidence, from a shell: `songbird audit {release.id} --json`."
    return blocks.rendered(
        title, blocks.section(f"*{title}*"), *map(blocks.section, _in_sections(shown)), blocks.context(whole)
    )


def _in_sections(deeds: Sequence[Deed], together: int = 6) -> list[str]:
    lines = [_deed(deed) for deed in deeds]
    return ["\n".join(lines[at : at + together]) for at in range(0, len(lines), together)]


def _deed(deed: Deed) -> str:
    evidence = f" · _{foreign(flat(deed.evidence, EVIDENCE_MAX).replace('_', ' '), EVIDENCE_MAX)}_"
    at = moment(deed.at, "{date_short} {time_secs}")
    by = foreign(deed.by.removeprefix(deed.who), 80)
    door = f" {by}" if by else ""
    said = f"`{deed.version}` {at} · *{foreign(deed.who, 60)}*{door} · {foreign(deed.what, DEED_MAX)}"
    return said + (evidence if deed.evidence else "")


# ── the figures ──────────────────────────────────────────────────────────────────────────────────────────────────────


def stats(found: Figures, service: str, days: int) -> Rendered:
    of = f"of {foreign(service, 60)} " if service else ""
    title = f"Releases {of}staged in the last {_days(days)}"
    lines = figures_in_lines(found)
    heading, aims = targets_in_lines(found, days)
    basis = "From the journals of these releases. A median has as many below it as above."
    aimed = " Targets are those of the plan with which a service's newest release was staged." if aims else ""
    return blocks.rendered(
        f"{title}: {lines[0]}",
        blocks.section(f"*{title}*"),
        blocks.section(_bullets(lines)),
        blocks.section(f"*{heading}*" if heading else ""),
        *(blocks.section(_bullets(aims[at : at + LINES_TOGETHER])) for at in range(0, len(aims), LINES_TOGETHER)),
        blocks.context(basis + aimed),
    )


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"• {line}" for line in lines)


def stats_in_lines(found: Figures, days: int) -> list[str]:
    """Plain text, for a terminal."""
    heading, aims = targets_in_lines(found, days)
    return [*figures_in_lines(found), *([f"{heading}:"] if heading else []), *(f"  {line}" for line in aims)]


def stats_in_json(found: Figures, service: str, days: int) -> dict[str, object]:
    """For a program: all measures, also those without a target. Times are seconds."""
    spreads = {"lead": found.lead, "people": found.people, "detection": found.detection, "rollback": found.rollback}
    return {
        "service": service or None,
        "days": days,
        "staged": found.staged,
        "endings": found.endings,
        "spreads": {what: asdict(spread) for what, spread in spreads.items() if spread is not None},
        "measures": {name: [as_fields(one) for one in scores] for name, scores in found.scores.items()},
    }


def figures_in_lines(found: Figures) -> list[str]:
    """Plain text, also for a terminal."""
    if not found.staged:
        return ["none"]
    moving = found.staged - found.ended
    lines = [f"{_releases(found.staged)} staged, {found.ended} ended, {moving} still moving"]
    lines += [f"{phase.replace('_', ' ')}: {_share(found, phase)}" for phase in Phase if phase in found.endings]
    measured = (
        ("from staged to healthy", found.lead, "release"),
        ("waiting for people", found.people, "release"),
        ("from the first sign of trouble to the decision to go back", found.detection, "rollback"),
        ("from that decision to the traffic read back", found.rollback, "rollback"),
    )
    return lines + [f"{what}: {_spread(spread, of)}" for what, spread, of in measured if spread is not None]


def _share(found: Figures, phase: Phase) -> str:
    count = found.endings[phase]
    return f"{count} of {found.ended} ended ({count / found.ended:.0%})".replace("%", " %")


def _spread(spread: Spread, of: str) -> str:
    number = f"{spread.count} {of}{'' if spread.count == 1 else 's'}"
    if spread.count == 1:
        return f"{seconds_in_words(spread.median)} ({number})"
    return f"median {seconds_in_words(spread.median)}, longest {seconds_in_words(spread.most)} ({number})"


def _releases(count: int) -> str:
    return f"{count} release{'' if count == 1 else 's'}"


def _days(days: int) -> str:
    return "day" if days == 1 else f"{days} days"
