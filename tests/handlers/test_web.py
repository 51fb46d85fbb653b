"""The doors for machines, over a real port: what a supervisor, a load balancer and a Prometheus ask the bot itself."""

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.core.effects import Urgency
from bot.core.errors import Misconfigured
from handlers.web import STUCK_SECONDS, Vitals, serving

NOW = 1_800_000_000.0


def vitals(
    *, stuck: tuple[str, ...] = (), trouble: str = "", moving: int = 0, unreadable: int = 0, given_up: int = 0
) -> Vitals:
    def stuck_loops(now: float, seconds: float) -> list[str]:
        assert (now, seconds) == (NOW, STUCK_SECONDS)
        return list(stuck)

    return Vitals(
        model_resting=lambda: False,
        stuck_loops=stuck_loops,
        slack_trouble=lambda: trouble,
        slack_refused=lambda: 7,
        moving=lambda: moving,
        unreadable=lambda: unreadable,
        effects_given_up=lambda: given_up,
        waiting=lambda: {Urgency.MILESTONES: (2, NOW - 4.0), Urgency.WORDS: (40, NOW - 90.0)},
        look_late_seconds=lambda now: now - (NOW - 2.5),
        clock=lambda: NOW,
    )


@contextlib.asynccontextmanager
async def asked(**how: Any) -> AsyncIterator["Ask"]:
    async with serving(vitals(**how), "127.0.0.1", 0) as address, aiohttp.ClientSession() as session:
        yield Ask(session, address)


class Ask:
    """The status and the body of one door."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self._session, self._address = session, address

    async def __call__(self, door: str) -> tuple[int, Any]:
        async with self._session.get(f"{self._address}/{door}") as answer:
            body = await answer.text()
            return answer.status, json.loads(body) if answer.content_type == "application/json" else body


async def test_a_bot_that_turns_and_hears_slack_is_alive_and_ready() -> None:
    async with asked() as ask:
        assert await ask("healthz") == (200, {"alive": True, "stuck": []})
        assert await ask("readyz") == (200, {"ready": True, "problems": []})


async def test_without_slack_it_is_not_ready_and_no_reason_to_be_restarted() -> None:
    async with asked(trouble="Slack is not connected") as ask:
        assert await ask("readyz") == (503, {"ready": False, "problems": ["Slack is not connected"]})
        assert (await ask("healthz"))[0] == 200


async def test_a_loop_that_does_not_turn_is_named_and_is_a_reason_to_be_restarted() -> None:
    async with asked(stuck=("watch", "outbox")) as ask:
        assert await ask("healthz") == (503, {"alive": False, "stuck": ["watch", "outbox"]})
        problems = ["the watch loop is stuck", "the outbox loop is stuck"]
        assert await ask("readyz") == (503, {"ready": False, "problems": problems})


async def test_a_prometheus_reads_how_the_bot_is() -> None:
    async with asked(moving=3, unreadable=1, given_up=2, trouble="Slack is not connected", stuck=("cards",)) as ask:
        status, page = await ask("metrics")
    read = {sample.name: sample.value for each in text_string_to_metric_families(page) for sample in each.samples}
    assert status == 200
    assert read == {
        "songbird_releases_moving": 3,
        "songbird_releases_unreadable": 1,
        "songbird_effects_given_up": 2,
        "songbird_effects_waiting": 42,
        "songbird_oldest_milestone_seconds": 4,
        "songbird_oldest_story_seconds": 90,
        "songbird_look_late_seconds": 2.5,
        "songbird_slack_connected": 0,
        "songbird_slack_refused": 7,
        "songbird_model_resting": 0,
        "songbird_loops_stuck": 1,
    }


async def test_a_port_that_is_taken_is_said_with_the_way_out() -> None:
    async with serving(vitals(), "127.0.0.1", 0) as address:
        port = int(address.rpartition(":")[2])
        with pytest.raises(Misconfigured, match=rf"on 127\.0\.0\.1:{port} \(.*in use.*SONGBIRD_PORT"):
            async with serving(vitals(), "127.0.0.1", port):
                pass


async def test_a_host_that_is_not_this_machine_is_said_as_well() -> None:
    with pytest.raises(Misconfigured, match=r"192\.0\.2\.1:0 .*SONGBIRD_HOST"):
        async with serving(vitals(), "192.0.2.1", 0):
            pass
