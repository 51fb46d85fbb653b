"""The release card: one message a release, edited in place, read on a phone.

From top to bottom: what is released; where it is and how much traffic it has; the go/no-go rows; the numbers that
matter; what is waited for, since when, for whom; who and what is in it; buttons. The one thing to remember: edits are
rationed, so looks that mean the same draw the same card: time stands at its last mark, and numbers stand still.
"""

from bot.core.model import Phase, Release
from bot.core.plan import Plan
from bot.core.verdict import Verdict
from bot.texts.plain import called_flat
from bot.views import blocks, buttons, standing
from bot.views.incidents import incident_lines
from bot.views.mrkdwn import foreign, mentions, when, who
from bot.views.numbers import steady
from bot.views.overrides import overridden
from bot.views.plans import plan_line
from bot.views.rendered import Rendered
from bot.views.words import bar, called, changes_in_words, exposure_in_words, phase_emoji, phase_in_words

NOTE_MAX = 200
CAVEATS_MAX = 3
READINGS_MAX = 3
"""More numbers than that are read by nobody on a card; `/release status` shows all."""


def card(release: Release, verdict: Verdict | None, now: float, plan: Plan | None = None) -> Rendered:
    """`verdict` is the latest look's in this entry, if there was one: its numbers may be newer than the journal's.

    `plan` is what the file of the service says now.
    """
    at, entry = standing.last_mark(release, now), release.entry
    posted_at = release.staged_at
    text = f"{release.id} · {called(release)}: {phase_in_words(release)}"
    return blocks.rendered(
        text,
        blocks.header(f"{called_flat(release)} · {release.id}"),
        standing.solo(release),
        overridden(release),
        blocks.section(_where(release)),
        standing.go_no_go(release, at),
        standing.numbers(steady(verdict, entry.verdict if entry else None), release, READINGS_MAX),
        blocks.section(
            standing.waiting_in_words(release, at, posted_at) or standing.ending_in_words(release, posted_at)
        ),
        incident_lines(release, posted_at),
        plan_line(release, plan),
        blocks.context(_origin(release)),
        buttons.steering(release, at, plan=plan),
    )


def _where(release: Release) -> str:
    lines = [f"{phase_emoji(release)} *{phase_in_words(release)}*"]
    if release.held is not None and release.phase is not Phase.ROLLING_BACK:
        lines.append(f"> {who(release.held.actor)}: {foreign(standing.held_for(release), standing.REASON_MAX)}")
    if traffic := exposure_in_words(release):
        lines.append(f"{bar(release)}  {traffic}")
    if release.rollback is not None and release.phase is Phase.ROLLING_BACK and release.rollback.cause != "verdict":
        lines.append(f"> {foreign(release.rollback.reason, standing.REASON_MAX)}")
    return "\n".join(lines)


def _origin(release: Release) -> str:
    parts = [
        f"Staged by {who(release.staged_by)} {when(release.staged_at, release.staged_at)}",
        changes_in_words(release),
    ]
    if release.note:
        parts.append(foreign(release.note, NOTE_MAX))
    parts += [f"caveat: {foreign(concern.words, NOTE_MAX)}" for concern in release.caveats[:CAVEATS_MAX]]
    if len(release.caveats) > CAVEATS_MAX:
        parts.append(f"and {len(release.caveats) - CAVEATS_MAX} more caveats")
    parts += [f"live demo asked for by {who(demo.actor)}" for demo in release.demos if demo.given is None]
    if release.plan.on_call and not release.phase.is_ending:
        parts.append(f"on call: {mentions(release.plan.on_call)}")
    return " · ".join(part for part in parts if part)
