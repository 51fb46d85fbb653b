"""A release that never was: a plan in virtual time, on the real core and the real judge, to see what the bot would do.

`faults` reads what is to go wrong, `usual` what everything looks like while nothing does, `telemetry` draws the samples
of a look from both, `course` plays the release through its stages, `found` says what became of each fault, `runs` does
that many times, and `told` puts it into words. The one thing to remember: nothing here decides anything. Every move is
`decide`'s, every verdict the judge's, every message a view's; supposed is only the world around, and that is printed.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from bot.core.plan import Plan
from bot.rehearsal.course import Course
from bot.rehearsal.faults import parse
from bot.rehearsal.found import found, needed
from bot.rehearsal.runs import Result, result, tally
from bot.rehearsal.told import Often, Once
from bot.rehearsal.usual import usual

__all__ = ["Often", "Once", "Rehearsal"]


Every = Callable[[Callable[[int], Result], Iterable[int]], Iterable[Result]]


class Rehearsal:
    """One plan, what is to go wrong with it, and what is supposed. Raises Misconfigured for words it does not know.

    `begins` is when, in seconds since the epoch; `offset_seconds` how far the clock of whoever asks is east of UTC.
    """

    def __init__(
        self,
        plan: Plan,
        faults: Iterable[str] = (),
        traffic: Iterable[str] = (),
        baseline: Iterable[str] = (),
        begins: float = 0.0,
        offset_seconds: int = 0,
    ) -> None:
        self._plan = plan
        self._usual = usual(plan, traffic, baseline)
        self._faults = tuple(parse(words, plan) for words in faults)
        self._begins = begins
        self._offset_seconds = offset_seconds

    def course(self, seed: int = 1, *, speaks: bool = True) -> Course:
        """Not yet played."""
        return Course(self._plan, self._usual, self._faults, seed, self._begins, self._offset_seconds, speaks)

    def once(self, seed: int = 1) -> Once:
        """One course, and what became of its faults; of what was missed for want of traffic, how much it would take."""
        course = self.course(seed).play()
        faults = [
            replace(one, needed_per_minute=needed(course, number)) if one.is_missed_for_want_of_data else one
            for number, one in enumerate(found(course))
        ]
        return Once(course, tuple(faults))

    def often(self, count: int, seed: int = 1, every: Every = map) -> Often:
        """The same with so many seeds, from this one on. `every` is `map`, or one that uses the other processors."""
        return Often(self.course(seed), tally(every(self.result, range(seed, seed + count)), seed))

    def result(self, seed: int) -> Result:
        return result(self.course(seed, speaks=False))
