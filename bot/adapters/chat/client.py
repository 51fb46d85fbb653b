"""The Web API clients: one that writes and never repeats itself, one that reads and may, one that waits for nobody.

The SDK's default client sends a request again when the connection breaks, which doubles a post whose answer was lost.
So nothing that posts goes through a client with retry handlers; the outbox repeats, and looks first. The one thing a
reader could forget: no session is shared. A pooled connection that Slack has closed meanwhile fails in the middle of a
post, and every such failure costs a search; a new connection fails before anything was sent.
"""

import ipaddress
from urllib.parse import urlsplit

from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.chat.named import NamingClient
from bot.core.slash import Slash

OWN_NAMES = Slash()

SLACK_API_URL = AsyncWebClient.BASE_URL

WRITING_SECONDS_MAX = 10
"""Well under the outbox's lease: whoever has given up on a post must still hold it."""

READING_SECONDS_MAX = 10
"""One attempt of a read."""


def writing_client(
    token: str | None,
    api_url: str = SLACK_API_URL,
    timeout_seconds: int = WRITING_SECONDS_MAX,
    slash: Slash = OWN_NAMES,
) -> AsyncWebClient:
    """For whatever changes something: one attempt, and its outcome as it is. `slash`: what people type here."""
    return _client(token, api_url, timeout_seconds, [], slash)


def reading_client(
    token: str | None, api_url: str = SLACK_API_URL, timeout_seconds: int = READING_SECONDS_MAX
) -> AsyncWebClient:
    """For reads, which may be repeated at will."""
    again: list[AsyncRetryHandler] = [
        AsyncConnectionErrorRetryHandler(max_retry_count=1),
        AsyncRateLimitErrorRetryHandler(max_retry_count=1),
        AsyncServerErrorRetryHandler(max_retry_count=1),
    ]
    return _client(token, api_url, timeout_seconds, again)


def impatient_client(token: str | None, api_url: str = SLACK_API_URL) -> AsyncWebClient:
    """For whoever waits at a terminal: "ask again in a minute" is an answer."""
    return _client(token, api_url, READING_SECONDS_MAX, [AsyncConnectionErrorRetryHandler(max_retry_count=1)])


def _client(
    token: str | None, api_url: str, timeout_seconds: int, again: list[AsyncRetryHandler], slash: Slash = OWN_NAMES
) -> AsyncWebClient:
    client = NamingClient(token, base_url=api_url, timeout=timeout_seconds, retry_handlers=again)
    client.slash = slash
    if is_loopback(api_url):
        client.proxy = None  # the SDK takes HTTP_PROXY from the environment, for 127.0.0.1 as well
    return client


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
