"""What on-call is called for, where nothing goes back by itself: it fails in front of users, or nothing can be read.

Each trouble calls once, whoever holds the release, and calls again only after somebody has let it go on without it. The
one thing to remember: `Entry.called` is what is known by now, and what is true now is asked of the verdict alone.
"""

from bot.core.due import blind_until
from bot.core.model import Entry, Phase, Release
from bot.core.verdict import Outcome, Pace, Verdict

Trouble = tuple[str, str]
"""A metric and its criterion; the metric is empty where the trouble is no metric's."""

BLIND: Trouble = ("", "blind")


def is_blind(release: Release, now: float) -> bool:
    """Whether nothing could be read about it for longer than its plan bears."""
    until = blind_until(release)
    return until is not None and now >= until


def troubles(release: Release, now: float) -> frozenset[Trouble]:
    """All that somebody on call should know of it now."""
    if is_blind(release, now):
        return frozenset({BLIND})
    verdict = release.entry.verdict if release.entry is not None else None
    if verdict is None or verdict.outcome is not Outcome.FAIL or not release.serves_users:
        return frozenset()
    return frozenset((one.metric, one.criterion) for one in verdict.failing) or frozenset({("", verdict.rule)})


def reason(release: Release, now: float) -> str:
    """Why on-call is to be called now, in words; empty where nothing is wrong that they do not know of."""
    entry = release.entry
    assert entry is not None, f"{release.id} has entered no stage"
    new = troubles(release, now) - entry.called
    if not new:
        return ""
    if BLIND in new or entry.verdict is None:
        return "nothing can be read about it any more"
    words = "; ".join(finding.words for finding in entry.verdict.failing) or entry.verdict.rule
    if release.phase is Phase.WATCHING:
        return f"looks worse in its watch, and nothing runs beside it to compare with: {words}"
    return f"fails where users are, and only a person takes it back here: {words}"


def is_of_users(release: Release, now: float) -> bool:
    """Whether what somebody on call is called for now is that it fails in front of users."""
    return bool(troubles(release, now) - {BLIND})


def still_known(entry: Entry, verdict: Verdict) -> frozenset[Trouble]:
    """What it need not be called for again after one more verdict, while nobody holds it: nothing, once it is well.

    Well is where its time counts: what only goes from failing to doubt and back is the same trouble.
    """
    if verdict.pace is Pace.RUN:
        return frozenset()
    return entry.called if verdict.outcome is Outcome.ERROR else entry.called - {BLIND}
