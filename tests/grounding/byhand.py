"""The sentences of each `byhand.txt`, which follow no pattern, with the facts that they cite looked up on their sheets.

The one thing to remember: a fact is named by a piece of its line that only one fact of the sheet has; a sheet that
changes so that it does not says so here.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random

from tests.grounding.pieces import Sentence, pieces_of
from tests.grounding.worlds import Stand, stands

WRITTEN = Path(__file__).parent / "byhand.txt"
WRITTEN_FRESH = Path(__file__).parent / "fresh" / "byhand.txt"
WRITTEN_UNSEEN = Path(__file__).parent / "unseen" / "byhand.txt"
"""Those of the parts `fresh` and `unseen`; see `answers`."""
FAMILY = "by hand"


@cache
def by_hand() -> tuple[tuple[Sentence, Stand], ...]:
    return tuple(
        one for file in (WRITTEN, WRITTEN_FRESH, WRITTEN_UNSEEN) for one in _read(file.read_text(encoding="utf-8"))
    )


def _read(text: str) -> Iterator[tuple[Sentence, Stand]]:
    by_name = {f"{stand.world}/{stand.kind}": stand for stand in stands()}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            name, facts, words = (part.strip() for part in line.split(" | "))
            stand = by_name[name]
            cites = tuple(sorted(_number(stand, fragment.strip()) for fragment in facts.split(" + ")))
            pieces = tuple(pieces_of(words, {}, Random(0)))  # noqa: S311 - nothing in it is by chance
            yield Sentence(pieces, cites, FAMILY, words), stand


def _number(stand: Stand, fragment: str) -> int:
    found = [fact.number for fact in stand.sheet.facts if fragment in fact.words]
    assert len(found) == 1, f"{stand.world}/{stand.kind}: {fragment!r} is in {len(found)} facts"
    return found[0]
