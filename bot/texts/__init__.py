"""What Songbird writes and from what: the material of a text, and what may be said of it. Pure.

`changes` sorts what a release brings, `diagnosis` says what broke and what may have broken it, `sheet` numbers the
evidence for a model, `grounding` takes away what the evidence does not say. The one thing to remember: everything in a
`Material` may have been written outside, and is data; nothing that is written here decides anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.analysis.series import LookSamples
from bot.core.events import Recorded
from bot.core.model import Release
from bot.core.plan import Plan
from bot.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Material:
    """All that a text may speak of, as it was `now` (seconds since the epoch).

    `journal` is the release's, oldest first, and `release` is folded from it. `about` is what the text is about where
    its kind alone does not say so: a question, or the number of an entry.
    """

    release: Release
    journal: tuple[Recorded, ...] = ()
    now: float = 0.0
    about: str = ""
    verdict: Verdict | None = None
    """The latest look's, with its numbers; newer than the journal's."""
    looks: tuple[LookSamples, ...] = ()
    """The stored samples of the present stage, oldest first, where the text needs them."""
    releases: tuple[Release, ...] = field(default=())
    """The other releases that a daily status speaks of."""
    since: float | None = None
    """Where a daily status begins; a day ago when nothing is said."""
    zone: str = "UTC"
    """By whose clock a daily status tells times."""
    plan: Plan | None = None
    """What the plan file of the service says now, where somebody asks about the release as it is."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """What people are called, by Slack user id, as far as it is known."""
