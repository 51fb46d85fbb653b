"""A sentence, read: the names, numbers, deeds and denials in it, each with its place.

Names are found first and blanked out, so that `#41`, `v1.1.0` and `p95` are no numbers; then numbers, and then the
words around them. The one thing to remember: all of this is what the sentence says, and nothing whether it is true.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from bot.texts.grounding.known import METRIC_NOUNS, PLACE_NOUNS, Known
from bot.texts.grounding.language import Span, clauses, denier, negations, normal, words
from bot.texts.grounding.lexicon import DEEDS
from bot.texts.grounding.quantities import Quantity, quantities
from bot.texts.grounding.senses import SENSES, meant
from bot.texts.sheet import Deed, TermKind

BLANKS = {
    TermKind.PERSON: "\x02",
    TermKind.COMMIT: "\x03",
    TermKind.PULL_REQUEST: "\x03",
    TermKind.VERSION: "\x04",
    TermKind.SERVICE: "\x04",
    TermKind.RELEASE: "\x05",
    TermKind.ENVIRONMENT: "\x06",
    TermKind.METRIC: "\x07",
    TermKind.ROLE: "\x0e",
    TermKind.PATH: "\x0f",
    TermKind.LINK: "\x0f",
    TermKind.CHANNEL: "\x0f",
}
QUOTATION = "\x10"
NUMBER = "\x01"
"""What stands in a blanked text where a name or a number was."""

_PULL_REQUESTS = re.compile(r"(?<![\w&])(?:pull requests?|prs?|mrs?) ?#?(\d+)|(?<![\w&])#(\d+)")
_MORE = re.compile(
    r"(?:, (?:and )?| and | & )#?(\d+)(?![\w%.:]| ?%| (?:ms|s|requests|changes|files|seconds|minutes|times|"
    r"percent)\b)"
)
_COMMIT = re.compile(r"(?<![\w./-])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f]|[0-9]{7})[0-9a-f]{6,40}(?![\w])")
_VERSION = re.compile(r"(?<![\w./-])v?\d+\.\d+\.\d+(?:[-.+][\w.]+)?(?<!\.)(?!\w)|(?<![\w./-])v\d+(?:\.\d+)*(?![\w])")
_PATH = re.compile(
    r"(?<![\w@/:])(?:[\w.-]+/)+[\w.-]*\w|(?<![\w/.-])[\w-]+\.(?:py|js|ts|tsx|go|rs|java|sql|toml|ya?ml|json|txt|md|"
    r"lock|css|html|rb|sh|cfg|ini)(?!\w)|(?<![\w])/[\w/.-]+\w"
)
_QUOTED = re.compile(r'"([^"]+)"')
_OPEN = re.compile(
    r"(?:\b(?:can|could|may|might|must|should|shall|will|would|please|if|until|unless|let|needs?|whether)|"
    r"have (?:an?|the|your|some|any)|get (?:an?|the|your)|"
    r"(?<!failed )(?<!refused )(?<!declined )(?<!first )(?<!last )(?<!one )(?<!word )(?<!decision )(?<!choice )\bto|"
    r"\bonce)(?: [\w\x02-\x0f'-]+){0,3} ?$"
)
_AHEAD_OF = re.compile(r"\b(?:before|until|once|when|unless)(?: \w+){0,3} $")
_ELIDED = re.compile(
    r"\b(?:did|does|do|was|were|is|are|has|have|had)(?P<not>n't| not)(?= *(?:[.,;:)]|$|\b(?:but|and|while|though)\b))"
)
"""A negation with nothing behind it."""
_ALSO_DID = re.compile(
    r"[;,] (?:while |but |and |whereas )?(?:the )?\x07+ (?P<did>did|was|were|has|have)(?: too| as well)?(?=[.;,]|$)"
)
"""`Memory failed; p95 did`: the same."""
_COULD_NOT = re.compile(r"\bcould(?: not|n't) (?:be )?$")
_ASKS = re.compile(
    r"(?:^\W*|[.:;]\s*|\b(?:please|and|then|now|just|must|should|"
    r"(?<!first )(?<!last )(?<!one )(?<!had )(?<!have )(?<!has )(?<!word )(?<!decision )(?<!choice )to)\s+)$"
)
_ADVISES = re.compile(
    r"^\W*(?:please|next|i would|you could|if in doubt,?|do not|don't|before .*,|until .*,)?[: ]*(?:look|check|"
    r"review|read|"
    r"ask|start|begin|take|wait|talk|compare|keep|stage|fix|see|consider|find|note|mind|watch|try|let)\b|"
    r"\b(?:must|should|needs? to|has to|have to|can be asked|ought to)\b|^next:"
)
_PRESUPPOSED = re.compile(r"\x02+'s |concern (?:from|by)\b")
"""What is there whatever is denied of it: `no decision on Quinn's concern`."""
_NEGATIVE = frozenset({Deed.FAILED, Deed.BLIND, Deed.UNDECIDED, Deed.REJECTED, Deed.STUCK, Deed.UNDONE})
"""Told with a negation inside: `did not succeed`."""
_IMPERATIVE = frozenset(
    ["remove", "take", "clean", "clear", "undo", "revert", "roll", "pull", "let", "lift", "put", "fix", "bring", "send"]
)
"""With nothing before them: what somebody is told to do, and nobody has done."""
_BASE = frozenset(["approve", "promote", "accept", "reject", "resume", "cancel", "deploy", "unblock", "block", "hold"])


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in the sentence, and the terms of the sheet that it may mean; none: the sheet does not know it."""

    kind: TermKind
    texts: frozenset[str]
    span: Span
    said: str


@dataclass(frozen=True, slots=True)
class Told:
    """A deed in the sentence. `is_open`: said as possible, wanted or to come, not as done."""

    deed: Deed
    span: Span
    denied_by: Span | None
    is_open: bool
    is_asked: bool
    """In the form of a request: `approve it`."""


class Reading:
    """Read once, in the order in which names give way to numbers and those to words."""

    def __init__(self, text: str, known: Known, cited: frozenset[Deed] = frozenset()) -> None:
        self.text = normal(text)
        self.lower = self.text.lower()
        self._known = known
        self._cited = cited
        self._chars = list(self.lower)
        self.quotations = tuple(self._quotations())
        self.mentions = tuple(sorted(self._names(), key=lambda one: one.span.start))
        self.quantities: tuple[Quantity, ...] = quantities("".join(self._chars))
        for quantity in self.quantities:
            if quantity.unit != "ordinal":  # `fix it first` is no number
                self._blank(quantity.span, NUMBER)
        self.blanked = "".join(self._chars)

    def _blank(self, span: Span, sign: str) -> None:
        self._chars[span.start : span.end] = sign * (span.end - span.start)

    def _quotations(self) -> Iterator[tuple[Span, str]]:
        """What stands between quotation marks: somebody's words, in which nothing is said by the sentence itself."""
        for match in _QUOTED.finditer(self.lower):
            self._blank(Span(*match.span()), QUOTATION)
            yield Span(*match.span()), match[1].strip(" .,;:!?\u2026")

    def _names(self) -> list[Mention]:
        found: list[Mention] = []
        for kind, pattern in ((TermKind.PATH, _PATH), (TermKind.VERSION, _VERSION), (TermKind.COMMIT, _COMMIT)):
            for match in pattern.finditer(self.lower):
                self._take(found, kind, Span(*match.span()), frozenset({match[0]}))
        self._pull_requests(found)
        for kind, pattern, texts in self._known.names:
            for match in pattern.finditer("".join(self._chars)):
                if kind is not TermKind.PERSON or self._is_named(match):
                    self._take(found, kind, Span(*match.span()), texts)
        for pattern, names in self._known.metrics:
            for match in pattern.finditer("".join(self._chars)):
                self._take(found, TermKind.METRIC, Span(*match.span()), names)
        for kind, nouns in ((TermKind.METRIC, METRIC_NOUNS), (TermKind.ENVIRONMENT, PLACE_NOUNS)):
            for match in nouns.finditer("".join(self._chars)):
                self._take(found, kind, Span(*match.span()), frozenset())
        return found

    def _is_named(self, match: re.Match[str]) -> bool:
        """A person's name begins with a capital, as `Will` does and `will` does not; Slack ids and log-ins may not."""
        said = self.text[match.start() : match.end()]
        return said[:1].isupper() or said in self._known.people

    def _pull_requests(self, found: list[Mention]) -> None:
        for match in _PULL_REQUESTS.finditer(self.lower):
            at = match.end()
            self._take(found, TermKind.PULL_REQUEST, Span(*match.span()), frozenset({match[1] or match[2]}))
            while match[1] and (more := _MORE.match(self.lower, at)):
                at = more.end()
                self._take(found, TermKind.PULL_REQUEST, Span(*more.span(1)), frozenset({more[1]}))

    def _take(self, found: list[Mention], kind: TermKind, span: Span, texts: frozenset[str]) -> None:
        said = "".join(self._chars[span.start : span.end])
        if said.strip() and not any(sign in said for sign in BLANKS.values()):
            found.append(Mention(kind, texts, span, self.text[span.start : span.end]))
            self._blank(span, BLANKS[kind])

    # ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def clauses(self) -> tuple[Span, ...]:
        return clauses(self.blanked)

    @cached_property
    def deniers(self) -> tuple[Span, ...]:
        return negations(self.blanked)

    @cached_property
    def deeds(self) -> tuple[Told, ...]:
        """In order; of two that overlap the longer one. A word of several senses means what the cited facts have."""
        every = [(deed, Span(*m.span())) for deed, pattern in DEEDS.items() for m in pattern.finditer(self.blanked)]
        every += self.senses
        every.sort(key=lambda one: (one[1].start - one[1].end, one[0] not in self._cited))
        kept: list[tuple[Deed, Span]] = []
        for deed, span in every:
            if not any(span.start < other.end and other.start < span.end for _deed, other in kept):
                kept.append((deed, span))
        told = [self._told(deed, span) for deed, span in sorted(kept, key=lambda one: one[1].start)]
        return tuple(sorted((*told, *self._elided(told)), key=lambda one: one.span.start))

    def _elided(self, told: list[Told]) -> Iterator[Told]:
        """`Memory passed; p95 did not`: what the last deed before it was, denied."""
        for match in _ELIDED.finditer(self.blanked):
            before = [one for one in told if one.span.end <= match.start()]
            span = Span(match.start("not"), match.end("not"))
            if before:
                yield Told(before[-1].deed, span, span, is_open=False, is_asked=False)
        for match in _ALSO_DID.finditer(self.blanked):
            before = [one for one in told if one.span.end <= match.start()]
            if before:
                yield Told(before[-1].deed, Span(*match.span("did")), None, is_open=False, is_asked=False)

    @cached_property
    def senses(self) -> tuple[tuple[Deed, Span], ...]:
        """Words of several senses, one of which the cited facts have."""
        return tuple(
            (deed, Span(*match.span()))
            for deeds, pattern in SENSES
            if (deed := meant(deeds, self._cited)) is not None
            for match in pattern.finditer(self.blanked)
        )

    def _told(self, deed: Deed, span: Span) -> Told:
        clause = self.clause(span.start)
        before = self.blanked[clause.start : span.start]
        is_base = self.blanked[span.start : span.end] in _BASE and bool(_ASKS.search(before))
        is_present = bool(_AHEAD_OF.search(before)) and self.blanked[span.start : span.end].endswith("s")
        is_open = is_present or (bool(_OPEN.search(before)) and not _COULD_NOT.search(before))
        is_inside = deed not in _NEGATIVE and (deed, span) not in self.senses
        inside = next((one for one in self.deniers if span.holds(one)), None) if is_inside else None
        denied_by = denier(self.blanked, span.start, self.deniers) or inside
        if denied_by and _PRESUPPOSED.match(self.blanked, span.start) and span.start - denied_by.end > 1:
            denied_by = None
        said = self.blanked[span.start : span.end].split(maxsplit=1)[0]
        is_open = is_open or (said in _IMPERATIVE and bool(_ASKS.search(before)))
        return Told(deed, span, denied_by, is_open, is_base)

    @cached_property
    def is_advice(self) -> bool:
        """It tells somebody what to do."""
        return bool(_ADVISES.search(self.lower))

    def clause(self, at: int) -> Span:
        """The clause of this place; the whole sentence where it stands between two."""
        return next((one for one in self.clauses if one.start <= at < one.end), Span(0, len(self.blanked)))

    def among(self, span: Span, *kinds: TermKind) -> tuple[Mention, ...]:
        """Names of these kinds inside a span."""
        return tuple(one for one in self.mentions if one.kind in kinds and span.holds(one.span))

    def numbers(self, span: Span) -> tuple[Quantity, ...]:
        return tuple(one for one in self.quantities if span.holds(one.span))

    def metrics_of(self, at: int) -> frozenset[str]:
        """The metrics that a word at this place is about: of its clause, else of the nearest clause before it."""
        clause = self.clause(at)
        here = self.among(clause, TermKind.METRIC)
        before = [one for one in self.mentions if one.kind is TermKind.METRIC and one.span.end <= clause.start]
        found = here or tuple(before[-1:])
        return frozenset(name for one in found for name in one.texts)

    @cached_property
    def content(self) -> tuple[str, ...]:
        """The plain words that are left, in order."""
        return tuple(match[0] for match in words(self.blanked))
