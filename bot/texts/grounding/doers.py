"""Whether a deed was done by a person or by itself, where a sentence says so: `automatically`, `by hand`.

Who did it stands in the cited facts. What a person may still do by hand is advice, and no deed. The one thing to
remember: Songbird is the one doer that is nobody, and a deed with no doer is not therefore its own.
"""

import re
from collections.abc import Iterator

from bot.texts.grounding.case import Case
from bot.texts.grounding.lexicon import AUTOMATIC, MANUAL
from bot.texts.sheet import Fact

ITSELF = "Songbird"
"""The doer of what no person did."""


def faults(case: Case) -> Iterator[str]:
    for pattern, is_itself in ((AUTOMATIC, True), (MANUAL, False)):
        for match in pattern.finditer(case.reading.blanked):
            if not _is_so(match, case, is_itself=is_itself):
                yield f"its evidence does not say that it was done {match[0]}"


def _is_so(match: re.Match[str], case: Case, *, is_itself: bool) -> bool:
    if any(match[0] in text.quoted for text in case.texts):
        return True
    done = [fact for fact in case.facts if fact.by]
    if done:
        return all((fact.by == ITSELF) is is_itself for fact in _latest(done))
    return not is_itself and any(fact.denied for fact in case.facts)  # `take it away by hand`: that it failed is cited


def _latest(done: list[Fact]) -> list[Fact]:
    """Those of a way back, where there is one: what people did before it was done by hand of itself."""
    return [fact for fact in done if fact.kind.value == "rollback"] or done
