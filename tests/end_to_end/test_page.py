"""The stand-in's page in a real browser: Chromium, spoken to over its DevTools socket, with no driver to install.

The workspace runs in the test's own loop, so a test says something in a channel by a method call and looks at what a
person sees. A page that throws fails its test. The one thing a reader could forget: `see` waits for a condition in the
page; nothing here sleeps.
"""

import asyncio
import json
import math
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.chat.client import reading_client, writing_client
from bot.adapters.chat.pictures import SlackPictures
from bot.adapters.chat.slack import SlackChat
from bot.adapters.chat.stream import SlackTelling
from bot.sandbox.workspace import seed
from bot.sandbox.workspace.sample import SAMPLE_APP, SampleBot, chart_png
from bot.sandbox.workspace.server import Workspace
from bot.sandbox.workspace.state import Content
from bot.views import blocks

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
START_SECONDS_MAX = 20.0
SEE_SECONDS_MAX = 15.0
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
    "--window-size=1280,860",
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium on the PATH")


@dataclass(slots=True)
class Tab:
    """One page of the browser; `errors` are the exceptions that its scripts threw."""

    socket: aiohttp.ClientWebSocketResponse
    errors: list[str] = field(default_factory=list)
    sent: int = 0

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        self.sent += 1
        await self.socket.send_json({"id": self.sent, "method": method, "params": params})
        while True:
            told = await self.socket.receive_json()
            if told.get("method") == "Runtime.exceptionThrown":
                self.errors.append(told["params"]["exceptionDetails"]["exception"]["description"])
            if told.get("id") == self.sent:
                return dict(told["result"])

    async def ask(self, script: str) -> Any:
        answer = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def see(self, condition: str) -> None:
        """Waits until the JavaScript condition holds in the page."""
        look = f"({condition}) ? seen(true) : setTimeout(look, 20)"
        try:
            async with asyncio.timeout(SEE_SECONDS_MAX):
                await self.ask(f"new Promise(seen => {{ const look = () => {look}; look(); }})")
        except TimeoutError:
            pytest.fail(f"not seen: {condition}\nerrors in the page: {self.errors}")

    async def see_text(self, text: str, within: str = "body") -> None:
        await self.see(f"document.querySelector({json.dumps(within)})?.innerText.includes({json.dumps(text)})")

    async def click(self, selector: str, text: str = "") -> None:
        """Clicks the first such element that holds the text, once it is there."""
        all_such = f"[...document.querySelectorAll({json.dumps(selector)})]"
        found = f"{all_such}.find(it => it.innerText.includes({json.dumps(text)}))"
        await self.see(found)
        await self.ask(f"{found}.click()")

    async def choose(self, selector: str, value: str) -> None:
        menu = f"document.querySelector({json.dumps(selector)})"
        await self.ask(f"{menu}.value = {json.dumps(value)}; {menu}.dispatchEvent(new Event('change'))")

    async def write(self, text: str) -> None:
        await self.call("Input.insertText", text=text)

    async def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            more = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, **more)

    async def open(self, url: str) -> None:
        await self.call("Page.navigate", url=url)
        await self.see("document.querySelector('#app:not([aria-busy]) .pane')")


@pytest.fixture(scope="module")
def devtools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running browser's DevTools."""
    profile = tmp_path_factory.mktemp("chromium")
    assert CHROMIUM is not None
    command = (CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
        try:
            yield f"http://127.0.0.1:{_port(profile / 'DevToolsActivePort', browser)}"
        finally:
            browser.terminate()


def _port(note: Path, browser: "subprocess.Popen[bytes]") -> int:
    """The browser notes its port in a file when it is ready."""
    until = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < until and browser.poll() is None:
        with suppress(OSError, IndexError, ValueError):
            return int(note.read_text().splitlines()[0])
        time.sleep(0.02)
    pytest.skip("Chromium does not start here")


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    workspace = await Workspace.start(app=SAMPLE_APP, rate_scale=math.inf)
    yield workspace
    await workspace.stop()


@pytest.fixture
async def tab(devtools: str, workspace: Workspace) -> AsyncIterator[Tab]:
    """A fresh tab that looks at #releases as Ada."""
    async with aiohttp.ClientSession() as session:
        async with session.put(f"{devtools}/json/new?about:blank") as answer:
            target = await answer.json()
        async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            tab = Tab(socket)
            await tab.call("Runtime.enable")
            await tab.call("Emulation.setFocusEmulationEnabled", enabled=True)
            await tab.open(f"{workspace.url}/?as={seed.ADA}")
            yield tab
            await tab.call("Page.close")
    assert tab.errors == []


def say(workspace: Workspace, text: str, blocks: Sequence[dict[str, Any]] = ()) -> str:
    """The bot's message in #releases; its ts."""
    channel = workspace.state.channel(seed.RELEASES)
    return str(workspace.state.post(channel, workspace.state.app.bot_user, Content(text, blocks))["ts"])


def clients_of(workspace: Workspace) -> tuple[AsyncWebClient, AsyncWebClient]:
    """The bot's own two clients: one to write with, one to read with."""
    token, url = workspace.bot_token, workspace.api_url
    return writing_client(token, url), reading_client(token, url)


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def card(exposure: str) -> list[dict[str, Any]]:
    hold = {"type": "button", "action_id": "hold", "text": {"type": "plain_text", "text": "Hold"}}
    header = {"type": "header", "text": {"type": "plain_text", "text": "shop v1.1.0"}}
    return [header, section(f"exposure {exposure}"), section("unchanged"), {"type": "actions", "elements": [hold]}]


async def test_an_edit_of_the_card_changes_the_line_that_differs_and_leaves_the_buttons_in_place(
    workspace: Workspace, tab: Tab
) -> None:
    ts = say(workspace, "shop", card("1 %"))
    await tab.see_text("exposure 1 %")
    await tab.ask("window.before = [...document.querySelectorAll('#main .block')]; 0")

    workspace.state.edit(
        workspace.state.channel(seed.RELEASES), ts, workspace.state.app.bot_user, Content("shop", card("10 %"))
    )

    await tab.see_text("exposure 10 %")
    assert await tab.ask("before.map(it => it.isConnected)") == [True, False, True, True]
    glowing = "[...document.querySelectorAll('#main .changed')].map(it => it.innerText)"
    assert await tab.ask(glowing) == ["exposure 10 %"]


async def test_whatever_a_message_says_is_text_and_never_becomes_part_of_the_page(
    workspace: Workspace, tab: Tab
) -> None:
    attack = "<img src=x onerror=window.harmed=1> <javascript:harm()|click> <b>"
    cells = {"type": "table", "rows": [[{"type": "raw_text", "text": attack}]]}
    say(workspace, attack)
    say(workspace, "blocks", [section(attack), {"type": "markdown", "text": f"{attack} [x](javascript:harm())"}, cells])

    await tab.see("document.querySelectorAll('#main .block-table').length")
    assert await tab.ask("document.querySelector('#main .message .text').innerText") == attack
    assert await tab.ask("document.querySelectorAll('#main .content :is(img, b, a)').length") == 0
    assert await tab.ask("window.harmed ?? null") is None


async def test_a_command_that_nobody_takes_is_said_to_be_lost_and_stays_in_the_composer(tab: Tab) -> None:
    await tab.click(".intro .chip", "v1.1.0")
    await tab.press("Enter")

    await tab.see_text("Songbird is not connected", within="#toasts")
    await tab.see("document.querySelector('#main textarea').value === '/stage shop v1.1.0'")


async def test_shortcuts_are_taken_beside_the_composer_and_in_a_messages_menu(workspace: Workspace, tab: Tab) -> None:
    await tab.click("#main .shortcuts", "")
    await tab.click(".menu button", "Stage a release")
    await tab.see_text("“Stage a release” was not carried out.", within="#toasts")

    workspace.state.post(workspace.state.channel(seed.RELEASES), seed.QUINN, Content("how is shop-1?"))
    await tab.see_text("how is shop-1?", within="#main")
    await tab.click("#main .more-actions", "")
    await tab.click(".menu button", "Release status")
    await tab.see_text("“Release status” was not carried out.", within="#toasts")


async def test_a_concern_is_raised_by_hand_from_the_button_to_the_message(workspace: Workspace, tab: Tab) -> None:
    bot = SampleBot(workspace.api_url, workspace.bot_token, workspace.app_token)
    async with asyncio.timeout(START_SECONDS_MAX):
        await bot.start()
    try:
        await tab.click(".person", "Priya")
        await tab.click("#main .button", "Raise a concern")
        await tab.click("dialog .button", "Raise it")
        await tab.see_text("Please complete this required field.", within="dialog")

        await tab.write("too short")
        await tab.choose("dialog select", "0")
        await tab.click("dialog .button", "Raise it")
        await tab.see_text("Say a little more.", within="dialog")

        await tab.write(": the label is cut off")
        await tab.click("dialog .button", "Raise it")
        await tab.see_text("@Priya Nair is concerned: too short: the label is cut off", within="#main")
        await tab.see("!document.querySelector('dialog')")
    finally:
        await bot.stop()


# ── pictures ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("width", [1280, 390])
async def test_a_picture_stands_in_its_thread_says_what_it_shows_and_is_enlarged_by_a_click(
    workspace: Workspace, tab: Tab, width: int
) -> None:
    await tab.call("Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1, mobile=False)
    clients = clients_of(workspace)
    file = await SlackPictures(*clients).upload("errors.png", chart_png(1_600, 900), "The canary rises")
    ts = say(workspace, "shop", card("1 %"))
    shown = blocks.rendered("Errors", blocks.image(file, "The canary rises", "Errors, canary against control"))
    await SlackChat(*clients).post(seed.RELEASES, shown, "k", ts)

    await tab.open(f"{workspace.url}/?as={seed.ADA}#/releases/{ts}")
    picture = "document.querySelector('#thread .block-image img')"
    await tab.see(f"{picture}?.naturalWidth === 1600")
    assert await tab.ask(f"[{picture}.alt, {picture}.title]") == ["The canary rises"] * 2
    await tab.see_text("Errors, canary against control", within="#thread .block-image")
    assert await tab.ask(f"{picture}.getBoundingClientRect().right <= innerWidth")
    assert await tab.ask("document.querySelector('#thread').scrollWidth <= innerWidth")

    before = await tab.ask(f"{picture}.width")
    await tab.click("#thread .picture")
    await tab.see(f"document.querySelector('dialog.enlarged[open] img').width > {before}")
    enlarged = await tab.ask("document.querySelector('dialog img').getBoundingClientRect().toJSON()")
    assert 0 <= enlarged["left"] < enlarged["right"] <= width
    await tab.click("dialog .icon-button")
    await tab.see("!document.querySelector('dialog')")


# ── answers that grow ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_answer_is_seen_to_grow_and_foreign_words_in_it_are_only_words(workspace: Workspace, tab: Tab) -> None:
    hostile = (
        "<!channel> <@U0ADA> <https://evil.example|ok> ![x](http://evil.example/a.png) [x](http://evil.example) "
        "http://evil.example www.evil.example @here `code` *b* :tada: <img src=x onerror=window.harmed=1> &lt;!here&gt;"
    )
    ts = say(workspace, "shop", card("1 %"))
    await tab.open(f"{workspace.url}/?as={seed.ADA}#/releases/{ts}")

    async def sentences() -> AsyncIterator[str]:
        yield "Errors rose."
        await tab.see("document.querySelector('#thread .growing')?.innerText.trim() === 'Errors rose.'")
        yield hostile
        await tab.see_text("&lt;!here&gt;", within="#thread .growing")
        assert await tab.ask("document.querySelector('#thread .growing .changed')") is None, "no glow at every word"

    telling = SlackTelling(*clients_of(workspace), pace_seconds=0.0)
    place = await telling.tell(seed.RELEASES, ts, seed.ADA, sentences())

    assert place is not None
    await tab.see("document.querySelector('#thread .block-markdown') && !document.querySelector('#thread .growing')")
    answer = f"document.querySelector('#thread [data-ts=\"{place.ts}\"] .block-markdown')"
    seen = str(await tab.ask(f"{answer}.innerText")).replace("\N{WORD JOINER}", "")
    assert seen.strip() == f"Errors rose. {hostile}"
    assert await tab.ask(f"{answer}.querySelectorAll('a, img, .mention, .emoji, strong, em').length") == 0
    assert await tab.ask("window.harmed ?? null") is None


async def test_what_slack_would_act_on_in_markdown_acts_here_as_well(workspace: Workspace, tab: Tab) -> None:
    """Or else the test above would show nothing."""
    awake = "<!channel> <@U0ADA> <https://example.com|ok> [x](http://example.com) http://example.com **b** :tada:"
    say(workspace, "x", [{"type": "markdown", "text": awake}])
    await tab.see("document.querySelector('#main .block-markdown')")
    count = "document.querySelectorAll('#main .block-markdown :is({})').length"
    assert await tab.ask(count.format(".mention")) == 2
    assert await tab.ask(count.format("a")) == 3
    assert await tab.ask(count.format("strong, .emoji")) == 2


async def test_an_answer_that_was_left_standing_is_said_to_be_no_whole_one(workspace: Workspace, tab: Tab) -> None:
    channel = workspace.state.channel(seed.RELEASES)
    content = Content("x", [{"type": "markdown", "text": "Errors rose,"}], streaming="errored")
    workspace.state.post(channel, workspace.state.app.bot_user, content)
    await tab.see_text("This answer was not brought to its end.", within="#main")


# ── texts to edit ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_long_text_is_edited_in_a_modal_and_survives_a_look_at_another(workspace: Workspace, tab: Tab) -> None:
    bot = SampleBot(workspace.api_url, workspace.bot_token, workspace.app_token)
    async with asyncio.timeout(START_SECONDS_MAX):
        await bot.start()
    try:
        await tab.click("#main textarea")
        await tab.ask("document.querySelector('#main textarea').focus()")
        await tab.write("/sample notes")
        await tab.press("Enter")
        await tab.see("document.querySelectorAll('dialog textarea').length === 3")
        assert await tab.ask("document.querySelector('dialog select').selectedOptions[0].text") == "Users"
        assert await tab.ask("document.querySelector('.dialog-body').scrollTop") == 0
        heights = await tab.ask("[...document.querySelectorAll('dialog textarea')].map(it => it.offsetHeight)")
        assert 96 < heights[0] < heights[1] <= 0.43 * await tab.ask("innerHeight"), "short texts are seen as a whole"
        await tab.see_text("2950 of 3000 characters", within="dialog")

        await tab.ask("document.querySelectorAll('dialog textarea')[2].focus()")
        await tab.write("x" * 80)
        await tab.see_text("3000 of 3000 characters", within="dialog")
        await tab.click("dialog .button", "Versions")
        await tab.see_text("A page further", within="dialog h2")
        await tab.click("dialog .icon-button")
        await tab.see_text("Edit the notes", within="dialog h2")
        assert await tab.ask("document.querySelectorAll('dialog textarea')[2].value.length") == 3_000

        await tab.click("dialog .button", "Save")
        await tab.see_text("The notes were edited.", within="#main")
        await tab.see("!document.querySelector('dialog')")
    finally:
        await bot.stop()
