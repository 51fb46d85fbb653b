"""Worries and wishes, in words: a concern, what was decided, what follows; a live demo that is asked for, and given.

The one thing to remember: a concern, a caveat and somebody's times are other people's words; they stand in rich-text
quotes, where nothing in them can mention anybody.
"""

from collections.abc import Sequence

from bot.core import events as e
from bot.core.actors import Door
from bot.core.model import Release
from bot.core.voices import Concern, Decision, Demo
from bot.views import blocks, buttons
from bot.views.mrkdwn import foreign, mentions, when, who
from bot.views.rendered import Block, Rendered
from bot.views.told import Told
from bot.views.words import called, change_flat

DECISIONS = {
    Decision.CAVEAT: "release it with a caveat",
    Decision.FIX_FIRST: "fix it first",
    Decision.DESCOPE: "leave it out",
}

WORDS_MAX = 300

LISTED_MAX, CLOSED_MAX = 20, 5
"""Follow-ups in one answer that are open, and that were closed last."""


def named(concern: Concern) -> str:
    """`Concern 2 (major)`."""
    severity = f" ({concern.severity})" if concern.severity is not None else ""
    return f"Concern {concern.number}{severity}"


# ── concerns ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def concern_raised(event: e.ConcernRaised, told: Told) -> Rendered:
    release = told.release
    role = release.plan.decider_role
    deciders = release.plan.holders(role) if role else release.plan.operators
    decides = f"{mentions(deciders)} decides: a caveat, fix it first, or leave it out. Nothing is promoted until then."
    concern = next(concern for concern in release.concerns if concern.number == event.number)
    button = buttons.decide_concern(release, concern) if buttons.may_be_decided(release, concern) else None
    title = f":speech_balloon: {named(concern)}, from {who(told.recorded.actor)}. {decides}"
    return told.say(title, blocks.quote(event.text), button)


def concern_decided(event: e.ConcernDecided, told: Told) -> Rendered:
    concern = next((one for one in told.release.concerns if one.number == event.number), None)
    about = f" ({foreign(concern.text, 120)})" if concern else ""
    decided = f"{who(told.recorded.actor)} decided on concern {event.number}{about}: {DECISIONS[event.decision]}."
    follows = " It is listed as a follow-up: `/release followups`." if event.decision is Decision.CAVEAT else ""
    left_out = _left_out(event.change, told.release)
    return told.say(f":balance_scale: {decided}{follows}", blocks.quote(event.words), left_out)


def _left_out(commit: str, release: Release) -> Block | None:
    change = next((one for one in release.changes if one.commit == commit), None)
    if change is None:
        return None
    return blocks.rich(blocks.line(blocks.words("Left out: ", bold=True), blocks.words(change_flat(change))))


def follow_up_closed(event: e.FollowUpClosed, told: Told) -> Rendered:
    words = f"{who(told.recorded.actor)} closed the follow-up of concern {event.number}: its caveat holds no more."
    return told.say(f":white_check_mark: {words}", blocks.quote(event.words) if event.words else None)


# ── follow-ups ───────────────────────────────────────────────────────────────────────────────────────────────────────


def follow_up(release: Release, concern: Concern, now: float) -> str:
    """What has to follow, of which release, from whom, and whether it is done: mrkdwn."""
    raised = f"{named(concern)} of {release.id} ({called(release)}), from {who(concern.actor)}"
    decider = f", decided by {who(concern.decided_by)}" if concern.decided_by is not None else ""
    text = f"{foreign(concern.text, WORDS_MAX)}\n_Caveat_: {foreign(concern.words, WORDS_MAX)}"
    return f"{_state(concern, now)} *{raised}*{decider}\n{text}"


def follow_ups(releases: Sequence[Release], service: str, now: float, unread: int = 0) -> Rendered:
    """What is open, the oldest first, with a button to close it; then what was closed last.

    `service`: "" is all. `unread`: so many more are open.
    """
    every = [(release, concern) for release in releases for concern in release.caveats]
    waiting = [(release, concern) for release, concern in reversed(every) if concern.done is None]
    closed = sorted(((r, one) for r, one in every if one.done is not None), key=lambda pair: -_done_at(pair[1]))
    of = f" of {foreign(service, 60)}" if service else ""
    count = len(waiting) + unread
    title = f"{count} follow-up{'' if count == 1 else 's'}{of} open" if count else f"No follow-up{of}"
    return blocks.rendered(
        title,
        blocks.section(f"*{title}*" + ("" if waiting else " is open: no caveat is left to be seen to.")),
        *(_listed(release, concern, now) for release, concern in waiting[:LISTED_MAX]),
        blocks.context(_more(count - LISTED_MAX, service)),
        *(_listed(release, concern, now) for release, concern in closed[:CLOSED_MAX]),
    )


def _more(count: int, service: str) -> str:
    if count <= 0:
        return ""
    fewer = "" if service else " One service's: `/release followups SERVICE`."
    of = f" {foreign(service, 60)}" if service else ""
    return f"and {count} more, raised later.{fewer} All of them, from a shell: `songbird followups{of}`."


def _done_at(concern: Concern) -> float:
    return concern.done.at if concern.done is not None else 0.0


def _listed(release: Release, concern: Concern, now: float) -> Block | None:
    name = f"{release.id}/follow-up/{concern.number}"
    return blocks.section(
        follow_up(release, concern, now), accessory=buttons.follow_up(release, concern), block_id=name
    )


def _state(concern: Concern, now: float) -> str:
    if concern.done is None:
        return f":pushpin: Open since {when(concern.at, now)}:"
    return f":white_check_mark: Done {when(concern.done.at, now)} by {who(concern.done.actor)}:"


# ── live demos ───────────────────────────────────────────────────────────────────────────────────────────────────────


def demo_asked(event: e.DemoAsked, told: Told) -> Rendered:
    release = told.release
    demo = next(one for one in release.demos if one.number == event.number)
    by = who(told.recorded.actor)
    words = f":movie_camera: {givers(release)}: {by} asks for a live demo of {called(release)}. These times would suit:"
    offer = "Answer here with one of them. Nothing waits for it."
    return told.say(words, blocks.quote(event.times), blocks.section(offer), buttons.demo_given(release, demo))


def givers(release: Release) -> str:
    """Whoever staged it; else those who operate."""
    by = release.staged_by
    return mentions((by.id,)) if by.door is Door.SLACK else mentions(release.plan.operators)


def demo_given(event: e.DemoGiven, told: Told) -> Rendered:
    demo = next(one for one in told.release.demos if one.number == event.number)
    words = f"{who(told.recorded.actor)} has given the live demo that {who(demo.actor)} asked for."
    return told.say(f":movie_camera: {words}", blocks.quote(event.words) if event.words else None)


def demo_in_words(demo: Demo, posted_at: float) -> str:
    """`Victor asked for a live demo at 14:05 (Tuesday at ten); given by Ada at 16:00`: mrkdwn."""
    asked = f"{who(demo.actor)} asked for a live demo at {when(demo.at, posted_at)} ({foreign(demo.times, 120)})"
    if demo.given is None:
        return f"{asked}; it was not given yet"
    return f"{asked}; given by {who(demo.given.actor)} at {when(demo.given.at, posted_at)}"
