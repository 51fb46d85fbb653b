"""Pictures over the wire: uploaded to nobody, shown by a message, and everything that can go wrong on the way."""

import math
from collections.abc import AsyncIterator
from typing import Self

import aiohttp
import pytest
from aiohttp import web

from bot.adapters.chat import Pictures
from bot.adapters.chat.client import reading_client, writing_client
from bot.adapters.chat.pictures import PICTURE_BYTES_MAX, SlackPictures
from bot.adapters.chat.slack import SlackChat
from bot.adapters.chat.stand_in import StandInPictures
from bot.core.errors import Permanent, Temporary
from bot.sandbox.workspace import App, Workspace
from bot.sandbox.workspace.sample import chart_png
from bot.views import blocks
from tests.contracts.workspace_fixtures import Clock, a_workspace

PNG = chart_png()
ALT = "Canary above control from 14:02 on"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def workspace(clock: Clock) -> AsyncIterator[Workspace]:
    async with a_workspace(clock=clock) as started:
        yield started


@pytest.fixture
def pictures(workspace: Workspace, clock: Clock) -> SlackPictures:
    return pictures_of(workspace, clock)


def pictures_of(workspace: Workspace, clock: Clock) -> SlackPictures:
    async def pause(seconds: float) -> None:
        clock.advance(seconds)

    token, url = workspace.bot_token, workspace.api_url
    return SlackPictures(writing_client(token, url, 2), reading_client(token, url, 2), pause)


def chat_of(workspace: Workspace) -> SlackChat:
    token, url = workspace.bot_token, workspace.api_url
    return SlackChat(writing_client(token, url, 2), reading_client(token, url, 2))


def count(workspace: Workspace, method: str) -> int:
    return sum(1 for call in workspace.web_api.calls if call.method == method)


async def test_an_uploaded_picture_is_nobodys_until_a_message_shows_it(
    workspace: Workspace, pictures: SlackPictures
) -> None:
    file = await pictures.upload("errors.png", PNG, ALT)
    assert workspace.files.by_id[file].content == PNG
    assert workspace.files.by_id[file].channels == set()
    shown = blocks.rendered("Errors rose", blocks.image(file, ALT, "Errors, canary against control"))
    place = await chat_of(workspace).post("#releases", shown, "k")
    message = workspace.state.message(place.channel, place.ts)
    assert message["blocks"][0]["image_url"].endswith(f"{file}/errors.png")
    async with aiohttp.ClientSession() as session, session.get(message["blocks"][0]["image_url"]) as answer:
        assert await answer.read() == PNG


async def test_an_upload_waits_until_slack_has_taken_the_picture_in(
    workspace: Workspace, pictures: SlackPictures, clock: Clock
) -> None:
    workspace.faults.add("files.completeUploadExternal", "late_file", seconds=1.5)
    file = await pictures.upload("errors.png", PNG, ALT)
    assert clock.now == Clock().now + 1.75
    await chat_of(workspace).post("#releases", blocks.rendered("x", blocks.image(file, ALT)), "k")


async def test_the_wait_ends_and_a_message_that_comes_too_early_may_come_again(
    workspace: Workspace, pictures: SlackPictures, clock: Clock
) -> None:
    workspace.faults.add("files.completeUploadExternal", "late_file", seconds=60)
    file = await pictures.upload("errors.png", PNG, ALT)
    chat, shown = chat_of(workspace), blocks.rendered("Errors rose", blocks.image(file, ALT))
    with pytest.raises(Temporary, match="has not taken in"):
        await chat.post("#releases", shown, "k")
    plain = await chat.post("#releases", blocks.rendered("Errors rose"), "k2")
    with pytest.raises(Temporary, match="has not taken in"):
        await chat.edit(plain, shown, "k2")
    clock.advance(60)
    await chat.edit(plain, shown, "k2")
    assert workspace.state.message(plain.channel, plain.ts)["blocks"][0]["type"] == "image"


async def test_other_blocks_that_slack_refuses_are_refused_for_good(workspace: Workspace) -> None:
    with pytest.raises(Permanent, match="invalid_blocks"):
        await chat_of(workspace).post("#releases", blocks.rendered("x", {"type": "image", "alt_text": "x"}), "k")


async def test_without_the_right_to_look_the_picture_is_still_uploaded(clock: Clock) -> None:
    scopes = tuple(scope for scope in App().scopes if scope != "files:read")
    async with a_workspace(app=App(scopes=scopes), clock=clock) as workspace:
        file = await pictures_of(workspace, clock).upload("errors.png", PNG, ALT)
        assert workspace.files.by_id[file].is_complete


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
@pytest.mark.parametrize("fault", ["http_503", "drop_before", "drop_after", "rate_limited"])
async def test_whatever_has_no_answer_may_be_repeated_and_is_not_repeated_here(
    workspace: Workspace, pictures: SlackPictures, method: str, fault: str
) -> None:
    workspace.fault({"fault": fault, "method": method})
    with pytest.raises(Temporary):
        await pictures.upload("errors.png", PNG, ALT)
    assert count(workspace, method) == 1
    assert await pictures.upload("errors.png", PNG, ALT)


async def test_a_missing_scope_says_what_to_do(clock: Clock) -> None:
    scopes = tuple(scope for scope in App().scopes if scope != "files:write")
    async with a_workspace(app=App(scopes=scopes), clock=clock) as workspace:
        with pytest.raises(Permanent, match=r"add the scope from manifest\.yml"):
            await pictures_of(workspace, clock).upload("errors.png", PNG, ALT)


@pytest.mark.parametrize("size", [0, PICTURE_BYTES_MAX + 1])
async def test_no_picture_and_one_too_large_are_not_sent(
    workspace: Workspace, pictures: SlackPictures, size: int
) -> None:
    with pytest.raises(Permanent, match="bytes"):
        await pictures.upload("errors.png", b"x" * size, ALT)
    assert not workspace.web_api.calls


# ── the address of the upload ────────────────────────────────────────────────────────────────────────────────────────


class FalseSlack:
    """An API that names any address for the bytes, and says where bytes came in."""

    def __init__(self) -> None:
        self.upload_url = ""
        self.received: list[str] = []

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/api/files.getUploadURLExternal", self._ticket)
        app.router.add_route("*", "/{rest:.*}", self._anything)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self._runner.cleanup()

    async def _ticket(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "upload_url": self.upload_url, "file_id": "F00000001"})

    async def _anything(self, request: web.Request) -> web.Response:
        self.received.append(request.path)
        if request.path == "/moved":
            raise web.HTTPTemporaryRedirect("/elsewhere")
        return web.json_response({"ok": True})

    def pictures(self) -> SlackPictures:
        return SlackPictures(
            writing_client("xoxb", f"{self.url}/api/", 2), reading_client("xoxb", f"{self.url}/api/", 2)
        )


@pytest.mark.parametrize(
    "address", ["http://files.slack.com/upload", "ftp://127.0.0.1/x", "file:///etc/passwd", "https://127.0.0.1/x", "x"]
)
async def test_an_address_that_is_not_safe_gets_no_bytes(address: str) -> None:
    async with FalseSlack() as slack:
        slack.upload_url = address
        with pytest.raises(Permanent, match="not safe"):
            await slack.pictures().upload("errors.png", PNG, ALT)
        assert slack.received == []


async def test_a_loopback_address_is_only_for_a_slack_that_is_on_this_machine() -> None:
    pictures = SlackPictures(writing_client("xoxb"), reading_client("xoxb"))
    assert pictures._is_slacks("https://files.slack.com/upload/v1/x")
    assert not pictures._is_slacks("http://127.0.0.1:8080/upload")


async def test_bytes_follow_no_redirect() -> None:
    async with FalseSlack() as slack:
        slack.upload_url = f"{slack.url}/moved"
        with pytest.raises(Temporary, match="HTTP 307"):
            await slack.pictures().upload("errors.png", PNG, ALT)
        assert slack.received == ["/moved"]


# ── the block, and the stand-in of the port ──────────────────────────────────────────────────────────────────────────


def test_an_image_block_is_within_slacks_sizes_whatever_it_is_given() -> None:
    block = blocks.image("F00000001", "a" * 3_000, "t" * 3_000)
    assert (len(block["alt_text"]), len(block["title"]["text"])) == (2_000, 2_000)
    assert "title" not in blocks.image("F00000001", "x")


def test_a_pictures_words_count_among_those_of_a_message() -> None:
    said = blocks.rendered("x", *(blocks.image("F00000001", "a" * 2_000) for _ in range(8)))
    assert sum(block["type"] == "image" for block in said.blocks) == 5


async def test_the_ports_stand_in_keeps_what_was_uploaded_and_goes_wrong_on_request() -> None:
    stand_in = StandInPictures()
    pictures: Pictures = stand_in
    file = await pictures.upload("errors.png", PNG, ALT)
    assert stand_in.files[file] == ("errors.png", PNG, ALT)
    stand_in.refusal = Temporary("not now")
    with pytest.raises(Temporary):
        await pictures.upload("errors.png", PNG, ALT)


async def test_slacks_rates_let_a_walkthrough_of_ten_pictures_through(clock: Clock) -> None:
    async with a_workspace(clock=clock, rate_scale=1.0) as workspace:
        pictures = pictures_of(workspace, clock)
        assert len({await pictures.upload(f"{number}.png", PNG, ALT) for number in range(10)}) == 10
        assert math.isclose(clock.now, Clock().now)
