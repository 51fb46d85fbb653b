"""Measures over releases against the plan's targets, a line each: plain text, for Slack and for a terminal.

The one thing to remember: whether a target is met is said in a word, with the number, what it rests on and what it was
before; and what nobody has measured is neither met nor missed.
"""

from collections.abc import Sequence

from bot.core.figures import Figures
from bot.core.quantities import seconds_in_words
from bot.core.scores import Against, Score, Unit

SERVICES_MAX = 20
NAMES_MAX = 5

_ORDER = ("missed", "met", "too few to say", "not measured")


def targets_in_lines(found: Figures, days: int) -> tuple[str, list[str]]:
    """A heading and the lines below it: of one service each target, of several how many each has met.

    No heading where no service has a target.
    """
    aimed = {service: tuple(one for one in scores if one.is_aimed) for service, scores in found.scores.items()}
    aimed = {service: scores for service, scores in aimed.items() if scores}
    if len(found.scores) == 1:
        return next(((_heading(*one, days), _lines(one[1], days)) for one in aimed.items()), ("", []))
    lines = [_in_short(service, scores) for service, scores in aimed.items()]
    more = [f"and {len(lines) - SERVICES_MAX} more services"] if len(lines) > SERVICES_MAX else []
    return ("Targets, by service" if lines else "", lines[:SERVICES_MAX] + more)


def as_fields(score: Score) -> dict[str, object]:
    """One measure for a program, in its unit."""
    return {
        "measure": score.measure.key,
        "unit": score.measure.unit,
        "is": score.measure.adds,
        "value": score.value,
        "count": score.count,
        "target": score.target,
        "against": score.against,
        "needed": score.measure.needs,
        "met": score.is_met,
        "before": score.before,
        "count_before": score.count_before,
        "names": dict(score.names),
    }


def _heading(service: str, scores: Sequence[Score], days: int) -> str:
    alone = "" if any(one.before is not None for one in scores) else f"; nothing to compare with in {_ago(days)}"
    return f"Targets of {service}: {_met(scores)}{alone}"


def _ago(days: int) -> str:
    return "the day before" if days == 1 else f"the {days} days before"


def _met(scores: Sequence[Score]) -> str:
    return f"{sum(one.is_met is True for one in scores)} of {len(scores)} met"


def _in_short(service: str, scores: Sequence[Score]) -> str:
    said = [f"{state}: {', '.join(names)}" for state in ("missed", *_ORDER[2:]) if (names := _named(scores, state))]
    return "; ".join((f"{service}: {_met(scores)}", *said))


def _named(scores: Sequence[Score], state: str) -> list[str]:
    return [_name(one) for one in scores if _state(one) == state]


def _name(score: Score) -> str:
    return score.measure.key.replace("_", " ")


def _state(score: Score) -> str:
    if score.is_too_little:
        return "too few to say"
    return {True: "met", False: "missed", None: "not measured"}[score.is_met]


def _lines(scores: Sequence[Score], days: int) -> list[str]:
    return [_line(one, days) for one in sorted(scores, key=lambda one: _ORDER.index(_state(one)))]


def _line(score: Score, days: int) -> str:
    first = f"{_name(score)}: {_state(score)}, {_rests_on(score)}"
    parts = (first, _aim(score, days), _trend(score, days), _lacks(score, days), _about(score))
    return "; ".join(part for part in parts if part)


def _aim(score: Score, days: int) -> str:
    if score.against is Against.BEFORE:
        return f"target the same or fewer than in {_ago(days)}"
    assert score.target is not None, f"{score.measure.key} has no target"
    if score.against is Against.GIVEN:
        return f"target the same or fewer than before, which by the plan was {_quantity(score.target, score)}"
    bound = "at least" if score.measure.is_at_least else "at most"
    return f"target {bound} {_quantity(score.target, score)}"


def _lacks(score: Score, days: int) -> str:
    """What it takes to say whether the target is met."""
    if not score.is_too_little:
        return ""
    needed = f"it takes {_many(score.measure.needs, score)}"
    return needed if score.count < score.measure.needs else f"{needed} in {_ago(days)} as well"


def _rests_on(score: Score) -> str:
    if score.value is None:
        many = _many(score.count, score)
        return f"{many} in less than a week" if score.count else f"no {score.measure.of} to measure"
    if score.measure.unit is not Unit.SECONDS or score.count == 1:
        return _with_count(score.value, score.count, score)
    many = f"{_many(score.count, score)}, {score.within} of them within it"
    return f"{score.measure.adds} {_quantity(score.value, score)} ({many})"


def _trend(score: Score, days: int) -> str:
    if score.value is None or score.before is None:
        return ""
    ago = _ago(days)
    if _quantity(score.before, score) == _quantity(score.value, score):
        return f"the same in {ago} ({_many(score.count_before, score)})"
    compared = "better" if score.is_better else "worse"
    return f"{compared} than {_with_count(score.before, score.count_before, score)} in {ago}"


def _with_count(value: float, count: int, score: Score) -> str:
    """`10 % of 20 deploys`, `1h 5m (3 reviews)`, `1.4 deploys a week (6 in all)`."""
    number, many = _quantity(value, score), _many(count, score)
    match score.measure.unit:
        case Unit.PERCENT:
            return f"{number} of {many}"
        case Unit.SECONDS:
            return f"{number} ({many})"
        case Unit.A_WEEK:
            return f"{number} ({count} in all)"
        case Unit.A_RELEASE:
            return f"{number} ({round(value * count)} in {many})"


def _many(count: int, score: Score) -> str:
    return f"{count} {score.measure.of}{'' if count == 1 else 's'}"


def _about(score: Score) -> str:
    """What to look at, where a target is missed."""
    if score.is_met is not False or not score.names:
        return ""
    names = ", ".join(f"{name} ({count})" for name, count in score.names[:NAMES_MAX])
    if score.measure.key == "incident_rate":
        return f"caused by {names}"
    if score.measure.key == "rollback_rate":
        return f"criteria to tighten in the stages before: {names}"
    return f"flagged there and let through: {names}"


def _quantity(value: float, score: Score) -> str:
    match score.measure.unit:
        case Unit.SECONDS:
            return seconds_in_words(value)
        case Unit.PERCENT:
            return f"{value:.3g} %"
        case Unit.A_WEEK:
            return f"{value:.2g} deploys a week"
        case Unit.A_RELEASE:
            return f"{value:.2g} incidents a release"
