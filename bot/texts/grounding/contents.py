"""Whether a sentence speaks of what its evidence speaks of.

A sentence about changes shares words with each change that it cites, and with none that it does not cite more, and
beside a change's number or author stand that one's words. The one thing to remember: what a change is said to do with
its own words, put together another way, passes.
"""

import re
from collections.abc import Iterator
from itertools import combinations, pairwise

from bot.texts.grounding.case import Case
from bot.texts.grounding.contraries import OPPOSITES
from bot.texts.grounding.language import Span, stem, words
from bot.texts.grounding.licences import CHANGE_STEMS, GRAMMAR_STEMS
from bot.texts.grounding.names import supports
from bot.texts.grounding.synonyms import alike
from bot.texts.sheet import Deed, Fact, FactKind, TermKind

_MARKS = (TermKind.PULL_REQUEST, TermKind.COMMIT, TermKind.PERSON)
_PART = re.compile(
    r"[;:]|, (?:and|while|whereas|but)\b|, (?=[\x02\x03])|"
    r"\b(?:and|while|whereas|but)\b(?= [\x02\x03]|(?: \w+){1,4} (?:in|by|from|with) [\x02\x03])"
)
"""What parts one change from the next in a sentence about several."""

_IS_OF = re.compile(r"[\x02\x03] (?:changes|touches|concerns|is about) (?:the |its |our )?[a-z]")
"""What a change is of, said in one word: that word is its own, however plain it is."""

TOLD_MIN = 2
"""Words that say what a change is about; a name with fewer beside it says that it is there."""


def faults(case: Case) -> Iterator[str]:
    yield from _opposed(case)
    if case.facts and all(fact.kind is FactKind.CONCERN for fact in case.facts):
        yield from _of_concerns(case)
    if any(fact.kind is FactKind.CHANGE for fact in case.facts):
        yield from _of_changes(case)


def _of_concerns(case: Case) -> Iterator[str]:
    """What stands behind a colon is the concern's, or what was decided about it."""
    _before, colon, told = case.reading.blanked.partition(":")
    said = {stem(found[0]) for found in words(told) if len(found[0]) > 2} - GRAMMAR_STEMS  # noqa: PLR2004 - `is`, `of`
    if colon and said and not said & (case.stems | alike(case.quoted_stems)):
        yield "it says nothing that the concern it cites says"


def _content(case: Case) -> list[str]:
    """Stems of the words that say something, without the words that any sentence about a change may have."""
    stems = (stem(word) for word in case.reading.content if len(word) > 2)  # noqa: PLR2004 - `is`, `of`
    return [one for one in stems if one not in GRAMMAR_STEMS and one not in CHANGE_STEMS]


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
    return (case.known.texts[fact.number].quoted_stems | paths) - GRAMMAR_STEMS - CHANGE_STEMS


def _swapped(case: Case, changes: list[Fact]) -> Iterator[str]:
    """In the part of each number or author stand the words of that one's change, not those of another cited one."""
    if len(changes) < 2:  # noqa: PLR2004 - nothing to be taken for one another
        return
    if _is_crossed(case, changes):
        yield "it puts the words of one change beside the name of another"
    for start, end in _parts(case.reading.blanked):
        marks = case.reading.among(Span(start, end), *_MARKS)
        own = [fact for fact in changes if marks and all(supports(fact, one) for one in marks)]
        content = {stem(found[0]) for found in words(case.reading.blanked[start:end])} - GRAMMAR_STEMS
        mine = max((len(content & _said(fact, case)) for fact in own), default=0)
        theirs = max((len(content & _said(fact, case)) for fact in changes if fact not in own), default=0)
        if own and theirs > mine:
            yield f"the words beside {marks[0].said} are those of another change"
        if own and not mine and _IS_OF.search(case.reading.blanked[start:end]):
            yield f"change {marks[0].said} is not of that"


def _is_ordered(case: Case) -> bool:
    """Its orders are asked elsewhere: they are of events, or of what is to be looked at."""
    return not case.is_foreign or all(fact.kind is FactKind.RANKING for fact in case.facts)


def _is_crossed(case: Case, changes: list[Fact]) -> bool:
    """Numbers, authors and topics name the changes in one order, whatever is said of them."""
    rows = [_topics(case, changes)]
    for kind in _MARKS:
        marks = [one for one in case.reading.mentions if one.kind is kind]
        owners = [[fact.number for fact in changes if supports(fact, one)] for one in marks]
        rows.append(list(dict.fromkeys(found[0] for found in owners if len(found) == 1)))
    for row, other in combinations(rows, 2):
        common = set(row) & set(other)
        if [one for one in row if one in common] != [one for one in other if one in common]:
            return True
    return False


def _topics(case: Case, changes: list[Fact]) -> list[int]:
    """The changes in the order in which a word that only one of them has is said."""
    said = {fact.number: _said(fact, case) for fact in changes}
    owners = (
        [number for number, stems in said.items() if stem(found[0]) in stems] for found in words(case.reading.blanked)
    )
    return list(dict.fromkeys(found[0] for found in owners if len(found) == 1))


def _parts(blanked: str) -> Iterator[tuple[int, int]]:
    cuts = [0, *(found.start() for found in _PART.finditer(blanked)), len(blanked)]
    yield from pairwise(cuts)


def _opposed(case: Case) -> Iterator[str]:
    """The contrary of a word of a quotation, without the word itself."""
    quoted = set(re.findall(r"[a-z]+", "\n".join(text.quoted for text in case.texts)))
    if not quoted:
        return
    said = set(case.reading.content)
    for word in said:
        is_order = word in ("before", "after", "since", "first", "last")
        if is_order and (_is_ordered(case) or any(case.with_deed(Deed.FIX_FIRST))):
            continue  # an order, which is asked elsewhere
        for contrary in OPPOSITES.get(word, ()):
            if contrary in quoted and word not in quoted and contrary not in said and stem(word) not in case.stems:
                yield f"its evidence says {contrary!r}, and it says {word!r}"
