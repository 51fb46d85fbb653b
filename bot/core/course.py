"""One release, read once from its own journal: when what happened, as far as measures over releases ask for it.

The one thing to remember: nothing is assumed. What a journal does not say (a release that has not ended, a rollback
that nobody saw end, trouble that nobody saw begin) is None, and is not counted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from bot.core import calls
from bot.core import events as e
from bot.core.actors import SONGBIRD
from bot.core.events import Recorded
from bot.core.evolve import evolve
from bot.core.gates import waiting
from bot.core.measures import way_back
from bot.core.model import Phase, Release
from bot.core.plan import ApprovalGate, GoGate
from bot.core.targets import Targets

BY_ITSELF = frozenset({"verdict", "blindness", "deploy"})
"""Causes of a rollback that no person asked for."""

_GIVEN_UP = frozenset({Phase.ROLLED_BACK, Phase.REJECTED, Phase.CANCELLED})


@dataclass(frozen=True, slots=True)
class Course:
    """One release. Times are seconds; "users" are those of the environment that the plan leads to."""

    release: str
    service: str
    staged_at: float
    phase: Phase
    targets: Targets
    healthy_seconds: float | None = None
    """From staged to healthy."""
    people_seconds: float = 0.0
    """Its card waited for somebody."""
    rollback_seconds: float | None = None
    """From the decision to the traffic read back."""
    detection_seconds: float | None = None
    """From the first sign of what failed to the decision."""
    cycle_seconds: float | None = None
    """From the first deploy to the last stage's beginning; None also where nothing is deployed before."""
    review_seconds: tuple[float, ...] = ()
    """From each question to the yes that was still lacking."""
    place_seconds: float | None = None
    """Behind other releases; None where it has asked for no place."""
    rollout_seconds: float | None = None
    """From the last stage's beginning to its full exposure read back."""
    diagnosis_seconds: float | None = None
    is_out: bool = False
    """Whether it came to all traffic, whatever became of it."""
    is_hands_off: bool | None = None
    """Whether it came there with no more from people than a yes or a go that the plan asks for; None: it may still."""
    met_users: bool = False
    """Whether it was deployed where users are."""
    incidents: int = 0
    """That it caused: those that were recorded, or one where on-call was called for its users and nobody has said more.

    What was recorded and taken back was somebody's word about that call, and counts no more.
    """
    went_back: bool = False
    """Whether it went back from there by itself."""
    broke: tuple[str, ...] = ()
    """Metrics for which it did."""
    let_through: tuple[str, ...] | None = None
    """Those of them that an earlier stage had flagged; None where no earlier stage deploys."""

    @property
    def is_decided(self) -> bool:
        """Whether it is known if its deploy to users held; it may still go back in its watch."""
        return self.met_users and (self.is_out or self.went_back or self.phase.is_ending)

    @property
    def recovery_seconds(self) -> float | None:
        """From the first sign of what failed to the traffic read back."""
        if self.detection_seconds is None or self.rollback_seconds is None:
            return None
        return self.detection_seconds + self.rollback_seconds


class _Moment(NamedTuple):
    """An event, the release after it, and until when that was so."""

    event: e.Event
    at: float
    until: float
    after: Release


def course(journal: Sequence[Recorded], now: float) -> Course:
    """`journal` is one release's, whole and in order."""
    moments = list(_moments(journal, now))
    state = moments[-1].after
    back = way_back(state)
    broke = _broke(moments)
    return Course(
        release=state.id,
        service=state.service,
        staged_at=state.staged_at,
        phase=state.phase,
        targets=state.plan.targets,
        healthy_seconds=state.phase_since - state.staged_at if state.phase is Phase.HEALTHY else None,
        people_seconds=_people(moments),
        rollback_seconds=back.restored_seconds if back is not None else None,
        detection_seconds=back.detection_seconds if back is not None else None,
        cycle_seconds=_cycle(moments),
        review_seconds=tuple(_reviews(moments)),
        place_seconds=_queued(moments),
        rollout_seconds=_rollout(moments),
        diagnosis_seconds=_diagnosis(moments),
        is_out=_is_out(moments),
        is_hands_off=_is_hands_off(moments),
        met_users=state.met_users_at is not None,
        incidents=len(state.incidents) if state.every_incident else int(_was_called_for(moments)),
        went_back=any(_goes_back_from_users(one) for one in moments),
        broke=broke,
        let_through=_let_through(moments, broke),
    )


def _moments(journal: Sequence[Recorded], now: float) -> Iterator[_Moment]:
    state: Release | None = None
    ends = [*(recorded.at for recorded in journal[1:]), now]
    for recorded, until in zip(journal, ends, strict=True):
        state = evolve(state, recorded)
        yield _Moment(recorded.event, recorded.at, max(recorded.at, until), state)
    assert state is not None, "a journal begins with a release that is staged"


# ── times ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _people(moments: Sequence[_Moment]) -> float:
    here = ((one, waiting(one.after, one.at)) for one in moments)
    return sum(one.until - one.at for one, found in here if found is not None and found.whom)


def _cycle(moments: Sequence[_Moment]) -> float | None:
    begun = _last_stage_at(moments)
    before = (one for one in moments if isinstance(one.event, e.DeployStarted) and not one.after.serves_users)
    deployed = next((one.at for one in before), None)
    return begun - deployed if begun is not None and deployed is not None else None


def _last_stage_at(moments: Sequence[_Moment]) -> float | None:
    """When its last stage began: all before it are met."""
    entered = ((one.at, one.event.stage, one.after.plan) for one in moments if isinstance(one.event, e.StageEntered))
    return next((at for at, stage, plan in entered if stage == len(plan.stages) - 1), None)


def _reviews(moments: Sequence[_Moment]) -> Iterator[float]:
    """One for each entry in which the last yes came, and was not taken back."""
    met: dict[int, float] = {}
    for one in moments:
        entry = one.after.entry
        if entry is None or entry.asked_at is None or not one.after.gates:
            continue
        if _is_answered(one.after):
            met.setdefault(entry.number, one.at - entry.asked_at)
        else:
            met.pop(entry.number, None)
    yield from met.values()


def _is_answered(release: Release) -> bool:
    given = [approval.role for approval in release.entry.approvals] if release.entry is not None else []
    quorums = (release.plan.quorum(gate) for gate in release.gates if isinstance(gate, ApprovalGate))
    return all(given.count(role) >= needed for quorum in quorums for role, needed in quorum.items())


def _queued(moments: Sequence[_Moment]) -> float | None:
    if not any(isinstance(one.event, e.PlaceQueued | e.PlaceTaken) for one in moments):
        return None
    behind = (one for one in moments if one.after.phase is Phase.QUEUED and one.after.queued_behind is not None)
    return sum(one.until - one.at for one in behind if one.after.held is None and not one.after.bars)


def _rollout(moments: Sequence[_Moment]) -> float | None:
    begun = _last_stage_at(moments)
    reached = (one for one in moments if isinstance(one.event, e.ExposureReached))
    full = next((one.at for one in reached if one.after.step is one.after.plan.stages[-1].steps[-1]), None)
    return full - begun if begun is not None and full is not None else None


def _diagnosis(moments: Sequence[_Moment]) -> float | None:
    back = next((one.at for one in moments if isinstance(one.event, e.RollbackStarted)), None)
    written = (one for one in moments if isinstance(one.event, e.ArtefactWritten) and one.event.kind == "diagnosis")
    return next((one.at - back for one in written if back is not None and one.at >= back), None)


# ── what it came to ──────────────────────────────────────────────────────────────────────────────────────────────────


def _is_out(moments: Sequence[_Moment]) -> bool:
    return any(isinstance(one.event, e.WatchStarted | e.ReleaseHealthy) for one in moments)


def _is_hands_off(moments: Sequence[_Moment]) -> bool | None:
    for before, one in pairwise(moments):
        if isinstance(one.event, e.WatchStarted | e.ReleaseHealthy):
            return True
        if isinstance(one.event, e.ReleaseWithdrawn):
            return None  # nothing of it ran anywhere
        if _is_intervention(one, before.after):
            return False
    return False if moments[-1].after.phase in _GIVEN_UP else None


def _is_intervention(one: _Moment, before: Release) -> bool:
    """Whether somebody did, or has to do, more than the plan asks of people. A hold is ended by a person."""
    match one.event:
        case e.StepPromoted():
            return not any(isinstance(gate, GoGate) for gate in before.gates)
        case e.ReleaseHeld() | e.OverrideGranted() | e.AnomalyAccepted() | e.ConcernDecided():
            return True
        case e.RollbackStarted() | e.PlanChanged():
            return True
        case _:
            return False


def _was_called_for(moments: Sequence[_Moment]) -> bool:
    """Whether on-call was called since it failed where users are, and nothing took it back by itself."""
    called = (one for one in moments if isinstance(one.event, e.OnCallCalled) or _holds_by_itself(one))
    return any(calls.is_of_users(one.after, one.at) for one in called)


def _holds_by_itself(one: _Moment) -> bool:
    return isinstance(one.event, e.ReleaseHeld) and one.after.held is not None and one.after.held.actor == SONGBIRD


def _goes_back_from_users(one: _Moment) -> bool:
    return isinstance(one.event, e.RollbackStarted) and one.event.cause in BY_ITSELF and one.after.serves_users


def _broke(moments: Sequence[_Moment]) -> tuple[str, ...]:
    found = (one.event for one in moments if _goes_back_from_users(one))
    verdicts = (event.verdict for event in found if isinstance(event, e.RollbackStarted) and event.cause == "verdict")
    return tuple(sorted({one.metric for verdict in verdicts if verdict is not None for one in verdict.failing}))


def _let_through(moments: Sequence[_Moment], broke: tuple[str, ...]) -> tuple[str, ...] | None:
    before = [one for one in moments if one.after.environment is not None and not one.after.serves_users]
    if not before:
        return None
    verdicts = (one.event.verdict for one in before if isinstance(one.event, e.VerdictChanged))
    flagged = {finding.metric for verdict in verdicts for finding in verdict.flagged}
    return tuple(metric for metric in broke if metric in flagged)
