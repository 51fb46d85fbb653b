"""Where a browser on tour may go: the plan's addresses and what it allows besides. Everything else is closed.

It is closed twice: each request is asked about by its whole address (`holds`), and the browser's own network is told to
use a proxy that does not exist for every host but these (`open_hosts`), which also holds where requests cannot be asked
about, as in redirects and web sockets.
"""

from urllib.parse import urlsplit

from bot.core.tour import Walkthrough

HOST_CHARACTERS_MAX = 100
NO_PORT = -1

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_INLINE = {"data", "blob", "about"}
"""Nothing is loaded from outside for these."""


class Reach:
    def __init__(self, walkthrough: Walkthrough) -> None:
        own = filter(None, (walkthrough.staging, walkthrough.production))
        places = [*own, *walkthrough.allow]
        self._origins = {_origin(place) for place in places if "://" in place}
        self._hosts = {place.lower() for place in places if "://" not in place}

    def holds(self, address: str) -> bool:
        """Whether this may be loaded."""
        parts = urlsplit(address)
        if parts.scheme in _INLINE:
            return True
        host = (parts.hostname or "").lower()
        at_its_port = parts.scheme in _PORTS and f"{host}:{_origin(address)[2]}" in self._hosts
        return host in self._hosts or at_its_port or _origin(address) in self._origins

    @property
    def open_hosts(self) -> str:
        """The same as Chromium's proxy rules say it: this machine is no exception, but these hosts are.

        Of several rules that fit, the last one counts.
        """
        hosts = {f"{_bracketed(host)}:{port}" for _, host, port in self._origins} | self._hosts
        return ",".join(("<-loopback>", *sorted(hosts)))


def host_of(address: str) -> str:
    """For people: without path, query and user, which may hold anything."""
    parts = urlsplit(address)
    return parts.netloc.rpartition("@")[2][:HOST_CHARACTERS_MAX] or parts.scheme


def _origin(address: str) -> tuple[str, str, int]:
    parts = urlsplit(address)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    try:
        port = parts.port
    except ValueError:
        port = NO_PORT
    return scheme, (parts.hostname or "").lower(), port or _PORTS.get(parts.scheme, NO_PORT)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
