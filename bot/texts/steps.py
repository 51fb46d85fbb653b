"""One step of a release, for people: what was seen when it was passed, and whether the present one may be left.

The one thing to remember: a narration is of the entry that it is asked for, from the journal; a go / no-go is of now.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.core import events as e
from bot.core.contents import Change
from bot.core.gates import Row, Standing, rows, waiting
from bot.core.plan import HealthGate, Plan
from bot.core.quantities import duration_in_words, quantity_in_words
from bot.core.verdict import Finding, Verdict
from bot.texts import Material
from bot.texts.changes import Notes
from bot.texts.markdown import line
from bot.texts.past import Happened, Past
from bot.texts.plain import listed, next_in_words
from bot.texts.timeline import step_in_words

METRICS_SHOWN_MAX = 3
FILES_SHOWN_MAX = 3
ROW_MAX = 200
_REFERENCES = {"tolerance": "on its control", "baseline": "in the baseline"}


# ── a step that was passed ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Narration:
    """`passed` is empty where the entry asked for has not been passed."""

    passed: str = ""
    seen: str = ""
    following: str = ""


def narration(material: Material) -> Narration:
    """Of the entry whose number is `material.about`; without one, of the last step that was passed."""
    past = Past.of(material)
    passed = [one for one in past.every(e.StepPassed) if material.about in ("", str(one.event.entry))]
    if not passed:
        return Narration()
    one = passed[-1]
    entry, release = one.release.entry, one.release
    assert entry is not None, f"{release.id} passed no step"
    took = duration_in_words(one.at - (entry.observed_at or entry.at))
    step = step_in_words(release)
    return Narration(
        passed=f"{step[:1].upper()}{step[1:]} passed after {took}",
        seen=_seen(one, entry.verdict),
        following=next_in_words(release),
    )


def _seen(one: Happened[e.StepPassed], verdict: Verdict | None) -> str:
    """What was measured, or by whose word it went on."""
    skipped = [line for line in one.event.evidence if "promoted after" in line or "accepted" in line]
    numbers = (beside(verdict, one.release.plan) or verdict.rule) if verdict is not None else ""
    odd = f"unusual: {listed(verdict.anomalies)}" if verdict is not None and verdict.anomalies else ""
    return "; ".join(line(part, ROW_MAX) for part in (numbers, odd, *skipped) if part)


def beside(verdict: Verdict, plan: Plan) -> str:
    """`errors 0.2 % against 0.21 % on its control, p95 184 ms against 180 ms`: what was compared, unusual first."""
    units = {metric.name: metric.unit for metric in plan.metrics}
    compared = [f for f in verdict.findings if f.criterion in _REFERENCES and None not in (f.value, f.reference)]
    compared.sort(key=lambda finding: not finding.flag)
    parts: list[str] = []
    for finding in compared[:METRICS_SHOWN_MAX]:
        where = "" if parts else f" {_REFERENCES[finding.criterion]}"
        parts.append(f"{_pair(finding, units.get(finding.metric, ''))}{where}")
    return ", ".join(parts)


def _pair(finding: Finding, unit: str) -> str:
    value, reference = (quantity_in_words(of or 0.0, unit) for of in (finding.value, finding.reference))
    return f"{finding.metric} {value} against {reference}"


# ── whether to go on ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class GoNoGo:
    """Four short texts, each empty where there is nothing to say."""

    met: str
    open: str
    numbers: str
    risk: str


def go_no_go(material: Material) -> GoNoGo:
    release, past = material.release, Past.of(material)
    matrix = rows(release, material.now)
    waits = waiting(release, material.now)
    still = [_open(row, material, past) for row in matrix if row.standing is not Standing.GO or row.is_overridden]
    if waits is not None and (release.held is not None or not matrix):
        still.insert(0, line(waits.words, ROW_MAX))
    if release.phase.is_ending:
        still = [f"it has ended, {release.phase.replace('_', ' ')}"]
    entry = release.entry
    verdict = material.verdict or (entry.verdict if entry is not None else None)
    is_judged = any(isinstance(gate, HealthGate) for gate in release.gates)
    return GoNoGo(
        met="; ".join(_said(row) for row in matrix if row.standing is Standing.GO and not row.is_overridden),
        open="; ".join(still),
        numbers=beside(verdict, release.plan) if verdict is not None and is_judged else "",
        risk=risk(material),
    )


def _open(row: Row, material: Material, past: Past) -> str:
    names = listed(tuple(dict.fromkeys(past.called(person) for person in row.whom)))
    plan = material.release.plan
    roles = [role for role in plan.roles if {*plan.holders(role)} <= {*row.whom}]
    whom = f" ({listed(roles)}: {names})" if roles and names else f" ({names})" if names else ""
    return f"{_said(row)}{whom}"


def _said(row: Row) -> str:
    words = line(row.words, ROW_MAX).rstrip(".")
    if row.is_overridden:
        return f"{row.gate}: not met, {words}"
    return words if words.startswith(row.gate) else f"{row.gate}: {words}"


def risk(material: Material) -> str:
    """`4 changes in 12 files; migration: migrations/7.sql (#41); no dependencies`: what could go wrong by its size."""
    release = material.release
    if release.commit is None:
        return ""
    files = len({path for change in release.changes for path in change.paths})
    count = len(release.changes)
    size = f"{count} {'change' if count == 1 else 'changes'}" + (f" in {files} files" if files else "")
    caveats = [f"caveat {one.number}: {line(one.words or one.text, ROW_MAX).rstrip('.')}" for one in release.caveats]
    return "; ".join([size, *_cares(release.changes), *caveats])


def _cares(changes: Iterable[Change]) -> Iterator[str]:
    found = Notes.of(changes).cares
    for sort in dict.fromkeys(care.sort for care in found):
        of_sort = [f"{care.path} ({care.entry.reference})" for care in found if care.sort == sort]
        more = f" and {len(of_sort) - FILES_SHOWN_MAX} more" if len(of_sort) > FILES_SHOWN_MAX else ""
        yield f"{sort.lower()}: {', '.join(of_sort[:FILES_SHOWN_MAX])}{more}"
