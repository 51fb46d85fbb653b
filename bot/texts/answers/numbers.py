"""A metric, the metrics, the control: what was measured, against what, since when, and where it is going.

The one thing to remember: every number is a verdict's or a stored look's, and says which; a release that has ended is
answered with the verdict that decided.
"""

from collections.abc import Sequence
from itertools import pairwise

from bot.analysis import words
from bot.analysis.series import Gap, LookSamples
from bot.analysis.shapes import Buckets, Counts, Shown, Values, added
from bot.core import events as e
from bot.core.metric import Metric
from bot.core.quantities import percent_in_words, quantity_in_words
from bot.core.verdict import Finding, Outcome, Verdict
from bot.texts.answers.case import Case, DontKnow, Found, Line, quoted
from bot.texts.diagnosis import Sureness
from bot.texts.plain import listed

PARTS = 3
"""Of the stored looks, between which a trend is shown."""
LOOKS_MIN = 6
TREND_MIN = 0.1
"""Of the first value: less is no trend."""
METRICS_SHOWN_MAX = 4
VERDICTS_SHOWN_MAX = 4

_COMPARES = ("tolerance", "baseline")


def metric(case: Case) -> Found:
    """One metric: its value beside its control, its limit, since when, and its course."""
    one = case.asked.metric
    if one is None:
        return every(case)
    verdict = case.verdict
    about = [finding for finding in verdict.findings if finding.metric == one.name] if verdict else []
    if verdict is None or not about:
        return DontKnow(f"{one.name} has not been looked at in this release")
    shown = min(about, key=lambda f: (f.outcome is not Outcome.FAIL, f.criterion not in _COMPARES))
    lines = [Line(f"{quoted(shown.words)}.", case.verdict_version, (one.name,))]
    lines += _since(case, about, one)
    lines += _limit(case, one) if case.asked.means("limit") else []
    lines += _course(case, one)
    accepted = case.release.acceptance(one.name)
    if accepted is not None:
        by = f"{case.past.who(accepted.actor)} accepted it at {case.past.time(accepted.at)}: {quoted(accepted.reason)}."
        lines.append(case.said(by, *(a for a in case.past.every(e.AnomalyAccepted) if a.at == accepted.at)))
    return tuple([*lines, *_behind(case, one)][:5])


def every(case: Case) -> Found:
    """How the numbers are: what fails, what is unusual, and that the rest is fine."""
    verdict = case.verdict
    if verdict is None:
        return DontKnow("the metrics have not been looked at in this release")
    names = tuple(dict.fromkeys(f.metric for f in verdict.failing)) + verdict.anomalies
    lines = [Line(f"{case.name}: {verdict.outcome}, {verdict.rule}.", case.verdict_version)]
    for name in names[:METRICS_SHOWN_MAX]:
        finding = min((f for f in verdict.findings if f.metric == name), key=_worst)
        lines.append(Line(f"{quoted(finding.words)}.", case.verdict_version, (name,)))
    rest = tuple(dict.fromkeys(f.metric for f in verdict.findings if f.metric not in names))
    if rest and names:
        lines.append(Line(f"Nothing is found about {listed(rest)}.", case.verdict_version, rest))
    elif rest:
        lines += _plain(case, verdict, rest)
    return tuple(lines[:5])


def anomalies(case: Case) -> Found:
    """What is unusual and does not fail, and who has accepted it."""
    verdict = case.verdict
    names = verdict.anomalies if verdict else ()
    lines = []
    for name in names[:METRICS_SHOWN_MAX]:
        finding = next(f for f in (verdict.findings if verdict else ()) if f.metric == name and f.flag)
        lines.append(Line(f"{quoted(finding.words)}.", case.verdict_version, (name,)))
    for one in list(case.past.every(e.AnomalyAccepted))[-2:]:
        words = f"{case.past.who(one.actor)} accepted {one.event.metric} at {case.past.time(one.at)}"
        lines.append(case.said(f"{words}: {quoted(one.event.reason)}.", one))
    if lines:
        return tuple(lines)
    return (Line(f"Nothing about {case.name} is unusual now.", case.verdict_version),)


def control(case: Case) -> Found:
    """Whether the control was bad as well."""
    diagnosis = case.diagnosis
    if diagnosis is not None and diagnosis.broken:
        if diagnosis.control_moved is Sureness.UNKNOWN:
            thin = "too little was seen of its control to say whether it moved as well"
            return DontKnow(f"{diagnosis.beside[:1].lower()}{diagnosis.beside[1:].rstrip('.')}" or thin)
        metrics = tuple(moved.metric for moved in diagnosis.control)
        said = (diagnosis.beside, diagnosis.beside_numbers)
        return tuple(Line(words, diagnosis.trouble.versions, metrics) for words in said if words)
    verdict = case.verdict
    compared = [f for f in verdict.findings if f.criterion == "tolerance"] if verdict else []
    if not compared:
        return DontKnow("nothing runs beside it to compare with, or it has not been looked at yet")
    lines = [Line(f"{quoted(f.words)}.", case.verdict_version, (f.metric,)) for f in compared[:METRICS_SHOWN_MAX]]
    return tuple(lines)


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _worst(finding: Finding) -> tuple[bool, bool, bool]:
    return (finding.outcome is not Outcome.FAIL, not finding.flag, finding.criterion not in _COMPARES)


def _plain(case: Case, verdict: Verdict, names: Sequence[str]) -> list[Line]:
    found = []
    for name in names[:METRICS_SHOWN_MAX]:
        finding = min((f for f in verdict.findings if f.metric == name), key=_worst)
        found.append(Line(f"{quoted(finding.words)}.", case.verdict_version, (name,)))
    return found


def _since(case: Case, about: Sequence[Finding], one: Metric) -> list[Line]:
    since = min((f.since for f in about if f.since is not None), default=None)
    if since is None:
        return []
    what = "broken" if any(f.outcome is Outcome.FAIL for f in about) else "beyond what is usual"
    return [Line(f"First seen {what} at {case.past.time(since)}.", case.verdict_version, (one.name,))]


def _limit(case: Case, one: Metric) -> list[Line]:
    said = words.limits(one).lstrip(", ") or "it has no limit"
    if one.tolerance is not None:
        said += f", {words.times(words.tolerated(one))} its reference tolerated"
    staged = case.past.first(e.ReleaseStaged)
    return [Line(f"The plan of this release: {said}.", (staged.version,) if staged else (), (one.name,))]


def _course(case: Case, one: Metric) -> list[Line]:
    """The values over the stored looks in three parts; else those of the verdicts, where somebody asks for a trend."""
    if course := _of_looks(case.material.looks, one):
        return [Line(f"Over the stored looks: {_arrows(course, one)}.", (), (one.name,))]
    said = {
        verdict.version: finding.value
        for verdict in case.past.every(e.VerdictChanged)
        for finding in verdict.event.verdict.findings
        if finding.metric == one.name and finding.value is not None
    }
    if len(said) < 2 or not case.asked.means("trend"):  # noqa: PLR2004 - a course needs two
        return []
    values, versions = list(said.values())[-VERDICTS_SHOWN_MAX:], tuple(said)[-VERDICTS_SHOWN_MAX:]
    return [Line(f"In its verdicts: {_arrows(values, one)}.", versions, (one.name,))]


def _arrows(values: Sequence[float], one: Metric) -> str:
    """`0.2 % → 0.9 % → 6.1 %, rising`."""
    return f"{' → '.join(quantity_in_words(value, one.unit) for value in values)}, {_direction(values)}"


def _of_looks(looks: Sequence[LookSamples], one: Metric) -> list[float]:
    cells = [_canary(look, one.name) for look in looks]
    seen = [cell for cell in cells if cell is not None]
    if len(seen) < LOOKS_MIN:
        return []
    edges = [round(len(seen) * part / PARTS) for part in range(PARTS + 1)]
    values = [_value(added(seen[a:b]), one) for a, b in pairwise(edges)]
    return [value for value in values if value is not None]


def _canary(look: LookSamples, name: str) -> Shown | None:
    own = (sample for sample in look.samples if sample.metric == name and sample.cohort == "canary")
    cells = [sample.shown for sample in own if not isinstance(sample.shown, Gap)]
    return added(cells) if cells else None


def _value(shown: Shown, one: Metric) -> float | None:
    match shown:
        case Counts(x, n) if n:
            return x / n
        case Values():
            return shown.mean
        case Buckets() if shown.n:
            value = shown.quantile(one.quantile or 0.5)
            return value if value != float("inf") else None
        case _:
            return None


def _direction(values: Sequence[float]) -> str:
    first, last = values[0], values[-1]
    if abs(last - first) <= TREND_MIN * max(abs(first), abs(last)):
        return "steady"
    return "rising" if last > first else "falling"


def _behind(case: Case, one: Metric) -> list[Line]:
    """Where it broke and somebody asks why: which change to look at."""
    diagnosis = case.diagnosis
    if diagnosis is None or not case.asked.means("why") or one.name not in {b.name for b in diagnosis.broken}:
        return []
    share = f", at {percent_in_words(diagnosis.began_at)} of the traffic" if diagnosis.began_at is not None else ""
    first = diagnosis.prime_suspects
    if not first:
        return [Line(f"No change stands out as its cause{share}.", diagnosis.trouble.versions, (one.name,))]
    said = "; ".join(f"{s.words}: {s.reasons[0]}" for s in first)
    return [Line(f"Look first at {said}.", diagnosis.trouble.versions, (one.name,))]
