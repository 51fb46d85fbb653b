"""Checkpoints of a soak or of the watch: at a few times of the day, what has changed since the last one.

The first says every number, so that there is something to compare with; the others say what moved, with what it was.
The one thing to remember: a quiet one is one line in the thread and none in engineering, for whom no news is none.
"""

from bot.core import events as e
from bot.core.model import Checkpoint, Entry, Phase, Release
from bot.core.plan import HealthGate
from bot.core.quantities import duration_in_words
from bot.core.rooms import Room
from bot.core.verdict import Outcome
from bot.views import blocks
from bot.views.mrkdwn import foreign, when
from bot.views.numbers import Reading, has_moved, limit_in_words, readings, value_in_words
from bot.views.rendered import Rendered
from bot.views.told import Told
from bot.views.words import called, in_step_seconds

LINES_MAX = 15


def checkpoint_taken(event: e.CheckpointTaken, told: Told) -> Rendered | None:
    release = told.release
    assert release.entry is not None, f"{release.id} is watched in no entry"
    before = told.before.entry.checkpoint if told.before is not None and told.before.entry is not None else None
    lines, rest = _first(release, event) if before is None else _since(before, release, event)
    if not lines and told.room is Room.ENGINEERING:
        return None
    head = f":clipboard: {called(release)}, {_so_far(release, release.entry, told.at)}"
    if before is None:
        return told.say(f"{head}. {rest}", blocks.section(_cut(lines)))
    last = when(before.due_at, told.at)
    if not lines:
        return told.say(f"{head}. Nothing has changed since {last}: {rest}.")
    return told.say(
        f"{head}. Changed since {last}:",
        blocks.section(_cut(lines)),
        blocks.context(rest and f"{rest[0].upper()}{rest[1:]}."),
    )


def _so_far(release: Release, entry: Entry, at: float) -> str:
    """Of a soak what has counted of its time; the watch runs through."""
    if release.phase is Phase.WATCHING:
        whole = duration_in_words(release.plan.watch.time)
        return f"{duration_in_words(in_step_seconds(entry, at))} of {whole} watched"
    wanted = max((gate.held for gate in release.gates if isinstance(gate, HealthGate)), default=0.0)
    held = f"held {duration_in_words(entry.stopwatch.read(at))} of {duration_in_words(wanted)}"
    return f"{held} in {foreign(release.stage.name)}"


def _first(release: Release, event: e.CheckpointTaken) -> tuple[list[str], str]:
    read = {reading.name: reading for reading in readings(event.verdict, release)}
    lines = [reading.line for reading in read.values()]
    unread = [metric for metric in release.plan.metrics if metric.name not in read]
    lines += [f"*{metric.name}* not read yet · {limit_in_words(metric)}".rstrip(" ·") for metric in unread]
    return lines, "The numbers now:"


def _since(before: Checkpoint, release: Release, event: e.CheckpointTaken) -> tuple[list[str], str]:
    """What has moved, worst first, and how all the rest stands."""
    then = {reading.name: reading for reading in readings(before.verdict, release)}
    now = readings(event.verdict, release)
    if not now:
        why = foreign(event.verdict.rule) if event.verdict is not None else "nothing was looked at"
        return [f":warning: No number can be read: {why}"], ""
    moved = [reading for reading in now if reading.name not in then or has_moved(reading, then[reading.name])]
    gone = [reading for name, reading in then.items() if name not in {one.name for one in now}]
    lines = [_moved(reading, then.get(reading.name)) for reading in moved]
    lines += [f":warning: {reading.title} is no longer read" for reading in gone]
    return lines, _rest([reading for reading in now if reading not in moved], is_all=not lines)


def _moved(reading: Reading, then: Reading | None) -> str:
    was = value_in_words(then) if then is not None else ""
    return f"{reading.line} · was {was}" if was else reading.line


def _rest(still: list[Reading], *, is_all: bool) -> str:
    """`4 of 5 metrics are fine`: what has not changed is not kept quiet where it is not well."""
    if not still:
        return ""
    fine = sum(1 for one in still if one.outcome is Outcome.PASS and not one.is_anomaly)
    other = "" if is_all else "other "
    if fine == len(still):
        return f"all {len(still)} {other}metrics are fine" if fine > 1 else f"the one {other}metric is fine"
    odd = ", ".join(reading.title or reading.name for reading in still if reading.outcome is not Outcome.PASS)
    return f"{fine} of {len(still)} {other}metrics are fine" + (f"; not {odd}" if odd else "")


def _cut(lines: list[str]) -> str:
    more = len(lines) - LINES_MAX
    return "\n".join([*lines[:LINES_MAX], f"and {more} more"] if more > 0 else lines)
