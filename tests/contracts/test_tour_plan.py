"""The keys of a tour in a plan file: what is understood, and what is said of what is not."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot import plans
from bot.adapters.writer.template import Template
from bot.core.errors import Misconfigured
from bot.core.plan import Plan
from bot.core.tour import Size, Stop, Typing
from bot.texts import Material
from tests.contracts.test_writer_contract import release
from tests.core.test_plan_files import GOOD, VARIABLES

STAGING = 'walkthrough: {staging: "https://staging.shop.example"}\n'


def load(folder: Path, text: str) -> Plan:
    file = folder / "shop.yml"
    file.write_text(GOOD + text)
    return plans.load(file, {**VARIABLES, "STAGING": "https://staging.shop.example"})


def said_of(folder: Path, text: str) -> list[str]:
    """What loading this text says, without the file's name and the line."""
    with pytest.raises(Misconfigured) as caught:
        load(folder, text)
    return [line.split(": ", 1)[1] for line in str(caught.value).splitlines()]


def test_lines_stops_and_pages_are_one_tour_in_this_order(tmp_path: Path) -> None:
    plan = load(
        tmp_path,
        "tour:\n"
        "  - By hand.\n"
        "  - open: /cart?of=${STAGING}\n"
        '    type: {into: "#voucher", text: SPRING}\n'
        "    caption: A voucher\n"
        "pages: [/, /checkout]\n" + STAGING,
    )
    assert plan.stops == (
        "By hand.",
        Stop(
            open="/cart?of=https://staging.shop.example",
            type=Typing(into="#voucher", text="SPRING"),
            caption="A voucher",
        ),
        Stop(open="/"),
        Stop(open="/checkout"),
    )


def test_what_is_not_said_has_defaults_and_the_viewport_is_written_in_one_word_or_two(tmp_path: Path) -> None:
    there = load(tmp_path, STAGING).walkthrough
    assert there is not None
    assert (there.production, there.allow, there.viewport) == (None, (), Size(width=1024, height=720))
    assert (there.shot_time_max, there.time_max) == (20.0, 180.0)
    for written in ("390x844", "{width: 390, height: 844}"):
        phone = load(tmp_path, STAGING.replace("}", f", viewport: {written}}}")).walkthrough
        assert phone is not None
        assert phone.viewport == Size(width=390, height=844)


def test_a_plan_with_a_tour_comes_back_from_the_journal_as_it_was(tmp_path: Path) -> None:
    plan = load(tmp_path, "tour: [By hand., {open: /, click: text=Pay}]\npages: [/cart]\n" + STAGING)
    again = Plan.model_validate_json(plan.model_dump_json())
    assert again == plan
    assert again.digest == plan.digest


def test_a_plan_whose_tour_is_lines_has_the_digest_that_it_always_had(tmp_path: Path) -> None:
    assert '"tour":["By hand."]' in load(tmp_path, "tour: [By hand.]\n").model_dump_json(exclude_defaults=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "tour: [{opne: /}]\n",
            'tour[0].opne: found the key "opne"; allowed: open, type, click, wait_for, highlight, caption; did you mean "open"?',  # noqa: E501 - as lint says it
        ),
        ("tour: [{open: /, type: x}]\n", 'tour[0].type: found "x"; allowed: a mapping with the keys into, text'),
        (
            "tour: [5]\n",
            "tour[0]: found 5; allowed: a mapping with the keys open, type, click, wait_for, highlight, caption",
        ),
        ("tour: [{}]\n", "tour[0]: an empty stop: write what it does, such as open: /"),
        (
            "tour:\n  - open: /\n    click: #pay\n",
            "tour[0].click: 'click' says nothing; # begins a comment, so put a selector like '#pay' in quotes",
        ),
        ("tour: [{click: text=Pay}]\n", "tour[0]: the first picture has to open a page, such as open: /"),
        ("pages: [//elsewhere.example]\n", 'pages[0]: found "//elsewhere.example"; allowed: a page, such as /checkout'),
        (
            'pages: ["/\\\\elsewhere.example"]\n',
            'pages[0]: found "/\\elsewhere.example"; allowed: a page, such as /checkout',
        ),
        (
            "pages: [https://elsewhere.example]\n",
            'pages[0]: found "https://elsewhere.example"; allowed: a page, such as /checkout',
        ),
        (
            f"pages: [{', '.join(['/'] * 13)}]\n",
            "pages: tour and pages take 13 pictures; 12 at most, or nobody looks at them",
        ),
    ],
)
def test_a_tour_that_cannot_be_taken_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    assert said_of(tmp_path, text + STAGING) == [said]


@pytest.mark.parametrize("tour", ["pages: [/]\n", "tour: [{open: /}]\n"])
def test_pictures_without_an_address_are_refused(tmp_path: Path, tour: str) -> None:
    (said,) = said_of(tmp_path, tour)
    assert said.endswith("no address to take its pictures at: write walkthrough: {staging: https://…}")
    assert said.startswith(tour.partition(":")[0])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("staging: ftp://x.example", "walkthrough.staging: found"),
        ("staging: 'https://ada:secret@x.example'", "walkthrough.staging: found"),
        ("staging: 'https://x.example', viewport: big", "walkthrough.viewport: 'big' is not a viewport"),
        ("staging: 'https://x.example', viewport: 100x900", "walkthrough.viewport: found 100"),
        ("staging: 'https://x.example', allow: ['*']", "walkthrough.allow[0]: found"),
        ("staging: 'https://x.example', time_max: 60", "walkthrough.time_max: found 60; a duration has its unit"),
        ('staging: "https://x.example", account: " "', "walkthrough.account: found"),
    ],
)
def test_settings_of_the_walkthrough_are_strict(tmp_path: Path, wrong: str, said: str) -> None:
    (line,) = said_of(tmp_path, f"walkthrough: {{{wrong}}}\n")
    assert line.startswith(said)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (STAGING, "note: walkthrough: the tour has no stop and there are no pages; no picture will be taken"),
        (
            'tour: [{open: /login, type: {into: "#Password", text: x}}]\n' + STAGING,
            (
                "note: tour[0].type: what is typed stands in the plan and in the journal; "
                "use an account that everybody may know"
            ),
        ),
    ],
)
def test_a_tour_that_is_valid_and_unwise_has_a_note(tmp_path: Path, text: str, note: str) -> None:
    file = tmp_path / "shop.yml"
    file.write_text(GOOD + text)
    assert note in [str(problem).split(": ", 1)[1] for problem in plans.lint([file], VARIABLES)]


def test_what_is_typed_is_told_nowhere() -> None:
    stop = Stop(open="/login", type=Typing(into="#password", text="hunter2"), click="text=Sign in")
    assert stop.words == "Open /login, fill in #password, press text=Sign in"


@pytest.mark.parametrize(
    ("stop", "only_looks"),
    [
        (Stop(open="/", wait_for="#a", highlight="#a"), True),
        (Stop(wait_for="#a"), False),
        (Stop(open="/", click="#a"), False),
        (Stop(open="/", type=Typing(into="#a", text="")), False),
    ],
)
def test_a_stop_only_looks_when_it_opens_a_page_and_presses_and_types_nothing(stop: Stop, only_looks: bool) -> None:
    assert stop.only_looks is only_looks


def test_a_stop_cannot_be_made_empty_by_a_program_either() -> None:
    with pytest.raises(ValidationError):
        Stop()


async def test_the_textual_walkthrough_numbers_lines_and_stops_alike_and_says_where_to_click() -> None:
    tour = ["By hand.", {"open": "/", "caption": "Widgets can be moved"}, {"click": "text=Pay"}]
    there = {"staging": "https://staging.shop.example", "account": "tester, from the vault"}
    text = (
        await Template().write("walkthrough", Material(release(tour=tour, walkthrough=there, pages=["/cart"])))
    ).text
    assert text.startswith(
        "## Try The shop v1.2.0 in staging\n\n"
        "1. By hand.\n2. Widgets can be moved\n3. Press text=Pay\n4. Open /cart\n\n"
        "To click for yourself: https://staging.shop.example\n\n"
        "Test account: tester, from the vault\n\n"
    )
