"""Facts about what a release changes, and which changes are suspected of what broke.

Everything here was written outside: titles and bodies are quotations, and numbers in them are numbers of a quotation.
The one thing to remember: a ranking says why a change is suspected; no fact of this file says that one caused anything.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from bot.core.contents import Change
from bot.texts.sheet.fact import Amount, Cause, Deed, Fact, FactKind, Role, Term, TermKind
from bot.texts.sheet.writing import commit, harmless, listed, quoted, short

BODY_MAX = 300
"""Characters of a body: its first paragraphs say what it is about."""

PATHS_MAX = 8
"""Files named of one change; the rest is counted."""

REASONS_MAX = 4


class Suspicion(Protocol):
    """One change with why it may be behind what broke, as a diagnosis ranks it: the likeliest first."""

    @property
    def change(self) -> Change: ...

    @property
    def reasons(self) -> Sequence[str]: ...


def change_fact(change: Change) -> Fact:
    """`change #41 (commit 41c0ffee) by Ada Lindqvist: «put widgets in an order of your own»; it touches …`."""
    number = f"#{change.pull_request} " if change.pull_request is not None else ""
    who, title, body = harmless(change.author), quoted(change.title), change.body.strip()
    told = f"; it says {quoted(body, BODY_MAX)}" if body else ""
    paths = [harmless(path, 120) for path in change.paths[:PATHS_MAX]]
    more = len(change.paths) - len(paths)
    files = f"; it touches {listed([*paths, *([f'{more} more'] if more > 0 else [])])}" if paths else ""
    return Fact(
        0,
        FactKind.CHANGE,
        f"change {number}(commit {short(change.commit)}) by {who}: {title}{told}{files}",
        amounts=(Amount(len(change.paths), "", Role.COUNT, "files"),) if paths else (),
        terms=(*_names(change), *(Term(TermKind.PATH, path) for path in paths)),
        quoted=(title, *((quoted(body, BODY_MAX),) if body else ())),
    )


def ranking_facts(suspicions: Sequence[Suspicion]) -> Iterator[Fact]:
    """`suspect 1 of 3 is change #43 (commit 43c0ffee) by Teo Marin: «…»`: suspected, and never more than that."""
    for rank, suspicion in enumerate(suspicions, start=1):
        change = suspicion.change
        number = f"#{change.pull_request} " if change.pull_request is not None else ""
        reasons = [quoted(reason) for reason in suspicion.reasons[:REASONS_MAX]]
        why = f"; {listed(reasons)}" if reasons else ""
        yield Fact(
            0,
            FactKind.RANKING,
            f"suspect {rank} of {len(suspicions)}, by evidence that proves nothing, is change {number}"
            f"(commit {short(change.commit)}) by {harmless(change.author)}: {quoted(change.title)}{why}",
            amounts=(
                Amount(rank, "", Role.RANK, "suspect"),
                Amount(len(suspicions), "", Role.COUNT, "suspects"),
            ),
            terms=_names(change),
            deeds=(Deed.SUSPECTED,),
            cause=Cause((Deed.SUSPECTED,), words=" ".join(reasons)) if reasons else None,
            quoted=(quoted(change.title), *reasons),
        )


def _names(change: Change) -> tuple[Term, ...]:
    number = change.pull_request
    return (
        *((Term(TermKind.PULL_REQUEST, str(number)),) if number is not None else ()),
        commit(change.commit),
        Term(TermKind.PERSON, harmless(change.author)),
    )
