"""Phrases that several views share: how a release is called, where it is, how far, how long, what comes next.

What returns *mrkdwn* is escaped and may stand in a section; what is called *flat* goes into plain text. The one thing
to remember: a phrase says what is true of the release it is given, so a message about an event gets the release as it
was then.
"""

import re
from dataclasses import dataclass

from bot.core.foreign import clean, flat
from bot.core.model import Change, Entry, Phase, Release
from bot.core.plan import ApprovalGate, Gate, GoGate, HealthGate, MinimumTimeGate
from bot.core.quantities import duration_in_words, percent_in_words
from bot.views.mrkdwn import foreign, glued

AUTHORS_SHOWN_MAX = 3
_ITEM = re.compile(r"(?:[-*•]|\d+\.)\s")
COMMIT_LENGTH = 8
"""Of a commit id: enough to be unique in a repository that people work in."""

_PHASES: dict[Phase, tuple[str, str]] = {
    Phase.PREPARING: (":package:", "Preparing"),
    Phase.QUEUED: (":hourglass:", "Queued"),
    Phase.DEPLOYING: (":package:", "Deploying"),
    Phase.PROVING: (":test_tube:", "Proving"),
    Phase.WATCHING: (":eyes:", "Released, being watched"),
    Phase.ROLLING_BACK: (":rewind:", "Going back"),
    Phase.HEALTHY: (":white_check_mark:", "Healthy"),
    Phase.ROLLED_BACK: (":leftwards_arrow_with_hook:", "Rolled back"),
    Phase.CANCELLED: (":black_square_for_stop:", "Cancelled"),
    Phase.REJECTED: (":thumbsdown:", "Rejected"),
    Phase.SUPERSEDED: (":fast_forward:", "Superseded"),
    Phase.FAILED: (":x:", "Could not be prepared"),
}


# ── how it is called ─────────────────────────────────────────────────────────────────────────────────────────────────


def called_flat(release: Release) -> str:
    """`shop v1.2.0`, for plain text."""
    return f"{release.service} {flat(release.name, 60)}"


def called(release: Release) -> str:
    """`shop v1.2.0`, for mrkdwn."""
    return f"{release.service} {version(release)}"


def version(release: Release) -> str:
    return foreign(release.name, 60)


def short(commit: str | None) -> str:
    return foreign((commit or "")[:COMMIT_LENGTH], COMMIT_LENGTH)


def old_version(release: Release) -> str:
    """What traffic goes back to."""
    return f"`{short(release.previous)}`" if release.previous else "the version before it"


def changes_in_words(release: Release) -> str:
    """`4 changes by Ada, Jun and 2 more`; nothing before they are known."""
    if release.commit is None:
        return ""
    count = len(release.changes)
    if not count:
        return "no changes found"
    authors = tuple(dict.fromkeys(change.author for change in release.changes))
    named = [foreign(author, 60) for author in authors[:AUTHORS_SHOWN_MAX]]
    if len(authors) > AUTHORS_SHOWN_MAX:
        named.append(f"{len(authors) - AUTHORS_SHOWN_MAX} more")
    return f"{count} change{'s' if count > 1 else ''} by {_listed(named)}"


def change_flat(change: Change) -> str:
    """`#41 Widgets can be reordered · Ada`: one line of what changed, foreign throughout."""
    number = f"#{change.pull_request}" if change.pull_request is not None else change.commit[:COMMIT_LENGTH]
    return f"{number} {flat(change.title, 150)} · {flat(change.author, 60)}"


def headline(text: str) -> str:
    """What a written text holds, in one line: `New (2) · Fixed (1)`; its first line where it has no lists. mrkdwn."""
    lines = [line.strip() for line in clean(text).splitlines() if line.strip()]
    counted: list[tuple[str, int]] = []
    for line in lines:
        if line.startswith("#"):
            counted.append((line.lstrip("# "), 0))
        elif counted and _ITEM.match(line):
            counted[-1] = (counted[-1][0], counted[-1][1] + 1)
    listed = " · ".join(f"{heading} ({count})" for heading, count in counted if count)
    return foreign(listed or next(iter(lines), "nothing written"), 200)


# ── where it is ──────────────────────────────────────────────────────────────────────────────────────────────────────


def phase_emoji(release: Release) -> str:
    if release.held is not None and release.phase is not Phase.ROLLING_BACK:
        return ":double_vertical_bar:"
    if release.phase is Phase.PROVING and release.stage.is_canary:
        return ":hatching_chick:"
    return _PHASES[release.phase][0]


def phase_in_words(release: Release) -> str:
    """`Canary in production, step 2 of 5`, in mrkdwn; no percentages, which stand beside it."""
    words, entry = _PHASES[release.phase][1], release.entry
    held = "Held: " if release.held is not None and release.phase is not Phase.ROLLING_BACK else ""
    if entry is None or release.phase.is_ending:
        return held + (words.lower() if held else words)
    place = release.environment or release.stage.name
    match release.phase:
        case Phase.QUEUED:
            words = f"Queued for {place}"
        case Phase.DEPLOYING:
            words = f"Deploying to {place}"
        case Phase.PROVING if release.stage.is_canary:
            words = f"Canary in {place}, step {(entry.step or 0) + 1} of {len(release.stage.steps)}"
        case Phase.PROVING:
            words = f"Proving {'on' if release.environment else 'in'} {place}"
        case Phase.ROLLING_BACK:
            words = f"Going back from {place}"
        case _:
            pass
    return held + (words[0].lower() + words[1:] if held else words)


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


def bar(release: Release) -> str:
    """`▰▰▱▱▱`: one sign a step of the canary stage; empty elsewhere."""
    if release.entry is None or not release.stage.is_canary or release.phase.is_ending:
        return ""
    now = exposure_now(release)
    levels = [release.plan.exposure(release.stage, step) or 0.0 for step in release.stage.steps]
    reached = sum(1 for level in levels if level <= now)
    return "▰" * reached + "▱" * (len(release.stage.steps) - reached)


def exposure_in_words(release: Release) -> str:
    """`10 % of the traffic is on v1.1.0`, in mrkdwn; empty where a share means nothing."""
    entry = release.entry
    if entry is None or not bar(release):
        return ""
    share = glued(percent_in_words(exposure_now(release)))
    if release.phase is Phase.ROLLING_BACK and exposure_now(release):
        return f"{share} of the traffic is going back"
    words = f"{share} of the traffic is on {version(release)}"
    if release.phase is Phase.PROVING and entry.observed_at is None and entry.exposure is not None:
        words += f", on its way to {glued(percent_in_words(entry.exposure))}"
    return words


def is_exposed_to_users(release: Release) -> bool:
    """Whether traffic that matters may be on it: a canary with a share, or the plan's last stage."""
    if release.entry is None or not release.entry.exposure:
        return False
    is_last = release.entry.stage == len(release.plan.stages) - 1
    return release.stage.is_canary or is_last


# ── what comes next ──────────────────────────────────────────────────────────────────────────────────────────────────


def next_in_words(release: Release) -> str:
    """What follows the present step once it is passed: `25 %`, `production`, `a watch of 1d`."""
    entry = release.entry
    if entry is None or entry.step is None:
        return "the next step"
    if entry.step + 1 < len(release.stage.steps):
        return percent_in_words(release.plan.exposure(release.stage, release.stage.steps[entry.step + 1]) or 0.0)
    if entry.stage + 1 < len(release.plan.stages):
        following = release.plan.stages[entry.stage + 1]
        return following.environment or following.name
    return f"a watch of {duration_in_words(release.plan.watch.time)}" if release.environment else "healthy"


def asks_in_words(gates: tuple[Gate, ...]) -> str:
    """What a step asks for: `30s of health and a yes from product-manager and vp-product`."""
    return _listed([_asks(gate) for gate in gates])


def _asks(gate: Gate) -> str:
    match gate:
        case HealthGate(held=held):
            return f"{duration_in_words(held)} of health"
        case ApprovalGate(roles=roles):
            wanted = [role if count == 1 else f"{count} of {role}" for role, count in roles.items()]
            return f"a yes from {_listed(wanted)}"
        case MinimumTimeGate(time=time):
            return f"at least {duration_in_words(time)}"
        case GoGate(role=role):
            return f"a go from {role}"


def _listed(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


# ── how long ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def seconds_in_words(seconds: float) -> str:
    """`3.2 s` where tenths matter, `4m 10s` where they do not."""
    return f"{seconds:.1f} s" if seconds < 60 else duration_in_words(seconds)  # noqa: PLR2004 - a minute


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


def measured(release: Release) -> str:
    """`seen broken first … · detected after 14.0 s · traffic back after 3.2 s`, as far as it is known: mrkdwn."""
    way = way_back(release)
    if way is None:
        return ""
    detection = (
        "" if way.detection_seconds is None else f"detected {seconds_in_words(way.detection_seconds)} after onset"
    )
    after = "later" if detection else "after the decision"
    restored = "" if way.restored_seconds is None else f"traffic back {seconds_in_words(way.restored_seconds)} {after}"
    return ", ".join(part for part in (detection, restored) if part)


def decision(who: str, reason: str) -> str:
    """What a person decided, from the reason that the core wrote down: mrkdwn in, mrkdwn out."""
    if reason.startswith("rejected: "):
        return f"{who} rejected it: {reason.removeprefix('rejected: ')}"
    if reason.startswith(("fix first: ", "descope: ")):
        return f"{who} decided to {reason}"
    return f"{who} cancelled it: {reason}"


def in_step_seconds(entry: Entry, at: float) -> float:
    return max(0.0, at - entry.at)
