"""A claim beside the facts that it cites: what every check is given."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from bot.texts.grounding.known import FOREIGN_KINDS, FactText, Known
from bot.texts.grounding.reading import Reading
from bot.texts.sheet import Amount, Deed, Fact, FactKind, Role, TermKind


@dataclass(frozen=True)
class Case:
    """`facts` are the cited ones, in the order of the sheet."""

    reading: Reading
    facts: tuple[Fact, ...]
    known: Known

    @cached_property
    def texts(self) -> tuple[FactText, ...]:
        return tuple(self.known.texts[fact.number] for fact in self.facts)

    @cached_property
    def stems(self) -> frozenset[str]:
        """Of all words of the cited facts."""
        return frozenset[str]().union(*(text.stems for text in self.texts))

    @cached_property
    def quoted_stems(self) -> frozenset[str]:
        return frozenset[str]().union(*(text.quoted_stems for text in self.texts))

    @cached_property
    def lower(self) -> str:
        """The cited facts' words."""
        return "\n".join(text.lower for text in self.texts)

    @cached_property
    def is_foreign(self) -> bool:
        """Whether it rests on words from outside alone; which release they belong to may be said beside them."""
        told = [fact for fact in self.facts if fact.kind is not FactKind.RELEASE]
        return bool(told) and all(fact.kind in FOREIGN_KINDS for fact in told)

    @cached_property
    def measured(self) -> tuple[Fact, ...]:
        return tuple(fact for fact in self.facts if fact.kind is FactKind.METRIC)

    @cached_property
    def sided(self) -> str:
        """The blanked sentence; beside a baseline, production is the reference and staging the new version."""
        blanked = self.reading.blanked
        baselines = {text for fact in self.facts if _has_baseline(fact) for text in fact.named(TermKind.ENVIRONMENT)}
        for mention in self.reading.mentions if baselines else ():
            if mention.kind is TermKind.ENVIRONMENT:
                word = "canary" if mention.texts & baselines else "baseline"
                size = mention.span.end - mention.span.start
                blanked = blanked[: mention.span.start] + f"{word:>{size}}"[-size:] + blanked[mention.span.end :]
        return blanked

    @cached_property
    def is_suspicion(self) -> bool:
        """Whether it rests on a ranking of suspects."""
        return any(fact.kind is FactKind.RANKING for fact in self.facts)

    @cached_property
    def is_plan(self) -> bool:
        return bool(self.facts) and all(fact.kind is FactKind.PLAN for fact in self.facts)

    def about(self, metrics: frozenset[str]) -> tuple[Fact, ...]:
        """The cited measurements of these metrics; all of them when none is named."""
        found = tuple(fact for fact in self.measured if metrics & set(fact.named(TermKind.METRIC)))
        return found if metrics else self.measured

    def with_deed(self, *deeds: Deed) -> Iterator[Fact]:
        return (fact for fact in self.facts if set(deeds) & set(fact.deeds))

    @cached_property
    def amounts(self) -> tuple[tuple[Fact, Amount], ...]:
        return tuple((fact, amount) for fact in self.facts for amount in fact.amounts)


def _has_baseline(fact: Fact) -> bool:
    return any(one.role is Role.BASELINE for one in fact.amounts)


def amount(fact: Fact, *roles: Role) -> float | None:
    """The value that plays this part in a fact."""
    return next((one.value for one in fact.amounts if one.role in roles), None)
