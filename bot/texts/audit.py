"""Who did what, when, through which door, on which evidence: every event of a journal as one plain line. Pure.

A story leaves out what is no news; an audit leaves out nothing. What the story does not tell is named by its event. The
one thing to remember: names and reasons are other people's words, flattened here and escaped by the view.
"""

import re
from dataclasses import dataclass

from bot.core import events as e
from bot.core.actors import Actor, Door
from bot.core.events import Event
from bot.core.quantities import percent_in_words
from bot.texts.past import Happened, Past
from bot.texts.timeline import sentence

DIGEST_LENGTH = 12
_CAPITALS = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Deed:
    """One event: `what` in words, `evidence` what an approval is bound to and what it rests on."""

    version: int
    at: float
    actor: Actor
    who: str
    what: str
    evidence: str = ""

    @property
    def by(self) -> str:
        """`Priya (U0PRIYA, slack)`: names can be alike. Songbird's own part has no door."""
        if self.actor.door is Door.SONGBIRD:
            return self.who
        named = f"{self.actor.id}, " if self.actor.id != self.who else ""
        return f"{self.who} ({named}{self.actor.door})"


def deeds(past: Past) -> tuple[Deed, ...]:
    """Oldest first, one for every event."""
    return tuple(
        Deed(one.version, one.at, one.actor, past.who(one.actor), sentence(one, past) or _named(one), _evidence(one))
        for one in past.happened
    )


def _named(one: Happened[Event]) -> str:
    """`place taken: staging`, from the event's own name and its first words."""
    name = _CAPITALS.sub(" ", type(one.event).__name__).lower()
    match one.event:
        case e.PlaceTaken(environment) | e.PlaceLeft(environment):
            return f"{name}: {environment}"
        case e.StepEntered(exposure=float() as exposure):
            return f"{name}: {percent_in_words(exposure)}"
        case e.VerdictChanged(verdict=verdict):
            return f"judged: {verdict.outcome}"
        case e.ArtefactWritten(kind=kind, author=author):
            return f"{name}: {kind}, by {author}"
        case e.FindingRecorded(severity=severity):
            return f"{name}: {severity}"
        case _:
            return name


def _evidence(one: Happened[Event]) -> str:
    """What an approval is bound to, and the groups that its giver was in; what a step was left on; what was staged."""
    match one.event:
        case e.ReleaseStaged(plan_digest=digest):
            return f"plan {digest[:DIGEST_LENGTH]}"
        case e.PlanChanged(plan_digest=digest, old_digest=before):
            return f"plan {before[:DIGEST_LENGTH]} to plan {digest[:DIGEST_LENGTH]}"
        case e.ApprovalAsked(subject=subject):
            return f"shown {subject[:DIGEST_LENGTH]}"
        case e.ReleaseApproved(subject=subject):
            groups = ", ".join(one.actor.groups) or "none"
            return f"shown {subject[:DIGEST_LENGTH]}, user groups: {groups}"
        case e.StepPassed(evidence=evidence):
            return "; ".join(evidence)
        case e.VerdictChanged(verdict=verdict):
            return verdict.rule
        case _:
            return ""
