"""What a day brought, over all releases: what moved, what waits for whom, what went back and why. Only what changed.

The one thing to remember: it reads states and not journals, so it says where a release is now, and not each step of
the way there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from zoneinfo import ZoneInfo

from bot.core.gates import waiting
from bot.core.model import Phase, Release
from bot.core.quantities import clock_in_words, duration_in_words, percent_in_words
from bot.texts import Material
from bot.texts.markdown import line
from bot.texts.past import Past
from bot.texts.plain import called_flat, listed
from bot.texts.timeline import metrics_in_words, place

DAY_SECONDS = 24 * 3600.0
RELEASES_MAX = 12
"""Releases under one heading; more are counted."""
REASON_MAX = 200

_BACK = frozenset({Phase.ROLLED_BACK, Phase.ROLLING_BACK, Phase.REJECTED, Phase.CANCELLED, Phase.FAILED})


@dataclass(frozen=True, slots=True)
class Daily:
    """Three lists of lines. `left_out` is how many more there are, by list."""

    since: str
    moved: tuple[str, ...]
    waits: tuple[str, ...]
    back: tuple[str, ...]
    left_out: tuple[int, int, int]

    @property
    def is_quiet(self) -> bool:
        """Nothing has moved, and nothing waits for anybody."""
        return not (self.moved or self.waits or self.back)


def daily(material: Material) -> Daily:
    """The material's own release and all others that it speaks of, each once."""
    past, now = Past.of(material), material.now
    every = {release.id: release for release in (material.release, *material.releases)}.values()
    begun = now - DAY_SECONDS if material.since is None else material.since
    zone = ZoneInfo(material.zone)
    changed = [release for release in every if _changed_at(release) >= begun]
    lists = (
        [_moved(release, now, zone) for release in changed if release.phase not in _BACK],
        [_waits(release, past) for release in every if _is_waiting(release)],
        [_back(release, past) for release in changed if release.phase in _BACK],
    )
    moved, waits, back = (tuple(lines[:RELEASES_MAX]) for lines in lists)
    over = (max(0, len(lists[0]) - RELEASES_MAX), max(0, len(lists[1]) - RELEASES_MAX))
    return Daily(clock_in_words(begun, now, zone), moved, waits, back, (*over, max(0, len(lists[2]) - RELEASES_MAX)))


def _changed_at(release: Release) -> float:
    """When it last changed its place or its share of the traffic."""
    entry = release.entry
    times = (release.phase_since, entry.at if entry else None, entry.observed_at if entry else None)
    return max(time for time in times if time is not None)


def _is_waiting(release: Release) -> bool:
    """For a person, or for a place: what goes on by itself waits for nobody."""
    return not release.phase.is_ending and (
        release.held is not None
        or bool(release.open_concerns)
        or release.phase is Phase.QUEUED
        or bool(release.entry and release.entry.asked and release.phase is Phase.PROVING)
    )


def _called(release: Release) -> str:
    return f"**{called_flat(release)}** ({release.id})"


def _moved(release: Release, now: float, zone: tzinfo) -> str:
    since = f"since {clock_in_words(_changed_at(release), now, zone)}"
    entry = release.entry
    match release.phase:
        case Phase.HEALTHY:
            return f"{_called(release)}: healthy, {since}"
        case Phase.SUPERSEDED:
            return f"{_called(release)}: {line(release.ending_reason, REASON_MAX)}, {since}"
        case Phase.PROVING | Phase.WATCHING if entry is not None and entry.exposure and release.stage.is_canary:
            watch = ", being watched" if release.phase is Phase.WATCHING else ""
            return f"{_called(release)}: {percent_in_words(entry.exposure)} in {place(release)}{watch}, {since}"
        case _:
            joint = {Phase.QUEUED: "for", Phase.DEPLOYING: "to"}.get(release.phase, "on")
            where = f" {joint} {place(release)}" if release.entry is not None else ""
            return f"{_called(release)}: {release.phase}{where}, {since}"


def _waits(release: Release, past: Past) -> str:
    found = waiting(release, past.now)
    assert found is not None, f"{release.id} has ended and waits for nothing"
    names = listed(_people(found.whom, past))
    whom = f" ({names})" if names else ""
    lasted = duration_in_words(past.now - found.since)
    return f"{_called(release)}: {line(found.words, REASON_MAX).rstrip('.')}{whom}, for {lasted}"


def _people(whom: Iterable[str], past: Past) -> tuple[str, ...]:
    return tuple(dict.fromkeys(past.called(person) for person in whom))


def _back(release: Release, past: Past) -> str:
    back = release.rollback
    phase = "could not be prepared" if release.phase is Phase.FAILED else release.phase.replace("_", " ")
    share = f" from {percent_in_words(back.exposure)}" if back and back.exposure and release.stage.is_canary else ""
    why = line(back.reason if back else release.ending_reason, REASON_MAX)
    if back is not None and back.cause == "verdict" and back.verdict is not None:
        why = f"{metrics_in_words(back.verdict)} failed"
    blocked = "; its build is blocked" if release.blocks_build else ""
    by = f" by {past.who(back.actor)}" if back is not None and back.cause in ("person", "rejection") else ""
    because = f": {why.removeprefix('rejected: ').rstrip('.')}" if why else ""
    return f"{_called(release)}: {phase}{share}{by}{because}{blocked}"
