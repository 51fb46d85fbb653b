"""Whether a sentence speaks of what its evidence speaks of.

A sentence about changes shares words with each change that it cites, and with none that it does not cite more. A sentence
about measurements and events uses no more strange words than a paraphrase needs. The one thing to remember: this catches
what was made up whole; a made-up adjective passes.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.texts.grounding.case import Case
from bot.texts.grounding.language import stem
from bot.texts.grounding.lexicon import OPPOSITES
from bot.texts.sheet import Fact, FactKind, TermKind

STRANGE_SHARE_MAX = 0.4
"""Of the words that say something, those that neither the evidence nor release engineers' language has."""

STRANGE_MIN = 2
"""One strange word is a turn of phrase."""

_FUNCTION = """
a an the this that these those it its they their them he she his her we our you your i who whom whose which what where when why how
and or but nor so if then than as of in on at by for from to with without into onto over under above below between against during
before after since until while whereas because due owing via per about around roughly nearly almost approximately more less most
least much many few some any all both each every either neither no not only just also too very quite rather still yet already again
now here there up down out off back away is are was were be been being am do does did done doing have has had having will would can
could may might must shall should get gets got let lets one ones other others another same such own well even ever never once twice
first second third last next finally later earlier soon however instead though although overall thus therefore meanwhile together
"""
_RELEASES = """
release releases released version versions build builds commit commits change changes changed service deploy deployed deployment rollout
rollback roll rolled stage staged staging step steps stages production canary control controls baseline traffic exposure share percent users user
customers requests request events event looks look metric metrics value values rate rates error errors latency memory response time times
limit limits threshold tolerance tolerated allowed budget evidence needed ratio interval confidence verdict outcome criterion criteria gate gates health healthy
held hold holds watch watched watching pass passed passes fail failed fails failing failure failures broke broken break onset detected detection
decision decided restore restored restoration recovery recovered return returned returning normal approve approved approval approvals reject rejected concern concerns
caveat caveats accept accepted anomaly anomalies flag flagged promote promoted resume resumed cancel cancelled block blocked unblock unblocked suspect
suspects suspected likely possible possibly probably author people person operator operators team plan planned ask asked seconds second minute minutes hour hours day
rose rise rises fell fall increased increase decreased decrease climbed jumped grew dropped higher lower worse better slower faster up
reached reach exceeded exceed exceeding beyond within outside inside compared comparison versus while still stayed remained remain stay stood stands
began begin begun started start starts ended end ends took taken take took went go goes going came come sent moved move put made make see seen saw show showed shown
found observed measured recorded reported reading figure figures number numbers level levels data sample samples
new old previous current prior earlier stable live running ran run runs served serving serve sent clear clearly well far sharply slightly markedly
significantly steadily immediately automatically quickly finally entirely fully full whole half part quarter double doubled tripled quadrupled twice times fold
good bad fine okay ok ready safe everything nothing something someone nobody somebody anybody everybody total usual unusual expected despite including included
use used using usage consumption tail percentile compared comparison respectively roughly comfortably respective point points mark
songbird bot report story incident problem problems issue issues cause caused reason reasons because owing led trigger triggered result resulted
place placed open opened close closed complete completed next follow followed following continue continued progress progressed advance advanced ramp ramped
time timeline moment period window average typical roughly least most worst best high low large small big long short
please note check review reviewed consider investigate inspect suggestion recommended recommendation further attention impact impacted affected unaffected
"""
_ORDINARY = frozenset(stem(word) for word in (_FUNCTION + _RELEASES).split())
_FUNCTION_WORDS = frozenset(stem(word) for word in _FUNCTION.split())
_GENERIC = frozenset(
    stem(word)
    for word in """change changes release version commit pull request thanks thank author authors wrote written made new now fix fixed fixes
    feat feature features perf build faster add adds added improve improves improved update updates updated user users service it's
    brings include includes included contributed contributors work works support supports behind merged merge number named""".split()
)


@lru_cache(maxsize=20_000)
def is_ordinary(word: str) -> bool:
    """A word of plain English or of release engineers, which says nothing by itself."""
    return stem(word) in _ORDINARY


def faults(case: Case) -> Iterator[str]:
    yield from _opposed(case)
    if any(fact.kind is FactKind.CHANGE for fact in case.facts):
        yield from _of_changes(case)
    elif not any(fact.quoted for fact in case.facts if fact.kind is not FactKind.METRIC):
        yield from _strange(case)
    elif case.is_foreign:
        yield from _strange(case)


def _content(case: Case) -> list[str]:
    """Stems of the words that say something, without the words that any sentence about a change may have."""
    stems = (stem(word) for word in case.reading.content if len(word) > 2)  # noqa: PLR2004 - `is`, `of`
    return [one for one in stems if one not in _FUNCTION_WORDS and one not in _GENERIC]


def _of_changes(case: Case) -> Iterator[str]:
    """Each cited change is spoken of, and none that is not cited is spoken of more."""
    content = set(_content(case))
    if not content:
        return
    changes = [fact for fact in case.facts if fact.kind is FactKind.CHANGE]
    named = {text for mention in case.reading.mentions for text in mention.texts}
    shared = {fact.number: len(content & _said(fact, case)) for fact in changes}
    best = max(shared.values(), default=0)
    if not best and len(changes) == len(case.facts) and not (named and len(content) < STRANGE_MIN):
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
    return (case.known.texts[fact.number].quoted_stems | paths) - _FUNCTION_WORDS - _GENERIC


def _swapped(case: Case, changes: list[Fact]) -> Iterator[str]:
    """Beside each number of a pull request stand the words of that one, not those of another that is cited too."""
    marks = [one for one in case.reading.mentions if one.kind in (TermKind.PULL_REQUEST, TermKind.COMMIT)]
    if len(changes) < 2 or len(marks) < 2:  # noqa: PLR2004 - nothing to be taken for one another
        return
    for index, mark in enumerate(marks):
        before = marks[index - 1].span.end if index else 0
        after = marks[index + 1].span.start if index + 1 < len(marks) else len(case.reading.blanked)
        pieces = case.reading.blanked[before : mark.span.start], case.reading.blanked[mark.span.end : after]
        own = [fact for fact in changes if any(text.startswith(said) for text in fact.named(mark.kind) for said in mark.texts)]
        stems = [{stem(word) for word in re.findall(r"[a-z]{3,}", piece)} for piece in pieces]
        if own and all(_is_of_another(one, own[0], changes, case) for one in stems if one) and any(stems):
            yield f"the words beside {mark.said} are those of another change"


def _is_of_another(stems: set[str], own: Fact, changes: list[Fact], case: Case) -> bool:
    mine = len(stems & _said(own, case))
    return any(len(stems & _said(fact, case)) > mine for fact in changes if fact is not own)


def _strange(case: Case) -> Iterator[str]:
    content = [word for word in case.reading.content if len(word) > 2 and stem(word) not in _FUNCTION_WORDS]  # noqa: PLR2004 - `is`
    strange = [word for word in content if not is_ordinary(word) and stem(word) not in case.stems]
    if len(strange) >= STRANGE_MIN and len(strange) > STRANGE_SHARE_MAX * len(content):
        yield f"its evidence speaks of no {', '.join(strange[:3])}"


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
