"""What is in a release: its changes and who wrote them, one change of it, its concerns and caveats, its incidents.

The one thing to remember: titles and names are other people's words, flattened; nothing of the question is repeated
but a number.
"""

from collections.abc import Sequence

from bot.core import events as e
from bot.core.contents import Change
from bot.core.voices import Incident
from bot.texts.answers.case import Case, DontKnow, Found, Line, quoted
from bot.texts.changes import Notes
from bot.texts.markdown import line
from bot.texts.plain import COMMIT_LENGTH, listed, reference
from bot.texts.timeline import DECISIONS

CHANGES_SHOWN_MAX = 4
TITLE_MAX = 120
PATHS_SHOWN_MAX = 3
CONCERNS_SHOWN_MAX = 5

UNREAD = DontKnow("its changes have not been read")


def changes(case: Case) -> Found:
    """What changed since the last good version; or the changes that the question's words name."""
    prepared = case.past.last(e.ReleasePrepared)
    if case.release.commit is None:
        return UNREAD
    if case.asked.changes:
        return tuple(case.said(_told(change), prepared) for change in case.asked.changes[:CHANGES_SHOWN_MAX])
    every, since = case.release.changes, case.release.previous
    from_ = f" since {since[:COMMIT_LENGTH]}, the last good version" if since else ""
    authors = listed(Notes.of(every).authors)
    by = f", by {authors}" if authors else ""
    lines = [case.said(f"{len(every)} {'change' if len(every) == 1 else 'changes'}{from_}{by}.", prepared)]
    lines += [case.said(_told(change), prepared) for change in every[:CHANGES_SHOWN_MAX]]
    more = len(every) - CHANGES_SHOWN_MAX
    return tuple([*lines[:-1], case.said(f"{lines[-1].words} And {more} more.", prepared)] if more > 0 else lines)


def one_change(case: Case) -> Found:
    """What a pull request is; and whether it is in the release, where that is asked: no other question gets a yes."""
    number, prepared = case.asked.number, case.past.last(e.ReleasePrepared)
    is_whether = case.asked.means("inside") and not case.asked.means("why", "who", "when")
    if case.release.commit is None:
        return UNREAD
    for change in case.release.changes:
        if change.pull_request == number:
            files = ", ".join(line(path, 80) for path in change.paths[:PATHS_SHOWN_MAX])
            more = f" and {len(change.paths) - PATHS_SHOWN_MAX} more" if len(change.paths) > PATHS_SHOWN_MAX else ""
            touched = f" It touches {files}{more}." if files else ""
            told = f"{_told(change)}{touched}"
            return (case.said(f"Yes: {told}" if is_whether else told, prepared),)
    count = len(case.release.changes)
    no = "No: " if is_whether else ""
    return (case.said(f"{no}#{number} is not among the {count} changes of {case.name}.", prepared),)


def cares(case: Case) -> Found:
    """Migrations, configuration, dependencies: what deserves a second look."""
    prepared = case.past.last(e.ReleasePrepared)
    if case.release.commit is None:
        return UNREAD
    found = Notes.of(case.release.changes).cares
    if not found:
        return (case.said("None of its files is a migration, configuration or a list of dependencies.", prepared),)
    by = [f", by {listed(care.entry.authors)}" if case.asked.means("author", "who") else "" for care in found]
    return tuple(
        case.said(f"{care.sort}: {care.path} ({care.entry.reference}{whose}).", prepared)
        for care, whose in zip(found[:5], by, strict=False)
    )


def concerns(case: Case) -> Found:
    """What was raised, by whom, and what was decided."""
    raised = {one.event.number: one for one in case.past.every(e.ConcernRaised)}
    decided = {one.event.number: one for one in case.past.every(e.ConcernDecided)}
    if not case.release.concerns:
        return (Line(f"Nobody has raised a concern about {case.name}.", case.newest),)
    lines = []
    for concern in case.release.concerns[-CONCERNS_SHOWN_MAX:]:
        by, at = case.past.who(concern.actor), case.past.time(concern.at)
        outcome = "Not decided yet"
        if concern.decision is not None and concern.decided_by is not None:
            decided_by, decision = case.past.who(concern.decided_by), DECISIONS[concern.decision]
            outcome = f"{decided_by} decided to {decision}: {quoted(concern.words)}"
        said = f"Concern {concern.number}, {by} at {at}: {quoted(concern.text)}. {outcome}."
        lines.append(case.said(said, raised.get(concern.number), decided.get(concern.number)))
    return tuple(lines)


def incidents(case: Case) -> Found:
    """What it caused, as people say, and what they took back."""
    if not case.release.every_incident:
        return (Line(f"Nobody has recorded an incident that {case.name} caused.", case.newest),)
    return incident_lines(case, case.release.every_incident)


def incident_lines(case: Case, those: Sequence[Incident]) -> tuple[Line, ...]:
    """The last of them, a line each."""
    events = {one.event.number: one for one in case.past.every(e.IncidentRecorded)}
    gone = {one.event.number: one for one in case.past.every(e.IncidentWithdrawn)}
    lines = []
    for one in those[-CONCERNS_SHOWN_MAX:]:
        key = f" ({quoted(one.key)})" if one.key else ""
        said = f"Incident {one.number}{key}, recorded by {case.past.who(one.actor)} at {case.past.time(one.at)}"
        back = one.withdrawn
        taken = f" {case.past.who(back.actor)} took it back: {quoted(back.words)}." if back is not None else ""
        lines.append(case.said(f"{said}: {quoted(one.text)}.{taken}", events.get(one.number), gone.get(one.number)))
    return tuple(lines)


def _told(change: Change) -> str:
    return f"{reference(change)} {line(change.title, TITLE_MAX)} · {line(change.author, 60)}."
