"""What a plan has sent to other systems, and the one rule for all of it: a secret is named, never written.

A plan is kept in the journal, and its address, headers and body with it. The one thing to remember: a secret is known
by the name that it is sent under. Under another name, or in a path, nobody sees that it is one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated
from urllib.parse import unquote

from pydantic import BeforeValidator, Field

_SECRET = re.compile(
    r"auth|cookie|token|secret|passw|pwd|credential|signature|\bsig\b|\bkey\b|(api|app|access|private|subscription).?key",
    re.IGNORECASE,
)
"""In the name of a header, or of a part of an address or of a body."""
_WAY_IN = re.compile(r"(bearer|basic)\s", re.IGNORECASE)
"""How the value of a header begins that is one, whatever it is called."""
_IN_BODY = re.compile(r"""([\w.-]+)["']?\s*:\s*["']|(?:^|&)([^=&\s]+)=""")
"""Names with a text behind them, in JSON and what is written like it, or in a form."""


def _variable(written: object) -> object:
    """A name, not what it stands for. What was written is not repeated: it may be the secret itself."""
    if not isinstance(written, str) or not re.fullmatch(r"[A-Z][A-Z0-9_]*", written):
        raise ValueError("write the name of an environment variable, such as PROMETHEUS_TOKEN; a plan holds no secret")
    return written


Variable = Annotated[
    str, BeforeValidator(_variable), Field(description="the name of an environment variable, such as PROMETHEUS_TOKEN")
]
Header = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,60}$")]


def in_address(address: str) -> str:
    """The address. Raises ValueError for one with a secret in its query."""
    names = (unquote(one.partition("=")[0]) for one in re.split(r"[?&;]", address)[1:] if "=" in one)
    if secret := _first(names):
        raise ValueError(f"the address holds {secret}, which is a secret: let headers_from send it")
    return address


def in_body(body: str) -> str:
    """The body. Raises ValueError for one with a secret in it."""
    if secret := _first(unquote(one) for found in _IN_BODY.findall(body) for one in found):
        raise ValueError(f"'body' holds {secret}, which is a secret: let headers_from send it")
    return body


def in_headers(headers: Mapping[str, str]) -> None:
    """Raises ValueError where one of them is a secret."""
    if barred := _first(headers) or next((name for name, value in headers.items() if _WAY_IN.match(value)), None):
        raise ValueError(f"'headers' holds {barred}, which is a secret: let headers_from name a variable for it")


def _first(names: Iterable[str]) -> str | None:
    secrets: Iterator[str] = (name for name in names if _SECRET.search(name))
    return next(secrets, None)
