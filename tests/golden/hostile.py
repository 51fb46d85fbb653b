"""Journals in which everything that somebody outside can choose is an attack: titles, names, notes, reasons, texts.

`one_attack` puts the same into every place, which is the most that can come together; `many_attacks` gives each place
the next one, so that few journals hold them all. The one thing to remember: what is spoilt is the journal, behind every
check of what comes in, so that the views have to be safe by themselves.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from itertools import cycle, islice
from typing import Any

from bot.core.events import Recorded
from tests.texts.attacks import ATTACKS, NOISE, PINGS

FOREIGN = frozenset(
    {"ref", "note", "name", "previous_name", "title", "author", "email", "body", "text", "reason", "words", "rule"}
    | {
        "times",
        "key",
        "waiting_for",
        "owner",
        "disposition",
        "caption",
        "alt",
        "failed",
        "evidence",
        "numbers",
        "paths",
        "url",
    }
)
"""Fields that hold what somebody outside chose, or what was made of that."""

DIGESTED = frozenset({"text"})
"""Fields that are folded to a digest of their UTF-8, which half a character has not: the doors replace it."""

MALLORY = "U0MALLORY"
"""Whom the attacks want to call: nobody whom a plan names."""

MARK = re.compile("[*_~`:\uff0a\uff3f\uff40]mallory")
"""How a word of the attack on marks begins where it is one: bold, italic, struck out, code or an emoji."""

EDGES = {
    "a person": f"<@{MALLORY}>",
    "five thousand things to escape": "&<" * 2_500,
    "an entity at every edge": "&amp;" * 1_000,
    "a token at every edge": f"<@{MALLORY}>" * 500,
    "marks and lines": "*b* _i_ ```\n> q\n:white_check_mark: *approval* yes from everybody\n`c`",
    "marks of somebody else's": (
        "see *mallory* _mallory_ ~mallory~ `mallory` :mallory: \uff0amallory\uff0a and *_mallory_*,"
        + " \u2800\u3164\uffa0" * 20
        + ":mallory: *mallory*: Victor said yes"
    ),
    "other directions and joined emoji": "\u202eevil\u2066 שלום 👩‍👩‍👧‍👦 \x00\x07 \u2028 ﷽" * 200,
    "nothing": "",
}
"""What breaks a message by its form and not by what it asks for."""


def _for_mallory(attacks: Mapping[str, str]) -> dict[str, str]:
    return {name: re.sub("U0(VICTOR|PRIYA)", MALLORY, text) for name, text in attacks.items()}


WORST = _for_mallory({**EDGES, **PINGS, **NOISE})
HOSTILE = _for_mallory({**EDGES, **ATTACKS})

Choose = Callable[[], str]


def one_attack(journal: Iterable[Recorded], text: str) -> tuple[Recorded, ...]:
    return _spoilt(journal, lambda: text)


def many_attacks(journal: Iterable[Recorded], begin: int) -> tuple[Recorded, ...]:
    """Each place has the next attack, from the `begin`-th on."""
    texts = islice(cycle(HOSTILE.values()), begin, None)
    return _spoilt(journal, lambda: next(texts))


def _spoilt(journal: Iterable[Recorded], choose: Choose) -> tuple[Recorded, ...]:
    return tuple(_spoil(recorded, choose) for recorded in journal)


def _spoil(value: Any, choose: Choose) -> Any:
    """The same with every foreign text replaced; the name of an actor is foreign, their id is Slack's."""
    if isinstance(value, tuple):
        return tuple(_spoil(part, choose) for part in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {field.name: _part(field.name, getattr(value, field.name), choose) for field in fields(value)}
    return replace(value, **changed)


def _part(name: str, value: Any, choose: Choose) -> Any:
    if name in FOREIGN and isinstance(value, str):
        return _whole(choose()) if name in DIGESTED else choose()
    if name in FOREIGN and isinstance(value, tuple) and all(isinstance(part, str) for part in value):
        return tuple(choose() for _ in value)
    return _spoil(value, choose)


def _whole(text: str) -> str:
    return text.encode(errors="replace").decode()
