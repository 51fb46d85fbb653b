"""What doctor asks Slack, and at the door that Slack knocks at.

The one thing to remember: Slack counts calls by the minute. What several plans want to know is asked once, and a Slack
that asks for patience has answered: nobody waits a minute at a terminal.
"""

import asyncio
import json
import os
import socket
import time
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.chat.trouble import ADVICE, code_of, retry_after_seconds
from bot.adapters.unreached import is_refused, place_of, why_not
from bot.core.plan import Plan
from bot.doctor.findings import Finding, Patience
from bot.settings import Settings
from handlers.http_mode import PATH

SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "groups:history",
        "groups:read",
        "users:read",
    }
)
"""What the bot cannot work without, whatever the plans say; the manifest asks for all that it may use."""

GROUPS = "usergroups:read"

OF_PLANS: tuple[tuple[str, str, Callable[[Plan], bool]], ...] = (
    (GROUPS, "a user group holds a role", lambda plan: bool(plan.groups)),
    ("users:read.email", "nobody approves their own changes", lambda plan: plan.bars_own_changes),
)
"""What a plan makes necessary, and by what."""

JOIN = "channels:join"

BUSY = "ratelimited"

CLOCK_SECONDS_MAX = 5.0
"""Of difference to Slack's clock: approvals and verdicts are told by it, and tokens in links expire by it."""

CHALLENGE = "doctor-was-here"
"""Whoever answers with it has found our signature right."""

KNOCK_SECONDS_MAX = 3.0
"""As long as Slack waits for an answer."""

UNREACHED = (SlackApiError, aiohttp.ClientError, OSError, TimeoutError, ValueError)
"""What a call to Slack raises; ValueError where what answers is not Slack."""


async def bot_token(client: AsyncWebClient, address: str) -> tuple[frozenset[str] | None, list[Finding]]:
    """The token's scopes (None: it opens nothing), and what there is to say about token and clock."""
    try:
        answer = await client.auth_test()
    except UNREACHED as error:
        fix = "copy the Bot User OAuth Token again (Slack app page → OAuth & Permissions) to SLACK_BOT_TOKEN"
        return None, [Finding("bot token", fine=False, words=_why(error, address, fix))]
    headers = {key.lower(): value for key, value in (answer.headers or {}).items()}
    scopes = frozenset(scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(","))
    found = [Finding("bot token", fine=True, words=f"{answer['user']} in {answer['team']}")]
    if date := headers.get("date"):
        apart = abs(time.time() - parsedate_to_datetime(date).timestamp())
        words = f"{apart:.0f} s from Slack's" + ("" if apart <= CLOCK_SECONDS_MAX else "; let NTP set this machine's")
        found.append(Finding("clock", apart <= CLOCK_SECONDS_MAX, words))
    return scopes, found


def scopes_of(scopes: frozenset[str], plans: Collection[Plan]) -> Finding:
    """Those that any bot needs, and those that a plan makes it need, with what for."""
    missing = [*sorted(SCOPES - scopes)]
    for scope, what_for, needs in OF_PLANS:
        services = [plan.service for plan in plans if needs(plan)]
        if services and scope not in scopes:
            missing.append(f"{scope} ({what_for} in the plan of {', '.join(services)})")
    if missing:
        words = f"missing {', '.join(missing)}: paste manifest.yml again and reinstall the app"
        return Finding("scopes", fine=False, words=words)
    return Finding("scopes", fine=True, words="all there")


async def app_token(client: AsyncWebClient, settings: Settings) -> Finding:
    try:
        await client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
    except UNREACHED as error:
        fix = "make one with connections:write (Slack app page → Basic Information → App-Level Tokens)"
        return Finding("app token", fine=False, words=_why(error, settings.slack_api_url, fix))
    return Finding("app token", fine=True, words="Socket Mode opens")


async def door(settings: Settings) -> Finding:
    """Knocks as Slack would. Whether the way from Slack to here is open, only Slack can say."""
    host, port = settings.slack_host, settings.slack_port
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}{PATH}"
    try:
        status, said = await _knock(url, settings.slack_signing_secret.get_secret_value())
    except (aiohttp.ClientError, OSError, TimeoutError):
        return _free(host, port)
    if status == HTTPStatus.UNAUTHORIZED:
        fix = "start the bot anew, or copy the Signing Secret again (Slack app page → Basic Information)"
        return Finding("door", fine=False, words=f"the bot at {url} has another SLACK_SIGNING_SECRET: {fix}")
    if CHALLENGE not in said:
        words = f"something else answers at {url} (with {status}): SONGBIRD_SLACK_PORT names another port"
        return Finding("door", fine=False, words=words)
    return Finding("door", fine=True, words=f"the bot answers at {url}, and knows the signing secret")


async def _knock(url: str, secret: str) -> tuple[int, str]:
    body, timestamp = json.dumps({"type": "url_verification", "challenge": CHALLENGE}), str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": str(SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)),
    }
    timeout = aiohttp.ClientTimeout(total=KNOCK_SECONDS_MAX)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.post(url, data=body, headers=headers) as answer,
    ):
        return answer.status, await answer.text(errors="replace")


def _free(host: str, port: int) -> Finding:
    """Nobody answers there: could the bot?"""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        fix = "SONGBIRD_SLACK_HOST and SONGBIRD_SLACK_PORT name the address"
        return Finding("door", fine=False, words=f"{host}:{port} cannot be listened at ({_strerror(error)}); {fix}")
    words = f"{host}:{port} is free; Slack's way there is your proxy's: the app's request URLs end with {PATH}"
    return Finding("door", fine=True, words=words)


def _strerror(error: OSError) -> str:
    return os.strerror(error.errno).lower() if error.errno else str(error)


# ── what the plans name ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Trouble:
    """`is_of_plan`: the plan names what Slack does not have. Otherwise Slack has not said."""

    words: str
    is_of_plan: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What Slack has of what the plans name: of each what speaks against it, or None."""

    channels: Mapping[str, dict[str, Any]] | str
    """By id and by name, or why nobody knows."""
    people: Mapping[str, Trouble | None]
    groups: Mapping[str, Trouble | None]


async def asked(client: AsyncWebClient, plans: Collection[Plan], scopes: Collection[str], patience: Patience) -> Known:
    """Each channel, person and group once, however many plans name it."""
    people = sorted({person for plan in plans for person in plan.named})
    groups = sorted({group for plan in plans for group in plan.groups}) if GROUPS in scopes else []
    channels, of_people, of_groups = await asyncio.gather(
        _listed(client, patience),
        asyncio.gather(*(_trouble(_person(client, person), patience) for person in people)),
        asyncio.gather(*(_trouble(_group(client, group), patience) for group in groups)),
    )
    return Known(channels, dict(zip(people, of_people, strict=True)), dict(zip(groups, of_groups, strict=True)))


async def _listed(client: AsyncWebClient, patience: Patience) -> Mapping[str, dict[str, Any]] | str:
    try:
        channels = await patience.answer(_channels(client))
    except UNREACHED as error:
        return _said(error)
    return {name: channel for channel in channels for name in (channel["id"], channel["name"])}


async def _channels(client: AsyncWebClient) -> list[dict[str, Any]]:
    kinds = "public_channel,private_channel"
    pages = await client.conversations_list(limit=500, types=kinds, exclude_archived=True)
    return [channel async for page in pages for channel in page["channels"]]


async def _trouble(question: Coroutine[Any, Any, Trouble | None], patience: Patience) -> Trouble | None:
    try:
        return await patience.answer(question)
    except UNREACHED as error:
        return Trouble(_said(error), is_of_plan=isinstance(error, SlackApiError) and code_of(error) != BUSY)


async def _person(client: AsyncWebClient, person: str) -> None:
    await client.users_info(user=person)


async def _group(client: AsyncWebClient, group: str) -> Trouble | None:
    """One that nobody is in is a role that nobody holds."""
    answer = await client.usergroups_users_list(usergroup=group)
    return None if answer.get("users") else Trouble("nobody is in it", is_of_plan=True)


def rooms(plan: Plan, known: Known, *, may_join: bool) -> list[Finding]:
    if isinstance(known.channels, str):
        return [Finding(f"{plan.service}: channels", fine=False, words=known.channels)]
    return [
        Finding(f"{plan.service}: {name}", *_room(name, known.channels.get(name.removeprefix("#")), may_join=may_join))
        for name in sorted({name for name in plan.channels.model_dump().values() if name})
    ]


def _room(name: str, channel: dict[str, Any] | None, *, may_join: bool) -> tuple[bool, str]:
    match channel:
        case None:
            return False, "no such channel that the bot can see: create it, or invite the bot if it is private"
        case {"is_member": True}:
            return True, "the bot is in it"
        case {"is_private": False} if may_join:
            return True, "the bot joins it with its first message"
        case _:
            return False, f"the bot is not in it: /invite it in {name}"


def people(plan: Plan, known: Known) -> Finding:
    fix = "copy the member's id from their Slack profile into the plan"
    return _all_known(f"{plan.service}: people", plan.named, known.people, fix)


def groups(plan: Plan, known: Known) -> Finding:
    fix = "Slack shows a group's id under More → User groups → ⋮ → Copy group ID"
    return _all_known(f"{plan.service}: user groups", plan.groups, known.groups, fix)


def _all_known(what: str, named: Collection[str], known: Mapping[str, Trouble | None], fix: str) -> Finding:
    troubles = [(one, trouble) for one in sorted(named) if (trouble := known[one]) is not None]
    wrong = [f"{one} ({trouble.words})" for one, trouble in troubles if trouble.is_of_plan]
    unsaid = [(one, trouble.words) for one, trouble in troubles if not trouble.is_of_plan]
    words = [f"{', '.join(wrong)}: {fix}"] if wrong else []
    if unsaid:
        words.append(f"nobody knows about {', '.join(one for one, _ in unsaid)}: {unsaid[0][1]}")
    return Finding(what, fine=not words, words="; ".join(words) or f"{len(named)} known to Slack")


def _why(error: Exception, address: str, fix: str) -> str:
    """What Slack said with the way out, or that nothing answered, which no token mends."""
    if isinstance(error, SlackApiError):
        return _said(error) if code_of(error) == BUSY else f"{_said(error)}; {fix}"
    if not isinstance(error, aiohttp.ClientError | OSError):
        return f"what answers at {place_of(address)} is not Slack; is SLACK_API_URL right?"
    proxy = "" if is_refused(error) else " HTTPS_PROXY names a proxy"
    return f"Slack could not be reached: {why_not(error, address)}{proxy}"


def _said(error: Exception) -> str:
    if not isinstance(error, SlackApiError):
        return str(error) or type(error).__name__
    code = code_of(error) or "nothing clear"
    if code == BUSY:
        seconds = retry_after_seconds(error.response) or 60.0
        return f"Slack says {code}: this app has asked much in the last minute; ask again in {seconds:.0f} s"
    return f"Slack says {code}" + (f": {ADVICE[code]}" if code == "missing_scope" else "")
