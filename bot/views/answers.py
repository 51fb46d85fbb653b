"""What one person is told, for their eyes alone: lists, a status with every number, help, refusals, "are you sure".

An ephemeral answer carries no state and may not arrive. The one thing to remember: a refusal comes from the core in
words that may hold both mentions of ours and other people's text; everything in it is escaped but the mentions.
"""

import re
from collections.abc import Sequence

from bot.core.beside import Absence, Bar
from bot.core.contents import Severity
from bot.core.errors import unreadable_in_words
from bot.core.foreign import clean, cut_plain
from bot.core.gates import Waiting, waiting
from bot.core.model import Release
from bot.core.plan import Plan
from bot.core.verdict import Verdict
from bot.texts.timeline import metrics_in_words
from bot.views import blocks, buttons, standing
from bot.views.absences import away_from
from bot.views.bars import bar_lines
from bot.views.concerns import demo_in_words, follow_up
from bot.views.incidents import incident_lines
from bot.views.mrkdwn import flat, foreign, mentions, ours, when, who
from bot.views.overrides import overridden
from bot.views.plans import plan_line
from bot.views.prose import prose
from bot.views.rendered import Block, Rendered
from bot.views.words import (
    bar,
    called,
    changes_in_words,
    exposure_in_words,
    phase_emoji,
    phase_in_words,
    short,
)

LISTED_MAX = 20
NUMBERS_MAX = 30
QUESTION_MAX = 300
CONFIRMED_REASON_MAX = 800
"""Characters of a reason that a confirm button carries: quoted as JSON they still fit its value."""

_MENTION = re.compile(r"&lt;(@[UW][A-Z0-9]{2,}|!subteam\^S[A-Z0-9]{2,})&gt;")

_HELP: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Begin",
        (
            ("/stage", "a form: service, version, note"),
            ("/stage SERVICE VERSION [note]", "the same in one line"),
        ),
    ),
    (
        "Look",
        (
            ("/release", "what moves, and what has ended lately"),
            ("/release status ID", "where it is, with every number"),
            ("/release checklist ID", "the gates of its step, and who is awaited"),
            ("/release why ID [question]", "an answer from journal and numbers; or mention me in its thread"),
            ("/release notes ID", "its texts, to read and to edit"),
            ("/release plan ID", "what a changed plan file would mean for it"),
            ("/release followups [SERVICE]", "what has to follow the caveats"),
            ("/release audit ID", "who did what, on which evidence"),
            ("/release daily", "what a day has brought"),
            ("/release stats [SERVICE] [DAYS]", "how releases went, how long it took"),
        ),
    ),
    (
        "Steer",
        (
            ("/release hold ID [reason]", "promote it no further; looking and rolling back go on"),
            ("/release resume ID", "let it go on"),
            ("/release promote ID [reason]", "skip this step's waiting, never a gate that fails"),
            ("/release accept ID METRIC reason", "an anomaly is known and all right"),
            ("/release override ID [GATE] reason", "emergency: past what it waits for, with a second person"),
            ("/release rollback ID [reason]", "all traffic back, at once"),
            ("/release plan ID apply reason", "let it go on by the changed plan file"),
            ("/release cancel ID [reason]", "end it before users have it"),
            ("/release give-up ID reason", "end a way back that is stuck, once you have moved the traffic"),
            ("/release unblock ID reason", "a build that went back may be staged again"),
            ("/release finding ID SEVERITY text", "QA or users found something: critical, major, minor"),
            ("/release incident ID words", "it has caused one, also long after it ended; alone: a form"),
        ),
    ),
    (
        "Keep still",
        (
            ("/release lock SERVICE reason", "no more traffic for its releases"),
            ("/release unlock SERVICE reason", "what waits goes on by itself"),
            ("/release freeze from DAY TIME to DAY TIME SERVICE reason", "the same for a time; also `for 3d`, `all`"),
            ("/release thaw ID reason", "end a freeze before its time"),
        ),
    ),
    (
        "Be away",
        (
            ("/release away from DAY TIME to DAY TIME @PERSON", "that person holds your roles meanwhile"),
            ("/release back", "you are there again"),
        ),
    ),
)
"""By what somebody wants to do; each is two lines of a phone at most."""


def release_list(
    releases: Sequence[Release], now: float, bars: Sequence[Bar] = (), unreadable: Sequence[str] = ()
) -> Rendered:
    """What moves, what ended lately, what is locked: a line each, as they are given, with a button to look closer.

    Before all, which releases cannot be read.
    """
    barred = [blocks.section("*Locked and frozen*"), *bar_lines(bars, now)] if bars else []
    broken = [blocks.section(f":warning: {unreadable_in_words(unreadable)}.")] if unreadable else []
    if not releases and not unreadable:
        words = "Nothing is being released. `/stage SERVICE VERSION` starts a release."
        return blocks.rendered(words, blocks.section(words), *barred)
    moving = [release for release in releases if not release.phase.is_ending]
    ended = [release for release in releases if release.phase.is_ending][: max(LISTED_MAX - len(moving), 0)]
    title = f"{len(moving)} release{'' if len(moving) == 1 else 's'} moving" if moving else "Nothing is moving"
    lately = [blocks.section("*Ended lately*"), *lines(ended, now)] if ended else []
    return blocks.rendered(title, *broken, blocks.section(f"*{title}*"), *lines(moving, now), *lately, *barred)


def lines(releases: Sequence[Release], now: float) -> list[Block]:
    """One line each, and how many are left out."""
    more = len(releases) - LISTED_MAX
    rest = blocks.context(f"and {more} older" if more > 0 else "")
    shown = [line(release, now, now) for release in releases[:LISTED_MAX]]
    return [block for block in (*shown, rest) if block is not None]


def line(release: Release, at: float, now: float) -> Block | None:
    """Where a release was `at`, in a list that is shown `now`, with a button to look closer."""
    words = f"{phase_emoji(release)} *{release.id}* {called(release)} · {phase_in_words(release)}"
    if exposure := exposure_in_words(release):
        words += f" · {exposure}"
    here = waiting(release, at)
    reason = foreign(_why(release, here), 160)
    since = f"since {when(here.since, now)}" if here else f"ended {when(release.phase_since, now)}"
    second = f"{reason.rstrip('.')}, {since}" if reason else since
    accessory = buttons.status(release.id)
    return blocks.section(f"{words}\n{second}", accessory=accessory, block_id=f"{release.id}/listed")


def _why(release: Release, here: Waiting | None) -> str:
    """What it waits for or why it ended, in a line of a list: names of metrics, and no numbers. Foreign text."""
    if here is not None:
        is_held = release.held is not None and here.since == release.held.at
        return f"held by {_name(release)}: {standing.held_for(release)}" if is_held else here.words
    back = release.rollback
    if back is not None and back.verdict is not None and back.verdict.failing:
        return f"{metrics_in_words(back.verdict)} failed"
    return release.ending_reason


def _name(release: Release) -> str:
    assert release.held is not None, f"{release.id} is not held"
    return release.held.actor.name or release.held.actor.id


def status(
    release: Release,
    verdict: Verdict | None,
    now: float,
    absences: Sequence[Absence] = (),
    plan: Plan | None = None,
) -> Rendered:
    """Everything about now: all gates, all numbers as they are, all people. `verdict` is the latest look's.

    `plan` is what the file of the service says now.
    """
    entry = release.entry
    seen = verdict or (entry.verdict if entry is not None else None)
    judged = (
        f"Verdict: {seen.outcome}, {foreign(seen.rule)}" if seen is not None and not release.phase.is_ending else ""
    )
    return blocks.rendered(
        f"{release.id} · {called(release)}: {phase_in_words(release)}",
        blocks.section(f"{phase_emoji(release)} *{called(release)}* ({release.id}): {phase_in_words(release)}"),
        standing.solo(release),
        overridden(release),
        blocks.section(" ".join(part for part in (bar(release), exposure_in_words(release)) if part)),
        standing.go_no_go(release, now),
        standing.numbers(seen, release, NUMBERS_MAX),
        blocks.context(judged),
        blocks.section(standing.waiting_in_words(release, now, now) or standing.ending_in_words(release, now)),
        incident_lines(release, now),
        *(blocks.section(follow_up(release, one, now)) for one in release.caveats),
        blocks.section(_demos(release, now)),
        plan_line(release, plan),
        None if release.phase.is_ending else away_from(release, absences, now),
        blocks.context(_origin(release, now)),
        buttons.steering(release, now, with_status=False, plan=plan),
    )


def _demos(release: Release, now: float) -> str:
    return "\n".join(f":movie_camera: {demo_in_words(demo, now)}" for demo in release.demos)


def _origin(release: Release, now: float) -> str:
    commit = f"commit `{short(release.commit)}`" if release.commit else ""
    on_call = f"on call: {mentions(release.plan.on_call)}" if release.plan.on_call else ""
    staged = f"Staged by {who(release.staged_by)} {when(release.staged_at, now)}"
    return " · ".join(part for part in (staged, changes_in_words(release), commit, on_call) if part)


def help_text() -> Rendered:
    words = "A release goes on by itself as soon as what it waits for has come true; its card says what that is."
    hint = "An ID is short, such as `shop-7`; it may be left out while one release is moving. `/release help` is this."
    groups = (blocks.section(f"*{title}*\n{_lines(commands)}") for title, commands in _HELP)
    return blocks.rendered("What Songbird can be asked", blocks.section(words), *groups, blocks.context(hint))


def _lines(commands: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"`{command}`  {words}" for command, words in commands)


def refused(words: str) -> Rendered:
    """Why nothing happened."""
    lines = clean(words).strip().splitlines() or ["that was refused"]
    said = _MENTION.sub(r"<\1>", "\n".join(ours(line, blocks.SECTION_MAX) for line in lines))
    first, *_ = said.split(maxsplit=1)
    said = said[0].upper() + said[1:] if first.isalpha() else said
    return blocks.rendered(said, blocks.section(f":no_entry: {said}"))


def unknown(word: str, nearest: str) -> Rendered:
    """A word that is no command; `nearest` may be empty."""
    meant = f" Did you mean `/release {foreign(nearest, 40)}`?" if nearest else ""
    said = f"I do not know “{foreign(word, 60)}”.{meant} `/release help` lists what there is."
    return blocks.rendered(said, blocks.section(said))


_DONE = {
    "hold": "is held",
    "resume": "goes on",
    "promote": "is promoted",
    "rollback": "is going back; the traffic first",
    "cancel": "is being cancelled",
    "give-up": "waits for its traffic no longer, and has ended",
    "plan": "goes on by the plan as its file says now",
    "unblock": "is unblocked: its build may be staged again",
    "follow_up": "has one follow-up less",
}


def done(do: str, release: str) -> Rendered:
    """It was done; the thread tells everybody else."""
    said = f":white_check_mark: {release} {_DONE[do]}."
    return blocks.rendered(said, blocks.section(said))


def staged(release: str, channel: str) -> Rendered:
    """`channel` is where its card appears."""
    said = f":white_check_mark: {release} has begun; its card is in {foreign(channel, 80)}."
    return blocks.rendered(said, blocks.section(said))


def under_way() -> Rendered:
    """Shown while a commit takes its time; what comes of it replaces it."""
    said = ":hourglass_flowing_sand: Songbird is writing it down. This page says in a moment what came of it."
    return blocks.rendered(said, blocks.section(said))


def of_no_release() -> Rendered:
    said = (
        "That message belongs to no release. Take the shortcut on a release's card, or on a message of its thread; "
        "or type `/release status ID`."
    )
    return blocks.rendered(said, blocks.section(said), blocks.context("`/release` lists those there are."))


def accepted(release: Release, metric: str) -> Rendered:
    """Whose word counts: whoever asks again hears who was first."""
    word = release.acceptance(metric)
    by = f" by {who(word.actor)}: {foreign(word.reason)}" if word is not None else ""
    said = f":white_check_mark: {foreign(metric, 60)} of {release.id} is accepted{by}"
    return blocks.rendered(said, blocks.section(said))


def answer(release: Release, question: str, text: str) -> Rendered:
    """What the journal and the samples say to a question; `text` is modest Markdown that nobody has escaped."""
    asked = flat(question, QUESTION_MAX)
    title = f"*{called(release)}* ({release.id})"
    head = blocks.section(title) if not asked else blocks.section(f"{title}: {foreign(asked, QUESTION_MAX)}")
    return blocks.rendered(_heard(text) or title, head, *prose(text))


def daily(text: str) -> Rendered:
    if not foreign(text):
        return blocks.rendered(_QUIET, blocks.section(_QUIET))
    return blocks.rendered(_heard(text), *prose(text))


def _heard(text: str) -> str:
    """A text's beginning as a notification says it: mrkdwn."""
    return ours(_MARKS.sub("", text), 400)


_MARKS = re.compile(r"^(?:#+|-) |\*\*", re.MULTILINE)
"""What Markdown means and nobody wants to hear in a notification."""

_QUIET = "There is nothing to tell of this day."


def recorded(release: Release, severity: Severity) -> Rendered:
    said = f":white_check_mark: A {severity} finding about {release.id} is recorded."
    return blocks.rendered(said, blocks.section(said))


_SURE = {
    "promote": "skips what is left of this step's waiting; nothing that fails is skipped.",
    "cancel": "ends it; what was deployed of it is taken away.",
    "give-up": "ends it though its traffic was not seen back: move that by hand first.",
    "rollback": "takes all of its traffic back, at once.",
}


def ask_confirm(release: Release, do: str, entry: int, reason: str) -> Rendered:
    """Asks once more before `do` is done; the button carries all that it needs."""
    name = f"{called(release)} ({release.id})"
    verb = {"rollback": "Roll back", "give-up": "Give up the way back of"}.get(do, do.capitalize())
    said = f"{verb} {name}? It {_SURE[do]} It is now: {phase_in_words(release)}."
    carried = cut_plain(" ".join(clean(reason).split()), CONFIRMED_REASON_MAX)  # as it was written: it comes back
    value = {"do": do, "release": release.id, "entry": entry, "reason": carried}
    danger = None if do == "promote" else "danger"
    made = blocks.button("confirm", f"{verb} {release.id}", value, style="danger" if danger else "primary")
    quoted = blocks.quote(flat(reason, CONFIRMED_REASON_MAX))
    return blocks.rendered(said, blocks.section(said), quoted, blocks.actions(f"{release.id}/{entry}/confirm", (made,)))
