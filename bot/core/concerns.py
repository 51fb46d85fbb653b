"""Worries, what is decided about them and what follows; and who wants to be shown it live. For the table in `decide`.

A concern stops promotion until it is decided. A caveat lets the release go on and leaves a follow-up behind, which is
listed until somebody says that it is done, however the release has ended; the other two decisions end this attempt. The
one thing to remember: a demo that is asked for blocks nothing. It is a wish, told to whoever can fulfil it.
"""

from bot.core import authors, policy
from bot.core import commands as c
from bot.core import events as e
from bot.core.actors import Actor, Door
from bot.core.asked import TEXT_LENGTH_MAX, Asked, must_own_the_way_back, said
from bot.core.errors import Refused
from bot.core.events import Event
from bot.core.foreign import says_something
from bot.core.model import Phase, Release
from bot.core.plan import Plan
from bot.core.settle import start_rollback
from bot.core.voices import Concern, Decision


def raised(asked: Asked, command: c.RaiseConcern) -> tuple[Event, ...]:
    policy.must_be_near(asked.release, asked.actor, "raise a concern about")
    text = said(command.text, "a concern")
    if any(concern.text == text and concern.actor.id == asked.actor.id for concern in asked.release.open_concerns):
        return ()
    return (e.ConcernRaised(len(asked.release.concerns) + 1, text, command.severity),)


# ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def decided(asked: Asked, command: c.DecideConcern) -> tuple[Event, ...]:
    release = asked.release
    _must_decide(release.plan, asked.actor)
    concern = _known(asked, command.concern)
    if not concern.is_open:
        who = concern.decided_by.name or concern.decided_by.id if concern.decided_by else "somebody"
        raise Refused(f"concern {concern.number} was decided by {who} already: {concern.decision}")
    words = said(command.words, "a decision")
    change = _left_out(asked, command)
    happened = e.ConcernDecided(concern.number, command.decision, words, change)
    if command.decision is Decision.CAVEAT:
        _must_be_no_author(release, asked.actor)
        return (happened,)
    what = "fix first" if command.decision is Decision.FIX_FIRST else "descope"
    if release.phase is Phase.QUEUED:
        return happened, e.ReleaseWithdrawn(f"{what}: {words}")
    must_own_the_way_back(asked)
    return happened, *start_rollback(release, "rejection", f"{what}: {words}", Phase.REJECTED)


def _must_decide(plan: Plan, actor: Actor) -> None:
    role = plan.decider_role
    if role is None:
        policy.must_operate(plan, actor, "decide on concerns")
    else:
        policy.must_hold_role(plan, actor, (role,), "decide on concerns")


def _must_be_no_author(release: Release, actor: Actor) -> None:
    """Whoever may not approve what they wrote decides no more that a concern holds it up no longer."""
    own = authors.in_words(authors.of(release, {actor.id}))
    if own and release.plan.bars_own_changes:
        raise Refused(
            f"you wrote {own} of {release.id}, and the plan lets nobody approve their own changes: a caveat is "
            f"somebody else's to decide. You may have it fixed first, or leave a change out"
        )


def _known(asked: Asked, number: int) -> Concern:
    concern = next((concern for concern in asked.release.concerns if concern.number == number), None)
    if concern is None:
        raise Refused(f"{asked.release.id} has no concern {number}")
    return concern


def _left_out(asked: Asked, command: c.DecideConcern) -> str:
    """The commit of the change that is left out; whoever makes the next build has to know which."""
    if command.decision is not Decision.DESCOPE or not asked.release.changes:
        return ""
    if command.change not in {change.commit for change in asked.release.changes}:
        raise Refused(f"say which change of {asked.release.id} is left out: choose it from the list")
    return command.change


# ── what follows a caveat ────────────────────────────────────────────────────────────────────────────────────────────


def follow_up_closed(asked: Asked, command: c.CloseFollowUp) -> tuple[Event, ...]:
    """By whoever raised the concern or decided it, or an operator."""
    concern = _known(asked, command.concern)
    if not concern.is_follow_up:
        raise Refused(f"concern {concern.number} of {asked.release.id} has left no follow-up: it was no caveat")
    knowing = [one.id for one in (concern.actor, concern.decided_by) if one is not None and one.door is Door.SLACK]
    if not policy.operates(asked.release.plan, asked.actor) and asked.actor.id not in knowing:
        who = policy.people(dict.fromkeys((*knowing, *asked.release.plan.operators)))
        raise Refused(f"only whoever raised or decided concern {concern.number}, and operators, may close it: {who}")
    if concern.done is not None:
        raise Refused(f"{concern.done.actor.name or concern.done.actor.id} has closed that follow-up already")
    return (e.FollowUpClosed(concern.number, command.words.strip()[:TEXT_LENGTH_MAX]),)


# ── live demos ───────────────────────────────────────────────────────────────────────────────────────────────────────


def demo_asked(asked: Asked, command: c.AskForDemo) -> tuple[Event, ...]:
    policy.must_be_near(asked.release, asked.actor, "ask for a live demo of")
    if any(one.given is None and one.actor.id == asked.actor.id for one in asked.release.demos):
        raise Refused(f"you have asked for a live demo of {asked.release.id} already, and it was not given yet")
    if not says_something(command.times):
        raise Refused("say when it would suit you: a day and a time, or several")
    times = said(command.times, "a demo")
    return (e.DemoAsked(command.entry, len(asked.release.demos) + 1, times),)


def demo_given(asked: Asked, command: c.RecordDemo) -> tuple[Event, ...]:
    """By an operator, or by whoever staged the release: those who are asked to give it."""
    release = asked.release
    demo = next((one for one in release.demos if one.number == command.demo), None)
    if demo is None:
        raise Refused(f"nobody has asked for demo {command.demo} of {release.id}")
    by, staged_by = asked.actor, release.staged_by
    if (by.id, by.door) != (staged_by.id, staged_by.door):
        policy.must_operate(release.plan, asked.actor, f"say that a demo of {release.id} was given")
    if demo.given is not None:
        raise Refused(f"{demo.given.actor.name or demo.given.actor.id} has recorded that demo already")
    return (e.DemoGiven(demo.number, command.words.strip()[:TEXT_LENGTH_MAX]),)
