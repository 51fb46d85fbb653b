"""Values to JSON and back: events, effects, commands, and the small records that are stored beside them.

A value of a family (event, effect, command) is stored as the name of its class and a JSON body; a record whose class is
known from where it stands (`Actor`, `Verdict`) as its body alone. pydantic checks every field on the way back in,
nothing unknown is skipped, and infinite numbers survive. The one thing to remember: a name or a field that was ever
written must be read for ever, so classes keep their names and new fields have defaults (`bot.core.events`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from bot.core.actors import Actor
from bot.core.commands import Command, every_command
from bot.core.effects import Effect, Tell, every_effect
from bot.core.errors import Misconfigured
from bot.core.events import Event, every_event

T = TypeVar("T")

EVENTS: Mapping[str, type[Event]] = {kind.__name__: kind for kind in every_event()}
EFFECTS: Mapping[str, type[Effect]] = {kind.__name__: kind for kind in every_effect()}
COMMANDS: Mapping[str, type[Command]] = {kind.__name__: kind for kind in every_command()}

_CONFIG = ConfigDict(extra="forbid", ser_json_inf_nan="strings")

EVENTS_CACHED = 4_096
"""Decoded events kept: the journals of some twenty moving releases. They are frozen, so they can be shared."""

ACTORS_CACHED = 512


@dataclass(frozen=True, slots=True)
class Coded:
    """A value of a family as it is stored: the name of its class, and its JSON."""

    kind: str
    body: str


@dataclass(frozen=True, slots=True)
class _StoredTell:
    """`Tell` as it is stored: a command inside an effect brings the name of its own class along."""

    key: str
    release: str
    kind: str
    command: str


def dump(record: object) -> str:
    """The JSON of a dataclass."""
    return _ADAPTERS[type(record)].dump_json(record).decode()


def load(kind: type[T], body: str) -> T:
    """The value of a class from its JSON. Raises Misconfigured when it does not fit the class."""
    try:
        loaded: T = _ADAPTERS[kind].validate_json(body)
    except ValidationError as error:
        raise Misconfigured(f"a stored {kind.__name__} cannot be read, {_WHY}: {error}") from None
    return loaded


def encode(value: Event | Command | Effect) -> Coded:
    if isinstance(value, Tell):
        command = encode(value.command)
        return Coded("Tell", dump(_StoredTell(value.key, value.release, command.kind, command.body)))
    return Coded(type(value).__name__, dump(value))


@lru_cache(maxsize=EVENTS_CACHED)
def decode_event(kind: str, body: str) -> Event:
    return load(_known("event", EVENTS, kind), body)


def decode_effect(kind: str, body: str) -> Effect:
    if kind == "Tell":
        tell = load(_StoredTell, body)
        return Tell(tell.key, tell.release, decode_command(tell.kind, tell.command))
    return load(_known("effect", EFFECTS, kind), body)


def decode_command(kind: str, body: str) -> Command:
    return load(_known("command", COMMANDS, kind), body)


@lru_cache(maxsize=ACTORS_CACHED)
def decode_actor(body: str) -> Actor:
    return load(Actor, body)


_WHY = "perhaps because a newer Songbird wrote it: run that version, or restore a copy of the database from before it"


def _known(family: str, kinds: Mapping[str, type[T]], kind: str) -> type[T]:
    if kind not in kinds:
        raise Misconfigured(f"the database holds the {family} {kind!r} that this Songbird does not know, {_WHY}")
    return kinds[kind]


class _Adapters(dict[type, TypeAdapter[Any]]):
    """What pydantic compiles for a class, when the class is first met."""

    def __missing__(self, kind: type) -> TypeAdapter[Any]:
        # A configuration is accepted only for a type that could not bring its own: a dataclass could, a union cannot.
        configurable: Any = kind | None
        self[kind] = adapter = TypeAdapter(configurable, config=_CONFIG)
        return adapter


_ADAPTERS = _Adapters()
