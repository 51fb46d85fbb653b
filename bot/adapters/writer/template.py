"""Texts from the plain templates in `prompts/`: no model, no waiting, always the same.

A kind is a file, `prompts/KIND.plain.md.j2`. It sees the release and what `changes` makes of them. Lists are shortened
until the text fits into one message. To forget: a missing value is an error (StrictUndefined), never an empty place in
a sentence; and a word from outside reaches a template only as harmless Markdown, or through the filter `line`.
"""

import re
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, TemplateNotFound
from jinja2 import Template as Page

from bot.adapters.writer import Written
from bot.core.contents import TEMPLATE, Change
from bot.core.errors import Permanent
from bot.texts import Material
from bot.texts.changes import BREAKING, SORTS, TRANSLATIONS, Group, Notes
from bot.texts.markdown import line
from bot.texts.values import values_of

TEXT_MAX = 10_000
"""Characters: what Slack shows of a text in one message, and a person edits in a form, with room for a few words."""

ENTRIES_MAX = (30, 20, 12, 8, 5, 3, 1)
"""Lines under one heading, tried until the text fits. More are not read, and all of it is in git."""

SLACK = 1.3
"""Shorter lists save less than in proportion, since some are short already."""

PEOPLE_MAX = 40
"""People who are named; more are counted."""

RELEASES_MAX = 4
"""Releases whose changes are kept as they were read."""

_SHORT = 8
_GAPS = re.compile(r"\n{3,}")
_LOOSE = re.compile(r"^(- .*)\n\n+(?=- )", re.MULTILINE)
"""Empty lines that conditions and loops leave behind: more than one, or one between two bullets of a list."""

SUSPECTS_MAX = 5
"""Changes with their reasons in a diagnosis: who has to look at more has to look at all."""


class Template:
    def __init__(self) -> None:
        self._pages = Environment(
            loader=PackageLoader("prompts", package_path=""),
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701 - Markdown, not HTML; the views escape for where it is shown
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._pages.filters["line"] = line

    async def write(self, kind: str, material: Material) -> Written:
        try:
            page = self._pages.get_template(f"{kind}.plain.md.j2")
        except TemplateNotFound:
            raise Permanent(f"there is no template for the text {kind!r}") from None
        return Written(_fitting(page, {**_seen(material), **values_of(kind, material)}), TEMPLATE)


def _fitting(page: Page, seen: dict[str, Any]) -> str:
    """The longest of the texts that fits; what is surely too long is not tried."""
    text, likely = "", float(ENTRIES_MAX[0])
    for entries_max in ENTRIES_MAX:
        if entries_max <= likely or entries_max == ENTRIES_MAX[-1]:
            text = _printed(page, seen, entries_max)
            if len(text) <= TEXT_MAX:
                break
            likely = entries_max * TEXT_MAX / len(text) * SLACK
    return text


def _printed(page: Page, seen: dict[str, Any], entries_max: int) -> str:
    """The text with at most so many lines under a heading; what breaks is the last to be left out."""

    def most(group: Group) -> int:
        times = {BREAKING: 3.0, TRANSLATIONS: 0.2}.get(group.heading, 1.0)
        return max(1, int(entries_max * times))

    text = page.render(**seen, entries_max=entries_max, most=most)
    return _LOOSE.sub(r"\1\n", _GAPS.sub("\n\n", text)).strip() + "\n"


@lru_cache(maxsize=RELEASES_MAX)
def _notes(changes: tuple[Change, ...]) -> Notes:
    """Read once for all the texts of a release: nothing else takes time here."""
    return Notes.of(changes)


def _seen(material: Material) -> dict[str, Any]:
    """What a template may speak of."""
    release, plan = material.release, material.release.plan
    before = line(release.previous_name) or (release.previous or "")[:_SHORT]
    return {
        "release": release,
        "title": line(plan.title or release.service),
        "name": line(release.name),
        "before": before,
        "since": f" since {before}" if before else "",
        "notes": _notes(release.changes),
        "findings": release.findings,
        "sorts": SORTS,
        "people_max": PEOPLE_MAX,
        "suspects_max": SUSPECTS_MAX,
        "on_call": [line(material.titles.get(person, person)) for person in plan.on_call],
        "operators": [line(material.titles.get(person, person)) for person in plan.operators],
        "channel": plan.channels.on_call or "",
    }
