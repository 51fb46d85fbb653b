"""Sentences in pieces, each of which knows how it would be false; and the small language in which patterns are written.

    {declines}            a place that a binding fills
    [about|around|]       one of these, which all say the same
    <rose>                a word of `lexicon`, with its opposites
    <404; digit=401/403>  words with opposites of their own here, by kind of mutation

A mutation replaces one piece and leaves the rest as it is. The one thing to remember: whoever marks a word vouches that
in this sentence every one of its replacements is false, or not in the evidence cited.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random

from tests.grounding.lexicon import LEXICON

Wrong = Mapping[str, tuple[str, ...]]
"""By kind of mutation, what would be false in this place."""


@dataclass(frozen=True)
class Piece:
    text: str
    wrong: Wrong = field(default_factory=dict)
    part: str = ""
    """Which place of the pattern it fills; empty for the words between."""
    is_plural: bool | None = None
    """Of a noun with which a verb after it agrees."""
    is_name: bool = False
    """Keeps its small letter at the beginning of a sentence."""


Place = Callable[[Random], list[Piece]]
"""Says what fills a place, each time in other words perhaps."""


@dataclass(frozen=True)
class Sentence:
    """A claim in pieces: what it cites, and whence it comes (`family`, `pattern`)."""

    pieces: tuple[Piece, ...]
    cites: tuple[int, ...]
    family: str
    pattern: str

    @property
    def text(self) -> str:
        said = "".join(piece.text for piece in self.pieces)
        first = next((piece for piece in self.pieces if piece.text.strip()), None)
        said = " ".join(said.split()).replace(" .", ".").replace(" ,", ",")
        return said if first is None or first.is_name else said[:1].upper() + said[1:]

    def with_piece(self, index: int, text: str) -> "Sentence":
        pieces = list(self.pieces)
        pieces[index] = replace(pieces[index], text=text)
        return replace(self, pieces=tuple(pieces))

    @property
    def parts(self) -> Mapping[str, int]:
        """Where each place of the pattern stands."""
        return {piece.part: index for index, piece in enumerate(self.pieces) if piece.part}


def fixed(text: str, **wrong: tuple[str, ...]) -> Place:
    """A place that is always filled with the same words."""
    return lambda _rng: [Piece(text, {kind.replace("_", "-"): false for kind, false in wrong.items()})]


def of_pattern(pattern: str, places: Mapping[str, Place]) -> Place:
    """A place that is filled by a pattern of its own."""
    return lambda rng: pieces_of(pattern, places, rng)


def pieces_of(pattern: str, places: Mapping[str, Place], rng: Random) -> list[Piece]:
    """The pattern with its places filled."""
    pieces: list[Piece] = []
    for piece in _parse(_chosen(pattern, rng), places, rng):
        pieces.extend(_agreeing(piece, pieces))
    return pieces


_FREE = re.compile(r"\[([^\[\]]*)\]")
_TOKEN = re.compile(r"\{(?P<place>[\w.-]+)\}|<(?P<marked>[^<>]+)>")


def _chosen(pattern: str, rng: Random) -> str:
    """Without its brackets: of each, one of the ways to say the same."""
    while match := _FREE.search(pattern):
        pattern = pattern[: match.start()] + rng.choice(match[1].split("|")) + pattern[match.end() :]
    return pattern


def _parse(pattern: str, places: Mapping[str, Place], rng: Random) -> Iterator[Piece]:
    end = 0
    for match in _TOKEN.finditer(pattern):
        if match.start() > end:
            yield Piece(pattern[end : match.start()])
        end = match.end()
        if match["marked"]:
            yield _marked(match["marked"])
        elif match["place"] in _AGREEING:
            yield Piece("", part=match["place"])
        else:
            filled = _place(match["place"], places)(rng)
            if match["place"][0].isupper() and not filled[0].is_name:
                filled[0] = _large(filled[0])
            yield from (replace(piece, part=piece.part or _small(match["place"])) for piece in filled)
    if end < len(pattern):
        yield Piece(pattern[end:])


def places_in(pattern: str) -> frozenset[str]:
    """What a binding must have for this pattern."""
    named = {match["place"] for match in _TOKEN.finditer(pattern) if match["place"]}
    return frozenset(_small(name) for name in named if name not in _AGREEING)


def _small(name: str) -> str:
    """A place at the beginning of a sentence is written large there, to be read as one."""
    return name[:1].lower() + name[1:]


def _large(piece: Piece) -> Piece:
    wrong = {kind: tuple(f"{text[:1].upper()}{text[1:]}" for text in texts) for kind, texts in piece.wrong.items()}
    return replace(piece, text=f"{piece.text[:1].upper()}{piece.text[1:]}", wrong=wrong)


def _place(name: str, places: Mapping[str, Place]) -> Place:
    return places[_small(name)]


def _marked(marked: str) -> Piece:
    words, *falses = (part.strip() for part in marked.split(";"))
    if not falses:
        return Piece(words, LEXICON[words])
    wrong: dict[str, tuple[str, ...]] = {}
    for false in falses:
        kind, _, texts = false.partition("=")
        wrong[kind.strip()] = tuple(text.strip() for text in texts.split("/"))
    return Piece(words, wrong)


_AGREEING = {
    "was": ("was", "were"),
    "is": ("is", "are"),
    "has": ("has", "have"),
    "does-not": ("does not", "do not"),
    "its": ("its", "their"),
}
"""Words that agree in number with the noun before them."""


def _agreeing(piece: Piece, before: list[Piece]) -> Iterator[Piece]:
    if piece.part not in _AGREEING:
        yield piece
        return
    noun = next((one for one in reversed(before) if one.is_plural is not None), None)
    word = _AGREEING[piece.part][bool(noun and noun.is_plural)]
    negated = (f"{word} not", f"{word} never") if piece.part in ("was", "is") else ()
    yield Piece(word, {"negation": negated} if negated else {})
