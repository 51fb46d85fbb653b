"""One criterion of one metric → one finding: `limit`, `tolerance`, `baseline`, `within`, `growth`, `observed`.

The criteria that are read off a window alone, `trend`, `steady` and `load`, stand in `readings`.

`criteria` says what the window reads, the family of `evidence` whether it is shown to be worse; here stands what both
mean for the release. The one thing to remember: overstepping a limit pauses even while it may be chance, because a
limit gates; overstepping a tolerance has to be shown, because noise does it all day.
"""

import math
from dataclasses import dataclass, field

from bot.analysis import criteria, streams, words
from bot.analysis.criteria import Level, Weighed
from bot.analysis.evidence import Interval, Stream
from bot.analysis.family import Family
from bot.analysis.shapes import Pair, Shown, Window, added
from bot.core.metric import Limit, Metric, Tolerance
from bot.core.verdict import Finding, Outcome

TOO_LITTLE = "too little data yet"
OUTSIDE = "outside a limit, perhaps by chance"
GATED = "outside a limit"
SHARED = "outside a limit, and so is the control"
IN_DOUBT = "worse than tolerated, perhaps by chance"

APART = "further from its reference than asked for"
REFUSED = "beyond a no-go bound"

PROVEN_NATS = math.log(10.0)
"""A version that is intolerably worse is called proven at most one time in ten."""
DOUBT = 0.5
"""Of the evidence that would convict: from here on the clock pauses."""

READ_ALIKE = 1.2
"""The ratio of the step's sums and that of the recent looks are two readings of one thing."""

NO_WORSE = Tolerance(ratio=1.5)
"""What "no better off" means for a control when the metric names no tolerance."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A finding, whether the step depends on it, and why the clock pauses for it, if it does."""

    finding: Finding
    gates: bool
    pauses: str = ""
    resets: bool = False
    """Whether nobody may promote for it, and the clock starts again."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a step has shown of one metric: the new version alone, and the looks in which both sides were read."""

    own: Window[Shown] = field(default_factory=Window)
    pairs: Window[Pair] = field(default_factory=Window)
    peak: float = 0.0
    """The most events a second that the new version has borne over a recent window, where the plan asks."""


@dataclass(frozen=True, slots=True)
class Case:
    """All that is known about one criterion at this look."""

    metric: Metric
    criterion: str
    seen: Seen
    family: Family
    side: str
    """`on the canary`."""
    onset: float
    """Since when it has been beyond what is allowed, if it is now."""

    @property
    def stream(self) -> Stream | None:
        return self.family.streams.get((self.metric.name, self.criterion))

    @property
    def is_shown(self) -> bool:
        """Whether the evidence suffices, and this is where it comes from."""
        return self.family.carries((self.metric.name, self.criterion))

    @property
    def evidence(self) -> float:
        """Nats."""
        return 0.0 if self.stream is None else math.log(self.stream.worth)

    @property
    def needed(self) -> float:
        return self.family.needed((self.metric.name, self.criterion))

    @property
    def is_doubtful(self) -> bool:
        return self.evidence >= DOUBT * self.needed

    @property
    def is_proven(self) -> bool:
        return self.stream is not None and self.stream.proof >= PROVEN_NATS

    @property
    def may_convict(self) -> bool:
        return self.metric.priority != "medium"


# ── criteria ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def limit(case: Case) -> Judgement:
    """The new version against its absolute bounds, unless its control is outside them just as well."""
    metric, own = case.metric, case.seen.own
    never = criteria.violated(metric.limit, own)
    weighed = (
        criteria.over_all(metric, metric.limit, own) if never else criteria.against_limit(metric, metric.limit, own)
    )
    if weighed is None or not (weighed.enough or never):
        said = words.thin(metric, weighed, (case.side,))
        return Judgement(finding_of(case, Outcome.INCONCLUSIVE, said, weighed), gates=True, pauses=TOO_LITTLE)
    alerts = _is_beyond(case, metric.alert)
    if not (weighed.beyond or never):
        said = words.alone(metric, weighed, case.side)
        since = case.onset if alerts else None
        return Judgement(finding_of(case, Outcome.PASS, said, weighed, flag=alerts, since=since), gates=True)
    shared = shared_level(metric, case.seen.pairs)
    surely = (never and metric.no_go is None) or (case.is_shown and _is_beyond(case, streams.convicting(metric)))
    said = words.alone(metric, weighed, case.side, shared)
    if surely and shared is None and case.may_convict:
        told = said if never else words.with_evidence(said, None, case.evidence, case.needed)
        return Judgement(finding_of(case, Outcome.FAIL, told, weighed, since=case.onset), gates=True)
    refused = shared is None and _is_refused(case, never=never)
    finding = finding_of(case, Outcome.INCONCLUSIVE, said, weighed, since=case.onset, flag=alerts or surely or refused)
    if refused:
        return Judgement(finding, gates=True, pauses=REFUSED, resets=True)
    why = SHARED if shared else GATED if metric.rollback or metric.no_go or surely else OUTSIDE
    return Judgement(finding, gates=True, pauses=why)


def _is_refused(case: Case, *, never: bool) -> bool:
    """Whether it is surely beyond its no-go bound, or did what must never happen."""
    if case.metric.no_go is None:
        return False
    return never or (case.family.carries((case.metric.name, "no-go")) and _is_beyond(case, case.metric.no_go))


def _is_beyond(case: Case, bounds: Limit | None) -> bool:
    weighed = criteria.against_limit(case.metric, bounds, case.seen.own) if bounds else None
    return weighed is not None and weighed.beyond


def shared_level(metric: Metric, pairs: Window[Pair]) -> Level | None:
    """The control's level, when it is outside the limit too and the canary hardly worse: then it is an incident."""
    weighed = criteria.against_reference(metric, metric.tolerance or NO_WORSE, pairs)
    if weighed is None or weighed.reference is None or weighed.beyond or not weighed.enough:
        return None
    return weighed.reference if _is_outside(metric, weighed.reference) else None


def control_outside(metric: Metric, pairs: Window[Pair]) -> Shown | None:
    """All that the control showed lately, when that is outside the limit, whatever the canary showed."""
    recent = tuple(pair.reference for pair in pairs.newest)
    level = criteria.against_limit(metric, metric.limit, Window(recent))
    return added(recent) if level is not None and level.enough and level.beyond else None


def _is_outside(metric: Metric, level: Level) -> bool:
    assert metric.limit is not None, f"{metric.name} has no limit to be outside of"
    low, high = metric.limit.min, metric.limit.max
    return (low is not None and level.value < low) or (high is not None and level.value > high)


def tolerance(case: Case) -> Judgement:
    """Canary against control: a pass is shown as well as a failure, and between them lies `inconclusive`.

    What is medium gates nothing: it is flagged.
    """
    metric, gates = case.metric, case.may_convict
    assert metric.tolerance is not None, f"{metric.name} is compared without a tolerance"
    weighed = criteria.against_reference(metric, metric.tolerance, case.seen.pairs)
    if _is_unprecedented(metric, weighed):
        return _unprecedented(case, weighed)
    if weighed is None or not weighed.enough:
        said = words.thin(metric, weighed, (case.side, "on its control"))
        return Judgement(finding_of(case, Outcome.INCONCLUSIVE, said, weighed), gates=gates, pauses=TOO_LITTLE)
    said = words.compared(metric, weighed, case.side)
    if case.is_shown and case.may_convict:
        told = words.with_evidence(said, _interval(case, weighed), case.evidence, case.needed)
        return Judgement(finding_of(case, Outcome.FAIL, told, weighed, since=case.onset), gates=gates)
    if case.is_doubtful:
        flag = case.is_shown
        finding = finding_of(case, Outcome.INCONCLUSIVE, said, weighed, since=case.onset, flag=flag)
        return Judgement(finding, gates=gates, pauses=IN_DOUBT)
    outcome = Outcome.PASS if case.is_proven else Outcome.INCONCLUSIVE
    return Judgement(finding_of(case, outcome, said, weighed), gates=gates)


def baseline(case: Case, corrected: Tolerance, usual: float | None) -> Judgement:
    """New version here against the live one elsewhere: worth a flag, never a failure. Environments differ.

    `usual`: how many times the baseline's value the version before it showed here; None: nobody knows.
    """
    metric = case.metric
    weighed = criteria.against_reference(metric, corrected, case.seen.pairs)
    if _is_unprecedented(metric, weighed):
        return _unprecedented(case, weighed)
    if weighed is None or not weighed.enough:
        said = words.thin(metric, weighed, (case.side, "on the baseline"))
        return Judgement(finding_of(case, Outcome.INCONCLUSIVE, said, weighed), gates=False)
    said = words.beside_baseline(metric, weighed, usual)
    flag = case.is_shown and weighed.beyond
    since = case.onset if flag else None
    return Judgement(finding_of(case, Outcome.PASS, said, weighed, since=since, flag=flag), gates=False)


def within(case: Case, reference: str, usual: float | None) -> Judgement:
    """As near to its reference as the plan asks: it gates by what is read, as a limit does, and never fails.

    `usual`: what the environment shows of the same version, as a multiple of its baseline.
    """
    metric, pairs, bound = case.metric, case.seen.pairs, case.metric.within
    assert bound is not None, f"{metric.name} may be as far away as it likes"
    weighed = criteria.against_reference(metric, nearest(metric, bound.go, bound.margin, usual), pairs)
    if _is_unprecedented(metric, weighed):
        return _unprecedented(case, weighed)
    if weighed is None or not weighed.enough:
        said = words.thin(metric, weighed, (case.side, reference))
        return Judgement(finding_of(case, Outcome.INCONCLUSIVE, said, weighed), gates=True, pauses=TOO_LITTLE)
    said = words.near(metric, weighed, bound.go, case.side, reference, usual)
    if not weighed.beyond:
        return Judgement(finding_of(case, Outcome.PASS, said, weighed), gates=True)
    far = nearest(metric, bound.no_go, bound.margin, usual) if bound.no_go else None
    there = criteria.against_reference(metric, far, pairs) if far else None
    refused = there is not None and there.beyond and case.is_shown
    finding = finding_of(case, Outcome.INCONCLUSIVE, said, weighed, since=case.onset, flag=True)
    return Judgement(finding, gates=True, pauses=REFUSED if refused else APART, resets=refused)


def nearest(metric: Metric, share: float, margin: float, usual: float | None) -> Tolerance:
    """Against a baseline elsewhere, what the environments differ by anyway comes on top."""
    asked = criteria.nearness(metric, share, margin)
    worse = 1.0 if usual is None else usual if metric.worse == "higher" else 1 / usual
    return asked.model_copy(update={"ratio": max(asked.ratio * worse, 1.0 + 1e-9)})


def _is_unprecedented(metric: Metric, weighed: Weighed | None) -> bool:
    """Whether it is new, and its reference has indeed never shown anything of it."""
    return metric.new and (weighed is None or weighed.reference is None or not weighed.reference.events)


def _unprecedented(case: Case, weighed: Weighed | None) -> Judgement:
    said = words.unprecedented(case.metric)
    return Judgement(finding_of(case, Outcome.INCONCLUSIVE, said, weighed), gates=False)


def growth(case: Case) -> Judgement:
    """Whether a gauge leaks: grows faster than its control's."""
    metric = case.metric
    weighed = criteria.against_reference(metric, metric.tolerance or NO_WORSE, case.seen.pairs)
    found = None if case.stream is None else case.stream.interval()
    if found is None:
        said = words.too_short(metric)
        return Judgement(finding_of(case, Outcome.INCONCLUSIVE, said, weighed), gates=False)
    said = words.growing(metric, found, case.side)
    if case.is_shown and case.may_convict:
        told = words.with_evidence(said, None, case.evidence, case.needed)
        return Judgement(finding_of(case, Outcome.FAIL, told, weighed, since=case.onset), gates=True)
    outcome = Outcome.INCONCLUSIVE if case.is_doubtful else Outcome.PASS
    pauses = IN_DOUBT if case.is_doubtful else ""
    since = case.onset if case.is_doubtful else None
    return Judgement(
        finding_of(case, outcome, said, weighed, since=since, flag=case.is_shown), gates=True, pauses=pauses
    )


def observed(case: Case) -> Judgement:
    """Nothing is asked of it here but perhaps an alert: its value, for people."""
    weighed = criteria.against_limit(case.metric, None, case.seen.own)
    flag = _is_beyond(case, case.metric.alert)
    if weighed is None or not weighed.enough:
        said = words.thin(case.metric, weighed, (case.side,))
        return Judgement(finding_of(case, Outcome.INCONCLUSIVE, said, weighed), gates=False, pauses=TOO_LITTLE)
    said, since = words.alone(case.metric, weighed, case.side), case.onset if flag else None
    return Judgement(finding_of(case, Outcome.PASS, said, weighed, flag=flag, since=since), gates=False)


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _interval(case: Case, weighed: Weighed | None) -> Interval | None:
    """None also where it is of something else than what people read: a quantile between two coarse buckets."""
    found = None if case.stream is None else case.stream.interval()
    seen = words.ratio(weighed) if weighed else None
    if found is None or seen is None:
        return None
    return found if found.low / READ_ALIKE <= seen <= found.high * READ_ALIKE else None


def finding_of(
    case: Case,
    outcome: Outcome,
    said: str,
    weighed: Weighed | None,
    *,
    since: float | None = None,
    flag: bool = False,
) -> Finding:
    metric, level = case.metric, weighed.level if weighed else None
    other = weighed.reference.value if weighed and weighed.reference else weighed.allowed if weighed else None
    interval = _interval(case, weighed) if case.criterion != "growth" else None
    compares = case.criterion in ("tolerance", "baseline") and metric.tolerance is not None
    return Finding(
        metric=metric.name,
        kind=metric.kind,
        criterion=case.criterion,
        outcome=outcome,
        words=said,
        value=_finite(level.value if level else None),
        reference=_finite(other),
        events=level.events if level else 0,
        flag=flag,
        since=since,
        ratio=_finite(interval.ratio) if interval else None,
        ratio_low=_finite(interval.low) if interval else None,
        ratio_high=_finite(interval.high) if interval else None,
        tolerated=words.tolerated(metric) if compares else None,
        evidence=None if case.stream is None else round(case.evidence, 3),
        evidence_needed=None if case.stream is None else round(case.needed, 3),
    )


def _finite(value: float | None) -> float | None:
    """A quantile above the last bucket has no number; JSON has none for it either."""
    return value if value is not None and math.isfinite(value) else None
