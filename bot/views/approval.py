"""The message that asks for a yes: what changes, what to look at, who has spoken and whom it waits for.

It lives in the release's thread and is edited until it is decided; then it loses its buttons and says who decided
what. The one thing to remember: a release remembers approvals only while it is in the entry that asked. `asked` is
the release as it last was there; without it a message about a past question can only say that it is past.
"""

from bot.core import authors
from bot.core.actors import SONGBIRD
from bot.core.contents import Artefact
from bot.core.gates import Row, Standing, alone, is_approved, left_to_say_yes, override_in_words, rows
from bot.core.model import Phase, Release
from bot.core.plan import ApprovalGate
from bot.core.shown import TEXTS
from bot.core.voices import Approval
from bot.texts.risk import risk_in_words
from bot.views import blocks, buttons, earlier, standing
from bot.views.concerns import DECISIONS, demo_in_words, named
from bot.views.mrkdwn import foreign, mentions, when, who
from bot.views.prose import prose
from bot.views.rendered import Block, Rendered
from bot.views.texts import byline, title
from bot.views.words import called, change_flat, changes_in_words, decision, headline

CHANGES_SHOWN_MAX = 5
REASON_MAX = 600
AUTHORS_MAX = 600

SUMMARY_MAX = 900


def approval(release: Release, now: float, asked: Release | None = None) -> Rendered:
    """The question of the present entry, or of the entry in which `asked` was folded."""
    then = asked or release
    if _is_open(release, then):
        return _question(release, standing.last_mark(release, now))
    return _past(release, then)


def _is_open(release: Release, then: Release) -> bool:
    here, there = release.entry, then.entry
    same = here is not None and there is not None and here.number == there.number
    return same and release.phase is Phase.PROVING and here is not None and here.asked is not None


# ── while it is asked ────────────────────────────────────────────────────────────────────────────────────────────────


def _question(release: Release, at: float) -> Rendered:
    row = next((row for row in rows(release, at) if row.gate == "approval"), None)
    where = release.environment or release.stage.name
    asked = f"Review asked: {called(release)} on {where}"
    call = _call(release, row)
    return blocks.rendered(
        f":memo: {asked} ({release.id}). {call}",
        blocks.section(f":memo: *{asked}*\n{changes_in_words(release)}. {call}"),
        standing.solo(release),
        blocks.section(_risk(release)),
        *earlier.lines(release),
        _changes(release),
        *_summary(release),
        blocks.section(_texts(release)),
        standing.go_no_go(release, at, without="approval"),
        blocks.section(_roles(release)),
        blocks.section(_own_changes(release)),
        blocks.section(_demos(release)),
        buttons.review(release, is_awaited=row is not None and row.standing is Standing.WAIT),
    )


def _call(release: Release, row: Row | None) -> str:
    if row is not None and row.is_overridden:
        return f":rotating_light: It was not approved: {foreign(row.words)}"
    if row is None or row.standing is Standing.GO:
        return f"Everybody asked has said yes; waiting for the other gates.{_alone(release)}"
    if row.standing is Standing.HOLD:
        return f"It cannot be approved: {foreign(row.words)}"
    return f"Waiting for {mentions(row.whom)}"


def _alone(then: Release) -> str:
    """Loud: several yeses were asked for, and one person gave them all."""
    one = next((alone(gate, then) for gate in then.gates if isinstance(gate, ApprovalGate)), None)
    return f" :warning: *All of it by {who(one)} alone.*" if one is not None else ""


def _risk(release: Release) -> str:
    """Its notes and its migration guide have what is counted here."""
    return f"*Risk*: {foreign(risk_in_words(release))}" if release.commit is not None else ""


def _demos(release: Release) -> str:
    posted_at = release.entry.at if release.entry is not None else release.phase_since
    return "\n".join(f":movie_camera: {demo_in_words(demo, posted_at)}" for demo in release.demos)


def _changes(release: Release) -> Block | None:
    shown = [blocks.line(blocks.words(change_flat(change))) for change in release.changes[:CHANGES_SHOWN_MAX]]
    if len(release.changes) > CHANGES_SHOWN_MAX:
        shown.append(blocks.line(blocks.words(f"and {len(release.changes) - CHANGES_SHOWN_MAX} more, in the notes")))
    return blocks.rich(blocks.bullets(shown)) if shown else None


def _summary(release: Release) -> list[Block | None]:
    """What stands for it and against it, in the newest words since it was asked."""
    text, asked_at = release.artefacts.get("go-no-go"), release.entry.asked_at if release.entry else None
    if text is None or asked_at is None or text.at < asked_at:
        return []
    return [*prose(text.text, SUMMARY_MAX), blocks.context(byline(text))]


def _texts(release: Release) -> str:
    """What to look at, as it was when it was asked about: it stands in this thread, so its headline is enough here."""
    found = ((kind, release.shown(kind)) for kind in TEXTS)
    lines = [
        f"*{title(kind)}*: {headline(text.text)}{_since(release, text)}" for kind, text in found if text is not None
    ]
    if release.shots:
        lines.append(f"*Pictures*: {len(release.shots)} of the walkthrough, in this thread")
    lines += [f"*Caveat*: {foreign(concern.words)}" for concern in release.caveats]
    return "\n".join([*lines, "_Notes and walkthrough are above, in this thread; Texts has all._"]) if lines else ""


def _since(release: Release, text: Artefact) -> str:
    """A later version is another text: a yes is for the one that was asked about."""
    newest = release.artefacts[text.kind]
    return f" _(asked about: version {text.version}; there is a version {newest.version})_" if newest != text else ""


def _roles(release: Release) -> str:
    """One line a role: who said yes and when, whom it waits for."""
    entry, gate = release.entry, _gate(release)
    assert entry is not None, f"{release.id} asks nobody"
    lines = []
    for role, needed in release.plan.quorum(gate).items():
        given = [approval for approval in entry.approvals if approval.role == role]
        if len(given) >= needed:
            lines.append(f":white_check_mark: *{role}*: {_yes(given, entry.at)}")
            continue
        people = left_to_say_yes(gate, release, role)
        count = f" ({len(given)} of {needed})" if needed > 1 else ""
        so_far = f"{_yes(given, entry.at)}; " if given else ""
        awaited = mentions(people) or "nobody who may say yes"
        lines.append(f":hourglass_flowing_sand: *{role}*{count}: {so_far}waiting for {awaited}")
    return "\n".join(lines)


def _yes(given: list[Approval], posted_at: float) -> str:
    return ", ".join(f"{who(one.actor)} said yes{_behalf(one)} at {when(one.at, posted_at)}" for one in given)


def _behalf(one: Approval) -> str:
    return f" for {mentions((one.behalf,))}" if one.behalf else ""


def _own_changes(release: Release) -> str:
    """Who may not say yes because they wrote something of it, and whose changes nobody could tell."""
    gate = _gate(release)
    barred = authors.barred(gate, release)
    lines = []
    if own := authors.in_words(authors.of(release, barred)):
        lines.append(f":writing_hand: Nobody approves their own changes here: {foreign(own, AUTHORS_MAX)}.")
    if unknown := authors.in_words(authors.unmatched(gate, release)):
        then = "everybody is barred for it" if gate.unmatched == "bars-everybody" else "nobody is barred for it"
        lines.append(f":grey_question: Not matched to anybody in Slack: {foreign(unknown, AUTHORS_MAX)}; {then}.")
    return "\n".join(lines)


def _gate(release: Release) -> ApprovalGate:
    """The gate that asks; a step has at most one."""
    return next(gate for gate in release.gates if isinstance(gate, ApprovalGate))


# ── afterwards ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _past(release: Release, then: Release) -> Rendered:
    words = _outcome(release, then)
    given = then.entry.approvals if then.entry is not None and then.entry.asked is not None else ()
    voices = [
        f":white_check_mark: {who(one.actor)} said yes as {one.role}{_behalf(one)} at {when(one.at, _posted_at(then))}"
        for one in given
    ]
    about = f"Review of {called(release)} ({release.id})"
    return blocks.rendered(
        f"{about}: {words}",
        blocks.section(f"*{about}*\n{words}"),
        standing.solo(release),
        blocks.section("\n".join([*voices, *_decided(release, then)])),
        blocks.context(changes_in_words(release)),
    )


def _decided(release: Release, then: Release) -> list[str]:
    """What was decided about concerns that were raised by then, by whom: a caveat may come with the last yes."""
    posted_at = _posted_at(then)
    raised = {concern.number for concern in then.concerns}
    return [
        f":balance_scale: {named(one)}, from {who(one.actor)}: {who(one.decided_by)} decided at "
        f"{when(one.decided_at or one.at, posted_at)} to {DECISIONS[one.decision]}: {foreign(one.words, REASON_MAX)}"
        for one in release.concerns
        if one.number in raised and one.decision is not None and one.decided_by is not None
    ] + [f":movie_camera: {demo_in_words(demo, posted_at)}" for demo in release.demos if demo.at >= posted_at]


def _outcome(release: Release, then: Release) -> str:
    """What came of the question: a way back that began where it was asked answered it; a later one did not."""
    back = release.rollback
    here = then.entry.number if then.entry is not None else None
    if here in release.replanned:
        return ":page_facing_up: Not asked like this any more: the plan was changed, and no yes to it as it was counts."
    passed = next((o for o in release.overrides if o.entry == here and o.is_granted and "approval" in o.gates), None)
    if back is None or not _began_there(release, then):
        beside = f"{foreign(override_in_words(passed), REASON_MAX)}" if passed is not None else ""
        if beside and not is_approved(then):
            return f":rotating_light: Not approved: {beside}"
        unused = f" It did not take the override that was granted: {beside}" if beside else ""
        return f":white_check_mark: Approved; the release has moved on.{_alone(then)}{unused}"
    at, reason = when(back.started_at, _posted_at(then)), foreign(back.reason, REASON_MAX)
    if back.ending is Phase.REJECTED:
        return f":thumbsdown: {decision(who(back.actor), reason)} ({at})"
    by = f" by {who(back.actor)}" if back.actor != SONGBIRD else ""
    return f":leftwards_arrow_with_hook: No longer asked: taken back at {at}{by}: {reason}"


def _posted_at(then: Release) -> float:
    """About when the question was posted."""
    return then.entry.at if then.entry is not None else then.phase_since


def _began_there(release: Release, then: Release) -> bool:
    """Whether the way back began in the entry that asked; its stage is all that is known without `asked`."""
    assert release.entry is not None, f"{release.id} goes back from nowhere"
    if then is not release and then.entry is not None:
        return release.entry.number == then.entry.number + 1
    return any(isinstance(gate, ApprovalGate) for step in release.stage.steps for gate in step.gates)
