"""One change, read: its title taken apart, whether a program wrote it, what it breaks, where it stands. Pure.

The heading is what is declared, in this order: that it breaks something, that it takes something back, an update of a
dependency, the title's kind or emoji, its commits' kinds, a label, the paths, and last the verb it begins with. To
forget: a body is a template that somebody may not have filled in, so "BREAKING CHANGE: none" breaks nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from bot.core.contents import Change
from bot.texts.changes import dependencies, people, titles, words
from bot.texts.changes.dependencies import Update
from bot.texts.changes.titles import Title

COMMIT_LINES_MAX = 100
"""Commits of one pull request that are asked for their kind."""

_BREAKS = re.compile(
    r"^(?:\*\*)?BREAKING[ -]CHANGES?(?:\*\*)?:(?:\*\*)? *(?P<reason>.+(?:\n(?!\n|[\w-]+: ).+)*)", re.MULTILINE
)
_NOTHING = re.compile(r"(?:none|no|n/?a|nothing|-|_)\W*", re.IGNORECASE)
_COMMIT = re.compile(r"^\* (?P<title>(?P<kind>[A-Za-z]{2,20})(?:\([^()\n]{1,60}\))?!?: .+)$", re.MULTILINE)
_LABELS = re.compile(
    r"^(?:/kind|/label|changelog:|labels?:|type:) *(?P<labels>.{1,200})$", re.MULTILINE | re.IGNORECASE
)
_LABEL = re.compile(r"(?:kind|type|category)?[/:\s]*([a-z][a-z -]*)", re.IGNORECASE)
_BETWEEN_LABELS = re.compile(r"[,~\"']+")
_MAY_DECLARE_AN_UPDATE = frozenset({None, words.DEPENDENCIES, words.HOOD, words.CHANGED})


@dataclass(frozen=True, slots=True)
class Read:
    """`breaks` is what it says that it breaks: empty when it says only that it does, None when it does not."""

    change: Change
    title: Title
    update: Update | None
    is_bots: bool
    breaks: str | None
    heading: str

    @classmethod
    def of(cls, change: Change) -> "Read":
        title = titles.read(change.title)
        may_update = title.heading in _MAY_DECLARE_AN_UPDATE and not title.reverts
        update = dependencies.read(title) if may_update else None
        breaks = _breaks(change, title)
        heading = words.BREAKING if breaks is not None else _heading(change, title, update)
        return cls(
            change,
            title,
            update if heading == words.DEPENDENCIES else None,
            people.is_by_a_bot(change),
            breaks,
            heading,
        )


def _heading(change: Change, title: Title, update: Update | None) -> str:
    if title.reverts % 2:
        return words.BACK
    if update is not None:
        return words.DEPENDENCIES
    return (
        title.heading
        or words.first_of(_kinds_of_commits(change))
        or words.first_of(_labels(change.body))
        or words.of_paths(change.paths)
        or words.of_verb(title.words)
        or words.OTHER
    )


def _breaks(change: Change, title: Title) -> str | None:
    told = _BREAKS.search(change.body) if "BREAKING" in change.body else None
    if told and not _NOTHING.fullmatch(told["reason"].strip()):
        return told["reason"]
    return "" if title.breaking or any(one.breaking for one in _commits(change)) else None


def _commits(change: Change) -> Iterator[Title]:
    """The commits of a pull request that say their kind; they stand in its body as forges write them, `* fix: …`."""
    if change.pull_request is None or "* " not in change.body:
        return
    for found in islice(_COMMIT.finditer(change.body), COMMIT_LINES_MAX):
        if words.of_kind(found["kind"]):
            yield titles.read(found["title"])


def _kinds_of_commits(change: Change) -> Iterator[str]:
    return (one.heading for one in _commits(change) if one.heading)


def _labels(body: str) -> Iterator[str]:
    """What a label says that was left in the text: `/kind bug`, `/label ~bug`, `Changelog: fixed`."""
    for told in _LABELS.finditer(body) if body else ():
        for part in _BETWEEN_LABELS.split(told["labels"]):
            found = _LABEL.fullmatch(part.strip())
            heading = words.of_kind(found[1].strip().replace(" ", "-")) if found else None
            if heading:
                yield heading
