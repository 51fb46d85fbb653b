"""Texts from the plain templates in `prompts/`: no model, no waiting, always the same.

A kind is a file, `prompts/KIND.plain.md.j2`. It sees the release and what `changes` makes of them. To forget: a
missing value is an error (StrictUndefined), never an empty place in a sentence.
"""

from jinja2 import Environment, PackageLoader, StrictUndefined, TemplateNotFound

from bot.adapters.writer import Written
from bot.core.errors import Permanent
from bot.texts import Material
from bot.texts.changes import Notes
from bot.texts.values import values_of

AUTHOR = "template"
"""Who wrote what no model and no person wrote."""

ENTRIES_MAX = 30
"""Lines under one heading: a message that is longer is not read, and all of it is in git."""

SUSPECTS_MAX = 5
"""Changes with their reasons in a diagnosis: who has to look at more has to look at all."""


class Template:
    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("prompts", package_path=""),
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701 - Markdown, not HTML; the views escape for where it is shown
            trim_blocks=True,
            lstrip_blocks=True,
        )

    async def write(self, kind: str, material: Material) -> Written:
        try:
            template = self._templates.get_template(f"{kind}.plain.md.j2")
        except TemplateNotFound:
            raise Permanent(f"there is no template for the text {kind!r}") from None
        release = material.release
        text = template.render(
            release=release,
            notes=Notes.of(release.changes),
            entries_max=ENTRIES_MAX,
            suspects_max=SUSPECTS_MAX,
            **values_of(kind, material),
        )
        return Written(text.strip() + "\n", AUTHOR)
