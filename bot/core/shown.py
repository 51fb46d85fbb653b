"""What approvers are shown, in parts, and whose yes a changed part concerns. Pure questions to the release.

A yes is bound to a digest of all that was shown (`subject`). What is shown is frozen when it is asked about: a better
text of a model's that comes later disturbs nobody. Two things do: words that a person writes anew, and a caveat. Then
it is asked again, and the yes of those is void whose role looks at that part; whoever changed it has seen it. The one
thing to remember: another commit is another release, of which nobody has said anything yet.
"""

from bot.core.actors import Actor
from bot.core.contents import digest
from bot.core.model import Release
from bot.core.plan import ApprovalGate, Part
from bot.core.voices import Approval

TEXTS: tuple[Part, ...] = ("notes", "walkthrough", "migration", "undo")
"""Texts that stand in the question, by their kinds."""

CAVEATS: Part = "caveats"


def subject(release: Release) -> str:
    """The digest that an answer must carry: of what was asked about, and of the concerns that are open beside it."""
    asked = (release.entry.asked if release.entry is not None else None) or ""
    concerns = (f"{one.number}:{one.text}" for one in release.open_concerns)
    return digest(asked, *concerns) if release.open_concerns else asked


def looked_at(gate: ApprovalGate, role: str, part: Part) -> bool:
    """Whether this role looks at that part: at everything, where the plan says nothing of it."""
    return part in gate.looks_at.get(role, (part,))


def changed(release: Release) -> dict[Part, frozenset[Actor]]:
    """Parts that are not what was asked about any more, and who changed each."""
    found: dict[Part, frozenset[Actor]] = {}
    for kind in TEXTS:
        newest = release.artefacts.get(kind)
        if newest is not None and newest.is_by_a_person and not newest.is_asked:
            found[kind] = frozenset({newest.actor})
    before = release.entry.caveats_asked if release.entry is not None else ()
    new = [one for one in release.caveats if one.number not in before]
    if new:
        found[CAVEATS] = frozenset(one.decided_by for one in new if one.decided_by is not None)
    return found


def void(gate: ApprovalGate, release: Release) -> tuple[Approval, ...]:
    """Whose yes counts no more, for what has changed."""
    assert release.entry is not None, f"{release.id} asks nobody"
    parts = changed(release).items()
    return tuple(
        one
        for one in release.entry.approvals
        if any(looked_at(gate, one.role, part) and not _only(one.actor, by) for part, by in parts)
    )


def _only(actor: Actor, by: frozenset[Actor]) -> bool:
    """Whether nobody else has changed it."""
    return {(one.id, one.door) for one in by} == {(actor.id, actor.door)}
