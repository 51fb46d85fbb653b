"""Texts from the plain templates in `prompts/`: no model, no waiting, always the same.

A kind is a file, `prompts/KIND.plain.md.j2`. It sees the release and what `notes` makes of its changes. To forget: a
missing value is an error (StrictUndefined), never an empty place in a sentence.
"""

from jinja2 import Environment, PackageLoader, StrictUndefined, TemplateNotFound

from bot.adapters.writer import Evidence
from bot.adapters.writer.notes import Notes
from bot.core.errors import Permanent

ENTRIES_MAX = 30
"""Lines under one heading: a message that is longer is not read, and all of it is in git."""


class Template:
    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("prompts", package_path=""),
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701 - Markdown, not HTML; the views escape for where it is shown
            trim_blocks=True,
            lstrip_blocks=True,
        )

    async def write(self, kind: str, evidence: Evidence) -> str:
        try:
            template = self._templates.get_template(f"{kind}.plain.md.j2")
        except TemplateNotFound:
            raise Permanent(f"there is no template for the text {kind!r}") from None
        text = template.render(release=evidence, notes=Notes.of(evidence.changes), entries_max=ENTRIES_MAX)
        return text.strip() + "\n"
