"""Foreign text in a stream: it reads as it was written, and nothing in it acts.

A Markdown reader that others wrote says so. What Slack does besides reading Markdown (its own tokens, links by itself,
names) is looked for in the text itself.
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.adapters.chat.markdown import EXPANSION_MAX, PARAGRAPH, harmless
from bot.core.foreign import clean

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
JOINER = "\N{WORD JOINER}"
ACTS_ON_NOTHING = {"paragraph_open", "paragraph_close", "inline", "text", "text_special", "code_inline"}

HOSTILE = {
    "a channel's mention": "<!channel> <!here|here> <!subteam^S1> <@U0ADA> <#C1|x>",
    "a link of Slack's": "<https://evil.example|the runbook> <mailto:x@evil.example|write>",
    "an image": "![x](http://evil.example/a.png?secret=1)",
    "an image by reference": "![x][y]\n\n[y]: http://evil.example/a.png",
    "a link": "[x](http://evil.example) [x]( <http://evil.example> 'title')",
    "a link by reference": "[x][y] [y]\n[y]: http://evil.example 'z'",
    "bare addresses": "http://evil.example/x?y=1&z=2 HTTPS://EVIL.EXAMPLE www.evil.example evil.example/x ftp://e.x/",
    "an address in brackets": "(http://evil.example) <http://evil.example> http://[::1]/x http:// http://a`b`.example",
    "everybody by name": "@here @channel @everyone @ada ada@evil.example",
    "ticks": "`code` ``co`de`` ```\nfence\n``` ~~~\nfence\n~~~",
    "HTML": "<b onclick=alert(1)>x</b> <script>alert(1)</script> <!-- c --> <img src=x>",
    "entities": "&lt;!channel&gt; &#60;!here&#62; &amp;lt;@U1&amp;gt; &copy;",
    "blocks": "# head\n> quote\n- item\n* item\n+ item\n1. one\n2) two\n---\n***\n===\n| a | b |\n|---|---|\n| 1 | 2 |",
    "setext": "head\n====\nhead\n----",
    "indented": "    code\n\ttab",
    "emphasis": "*b* **b** _i_ __b__ ***b*** ~~s~~ ~s~ __init__ *a_b_c*",
    "escapes": "\\<!channel\\> \\[x](http://evil.example) \\\\*x* x\\",
    "an emoji that looks like a verdict": ":white_check_mark: :tada::rotating_light: approved",
    "what hides and turns": "a\u200bb \u202eevil\u2066 <\u200b!channel> x\x00\x07\u2028y",
    "a task": "- [x] done\n- [ ] todo",
    "a footnote": "x[^1]\n\n[^1]: y",
}


def leaves(tokens: list[Token]) -> list[Token]:
    return [leaf for token in tokens for leaf in (token, *leaves(token.children or []))]


def seen(markdown: str) -> list[str]:
    """What a reader sees, a string a paragraph. Fails for anything that is more than letters."""
    read = READER.parse(markdown)
    acting = {token.type for token in leaves(read)} - ACTS_ON_NOTHING
    assert not acting, f"{acting} in {markdown!r}"
    paragraphs = ("".join(leaf.content for leaf in token.children or []) for token in read if token.type == "inline")
    return [paragraph.replace(JOINER, "").strip() for paragraph in paragraphs]


def written(text: str) -> list[str]:
    """What was written, as it should be seen: a paragraph a line, plain bullets."""
    lines = (" ".join(line.split()) for line in clean(text).split("\n"))
    return [re.sub(r"^[-*+•] ", "• ", line) for line in lines if line]


def without_code(markdown: str) -> str:
    return re.sub(r"\\(.)|`[^`]*`", lambda found: found[1] or " ", markdown)


def wakes_slack(markdown: str) -> list[str]:
    """What Slack would read besides Markdown."""
    prose = without_code(markdown)
    found = re.findall(r"[<>]|://|@\w|\w\.[^\W\d_]{2}|:(?!\d+:)[\w+'-]+:", prose)
    return found + re.findall(r"[<>]|://", markdown)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_seen_as_it_was_written_and_does_nothing(text: str) -> None:
    markdown = harmless(text)
    assert seen(markdown) == written(text)
    assert wakes_slack(markdown) == []


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("Errors rose from 0.4 % to 2.1 % at 14:02:30 (v1.2.3, PR #7).", None),
        ("checkout_errors is above p95_ms, e.g. 3.5x.", None),
        ("Look at shop/payments.py.", "Look at `shop/payments.py`."),
        ("a\nb", "a\n\nb"),
        ("- one\n* two", "• one\n\n• two"),
    ],
)
def test_plain_words_stay_plain(text: str, markdown: str | None) -> None:
    assert harmless(text) == (markdown or text)


ANYTHING = some.lists(
    some.one_of(
        some.sampled_from(
            [*HOSTILE.values(), *"\\`*_~[]()#+-.!|<>&@:\n\t =/", "http://", "e.example", "<!here>", "1."]
        ),
        some.text(max_size=8),
    ),
    max_size=12,
).map("".join)


@given(ANYTHING)
def test_whatever_is_put_together_reads_as_it_was_written(text: str) -> None:
    markdown = harmless(text)
    assert seen(markdown) == written(text)
    assert wakes_slack(markdown) == []
    assert len(markdown) <= EXPANSION_MAX * max(1, len(text))


@given(some.lists(some.tuples(ANYTHING, some.sampled_from([" ", PARAGRAPH])), max_size=4))
def test_pieces_do_nothing_together_that_they_do_not_do_alone(pieces: list[tuple[str, str]]) -> None:
    markdown = "".join(harmless(text) + gap for text, gap in pieces)
    assert letters(seen(markdown)) == letters([line for text, _ in pieces for line in written(text)])
    assert wakes_slack(markdown) == []


def letters(paragraphs: list[str]) -> str:
    """Pieces are parted by space or by paragraph; which it was is not the question."""
    return "".join("".join(paragraphs).split())
