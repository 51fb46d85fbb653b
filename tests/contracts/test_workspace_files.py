"""Files in the stand-in: uploaded by the real client, shown in messages, fetched again."""

from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import App, Workspace
from tests.contracts.workspace_fixtures import RELEASES, a_workspace, client_of, refusal

PNG = b"\x89PNG not really"


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with a_workspace() as started:
        yield started


@pytest.fixture
def client(workspace: Workspace) -> AsyncWebClient:
    return client_of(workspace)


async def fetch(url: str, token: str | None = None) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status, await answer.read()


async def test_an_uploaded_file_is_in_the_thread_and_can_be_fetched(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    parent = (await client.chat_postMessage(channel=RELEASES, text="card"))["ts"]
    await client.files_upload_v2(
        content=PNG, filename="p95.png", title="P95", channel=RELEASES, thread_ts=parent, initial_comment="see"
    )
    reply = (await client.conversations_replies(channel=RELEASES, ts=parent))["messages"][1]
    file = reply["files"][0]
    assert (reply["text"], file["title"], file["mimetype"]) == ("see", "P95", "image/png")
    assert await fetch(file["url_private"], workspace.bot_token) == (200, PNG)
    assert await fetch(file["url_private"]) == (200, PNG)  # the page
    assert (await fetch(file["url_private"], "xoxb-of-somebody-else"))[0] == 403


async def test_a_file_that_was_shared_nowhere_can_be_shown_by_a_message_with_metadata(client: AsyncWebClient) -> None:
    file = (await client.files_upload_v2(content=PNG, filename="p95.png"))["file"]
    assert file["is_public"] is False
    image = {"type": "image", "slack_file": {"id": file["id"]}, "alt_text": "P95 by cohort"}
    metadata = {"event_type": "songbird_effect", "event_payload": {"key": "k"}}
    shown = await client.chat_postMessage(channel=RELEASES, text="P95", blocks=[image], metadata=metadata)
    assert shown["message"]["blocks"][0]["image_url"] == file["url_private"]
    linked = await client.chat_postMessage(channel=RELEASES, text=f"P95 <{file['permalink']}|chart>")
    assert [each["id"] for each in linked["message"]["files"]] == [file["id"]]
    assert (await client.files_info(file=file["id"]))["file"]["channels"] == [RELEASES]


async def test_a_file_that_is_not_there_or_no_image_is_not_shown(client: AsyncWebClient) -> None:
    notes = (await client.files_upload_v2(content="notes", filename="notes.txt"))["file"]
    for reference in ({"id": "F0NONE"}, {"id": notes["id"]}):
        image = {"type": "image", "slack_file": reference, "alt_text": "x"}
        assert await refusal(client.chat_postMessage(channel=RELEASES, text="x", blocks=[image])) == "invalid_blocks"


async def test_an_upload_is_completed_once_and_only_after_its_bytes_came(client: AsyncWebClient) -> None:
    ticket = await client.files_getUploadURLExternal(filename="x.png", length=len(PNG))
    complete = [{"id": ticket["file_id"], "title": "x"}]
    assert await refusal(client.files_completeUploadExternal(files=complete)) == "file_not_found"
    async with aiohttp.ClientSession() as session:
        async with session.post(ticket["upload_url"], data=PNG + b"more") as answer:
            assert (answer.status, await answer.text()) == (400, "file_size_mismatch")
        async with session.post(ticket["upload_url"], data=PNG) as answer:
            assert (answer.status, await answer.text()) == (200, f"OK - {len(PNG)}")
    assert (await client.files_completeUploadExternal(files=complete))["ok"]
    assert await refusal(client.files_completeUploadExternal(files=complete)) == "file_not_found"


async def test_sharing_where_the_bot_is_not_completes_nothing(client: AsyncWebClient) -> None:
    ticket = await client.files_getUploadURLExternal(filename="x.png", length=len(PNG))
    async with aiohttp.ClientSession() as session, session.post(ticket["upload_url"], data=PNG):
        pass
    files = [{"id": ticket["file_id"], "title": "x"}]
    refused = client.files_completeUploadExternal(files=files, channel_id="C0COFFEE")
    assert await refusal(refused) == "not_in_channel"
    assert (await client.files_completeUploadExternal(files=files, channel_id=RELEASES))["ok"]


async def test_a_bot_without_the_scope_reads_no_file() -> None:
    scopes = tuple(scope for scope in App().scopes if scope != "files:read")
    async with a_workspace(app=replace(App(), scopes=scopes)) as workspace:
        file = (await client_of(workspace).files_upload_v2(content=PNG, filename="x.png"))["file"]
        assert (await fetch(file["url_private"], workspace.bot_token))[0] == 403
