"""Whether every word of a sentence has a licence: the last net, under all that the other checks can read.

A word that no check has read, that the cited facts do not have and that nothing like them is described with, tells
something that the evidence does not. The one thing to remember: one such word is enough, because `the team apologised`
needs no second one; what is lost are paraphrases, and only by adding a word to a table are they won back.
"""

import re
from collections.abc import Iterator

from bot.texts.grounding import lexicon
from bot.texts.grounding.case import Case
from bot.texts.grounding.common import ADVISED, COMMON, is_manner
from bot.texts.grounding.language import Span, stem, words
from bot.texts.grounding.licences import GRAMMAR_STEMS, LICENCES
from bot.texts.grounding.synonyms import alike
from bot.texts.sheet import FactKind, TermKind

_IDIOMS = re.compile(
    r"\b(?:if|when) in doubt\b|\bkeep an eye\b|\bunder the hood\b|\bas you (?:like|wish|want|please)\b|"
    r"\bby all means\b|\b(?:make|makes|made|making|be) sure\b"
)
"""Phrases whose words say something else alone."""

_READ: tuple[re.Pattern[str], ...] = (
    *lexicon.DEEDS.values(),
    *lexicon.DIRECTIONS.values(),
    *(pattern for _roles, pattern in lexicon.CUES),
    *lexicon.LASTING.values(),
    lexicon.WORSE,
    lexicon.BETTER,
    lexicon.SLOWER,
    lexicon.FASTER,
    lexicon.BEYOND,
    lexicon.INSIDE,
    lexicon.COMPARING,
    lexicon.CAUSED_BY,
    lexicon.CAUSES,
    lexicon.BEFORE,
    lexicon.AFTER,
    lexicon.AUTOMATIC,
    lexicon.MANUAL,
    _IDIOMS,
)
"""What the other checks read: they object where it is wrong."""


_ELSEWHERE = re.compile(r"\b(?:earlier|previous|other|past|later|next|last|future|many|most|all) releases?\b")
"""What a sheet about one release knows nothing of."""

_AGENT = re.compile(
    r"(?:manag|own|report|review|maintain|observ|analy[sz]|direct|engineer|test|offic|lead|edit|writ|"
    r"consult)(?:er|or)s?"
)
"""Somebody's part in a release, made of a word that says nothing: `the manager`."""
_PRONOUNS = frozenset(
    ["i", "you", "he", "she", "it", "we", "they", "there", "that", "this", "what", "who", "here", "let", "one"]
)
"""Before an apostrophe: `I'd`, `they've`."""
_TELLING_GRAMMAR = frozenset({stem("instead"), stem("without")})
"""Words of grammar that a change may be told by: `replaces`, `lacks`."""
_PREDICTS = re.compile(
    r"\b(?:will|won't|going to|shall|(?:is|are|was) (?:bound|set|sure|certain|likely|expected|about|due) to)\b"
)
_OF_INSTRUCTIONS = re.compile(
    r"\b(?:my|our|your|these|new|previous|all|the|following) (?:\w+ )?(?:instructions?|prompts?|orders? (?:is|are|"
    r"from)|"
    r"guidelines)\b|\b(?:i|we) (?:am|are|was|were|have been) (?:a|an|told|asked|instructed|ordered|programmed|not "
    r"allowed|the assistant)\b|\byou (?:write|are (?:now|not)\b(?! able| free| in a position)|have been|"
    r"must (?:now|always|never|obey))\b|"
    r"\bas an? (?:ai|assistant|(?:large )?language model)\b|\b(?:ignore|disregard|forget|override) (?:all|any|every|"
    r"the|"
    r"these|those|previous|prior|what)\b|\b(?:system|developer) (?:prompt|message|mode)\b|\bi(?:'m| am|'ve|'ll)\b"
)
"""Talk of who writes, and of what that one was told: no evidence is of it."""
_TO_USERS = re.compile(r"\b(?:you|users?|customers?|shoppers?|people|everybody|they) will\b")
_MAY_PREDICT = frozenset({FactKind.PLAN, FactKind.CONCERN})


def faults(case: Case) -> Iterator[str]:
    blanked = case.reading.blanked
    if len(case.reading.content) <= 1 and not case.reading.mentions and not case.reading.quantities:
        yield "it says of nothing what it says"
    if instructed := _OF_INSTRUCTIONS.search(case.reading.lower):
        yield f"it speaks of its instructions: {instructed[0]!r}"
    read = [Span(*found.span()) for pattern in _READ for found in pattern.finditer(blanked)]
    read += [span for _deed, span in case.reading.senses]
    for _span, said in case.reading.quotations:
        if said not in "\n".join(text.quoted for text in case.texts):
            yield f"it quotes what its evidence does not say: {said[:40]!r}"
    own = (case.stems | case.quoted_stems) - _role_stems(case)
    allowed = GRAMMAR_STEMS.union(
        COMMON,
        own,
        alike((case.quoted_stems - GRAMMAR_STEMS) | (case.quoted_stems & _TELLING_GRAMMAR)),
        *(stems for need, stems in LICENCES if any(map(need, case.facts))),
    )
    strange = [
        found[0]
        for found in words(blanked)
        if len(found[0]) > 1
        and not found[0].endswith("n't")
        and found[0].split("'")[0] not in _PRONOUNS
        and (stem(found[0]) not in allowed or (_AGENT.fullmatch(found[0]) and stem(found[0]) not in own))
        and found[0] not in ADVISED
        and not is_manner(found[0])
        and not any(span.holds(Span(*found.span())) for span in read)
    ]
    strange += [found[0] for found in _ELSEWHERE.finditer(blanked) if found[0] not in case.lower]
    if (
        _PREDICTS.search(blanked)
        and not _TO_USERS.search(blanked)
        and not any(fact.kind in _MAY_PREDICT for fact in case.facts)
    ):
        yield "it foretells what its evidence does not"
    if re.search(r"\bwill\b.*\bagain\b", blanked):
        yield "it foretells what its evidence does not"
    if strange:
        yield f"its evidence speaks of no {', '.join(strange[:3])}"


def _role_stems(case: Case) -> frozenset[str]:
    """The words of roles: said in full they were read as names, and alone they are another's."""
    roles = " ".join(text.lower() for fact in case.facts for text in fact.named(TermKind.ROLE))
    return frozenset(stem(found[0]) for found in words(roles))
