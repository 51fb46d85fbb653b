"""What a release is measured by: how much traffic it has, how long a way back took. Read off its state.

The one thing to remember: a measure says what was seen, never what was wanted; what nobody has seen yet is None, or
what it was before.
"""

from dataclasses import dataclass

from bot.core.model import Phase, Release


def exposure_now(release: Release) -> float:
    """Percent on the new version, as far as it was read back; while traffic moves, what it was before."""
    entry = release.entry
    if entry is None or entry.exposure is None:
        return 0.0
    if release.phase is Phase.ROLLING_BACK:
        back = release.rollback
        return back.exposure if back is not None and back.restored_at is None else 0.0
    if entry.observed_at is not None:
        return entry.exposure
    return release.exposures[-1] if release.exposures else 0.0


@dataclass(frozen=True, slots=True)
class WayBack:
    """A rollback's three times. Onset is when a failing criterion was first seen broken; None where nothing was."""

    onset: float | None
    detected: float
    detection_seconds: float | None
    restored_seconds: float | None


def way_back(release: Release) -> WayBack | None:
    back = release.rollback
    if back is None:
        return None
    seen = [f.since for f in back.verdict.failing if f.since is not None] if back.verdict else []
    onset = min(seen, default=None)
    detection = None if onset is None else max(0.0, back.started_at - onset)
    return WayBack(onset, back.started_at, detection, back.seconds)
