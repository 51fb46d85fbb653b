"""Where each gate of the present step stands, and what a release is waiting for: asked by `settle` and by the card.

A gate is GO, WAIT, HOLD or NO-GO. All must be GO to leave a step. The one thing to remember: a missing answer is
never GO, and `words` always say what would change the answer.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.core import authors, shown
from bot.core.actors import Actor, Door
from bot.core.beside import Bar, BarKind
from bot.core.model import Entry, Phase, Release
from bot.core.plan import FULL, ApprovalGate, Gate, GoGate, HealthGate, MinimumTimeGate, is_group
from bot.core.quantities import duration_in_words, percent_in_words
from bot.core.slash import quoted
from bot.core.verdict import Outcome, Pace
from bot.core.voices import Approval, Override


class Standing(StrEnum):
    """go: met · wait: on its way · hold: something or somebody is in doubt · no_go: broken."""

    GO = "go"
    WAIT = "wait"
    HOLD = "hold"
    NO_GO = "no_go"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the go/no-go matrix. `whom` are ids of users and user groups; `due_at` is when time alone meets it."""

    gate: str
    standing: Standing
    words: str
    whom: tuple[str, ...] = ()
    due_at: float | None = None
    is_overridden: bool = False
    """Whether two people went past it: it was not met."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the release waits for, since when, for whom."""

    words: str
    since: float
    whom: tuple[str, ...] = ()
    bar: Bar | None = None
    """The lock or freeze that it waits for; of several the one that ends last."""


HELD_SLACK_SECONDS = 1e-6
"""Stopwatches add floats; a microsecond short is not short."""


def rows(release: Release, now: float) -> tuple[Row, ...]:
    """The go/no-go matrix of the present step; empty outside a step."""
    entry = release.entry
    if entry is None or release.phase is not Phase.PROVING:
        return ()
    concerns = tuple(
        Row(f"concern {c.number}", Standing.HOLD, c.text, _deciders(release)) for c in release.open_concerns
    )
    bars = (*_passed(release), *(Row(bar.kind, Standing.HOLD, _by(bar), _owner(bar)) for bar in release.bars))
    return (*_traffic(release, entry), *(_row(gate, release, entry, now) for gate in release.gates), *concerns, *bars)


def _passed(release: Release) -> tuple[Row, ...]:
    """Locks and freezes that stand, and that two people have gone past here."""
    granted = (one for one in release.overrides_here if one.is_granted)
    return tuple(
        Row(bar.kind, Standing.GO, override_in_words(one), is_overridden=True) for one in granted for bar in one.bars
    )


def override_in_words(override: Override) -> str:
    """`override 1 by Ada, seconded by Omar: the fix for the outage`."""
    second = override.granted_by
    by = f", seconded by {second.name or second.id}" if second is not None else ""
    return f"override {override.number} by {override.asked_by.name or override.asked_by.id}{by}: {override.reason}"


def may_be_passed(row: Row, release: Release) -> bool:
    """Whether an override can go past this gate: it waits or is in doubt; not what fails, nor what nobody can see."""
    entry = release.entry
    if entry is None or row.standing not in (Standing.WAIT, Standing.HOLD):
        return False
    is_read = entry.verdict is not None and entry.verdict.outcome is not Outcome.ERROR
    is_seen = is_read and entry.stuck is None and (entry.exposure is None or entry.observed_at)
    return any(gate.gate == row.gate and (gate.gate != "health" or bool(is_seen)) for gate in release.gates)


def bar_in_words(bar: Bar) -> str:
    """`locked by Ada: the database is being moved`."""
    return f"{'locked' if bar.kind is BarKind.LOCK else 'frozen'} {_by(bar)}"


def _by(bar: Bar) -> str:
    return f"by {bar.owner.name or bar.owner.id}: {quoted(bar.reason)}"


def _owner(bar: Bar) -> tuple[str, ...]:
    """Whom a lock waits for; a freeze waits for its end."""
    return (bar.owner.id,) if bar.kind is BarKind.LOCK and bar.owner.door is Door.SLACK else ()


def _traffic(release: Release, entry: Entry) -> tuple[Row, ...]:
    """No step is left before its traffic was seen; with a health gate, that gate says so."""
    on_its_way = entry.exposure is not None and entry.observed_at is None
    if not on_its_way or any(isinstance(gate, HealthGate) for gate in release.gates):
        return ()
    words = entry.stuck or f"on its way to {percent_in_words(entry.exposure or 0.0)}"
    return (Row("traffic", Standing.HOLD if entry.stuck else Standing.WAIT, words),)


def _deciders(release: Release) -> tuple[str, ...]:
    role = release.plan.decider_role
    return release.plan.holders(role) if role else release.plan.operators


def _row(gate: Gate, release: Release, entry: Entry, now: float) -> Row:
    row, override = _met(gate, release, entry, now), release.override_of(gate.gate)
    if override is None or not may_be_passed(row, release):
        return row
    return Row(gate.gate, Standing.GO, override_in_words(override), is_overridden=True)


def _met(gate: Gate, release: Release, entry: Entry, now: float) -> Row:
    """Where it stands by itself."""
    match gate:
        case HealthGate():
            return _health(gate, release, entry, now)
        case ApprovalGate():
            return _approval(gate, release, entry)
        case MinimumTimeGate(time=time):
            if now >= entry.at + time:
                return Row(gate.gate, Standing.GO, f"{duration_in_words(time)} in the step")
            return Row(gate.gate, Standing.WAIT, f"at least {duration_in_words(time)}", due_at=entry.at + time)
        case GoGate(role=role):
            if entry.promoted_by:
                return Row(gate.gate, Standing.GO, f"{entry.promoted_by.name or entry.promoted_by.id} said go")
            return Row(gate.gate, Standing.WAIT, f"{role} presses go", release.plan.holders(role))


def _health(gate: HealthGate, release: Release, entry: Entry, now: float) -> Row:
    verdict, held = entry.verdict, entry.stopwatch.read(now)
    if entry.stuck is not None:
        return Row(gate.gate, Standing.HOLD, entry.stuck)
    if entry.exposure is not None and entry.observed_at is None:
        return Row(gate.gate, Standing.WAIT, f"traffic on its way to {percent_in_words(entry.exposure)}")
    if verdict is None:
        looked_at = "metrics" if release.environment is not None else "checks"
        return Row(gate.gate, Standing.WAIT, f"first look at the {looked_at}")
    if verdict.outcome is Outcome.FAIL:
        return Row(gate.gate, Standing.NO_GO, "; ".join(finding.words for finding in verdict.failing))
    if verdict.outcome is Outcome.ERROR:
        return Row(gate.gate, Standing.HOLD, verdict.rule)
    if verdict.is_no_go:
        return Row(gate.gate, Standing.NO_GO, f"{verdict.rule}: {verdict.standing_out}")
    wanted = duration_in_words(gate.held)
    done = f"{duration_in_words(held)} of {wanted}"
    if skips_waiting(release):
        return Row(gate.gate, Standing.GO, f"promoted after {done}: {verdict.rule}")
    if verdict.lacks_data and (ends := _patience(gate, release, entry, now)) is not None:
        if now >= ends:
            return Row(
                gate.gate, Standing.GO, f"accepted without enough data after {duration_in_words(now - entry.at)}"
            )
        return Row(gate.gate, Standing.WAIT, f"held {done}, paused: {verdict.rule}", due_at=ends)
    if verdict.pace is not Pace.RUN:
        return Row(gate.gate, Standing.WAIT, f"held {done}, paused: {verdict.rule}")
    if held >= gate.held - HELD_SLACK_SECONDS and verdict.unseen:
        return Row(gate.gate, Standing.WAIT, f"held {wanted}; {'; '.join(one.words for one in verdict.unseen)}")
    if held >= gate.held - HELD_SLACK_SECONDS:
        return _proof(gate, release, entry, now)
    so_far = f"held {done}: {verdict.rule}" if held >= 1 else f"must hold {wanted}; {verdict.rule} so far"
    return Row(gate.gate, Standing.WAIT, so_far, due_at=now + gate.held - held)


EXTENDED = 4.0
"""Times the time of a step: how long `low_traffic: extend` waits for what a step lacks."""


def _proof(gate: HealthGate, release: Release, entry: Entry, now: float) -> Row:
    """The time is over and nothing failed. Before full exposure that has to be shown, if the plan insists."""
    assert entry.verdict is not None, "something was held"
    rule, wanted = entry.verdict.rule, duration_in_words(gate.held)
    if entry.verdict.outcome is Outcome.PASS or not asks_proof(release):
        return Row(gate.gate, Standing.GO, f"held {wanted}: {rule}")
    ends = _patience(gate, release, entry, now)
    if ends is None or now < ends:
        words = f"held {wanted}, to be shown to be no worse: {rule} so far"
        return Row(gate.gate, Standing.WAIT, words, due_at=ends)
    return Row(gate.gate, Standing.GO, f"held {wanted}, not shown but accepted: {rule}")


def _patience(gate: HealthGate, release: Release, entry: Entry, now: float) -> float | None:
    """Until when what a step lacks is waited for, if it can be looked at until then; None: until it is there.

    Counted in time in which it was looked at: a bot that was away, or a clock that jumped, has waited for nothing.
    """
    if release.plan.low_traffic == "hold":
        return None
    times = EXTENDED if release.plan.low_traffic == "extend" else 1.0
    missing = times * gate.held - entry.watched.read(now)
    return round(now + missing, 3) if missing > HELD_SLACK_SECONDS else now


def asks_proof(release: Release) -> bool:
    """Whether this is a canary's last step before full exposure: whoever goes on from there has no control left."""
    exposures = [step.exposure for step in release.stage.steps]
    step = release.step
    return (
        release.stage.is_canary
        and step is not None
        and step.exposure == max((exposure for exposure in exposures if exposure not in (None, FULL)), default=None)
    )


def skips_waiting(release: Release) -> bool:
    """Whether somebody promoted this step. In a step that asks for a person's go, promoting is that go and no more."""
    asks_go = any(isinstance(gate, GoGate) for gate in release.gates)
    return release.entry is not None and release.entry.promoted_by is not None and not asks_go


def _approval(gate: ApprovalGate, release: Release, entry: Entry) -> Row:
    if entry.asked is None:
        words = "texts are being written for the reviewers"
        return Row(gate.gate, Standing.WAIT, words, due_at=shown.asks_at(release) or None)
    if authors.bars_everybody(gate, release):
        unknown = authors.in_words(authors.unmatched(gate, release))
        words = f"nobody may say yes: who wrote {unknown} is not known in Slack, and the plan then bars everybody"
        return Row(gate.gate, Standing.HOLD, words, release.plan.operators)
    missing, given = [], []
    whom: list[str] = []
    for role, needed in release.plan.quorum(gate).items():
        have = [approval for approval in entry.approvals if approval.role == role]
        given += [f"{role} ({_giver(approval)})" for approval in have]
        if len(have) < needed:
            missing.append(role if needed == 1 else f"{role} {len(have)} of {needed}")
            left = left_to_say_yes(gate, release, role)
            whom += left
            if not left:
                wrote = authors.barred(gate, release) & {*release.plan.holders(role)}
                why = "its people wrote changes of this release" if wrote else f"{needed} are asked for"
                if release.plan.is_distinct(gate) and not wrote:
                    why = "one person fills one role here, and its people have filled another"
                words = f"nobody is left who may say yes as {role}: {why}"
                return Row(gate.gate, Standing.HOLD, words, release.plan.operators)
    if missing:
        words = f"waiting for {', '.join(missing)}" + (f"; yes from {', '.join(given)}" if given else "")
        return Row(gate.gate, Standing.WAIT, words, tuple(dict.fromkeys(whom)))
    one = alone(gate, release)
    all_of_it = f", all of it by {one.name or one.id} alone" if one is not None else ""
    return Row(gate.gate, Standing.GO, f"yes from {', '.join(given)}{all_of_it}")


def _giver(approval: Approval) -> str:
    return f"{approval.actor.name or approval.actor.id}{', standing in' if approval.behalf else ''}"


def alone(gate: ApprovalGate, release: Release) -> Actor | None:
    """Who has said every yes where more than one is asked for; a solo plan says so by itself."""
    given = release.entry.approvals if release.entry is not None else ()
    is_one = len({one.actor.id for one in given}) == 1 and sum(release.plan.quorum(gate).values()) > 1
    return given[0].actor if is_one and not release.plan.solo and not lacking(gate, release) else None


def lacking(gate: ApprovalGate, release: Release) -> frozenset[str]:
    """The roles that have not said yes as often as they are asked."""
    given = [one.role for one in release.entry.approvals] if release.entry is not None else []
    return frozenset(role for role, needed in release.plan.quorum(gate).items() if given.count(role) < needed)


def is_approved(release: Release) -> bool:
    """Whether everybody whom its step asks has said yes, whatever an override goes past."""
    gate, entry = next((one for one in release.gates if isinstance(one, ApprovalGate)), None), release.entry
    return gate is not None and entry is not None and _approval(gate, release, entry).standing is Standing.GO


def spoken(gate: ApprovalGate, release: Release, role: str) -> tuple[Approval, ...]:
    """Every yes by which a person is spent for this role: those in it, or where they are distinct, all of the gate."""
    given = release.entry.approvals if release.entry is not None else ()
    return tuple(one for one in given if one.role == role or release.plan.is_distinct(gate))


GROUP_OF_UNKNOWN = 1_000
"""Who is in a user group is not known here: more than are named."""


def how_many_left(gate: ApprovalGate, release: Release, role: str) -> int:
    return sum(GROUP_OF_UNKNOWN if is_group(one) else 1 for one in left_to_say_yes(gate, release, role))


def left_to_say_yes(gate: ApprovalGate, release: Release, role: str) -> tuple[str, ...]:
    """Whose yes as this role may still come: holders without one whom nothing bars. Who is in a group is not known."""
    mine = spoken(gate, release, role)
    out = {who for one in mine for who in (one.actor.id, one.voice)} | authors.barred(gate, release)
    return tuple(holder for holder in release.plan.holders(role) if holder not in out)


def all_go(release: Release, now: float) -> bool:
    """Whether the step may be left: every row is GO."""
    return all(row.standing is Standing.GO for row in rows(release, now))


def is_awaited(release: Release, now: float, person: str, groups: frozenset[str] = frozenset()) -> bool:
    """Whether it waits for this person, who is in these groups; said yes or barred, nobody is awaited by a group."""
    here = waiting(release, now)
    if here is None or person in here.whom:
        return here is not None
    if override := release.open_override:
        seconds = {person, *groups} & {*release.plan.overriders}
        if seconds and (release.plan.solo or override.asker != person):
            return True
    out = {approval.actor.id for approval in release.entry.approvals} if release.entry else set()
    for gate in release.gates:
        out |= authors.barred(gate, release) if isinstance(gate, ApprovalGate) else set()
    return bool(groups & {*here.whom}) and person not in out


def waiting(release: Release, now: float) -> Waiting | None:
    """The one sentence for the card. None when the release has ended."""
    since = release.phase_since
    if release.phase.is_ending:
        return None
    if release.held is not None and release.phase is not Phase.ROLLING_BACK:
        who = release.held.actor.name or release.held.actor.id
        return Waiting(f"held by {who}: {release.held.reason}", release.held.at, release.plan.operators)
    if release.bars and release.phase is not Phase.ROLLING_BACK:
        return _barred(release.bars)
    match release.phase:
        case Phase.PREPARING:
            return Waiting(f"{release.ref} is being resolved and its changes are being collected", since)
        case Phase.QUEUED:
            environment = release.environment or "its place"
            behind = release.queued_behind
            return Waiting(f"{environment}: {behind} is there" if behind else f"a place in {environment}", since)
        case Phase.DEPLOYING:
            return Waiting(f"deploying {release.name} to {release.environment}", since)
        case Phase.WATCHING:
            return _watch(release, now)
        case Phase.ROLLING_BACK:
            back = release.rollback
            restored = back is not None and back.restored_at is not None
            return Waiting("the old version is back; cleaning up" if restored else "traffic on its way back", since)
        case _:
            return _slowest(release, now)


def _barred(bars: tuple[Bar, ...]) -> Waiting:
    """A lock ends when somebody lifts it, which may be later than any freeze."""
    last = max(bars, key=lambda bar: bar.ends_at or float("inf"))
    return Waiting(bar_in_words(last), last.starts_at, _owner(last), last)


def _watch(release: Release, now: float) -> Waiting:
    assert release.entry is not None, f"{release.id} watches no entry"
    if release.open_concerns:
        concern = release.open_concerns[0]
        return Waiting(f"a decision on concern {concern.number}", concern.at, _deciders(release))
    held, wanted = release.entry.stopwatch.read(now), release.plan.watch.time
    words = f"watching for slow damage: {duration_in_words(held)} of {duration_in_words(wanted)}"
    return Waiting(words, release.phase_since)


def _slowest(release: Release, now: float) -> Waiting:
    """The row that stands worst; among equals, the one that needs a person."""
    assert release.entry is not None, f"{release.id} is in no step"
    order = [Standing.NO_GO, Standing.HOLD, Standing.WAIT]
    open_rows = [row for row in rows(release, now) if row.standing is not Standing.GO]
    if not open_rows:
        return Waiting("the next step", release.entry.at)
    worst = min(open_rows, key=lambda row: (order.index(row.standing), not row.whom))
    return Waiting(f"{worst.gate}: {worst.words}", release.entry.at, worst.whom)
