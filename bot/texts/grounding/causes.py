"""Whether what a sentence gives as a cause is stated as one.

Only some facts state a cause: a rollback its metrics or its reason, a hold, a rejection, a failed deploy theirs. No
fact states that a change caused anything. The one thing to remember: two facts that are both true are not a cause.
"""

import re
from collections.abc import Iterator

from bot.texts.grounding import states
from bot.texts.grounding.case import Case
from bot.texts.grounding.language import Span, normal, stem
from bot.texts.grounding.lexicon import BEYOND, CAUSED_BY, CAUSES, DEEDS, IMPLIED, UNSURE, WORSE
from bot.texts.grounding.licences import CHANGE_STEMS, GRAMMAR_STEMS, is_ordinary
from bot.texts.grounding.names import supports
from bot.texts.grounding.rankings import CHANGES
from bot.texts.grounding.suspects import rankings
from bot.texts.sheet import Cause, Deed, FactKind, TermKind

_END = re.compile(r"[;.]\s|[;.]$|, (?:and|which|so|but|then)\b|\bwhile\b|\bbut\b")
_REASON_FOR = re.compile(
    r"\b(?:reasons?|causes?|trigger|grounds?) (?:for|of|behind) (?P<effect>[^,;:]{3,60}?) (?:was|is|were|being|"
    r"lay in|lies in)\b"
)
_WAS = re.compile(r"\b(?:was|is|were|are)\b")
"""In `what led to it was …`, where the cause begins."""
_PRONOUN = re.compile(r"^\W*(?:this|that|it|which|these|both)\b")


def faults(case: Case) -> Iterator[str]:
    for effect, cause, said in _stated(case):
        if not _says_something(effect, case) and not _is_suspected(cause, case):
            yield f"it calls something a cause of nothing: {said!r}"
            continue
        stated = any(_is_stated(one, effect, cause, case) for one in _causes(case))
        is_open = (
            _is_conclusion(effect, said, case)
            or _is_end(effect, cause, case)
            or _is_advice(effect, case)
            or _is_suspected(cause, case)
        )
        if not stated and not is_open and not _is_explained(effect, cause, case) and not _is_own(cause, case):
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
    for match in _REASON_FOR.finditer(blanked):
        yield Span(*match.span("effect")), Span(match.end(), len(blanked)), match[0]
    for span, is_behind in sorted(found, key=lambda one: one[0].start):
        said = blanked[span.start : span.end]
        if _is_quoted(said, case):
            continue
        if not is_behind and blanked[: span.start].strip() == "what" and (turn := _WAS.search(blanked, span.end)):
            yield Span(span.end, turn.start()), Span(turn.end(), len(blanked)), said
            continue
        if not is_behind and blanked[span.end :].startswith(":"):
            yield Span(0, span.start), Span(span.end, len(blanked)), said
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
    if reading.among(cause, *CHANGES):
        return False
    is_listed = blanked[cause.start : cause.end].startswith(":") and bool(one.metrics)  # `two were to blame: …`
    if not is_listed and not _tells(effect, one.of, case):
        return False
    words = blanked[cause.start : cause.end]
    metrics = reading.among(cause, TermKind.METRIC)
    strange = _strange(words, one, case)
    if metrics:
        named = [any(name in one.metrics or name in one.words for name in mention.texts) for mention in metrics]
        return all(named) and not strange
    if quoted := [said for span, said in reading.quotations if cause.holds(span)]:
        return all(said in normal(one.words).lower() for said in quoted)
    if one.words:
        return _is_reason(words, one, case) and len(strange) * 2 <= len(_content(words))
    hints = _has_deed(words, one.deeds) or WORSE.search(words) or BEYOND.search(words) or _PRONOUN.match(words)
    return bool(one.metrics) and bool(hints) and not strange


def _is_suspected(cause: Span, case: Case) -> bool:
    """A change that is ranked, or `it`, with `may` or `likely` in the sentence: a suspicion in other words."""
    named, ranked = case.reading.among(cause, *CHANGES), rankings(case)
    is_ranked = bool(ranked) and all(any(supports(fact, one) for fact in ranked) for one in named)
    is_meant = bool(named) or not case.reading.among(cause, TermKind.METRIC)
    return is_ranked and is_meant and bool(UNSURE.search(case.reading.blanked))


def _says_something(effect: Span, case: Case) -> bool:
    """`which is the root cause`, of nothing that is said, is a claim of its own."""
    said = case.reading.blanked[effect.start : effect.end]
    is_told = any(effect.holds(told.span) for told in case.reading.deeds)
    return is_told or bool(_telling(said)) or any(effect.holds(one.span) for one in case.reading.mentions)


def _is_advice(effect: Span, case: Case) -> bool:
    """`Please review #80, as it …`: nothing is told that could have a cause."""
    done = [told for told in case.reading.deeds if effect.holds(told.span) and not (told.is_open or told.is_asked)]
    return not done and not case.reading.among(effect, TermKind.METRIC) and case.reading.is_advice


def _is_conclusion(effect: Span, said: str, case: Case) -> bool:
    """`It was found at 30 %, so it had drifted`: one fact that states no cause, told in two halves."""
    told = {told.deed for told in case.reading.deeds if effect.holds(told.span)}
    is_one = len(case.facts) == 1 and case.facts[0].cause is None and not case.is_foreign
    return (
        is_one and said.strip(" ,") in ("so", "therefore", "hence") and bool(told) and told <= set(case.facts[0].deeds)
    )


def _is_end(effect: Span, cause: Span, case: Case) -> bool:
    """`It is not live, as it was rolled back`: how it ended says why it did not come about."""
    ends = {told.deed for told in case.reading.deeds if cause.holds(told.span) and told.denied_by is None} & states.GONE
    return states.is_undone(effect, case) and bool(ends) and any(case.with_deed(*ends))


def _is_own(cause: Span, case: Case) -> bool:
    """Why a metric failed, by its own numbers: `because it was 14 times the control's`."""
    own = {name for fact in case.facts for name in fact.named(TermKind.METRIC)}
    named = case.reading.among(cause, TermKind.METRIC)
    is_measured = all(fact.kind is FactKind.METRIC and Deed.FAILED in fact.deeds for fact in case.facts)
    return is_measured and len(own) == 1 and all(one.texts & own for one in named) and bool(case.reading.numbers(cause))


def _is_explained(effect: Span, cause: Span, case: Case) -> bool:
    """What a change does, by what it says itself: `faster, because it needs one query`."""
    reading, changes = case.reading, [fact for fact in case.facts if fact.kind is FactKind.CHANGE]
    if not case.is_foreign or len(changes) != 1:
        return False
    named = (*CHANGES, TermKind.METRIC)
    if not _telling(reading.blanked[cause.start : cause.end]) - CHANGE_STEMS:
        marks = reading.among(cause, *CHANGES)
        return bool(marks) and all(supports(changes[0], one) for one in marks) and not WORSE.search(reading.blanked)
    if reading.among(cause, *named) or reading.among(effect, TermKind.METRIC) or WORSE.search(reading.blanked):
        return False
    words = reading.blanked[cause.start : cause.end]
    said = {stem(word) for word in _content(words)} or _telling(words)
    return bool(said) and 2 * len(said & case.quoted_stems) >= len(said)


def _tells(effect: Span, deeds: tuple[Deed, ...], case: Case) -> bool:
    """A deed in any of its senses, or that something did not come about."""
    wanted = set(deeds).union(*(IMPLIED.get(deed, frozenset()) for deed in deeds))
    is_told = any(told.deed in wanted and effect.holds(told.span) for told in case.reading.deeds)
    return (
        is_told or _has_deed(case.reading.blanked[effect.start : effect.end], deeds) or states.is_undone(effect, case)
    )


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
    return {stem(word) for word in re.findall(r"[a-z]{3,}", text)} - GRAMMAR_STEMS


def _is_reason(words: str, one: Cause, case: Case) -> bool:
    """Half of the words of the reason's content, at least one."""
    reason, said = (_telling(text) for text in (one.words.lower(), words))
    by_deed = _has_deed(words, one.deeds)
    return (bool(said & reason) and 2 * len(said & reason) >= min(len(said), len(reason))) or (
        by_deed and not said - reason - case.stems
    )
