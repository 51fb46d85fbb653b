"""What may be asked of a release: one frozen value a request, named in the imperative.

People ask (`Approve`, `HoldRelease`), and Songbird's own parts report (`ReportVerdict`, `Tick`). The one thing to
remember: a command that judges, reports or approves names the ENTRY that it was made for; a late one is refused,
whatever door it came through.
"""

from dataclasses import dataclass

from bot.core.contents import Change, Picture, Severity, Shot
from bot.core.plan import Plan
from bot.core.verdict import Verdict
from bot.core.voices import Decision, Earlier, Reviewer


@dataclass(frozen=True, slots=True)
class Command:
    """Addressed to one release by its id."""

    release: str


@dataclass(frozen=True, slots=True)
class EntryCommand(Command):
    """Made for one entry; refused when the release has moved on."""

    entry: int


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class StageRelease(Command):
    """Start a release. The parsed plan comes along; the engine fills `release` with the next short id."""

    service: str
    ref: str
    plan: Plan
    note: str = ""


@dataclass(frozen=True, slots=True)
class Approve(EntryCommand):
    """`subject` is the digest of what was shown."""

    subject: str


@dataclass(frozen=True, slots=True)
class WithdrawApproval(EntryCommand):
    """Somebody takes back their own yes, in every role in which they gave it here."""


@dataclass(frozen=True, slots=True)
class Reject(EntryCommand):
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class RaiseConcern(EntryCommand):
    text: str
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class DecideConcern(Command):
    """`change`: the commit of what is to be left out, where that is decided."""

    concern: int
    decision: Decision
    words: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class CloseFollowUp(Command):
    """What was to follow a caveat has followed."""

    concern: int
    words: str = ""


@dataclass(frozen=True, slots=True)
class AskForDemo(EntryCommand):
    """To be shown it live, at one of these times."""

    times: str


@dataclass(frozen=True, slots=True)
class RecordDemo(Command):
    """The demo that was asked for has been given."""

    demo: int
    words: str = ""


@dataclass(frozen=True, slots=True)
class AcceptAnomaly(Command):
    """What is unusual about a metric is known and all right, in this stage. It changes nothing about failing.

    `entry` is where the anomaly was shown: any one of the present stage will do. None: said of what is flagged now.
    """

    metric: str
    reason: str
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class EditText(Command):
    """A person writes a text anew. `over` is the version that they saw."""

    kind: str
    text: str
    over: int


@dataclass(frozen=True, slots=True)
class RecordIncident(Command):
    """Somebody says that the release caused this. One `key` (the incident's elsewhere) is one incident."""

    text: str
    key: str = ""
    began_at: float | None = None


@dataclass(frozen=True, slots=True)
class WithdrawIncident(Command):
    """It was not this release's doing. By its number here, or by its key; by either where both are given."""

    number: int
    reason: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class RecordFinding(Command):
    """QA or users have found something."""

    severity: Severity
    text: str
    owner: str = ""
    disposition: str = ""


@dataclass(frozen=True, slots=True)
class HoldRelease(Command):
    """Stop promotion; watching and rollback go on."""

    reason: str


@dataclass(frozen=True, slots=True)
class ResumeRelease(Command):
    """`hold`: the version of the hold that was shown, and no other is lifted; None: whatever holds it now."""

    hold: int | None = None


@dataclass(frozen=True, slots=True)
class PromoteRelease(EntryCommand):
    """Skip the waiting of this step; never a failing gate, never an approval."""

    reason: str


@dataclass(frozen=True, slots=True)
class AskOverride(EntryCommand):
    """Go past what it waits for in this entry. `gates`: those that are named; none: whatever it is."""

    reason: str
    gates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SecondOverride(EntryCommand):
    """A second person's yes to an override."""

    number: int


@dataclass(frozen=True, slots=True)
class DeclineOverride(EntryCommand):
    number: int


@dataclass(frozen=True, slots=True)
class ChangePlan(EntryCommand):
    """Go on by another plan of the service. `over`: the digest of the one it had when this was shown."""

    plan: Plan
    over: str
    reason: str


@dataclass(frozen=True, slots=True)
class RollBackRelease(Command):
    reason: str


@dataclass(frozen=True, slots=True)
class CancelRelease(Command):
    reason: str


@dataclass(frozen=True, slots=True)
class GiveUpWayBack(EntryCommand):
    """The traffic cannot be moved, and somebody has seen to it by hand: wait for it no longer."""

    reason: str


@dataclass(frozen=True, slots=True)
class UnblockBuild(Command):
    """A person's word that a rolled-back build may come back."""

    reason: str


# ── Songbird's own parts ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ReportPrepared(Command):
    """The ref is a commit, and these are its changes."""

    commit: str
    name: str
    previous: str | None
    changes: tuple[Change, ...]
    previous_name: str = ""


@dataclass(frozen=True, slots=True)
class ReportNotPrepared(Command):
    reason: str


@dataclass(frozen=True, slots=True)
class ReportArtefact(Command):
    """A text was written. `over`: the version that it is a better one of; None: it is written anew."""

    kind: str
    text: str
    author: str
    evidence: str = ""
    over: int | None = None


@dataclass(frozen=True, slots=True)
class ReportTour(Command):
    """The walkthrough was taken, for the entry in which it was asked for."""

    entry: int
    shots: tuple[Shot, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportCharts(Command):
    """Pictures of the `about`-th event were drawn."""

    about: int
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class TakePlace(Command):
    """The place may have become free: try again."""


@dataclass(frozen=True, slots=True)
class ReportDeployed(EntryCommand):
    pass


@dataclass(frozen=True, slots=True)
class ReportNotDeployed(EntryCommand):
    reason: str


@dataclass(frozen=True, slots=True)
class ReportExposure(EntryCommand):
    """The exposure that was wanted has been read back."""

    percent: float


@dataclass(frozen=True, slots=True)
class ReportExposureStuck(EntryCommand):
    """It could not be set or read back, and that has lasted."""

    reason: str


@dataclass(frozen=True, slots=True)
class ReportExposureDrift(EntryCommand):
    """Somebody or something else had changed it; it was corrected."""

    found_percent: float


@dataclass(frozen=True, slots=True)
class ReportVerdict(EntryCommand):
    """One look of the watch."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ReportReviewers(EntryCommand):
    """Who is asked, and what time it is where they are."""

    reviewers: tuple[Reviewer, ...]


@dataclass(frozen=True, slots=True)
class ReportEarlier(EntryCommand):
    """What an earlier build has left behind."""

    earlier: Earlier


@dataclass(frozen=True, slots=True)
class ReportCheckpoint(EntryCommand):
    """A checkpoint of a soak or of the watch has come.

    `due_at`: its time of day; `verdict`: the latest look's, with its numbers.
    """

    due_at: float
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Tick(EntryCommand):
    """The time has come that `due` named."""


@dataclass(frozen=True, slots=True)
class ReportUndone(EntryCommand):
    pass


@dataclass(frozen=True, slots=True)
class ReportNotUndone(EntryCommand):
    reason: str


@dataclass(frozen=True, slots=True)
class Supersede(Command):
    """A successor takes production over; the watch ends here."""

    by: str


def every_command() -> tuple[type[Command], ...]:
    """All command types, for tests. `__subclasses__` would also know each class without its slots."""
    named = [kind for kind in globals().values() if isinstance(kind, type) and issubclass(kind, Command)]
    return tuple(kind for kind in named if kind not in (Command, EntryCommand))
