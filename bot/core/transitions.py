"""The release machine's table: which commands each phase accepts, and where each event leads.

                          ┌───────────── next stage ──────────────┐
                          ▼                                       │
    PREPARING ──────► QUEUED ──────► DEPLOYING ──────► PROVING ───┴───► WATCHING ──────► HEALTHY
        │                │               │            │  ▲  │              │  └────────► SUPERSEDED
        ▼                ▼               │            │  └──┘ next step    │
      FAILED         CANCELLED           └────────────┴─────► ROLLING_BACK ◄┘
                                                                   │
                                         ROLLED_BACK · CANCELLED · REJECTED

The theory. A release moves forward by itself, and only in `settle` (settle.py), when everything that its present phase
asks for has come true; a command never moves it forward, it only makes something true. So there is one place that
promotes, and whether the last missing fact was an approval, a look or the clock makes no difference. A release moves
back the moment a fact demands it, before any promotion is considered. `ROLLING_BACK` is the only way out of a phase in
which something of the release may run somewhere, whoever wants it to end: a rollback, a cancellation and a rejection
differ in the ending they lead to, not in the way they take, and traffic comes first on that way.

A stage without an environment goes through QUEUED and straight to PROVING: it needs no place and deploys nothing.

How the table is used. `ACCEPTS` is consulted before a command is looked at: what is not listed is refused, and nothing
happens. `LEADS` is the only thing that changes a phase; an event that a phase does not list is corruption, not a
surprise to be tolerated. The one thing to remember: dead ends are written out. A test walks every phase and command.
"""

from bot.core import commands as c
from bot.core import events as e
from bot.core.model import ENDINGS, Phase

_HOLD = frozenset({c.HoldRelease, c.ResumeRelease})
_WORDS = frozenset({c.ReportArtefact, c.ReportTour, c.ReportCharts, c.EditText, c.RecordFinding}) | {
    c.CloseFollowUp,
    c.RecordDemo,
    c.RecordIncident,
    c.WithdrawIncident,
}
"""They move nothing, and some are late by nature: the diagnosis of a rollback that took three seconds."""
_OVERRIDE = frozenset({c.AskOverride, c.SecondOverride, c.DeclineOverride})
_PLAN = frozenset({c.ChangePlan})
_EXPOSURE = frozenset({c.ReportExposure, c.ReportExposureStuck, c.ReportExposureDrift})

ACCEPTS: dict[Phase, frozenset[type[c.Command]]] = {
    Phase.PREPARING: _HOLD | _WORDS | _PLAN | {c.ReportPrepared, c.ReportNotPrepared, c.CancelRelease},
    Phase.QUEUED: _HOLD | _WORDS | _OVERRIDE | _PLAN | {c.TakePlace, c.Tick, c.DecideConcern, c.CancelRelease},
    Phase.DEPLOYING: _HOLD
    | _WORDS
    | _OVERRIDE
    | _PLAN
    | {c.Tick}
    | {c.ReportDeployed, c.ReportNotDeployed, c.DecideConcern, c.RollBackRelease, c.CancelRelease},
    Phase.PROVING: _HOLD
    | _WORDS
    | _OVERRIDE
    | _EXPOSURE
    | _PLAN
    | {c.ReportVerdict, c.Tick}
    | {c.ReportReviewers, c.ReportEarlier, c.ReportCheckpoint}
    | {c.Approve, c.WithdrawApproval, c.Reject, c.RaiseConcern, c.DecideConcern, c.AskForDemo, c.AcceptAnomaly}
    | {c.PromoteRelease, c.RollBackRelease, c.CancelRelease},
    Phase.WATCHING: _HOLD
    | _WORDS
    | _OVERRIDE
    | _EXPOSURE
    | _PLAN
    | {c.ReportVerdict, c.Tick}
    | {c.RaiseConcern, c.DecideConcern, c.AcceptAnomaly}
    | {c.ReportCheckpoint}
    | {c.RollBackRelease, c.Supersede},
    Phase.ROLLING_BACK: _EXPOSURE | _WORDS | {c.ReportUndone, c.ReportNotUndone, c.GiveUpWayBack},
    Phase.HEALTHY: _WORDS,
    Phase.ROLLED_BACK: _WORDS | {c.UnblockBuild},
    Phase.CANCELLED: _WORDS,
    Phase.REJECTED: _WORDS,
    Phase.SUPERSEDED: _WORDS,
    Phase.FAILED: frozenset(),
}
"""What may be asked in each phase. `StageRelease` stands nowhere: it is asked before there is a release."""


def _stays(phase: Phase, *kinds: type[e.Event]) -> dict[type[e.Event], Phase]:
    return dict.fromkeys(kinds, phase)


_CAUSED = (e.IncidentRecorded, e.IncidentKeyed, e.IncidentWithdrawn)
_TOLD = (e.ArtefactWritten, e.TourTaken, e.ChartsDrawn, e.FindingRecorded, e.FollowUpClosed, e.DemoGiven, *_CAUSED)
_ANYWHERE = (*_TOLD, e.ReleaseHeld, e.ReleaseResumed, e.PlaceTaken, e.PlaceLeft, e.ConcernDecided)
_APPROVING = (e.ApprovalAsked, e.ReleaseApproved, e.ApprovalWithdrawn, e.ApprovalExpired)
_ASKING = (e.ApprovalAskedAgain, e.EarlierKnown, e.DemoAsked)
_REMINDING = (e.ReviewersKnown, e.ReviewersReminded)
_OVERRIDING = (e.OverrideAsked, e.OverrideGranted, e.OverrideDeclined, e.OverrideLapsed)
_EXPOSING = (e.ExposureReached, e.ExposureStuck, e.ExposureDrifted)
_JUDGING = (e.VerdictChanged, e.VerdictLapsed, e.OnCallCalled, e.StepOverdue, e.AnomalyAccepted)
_STOPPING = (e.ConcernRaised, e.BarsChanged)


def _ended(phase: Phase, *kinds: type[e.Event]) -> dict[type[e.Event], Phase | None]:
    """An ending is an ending; only words may still come."""
    return {**_stays(phase, *kinds, *_TOLD)}


LEADS: dict[Phase, dict[type[e.Event], Phase | None]] = {
    Phase.PREPARING: {
        **_stays(Phase.PREPARING, e.ReleasePrepared, e.PlanChanged, *_ANYWHERE),
        e.PreparationFailed: Phase.FAILED,
        e.StageEntered: Phase.QUEUED,
        e.ReleaseWithdrawn: Phase.CANCELLED,
    },
    Phase.QUEUED: {
        **_stays(Phase.QUEUED, e.PlaceQueued, e.PlanChanged, e.BarsChanged, *_OVERRIDING, *_ANYWHERE),
        e.DeployStarted: Phase.DEPLOYING,
        e.StepEntered: Phase.PROVING,
        e.ReleaseWithdrawn: Phase.CANCELLED,
    },
    Phase.DEPLOYING: {
        **_stays(Phase.DEPLOYING, e.Deployed, e.DeployFailed, e.PlanChanged, e.BarsChanged, *_OVERRIDING, *_ANYWHERE),
        e.StepEntered: Phase.PROVING,
        e.RollbackStarted: Phase.ROLLING_BACK,
    },
    Phase.PROVING: {
        **_stays(Phase.PROVING, *_APPROVING, *_ASKING, *_REMINDING, e.StepPromoted, e.StepPassed, e.StepEntered),
        **_stays(Phase.PROVING, e.PlanChanged, e.CheckpointTaken, *_EXPOSING, *_JUDGING, *_STOPPING),
        **_stays(Phase.PROVING, *_OVERRIDING, *_ANYWHERE),
        e.StageEntered: Phase.QUEUED,
        e.WatchStarted: Phase.WATCHING,
        e.ReleaseHealthy: Phase.HEALTHY,
        e.RollbackStarted: Phase.ROLLING_BACK,
    },
    Phase.WATCHING: {
        **_stays(Phase.WATCHING, e.PlanChanged, e.CheckpointTaken, *_EXPOSING, *_JUDGING, *_STOPPING),
        **_stays(Phase.WATCHING, *_OVERRIDING, *_ANYWHERE),
        e.ReleaseHealthy: Phase.HEALTHY,
        e.ReleaseSuperseded: Phase.SUPERSEDED,
        e.RollbackStarted: Phase.ROLLING_BACK,
    },
    Phase.ROLLING_BACK: {
        **_stays(Phase.ROLLING_BACK, e.TrafficRestored, e.UndoFinished, e.UndoFailed, e.BuildBlocked),
        **_stays(Phase.ROLLING_BACK, *_EXPOSING, *_ANYWHERE),
        e.ReleaseReturned: None,
    },
    Phase.HEALTHY: _ended(Phase.HEALTHY),
    Phase.ROLLED_BACK: _ended(Phase.ROLLED_BACK, e.BuildUnblocked),
    Phase.CANCELLED: _ended(Phase.CANCELLED),
    Phase.REJECTED: _ended(Phase.REJECTED),
    Phase.SUPERSEDED: _ended(Phase.SUPERSEDED),
    Phase.FAILED: {},
}
"""Where an event leads. None: to the ending that the rollback was started for."""

assert set(ACCEPTS) == set(LEADS) == set(Phase), "every phase has its row"
assert all({*LEADS[phase].values()} <= {phase} for phase in ENDINGS), "an ending is an ending"
