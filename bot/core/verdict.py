"""What the judge says, as the release machine hears it.

`pass`, `fail`, `inconclusive` and `error` are four things; no answer is never a yes. The one thing to remember: the
*pace* is what the step's clock does (run, pause, reset), and only the judge knows enough to say it; the machine only
obeys.
"""

from dataclasses import dataclass
from enum import StrEnum

CHECK = "check"
"""The criterion of what a check found: it is no metric's."""


class Outcome(StrEnum):
    """pass: shown to be fine · fail: shown to be worse · inconclusive: not enough yet · error: could not look."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"


class Pace(StrEnum):
    """How "held for" goes on: it runs while nothing fails on enough data, pauses on doubt, starts anew on an alert."""

    RUN = "run"
    PAUSE = "pause"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion of one metric: what was seen on each side, what was allowed.

    `value` and `reference` are in the metric's base unit over the window; `reference` is the limit's bound for a
    limit, the control's (or the baseline's) value for a tolerance. `events` is the denominator on the new version.
    """

    metric: str
    kind: str
    criterion: str
    outcome: Outcome
    words: str
    value: float | None = None
    reference: float | None = None
    events: int = 0
    flag: bool = False
    """Worth a look although nothing fails: different from the baseline, still under its limit."""
    since: float | None = None
    """When this criterion was first seen broken, seconds since the epoch."""
    ratio: float | None = None
    """New version to reference, and its 95 % confidence sequence: valid at every look, not only at this one."""
    ratio_low: float | None = None
    ratio_high: float | None = None
    tolerated: float | None = None
    """The ratio that the plan allows."""
    evidence: float | None = None
    """Nats against it: the logarithm of its e-value. `evidence_needed` is what would convict it alone."""
    evidence_needed: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole step's verdict after one look."""

    outcome: Outcome
    pace: Pace
    rule: str
    """Which rule of the judge was used, for people: `not failing, with the minimum of data`."""
    findings: tuple[Finding, ...] = ()
    lacks_data: bool = False
    """Nothing speaks against it but that too little was seen."""

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes it a different verdict: what is said, acted on or flagged, not numbers that move at every look."""
        broken = tuple((f.metric, f.criterion) for f in self.failing)
        flagged = tuple((f.metric, f.criterion) for f in self.flagged)
        return (self.outcome, self.pace, self.rule, self.lacks_data, broken, flagged)

    @property
    def failing(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.outcome is Outcome.FAIL)

    @property
    def refusing(self) -> tuple[Finding, ...]:
        """Checks that fail, and have not failed for good: while they do, nothing is promoted."""
        return tuple(one for one in self.flagged if one.criterion == CHECK and one.outcome is not Outcome.FAIL)

    @property
    def flagged(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.flag)

    @property
    def is_no_go(self) -> bool:
        """Whether nobody may promote, although nothing fails: it is surely beyond a bound that only holds."""
        return self.outcome is Outcome.INCONCLUSIVE and self.pace is Pace.RESET

    @property
    def unseen(self) -> tuple[Finding, ...]:
        """What must still be seen before the step is left, while the time counts: a peak of load, a check that runs."""
        awaited = ("peak", CHECK)
        return tuple(one for one in self.findings if one.criterion in awaited and one.outcome is not Outcome.PASS)

    @property
    def standing_out(self) -> str:
        """What is flagged, in words, or else the rule."""
        return "; ".join(finding.words for finding in self.flagged) or self.rule

    @property
    def anomalies(self) -> tuple[str, ...]:
        """Metrics that are flagged and do not fail: what a person may accept. A check is nobody's to accept."""
        failed = {finding.metric for finding in self.failing}
        odd = (finding.metric for finding in self.flagged if finding.criterion != CHECK)
        return tuple(dict.fromkeys(name for name in odd if name not in failed))
