"""What a person can do now: the command for it, what comes after the end, and how a build gets in again.

The one thing to remember: a command is told with the release's own name and does nothing by being told.
"""

from bot.core import events as e
from bot.core.model import Phase
from bot.texts.answers.case import Case, Found, Line
from bot.texts.answers.reasons import ended, healthy, here
from bot.texts.plain import COMMIT_LENGTH

HOW: dict[str, str] = {
    "back": "`/release rollback {id} REASON` takes all traffic back, at once",
    "unblock": "`/release unblock {id} REASON` lets a build that went back be staged again",
    "resume": "`/release resume {id}` lets it go on",
    "held": "`/release hold {id} REASON` promotes it no further; looking and rolling back go on",
    "promote": "`/release promote {id} REASON` skips what is left of this step's waiting, and no gate that fails",
    "override": "`/release override {id} REASON` asks to go past a lock, a freeze or a gate that waits; "
    "a second person has to agree",
    "accept": "`/release accept {id} METRIC REASON` says that an anomaly is known and all right",
    "cancel": "`/release cancel {id} REASON` ends it while it has no traffic of users",
    "approve": "Whoever is asked to approve does so on its card, in its channel",
}
"""What people want to do, by the meaning of their words, and how."""

_WHILE_IT_MOVES = frozenset(HOW) - {"unblock"}


def how(case: Case) -> Found:
    """The command, where it can be given."""
    wanted = next(meaning for meaning in HOW if case.asked.means(meaning))
    if wanted in _WHILE_IT_MOVES and not case.is_moving:
        return over(case)
    return (Line(f"{HOW[wanted].format(id=case.release.id)}.", case.newest),)


def over(case: Case) -> Found:
    """Nothing moves any more: how it ended, and what it takes to try again."""
    if case.release.phase is Phase.HEALTHY:
        return healthy(case)
    if case.release.phase is Phase.ROLLING_BACK:
        return here(case)
    still = Line("Nothing comes next: nothing of it moves any more.", case.newest)
    diagnosis = case.diagnosis
    if diagnosis is None:
        found = ended(case)
        return (still, *(found if isinstance(found, tuple) else ()), *_entrance(case))
    versions = diagnosis.trouble.versions
    entrance = () if "/release unblock" in diagnosis.next_step else _entrance(case)
    return (still, Line(diagnosis.what, versions), *entrance, Line(f"To do: {diagnosis.next_step}", versions))


def again(case: Case) -> Found:
    """When this build may be staged again: its block is in the way, or nothing is."""
    release = case.release
    if not release.phase.is_ending:
        return (Line(f"{case.name} has not ended; it is {release.phase.replace('_', ' ')}.", case.newest),)
    return _entrance(case)


def _entrance(case: Case) -> tuple[Line, ...]:
    release, blocked = case.release, case.past.last(e.BuildBlocked)
    same = f"`/stage {release.service} {release.name or release.ref}`"
    if release.blocks_build and blocked is not None:
        build, at = blocked.event.commit[:COMMIT_LENGTH], case.past.time(blocked.at)
        first = f"`/release unblock {release.id} REASON` first, then {same}"
        return (case.said(f"Build {build} is blocked since {at}. To stage it again: {first}.", blocked),)
    return (Line(f"Nothing blocks its build: {same} stages it again.", case.newest),)
