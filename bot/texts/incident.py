"""An incident for somebody who was not in the channel: impact, timeline, what was done, what is left to decide.

The one thing to remember: impact is exposure times time, from the onset to the traffic read back; where the onset is
not known, it counts from the step's beginning, and says so.
"""

from dataclasses import dataclass

from bot.core import events as e
from bot.core.model import Release
from bot.core.quantities import duration_in_words, percent_in_words, seconds_in_words, time_in_words
from bot.texts import Material
from bot.texts.diagnosis import Diagnosis, diagnose
from bot.texts.markdown import line
from bot.texts.past import Past
from bot.texts.plain import COMMIT_LENGTH, listed, reference
from bot.texts.timeline import Passage, story

PASSAGES_MAX = 15
"""Of the timeline: its end, which is what the incident is about."""


@dataclass(frozen=True, slots=True)
class Incident:
    """`impact`, `done` and `decide` are lists of sentences, `timeline` of times with theirs."""

    diagnosis: Diagnosis
    day: str
    impact: tuple[str, ...]
    timeline: tuple[tuple[str, str], ...]
    done: tuple[str, ...]
    decide: tuple[str, ...]


def incident(material: Material) -> Incident | None:
    """None where nothing broke."""
    diagnosis = diagnose(material)
    if diagnosis is None:
        return None
    past = Past.of(material)
    return Incident(
        diagnosis=diagnosis,
        day=time_in_words(diagnosis.detected_at).split()[0],
        impact=(_exposed(diagnosis, past), *diagnosis.numbers),
        timeline=tuple((time_in_words(one.at, diagnosis.detected_at), one.words) for one in _timeline(past)),
        done=_done(material.release, past),
        decide=_decide(material.release, diagnosis),
    )


def _exposed(diagnosis: Diagnosis, past: Past) -> str:
    """`25 % of the traffic for 17.2 s`."""
    release, trouble = diagnosis.release, diagnosis.trouble
    if not trouble.exposure:
        return "No traffic was on it."
    if not release.stage.is_canary:
        return f"No users' traffic was on it: it ran on {release.environment or release.stage.name}."
    reached = [one for one in past.every(e.ExposureReached) if one.at <= trouble.at]
    restored = past.last(e.TrafficRestored)
    since = diagnosis.since if diagnosis.since is not None else reached[-1].at if reached else trouble.at
    until = restored.at if restored else past.now
    share = percent_in_words(trouble.exposure)
    known = "from the onset" if diagnosis.since is not None else "from the beginning of that step"
    still = " to the traffic read back" if restored else ", and the traffic is still there"
    return f"{share} of the traffic for {seconds_in_words(until - since)}, {known}{still}."


def _timeline(past: Past) -> tuple[Passage, ...]:
    return story(past)[-PASSAGES_MAX:]


def _done(release: Release, past: Past) -> tuple[str, ...]:
    back = release.rollback
    if back is None:
        return (f"Nothing yet: it is {release.phase.replace('_', ' ')}" + (", and held." if release.held else "."),)
    before = line(release.previous_name) or (release.previous or "")[:COMMIT_LENGTH]
    old = f" to {before}" if before else ""
    is_back = back.seconds is not None and back.exposure and release.stage.is_canary
    returned = f"Its traffic went back{old} within {seconds_in_words(back.seconds or 0.0)} of the decision."
    said = [
        returned if is_back else "",
        f"It could not be taken away: {line(back.undo_failure or '')}" if back.undo_failure else "",
        "It was taken away." if back.undone_at is not None and not back.undo_failure else "",
        "Its build is blocked." if release.blocks_build else "",
    ]
    unblocked = past.last(e.BuildUnblocked)
    if unblocked:
        said.append(f"{past.who(unblocked.actor)} unblocked its build: {line(unblocked.event.reason, 160)}")
    return tuple(line for line in said if line) or ("Its traffic is on the way back.",)


def _decide(release: Release, diagnosis: Diagnosis) -> tuple[str, ...]:
    first = diagnosis.prime_suspects or diagnosis.fitting[:1]
    whose = listed([f"{reference(one.change)} ({line(one.change.author, 60)})" for one in first])
    broke = listed([one.name for one in diagnosis.broken if one.metric is not None])
    staged = [stage.environment for stage in release.plan.stages[:-1] if stage.environment]
    detection = diagnosis.detection_seconds
    asked = [
        f"Mend or leave out what is behind it, {whose} first?" if whose else "",
        f"Could {broke} be seen on {staged[0]} before? If so, which criterion has to be tightened there?"
        if broke and staged and diagnosis.release.stage.is_canary
        else "",
        f"Is {duration_in_words(detection)} of detection short enough for {broke}?" if broke and detection else "",
        "When may its build come back?" if release.blocks_build else "",
        "Are caveats or accepted anomalies part of it?" if release.caveats or release.acceptances else "",
    ]
    return tuple(line for line in asked if line) or ("Who looks into the cause, and by when?",)
