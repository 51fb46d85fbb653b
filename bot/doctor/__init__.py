"""`songbird doctor`: would this bot work? Asks every system it depends on, and says what to do about each no.

It changes nothing anywhere. All is asked at once; only what Slack has of what the plans name waits for its answer to
the token. The one thing to remember: a finding is a sentence for the operator with the fix in it, and all of them are
shown, not only the first; but what can only repeat an earlier no (people, when the token is wrong) is not asked.
"""

import asyncio
import os
import sqlite3
import time
from collections.abc import Collection, Coroutine, Iterable, Mapping
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from sqlite_utils import Database

from bot.adapters.charts.pictures import MatplotlibArtist
from bot.adapters.chat.client import impatient_client
from bot.adapters.tour.chromium import Chromium
from bot.adapters.writer import model as model_writer
from bot.adapters.writer.model.budget import ShortMemory
from bot.adapters.writer.template import Template
from bot.app import Adapters
from bot.core.errors import Misconfigured
from bot.core.plan import Plan
from bot.core.tour import Stop
from bot.doctor import slack, systems
from bot.doctor.findings import Finding, Patience, lines
from bot.engine.service import Service
from bot.plans import left_open, load_folder
from bot.settings import Settings, load_variables
from bot.store.migrations import is_current, refuse_strangers
from bot.store.sqlite import SqliteStore
from bot.store.writer import Inline

__all__ = ["Finding", "examine", "lines"]

UNREADABLE = (
    "The release and its traffic stay as they are; all others go on. Run the version that wrote it, or stop Songbird "
    "and restore a backup (docs/operations.md)"
)


async def examine(settings: Settings) -> list[Finding]:
    """Every finding, in the order in which things depend on one another."""
    patience, variables = Patience(), load_variables()
    plans, wrong = _plans(settings, variables)
    client = impatient_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    async with aiohttp.ClientSession() as session:
        adapters = Adapters(session, variables, plans.values)
        (scopes, of_token, known), way, model, of_plans = await asyncio.gather(
            _slack(client, settings, plans.values(), patience),
            _way(client, settings, patience),
            patience.found("model", _models(settings)) if not wrong else _nothing(),
            asyncio.gather(*(_systems(adapters, plan, patience) for plan in plans.values())),
        )
    found = [_database(settings.database), *_journals(settings.database), _commands(settings), *of_token]
    found += [slack.scopes_of(scopes, plans.values())] if scopes is not None else []
    found += way
    if wrong:
        return [*found, Finding("plans", fine=False, words=wrong)]
    found.append(Finding("plans", fine=True, words=f"{', '.join(plans)} in {settings.plans}"))
    found += [_charts(), _walkthroughs(settings, plans.values()), *model]
    for plan, of_systems in zip(plans.values(), of_plans, strict=True):
        found += _in_slack(plan, scopes, known) if scopes is not None and known is not None else []
        found += of_systems
        found += _left_open(plan)
        found += [systems.checks(plan, variables)] if plan.checks else []
    return found


def _plans(settings: Settings, variables: Mapping[str, str]) -> tuple[dict[str, Plan], str]:
    """The plans, or why there are none."""
    try:
        return load_folder(settings.plans, variables), ""
    except Misconfigured as error:
        return {}, str(error)


def _left_open(plan: Plan) -> list[Finding]:
    """What `songbird plan init` marked, and nobody has written yet."""
    places = left_open.places(plan)
    words = f"TODO stands still in {', '.join(places)}"
    return [Finding(f"{plan.service}: plan", fine=False, words=words)] if places else []


async def _nothing() -> list[Finding]:
    return []


# ── who is asked ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def _slack(
    client: AsyncWebClient, settings: Settings, plans: Collection[Plan], patience: Patience
) -> tuple[frozenset[str] | None, list[Finding], slack.Known | None]:
    """The token's scopes (None: it opens nothing), what there is to say about it, and what Slack has for the plans."""
    try:
        scopes, found = await patience.answer(slack.bot_token(client, settings.slack_api_url))
    except TimeoutError as error:
        words = f"{settings.slack_api_url} gave {error}: does this machine reach it? HTTPS_PROXY names a proxy"
        return None, [Finding("bot token", fine=False, words=words)], None
    known = None if scopes is None or not plans else await slack.asked(client, plans, scopes, patience)
    return scopes, found, known


async def _way(client: AsyncWebClient, settings: Settings, patience: Patience) -> list[Finding]:
    """How Slack reaches the bot, or would."""
    if settings.slack_mode == "socket":
        return await patience.found("app token", slack.app_token(client, settings))
    return await patience.found("door", slack.door(settings))


def _in_slack(plan: Plan, scopes: Collection[str], known: slack.Known) -> list[Finding]:
    has_groups = plan.groups and slack.GROUPS in scopes
    return [
        *slack.rooms(plan, known, may_join=slack.JOIN in scopes),
        slack.people(plan, known),
        *([slack.groups(plan, known)] if has_groups else []),
    ]


async def _systems(adapters: Adapters, plan: Plan, patience: Patience) -> list[Finding]:
    questions: list[tuple[str, Coroutine[Any, Any, Finding], str]] = [
        (f"{plan.service}: changes", systems.changes(adapters, plan), systems.CHANGES)
    ]
    for environment in dict.fromkeys(stage.environment for stage in plan.stages if stage.environment):
        place = f"{plan.service}: {environment}"
        questions += [
            (f"{place}: deployer", systems.deployer(adapters, plan, environment), systems.DEPLOYER),
            (f"{place}: metrics", systems.metrics(adapters, plan, environment), systems.METRICS),
        ]
    return [*chain(*await asyncio.gather(*(patience.found(*question) for question in questions)))]


# ── the machine, words and pictures ──────────────────────────────────────────────────────────────────────────────────


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


def _journals(path: Path) -> list[Finding]:
    """Releases that have not ended and cannot be read; of a database about which something else is to be said, none."""
    if not path.exists():
        return []
    try:
        store = SqliteStore(path, migrates=False)
    except (sqlite3.Error, Misconfigured):
        return []
    with closing(store):
        service = Service(store, Inline())
        service.moving()
        return [
            Finding(f"{name}: journal", fine=False, words=f"{reason}. {UNREADABLE}")
            for name, reason in service.unreadable.items()
        ]


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
