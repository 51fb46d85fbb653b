"""Overrides in words: the question for a second person, what came of it, and the mark that stands on everything after.

The question is one message, kept: it is edited when it is seconded, declined or over, and then has no buttons. The one
thing to remember: an override stands out for as long as the release is shown; nobody may take it for a gate that was
met.
"""

from bot.core import events as e
from bot.core.beside import Bar, BarKind
from bot.core.due import override_lapses_at
from bot.core.model import Phase, Release
from bot.core.voices import Override
from bot.texts.plain import called_flat, listed
from bot.views import blocks
from bot.views.mrkdwn import flat, foreign, mentions, when, who
from bot.views.rendered import Block, Rendered
from bot.views.told import Told
from bot.views.words import called

SIGN = ":rotating_light:"
SHOWN_MAX = 3
REASON_MAX = 500
CONFIRM_MAX = 140


def override_message(release: Release, told: int) -> Rendered:
    """The question that the `told`-th event asked, or what came of it."""
    override = next(one for one in release.overrides if one.told == told)
    about = f"{called(release)} ({release.id})"
    head = f"{SIGN} *Override {override.number}* of {about}: past {past(override)}"
    return blocks.rendered(
        f"Override {override.number} of {about}: {_state(override, release)}",
        blocks.section(head),
        blocks.quote(flat(override.reason, REASON_MAX)),
        blocks.section(f"Asked by {who(override.asked_by)}. {_state(override, release)}"),
        blocks.context("It counts for this step alone, and never goes past a metric that fails."),
        _buttons(override, release) if _is_open(override, release) else None,
    )


def past(override: Override) -> str:
    """What it goes past: mrkdwn."""
    return listed(
        [*(_bar(bar) for bar in override.bars), *(f"the gate *{foreign(one, 40)}*" for one in override.gates)]
    )


def _bar(bar: Bar) -> str:
    return f"the {bar.kind} by {who(bar.owner)} ({foreign(bar.reason, 120)})"


def _is_open(override: Override, release: Release) -> bool:
    return override == release.open_override and not release.phase.is_ending and release.phase is not Phase.ROLLING_BACK


def _state(override: Override, release: Release) -> str:
    at = override.asked_at
    if override.granted_by is not None and override.granted_at is not None:
        over = f" It counts no more: {foreign(override.over)}." if override.over else ""
        return f"{_seconded(override)} at {when(override.granted_at, at)}.{over}"
    if override.declined_by is not None:
        return f"Declined by {who(override.declined_by)}; it changes nothing."
    if override.over:
        return f"Over: {foreign(override.over)}."
    if not _is_open(override, release):
        return "Over: the release has moved on."
    asked = release.plan.overriders
    others = asked if release.plan.solo else tuple(one for one in asked if one != override.asker)
    until = when(override_lapses_at(override), at)
    return f"A second person has to agree until {until}: {mentions(others) or 'nobody else holds a role for it'}."


def _seconded(override: Override) -> str:
    assert override.granted_by is not None, f"override {override.number} has no second person"
    if override.is_by_one:
        return f"*SOLO: {who(override.granted_by)} alone asked for it and seconded it*"
    return f"Seconded by {who(override.granted_by)}"


def _buttons(override: Override, release: Release) -> Block | None:
    on = {"release": release.id, "entry": override.entry, "override": override.number}
    about = flat(", ".join([*(f"{bar.kind} {bar.id}" for bar in override.bars), *override.gates]), CONFIRM_MAX)
    sure = f"With your word {called_flat(release)} goes past this: {about}. Everybody sees that it was yours."
    dialog = blocks.confirm("Second this override?", sure, "Second it", style="danger")
    yes = blocks.button("second_override", "Second it", on, style="danger", confirm=dialog)
    buttons = (yes, blocks.button("decline_override", "Decline", on))
    return blocks.actions(f"{release.id}/{override.entry}/override-{override.number}", buttons)


# ── where it stands out ──────────────────────────────────────────────────────────────────────────────────────────────


def overridden(release: Release) -> Block | None:
    """On the card and in a status: every override that was granted, and the one that is asked for."""
    shown = [one for one in release.overrides if one.granted_by is not None or _is_open(one, release)]
    lines = [_line(one, release) for one in shown[-SHOWN_MAX:]]
    more = [f"and {len(shown) - SHOWN_MAX} more before"] if len(shown) > SHOWN_MAX else []
    return blocks.section("\n".join([*lines, *more]))


def _line(override: Override, release: Release) -> str:
    asked = f"asked by {who(override.asked_by)}"
    if override.granted_by is None:
        return f"{SIGN} *Override {override.number} is asked for*, past {past(override)}; {asked}, and not seconded yet"
    head = f"{SIGN} *OVERRIDE {override.number}{_place(override, release)}*: past {past(override)}"
    return f"{head}\n{_seconded(override)}, {asked}: {foreign(override.reason, REASON_MAX)}"


def _place(override: Override, release: Release) -> str:
    is_here = release.entry is not None and release.entry.number == override.entry
    return "" if is_here and not release.phase.is_ending else ", in an earlier step"


# ── what is told ─────────────────────────────────────────────────────────────────────────────────────────────────────


def override_asked(_event: e.OverrideAsked, told: Told) -> Rendered:
    return override_message(told.release, told.recorded.version)


def override_granted(event: e.OverrideGranted, told: Told) -> Rendered:
    override = _of(event.number, told)
    alone = f"{who(told.recorded.actor)} seconded their own override {event.number} (solo: nobody else was needed)"
    both = (
        alone
        if override.is_by_one
        else f"{who(told.recorded.actor)} seconded override {event.number} of {who(override.asked_by)}"
    )
    words = f"{both}: {called(told.release)} goes past {past(override)}, in this step and not in the next."
    return told.say(f"{SIGN} {words}", blocks.quote(flat(override.reason, REASON_MAX)))


def override_declined(event: e.OverrideDeclined, told: Told) -> Rendered:
    override = _of(event.number, told)
    did = "took back" if override.is_by_one else "declined"
    return told.say(f":no_entry_sign: {who(told.recorded.actor)} {did} override {event.number}; nothing has changed.")


def override_lapsed(event: e.OverrideLapsed, told: Told) -> Rendered:
    return told.say(f":hourglass: Override {event.number} counts no more: {foreign(event.reason)}.")


def _of(number: int, told: Told) -> Override:
    return next(one for one in told.release.overrides if one.number == number)


def stopped_no_more(release: Release) -> str:
    """Why no lock and no freeze stops it any more though one stands; empty where none does."""
    here = [one for one in release.overrides_here if one.is_granted and one.bars]
    kinds = " and ".join(sorted({"lock" if bar.kind is BarKind.LOCK else "freeze" for one in here for bar in one.bars}))
    names = listed([f"override {one.number}" for one in here])
    return f"{SIGN} The {kinds} stands, and {names} goes past it in this step." if here else ""


def override_done(release: Release) -> Rendered:
    """To whoever asked for one: what it is about, and who has to agree."""
    override = release.overrides[-1]
    about = f"override {override.number} of {release.id}, past {past(override)}"
    said = f"{SIGN} Asked for {about}. {_state(override, release)}"
    return blocks.rendered(said, blocks.section(said))
