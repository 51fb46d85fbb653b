"""What was measured, as people read it: one reading a metric, worst first, value beside reference beside limit.

A judge finds several things about one metric (its limit, its tolerance); a person looks at one line. The one thing to
remember: cards are edited when they look different, and edits are rationed, so a card shows `steady` numbers: those
that were journalled with the verdict, for as long as the present ones are near them.
"""

import math
from dataclasses import dataclass, replace

from bot.core.metric import Metric
from bot.core.model import Release
from bot.core.plan import Plan
from bot.core.quantities import quantity_in_words
from bot.core.verdict import CHECK, Finding, Outcome, Verdict
from bot.core.voices import Acceptance
from bot.views.mrkdwn import foreign, glued, who

NEAR = 0.2
"""A fifth: less is not worth an edit of the card. When it means something, the verdict changes, and that is shown."""

NEAR_REFERENCE = 0.02
"""Of the reference: so that noise around zero, which is far from itself in proportion, is near as well."""

_ROUND = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
"""The only leading digits of a number that has moved on."""

_WORST_FIRST = (Outcome.FAIL, Outcome.ERROR, Outcome.INCONCLUSIVE, Outcome.PASS)
_EMOJI = {
    Outcome.FAIL: ":no_entry:",
    Outcome.ERROR: ":warning:",
    Outcome.INCONCLUSIVE: ":hourglass_flowing_sand:",
    Outcome.PASS: ":white_check_mark:",
}
_SAID = {
    Outcome.FAIL: "fails",
    Outcome.ERROR: "cannot be read",
    Outcome.INCONCLUSIVE: "not known yet",
    Outcome.PASS: "",
}
"""The same in words, behind the numbers; nobody has to see an emoji. What is well is not said."""
ANOMALY = ":warning:"
ACCEPTED = ":heavy_check_mark:"
ACCEPTED_MAX = 120
"""Of the reason, beside the numbers: the thread has it whole."""
_REFERENCES = {"tolerance": "control", "baseline": "baseline"}
"""The criteria that compare, and what they compare with."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One metric: the worst that was found about it, in the judge's words, and the numbers that belong to it.

    `metric` is None for what is no metric of the plan: a check, or a canary that has fallen silent.
    """

    name: str
    metric: Metric | None
    worst: Finding
    flag: bool
    compared: Finding | None
    """What was found against a control or a baseline, if it was."""
    accepted: Acceptance | None = None
    """Whose word it is that what is unusual here is all right."""

    @property
    def outcome(self) -> Outcome:
        return self.worst.outcome

    @property
    def is_anomaly(self) -> bool:
        """Different from its reference, and not failing."""
        return self.flag and self.outcome is not Outcome.FAIL and not self.is_refusing

    @property
    def is_refusing(self) -> bool:
        """A check that fails, and is waited for."""
        return self.flag and self.worst.criterion == CHECK and self.outcome is not Outcome.FAIL

    @property
    def is_accepted(self) -> bool:
        """An anomaly, and somebody answers for it. A failure is accepted by nobody."""
        return self.is_anomaly and self.accepted is not None

    @property
    def emoji(self) -> str:
        if self.is_anomaly:
            return ACCEPTED if self.is_accepted else ANOMALY
        if self.is_refusing:
            return _EMOJI[Outcome.FAIL]
        return _EMOJI[self.outcome]

    @property
    def title(self) -> str:
        """mrkdwn: the metric or the check in bold; empty for what has no name in the plan."""
        return f"*{foreign(self.name, 60)}*" if self.is_named else ""

    @property
    def is_named(self) -> bool:
        """The judge begins with the name of a metric or a check, and with nobody's for a canary that is silent."""
        return self.metric is not None or self.worst.words.startswith(f"{self.name}: ")

    @property
    def numbers(self) -> str:
        """mrkdwn: `240 ms · control 180 ms · limit 500 ms`; the judge's words where a number would mislead."""
        metric, value = self.metric, self.worst.value
        if metric is None or value is None or self.is_thin:
            return self.words
        parts = [_quantity(value, metric)]
        if self.compared is not None and self.compared.reference is not None:
            name = _REFERENCES[self.compared.criterion]
            parts.append(glued(f"{name} {_quantity(self.compared.reference, metric)}"))
        return " · ".join([*parts, limit_in_words(metric)] if metric.limit else parts)

    @property
    def words(self) -> str:
        """mrkdwn: what the judge says, without the name in front."""
        said = self.worst.words
        return foreign(said.removeprefix(self.name).lstrip(": ") if self.is_named else said)

    @property
    def line(self) -> str:
        """mrkdwn: short, for a card."""
        shown = " ".join(part for part in (self.emoji, self.title, self.numbers) if part)
        return f"{shown} · {self.said}" if self.said else shown

    @property
    def said(self) -> str:
        """mrkdwn: what its emoji says; empty where all is well, or where the judge's words say it already."""
        if self.is_accepted:
            return self.acceptance
        if self.numbers == self.words:
            return ""
        return "unusual" if self.is_anomaly else _SAID[self.outcome]

    @property
    def acceptance(self) -> str:
        """mrkdwn: `accepted by Ada: known, the new index warms up`; empty where nobody has."""
        if self.accepted is None:
            return ""
        return f"accepted by {who(self.accepted.actor)}: {foreign(self.accepted.reason, ACCEPTED_MAX)}"

    @property
    def told(self) -> str:
        """mrkdwn: whole, for the story."""
        return " ".join(part for part in (self.emoji, self.title, self.words) if part)

    @property
    def is_thin(self) -> bool:
        """A value of too few events is no number to show."""
        thin = self.metric is not None and self.worst.events < self.metric.events_min
        return thin and self.outcome is Outcome.INCONCLUSIVE


def readings(verdict: Verdict | None, release: Release) -> tuple[Reading, ...]:
    """One a metric: failing first, then what could not be read, then anomalies, then in the plan's order.

    Anomalies that somebody has accepted come behind those that nobody has.
    """
    if verdict is None:
        return ()
    by_name: dict[str, list[Finding]] = {}
    for finding in verdict.findings:
        by_name.setdefault(finding.metric, []).append(finding)
    order = [metric.name for metric in release.plan.metrics]
    read = [_reading(name, found, release) for name, found in by_name.items()]
    return tuple(sorted(read, key=lambda r: (_severity(r), order.index(r.name) if r.metric else -1)))


def failing(verdict: Verdict | None, release: Release) -> tuple[Reading, ...]:
    return tuple(reading for reading in readings(verdict, release) if reading.outcome is Outcome.FAIL)


def refusing(verdict: Verdict | None, release: Release) -> tuple[Reading, ...]:
    """Checks that fail, and are waited for."""
    return tuple(reading for reading in readings(verdict, release) if reading.is_refusing)


def anomalies(verdict: Verdict | None, release: Release) -> tuple[Reading, ...]:
    """Those that nobody has accepted: what is news."""
    return tuple(reading for reading in readings(verdict, release) if reading.is_anomaly and not reading.is_accepted)


def _severity(reading: Reading) -> float:
    if reading.is_anomaly:
        return _WORST_FIRST.index(Outcome.ERROR) + (0.6 if reading.is_accepted else 0.5)
    return _WORST_FIRST.index(Outcome.FAIL) + 0.5 if reading.is_refusing else _WORST_FIRST.index(reading.outcome)


def _reading(name: str, found: list[Finding], release: Release) -> Reading:
    worst = min(found, key=lambda f: (_WORST_FIRST.index(f.outcome), not f.flag, f.criterion not in _REFERENCES))
    compared = next((f for f in found if f.criterion in _REFERENCES), None)
    flag = any(f.flag for f in found)
    return Reading(name, metric_of(release.plan, name), worst, flag, compared, release.acceptance(name))


def metric_of(plan: Plan, name: str) -> Metric | None:
    return next((metric for metric in plan.metrics if metric.name == name), None)


def limit_in_words(metric: Metric) -> str:
    """`limit 500 ms`, `at least 80 %`, `between 265 KB and 465 KB`; nothing where there is no limit."""
    limit = metric.limit
    if limit is None:
        return ""
    low = None if limit.min is None else _quantity(limit.min, metric)
    high = None if limit.max is None else _quantity(limit.max, metric)
    if low and high:
        return f"between {low} and {high}"
    return glued(f"at least {low}" if low else f"limit {high}")


def _quantity(value: float, metric: Metric) -> str:
    """mrkdwn: a unit may be anything that the plan says."""
    return glued(foreign(quantity_in_words(value, metric.unit), 40))


# ── numbers that stand still ─────────────────────────────────────────────────────────────────────────────────────────


def steady(verdict: Verdict | None, journalled: Verdict | None) -> Verdict | None:
    """`journalled`, with the numbers of `verdict` where they have moved far enough to be worth an edit."""
    if journalled is None or verdict is None:
        return journalled
    present = {(finding.metric, finding.criterion): finding for finding in verdict.findings}
    still = tuple(_still(finding, present.get((finding.metric, finding.criterion))) for finding in journalled.findings)
    return replace(journalled, findings=still)


def _still(then: Finding, now: Finding | None) -> Finding:
    if now is None:
        return then
    slack = NEAR_REFERENCE * abs(then.reference or 0.0)
    value = _near(now.value, then.value, slack)
    return replace(then, value=value, reference=_near(now.reference, then.reference, slack))


def has_moved(now: Reading, then: Reading) -> bool:
    """Whether it means something else than it did, or its number is no longer near."""
    meant, means = ((one.outcome, one.is_anomaly, one.is_accepted) for one in (then, now))
    slack = NEAR_REFERENCE * abs(then.worst.reference or 0.0)
    return meant != means or _near(now.worst.value, then.worst.value, slack) != then.worst.value


def value_in_words(reading: Reading) -> str:
    """mrkdwn: its number alone; empty where there is none to show."""
    metric, value = reading.metric, reading.worst.value
    return "" if metric is None or value is None or reading.is_thin else _quantity(value, metric)


def _near(now: float | None, then: float | None, slack: float) -> float | None:
    if now is None or then is None:
        return then if now is None else coarse(now)
    return then if abs(now - then) <= max(NEAR * abs(then), slack) else coarse(now)


def coarse(value: float) -> float:
    """`value` with one of few leading digits: 187 and 214 are both 200."""
    if value == 0 or not math.isfinite(value):
        return value
    decade = 10.0 ** math.floor(math.log10(abs(value)))
    lead = abs(value) / decade
    return math.copysign(min(_ROUND, key=lambda step: abs(step - lead)) * decade, value)
