"""Phrases that several views share: how a release is called, where it is, how far, how long, what comes next.

What returns *mrkdwn* is escaped and may stand in a section; what is called *flat* goes into plain text. The one thing
to remember: a phrase says what is true of the release it is given, so a message about an event gets the release as it
was then.
"""

import re

from bot.core.contents import Change
from bot.core.foreign import clean
from bot.core.measures import exposure_now, way_back
from bot.core.model import Entry, Phase, Release
from bot.core.quantities import percent_in_words, seconds_in_words
from bot.texts.plain import COMMIT_LENGTH, listed, reference
from bot.views.mrkdwn import flat, foreign, glued

AUTHORS_SHOWN_MAX = 3
_ITEM = re.compile(r"(?:[-*•]|\d+\.)\s")

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


def called(release: Release) -> str:
    """`shop v1.2.0`, for mrkdwn."""
    return f"{release.service} {version(release)}"


def version(release: Release) -> str:
    return foreign(release.name, 60)


def short(commit: str | None) -> str:
    return foreign((commit or "")[:COMMIT_LENGTH], COMMIT_LENGTH)


def old_version(release: Release) -> str:
    """What traffic goes back to: mrkdwn."""
    if release.previous_name:
        return foreign(release.previous_name, 60)
    return f"`{short(release.previous)}`" if release.previous else "the version before it"


def changes_in_words(release: Release) -> str:
    """`4 changes by Ada, Jun and 2 more`; nothing before they are known."""
    if release.commit is None:
        return ""
    count = len(release.changes)
    if not count:
        return "no change that is not there already" if release.previous else "no changes found"
    authors = tuple(dict.fromkeys(change.author for change in release.changes))
    named = [foreign(author, 60) for author in authors[:AUTHORS_SHOWN_MAX]]
    if len(authors) > AUTHORS_SHOWN_MAX:
        named.append(f"{len(authors) - AUTHORS_SHOWN_MAX} more")
    return f"{count} change{'s' if count > 1 else ''} by {listed(named)}"


def change_flat(change: Change) -> str:
    """`#41 Widgets can be reordered · Ada`: one line of what changed, foreign throughout."""
    return f"{reference(change)} {flat(change.title, 150)} · {flat(change.author, 60)}"


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
    first = next((line for line in lines if not line.startswith("#")), "nothing written")
    return foreign(listed or first.replace("**", "").removeprefix("- "), 200)


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


def bar(release: Release) -> str:
    """`▰▰▱▱▱`: one sign a step of the canary stage; empty elsewhere."""
    if release.entry is None or not release.stage.is_canary or release.phase.is_ending:
        return ""
    now = exposure_now(release)
    levels = [release.plan.exposure(release.stage, step) or 0.0 for step in release.stage.steps]
    reached = sum(1 for level in levels if level <= now)
    return "▰" * reached + "▱" * (len(release.stage.steps) - reached)


def exposure_in_words(release: Release) -> str:
    """`10 % of traffic on v1.1.0`, in mrkdwn: one line on a phone; empty where a share means nothing."""
    entry = release.entry
    if entry is None or not bar(release):
        return ""
    share = glued(percent_in_words(exposure_now(release)))
    if release.phase is Phase.ROLLING_BACK and exposure_now(release):
        return f"{share} of traffic is going back"
    words = f"{share} of traffic on {version(release)}"
    if release.phase is Phase.PROVING and entry.observed_at is None and entry.exposure is not None:
        words += f", on its way to {glued(percent_in_words(entry.exposure))}"
    return words


def is_exposed_to_users(release: Release) -> bool:
    """Whether traffic that matters may be on it: a canary with a share, or the plan's last stage."""
    if release.entry is None or not release.entry.exposure:
        return False
    is_last = release.entry.stage == len(release.plan.stages) - 1
    return release.stage.is_canary or is_last


# ── how long ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def measured(release: Release) -> str:
    """`seen broken first … · detected after 14.0 s · traffic back after 3.2 s`, as far as it is known: mrkdwn."""
    way = way_back(release)
    if way is None:
        return ""
    detection = (
        "" if way.detection_seconds is None else f"noticed {seconds_in_words(way.detection_seconds)} after it began"
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
