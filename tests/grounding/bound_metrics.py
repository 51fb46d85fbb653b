"""Places for sentences about what was measured: a metric beside its control, its limit, its tolerance, its own count.

The one thing to remember: "higher" and "lower" are said only where the values are so far apart that no rounding
brings them together.
"""

from collections.abc import Iterator
from itertools import pairwise
from random import Random

from bot.core.verdict import Outcome
from bot.texts.sheet import Amount, Deed, Direction, Fact, FactKind, Role, TermKind
from tests.grounding.known import Bound, Known, amount, binder
from tests.grounding.pieces import Piece, Place, fixed
from tests.grounding.saying import clock, many_times, number, share_of, spelled

APART = 0.15
"""Share by which two values differ that are called higher and lower."""


def metrics(known: Known) -> Iterator[Fact]:
    return (fact for fact in known.of_kind(FactKind.METRIC) if fact.named(TermKind.METRIC))


def name_of(fact: Fact) -> str:
    return fact.named(TermKind.METRIC)[0]


def reference(fact: Fact) -> Amount | None:
    return amount(fact, Role.CONTROL) or amount(fact, Role.BASELINE)


def places_of(known: Known, fact: Fact) -> dict[str, Place]:
    """Whatever the fact has; a pattern that needs more is not for it."""
    name, beside = name_of(fact), reference(fact)
    is_control = beside is None or beside.role is Role.CONTROL
    places: dict[str, Place] = {
        "m": known.metric(name, fact),
        "here": _here(is_control, is_apart=_is_apart(fact)),
        "there": _there(is_control, is_apart=_is_apart(fact)),
        "there-noun": fixed("the control" if is_control else "the baseline"),
    }
    roles = {
        "canary": Role.CANARY,
        "limit": Role.LIMIT,
        "floor": Role.FLOOR,
        "ratio": Role.RATIO,
        "low": Role.LOW,
        "high": Role.HIGH,
        "tolerated": Role.TOLERATED,
        "hits": Role.HITS,
        "events": Role.COUNT,
        "evidence": Role.EVIDENCE,
    }
    said = {place: one for place, role in roles.items() if (one := amount(fact, role)) is not None}
    places |= {place: number(one) for place, one in said.items()}
    places |= {"control": number(beside)} if beside is not None else {}
    needed = amount(fact, Role.NEEDED)
    places |= {"needed": number(needed)} if needed is not None else {}
    places |= {"noun": _noun(said["events"].of)} if "events" in said else {}
    return places


def _is_apart(fact: Fact) -> bool:
    """Whether a value said of the wrong side is wrong: not where both sides show the same."""
    ratio = _ratio(fact)
    return ratio is None or abs(ratio - 1) > APART


def _here(is_control: bool, *, is_apart: bool) -> Place:
    ways = ("on the canary", "on the canary", "on the new version") if is_control else ("on the new version",)
    wrong = ("on its control", "on the old version") if is_control else ("on the baseline",)
    return lambda rng: [Piece(rng.choice(ways), {"side": wrong} if is_apart else {})]


def _there(is_control: bool, *, is_apart: bool) -> Place:
    ways = ("on its control", "on the control") if is_control else ("on the baseline",)
    wrong = {"side": ("on the canary", "on the new version")} if is_apart else {}
    return lambda rng: [Piece(rng.choice(ways), wrong)]


def _noun(noun: str) -> Place:
    others = tuple(one for one in ("users", "minutes", "servers") if one != noun)
    return lambda _rng: [Piece(noun, {"share-of": others})]


def _values(fact: Fact) -> tuple[float, float] | None:
    value, beside = amount(fact, Role.CANARY), reference(fact)
    return None if value is None or beside is None else (value.value, beside.value)


def _ratio(fact: Fact) -> float | None:
    values = _values(fact)
    return values[0] / values[1] if values and values[1] else None


@binder("metric.higher")
def _higher(known: Known) -> Iterator[Bound]:
    for fact in metrics(known):
        ratio = _ratio(fact)
        if fact.direction is Direction.HIGHER and ratio is not None and ratio > 1 + APART:
            yield known.bound([fact], places_of(known, fact))


@binder("metric.lower")
def _lower(known: Known) -> Iterator[Bound]:
    for fact in metrics(known):
        ratio = _ratio(fact)
        if fact.direction is Direction.LOWER and ratio is not None and ratio < 1 - APART:
            yield known.bound([fact], places_of(known, fact))


@binder("metric.level")
def _level(known: Known) -> Iterator[Bound]:
    for fact in metrics(known):
        if fact.direction is Direction.LEVEL:
            yield known.bound([fact], places_of(known, fact))


def _beside(fact: Fact, role: Role) -> tuple[float, float] | None:
    value, bound = amount(fact, Role.CANARY), amount(fact, role)
    return None if value is None or bound is None else (value.value, bound.value)


@binder("metric.limit-broken")
def _limit_broken(known: Known) -> Iterator[Bound]:
    for fact in metrics(known):
        values = _beside(fact, Role.LIMIT)
        if fact.outcome is Outcome.FAIL and values and values[0] > values[1] * (1 + APART):
            yield known.bound([fact], places_of(known, fact))


def _failed_before(known: Known, fact: Fact) -> bool:
    """Whether the sheet also says that this metric failed, in another step."""
    failed = {name for one in known.having(Deed.FAILED) for name in one.named(TermKind.METRIC)}
    return bool(failed & set(fact.named(TermKind.METRIC)))


@binder("metric.limit-kept", "metric.kept")
def _limit_kept(known: Known) -> Iterator[Bound]:
    for fact in metrics(known):
        values = _beside(fact, Role.LIMIT)
        is_kept = fact.outcome is Outcome.PASS and not _failed_before(known, fact)
        if is_kept and values and values[0] < values[1] * (1 - APART):
            yield known.bound([fact], places_of(known, fact))


@binder("metric.floor-kept")
def _floor_kept(known: Known) -> Iterator[Bound]:
    for fact in metrics(known):
        values = _beside(fact, Role.FLOOR)
        if fact.outcome is Outcome.PASS and values and values[0] > values[1] * (1 + APART):
            yield known.bound([fact], places_of(known, fact))


@binder("metric.floor-broken")
def _floor_broken(known: Known) -> Iterator[Bound]:
    for fact in metrics(known):
        values = _beside(fact, Role.FLOOR)
        if fact.outcome is Outcome.FAIL and values and values[0] < values[1] * (1 - APART):
            yield known.bound([fact], places_of(known, fact))


@binder("metric.fails", "metric.verdict", "metric.interval")
def _fails(known: Known) -> Iterator[Bound]:
    for fact in metrics(known):
        if fact.outcome is Outcome.FAIL:
            yield known.bound([fact], places_of(known, fact))


@binder("metric.verdict-passed", "metric.events")
def _passed(known: Known) -> Iterator[Bound]:
    for fact in metrics(known):
        if fact.outcome is Outcome.PASS and not _failed_before(known, fact):
            yield known.bound([fact], places_of(known, fact))


@binder("metric.share")
def _share(known: Known) -> Iterator[Bound]:
    for fact in metrics(known):
        if amount(fact, Role.HITS) is not None:
            yield known.bound([fact], places_of(known, fact))


@binder("metric.undecided")
def _undecided(known: Known) -> Iterator[Bound]:
    for fact in metrics(known):
        if fact.outcome is Outcome.INCONCLUSIVE and amount(fact, Role.CANARY) is not None:
            yield known.bound([fact], places_of(known, fact))


@binder("metric.thin")
def _thin(known: Known) -> Iterator[Bound]:
    for fact in metrics(known):
        needed = amount(fact, Role.NEEDED)
        if fact.outcome is Outcome.INCONCLUSIVE and needed is not None and not needed.unit:
            yield known.bound([fact], places_of(known, fact))


# ── how many times ───────────────────────────────────────────────────────────────────────────────────────────────────


def _one_of(ways: list[tuple[str, tuple[str, ...]]]) -> Place:
    def say(rng: Random) -> list[Piece]:
        words, wrong = rng.choice(ways)
        return [Piece(words, {"ratio-word": wrong} if wrong else {})]

    return say


@binder("ratio.above")
def _above(known: Known) -> Iterator[Bound]:
    for fact in metrics(known):
        ratio = _ratio(fact)
        if ratio is not None and ratio >= 1.8 and fact.outcome is Outcome.FAIL and amount(fact, Role.CONTROL):
            yield known.bound([fact], {**places_of(known, fact), "times": _one_of(many_times(ratio))})


MULTIPLIED = {2.0: "doubled", 3.0: "tripled", 4.0: "quadrupled", 0.5: "halved"}


@binder("ratio.multiplied")
def _multiplied(known: Known) -> Iterator[Bound]:
    for fact in metrics(known):
        ratio = _ratio(fact)
        for many, word in MULTIPLIED.items():
            if ratio is not None and amount(fact, Role.CONTROL) and abs(ratio - many) <= 0.06 * many:
                far = tuple(other for value, other in MULTIPLIED.items() if value != many)
                yield known.bound([fact], {**places_of(known, fact), "multiplied": _one_of([(word, far)])})


@binder("ratio.percent")
def _percent(known: Known) -> Iterator[Bound]:
    for fact in metrics(known):
        ratio = _ratio(fact)
        if ratio is not None and Deed.FLAGGED in fact.deeds and 1 + APART < ratio < 2.5:
            more = number(Amount(ratio - 1, "ratio", Role.RATIO))
            yield known.bound([fact], {**places_of(known, fact), "more": more})


@binder("ratio.below")
def _below(known: Known) -> Iterator[Bound]:
    for fact in metrics(known):
        ratio = _ratio(fact)
        ways = share_of(ratio) if ratio is not None and ratio < 1 - APART else []
        if ways and amount(fact, Role.CONTROL):
            yield known.bound([fact], {**places_of(known, fact), "share": _one_of(ways)})


@binder("ratio.pair")
def _pair(known: Known) -> Iterator[Bound]:
    above = [fact for fact in metrics(known) if (_ratio(fact) or 0) >= 1.8 and amount(fact, Role.CONTROL)]
    for one, other in pairwise(above):
        ratios = _ratio(one), _ratio(other)
        places = {
            "m1": known.metric(name_of(one), one, other),
            "m2": known.metric(name_of(other), one, other),
            "times1": _one_of(many_times(ratios[0] or 0)),
            "times2": _one_of(many_times(ratios[1] or 0)),
        }
        yield known.bound([one, other], places)


# ── several at once ──────────────────────────────────────────────────────────────────────────────────────────────────


@binder("all.kept")
def _all_kept(known: Known) -> Iterator[Bound]:
    every = list(metrics(known))
    if every and all(fact.outcome is Outcome.PASS and not _failed_before(known, fact) for fact in every):
        yield known.bound(every, {})


@binder("failing.count", "metrics.failing-of")
def _failing(known: Known) -> Iterator[Bound]:
    for fact in known.having(Deed.FAILED):
        names = fact.named(TermKind.METRIC)
        if fact.kind in (FactKind.VERDICT, FactKind.ROLLBACK) and len(names) == 2 and fact.cause:
            words = "all of them" if len(names) > 2 else "two"
            places = {
                "count": spelled(len(names), "metric"),
                "ms": known.metrics(names, fact),
                "m1": known.metric(names[0], fact),
                "m2": known.metric(names[1], fact),
                "all-of-them": fixed(words, spelled=("three", "four", "five")),
            }
            yield known.bound([fact], places)


@binder("metrics.mixed")
def _mixed(known: Known) -> Iterator[Bound]:
    every = list(metrics(known))
    for one in (fact for fact in every if fact.outcome is Outcome.FAIL):
        for other in (fact for fact in every if fact.outcome is Outcome.PASS):
            m1, m2 = known.metric(name_of(one), one, other), known.metric(name_of(other), one, other)
            yield known.bound([one, other], {"m1": m1, "m2": m2})


@binder("onset")
def _onset(known: Known) -> Iterator[Bound]:
    for fact in known.having(Deed.ONSET):
        took = amount(fact, Role.DURATION, "detection")
        moments = [one.value for one in fact.amounts if one.role is Role.TIME]
        if took is not None and fact.at is not None and took.value > 4:
            places = {
                "ms": known.metrics(fact.named(TermKind.METRIC), fact),
                "since": clock(fact.at),
                "at": clock(max(moments)),
                "detection": number(took),
            }
            yield known.bound([fact], places)
