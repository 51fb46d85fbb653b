"""What people did, in words: approvals, holds, promotions, words about a build. Concerns have a file of their own.

Who acted is named and not called: they know. The one thing to remember: reasons are other people's words; they stand
in rich-text quotes, where nothing in them can mention anybody.
"""

from collections.abc import Sequence

from bot.core import events as e
from bot.core import gates, reviews
from bot.core.model import Release
from bot.core.plan import ApprovalGate, Part
from bot.core.quantities import duration_in_words
from bot.core.voices import Approval
from bot.texts.plain import listed, next_in_words
from bot.views import blocks
from bot.views.mrkdwn import foreign, mentions, who
from bot.views.numbers import ACCEPTED, readings
from bot.views.rendered import Rendered
from bot.views.told import Told
from bot.views.words import called, version


def release_approved(event: e.ReleaseApproved, told: Told) -> Rendered:
    missing = _still_awaited(told.release)
    by_one = any(gates.alone(one, told.release) for one in told.release.gates if isinstance(one, ApprovalGate))
    last = f"That was the last yes.{' All of them were given by the same person.' if by_one else ''}"
    rest = f"Still waiting for {', '.join(missing)}." if missing else last
    alone = " (solo: nobody else was needed)" if event.solo else ""
    behalf = f" for {mentions((event.behalf,))}" if event.behalf else ""
    return told.say(f":thumbsup: {who(told.recorded.actor)} said yes as {event.role}{behalf}{alone}. {rest}")


def approval_withdrawn(event: e.ApprovalWithdrawn, told: Told) -> Rendered:
    awaited = listed(_still_awaited(told.release))
    rest = f"Waiting for {awaited}." if awaited else "Enough others have said yes."
    return told.say(f":back: {who(told.recorded.actor)} took back the yes as {listed(event.roles)}. {rest}")


def approval_expired(event: e.ApprovalExpired, told: Told) -> Rendered:
    gate = reviews.gate_of(told.release)
    assert gate is not None, f"{told.release.id} asks nobody"
    age, awaited = duration_in_words(told.at - event.given_at), gates.left_to_say_yes(gate, told.release, event.role)
    words = f"The yes of {who(event.by)} as {event.role} is {age} old and counts no more: asked again of "
    return told.say(f":hourglass: {words}{mentions(awaited)}, in the question above.")


def approval_asked_again(event: e.ApprovalAskedAgain, told: Told) -> Rendered:
    """Those whose yes is void are called; whose yes stands is said, so that nobody wonders."""
    entry = told.release.entry
    assert entry is not None, f"{told.release.id} asks nobody"
    what = listed(tuple(_PARTS[part] for part in event.changed))
    again = f"{_called(event)}: you said yes before that; it counts no more. Look, and say yes again above."
    stands = f" The yes of {listed(_named(entry.approvals))} stands." if entry.approvals else ""
    words = f"{what[0].upper()}{what[1:]} changed since this was asked. {again if event.void else ''}".rstrip()
    return told.say(f":memo: {words}{stands}")


_PARTS: dict[Part, str] = {
    "changes": "the changes",
    "notes": "the release notes",
    "walkthrough": "the walkthrough",
    "migration": "the migration guide",
    "undo": "the rollback procedure",
    "caveats": "its caveats",
}


def _called(event: e.ApprovalAskedAgain) -> str:
    """Whose yes it was, or whoever does it for them now: whoever gave it may have stood in, and stand in no more."""
    away = dict(event.delegates)
    return mentions(away.get(one.voice, one.voice) for one in event.void)


def _named(given: Sequence[Approval]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(who(one.actor) for one in given))


def reviewers_reminded(event: e.ReviewersReminded, told: Told) -> Rendered:
    entry = told.release.entry
    assert entry is not None, f"{told.release.id} asks nobody"
    waited = duration_in_words(told.at - max(entry.asked_at or entry.at, entry.asked_again_at or 0.0))
    away = dict(event.delegates)
    people = ", ".join(
        f"{mentions((away[one],))}, standing in" if one in away else mentions((one,)) for one in event.people
    )
    words = f"{people}: {called(told.release)} has waited {waited} for your yes"
    return told.say(f":bell: {words}, in the question above.")


def _still_awaited(release: Release) -> list[str]:
    entry = release.entry
    assert entry is not None, f"{release.id} was approved nowhere"
    missing = []
    for gate in release.gates:
        if isinstance(gate, ApprovalGate):
            given = [approval.role for approval in entry.approvals]
            missing += [role for role, needed in release.plan.quorum(gate).items() if given.count(role) < needed]
    return missing


def anomaly_accepted(event: e.AnomalyAccepted, told: Told) -> Rendered:
    release = told.release
    verdict = release.entry.verdict if release.entry is not None else None
    shown = next((one for one in readings(verdict, release) if one.name == event.metric), None)
    what = f"{shown.title} as it is in {release.stage.name}: {shown.numbers}" if shown else f"*{foreign(event.metric)}*"
    words = f"{who(told.recorded.actor)} accepted {what}. It is not mentioned again there; its limits still count."
    return told.say(f"{ACCEPTED} {words}", blocks.quote(event.reason))


def release_held(event: e.ReleaseHeld, told: Told) -> Rendered:
    release = told.release
    goes_on = f"Looking and rolling back go on; `/release resume {release.id}` lets it continue."
    return told.say(f":double_vertical_bar: Held by {who(told.recorded.actor)}. {goes_on}", blocks.quote(event.reason))


def on_call_called(event: e.OnCallCalled, told: Told) -> Rendered:
    held = told.release.held
    by = f" by {who(held.actor)}" if held is not None else ""
    words = f":pager: On-call was called: it is held{by}, and something is wrong meanwhile."
    return told.say(words, blocks.quote(event.reason))


def release_resumed(_event: e.ReleaseResumed, told: Told) -> Rendered:
    return told.say(
        f":arrow_forward: Resumed by {who(told.recorded.actor)}: it goes on as soon as what it waits for has come true."
    )


def step_promoted(event: e.StepPromoted, told: Told) -> Rendered:
    words = f"{who(told.recorded.actor)} promoted this step: no more waiting before {next_in_words(told.release)}"
    return told.say(f":fast_forward: {words}, as long as nothing fails.", blocks.quote(event.reason))


def release_withdrawn(event: e.ReleaseWithdrawn, told: Told) -> Rendered:
    words = f"{called(told.release)} was cancelled by {who(told.recorded.actor)}. Nothing of it is running."
    return told.say(f":black_square_for_stop: {words}", blocks.quote(event.reason))


def build_unblocked(event: e.BuildUnblocked, told: Told) -> Rendered:
    words = f"{who(told.recorded.actor)} unblocked {version(told.release)}: it may be staged again."
    return told.say(f":unlock: {words}", blocks.quote(event.reason))
