"""Whose changes a release carries: authors matched to people, and who may therefore not approve it in a gate.

Matching happens once, at preparation, and stands in the journal with the change: first what Slack says of the e-mail,
then the plan's own map. The one thing to remember: an author whom nobody could match is nobody in particular. Whether
that bars nobody or everybody is the plan's to say, and the question says it out loud.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.core.foreign import flat
from bot.core.model import Change, Release
from bot.core.plan import ApprovalGate

NAMED_MAX = 5
"""More changes than that are counted, not named."""

NAME_MAX = 60


def matched(changes: Iterable[Change], by_email: Mapping[str, str], people: Mapping[str, str]) -> tuple[Change, ...]:
    """Each change with the Slack user id of its author, or "". `people` is the plan's map, by e-mail or name."""
    mapped = {key.casefold(): person for key, person in people.items()}

    def person(change: Change) -> str:
        by_map = mapped.get(change.email.casefold()) or mapped.get(change.author.casefold())
        return by_email.get(change.email) or by_map or ""

    return tuple(replace(change, person=person(change)) for change in changes)


def barred(gate: ApprovalGate, release: Release) -> frozenset[str]:
    """Who wrote something of the release and may not approve it here."""
    if not release.plan.bars_own(gate):
        return frozenset()
    return frozenset(change.person for change in release.changes if change.person)


def unmatched(gate: ApprovalGate, release: Release) -> tuple[Change, ...]:
    """Changes whose authors nobody could match, where that matters."""
    return tuple(one for one in release.changes if not one.person) if release.plan.bars_own(gate) else ()


def bars_everybody(gate: ApprovalGate, release: Release) -> bool:
    """Whether an unknown author keeps everybody from approving."""
    return gate.unmatched == "bars-everybody" and bool(unmatched(gate, release))


def in_words(changes: Iterable[Change]) -> str:
    """`Ada (#41, #44), Bea (#42)`: plain text, foreign names cleaned."""
    by_author: dict[str, list[str]] = {}
    for change in changes:
        name = f"#{change.pull_request}" if change.pull_request is not None else change.commit[:7]
        by_author.setdefault(flat(change.author, NAME_MAX) or "somebody without a name", []).append(name)
    shown = [
        f"{author} ({', '.join(names[:NAMED_MAX])}{_more(len(names))})"
        for author, names in list(by_author.items())[:NAMED_MAX]
    ]
    return ", ".join(shown) + _more(len(by_author))


def _more(count: int) -> str:
    return f" and {count - NAMED_MAX} more" if count > NAMED_MAX else ""
