"""Whether what a sentence gives as a cause is stated as one, and whether a suspect is called no more than that.

Only some facts state a cause: a rollback its metrics or its reason, a hold, a rejection, a failed deploy theirs. No
fact states that a change caused anything. The one thing to remember: two facts that are both true are not a cause.
"""

import re
from collections.abc import Iterator

from bot.texts.grounding.case import Case, amount
from bot.texts.grounding.contents import is_ordinary
from bot.texts.grounding.language import Span, stem
from bot.texts.grounding.lexicon import BEYOND, CAUSED_BY, CAUSES, DEEDS, IMPLIED, SURE, UNPROVEN, UNSURE, WORSE
from bot.texts.grounding.names import supports
from bot.texts.grounding.vocabulary import FUNCTION_STEMS
from bot.texts.sheet import Cause, Deed, FactKind, Role, TermKind

_CHANGES = (TermKind.PULL_REQUEST, TermKind.COMMIT, TermKind.PATH)
_END = re.compile(r"[;.]\s|[;.]$|, (?:and|which|so|but|then)\b|\bwhile\b|\bbut\b")
_PRONOUN = re.compile(r"^\W*(?:this|that|it|which|these|both)\b")
_BLAME = re.compile(
    r"(?<![\w-])(?:broke|behind|blame|fault|responsible|introduced|regress\w*|slowed|culprit|culpable|root cause|"
    r"made)(?!\w)"
)


def faults(case: Case) -> Iterator[str]:
    yield from _suspects(case)
    for effect, cause, said in _stated(case):
        stated = any(_is_stated(one, effect, cause, case) for one in _causes(case))
        if not stated and not _is_explained(effect, cause, case) and not _is_suspected(cause, case):
            yield f"its evidence does not state that cause: {said!r}"


def _causes(case: Case) -> Iterator[Cause]:
    return (fact.cause for fact in case.facts if fact.cause is not None)


def _stated(case: Case) -> Iterator[tuple[Span, Span, str]]:
    """Every effect with its cause, as places in the sentence, and the words that join them."""
    blanked = case.reading.blanked
    found = [(Span(*match.span()), True) for match in CAUSED_BY.finditer(blanked)]
    found += [
        (Span(*m.span()), False)
        for m in CAUSES.finditer(blanked)
        if not any(s.start < m.end() and m.start() < s.end for s, _ in found)
    ]
    for span, is_behind in sorted(found, key=lambda one: one[0].start):
        said = blanked[span.start : span.end]
        if _is_quoted(said, case):
            continue
        end = _END.search(blanked, span.end)
        rest = Span(span.end, end.start() if end else len(blanked))
        first = Span(0, span.start)
        if not blanked[: span.start].strip(" ,.-") and is_behind:
            comma = blanked.find(",", span.end)
            if comma < 0:
                yield rest, rest, said
                continue
            rest, first = Span(span.end, comma), Span(comma, len(blanked))
        yield (first, rest, said) if is_behind else (rest, first, said)


def _is_quoted(said: str, case: Case) -> bool:
    """The words of a change's own title or of a person, in a sentence about nothing else."""
    return case.is_foreign and any(said in text.quoted for text in case.texts)


def _is_stated(one: Cause, effect: Span, cause: Span, case: Case) -> bool:
    blanked, reading = case.reading.blanked, case.reading
    if reading.among(cause, *_CHANGES):
        return False
    if not _has_deed(blanked[effect.start : effect.end], one.of):
        return False
    words = blanked[cause.start : cause.end]
    metrics = reading.among(cause, TermKind.METRIC)
    strange = _strange(words, one, case)
    if metrics:
        named = [any(name in one.metrics or name in one.words for name in mention.texts) for mention in metrics]
        return all(named) and not strange
    if one.words:
        return _is_reason(words, one) and len(strange) * 2 <= len(_content(words))
    hints = _has_deed(words, one.deeds) or WORSE.search(words) or BEYOND.search(words) or _PRONOUN.match(words)
    return bool(one.metrics) and bool(hints) and not strange


def _is_suspected(cause: Span, case: Case) -> bool:
    """A change that is ranked, with `may`, `possibly`, `likely` in the sentence: a suspicion in other words."""
    named = case.reading.among(cause, *_CHANGES)
    ranked = [fact for fact in case.facts if fact.kind is FactKind.RANKING]
    is_ranked = all(any(supports(fact, one) for fact in ranked) for one in named)
    return bool(named) and is_ranked and bool(UNSURE.search(case.reading.blanked))


def _is_explained(effect: Span, cause: Span, case: Case) -> bool:
    """What a change does, by what it says itself: `faster, because it needs one query`."""
    reading, changes = case.reading, [fact for fact in case.facts if fact.kind is FactKind.CHANGE]
    if len(changes) != len(case.facts) or len(changes) != 1:
        return False
    named = (*_CHANGES, TermKind.METRIC)
    if reading.among(cause, *named) or reading.among(effect, TermKind.METRIC) or WORSE.search(reading.blanked):
        return False
    said = {stem(word) for word in _content(reading.blanked[cause.start : cause.end])}
    return bool(said) and 2 * len(said & case.quoted_stems) >= len(said)


def _has_deed(words: str, deeds: tuple[Deed, ...]) -> bool:
    wanted = set(deeds).union(*(IMPLIED.get(deed, frozenset()) for deed in deeds)) if deeds else set()
    return any(DEEDS[deed].search(words) for deed in wanted)


def _content(words: str) -> list[str]:
    return [word for word in re.findall(r"[a-z]{3,}", words) if not is_ordinary(word)]


def _strange(words: str, one: Cause, case: Case) -> list[str]:
    """Words of a cause that neither its fact nor a cited measurement has."""
    known = case.stems | {stem(word) for word in re.findall(r"[a-z]+", one.words.lower())}
    return [word for word in _content(words) if stem(word) not in known]


def _telling(text: str) -> set[str]:
    """The stems of its words that are more than grammar."""
    return {stem(word) for word in re.findall(r"[a-z]{3,}", text)} - FUNCTION_STEMS


def _is_reason(words: str, one: Cause) -> bool:
    """Half of the words of the reason's content, at least one."""
    reason, said = (_telling(text) for text in (one.words.lower(), words))
    by_deed = _has_deed(words, one.deeds)
    return (bool(said & reason) and 2 * len(said & reason) >= min(len(said), len(reason))) or (
        by_deed and not said - reason
    )


# ── suspects ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _suspects(case: Case) -> Iterator[str]:
    """A change with blame beside it: only a ranking's, and only as likely."""
    reading = case.reading
    ranked = [fact for fact in case.facts if fact.kind is FactKind.RANKING]
    whole = Span(0, len(reading.blanked))
    changes = reading.among(whole, *_CHANGES)
    words = reading.blanked
    blames = CAUSED_BY.search(words) or CAUSES.search(words) or _BLAME.search(words)
    if ranked and SURE.search(words) and not _denied(words):
        yield "it is sure of what its evidence only suspects"
    if ranked and not UNSURE.search(words) and (blames or _sounds_sure(words)):
        yield "it calls a suspect more than a suspect"
    if changes and blames and not case.is_foreign and not (ranked and UNSURE.search(words)):
        yield "it gives a change as a cause, which no evidence does"
    yield from _misranked(case)
    if not ranked and DEEDS[Deed.SUSPECTED].search(words) and (changes or case.is_foreign):
        yield "it suspects a change that its evidence does not"


def _misranked(case: Case) -> Iterator[str]:
    """`#43 is the second suspect`: the rank that its fact gives it."""
    reading = case.reading
    for quantity in reading.quantities:
        said = [fact for fact in case.facts if fact.kind is FactKind.RANKING]
        if quantity.unit != "ordinal" or not said:
            continue
        clause = reading.clause(quantity.span.start)
        who = reading.among(clause, *_CHANGES, TermKind.PERSON)
        before = [one for one in reading.mentions if one.kind in (*_CHANGES, TermKind.PERSON)]
        who = who or tuple(before[-1:])
        ranks = [amount(fact, Role.RANK) for fact in said if any(supports(fact, one) for one in who)]
        if who and quantity.value not in ranks:
            yield f"its evidence does not rank {who[0].said} {quantity.said}"


def _denied(words: str) -> bool:
    return bool(UNPROVEN.search(words) or re.search(r"\bnot the\b|\bproves nothing\b", words))


def _sounds_sure(words: str) -> bool:
    return bool(
        re.search(
            r"\b(?:is|was|has|have|did)\b[^,;]*\b(?:cause|reason|problem|broke|broken|failed|regress\w*)\b", words
        )
    )
