"""`songbird doctor`: would this bot work? Asks every system it depends on, and says what to do about each no.

It changes nothing anywhere. The one thing to remember: a finding is a sentence for the operator with the fix in it, and
all of them are shown, not only the first; but what can only repeat an earlier no (people, when the token is wrong) is
not asked.
"""

import json
import os
import socket
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from sqlite_utils import Database

from bot.adapters.charts.pictures import MatplotlibArtist
from bot.adapters.chat.client import reading_client
from bot.adapters.chat.trouble import ADVICE, code_of
from bot.adapters.checks import obstacles
from bot.adapters.metrics import Reading
from bot.adapters.tour.chromium import Chromium
from bot.adapters.writer import model as model_writer
from bot.adapters.writer.model.budget import ShortMemory
from bot.adapters.writer.template import Template
from bot.app import Adapters
from bot.core.errors import AdapterError, Misconfigured
from bot.core.plan import Plan
from bot.core.tour import Stop
from bot.plans import load_folder
from bot.settings import Settings, load_variables
from bot.store.migrations import is_current, refuse_strangers
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

CLOCK_SECONDS_MAX = 5.0
"""Of difference to Slack's clock: approvals and verdicts are told by it, and tokens in links expire by it."""

CHALLENGE = "doctor-was-here"
"""Whoever answers with it has found our signature right."""

KNOCK_SECONDS_MAX = 3.0
"""As long as Slack waits for an answer."""

UNREACHED = (SlackApiError, aiohttp.ClientError, OSError, TimeoutError, ValueError)
"""What a call to Slack raises; ValueError where what answers is not Slack."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer. `words` names the fix where it is a no, and what is done without where it is `off`."""

    what: str
    fine: bool
    words: str
    off: bool = False


def lines(found: Sequence[Finding]) -> list[str]:
    """For a terminal: a line each, in columns; further lines of a finding are indented."""
    width = max(len(finding.what) for finding in found)
    return [
        f"{'NO' if not finding.fine else '--' if finding.off else 'ok'}  {finding.what:<{width}}  "
        + finding.words.replace("\n", f"\n{'':<{width + 6}}")
        for finding in found
    ]


async def examine(settings: Settings) -> list[Finding]:
    """Every finding, in the order in which things depend on one another."""
    variables = load_variables()
    client = reading_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    found = [_database(settings.database), _commands(settings)]
    scopes, said = await _bot_token(client, settings.slack_api_url)
    found += said
    plans, wrong = _plans(settings, variables)
    found += [_scopes(scopes, plans.values())] if scopes is not None else []
    found.append(await (_app_token(client, settings) if settings.slack_mode == "socket" else _door(settings)))
    if wrong:
        return [*found, Finding("plans", fine=False, words=wrong)]
    found.append(Finding("plans", fine=True, words=f"{', '.join(plans)} in {settings.plans}"))
    found += [_charts(), _walkthroughs(settings, plans.values()), *await _models(settings)]
    async with aiohttp.ClientSession() as session:
        adapters = Adapters(session, variables, plans.values)
        for plan in plans.values():
            if scopes is not None:
                found += [finding async for finding in _rooms(client, plan, may_join=JOIN in scopes)]
                found.append(await _people(client, plan))
                found += [await _groups(client, plan)] if plan.groups and GROUPS in scopes else []
            found += [finding async for finding in _systems(adapters, plan)]
            found += [_checks(plan, variables)] if plan.checks else []
    return found


def _plans(settings: Settings, variables: Mapping[str, str]) -> tuple[dict[str, Plan], str]:
    """The plans, or why there are none."""
    try:
        return load_folder(settings.plans, variables), ""
    except Misconfigured as error:
        return {}, str(error)


# ── the machine ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _commands(settings: Settings) -> Finding:
    """Slack does not tell a bot which commands its app has: how they are called here is said, to be compared."""
    names = f"{settings.slash.stage} and {settings.slash.release}"
    where = "songbird manifest prints a manifest with these names" if settings.commands else "as in manifest.yml"
    return Finding("commands", fine=True, words=f"{names}, {where}")


def _database(path: Path) -> Finding:
    """Without opening it as the bot does: that would make it, or bring it to this version's shape."""
    fix = "SONGBIRD_DATABASE names the file"
    if not path.exists():
        there = next(folder for folder in path.absolute().parents if folder.exists())
        if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
            return Finding("database", fine=False, words=f"{path} cannot be made: {there} lets nobody write; {fix}")
        return Finding("database", fine=True, words=f"{path} will be made at the first start")
    if not os.access(path, os.R_OK | os.W_OK):
        return Finding("database", fine=False, words=f"{path} may not be read and written by this user; {fix}")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            db = Database(connection, execute_plugins=False)
            refuse_strangers(db)
            current = is_current(db)
    except (sqlite3.Error, Misconfigured) as error:
        return Finding("database", fine=False, words=f"{path}: {error}; {fix}")
    words = "is of this version" if current else "is of an older version: the next start upgrades it; copy it before"
    return Finding("database", fine=True, words=f"{path} {words}")


# ── Slack ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _bot_token(client: AsyncWebClient, address: str) -> tuple[frozenset[str] | None, list[Finding]]:
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


def _scopes(scopes: frozenset[str], plans: Collection[Plan]) -> Finding:
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


async def _app_token(client: AsyncWebClient, settings: Settings) -> Finding:
    try:
        await client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
    except UNREACHED as error:
        fix = "make one with connections:write (Slack app page → Basic Information → App-Level Tokens)"
        return Finding("app token", fine=False, words=_why(error, settings.slack_api_url, fix))
    return Finding("app token", fine=True, words="Socket Mode opens")


async def _door(settings: Settings) -> Finding:
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


async def _rooms(client: AsyncWebClient, plan: Plan, *, may_join: bool) -> AsyncIterator[Finding]:
    try:
        channels = [channel async for channel in _channels(client)]
    except UNREACHED as error:
        yield Finding(f"{plan.service}: channels", fine=False, words=_said(error))
        return
    there = {name: channel for channel in channels for name in (channel["id"], channel["name"])}
    for name in sorted({name for name in plan.channels.model_dump().values() if name}):
        fine, words = _room(name, there.get(name.removeprefix("#")), may_join=may_join)
        yield Finding(f"{plan.service}: {name}", fine, words)


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


async def _channels(client: AsyncWebClient) -> AsyncIterator[dict[str, Any]]:
    kinds = "public_channel,private_channel"
    async for page in await client.conversations_list(limit=500, types=kinds, exclude_archived=True):
        for channel in page["channels"]:
            yield channel


async def _people(client: AsyncWebClient, plan: Plan) -> Finding:
    unknown = []
    for person in sorted(plan.named):
        try:
            await client.users_info(user=person)
        except UNREACHED as error:
            unknown.append(f"{person} ({_said(error)})")
    if unknown:
        words = f"{', '.join(unknown)}: copy the member's id from their Slack profile into the plan"
        return Finding(f"{plan.service}: people", fine=False, words=words)
    return Finding(f"{plan.service}: people", fine=True, words=f"{len(plan.named)} known to Slack")


async def _groups(client: AsyncWebClient, plan: Plan) -> Finding:
    """A group that Slack does not have, or that nobody is in, is a role that nobody holds."""
    trouble = []
    for group in sorted(plan.groups):
        try:
            answer = await client.usergroups_users_list(usergroup=group)
        except UNREACHED as error:
            trouble.append(f"{group} ({_said(error)})")
        else:
            trouble += [] if answer.get("users") else [f"{group} (nobody is in it)"]
    if trouble:
        words = f"{', '.join(trouble)}: Slack shows a group's id under More → User groups → ⋮ → Copy group ID"
        return Finding(f"{plan.service}: user groups", fine=False, words=words)
    return Finding(f"{plan.service}: user groups", fine=True, words=f"{len(plan.groups)} known to Slack")


def _why(error: Exception, address: str, fix: str) -> str:
    """What Slack said with the way out, or that nothing answered, which no token mends."""
    if isinstance(error, SlackApiError):
        return f"{_said(error)}; {fix}"
    return f"no answer from {address} ({_said(error)}): does this machine reach it? HTTPS_PROXY names a proxy"


def _said(error: Exception) -> str:
    if not isinstance(error, SlackApiError):
        return str(error) or type(error).__name__
    code = code_of(error) or "nothing clear"
    return f"Slack says {code}" + (f": {ADVICE[code]}" if code == "missing_scope" else "")


# ── words and pictures: none of them is needed ───────────────────────────────────────────────────────────────────────


def _charts() -> Finding:
    reason = MatplotlibArtist().why_not()
    return Finding("charts", fine=True, words=reason or "are drawn", off=bool(reason))


def _walkthroughs(settings: Settings, plans: Iterable[Plan]) -> Finding:
    """Without pictures a walkthrough is text, which is no reason not to start."""
    wanted = [plan.service for plan in plans if any(isinstance(item, Stop) for item in plan.stops)]
    reason = Chromium(settings.browser or None).why_not()
    if not reason:
        return Finding("walkthroughs", fine=True, words="are taken in Chromium" if wanted else "no plan has a tour")
    words = f"{reason}; the walkthrough of {', '.join(wanted)} is text until then" if wanted else "no plan has a tour"
    return Finding("walkthroughs", fine=True, words=words, off=bool(wanted))


async def _models(settings: Settings) -> list[Finding]:
    """One small paid call to each that is configured."""
    if reason := model_writer.why_not(settings):
        return [Finding("model", fine=True, words=reason)]
    model = model_writer.configured(settings, Template(), ShortMemory(), time.monotonic)
    assert model is not None, "a model is configured"
    try:
        answers = await model.examine()
    finally:
        await model.close()
    return [
        Finding(f"model {name}", reason is None, reason or "answers; it writes, and decides nothing")
        for name, reason in answers.items()
    ]


# ── the plan's systems ───────────────────────────────────────────────────────────────────────────────────────────────


async def _systems(adapters: Adapters, plan: Plan) -> AsyncIterator[Finding]:
    systems = adapters.systems_of(plan)
    yield await _changes(adapters, plan)
    for environment in dict.fromkeys(stage.environment for stage in plan.stages if stage.environment):
        place = f"{plan.service}: {environment}"
        try:
            seen = await systems.deployer.observe(plan.service, environment)
        except AdapterError as error:
            yield Finding(f"{place}: deployer", fine=False, words=f"{error}; the plan's `deployer` names it")
        else:
            words = ", ".join(f"{commit[:7]} {percent:g} %" for commit, percent in seen.items())
            yield Finding(f"{place}: deployer", fine=True, words=words or "nothing runs")
        yield await _metrics(adapters, plan, environment)


async def _changes(adapters: Adapters, plan: Plan) -> Finding:
    try:
        head = await adapters.systems_of(plan).changes.resolve("HEAD")
    except AdapterError as error:
        return Finding(f"{plan.service}: changes", fine=False, words=f"{error}; the plan's `changes` names it")
    return Finding(f"{plan.service}: changes", fine=True, words=f"newest is {head.name}")


async def _metrics(adapters: Adapters, plan: Plan, environment: str) -> Finding:
    what, fix = f"{plan.service}: {environment}: metrics", "the plan's `metrics_from` names where they are"
    try:
        reading = await adapters.source_of(plan).read(plan, (environment,), time.time())
    except (AdapterError, Misconfigured) as error:
        return Finding(what, fine=False, words=f"{error}; {fix}")
    if reading.failure is not None:
        return Finding(what, fine=False, words=f"{reading.failure}; {fix}")
    shown = {name for totals in reading.totals for name in totals.shown}
    trouble = [
        *_each(reading.failures.items()),
        *_silent(plan, shown),
        *_unlabelled(plan, reading),
        *_old(plan, reading),
    ]
    if trouble:
        return Finding(what, fine=False, words="; ".join(trouble))
    return Finding(what, fine=True, words=f"{len(plan.metrics)} metrics of {len(reading.totals)} process(es)")


def _checks(plan: Plan, variables: Mapping[str, str]) -> Finding:
    """Whether they could be tried. None is: there is no release to try."""
    trouble = obstacles(plan.checks, variables)
    words = "; ".join(trouble) or f"{', '.join(plan.checks)} can be tried"
    return Finding(f"{plan.service}: checks", fine=not trouble, words=words)


def _each(failures: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{target} {reason}" for target, reason in sorted(failures)]


def _silent(plan: Plan, shown: set[str]) -> list[str]:
    silent = [metric.name for metric in plan.metrics if metric.name not in shown]
    return [f"no series for {', '.join(silent)}: look at their selectors in the plan"] if silent else []


def _unlabelled(plan: Plan, reading: Reading) -> list[str]:
    """Without it nobody is ever the canary, and nothing says so until its silence does."""
    if any(totals.commit for totals in reading.totals):
        return []
    return [f"no process has the label {plan.metrics_from.version_label}, which says what commit it runs"]


def _old(plan: Plan, reading: Reading) -> list[str]:
    look, oldest = plan.timing.look, max(reading.at - totals.at for totals in reading.totals)
    if oldest <= look + plan.metrics_from.delay:
        return []
    return [f"the newest samples are {oldest:.0f} s old, and a look is every {look:g} s: let `look` be longer"]
