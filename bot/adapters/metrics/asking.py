"""How a server of somebody else's is asked for metrics: with a secret of the environment's, and not while it rests.

The one thing to remember: words stay the same while the trouble does. Other words would be another verdict, and so an
event a look.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import ClientResponse

from bot.core.errors import Permanent, Temporary

CHUNK_BYTES = 65_536
REST_SECONDS_MAX = 60.0
"""Longer than that nobody is left alone: a release would be blind for reasons of politeness."""


@dataclass
class Rest:
    """After it was asked to, or after a failure, the server is left alone: twice as long each time."""

    failures: int = 0
    until: float = 0.0
    why: str = ""

    def refuse(self, at: float) -> None:
        """Raises Temporary while it lasts. A clock that was put back does not prolong it."""
        if 0 < self.until - at <= REST_SECONDS_MAX:
            raise Temporary(self.why)

    def begin(self, at: float, why: str, asked_seconds: float | None) -> None:
        self.failures += 1
        wanted = 2.0**self.failures if asked_seconds is None else asked_seconds
        self.until, self.why = at + min(wanted, REST_SECONDS_MAX), why

    def end(self) -> None:
        self.failures, self.until = 0, 0.0


async def body_of(answer: ClientResponse, bytes_max: int, too_much: str) -> bytes:
    """All of it, unpacked. Raises Temporary with these words when it is more than that."""
    body = bytearray()
    async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
        body += chunk
        if len(body) > bytes_max:
            raise Temporary(too_much)
    return bytes(body)


def secret(variables: Mapping[str, str], name: str, who: str) -> str:
    """What a variable holds. Raises Permanent, which names it, when it holds nothing."""
    value = variables.get(name, "").strip()
    if not value:
        raise Permanent(f"{name} is not set in the environment or in .env, and {who} asks for it")
    return value


def seconds_in(written: str) -> float | None:
    """Of a header such as Retry-After, which may also be a date, and then is not looked at."""
    return float(written) if written.strip().isdigit() else None
