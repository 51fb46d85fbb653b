"""The writer port: a text for people, from evidence and nothing else.

Its one method changes nothing outside, so it is idempotent. The one thing to remember: the text is Markdown of a modest
sort (`##`, `-`, `1.`, `**`), and holds words from outside that nobody has escaped yet; the views do, for the place
where it is shown.
"""

from typing import Protocol

from bot.core.model import Release

Evidence = Release
"""All that a text may speak of."""


class Writer(Protocol):
    """Raises `Temporary` or `Permanent` of `bot.core.errors`."""

    async def write(self, kind: str, evidence: Evidence) -> str:
        """The text of this kind: `notes` (what is new, for everybody) or `walkthrough` (what to try on staging)."""
