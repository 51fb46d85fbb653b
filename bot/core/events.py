"""What happened to a release: the journal's vocabulary, in the past tense. Events are the truth; all else is derived.

An event is never changed or removed once a version of Songbird that wrote it was released: a field is only ever added,
with a default (golden journals in `tests/golden` hold that). The one thing to remember: time and actor are not in
an event but around it, in `Recorded`.
"""

from dataclasses import dataclass

from bot.core.actors import Actor
from bot.core.beside import Bar
from bot.core.contents import Change, Picture, Severity, Shot
from bot.core.model import Phase
from bot.core.plan import ApprovalGate, Part, Plan
from bot.core.verdict import Verdict
from bot.core.voices import Approval, Decision, Earlier, Reviewer


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one release."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event in its place: the `version`-th of its release, `at` seconds since the epoch, by `actor`."""

    release: str
    version: int
    at: float
    actor: Actor
    event: Event


# ── beginning ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ReleaseStaged(Event):
    service: str
    ref: str
    plan: Plan
    plan_digest: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReleasePrepared(Event):
    commit: str
    name: str
    previous: str | None
    changes: tuple[Change, ...]
    previous_name: str = ""


@dataclass(frozen=True, slots=True)
class PreparationFailed(Event):
    reason: str


@dataclass(frozen=True, slots=True)
class ArtefactWritten(Event):
    """Another version of a text. `author`: a person's id, `template` or a model; `evidence`: what a model was given."""

    kind: str
    text: str
    author: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class FindingRecorded(Event):
    """Found by QA or by users."""

    number: int
    severity: Severity
    text: str
    owner: str = ""
    disposition: str = ""


@dataclass(frozen=True, slots=True)
class TourTaken(Event):
    """The walkthrough was taken in a browser; `note` says what it lacks, or why there was none."""

    entry: int
    shots: tuple[Shot, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ChartsDrawn(Event):
    """Pictures of the `about`-th event."""

    about: int
    pictures: tuple[Picture, ...]


# ── places, deploying, exposing ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class StageEntered(Event):
    entry: int
    stage: int


@dataclass(frozen=True, slots=True)
class PlaceQueued(Event):
    """Another release holds the environment; `behind` is it."""

    environment: str
    behind: str


@dataclass(frozen=True, slots=True)
class PlaceTaken(Event):
    environment: str


@dataclass(frozen=True, slots=True)
class PlaceLeft(Event):
    environment: str


@dataclass(frozen=True, slots=True)
class DeployStarted(Event):
    entry: int
    environment: str


@dataclass(frozen=True, slots=True)
class Deployed(Event):
    entry: int


@dataclass(frozen=True, slots=True)
class DeployFailed(Event):
    entry: int
    reason: str


@dataclass(frozen=True, slots=True)
class StepEntered(Event):
    """`exposure` in percent; None where the stage has no environment."""

    entry: int
    stage: int
    step: int
    exposure: float | None


@dataclass(frozen=True, slots=True)
class ExposureReached(Event):
    entry: int
    percent: float


@dataclass(frozen=True, slots=True)
class ExposureStuck(Event):
    entry: int
    reason: str


@dataclass(frozen=True, slots=True)
class ExposureDrifted(Event):
    entry: int
    found_percent: float


# ── judging and leaving a step ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class VerdictChanged(Event):
    entry: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class VerdictLapsed(Event):
    """No look for too long: from `since` on nothing counted as held."""

    entry: int
    since: float


@dataclass(frozen=True, slots=True)
class StepOverdue(Event):
    entry: int
    waiting_for: str


@dataclass(frozen=True, slots=True)
class StepPromoted(Event):
    entry: int
    reason: str


@dataclass(frozen=True, slots=True)
class StepPassed(Event):
    """All gates held. `evidence` is one line a gate."""

    entry: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WatchStarted(Event):
    """Full exposure (less the holdback) was proved; slow damage is looked for from here."""

    entry: int
    exposure: float


@dataclass(frozen=True, slots=True)
class CheckpointTaken(Event):
    """How the watch looked at one of the plan's times of day. `verdict`: None where nothing had been looked at."""

    entry: int
    due_at: float
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class ReleaseHealthy(Event):
    entry: int


@dataclass(frozen=True, slots=True)
class ReleaseSuperseded(Event):
    by: str


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ApprovalAsked(Event):
    """`subject` is the digest of what is shown, frozen from here on; `roles` how many of each are needed."""

    entry: int
    subject: str
    roles: dict[str, int]


@dataclass(frozen=True, slots=True)
class ReleaseApproved(Event):
    """`solo`: by the plan, one person alone may say yes to everything."""

    entry: int
    role: str
    subject: str
    solo: bool = False
    behalf: str = ""
    """Who is away, and has this role by name: it is their yes, given by their delegate."""


@dataclass(frozen=True, slots=True)
class ApprovalWithdrawn(Event):
    """Whoever had said yes took it back, in these roles."""

    entry: int
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApprovalExpired(Event):
    """A yes has grown older than the plan lets it be, and counts no more. `by` gave it, at `given_at`."""

    entry: int
    role: str
    by: Actor
    given_at: float


@dataclass(frozen=True, slots=True)
class ApprovalAskedAgain(Event):
    """These parts of what was shown have changed. `subject` is the digest now; `void` is each yes that they concern."""

    entry: int
    subject: str
    changed: tuple[Part, ...]
    void: tuple[Approval, ...] = ()
    delegates: tuple[tuple[str, str], ...] = ()
    """Of those whose yes is void and who are away, who is asked instead: the person, and the delegate."""


@dataclass(frozen=True, slots=True)
class EarlierKnown(Event):
    """What an earlier build has left behind: a yes that does not count for this one, a concern that it is to answer."""

    entry: int
    earlier: Earlier


@dataclass(frozen=True, slots=True)
class ReviewersKnown(Event):
    """Whom it asks, with their groups and clocks at that moment: who may be reminded, and when."""

    entry: int
    reviewers: tuple[Reviewer, ...]


@dataclass(frozen=True, slots=True)
class ReviewersReminded(Event):
    """These were still awaited, and were told so again."""

    entry: int
    people: tuple[str, ...]
    delegates: tuple[tuple[str, str], ...] = ()
    """Of those who are away, who was reminded instead: the person, and the delegate."""


@dataclass(frozen=True, slots=True)
class ConcernRaised(Event):
    number: int
    text: str
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class ConcernDecided(Event):
    """`change`: the commit of what is left out."""

    number: int
    decision: Decision
    words: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class FollowUpClosed(Event):
    """What was to follow a caveat has followed. `number` is the concern's."""

    number: int
    words: str


@dataclass(frozen=True, slots=True)
class DemoAsked(Event):
    """Somebody wants to be shown it live; `times` would suit them."""

    entry: int
    number: int
    times: str


@dataclass(frozen=True, slots=True)
class DemoGiven(Event):
    number: int
    words: str


@dataclass(frozen=True, slots=True)
class AnomalyAccepted(Event):
    """Until the stage is left, what is unusual about the metric is no news; its limits and the evidence still count."""

    metric: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseHeld(Event):
    reason: str


@dataclass(frozen=True, slots=True)
class OnCallCalled(Event):
    """Something is wrong for which Songbird would have held it, and it is held already."""

    entry: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseResumed(Event):
    pass


@dataclass(frozen=True, slots=True)
class BarsChanged(Event):
    """The locks and freezes that stop the release where it is; none: it is free to go on."""

    entry: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class OverrideAsked(Event):
    """Somebody wants to go past these in this entry, and a second person has to agree."""

    entry: int
    number: int
    bars: tuple[Bar, ...]
    gates: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class OverrideGranted(Event):
    """A second person agreed: until the entry is left it goes past them. `solo` as in `ReleaseApproved`."""

    entry: int
    number: int
    solo: bool = False


@dataclass(frozen=True, slots=True)
class OverrideDeclined(Event):
    entry: int
    number: int


@dataclass(frozen=True, slots=True)
class OverrideLapsed(Event):
    """It counts no more, granted or not."""

    entry: int
    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class PlanChanged(Event):
    """It goes on by another plan, by a person's word. `entry` is where it is from here on.

    New where something was being judged (`is_new`): then it stands in that step, or in the watch where that is None,
    from the beginning, with this exposure (percent), which is never a higher one.
    """

    entry: int
    plan: Plan
    plan_digest: str
    old_digest: str
    reason: str
    stage: int = 0
    step: int | None = None
    exposure: float | None = None
    is_new: bool = False
    owed: ApprovalGate | None = None
    """Who is asked before the new entry is left, besides what its step asks for: theirs was a yes to another way."""


@dataclass(frozen=True, slots=True)
class ReleaseWithdrawn(Event):
    """Ended by a person while nothing of it was being deployed or exposed."""

    reason: str


@dataclass(frozen=True, slots=True)
class IncidentRecorded(Event):
    """Somebody says that it caused this. `key` is the incident's elsewhere; `began_at` is when it began, if said."""

    number: int
    text: str
    key: str = ""
    began_at: float | None = None


@dataclass(frozen=True, slots=True)
class IncidentKeyed(Event):
    """Somebody says the same words, and under which key the incident is known elsewhere. `number` is the incident's."""

    number: int
    key: str


@dataclass(frozen=True, slots=True)
class IncidentWithdrawn(Event):
    """It was not this release's doing, and counts no more. `number` is the incident's."""

    number: int
    reason: str


# ── the way back ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class RollbackStarted(Event):
    """`cause`: verdict, blindness, deploy, person, rejection, cancellation. `exposure`: percent at that moment."""

    entry: int
    cause: str
    reason: str
    ending: Phase
    exposure: float
    environment: str | None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class TrafficRestored(Event):
    """Read back at zero on the new version, `seconds` after the rollback was decided."""

    entry: int
    seconds: float


@dataclass(frozen=True, slots=True)
class UndoFinished(Event):
    entry: int


@dataclass(frozen=True, slots=True)
class UndoFailed(Event):
    entry: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseReturned(Event):
    """The way back is at its end; the phase is now `ending`."""

    ending: Phase
    reason: str


@dataclass(frozen=True, slots=True)
class BuildBlocked(Event):
    commit: str


@dataclass(frozen=True, slots=True)
class BuildUnblocked(Event):
    commit: str
    reason: str


def every_event() -> tuple[type[Event], ...]:
    """All event types, for tests and the codec. `__subclasses__` would also know each class without its slots."""
    named = [kind for kind in globals().values() if isinstance(kind, type) and issubclass(kind, Event)]
    return tuple(kind for kind in named if kind is not Event)
