"""What follows by itself: the one place that moves a release forward, or back.

`settle` looks at a release and says what happens next, if anything; `decide` calls it again until nothing follows. The
order inside each phase is the policy: whether we still see at all comes first, then the way back, then the way forward;
and people who were asked to wait (a hold, an open concern) are respected before any promotion. The one thing to
remember: it is level-triggered. It acts on what is true now, never on which event made it true.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.core import calls, gates, reviews, shown
from bot.core import events as e
from bot.core.absences import delegate_of
from bot.core.beside import Bar
from bot.core.due import (
    OVERRIDE_SECONDS_MAX,
    lapse_at,
    overdue_at,
    override_lapses_at,
    watch_overdue_at,
)
from bot.core.events import Event
from bot.core.model import Entry, Phase, Release, Surroundings
from bot.core.plan import FULL, ApprovalGate
from bot.core.quantities import duration_in_words
from bot.core.verdict import Outcome
from bot.core.voices import Override


@dataclass(frozen=True, slots=True)
class Here:
    """A release in its surroundings, now."""

    release: Release
    around: Surroundings
    now: float

    @property
    def entry(self) -> Entry:
        assert self.release.entry is not None, f"{self.release.id} has entered no stage"
        return self.release.entry


def settle(release: Release, around: Surroundings, now: float) -> tuple[Event, ...]:
    """The next events that follow by themselves; none when the release waits for something."""
    here = Here(release, around, now)
    rule = _RULES.get(release.phase)
    return lapsed(here) or (rule(here) if rule else ())


def may_return_by_itself(release: Release) -> bool:
    """Whether a bad verdict moves the traffic with nobody asked.

    In a step: as its stage says. In the watch only with a concurrent control, the holdback: against yesterday it
    would cry wolf.
    """
    match release.phase:
        case Phase.PROVING:
            return release.stage.on_failure == "rollback"
        case Phase.WATCHING:
            return release.plan.watch.holdback > 0
        case _:
            return False


def lapsed(here: Here) -> tuple[Event, ...]:
    """`VerdictLapsed` when the last look is too old to count: whoever asks for what, old health promotes nothing."""
    at = lapse_at(here.release, here.around.looked_at)
    return (e.VerdictLapsed(here.entry.number, since=at),) if at is not None and here.now >= at else ()


def bars_here(here: Here) -> tuple[Bar, ...]:
    """The locks and freezes in force, where the next move would give the release more of its users' traffic.

    Not those that an override goes past. Staging goes on; so does the last step, since the watch after it exposes
    nothing more, and a watch that keeps no holdback to give up. Looking and the way back are stopped by nothing.
    """
    if not _would_rise(here.release):
        return ()
    passed = here.release.bars_overridden
    return tuple(bar for bar in here.around.bars if bar.is_in_force(here.now) and bar.id not in passed)


def _would_rise(release: Release) -> bool:
    match release.phase:
        case Phase.QUEUED | Phase.DEPLOYING:
            return release.serves_users
        case Phase.PROVING:
            return release.serves_users and release.step is not release.stage.steps[-1]
        case Phase.WATCHING:
            return release.plan.watch.holdback > 0
        case _:
            return False


def _barred(here: Here) -> tuple[Event, ...]:
    """`BarsChanged` when other locks and freezes stop it than those it knows of; first, overrides that are over."""
    bars = bars_here(here)
    if over := _overrides_over(here, bars):
        return over
    return () if bars == here.release.bars else (e.BarsChanged(here.entry.number, bars),)


def _overrides_over(here: Here, bars: tuple[Bar, ...]) -> tuple[Event, ...]:
    number = here.entry.number
    found = ((one.number, _why_over(one, here, bars)) for one in here.release.overrides_here)
    return tuple(e.OverrideLapsed(number, override, why) for override, why in found if why)


def _why_over(override: Override, here: Here, bars: tuple[Bar, ...]) -> str:
    """Why an override counts no more, or is no longer asked for; empty where it is or does."""
    verdict = here.entry.verdict
    if "health" in override.gates and verdict is not None and verdict.outcome is Outcome.FAIL:
        return "a metric fails, and no override goes past that"
    if not override.is_open:
        return ""
    if here.now >= override_lapses_at(override):
        return f"nobody seconded it within {duration_in_words(OVERRIDE_SECONDS_MAX)}"
    stands = any(bar in bars for bar in override.bars)
    waits = {row.gate for row in gates.rows(here.release, here.now) if row.standing is not gates.Standing.GO}
    return "" if stands or waits & {*override.gates} else "nothing that it was about is in the way any more"


# ── one rule a phase ──────────────────────────────────────────────────────────────────────────────────────────────────


def _preparing(here: Here) -> tuple[Event, ...]:
    if here.release.commit is None or here.release.held is not None:
        return ()
    return (e.StageEntered(entry=1, stage=0),)


def _queued(here: Here) -> tuple[Event, ...]:
    release, environment = here.release, here.release.environment
    if barred := _barred(here):
        return barred
    if release.held is not None:
        return ()
    if blocked_by := here.around.blocks.get(release.commit or ""):
        return (e.ReleaseWithdrawn(f"{release.name} was rolled back as {blocked_by} meanwhile and is blocked"),)
    if environment is None:
        return (_step(release, here.entry, 0),)
    if release.bars:
        return ()
    if environment in release.places:
        return (e.DeployStarted(here.entry.number, environment),)
    ahead = _ahead(here, environment)
    if ahead is None:
        return (e.PlaceTaken(environment),)
    return () if release.queued_behind == ahead else (e.PlaceQueued(environment, behind=ahead),)


def _ahead(here: Here, environment: str) -> str | None:
    """Who must leave first: the holder, or whoever has waited longer."""
    holder = here.around.holders.get(environment)
    if holder is not None and holder != here.release.id:
        return holder
    waiting = here.around.queues.get(environment, ())
    return waiting[0] if waiting and waiting[0] != here.release.id else None


def _deploying(here: Here) -> tuple[Event, ...]:
    if barred := _barred(here):
        return barred
    if here.entry.deployed_at is None or here.release.held is not None or here.release.bars:
        return ()
    return (_step(here.release, here.entry, 0),)


def _proving(here: Here) -> tuple[Event, ...]:
    release, entry, now = here.release, here.entry, here.now
    if back := _return(here):
        return back
    if called := _call(here):
        return called
    if barred := _barred(here):
        return barred
    if _wants_asking(release, entry, now):
        roles = {
            r: n
            for gate in release.gates
            if isinstance(gate, ApprovalGate)
            for r, n in release.plan.quorum(gate).items()
        }
        return (e.ApprovalAsked(entry.number, shown.asked_about(release), roles),)
    if (gate := reviews.gate_of(release)) is not None and (changed := shown.changed(release)):
        void = shown.void(gate, release)
        away = _delegates(here, (one.voice for one in void))
        asked = shown.asked_about(release, changed)
        return (e.ApprovalAskedAgain(entry.number, asked, tuple(changed), void, away),)
    if release.held is None and gates.all_go(release, now):
        evidence = tuple(_evidence(row) for row in gates.rows(release, now))
        return (e.StepPassed(entry.number, evidence), *_onward(release, entry))
    if people := reviews.to_remind(release, now, here.around.bars, here.around.absences):
        return (e.ReviewersReminded(entry.number, people, _delegates(here, people)),)
    if _is_overdue(release, entry, now):
        waiting = gates.waiting(release, now)
        words = waiting.words if waiting else "its gates"
        overdue = e.StepOverdue(entry.number, words)
        reason = f"{duration_in_words(now - entry.at)} in this step, still waiting for {words}"
        return (overdue,) if release.held else (overdue, e.ReleaseHeld(reason))
    return ()


def _delegates(here: Here, people: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Of those who are away now, each with whoever does it for them."""
    found = ((one, delegate_of(one, here.around.absences, here.now)) for one in dict.fromkeys(people))
    return tuple(pair for pair in found if pair[1])


def _call(here: Here) -> tuple[Event, ...]:
    """On-call is called at once where nothing goes back by itself, also while somebody holds it already."""
    reason = calls.reason(here.release, here.now)
    if not reason:
        return ()
    return (e.ReleaseHeld(reason),) if here.release.held is None else (e.OnCallCalled(here.entry.number, reason),)


def _evidence(row: gates.Row) -> str:
    return f"{row.gate}: {'not met, ' if row.is_overridden else ''}{row.words}"


def _watching(here: Here) -> tuple[Event, ...]:
    release, entry = here.release, here.entry
    if is_owner_of_the_way_back(release, here.around) and (back := _return(here)):
        return back
    if called := _call(here):
        return called
    if barred := _barred(here):
        return barred
    is_stopped = release.held is not None or release.bars or release.open_concerns
    if _leaves_the_rest_to_a_successor(here):
        return ()
    if entry.stopwatch.read(here.now) >= release.plan.watch.time - gates.HELD_SLACK_SECONDS and not is_stopped:
        return (e.ReleaseHealthy(entry.number),)
    if entry.overdue_at is None and not release.bars and here.now >= watch_overdue_at(release):
        words = "the end of its watch"
        overdue = e.StepOverdue(entry.number, words)
        reason = f"watched for {duration_in_words(here.now - entry.at)} without coming to {words}"
        return (overdue,) if release.held else (overdue, e.ReleaseHeld(reason))
    return ()


def _rolling_back(here: Here) -> tuple[Event, ...]:
    release, back = here.release, here.release.rollback
    assert back is not None, f"{release.id} is on no way back"
    if release.environment in release.deployed and back.undone_at is None:
        return ()
    failure = f" (clean-up failed: {back.undo_failure})" if back.undo_failure else ""
    return (*leave(release), e.ReleaseReturned(back.ending, back.reason + failure))


_RULES: dict[Phase, Callable[[Here], tuple[Event, ...]]] = {
    Phase.PREPARING: _preparing,
    Phase.QUEUED: _queued,
    Phase.DEPLOYING: _deploying,
    Phase.PROVING: _proving,
    Phase.WATCHING: _watching,
    Phase.ROLLING_BACK: _rolling_back,
}


# ── the way back ─────────────────────────────────────────────────────────────────────────────────────────────────────


def start_rollback(release: Release, cause: str, reason: str, ending: Phase) -> tuple[Event, ...]:
    """What begins every way back, whoever wants it: its place (the watch holds none), the wish, the block.

    The place makes a successor wait until the traffic has been seen back; without it two would move the same traffic.
    """
    entry = release.entry
    assert entry is not None, f"{release.id} has entered no stage"
    environment = release.environment if release.environment in release.deployed else None
    start = e.RollbackStarted(
        entry=entry.number + 1,
        cause=cause,
        reason=reason,
        ending=ending,
        exposure=entry.exposure or 0.0,
        environment=environment,
        verdict=entry.verdict,
    )
    place = (e.PlaceTaken(environment),) if environment is not None and environment not in release.places else ()
    blocks = ending is Phase.ROLLED_BACK and cause in ("verdict", "person") and release.commit is not None
    return (*place, start, *((e.BuildBlocked(release.commit or ""),) if blocks else ()))


def leave(release: Release) -> tuple[Event, ...]:
    """Give back every place that it holds."""
    return tuple(e.PlaceLeft(place) for place in sorted(release.places))


def _leaves_the_rest_to_a_successor(here: Here) -> bool:
    """At the end of its watch it would get what its holdback kept; that waits while a successor owns the traffic.

    The successor ends the watch with its first traffic, or leaves, and then the rest is this release's again.
    """
    return here.release.plan.watch.holdback > 0 and not is_owner_of_the_way_back(here.release, here.around)


def is_owner_of_the_way_back(release: Release, around: Surroundings) -> bool:
    """Whether nobody else holds the environment: a successor that does owns its traffic."""
    return around.holders.get(release.environment or "") in (None, release.id)


def _return(here: Here) -> tuple[Event, ...]:
    release, verdict = here.release, here.entry.verdict
    if not may_return_by_itself(release):
        return ()
    if verdict is not None and verdict.outcome is Outcome.FAIL:
        words = "; ".join(finding.words for finding in verdict.failing) or verdict.rule
        return start_rollback(release, "verdict", words, Phase.ROLLED_BACK)
    if calls.is_blind(release, here.now) and release.plan.timing.blind == "return":
        lasted = duration_in_words(here.now - (here.entry.blind_since or here.now))
        return start_rollback(release, "blindness", f"nothing could be read for {lasted}", Phase.ROLLED_BACK)
    return ()


# ── the way forward ──────────────────────────────────────────────────────────────────────────────────────────────────


def _onward(release: Release, entry: Entry) -> tuple[Event, ...]:
    """The next step, else the next stage, else the watch; a plan that exposes nothing at its end is healthy then."""
    assert entry.step is not None, f"{release.id} leaves no step"
    if entry.step + 1 < len(release.stage.steps):
        return (_step(release, entry, entry.step + 1),)
    if entry.stage + 1 < len(release.plan.stages):
        return (*leave(release), e.StageEntered(entry.number + 1, entry.stage + 1))
    if release.environment is None:
        return (e.ReleaseHealthy(entry.number),)
    return (e.WatchStarted(entry.number + 1, entry.exposure or FULL), *leave(release))


def _step(release: Release, entry: Entry, step: int) -> e.StepEntered:
    exposure = release.plan.exposure(release.stage, release.stage.steps[step])
    return e.StepEntered(entry.number + 1, entry.stage, step, exposure)


def _wants_asking(release: Release, entry: Entry, now: float) -> bool:
    if entry.asked is not None or not any(isinstance(gate, ApprovalGate) for gate in release.gates):
        return False
    at = shown.asks_at(release)
    return at is not None and now >= at


def _is_overdue(release: Release, entry: Entry, now: float) -> bool:
    return entry.overdue_at is None and not release.bars and now >= overdue_at(release)
