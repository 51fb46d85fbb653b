"""The shop's environments through their doors: deploy, expose, observe, undo, and what may go wrong."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from bot.sandbox.supervisor import Supervisor

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Client:
    """The control API, answered as (status, body)."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self._session, self._url = session, url

    async def __call__(self, method: str, path: str, **body: object) -> tuple[int, Any]:
        async with self._session.request(method, self._url + path, json=body or None) as answer:
            return answer.status, await answer.json()

    async def page(self, url: str) -> tuple[int, str]:
        async with self._session.get(url) as answer:
            return answer.status, await answer.text()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def supervisor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Supervisor]:
    folder = tmp_path_factory.mktemp("sandbox")
    async with Supervisor.running(folder, {"staging": 5.0, "production": 40.0}) as supervisor:
        yield supervisor


@pytest_asyncio.fixture(loop_scope="module")
async def ask(supervisor: Supervisor) -> AsyncIterator[Client]:
    """The client, in a world where v1.0.0 has all the traffic and nothing is broken; other versions may still run."""
    async with ClientSession() as session:
        client = Client(session, supervisor.url)
        yield client
        for name, environment in supervisor.environments.items():
            await client("POST", "/faults", environment=name, deploy_seconds=0, deploy_failure="", exposure_seconds=0)
            environment.splitter.generation = 0
            await environment.deploy("v1.0.0", "v1.0.0")
            await environment.expose("v1.0.0", 100, None)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110 - customers come at their own rate
            await asyncio.sleep(0.02)


async def test_at_the_start_the_first_version_has_all_the_traffic(ask: Client) -> None:
    status, seen = await ask("GET", "/environments/production")
    assert status == 200
    assert seen["live"]["version"] == "v1.0.0"
    assert seen["slots"]["blue"]["percent"] == 100
    assert await ask("GET", "/environments/production/exposure?commit=v1.1.0") == (
        200,
        {"environment": "production", "commit": "v1.1.0", "percent": 0.0, "generation": 0, "running": False},
    )


async def test_a_deploy_may_be_asked_twice_and_gives_no_traffic(ask: Client) -> None:
    first, again = await asyncio.gather(
        *(ask("POST", "/environments/production/deploy", commit="v1.1.0", version="v1.1.0") for _ in range(2))
    )
    assert first == again
    assert first[0] == 200
    assert first[1]["running"]
    assert first[1]["percent"] == 0
    _, third = await ask("POST", "/environments/production/deploy", commit=first[1]["commit"], version="v1.1.0")
    assert third["pid"] == first[1]["pid"]


async def test_exposure_shifts_real_requests_and_undo_ends_them_at_once(ask: Client, supervisor: Supervisor) -> None:
    await ask("POST", "/environments/production/deploy", commit="v1.1.0", version="v1.1.0")
    _, exposed = await ask("POST", "/environments/production/exposure", commit="v1.1.0", percent=50.0, generation=1)
    assert exposed["percent"] == 50
    backend = supervisor.environments["production"].splitter.backends["green"]
    await until(lambda: backend.handed >= 5)
    status, undone = await ask("POST", "/environments/production/undo", commit="v1.1.0")
    assert (status, undone["percent"], undone["running"]) == (200, 0, False)
    handed, other = backend.handed, supervisor.environments["production"].splitter.backends["blue"]
    before = other.handed
    await until(lambda: other.handed >= before + 20)
    assert backend.handed == handed
    _, seen = await ask("GET", "/environments/production")
    assert seen["live"]["version"] == "v1.0.0"
    assert seen["slots"]["blue"]["percent"] == 100


async def test_undoing_what_is_not_there_or_not_known_is_no_error(ask: Client) -> None:
    for commit in ("v1.2.0", "no such commit"):
        status, undone = await ask("POST", "/environments/staging/undo", commit=commit)
        assert (status, undone["running"]) == (200, False)


async def test_an_older_exposure_that_lands_late_is_refused(ask: Client) -> None:
    await ask("POST", "/environments/production/deploy", commit="v1.1.0", version="v1.1.0")
    await ask("POST", "/faults", environment="production", exposure_seconds=1.0)
    late = asyncio.create_task(
        ask("POST", "/environments/production/exposure", commit="v1.1.0", percent=25.0, generation=3)
    )
    await asyncio.sleep(0.1)
    await ask("POST", "/faults", environment="production", exposure_seconds=0)
    status, _ = await ask("POST", "/environments/production/exposure", commit="v1.1.0", percent=0.0, generation=4)
    assert status == 200
    status, refused = await late
    assert status == 409
    assert "generation 3 is older than 4" in refused["error"]
    _, seen = await ask("GET", "/environments/production/exposure?commit=v1.1.0")
    assert seen["percent"] == 0


async def test_the_next_commit_takes_the_slot_without_traffic(ask: Client) -> None:
    await ask("POST", "/environments/staging/deploy", commit="v1.1.0", version="v1.1.0")
    await ask("POST", "/environments/staging/exposure", commit="v1.1.0", percent=100.0)
    await ask("POST", "/environments/staging/deploy", commit="v1.1.1", version="v1.1.1")
    _, seen = await ask("GET", "/environments/staging")
    assert {slot["version"]: slot["percent"] for slot in seen["slots"].values()} == {"v1.1.0": 100, "v1.1.1": 0}


async def test_while_both_slots_have_traffic_a_third_commit_is_refused(ask: Client) -> None:
    await ask("POST", "/environments/staging/deploy", commit="v1.1.0", version="v1.1.0")
    await ask("POST", "/environments/staging/exposure", commit="v1.1.0", percent=10.0)
    status, refused = await ask("POST", "/environments/staging/deploy", commit="v1.1.1", version="v1.1.1")
    assert status == 409
    assert refused["error"] == "v1.0.0 and v1.1.0 both have traffic in staging: there is no free slot"


async def test_what_cannot_be_is_refused_with_a_reason(ask: Client) -> None:
    await ask("POST", "/environments/staging/undo", commit="v1.1.0")
    for path, body, status, words in (
        ("/environments/moon/undo", {"commit": "v1.0.0"}, 404, "no environment moon: there are staging, production"),
        ("/environments/staging/deploy", {"commit": "v7", "version": "v7"}, 404, "has no commit v7"),
        ("/environments/staging/deploy", {"commit": "v1.1.0"}, 400, "version: Field required"),
        ("/environments/staging/exposure", {"commit": "v1.1.1", "percent": 5.0}, 404, "deploy it first"),
        ("/environments/staging/exposure", {"commit": "v1.0.0", "percent": 101.0}, 400, "percent"),
        ("/environments/staging/exposure", {"commit": "v1.0.0", "percent": 5.0}, 409, "it keeps all the traffic"),
        ("/environments/staging/undo", {"commit": "v1.0.0"}, 409, "would take the shop away"),
    ):
        answered, refused = await ask("POST", path, **body)
        assert answered == status
        assert words in refused["error"]


async def test_a_scraper_finds_every_process_and_its_counters_start_at_zero(ask: Client) -> None:
    await ask("POST", "/environments/production/deploy", commit="v1.1.0", version="v1.1.0")
    _, targets = await ask("GET", "/sd/production")
    assert [target["labels"]["version"] for target in targets] == ["v1.0.0", "v1.1.0"]
    assert set(targets[1]["labels"]) == {"environment", "version", "commit", "slot", "process"}
    status, page = await ask.page(f"http://{targets[1]['targets'][0]}/metrics")
    assert status == 200
    for series in (
        'shop_requests_total{route="/checkout",status="503"} 0.0',
        'shop_checkouts_total{outcome="failed"} 0.0',
        'shop_request_duration_seconds_bucket{le="+Inf",route="/"} 0.0',
        "shop_exceptions_total 0.0",
        "shop_pool_size 16.0",
    ):
        assert series in page
    for gauge in (
        "shop_pool_in_use",
        "shop_queue_depth",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
    ):
        assert re.search(rf"^{gauge} ", page, re.MULTILINE)


async def test_a_killed_process_leaves_a_silent_target_and_a_new_deploy_starts_it_again(ask: Client) -> None:
    _, first = await ask("POST", "/environments/staging/deploy", commit="v1.1.0", version="v1.1.0")
    status, seen = await ask("POST", "/faults", environment="staging", kill="green")
    assert status == 200
    assert not seen["slots"]["green"]["running"]
    assert len((await ask("GET", "/sd/staging"))[1]) == 2
    status, refused = await ask("POST", "/environments/staging/exposure", commit="v1.1.0", percent=10.0)
    assert (status, refused["error"]) == (409, "v1.1.0 does not run in staging: it can be given no traffic")
    _, again = await ask("POST", "/environments/staging/deploy", commit="v1.1.0", version="v1.1.0")
    assert again["running"]
    assert again["pid"] != first["pid"]


async def test_a_silenced_slot_serves_on_without_metrics(ask: Client) -> None:
    _, there = await ask("POST", "/environments/staging/deploy", commit="v1.1.0", version="v1.1.0")
    metrics = f"http://{there['address']}/metrics"
    for word, status in (("silence", 503), ("speak", 200)):
        await ask("POST", "/faults", environment="staging", **{word: "green"})
        for _ in range(200):
            if (await ask.page(metrics))[0] == status:
                break
            await asyncio.sleep(0.01)
        assert (await ask.page(metrics))[0] == status
        assert (await ask.page(f"http://{there['address']}/"))[0] == 200


async def test_a_restarted_splitter_gives_all_to_the_version_before(ask: Client) -> None:
    await ask("POST", "/environments/production/deploy", commit="v1.1.0", version="v1.1.0")
    await ask("POST", "/environments/production/exposure", commit="v1.1.0", percent=25.0, generation=6)
    _, seen = await ask("POST", "/faults", environment="production", restart_splitter=True)
    assert seen["splitter"]["generation"] == 0
    assert seen["slots"]["green"]["percent"] == 0
    _, corrected = await ask("POST", "/environments/production/exposure", commit="v1.1.0", percent=25.0, generation=6)
    assert corrected["percent"] == 25


async def test_an_undo_does_not_wait_for_a_slow_deploy(ask: Client) -> None:
    await ask("POST", "/faults", environment="staging", deploy_seconds=60)
    deploy = asyncio.create_task(ask("POST", "/environments/staging/deploy", commit="v1.1.1", version="v1.1.1"))
    await asyncio.sleep(0.1)
    status, _ = await ask("POST", "/environments/staging/undo", commit="v1.1.1")
    assert status == 200
    assert await deploy == (409, {"error": "v1.1.1 was undone or replaced while it started"})
    assert list((await ask("GET", "/environments/staging"))[1]["slots"]) == ["blue"]


async def test_a_failed_deploy_says_why_and_leaves_nothing(ask: Client) -> None:
    await ask("POST", "/faults", environment="staging", deploy_failure="the disk is full")
    answered = await ask("POST", "/environments/staging/deploy", commit="v1.1.1", version="v1.1.1")
    assert answered == (502, {"error": "the disk is full"})
    assert list((await ask("GET", "/environments/staging"))[1]["slots"]) == ["blue"]


@pytest.mark.parametrize(("version", "refuses"), [("v1.1.0", False), ("v1.2.0", True), ("v1.2.1", False)])
async def test_only_the_bad_version_runs_out_of_connections_under_a_few_checkouts(
    ask: Client, version: str, refuses: bool
) -> None:
    _, there = await ask("POST", "/environments/production/deploy", commit=version, version=version)

    async def checkout() -> int:
        async with ask._session.post(
            f"http://{there['address']}/checkout", json={"customer": 1, "items": [1]}
        ) as answer:
            return answer.status

    statuses = await asyncio.gather(*(checkout() for _ in range(8)))
    assert (503 in statuses) == refuses
