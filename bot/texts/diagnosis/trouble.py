"""What is the matter with a release, in one value: why it went back, or what holds it while it fails.

The one thing to remember: a rejection and a cancellation are decisions about a release, and no trouble with it.
"""

from dataclasses import dataclass
from typing import Literal

from bot.core import events as e
from bot.core.measures import way_back
from bot.core.model import Phase
from bot.core.verdict import Outcome, Verdict
from bot.texts import Material
from bot.texts.past import Past

Cause = Literal["verdict", "blindness", "deploy", "person", "failing"]
"""The causes of a rollback, and `failing`: it is worse, and stays where it is until a person decides."""

_CAUSES: dict[str, Cause] = {"verdict": "verdict", "blindness": "blindness", "deploy": "deploy", "person": "person"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """`at` is when it was found out; `since` when it began, where no metric says so."""

    cause: Cause
    reason: str
    at: float
    exposure: float
    verdict: Verdict | None = None
    since: float | None = None
    restored_seconds: float | None = None
    by: str = ""
    versions: tuple[int, ...] = ()
    """Of the journal, what this rests on."""

    @property
    def is_measured(self) -> bool:
        """Whether a metric had failed."""
        return self.verdict is not None and self.verdict.outcome is Outcome.FAIL


def trouble_of(material: Material, past: Past) -> Trouble | None:
    return _went_back(material, past) or _stays(material, past)


def _went_back(material: Material, past: Past) -> Trouble | None:
    back, way = material.release.rollback, way_back(material.release)
    cause = _CAUSES.get(back.cause) if back is not None else None
    if back is None or way is None or cause is None:
        return None
    began, restored = past.last(e.RollbackStarted), past.last(e.TrafficRestored)
    blind = began.before.entry.blind_since if began and began.before and began.before.entry else None
    return Trouble(
        cause=cause,
        reason=back.reason,
        at=back.started_at,
        exposure=back.exposure,
        verdict=back.verdict,
        since=blind if cause == "blindness" else None,
        restored_seconds=way.restored_seconds if back.exposure else None,
        by=past.who(back.actor),
        versions=tuple(one.version for one in (began, restored) if one is not None),
    )


def _stays(material: Material, past: Past) -> Trouble | None:
    """It fails where nothing goes back by itself, or cannot be looked at and is held for that."""
    release, entry = material.release, material.release.entry
    if entry is None or entry.verdict is None or release.phase not in (Phase.PROVING, Phase.WATCHING):
        return None
    found, verdict = entry.verdict.outcome, entry.verdict
    is_blind = found is Outcome.ERROR and release.held is not None and entry.blind_since is not None
    if found is not Outcome.FAIL and not is_blind:
        return None
    said = past.last(e.VerdictLapsed if is_blind and not past.last(e.VerdictChanged) else e.VerdictChanged)
    return Trouble(
        cause="blindness" if is_blind else "failing",
        reason=verdict.rule,
        at=entry.verdict_at or entry.at,
        exposure=entry.exposure or 0.0,
        verdict=verdict,
        since=entry.blind_since if is_blind else None,
        versions=(said.version,) if said else (),
    )
