"""Whose changes a release carries: authors matched to people, and who may therefore not approve it in a gate.

Whoever wrote a change together with its author is an author of it, too: a *hand* is one person's part in a change.

Matching happens once, at preparation, and stands in the journal with the change: first what Slack says of the e-mail,
then the plan's own map; who is a program is asked of those only whom neither knows. The one thing to remember: an
author whom nobody could match is nobody in particular. Whether that bars nobody or everybody is the plan's to say, and
the question says it out loud.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.core.contents import Change, CoAuthor
from bot.core.foreign import flat
from bot.core.model import Release
from bot.core.plan import ApprovalGate

NAMED_MAX = 5
"""More changes than that are counted, not named."""

NAME_MAX = 60

_BOT = "[bot]"
_PROGRAM = re.compile(
    r"[^@]*\[bot\]@.*|noreply@anthropic\.com|(?:noreply|codex)@openai\.com|cursoragent@cursor\.com|copilot@github\.com"
    r"|(?:\d+\+)?copilot@users\.noreply\.github\.com",
    re.IGNORECASE,
)
"""Addresses that agents and bots sign with. A name says nothing of the kind: people are called Claude and Jules."""


@dataclass(frozen=True, slots=True)
class Hand:
    """One person's part in a change: their name as the commit has it, and who that is in Slack, or ""."""

    change: Change
    name: str
    person: str


def hands(changes: Iterable[Change]) -> Iterator[Hand]:
    """The author of each change, then its co-authors."""
    for change in changes:
        yield Hand(change, change.author, change.person)
        yield from (Hand(change, one.name, one.person) for one in change.co_authors)


def addresses(changes: Iterable[Change]) -> set[str]:
    """Everybody's e-mail, to be asked about."""
    return {email for change in changes for email in (change.email, *(one.email for one in change.co_authors))}


def matched(changes: Iterable[Change], by_email: Mapping[str, str], people: Mapping[str, str]) -> tuple[Change, ...]:
    """Each change with the Slack user id of its authors, or "". `people` is the plan's map, by e-mail or name."""
    mapped = {key.casefold(): person for key, person in people.items()}

    def person(name: str, email: str) -> str:
        return by_email.get(email) or mapped.get(email.casefold()) or mapped.get(name.casefold()) or ""

    def whole(change: Change) -> Change:
        others = (replace(one, person=person(one.name, one.email)) for one in change.co_authors)
        counted = tuple(one for one in others if one.person or not _is_a_program(one))
        return replace(change, person=person(change.author, change.email), co_authors=counted)

    return tuple(map(whole, changes))


def _is_a_program(one: CoAuthor) -> bool:
    return one.name.casefold().endswith(_BOT) or _PROGRAM.fullmatch(one.email) is not None


def of(release: Release, people: Collection[str]) -> tuple[Hand, ...]:
    """What these people wrote of the release."""
    return tuple(hand for hand in hands(release.changes) if hand.person and hand.person in people)


def barred(gate: ApprovalGate, release: Release) -> frozenset[str]:
    """Who wrote something of the release and may not approve it here."""
    if not release.plan.bars_own(gate):
        return frozenset()
    return frozenset(hand.person for hand in hands(release.changes) if hand.person)


def unmatched(gate: ApprovalGate, release: Release) -> tuple[Hand, ...]:
    """Those whom nobody could match, where that matters."""
    return tuple(hand for hand in hands(release.changes) if not hand.person) if release.plan.bars_own(gate) else ()


def bars_everybody(gate: ApprovalGate, release: Release) -> bool:
    """Whether an unknown author keeps everybody from approving."""
    return gate.unmatched == "bars-everybody" and bool(unmatched(gate, release))


def in_words(found: Iterable[Hand]) -> str:
    """`Ada (#41, #44), Bea (#42)`: plain text, foreign names cleaned."""
    by_author: dict[str, list[str]] = {}
    for hand in found:
        change = hand.change
        name = f"#{change.pull_request}" if change.pull_request is not None else change.commit[:7]
        by_author.setdefault(flat(hand.name, NAME_MAX) or "somebody without a name", []).append(name)
    shown = [
        f"{author} ({', '.join(names[:NAMED_MAX])}{_more(len(names))})"
        for author, names in list(by_author.items())[:NAMED_MAX]
    ]
    return ", ".join(shown) + _more(len(by_author))


def _more(count: int) -> str:
    return f" and {count - NAMED_MAX} more" if count > NAMED_MAX else ""
