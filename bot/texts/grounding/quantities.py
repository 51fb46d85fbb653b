"""Numbers in a sentence as people write them: `6.1 %`, `0.24 s`, `about five minutes`, `1.2k`, `16 times`, `08:02 UTC`.

A quantity is a value in base units with what its writing leaves open: `6 %` may be 6.1 %, `6.0 %` may not, and `about
700 ms` may be 720. The one thing to remember: rounding is forgiven up to the last digit that was written, and never
by more than a tenth of the value.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.texts.grounding.language import Span

ROUNDING_MAX = 0.125
"""An eighth: what rounding may change at most, also where few digits were written, as in `four` for 4.4."""

ZEROS_MAX = 0.05
"""A twentieth: what zeros at the end of a number may hide, as in `700` for 720."""

COUNT_ROUND_MIN = 1000.0
"""Counts below it are counted, and not rounded."""

HALF_SECOND = 0.5
"""`4m 10s` is written without tenths."""

PART_SLACK = 0.05
"""`a third` is said of 0.32 to 0.35."""

HEDGED_MIN = 0.04
"""What `about` allows at least."""

_ONES = [
    "zero",
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
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "k": 1_000, "dozen": 12}
_WORDS = {word: value for value, word in enumerate(_ONES)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_ORDINALS = {
    word: value for value, word in enumerate(["first", "second", "third", "fourth", "fifth", "sixth"], start=1)
}
_FOLD = {
    "twice": 2.0, "thrice": 3.0, "double": 2.0, "doubled": 2.0, "doubles": 2.0, "doubling": 2.0,
    "triple": 3.0, "tripled": 3.0, "tripling": 3.0, "trebled": 3.0, "quadruple": 4.0, "quadrupled": 4.0,
    "quintupled": 5.0, "halved": 0.5, "halving": 0.5,
}  # fmt: skip
PARTS = {
    "three quarters": 0.75, "three-quarters": 0.75, "a quarter": 0.25, "one quarter": 0.25, "half": 0.5,
    "a third": 1 / 3, "one third": 1 / 3, "two thirds": 2 / 3, "two-thirds": 2 / 3, "a fifth": 0.2, "one fifth": 0.2,
    "two fifths": 0.4, "three fifths": 0.6, "a tenth": 0.1, "one tenth": 0.1, "a twentieth": 0.05,
    "one twentieth": 0.05,
}  # fmt: skip

_UNITS: tuple[tuple[str, str, float], ...] = (
    (r"percentage[ -]points?|%-points?|pp|points?", "points", 0.01),
    (r"%|percent|per cent|pct", "share", 0.01),
    (r"milliseconds?|msecs?|ms", "s", 0.001),
    (r"seconds?|secs?|s", "s", 1.0),
    (r"minutes?|mins?|m", "s", 60.0),
    (r"hours?|hrs?|h", "s", 3600.0),
    (r"days?|d", "s", 86400.0),
    (r"weeks?", "s", 604800.0),
    (r"kilobytes?|kb|kib", "bytes", 1e3),
    (r"megabytes?|mb|mib", "bytes", 1e6),
    (r"gigabytes?|gb|gib", "bytes", 1e9),
    (r"bytes?", "bytes", 1.0),
    (r"times|x|-?fold", "times", 1.0),
    (r"nats?", "nats", 1.0),
)
_UNIT = "|".join(f"(?P<u{index}>{pattern})" for index, (pattern, _unit, _scale) in enumerate(_UNITS))
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SMALL = "|".join((*_ONES[1:], "zero"))
_SPELLED = (
    rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_ONES[1:10])}))?|{_SMALL}|"
    r"an?(?= (?:dozen|hundred|thousand|second\b(?= of| later| earlier| after| before|[,.;]|$)|minute|hour|day|week)))"
)
_NUMBER = re.compile(
    rf"(?<![\w.,#/])(?P<sign>[+-](?=\d))?(?:(?P<digits>{_DIGITS})|(?P<spelled>{_SPELLED}))"
    rf"(?:(?P<ordinal>st|nd|rd|th)\b|[ -]?(?P<scale>hundred|thousand|million|dozen|k)\b)?"
    rf"(?:(?:\s|-)?(?:{_UNIT})(?![\w/]))?(?![\w])"
)
_FACTOR = re.compile(rf"\b(?:a )?factor of (?P<n>{_DIGITS}|{_SMALL})\b")
_MANY = re.compile(
    r" (?:files|changes|metrics|steps|suspects|concerns|approvals|requests|looks|events|commits|people)\b"
)
_IN = re.compile(
    rf"\b(?P<a>{_DIGITS}|{_SMALL})(?: (?!or\b|and\b)\w+)? (?:in|out of)(?: every)? (?P<b>{_DIGITS}|"
    rf"{_SMALL})\b(?! (?:steps|"
    rf"stages))"
)
_CLOCK = re.compile(
    r"(?<![\w:.])(?P<h>[01]?\d|2[0-3]):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?(?: ?(?P<half>am|"
    r"pm)\b)?(?: ?(?P<zone>[a-z]{1,5}\b))?"
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec"
)
_DAY = re.compile(
    rf"(?<![\w-])(?:(?P<iso>\d{{4}}-\d\d-\d\d)|(?:(?P<day>\d\d?)(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})|"
    rf"(?P<month2>{_MONTH})\.? (?P<day2>\d\d?)(?:st|nd|rd|th)?)(?:,? (?P<year>\d{{4}}))?)(?![\w-])"
)
_ZONES = {"utc", "gmt", "z"}
_OTHER_ZONES = {"cet", "cest", "est", "edt", "pst", "pdt", "cst", "cdt", "ist", "bst", "jst", "mst", "mdt"}
_WORDED = re.compile(rf"\b(?:{'|'.join(PARTS)})\b|\b(?:{'|'.join(_FOLD)})\b|\b(?:both|{'|'.join(_ORDINALS)})\b")
_ALL = re.compile(
    r"\b(?:all|full|the whole|every bit)(?: of)?(?: the| of the)? (?:traffic|exposure|users)\b|\bfully exposed\b"
)
_NONE = re.compile(r"\bno(?:ne of the)? (?:more )?(?:traffic|exposure)\b")
_HALF_AN_HOUR = re.compile(r"\b(?:half an hour|half[- ]hour)\b")
_HALF_A_MINUTE = re.compile(r"\b(?:half a minute|half[- ]minute)\b")
_HALF_A_SECOND = re.compile(r"\b(?:half a second|half[- ]second)\b")
_HOUR_AND_A_HALF = re.compile(r"\b(?:an|one) hour and a half\b")

HEDGES = (
    r"(?:\b(?:about|around|roughly|approximately|approx|nearly|almost|some|circa|close to|or so|more or less|"
    r"give or take|just about|in the region of|in the order of)|~)"
)
"""What says that a number is rounded."""
_HEDGE = re.compile(rf"{HEDGES}\s*(?:an? )?$")
_OVER = re.compile(
    r"\b(?:more than|over|above|exceed(?:ed|s|ing)?|at least|upwards of|beyond|past|north of|greater than|"
    r"higher than)\s*(?:the |an? |its |their )?$"
)
_UNDER = re.compile(
    r"\b(?:less than|under|below|within|at most|"
    r"(?<!went )(?<!rose )(?<!goes )(?<!shot )(?<!was )(?<!were )(?<!ramped )"
    r"(?<!climbed )(?<!jumped )(?<!moved )(?<!stepped )(?<!gone )up to|fewer than|lower than|no more than|not even|"
    r"inside)\s*(?:the |"
    r"an? |its |their )?$"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that was said, in base units.

    `unit`: share (a fraction), points, s, bytes, times, nats, clock (seconds of the day), day (20270115, or 115 without
    its year), ordinal, or empty. `slack` is what its rounding leaves open, in the same unit.
    """

    value: float
    unit: str
    slack: float
    span: Span
    said: str
    is_hedged: bool = False
    bound: str = ""
    """`>` for `more than`, `<` for `less than`."""
    is_signed: bool = False
    zeros: float = 0.0
    """What the zeros at its end may hide where it was measured, and not counted."""
    is_range: str = ""
    """`low` and `high` of `between A and B`, `from` and `to` of `from A to B`."""

    def is_near(self, value: float) -> bool:
        return abs(self.value - value) <= self.slack + 1e-9 * max(abs(value), 1e-6)


def quantities(lower: str) -> tuple[Quantity, ...]:
    """All of them, in order, from a text in which names have been blanked out."""
    taken = bytearray(len(lower))
    found: list[Quantity] = []
    for reader in (_days, _clocks, _shares, _wholes, _plain, _worded):
        for one in reader(lower):
            if not any(taken[one.span.start : one.span.end]):
                found.append(one)
                taken[one.span.start : one.span.end] = b"\1" * (one.span.end - one.span.start)
    found.sort(key=lambda one: one.span.start)
    return tuple(_in_pairs(lower, list(_hedged(lower, _compounds(lower, found)))))


def _days(lower: str) -> Iterator[Quantity]:
    """`2027-01-15` as 20270115, and `15 January` as 115."""
    for match in _DAY.finditer(lower):
        if match["iso"]:
            value = float(match["iso"].replace("-", ""))
        else:
            month, day = (match["month"] or match["month2"]), int(match["day"] or match["day2"])
            value = (_MONTHS.index(month[:3]) + 1) * 100.0 + day + 10_000.0 * int(match["year"] or 0)
        yield Quantity(value, "day", 0.0, Span(*match.span()), match[0])


def _clocks(lower: str) -> Iterator[Quantity]:
    for match in _CLOCK.finditer(lower):
        hours, seconds = int(match["h"]), match["s"]
        if match["half"]:
            hours = hours % 12 + (12 if match["half"] == "pm" else 0)
        value = hours * 3600 + int(match["m"]) * 60 + int(seconds or 0)
        unit = "elsewhere" if match["zone"] in _OTHER_ZONES else "clock"
        end = match.end() if match["zone"] in _ZONES | _OTHER_ZONES else match.end("half") if match["half"] else 0
        end = end or (match.end("s") if seconds else match.end("m"))
        yield Quantity(value, unit, 0.0 if seconds else 60.0, Span(match.start(), end), lower[match.start() : end])


def _shares(lower: str) -> Iterator[Quantity]:
    """`one in sixteen`."""
    for match in _FACTOR.finditer(lower):
        value = _read(match["n"])
        yield Quantity(value, "times", min(0.5, ROUNDING_MAX * value), Span(*match.span()), match[0])
    for match in _IN.finditer(lower):
        many, of = _read(match["a"]), _read(match["b"])
        if of > many > 0 and many == 1:
            value = many / of
            yield Quantity(value, "share", ROUNDING_MAX * value, Span(*match.span()), match[0], is_hedged=True)


def _wholes(lower: str) -> Iterator[Quantity]:
    for pattern, value, unit in (
        (_ALL, 1.0, "share"),
        (_NONE, 0.0, "share"),
        (_HALF_AN_HOUR, 1800.0, "s"),
        (_HOUR_AND_A_HALF, 5400.0, "s"),
        (_HALF_A_MINUTE, 30.0, "s"),
        (_HALF_A_SECOND, 0.5, "s"),
    ):
        for match in pattern.finditer(lower):
            yield Quantity(value, unit, 0.05 * value if unit == "s" else 0.0, Span(*match.span()), match[0])


def _read(number: str) -> float:
    return float(_WORDS[number]) if number in _WORDS else float(number.replace(",", ""))


def _plain(lower: str) -> Iterator[Quantity]:
    for match in _NUMBER.finditer(lower):
        digits, spelled, scale = match["digits"], match["spelled"], _SCALES.get(match["scale"] or "", 1)
        unit, factor = next(
            ((unit, size) for index, (_p, unit, size) in enumerate(_UNITS) if match[f"u{index}"]), ("", 1.0)
        )
        if match["ordinal"]:
            unit = "ordinal"
        if spelled == "one" and not unit and scale == 1 and not _MANY.match(lower, match.end()):
            continue  # `one of them`, `the old one`
        value = _spelled(spelled) if spelled else float(digits.replace(",", ""))
        decimals = len(digits.partition(".")[2]) if digits else 0
        sign = -1.0 if match["sign"] == "-" else 1.0
        size = factor * scale
        half = 0.5 * 10.0**-decimals * size
        exact = unit in ("", "ordinal") and scale == 1 and decimals == 0 and abs(value) < COUNT_ROUND_MIN
        slack = 0.0 if exact else max(min(half, ROUNDING_MAX * abs(value) * size), _hidden(digits) * size)
        span = Span(match.start(), match.end())
        yield Quantity(
            sign * value * size,
            unit,
            slack,
            span,
            match[0],
            is_signed=bool(match["sign"]),
            zeros=_hidden(digits) * size,
        )


def _hidden(digits: str | None) -> float:
    """What the zeros at the end of a whole number may hide."""
    whole = (digits or "").replace(",", "")
    zeros = len(whole) - len(whole.rstrip("0"))
    if not zeros or "." in whole:
        return 0.0
    return min(0.5 * 10.0**zeros, ZEROS_MAX * float(whole))


def _spelled(said: str) -> float:
    parts = re.split(r"[- ]", said)
    return float(sum(_WORDS.get(part, 1 if part in ("a", "an") else 0) for part in parts))


def _worded(lower: str) -> Iterator[Quantity]:
    for match in _WORDED.finditer(lower):
        said, span = match[0], Span(*match.span())
        if said in PARTS:
            yield Quantity(PARTS[said], "share", PART_SLACK * PARTS[said], span, said)
        elif said in _FOLD:
            yield Quantity(_FOLD[said], "times", ROUNDING_MAX * _FOLD[said], span, said)
        elif said == "both":
            yield Quantity(2.0, "", 0.0, span, said)
        else:
            yield Quantity(float(_ORDINALS[said]), "ordinal", 0.0, span, said)


# ── what stands around a number ──────────────────────────────────────────────────────────────────────────────────────


def _compounds(lower: str, found: list[Quantity]) -> Iterator[Quantity]:
    """`4m 10s` and `two minutes and five seconds` are one duration each."""
    pending: Quantity | None = None
    for one in found:
        if pending is not None and _goes_on(lower, pending, one):
            span = Span(pending.span.start, one.span.end)
            said = lower[span.start : span.end]
            pending = Quantity(pending.value + one.value, "s", max(one.slack, HALF_SECOND), span, said)
            continue
        if pending is not None:
            yield pending
        pending = one
    if pending is not None:
        yield pending


def _goes_on(lower: str, first: Quantity, then: Quantity) -> bool:
    between = lower[first.span.end : then.span.start]
    smaller = any(0 < then.value < size <= first.value for size in (60, 3600, 86400))  # a minute, an hour, a day
    return first.unit == then.unit == "s" and smaller and between in (" ", " and ", ", ", "")


def _hedged(lower: str, found: Iterable[Quantity]) -> Iterator[Quantity]:
    for one in found:
        before = lower[max(0, one.span.start - 24) : one.span.start]
        bound = ">" if _OVER.search(before) else "<" if _UNDER.search(before) else ""
        if _HEDGE.search(before) or lower[one.span.end :].startswith((" or so", "-ish")):
            yield replace(one, is_hedged=True, bound=bound, slack=max(one.slack, _loose(one)))
        else:
            yield replace(one, bound=bound)


def _loose(one: Quantity) -> float:
    """`about 700` may be 720, and `about 6.1` may not be 6.4."""
    if one.said in PARTS:
        return 2 * PART_SLACK * one.value
    digits = re.sub(r"[^\d.]", "", one.said)
    zeros = len(digits) - len(digits.rstrip("0")) if digits and "." not in digits else 0
    scale = abs(one.value) / float(digits) if digits.strip(".0") else 0.0
    return min(max(0.5 * 10.0**zeros * scale, HEDGED_MIN * abs(one.value)), ROUNDING_MAX * abs(one.value))


_ENDS_HEDGED = re.compile(rf"{HEDGES}\s*$")
_OF_INTERVAL = re.compile(r" (?:as|is|was|for|being) (?:the|its|an?) (?:\w+ )?(?:interval|range|bounds)")
_BETWEEN = re.compile(rf"\s*(?:and|to|-|,)\s*(?:{HEDGES}\s*)?")
_JOINED = re.compile(rf"\s*(?:to|,? and|or|-|>|,|versus|vs\.?|against|/)\s*(?:{HEDGES}\s*)?")


def _in_pairs(lower: str, found: list[Quantity]) -> Iterator[Quantity]:
    """Ranges, and the unit that a number borrows from the next: `from 180 to 720 ms`."""
    for index in range(len(found) - 2, -1, -1):
        first, then = found[index], found[index + 1]
        between, before = (
            lower[first.span.end : then.span.start],
            _ENDS_HEDGED.sub("", lower[: first.span.start]).rstrip(),
        )
        if not first.unit and then.unit in ("share", "s", "bytes", "times") and _JOINED.fullmatch(between):
            first = _borrowed(first, then)
        if (
            (before.endswith("between") and _BETWEEN.fullmatch(between))
            or (between.strip() == "-" and first.unit == then.unit)
            or _is_interval(first, then, lower)
        ):
            first, then = replace(first, is_range="low"), replace(then, is_range="high")
        elif (before.endswith("from") and re.search(r"\bto\b", between)) or between.strip() == ">":
            first, then = replace(first, is_range="from"), replace(then, is_range="to")
        found[index], found[index + 1] = first, then
    return iter(found)


def _is_interval(first: Quantity, then: Quantity, lower: str) -> bool:
    """`7 to 20 times as the interval`."""
    between = lower[first.span.end : then.span.start].strip()
    return first.unit == then.unit and between.startswith("to") and bool(_OF_INTERVAL.match(lower, then.span.end))


def _borrowed(first: Quantity, then: Quantity) -> Quantity:
    written = float(re.sub(r"[^\d.]", "", then.said) or 0) or 1.0
    scale = abs(then.value) / written
    decimals = len(first.said.partition(".")[2])
    value = first.value * scale
    return replace(first, value=value, unit=then.unit, slack=min(0.5 * 10.0**-decimals * scale, ROUNDING_MAX * value))
