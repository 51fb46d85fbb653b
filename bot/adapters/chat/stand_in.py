"""The chat ports in memory, for tests and for the simulation's world.

The chat keeps what was said where, hands out rising timestamps, and goes wrong when its `trouble` says so, in the
four ways in which a chat goes wrong. The one thing a reader could forget: what is LATE has not happened yet when its
caller is told `Unknown`; it happens when `land` is called, or never.
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from bot.adapters.chat import Posted
from bot.core.errors import AdapterError, Permanent, Temporary, Unknown
from bot.views.rendered import Rendered

Result = TypeVar("Result")


class Trouble(StrEnum):
    """What goes wrong with one call."""

    REFUSED = "refused"
    """Not written; it may work later."""
    FORBIDDEN = "forbidden"
    """Not written, and never will be."""
    LOST = "lost"
    """Written, and the answer is lost."""
    LATE = "late"
    """The caller gives up; written when `land` is called."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message as it stands now. `edits` counts how often it was changed."""

    place: Posted
    key: str
    rendered: Rendered
    thread_ts: str | None = None
    broadcast: bool = False
    edits: int = 0

    @property
    def is_in_channel(self) -> bool:
        return self.thread_ts is None or self.broadcast

    def is_in_thread(self, thread_ts: str) -> bool:
        return thread_ts in (self.thread_ts, self.place.ts)


def _no_trouble(_method: str, _key: str) -> Trouble | None:
    return None


@dataclass(slots=True)
class StandInChat:
    """`trouble(method, key)` is asked once a call; `rooms` holds each channel's members."""

    trouble: Callable[[str, str], Trouble | None] = _no_trouble
    rooms: dict[str, frozenset[str]] = field(default_factory=dict)
    said: dict[Posted, Said] = field(default_factory=dict)
    """In the order in which it was said."""
    late: list[Callable[[], object]] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    """(method, key or channel) of every call, those that went wrong too."""
    _count: int = 0

    async def post(
        self, channel: str, rendered: Rendered, key: str, thread_ts: str | None = None, *, broadcast: bool = False
    ) -> Posted:
        def write() -> Posted:
            self._count += 1
            place = Posted(self._id_of(channel), f"{self._count:010d}.000000")
            self.said[place] = Said(place, key, rendered, thread_ts, broadcast and thread_ts is not None)
            return place

        return self._do("post", key, write)

    async def find(self, channel: str, key: str, thread_ts: str | None = None) -> Posted | None:
        def look() -> Posted | None:
            here = self._id_of(channel)
            for said in self.said.values():
                in_sight = said.is_in_thread(thread_ts) if thread_ts else said.is_in_channel
                if said.key == key and said.place.channel == here and in_sight:
                    return said.place
            return None

        return self._read("find", key, look)

    async def edit(self, place: Posted, rendered: Rendered, key: str) -> None:
        def write() -> None:
            before = self.said.get(place)
            if before is None:
                raise Permanent(f"edit a message in {place.channel}: message_not_found")
            self.said[place] = replace(before, rendered=rendered, key=key, edits=before.edits + 1)

        self._do("edit", key, write)

    async def members(self, channel: str) -> frozenset[str]:
        return self._read("members", channel, lambda: self.rooms.get(channel, frozenset()))

    def land(self) -> int:
        """Everything that is late happens now; how much that was."""
        landing, self.late = self.late, []
        for write in landing:
            write()
        return len(landing)

    def duplicates(self) -> list[str]:
        """Keys under which more than one message stands: what must never be."""
        keys = [said.key for said in self.said.values()]
        return sorted({key for key in keys if keys.count(key) > 1})

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _do(self, method: str, key: str, write: Callable[[], Result]) -> Result:
        match self._meets(method, key):
            case Trouble.LOST:
                write()
                raise Unknown(f"{method} {key}: the answer was lost")
            case Trouble.LATE:
                self.late.append(write)
                raise Unknown(f"{method} {key}: no answer in time")
            case _:
                return write()

    def _read(self, method: str, what: str, look: Callable[[], Result]) -> Result:
        if self._meets(method, what) is not None:
            raise Temporary(f"{method} {what}: no answer")
        return look()

    def _meets(self, method: str, key: str) -> Trouble | None:
        """The trouble of this call, if it has any and something may have been written in spite of it."""
        self.calls.append((method, key))
        trouble = self.trouble(method, key)
        if trouble is Trouble.REFUSED:
            raise Temporary(f"{method} {key}: not now")
        if trouble is Trouble.FORBIDDEN:
            raise Permanent(f"{method} {key}: never")
        return trouble

    @staticmethod
    def _id_of(channel: str) -> str:
        return f"C0{channel[1:].upper()}" if channel.startswith("#") else channel


@dataclass(slots=True)
class StandInPictures:
    """Keeps what was uploaded: id → (name, bytes, alt). `refusal` is raised in place of taking one in."""

    refusal: AdapterError | None = None
    files: dict[str, tuple[str, bytes, str]] = field(default_factory=dict)

    async def upload(self, name: str, png: bytes, alt: str) -> str:
        if self.refusal is not None:
            raise self.refusal
        file = f"F{len(self.files) + 1:08d}"
        self.files[file] = (name, png, alt)
        return file


@dataclass(slots=True)
class StandInTelling:
    """Keeps what was told: place → (thread, person, sentences)."""

    told: dict[Posted, tuple[str, str, tuple[str, ...]]] = field(default_factory=dict)

    async def tell(self, channel: str, thread_ts: str, person: str, sentences: AsyncIterator[str]) -> Posted | None:
        said = tuple([sentence async for sentence in sentences])
        if not said:
            return None
        place = Posted(channel, f"{len(self.told) + 1:010d}.000000")
        self.told[place] = (thread_ts, person, said)
        return place


@dataclass(slots=True)
class StandInDirectory:
    """`people`: user ids by address. `refusal` is raised in place of an answer."""

    people: dict[str, str] = field(default_factory=dict)
    refusal: AdapterError | None = None
    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    clocks: dict[str, int] = field(default_factory=dict)

    async def by_email(self, addresses: Collection[str]) -> Mapping[str, str]:
        if self.refusal is not None:
            raise self.refusal
        return {address: self.people[address] for address in addresses if address in self.people}

    async def members(self, group: str) -> frozenset[str]:
        if self.refusal is not None:
            raise self.refusal
        return self.groups.get(group, frozenset())

    async def offsets(self, people: Collection[str]) -> Mapping[str, int]:
        if self.refusal is not None:
            raise self.refusal
        return {person: self.clocks[person] for person in people if person in self.clocks}
