"""Incidents that a release caused, as people say afterwards: recorded on it, and taken back. For the table in `decide`.

One incident counts once: by its key elsewhere where it has one, over all releases of a service, else by its words. The
one thing to remember: statistics decide. What is recorded here moves, holds and takes back nothing; it is told and
counted.
"""

import re

from bot.core import commands as c
from bot.core import events as e
from bot.core import policy
from bot.core.actors import Actor
from bot.core.asked import Asked, said
from bot.core.errors import Refused
from bot.core.events import Event
from bot.core.model import Release
from bot.core.quantities import time_in_words
from bot.core.voices import Incident

KEY_MAX = 80
"""Characters of an incident's key: a pager's are ten, a post-mortem's address is longer."""

_KEY = re.compile(r"key=(\S+)", re.IGNORECASE)
_NUMBER = re.compile(r"(?:number=|#)([0-9]{1,9})", re.IGNORECASE)
_EITHER = re.compile(r"[0-9]{1,9}")

BEGAN_SLACK_SECONDS = 60.0
"""People and pagers give the minute."""


def recorded(asked: Asked, command: c.RecordIncident) -> tuple[Event, ...]:
    """Nothing where it is known already, also where it was taken back: an import that is repeated changes nothing.

    One that was known by its words alone has a key from now on, where this is the first to bring one.
    """
    release = asked.release
    policy.must_be_near(release, asked.actor, "record an incident of")
    text, key = said(command.text, "an incident"), checked_key(command.key)
    found = known(release, key, text)
    if found is not None and (found.key or not key):
        return ()
    if asked.around.caused_by is not None:
        other = asked.around.caused_by
        raise Refused(
            f"{key} stands on {other} already, and an incident counts once. If it was {release.id}: "
            f"/release incident {other} withdraw key={key} reason, then record it here"
        )
    if found is not None:
        return (e.IncidentKeyed(found.number, key),)
    met_users_at = must_have_met_users(release)
    if command.began_at is not None:
        _must_have_begun_in_between(command.began_at, met_users_at, asked)
    return (e.IncidentRecorded(len(release.every_incident) + 1, text, key, command.began_at),)


def withdrawn(asked: Asked, command: c.WithdrawIncident) -> tuple[Event, ...]:
    """By whoever recorded it, or an operator."""
    release, actor = asked.release, asked.actor
    incident = meant(release, command.number, command.key)
    by = incident.actor
    if not policy.operates(release.plan, actor) and (by.id, by.door) != (actor.id, actor.door):
        who = f"{by.name or by.id}, who recorded it, and operators"
        raise Refused(f"only {who} may take back incident {incident.number}: {policy.people(release.plan.operators)}")
    if incident.withdrawn is not None:
        raise Refused(f"{_name(incident.withdrawn.actor)} has taken back incident {incident.number} already")
    return (e.IncidentWithdrawn(incident.number, said(command.reason, "taking an incident back")),)


def known(release: Release, key: str, text: str) -> Incident | None:
    """The same incident, if the release has it: by its key, also where it was taken back, or by its words."""
    key = key.strip().casefold()
    by_key = (one for one in release.every_incident if key and one.key.casefold() == key)
    by_words = (one for one in release.incidents if not (key and one.key) and _words(one.text) == _words(text))
    return next(by_key, None) or next(by_words, None)


def checked_key(key: str) -> str:
    """Raises Refused where it is none."""
    key = key.strip()
    if len(key) > KEY_MAX or not key.isprintable() or " " in key:
        raise Refused(f"an incident's key is one word of at most {KEY_MAX} characters, such as INC-42")
    return key


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()


def must_have_met_users(release: Release) -> float:
    """Since when. Raises Refused."""
    if release.met_users_at is None:
        raise Refused(
            f"{release.id} has reached no users, so it has caused them no incident. What was found before is a "
            f"finding: /release finding {release.id} SEVERITY text"
        )
    return release.met_users_at


def _must_have_begun_in_between(began_at: float, met_users_at: float, asked: Asked) -> None:
    if began_at > asked.now + BEGAN_SLACK_SECONDS:
        raise Refused(f"{time_in_words(began_at)} is still to come: say when it began")
    if began_at < met_users_at - BEGAN_SLACK_SECONDS:
        raise Refused(
            f"{asked.release.id} came to users at {time_in_words(met_users_at)}: what began before, at "
            f"{time_in_words(began_at)}, it has not caused"
        )


def which(word: str) -> tuple[int, str]:
    """A number and a key, of what somebody typed: `key=4` and `number=4` are one of them, `4` may be either."""
    word = word.strip()
    if key := named_key(word):
        return 0, key
    if number := _NUMBER.fullmatch(word):
        return int(number[1]), ""
    return (int(word) if _EITHER.fullmatch(word) else 0), word


def named_key(word: str) -> str:
    """The key of `key=INC-42`; empty where it is another word."""
    found = _KEY.fullmatch(word)
    return found[1] if found else ""


def meant(release: Release, number: int, key: str) -> Incident:
    """By its key where one has it, else by its number. Raises Refused, naming what there is, or how to say which."""
    key = key.strip()
    by_key = next((one for one in release.every_incident if key and one.key.casefold() == key.casefold()), None)
    by_number = next((one for one in release.every_incident if one.number == number), None)
    if by_key is not None and by_number is not None and by_key is not by_number:
        raise Refused(
            f"{key} is the key of incident {by_key.number} of {release.id}, and the number of another: "
            f"say key={key}, or number={number}"
        )
    found = by_key or by_number
    if found is None:
        there = ", ".join(f"{one.number}{f' ({one.key})' if one.key else ''}" for one in release.incidents) or "none"
        if not key and not number:
            raise Refused(f"say which incident of {release.id}, by its number or its key; it has: {there}")
        raise Refused(f"{release.id} has no incident {key[:KEY_MAX] or number}; it has: {there}")
    return found


def _name(actor: Actor) -> str:
    return actor.name or actor.id
