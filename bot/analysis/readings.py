"""What is read off a step's window alone: `trend`, `steady`, `load`, `peak`. Each gates, and none of them ever fails.

The one thing to remember: no evidence is gathered for these, so what they ask is never a reason to take traffic back.
"""

from bot.analysis import criteria, words
from bot.analysis.findings import TOO_LITTLE, Case, Judgement, finding_of
from bot.core.verdict import Outcome

UNSTEADY = "less steady than asked for"
GROWING = "growing faster than asked for"


def trend(case: Case, look_seconds: float) -> Judgement:
    """Whether a gauge grows by itself, where nothing runs beside it: asked only once it could be known."""
    metric, seen = case.metric, criteria.trend(case.seen.own, look_seconds)
    assert metric.trend_per_hour is not None, f"{metric.name} may grow as it likes"
    weighed = criteria.against_limit(metric, None, case.seen.own)
    if seen is None or seen.error > metric.trend_per_hour:
        said = words.too_short(metric)
        return Judgement(finding_of(case, Outcome.INCONCLUSIVE, said, weighed), gates=True, pauses=TOO_LITTLE)
    said = words.trending(metric, seen.per_hour, seen.seconds, case.side)
    if seen.per_hour <= metric.trend_per_hour:
        return Judgement(finding_of(case, Outcome.PASS, said, weighed), gates=True)
    finding = finding_of(case, Outcome.INCONCLUSIVE, said, weighed, since=case.onset, flag=True)
    return Judgement(finding, gates=True, pauses=GROWING)


def steady(case: Case) -> Judgement:
    """Whether a metric is as steady as the plan asks: it gates, and never fails by itself."""
    metric, seen = case.metric, criteria.spread(case.seen.own)
    assert metric.steady is not None, f"{metric.name} may vary as it likes"
    said = words.varying(metric, seen, case.side)
    weighed = criteria.against_limit(metric, None, case.seen.own)
    if seen is None:
        return Judgement(finding_of(case, Outcome.INCONCLUSIVE, said, weighed), gates=True, pauses=TOO_LITTLE)
    if seen <= metric.steady:
        return Judgement(finding_of(case, Outcome.PASS, said, weighed), gates=True)
    finding = finding_of(case, Outcome.INCONCLUSIVE, said, weighed, since=case.onset, flag=True)
    return Judgement(finding, gates=True, pauses=UNSTEADY)


def load(case: Case, look_seconds: float) -> Judgement:
    """Whether there is as much load as it takes to learn anything."""
    metric, seen = case.metric, criteria.load(case.seen.own, look_seconds)
    assert metric.load_min is not None, f"{metric.name} asks for no load"
    said = words.loaded(metric, seen, case.side)
    weighed = criteria.against_limit(metric, None, case.seen.own)
    if seen is not None and seen >= metric.load_min:
        return Judgement(finding_of(case, Outcome.PASS, said, weighed), gates=True)
    return Judgement(finding_of(case, Outcome.INCONCLUSIVE, said, weighed), gates=True, pauses=TOO_LITTLE)


def peak(case: Case) -> Judgement:
    """Whether it has borne as much load as it takes, once in this step: the time goes on counting until it has."""
    metric, seen = case.metric, case.seen.peak
    assert metric.load_peak is not None, f"{metric.name} asks for no peak"
    weighed = criteria.against_limit(metric, None, case.seen.own)
    outcome = Outcome.PASS if seen >= metric.load_peak else Outcome.INCONCLUSIVE
    return Judgement(finding_of(case, outcome, words.peaked(metric, seen, case.side), weighed), gates=True)
