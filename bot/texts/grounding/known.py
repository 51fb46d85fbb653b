"""What a sheet knows by name: every metric, person, commit and place on it, and how a sentence may call it.

A metric is also called by what it measures (`p95` is a latency), a person by one of their names, a commit by its
beginning. The one thing to remember: a name is looked for among all that the sheet knows, and must then be in the facts
that are cited.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from bot.texts.grounding.language import normal, stem, words
from bot.texts.grounding.lexicon import DEEDS
from bot.texts.grounding.licences import is_ordinary
from bot.texts.sheet import Fact, FactKind, Sheet, TermKind

_ERRORS = (
    r"errors?(?: rates?)?|error rates?|5xx(?: rate| errors?)?|(?:failure|failing|failed) (?:rates?|requests?)|"
    r"(?:requests?|calls?) (?:that )?(?:failed|failing|fail|errored)|server errors|failure rate"
)
_LATENCY = r"(?:p\d\d? |tail )?latenc(?:y|ies)|(?:\w+ )?response times?|slowness"
_MEMORY = r"(?:resident )?memory(?: use| usage| footprint| consumption)?|rss"
PLACE_NOUNS = re.compile(r"(?<![\w-])(?:prod(?:uction)?|(?<!\x03 for )staging(?! (?:by|of|took|was)\b))(?![\w-])")
"""Where people release to, whether this sheet has it or not."""

METRIC_NOUNS = re.compile(
    r"(?<![\w-])(?:p\d\d\d?|latenc(?:y|ies)|response times?|error rates?|errors|memory(?: use| usage)?|cpu(?: use|"
    r" usage| load)?|throughput|"
    r"conversion(?: rate)?|availability|saturation|disk|heap|queue depth|timeouts?|checkouts?|5xx|rss|percentile|"
    r"apdex|goroutines|gc pauses?)(?!\w)"
)
"""What people measure, whether this sheet has it or not."""

_SPOKEN = (
    TermKind.PATH, TermKind.RELEASE, TermKind.VERSION, TermKind.ROLE, TermKind.ENVIRONMENT, TermKind.SERVICE
)  # fmt: skip
"""Kinds of names that are looked for as they stand on the sheet."""

NAME_WORDS_MAX = 5
"""A name of more words is a sentence, and called by none of them."""

FOREIGN_KINDS = frozenset({FactKind.CHANGE, FactKind.CONCERN, FactKind.RANKING, FactKind.FINDING})
"""Facts that are mostly words from outside."""


@dataclass(frozen=True)
class Known:
    """The names of one sheet."""

    sheet: Sheet

    @cached_property
    def names(self) -> tuple[tuple[TermKind, re.Pattern[str], frozenset[str]], ...]:
        """Kind, pattern and the terms that it may mean; longer names first."""
        found = [(kind, _spoken(kind, text), frozenset({text})) for kind in _SPOKEN for text in self._texts(kind)]
        found += self._people()
        ordered = sorted(found, key=lambda one: (-len(one[1]), one[1]))
        return tuple(
            (kind, re.compile(rf"(?<![\w./@-]){said}(?![\w@]|[-/]\w)"), texts) for kind, said, texts in ordered
        )

    @cached_property
    def metrics(self) -> tuple[tuple[re.Pattern[str], frozenset[str]], ...]:
        """How each metric may be called; one way of saying it may mean several."""
        units = {a.of: a.unit for fact in self.sheet.facts for a in fact.amounts if a.of}
        calls: dict[str, set[str]] = {}
        for name in self._texts(TermKind.METRIC):
            for call in _calls(name, units.get(name, "")):
                calls.setdefault(call, set()).add(name)
        ordered = sorted(calls.items(), key=lambda one: (-len(one[0]), one[0]))
        return tuple((re.compile(rf"(?<![\w-])(?:{call})(?![\w]|-\w)"), frozenset(names)) for call, names in ordered)

    @cached_property
    def people(self) -> frozenset[str]:
        return frozenset(self._texts(TermKind.PERSON))

    @cached_property
    def measured(self) -> frozenset[str]:
        """The metrics that the sheet has measurements of."""
        facts = (fact for fact in self.sheet.facts if fact.kind is FactKind.METRIC)
        return frozenset(name for fact in facts for name in fact.named(TermKind.METRIC))

    @cached_property
    def ambient(self) -> frozenset[str]:
        """What every sentence may name without citing it: the release itself, when there is one."""
        about = [fact for fact in self.sheet.facts if fact.kind is FactKind.RELEASE]
        if len(about) != 1:
            return frozenset()
        kinds = (TermKind.RELEASE, TermKind.SERVICE, TermKind.VERSION)
        return frozenset(text for kind in kinds for text in about[0].named(kind))

    @cached_property
    def texts(self) -> dict[int, "FactText"]:
        return {fact.number: FactText(fact) for fact in self.sheet.facts}

    def _texts(self, kind: TermKind) -> tuple[str, ...]:
        return tuple(dict.fromkeys(text for fact in self.sheet.facts for text in fact.named(kind)))

    def _people(self) -> list[tuple[TermKind, str, frozenset[str]]]:
        """By the whole name, and by each part of it that is long enough to be a name."""
        calls: dict[str, set[str]] = {}
        for name in self._texts(TermKind.PERSON):
            whole = normal(name).lower()
            pieces = whole.split() if len(whole.split()) <= NAME_WORDS_MAX else []
            for part in {whole, *(piece for piece in pieces if _is_name(piece))}:
                calls.setdefault(part, set()).add(name)
        return [(TermKind.PERSON, re.escape(call), frozenset(names)) for call, names in calls.items()]


def _is_name(piece: str) -> bool:
    """No `de`, no `J.`, and no word for a deed that somebody has put into a name."""
    return len(piece) > 2 and not any(pattern.fullmatch(piece) for pattern in DEEDS.values())  # noqa: PLR2004


def _spoken(kind: TermKind, text: str) -> str:
    said = re.escape(normal(text).lower())
    if kind is TermKind.ROLE:
        return "[- ]".join(re.escape(part) for part in re.split(r"[- ]", normal(text).lower())) + "s?"
    if kind is TermKind.VERSION and re.match(r"v\d", text):
        return f"v?{said[1:]}"
    return {"production": "prod(?:uction)?", "staging": "(?<!\x03 for )staging(?! (?:by|of)\\b)"}.get(said, said)


def _calls(name: str, unit: str) -> tuple[str, ...]:
    """`p95` is also a latency, `checkout-failures` also failed checkouts."""
    parts = [re.escape(part) for part in re.split(r"[-_]", name.lower())]
    if any(pattern.fullmatch(name.lower()) for pattern in DEEDS.values()):
        return (parts[0],)  # `rollbacks` are measured, `the rollback` was done
    stems = [re.escape(stem(part)) for part in parts]
    own = ["[- _]".join(parts), "[- _]".join(rf"{one}\w*" for one in stems)]
    if len(parts) > 1:
        own.append(r"\w* (?:\w+ )?".join(reversed(stems)) + r"\w*")
    single = len(parts) == 1
    if single and is_ordinary(name.lower().removesuffix("s")):
        own = [parts[0]]  # `opens` are measured, and a concern is open
    if single and re.search(r"err|5xx|fail", name):
        own.append(_ERRORS)
    if quantile := re.search(r"p(\d\d\d?)$", name):
        own.append(
            rf"(?:the )?{quantile[1]}th[- ]percentile(?: \w+)?(?: latency| response times?)?|"
            rf"p ?{quantile[1]}(?: latency| response times?)?"
        )
    if quantile or re.search(r"latenc|duration|response|time", name) or unit == "s":
        own.append(_LATENCY)
    if re.search(r"memory|rss|heap", name) and single:
        own.append(_MEMORY)
    if single and unit == "ratio":
        own.append(rf"{stems[0]}\w* (?:rate|share|ratio)s?")
    return tuple(own)


class FactText:
    """A fact's words, as they are compared with a sentence's."""

    def __init__(self, fact: Fact) -> None:
        self.lower = normal(fact.words).lower()
        self.quoted = " ".join(normal(text).lower() for text in fact.quoted)

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(stem(found[0]) for found in words(self.lower))

    @cached_property
    def quoted_stems(self) -> frozenset[str]:
        return frozenset(stem(found[0]) for found in words(self.quoted))
