"""What a file cannot mean although each of its values is one: the rules that a plan in a journal need not keep.

The one thing to remember: a rule in `bot.core` holds for every plan that was ever written, and a release goes by
the plan that it has for ever. A rule that is newer than somebody's plan belongs here, where only files are read.
"""

from itertools import chain

from bot.plans import bounds, units
from bot.plans.written import Problem, Written


def amiss(written: Written) -> list[Problem]:
    """Errors, and notes where it may be meant."""
    return list(chain(units.problems(written), bounds.problems(written)))
