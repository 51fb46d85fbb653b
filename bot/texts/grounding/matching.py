"""Which amounts of the cited facts a number may mean: equal in value, units and rounding understood.

Beside what the facts say, a few numbers follow from them: a percentage more than a reference, a distance in percentage
points, a multiple of a limit, the time between two events, how many of something there are. The one thing to
remember: a match says that the number exists, not that it is said of the right thing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import combinations

from bot.core.plan import FULL
from bot.texts.grounding.case import Case, amount
from bot.texts.grounding.language import normal, stem
from bot.texts.grounding.quantities import HEDGES, Quantity, quantities
from bot.texts.grounding.reading import Told
from bot.texts.sheet import Amount, Deed, Fact, FactKind, Role, TermKind

DAY_SECONDS = 86400.0
YEARLESS_MAX = 1231
"""31 December, as a day is written without its year."""

WITHIN = 0.02
"""What rounding a bound may hide."""
_VALUES = frozenset({Role.CANARY, Role.CONTROL, Role.BASELINE})
BOUND_MAX = 20.0
"""`under a minute` may be said of 3 s, and of 2 s no more: what is that far away is said of something else."""


_DEFINITE = re.compile(rf"\b(?:the|its|their) (?:{HEDGES} ?)?$")
"""Before a number that is measured and no bound: `above the 180 ms seen on the control`."""


class How(StrEnum):
    """Where a candidate comes from."""

    STATED = "stated"
    RELATIVE = "relative"
    POINTS = "points"
    OF_LIMIT = "of limit"
    OF_REFERENCE = "of reference"
    BETWEEN = "between"
    COUNTED = "counted"
    QUOTED = "quoted"
    BOUND = "bound"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An amount that a number may mean, and the fact that has it (None: it follows from several)."""

    fact: Fact | None
    amount: Amount
    how: How = How.STATED


def candidates(quantity: Quantity, case: Case) -> tuple[Candidate, ...]:
    return tuple(one for source in (_stated, _derived, _between, _counted, _quoted) for one in source(quantity, case))


def _stated(quantity: Quantity, case: Case) -> Iterator[Candidate]:
    for fact, one in case.amounts:
        value = _alike(quantity, one)
        if value is None:
            continue
        is_rounded = one.role in _VALUES and one.of and abs(quantity.value - value) <= quantity.zeros
        if quantity.bound == "<" and value > quantity.value * (1 + WITHIN) and one.role is not Role.LIMIT:
            continue  # `within three seconds` is not 3.2 s
        if quantity.is_near(value) or is_rounded:
            yield Candidate(fact, one)
        elif (
            quantity.bound
            and not _DEFINITE.search(case.reading.blanked[: quantity.span.start])
            and _is_bound(quantity, value)
            and one.role in (Role.CANARY, Role.DURATION, Role.RATIO, Role.CONTROL, Role.BASELINE)
        ):
            yield Candidate(fact, one, How.BOUND)


def _is_bound(quantity: Quantity, value: float) -> bool:
    if quantity.bound == ">":
        return quantity.value < value <= quantity.value * 2
    return quantity.value / BOUND_MAX <= value < quantity.value


def _alike(quantity: Quantity, one: Amount) -> float | None:
    """The amount's value in the number's unit; None where they measure different things."""
    match quantity.unit, one.unit:
        case ("share", "ratio"):
            return one.value
        case ("share", "percent"):
            return one.value / 100
        case ("day", "at"):
            day = float(datetime.fromtimestamp(int(one.value), UTC).strftime("%Y%m%d"))
            return day if quantity.value > YEARLESS_MAX else day % 10_000
        case ("clock", "at"):
            return _of_day(one.value, quantity)
        case ("ordinal", "") if one.role is Role.RANK:
            return one.value
        case ("", "" | "ratio" | "nats"):
            return one.value
        case ("", unit) if unit not in ("s", "bytes", "percent", "at", "times"):
            return one.value
        case (said, unit) if said == unit:
            return one.value
        case _:
            return None


def _of_day(at: float, quantity: Quantity) -> float:
    """The second of the day, as it is written: the minute where no seconds were said."""
    seconds = float(int(at) % DAY_SECONDS)
    if quantity.slack:  # `08:02` is the whole minute
        return quantity.value if quantity.value <= seconds < quantity.value + quantity.slack else -DAY_SECONDS
    return seconds


# ── what follows ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _derived(quantity: Quantity, case: Case) -> Iterator[Candidate]:
    for fact in case.measured:
        name = next(iter(fact.named(TermKind.METRIC)), "")
        value, reference = amount(fact, Role.CANARY), amount(fact, Role.CONTROL, Role.BASELINE)
        limit = amount(fact, Role.LIMIT, Role.FLOOR)
        unit = next((one.unit for one in fact.amounts if one.role is Role.CANARY), "")
        if value is not None and reference:
            if quantity.unit == "share" and quantity.is_near(abs(value / reference - 1)):
                yield Candidate(fact, Amount(value / reference - 1, "ratio", Role.RATIO, name), How.RELATIVE)
            if quantity.unit == "points" and unit == "ratio" and quantity.is_near(abs(value - reference)):
                yield Candidate(fact, Amount(value - reference, "points", Role.RATIO, name), How.POINTS)
            if quantity.unit == unit != "ratio" and unit and quantity.is_near(abs(value - reference)):
                yield Candidate(fact, Amount(value - reference, unit, Role.RATIO, name), How.POINTS)
            if quantity.unit == "share" and value < reference and quantity.is_near(value / reference):
                yield Candidate(fact, Amount(value / reference, "ratio", Role.RATIO, name), How.OF_REFERENCE)
            if quantity.unit == "times" and value and quantity.is_near(reference / value):
                yield Candidate(fact, Amount(reference / value, "times", Role.RATIO, name), How.RELATIVE)
            if quantity.unit == "times" and quantity.is_near(value / reference):
                yield Candidate(fact, Amount(value / reference, "times", Role.RATIO, name))
        if value is not None and limit:
            said = {"times": value / limit, "points" if unit == "ratio" else unit: abs(value - limit)}
            if quantity.unit in said and quantity.is_near(said[quantity.unit]):
                yield Candidate(fact, Amount(said[quantity.unit], quantity.unit, Role.LIMIT, name), How.OF_LIMIT)


def _between(quantity: Quantity, case: Case) -> Iterator[Candidate]:
    """The time from one cited event to another."""
    if quantity.unit != "s":
        return
    timed = [fact for fact in case.facts if fact.at is not None]
    for one, other in combinations(timed, 2):
        seconds = abs((other.at or 0.0) - (one.at or 0.0))
        written = abs(int(other.at or 0.0) - int(one.at or 0.0))
        if seconds and (quantity.is_near(seconds) or quantity.is_near(float(written))):
            yield Candidate(None, Amount(seconds, "s", Role.DURATION, "between"), How.BETWEEN)


_NOUNS = {
    "change": ("chang", "pull", "commit", "pr", "merg", "featur", "fix"),
    "person": ("peopl", "person", "approv", "author", "engin", "develop", "contributor", "review", "yes"),
    "metric": ("metric", "criteria", "criterion", "measur", "comparison", "check"),
    "file": ("file",),
    "step": ("step", "stage", "level"),
    "suspect": ("suspect", "candid"),
    "concern": ("concern", "worri", "caveat"),
    "event": ("thing", "event", "deed", "moment"),
}
"""What is counted, by the stems of the nouns that stand behind a number."""


def _counted(quantity: Quantity, case: Case) -> Iterator[Candidate]:
    """How many there are of something among the cited facts."""
    if quantity.said.startswith(("all", "full", "the whole")) and [*case.with_deed(Deed.RESTORED, Deed.ROLLED_BACK)]:
        yield Candidate(None, Amount(quantity.value, "share", Role.EXPOSURE, "back"), How.COUNTED)
    if quantity.unit or quantity.value != int(quantity.value):
        return
    noun = _noun_behind(quantity, case)
    many = {
        "change": {len(_kind(case, FactKind.CHANGE)), len(_names(case, TermKind.PULL_REQUEST))},
        "person": {
            len(_names(case, TermKind.PERSON)),
            len(_kind(case, FactKind.APPROVAL)),
            len(_names(case, TermKind.ROLE)),
        },
        "metric": {len(_names(case, TermKind.METRIC)), *_of_all(quantity, case)},
        "file": set(),
        "step": {len(_kind(case, FactKind.EXPOSURE)), *_steps_passed(case)},
        "suspect": {len(_kind(case, FactKind.RANKING))} - {1},
        "event": {len([fact for fact in case.facts if fact.at is not None])} if not case.measured else set(),
        "concern": {len(_kind(case, FactKind.CONCERN))},
    }
    many["done"] = {len([*case.with_deed(told.deed)]) for told in case.reading.deeds if _is_just_behind(told, quantity)}
    for what, counts in many.items():
        fits = quantity.said == "both" or what == "done" or noun in _NOUNS[what]
        if fits and int(quantity.value) in counts:
            yield Candidate(None, Amount(quantity.value, "", Role.COUNT, what), How.COUNTED)


def _of_all(quantity: Quantity, case: Case) -> set[int]:
    """`two of the four metrics`: the whole is the sheet's."""
    is_whole = case.reading.blanked[: quantity.span.start].endswith("of the ")
    return {len(case.known.measured)} if is_whole else set()


def _is_just_behind(told: Told, quantity: Quantity) -> bool:
    """`two passed`."""
    is_deed = told.deed is not Deed.SUSPECTED  # `1 suspect`
    return is_deed and told.span.start - quantity.span.end == 1 and told.denied_by is None


def _steps_passed(case: Case) -> set[int]:
    """All of them, and those of a canary."""
    passed = [fact for fact in case.with_deed(Deed.PASSED) if fact.kind is FactKind.EVENT]
    return {len(passed), len([fact for fact in passed if (amount(fact, Role.EXPOSURE) or FULL) < FULL])}


def _noun_behind(quantity: Quantity, case: Case) -> str:
    """The stem of the noun that is counted: of the first few words behind the number, one that is in the table."""
    blanked = re.split(r"[,;:]", case.reading.blanked[quantity.span.end : quantity.span.end + 40])[0]
    nouns = {noun for group in _NOUNS.values() for noun in group}
    if "\x07" in blanked[:12] and quantity.said != "both":
        return "metric"
    stems = (stem(word.strip(".,;:()")) for word in blanked.split()[:5])
    return next((one for one in stems if one in nouns), "")


def _kind(case: Case, kind: FactKind) -> set[int]:
    return {fact.number for fact in case.facts if fact.kind is kind}


def _names(case: Case, kind: TermKind) -> set[str]:
    return {text for fact in case.facts for text in fact.named(kind)}


def _quoted(quantity: Quantity, case: Case) -> Iterator[Candidate]:
    """The same number in words from outside: `answer 404`, `one query`, `30 % slower`."""
    for fact in case.facts:
        for text in fact.quoted:
            for one in quantities(normal(text).lower()):
                if one.unit == quantity.unit and one.value == quantity.value:
                    yield Candidate(fact, Amount(one.value, one.unit, Role.COUNT, "quoted"), How.QUOTED)
