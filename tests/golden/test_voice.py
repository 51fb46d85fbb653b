"""Who hears a message, or sees no colours and no emoji, is told the same; and everything is said in one voice.

Looked at are all messages and views of all stories (`surfaces`), the plain templates, and the reasons of refusals. The
one thing to remember: a rule here is about what we write; what people write is theirs, and the stories' people write
within the rules.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import jinja2
import pytest

from bot.core.gates import Standing
from bot.core.verdict import Outcome
from bot.views import standing
from bot.views.numbers import readings
from bot.views.rendered import Rendered
from tests.golden import surfaces
from tests.golden.drawing import draw
from tests.golden.stories import FINE, STORIES, told
from tests.golden.surfaces import TALES, journal

ROOT = Path(__file__).parents[2]

EMOJI = re.compile(r":[a-z][a-z0-9_+-]*:")
MARKDOWN = re.compile(r"(?:^|\s)#+ |\*\*\w")
TOKEN = re.compile(r"<[!@][^>]*>")

JARGON = (
    *("utili[sz]e", "leverage", "seamless(ly)?", "robust", "simply", "please note", "successfully", "in order to"),
    *(
        "kindly",
        "oops",
        "whoops",
        "sorry",
        "unfortunately",
        "awesome",
        "hooray",
        "click here",
        "asap",
        "fyi",
        "e\\.g\\.",
    ),
    *("p-value", "e-value", "martingale", "nats", "sprt", "null hypothesis", "type i", "significance", "stochastic"),
    *("payload", "json", "webhook", "callback", "idempoten(t|cy)", "outbox", "lease", "upsert", "mrkdwn", "traceback"),
    *("exception", "null", "(?-i:nan)", "undefined", "false positive", "synergy", "actionable", "impactful"),
)
"""Words that people on call, in support or in the product do not say, or that say nothing."""
JARGON_WORDS = re.compile(rf"(?<![\w-])(?:{'|'.join(JARGON)})(?![\w-])", re.IGNORECASE)

UNITS = ("%", "ms", "s", "\N{MULTIPLICATION SIGN}", "KB", "MB", "GB", "bytes", "deploys", "incidents")
BARE = re.compile(r"(?<![\w.#])\d+\.\d+(?!\d)(?![\d.])[ \N{NO-BREAK SPACE}]?(?P<unit>[^\s\d,;)·:.]*)")
UNITLESS = re.compile(r"evidence \d+\.\d, \d+\.\d needed|aiohttp 3\.14")
"""Evidence is a ratio's logarithm, beside what it is compared with; and a version is no number."""


@cache
def sent() -> tuple[Rendered | dict[str, Any], ...]:
    made: list[Rendered | dict[str, Any]] = []
    for name in TALES:
        made += (message for _, message in surfaces.messages(journal(name)))
        made += (view for _, view in surfaces.views(journal(name)))
    made += (message for _, message in surfaces.messages_of_no_release())
    made += (view for _, view in surfaces.views_of_no_release())
    return tuple(made)


@cache
def said() -> frozenset[str]:
    """Every text in all that is sent, without the tokens of Slack."""
    found: set[str] = set()
    for made in sent():
        found.update(texts(made.blocks if isinstance(made, Rendered) else made))
        found.update([made.text] if isinstance(made, Rendered) else [])
    return frozenset(TOKEN.sub("", text) for text in found)


def texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for name, part in tree.items():
            yield from [part] if name in ("text", "alt_text") and isinstance(part, str) else texts(part)
    elif isinstance(tree, list | tuple):
        for part in tree:
            yield from texts(part)


def pictures(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        yield from [tree["alt_text"]] if tree.get("type") == "image" else ()
        tree = tree.values()
    if not isinstance(tree, str | int | None):
        for part in tree:
            yield from pictures(part)


# ── for those who do not see it ──────────────────────────────────────────────────────────────────────────────────────


def test_every_picture_is_described_in_words_of_its_own() -> None:
    described = {alt for made in sent() if isinstance(made, Rendered) for alt in pictures(made.blocks)}
    assert len(described) > 3
    for alt in described:
        assert len(alt.split()) >= 3, f"{alt!r} describes nothing"
        assert not re.search(r"\.png|^(image|picture|chart|screenshot)\b", alt, re.IGNORECASE), alt


def test_the_demos_page_has_a_picture_of_every_emoji_that_is_written() -> None:
    """A machine without a font for them would show an empty box, and one that the page does not know shows its name."""
    page = ROOT / "bot" / "sandbox" / "workspace" / "page"
    art = (page / "emoji_art.js").read_text(encoding="utf-8").partition("export const ART")[2]
    drawn = set(re.findall(r"^  (\w+): ", art, re.MULTILINE))
    aliases, known, _ = (page / "emoji.js").read_text(encoding="utf-8").split("};", 2)
    named, canonical = set(re.findall(r'(\w+): "', known)), dict(re.findall(r'(\w+): "(\w+)"', aliases))
    written = {canonical.get(name[1:-1], name[1:-1]) for text in said() for name in EMOJI.findall(text)}
    assert len(written) > 20
    assert (written - drawn, written - named) == (set(), set())


def test_a_notification_has_words_and_no_marks_that_would_be_read_out() -> None:
    """It has a message's text, and none of its blocks."""
    heard = [made.text for made in sent() if isinstance(made, Rendered)]
    assert [text for text in heard if MARKDOWN.search(text) or not re.search(r"\w", EMOJI.sub("", text))] == []


def test_no_line_means_something_by_its_emoji_alone() -> None:
    """Without it there are words, and no other line has the same words behind another emoji."""
    signs: dict[str, set[str]] = defaultdict(set)
    for made in sent():
        for line in draw(made).splitlines() if isinstance(made, Rendered) else ():
            if found := EMOJI.findall(line):
                signs[wordless_of_signs(line)].add(" ".join(found))
    assert len(signs) > 100
    assert [line for line in signs if not re.search(r"[A-Za-z]{2}", line)] == []
    assert {line: found for line, found in signs.items() if len(found) > 1} == {}


def wordless_of_signs(line: str) -> str:
    """The line as somebody hears it who hears no emoji: no margin, no marks, times all alike."""
    heard = re.sub(r"^(?:[»|:~#-]|\[\]|\(\))\s", "", line)
    return EMOJI.sub("", TOKEN.sub("then", heard)).replace("*", "").strip()


def test_a_number_says_in_words_what_its_emoji_says() -> None:
    """The same number, judged in each way: no two lines are alike without their emoji."""
    release = next(state for state in surfaces.states(list(journal("good"))) if state.entry and state.entry.verdict)
    lines = []
    for outcome in Outcome:
        for flag in (False, True) if outcome is Outcome.PASS else (False,):
            judged = tuple(replace(found, outcome=outcome, flag=flag) for found in FINE.findings)
            lines.append(EMOJI.sub("", readings(replace(FINE, findings=judged), release)[0].line))
    assert [pair for pair in combinations(lines, 2) if pair[0] == pair[1]] == []


def test_a_gate_says_in_words_what_its_emoji_says() -> None:
    assert set(standing._SAID) == set(standing._SIGNS) == set(Standing)
    assert len(set(standing._SAID.values())) == len(Standing)
    shown = [line for made in sent() if isinstance(made, Rendered) for line in draw(made).splitlines()]
    rows = [
        line for line in shown if re.match(r":  :(white_check_mark|hourglass_flowing_sand|warning|no_entry): \*", line)
    ]
    assert len(rows) > 100
    for row in rows:
        assert re.search(r"\*\*  (go|not yet|hold|no-go) · \S", row), row


@pytest.mark.parametrize("name", STORIES)
def test_a_notification_names_its_release_and_says_what_happened(name: str) -> None:
    for one in told(list(journal(name))):
        if one.rendered is not None:
            heard = EMOJI.sub("", one.rendered.text)
            assert one.release.id in heard
            assert len(re.findall(r"[A-Za-z]{2,}", heard.replace(one.release.id, ""))) >= 2, heard


# ── one voice ────────────────────────────────────────────────────────────────────────────────────────────────────────


def our_words() -> Iterator[tuple[str, str]]:
    """Whatever we say, and where."""
    for text in sorted(said()):
        yield "a message", text
    lexer = jinja2.Environment(autoescape=False)  # noqa: S701 - nothing is rendered, and nothing of it is HTML
    for path in sorted((ROOT / "prompts").glob("*.j2")):
        if ".prompt." not in path.name:
            for _, kind, text in lexer.lex(path.read_text(encoding="utf-8")):
                yield from [(path.name, text)] if kind in ("data", "string") else ()
    for path in sorted([*ROOT.glob("bot/**/*.py"), *ROOT.glob("handlers/*.py")]):
        yield from ((path.name, text) for text in refusals(path.read_text(encoding="utf-8")))


def refusals(source: str) -> Iterator[str]:
    """The words of `raise Refused(…)`, without what is put into them."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
            parts = [part for argument in node.args for part in ast.walk(argument)]
            yield from (part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))


def test_our_words_are_found() -> None:
    where = {place for place, _ in our_words()}
    assert {"a message", "notes.plain.md.j2", "decide.py", "commands.py"} <= where


def test_nobody_is_shouted_at() -> None:
    assert [(place, text) for place, text in our_words() if re.search(r"!(?!\[)", text)] == []


def test_there_is_no_jargon() -> None:
    found = [(place, word[0], text[:120]) for place, text in our_words() if (word := JARGON_WORDS.search(text))]
    assert found == []


def test_a_number_with_a_fraction_has_its_unit() -> None:
    numbers = [(number, text) for text in said() for number in BARE.finditer(UNITLESS.sub("", text))]
    assert len(numbers) > 100
    assert [(number[0], text[:160]) for number, text in numbers if number["unit"] not in UNITS] == []
