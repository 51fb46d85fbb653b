"""The judge: a pure fold over one stage's question, the boundaries of its steps, and the looks of the watch.

    state = begin(question)
    state = enter(state, Boundary(entry, at, exposure))     at every observed exposure
    state = observe(state, look)                            at every look, in order
    verdict(state, now)                                     what to tell the release machine

Replaying the stored looks with the same boundaries gives the same verdict; after a restart the watch does just that
(`replay`). First version: evidence is gathered anew in every step, by `criteria`. What is inside a `JudgeState` is the
judge's own business, so that one budget of errors can span the steps one day without a change outside.

What is said, in this order: nothing readable is an error; a broken criterion fails; a canary that falls silent while
its control answers fails by rule after a while; a control that falls silent is an error, and limits still protect; too
little data, or a limit overstepped that may still be chance, pauses; the rest runs. A tolerance fails only against a
control over the same looks; against a baseline elsewhere it is a flag for people. At full exposure nothing is left to
compare with, and limits are all there is.

The one thing to remember: only samples that began after the step's boundary count for it, so the first look of a step
brings none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import merge
from operator import attrgetter
from typing import Literal

from bot.analysis import findings, words
from bot.analysis.findings import Judgement, Past, Seen
from bot.analysis.series import Cohort, Gap, LookSamples, Sample
from bot.analysis.shapes import Buckets, Counts, Pair, Shown
from bot.core.plan import FULL, Metric, Plan, Stage, Timing
from bot.core.quantities import duration_in_words
from bot.core.verdict import Finding, Outcome, Pace, Verdict

MET = "every criterion met"
LIMITS_MET = "every limit met; at full exposure nothing runs beside it to compare with"
NOT_FAILING = "not failing, with the minimum of data"
BROKEN = "a criterion is broken, and not by chance"
SILENT = "the canary is silent while its control answers"
BLIND = "nothing can be read about the new version"
CONTROL_BLIND = "its control cannot be read: only the limits protect"

NOT_LOOKED = Verdict(Outcome.INCONCLUSIVE, Pace.PAUSE, "the metrics have not been looked at yet")

DUE_MIN = 10.0
"""Requests that a canary would have had from its share of the traffic: none at all is chance once in e^10 = 22,000."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about a stage, frozen when it is entered."""

    metrics: tuple[Metric, ...]
    timing: Timing
    against: Literal["control", "baseline"] | None = None

    @classmethod
    def about(cls, plan: Plan, stage: Stage) -> "Question":
        return cls(plan.metrics, plan.timing, "control" if stage.is_canary else "baseline" if stage.baseline else None)


@dataclass(frozen=True, slots=True)
class Boundary:
    """A step begins: its exposure (percent) was read back at `at`."""

    entry: int
    at: float
    exposure: float


@dataclass(frozen=True, slots=True)
class Silence:
    """How long the canary has been quiet while its control was not, in two ways."""

    unheard_since: float | None = None
    """It does not answer."""
    idle_since: float | None = None
    """It finishes no request."""
    due: float = 0.0
    """Requests that it would have had meanwhile."""


@dataclass(frozen=True, slots=True)
class JudgeState:
    """Opaque outside this module."""

    question: Question
    boundary: Boundary | None = None
    looked_at: float | None = None
    seen: Mapping[str, Seen] = field(default_factory=dict)
    silence: Silence = Silence()
    found: tuple[Finding, ...] = ()
    """All criteria after the last look, also after one that could read nothing: since when each is broken."""
    clear_at: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """By metric and criterion, the last look at which it was fine."""
    judged: Verdict = NOT_LOOKED

    @property
    def control_share(self) -> float | None:
        """Percent of the traffic on the control; None where no control runs beside the new version."""
        if self.question.against != "control" or self.boundary is None or self.boundary.exposure >= FULL:
            return None
        return FULL - self.boundary.exposure

    @property
    def reference(self) -> Cohort | None:
        """Whom the new version is compared with in this step."""
        if self.question.against == "control":
            return None if self.control_share is None else "control"
        return self.question.against


# ── the fold ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def begin(question: Question) -> JudgeState:
    """Nothing seen, no step entered."""
    return JudgeState(question)


def enter(state: JudgeState, boundary: Boundary) -> JudgeState:
    """A step begins; this version keeps nothing of the one before."""
    return JudgeState(state.question, boundary)


def observe(state: JudgeState, look: LookSamples) -> JudgeState:
    """One more look. One that is late or comes twice changes nothing, as does one before any step."""
    boundary = state.boundary
    if boundary is None or (state.looked_at is not None and look.at <= state.looked_at):
        return state
    heard = {sample.cohort for sample in look.samples if sample.shown != Gap("missing")}
    sums = _sums(look.samples, boundary.at)
    seen = {
        metric.name: _widened(state.seen.get(metric.name, Seen()), metric.name, sums, state.reference)
        for metric in state.question.metrics
    }
    state = replace(state, looked_at=look.at, seen=seen, silence=_silence(state, look.at, heard, sums))
    judgements = tuple(_judgements(state, boundary.at))
    found = tuple(judgement.finding for judgement in judgements)
    clear = {(one.metric, one.criterion): look.at for one in found if one.outcome is Outcome.PASS and not one.flag}
    state = replace(state, found=found, clear_at={**state.clear_at, **clear})
    return replace(state, judged=_judge(state, look, heard, judgements))


def verdict(state: JudgeState, now: float) -> Verdict:
    """The verdict of the last look, unless that is too old to count, in whichever direction the clock went."""
    if state.looked_at is not None and abs(now - state.looked_at) > state.question.timing.stale:
        rule = f"the metrics have not been looked at for {duration_in_words(state.question.timing.stale)}"
        return Verdict(Outcome.ERROR, Pace.PAUSE, rule)
    return state.judged


def replay(question: Question, boundaries: Iterable[Boundary], looks: Iterable[LookSamples]) -> JudgeState:
    """The state after all of it, both oldest first. A boundary comes before a look of the same moment."""
    state = begin(question)
    story: Iterator[Boundary | LookSamples] = merge(boundaries, looks, key=attrgetter("at"))
    for happened in story:
        state = enter(state, happened) if isinstance(happened, Boundary) else observe(state, happened)
    return state


# ── gathering ────────────────────────────────────────────────────────────────────────────────────────────────────────

Sums = Mapping[tuple[str, Cohort], Shown]
"""One look's samples of each metric and cohort, added up over processes."""


def _sums(samples: Iterable[Sample], since: float) -> Sums:
    sums: dict[tuple[str, Cohort], Shown] = {}
    for sample in samples:
        if isinstance(sample.shown, Shown) and sample.since >= since:
            key = (sample.metric, sample.cohort)
            sums[key] = sums[key] + sample.shown if key in sums else sample.shown
    return sums


def _widened(seen: Seen, name: str, sums: Sums, reference: Cohort | None) -> Seen:
    own = sums.get((name, "canary"))
    other = sums.get((name, reference)) if reference else None
    if own is None:
        return seen
    pairs = seen.pairs if other is None else seen.pairs.then(Pair(own, other))
    return Seen(seen.own.then(own), pairs)


def _silence(state: JudgeState, at: float, heard: set[Cohort], sums: Sums) -> Silence:
    before, control_share = state.silence, state.control_share
    if control_share is None or "control" not in heard:
        return replace(before, unheard_since=None)
    unheard_since = None if "canary" in heard else at if before.unheard_since is None else before.unheard_since
    if _requests(sums, "canary") > 0:
        return Silence(unheard_since)
    due = before.due + _requests(sums, "control") * (FULL - control_share) / control_share
    return Silence(unheard_since, at if before.idle_since is None else before.idle_since, due)


def _requests(sums: Sums, cohort: Cohort) -> float:
    """What the busiest metric counted."""
    shown = [one for (_, whose), one in sums.items() if whose == cohort]
    return max((one.n for one in shown if isinstance(one, Counts | Buckets)), default=0.0)


# ── judging one look ─────────────────────────────────────────────────────────────────────────────────────────────────


def _judgements(state: JudgeState, began_at: float) -> Iterator[Judgement]:
    """Every criterion of every metric that applies in this step."""
    found = {(finding.metric, finding.criterion): finding for finding in state.found}

    def past(metric: str, criterion: str) -> Past:
        clear_at, before = state.clear_at.get((metric, criterion), began_at), found.get((metric, criterion))
        if before is None:
            return Past(clear_at)
        return Past(clear_at, before.since, broken=before.flag or before.outcome is Outcome.FAIL)

    side = "on the new version" if state.control_share is None else "on the canary"
    for metric in state.question.metrics:
        seen = state.seen[metric.name]
        if metric.limit is not None:
            yield findings.limit(metric, seen, side, past(metric.name, "limit"))
        if metric.tolerance is not None and state.reference == "control":
            yield findings.tolerance(metric, seen, side, past(metric.name, "tolerance"))
        elif metric.tolerance is not None and state.reference == "baseline":
            yield findings.baseline(metric, seen, side, past(metric.name, "baseline"))
        elif metric.limit is None:
            yield findings.observed(metric, seen, side)


def _judge(state: JudgeState, look: LookSamples, heard: set[Cohort], judgements: Sequence[Judgement]) -> Verdict:
    compares = state.control_share is not None
    readable = "canary" in heard or (compares and "control" in heard)
    if look.failure is not None or not readable:
        return Verdict(Outcome.ERROR, Pace.PAUSE, look.failure or BLIND)
    silence = _silence_finding(state.silence, state.question.timing.silence_max, look.at)
    found = (*([silence] if silence else []), *state.found)
    if any(finding.outcome is Outcome.FAIL for finding in found):
        return Verdict(Outcome.FAIL, Pace.RESET, BROKEN, found)
    if "canary" not in heard:
        return Verdict(Outcome.INCONCLUSIVE, Pace.PAUSE, SILENT, found)
    if compares and "control" not in heard:
        return Verdict(Outcome.ERROR, Pace.PAUSE, CONTROL_BLIND, tuple(map(_unreadable, found)))
    # nothing fails: what gates decides; where nothing does, what is only observed must at least be there
    gating = [judgement for judgement in judgements if judgement.gates] or judgements
    if pauses := next((judgement.pauses for judgement in gating if judgement.pauses), ""):
        return Verdict(Outcome.INCONCLUSIVE, Pace.PAUSE, pauses, found)
    if all(judgement.finding.outcome is Outcome.PASS for judgement in gating):
        alone = state.question.against == "control" and not compares
        return Verdict(Outcome.PASS, Pace.RUN, LIMITS_MET if alone else MET, found)
    return Verdict(Outcome.INCONCLUSIVE, Pace.RUN, NOT_FAILING, found)


def _silence_finding(silence: Silence, borne_seconds: float, at: float) -> Finding | None:
    if silence.unheard_since is not None:
        seconds = at - silence.unheard_since
        outcome = Outcome.FAIL if seconds >= borne_seconds else Outcome.INCONCLUSIVE
        said = words.silent(seconds)
        return Finding("canary", "functional", "silence", outcome, said, value=seconds, since=silence.unheard_since)
    if silence.idle_since is not None and silence.due >= DUE_MIN and at - silence.idle_since >= borne_seconds:
        seconds = at - silence.idle_since
        said = words.starved(seconds, silence.due)
        return Finding("canary", "functional", "silence", Outcome.FAIL, said, value=seconds, since=silence.idle_since)
    return None


def _unreadable(finding: Finding) -> Finding:
    """What was found about a tolerance before its control fell silent says nothing now."""
    if finding.criterion != "tolerance":
        return finding
    return replace(finding, outcome=Outcome.ERROR, words=f"{finding.metric}: its control cannot be read")
