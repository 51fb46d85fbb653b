"""The bot's own process, `songbird run`, in the demo's world: started, asked how it is, stopped; and `songbird doctor`.

Slack's stand-in lives in the test, the shop in a supervisor's process, the bot in another. They are started once for
this file: a test that breaks something mends it. The one thing a reader could forget: a database is a test's own.
"""

import asyncio
import contextlib
import json
import os
import re
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest import mock

import aiohttp
import pytest
import pytest_asyncio

from bot import app
from bot.core.errors import Misconfigured
from bot.core.events import Event, ExposureReached, ReleaseReturned
from bot.doctor import examine, lines
from bot.doctor.findings import Patience
from bot.engine.drive import Loops, Step
from bot.sandbox.demo import World, requests_to_bot, world
from bot.sandbox.people import ADA, RELEASES
from bot.sandbox.workspace.limits import TIER_2, TIER_4
from bot.settings import Settings, load_settings
from bot.store.sqlite import SqliteStore
from tests.contracts.store_fixtures import keep
from tests.support.scenario import Scenario, plan

ROOT = Path(__file__).parents[2]
SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 8.0
READS = {"auth.test", "apps.connections.open", "conversations.list", "conversations.members", "users.info"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo() -> AsyncIterator[World]:
    async with world() as running:
        yield running


@pytest.fixture
def variables(demo: World, tmp_path: Path) -> dict[str, str]:
    """The demo's environment, with a database that nobody has used, at a Slack that was asked nothing this minute."""
    demo.workspace.web_api.meter.clear()
    return {**demo.variables, "SONGBIRD_DATABASE": str(tmp_path / "songbird.db")}


@pytest_asyncio.fixture(loop_scope="module")
async def silent() -> AsyncIterator[str]:
    """The address of what takes connections and says nothing."""
    kept: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: kept.append(writer), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for writer in kept:
        writer.close()


@pytest.fixture
def over_http(demo: World, variables: dict[str, str]) -> Iterator[dict[str, str]]:
    """The same without a socket: Slack sends requests."""
    needed = {name: value for name, value in variables.items() if name != "SLACK_APP_TOKEN"}
    yield {**needed, **requests_to_bot(demo.workspace)}
    demo.workspace.delivery.carrier = demo.workspace.sockets


# ── processes ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Bot:
    """A process of `songbird run`; `lines` is what it has logged so far."""

    process: asyncio.subprocess.Process
    lines: list[dict[str, Any]] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)

    async def read(self) -> None:
        assert self.process.stderr is not None, "its standard error is piped"
        async for line in self.process.stderr:
            self.raw.append(line.decode())
            self.lines.append(json.loads(line))

    def said(self, event: str) -> dict[str, Any] | None:
        return next((line for line in self.lines if line["event"] == event), None)

    async def until(self, event: str) -> dict[str, Any]:
        await until(lambda: self.said(event) is not None or self.process.returncode is not None)
        said = self.said(event)
        assert said is not None, self.raw
        return said

    async def get(self, door: str) -> tuple[int, str]:
        address = (await self.until("ready"))["address"]
        async with aiohttp.ClientSession() as session, session.get(f"{address}/{door}") as answer:
            return answer.status, await answer.text()

    async def until_it_answers(self, door: str, status: int) -> str:
        async with asyncio.timeout(SECONDS_MAX):
            while True:
                answered, body = await self.get(door)
                if answered == status:
                    return body
                await asyncio.sleep(0.05)

    async def stop(self) -> float:
        """Seconds from SIGTERM to the end of the process."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(self.process.wait(), SECONDS_MAX)
        return time.monotonic() - began


@contextlib.asynccontextmanager
async def running(variables: Mapping[str, str]) -> AsyncIterator[Bot]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    bot = Bot(process)
    reading = asyncio.create_task(bot.read())
    try:
        yield bot
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading


async def songbird(*arguments: str, variables: Mapping[str, str]) -> tuple[int | None, list[str], list[str]]:
    """What another `songbird` says: (exit code, lines of output, lines of errors)."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), 3 * SECONDS_MAX)
    return process.returncode, output.decode().splitlines(), errors.decode().splitlines()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS_MAX):
        while not is_so():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.02)


def happened(variables: Mapping[str, str], kind: type[Event]) -> bool:
    """To the first release, as the file says. Whoever asks `songbird status` again and again waits for its start."""
    with contextlib.closing(SqliteStore(Path(variables["SONGBIRD_DATABASE"]), migrates=False)) as store:
        return any(isinstance(one.event, kind) for one in store.journal("shop-1"))


# ── the bot ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_bot_starts_says_that_it_is_well_and_stops_when_told(variables: dict[str, str]) -> None:
    async with running(variables) as bot:
        ready = await bot.until("ready")
        assert ready["plans"] == ["shop"]
        assert json.loads(await bot.until_it_answers("readyz", 200)) == {"ready": True, "problems": []}
        assert await bot.get("healthz") == (200, '{"alive": true, "stuck": []}')
        status, page = await bot.get("metrics")
        assert status == 200
        assert "songbird_slack_connected 1.0" in page
        assert "songbird_loops_stuck 0.0" in page
        assert await bot.stop() < STOP_SECONDS_MAX
        assert bot.process.returncode == 0
    assert bot.lines[-1]["event"] == "stopped"
    assert all({"event", "level", "timestamp"} <= set(line) for line in bot.lines)
    written = "".join(bot.raw)
    assert "Traceback" not in written
    assert variables["SLACK_BOT_TOKEN"] not in written
    assert variables["SLACK_APP_TOKEN"] not in written
    assert re.search(r"ticket=(?!\[secret\])", written) is None


async def test_without_slack_it_starts_says_so_and_comes_back_by_itself(demo: World, variables: dict[str, str]) -> None:
    demo.workspace.fault({"fault": "http_503", "method": "apps.connections.open", "times": 1_000})
    try:
        async with running(variables) as bot:
            body = await bot.until_it_answers("readyz", 503)
            assert json.loads(body) == {"ready": False, "problems": ["Slack is not connected"]}
            assert (await bot.get("healthz"))[0] == 200
            demo.workspace.faults.clear()
            await bot.until_it_answers("readyz", 200)
    finally:
        demo.workspace.faults.clear()


async def test_over_http_it_hears_slack_at_an_address_with_nothing_else_and_is_ready(
    demo: World, over_http: dict[str, str]
) -> None:
    async with running(over_http) as bot:
        await bot.until("ready")
        assert json.loads(await bot.until_it_answers("readyz", 200)) == {"ready": True, "problems": []}
        assert await demo.workspace.finds_bot()
        assert await demo.workspace.interactions.command(ADA, RELEASES, "/release", "list") == {"ok": True}
        base = demo.workspace.requests.url.removesuffix("/slack/events")
        async with aiohttp.ClientSession() as session:
            for page in ("metrics", "readyz"):
                async with session.get(f"{base}/{page}") as answer:
                    assert answer.status == 404
            async with session.post(demo.workspace.requests.url, json={"type": "url_verification"}) as answer:
                assert answer.status == 401
        assert "songbird_slack_refused 1.0" in (await bot.get("metrics"))[1]
        assert await bot.stop() < STOP_SECONDS_MAX
        assert bot.process.returncode == 0
    written = "".join(bot.raw)
    assert "Traceback" not in written
    assert over_http["SLACK_SIGNING_SECRET"] not in written


async def test_over_http_a_port_that_is_taken_is_one_line_and_no_loop_has_turned(
    over_http: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    turned: list[str] = []

    async def drive(_loops: Loops, name: str, _step: Step) -> None:
        turned.append(name)

    monkeypatch.setattr(Loops, "drive", drive)
    monkeypatch.delenv("SLACK_APP_TOKEN", raising=False)
    for name, value in over_http.items():
        monkeypatch.setenv(name, value)
    nobody = await asyncio.start_server(
        lambda _reader, _writer: None, "127.0.0.1", int(over_http["SONGBIRD_SLACK_PORT"])
    )
    async with nobody:
        with pytest.raises(Misconfigured, match=r"in use.*SONGBIRD_SLACK_PORT"):
            async with app.running(load_settings(Settings)):
                pass
    assert turned == []


async def test_with_slack_away_a_release_is_steered_and_rolled_back_from_the_shell(
    demo: World, variables: dict[str, str]
) -> None:
    """The whole way into staging and out again, with no message ever posted."""
    away = {**variables, "SLACK_API_URL": "http://127.0.0.1:1/api/"}
    async with running(away) as bot:
        await bot.until("ready")
        code, (line,), _ = await songbird("stage", "shop", "v1.1.0", variables=away)
        assert (code, line.split()[:2]) == (0, ["shop-1", "v1.1.0"])
        await until(lambda: happened(away, ExposureReached))
        _, (line, *_gates), _ = await songbird("status", "shop-1", variables=away)
        assert "staging 100 %" in line
        code, lines, errors = await songbird("rollback", "shop-1", "carts are empty", variables=away)
        assert (code, errors) == (0, [])
        assert lines[-1].startswith("traffic is back on the old version, seen ")
        await until(lambda: happened(away, ReleaseReturned))
        _, (line, *_rest), _ = await songbird("status", "shop-1", variables=away)
        assert "rolled back" in line
        assert "songbird_releases_moving 0.0" in (await bot.get("metrics"))[1]
        assert await bot.stop() < STOP_SECONDS_MAX
        assert bot.process.returncode == 0
    assert demo.workspace.calls()["posts"] == 0


async def test_a_stop_in_the_middle_of_a_release_is_clean_and_the_next_start_goes_on(
    demo: World, variables: dict[str, str]
) -> None:
    async with running(variables) as bot:
        await bot.until_it_answers("readyz", 200)
        await songbird("stage", "shop", "v1.1.0", variables=variables)
        await until(lambda: demo.workspace.calls()["posts"] > 0)
        assert await bot.stop() < STOP_SECONDS_MAX
        assert bot.process.returncode == 0
        assert not [line for line in bot.lines if line["level"] in ("error", "critical")]
    posts = demo.workspace.calls()["posts"]
    async with running(variables) as bot:
        await until(lambda: demo.workspace.calls()["posts"] > posts)
        code, lines, errors = await songbird("rollback", "shop-1", variables=variables)
        assert (code, errors) == (0, []), lines
        assert await bot.stop() < STOP_SECONDS_MAX
    assert demo.workspace.calls()["duplicates"] == []


async def test_one_journal_that_cannot_be_read_keeps_no_bot_from_starting_and_no_other_from_being_looked_at(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, which starts sooner."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    database = Path(variables["SONGBIRD_DATABASE"])
    with contextlib.closing(SqliteStore(database)) as store:
        for name in ("shop", "cart", "mail"):
            keep(store, Scenario(plan(service=name), f"{name}-1").on_staging().journal)
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        db.execute("UPDATE events SET body = '{}' WHERE release = 'cart-1' AND type = 'ReleaseStaged'")
    async with app.running(load_settings(Settings)) as service:
        await until(lambda: None not in (service.store.look("shop-1"), service.store.look("mail-1")))
        assert service.store.look("cart-1") is None
        assert [*service.unreadable] == ["cart-1"]
        assert [one.id for one in service.moving()] == ["mail-1", "shop-1"]
    _, found = await doctor(variables)
    fine, words = found["cart-1: journal"]
    assert fine == "NO"
    assert "ReleaseStaged cannot be read" in words


async def test_over_http_a_delivery_that_comes_twice_is_one_release(demo: World, over_http: dict[str, str]) -> None:
    """By the inbox of the real database; the second answer is the first one's."""
    async with running(over_http) as bot:
        await bot.until_it_answers("readyz", 200)
        demo.workspace.fault({"fault": "duplicate_envelope", "method": "slash_commands"})
        staged = await demo.workspace.interactions.command(ADA, RELEASES, "/stage", "shop no-such-version")
        assert (staged, demo.workspace.faults.waiting) == ({"ok": True}, [])
        _, lines, _ = await songbird("list", "--all", variables=over_http)
        assert [line.split()[0] for line in lines] == ["shop-1"]


async def test_a_port_that_is_taken_is_one_line_and_exit_code_one(variables: dict[str, str]) -> None:
    async with running(variables) as bot:
        port = (await bot.until("ready"))["address"].rpartition(":")[2]
        taken = {**variables, "SONGBIRD_PORT": port, "SONGBIRD_LOG_LEVEL": "error"}
        code, output, errors = await songbird("run", variables=taken)
    assert (code, output) == (1, [])
    assert len(errors) == 1
    assert errors[0].startswith(f"nothing can be served on 127.0.0.1:{port} (address already in use): SONGBIRD_PORT")


async def test_a_bot_whose_port_is_taken_has_turned_no_loop_and_asked_nothing_of_slack(
    demo: World, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be a second one on the same database: whatever it did would be done twice."""
    turned: list[str] = []

    async def drive(_loops: Loops, name: str, _step: Step) -> None:
        turned.append(name)

    monkeypatch.setattr(Loops, "drive", drive)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    before = dict(demo.workspace.web_api.applied)
    nobody = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    async with nobody:
        monkeypatch.setenv("SONGBIRD_PORT", str(nobody.sockets[0].getsockname()[1]))
        with pytest.raises(Misconfigured, match="address already in use"):
            async with app.running(load_settings(Settings)):
                pass
    assert turned == []
    assert dict(demo.workspace.web_api.applied) == before


# ── doctor ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def doctor(variables: Mapping[str, str]) -> tuple[int, dict[str, tuple[str, str]]]:
    """The exit code, and (ok or NO, words) by what was asked; in this process, which is sooner."""
    with mock.patch.dict(os.environ, variables):
        found = await examine(load_settings(Settings))
    return int(not all(finding.fine for finding in found)), _said(lines(found))


def _said(printed: list[str]) -> dict[str, tuple[str, str]]:
    cells = [line.split(maxsplit=1) for line in printed if not line.startswith(" ")]
    parted = [(fine, *rest.split("  ", 1)) for fine, rest in cells]
    return {what: (fine, words.strip()) for fine, what, words in parted}


def is_there(path: str) -> bool:
    return Path(path).exists()


def noes(found: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {what: words for what, (fine, words) in found.items() if fine == "NO"}


async def test_doctor_finds_nothing_wrong_with_the_demo_and_changes_nothing(
    demo: World, variables: dict[str, str]
) -> None:
    def written() -> dict[str, int]:
        return {method: times for method, times in demo.workspace.web_api.applied.items() if method not in READS}

    before = written()
    code, printed, errors = await songbird("doctor", variables=variables)
    found = _said(printed)
    assert (code, errors, noes(found)) == (0, [], {})
    assert set(found) == {
        *(
            "database",
            "commands",
            "bot token",
            "scopes",
            "clock",
            "app token",
            "plans",
            "charts",
            "walkthroughs",
            "model",
        ),
        *("shop: #releases", "shop: #engineering", "shop: #on-call", "shop: people", "shop: changes", "shop: checks"),
        *("shop: staging: deployer", "shop: staging: metrics"),
        *("shop: production: deployer", "shop: production: metrics"),
    }
    assert "OPENAI_API_KEY" in found["model"][1]
    assert written() == before
    assert not is_there(variables["SONGBIRD_DATABASE"])


async def test_over_http_doctor_looks_at_the_door_and_at_no_app_token(over_http: dict[str, str]) -> None:
    async def door(**changed: str) -> tuple[str, str]:
        _, found = await doctor({**over_http, **changed})
        assert "app token" not in found
        return found["door"]

    fine, words = await door()
    assert fine == "ok"
    assert words.endswith("is free; Slack's way there is your proxy's: the app's request URLs end with /slack/events")
    async with running(over_http) as bot:
        await bot.until("ready")
        fine, words = await door()
        assert fine == "ok"
        assert words.endswith("/slack/events, and knows the signing secret")
        fine, words = await door(SLACK_SIGNING_SECRET="of-another-app")  # noqa: S106 - made up
        assert fine == "NO"
        assert "has another SLACK_SIGNING_SECRET" in words
        pages = (await bot.until("ready"))["address"].rpartition(":")[2]
        fine, words = await door(SONGBIRD_SLACK_PORT=pages)
        assert fine == "NO"
        assert "something else answers" in words
    fine, words = await door(SONGBIRD_SLACK_HOST="192.0.2.1")
    assert fine == "NO"
    assert "cannot be listened at" in words


async def test_doctor_asks_the_model_that_is_configured(variables: dict[str, str]) -> None:
    nowhere = {"OPENAI_API_KEY": "sk-x", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "SONGBIRD_MODEL": "a-model"}
    code, found = await doctor({**variables, **nowhere})
    assert code == 1
    assert list(noes(found)) == ["model a-model"]


async def test_doctor_says_where_a_walkthrough_has_no_pictures(variables: dict[str, str]) -> None:
    code, found = await doctor({**variables, "SONGBIRD_BROWSER": "/nowhere/chromium"})
    assert code == 0
    assert "there is no browser at /nowhere/chromium" in found["walkthroughs"][1]
    assert "the walkthrough of shop is text until then" in found["walkthroughs"][1]


async def test_doctor_names_a_wrong_token_once_and_asks_nothing_with_it(variables: dict[str, str]) -> None:
    code, found = await doctor({**variables, "SLACK_BOT_TOKEN": "xoxb-of-another-app"})
    assert code == 1
    assert noes(found) == {
        "bot token": "Slack says invalid_auth; copy the Bot User OAuth Token again "
        "(Slack app page → OAuth & Permissions) to SLACK_BOT_TOKEN"
    }
    assert "shop: people" not in found
    code, found = await doctor({**variables, "SLACK_APP_TOKEN": "xapp-of-another-app"})
    assert code == 1
    assert list(noes(found)) == ["app token"]
    assert "connections:write" in noes(found)["app token"]


async def test_doctor_tells_a_slack_that_does_not_answer_from_a_wrong_token(variables: dict[str, str]) -> None:
    code, found = await doctor({**variables, "SLACK_API_URL": "http://127.0.0.1:1/api/"})
    assert code == 1
    assert set(noes(found)) == {"bot token", "app token"}
    assert noes(found)["bot token"] == (
        "Slack could not be reached: nobody listens at 127.0.0.1:1; is it running, and is the port right?"
    )


async def test_doctor_names_scopes_channels_and_people_that_slack_does_not_have(
    demo: World, variables: dict[str, str], tmp_path: Path
) -> None:
    plan = (Path(variables["SONGBIRD_PLANS"]) / "shop.yml").read_text()
    plan = (
        plan.replace('"#engineering"', '"#enginering"').replace('"#on-call"', '"#coffee"').replace("U0OMAR", "U0NOBODY")
    ).replace("[U0PRIYA]", "[U0PRIYA, S0PRODUCT, S0PRODUCTS]", 1)
    plan = plan.replace("title: The shop\n", "title: TODO\n", 1)
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "shop.yml").write_text(plan)
    installed = demo.workspace.state.app
    scopes = tuple(scope for scope in installed.scopes if scope not in ("commands", "channels:join"))
    demo.workspace.state.app = replace(installed, scopes=scopes)
    try:
        code, found = await doctor({**variables, "SONGBIRD_PLANS": str(tmp_path / "plans")})
    finally:
        demo.workspace.state.app = installed
    assert code == 1
    assert noes(found) == {
        "scopes": "missing commands: paste manifest.yml again and reinstall the app",
        "shop: #enginering": "no such channel that the bot can see: create it, or invite the bot if it is private",
        "shop: #coffee": "the bot is not in it: /invite it in #coffee",
        "shop: people": "U0NOBODY (Slack says user_not_found): "
        "copy the member's id from their Slack profile into the plan",
        "shop: user groups": "S0PRODUCTS (Slack says no_such_subteam): "
        "Slack shows a group's id under More → User groups → ⋮ → Copy group ID",
        "shop: plan": "TODO stands still in title",
    }


async def test_doctor_knows_that_the_bot_joins_a_public_channel_by_itself(
    variables: dict[str, str], tmp_path: Path
) -> None:
    plan = (Path(variables["SONGBIRD_PLANS"]) / "shop.yml").read_text().replace('"#on-call"', "coffee")
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "shop.yml").write_text(plan)
    code, found = await doctor({**variables, "SONGBIRD_PLANS": str(tmp_path / "plans")})
    assert code == 0
    assert found["shop: coffee"] == ("ok", "the bot joins it with its first message")


async def test_doctor_names_the_plans_systems_that_do_not_answer(
    demo: World, variables: dict[str, str], tmp_path: Path
) -> None:
    gone = {"DEMO_SUPERVISOR": "http://127.0.0.1:1", "DEMO_REPOSITORY": str(tmp_path / "nothing")}
    code, found = await doctor({**variables, **gone})
    assert code == 1
    assert set(noes(found)) == {
        "shop: changes",
        *("shop: staging: deployer", "shop: staging: metrics"),
        *("shop: production: deployer", "shop: production: metrics"),
    }
    assert noes(found)["shop: staging: metrics"] == (
        "no processes to read: http://127.0.0.1:1/sd/staging could not be reached: nobody listens at 127.0.0.1:1; "
        "is it running, and is the port right?; the plan's `metrics_from` names where they are"
    )
    assert noes(found)["shop: production: deployer"].endswith("; the plan's `deployer` names it")
    assert noes(found)["shop: changes"].endswith("; the plan's `changes` names it")


async def test_doctor_asks_slack_once_for_what_several_plans_name(
    demo: World, variables: dict[str, str], tmp_path: Path
) -> None:
    def asked() -> dict[str, int]:
        return {method: demo.workspace.web_api.applied[method] for method in ("conversations.list", "users.info")}

    (tmp_path / "plans").mkdir()
    plan = (Path(variables["SONGBIRD_PLANS"]) / "shop.yml").read_text()
    for service in ("shop", "till", "stock"):
        (tmp_path / "plans" / f"{service}.yml").write_text(plan.replace("service: shop", f"service: {service}", 1))
    before = asked()
    code, found = await doctor({**variables, "SONGBIRD_PLANS": str(tmp_path / "plans")})
    assert code == 0
    people = int(found["till: people"][1].split()[0])
    assert asked() == {
        "conversations.list": before["conversations.list"] + 1,
        "users.info": before["users.info"] + people,
    }


async def test_doctor_says_that_slack_asks_for_patience_and_waits_no_minute(
    demo: World, variables: dict[str, str]
) -> None:
    meter, clock = demo.workspace.web_api.meter, demo.workspace.state.clock
    for method, rate in (("conversations.list", TIER_2), ("users.info", TIER_4)):
        while meter.retry_after_seconds(method, rate, clock()) == 0:
            pass
    code, found = await doctor(variables)
    meter.clear()
    assert code == 1
    assert set(noes(found)) == {"shop: channels", "shop: people"}
    words = "Slack says ratelimited: this app has asked much in the last minute; ask again in "
    assert noes(found)["shop: channels"].startswith(words)
    assert noes(found)["shop: people"].startswith("nobody knows about U0")
    assert words in noes(found)["shop: people"]
    assert "copy the member's id" not in noes(found)["shop: people"]


async def test_doctor_names_what_does_not_answer_and_goes_on_with_the_rest(
    variables: dict[str, str], silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.doctor.Patience", lambda: Patience(1.0, 30.0))
    model = {"OPENAI_API_KEY": "x", "OPENAI_BASE_URL": silent, "SONGBIRD_MODEL": "a-model"}
    code, found = await doctor({**variables, **model, "DEMO_SUPERVISOR": silent})
    assert code == 1
    for what, fix in (
        ("model", ""),
        ("shop: staging: deployer", "; the plan's `deployer` names it"),
        ("shop: staging: metrics", "; the plan's `metrics_from` names where they are"),
        ("shop: production: deployer", "; the plan's `deployer` names it"),
        ("shop: production: metrics", "; the plan's `metrics_from` names where they are"),
    ):
        assert re.fullmatch(rf"no answer within \S+ s{fix}", noes(found)[what])
    assert {"bot token", "shop: people", "shop: changes", "shop: checks"} <= found.keys()


async def test_doctor_names_a_slack_that_takes_calls_and_does_not_answer(
    variables: dict[str, str], silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.doctor.Patience", lambda: Patience(30.0, 2.0))
    _, found = await doctor({**variables, "SLACK_API_URL": f"{silent}/api/"})
    assert set(noes(found)) == {"bot token", "app token"}
    assert noes(found)["bot token"].startswith(f"{silent}/api/ gave no answer within ")
    assert noes(found)["app token"].startswith("no answer within ")


async def test_doctor_names_metrics_that_no_process_shows(variables: dict[str, str], tmp_path: Path) -> None:
    plan = (Path(variables["SONGBIRD_PLANS"]) / "shop.yml").read_text()
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "shop.yml").write_text(plan.replace("of: shop_pool_size", "of: shop_pol_size"))
    code, found = await doctor({**variables, "SONGBIRD_PLANS": str(tmp_path / "plans")})
    assert code == 1
    assert noes(found) == {
        f"shop: {place}: metrics": "no series for db-pool: look at their selectors in the plan"
        for place in ("staging", "production")
    }


async def test_doctor_names_a_database_that_cannot_be_used(variables: dict[str, str], tmp_path: Path) -> None:
    strange = tmp_path / "photos.db"
    strange.write_text("no database at all, only a file of this name that somebody keeps")
    code, found = await doctor({**variables, "SONGBIRD_DATABASE": str(strange)})
    assert code == 1
    assert noes(found) == {
        "database": f"{strange}: file is not a database; SONGBIRD_DATABASE names the file",
    }
    assert strange.read_text().startswith("no database at all")


async def test_doctor_shows_every_problem_of_the_plans(variables: dict[str, str], tmp_path: Path) -> None:
    code, found = await doctor({**variables, "SONGBIRD_PLANS": str(tmp_path / "nowhere")})
    assert code == 1
    assert list(noes(found)) == ["plans"]
    assert "no such folder" in noes(found)["plans"]
