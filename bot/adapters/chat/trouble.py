"""What an answer from Slack, or its absence, means to whoever asked: `Temporary`, `Permanent` or `Unknown`.

The question is always the same: can it have happened? A refusal in Slack's words did not happen; a connection that was
never made did not either; everything that broke after the request had left may have. The one thing a reader could
forget: for Slack `internal_error` and `fatal_error` are answers of the last kind, its documentation says so.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.core.errors import AdapterError, Permanent, Temporary, Unknown

TEMPORARY = frozenset(
    {
        "ratelimited",
        "rate_limited",
        "message_limit_exceeded",
        "service_unavailable",
        "team_added_to_org",
        "request_timeout",  # the request was cut off before Slack had read it
        # A wrong or revoked token is for the operator to mend; until then every message waits rather than is skipped.
        "invalid_auth",
        "not_authed",
        "token_expired",
        "token_revoked",
        "account_inactive",
    }
)

UNKNOWN = frozenset({"internal_error", "fatal_error"})

ADVICE = {
    "not_in_channel": "invite Songbird to it",
    "channel_not_found": "look at its name in the plan, and invite Songbird if it is private",
    "is_archived": "the channel is archived: name another in the plan",
    "missing_scope": "add the scope from manifest.yml and install the app again",
    "invalid_auth": "look at the bot token",
    "not_authed": "look at the bot token",
    "token_expired": "install the app again and take its new token",
    "token_revoked": "install the app again and take its new token",
    "account_inactive": "install the app again and take its new token",
}
"""What an operator can do about it."""

NEW_FILE = "invalid slack file"
"""What `invalid_blocks` says of a picture that Slack is still taking in (and of one that is gone: attempts run out)."""

TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500
OK = 200


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Slack's and the network's exceptions as the port's own. `what` begins their message: `post to #releases`."""
    try:
        yield
    except SlackApiError as refusal:
        raise meaning(what, refusal) from refusal
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as nothing_sent:
        raise Temporary(f"{what}: no connection to Slack ({nothing_sent})") from nothing_sent
    except (aiohttp.ClientError, TimeoutError, OSError) as cut_off:
        said = f"{type(cut_off).__name__} {cut_off}".strip()
        raise Unknown(f"{what}: no answer from Slack ({said})") from cut_off
    except (AttributeError, ValueError) as nonsense:  # where the SDK stumbles over a body that is no JSON object
        raise Unknown(f"{what}: an answer that is not Slack's ({nonsense})") from nonsense


@contextmanager
def reading(what: str) -> Iterator[None]:
    """The same for reads, after which nothing can have happened: what is unknown is only late."""
    try:
        with translated(what):
            yield
    except Unknown as late:
        raise Temporary(str(late)) from late


def meaning(what: str, refusal: SlackApiError) -> AdapterError:
    """What a refusal means. `refusal.response` is the SDK's answer, or aiohttp's where the body could not be read."""
    response = refusal.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0) or SERVER_ERROR)
    code = code_of(refusal)
    said = f"{what}: {code or f'HTTP {status}'}"
    if status == TOO_MANY_REQUESTS or code in ("ratelimited", "rate_limited"):
        return Temporary(said, retry_after_seconds=retry_after_seconds(response))
    if code in UNKNOWN or status >= SERVER_ERROR or (status == OK and not code):
        return Unknown(said)
    if code == "invalid_blocks" and NEW_FILE in details_of(refusal):
        return Temporary(f"{said} (it shows a picture that Slack has not taken in)")
    if code in ADVICE:
        said = f"{said} ({ADVICE[code]})"
    return Temporary(said) if not code or code in TEMPORARY else Permanent(said)


def code_of(refusal: SlackApiError) -> str:
    """Slack's own word, such as `not_in_channel`; empty when the answer was not Slack's."""
    answer = getattr(refusal.response, "data", None)
    return str(answer.get("error") or "") if isinstance(answer, dict) else ""


def details_of(refusal: SlackApiError) -> str:
    """Slack's sentences about what is wrong with the arguments, as one text."""
    answer = getattr(refusal.response, "data", None)
    sentences = answer.get("errors") if isinstance(answer, dict) else None
    return "; ".join(map(str, sentences)) if isinstance(sentences, list) else ""


def retry_after_seconds(response: object) -> float | None:
    """How long Slack asks to be left alone; None where it asks for nothing."""
    try:
        return float(getattr(response, "headers", {}).get("Retry-After", ""))
    except ValueError:
        return None
