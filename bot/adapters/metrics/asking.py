"""How a server of somebody else's is asked for metrics: with a secret of the environment's, and not while it rests.

Of the present alone a server is given a rest: what it says of the past must not blind whoever watches. The one thing to
remember: words stay the same while the trouble does. Other words would be another verdict, and so an event a look.
"""

import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from aiohttp import ClientResponse

from bot.core.errors import Permanent, Temporary

CHUNK_BYTES = 65_536
REST_SECONDS_MAX = 60.0
"""Longer than that nobody is left alone: a release would be blind for reasons of politeness."""


class Unready(Temporary):
    """The same question may be answered later: the server asks to be left alone, fails, or is too slow just now."""


class Late(Unready):
    """There was no answer in time; a smaller question might have had one."""


class Busy(Unready):
    """The server asks to be left alone, or fails."""


@dataclass
class Rest:
    """After it was asked to, or after a failure, the server is left alone: twice as long each time."""

    failures: int = 0
    until: float = 0.0
    why: str = ""

    def refuse(self, at: float) -> None:
        """Raises Unready while it lasts. A clock that was put back does not prolong it."""
        if 0 < self.until - at <= REST_SECONDS_MAX:
            raise Unready(self.why, self.until - at)

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


def secrets(variables: Mapping[str, str], named: Mapping[str, str], who: str) -> dict[str, str]:
    """What variables hold, by header. Raises Permanent, which names all that hold nothing."""
    unset = [name for name in named.values() if not variables.get(name, "").strip()]
    if len(unset) > 1:
        raise Permanent(f"{' and '.join(unset)} are not set in the environment or in .env, and {who} asks for them")
    return {header: secret(variables, name, who) for header, name in named.items()}


def secret(variables: Mapping[str, str], name: str, who: str) -> str:
    """What a variable holds. Raises Permanent, which names it, when it holds nothing."""
    value = variables.get(name, "").strip()
    if not value:
        raise Permanent(f"{name} is not set in the environment or in .env, and {who} asks for it")
    return value


def without(body: bytes, secrets: Iterable[str]) -> bytes:
    """A server's own words, in which it may repeat what it was sent."""
    for one in secrets:
        body = body.replace(one.encode(), "…".encode())
    return body


def trusting(ca_file: str | None, certificate_file: str | None = None) -> ssl.SSLContext | bool:
    """Whom to believe that they are the server, and who we are; True: as the machine does.

    Raises Permanent for a file that cannot be used.
    """
    if ca_file is None and certificate_file is None:
        return True
    try:
        context = ssl.create_default_context(cafile=ca_file)
        if certificate_file is not None:
            context.load_cert_chain(certificate_file)
    except OSError as error:  # an SSLError is one
        files = " or ".join(name for name in (ca_file, certificate_file) if name is not None)
        raise Permanent(f"{files} cannot be used: {error.strerror or error}") from None
    return context


def seconds_in(written: str, sent: str = "") -> float | None:
    """Of a header such as Retry-After; a date is counted from when the answer was `sent`, by the server's own clock."""
    if written.strip().isdigit():
        return float(written)
    try:
        return max((parsedate_to_datetime(written) - parsedate_to_datetime(sent)).total_seconds(), 0.0)
    except (TypeError, ValueError):  # no dates, or only one of them has a zone
        return None
