"""The buttons that make sense now: what the table accepts in this phase, and what would not be refused at once.

Names and values are shared with `handlers/`, which listens for them. The one thing to remember: a button is an offer,
never a permission; who may press is decided when it is pressed, and old ones are pressed too.
"""

from bot.core import commands as c
from bot.core import shown
from bot.core.gates import Standing, rows
from bot.core.measures import exposure_now
from bot.core.model import Entry, Phase, Release
from bot.core.plan import GoGate, HealthGate, MinimumTimeGate, Plan
from bot.core.quantities import percent_in_words
from bot.core.transitions import ACCEPTS
from bot.core.verdict import Outcome
from bot.core.voices import Concern, Demo
from bot.texts.plain import called_flat
from bot.texts.plans import noticed
from bot.views import blocks
from bot.views.rendered import Block
from bot.views.words import is_exposed_to_users


def block_id(release: Release, name: str) -> str:
    """Unique in a message, and new with every entry, so that Slack forgets what was typed for an older one."""
    return f"{release.id}/{release.entry.number if release.entry else 0}/{name}"


def steering(release: Release, now: float, *, with_status: bool = True, plan: Plan | None = None) -> Block | None:
    """The card's row: drive, stop, take back, look closer. `plan` is what the file of the service says now."""
    buttons = (
        _resume(release),
        _promote(release, now),
        _hold(release),
        _rollback(release),
        _cancel(release),
        _give_up(release),
        unblock(release),
        status(release.id) if with_status else None,
        blocks.button("plan", "Changed plan", {"release": release.id}) if noticed(release, plan) else None,
    )
    return blocks.actions(block_id(release, "steering"), buttons)


def status(release: str) -> Block:
    return blocks.button("status", "Status", {"release": release})


def texts(release: Release) -> Block:
    """Everything that was written about it, to read and to edit."""
    return blocks.button("texts", "Texts", {"release": release.id})


def unblock(release: Release) -> Block | None:
    if not release.blocks_build or not _accepts(release, c.UnblockBuild):
        return None
    return blocks.button("unblock", "Unblock this build", {"release": release.id})


def review(release: Release, *, is_awaited: bool) -> Block | None:
    """What can be answered, bound to what is shown; nobody is offered a yes that nobody awaits."""
    entry = release.entry
    assert entry is not None, f"{release.id} asks nobody"
    bound = {"release": release.id, "entry": entry.number, "subject": shown.subject(release)}
    sure = f"You say yes to {called_flat(release)} as it is shown in this thread."
    dialog = blocks.confirm(f"Approve {release.id}?", sure, "Approve", style="primary")
    yes = blocks.button("approve", "Approve", bound, style="primary", confirm=dialog)
    buttons = (
        yes if is_awaited else None,
        _take_back(release, entry) if entry.approvals else None,
        blocks.button("reject", "Reject", bound, style="danger"),
        blocks.button("concern", "Raise a concern", {"release": release.id, "entry": entry.number}),
        blocks.button("demo", "Ask for a live demo", {"release": release.id, "entry": entry.number}),
        texts(release),
    )
    return blocks.actions(block_id(release, "review"), buttons)


def _take_back(release: Release, entry: Entry) -> Block:
    """Everybody sees it, and it is for those who said yes."""
    sure = f"Your yes to {called_flat(release)} counts no more; you may give it again. Only for whoever gave one."
    dialog = blocks.confirm("Take back your yes?", sure, "Take it back")
    on = {"release": release.id, "entry": entry.number}
    return blocks.button("withdraw", "Take back my yes", on, confirm=dialog)


def accept(release: Release, metric: str) -> Block | None:
    """Beside an anomaly, where it is told."""
    if release.entry is None or not _accepts(release, c.AcceptAnomaly):
        return None
    return blocks.button("accept", "Accept…", {"release": release.id, "entry": release.entry.number, "metric": metric})


def decide_concern(release: Release, concern: Concern) -> Block | None:
    value = {"release": release.id, "concern": concern.number}
    made = blocks.button("decide_concern", "Decide", value, style="primary")
    return blocks.actions(block_id(release, f"concern-{concern.number}"), (made,))


def demo_given(release: Release, demo: Demo) -> Block | None:
    """Beside a wish for a live demo; it may be pressed however the release has ended meanwhile."""
    value = {"release": release.id, "demo": demo.number}
    return blocks.actions(block_id(release, f"demo-{demo.number}"), (blocks.button("demo_given", "Demo given", value),))


def follow_up(release: Release, concern: Concern) -> Block | None:
    """Beside a follow-up that is open, where they are listed."""
    if concern.done is not None:
        return None
    sure = blocks.confirm("Close this follow-up?", "What was to follow has followed.", "It is done")
    return blocks.button("follow_up", "Done", {"release": release.id, "concern": concern.number}, confirm=sure)


def answering(release: Release, link: str) -> Block | None:
    """What Home offers whoever it waits for: the way to the question, and what needs nothing but a word.

    `link` leads to where it is asked, or to its thread; empty where nobody knows.
    """
    asks = release.entry is not None and release.entry.asked is not None and release.phase is Phase.PROVING
    label = "Open the question" if asks else "Open its thread"
    go = blocks.button("thread", label, {"release": release.id}, style="primary" if asks else None, url=link)
    return blocks.actions(block_id(release, "answering"), (go if link else None, _resume(release)))


# ── one by one ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _accepts(release: Release, command: type[c.Command]) -> bool:
    return command in ACCEPTS[release.phase]


def _hold(release: Release) -> Block | None:
    if release.held is not None or not _accepts(release, c.HoldRelease):
        return None
    return blocks.button("hold", "Hold", {"release": release.id})


def _resume(release: Release) -> Block | None:
    if release.held is None or not _accepts(release, c.ResumeRelease):
        return None
    sure = blocks.confirm(
        f"Resume {release.id}?", "It goes on by itself as soon as what it waits for has come true.", "Resume"
    )
    value = {"release": release.id, "hold": release.held.version}
    return blocks.button("resume", "Resume", value, style="primary", confirm=sure)


def _promote(release: Release, now: float) -> Block | None:
    """Where there is waiting to skip, and nothing that promoting never skips is broken."""
    entry = release.entry
    if entry is None or entry.promoted_by is not None or release.bars or not _accepts(release, c.PromoteRelease):
        return None
    verdict = entry.verdict
    looked = verdict is not None and verdict.outcome not in (Outcome.FAIL, Outcome.ERROR)
    if any(isinstance(gate, HealthGate) for gate in release.gates) and not looked:
        return None
    waits = {row.gate for row in rows(release, now) if row.standing is Standing.WAIT}
    skipped = [g for g in release.gates if isinstance(g, HealthGate | MinimumTimeGate | GoGate) and g.gate in waits]
    if not skipped:
        return None
    label = "Go" if any(isinstance(gate, GoGate) for gate in skipped) else "Promote"
    return blocks.button("promote", label, {"release": release.id, "entry": entry.number})


def _rollback(release: Release) -> Block | None:
    """It acts at once, so it asks here; its reason may be given afterwards."""
    if not _accepts(release, c.RollBackRelease) or not is_exposed_to_users(release):
        return None
    on_its_way = release.entry is not None and release.entry.observed_at is None
    share = (
        "More of the traffic is on its way to"
        if on_its_way
        else f"{percent_in_words(exposure_now(release))} of the traffic is on"
    )
    sure = blocks.confirm(
        f"Roll back {release.id}?",
        f"{share} {called_flat(release)}. All of it goes back at once.",
        "Roll back",
        style="danger",
    )
    return blocks.button("rollback", "Roll back", {"release": release.id}, style="danger", confirm=sure)


def _cancel(release: Release) -> Block | None:
    if not _accepts(release, c.CancelRelease) or is_exposed_to_users(release):
        return None
    return blocks.button("cancel", "Cancel", {"release": release.id})


def _give_up(release: Release) -> Block | None:
    """Where the way back is stuck."""
    entry = release.entry
    if entry is None or entry.stuck is None or not _accepts(release, c.GiveUpWayBack):
        return None
    return blocks.button("give_up", "Give up", {"release": release.id, "entry": entry.number})


def may_be_decided(release: Release, concern: Concern) -> bool:
    return concern.is_open and release.phase is not Phase.ROLLING_BACK and _accepts(release, c.DecideConcern)
