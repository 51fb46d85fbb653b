"""Words and pictures in the demo's world, by the bot's own process: a model behind the templates, edits, a question.

The model is a stand-in that speaks the protocol: it retells the first change that it was given, for the release notes,
and refuses everything else. The one thing to remember: the bot is a process; what it did is read from its journal and
from the workspace.
"""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web

from bot.core import events as e
from bot.core.contents import Artefact
from bot.core.model import Release
from bot.sandbox.demo import World, world
from bot.sandbox.people import ADA, PRIYA, RELEASES, People
from bot.sandbox.stories import Play
from tests.contracts.model_fixtures import completion, standing_in

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Scene:
    world: World
    people: People
    play: Play

    def text(self, kind: str) -> Artefact | None:
        release = self.play.release()
        return release.artefacts.get(kind) if release else None

    async def until(self, true: Callable[[Release], bool], what: str) -> Release:
        return await self.play.until(true, what)

    def thread(self) -> list[dict[str, Any]]:
        """What stands in the release's thread, as the workspace has it."""
        state = self.world.workspace.state
        head = next(message for message in state.history(RELEASES) if "shop-1" in str(message.get("blocks")))
        return [message for message in state.thread(RELEASES, head["thread_ts"]) if message is not head]

    async def sees(self, words: str) -> dict[str, Any]:
        """The message of the thread that says so, once there is one."""
        async with asyncio.timeout(60):
            while True:
                for message in self.thread():
                    if words in json.dumps(message, ensure_ascii=False):
                        return message
                await asyncio.sleep(0.2)


@asynccontextmanager
async def a_scene(**variables: str) -> AsyncIterator[Scene]:
    async with world() as running, People(running.workspace.url) as people:
        running.variables.update(variables)
        await running.start_bot()
        await running.wait_until_connected()
        store = running.store()
        yield Scene(running, people, Play(running, people, store))
        store.close()


async def retell(request: web.Request) -> web.Response:
    """The release notes in one sentence, about the first change; nothing else."""
    asked = await request.json()
    prompt = asked["messages"][-1]["content"]
    found = re.search(r"^\[(\d+)\] change #(\d+) .*?: «([^»]+)»", prompt, re.MULTILINE)
    if not prompt.startswith("Write: Release notes") or found is None:
        return web.json_response(completion(refusal="I would rather not."))
    sentence = {"text": f"{found[3]} (#{found[2]}).", "cites": [int(found[1])]}
    return web.json_response(completion(content=json.dumps({"summary": [sentence], "highlights": [sentence]})))


async def test_a_models_text_takes_the_templates_place_and_a_person_has_the_last_word() -> None:
    async with standing_in(retell) as address:
        key = {"OPENAI_API_KEY": "sk-x", "OPENAI_BASE_URL": address, "SONGBIRD_MODEL": "a-model"}
        async with a_scene(**key) as here:
            await here.people.type(ADA, "/stage", "shop v1.1.0")
            await here.until(
                lambda r: r.artefacts["notes"].author == "a-model" if "notes" in r.artefacts else False, "a"
            )
            notes = here.text("notes")
            assert notes is not None
            assert notes.evidence
            await here.sees("Written by a-model")
            told = [message for message in here.thread() if "Release notes" in message["text"]]
            assert len(told) == (2 if notes.is_late else 1), "it stands where the template's text stood"
            others = [here.text(kind) for kind in ("engineering", "undo", "faq")]
            assert [text.author for text in others if text is not None] == ["template"] * 3
            await here.people.type(PRIYA, "/release", "notes shop-1")
            await here.people.press_in_form(PRIYA, "text", "notes")
            await here.people.fill_in(PRIYA, "text", **{"part-1": _typed("## In Priya's words"), "part-2": _typed("")})
            await here.until(lambda r: r.artefacts["notes"].is_by_a_person, "Priya's words")
            assert "## In Priya's words" in here.text("notes").text  # type: ignore[union-attr]
            await here.sees("Written by Priya Nair")


async def test_a_question_in_the_thread_is_answered_there_from_the_journal() -> None:
    async with a_scene() as here:
        await here.people.type(ADA, "/stage", "shop v1.1.0")
        await here.until(lambda r: r.entry is not None and r.entry.asked is not None, "its question")
        head = here.thread()[0]["thread_ts"]
        await here.people.say(ADA, "<@U0SONGBIRD> why isn't it moving?", head)
        answer = await here.sees("Waiting for")
        assert answer["thread_ts"] == head


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium on the PATH")
async def test_the_tour_of_the_demos_shop_is_really_taken() -> None:
    async with a_scene() as here:
        await here.people.type(ADA, "/stage", "shop v1.1.0")
        release = await here.until(lambda r: bool(r.shots), "its pictures")
        assert [shot.number for shot in release.shots] == [1, 2, 3, 4]
        assert all(shot.file and shot.alt and not shot.failed for shot in release.shots)
        assert release.shots[0].before
        story = await here.sees("A walk through shop v1.1.0")
        pictures = [block for block in story["blocks"] if block["type"] == "image"]
        assert {shot.file for shot in release.shots} <= {picture["slack_file"]["id"] for picture in pictures}


async def test_a_bot_that_is_killed_while_it_writes_and_draws_tells_everything_once() -> None:
    async with a_scene() as here:
        await here.people.type(ADA, "/stage", "shop v1.1.0")
        await here.play.approve()
        await here.until(lambda r: any(kind.startswith("narration/") for kind in r.texts), "its first step")
        await here.world.kill_bot()
        await here.world.wait_until_connected()
        await here.until(lambda r: len(r.charts) >= 2, "its charts")
        journal = here.play.store.journal("shop-1")
        drawn = [one.event.about for one in journal if isinstance(one.event, e.ChartsDrawn)]
        assert len(drawn) == len(set(drawn))
        assert here.world.workspace.calls()["duplicates"] == []


def _typed(words: str) -> dict[str, str]:
    return {"type": "plain_text_input", "value": words}
