"""Slack's edge, where the commands get the names that this workspace has for them.

Whatever leaves for Slack leaves by one of three: a call of the Web API, an ack, an answer to a response_url. Each is
here once, and puts the names into what people will read: never into values, ids or metadata, which are ours to read
again. The one thing to remember: a form's field that is filled in already is left alone too, as it comes back.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook import WebhookResponse

from bot.core.slash import Slash
from bot.views.mrkdwn import cut

READ = frozenset({"text", "alt_text", "markdown_text"})
"""Fields that people read; `errors` of a form is a field of such texts."""

LENGTH_MAX = 1_900
"""A text that was longer already does not grow: it was as long as its place allows."""


def put_in(slash: Slash, payload: Any) -> Any:  # noqa: ANN401 - walks any JSON
    """The same JSON with these names in what people read."""
    if isinstance(payload, dict):
        return {name: _field(slash, name, value) for name, value in payload.items()}
    if isinstance(payload, list | tuple):
        return [put_in(slash, part) for part in payload]
    return payload


def _field(slash: Slash, name: str, value: Any) -> Any:  # noqa: ANN401 - any JSON
    if name in READ and isinstance(value, str):
        said = slash.said(value)
        return cut(said, max(len(value), LENGTH_MAX)) if len(said) > len(value) else said
    if name == "errors" and isinstance(value, dict):
        return {field: slash.said(str(words)) for field, words in value.items()}
    if name == "metadata":
        return value
    return put_in(slash, value)


class NamingClient(AsyncWebClient):
    """A Web API client; `slash` is set once after it was made, since the SDK copies clients by their own arguments."""

    slash = Slash()

    async def api_call(
        self,
        api_method: str,
        *,
        json: dict[str, Any] | None = None,
        **more: Any,  # noqa: ANN401 - the SDK's own
    ) -> AsyncSlackResponse:
        named = put_in(self.slash, json) if json is not None else None
        return await super().api_call(api_method, json=named, **more)


class NamingAck(AsyncAck):
    def __init__(self, slash: Slash) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Bolt's has no annotations
        self._slash = slash

    async def __call__(self, *args: Any, **said: Any) -> BoltResponse:  # noqa: ANN401 - whatever Bolt's takes
        return await super().__call__(*args, **put_in(self._slash, said))


class NamingRespond(AsyncRespond):
    def __init__(self, slash: Slash, respond: AsyncRespond) -> None:
        super().__init__(response_url=respond.response_url, proxy=respond.proxy, ssl=respond.ssl)
        self._slash = slash

    async def __call__(self, *args: Any, **said: Any) -> WebhookResponse:  # noqa: ANN401 - as above
        return await super().__call__(*args, **put_in(self._slash, said))


def naming(slash: Slash, client: Callable[[], AsyncWebClient]) -> Callable[..., Awaitable[None]]:
    """Middleware for Bolt: its listeners get these three instead of Bolt's own."""

    async def name(context: AsyncBoltContext, next_: Callable[[], Awaitable[None]]) -> None:
        context["client"], context["ack"] = client(), NamingAck(slash)
        if context.respond is not None:
            context["respond"] = NamingRespond(slash, context.respond)
        await next_()

    return name
