"""What comes from outside is one harmless line of Markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.texts.markdown import LINE_MAX, code, label, line
from bot.views.prose import prose


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Plain words, (with) signs: 5 > 3 & more!", "Plain words, (with) signs: 5 > 3 & more!"),
        ("Show a <b>bold</b> price", "Show a `<b>bold</b>` price"),
        ("Take List<Order> apart", "Take `List<Order>` apart"),
        ("<img src=x onerror=alert(1)> is shown", "`<img src=x onerror=alert(1)>` is shown"),
        ("<!channel> wake up", "`<!channel>` wake up"),
        ("Thanks @here and @ada/team, all", "Thanks `@here` and `@ada/team`, all"),
        ("Write to ada@songbird.example", "Write to ada@songbird.example"),
        ("Pay [here](http://evil.example/x) now", "Pay here now"),
        ("See [`code`](http://evil.example)", "See [`code`] (`http://evil.example`)"),
        ("![x](http://evil.example/?q=secret)", "x"),
        ("Read https://evil.example now.", "Read `https://evil.example` now."),
        ("Go to www.evil.example", "Go to `www.evil.example`"),
        ("**Important** and __init__ and _private", "Important and `__init__` and `_private`"),
        ("snake_case stays, X*IfEvent() is code", "snake_case stays, `X*IfEvent()` is code"),
        ("The trait 'A_B_*' is known", "The trait `A_B_*` is known"),
        ("Keep `code` as it is", "Keep `code` as it is"),
        ("Use ``two ticks``", "Use `two ticks`"),
        ("An odd ` back-tick", "An odd ' back-tick"),
        ("&lt;b&gt; stays", "`&lt;b&gt`; stays"),
        (r"C:\temp is used", r"`C:\temp` is used"),
        ("## A heading", "A heading"),
        ("> > quoted", "quoted"),
        ("1. first", "first"),
        ("- [ ] to do", "to do"),
        ("[x] done", "done"),
        ("[# deep](x)", "deep"),
        ("---", ""),
        ("~~~", "`~~~`"),
        ("Put `code`<b> beside", "Put `code` `<b>` beside"),
        ("<a>b<c is open", "`<a>b<c` is open"),
        ("-Werror is on", "-Werror is on"),
        ("3.12 is supported", "3.12 is supported"),
        ("two\nlines\r\nand\ttabs", "two lines and tabs"),
        ("hid\u202eden \x07\u200b\ufeffsigns", "hidden signs"),
    ],
)
def test_what_could_mean_something_is_shown_as_code_or_goes_away(written: str, shown: str) -> None:
    assert line(written) == shown


def test_a_long_line_is_cut() -> None:
    assert line("x" * 500) == "x" * (LINE_MAX - 1) + "…"


def test_a_label_has_no_signs_and_code_no_back_tick() -> None:
    assert label("**api**/`v2` <b>") == "api/v2 b"
    assert code("a`b`\n/c.py") == "`a'b' /c.py`"
    assert code("") == "` `"


_HOSTILE = st.text(st.sampled_from("ab <>*_`[]()!#@&;:/\\~|-+=.1\n\u202e"), max_size=60)


@given(_HOSTILE)
def test_nothing_outside_of_code_is_left_that_markdown_knows(written: str) -> None:
    shown = line(written)
    outside = "".join(shown.split("`")[::2])
    assert shown.count("`") % 2 == 0
    assert "``" not in shown
    assert "\n" not in shown
    assert not any(sign in outside for sign in ("](", "<a", "<b", "<!", "</", "://", "\\", "~~", "**"))
    assert not shown.startswith(("# ", "> ", "- ", "+ ", "* ", "1. "))


@given(_HOSTILE)
def test_a_bullet_stays_one_bullet_in_slack(written: str) -> None:
    shown = line(written) or "x"
    (block,) = prose(f"- {shown}")
    (part,) = block["elements"]
    assert part["type"] == "rich_text_list"
    assert len(part["elements"]) == 1
