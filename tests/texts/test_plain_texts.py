"""What the plain templates say of a diagnosis, an incident, a step, a decision, a day and a question."""

from dataclasses import replace

import pytest

from bot.adapters.writer.template import Template
from bot.core import commands as c
from bot.core.contents import Change
from bot.core.evolve import fold
from bot.core.model import Release
from bot.texts import Material
from bot.texts.values import VALUES
from tests.golden.stories import STORIES, Story, broken, soon, story
from tests.support.scenario import PRIYA, VICTOR, Scenario, plan

TEMPLATE = Template()

HOSTILE = "](https://evil.example) <!channel> {{ 7 * 7 }}\n## Approved by everybody\u202e"


def material(at: Story, **more: object) -> Material:
    return replace(Material(at.state, tuple(at.journal), at.now), **more)  # type: ignore[arg-type]  # its own fields


async def written(kind: str, of: Material) -> str:
    return (await TEMPLATE.write(kind, of)).text


def reviewing() -> Story:
    at = story().staged().prepared().written().wait(6).deployed().wait(1).exposed().looked()
    at.held(20).when(at.approval(), PRIYA)
    return at.wait(5).looked()


# ── what holds for all of them ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("name", STORIES)
async def test_every_text_can_be_written_at_every_moment_of_every_story(kind: str, name: str) -> None:
    at = STORIES[name]()
    for end in range(1, len(at.journal) + 1):
        journal = tuple(at.journal[:end])
        text = await written(kind, Material(_folded(at, end), journal, journal[-1].at))
        assert text.strip()
        assert "None" not in text.replace("None: ", "").replace("None of its files", "")
        assert "\n\n\n" not in text, text


def _folded(at: Story, end: int) -> Release:
    return fold(at.journal[:end])


@pytest.mark.parametrize("kind", VALUES)
async def test_words_from_outside_stay_on_their_line_and_are_not_run(kind: str) -> None:
    at = STORIES["bad"]()
    changes = (Change("1" * 40, f"perf: {HOSTILE}", f"Eve {HOSTILE}", pull_request=7, paths=(f"x/{HOSTILE}.py",)),)
    release = replace(at.state, changes=changes, name=f"v1 {HOSTILE}")
    text = await written(kind, replace(material(at, about="what changed?"), release=release))
    assert "\n## Approved" not in text
    assert "{{ 7 * 7 }}" in text or kind not in ("diagnosis", "incident"), "it is shown as it is, and not worked out"


# ── each of them ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_diagnosis_is_three_sentences_then_numbers_a_next_step_and_where_to_look() -> None:
    text = await written("diagnosis", material(STORIES["bad"]()))
    first, numbers, following, *_ = text.split("\n\n")
    assert first.count(". ") == 2
    assert "errors and p95 broke" in first
    assert "First seen 08:02:18 UTC, at 25 % of the traffic" in first
    assert "memory and checkouts" in first
    assert numbers.startswith("- errors: 6.1 % against 0.21 % on its control")
    assert following.startswith("**Next**: Look at errors and p95 from 08:02:18 UTC on.")
    assert "1. #43 perf(dashboard)" in text
    assert "The other 2 changes fit less, or not at all." in text


async def test_a_diagnosis_of_nothing_says_so() -> None:
    assert await written("diagnosis", material(STORIES["good"]())) == "Nothing broke in shop v1.1.0.\n"


async def test_an_incident_tells_somebody_who_was_away_the_impact_and_the_timeline() -> None:
    text = await written("incident", material(STORIES["bad"]()))
    for said in (
        "## shop v1.1.0, 2027-01-15",
        "- 25 % of the traffic for 17.2 s, from the onset to the traffic read back.",
        "- 08:02:32 UTC: judged to fail: errors and p95",
        "- Its traffic went back to 9d0c0de5 within 3.2 s of the decision.",
        "- Ada unblocked its build: the limit was the load test's",
        "- Could errors and p95 be seen on staging before?",
    ):
        assert said in text


async def test_an_incident_that_nobody_measured_counts_from_the_beginning_of_its_step() -> None:
    text = await written("incident", material(STORIES["held"]()))
    assert "50 % of the traffic for 8.2 s, from the beginning of that step" in text
    assert "Omar took shop v1.1.0 back" in text


async def test_an_incident_that_goes_on_says_that_nothing_was_done_yet() -> None:
    text = await written("incident", material(STORIES["worse_in_the_watch"]()))
    assert "the traffic is still there" in text
    assert "Nothing yet: it is watching, and held." in text


async def test_a_narration_says_what_was_seen_and_what_comes_next() -> None:
    at = STORIES["good"]()
    passed = [one.event.entry for one in at.journal if type(one.event).__name__ == "StepPassed"]
    text = await written("narration", material(at, about=str(passed[2])))
    assert text.startswith("10 % passed after 30s: errors 0.2 % against 0.21 % on its control")
    assert text.endswith("Next: 25 %.\n")


async def test_a_narration_says_when_a_step_was_accepted_without_proof_or_promoted() -> None:
    at = STORIES["quiet"]()
    passed = [one.event.entry for one in at.journal if type(one.event).__name__ == "StepPassed"]
    assert "accepted without enough data" in await written("narration", material(at, about=str(passed[1])))
    assert "promoted after" in await written("narration", material(STORIES["held"]()))


async def test_a_step_that_was_not_passed_is_not_told_as_if_it_were() -> None:
    assert await written("narration", material(reviewing(), about="99")) == "This step has not been passed.\n"


async def test_go_no_go_says_what_is_met_what_is_open_and_whom_it_waits_for() -> None:
    text = await written("go-no-go", material(reviewing(), titles={"U0VICTOR": "Victor"}))
    assert len(text.strip().splitlines()) <= 4
    assert "waiting for vp-product" in text
    assert "(vp-product: Victor)" in text
    assert "- **Seen**: errors 0.2 % against 0.21 % in the baseline" in text
    assert "- **Risk**: 4 changes." in text


async def test_go_no_go_does_not_call_met_what_two_people_went_past() -> None:
    at = Scenario(plan=plan(override={"roles": ["vp-product", "product-manager"]})).on_staging()
    at.when(c.AskOverride("shop-1", at.entry, "an outage", ("approval",)), PRIYA)
    at.when(c.SecondOverride("shop-1", at.entry, 1), VICTOR)
    met, _, rest = (await written("go-no-go", Material(at.state, tuple(at.journal), at.now))).partition("Open")
    assert "override" not in met
    assert "approval: not met, override 1 by Priya, seconded by Victor: an outage" in rest


async def test_go_no_go_counts_what_makes_a_release_risky() -> None:
    paths = ("migrations/7_add.sql", "requirements.txt", "shop/pages.py")
    at = reviewing()
    changes = (Change("1" * 40, "feat: order", "Ada", pull_request=41, paths=paths),)
    text = await written("go-no-go", replace(material(at), release=replace(at.state, changes=changes)))
    assert "1 change in 3 files; migration: migrations/7_add.sql (#41); dependencies: requirements.txt (#41)" in text


async def test_a_day_says_what_moved_what_waits_for_whom_and_what_went_back() -> None:
    at = reviewing()
    others = {"good": 2, "bad": 3, "rejected": 4, "failed": 5, "withdrawn": 6}
    releases = tuple(replace(STORIES[name]().state, id=f"shop-{n}") for name, n in others.items())
    text = await written("daily", material(at, releases=releases, titles={"U0VICTOR": "Victor"}))
    moved, waits, back = text.split("### ")[1:]
    assert "(shop-2): healthy" in moved
    assert "(shop-1): approval: waiting for vp-product" in waits
    assert "(Victor)" in waits
    assert "(shop-3): rolled back from 25 %: errors and p95 failed" in back
    assert "(shop-4): rejected by Victor: The order page still says beta" in back
    assert "(shop-5): could not be prepared" in back


async def test_a_day_without_changes_says_only_that() -> None:
    at = STORIES["good"]()
    text = await written("daily", replace(material(at), now=at.now + 2 * 86_400))
    assert text.startswith("Nothing has changed since Sat 16 Jan 08:05 UTC")
    assert len(text.splitlines()) == 1


async def test_what_waits_is_told_also_when_it_has_not_moved_for_days() -> None:
    at = reviewing()
    text = await written("daily", replace(material(at), now=at.now + 3 * 86_400))
    assert "### Moved" not in text
    assert "waiting for vp-product" in text


async def test_a_long_day_is_cut_and_counted() -> None:
    at = STORIES["good"]()
    many = tuple(replace(at.state, id=f"shop-{n}") for n in range(2, 30))
    assert "And 17 more." in await written("daily", material(at, releases=many))


async def test_an_answer_is_written_for_the_question() -> None:
    assert "Priya said yes" in await written("answer", material(STORIES["good"](), about="who approved it?"))


async def test_a_first_look_without_data_breaks_no_text() -> None:
    at = story().released_to(10)
    at.wait(1).looked(soon()).wait(5).looked(broken(at.now))
    for kind in VALUES:
        assert await written(kind, material(at))
