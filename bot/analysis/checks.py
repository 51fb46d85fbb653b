"""What the runs of a check mean for a step: it passes, is waited for, is a no-go, or has failed.

No evidence is gathered: a check says yes or no by itself, and its plan says how often it may say no. The one thing to
remember: only a run that began in the step counts for it, and no run, one that says nothing and one that is too old are
no data, which waits, and never a pass or a failure.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.analysis.findings import Judgement
from bot.core.checks import Check, Result, seconds_of_a_round
from bot.core.quantities import duration_in_words
from bot.core.verdict import CHECK, Finding, Outcome

FAILS = "a check fails"
FAILED = "a check has failed for good"
OBSERVED = "observed"
"""The criterion of what is told, and waited for by nobody."""
UNTRIED = "not failing, a check has no result yet"


@dataclass(frozen=True, slots=True)
class Ran:
    """What one check has come to in this step."""

    last: Result
    failures: int = 0
    """In a row. A run that says nothing neither adds to them nor ends them."""
    failing_since: float | None = None
    passed_at: float | None = None
    """When it passed for the first time."""

    def then(self, result: Result) -> "Ran":
        match result.passed:
            case None:
                return replace(self, last=result)
            case True:
                return Ran(result, passed_at=self.passed_at or result.ended_at)
            case False:
                since = self.failing_since or result.ended_at
                return replace(self, last=result, failures=self.failures + 1, failing_since=since)


def gathered(ran: Mapping[str, Ran], results: Iterable[Result], since: float) -> Mapping[str, Ran]:
    """With the runs that began since then; one that comes twice changes nothing."""
    found = dict(ran)
    for result in sorted(results, key=lambda one: one.began_at):
        before = found.get(result.check)
        if result.began_at >= since and (before is None or result.began_at > before.last.began_at):
            found[result.check] = (before or Ran(result)).then(result)
    return found


def judged(
    name: str, check: Check, ran: Ran | None, began_at: float, now: float, turn_seconds: float = 0.0
) -> Judgement:
    """`began_at`: when the step's traffic was seen. `turn_seconds`: what it may wait for its turn beside others."""
    gates = check.priority != "medium"
    if ran is None:
        return Judgement(_finding(name, check, Outcome.INCONCLUSIVE, "no result yet"), gates=gates)
    if check.once and ran.passed_at is not None:
        said = ran.last.words if ran.last.passed else "it has passed before, and once is enough"
        return Judgement(_finding(name, check, Outcome.PASS, said), gates=gates)
    age = now - ran.last.ended_at
    if age > check.result_age_max + turn_seconds:
        said = f"the last result is {duration_in_words(age)} old"
        return Judgement(_finding(name, check, Outcome.INCONCLUSIVE, said), gates=gates, pauses=_unknown(name))
    if ran.last.passed is None:
        return Judgement(
            _finding(name, check, Outcome.INCONCLUSIVE, ran.last.words), gates=gates, pauses=_unknown(name)
        )
    if ran.last.passed:
        return Judgement(_finding(name, check, Outcome.PASS, ran.last.words), gates=gates)
    return _failing(name, check, ran, began_at, now)


def _failing(name: str, check: Check, ran: Ran, began_at: float, now: float) -> Judgement:
    gates, said, since = check.priority != "medium", ran.last.words, ran.failing_since
    if check.fails_after is not None and check.fails_after > 1:
        said = f"{said}; {_in_a_row(ran.failures, check.fails_after)}"
    is_starting = check.within is not None and ran.passed_at is None
    is_over = check.within is not None and now >= began_at + check.within
    if is_starting and not is_over:
        finding = _finding(name, check, Outcome.INCONCLUSIVE, said, since=since)
        return Judgement(finding, gates=gates, pauses=f"check {name} has not passed yet")
    if is_starting and check.within is not None:
        said = f"{said}; it should have passed within {duration_in_words(check.within)}"
    too_often = check.fails_after is not None and ran.failures >= check.fails_after
    if gates and (is_starting or too_often):
        return Judgement(_finding(name, check, Outcome.FAIL, said, since=since), gates=True)
    finding = _finding(name, check, Outcome.INCONCLUSIVE, said, since=since, flag=True)
    return Judgement(finding, gates=gates, pauses=FAILS, resets=gates)


def tried(
    checks: Mapping[str, Check], ran: Mapping[str, Ran], exposure: float, began_at: float, now: float, *, watch: bool
) -> Iterator[Judgement]:
    """Every check that concerns this step."""
    here = {name: check for name, check in checks.items() if check.concerns(exposure, watch=watch)}
    turn = seconds_of_a_round(here.values())
    for name, check in here.items():
        yield judged(name, check, ran.get(name), began_at, now, turn if check.command else 0.0)


def _unknown(name: str) -> str:
    return f"check {name} has no result"


def _in_a_row(failures: int, most: int) -> str:
    return f"{failures} of {most} times in a row" if failures < most else f"{failures} times in a row"


def _finding(
    name: str, check: Check, outcome: Outcome, said: str, *, since: float | None = None, flag: bool = False
) -> Finding:
    criterion = CHECK if check.priority != "medium" else OBSERVED
    return Finding(name, check.kind, criterion, outcome, f"{name}: {said}", flag=flag, since=since)
