"""Who made a change: its author, those who wrote it together with them, and which of them are programs. Pure.

The one thing to remember: one address is one person, and so is one name; whoever is named last gives the name.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from bot.core.contents import Change
from bot.texts.markdown import line

NAME_MAX = 80
PEOPLE_MAX = 2_000
"""Characters of a name; people whose nature is remembered, since most of them wrote more than one change."""

_BOT = re.compile(
    r"\[bot\]|(?:^|[\s_-])(?:ro)?bot$|^(?:dependabot|renovate|greenkeeper|github-actions|snyk|pre-commit-ci|pyup|weblate)\b",
    re.IGNORECASE,
)
_AGENT = re.compile(r"\b(?:copilot|claude|codex|devin|jules|cursor|gemini)\b", re.IGNORECASE)
_TOGETHER = re.compile(r"^Co-authored-by:(?P<name>[^<\n]*)<(?P<email>[^>\n]*)>", re.IGNORECASE | re.MULTILINE)


def is_by_a_bot(change: Change) -> bool:
    """Written by a program that keeps things up to date. An agent that writes code for people is none of those."""
    return _is_a_bot(change.author, change.email) and not _is_an_agent(change.author, change.email)


def authors(changes: Iterable[Change]) -> tuple[str, ...]:
    """Each person once, in the order of their names; co-authors too, programs not."""
    by_address: dict[str, str] = {}
    for name, email in _everybody(changes):
        if name and not _is_a_bot(name, email) and not _is_an_agent(name, email):
            by_address[email.casefold() or name] = name
    by_name = {name.casefold(): line(name, NAME_MAX) for name in by_address.values()}
    return tuple(sorted(filter(None, by_name.values()), key=str.casefold))


def named_in(message: str) -> Iterator[tuple[str, str]]:
    """Name and address of everybody whom the trailers of a message name, programs too."""
    if "uthored-" in message.casefold():
        yield from ((one["name"].strip(), one["email"].strip()) for one in _TOGETHER.finditer(message))


@lru_cache(maxsize=PEOPLE_MAX)
def _is_a_bot(name: str, email: str) -> bool:
    return bool(_BOT.search(name) or "[bot]" in email or _BOT.search(email.partition("@")[0]))


@lru_cache(maxsize=PEOPLE_MAX)
def _is_an_agent(name: str, email: str) -> bool:
    return bool(_AGENT.search(name) or _AGENT.search(email))


def _everybody(changes: Iterable[Change]) -> Iterator[tuple[str, str]]:
    for change in changes:
        yield change.author.strip(), change.email
        yield from named_in(change.body)
