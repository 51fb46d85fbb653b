"""Why: why it waits, went back, was held, rejected, cancelled, blocked, or could not be prepared.

The one thing to remember: a reason is what was written down at the time, a judge's or a person's; where nobody wrote
one down, there is none.
"""

from collections.abc import Callable

from bot.core import events as e
from bot.core.gates import override_in_words, waiting
from bot.core.model import Phase
from bot.core.quantities import duration_in_words
from bot.core.voices import Override
from bot.texts.answers.case import Case, DontKnow, Found, Line, quoted
from bot.texts.answers.contents import incident_lines, one_change
from bot.texts.plain import COMMIT_LENGTH, listed, reference
from bot.texts.plans import noticed

LINES_MAX = 5
FIRST_MAX = 3
"""Changes that are told as the first to look at."""


def here(case: Case) -> Found:
    """The best "why" for where the release is."""
    found = waits(case) if case.is_moving else _ENDED.get(case.release.phase, ended)(case)
    return found if isinstance(found, DontKnow) else (*found, *incident_lines(case, case.release.incidents))


def waits(case: Case) -> Found:
    """What it waits for, since when, for whom, and when time alone ends it."""
    if not case.is_moving:
        return here(case)
    found = waiting(case.release, case.now)
    if found is None:
        return DontKnow()
    held = case.past.last(e.ReleaseHeld) if case.release.held else None
    versions = (held.version,) if held else case.newest
    whom = f", for {case.whom(found.whom)}" if found.whom else ""
    since = f"since {case.past.time(found.since)} ({duration_in_words(case.now - found.since)})"
    others = (row for row in case.open_rows if row.words not in found.words)
    due = [row.due_at for row in case.open_rows if row.due_at is not None and not case.release.held]
    plan = noticed(case.release, case.material.plan)
    said = [
        f"{case.name} waits {since}{whom}: {quoted(found.words)}.",
        *(_overridden(one) for one in case.release.overrides_here),
        *(f"Also open: {row.gate}: {quoted(row.words)}." for row in others),
        *(f"Time alone takes until {case.past.time(at)}, if nothing fails." for at in sorted(due)[-1:]),
        *(case.diagnosis.numbers if case.diagnosis else ()),
    ]
    lines = said[:LINES_MAX] + ([f"{plan} `/release plan {case.release.id}`"] if plan else [])
    return tuple(Line(words, versions) for words in lines)


def _overridden(override: Override) -> str:
    """Whoever asks why it moves past what is in the way, or what could take it there."""
    if override.is_open:
        return f"Asked for: {quoted(override_in_words(override))}; it waits for its second person."
    return f"Not met, and gone past: {quoted(override_in_words(override))}."


def went_back(case: Case) -> Found:
    """Why traffic went back: what broke, or who wanted it."""
    began = case.past.last(e.RollbackStarted)
    if began is None:
        return _not_so(case, "has not been rolled back")
    diagnosis = case.diagnosis
    if diagnosis is None:
        return ended(case)
    versions = diagnosis.trouble.versions
    metrics = tuple(one.name for one in (*diagnosis.broken, *diagnosis.beyond))
    beside = " ".join(filter(None, (diagnosis.also, diagnosis.beside)))
    said = [diagnosis.what, *diagnosis.numbers[:2], beside, f"Next: {diagnosis.next_step}"]
    return tuple(Line(words, versions, metrics) for words in said if words)


def ended(case: Case) -> Found:
    """How it ended, by whose word."""
    release = case.release
    if not release.phase.is_ending and release.rollback is None:
        return _not_so(case, "has not ended")
    if release.phase is Phase.HEALTHY:
        return healthy(case)
    back, withdrawn = release.rollback, case.past.last(e.ReleaseWithdrawn)
    actor = withdrawn.actor if withdrawn else back.actor if back else None
    by = f" by {case.past.who(actor)}" if actor else ""
    if release.phase is Phase.FAILED:
        how = "could not be prepared"
    else:
        ending = back.ending if back is not None and not release.phase.is_ending else release.phase
        how = f"was {ending.replace('_', ' ')}{by}"
    reason = quoted((back.reason if back else release.ending_reason).removeprefix("rejected: "))
    because = f": {reason}" if reason else ""
    return (Line(f"{case.name} {how} at {case.past.time(release.phase_since)}{because}.", case.newest),)


def healthy(case: Case) -> Found:
    last, watch = case.past.last(e.ReleaseHealthy), case.past.last(e.WatchStarted)
    watched = ""
    if last and watch:
        watched = f" It was watched for {duration_in_words(last.at - watch.at)} after full exposure."
    since = case.past.time(case.release.phase_since)
    return (case.said(f"{case.name} is healthy since {since}.{watched}", last, watch),)


def was_held(case: Case) -> Found:
    held, resumed = case.past.last(e.ReleaseHeld), case.past.last(e.ReleaseResumed)
    if held is None:
        return _not_so(case, "has not been held")
    by, at = case.past.who(held.actor), case.past.time(held.at)
    lines = [case.said(f"{by} held it at {at}: {quoted(held.event.reason)}.", held)]
    if resumed and resumed.version > held.version:
        lines.append(case.said(f"{case.past.who(resumed.actor)} resumed it at {case.past.time(resumed.at)}.", resumed))
    elif case.release.held:
        lines.append(case.said(f"It is held since; `/release resume {case.release.id}` lets it go on.", held))
    return tuple(lines)


def was_rejected(case: Case) -> Found:
    began = case.past.last(e.RollbackStarted)
    if case.release.phase is not Phase.REJECTED and (began is None or began.event.cause != "rejection"):
        return _not_so(case, "has not been rejected")
    return ended(case)


def was_cancelled(case: Case) -> Found:
    if case.release.phase is not Phase.CANCELLED:
        return _not_so(case, "has not been cancelled")
    return ended(case)


def failed(case: Case) -> Found:
    """Why it failed, whatever that means where it is."""
    if case.release.phase in (Phase.FAILED, Phase.CANCELLED, Phase.REJECTED):
        return ended(case)
    if case.diagnosis is None:
        return _not_so(case, "has not failed")
    return went_back(case) if case.release.rollback else waits(case)


def is_blocked(case: Case) -> Found:
    """The build may not come back, or it queues; otherwise what it waits for."""
    blocked, unblocked = case.past.last(e.BuildBlocked), case.past.last(e.BuildUnblocked)
    if blocked is None:
        return queued(case) if case.release.queued_behind else waits(case)
    why = quoted(case.release.rollback.reason if case.release.rollback else "")
    commit, at = blocked.event.commit[:COMMIT_LENGTH], case.past.time(blocked.at)
    lines = [case.said(f"Build {commit} was blocked at {at}, when it went back: {why}.", blocked)]
    if unblocked:
        by, at = case.past.who(unblocked.actor), case.past.time(unblocked.at)
        lines.append(case.said(f"{by} unblocked it at {at}: {quoted(unblocked.event.reason)}.", unblocked))
    else:
        lines.append(case.said(f"`/release unblock {case.release.id} REASON` lets it be staged again.", blocked))
    return tuple(lines)


def queued(case: Case) -> Found:
    queued = case.past.last(e.PlaceQueued)
    if queued is None:
        return _not_so(case, "has not been queued")
    is_queued = case.release.phase is Phase.QUEUED and case.release.queued_behind is not None
    behind = f"queued for {queued.event.environment} behind {queued.event.behind}, since {case.past.time(queued.at)}"
    return (case.said(f"{case.name} {'is' if is_queued else 'was'} {behind}.", queued),)


def advice(case: Case) -> Found:
    """What to do next, where the diagnosis says it; else what is waited for."""
    if case.diagnosis is None:
        return here(case)
    return (Line(f"Next: {case.diagnosis.next_step}", case.diagnosis.trouble.versions),)


def suspects(case: Case) -> Found:
    """Which change is behind it, as far as plain evidence goes."""
    diagnosis = case.diagnosis
    if diagnosis is None:
        return _not_so(case, "has not failed, so no change is suspected")
    metrics = tuple(one.name for one in (*diagnosis.broken, *diagnosis.beyond))
    first = diagnosis.prime_suspects
    head = "Where to look first, which is no proof:" if first else "No change stands out."
    found = (first or diagnosis.fitting)[:FIRST_MAX]
    said = [head, *(f"{one.words}: {'; '.join(one.reasons)}." for one in found), diagnosis.beside]
    return tuple(Line(words, diagnosis.trouble.versions, metrics) for words in said if words)


def one_suspect(case: Case) -> Found:
    """Where a change stands among those to look at: never whether it is guilty."""
    diagnosis, number = case.diagnosis, case.asked.number
    if diagnosis is None:
        return suspects(case)
    if all(one.change.pull_request != number for one in diagnosis.suspects):
        return one_change(case)
    metrics = tuple(one.name for one in (*diagnosis.broken, *diagnosis.beyond))
    place, it = next((n, one) for n, one in enumerate(diagnosis.suspects, 1) if one.change.pull_request == number)
    first = diagnosis.prime_suspects
    if it in first:
        rank = "it stands out" if len(first) == 1 else f"it is one of {len(first)} that stand out"
    elif it in diagnosis.fitting[:FIRST_MAX]:
        rank = f"it is number {place} of {len(diagnosis.suspects)}, which is where to look and no proof"
    else:
        rank = "it is not among the first"
    said = [
        f"Where to look first, which is no proof: {rank}." if it in first else f"Nobody knows that; {rank}.",
        f"{it.words}: {'; '.join(it.reasons)}.",
        f"First come {listed([reference(one.change) for one in first])}." if first and it not in first else "",
        diagnosis.beside,
    ]
    return tuple(Line(words, diagnosis.trouble.versions, metrics) for words in said if words)


def _not_so(case: Case, what: str) -> Found:
    """The question takes something for granted that did not happen."""
    return (Line(f"{case.name} {what}; it is {case.release.phase.replace('_', ' ')}.", case.newest),)


_ENDED: dict[Phase, Callable[[Case], Found]] = {
    Phase.HEALTHY: healthy,
    Phase.ROLLED_BACK: went_back,
    Phase.ROLLING_BACK: went_back,
}
