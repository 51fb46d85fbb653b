"""What an earlier build of the same service has left behind: who had said yes to it, and what it was sent back for.

A yes is to one build. When another is asked about, those who had said yes are told what is different since, so that
they can say yes again at once; whoever raised a concern that was to be fixed first hears that this build is to answer
it. The one thing to remember: it looks back to the newest build that asked anybody, and never past one that went well.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.core.contents import Change
from bot.core.events import ApprovalAsked, Recorded
from bot.core.evolve import evolve, fold
from bot.core.model import Phase, Release
from bot.core.voices import Approval, Decision, Earlier, SentBack

CHANGES_MAX = 50
"""Changes that are not in it any more, and that are kept; beyond them a list is read by nobody."""


def left_behind(release: Release, journals: Iterable[Sequence[Recorded]]) -> Earlier | None:
    """`journals` of the service's releases before this one, the newest first; None: nothing to tell."""
    sent_back: list[SentBack] = []
    base: Release | None = None
    approvals: tuple[Approval, ...] = ()
    for journal in journals:
        before = fold(journal)
        if before.phase in (Phase.HEALTHY, Phase.SUPERSEDED):
            break
        back = [SentBack(before.id, one) for one in before.concerns if _is_to_be_mended(one.decision)]
        sent_back += back
        approvals = _given(journal)
        if (base is None and back) or approvals:
            base = before
        if any(isinstance(one.event, ApprovalAsked) for one in journal):
            break
    if base is None:
        return None
    since, gone = _difference(release, base)
    return Earlier(base.id, base.name, approvals, since, gone, tuple(sent_back))


def _is_to_be_mended(decision: Decision | None) -> bool:
    return decision in (Decision.FIX_FIRST, Decision.DESCOPE)


def _given(journal: Sequence[Recorded]) -> tuple[Approval, ...]:
    """Every yes that counted when its question was left, or counts now; each person's once a role."""
    found: dict[tuple[str, str], Approval] = {}
    release: Release | None = None
    for recorded in journal:
        after = evolve(release, recorded)
        if release is not None and release.entry is not None and _number(after) != release.entry.number:
            found |= {(one.actor.id, one.role): one for one in release.entry.approvals}
        release = after
    if release is not None and release.entry is not None:
        found |= {(one.actor.id, one.role): one for one in release.entry.approvals}
    return tuple(found.values())


def _number(release: Release) -> int | None:
    return release.entry.number if release.entry is not None else None


def _difference(release: Release, base: Release) -> tuple[tuple[str, ...], tuple[Change, ...]]:
    """Commits that it has and the earlier had not; changes that the earlier had and it has not.

    What is missing says something only where both count from the same version.
    """
    had, has = {one.commit for one in base.changes}, {one.commit for one in release.changes}
    since = tuple(one.commit for one in release.changes if one.commit not in had)
    if base.previous != release.previous:
        return since, ()
    gone = (replace(one, body="", paths=()) for one in base.changes if one.commit not in has)
    return since, tuple(gone)[:CHANGES_MAX]
