"""Whether a sentence speaks of what its evidence speaks of.

A sentence about changes shares words with each change that it cites, and with none that it does not cite more, and
beside a change's number or author stand that one's words. The one thing to remember: what a change is said to do with
its own words, put together another way, passes.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.texts.grounding.case import Case
from bot.texts.grounding.language import stem
from bot.texts.grounding.lexicon import OPPOSITES
from bot.texts.grounding.vocabulary import CHANGE_STEMS, FUNCTION_STEMS, ORDINARY_STEMS
from bot.texts.sheet import Fact, FactKind, TermKind

TOLD_MIN = 2
"""Words that say what a change is about; a name with fewer beside it says that it is there."""


@lru_cache(maxsize=20_000)
def is_ordinary(word: str) -> bool:
    """A word of plain English or of release engineers, which says nothing by itself."""
    return stem(word) in ORDINARY_STEMS


def faults(case: Case) -> Iterator[str]:
    yield from _opposed(case)
    if any(fact.kind is FactKind.CHANGE for fact in case.facts):
        yield from _of_changes(case)


def _content(case: Case) -> list[str]:
    """Stems of the words that say something, without the words that any sentence about a change may have."""
    stems = (stem(word) for word in case.reading.content if len(word) > 2)  # noqa: PLR2004 - `is`, `of`
    return [one for one in stems if one not in FUNCTION_STEMS and one not in CHANGE_STEMS]


def _of_changes(case: Case) -> Iterator[str]:
    """Each cited change is spoken of, and none that is not cited is spoken of more."""
    content = set(_content(case))
    if not content:
        return
    changes = [fact for fact in case.facts if fact.kind is FactKind.CHANGE]
    named = {text for mention in case.reading.mentions for text in mention.texts}
    shared = {fact.number: len(content & _said(fact, case)) for fact in changes}
    best = max(shared.values(), default=0)
    if not best and len(changes) == len(case.facts) and not (named and len(content) < TOLD_MIN):
        yield "it says nothing that the changes it cites say"
    for fact in case.known.sheet.facts:
        if fact.kind is FactKind.CHANGE and fact not in changes:
            theirs = len((content & _said(fact, case)) - set[str]().union(*(_said(one, case) for one in changes)))
            if theirs > best:
                yield f"it says what change [{fact.number}] says, which it does not cite"
    yield from _swapped(case, changes)


def _said(fact: Fact, case: Case) -> frozenset[str]:
    """The stems of a change's own words and of its files."""
    paths = {stem(part) for path in fact.named(TermKind.PATH) for part in re.findall(r"[a-z]{3,}", path.lower())}
    return (case.known.texts[fact.number].quoted_stems | paths) - FUNCTION_STEMS - CHANGE_STEMS


def _swapped(case: Case, changes: list[Fact]) -> Iterator[str]:
    """Beside each number of a pull request stand the words of that one, not those of another that is cited too."""
    marks = [one for one in case.reading.mentions if one.kind in (TermKind.PULL_REQUEST, TermKind.COMMIT)]
    if len(changes) < 2 or len(marks) < 2:  # noqa: PLR2004 - nothing to be taken for one another
        return
    for index, mark in enumerate(marks):
        before = marks[index - 1].span.end if index else 0
        after = marks[index + 1].span.start if index + 1 < len(marks) else len(case.reading.blanked)
        pieces = case.reading.blanked[before : mark.span.start], case.reading.blanked[mark.span.end : after]
        own = [
            fact
            for fact in changes
            if any(text.startswith(said) for text in fact.named(mark.kind) for said in mark.texts)
        ]
        stems = [{stem(word) for word in re.findall(r"[a-z]{3,}", piece)} for piece in pieces]
        if own and all(_is_of_another(one, own[0], changes, case) for one in stems if one) and any(stems):
            yield f"the words beside {mark.said} are those of another change"


def _is_of_another(stems: set[str], own: Fact, changes: list[Fact], case: Case) -> bool:
    mine = len(stems & _said(own, case))
    return any(len(stems & _said(fact, case)) > mine for fact in changes if fact is not own)


def _opposed(case: Case) -> Iterator[str]:
    """The contrary of a word of a quotation, without the word itself."""
    quoted = set(re.findall(r"[a-z]+", "\n".join(text.quoted for text in case.texts)))
    if not quoted:
        return
    said = set(case.reading.content)
    for word in said:
        for contrary in OPPOSITES.get(word, ()):
            if contrary in quoted and word not in quoted and contrary not in said and stem(word) not in case.stems:
                yield f"its evidence says {contrary!r}, and it says {word!r}"
