"""What a changed plan would mean for a release that moves, where it is now: a sentence each. Pure.

The one thing to remember: nothing of it has happened. A release goes by the plan that it pinned until a person says
otherwise, and every sentence here is in the conditional.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.model import Phase, Release
from bot.core.plan import FULL, ApprovalGate, HealthGate, Plan
from bot.core.quantities import duration_in_words, percent_in_words
from bot.core.replan import Place, is_pinned, obstacle, place
from bot.core.verdict import Finding, Outcome, Verdict
from bot.texts.plain import asks_in_words, listed
from bot.texts.plans.differences import groups

READINGS_MAX = 6
"""Readings in one answer; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """A release beside the plan that its service has now.

    `before` and `after` are what the judge says of what was seen in the present step, by the pinned plan and by the
    other; None where nothing is looked at. `trouble`: why the file cannot be read, and then `plan` is the pinned one.
    `beside`: which other files want to be the service's plan, in words.
    """

    release: Release
    plan: Plan
    now: float
    before: Verdict | None = None
    after: Verdict | None = None
    trouble: str = ""
    beside: str = ""

    @property
    def is_changed(self) -> bool:
        return not is_pinned(self.release, self.plan)

    @property
    def obstacle(self) -> str:
        return self.trouble or obstacle(self.release, self.plan)


def noticed(release: Release, plan: Plan | None) -> str:
    """One line for whoever looks at the release; empty where its plan is the one that its service has.

    `plan` is what the file says now; None where nobody knows.
    """
    is_moving = not release.phase.is_ending and release.phase is not Phase.ROLLING_BACK
    if plan is None or not is_moving or is_pinned(release, plan):
        return ""
    about = listed(groups(release.plan, plan))
    return f"The plan file has changed since it was staged ({about}), and it goes on by the plan that it has."


def meaning(outlook: Outlook) -> tuple[str, ...]:
    """What would come of it; nothing where the plan could not be taken."""
    if outlook.obstacle or not outlook.is_changed:
        return ()
    there = place(outlook.release, outlook.plan)
    return (
        *_stands(outlook, there),
        *_readings(outlook),
        *_void(outlook, there),
        *_behind(outlook, there),
    )


# ── where it would stand ─────────────────────────────────────────────────────────────────────────────────────────────


def _stands(outlook: Outlook, there: Place) -> Iterator[str]:
    release, plan = outlook.release, outlook.plan
    if not there.is_new:
        yield "Nothing is judged where it is, so nothing is done again: it goes on by the changed plan." + passed(
            release
        )
        return
    entry = release.entry
    assert entry is not None, f"{release.id} stands nowhere"
    where = plan.stages[there.stage].environment or plan.stages[there.stage].name
    if there.exposure is not None and entry.exposure is not None and there.exposure < entry.exposure:
        less = f"{percent_in_words(entry.exposure)} to {percent_in_words(there.exposure)}"
        yield f"Its traffic in {where} would go down from {less}: the changed plan has no step at what it has."
    if release.phase is Phase.WATCHING:
        yield f"It would be watched from the beginning, for {duration_in_words(plan.watch.time)}.{_lost(outlook)}"
        return
    assert there.step is not None, f"{release.id} would stand in no step"
    step = plan.stages[there.stage].steps[there.step]
    canary = there.exposure is not None and plan.stages[there.stage].is_canary
    at = f"{where} at {percent_in_words(there.exposure or FULL)}" if canary else where
    asks = asks_in_words(step.gates)
    yield f"It would stand in {at} from the beginning{f': {asks}' if asks else ''}.{_lost(outlook)}"


def passed(release: Release) -> str:
    """The stages that lie behind it, and by which plan; empty where there are none."""
    names = [one.name for one in release.plan.stages[: release.entry.stage]] if release.entry is not None else []
    stay = "stays" if len(names) == 1 else "stay"
    return f" {listed(names).capitalize()} {stay} passed, by the plan as it was." if names else ""


def _lost(outlook: Outlook) -> str:
    entry = outlook.release.entry
    held = entry.stopwatch.read(outlook.now) if entry is not None else 0.0
    is_timed = outlook.release.phase is Phase.WATCHING or any(isinstance(g, HealthGate) for g in outlook.release.gates)
    return f" The {duration_in_words(held)} that it has held would count no more." if is_timed and held >= 1 else ""


# ── what was seen ────────────────────────────────────────────────────────────────────────────────────────────────────


def _readings(outlook: Outlook) -> Iterator[str]:
    """Which readings of the present step would be judged otherwise."""
    if outlook.after is None:
        return
    before, after = _found(outlook.before), _found(outlook.after)
    new = {metric.name for metric in outlook.plan.metrics} - {one.name for one in outlook.release.plan.metrics}
    lines: list[str] = []
    for key, finding in after.items():
        was = before.get(key)
        if _fails(finding) and not _fails(was):
            lines.append(f"What it shows now would fail: {finding.words}.")
        elif _breaks(finding) and not _breaks(was):
            lines.append(f"What it shows now would not be fine any more: {finding.words}.")
        elif _breaks(was) and not _breaks(finding):
            lines.append(f"What it shows now would be fine: {finding.words}.")
    for (metric, criterion), was in before.items():
        if (metric, criterion) not in after and _breaks(was):
            lines.append(f"What breaks {criterion} of {metric} now would not be looked at.")
    yield from lines[:READINGS_MAX]
    if len(lines) > READINGS_MAX:
        yield f"And {len(lines) - READINGS_MAX} more readings would be judged otherwise."
    if not lines:
        yield "What it shows in this step is judged the same by both plans."
    if new:
        yield f"Nothing has been seen of {listed(sorted(new))} yet."


def _found(verdict: Verdict | None) -> dict[tuple[str, str], Finding]:
    return {(one.metric, one.criterion): one for one in verdict.findings} if verdict is not None else {}


def _fails(finding: Finding | None) -> bool:
    return finding is not None and finding.outcome is Outcome.FAIL


def _breaks(finding: Finding | None) -> bool:
    return finding is not None and (finding.since is not None or finding.outcome is Outcome.FAIL)


# ── what would have to be done again ─────────────────────────────────────────────────────────────────────────────────


def _void(outlook: Outlook, there: Place) -> Iterator[str]:
    release, entry = outlook.release, outlook.release.entry
    if entry is not None and there.is_new:
        given = [f"{one.actor.name or one.actor.id} as {one.role}" for one in entry.approvals]
        if given:
            yield f"The yes of {listed(given)} would be void: it was given to a release by the plan as it was."
        if there.owed is not None:
            roles = listed(list(there.owed.roles))
            yield f"It would not leave this step before {roles} said yes again: theirs was a yes to another way ahead."
        elif _asks(outlook, there) and (given or entry.asked is not None):
            yield "Approvers would be asked again."
        if entry.promoted_by is not None:
            who = entry.promoted_by.name or entry.promoted_by.id
            yield f"The go or promotion by {who} would count no more."
    same = {one.name for one in outlook.plan.metrics if one in release.plan.metrics}
    if gone := [one.metric for one in release.acceptances if one.metric not in same]:
        yield f"The accepted anomaly of {listed(gone)} would count no more: it was accepted of the metric as it was."
    numbers = [f"override {one.number}" for one in release.overrides_here]
    if numbers:
        yield f"{listed(numbers).capitalize()} would count no more."


def _asks(outlook: Outlook, there: Place) -> bool:
    if there.step is None:
        return False
    gates = outlook.plan.stages[there.stage].steps[there.step].gates
    return any(isinstance(gate, ApprovalGate) for gate in gates)


def _behind(outlook: Outlook, there: Place) -> Iterator[str]:
    """What was passed by the plan as it was stays passed; that is said where the plan asks otherwise of it now."""
    release, entry = outlook.release, outlook.release.entry
    if entry is None:
        return
    if there.step and there.exposure is not None:
        below, had = outlook.plan.stages[there.stage].steps[: there.step], {one.exposure for one in release.stage.steps}
        if new := [percent_in_words(one.exposure or 0.0) for one in below if one.exposure not in had]:
            yield f"{listed(new)} {_are(new)} below what it has, and would not be gone through."
    passed = zip(release.plan.stages[: entry.stage], outlook.plan.stages[: entry.stage], strict=True)
    if other := [old.name for old, new in passed if old != new]:
        yield f"{listed(other).capitalize()} {_are(other)} behind it, and what was passed there stays passed."


def _are(some: list[str]) -> str:
    return "is" if len(some) == 1 else "are"
