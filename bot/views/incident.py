"""The incident ticket of a rollback, as JSON: what somebody needs who was not in the channel.

The one thing to remember: it is read by systems as well as by people, so numbers stay numbers, in base units (evidence
in nats), and times are seconds since the epoch beside a form that people read.
"""

from datetime import UTC, datetime
from typing import Any

from bot.core import events as e
from bot.core.contents import Change
from bot.core.events import Recorded
from bot.core.foreign import clean, flat
from bot.core.measures import way_back
from bot.core.model import Release
from bot.core.quantities import percent_in_words
from bot.core.verdict import Finding
from bot.texts.diagnosis import Diagnosis
from bot.views.numbers import metric_of

SUSPECTS_MAX = 5


def incident(recorded: Recorded, release: Release, found: Diagnosis | None = None) -> dict[str, Any]:
    """The ticket for a `RollbackStarted`; `release` is folded up to it. The same event gives the same key."""
    event = recorded.event
    assert isinstance(event, e.RollbackStarted), f"{type(event).__name__} is no incident"
    way = way_back(release)
    onset = way.onset if way else None
    return {
        "key": f"{recorded.release}/{recorded.version}/incident",
        "title": f"{release.service} {flat(release.name, 80)} rolled back{_share(event)}",
        "release": release.id,
        "service": release.service,
        "environment": event.environment,
        "version": release.name,
        "commit": release.commit,
        "previous": release.previous,
        "cause": event.cause,
        "reason": clean(event.reason),
        "by": recorded.actor.name or recorded.actor.id,
        "exposure_percent": event.exposure,
        "onset": _time(onset),
        "detected": _time(recorded.at),
        "detection_seconds": None if onset is None else max(0.0, recorded.at - onset),
        "findings": [_finding(finding, release) for finding in (event.verdict.failing if event.verdict else ())],
        "on_call": list(release.plan.on_call),
        "staged_by": release.staged_by.name or release.staged_by.id,
        "changes": [_change(change) for change in release.changes],
        "diagnosis": _diagnosis(found),
        "next_step": clean(found.next_step) if found else "Ask whoever rolled it back what they saw.",
    }


def _share(event: e.RollbackStarted) -> str:
    return f" at {percent_in_words(event.exposure)}" if event.exposure else ""


def _time(at: float | None) -> dict[str, object] | None:
    return None if at is None else {"at": at, "utc": datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")}


def _finding(finding: Finding, release: Release) -> dict[str, object]:
    metric = metric_of(release.plan, finding.metric)
    limit = metric.limit if metric else None
    return {
        "metric": finding.metric,
        "kind": finding.kind,
        "criterion": finding.criterion,
        "unit": metric.unit if metric else "",
        "value": finding.value,
        "reference": finding.reference,
        "limit_min": limit.min if limit else None,
        "limit_max": limit.max if limit else None,
        "ratio": finding.ratio,
        "ratio_low": finding.ratio_low,
        "ratio_high": finding.ratio_high,
        "tolerated": finding.tolerated,
        "evidence": finding.evidence,
        "evidence_needed": finding.evidence_needed,
        "events": finding.events,
        "words": clean(finding.words),
        "since": _time(finding.since),
    }


def _change(change: Change) -> dict[str, object]:
    return {
        "commit": change.commit,
        "pull_request": change.pull_request,
        "title": flat(change.title),
        "author": flat(change.author, 80),
        "paths": list(change.paths),
    }


def _diagnosis(found: Diagnosis | None) -> dict[str, object] | None:
    """What the journal and the samples say about it, and where to look first; a suspicion, and said as one."""
    if found is None:
        return None
    suspects = [{**_change(one.change), "reasons": [clean(reason) for reason in one.reasons]} for one in found.suspects]
    return {
        "words": [clean(line) for line in found.lines],
        "control_moved": str(found.control_moved),
        "suspects": suspects[:SUSPECTS_MAX],
    }
