"""Whether what a sentence calls open, decided, enough or readable is that, by what the cited facts leave undone.

A row of the table is a word with the deeds that make it true and those that make it false; `not`, `no`, `too few` turn
it round. The one thing to remember: only a fact that says the one or the other decides, and without one the word is
left to the other checks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.texts.grounding.case import Case
from bot.texts.grounding.language import Span, denier
from bot.texts.sheet import Deed, Fact, FactKind


@dataclass(frozen=True, slots=True)
class State:
    """A word for how something stands. `true` and `false` say of a fact whether it settles the word so."""

    pattern: re.Pattern[str]
    true: frozenset[Deed]
    false: frozenset[Deed]
    kinds: frozenset[FactKind]


_DECIDED, _OPEN, _THIN = frozenset({Deed.DECIDED}), frozenset({Deed.WORRIED}), frozenset({Deed.UNDECIDED})
_BLIND, _NONE = frozenset({Deed.BLIND}), frozenset[Deed]()
_GONE = frozenset({Deed.ROLLED_BACK, Deed.REJECTED, Deed.CANCELLED})
_RELEASE = frozenset({FactKind.RELEASE, FactKind.ROLLBACK})
_ENDED = _RELEASE | {FactKind.EVENT, FactKind.APPROVAL}
_CONCERN = frozenset({FactKind.CONCERN})
_JUDGED = frozenset({FactKind.METRIC, FactKind.VERDICT, FactKind.ROLLBACK, FactKind.EVENT})
_WANTED = re.compile(
    r"\b(?:next|wait\w*|needs?|needed|until|before|once|when|asks?|await\w*|please|missing|to|must|should|"
    r"whether)\b[^,;]*$"
)
"""Before a word that is only hoped for: `wait for a decision`."""

_PART = re.compile(
    r"\b(?:only|just) (?:one|two|some|a few|half) of\b|\bnot all\b|\b(?:most|some|few) of\b(?! the traffic)"
)

_EVERY = re.compile(
    r"\b(?:all|every|each|both|most)(?: of)?(?: the| its)? (?:\w+ )?(?:metrics?|criteria|criterion|checks?|"
    r"comparisons?|"
    r"measurements?|of (?:them|these))\b"
)

STATES: tuple[State, ...] = (
    State(re.compile(r"(?<![\w-])(?:decisions?|decided|settled|closed|resolved)(?!\w)"), _DECIDED, _OPEN, _CONCERN),
    State(re.compile(r"(?<![\w-])(?:(?<!to )open|pending|undecided|unsettled)(?!\w)"), _OPEN, _DECIDED, _CONCERN),
    State(re.compile(r"(?<![\w-])(?:enough|sufficient|decided|certain|settled|judged)(?!\w)"), _NONE, _THIN, _JUDGED),
    State(re.compile(r"(?<![\w-])last(?!\w)"), _NONE, frozenset({Deed.FIX_FIRST}), _CONCERN),
    State(re.compile(r"(?<![\w-])released(?! (?:and|with|only))(?!\w)"), _NONE, _GONE, _ENDED),
    State(
        re.compile(
            r"(?<![\w-])(?:ma(?:de|ke) it(?=[.,;:]|$| (?:through|out|alive|live|and|but)\b)|"
            r"(?:go|went|gone) out(?! (?:to|on)\b)|"
            r"(?:go|went|gone) through|get through|got through|survived?|(?<=did )ship|(?<=not )ship|(?<=n't )ship|"
            r"(?<=never )shipped|(?<=not )been shipped|land(?:ed)? for good)(?!\w)"
        ),
        _NONE,
        _GONE,
        _ENDED,
    ),
    State(
        re.compile(r"(?<![\w-])(?:verdict|conclusion|judgement)(?= (?:is|was) (?:possible|reached))"),
        _NONE,
        _THIN,
        _JUDGED,
    ),
    State(
        re.compile(
            r"(?<![\w-])(?:too many|too much|plenty|ample|(?:all|most|much) (?:of )?(?:the |its |their )?(?:needed |"
            r"required |necessary )?(?:data|samples|measurements)|(?:lots|a lot|masses|heaps|loads) of (?:data|"
            r"traffic)|"
            r"(?:much|many|plenty) to (?:judge|go|decide|conclude|build|say|work))(?!\w)"
        ),
        _NONE,
        _THIN,
        _JUDGED,
    ),
    State(re.compile(r"(?<![\w-])(?:readable|be read|respond(?:ed)?|answer(?:ed)?)(?!\w)"), _NONE, _BLIND, _JUDGED),
)


def faults(case: Case) -> Iterator[str]:
    for state, at, said in _found(case):
        is_said = denier(case.reading.blanked, at, case.reading.deniers) is None
        if _WANTED.search(case.reading.blanked[:at]) and is_said:
            continue
        truths = {_truth(state, fact) for fact in case.facts} - {None}
        if truths == {not is_said}:
            yield f"its evidence says the contrary of {'' if is_said else 'not '}{said!r}"
    if (every := _EVERY.search(case.reading.lower)) and not _is_of_every(case):
        yield f"its evidence does not say that of {every[0]!r}"
    if (part := _PART.search(case.reading.lower)) and case.measured:
        yield f"its evidence does not say {part[0]!r}"
    if re.search(r"\bnor\b", case.reading.lower) and not re.search(r"\b(?:neither|not|no|never)\b", case.reading.lower):
        yield "it says nor without neither"


def _is_of_every(case: Case) -> bool:
    """Whether what is said to have passed or failed did so in every measurement that is cited."""
    said = {told.deed for told in case.reading.deeds if told.denied_by is None} & {Deed.PASSED, Deed.FAILED}
    return not any(deed in fact.denied for deed in said for fact in case.measured) or len(said) > 1


def used_denials(case: Case) -> set[Span]:
    """The negations that were understood here."""
    reading = case.reading
    settled = [at for state, at, _said in _found(case) if any(_truth(state, fact) is not None for fact in case.facts)]
    return {span for at in settled if (span := denier(reading.blanked, at, reading.deniers))}


def _found(case: Case) -> Iterator[tuple[State, int, str]]:
    for state in STATES:
        for match in state.pattern.finditer(case.reading.blanked):
            is_of_concern = re.search(r"\bconcern\b", case.reading.blanked)
            if (
                state.kinds != _CONCERN
                or is_of_concern
                or not any(re.search(rf"\b{match[0]}\b", text.quoted) for text in case.texts)
            ):
                yield state, match.start(), match[0]


def _truth(state: State, fact: Fact) -> bool | None:
    if fact.kind not in state.kinds:
        return None
    if fact.kind is FactKind.CONCERN and Deed.WORRIED in fact.deeds and Deed.DECIDED not in fact.denied:
        return None  # decided, by another fact
    if state.true & set(fact.deeds):
        return True
    return False if state.false & set(fact.deeds) else None
