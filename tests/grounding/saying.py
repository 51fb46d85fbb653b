"""How people say a number, and numbers that are wrong in its place.

`6.1 %` is also "about 6 percent", 240 ms "0.24 s", 1,270 "about 1,300", 14:02:31 "14:02", 7.7 "nearly eight times". The
one thing to remember: a wrong number has to be wrong for a patient reader: a rounding of the right one is none, and
after "about" it has to be far off.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from bot.texts.sheet import Amount, Role
from tests.grounding.pieces import Piece, Place

HEDGES = ("about", "around", "roughly")

ROUNDED_PLAINLY = 0.035
"""Share of itself by which a number may be rounded without a word like "about"."""

ROUNDED_HEDGED = 0.06

SECONDS_MAX = 200
"""Longer times are told in minutes."""

WRONG_PLAIN = 0.05
"""Share by which a measured number must be off to be wrong for sure; a count is wrong by one."""

WRONG_HEDGED = 0.3

SPELLED = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


@dataclass(frozen=True)
class Said:
    """A number as it was said: `about` + `6` + ` %`. `per_unit`: how much of the base unit one of it is."""

    number: str
    unit: str
    per_unit: float
    hedge: str = ""
    is_exact: bool = False
    """A count that was not rounded: one more or less is wrong already."""

    @property
    def text(self) -> str:
        return f"{f'{self.hedge} ' if self.hedge else ''}{self.number}{self.unit}"

    @property
    def value(self) -> float:
        return float(self.number.replace(",", "")) * self.per_unit

    def of(self, value: float) -> "Said":
        """The same way of saying, of another number, given in this one's unit."""
        decimals = len(self.number.partition(".")[2])
        grouped = f"{value:,.{decimals}f}" if "," in self.number or value >= 10_000 else f"{value:.{decimals}f}"
        return Said(grouped, self.unit, self.per_unit, self.hedge, self.is_exact)


_SET_TIMES = ("gate", "watch")
_SET = (Role.LIMIT, Role.FLOOR, Role.TOLERATED, Role.NEEDED, Role.RANK)
"""What somebody has set, or a place in a row: nobody says "about" of it."""


def number(amount: Amount, others: tuple[float, ...] = ()) -> Place:
    """Says the amount. `others`: values that are wrong here although the evidence has them (steps of a plan)."""

    def say(rng: Random) -> list[Piece]:
        is_set = amount.role in _SET or amount.of in _SET_TIMES
        ways = [said for said in _ways(amount) if not (said.hedge and is_set)]
        said = rng.choice(ways)
        wrong = {kind: tuple(texts) for kind, texts in _wrong(said, amount, rng) if texts}
        levels = tuple(Said(f"{value:g}", said.unit, 1.0).text for value in others if abs(value - amount.value) > 1)
        return [Piece(said.text, {**wrong, **({"exposure": levels} if levels else {})})]

    return say


def spelled(count: int, noun: str) -> Place:
    """`four changes`: a small number in words, with its noun."""

    def say(rng: Random) -> list[Piece]:
        words = SPELLED[count] if count < len(SPELLED) else str(count)
        said = words if rng.random() < 0.6 or count == 0 else str(count)
        wrong = [n for n in range(1, len(SPELLED)) if n != count]
        false = tuple(SPELLED[n] if said == words else str(n) for n in rng.sample(wrong, 3))
        shown = noun if count == 1 else f"{noun}s"
        return [Piece(said, {"spelled": false}), Piece(f" {shown}", is_plural=count != 1)]

    return say


# ── ways to say it ───────────────────────────────────────────────────────────────────────────────────────────────────


def _ways(amount: Amount) -> Iterator[Said]:
    value = amount.value
    match amount.unit:
        case "ratio":
            yield from _rounded(value * 100, (" %", "%", " percent"), 0.01)
        case "percent":
            yield from (Said(f"{value:g}", unit, 1.0) for unit in (" %", "%", " percent"))
        case "s" if amount.role is Role.DURATION:
            yield from _durations(value)
        case "s" if value < 1:
            yield from _rounded(value * 1000, (" ms", " ms", " milliseconds"), 0.001, figures=3)
            yield from _rounded(value, (" s", " seconds"), 1.0, figures=3)
        case "s":
            yield from _rounded(value, (" s", " s", " seconds"), 1.0)
            yield from _rounded(value * 1000, (" ms",), 0.001)
        case "bytes":
            yield from _rounded(value / 1e6, (" MB",), 1e6)
            if value >= 1e8:
                yield from _rounded(value / 1e9, (" GB",), 1e9)
        case "times":
            yield from _rounded(value, (" times",), 1.0, figures=2)
        case "":
            yield Said(f"{value:,.0f}" if value == round(value) else f"{value:.4g}", "", 1.0, is_exact=True)
            if value >= 100:
                yield from (Said(_figures(value, 2), "", 1.0, hedge) for hedge in HEDGES)
        case "nats":
            yield Said(f"{value:.1f}", "", 1.0)
        case unit:
            yield from _rounded(value, (f" {unit}",), 1.0)


def _rounded(value: float, units: tuple[str, ...], per_unit: float, figures: int = 3) -> Iterator[Said]:
    """With as many figures as the evidence, with fewer, and hedged with fewer still."""
    for unit in units:
        for count in range(1, figures + 1):
            number = _figures(value, count)
            off = abs(float(number.replace(",", "")) - value) / value if value else 0.0
            if count == figures or off <= ROUNDED_PLAINLY:
                yield Said(number, unit, per_unit)
            if count < figures and off <= ROUNDED_HEDGED:
                yield from (Said(number, unit, per_unit, hedge) for hedge in HEDGES)


def _figures(value: float, count: int) -> str:
    rounded = float(f"{value:.{count}g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 1000 else f"{rounded:.10g}"


def _durations(seconds: float) -> Iterator[Said]:
    if seconds < SECONDS_MAX:
        shown = f"{seconds:.1f}".removesuffix(".0") if seconds < 100 else f"{seconds:.0f}"
        yield from (Said(shown, unit, 1.0) for unit in (" s", " seconds"))
    if seconds < 100:
        yield from (one for one in _rounded(seconds, (" seconds",), 1.0, figures=2) if one.hedge)
    for size, unit in ((60.0, "minute"), (3600.0, "hour"), (86_400.0, "day")):
        many = seconds / size
        if abs(many - 1) <= 0.02:
            yield Said("1", f" {unit}", size)
        elif 2 <= many < 100 and abs(many - round(many)) <= 0.02 * many:
            yield Said(f"{many:.0f}", f" {unit}s", size)
        elif 1.5 <= many < 100:
            yield from (one for one in _rounded(many, (f" {unit}s",), size, figures=3) if one.hedge)
    minutes, rest = divmod(round(seconds), 60)
    if rest and 2 <= minutes < 60:
        yield Said(f"{minutes}", f" minutes and {rest} seconds", 60.0)
        yield Said(f"{minutes}", f"m {rest}s", 60.0)


# ── and wrong ────────────────────────────────────────────────────────────────────────────────────────────────────────

_UNITS = {
    " ms": (" s", " minutes"),
    " milliseconds": (" seconds", " minutes"),
    " s": (" ms", " minutes"),
    " seconds": (" milliseconds", " minutes", " hours"),
    " minutes": (" seconds", " hours"),
    " hours": (" minutes", " days"),
    " days": (" hours", " weeks"),
    " minute": (" second", " hour"),
    " hour": (" minute", " day"),
    " day": (" hour", " week"),
    " MB": (" GB", " KB"),
    " GB": (" MB", " TB"),
    " %": (" ms", " MB"),
    "%": (" s", " ms"),
    " percent": (" milliseconds", " requests"),
}


def _wrong(said: Said, amount: Amount, rng: Random) -> Iterator[tuple[str, list[str]]]:
    shown = float(said.number.replace(",", ""))
    yield "digit", _false(said, amount, rng, _other_digit)
    yield "digits-swapped", _false(said, amount, rng, _swapped)
    tenfold = (said.of(shown * 10), _tenth(said, shown))
    yield "tenfold", [one.text for one in tenfold if _is_wrong(one, amount)]
    third = (said.of(shown * 4 / 3), said.of(shown * 2 / 3))
    yield "third", [one.text for one in third if _is_wrong(one, amount)]
    if amount.value:
        yield "unit", [f"{said.text.removesuffix(said.unit)}{unit}" for unit in _UNITS.get(said.unit, ())]


def _tenth(said: Said, shown: float) -> Said:
    return Said(_figures(shown / 10, 3), said.unit, said.per_unit, said.hedge, said.is_exact)


def _false(said: Said, amount: Amount, rng: Random, change: Callable[[str, Random], str | None]) -> list[str]:
    changed = (change(said.number, rng) for _ in range(8))
    numbers = dict.fromkeys(one for one in changed if one is not None)
    wrong = (Said(one, said.unit, said.per_unit, said.hedge, said.is_exact) for one in numbers)
    return [one.text for one in wrong if _is_wrong(one, amount)]


def _is_wrong(said: Said, amount: Amount) -> bool:
    truth = amount.value
    if said.is_exact:
        return said.value != truth
    far = WRONG_HEDGED if said.hedge else WRONG_PLAIN
    scale = 100 if amount.unit == "ratio" and said.per_unit == 1.0 else 1
    return abs(said.value / scale - truth) > far * max(abs(truth), 1e-12)


def _other_digit(number: str, rng: Random) -> str | None:
    places = [index for index, letter in enumerate(number) if letter.isdigit()]
    index = rng.choice(places)
    is_leading = index == 0 and len(places) > 1
    digits = [digit for digit in "123456789" if digit != number[index] and not (is_leading and digit == "0")]
    return number[:index] + rng.choice(digits) + number[index + 1 :]


def _swapped(number: str, rng: Random) -> str | None:
    pairs = [
        match.start()
        for match in re.finditer(r"(?=\d\d)", number)
        if number[match.start()] != number[match.start() + 1]
    ]
    pairs = [at for at in pairs if not (at == 0 and number[1] == "0")]
    if not pairs:
        return None
    at = rng.choice(pairs)
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :]


# ── times ────────────────────────────────────────────────────────────────────────────────────────────────────────────

CLOCK_OFF = (-47, -21, -9, -4, 3, 6, 12, 38, 120)
"""Minutes by which a time of day is wrong for sure."""


def clock(at: float) -> Place:
    """`14:02:31 UTC`, `14:02`."""

    def say(rng: Random) -> list[Piece]:
        form = rng.choice(("%H:%M:%S UTC", "%H:%M:%S", "%H:%M", "%H:%M UTC"))
        wrong = tuple(_time(at + 60 * minutes, form) for minutes in rng.sample(CLOCK_OFF, 3))
        return [Piece(_time(at, form), {"clock": wrong})]

    return say


def day(at: float) -> Place:
    """`2027-01-15`, `15 January 2027`, `January 15`."""

    def say(rng: Random) -> list[Piece]:
        form = rng.choice(("%Y-%m-%d", "%-d %B %Y", "%B %-d", "%-d %B"))
        wrong = tuple(_time(at + 86400 * days, form) for days in rng.sample((-9, -2, -1, 1, 3, 20), 3))
        return [Piece(_time(at, form), {"day": wrong})]

    return say


def _time(at: float, form: str) -> str:
    return datetime.fromtimestamp(int(at), UTC).strftime(form)


# ── how many times ───────────────────────────────────────────────────────────────────────────────────────────────────

_MANY = {2: "twice", 3: "three times", 4: "four times", 5: "five times", 8: "eight times", 10: "ten times"}


def many_times(ratio: float) -> list[tuple[str, tuple[str, ...]]]:
    """`about four times`, with what is wrong in its place; for a ratio above 1."""
    ways: list[tuple[str, tuple[str, ...]]] = [
        (f"{ratio:.2g} times", (f"{ratio * 3:.2g} times", f"{ratio / 2.2:.2g} times"))
    ]
    nearest = round(ratio)
    if 2 <= ratio < 12.5 and abs(ratio - nearest) <= 0.07 * ratio and nearest < len(SPELLED):
        word = "twice" if nearest == 2 else f"{SPELLED[nearest]} times"
        far = tuple(word for many, word in _MANY.items() if not 0.6 < many / ratio < 1.6)
        ways += [(f"{hedge} {word}", far) for hedge in HEDGES]
        close = abs(ratio - nearest) <= 0.03 * ratio
        ways += [(word, far)] if close else []
    tens = round(ratio / 10) * 10
    if ratio >= 12.5 and abs(ratio - tens) <= 0.07 * ratio:
        ways += [(f"{hedge} {tens} times", (f"{hedge} {tens * 3} times", "about five times")) for hedge in HEDGES]
    return ways


def share_of(ratio: float) -> list[tuple[str, tuple[str, ...]]]:
    """`a third`, for a ratio below 1; empty where no plain share is near."""
    shares = {0.5: "half", 1 / 3: "a third", 0.25: "a quarter", 0.75: "three quarters", 2 / 3: "two thirds"}
    ways: list[tuple[str, tuple[str, ...]]] = []
    for share, words in shares.items():
        if abs(ratio - share) <= 0.07 * share:
            far = tuple(other for value, other in shares.items() if not 0.7 < value / ratio < 1.4)
            ways += [(f"about {words}", far), (f"roughly {words}", far)]
            ways += [(words, far)] if abs(ratio - share) <= 0.035 * share else []
    return ways
