"""The demo's stories, played as anybody can play them: one command, everything real, the ending judged.

Each is a process of its own with a bot, a shop under traffic and a stand-in Slack, so these are the slowest tests there
are, and the ones that say the most. What they print is an interface: other programs read the summary.
"""

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.prometheus import why_not

ROOT = Path(__file__).parents[2]
STORY_SECONDS_MAX = 240.0
"""What a story takes on an idle machine is half of this; tests share theirs."""

SUMMARY = (
    "kind",
    "story",
    "phase",
    "exposures",
    "detection_seconds",
    "rollback_seconds",
    "posts",
    "edits",
    "duplicates",
)
ALL_STEPS = [1.0, 10.0, 25.0, 50.0, 100.0]


@dataclass(frozen=True)
class Played:
    """What a story printed, and how it ended."""

    code: int | None
    printed: list[dict[str, Any]]
    errors: str

    @property
    def summary(self) -> dict[str, Any]:
        return self.printed[-1]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [line for line in self.printed if line["kind"] == "event"]

    def types(self) -> list[str]:
        return [event["type"] for event in self.events]


async def play(story: str, *options: str) -> Played:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--headless", "--story", story, *options),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, errors = await asyncio.wait_for(child.communicate(), STORY_SECONDS_MAX)
    finally:
        if child.returncode is None:
            child.terminate()
            await child.wait()
    return Played(child.returncode, [json.loads(line) for line in output.splitlines()], errors.decode())


def is_whole(played: Played, story: str) -> None:
    """What is true of every story: it ended as it should, told everything once, and summed it up."""
    assert played.code == 0, (played.summary, played.errors)
    assert played.errors == ""
    assert {line["kind"] for line in played.printed} == {"event", "slack", "summary"}
    assert [event["version"] for event in played.events] == list(range(1, len(played.events) + 1))
    assert set(SUMMARY) <= set(played.summary)
    assert (played.summary["kind"], played.summary["story"]) == ("summary", story)
    assert played.summary["duplicates"] == 0
    assert min(played.summary["posts"], played.summary["edits"]) > 0


def is_released(played: Played) -> None:
    assert played.summary["phase"] == "healthy"
    assert played.summary["exposures"] == ALL_STEPS
    assert played.summary["detection_seconds"] is None
    assert played.summary["rollback_seconds"] is None
    assert set(played.types()[played.types().index("ReleaseHealthy") + 1 :]) <= {"ArtefactWritten", "ChartsDrawn"}


async def test_a_good_version_goes_all_the_way_within_three_minutes() -> None:
    played = await play("good")
    is_whole(played, "good")
    is_released(played)
    assert played.summary["seconds"] < 180


async def test_a_bad_version_is_found_out_and_its_traffic_is_back_before_anything_else() -> None:
    played = await play("bad")
    is_whole(played, "bad")
    summary, types = played.summary, played.types()
    assert summary["phase"] == "rolled_back"
    assert summary["exposures"] == ALL_STEPS[: len(summary["exposures"])]
    assert 100.0 not in summary["exposures"]
    assert summary["detection_seconds"] >= 0
    assert summary["exposed_seconds"] >= 0
    assert summary["rollback_seconds"] >= 0
    assert types.index("RollbackStarted") < types.index("TrafficRestored") < types.index("UndoFinished")
    assert {"BuildBlocked", "ReleaseReturned", "ChartsDrawn"} <= set(types)
    diagnosed = next(event for event in played.events if event["body"].get("kind") == "diagnosis")
    assert "shop v1.2.0 went back" in diagnosed["body"]["text"]


async def test_a_concern_is_decided_by_the_product_manager_and_the_release_carries_the_caveat() -> None:
    """Over HTTP, since it has buttons, forms and commands: without a socket they arrive as well."""
    played = await play("concern", "--http")
    is_whole(played, "concern")
    is_released(played)
    decided = next(event for event in played.events if event["type"] == "ConcernDecided")
    assert (decided["actor"], decided["body"]["decision"]) == ("U0PRIYA", "caveat")
    assert played.types().index("ConcernDecided") < played.types().index(
        "ExposureReached", played.types().index("StepPassed")
    )


async def test_a_bot_that_is_killed_twice_loses_nothing_and_says_nothing_twice() -> None:
    played = await play("restart")
    is_whole(played, "restart")
    is_released(played)
    assert played.summary["bot_starts"] == 3
    assert any(line["kind"] == "slack" and line["fault"] == "slow" for line in played.printed)


@pytest.mark.parametrize("story", ["nope", "Good"])
async def test_a_story_that_is_none_is_refused_with_the_names_of_those_there_are(story: str) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--headless", "--story", story),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await child.communicate()
    assert (child.returncode, output) == (1, b"")
    assert errors.decode() == f"there is no story {story!r}; there is: good, bad, concern, restart\n"


@pytest.mark.skipif(bool(why_not()), reason=why_not())
async def test_a_bad_version_is_found_out_by_what_prometheus_has_read() -> None:
    played = await play("bad", "--prometheus")
    is_whole(played, "bad")
    assert played.summary["phase"] == "rolled_back"
    assert 100.0 not in played.summary["exposures"]
    looked = [event["body"]["verdict"]["rule"] for event in played.events if event["type"] == "VerdictChanged"]
    assert "worse than tolerated, and not by chance" in looked
