"""What a file cannot mean although each of its values is one: the rules that a plan in a journal need not keep.

The one thing to remember: a rule in `bot.core` holds for every plan that was ever written, and a release goes by
the plan that it has for ever. A rule that is newer than somebody's plan belongs here, where only files are read.
"""

from bot.plans import bounds, braces, empty, environments, left_open, series, units
from bot.plans.written import Problem, Written


def amiss(written: Written) -> list[Problem]:
    """Errors, and notes where it may be meant."""
    subjects = (series, units, bounds, braces, environments, empty, left_open)
    return [problem for subject in subjects for problem in subject.problems(written)]
