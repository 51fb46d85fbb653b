"""The writer port: a text for people, from its material and nothing else.

Its one method changes nothing outside, so it is idempotent. The one thing to remember: the text is Markdown of a modest
sort (`##`, `-`, `1.`, `**`), and holds words from outside that nobody has escaped yet; the views do, for the place
where it is shown.
"""

from dataclasses import dataclass
from typing import Protocol

from bot.texts import Material


@dataclass(frozen=True, slots=True)
class Written:
    """A text, who or what wrote it (`template`, or a model's name), and the digest of the evidence it was given."""

    text: str
    author: str
    evidence: str = ""


class Writer(Protocol):
    """Raises `Temporary` or `Permanent` of `bot.core.errors`."""

    async def write(self, kind: str, material: Material) -> Written:
        """The text of this kind, one of `bot.texts.kinds.KINDS`."""
