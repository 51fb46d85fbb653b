"""English as far as a checker needs it: one spelling, words and their stems, clauses, and which words are denied.

No grammar: a clause is what stands between commas, brackets and conjunctions, and a word is denied when a negation
stands before it in its clause. The one thing to remember: every position is one in `normal(text)`, never in the text
as it was written.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import snowballstemmer

_STEMMER = snowballstemmer.stemmer("english")

_PLAIN = str.maketrans(
    {
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{MINUS SIGN}": "-",
        "\N{EN DASH}": "-",
        "\N{NON-BREAKING HYPHEN}": "-",
        "\N{HYPHEN}": "-",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{ALMOST EQUAL TO}": "~",
        "\N{RIGHTWARDS ARROW}": ">",
        "*": "",
        "`": "",
    }
)
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")

_BREAK = re.compile(
    r"[,;:()\u2014>]|\.\s| - |\b(?:followed|preceded|came(?= \x02| the )|to(?= \x02| the (?:start|end|step|return|"
    r"deploy|question|reject|remov|"
    r"rollback|decision|approv|accept|watch|begin))|while|whereas|whilst|but|and|or|so|because|since|"
    r"as(?! (?:the |an? )?\x0e)|after|"
    r"before|until|once|when|which|that|who|"
    r"although|though|then|with|against|versus|vs|compared|than|despite|if|unless|due|caused|thanks|led|leading|"
    r"resulting|where)\b"
)
"""Where one clause ends and another begins. Too many clauses cost little: what is said of a thing stands beside it."""

_NEGATION = re.compile(
    r"\b(?:too (?:few|little)|not|never|no|none|nobody|nothing|neither|nor|without|cannot|unable|hardly|nowhere|"
    r"(?:failed|fails|failing|refused|refuses|declined|forgot) to|lack(?:s|ed|ing)?|instead of|rather than|"
    r"far from|free (?:of|from)|absence of|devoid of|did little|avoid(?:s|ed)?|prevent(?:s|ed)?|"
    r"stopped short of|yet to)\b|n't\b"
)
_NO_NEGATION = re.compile(
    r"\bnot only\b|\b(?:cannot|can not|can\'t|could not|couldn\'t|not)(?: be)? (?:rul|exclud)\w+(?: out)?\b|"
    r"\bno doubt\b|\bno later than\b|\bno more than\b|\bno fewer than\b|\bno less than\b|\bnot until\b"
)
_HINGE = re.compile(
    r"[;:()\u2014]|, |\.\s|\b(?:while|whereas|but|because|since|after|before|until|once|when|which|who|although|"
    r"though|then|and)\b"
)
"""What a negation does not reach across."""


_RELATIVE = re.compile(r"(?:nobody|no one) (?!else )\w+ (?:is|was|are|were|has|had|will|can)\b")
"""A negation inside what the verb is said of: `a product nobody sells is answered with a 404`."""


def normal(text: str) -> str:
    """One spelling: typographic signs are plain ones, marks of emphasis and code are gone, spaces are single."""
    return " ".join(unicodedata.normalize("NFKC", text.translate(_PLAIN)).split())


_IRREGULAR = """
keep/kept lose/lost/loss send/sent write/wrote/written choose/chose/chosen/choice take/took/taken give/gave/given
see/saw/seen find/found hold/held begin/began/begun break/broke/broken fall/fell/fallen rise/rose/risen
grow/grew/grown come/came go/goes/went/gone run/ran do/does/did/done make/made mean/meant pay/paid/payment sell/sold
spend/spent stand/stood tell/told think/thought buy/bought bring/brought catch/caught show/shown know/knew/known
drive/drove/driven eat/ate/eaten forget/forgot/forgotten hide/hid/hidden leave/left build/built fix/fixed lead/led
feel/felt get/got/gotten sit/sat speak/spoke/spoken draw/drew/drawn throw/threw/thrown wear/wore/worn win/won
shrink/shrank/shrunk sink/sank/sunk sign/signed lag/lagged answer/answered remove/removal return/returned
reject/rejection accept/acceptance approve/approval decide/decision fail/failure lie/lay/lain
"""
_BASES = {form: forms.split("/")[0] for forms in _IRREGULAR.split() for form in forms.split("/")[1:]}
"""Forms that no stemmer brings together."""


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """`queries` and `query` alike, and `kept` and `keeps`. A word has one stem for ever, so it is looked up once."""
    return str(_STEMMER.stemWord(_BASES.get(word, word)))


def words(lower: str) -> Iterator[re.Match[str]]:
    return WORD.finditer(lower)


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int

    def holds(self, other: "Span") -> bool:
        return self.start <= other.start and other.end <= self.end


def clauses(lower: str) -> tuple[Span, ...]:
    """The sentence's clauses in order; the word that opens one belongs to it."""
    cuts = [0, *(found.start() for found in _BREAK.finditer(lower)), len(lower)]
    return tuple(Span(a, b) for a, b in pairwise(cuts) if lower[a:b].strip(" ,;:()."))


def negations(lower: str) -> tuple[Span, ...]:
    """Where something is denied; `not only` denies nothing."""
    idle = [Span(*found.span()) for found in _NO_NEGATION.finditer(lower)]
    found = (Span(*match.span()) for match in _NEGATION.finditer(lower))
    return tuple(span for span in found if not any(one.holds(span) for one in idle))


def is_doubled(lower: str) -> bool:
    """`not not`, `not no`: said by nobody who means it."""
    return bool(re.search(r"\b(?:not|never) (?:not|no|never)\b", lower))


def denier(lower: str, at: int, deniers: tuple[Span, ...]) -> Span | None:
    """The negation that reaches a word at this place, if one does."""
    before = [span for span in deniers if span.end <= at]
    if not before or _HINGE.search(lower, before[-1].end, at) or _RELATIVE.match(lower, before[-1].start, at):
        return None
    return before[-1]
