"""Where a release stands, as blocks: the go/no-go rows, what is waited for, the numbers.

The one thing to remember: kept messages are edited when they look different, so nothing in them may tick. They are
drawn not at the present time but at its last *mark*: the latest moment at which something other than a running number
changed. Between two marks every look gives the same message; what runs on is a date, which Slack counts itself.
"""

from bot.core.actors import SONGBIRD
from bot.core.beside import Bar
from bot.core.gates import Row, Standing, Waiting, rows, waiting
from bot.core.model import Phase, Release
from bot.core.plan import HealthGate, MinimumTimeGate
from bot.core.quantities import duration_in_words, percent_in_words
from bot.core.verdict import Outcome, Verdict
from bot.texts.plain import asks_in_words
from bot.views.blocks import emoji, line, rich, section, words
from bot.views.mrkdwn import due, flat, foreign, mentions, moment, when, who
from bot.views.numbers import Reading, failing, readings
from bot.views.rendered import Block
from bot.views.words import decision, measured, short

QUARTERS = 4
"""Progress of what must be held is shown in so many steps."""
PROGRESS_SECONDS_MIN = 60.0
"""Shorter waits show none but their end: they are over before an edit is read."""

SOLO = ":warning: *SOLO: one person alone may approve all of this, their own changes too.*"
"""What the plan's `solo` means for whoever reads."""

ROWS_MAX = 12
ROW_MAX = 160
"""Characters: a row is one line on a desk and three on a phone."""
REASON_MAX = 600

_SIGNS = {
    Standing.GO: "white_check_mark",
    Standing.WAIT: "hourglass_flowing_sand",
    Standing.HOLD: "warning",
    Standing.NO_GO: "no_entry",
}
_OVERRIDDEN = "rotating_light"
_SAID = {
    Standing.GO: "go",
    Standing.WAIT: "not yet",
    Standing.HOLD: "hold",
    Standing.NO_GO: "no-go",
}
"""The same in words: nobody has to see an emoji."""


def last_mark(release: Release, now: float) -> float:
    """The time to draw a kept message at, at or before `now`."""
    entry = release.entry
    if entry is None:
        return release.phase_since
    watch = entry.stopwatch
    begun = max(entry.at, release.phase_since, watch.running_since or 0.0)
    marks = [entry.at + gate.time for gate in release.gates if isinstance(gate, MinimumTimeGate)]
    if watch.running_since is not None:
        for held in _held_wanted(release):
            first = 1 if held >= PROGRESS_SECONDS_MIN else QUARTERS
            quarters = (held * part / QUARTERS for part in range(first, QUARTERS + 1))
            marks += [watch.running_since + reading - watch.gathered_seconds for reading in quarters]
    return max([begun, *(mark for mark in marks if mark <= now)])


def _held_wanted(release: Release) -> tuple[float, ...]:
    if release.phase is Phase.WATCHING:
        return (release.plan.watch.time,)
    return tuple(gate.held for gate in release.gates if isinstance(gate, HealthGate))


def until(release: Release, row: Row | None) -> float | None:
    """When time alone ends the waiting, if nothing changes; None where it cannot."""
    entry = release.entry
    if release.phase is Phase.WATCHING and entry is not None and entry.stopwatch.running_since is not None:
        return entry.stopwatch.running_since + release.plan.watch.time - entry.stopwatch.gathered_seconds
    return row.due_at if row is not None else None


def solo(release: Release) -> Block | None:
    """Loud, wherever a release whose plan is solo is shown: nobody may take its yes for two people's."""
    return section(SOLO) if release.plan.solo else None


# ── the go/no-go rows ────────────────────────────────────────────────────────────────────────────────────────────────


def go_no_go(release: Release, now: float, *, without: str = "") -> Block | None:
    """The matrix of the present step, one line a gate, in rich text since concerns stand in it; None outside a step."""
    shown = [row for row in rows(release, now) if row.gate != without]
    if not shown:
        return None
    parts = [words("Go / no-go", bold=True)]
    for row in shown[:ROWS_MAX]:
        sign, said = (_OVERRIDDEN if row.is_overridden else _SIGNS[row.standing]), _SAID[row.standing]
        said = "not met" if row.is_overridden else said
        parts += [words("\n"), emoji(sign), words(f" {flat(row.gate, 40)}", bold=True)]
        parts.append(words(f"  {said} · {flat(row.words.removeprefix(row.gate), ROW_MAX)}"))
    if len(shown) > ROWS_MAX:
        parts.append(words(f"\nand {len(shown) - ROWS_MAX} more"))
    return rich(line(*parts))


def sign(row: Row) -> str:
    """`:hourglass_flowing_sand: not yet`, for mrkdwn."""
    return f":{_SIGNS[row.standing]}: {_SAID[row.standing]}"


# ── what is waited for ───────────────────────────────────────────────────────────────────────────────────────────────


def waiting_in_words(release: Release, now: float, posted_at: float) -> str:
    """`Waiting for *30s of health* since …; done about … if it stays so · @Priya`: mrkdwn; empty when it has ended.

    `posted_at` is when the message was posted that this stands in: times of the same day are said without it.
    """
    here = waiting(release, now)
    if here is None:
        return ""
    if here.bar is not None:
        return bar_in_words(here.bar, posted_at)
    row = _row_of(here, release, now)
    done_at = until(release, row)
    since = f"{_what(here, row, release)} since {when(here.since, posted_at)}"
    done = f"; done about {due(done_at, now, posted_at)} if it stays so" if done_at is not None else ""
    whom = f" · {mentions(here.whom)}" if here.whom else ""
    return f":hourglass_flowing_sand: {since}{done}{whom}"


def bar_in_words(bar: Bar, posted_at: float) -> str:
    """`Locked since … by Ada, until somebody unlocks it: reason`; `posted_at` as in `waiting_in_words`."""
    since, reason = when(bar.starts_at, posted_at), foreign(bar.reason, REASON_MAX)
    if bar.ends_at is None:
        service = foreign(bar.services[0], 60)
        lifted = f"`/release unlock {service} reason` lets it go on"
        return f":lock: *Locked* since {since} by {who(bar.owner)}, until it is unlocked: {reason}\n{lifted}"
    return f":snowflake: *Frozen* since {since} until {moment(bar.ends_at)} by {who(bar.owner)}: {reason}"


def _what(here: Waiting, row: Row | None, release: Release) -> str:
    """What the card says elsewhere already, a row or a hold's reason, is named and not said again."""
    if row is not None:
        return f"Waiting for {_gate_in_words(row, release)}"
    if release.held is not None and release.phase is not Phase.ROLLING_BACK:
        return "Waiting for somebody to resume it"
    words = foreign(here.words)
    match release.phase:
        case Phase.PREPARING:
            return f"Finding out what is in {foreign(release.ref, 60)}"
        case Phase.QUEUED | Phase.PROVING:
            return f"Waiting for {words}"
        case _:
            return words[0].upper() + words[1:]


def held_for(release: Release) -> str:
    """Why it is held; without the judge's numbers, which the card has in its own lines. Foreign text."""
    assert release.held is not None, f"{release.id} is not held"
    verdict = release.entry.verdict if release.entry is not None else None
    is_judged = release.held.actor == SONGBIRD and verdict is not None and bool(verdict.failing)
    return release.held.reason.partition(": ")[0] if is_judged else release.held.reason


def _gate_in_words(row: Row, release: Release) -> str:
    """`a decision on *concern 1*`, `*30s of health*`, `*approval*`."""
    if row.gate.startswith("concern "):
        return f"a decision on *{foreign(row.gate, 40)}*"
    health = next((gate for gate in release.gates if isinstance(gate, HealthGate) and gate.gate == row.gate), None)
    return f"*{foreign(asks_in_words((health,)) if health else row.gate, 40)}*"


def _row_of(here: Waiting, release: Release, now: float) -> Row | None:
    """The row that it waits for; None when it is something else, such as a hold."""
    return next((row for row in rows(release, now) if here.words == f"{row.gate}: {row.words}"), None)


# ── the numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def numbers(verdict: Verdict | None, release: Release, most: int) -> Block | None:
    """The readings that matter, worst first; on the way back, and after it, those that it went back for."""
    if release.phase in (Phase.PROVING, Phase.WATCHING):
        shown = readings(verdict, release)
    elif release.rollback is not None and release.rollback.cause == "verdict":
        shown = failing(release.rollback.verdict, release)
    else:
        return None
    return section("\n".join([*(reading.line for reading in shown[:most]), *_unshown(shown[most:])]))


def _unshown(rest: tuple[Reading, ...]) -> list[str]:
    """`and 5 more, all fine`: what is not shown is not kept quiet."""
    odd = [r for r in rest if not r.is_accepted and (r.outcome is not Outcome.PASS or r.is_anomaly)]
    which = "" if len(odd) == len(rest) else f"{len(odd)} of them "
    how = "not known yet" if all(reading.outcome is Outcome.INCONCLUSIVE for reading in odd) else "not fine"
    fine = "all fine or accepted" if any(reading.is_accepted for reading in rest) else "all fine"
    return [f"and {len(rest)} more, {f'{which}{how}' if odd else fine}"] if rest else []


# ── how it ended ─────────────────────────────────────────────────────────────────────────────────────────────────────


def ending_in_words(release: Release, posted_at: float) -> str:
    """How it ended, in one or two lines; `posted_at` as in `waiting_in_words`."""
    lasted = duration_in_words(release.phase_since - release.staged_at)
    ended = when(release.phase_since, posted_at)
    reason = foreign(release.ending_reason, REASON_MAX)
    match release.phase:
        case Phase.HEALTHY:
            return f"Healthy since {ended}, {lasted} after it was staged."
        case Phase.ROLLED_BACK:
            return _rolled_back(release, reason, ended)
        case Phase.REJECTED | Phase.CANCELLED:
            said = decision(who(release.rollback.actor), reason) if release.rollback is not None else reason
            return f"Ended {ended}: {said}"
        case _:
            return f"Ended {ended}: {reason}"


def _rolled_back(release: Release, reason: str, ended: str) -> str:
    back = release.rollback
    assert back is not None, f"{release.id} was rolled back by no rollback"
    share = f", from {percent_in_words(back.exposure)} of the traffic" if back.exposure else ""
    by = f" by {who(back.actor)}" if back.cause == "person" else ""
    lines = [f"Ended {ended}{by}{share}" + ("." if back.cause == "verdict" else f": {reason}")]
    if times := measured(release):
        lines.append(f":stopwatch: {times[0].upper()}{times[1:]}.")
    if back.undo_failure:
        lines.append(f":warning: It could not be taken away: {foreign(back.undo_failure, REASON_MAX)}")
    if release.blocks_build:
        lines.append(f":lock: The build `{short(release.commit)}` is blocked until an operator unblocks it.")
    return "\n".join(lines)
