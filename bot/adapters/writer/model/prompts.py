"""Prompts from `prompts/`: the rules for every text, the wish for this one, and the evidence as data.

A wish (`KIND.prompt.md.j2`) says nothing that comes from outside, so that all of it is ours; what is from outside
stands between two marks that it cannot contain, since the mark is a digest of it. The one thing to remember: the rules
are the same for every text, which lets endpoints that keep the beginning of a prompt charge less for it.
"""

from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.core.contents import digest
from bot.texts.kinds import Kind
from bot.texts.sheet.writing import harmless

ABOUT_MAX = 500
"""Characters of a question: a longer one is an attempt at something else."""


@dataclass(frozen=True, slots=True)
class Prompt:
    system: str
    user: str


class Prompts:
    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("prompts", package_path=""),
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701 - read by a model, not by a browser
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._rules = self._templates.get_template("rules.prompt.md.j2").render()

    def of(self, kind: Kind, evidence: str, about: str) -> Prompt:
        """`evidence`: numbered lines. `about`: a question or the like, as it came in."""
        asked = harmless(about, ABOUT_MAX)
        template = self._templates.get_template(f"{kind.name}.prompt.md.j2")
        return Prompt(
            self._rules, template.render(kind=kind, evidence=evidence, about=asked, mark=digest(evidence, asked))
        )
