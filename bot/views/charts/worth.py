"""Which metric deserves the picture: what fails first, then what is nearest to failing, then what matters most.

The one thing to remember: nearness counts from where the judge itself begins to doubt; below it all metrics are
equally fine, and the plan's priorities say which is worth a look.
"""

from bot.analysis.findings import DOUBT
from bot.core.metric import Metric
from bot.core.verdict import Finding, Outcome, Verdict
from bot.texts import Material

PRIORITIES = ("medium", "high", "critical")


def which(material: Material) -> str | None:
    """The metric's name; None where no metric of the plan has samples."""
    shown = {sample.metric for look in material.looks for sample in look.samples}
    verdict = judged(material)
    found = [metric for metric in material.release.plan.metrics if metric.name in shown]
    if not found:
        return None
    return max(found, key=lambda metric: _worth(metric, verdict)).name


def judged(material: Material) -> Verdict | None:
    """The verdict that the picture is about: the one that sent the release back, else the latest."""
    back, entry = material.release.rollback, material.release.entry
    if back is not None and back.verdict is not None:
        return back.verdict
    return material.verdict or (entry.verdict if entry is not None else None)


def _worth(metric: Metric, verdict: Verdict | None) -> tuple[bool, float, bool, int, float]:
    found = [finding for finding in verdict.findings if finding.metric == metric.name] if verdict else []
    near = max(map(nearness, found), default=0.0)
    fails = any(finding.outcome is Outcome.FAIL for finding in found)
    flagged = any(finding.flag for finding in found)
    return fails, near if fails or near >= DOUBT else 0.0, flagged, PRIORITIES.index(metric.priority), near


def nearness(finding: Finding) -> float:
    """Of the evidence that would convict it alone: 1 and more is past it, 0 is nothing at all."""
    if finding.evidence is None or not finding.evidence_needed:
        return 0.0
    return max(finding.evidence / finding.evidence_needed, 0.0)
