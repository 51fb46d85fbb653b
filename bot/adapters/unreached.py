"""Why an address could not be reached, in one voice: what there is at its host and port, and what to look at.

The one thing to remember: of an address its host and port alone are told. A user, a password or a token may stand in
the rest of it, and what is said here gets into verdicts.
"""

import ssl
from errno import ECONNREFUSED, EHOSTUNREACH, ENETUNREACH
from urllib.parse import urlsplit

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientOSError,
    ClientPayloadError,
    ClientResponseError,
    InvalidURL,
    ServerDisconnectedError,
)

PORTS = {"http": 80, "https": 443}
_NO_WAY = (EHOSTUNREACH, ENETUNREACH)
_EXPIRED, _OF_ANOTHER = 10, 62
"""OpenSSL's X509_V_ERR_CERT_HAS_EXPIRED and X509_V_ERR_HOSTNAME_MISMATCH."""


def place_of(url: str) -> str:
    """`prometheus.example:9090`; no more of it than that."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        return "an address that is none"
    return f"{f'[{host}]' if ':' in host else host}:{port}"


def late(seconds: float, url: str = "") -> str:
    """For what comes behind a name: `Prometheus did not answer within 5 s at prometheus.example:9090; …`."""
    at = f" at {place_of(url)}" if url else ""
    return f"did not answer within {seconds:g} s{at}; is it up, and quick enough?"


def why_not(error: Exception, url: str) -> str:
    """One sentence; the same for the same trouble, whatever is asked there."""
    at = place_of(url)
    match error:
        case TimeoutError():
            return f"{at} did not answer in time; is it up, and quick enough?"
        case ClientConnectorDNSError():
            return f"no host is called {error.host}; is it written right, and known where Songbird runs?"
        case ClientConnectorCertificateError():
            return _untrusted(at, error.certificate_error)
        case ClientConnectorSSLError():
            return f"{at} does not speak https; is http:// meant?"
        case ClientConnectorError():
            at = place_of(f"//{f'[{error.host}]' if ':' in str(error.host) else error.host}:{error.port}")
            if error.os_error.errno in _NO_WAY:
                return f"there is no way from here to {at}; is it behind a VPN or a firewall?"
            return f"nobody listens at {at}; is it running, and is the port right?"
        case ClientResponseError():
            return "what listens there does not speak HTTP; is the port right, or is https:// meant?"
        case ServerDisconnectedError() | ClientPayloadError() | ClientOSError():
            return f"{at} broke off in the middle; is it just starting, or is https:// meant?"
        case InvalidURL():
            return "its address is none; is it written right?"
        case _:
            return type(error).__name__


def is_refused(error: Exception) -> bool:
    """Whether the machine was there, and no proxy or network is to blame."""
    return isinstance(error, ClientConnectorError) and error.os_error.errno == ECONNREFUSED


def _untrusted(at: str, error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError(verify_code=code) if code == _EXPIRED:
            return f"the certificate of {at} has run out; is this machine's clock right?"
        case ssl.SSLCertVerificationError(verify_code=code) if code == _OF_ANOTHER:
            return f"the certificate of {at} is for another name; is the address right?"
        case _:
            return f"the certificate of {at} is not trusted here; SSL_CERT_FILE names a file of those that are"
