"""The commands under other names: ours are renamed wherever they are said, other people's words are not."""

import pytest

from bot.core.errors import Refused
from bot.core.slash import Slash, quoted

OTHER = Slash("/ship", "/rel")


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        ("`/release why shop-1`", "`/rel why shop-1`"),
        ("/stage shop v1.1.0 starts one", "/ship shop v1.1.0 starts one"),
        ("say which: /release hold ID; /release shows all", "say which: /rel hold ID; /rel shows all"),
        ("look at /release.", "look at /rel."),
    ],
)
def test_what_songbird_says_is_said_with_the_names_of_this_workspace(ours: str, said: str) -> None:
    assert OTHER.said(ours) == said
    assert Slash().said(ours) == ours


@pytest.mark.parametrize(
    "text",
    [
        "bin/release",
        "https://x.example/release",
        "/release-notes",
        "/released",
        "docs/stage/x",
        "/release/v1",
        "a//stage",
    ],
)
def test_what_only_looks_like_a_command_stays(text: str) -> None:
    assert OTHER.said(text) == text


@pytest.mark.parametrize("title", ["fix: /release why", "`/stage` is slow", "/release /stage", "(/release)"])
def test_a_foreign_text_that_speaks_of_a_command_stays_as_it_was_written(title: str) -> None:
    assert OTHER.said(f"/release: {quoted(title)}") == f"/rel: {title}"
    assert quoted(quoted(title)) == quoted(title)


def test_names_may_be_exchanged() -> None:
    assert Slash("/release", "/stage").said("/stage or /release") == "/release or /stage"


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("", ("/stage", "/release")),
        ("/stage=/ship,/release=/rel", ("/ship", "/rel")),
        (" /release = /songbird-release , ", ("/stage", "/songbird-release")),
        ("/stage=/release,/release=/stage", ("/release", "/stage")),
    ],
)
def test_the_setting_names_either_or_both(written: str, names: tuple[str, str]) -> None:
    found = Slash.read(written)
    assert (found.stage, found.release) == names


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("/ship", "begins with none of our commands"),
        ("/hold=/h", "begins with none of our commands"),
        ("/stage=ship", "is no command"),
        ("/stage=/Ship", "is no command"),
        ("/stage=/" + "s" * 32, "is no command"),
        ("/stage=/a b", "is no command"),
        ("/stage=/release", "both commands would be /release"),
    ],
)
def test_a_name_that_slack_would_not_take_is_refused(written: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        Slash.read(written)
