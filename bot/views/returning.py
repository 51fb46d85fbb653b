"""The way back, in words: that it began and why, that traffic is back and how fast, how it ended; and the page.

Whoever is woken by these reads them once, on a phone, in the dark: what, how much, what is being done, what is left
to do. The one thing to remember: only a rollback calls the people on call; a rejection or a cancellation on staging
lets them sleep.
"""

from bot.core import events as e
from bot.core.measures import way_back
from bot.core.model import Phase, Release
from bot.core.quantities import percent_in_words, seconds_in_words
from bot.core.rooms import Room
from bot.core.verdict import CHECK, Verdict
from bot.views import blocks, buttons
from bot.views.mrkdwn import foreign, mentions, moment, who
from bot.views.numbers import failing
from bot.views.rendered import Block, Rendered
from bot.views.told import Told
from bot.views.words import called, decision, measured, old_version, short, version

REASON_MAX = 900
FAILING_SHOWN_MAX = 6

_HOW_BAD = {
    "tolerance": "worse than its control",
    "limit": "outside its limits",
    "silence": "silent",
    CHECK: "failing its checks",
}
"""What a failing criterion says about the version."""


# ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def rollback_started(event: e.RollbackStarted, told: Told) -> Rendered | None:
    """Nothing in the on-call room: the page that this event asks for says it there, and once is enough."""
    if told.room is Room.ON_CALL:
        return None
    release = told.release
    call = f"\nOn call: {mentions(release.plan.on_call)}" if _calls(event, release) else ""
    return told.say(f"{_what_happened(event, told)}\n{_what_is_done(event, release)}{call}", _worst(event, release))


def traffic_restored(event: e.TrafficRestored, told: Told) -> Rendered:
    release = told.release
    if release.rollback is not None and not release.rollback.exposure:
        return told.say(f":white_check_mark: No traffic is on {version(release)}: seen at 0 %. Cleaning up now.")
    seconds = seconds_in_words(event.seconds)
    seen = f"seen at 0 % on {version(release)}, {seconds} after the decision"
    where = f" in {release.environment}" if release.environment else ""
    return told.say(f":white_check_mark: Traffic{where} is back on {old_version(release)}: {seen}. Cleaning up now.")


def undo_failed(event: e.UndoFailed, told: Told) -> Rendered:
    release = told.release
    where = release.environment or "its place"
    safe = f"Traffic is safe on {old_version(release)}, but {version(release)} could not be taken away from {where}."
    words = f":warning: {safe} Somebody has to do that by hand. {mentions(release.plan.on_call)}"
    return told.say(words.rstrip(), blocks.quote(event.reason))


def release_returned(event: e.ReleaseReturned, told: Told) -> Rendered:
    release = told.release
    back = release.rollback
    assert back is not None, f"{release.id} returned from no rollback"
    reason = foreign(event.reason, REASON_MAX)
    if event.ending is not Phase.ROLLED_BACK:
        return told.say(f":black_square_for_stop: {called(release)} has ended: {decision(who(back.actor), reason)}")
    by_verdict = back.cause == "verdict"
    why = "" if by_verdict else f"\n{reason}"
    blocked = (
        f"The build `{short(release.commit)}` is blocked: it cannot be staged again until an operator unblocks it."
    )
    return told.say(
        f":leftwards_arrow_with_hook: *{called(release)} was rolled back*{_from(back.exposure)}.{why}",
        _failing(back.verdict, release) if by_verdict else None,
        blocks.section(_times(release)),
        blocks.section(f":lock: {blocked}") if release.blocks_build else None,
        _offer(told) if told.room is Room.BROADCAST else None,
        is_signed=told.room is not Room.BROADCAST,
    )


def _offer(told: Told) -> Block | None:
    release = told.release
    return blocks.actions(buttons.block_id(release, "returned"), (buttons.unblock(release), buttons.status(release.id)))


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def rollback_page(event: e.RollbackStarted, told: Told) -> Rendered:
    release = told.release
    words = f"{_called_people(release)}{_what_happened(event, told)}\n{_what_is_done(event, release)}"
    return told.say(f"{words} Nothing to do now; please look at the thread.", _numbers(event, release))


def paged(words: str, told: Told) -> Rendered:
    """Any other reason to call somebody."""
    return told.say(f":pager: {_called_people(told.release)}{words}")


def _called_people(release: Release) -> str:
    return f"{mentions(release.plan.on_call)} " if release.plan.on_call else ""


# ── phrases ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _calls(event: e.RollbackStarted, release: Release) -> bool:
    return event.ending is Phase.ROLLED_BACK and bool(release.plan.on_call)


def _what_happened(event: e.RollbackStarted, told: Told) -> str:
    release, actor = told.release, who(told.recorded.actor)
    reason = foreign(event.reason, REASON_MAX)
    name, share = f"*{called(release)}*", _from(event.exposure)
    match event.cause:
        case "verdict":
            return f":rotating_light: {name} is going back{share}: it is {_how_bad(event)}."
        case "person":
            return f":rewind: {actor} is rolling {name} back{share}: {reason}"
        case "deploy":
            return f":x: {name} could not be put on {event.environment or 'its place'}: {reason}"
        case "rejection":
            return f":thumbsdown: {name} ends: {decision(actor, reason)}"
        case "cancellation":
            return f":black_square_for_stop: {name} ends: {decision(actor, reason)}"
        case _:
            return f":rotating_light: {name} is going back{share}: {reason}"


def _how_bad(event: e.RollbackStarted) -> str:
    criteria = {finding.criterion for finding in event.verdict.failing} if event.verdict else set()
    return " and ".join(words for criterion, words in _HOW_BAD.items() if criterion in criteria) or "failing"


def _what_is_done(event: e.RollbackStarted, release: Release) -> str:
    if event.environment is None:
        return "Nothing of it has any traffic."
    if not event.exposure:
        return f"It has no traffic; it is being taken away from {event.environment}."
    is_whole = not release.stage.is_canary
    where = f"{event.environment[0].upper()}{event.environment[1:]}" if is_whole else "Traffic"
    return f"{where} is going back to {old_version(release)} first; words and cleaning up come after."


def _from(exposure: float) -> str:
    return f" from {percent_in_words(exposure)} of the traffic" if exposure else ""


def _worst(event: e.RollbackStarted, release: Release) -> Block | None:
    """One number is enough while traffic goes back; the message about how it ended has all."""
    found = failing(event.verdict, release) if event.cause == "verdict" else ()
    return blocks.section(found[0].line) if found else None


def _numbers(event: e.RollbackStarted, release: Release) -> Block | None:
    return _failing(event.verdict, release) if event.cause == "verdict" else None


def _failing(verdict: Verdict | None, release: Release) -> Block | None:
    """What was found, in the judge's words, one line a metric."""
    found = failing(verdict, release)
    lines = [reading.told for reading in found[:FAILING_SHOWN_MAX]]
    if len(found) > FAILING_SHOWN_MAX:
        lines.append(f"and {len(found) - FAILING_SHOWN_MAX} more")
    return blocks.section("\n".join(lines))


def _times(release: Release) -> str:
    """Onset, detection, traffic back: what every rollback is measured by."""
    way, words = way_back(release), measured(release)
    if way is None or not words:
        return ""
    if way.onset is None:
        return f":stopwatch: {words[0].upper()}{words[1:]}."
    return f":stopwatch: First seen broken {moment(way.onset, '{time_secs}')}, {words}."
