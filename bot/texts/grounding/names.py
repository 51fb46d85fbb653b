"""Whether every name in a sentence is in the facts that it cites, and stands beside what it belongs to there.

A name that the sheet does not know, a metric nobody measured, a person whom the cited facts do not name: refused.
Names in one clause belong together: a person and their change, a yes and its role, a deed and its doer, place and time.
The one thing to remember: what a list joins (`Ada and Jun`) counts each for itself, with everything else in the clause.
"""

import re
from collections.abc import Iterator
from itertools import combinations, pairwise

from bot.texts.grounding.case import Case
from bot.texts.grounding.common import COMMON
from bot.texts.grounding.language import Span, normal, stem
from bot.texts.grounding.lexicon import DOERS, IMPLIED
from bot.texts.grounding.licences import GRAMMAR_STEMS, is_ordinary
from bot.texts.grounding.reading import Mention, Told
from bot.texts.grounding.vocabulary import ABBREVIATIONS, OPENERS
from bot.texts.sheet import Deed, Fact, TermKind

_PAIRED = (
    TermKind.PERSON, TermKind.ROLE, TermKind.PULL_REQUEST, TermKind.COMMIT, TermKind.ENVIRONMENT, TermKind.PATH
)  # fmt: skip
_AS_ROLE = re.compile(r"\bas (?:the )?(?P<role>\x0e+), (?P<who>\x02+)")
"""`as VP product, Victor …`."""
_WHO_DID = re.compile(r"(\x02+),? who (?:\w+ly |also |then |later |had |has )?$")
"""Ends before what somebody did: `it was Victor who …`."""
_LISTED = frozenset({TermKind.PERSON, TermKind.METRIC, TermKind.PULL_REQUEST, TermKind.COMMIT, TermKind.ROLE})
_OPENED = re.compile(r"\W*(?:before|after|following|since|when|once|following)\b")
"""Opens a sentence whose main clause follows a comma: `Before the hold by Ada, Ada …`."""
_NOT_OWN = re.compile(r"\b(?:behind|superseded by|replaced by|supplanted by|overtaken by|in favour of) $")
"""Before a release that is not the one that it is said of."""
_ASKED_OF_SUSPECTS = frozenset({Deed.FAILED, Deed.ONSET})
"""What a change is only suspected of: `suspects` asks how."""
_AHEAD = re.compile(r"\b(?:before|to|into|towards|enter(?:s|ing)?|reach(?:es|ing)?) $")
"""In front of a place that a plan leads to."""
_JOIN = re.compile(r"(?:,? (?:and|or|&) |, |/| as well as )(?:by |the |then |also )?")
_CAPITAL = re.compile(r"(?<![\w'/.#-])[A-Z][\w'.-]*")
_CODEY = re.compile(r"(?<![\w])(?:[a-z]+_[a-z_]+|[a-z]+[A-Z]\w+|\w+\(\)|[a-z]{2,}\.[a-z_]{2,}(?:\.\w+)*)(?!\w)")


def faults(case: Case) -> Iterator[str]:
    yield from _unknown(case)
    yield from _uncited(case)
    yield from _twice(case)
    yield from _of_itself(case)
    yield from _apart(case)


def _unknown(case: Case) -> Iterator[str]:
    """Capitals and code-like words that no cited fact has."""
    reading = case.reading
    known = set(re.findall(r"\w[\w'.-]*", case.lower)) | {name.lower() for name in case.known.ambient}
    taken = [one.span for one in reading.mentions] + [one.span for one in reading.quantities]
    taken += [span for span, _said in reading.quotations]
    for match in (*_CAPITAL.finditer(reading.text), *_CODEY.finditer(reading.text)):
        said = match[0].rstrip(".'-").removesuffix("'s")
        inside = any(span.start <= match.start() < span.end for span in taken)
        before = reading.text[: match.start()].rstrip()
        is_first = not before or before[-1] in ".:!?-("
        if inside or said.lower() in ABBREVIATIONS or said.lower() in known or normal(said).lower() in case.lower:
            continue
        if is_first and not _looks_named(case, match, said):
            continue
        yield f"it names {said}, which its evidence does not"


def _looks_named(case: Case, match: re.Match[str], said: str) -> bool:
    """A capital at the beginning is a name when it does something, owns something, or another follows."""
    if said.lower() in OPENERS or stem(said.lower()) in GRAMMAR_STEMS:
        return False
    rest, end = case.reading.text[match.end() :], match.end()
    verb = re.match(r" (\w+ed|began|took|gave|came|did|went|put|let|ran|chose|held|saw|found|left) ", rest)
    plain = (
        is_ordinary(said.lower())
        or stem(said.lower()) in COMMON
        or said.lower() in ("whoever", "whatever", "whichever")
        or stem(said.lower()) in case.stems
        or said.lower().endswith(("s", "ing", "ly", "ion"))
    )
    if verb and not plain:
        return True
    does = not plain and any(told.span.start - end in range(1, 8) and told.deed in DOERS for told in case.reading.deeds)
    return does or bool(
        re.match(
            r"'s |,? and [A-Z]| [A-Z][a-z]| (?:wrote|who|made|has|had|is the|was the|merged|said|thinks|added|"
            r"raised|gave)\b",
            rest,
        )
    )


def _uncited(case: Case) -> Iterator[str]:
    for mention in case.reading.mentions:
        if not _is_cited(mention, case):
            yield f"its evidence does not name the {mention.kind.value} {mention.said!r}"


def _is_cited(mention: Mention, case: Case) -> bool:
    said = normal(mention.said).lower()
    match mention.kind:
        case TermKind.METRIC:
            return any(supports(fact, mention) for fact in case.facts) or _is_quoted(said, case)
        case TermKind.PULL_REQUEST | TermKind.COMMIT | TermKind.PERSON:
            return any(supports(fact, mention) for fact in case.facts)
        case TermKind.VERSION | TermKind.PATH | TermKind.RELEASE | TermKind.SERVICE:
            names = {name.lower() for name in case.known.ambient}
            whole = rf"(?<![\w]){re.escape(said)}(?![\w]|\.\d)"
            return (
                said in names
                or f"v{said}" in names
                or bool(re.search(whole, case.lower))
                or said.startswith("/release")
            )
        case TermKind.ENVIRONMENT if _AHEAD.search(case.reading.blanked[: mention.span.start]) and case.is_plan:
            return True
        case _:
            return any(text.lower() in case.lower for text in mention.texts)


def _of_itself(case: Case) -> Iterator[str]:
    """`it waits behind itself`: a release that stands in another's place."""
    releases = [one for one in case.reading.mentions if one.kind is TermKind.RELEASE]
    for one in releases:
        if _NOT_OWN.search(case.reading.blanked[: one.span.start]) and one.texts & case.known.ambient:
            yield f"it sets {one.said} beside itself"
    for first, then in pairwise(releases):
        between = case.reading.blanked[first.span.end : then.span.start]
        if first.texts == then.texts and re.search(
            r"\b(?:from|by|behind|over|than|after|before|supersed\w+|replac\w+|succe\w+)\b", between
        ):
            yield f"it sets {first.said} beside itself"


def _staged_apart(mentions: tuple[Mention, ...], facts: list[Fact]) -> Iterator[str]:
    """Who staged, and what: of one fact."""
    people, releases = ([one for one in mentions if one.kind is k] for k in (TermKind.PERSON, TermKind.RELEASE))
    if len(people) == len(releases) == 1 and not any(
        fact.by in people[0].texts and supports(fact, releases[0]) for fact in facts
    ):
        yield f"no cited fact has {people[0].said!r} and {releases[0].said!r} together"


def _twice(case: Case) -> Iterator[str]:
    """`errors and errors`: a list that names one thing twice has lost another."""
    listed: list[Mention] = []
    for one in case.reading.mentions:
        between = case.reading.blanked[listed[-1].span.end : one.span.start] if listed else ""
        if not listed or listed[-1].kind is not one.kind or not _JOIN.fullmatch(between):
            listed = []
        is_new = between == ", " and bool(_OPENED.match(case.reading.blanked))
        if one.kind in _LISTED and not is_new and any(other.texts == one.texts for other in listed):
            yield f"it names {one.said!r} twice"
        listed.append(one)


def _is_quoted(said: str, case: Case) -> bool:
    """A word for a metric that is not one here: `errors` of a commit's title."""
    return bool(re.search(rf"(?<!\w){re.escape(said.rstrip('s'))}", "\n".join(text.quoted for text in case.texts)))


def supports(fact: Fact, mention: Mention) -> bool:
    """Whether a fact names what is mentioned."""
    named = fact.named(mention.kind)
    if mention.kind is TermKind.COMMIT:
        return any(text.startswith(said) for text in named for said in mention.texts)
    if mention.kind in (TermKind.ENVIRONMENT, TermKind.ROLE):
        return any(re.search(rf"(?<![\w-]){re.escape(text)}(?!\w)", fact.words) for text in mention.texts)
    if mention.kind is TermKind.PATH:
        return any(text in fact.words.lower() for text in mention.texts)
    return bool(mention.texts & set(named))


# ── what stands together ─────────────────────────────────────────────────────────────────────────────────────────────


def _apart(case: Case) -> Iterator[str]:
    """Two names, or a name and a deed, that one clause puts together and no cited fact does."""
    for clause in joined(case):
        mentions = case.reading.among(clause, *_PAIRED)
        others = case.reading.among(clause, TermKind.RELEASE)
        for one, other in combinations(mentions, 2):
            if one.kind is not other.kind and not _together(one, other, mentions, case):
                yield f"no cited fact has {one.said!r} and {other.said!r} together"
        for told in case.reading.deeds:
            if clause.holds(told.span) and told.denied_by is None and not told.is_open:
                yield from _undone(told, (*mentions, *others), case)
    for match in _AS_ROLE.finditer(case.reading.blanked):
        role, person = (case.reading.among(Span(*match.span(group)), *_PAIRED) for group in ("role", "who"))
        if role and person and not any(supports(fact, role[0]) and supports(fact, person[0]) for fact in case.facts):
            yield f"no cited fact has {role[0].said!r} and {person[0].said!r} together"
    for told in case.reading.deeds:
        who = _WHO_DID.search(case.reading.blanked[: told.span.start])
        if who and told.denied_by is None and not told.is_open:
            yield from _undone(told, case.reading.among(Span(*who.span(1)), TermKind.PERSON), case)


def joined(case: Case) -> Iterator[Span]:
    """Clauses, with those put together again that a list of names was cut into."""
    reading, clauses = case.reading, list(case.reading.clauses)
    index = 0
    while index < len(clauses):
        start, end = clauses[index].start, clauses[index].end
        while index + 1 < len(clauses) and _is_list(reading.mentions, clauses[index + 1].start, reading.blanked):
            index += 1
            end = clauses[index].end
        yield Span(start, end)
        index += 1


def _is_list(mentions: tuple[Mention, ...], cut: int, blanked: str) -> bool:
    before = [one for one in mentions if one.span.end <= cut]
    after = [one for one in mentions if one.span.start >= cut]
    if not before or not after or before[-1].kind is not after[0].kind:
        return False
    between = blanked[before[-1].span.end : after[0].span.start]
    if between == ", " and _OPENED.match(blanked):
        return False  # `After the hold by Ada, Ben …`
    if blanked[: before[-1].span.start].endswith("by ") and blanked[after[0].span.end :].startswith("'s"):
        return False  # `the staging by Ada and Victor's approval`
    return bool(_JOIN.fullmatch(between if between.startswith((",", " ", "/")) else f" {between}"))


def _together(one: Mention, other: Mention, mentions: tuple[Mention, ...], case: Case) -> bool:
    if any(supports(fact, one) and supports(fact, other) for fact in case.facts):
        return True
    alike = [m for m in mentions if m.kind is one.kind], [m for m in mentions if m.kind is other.kind]
    if min(len(alike[0]), len(alike[1])) < 2:  # noqa: PLR2004 - two lists
        return False
    return any(supports(f, one) and supports(f, m) for f in case.facts for m in alike[1]) and any(
        supports(f, other) and supports(f, m) for f in case.facts for m in alike[0]
    )


def _undone(told: Told, mentions: tuple[Mention, ...], case: Case) -> Iterator[str]:
    """A deed in a clause with a doer, a change, a place: some fact has both."""
    deeds = {told.deed} | IMPLIED.get(told.deed, frozenset())
    facts = [fact for fact in case.facts if deeds & set(fact.deeds)]
    if not facts:
        return  # whether there is such a deed is asked elsewhere
    if told.deed is Deed.STAGED:
        yield from _staged_apart(mentions, facts)
    mentions = tuple(one for one in mentions if told.span.holds(one.span)) or mentions  # `Quinn's concern` is Quinn's
    for mention in mentions:
        match mention.kind:
            case TermKind.PERSON if told.deed in DOERS:
                fits = any(fact.by in mention.texts for fact in facts)
            case TermKind.PULL_REQUEST | TermKind.COMMIT if told.deed in _ASKED_OF_SUSPECTS and case.is_suspicion:
                fits = True
            case TermKind.PULL_REQUEST | TermKind.COMMIT if told.deed is not Deed.SUSPECTED:
                fits = any(supports(fact, mention) for fact in facts) or told.deed in (Deed.STAGED, Deed.DEPLOYED)
            case TermKind.ENVIRONMENT:
                fits = any(mention.texts & set(fact.named(mention.kind)) for fact in facts)
            case TermKind.ROLE:
                fits = any(supports(fact, mention) for fact in facts)
            case TermKind.RELEASE if told.deed is Deed.STAGED:
                fits = any(supports(fact, mention) for fact in facts)
            case _:
                fits = True
        if not fits:
            yield f"no cited fact has {mention.said!r} and {told.deed.value!r} together"
