"""What approvers are shown, in parts, and whose yes a changed part concerns. Pure questions to the release.

A yes is bound to a digest of all that was shown (`subject`). What is shown is frozen when it is asked about: a better
text of a model's that comes later disturbs nobody. Three things do: words that a person writes anew, a text of which
nothing stood in the question, and a caveat. Then it is asked again, and the yes of those is void whose role looks at
that part; whoever changed it has seen it. The one thing to remember: another commit is another release, of which nobody
has said anything yet.
"""

from collections.abc import Collection

from bot.core.actors import Actor
from bot.core.contents import Artefact, digest
from bot.core.model import Release
from bot.core.plan import ApprovalGate, Part
from bot.core.voices import Approval

TEXTS: tuple[Part, ...] = ("notes", "walkthrough", "migration", "undo")
"""Texts that stand in the question, by their kinds."""

ASKED_WITH = TEXTS[:2]
"""Nobody is asked before these are written."""

WRITTEN_SECONDS_MAX = 300.0
"""So long a question waits for the other texts: a template takes a second, and an older version wrote none of them."""

CAVEATS: Part = "caveats"


def asks_at(release: Release) -> float | None:
    """From when on it can be asked; None while that cannot be said."""
    if not all(kind in release.texts for kind in ASKED_WITH):
        return None
    if all(kind in release.texts for kind in TEXTS):
        return 0.0
    assert release.entry is not None, f"{release.id} asks nobody"
    return release.entry.at + WRITTEN_SECONDS_MAX


def asked_about(release: Release, again: Collection[str] | None = None) -> str:
    """Digest of what a question shows: version, plan, the newest of each text, caveats.

    Asked `again` for some texts, the others stand in it as they were asked about.
    """
    shown = (
        release.artefacts[kind] if again is None or kind in again else release.shown(kind) for kind in release.texts
    )
    texts = sorted((one.kind, one.digest) for one in shown if one is not None)
    caveats = (f"caveat {one.number}:{one.words}" for one in release.caveats)
    return digest(release.commit or "", release.plan_digest, *(f"{kind}:{value}" for kind, value in texts), *caveats)


def subject(release: Release) -> str:
    """The digest that an answer must carry: of what was asked about, and of the concerns that are open beside it."""
    asked = (release.entry.asked if release.entry is not None else None) or ""
    concerns = (f"{one.number}:{one.text}" for one in release.open_concerns)
    return digest(asked, *concerns) if release.open_concerns else asked


def looked_at(gate: ApprovalGate, role: str, part: Part) -> bool:
    """Whether this role looks at that part: at everything, where the plan says nothing of it."""
    return part in gate.looks_at.get(role, (part,))


def reviewed_before(release: Release, text: Artefact) -> Artefact | None:
    """The version that approvers were shown, where a person has written this one since and nobody was asked about it.

    None while they are being asked: then it is asked again.
    """
    is_asking = release.entry is not None and release.entry.asked is not None and text.kind in TEXTS
    if is_asking or text.is_asked or not text.is_by_a_person:
        return None
    earlier = release.texts[text.kind][: text.version - 1]
    return next((one for one in reversed(earlier) if one.is_asked), None)


def changed(release: Release) -> dict[Part, frozenset[Actor]]:
    """Parts that are not what was asked about any more, and who changed each."""
    found: dict[Part, frozenset[Actor]] = {}
    for kind in TEXTS:
        newest, asked = release.artefacts.get(kind), release.shown(kind)
        if newest is None or asked is None or newest.is_asked:
            continue
        if newest.is_by_a_person or not asked.is_asked:
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
