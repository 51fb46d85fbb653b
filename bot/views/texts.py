"""Written texts and pictures in the thread: a message that shows the best version so far, the walkthrough, the charts.

A text's message is edited in place as better versions come, until approvers were asked about it; what is written after
that has a message of its own. The one thing to remember: these are drawn from the release, not from one event, so that
the first post and every later edit are the same function.
"""

from collections.abc import Iterator

from bot.core import events as e
from bot.core.contents import TEMPLATE, Artefact, Picture, Severity, Shot
from bot.core.model import Release
from bot.core.rooms import has_its_message
from bot.core.shown import TEXTS, reviewed_before
from bot.texts.kinds import KINDS
from bot.texts.plain import listed
from bot.views import blocks, buttons
from bot.views.mrkdwn import flat, foreign, who
from bot.views.prose import prose
from bot.views.rendered import Block, Rendered
from bot.views.told import Told
from bot.views.words import called, headline

ALT_MAX = 2_000
CAPTION_MAX = 300
NARRATION_MAX = 800
SHOTS_MAX = 12
"""Pictures of a walkthrough in one message; with one before each and a caption they stay within Slack's 50 blocks."""

_SEVERITIES = {
    Severity.CRITICAL: ":red_circle:",
    Severity.MAJOR: ":large_orange_circle:",
    Severity.MINOR: ":white_circle:",
}


def title(kind: str) -> str:
    """`Release notes`; what is no kind of ours is shown as it is called. Plain text."""
    known = KINDS.get(kind.partition("/")[0])
    return known.title if known else flat(kind, 40)


def artefact_written(event: e.ArtefactWritten, told: Told) -> Rendered | None:
    """Nothing where it stands in the message of the version before it, or is a press away."""
    if not has_its_message(told.recorded, event, told.release):
        return None
    return text_message(told.release, told.recorded.version)


def text_message(release: Release, told: int) -> Rendered:
    """The newest version among those that are shown in the message of the `told`-th event."""
    shown = [one for versions in release.texts.values() for one in versions if one.told == told]
    assert shown, f"{release.id}: nothing was written in event {told}"
    return _text(release, shown[-1])


def _text(release: Release, text: Artefact) -> Rendered:
    again = f", version {text.version}" if text.version > 1 else ""
    sign = ":mag:" if text.kind == "diagnosis" else ":memo:"
    name = foreign(title(text.kind))
    first = f"{release.id}: {sign} {name}{again}: {headline(text.text)}"
    row = blocks.actions(f"{release.id}/{text.told}/texts", (buttons.texts(release),))
    return blocks.rendered(
        first,
        blocks.section(f"{sign} *{name}*{again}"),
        *prose(text.text),
        blocks.context(byline(text), _late(text), _unasked(release, text), _is_past(release, text)),
        row,
    )


def byline(text: Artefact) -> str:
    """mrkdwn: who or what wrote it, and what a model's words were held to."""
    if text.is_by_a_person:
        return f"Written by {who(text.actor)}"
    if text.author == TEMPLATE:
        return "Written from a template"
    held = f", every number checked against evidence `{foreign(text.evidence, 20)}`" if text.evidence else ""
    return f"Written by {foreign(text.author, 60)}{held}"


def _late(text: Artefact) -> str:
    return "It came after the question: what was asked about stands above." if text.is_late else ""


def _unasked(release: Release, text: Artefact) -> str:
    before = reviewed_before(release, text)
    return (
        f":warning: Written after the review: approvers were shown version {before.version}, and nobody was asked "
        f"about this one."
        if before is not None
        else ""
    )


def changed_after_review(release: Release) -> str:
    """Of what was published, what is not what approvers were shown, and who has changed it: mrkdwn, or empty."""
    found = [(text, reviewed_before(release, text)) for text in release.published.values() if text.kind in TEXTS]
    parts = [
        f"{foreign(title(text.kind)).lower()} by {who(text.actor)} (version {text.version}; approvers were shown "
        f"version {before.version})"
        for text, before in found
        if before is not None
    ]
    return f":warning: *Changed after the review, and nobody was asked*: {listed(parts)}." if parts else ""


def _is_past(release: Release, text: Artefact) -> str:
    newest = release.artefacts[text.kind]
    return f"Version {newest.version} stands below." if newest.told != text.told and text.kind != "diagnosis" else ""


# ── findings ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def finding_recorded(event: e.FindingRecorded, told: Told) -> Rendered:
    owner = f", to be looked after by {foreign(event.owner, 80)}" if event.owner else ""
    by = who(told.recorded.actor)
    words = f"{_SEVERITIES[event.severity]} Finding {event.number}, {event.severity}, from {by}{owner}."
    return told.say(words, blocks.quote(event.text), blocks.quote(event.disposition))


# ── the walkthrough ──────────────────────────────────────────────────────────────────────────────────────────────────


def tour_taken(event: e.TourTaken, told: Told) -> Rendered:
    """A numbered story. What has no picture is told in words."""
    release = told.release
    if not event.shots:
        note = foreign(event.note, 300).rstrip(".")
        return told.say(f":camera: There are no pictures of the walkthrough: {note}. The written one stands.")
    failed = sum(1 for shot in event.shots if shot.failed)
    count = f"{len(event.shots)} step{'' if len(event.shots) == 1 else 's'}"
    trouble = f", {failed} of them could not be carried out" if failed else ""
    where = release.plan.first_environment or "staging"
    words = f":camera: *A walk through {called(release)}* on {where}: {count}{trouble}."
    story = [block for shot in event.shots[:SHOTS_MAX] for block in _shot(shot)]
    return told.say(words, *story, blocks.context(foreign(event.note, 300)))


def _shot(shot: Shot) -> Iterator[Block | None]:
    caption = foreign(shot.caption, CAPTION_MAX)
    failed = f"\n:warning: {foreign(shot.failed, CAPTION_MAX)}" if shot.failed else ""
    yield blocks.section(f"*{shot.number}.* {caption}{failed}")
    if shot.before:
        yield blocks.image(shot.before, f"Before: {_alt(shot.alt, shot.caption)}", f"{shot.number}. Before")
    if shot.file:
        yield blocks.image(shot.file, _alt(shot.alt, shot.caption), f"{shot.number}. After" if shot.before else "")


def _alt(*texts: str) -> str:
    """The first that says something: what a picture shows, or else what is said about it."""
    return next(filter(None, (flat(text, ALT_MAX) for text in texts)), "A picture without a description")


# ── charts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def charts_drawn(_event: e.ChartsDrawn, told: Told) -> Rendered:
    return charts_message(told.release, told.recorded.version)


def charts_message(release: Release, told: int) -> Rendered:
    """The pictures that came with the `told`-th event, under what is said about the step that they show."""
    pictures = release.charts[told].pictures
    narration = _narration(release, release.charts[told].about)
    titles = "; ".join(flat(picture.title, 200) for picture in pictures)
    shown = [block for picture in pictures for block in _picture(picture)]
    measured = "What was measured, as a picture." if any(picture.file for picture in pictures) else "What was measured:"
    said = f":chart_with_upwards_trend: {narration or measured}"
    return blocks.rendered(f"{release.id}: {foreign(titles, 400)}", blocks.section(said), *shown)


def _narration(release: Release, about: int) -> str:
    """mrkdwn: the newest words about the step that was passed in that event."""
    written = release.artefacts.get(f"narration/{about}")
    return foreign(written.text, NARRATION_MAX) if written is not None else ""


def _picture(picture: Picture) -> Iterator[Block | None]:
    if picture.file:
        yield blocks.image(picture.file, _alt(picture.alt, picture.title))
    else:
        told = dict.fromkeys((picture.title, *picture.numbers))
        lines = [blocks.line(blocks.words(flat(line))) for line in told]
        yield blocks.rich(blocks.bullets(lines))
