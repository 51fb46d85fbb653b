"""A simulated release as the bot sees it: looks of samples, judged by the fold that the bot uses.

The detectors of the table get pairs, which is quicker; here every look goes through `judge.observe`, with its windows,
findings and rules. The one thing to remember: a look's samples began when the look before it was taken, so the first
look of a step counts for it.
"""

from collections.abc import Iterator, Sequence

from benchmarks.telemetry.noise import World
from benchmarks.telemetry.releases import Look, Release
from bot.analysis.judge import Boundary, JudgeState, Question, begin, enter, observe
from bot.analysis.series import Cohort, LookSamples, Sample
from bot.analysis.shapes import Shown
from bot.core.metric import Metric
from bot.core.plan import FULL, Timing
from bot.core.verdict import Outcome

WATCH_ABOVE = 50.0
"""Percent: with more of the traffic on the new version it is the watch, with a holdback."""


def judged(metrics: Sequence[Metric], world: World, release: Release) -> Iterator[JudgeState]:
    """The judge's state after each look, until it fails the release."""
    seconds = world.look_seconds
    timing = Timing.model_validate({"look": f"{seconds:g}s", "stale": f"{4 * seconds:g}s"})
    state = begin(Question(tuple(metrics), timing, "control", watch_time=world.looks * seconds))
    starts = dict(release.starts)
    for number, look in enumerate(release):
        if (exposure := starts.get(number)) is not None:
            watching = WATCH_ABOVE < exposure < FULL
            state = enter(state, Boundary(number, number * seconds, exposure, watch=watching))
        state = observe(state, samples(look, (number + 1) * seconds, seconds))
        yield state
        if state.judged.outcome is Outcome.FAIL:
            return


def samples(look: Look, at: float, seconds: float) -> LookSamples:
    """One look at `at`, which the look before it preceded by so many seconds; each cohort as one process."""
    sides: tuple[Cohort, ...] = ("canary", "control")
    read: list[Sample] = []
    for name, pair in look.items():
        shown: tuple[Shown, ...] = (pair.canary, pair.reference)
        read += [Sample(at, name, side, side, at - seconds, one) for side, one in zip(sides, shown, strict=True)]
    return LookSamples(at, tuple(read))
