"""Whether a model's sentences are in the evidence that they cite. First version: only citations."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.texts.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence or list item of a model's answer, and the numbers of the facts that it rests on."""

    text: str
    cites: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """A claim that does not stand, and why: words for the log and for people."""

    claim: Claim
    reason: str


@dataclass(frozen=True, slots=True)
class Grounded:
    """What stands, and what does not."""

    kept: tuple[Claim, ...]
    removed: tuple[Removed, ...]


def grounded(claims: Iterable[Claim], sheet: Sheet) -> Grounded:
    kept: list[Claim] = []
    removed: list[Removed] = []
    for claim in claims:
        if not claim.cites:
            removed.append(Removed(claim, "it cites nothing"))
        elif any(sheet.fact(number) is None for number in claim.cites):
            removed.append(Removed(claim, "it cites evidence that there is not"))
        else:
            kept.append(claim)
    return Grounded(tuple(kept), tuple(removed))
