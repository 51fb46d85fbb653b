"""Plain words that texts and messages share: foreign text made harmless, lists, what a step asks for, what follows it.

Nothing here is marked up, so a view may put it anywhere after escaping it for that place. The one thing to remember:
`flat` takes away what hides or reorders other characters, and line breaks; what a character *means* in Slack or in
Markdown it does not know.
"""

import re
from collections.abc import Sequence

from bot.core.model import Change, Release
from bot.core.plan import ApprovalGate, Gate, GoGate, HealthGate, MinimumTimeGate
from bot.core.quantities import duration_in_words, percent_in_words

ELLIPSIS = "…"
NAME_MAX = 60
"""Characters of a version's name."""
COMMIT_LENGTH = 8
"""Of a commit id: enough to be unique in a repository that people work in."""

# ── foreign text ─────────────────────────────────────────────────────────────────────────────────────────────────────

_UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Controls, what shows nothing or reorders what is shown, halves of characters; not the joiners that scripts need."""


def clean(text: str) -> str:
    """Foreign text without characters that hide or reorder others; lines stay lines."""
    return _UNSEEN.sub("", "\n".join(text.expandtabs(4).splitlines()))


def flat(text: str, limit: int = 300) -> str:
    """Foreign text as one line of at most `limit` characters, for plain_text and rich_text."""
    return cut_plain(" ".join(clean(text).split()), limit)


def cut_plain(text: str, limit: int) -> str:
    """The same for text in which nothing means anything."""
    return text if len(text) <= limit else text[: limit - len(ELLIPSIS)].rstrip() + ELLIPSIS


def called_flat(release: Release) -> str:
    """`shop v1.2.0`."""
    return f"{release.service} {flat(release.name, NAME_MAX)}"


def reference(change: Change) -> str:
    """`#42`, or the beginning of a commit."""
    return f"#{change.pull_request}" if change.pull_request is not None else change.commit[:COMMIT_LENGTH]


# ── what a step asks for, and what follows ───────────────────────────────────────────────────────────────────────────


def next_in_words(release: Release) -> str:
    """What follows the present step once it is passed: `25 %`, `production`, `a watch of 1d`."""
    entry = release.entry
    if entry is None or entry.step is None:
        return "the next step"
    if entry.step + 1 < len(release.stage.steps):
        return percent_in_words(release.plan.exposure(release.stage, release.stage.steps[entry.step + 1]) or 0.0)
    if entry.stage + 1 < len(release.plan.stages):
        following = release.plan.stages[entry.stage + 1]
        return following.environment or following.name
    return f"a watch of {duration_in_words(release.plan.watch.time)}" if release.environment else "healthy"


def asks_in_words(gates: tuple[Gate, ...]) -> str:
    """What a step asks for: `30s of health and a yes from product-manager and vp-product`."""
    return listed([_asks(gate) for gate in gates])


def _asks(gate: Gate) -> str:
    match gate:
        case HealthGate(held=held):
            return f"{duration_in_words(held)} of health"
        case ApprovalGate(roles=roles):
            wanted = [role if count == 1 else f"{count} of {role}" for role, count in roles.items()]
            return f"a yes from {listed(wanted)}"
        case MinimumTimeGate(time=time):
            return f"at least {duration_in_words(time)}"
        case GoGate(role=role):
            return f"a go from {role}"


def listed(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
