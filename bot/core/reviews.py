"""What time does to a review: a yes that has grown too old, and reminders for those who are awaited.

Both are questions to the state at a time that is given. `due` asks when; `decide` lets go of what is too old before it
answers anybody, and `settle` reminds. A reminder is due so long after the question, or after the last reminder, and
never outside of the person's working hours: Monday to Friday, as the plan writes them, in the time zone that Slack said
of them when they were asked. For whoever is away their delegate is reminded, by the delegate's clock, and only of a yes
that the delegate may give. The one thing to remember: of whom Slack said nothing, nobody knows the hours; they are not
reminded.
"""

from collections.abc import Sequence

from bot.core.absences import absence_of
from bot.core.authors import barred
from bot.core.beside import Absence, Bar
from bot.core.events import ApprovalExpired
from bot.core.gates import Standing, left_to_say_yes, rows, spoken
from bot.core.model import Release
from bot.core.plan import ApprovalGate, Reminder
from bot.core.voices import Reviewer

DAY_SECONDS = 86_400.0
WORKING_DAYS = 5
EPOCH_WEEKDAY = 3
"""The first day of the epoch was a Thursday; Monday is 0."""

DAYS_AHEAD_MAX = 8
"""Any week has a working day."""


def gate_of(release: Release) -> ApprovalGate | None:
    """The gate of the present step that asks, once it has asked."""
    if release.entry is None or release.entry.asked is None:
        return None
    return next((gate for gate in release.gates if isinstance(gate, ApprovalGate)), None)


# ── a yes that has grown too old ─────────────────────────────────────────────────────────────────────────────────────


def expired(release: Release, now: float) -> tuple[ApprovalExpired, ...]:
    """What counts no more from now on: one event a yes."""
    gate, entry = gate_of(release), release.entry
    if gate is None or gate.expires is None or entry is None:
        return ()
    return tuple(
        ApprovalExpired(entry.number, one.role, one.actor, one.at)
        for one in entry.approvals
        if now >= one.at + gate.expires
    )


def expires_at(release: Release) -> float | None:
    """When the oldest yes will count no more."""
    gate, entry = gate_of(release), release.entry
    if gate is None or gate.expires is None or entry is None:
        return None
    return min((one.at + gate.expires for one in entry.approvals), default=None)


# ── reminders ────────────────────────────────────────────────────────────────────────────────────────────────────────


def to_remind(
    release: Release, now: float, bars: Sequence[Bar] = (), absences: Sequence[Absence] = ()
) -> tuple[str, ...]:
    """Whose yes somebody is to be reminded of now. `bars`: locks and freezes of the service; `absences`: of anybody."""
    return tuple(person for person, at in _reminders(release, now, bars, absences) if at <= now)


def remind_at(release: Release, now: float, bars: Sequence[Bar] = (), absences: Sequence[Absence] = ()) -> float | None:
    """When somebody is to be reminded next, now or later; None: nobody, as things are."""
    return min((at for _person, at in _reminders(release, now, bars, absences)), default=None)


def _reminders(
    release: Release, now: float, bars: Sequence[Bar], absences: Sequence[Absence]
) -> list[tuple[str, float]]:
    """Everybody who is awaited and may be reminded once more, and when; who is away may wait until they are back.

    While its service is locked or frozen a yes hastens nothing, even on staging: nobody is pressed for one.
    """
    gate, entry = gate_of(release), release.entry
    is_quiet = release.held is not None or any(bar.is_in_force(now) for bar in bars)
    if gate is None or gate.remind is None or entry is None or is_quiet:
        return []
    due = []
    for reviewer in entry.reviewers:
        before = [at for person, at in entry.reminded if person == reviewer.person]
        if len(before) < gate.remind.most and _is_awaited(reviewer, gate, release, now):
            since = max(entry.asked_at or entry.at, entry.asked_again_at or 0.0, *before)
            earliest, clock = max(now, since + gate.remind.every), reviewer
            if away := absence_of(reviewer.person, absences, now):
                known = next((one for one in entry.reviewers if one.person == away.delegate), None)
                if _may_speak_for(reviewer, known or Reviewer(away.delegate, 0), gate, release):
                    clock = known or reviewer
                else:
                    earliest = max(earliest, away.ends_at)
            due.append((reviewer.person, working_time(earliest, clock.offset_seconds, gate.remind)))
    return due


def _is_awaited(reviewer: Reviewer, gate: ApprovalGate, release: Release, now: float) -> bool:
    """For a role that still lacks a yes, and for which this person may give it."""
    row = next((row for row in rows(release, now) if row.gate == gate.gate), None)
    if row is None or row.standing is not Standing.WAIT or release.entry is None:
        return False
    for role, needed in release.plan.quorum(gate).items():
        given = {one.voice for one in release.entry.approvals if one.role == role}
        by = {reviewer.person, *reviewer.groups} & {*left_to_say_yes(gate, release, role)}
        if len(given) < needed and by and reviewer.person not in given | barred(gate, release):
            return True
    return False


def _may_speak_for(absent: Reviewer, delegate: Reviewer, gate: ApprovalGate, release: Release) -> bool:
    """Whether a delegate may give a yes that is lacking; who holds a role themselves speaks in it for themselves."""
    assert release.entry is not None, f"{release.id} asks nobody"
    if delegate.person in barred(gate, release):
        return False
    mine = {delegate.person, *delegate.groups}
    for role, needed in release.plan.quorum(gate).items():
        given = [one for one in release.entry.approvals if one.role == role]
        has_spoken = any(one.actor.id == delegate.person for one in spoken(gate, release, role))
        is_lent = absent.person in left_to_say_yes(gate, release, role) and not mine & {*release.plan.holders(role)}
        if len(given) < needed and is_lent and not has_spoken:
            return True
    return False


def working_time(at: float, offset_seconds: int, remind: Reminder) -> float:
    """The first moment from `at` on within working hours there."""
    begins, ends = remind.span
    local = at + offset_seconds
    today = local // DAY_SECONDS
    for ahead in range(DAYS_AHEAD_MAX):
        day = today + ahead
        if (day + EPOCH_WEEKDAY) % 7 < WORKING_DAYS and local < day * DAY_SECONDS + ends:
            return max(at, day * DAY_SECONDS + begins - offset_seconds)
    raise AssertionError("no week is without a working day")
