"""Whether a suspect is called no more than that, and no other than it is ranked.

A ranking is evidence that proves nothing: its change may have caused what broke, and may be looked at first. The one
thing to remember: without a ranking there is no suspect, and with one there is still no cause.
"""

import re
from collections.abc import Iterator

from bot.texts.grounding.case import Case, amount
from bot.texts.grounding.language import Span
from bot.texts.grounding.lexicon import CAUSED_BY, CAUSES, DEEDS, SURE, UNPROVEN, UNSURE
from bot.texts.grounding.names import supports
from bot.texts.grounding.rankings import CHANGES, misordered
from bot.texts.grounding.reading import Mention
from bot.texts.sheet import Deed, Fact, FactKind, Role, TermKind

_BLAME = re.compile(
    r"(?<![\w-])(?:broke|behind(?! \x03)|blame|fault|responsible|introduced|regress\w*|slowed|culprit|culpable|"
    r"root cause|"
    r"made|(?:something|anything|much|a lot) to do with|(?:had|has|have|played|plays) (?:a|its|their|some) (?:part|"
    r"hand|"
    r"role|share)|contributed|did it|(?:root|source|origin) of|guilt\w*|took \S+ down|brought \S+ down|ruined|"
    r"wrecked|spoil\w+|(?:comes?|came|stems?|arose) from(?= \x03)|(?:lies?|lay) (?:in|with)(?= \x03)|"
    r"trace[ds]? (?:back )?to|the cause)(?!\w)"
)
_IS_IT = re.compile(
    r"\b(?:it|this|that|what \w+ it|the (?:cause|reason|problem|culprit)) (?:is|was) (?:the |down to |due to )?"
    r"(?:\x03|\x02+'s (?:change|commit|pull|work))"
)
"""`It is #509`: nothing but a name, and no doubt."""
_BLAMES = (CAUSED_BY, CAUSES, _BLAME)
_TURN = re.compile(r"[;:]|, (?:and|but|which|so|the|making|a)\b|\band (?=this|that|it)|\.\s")
"""Behind it, what was unsure in front of it is no longer."""
_NOT_KNOWN = re.compile(r" (?:is |was |still )*(?:not (?:yet )?(?:known|proven|clear|certain)|unknown|unclear|open)")
_NO_PROOF = re.compile(r"\bnot the\b|\bproves nothing\b")
_SOUNDS_SURE = re.compile(
    r"\b(?:is|was|has|have|did)\b[^,;]*\b(?:cause|reason|problem|broke|broken|failed|regress\w*)\b"
)
_NO_PROOF_THAT = re.compile(
    r"\b(?:no|nothing|without|little) (?:\w+ )?(?:proof|proves|evidence|certainty|shows)\b[^;:]*$"
)
_IF = re.compile(r"\b(?:if|unless|until|whether|once|should|in case|as long as|when)\b[^,;:]*$")
_WHETHER_SURE = re.compile(
    r"\bwhether\b[^,;]*\b(?:is|was) (?:(?!not\b)\w+ )?(?:certain|known|proven|clear|confirmed|sure|settled|"
    r"established)\b"
)
_FOREMOST = re.compile(
    r"(?<![\w-])(?:first|top|tops|topmost|likeliest|most|foremost|heads?|headed|leads|prime|main|chief)(?!\w)"
)
_HINDMOST = re.compile(
    r"(?<![\w-])(?:last|least|bottom|lowest|weakest|hindmost|unlikeliest)(?!\w)(?! (?:good|version|release))"
)


def faults(case: Case) -> Iterator[str]:
    words, ranked = case.reading.blanked, rankings(case)
    every = [match for pattern in _BLAMES for match in pattern.finditer(words)]
    blamed = [match for match in every if not _NOT_KNOWN.match(words, match.end())]
    is_unsure = bool(UNSURE.search(words) or UNPROVEN.search(words)) and all(_is_open(match, words) for match in blamed)
    changes = [one for one in case.reading.among(Span(0, len(words)), *CHANGES) if not _is_build(one, case)]
    if ranked and _WHETHER_SURE.search(words):
        yield "it is sure of what its evidence only suspects"
    sure = [one for one in SURE.finditer(words) if not _IF.search(words[: one.start()])]
    if ranked and sure and not _is_denied(words):
        yield "it is sure of what its evidence only suspects"
    if ranked and not is_unsure and (blamed or (_SOUNDS_SURE.search(words) and not UNPROVEN.search(words))):
        yield "it calls a suspect more than a suspect"
    if changes and blamed and not case.is_foreign and not (ranked and is_unsure):
        yield "it gives a change as a cause, which no evidence does"
    if not ranked and DEEDS[Deed.SUSPECTED].search(words) and (changes or case.is_foreign):
        yield "it suspects a change that its evidence does not"
    if ranked and _IS_IT.search(words) and not UNSURE.search(words):
        yield "it calls a suspect more than a suspect"
    yield from _misranked(case, ranked)
    yield from misordered(case, ranked)


def _is_build(one: Mention, case: Case) -> bool:
    """A commit that something was done to is what was built, and no change."""
    return any(fact.kind is FactKind.EVENT and supports(fact, one) for fact in case.facts)


def _is_open(blame: re.Match[str], words: str) -> bool:
    """`may be behind it` is, and `is suspected, and is behind it` is not."""
    start = max((one.end() for one in _TURN.finditer(words, 0, blame.start())), default=0)
    turn = _TURN.search(words, blame.end())
    if _IF.search(words[: blame.start()]) or _NO_PROOF_THAT.search(words[: blame.start()]):
        return True
    return bool(UNSURE.search(words, start, turn.start() if turn else len(words)))


def rankings(case: Case) -> list[Fact]:
    return [fact for fact in case.facts if fact.kind is FactKind.RANKING]


def _is_denied(words: str) -> bool:
    return bool(UNPROVEN.search(words) or _NO_PROOF.search(words))


# ── ranks ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _misranked(case: Case, ranked: list[Fact]) -> Iterator[str]:
    """`#43 is the second suspect`, `the last suspect`: the rank that its fact gives it."""
    for at, rank, said in _ranks(case, ranked):
        who = _ranked_there(case, at)
        ranks = [amount(fact, Role.RANK) for fact in ranked if any(supports(fact, one) for one in who)]
        if who and rank not in ranks:
            yield f"its evidence does not rank {who[0].said} {said}"


def _ranks(case: Case, ranked: list[Fact]) -> Iterator[tuple[int, float, str]]:
    """Places in the sentence where a rank is said, with the rank."""
    if not ranked:
        return
    reading, many = case.reading, amount(ranked[0], Role.COUNT) or 0.0
    for quantity in reading.quantities:
        if quantity.unit == "ordinal" and not _FOREMOST.fullmatch(quantity.said):
            yield quantity.span.start, quantity.value, quantity.said
    for pattern, rank in ((_FOREMOST, 1.0), (_HINDMOST, many)):
        for match in pattern.finditer(reading.lower):
            if not re.match(r" (?:place |step )to (?:look|check)", reading.lower[match.end() :]):
                yield match.start(), rank, match[0]


def _ranked_there(case: Case, at: int) -> tuple[Mention, ...]:
    """Who a rank at this place is of: whoever stands in its clause, else the nearest before it, else behind it."""
    reading, kinds = case.reading, (*CHANGES, TermKind.PERSON)
    every = [one for one in reading.mentions if one.kind in kinds]
    before = [one for one in every if one.span.end <= at]
    return reading.among(reading.clause(at), *kinds) or tuple(before[-1:] or every[:1])
