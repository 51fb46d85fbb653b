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
from bot.texts.grounding.lexicon import CUES
from bot.texts.grounding.sides import REFERENCES
from bot.texts.sheet import Deed, Fact, FactKind, Role


@dataclass(frozen=True, slots=True)
class State:
    """A word for how something stands. `true` and `false` say of a fact whether it settles the word so."""

    pattern: re.Pattern[str]
    true: frozenset[Deed]
    false: frozenset[Deed]
    kinds: frozenset[FactKind]


_DECIDED, _OPEN, _THIN = frozenset({Deed.DECIDED}), frozenset({Deed.WORRIED}), frozenset({Deed.UNDECIDED})
_BLIND, _NONE = frozenset({Deed.BLIND}), frozenset[Deed]()
GONE = frozenset({Deed.ROLLED_BACK, Deed.REJECTED, Deed.CANCELLED})
_RELEASE = frozenset({FactKind.RELEASE, FactKind.ROLLBACK})
_ENDED = _RELEASE | {FactKind.EVENT, FactKind.APPROVAL}
_CONCERN = frozenset({FactKind.CONCERN})
_JUDGED = frozenset({FactKind.METRIC, FactKind.VERDICT, FactKind.ROLLBACK, FactKind.EVENT})
_CANARY = next(pattern for roles, pattern in CUES if roles == {Role.CANARY})
_BEING = re.compile(
    r"\b(?:being|in the process of being) (?P<what>deployed|prepared|proved|staged|queued|rolled back|removed)\b"
)
"""What goes on just now: only a release's own line says so."""
_WANTED = re.compile(
    r"\b(?:next|wait\w*|needs?|needed|until|before|once|when|asks?|await\w*|please|missing|to|must|should|"
    r"whether)\b[^,;]*$"
)
"""Before a word that is only hoped for: `wait for a decision`."""

_PART = re.compile(
    r"\b(?:only|just) (?:one|two|some|a few|half) of\b|\bnot all\b|\b(?:most|some|few|several|many|half|"
    r"hardly any|almost all|"
    r"nearly all|almost none|(?:a|the) (?:majority|minority|handful|couple|bulk|part|rest|few)) of\b(?! the traffic)|"
    r"\b(?:few|most|many|several|hardly any|almost no|almost all|nearly all) (?:of the )?(?:metrics|limits|"
    r"criteria|checks)\b"
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
    State(
        re.compile(r"(?<![\w-])(?:last|after(?= (?:everything|anything|all|the))|later|afterwards)(?!\w)"),
        _NONE,
        frozenset({Deed.FIX_FIRST}),
        _CONCERN,
    ),
    State(re.compile(r"(?<![\w-])released(?! (?:and|with|only))(?!\w)"), _NONE, GONE, _ENDED),
    State(
        re.compile(
            r"(?<![\w-])(?:ma(?:de|ke) it(?=[.,;:]|$| (?:through|out|alive|live|and|but)\b)|"
            r"(?:go|went|gone) out(?! (?:to|on)\b)|"
            r"(?:go|went|gone) through|get through|got through|survived?|(?<=did )ship|(?<=not )ship|(?<=n't )ship|"
            r"(?<=never )shipped|(?<=not )been shipped|land(?:ed)? for good)(?!\w)"
        ),
        _NONE,
        GONE,
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
    State(
        re.compile(r"(?<![\w-])(?:kept|left|stayed|remained|still) (?:running|live|in place|deployed|up)(?!\w)"),
        _NONE,
        frozenset({Deed.UNDONE, Deed.RESTORED}),
        frozenset({FactKind.EVENT, FactKind.ROLLBACK}),
    ),
    State(
        re.compile(
            r"\b(?:some|much|most|part|a (?:little|bit|part)) (?:of (?:the|its) )?traffic\b(?=.* (?:left|remain|"
            r"stay|still))"
        ),
        _NONE,
        frozenset({Deed.RESTORED}),
        frozenset({FactKind.ROLLBACK}),
    ),
    State(
        re.compile(
            r"(?<=\bno )(?:clear |definite |final |firm |conclusive )?(?:verdict|conclusion|judgement|result|"
            r"answer)\b|"
            r"(?<=\ba )(?:clear|definite|final|firm|conclusive) (?:verdict|conclusion|judgement|result|answer)\b"
        ),
        _NONE,
        _THIN,
        _JUDGED,
    ),
    State(
        re.compile(
            r"(?<![\w-])(?:(?:do|does|did|doing|done|fared?) (?:\w+ )?(?:well|fine|ok|okay)|(?:well|good|high|"
            r"low|fast) "
            r"enough(?! to (?:fail|break))|meets?|met|satisf(?:y|ied|ies)|measured? up|h[oe]ld up|stood up|"
            r"lived? up to|"
            r"pass muster|came? up to|made? the (?:cut|grade))(?!\w)"
        ),
        frozenset({Deed.PASSED}),
        frozenset({Deed.FAILED}),
        frozenset({FactKind.METRIC}),
    ),
    State(
        re.compile(
            r"(?<![\w-])(?:watch|observation)(?: period| phase)? (?:is|was|has) (?:now |already )?(?:over|ended|"
            r"complete|"
            r"completed|finished|done|through|past)(?!\w)"
        ),
        frozenset({Deed.HEALTHY}),
        frozenset({Deed.WATCHED}),
        frozenset({FactKind.RELEASE}),
    ),
    State(
        re.compile(
            r"(?<![\w-])(?:readable|(?:be|was|were|been|still|could) read|respond(?:ed)?|"
            r"answer(?:ed)?)(?!\w)"
        ),
        _NONE,
        _BLIND,
        _JUDGED,
    ),
)


_COMES_ABOUT = re.compile(
    r"(?<![\w-])(?:(?:go|goes|went|gone|come|came|get|gets|got|gotten|make|made) (?:it )?(?:through|out|live|"
    r"off|about|any "
    r"(?:further|farther|better)|far|further|past|beyond|anywhere|all the way)?|works?|worked|succeed(?:ed|s)?|"
    r"reach(?:ed|es)?|"
    r"happen(?:ed|s)?|land(?:ed|s)?|arriv(?:ed|es?)|finish(?:ed|es)?|complet(?:ed|es?)|live|available|released|"
    r"ship(?:s|ped)?|"
    r"in (?:use|production|service)|pann?(?:ed)? out|t[ao]ke? (?:place|effect)|possible|been (?:possible|done|"
    r"able)|able to|"
    r"surviv(?:ed|es?)|last(?:ed)?|stay(?:ed)?|stand|stood|a success|successful|what it should)(?!\w)"
)
"""That something came about, in the plainest words; denied it needs a fact of what did not."""
_ON_THE_WAY = frozenset({Deed.DEPLOYED, Deed.UNDONE, Deed.PREPARED})


def is_undone(span: Span, case: Case) -> bool:
    """`It never made it to staging`, where a fact says of something that it did not come about, or was taken back."""
    blanked = case.reading.blanked
    return _has_failed(case) and any(
        denier(blanked, match.start(), case.reading.deniers) for match in _COMES_ABOUT.finditer(blanked, *_ends(span))
    )


def _ends(span: Span) -> tuple[int, int]:
    return span.start, span.end


def _has_failed(case: Case) -> bool:
    return any(_ON_THE_WAY & set(fact.denied) or GONE & set(fact.deeds) for fact in case.facts)


def faults(case: Case) -> Iterator[str]:
    for state, at, said in _found(case):
        is_said = denier(case.reading.blanked, at, case.reading.deniers) is None
        if _WANTED.search(case.reading.blanked[:at]) and is_said:
            continue
        truths = {_truth(state, fact) for fact in _asked(state, at, case)} - {None}
        if truths == {not is_said}:
            yield f"its evidence says the contrary of {'' if is_said else 'not '}{said!r}"
    for match in _BEING.finditer(case.reading.blanked):
        if match["what"] not in case.lower:
            yield f"its evidence does not say that it is {match[0]}"
    if (every := _EVERY.search(case.reading.lower)) and not _is_of_every(case):
        yield f"its evidence does not say that of {every[0]!r}"
    if (part := _PART.search(case.reading.lower)) and case.measured:
        yield f"its evidence does not say {part[0]!r}"
    if re.search(r"\bnor\b", case.reading.lower) and not re.search(r"\b(?:neither|not|no|never)\b", case.reading.lower):
        yield "it says nor without neither"


def _asked(state: State, at: int, case: Case) -> tuple[Fact, ...]:
    """The facts that a word is said of: beside a metric's name, those of that metric."""
    if state.kinds != {FactKind.METRIC}:
        return case.facts
    clause = case.reading.clause(at)
    around = re.split(r"[;]|\b(?:while|whereas|but)\b", case.sided[:at])[-1] + case.sided[at : clause.end]
    on_other = any(pattern.search(around) for roles, pattern in CUES if roles <= REFERENCES) and not _CANARY.search(
        around
    )
    return () if on_other else case.about(case.reading.metrics_of(at))


def _is_of_every(case: Case) -> bool:
    """Whether what is said to have passed or failed did so in every measurement that is cited."""
    said = {told.deed for told in case.reading.deeds if told.denied_by is None} & {Deed.PASSED, Deed.FAILED}
    return not any(deed in fact.denied for deed in said for fact in case.measured) or len(said) > 1


def used_denials(case: Case) -> set[Span]:
    """The negations that were understood here."""
    reading = case.reading
    settled = [
        at
        for state, at, _said in _found(case)
        if any(_truth(state, fact) is not None for fact in _asked(state, at, case))
    ]
    if _has_failed(case):
        settled += [match.start() for match in _COMES_ABOUT.finditer(reading.blanked)]
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
