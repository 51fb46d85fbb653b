"""A file that is not YAML is told on the line to mend, with what to do there.

The one thing to remember: a parser gives up lines below the slip; whoever wrote the file does not look there.
"""

from pathlib import Path

import pytest

from tests.core.test_plan_files import GOOD, said_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.yml"


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (
            "    kind: errors",
            "   kind: errors",
            (
                "16: not YAML: this line is indented by 3 spaces and lines up with none above it; "
                "indent it by 4 spaces as the key behind the dash of line 15"
            ),
        ),
        (
            "    of: requests",
            "   of: requests",
            (
                "18: not YAML: this line is indented by 3 spaces and lines up with none above it; "
                "indent it by 4 spaces as line 17"
            ),
        ),
        (
            "    of: requests",
            "     of: requests",
            (
                "18: not YAML: this line is indented by 5 spaces and lines up with none above it; "
                "indent it by 4 spaces as line 17"
            ),
        ),
        (
            "  - name: production",
            "   - name: production",
            (
                "27: not YAML: this line is indented by 3 spaces and lines up with none above it; "
                "indent it by 2 spaces as line 21"
            ),
        ),
        (
            "incidents:",
            " incidents:",
            (
                "13: not YAML: this line is indented by 1 space and lines up with none above it; "
                "indent it by 0 spaces as line 12"
            ),
        ),
        ("service: shop", "service: 'shop", "1: not YAML: a quote opens on this line and is not closed on it; put one"),
        (
            "name: errors",
            "name: 'errors",
            "15: not YAML: a quote opens on this line and is not closed on it; put one at",
        ),
        ("held: 15m}]", "held: 15m}]\nzone: 'UTC", "31: not YAML: a quote opens on this line and is never closed"),
        (
            "service: shop",
            "service: 'the team's'",
            "1: not YAML: text goes on behind a closing quote; use the other ki",
        ),
        (
            "held: 2h}",
            "held: 2h",
            "24: not YAML: the { on this line is not closed, or a comma is missing in it: it ends",
        ),
        (
            "10%, 100%]",
            "10%, 100%",
            "29: not YAML: the [ on this line is not closed, or a comma is missing in it: it en",
        ),
        ("held: 2h}", "held: 2h}}", "24: not YAML: one } too many on this line"),
        (
            "kind: errors",
            "kind errors",
            "16: not YAML: a key has a colon and a space behind it; this line has none",
        ),
        ("kind: errors", "kind:errors", "16: not YAML: a space is missing behind the colon of kind"),
        (
            "  - name: production",
            "  -name: production",
            '27: not YAML: an item of a list begins with "- ": put a space',
        ),
        ("[U0ADA]", "[@ada]", '2: not YAML: "@" cannot begin a value; put the value in quotes'),
        ("service: shop", "service: *shop", '1: not YAML: "*" begins an alias, and there is none of that name; put th'),
        ("service: shop", "service: the: shop", '1: not YAML: a second ": " on this line; put the value in quotes, or'),
        ("    kind: errors", "\tkind: errors", "16: not YAML: a tab indents this line; YAML is indented with spaces"),
    ],
)
def test_a_slip_is_told_on_its_line_with_the_way_out(file: Path, right: str, wrong: str, said: str) -> None:
    assert right in GOOD
    (line,) = said_of(file, GOOD.replace(right, wrong, 1))
    assert line.startswith(said), line
    assert "<" not in line, line


def test_a_quote_that_closes_where_the_next_one_opens_is_told_where_it_opens(file: Path) -> None:
    (line,) = said_of(file, GOOD.replace("service: shop", 'service: "shop'))
    assert line.startswith(
        "1: not YAML: a quote opens on this line and is not closed on it, and line 2 is in it; put"
    ), line
    text = GOOD + 'tour:\n  - "Look at the page,\n    note: the header, and\n    the basket"\n'
    assert said_of(file, text.replace("kind: errors", "kind: eror"))[0].startswith("16: "), "it may be long"


def test_a_quote_in_a_comment_opens_nothing(file: Path) -> None:
    text = GOOD.replace("service: shop", "service: shop  # see: 'the page").replace(
        "    kind: errors", "   kind: errors"
    )
    (line,) = said_of(file, text)
    assert line.startswith("16: not YAML: this line is indented by 3 spaces"), line


@pytest.mark.parametrize(
    "written", ['title: "s3cret\nzone: UTC', "title s3cret", "title:s3cret", "title: @s3cret", "title: 'a's3cret"]
)
def test_of_a_broken_line_no_value_is_repeated(file: Path, written: str) -> None:
    (line,) = said_of(file, GOOD.replace('"#releases"', "shop").replace("service: shop", f"service: shop\n{written}"))
    assert "not YAML" in line
    assert "s3cret" not in line
