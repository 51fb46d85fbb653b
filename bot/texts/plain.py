"""Plain words that texts and messages share: lists, references, what a step asks for, what follows it.

The one thing to remember: nothing here is marked up, so a view may put it anywhere after escaping it for that place.
"""

from collections.abc import Sequence

from bot.core.contents import Change
from bot.core.foreign import flat
from bot.core.model import Release
from bot.core.plan import ApprovalGate, Gate, GoGate, HealthGate, MinimumTimeGate
from bot.core.quantities import duration_in_words, percent_in_words
from bot.core.slash import quoted

NAME_MAX = 60
"""Characters of a version's name."""
COMMIT_LENGTH = 8
"""Of a commit id: enough to be unique in a repository that people work in."""


def called_flat(release: Release) -> str:
    """`shop v1.2.0`."""
    return f"{release.service} {quoted(flat(release.name, NAME_MAX))}"


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
