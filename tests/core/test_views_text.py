"""Foreign text: nothing in it may mention, link, hide, reorder or break out, whatever is cut off it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.actors import Actor, Door
from bot.core.foreign import flat
from bot.views import blocks
from bot.views.answers import refused
from bot.views.mrkdwn import cut, escape, foreign, mention, mentions, moment, utc, who
from bot.views.prose import prose
from bot.views.words import headline

NASTY = st.one_of(
    st.text(),
    st.sampled_from(
        [
            "<!channel> look",
            "<@U0ADA> & <https://evil.example|here>",
            "&amp; &lt;!here&gt;",
            "a\u202egnihtyna\u2066b",
            "שלום עולם",
            "👩‍👩‍👧‍👦 family",
            "```\n> *quote* _em_ ~no~",
            "line\nline\r\n\tline",
            "\x00\x07bell",
            "half \ud83e",
        ]
    ),
    st.lists(st.sampled_from(["&", "<", ">", "&amp;", "x", "<@U1>", "\n", "🦜"]), max_size=400).map("".join),
)


@given(NASTY, st.integers(min_value=1, max_value=500))
def test_foreign_text_opens_no_token_and_fits(text: str, limit: int) -> None:
    shown = foreign(text, limit)
    assert len(shown) <= limit
    assert "<" not in shown
    assert ">" not in shown
    assert not re.search(r"&(?!amp;|lt;|gt;)", shown), "half an entity"
    assert "\n" not in shown, "a line of its own could look like ours"


@given(NASTY, st.integers(min_value=1, max_value=500))
def test_flat_text_is_one_line_without_hidden_characters(text: str, limit: int) -> None:
    shown = flat(text, limit)
    assert len(shown) <= limit
    assert not re.search("[\u0000-\u001f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)


@given(st.text(alphabet="&<>ab", max_size=60), st.integers(min_value=1, max_value=80))
def test_what_is_cut_is_a_beginning_of_what_was_written(text: str, limit: int) -> None:
    shown = cut(escape(text), limit)
    assert escape(text).startswith(shown.removesuffix("…"))


def test_cutting_leaves_a_mention_or_a_date_whole_or_out() -> None:
    said = f"since {moment(1_800_000_000)} for {mention('U0ADA')}"
    for limit in range(1, len(said)):
        assert cut(said, limit).count("<") == cut(said, limit).count(">")


def test_an_entity_that_was_written_is_shown_as_written() -> None:
    assert foreign("&amp;") == "&amp;amp;"


@pytest.mark.parametrize(
    "text", ["snake_case", "2*3", "a * b", "x ~ y", "a_b_c", "10:02:33", "shop: ready", "a-b > c", "v1.2.0_rc1"]
)
def test_words_that_mark_nothing_are_shown_as_they_were_written(text: str) -> None:
    assert foreign(text) == escape(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (":white_check_mark: *vp*: yes", ":\u2060white_check_mark: \u2217vp\u2217: yes"),
        ("_a_ ~b~ `c`", "\u02cda\u02cd \u223cb\u223c \u2035c\u2035"),
        ("\uff0aa\uff0a \uff3fb\uff3f \uff40c\uff40", "\ufe61a\ufe61 \u2e0fb\u2e0f \u2035c\u2035"),
        ("> said", "\u2060&gt; said"),
        ("any\u2800\u3164 \u2800time", "any time"),
    ],
)
def test_nobodys_words_are_bold_code_an_emoji_a_quotation_or_a_gap(text: str, shown: str) -> None:
    assert foreign(text) == shown


def test_a_word_that_is_cut_at_a_mark_ends_nothing_of_ours() -> None:
    assert foreign("a*b*c", 3) == "a\u2217\u2026"


def test_a_refusal_shows_foreign_words_and_marks_nothing_with_them() -> None:
    said = refused("shop-1 is held by *Victor* already: :x: `stop`\n> now <@U0ADA>").text
    assert said == "shop-1 is held by \u2217Victor\u2217 already: :\u2060x: \u2035stop\u2035\n\u2060&gt; now <@U0ADA>"


def test_only_slack_ids_are_mentioned() -> None:
    assert mention("U0ADA") == "<@U0ADA>"
    assert mention("!channel") == "!channel"
    assert mention("U0ADA> <!here") == "U0ADA&gt; &lt;!here"


def test_a_crowd_is_counted_and_nobody_is_called_twice() -> None:
    assert mentions(["U01", "U01", "U02"]) == "<@U01>, <@U02>"
    assert mentions(f"U{number:02}" for number in range(12)).endswith("<@U09> and 2 more")


def test_whoever_acted_is_named_and_called_only_when_no_name_is_known() -> None:
    assert who(Actor("U0ADA", name="Ada <3")) == "Ada &lt;3"
    assert who(Actor("U0ADA")) == "<@U0ADA>"
    assert who(Actor("root", Door.SHELL)) == "root"


def test_a_time_is_a_token_for_slack_and_words_for_others() -> None:
    assert moment(1_800_000_000.9) == "<!date^1800000000^{date_short} at {time}|2027-01-15 08:00 UTC>"
    assert utc(0) == "1970-01-01 00:00 UTC"


@given(NASTY)
def test_a_quote_keeps_lines_and_nothing_in_it_means_anything(text: str) -> None:
    quoted = blocks.quote(text)
    if quoted is not None:
        assert {leaf["type"] for part in quoted["elements"] for leaf in part["elements"]} == {"text"}


# ── prose ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_headings_bullets_bold_and_code_become_rich_text() -> None:
    (block,) = prose("## New\n\n- **cart**: `x` & <!channel>\n- second\nend")
    kinds = [part["type"] for part in block["elements"]]
    assert kinds == ["rich_text_section", "rich_text_list", "rich_text_section"]
    first = block["elements"][1]["elements"][0]["elements"]
    assert first[0] == {"type": "text", "text": "cart", "style": {"bold": True}}
    assert first[2] == {"type": "text", "text": "x", "style": {"code": True}}
    assert first[3]["text"] == " & <!channel>"


def test_numbered_lines_become_a_list_that_goes_on_with_its_own_numbers() -> None:
    """Below a number there may be more lines, and bullets; a year at the beginning of a line is no number of a list."""
    (block,) = prose("1. **Traffic.** Back\n2. Database:\n- 0008\n3. Look\n3. again\n2026. A year")
    listed = [part for part in block["elements"] if part["type"] == "rich_text_list"]
    kinds = [(part["style"], part.get("offset", 0), len(part["elements"])) for part in listed]
    assert kinds == [("ordered", 0, 2), ("bullet", 0, 1), ("ordered", 2, 1), ("ordered", 2, 1)]
    assert block["elements"][-1]["elements"][0]["text"] == "2026. A year"
    assert listed[0]["elements"][0]["elements"][0] == {"type": "text", "text": "Traffic.", "style": {"bold": True}}


def test_a_text_that_says_nothing_makes_no_block() -> None:
    assert prose(" \n\n ") == []


@settings(max_examples=30)
@given(st.lists(st.one_of(NASTY, st.just("- " + "x" * 900), st.just("y" * 3_000)), max_size=40))
def test_a_long_text_is_split_and_cut_to_its_budget(lines: list[str]) -> None:
    made = prose("\n".join(lines), limit=5_000)
    assert sum(map(blocks.characters, made)) <= 5_100
    assert all(blocks.characters(block) <= 3_000 for block in made)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("## Shop\n\n4 changes.\n\n### New\n\n- a\n- b\n### Fixed\n- c", "New (2) · Fixed (1)"),
        ("## Try it\n1. Open\n2. Close", "Try it (2)"),
        ("The notes could not be written: no model", "The notes could not be written: no model"),
        ("", "nothing written"),
    ],
)
def test_a_headline_says_what_a_text_holds(text: str, line: str) -> None:
    assert headline(text) == line


# ── blocks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_text_is_cut_to_its_place() -> None:
    long = "x" * 10_000
    assert len(blocks.header(long)["text"]["text"]) == 150
    section = blocks.section(long)
    assert section is not None
    assert len(section["text"]["text"]) == 3_000
    small = blocks.context(*[long] * 20)
    assert small is not None
    assert len(small["elements"]) == 10
    asked = blocks.confirm(long, long, long)
    pressed = blocks.button("approve", long, {"release": "shop-1"}, confirm=asked)
    assert len(pressed["text"]["text"]) == 75
    assert [len(asked[part]["text"]) for part in ("title", "text", "confirm", "deny")] == [100, 300, 30, 7]


def test_a_button_whose_value_does_not_fit_is_our_mistake() -> None:
    with pytest.raises(AssertionError, match="value of button"):
        blocks.button("confirm", "Go", {"reason": "x" * 2_000})


def test_a_message_loses_words_before_it_loses_its_buttons() -> None:
    press = blocks.actions("shop-1/1/steering", (blocks.button("status", "Status", {"release": "shop-1"}),))
    made = blocks.rendered("long", *[blocks.section("x" * 3_000) for _ in range(9)], press)
    assert made.blocks[-2]["type"] == "actions"
    assert "shortened" in made.blocks[-1]["elements"][0]["text"]
    assert blocks.characters(made.blocks) <= 12_000


def test_a_message_has_at_most_fifty_blocks() -> None:
    assert len(blocks.rendered("many", *[blocks.section("x") for _ in range(80)]).blocks) == 50


def test_what_is_empty_is_left_out() -> None:
    assert blocks.rendered("x", blocks.section(""), blocks.context(""), blocks.actions("a", (None,))).blocks == ()
