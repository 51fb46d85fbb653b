"""The form that stages a release: how it opens, what it offers, what is refused in it, what comes of it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.adapters.changes import NoSuchVersion, Ref
from bot.core import commands as c
from bot.core.contents import Change
from bot.core.errors import Permanent
from bot.sandbox.workspace.seed import ADA, PRIYA, QUINN, RELEASES
from tests.contracts.workspace_fixtures import until
from tests.handlers.slack_fixtures import ACK_SECONDS, Slack, slack
from tests.support.scenario import Scenario, plan

pytestmark = pytest.mark.usefixtures("way")

REFS = (
    Ref("v1.3.0", 30.0, is_tag=True, subject="Widgets in order"),
    Ref("main", 20.0, subject="fix: <!channel> the cart"),
    Ref("v1.2.0", 10.0, is_tag=True),
)


@pytest.fixture
async def two() -> AsyncIterator[Slack]:
    """Two services with plans, and nothing staged."""
    async with slack(plans=(plan(title="The shop"), plan(service="billing"))) as found:
        found.repository.refs = {"shop": REFS, "billing": (Ref("b7", 5.0, is_tag=True),)}
        yield found


@pytest.fixture
async def one() -> AsyncIterator[Slack]:
    """One service alone, a release of it in its canary, and little patience with its repository."""
    async with slack(Scenario().in_production(), versions_seconds_max=0.05) as found:
        found.repository.refs = {"shop": REFS}
        yield found


def fields(view: dict[str, Any]) -> list[str]:
    return [block["block_id"] for block in view["blocks"] if block["type"] == "input"]


def offered(view: dict[str, Any], block_id: str) -> list[str]:
    element = next(block["element"] for block in view["blocks"] if block["block_id"] == block_id)
    return [option["value"] for option in element["options"]]


async def test_staging_without_words_asks_for_the_service_first(two: Slack) -> None:
    assert await two.type(ADA, "/stage") == {"ok": True}
    view = await two.opened(ADA)
    assert fields(view) == ["service", "note"]
    assert offered(view, "service") == ["billing", "shop"]


async def test_a_service_without_a_version_opens_the_form_with_it_chosen(two: Slack) -> None:
    await two.type(ADA, "/stage", "shop")
    view = await two.opened(ADA)
    assert view["blocks"][0]["element"]["initial_option"]["value"] == "shop"
    assert offered(view, "version/shop") == ["v1.3.0", "main", "v1.2.0"]
    assert two.whispers(ADA) == []


async def test_the_only_service_is_chosen_from_the_beginning(one: Slack) -> None:
    await one.type(ADA, "/stage")
    view = await one.opened(ADA)
    assert fields(view) == ["service", "version/shop", "ref", "note"]
    assert "shop-1" in str(view["blocks"]), "what is moving already stands in the form"


async def test_choosing_a_service_brings_its_versions_and_keeps_the_note(two: Slack) -> None:
    await two.type(ADA, "/stage", "shop")
    view = await two.choose(ADA, "service", "billing")
    assert offered(view, "version/billing") == ["b7"]
    assert "version/shop" not in fields(view)
    await two.submit(ADA, service="billing", **{"version/billing": "b7"}, note="as asked by Priya")
    (command,) = two.service.commands
    assert isinstance(command, c.StageRelease)
    assert (command.service, command.ref, command.note) == ("billing", "b7", "as asked by Priya")


async def test_what_is_chosen_is_staged_and_the_form_says_so_in_its_place(two: Slack) -> None:
    await two.type(ADA, "/stage", "shop")
    answer = await two.submit(ADA, service="shop", **{"version/shop": "v1.3.0"}, note="the new cart")
    assert answer == {"ok": True}
    command, actor = two.service.handled[0]
    assert isinstance(command, c.StageRelease)
    assert (command.service, command.ref, command.note, actor.id) == ("shop", "v1.3.0", "the new cart", ADA)
    page = await two.opened(ADA)
    assert "shop-1 has begun; its card is in #releases" in str(page["blocks"])
    assert page["submit"] is None


async def test_what_is_typed_counts_before_what_is_chosen(two: Slack) -> None:
    await two.type(ADA, "/stage", "shop")
    await two.submit(ADA, service="shop", **{"version/shop": "v1.3.0"}, ref=" 0123abcd ")
    (command,) = two.service.commands
    assert isinstance(command, c.StageRelease)
    assert command.ref == "0123abcd"


async def test_no_version_at_all_is_refused_under_the_field(two: Slack) -> None:
    await two.type(ADA, "/stage", "shop")
    answer = await two.submit(ADA, service="shop")
    assert answer["errors"] == {"ref": "say which version: choose one above, or type one here"}
    assert two.modals(ADA) == 1


async def test_who_may_not_stage_hears_it_under_the_field_and_keeps_what_was_typed(two: Slack) -> None:
    await two.type(QUINN, "/stage", "shop")
    answer = await two.submit(QUINN, service="shop", ref="v1.3.0", note="quickly")
    assert "@Ada Okafor" in answer["errors"]["ref"]
    assert (await two.opened(QUINN))["state"]["values"]["note"]["note"]["value"] == "quickly"
    assert two.service.commands == []


async def test_a_version_that_looks_like_an_option_is_refused_under_the_field(two: Slack) -> None:
    await two.type(ADA, "/stage", "shop")
    assert "is not a version" in (await two.submit(ADA, service="shop", ref="--upload-pack=x"))["errors"]["ref"]


async def test_an_unknown_service_is_answered_with_the_nearest_and_opens_nothing(two: Slack) -> None:
    assert "did you mean billing" in await two.asks(ADA, "/stage", "biling")
    assert two.modals(ADA) == 0


async def test_a_broken_repository_leaves_a_field_to_type_in_and_says_why(one: Slack) -> None:
    one.repository.trouble = Permanent("git for-each-ref failed in ../shop: not a git repository")
    await one.type(ADA, "/stage")
    view = await one.opened(ADA)
    assert fields(view) == ["service", "ref", "note"]
    assert "not a git repository" in str(view["blocks"])
    await one.submit(ADA, service="shop", ref="v1.3.0")
    assert [type(command) for command in one.service.commands] == [c.StageRelease]


async def test_a_repository_that_does_not_answer_keeps_nobody_waiting(one: Slack) -> None:
    one.repository.silent = True
    await one.type(ADA, "/stage")
    view = await one.opened(ADA)
    assert fields(view) == ["service", "ref", "note"]
    assert "no answer within 0.05 s" in str(view["blocks"])


async def test_what_is_known_of_a_version_stands_beside_it(one: Slack) -> None:
    one.repository.refs = {"shop": (Ref("v1.1.0", 30.0, is_tag=True, subject="said by its author"), *REFS[:2])}
    await one.type(ADA, "/stage")
    options = (await one.opened(ADA))["blocks"][1]["element"]["options"]
    known = {option["value"]: option.get("description", {}).get("text", "") for option in options}
    release = one.service.scenarios["shop-1"].state
    assert known[release.name].startswith("shop-1, proving: "), "its phase, and how much it changes"
    assert "change" in known[release.name]
    assert known["v1.3.0"] == "Widgets in order"
    assert known["main"] == "fix: <!channel> the cart", "plain text: nobody is called"


async def chosen(here: Slack, version: str) -> str:
    """The form's line about the version that was chosen in it, once it is there."""
    await here.choose(ADA, "version/shop", version)
    return await said_of(here, version)


async def typed(here: Slack, version: str) -> str:
    """The form's line about the version that was typed in it, once it is there."""
    await here.choose(ADA, "ref", version)
    return await said_of(here, version.strip())


async def said_of(here: Slack, version: str) -> str:
    await until(lambda: any(version in line for line in lines(here)))
    (line,) = lines(here)
    return line


def lines(here: Slack) -> list[str]:
    blocks = here.workspace.views.stacks[ADA][-1].body["blocks"]
    return [block["elements"][0]["text"] for block in blocks if block.get("block_id") == "risk"]


def places(here: Slack) -> list[str]:
    return [block["block_id"] for block in here.workspace.views.stacks[ADA][-1].body["blocks"]]


async def test_how_risky_a_version_is_stands_below_it_once_it_is_chosen(two: Slack) -> None:
    """In the words of the question to the approvers, though nobody has staged it yet."""
    two.repository.brings = {
        "v1.3.0": (Change("a" * 40, "feat!: orders have lines", "Bea", paths=("migrations/0007_lines.sql",)),),
        "v1.2.0": (Change("b" * 40, "fix: a typo", "Bea"),),
    }
    await two.type(ADA, "/stage", "shop")
    assert "*Risk of v1.3.0*: high: 1 migration, 1 breaking change" in await chosen(two, "v1.3.0")
    assert "*Risk of v1.2.0*: standard: 1 change, no migration" in await chosen(two, "v1.2.0")
    await two.submit(ADA, service="shop", **{"version/shop": "v1.2.0"}, note="at last")
    assert [(command.ref, command.note) for command in two.service.commands] == [("v1.2.0", "at last")]  # type: ignore[union-attr]


async def test_a_repository_that_fails_says_why_the_risk_is_not_known(two: Slack) -> None:
    await two.type(ADA, "/stage", "shop")
    await two.opened(ADA)
    two.repository.trouble = Permanent("git log failed in ../shop: a <bad> object")
    line = await chosen(two, "v1.3.0")
    assert line == ("*Risk of v1.3.0*: worked out once it is staged (git log failed in ../shop: a &lt;bad&gt; object)")


async def test_a_repository_that_is_silent_keeps_no_choice_waiting() -> None:
    """The choice is acked before anything is read; the line comes when it is known that none will."""
    async with slack(changes_seconds_max=0.05) as found:
        found.repository.refs = {"shop": REFS}
        await found.type(ADA, "/stage")
        await found.opened(ADA)
        found.repository.silent = True
        assert "once it is staged (no answer within 0.05 s)" in await chosen(found, "v1.3.0")


async def test_a_risk_that_comes_after_the_form_was_sent_does_not_bring_the_form_back() -> None:
    """Nor is the choice acked only then: Slack would have given up long before."""
    async with slack(changes_seconds_max=2 * ACK_SECONDS) as found:
        found.repository.refs, found.repository.brings = {"shop": REFS}, {"v1.3.0": ()}
        await found.type(ADA, "/stage")
        await found.opened(ADA)
        found.repository.silent = True
        await found.choose(ADA, "version/shop", "v1.3.0")
        await found.submit(ADA, service="shop", **{"version/shop": "v1.3.0"})
        found.repository.answers.set()
        await until(lambda: not found.desk._asking)
        await found.client.auth_test()  # whatever was sent before this has come
        assert "shop-1 has begun" in str((await found.opened(ADA))["blocks"])
        assert [call.method for call in found.workspace.web_api.calls].count("views.update") == 0


async def test_of_two_choices_the_second_one_stands(two: Slack) -> None:
    await two.type(ADA, "/stage", "shop")
    await two.opened(ADA)
    two.repository.silent, two.repository.brings = True, {"v1.3.0": (), "v1.2.0": ()}
    await two.choose(ADA, "version/shop", "v1.3.0")
    two.repository.silent = False
    assert "v1.2.0" in await chosen(two, "v1.2.0")
    two.repository.answers.set()
    await until(lambda: not two.desk._asking)
    await two.client.auth_test()  # whatever was sent before this has come
    assert "Risk of v1.2.0" in str((await two.opened(ADA))["blocks"])


RISKY = (Change("a" * 40, "feat!: orders have lines", "Bea", paths=("migrations/0007_lines.sql",)),)


async def test_how_risky_a_typed_version_is_stands_below_it_once_enter_is_pressed(two: Slack) -> None:
    two.repository.brings = {"0123abcd": RISKY, "hotfix": ()}
    await two.type(ADA, "/stage", "shop")
    await two.opened(ADA)
    assert "*Risk of 0123abcd*: high: 1 migration, 1 breaking change" in await typed(two, " 0123abcd ")
    assert places(two)[:4] == ["service", "version/shop", "ref", "risk"], "below the field that it was typed in"
    assert "*Risk of hotfix*" in await typed(two, "hotfix")
    await two.submit(ADA, service="shop", note="quickly")
    assert [(command.ref, command.note) for command in two.service.commands] == [("hotfix", "quickly")]  # type: ignore[union-attr]


async def test_the_risk_is_of_what_would_be_staged_the_typed_one_before_the_chosen_one(two: Slack) -> None:
    two.repository.brings = {"0123abcd": RISKY, "v1.3.0": ()}
    await two.type(ADA, "/stage", "shop")
    await two.opened(ADA)
    await typed(two, "0123abcd")
    await two.choose(ADA, "version/shop", "v1.3.0")
    await until(lambda: not two.desk._asking)
    await two.client.auth_test()  # whatever was sent before this has come
    assert "Risk of 0123abcd" in lines(two)[0]
    await two.choose(ADA, "ref", "")
    assert "Risk of v1.3.0" in await said_of(two, "v1.3.0")
    assert places(two)[:4] == ["service", "version/shop", "risk", "ref"]


async def test_of_a_form_without_any_version_no_risk_is_told(two: Slack) -> None:
    two.repository.brings = {"0123abcd": ()}
    await two.type(ADA, "/stage", "shop")
    await two.opened(ADA)
    await typed(two, "0123abcd")
    await two.choose(ADA, "ref", "")
    await until(lambda: lines(two) == [])
    assert "errors" in await two.submit(ADA, service="shop")


async def test_a_typed_version_that_is_not_there_is_told_with_the_nearest_one(two: Slack) -> None:
    await two.type(ADA, "/stage", "shop")
    await two.opened(ADA)
    two.repository.trouble = NoSuchVersion('"v1.3.O" is no tag, branch or commit here; the nearest: v1.3.0')
    line = await typed(two, "v1.3.O")
    assert line == (':warning: It could not be staged: "v1.3.O" is no tag, branch or commit here; the nearest: v1.3.0')


async def test_a_version_can_be_typed_and_its_risk_read_where_none_could_be_listed(one: Slack) -> None:
    one.repository.trouble = Permanent("git for-each-ref failed in ../shop: not a git repository")
    await one.type(ADA, "/stage")
    assert fields(await one.opened(ADA)) == ["service", "ref", "note"]
    one.repository.trouble, one.repository.brings = None, {"v1.3.0": ()}
    assert "*Risk of v1.3.0*" in await typed(one, "v1.3.0")


async def test_a_risk_that_cannot_be_read_keeps_nobody_from_staging(two: Slack) -> None:
    await two.type(ADA, "/stage", "shop")
    await two.opened(ADA)
    two.repository.trouble = Permanent("git log failed in ../shop: a bad object")
    assert "worked out once it is staged (git log failed" in await typed(two, "0123abcd")
    await two.submit(ADA, service="shop", note="all the same")
    assert [(command.ref, command.note) for command in two.service.commands] == [("0123abcd", "all the same")]  # type: ignore[union-attr]


async def test_the_risk_of_an_older_text_never_stands_below_a_newer_one(two: Slack) -> None:
    two.repository.silent, two.repository.brings = True, {"0123abcd": (), "hotfix": ()}
    await two.type(ADA, "/stage", "shop")
    await two.opened(ADA)
    await two.choose(ADA, "ref", "0123abcd")
    two.repository.silent = False
    await typed(two, "hotfix")
    two.repository.answers.set()
    await until(lambda: not two.desk._asking)
    await two.client.auth_test()  # whatever was sent before this has come
    assert "Risk of hotfix" in lines(two)[0]


async def test_a_slow_commit_shows_that_it_is_under_way_and_then_what_came_of_it() -> None:
    async with slack(ack_seconds_max=0.05) as found:
        await found.type(ADA, "/stage")
        await found.opened(ADA)
        found.service.wait_seconds = 0.2
        assert await found.submit(ADA, service="shop", ref="v1.3.0") == {"ok": True}
        assert "in a moment" in str((await found.opened(ADA))["blocks"])
        stack = found.workspace.views.stacks[ADA]
        await until(lambda: "shop-1 has begun" in str(stack[-1].body))


async def test_a_slow_refusal_is_said_in_the_same_place() -> None:
    async with slack(ack_seconds_max=0.05) as found:
        await found.type(QUINN, "/stage")
        await found.opened(QUINN)
        found.service.wait_seconds = 0.2
        await found.submit(QUINN, service="shop", ref="v1.3.0")
        stack = found.workspace.views.stacks[QUINN]
        await until(lambda: "may stage" in str(stack[-1].body))


async def test_the_same_form_sent_twice_stages_once(two: Slack) -> None:
    await two.type(ADA, "/stage", "shop")
    view = await two.opened(ADA)
    payload = {"shop": "v1.3.0"}
    await asyncio.gather(*(two.submit(ADA, service="shop", ref=payload["shop"]) for _ in range(2)))
    assert len(two.service.commands) == 1
    assert len(set(two.service.keys)) == 1, view["id"]


async def test_the_shortcut_opens_it_anywhere(two: Slack) -> None:
    assert await two.take(PRIYA, "stage") == {"ok": True}
    assert fields(await two.opened(PRIYA)) == ["service", "note"]


async def test_with_no_plan_there_is_nothing_to_stage(two: Slack) -> None:
    two.desk.plans.clear()  # type: ignore[attr-defined]
    assert "there is no plan yet" in (await two.asks(ADA, "/stage")).lower()
    await two.take(ADA, "stage")
    assert "no plan yet" in str((await two.opened(ADA))["blocks"])


async def test_help_is_still_help(two: Slack) -> None:
    assert "What Songbird can be asked" in await two.asks(ADA, "/stage", "help")
    assert two.workspace.state.messages[RELEASES] == {}
