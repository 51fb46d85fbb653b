"""Whether what a sentence says was done was done, and what it denies was not.

A deed needs a cited fact that has it; denied, a cited fact that denies it. A negation that belongs to nothing that is
understood here has to stand in the evidence too. The one thing to remember: what is only possible or advised is not
told as done, and still needs evidence unless it is harmless advice.
"""

import re
from collections.abc import Iterator

from bot.texts.grounding import directions, states
from bot.texts.grounding.case import Case, amount
from bot.texts.grounding.language import Span, denier, is_doubled, negations, stem
from bot.texts.grounding.lexicon import ADVICE, CUES, DEEDS, FIXING, IMPLIED, POSSIBLE, UNPROVEN, UNSURE
from bot.texts.grounding.licences import CHANGE_STEMS, GRAMMAR_STEMS
from bot.texts.grounding.names import supports
from bot.texts.grounding.reading import NUMBER, Told
from bot.texts.sheet import Deed, Fact, FactKind, Role, TermKind

_CONTROL = next(pattern for roles, pattern in CUES if roles == {Role.CONTROL})
_CANARY = next(pattern for roles, pattern in CUES if roles == {Role.CANARY})
_OF_METRICS = frozenset(
    {Deed.FAILED, Deed.PASSED, Deed.FLAGGED, Deed.UNDECIDED, Deed.ACCEPTED, Deed.ONSET, Deed.HEALTHY, Deed.BLIND}
)
_ON_CONTROL = re.compile(rf" on (?:the |its )?(?:{_CONTROL.pattern}|(?:old|previous) (?:version|build|one))")
DENIED_MAX = 40
"""Characters behind a negation in which stands what it denies."""

_OF_RELEASE = re.compile(r"[\x04\x05]|\brelease\b")
_UNDOABLE = re.compile(r"not (?:be )?(?:done|possible|work|succeed)")
_IS_UNDO = re.compile(r"(?:undo|removal|clean-?up|tear-?down|withdrawal)")
_NOT_ABOUT = re.compile(
    r"[^,;]{0,16}\b(?:matter of|to do with|about|problem with|fault of|down to|because of|due to) (?:the )?\x07"
)
_CONTRAST = re.compile(
    r"\b(?:unlike|in contrast (?:to|with)|as opposed to|contrary to|other than|except(?: for)?|apart from|"
    r"but not) (?:the )?$"
)
"""Before a metric of which the deed is not said."""
_UNFIXED = re.compile(r" (?:yet |really |been |be )*(?:fix|resolv|address|solv|repair|mend|correct)\w*")
_ADDS = re.compile(r"\b(?:but|also|too|as well|even)\b|;")
_OFFICIAL = frozenset(
    {Deed.APPROVED, Deed.REJECTED, Deed.PROMOTED, Deed.OVERRIDDEN, Deed.ROLLED_BACK, Deed.CANCELLED, Deed.HEALTHY}
)
"""What only an entry of the journal decides, whatever somebody writes."""
_PROVES = re.compile(r"\bprove[sdn]? $")
_ANSWERS_NO = re.compile(r"(?:^|[?.:] )no$")
_STRONG = re.compile(r"\b(?:not|never|no longer|without|cannot)\b|n't\b")
_DENYING = re.compile(
    r"\b(?:too|little|few|un\w+|in\w+|miss\w*|stop\w*|prevent\w*|avoid\w*|instead|only|skip\w*|fail\w*|refus\w*|"
    r"keep\w*|longer|"
    r"gone|away|remov\w*|lack\w*|less|rather|reject\w*|ignor\w*|drop\w*)\b"
)


def faults(case: Case) -> Iterator[str]:
    used: set[Span] = directions.used_denials(case) | states.used_denials(case)
    for told in case.reading.deeds:
        used |= {span for span in case.reading.deniers if told.span.holds(span)}
        if told.denied_by is not None:
            used.add(told.denied_by)
        if not _is_supported(told, case):
            yield f"its evidence does not say that it was {'not ' if told.denied_by else ''}{told.deed.value}"
    if is_doubled(case.reading.blanked):
        yield "it denies twice"
    if re.search(r"\bnot only\b", case.reading.lower) and not _ADDS.search(case.reading.lower):
        yield "it says not only, and nothing more"
    yield from _denials(used, case)
    yield from _undenied(case)


def _is_supported(told: Told, case: Case) -> bool:
    if told.is_asked and told.deed not in ADVICE:
        said = case.reading.lower[told.span.start : told.span.end]
        return bool(re.search(rf"\b{re.escape(said)}s?\b", case.lower))
    if told.deed in (Deed.FAILED, Deed.PASSED, Deed.HEALTHY) and (found := _control_before(told, case)):
        return found is told.deed
    if _is_planned(told, case):
        return True
    if told.deed is Deed.MENDED and told.denied_by is not None:
        return _is_quoted(told, case, denied=True)
    if told.denied_by is None and any(told.deed in fact.denied for fact in case.facts):
        rest = Span(told.span.end, len(case.reading.blanked))
        return states.is_undone(rest, case) or _is_left_open(told, case) or _is_done(told, case)
    return _is_not_done(told, case) if told.denied_by is not None else _is_left_open(told, case) or _is_done(told, case)


def _is_left_open(told: Told, case: Case) -> bool:
    """What needs no fact that it was done: it is possible, suspected, wanted, or asked by another check."""
    match told.deed:
        case _ if told.is_open and _is_possible(told.deed, case):
            return True
        case Deed.MENDED:  # that a fault was found says nothing of its end
            return case.is_foreign and all(fact.kind is not FactKind.FINDING for fact in case.facts)
        case Deed.EXPOSED:  # `errors reached 6.1 %`: a number's matter
            return bool(case.reading.metrics_of(told.span.start))
        case Deed.FAILED if _IS_UNDO.match(case.reading.blanked, told.span.start):
            return any(Deed.UNDONE in fact.denied for fact in case.facts)
        case Deed.FAILED | Deed.ONSET:
            return _is_suspicion(case)
        case Deed.UNDECIDED:
            return any(Deed.DECIDED in fact.denied for fact in case.facts)
        case Deed.WATCHED:
            return any(one.of == "watch" for _fact, one in case.amounts)
        case Deed.ASKED:  # `what Emil asked for`: who decided is asked with the names
            return case.is_foreign or any(fact.kind is FactKind.CONCERN for fact in case.facts)
        case _:
            return False


def _is_not_done(told: Told, case: Case) -> bool:
    """A cited fact denies it, or leaves it undecided, or is a fix of what no longer fails."""
    facts = [fact for fact in case.facts if {told.deed, *IMPLIED.get(told.deed, ())} & set(fact.denied)]
    is_fixed = told.deed is Deed.FAILED and case.is_foreign and any("«fix" in fact.words for fact in case.facts)
    is_undecided = told.deed is Deed.DECIDED and any(case.with_deed(Deed.UNDECIDED))
    return is_fixed or is_undecided or _is_about(told, facts, case) or _is_quoted(told, case, denied=True)


def _is_done(told: Told, case: Case) -> bool:
    if told.deed is Deed.BLOCKED and told.is_open:  # a build that is blocked has to be unblocked
        return False
    deeds = {told.deed} | IMPLIED.get(told.deed, frozenset())
    if told.deed is Deed.HEALTHY and _is_of_release(told, case):
        deeds = {Deed.HEALTHY}
    facts = [fact for fact in case.facts if deeds & set(fact.deeds) and told.deed not in fact.denied]
    if told.deed is Deed.EXPOSED:  # whatever happened at an exposure, that one was reached
        facts += [fact for fact in case.facts if fact.kind is not FactKind.PLAN and fact not in facts]
    if _is_about(told, facts, case):
        return not any(_contradicts(told, fact, case) for fact in case.facts)
    return not facts and _is_quoted(told, case, denied=False)


def _is_of_release(told: Told, case: Case) -> bool:
    """Healthy is a release at its end; a metric, a step that passed is healthy too."""
    clause = case.reading.clause(told.span.start)
    is_named = bool(_OF_RELEASE.search(case.reading.blanked[clause.start : clause.end]))
    return is_named and not case.reading.among(clause, TermKind.METRIC)


def _is_planned(told: Told, case: Case) -> bool:
    """What a plan asks for has no doer and no past: `two approvals`, `an approval by`."""
    said = case.reading.lower[told.span.start : told.span.end]
    is_asked = told.deed is Deed.ASKED or not said.endswith("ed")
    return is_asked and all(fact.kind is FactKind.PLAN for fact in case.facts)


def _is_suspicion(case: Case) -> bool:
    """`It is possible that #509 broke it`: how sure it is, is asked with the suspects."""
    return any(case.with_deed(Deed.SUSPECTED)) and bool(UNSURE.search(case.reading.blanked))


def _is_possible(deed: Deed, case: Case) -> bool:
    """Said as possible or wanted: harmless advice, or what the evidence leaves open."""
    open_to = POSSIBLE.get(deed, frozenset())
    is_ahead = any(fact.kind is FactKind.PLAN or open_to & set(fact.deeds + fact.denied) for fact in case.facts)
    if deed is Deed.STAGED and any(case.with_deed(Deed.BLOCKED)):
        return not re.search(r"\buntil\b", case.reading.blanked)  # `until` it is unblocked it may not
    return deed in ADVICE or is_ahead


def _control_before(told: Told, case: Case) -> Deed | None:
    """What can be said of the control, where it is the control that the deed is said of: that it kept its limits."""
    before = case.reading.blanked[case.reading.clause(told.span.start).start : told.span.start]
    behind = _ON_CONTROL.match(case.reading.blanked[told.span.end :])
    if not behind and (not _CONTROL.search(before) or _CANARY.search(before)):
        return None
    facts = case.about(case.reading.metrics_of(told.span.start))
    kept = [amount(fact, Role.CONTROL, Role.BASELINE) for fact in facts], [amount(fact, Role.LIMIT) for fact in facts]
    fine = bool(facts) and all(
        value is not None and limit is not None and value <= limit for value, limit in zip(*kept, strict=True)
    )
    return told.deed if fine and told.deed is not Deed.FAILED and told.denied_by is None else Deed.ONSET


def _is_about(told: Told, facts: list[Fact], case: Case) -> bool:
    """The facts are of each metric that is named with the deed, and of the exposure and time that are."""
    if not facts:
        return False
    if told.deed in _OF_METRICS and (named := _metrics_with(told, case)):
        return all(any(fact for fact in facts if names & set(fact.named(TermKind.METRIC))) for names in named)
    clause = case.reading.clause(told.span.start)
    for mention in case.reading.among(clause, TermKind.ENVIRONMENT):
        there = [fact for fact in facts if mention.texts & set(fact.named(mention.kind))]
        facts = there or facts  # that there is none is asked with the names
    return all(_has(facts, value, unit) for value, unit in _placed(clause, case, told))


def _metrics_with(told: Told, case: Case) -> list[frozenset[str]]:
    """The metrics of the deed's clause, and those that a list joins to them."""
    reading, clause = case.reading, case.reading.clause(told.span.start)
    here = list(reading.among(clause, TermKind.METRIC))
    if not here:
        before = [one for one in reading.mentions if one.kind is TermKind.METRIC and one.span.end <= clause.start]
        joined = before and re.fullmatch(
            r"(?:[^.;]*\b(?:and|which|that)\b)?[^.;,]*", reading.blanked[before[-1].span.end : told.span.start]
        )
        here = before[-1:] if joined else []
    if here:
        for one in reversed(
            [m for m in reading.mentions if m.kind is TermKind.METRIC and m.span.end <= here[0].span.start]
        ):
            if not re.fullmatch(r",? (?:and |or )?(?:the )?|, ", reading.blanked[one.span.end : here[0].span.start]):
                break
            here.insert(0, one)
    return [one.texts for one in here if one.texts and not _CONTRAST.search(reading.blanked[: one.span.start])]


def _placed(clause: Span, case: Case, told: Told) -> Iterator[tuple[float, str]]:
    """Exposures and clock times that stand in the deed's clause."""
    for quantity in case.reading.numbers(clause):
        if quantity.unit == "clock" and not quantity.bound:
            yield quantity.value, "clock"
        if quantity.unit == "share" and told.deed in (
            Deed.EXPOSED,
            Deed.ROLLED_BACK,
            Deed.HELD,
            Deed.PROMOTED,
            Deed.PASSED,
            Deed.FAILED,
        ):
            between = case.reading.blanked[
                min(told.span.end, quantity.span.end) : max(told.span.start, quantity.span.start)
            ]
            if "\x07" not in case.reading.blanked[clause.start : clause.end] and NUMBER not in between:
                yield quantity.value, "share"


def _has(facts: list[Fact], value: float, unit: str) -> bool:
    for fact in facts:
        for one in fact.amounts:
            if unit == "share" and one.role is Role.EXPOSURE and abs(one.value / 100 - value) < 0.001:  # noqa: PLR2004 - exact
                return True
            if unit == "clock" and one.role is Role.TIME and 0 <= int(one.value) % 86400 - value < 60:  # noqa: PLR2004 - the minute
                return True
    return unit == "share" and not any(one.role is Role.EXPOSURE for fact in facts for one in fact.amounts)


def _contradicts(told: Told, fact: Fact, case: Case) -> bool:
    """A cited measurement of the same metric that denies it."""
    if fact.kind is not FactKind.METRIC or told.deed not in fact.denied:
        return False
    return any(names & set(fact.named(TermKind.METRIC)) for names in _metrics_with(told, case))


def _is_quoted(told: Told, case: Case, *, denied: bool) -> bool:
    """The word stands in a quotation of a cited fact, or in its words where it is only possible here."""
    said = case.reading.lower[told.span.start : told.span.end]
    if told.deed in _OFFICIAL and not denied and not _is_retold(told, case):
        return False
    stems = [stem(word) for word in re.findall(r"[a-z]+", said)]
    for fact, text in zip(case.facts, case.texts, strict=True):
        if fact.kind is FactKind.METRIC:
            continue
        inside = text.stems if told.is_open or denied else text.quoted_stems
        where = text.lower if told.is_open or denied else text.quoted
        if denied:
            if any(denier(where, match.start(), negations(where)) for match in DEEDS[told.deed].finditer(where)):
                return True
        elif found := [*DEEDS[told.deed].finditer(where)]:
            if any(denier(where, match.start(), negations(where)) is None for match in found):
                return True
        elif all(one in inside for one in stems):
            return True
    return False


def _is_retold(told: Told, case: Case) -> bool:
    """What somebody's words say of a decision: told with other words of theirs, and of nobody else."""
    clause = case.reading.clause(told.span.start)
    named = case.reading.among(clause, TermKind.PERSON, TermKind.ROLE)
    content = {stem(word) for word in case.reading.content if len(word) > 2} - GRAMMAR_STEMS - CHANGE_STEMS  # noqa: PLR2004
    content -= {stem(word) for word in re.findall(r"[a-z]+", case.reading.lower[told.span.start : told.span.end])}
    is_theirs = all(any(supports(fact, one) for fact in case.facts) for one in named)
    return is_theirs and bool(content & case.quoted_stems)


def _denials(used: set[Span], case: Case) -> Iterator[str]:
    """Negations that deny nothing we know have to be in the evidence."""
    for span in case.reading.deniers:
        said = case.reading.lower[span.start : span.end]
        if (
            span in used
            or said in ("instead of", "rather than")
            or (said == "neither" and " nor " in case.reading.lower)
        ):
            continue  # what these put aside is not what the sentence says
        if _ANSWERS_NO.search(case.reading.lower[: span.end]) and len(case.reading.clauses) > 1:
            continue  # `No, it was rolled back`: what follows is read
        is_unproven = UNPROVEN.match(case.reading.blanked, span.start) or _PROVES.search(
            case.reading.blanked[: span.start]
        )
        if is_unproven and list(case.with_deed(Deed.SUSPECTED, Deed.UNDECIDED)):
            continue
        if case.is_foreign and _UNFIXED.match(case.reading.blanked, span.end):
            yield "its evidence does not say that it was not fixed"
        if _is_of_fix(span, case) or (
            any(fact.denied for fact in case.facts) and _UNDOABLE.match(case.reading.blanked[span.start :])
        ):
            continue
        if _NOT_ABOUT.match(case.reading.blanked, span.end) and _is_fine_behind(span, case):
            continue
        if not _is_denied_there(span, case):
            yield f"its evidence does not deny that: {said!r}"


def _is_fine_behind(span: Span, case: Case) -> bool:
    """`It is not a matter of memory`: which passed."""
    named = case.reading.metrics_of(span.end)
    facts = [fact for fact in case.about(named) if Deed.PASSED in fact.deeds]
    return bool(named) and len(facts) == len(case.about(named)) > 0


def _is_of_fix(span: Span, case: Case) -> bool:
    """What a fix says is so was not so before it: `sessions that did not end when their device was removed`."""
    clause = case.reading.clause(span.start)
    is_fix = any(fact.kind is FactKind.CHANGE and "«fix" in fact.words for fact in case.facts)
    fixing = FIXING.search(case.reading.lower)
    said = {stem(word) for word in re.findall(r"[a-z]{3,}", case.reading.lower[clause.start : clause.end])}
    return (
        is_fix
        and fixing is not None
        and bool(said & case.quoted_stems)
        and not (clause.start <= span.start < fixing.start() < clause.end)
    )


def _is_denied_there(span: Span, case: Case) -> bool:
    """Whether the evidence denies the same: a word behind its negation is one behind this."""
    lower = case.lower.replace("proves nothing", "")
    mine = {stem(word) for word in re.findall(r"[a-z]{3,}", case.reading.lower[span.end : span.end + DENIED_MAX])}
    theirs = (
        re.findall(r"[a-z]{3,}", re.split(r"[;:.\n»]", lower[one.end : one.end + DENIED_MAX])[0])
        for one in negations(lower)
    )
    return any(mine & {stem(word) for word in some} for some in theirs)


def _undenied(case: Case) -> Iterator[str]:
    """A quotation that denies something, told as if it did not."""
    if case.reading.deniers or _DENYING.search(case.reading.lower) or FIXING.search(case.reading.lower):
        return
    content = {stem(word) for word in case.reading.content if len(word) > 2}  # noqa: PLR2004 - words that say something
    for fact, text in zip(case.facts, case.texts, strict=True):
        title = text.quoted.split("»")[0]
        if fact.kind is not FactKind.METRIC and (found := _STRONG.search(title)):
            every, denied = (
                {stem(word) for word in re.findall(r"[a-z]{3,}", part)} for part in (title, title[found.end() :])
            )
            if denied & content and len(every & content) >= 2:  # noqa: PLR2004 - more than by chance
                yield f"its evidence says {found[0]!r}, and it does not"
