"""Answers over the wire: streamed where that is allowed, posted where not, and said to their end whatever breaks.

No test waits for time to pass: sentences come when a test lets them, and pauses are noted instead of made.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from bot.adapters.chat import Posted, Telling
from bot.adapters.chat.answer import ANSWER_CHARACTERS_MAX
from bot.adapters.chat.client import reading_client, writing_client
from bot.adapters.chat.stand_in import StandInTelling
from bot.adapters.chat.stream import SlackTelling
from bot.core.errors import Permanent, Temporary, Unknown
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.state import Content
from tests.contracts.workspace_fixtures import ADA, RELEASES, a_workspace, until

SAID = ("Errors rose at 14:02.", "The control did not move.", "Look at shop/payments.py.")
START, APPEND, STOP, POST, EDIT = (
    "chat.startStream",
    "chat.appendStream",
    "chat.stopStream",
    "chat.postMessage",
    "chat.update",
)


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with a_workspace() as started:
        yield started


class Scene:
    """A question in a thread, and who answers it. `pauses`: what would have been waited for."""

    def __init__(self, workspace: Workspace, **limits: float) -> None:
        async def pause(seconds: float) -> None:
            self.pauses.append(seconds)

        self.workspace = workspace
        self.pauses: list[float] = []
        token, url = workspace.bot_token, workspace.api_url
        reading = reading_client(token, url, 2)
        options: dict[str, Any] = {"pace_seconds": 0.0, "pause": pause, **limits}
        self.telling: Telling = SlackTelling(writing_client(token, url, 2), reading, **options)
        channel = workspace.state.channel(RELEASES)
        self.thread = str(workspace.state.post(channel, ADA, Content("why?"))["ts"])

    async def tell(self, sentences: AsyncIterator[str], person: str = ADA) -> Posted | None:
        return await self.telling.tell(RELEASES, self.thread, person, sentences)

    @property
    def calls(self) -> list[str]:
        return [call.method for call in self.workspace.web_api.calls if call.method.startswith("chat.")]

    @property
    def answers(self) -> list[dict[str, Any]]:
        return self.workspace.state.thread(RELEASES, self.thread)[1:]

    def shows(self, word: str) -> bool:
        return bool(self.answers) and word in self.answer["text"]

    @property
    def answer(self) -> dict[str, Any]:
        (only,) = self.answers
        return only


@pytest.fixture
def scene(workspace: Workspace) -> Scene:
    return Scene(workspace)


async def saying(*sentences: str, then: BaseException | None = None) -> AsyncIterator[str]:
    for sentence in sentences:
        yield sentence
    if then is not None:
        raise then


def shown(message: dict[str, Any]) -> str:
    """What a reader reads, whether it was streamed or posted."""
    (block,) = message["blocks"]
    if block["type"] == "markdown":
        return str(block["text"]).replace("`", "").strip()
    return str(block["elements"][0]["elements"][0]["text"])


async def test_an_answer_grows_sentence_by_sentence(scene: Scene) -> None:
    seen: list[str] = []

    async def sentences() -> AsyncIterator[str]:
        for sentence in SAID:
            yield sentence
            await until(partial(scene.shows, sentence.split()[0]))
            seen.append(scene.answer["streaming_state"])

    place = await scene.tell(sentences())
    assert seen == ["in_progress"] * 3
    assert scene.calls == [START, APPEND, APPEND, STOP]
    assert place == Posted(RELEASES, scene.answer["ts"])
    assert shown(scene.answer) == " ".join(SAID)
    assert "streaming_state" not in scene.answer


async def test_what_comes_within_the_pace_goes_together(workspace: Workspace) -> None:
    scene = Scene(workspace, pace_seconds=3_600.0)
    await scene.tell(saying(*SAID, *SAID))
    assert scene.calls == [START, APPEND, STOP]
    assert shown(scene.answer) == " ".join(SAID + SAID)


async def test_a_lone_sentence_is_shown_when_its_time_has_come_and_not_when_the_next_one_comes(
    workspace: Workspace,
) -> None:
    scene = Scene(workspace, pace_seconds=0.01)
    second_was_read = asyncio.Event()

    async def sentences() -> AsyncIterator[str]:
        yield SAID[0]
        yield SAID[1]
        await until(lambda: SAID[1] in scene.answer["text"])
        second_was_read.set()

    await scene.tell(sentences())
    assert second_was_read.is_set()


async def test_foreign_text_pings_nobody_and_links_nowhere(scene: Scene) -> None:
    await scene.tell(saying("<!channel> <@U0PRIYA> [x](http://evil.example) @here", "<https://evil.example|ok>"))
    assert "<" not in scene.answer["text"]
    assert "://" not in scene.answer["text"]
    assert "\\[x\\](" in scene.answer["text"]


async def test_a_line_break_begins_a_paragraph(scene: Scene) -> None:
    await scene.tell(saying("Two changes:\n", "- one\n", "- two"))
    assert scene.answer["text"].strip() == "Two changes:\n\n• one\n\n• two"


# ── where there is no stream ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "error",
    [
        "unknown_method",
        "missing_scope",
        "not_allowed_token_type",
        "feature_not_enabled",
        "channel_type_not_supported",
        "missing_recipient_team_id",
        "ratelimited",
        "a_word_that_slack_invents_tomorrow",
    ],
)
async def test_where_slack_allows_no_stream_the_whole_answer_is_posted_once(scene: Scene, error: str) -> None:
    scene.workspace.fault({"fault": "error", "method": START, "error": error})
    place = await scene.tell(saying(*SAID))
    assert scene.calls == [START, POST]
    assert place == Posted(RELEASES, scene.answer["ts"])
    assert shown(scene.answer) == " ".join(SAID)


async def test_whoever_slack_does_not_know_is_answered_by_a_post(scene: Scene) -> None:
    await scene.tell(saying(*SAID), person="root@build-7")
    assert scene.calls == [POST]
    assert shown(scene.answer) == " ".join(SAID)


async def test_foreign_text_does_nothing_in_a_post_either(scene: Scene) -> None:
    hostile = "<!channel> [x](http://evil.example) *b*"
    await scene.tell(saying(hostile), person="")
    assert shown(scene.answer) == hostile
    assert (
        scene.answer["text"] == "&lt;!channel&gt; [x](http://evil.example) \N{ASTERISK OPERATOR}b\N{ASTERISK OPERATOR}"
    ), "a star of theirs marks nothing"


async def test_a_workspace_that_does_not_say_what_it_is_called_gets_a_post(scene: Scene) -> None:
    scene.workspace.fault({"fault": "http_503", "method": "auth.test", "times": 9})
    await scene.tell(saying(*SAID))
    assert scene.calls == [POST]


async def test_the_workspace_is_asked_once_what_it_is_called(scene: Scene) -> None:
    await scene.tell(saying("One."))
    await scene.tell(saying("Two."))
    assert [call.method for call in scene.workspace.web_api.calls].count("auth.test") == 1


@pytest.mark.parametrize(
    ("fault", "means"),
    [
        ({"fault": "error", "error": "is_archived"}, Permanent),
        ({"fault": "rate_limited"}, Temporary),
        ({"fault": "drop_after"}, Unknown),
    ],
)
async def test_an_answer_that_cannot_be_said_at_all_is_an_error(
    scene: Scene, fault: dict[str, str], means: type[Exception]
) -> None:
    scene.workspace.fault({"fault": "error", "method": START, "error": "unknown_method"})
    scene.workspace.fault({**fault, "method": POST})
    with pytest.raises(means):
        await scene.tell(saying(*SAID))
    assert scene.calls == [START, POST], "an answer is not repeated here"


# ── what ends before its time ────────────────────────────────────────────────────────────────────────────────────────


async def test_sentences_that_fail_in_their_middle_leave_a_clean_end(scene: Scene) -> None:
    assert await scene.tell(saying(*SAID[:2], then=RuntimeError("the model went away")))
    assert shown(scene.answer) == f"{SAID[0]} {SAID[1]} …"
    assert "streaming_state" not in scene.answer


@pytest.mark.parametrize("then", [None, RuntimeError("at once")])
async def test_where_nothing_came_nothing_is_said(scene: Scene, then: BaseException | None) -> None:
    assert await scene.tell(saying("", " \n", then=then)) is None
    assert scene.calls == []


async def test_sentences_that_never_end_are_ended(workspace: Workspace) -> None:
    scene = Scene(workspace, seconds_max=0.05)
    closed: list[bool] = []

    async def sentences() -> AsyncIterator[str]:
        try:
            yield SAID[0]
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    assert await scene.tell(sentences())
    assert shown(scene.answer) == f"{SAID[0]} …"
    assert closed == [True]


async def test_an_answer_that_is_too_long_is_cut_between_sentences(scene: Scene) -> None:
    async def endless() -> AsyncIterator[str]:
        while True:
            yield "Errors rose & rose. " * 20

    await scene.tell(endless())
    assert scene.answer["text"].endswith("rose. …")
    assert 0.9 * ANSWER_CHARACTERS_MAX < len(scene.answer["text"]) <= ANSWER_CHARACTERS_MAX + 1


async def test_one_endless_sentence_is_cut_within_itself(scene: Scene) -> None:
    await scene.tell(saying("&" * 100_000))
    assert scene.answer["text"].strip().endswith("&amp;…")


async def test_a_stream_is_ended_also_when_the_bot_is_told_to_stop(scene: Scene) -> None:
    is_streamed = asyncio.Event()

    async def sentences() -> AsyncIterator[str]:
        yield SAID[0]
        is_streamed.set()
        await asyncio.Event().wait()

    telling = asyncio.ensure_future(scene.tell(sentences()))
    await is_streamed.wait()
    telling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await telling
    assert scene.calls == [START, STOP]
    assert "streaming_state" not in scene.answer


# ── what breaks on the way ───────────────────────────────────────────────────────────────────────────────────────────


async def test_where_slack_limits_the_rate_the_pieces_go_with_the_end(scene: Scene) -> None:
    scene.workspace.fault({"fault": "rate_limited", "method": APPEND, "seconds": 3_600})
    await scene.tell(saying(*SAID))
    assert scene.calls == [START, APPEND, STOP]
    assert shown(scene.answer) == " ".join(SAID)


@pytest.mark.parametrize("fault", ["http_503", "drop_before", "drop_after"])
async def test_a_stream_that_breaks_is_ended_and_edited_to_say_all_of_it(scene: Scene, fault: str) -> None:
    scene.workspace.fault({"fault": fault, "method": APPEND})
    await scene.tell(saying(*SAID))
    assert scene.calls == [START, APPEND, STOP, EDIT]
    assert shown(scene.answer) == " ".join(SAID)
    assert "streaming_state" not in scene.answer


async def test_a_stream_that_slack_has_ended_is_edited_to_say_all_of_it(scene: Scene) -> None:
    async def sentences() -> AsyncIterator[str]:
        yield SAID[0]
        channel = scene.workspace.state.channel(RELEASES)
        scene.workspace.state.edit(channel, scene.answer["ts"], "", Content("…", streaming="errored"))
        yield SAID[1]
        yield SAID[2]

    await scene.tell(sentences())
    assert scene.calls == [START, APPEND, STOP, EDIT]
    assert shown(scene.answer) == " ".join(SAID)


async def test_whoever_has_read_enough_is_left_in_peace(scene: Scene) -> None:
    scene.workspace.fault({"fault": "error", "method": APPEND, "error": "stopped_by_user"})
    assert await scene.tell(saying(*SAID))
    assert scene.calls == [START, APPEND]


async def test_a_stop_waits_once_where_slack_limits_the_rate(scene: Scene) -> None:
    scene.workspace.fault({"fault": "rate_limited", "method": STOP, "seconds": 7})
    await scene.tell(saying(*SAID))
    assert scene.pauses == [7.0]
    assert scene.calls[-2:] == [STOP, STOP]
    assert "streaming_state" not in scene.answer


async def test_an_answer_that_cannot_be_ended_is_still_an_answer(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.workspace.fault({"fault": "rate_limited", "method": STOP, "seconds": 7, "times": 2})
    assert await scene.tell(saying(*SAID))
    assert "could not be said to its end" in caplog.text


@pytest.mark.parametrize("fault", ["http_503", "drop_before", "drop_after"])
async def test_a_stop_without_an_answer_is_repeated_and_mended_by_an_edit(scene: Scene, fault: str) -> None:
    scene.workspace.fault({"fault": fault, "method": STOP})
    await scene.tell(saying(*SAID))
    assert scene.calls[-3:] == [STOP, STOP, EDIT]
    assert shown(scene.answer) == " ".join(SAID)
    assert "streaming_state" not in scene.answer


# ── Slack's own rates, and the port's stand-in ───────────────────────────────────────────────────────────────────────


async def test_a_long_answer_is_within_slacks_rates() -> None:
    async with a_workspace(rate_scale=1.0) as workspace:
        scene = Scene(workspace, pace_seconds=0.0)
        await scene.tell(saying(*SAID * 20))
        assert all(call.ok for call in workspace.web_api.calls)
        assert shown(scene.answer) == " ".join(SAID * 20)


async def test_the_ports_stand_in_keeps_what_was_told() -> None:
    stand_in = StandInTelling()
    telling: Telling = stand_in
    place = await telling.tell("C1", "1.0", ADA, saying(*SAID))
    assert place is not None
    assert stand_in.told[place] == ("1.0", ADA, SAID)
    assert await telling.tell("C1", "1.0", ADA, saying()) is None
