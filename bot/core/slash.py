"""The two commands that people type, and what a workspace calls them where another app has the name.

Songbird's own words always write the names that it was born with. Where a text leaves (Slack's edge, the shell), one
place puts in the names of this workspace: `said`. What comes from outside is not ours to change, least of all a title
that speaks of `/release`: where it enters a text it is `quoted`, which puts a mark in it that nobody sees, and that
`said` takes out again. The one thing to remember: a text that passed neither is wrong only where the commands have
other names, so tests look at every surface under other names.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.errors import Refused

STAGE, RELEASE = "/stage", "/release"

NAME = re.compile(r"/[a-z0-9_-]{1,31}")
"""What Slack takes: lower case, at most 32 characters."""

MARK = "\N{ZERO WIDTH NON-JOINER}"
_OURS = re.compile(r"(?<![\w/.:\"“-])/(stage|release)(?![\w/-])")
_QUOTED = re.compile(rf"/{MARK}(stage|release)(?![\w/-])")


@dataclass(frozen=True, slots=True)
class Slash:
    """How the commands are called in this workspace."""

    stage: str = STAGE
    release: str = RELEASE

    def said(self, text: str) -> str:
        """A text of ours with these names, and with foreign words as they were."""
        if "/" not in text:
            return text
        names: Mapping[str, str] = {"stage": self.stage, "release": self.release}
        return _QUOTED.sub(r"/\1", _OURS.sub(lambda found: names[found[1]], text))

    @classmethod
    def read(cls, written: str) -> "Slash":
        """From `/stage=/ship, /release=/rel`; either may be left out. Raises Refused with what is wrong."""
        names = {STAGE: STAGE, RELEASE: RELEASE}
        for pair in filter(None, (part.strip() for part in written.split(","))):
            ours, _, theirs = (part.strip() for part in pair.partition("="))
            if ours not in names:
                raise Refused(f"{pair!r} begins with none of our commands: write {STAGE}=/NAME, {RELEASE}=/NAME")
            if not NAME.fullmatch(theirs):
                raise Refused(f"{theirs!r} is no command: write a slash and up to 31 of a-z, 0-9, - and _")
            names[ours] = theirs
        if names[STAGE] == names[RELEASE]:
            raise Refused(f"both commands would be {names[STAGE]}: give each its own name")
        return cls(names[STAGE], names[RELEASE])


def quoted(text: str) -> str:
    """Somebody else's words, which stay as they are whatever the commands are called here."""
    return _OURS.sub(rf"/{MARK}\1", text) if "/" in text else text
