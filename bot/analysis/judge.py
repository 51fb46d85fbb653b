"""The judge: a pure fold over one stage's question, the boundaries of its steps, and the looks of the watch.

    state = begin(question)
    state = enter(state, Boundary(entry, at, exposure))     at every observed exposure
    state = observe(state, look)                            at every look, in order
    verdict(state, now)                                     what to tell the release machine

Replaying the stored looks with the same boundaries gives the same verdict; after a restart the watch does just that
(`replay`). Evidence is gathered look by look (`streams`, `evidence`) and outlives the steps: one budget of errors for
the whole rollout, another for the watch after it (`family`). The windows that people read begin anew at each step.

What is said, in this order: nothing readable is an error; a family whose evidence suffices fails; a canary that falls
silent while its control answers fails by rule after a while; a control that falls silent is an error, and limits still
protect; too little data, doubt, or a limit overstepped that may still be chance, pauses; the rest runs. It is a pass
only when every comparison has its proof; until then it is "not failing". A tolerance fails only against a control over
the same looks; against a baseline elsewhere it is a flag for people. At full exposure nothing is left to compare with,
and limits are all there is.

The one thing to remember: only samples that began after the step's boundary count for it, so the first look of a step
brings none.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import merge
from operator import attrgetter
from typing import Literal

from bot.analysis import checks, criteria, findings, readings, streams, words
from bot.analysis.evidence import Shares, Stream, Tails
from bot.analysis.family import ALPHA_ROLLOUT, ALPHA_WATCH, Family, Key
from bot.analysis.findings import Case, Judgement, Seen
from bot.analysis.series import Cohort, Gap, LookSamples, Sample
from bot.analysis.shapes import Buckets, Counts, Pair, Shown
from bot.core.checks import Check
from bot.core.metric import Metric, Tolerance
from bot.core.plan import FULL, Plan, Stage, Timing
from bot.core.quantities import duration_in_words
from bot.core.verdict import CHECK, Finding, Outcome, Pace, Verdict

MET = "every criterion met"
SHOWN = "every criterion met, every comparison shown to be no worse"
INCIDENT = "the control itself is far from its usual: an incident, not this release"
LIMITS_MET = "every limit met, nothing runs beside it to compare with"
UNSEEN = "not failing, the load that was asked for has not been seen yet"
NOT_FAILING = "not failing, with the minimum of data"
BROKEN = "worse than tolerated, and not by chance"
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
    watch_time: float = 0.0
    """Seconds of the watch after full exposure."""
    offsets: Mapping[str, float] = field(default_factory=dict)
    """By metric, how many times production's value this environment shows of the same version; from its last run."""
    checks: Mapping[str, Check] = field(default_factory=dict)
    """What is tried here beside the metrics."""

    @classmethod
    def about(cls, plan: Plan, stage: Stage) -> "Question":
        """Where nothing runs there are no metrics to ask for: there its checks are all there is."""
        tried = plan.checks_of(stage)
        if stage.environment is None:
            return cls((), plan.timing, checks=tried)
        against: Literal["control", "baseline"] | None = (
            "control" if stage.is_canary else "baseline" if stage.baseline else None
        )
        return cls(plan.metrics, plan.timing, against, plan.watch.time, checks=tried)


@dataclass(frozen=True, slots=True)
class Boundary:
    """A step begins: its exposure (percent) was read back at `at`."""

    entry: int
    at: float
    exposure: float
    watch: bool = False
    """The watch after full exposure begins."""


@dataclass(frozen=True, slots=True)
class Silence:
    """How long the canary has been quiet while its control was not, in two ways."""

    unheard_since: float | None = None
    """It does not answer."""
    idle_since: float | None = None
    """It finishes no request."""
    idle_seconds: float = 0.0
    """For how long, without the time in which nobody looked: then it may have finished any number."""
    due: float = 0.0
    """Requests that it would have had meanwhile."""


@dataclass(frozen=True, slots=True)
class JudgeState:
    """Opaque outside this module."""

    question: Question
    boundary: Boundary | None = None
    looked_at: float | None = None
    family: Family = field(default_factory=lambda: Family(ALPHA_ROLLOUT))
    seen: Mapping[str, Seen] = field(default_factory=dict)
    silence: Silence = Silence()
    found: tuple[Finding, ...] = ()
    """All criteria after the last look, also after one that could read nothing: since when each is broken."""
    clear_at: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """By metric and criterion, the last look at which it was fine."""
    ran: Mapping[str, checks.Ran] = field(default_factory=dict)
    """By check, what it has come to in this step."""
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
    return JudgeState(question, family=streams.family(question.metrics, question.against, ALPHA_ROLLOUT))


def enter(state: JudgeState, boundary: Boundary) -> JudgeState:
    """A step begins: what people read begins anew, the evidence goes on. The watch has a budget of its own."""
    question, family = state.question, state.family
    if boundary.watch:
        family = streams.family(question.metrics, question.against, ALPHA_WATCH)
    return JudgeState(question, boundary, family=streams.at_step(family))


def observe(state: JudgeState, look: LookSamples) -> JudgeState:
    """One more look. One that is late or comes twice changes nothing, as does one before any step."""
    boundary = state.boundary
    if boundary is None or (state.looked_at is not None and look.at <= state.looked_at):
        return state
    heard = {sample.cohort for sample in look.samples if sample.shown != Gap("missing")}
    sums = _sums(look.samples, boundary.at)
    gathered = _gathered(state, look.at, sums)
    seen = {
        metric.name: _widened(state.seen.get(metric.name, Seen()), metric, sums, state)
        for metric in state.question.metrics
    }
    silence = _silence(state, look.at, heard, sums)
    ran = checks.gathered(state.ran, look.results, boundary.at)
    state = replace(state, looked_at=look.at, seen=seen, silence=silence, ran=ran)
    state = replace(state, family=state.family.with_streams(gathered))
    judgements = tuple(_judgements(state, boundary.at))
    asked = state.question.checks
    tried = tuple(checks.tried(asked, ran, boundary.exposure, boundary.at, look.at, watch=boundary.watch))
    found = tuple(judgement.finding for judgement in (*judgements, *tried))
    clear = {(one.metric, one.criterion): look.at for one in found if one.since is None}
    state = replace(state, found=found, clear_at={**state.clear_at, **clear})
    return replace(state, judged=_judge(state, look, heard, judgements, tried))


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


def offsets(state: JudgeState) -> Mapping[str, float]:
    """By metric, the new version's value over the baseline's in the last step seen: what environments differ by."""
    found = {}
    for metric in state.question.metrics:
        seen = state.seen.get(metric.name)
        if not (metric.tolerance or metric.within) or seen is None or state.reference != "baseline":
            continue
        weighed = criteria.against_reference(metric, metric.tolerance or findings.NO_WORSE, seen.pairs)
        if weighed is not None and weighed.reference is not None and weighed.enough:
            value, other = weighed.level.value, weighed.reference.value
            if 0 < value < math.inf and 0 < other < math.inf:
                found[metric.name] = value / other
    return found


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


def _widened(seen: Seen, metric: Metric, sums: Sums, state: JudgeState) -> Seen:
    own = sums.get((metric.name, "canary"))
    other = sums.get((metric.name, state.reference)) if state.reference else None
    if own is None:
        return seen
    pairs = seen.pairs if other is None else seen.pairs.then(Pair(own, other))
    widened = seen.own.then(own)
    borne = criteria.borne(widened, state.question.timing.look) if metric.load_peak is not None else 0.0
    return Seen(widened, pairs, max(seen.peak, borne))


LOOKS_EXPECTED_MIN = 240
"""An hour of looks every 15 seconds: over so many, at least, the stake on a late beginning is spread."""


def _part(state: JudgeState) -> float:
    """The part of the stake that is placed at one look."""
    watching = state.boundary is not None and state.boundary.watch
    expected = state.question.watch_time / state.question.timing.look if watching else 0.0
    return 1.0 / max(LOOKS_EXPECTED_MIN, expected)


def _gathered(state: JudgeState, at: float, sums: Sums) -> Mapping[Key, Stream]:
    """The streams that this look changes."""
    boundary, part, changed = state.boundary, _part(state), {}
    assert boundary is not None, "a look belongs to a step"
    for metric in state.question.metrics:
        own = sums.get((metric.name, "canary"))
        other = sums.get((metric.name, state.reference)) if state.reference else None
        if own is None:
            continue
        streamed = state.family.streams
        shared, outside = _is_shared(state, metric), _control_outside(state, metric)
        for criterion, limit in (("limit", streams.convicting(metric)), ("no-go", metric.no_go)):
            if limit and not shared and (stream := streamed.get(key := (metric.name, criterion))):
                changed[key] = streams.alone(stream, metric, limit, own, part, outside)
        if other is None:
            continue
        criterion = "tolerance" if state.reference == "control" else "baseline"
        if stream := streamed.get(key := (metric.name, criterion)):
            changed[key] = streams.compared(stream, metric, Pair(own, other), part, _corrected(state, metric))
        if metric.within and metric.within.no_go and (stream := streamed.get(key := (metric.name, "within"))):
            far = findings.nearest(metric, metric.within.no_go, metric.within.margin, _usual(state, metric))
            changed[key] = streams.compared(stream, metric, Pair(own, other), part, far)
        if stream := streamed.get(key := (metric.name, "growth")):
            changed[key] = streams.grown(stream, metric, Pair(own, other), at - boundary.at)
    return changed


def _is_shared(state: JudgeState, metric: Metric) -> bool:
    """Whether the control is outside the limit as well: such looks say nothing about the release."""
    seen = state.seen.get(metric.name)
    return bool(seen and metric.limit and findings.shared_level(metric, seen.pairs) is not None)


def _control_outside(state: JudgeState, metric: Metric) -> Shown | None:
    """What the control has shown lately, where that is outside the limit: a canary is held against it as well then."""
    if metric.limit is None or state.reference != "control" or metric.name not in state.seen:
        return None
    return findings.control_outside(metric, state.seen[metric.name].pairs)


def _corrected(state: JudgeState, metric: Metric) -> Tolerance:
    """Against a baseline elsewhere, the tolerance comes on top of what the environments differ by anyway."""
    assert metric.tolerance is not None, f"{metric.name} is compared without a tolerance"
    offset = state.question.offsets.get(metric.name, 1.0) if state.reference == "baseline" else 1.0
    worse = offset if metric.worse == "higher" else 1 / offset
    return metric.tolerance.model_copy(update={"ratio": max(metric.tolerance.ratio * worse, 1.0 + 1e-9)})


def _usual(state: JudgeState, metric: Metric) -> float | None:
    """How many times its baseline's value this environment shows of the same version; None where nobody knows."""
    return state.question.offsets.get(metric.name) if state.reference == "baseline" else None


def _silence(state: JudgeState, at: float, heard: set[Cohort], sums: Sums) -> Silence:
    before, control_share = state.silence, state.control_share
    if control_share is None or "control" not in heard:
        return replace(before, unheard_since=None)
    unheard_since = None if "canary" in heard else at if before.unheard_since is None else before.unheard_since
    if _requests(sums, "canary") > 0:
        return Silence(unheard_since)
    due = before.due + _requests(sums, "control") * (FULL - control_share) / control_share
    if before.idle_since is None or state.looked_at is None:
        return Silence(unheard_since, at, 0.0, due)
    since_look = at - state.looked_at
    idle = before.idle_seconds + (since_look if since_look <= state.question.timing.stale else 0.0)
    return Silence(unheard_since, before.idle_since, idle, due)


def _requests(sums: Sums, cohort: Cohort) -> float:
    """What the busiest metric counted."""
    shown = [one for (_, whose), one in sums.items() if whose == cohort]
    return max((one.n for one in shown if isinstance(one, Counts | Buckets)), default=0.0)


# ── judging one look ─────────────────────────────────────────────────────────────────────────────────────────────────


def _judgements(state: JudgeState, began_at: float) -> Iterator[Judgement]:
    """Every criterion of every metric that applies in this step."""
    found = {(finding.metric, finding.criterion): finding for finding in state.found}

    def case(metric: Metric, criterion: str) -> Case:
        before, clear_at = found.get((metric.name, criterion)), state.clear_at.get((metric.name, criterion), began_at)
        onset = before.since if before is not None and before.since is not None else clear_at
        return Case(metric, criterion, state.seen[metric.name], state.family, side, onset)

    side = "on the new version" if state.control_share is None else "on the canary"
    for metric in state.question.metrics:
        if metric.limit is not None:
            yield findings.limit(case(metric, "limit"))
        if metric.tolerance is not None and state.reference == "control":
            yield findings.tolerance(case(metric, "tolerance"))
        elif metric.tolerance is not None and state.reference == "baseline":
            yield findings.baseline(case(metric, "baseline"), _corrected(state, metric), _usual(state, metric))
        elif metric.limit is None:
            yield findings.observed(case(metric, "observed"))
        if metric.within is not None and state.reference is not None:
            reference = "on its control" if state.reference == "control" else "on the baseline"
            yield findings.within(case(metric, "within"), reference, _usual(state, metric))
        if metric.growth_per_hour is not None and state.reference == "control":
            yield findings.growth(case(metric, "growth"))
        if metric.trend_per_hour is not None and state.reference != "control":
            yield readings.trend(case(metric, "trend"), state.question.timing.look)
        if metric.steady is not None:
            yield readings.steady(case(metric, "steady"))
        if metric.load_min is not None:
            yield readings.load(case(metric, "load"), state.question.timing.look)
        if metric.load_peak is not None:
            yield readings.peak(case(metric, "peak"))


def _judge(
    state: JudgeState,
    look: LookSamples,
    heard: set[Cohort],
    judgements: Sequence[Judgement],
    tried: Sequence[Judgement],
) -> Verdict:
    compares, is_heard = state.control_share is not None, "canary" in heard or not state.question.metrics
    readable = is_heard or (compares and "control" in heard)
    if look.failure is not None or not readable:
        if given_up := tuple(one.finding for one in tried if one.finding.outcome is Outcome.FAIL):
            return Verdict(Outcome.FAIL, Pace.RESET, checks.FAILED, given_up)  # which needs no metrics
        return Verdict(Outcome.ERROR, Pace.PAUSE, look.failure or BLIND)
    silence = _silence_finding(state.silence, state.question.timing.silence_max, look.at)
    found = (*([silence] if silence else []), *state.found)
    if any(finding.outcome is Outcome.FAIL for finding in found):
        return Verdict(Outcome.FAIL, Pace.RESET, _broken(found), found)
    if not is_heard:
        return Verdict(Outcome.INCONCLUSIVE, Pace.PAUSE, SILENT, found)
    if compares and "control" not in heard:
        return Verdict(Outcome.ERROR, Pace.PAUSE, CONTROL_BLIND, tuple(map(_unreadable, found)))
    # nothing fails: what gates decides; where nothing does, what is only observed must at least be there
    gating = [judgement for judgement in judgements if judgement.gates] or list(judgements)
    gating += [judgement for judgement in tried if judgement.gates]
    if refusing := [judgement.pauses for judgement in gating if judgement.resets]:
        return Verdict(Outcome.INCONCLUSIVE, Pace.RESET, refusing[0], found)
    pauses = [judgement.pauses for judgement in gating if judgement.pauses]
    if worse := [why for why in pauses if why != findings.TOO_LITTLE]:
        return Verdict(Outcome.INCONCLUSIVE, Pace.PAUSE, worse[0], found)
    if compares and _is_incident(state):
        return Verdict(Outcome.INCONCLUSIVE, Pace.PAUSE, INCIDENT, found)
    if pauses:
        is_all = all(judgement.finding.outcome is Outcome.PASS for judgement in tried if judgement.gates)
        return Verdict(Outcome.INCONCLUSIVE, Pace.PAUSE, findings.TOO_LITTLE, found, lacks_data=is_all)
    if any(one.criterion == "peak" and one.outcome is not Outcome.PASS for one in found):
        return Verdict(Outcome.INCONCLUSIVE, Pace.RUN, UNSEEN, found)
    if any(judgement.finding.outcome is not Outcome.PASS for judgement in tried if judgement.gates):
        return Verdict(Outcome.INCONCLUSIVE, Pace.RUN, checks.UNTRIED, found)
    if all(judgement.finding.outcome is Outcome.PASS for judgement in gating):
        alone = state.question.against == "control" and not compares
        shown = any(judgement.finding.criterion == "tolerance" for judgement in gating)
        return Verdict(Outcome.PASS, Pace.RUN, LIMITS_MET if alone else SHOWN if shown else MET, found)
    return Verdict(Outcome.INCONCLUSIVE, Pace.RUN, NOT_FAILING, found)


def _broken(found: Sequence[Finding]) -> str:
    by_checks = all(finding.criterion == CHECK for finding in found if finding.outcome is Outcome.FAIL)
    return checks.FAILED if by_checks else BROKEN


def _is_incident(state: JudgeState) -> bool:
    """Whether the control itself is surely far from its usual."""
    parts: list[Shares] = []
    for (_, criterion), stream in state.family.streams.items():
        if criterion == "tolerance":
            parts += stream.parts[:1] if isinstance(stream, Tails) else [stream] if isinstance(stream, Shares) else []
    return any(part.is_surging for part in parts)


def _silence_finding(silence: Silence, borne_seconds: float, at: float) -> Finding | None:
    if silence.unheard_since is not None:
        seconds = at - silence.unheard_since
        outcome = Outcome.FAIL if seconds >= borne_seconds else Outcome.INCONCLUSIVE
        said = words.silent(seconds)
        return Finding("canary", "functional", "silence", outcome, said, value=seconds, since=silence.unheard_since)
    seconds = silence.idle_seconds
    if silence.idle_since is not None and silence.due >= DUE_MIN and seconds >= borne_seconds:
        said = words.starved(seconds, silence.due)
        return Finding("canary", "functional", "silence", Outcome.FAIL, said, value=seconds, since=silence.idle_since)
    return None


def _unreadable(finding: Finding) -> Finding:
    """What was found about a tolerance before its control fell silent says nothing now."""
    if finding.criterion not in ("tolerance", "within", "growth"):
        return finding
    return replace(finding, outcome=Outcome.ERROR, words=f"{finding.metric}: its control cannot be read")
