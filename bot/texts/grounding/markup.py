"""What a sentence may not contain, whatever its evidence says: whatever pings, links, embeds or plays another role.

These are looked for in the text as it was written. The one thing to remember: this holds also for words that stand in
the evidence, because the evidence is partly written by strangers.
"""

import re
from collections.abc import Iterator

from bot.core.foreign import clean
from bot.texts.grounding.case import Case

TEXT_MAX = 600
"""Characters: longer is no sentence."""

_FORBIDDEN: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (what, re.compile(pattern, re.IGNORECASE))
    for what, pattern in (
        ("a mention", r"<[@#!]|(?<![\w/])@(?:here|channel|everyone|[\w-]+)(?!/)|&lt;[@!#]"),
        ("an image", r"!\["),
        ("a link", (r"\]\(|\b[a-z][a-z0-9+.-]{1,20}:/?/|\bwww\.|\b(?:mailto|javascript|data|tel|vbscript):|"
            r"&lt;https?|<https?")),
        ("an address", (r"\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|dev|app|co|ru|cn|info|biz|xyz|ai|gov|edu|example|"
            r"test|invalid|ly|gg|link|site|online|top)\b")),
        ("an address", r"\b(?:\d{1,3}\.){3}\d{1,3}\b"),
        ("an e-mail address", r"[\w.+-]+@[\w-]+\.[\w-]+"),
        ("a code fence", r"```|~~~"),
        ("a tag", r"</?[a-z!?|]|<\||\|>|&#?\w{2,8};"),
        ("a role tag", (r"^\W*(?:system|assistant|user|developer|tool|human|ai)\s*:|\[/?INST\]|###\s*(?:system|"
            r"instruction)")),
        ("an evidence marker", r"\[[^\]]*\d[^\]]*\]|【|】|\[\^|\[\s*\w+\s*\]"),
        ("a heading", r"^\s*(?:#{1,6}\s|>)"),
    )
)  # fmt: skip
_CODE = re.compile(r"`([^`]*)`")
_COMMAND = re.compile(
    r"/release (?:status|why|notes|rollback|hold|resume|unblock|promote|cancel|accept)(?: [\w./-]+){0,3}|"
    r"songbird (?:status|rollback|hold|list)(?: [\w./-]+){0,2}"
)


def faults(text: str, case: Case) -> Iterator[str]:
    if not text.strip():
        yield "it says nothing"
    if len(text) > TEXT_MAX:
        yield f"it is longer than {TEXT_MAX} characters"
    if "\n" in text.strip() or clean(text) != text:
        yield "it has line breaks or hidden characters"
    for what, pattern in _FORBIDDEN:
        if found := pattern.search(text):
            yield f"it contains {what}: {found[0][:40]!r}"
    if text.count("`") % 2:
        yield "it has an open code mark"
    for match in _CODE.finditer(text):
        if not _is_known(match[1].strip().lower(), case):
            yield f"it shows code that is not in its evidence: {match[1][:40]!r}"


def _is_known(code: str, case: Case) -> bool:
    """In the cited words, in a name of the release, or one of Songbird's own commands about it."""
    ambient = {text.lower() for text in case.known.ambient}
    if code in case.lower or code in ambient:
        return True
    command = _COMMAND.fullmatch(code)
    return command is not None and any(f" {name}" in code for name in ambient)
