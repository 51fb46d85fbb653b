"""What a release's log holds beside changes: merges, release commits, leftovers of a rebase. Pure.

The one thing to remember: noise is dropped and counted, so a rule belongs here only when nobody could miss what it
hides. A title that merely begins like noise ("Release the brake") is a change.
"""

import re

from bot.core.contents import Change
from bot.texts.changes.titles import Title

_MERGE = re.compile(r"Merge (?:branch|remote-tracking branch|tag|commit|pull request|master|main|upstream)\b")
_UNSQUASHED = re.compile(r"(?:fixup|squash|amend)! ")

_VERSION = r"v?\d+(?:\.\d+)+\w*(?:[.+-]\w+)*"
_RELEASE = re.compile(
    rf"""
      (?:(?:prepare|preparing|tag|cut|publish|start|begin|open|set|update|new)\ )?(?:for\ )?(?:the\ )?
      (?:(?:release|bump\ version|version\ bump|version|bump)[:\ ]*){{0,2}}(?:number\ )?(?:(?:to|for|of)\ )?
      {_VERSION}(?:\ (?:release|development|final))?
    | (?:(?:update|add|prepare)\ )?(?:the\ )?(?:change\ ?log|release\ notes|NEWS|AUTHORS)(?:\ update)?
      (?:\ (?:for|to)\ {_VERSION})?
    | (?:bump|update)\ version(?:\ number)?
    | version\ bump
    | (?:begin|start|back\ to|open)\ [\w\ ]{{0,20}}(?:development|dev\ cycle)
    | post[\ -]release.*
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NAME_AND_VERSION = re.compile(r"[\w-]+ v?\d+(?:\.\d+){2,}\w*(?:[.+-]\w+)*")
"""A project's own: a dependency's comes with a pull request, or says that it is one."""


def is_noise(change: Change, title: Title) -> bool:
    """Whether it changed nothing by itself."""
    is_named = title.heading is None and _NAME_AND_VERSION.fullmatch(title.words)
    if change.pull_request is None and (is_named or _MERGE.match(change.title)):
        return True
    return title.scope == "release" or bool(_UNSQUASHED.match(change.title) or _RELEASE.fullmatch(title.words))
