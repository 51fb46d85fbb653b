"""One line of samples in, one verdict out: what `songbird judge` says about a canary beside its control.

A line is one JSON object: a name, what kind of thing it is, which direction is bad, and both sides' samples, one for
each interval. The samples' shape decides how they are judged: pairs `[events, total]` by `evidence.Shares`, plain
values by `evidence.Levels`, look by look and by the very code that judges a release. So the verdict is what somebody
would have said who looked after every interval, and a fail stays a fail. Each line is judged as if it were alone, with
an error probability of `ALPHA`; `either` divides that between two one-sided watches.

Counts without totals are a rate, of traffic that both sides are taken to share: a handful of events an interval is
judged as events, more than `EVENTS_FEW` as a level, because then how much it moves by itself says more than counting.

The one thing to remember: an interval in which either side cannot be read is no evidence. It is counted and said, and
never taken for a zero.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, pairwise
from operator import attrgetter
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator
from pydantic_core import ErrorDetails

from bot.analysis.bets import Fund
from bot.analysis.evidence import Interval, Levels, Shares
from bot.analysis.evidence.levels import STRIDE_SHARES
from bot.analysis.evidence.shares import RISE_SHARES
from bot.analysis.findings import DOUBT, PROVEN_NATS
from bot.analysis.judge import LOOKS_EXPECTED_MIN
from bot.analysis.noise import SCATTER_TERM_MAX, Scatter
from bot.analysis.shapes import Counts
from bot.analysis.words import MANY_TIMES, TIMES
from bot.core.metric import Tolerance
from bot.core.quantities import duration_in_words

ALPHA = 0.01
"""How probable it may be that a line fails whose canary is no worse than tolerated, over all its intervals together."""

TOLERATED = {"latency": 1.2, "gauge": 1.1}
"""Of plain values."""
TOLERATED_SHARE = 1.5
TOLERATED_SHARE_FALL = 1.25
"""Where only a decrease is bad, as of conversions: there are more of them than of errors."""

SIZE_MIN, SIZE_MAX = 1e-100, 1e100
"""Nothing that is counted or measured is larger, or smaller and not zero; with such numbers one can still reckon."""
INTERVAL_MAX = 1e9
"""Seconds: thirty years."""
EVENT_MIN = 0.5
"""One event, extrapolated to an interval as some systems do, is hardly written as less."""
EVENTS_FEW = 10.0
"""The control's mean an interval, up to which plain counts are judged as events."""
RARE = 1e6
"""Times the largest plain count: a total beside which every count is rare, as in a Poisson process."""

UNIT_LARGE, UNIT_SMALL = 1e5, 1e-3
"""Counts that are all multiples of so much, or of so little, are not in events but in some unit of their own."""
UNITS_MAX, COUNT_MAX = 1e6, 1e12
"""In the smallest count that is not zero, and in any; more, and half an event is lost in the rounding."""
SMALL_MOVES_MAX = 0.5 * SCATTER_TERM_MAX
"""Times what counting explains: more, and the small unit is no event, but where somebody rounded."""

ONSET_NATS = 0.5
"""Within which two looks are about as likely the first."""

INTERVALS_MORE_MAX = 10_000
"""More are not worth being told of."""
RATIO_MAX = 1000.0
"""What may be tolerated; and in words, what is larger or smaller than its inverse is not worth a number."""
FOUND_MAX = 40
"""Characters of what was found, in an error."""


# ── a line ───────────────────────────────────────────────────────────────────────────────────────────────────────────

Reading = float | None
Pair = tuple[Reading, Reading]
Direction = Literal["increase", "decrease"]
Outcome = Literal["pass", "fail", "inconclusive", "error"]
Shape = Literal["pairs", "values"]


def _shape(written: object) -> Shape:
    """By the first sample that is not null."""
    first = next((one for one in written if one is not None), None) if isinstance(written, list) else None
    return "pairs" if isinstance(first, list | tuple) else "values"


Samples = Annotated[
    Annotated[list[Reading], Tag("values")] | Annotated[list[Pair | None], Tag("pairs")],
    Discriminator(_shape),
]

_SAMPLES = "a list with a number, a pair [events, total] or null for each interval, the same on both sides"
ALLOWED = {
    "name": "text",
    "kind": "count, gauge, latency, ratio",
    "direction": "increase, decrease, either (which of them is bad)",
    "control": _SAMPLES,
    "canary": _SAMPLES,
    "interval_seconds": "a number above 0",
    "tolerance": "a ratio above 1, up to 1000, such as 1.5",
}
"""In words, by key."""
WORDS = {"kind": ("count", "gauge", "latency", "ratio"), "direction": ("increase", "decrease", "either")}


class Line(BaseModel):
    """What may be written; a key that it does not know is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str
    kind: Literal["count", "gauge", "latency", "ratio"]
    direction: Literal["increase", "decrease", "either"]
    control: Samples
    canary: Samples
    interval_seconds: Annotated[float, Field(gt=0, le=INTERVAL_MAX, allow_inf_nan=False)]
    tolerance: Annotated[float, Field(gt=1, le=RATIO_MAX, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _sides_have_one_shape(self) -> Self:
        if any(one is not None for one in self.control) and any(one is not None for one in self.canary):
            shapes = _shape(self.control), _shape(self.canary)
            if shapes[0] != shapes[1]:
                raise ValueError(f"control holds {shapes[0]} and canary {shapes[1]}; allowed: {_SAMPLES}")
        return self

    @property
    def shape(self) -> Shape:
        return "pairs" if "pairs" in (_shape(self.control), _shape(self.canary)) else "values"

    @property
    def tolerated(self) -> Tolerance:
        if self.tolerance is not None:
            return Tolerance(ratio=self.tolerance)
        usual = TOLERATED_SHARE_FALL if self.direction == "decrease" else TOLERATED_SHARE
        return Tolerance(ratio=usual if self.shape == "pairs" else TOLERATED.get(self.kind, usual))

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The bad ones."""
        return ("increase", "decrease") if self.direction == "either" else (self.direction,)


class Verdict(NamedTuple):
    """What is written about a line; the keys of the JSON object."""

    name: str | None
    verdict: Outcome
    direction: Literal["increase", "decrease", "none"] = "none"
    """In which the canary differs from its control, not which is bad."""
    ratio: float | None = None
    interval: tuple[float, float] | None = None
    evidence: float | None = None
    """Nats: the most there ever was, so that it is at least `needed` exactly when the verdict is a fail."""
    needed: float | None = None
    since: float | None = None
    """Seconds after the beginning of the first interval."""
    samples: int = 0
    """Intervals in which both sides could be read."""
    reason: str = ""


def answers(lines: Iterable[tuple[int, bytes]]) -> tuple[str, bool]:
    """The verdicts on numbered lines, as lines of JSON, and whether all could be judged. Blank lines have none."""
    verdicts = [answer(number, text) for number, text in lines if text.strip()]
    written = "".join(f"{json.dumps(each._asdict(), ensure_ascii=False)}\n" for each in verdicts)
    return written, all(each.verdict != "error" for each in verdicts)


def answer(number: int, text: bytes) -> Verdict:
    """The verdict on one line of a file; an error that names what is wrong when it is none."""
    try:
        line = Line.model_validate_json(text)
    except ValidationError as invalid:
        first = {error["loc"][:1]: error for error in reversed(invalid.errors(include_url=False))}
        said = "; ".join(map(_explained, reversed(first.values())))  # of a list, its first wrong sample
        return Verdict(_name_of(text), "error", reason=f"line {number}: {said}")
    return judged(line)


# ── what could be read ───────────────────────────────────────────────────────────────────────────────────────────────


class Look(NamedTuple):
    """One interval in which both sides could be read."""

    place: int
    canary: Counts | float
    control: Counts | float


class Looks(NamedTuple):
    """All of them, and what there is to say about the others."""

    looks: Sequence[Look]
    notes: Sequence[str]


def _looks(line: Line) -> Looks:
    sides = list(zip(line.canary, line.control, strict=False))
    notes = []
    if len(line.canary) != len(line.control):
        notes.append(f"control has {len(line.control)} intervals and canary {len(line.canary)}: {len(sides)} judged")
    while sides and sides[-1] == (None, None):
        sides.pop()
    unit = _unit(line) if line.shape == "pairs" or line.kind == "count" else 1.0
    if unit is not None and unit != 1.0:
        notes.append(f"all counts are multiples of {unit:g}, which is taken for one event")
    looks, holes = [], Counter[str]()
    for place, (mine, other) in enumerate(sides):
        canary, control = _read(mine, unit or 1.0), _read(other, unit or 1.0)
        if isinstance(canary, str):
            holes[canary] += 1
        elif isinstance(control, str):
            holes[control] += 1
        else:
            looks.append(Look(place, canary, control))
    if holes:
        told = ", ".join(f"{count} {what}" for what, count in holes.items())
        notes.append(f"{holes.total()} of {len(sides)} intervals not used ({told})")
    if line.kind == "count" and line.shape == "values" and looks:
        notes.append("without totals, both sides are taken to have had the same traffic")
        return Looks(looks if unit is None else _as_events(looks), notes)
    return Looks(looks, notes)


def _read(written: Reading | Pair, unit: float) -> Counts | float | str:
    """Counts, a value, or why it is neither."""
    if isinstance(written, tuple):
        events, total = written
        if events is None or total is None:
            return "missing"
        if 0.0 <= events <= total <= COUNT_MAX * unit:
            return Counts(_sized(events) / unit, _sized(total) / unit)
        return _flaw(events) or _flaw(total) or ("with more events than their total" if events > total else "too large")
    if written is None:
        return "missing"
    return _sized(written) / unit if 0.0 <= written <= SIZE_MAX else _flaw(written)


def _sized(number: float) -> float:
    return number if number >= SIZE_MIN else 0.0


def _flaw(number: float) -> str:
    """Empty when it may stand."""
    if not math.isfinite(number):
        return "not finite"
    return "negative" if number < 0.0 else "too large" if number > SIZE_MAX else ""


def _as_events(looks: Sequence[Look]) -> Sequence[Look]:
    """Plain counts as rare events of one total on both sides, while there are few of them."""
    plain = [
        (place, canary, control)
        for place, canary, control in looks
        if isinstance(canary, float) and isinstance(control, float)
    ]
    if math.fsum(control for _, _, control in plain) > EVENTS_FEW * len(plain):
        return looks
    total = RARE * max(1.0, *(max(canary, control) for _, canary, control in plain))
    return [Look(place, Counts(canary, total), Counts(control, total)) for place, canary, control in plain]


def _unit(line: Line) -> float | None:
    """What one event is written as: 1, unless all counts are multiples of something far larger or far smaller.

    Such counts were scaled, and would else be taken for millions of events, or for none. None for what is too small to
    be counts of events and has no unit either.
    """
    written = chain(line.canary, line.control)
    flat = chain.from_iterable(each if isinstance(each, tuple) else (each,) for each in written)
    numbers = [number for number in flat if number is not None and SIZE_MIN <= number <= SIZE_MAX]
    smallest = min(numbers, default=1.0)
    if smallest >= UNIT_LARGE:
        common = math.gcd(*map(int, numbers)) if all(map(float.is_integer, numbers)) else 1
        return 10.0 ** math.floor(math.log10(common)) if common >= UNIT_LARGE else 1.0
    if smallest >= EVENT_MIN:
        return 1.0
    unit = smallest
    for number in numbers:
        unit = smallest / round(smallest / _common_divisor(number, unit, 0.3 * smallest / UNITS_MAX))
        if unit * UNITS_MAX < smallest:
            return None
    fits = unit < UNIT_SMALL and max(numbers) < COUNT_MAX * unit
    return unit if fits and _is_counted(line.control, unit) else None


def _is_counted(side: Sequence[Reading | Pair | None], unit: float) -> bool:
    """Whether shares move from look to look about as counting in this unit explains."""
    read = [_read(written, unit) for written in side]
    total = RARE * max([one for one in read if isinstance(one, float)], default=1.0)
    scatter = Scatter()
    for one in read:
        if not isinstance(one, str):
            scatter = scatter.then(one if isinstance(one, Counts) else Counts(one, total))
    return scatter.squares <= SMALL_MOVES_MAX * scatter.looks


def _common_divisor(one: float, other: float, least: float) -> float:
    """Euclid's, for numbers with rounding errors below `least`."""
    while other > least:
        one, other = other, abs(math.remainder(one, other))
    return one


# ── watching ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Watched(NamedTuple):
    """What a watch for one direction ended with."""

    direction: Direction
    stream: Shares | Levels
    most: float
    """The largest e-value there was."""
    alarm: int | None
    """The look at which it sufficed."""
    onset: int
    """The look at which what it won by the alarm began."""
    proof: float
    """Nats for "no worse"; infinite where a share so large cannot become worse than tolerated."""


def _watched(looks: Sequence[Look], direction: Direction, tolerance: Tolerance, enough: float) -> Watched:
    """`enough`: the e-value that is a fail."""
    are_shares = bool(looks) and isinstance(looks[0].canary, Counts)
    stream: Shares | Levels = Shares().at_step() if are_shares else Levels().at_step()
    part, higher = 1.0 / max(LOOKS_EXPECTED_MIN, len(looks)), direction == "increase"
    funds = [stream.fund]
    for _, canary, control in looks:
        stream = stream.then(canary, control, tolerance, part, higher=higher)  # type: ignore[arg-type] # all looks have the stream's shape
        funds.append(stream.fund)
    worths = [fund.worth for fund in funds]
    alarm = next((at for at, worth in enumerate(worths[1:]) if worth >= enough), None)
    onset = 0 if alarm is None else _onset(funds[: alarm + 2], RISE_SHARES if are_shares else STRIDE_SHARES)
    cannot = isinstance(stream, Shares) and higher and bool(looks) and stream.scatter.share * tolerance.ratio >= 1.0
    return Watched(direction, stream, max(worths), alarm, onset, math.inf if cannot else stream.proof)


def _onset(funds: Sequence[Fund], shares: Sequence[float]) -> int:
    """The most likely first look of what the fund's best bet has won by: where its sum was least (Page 1954).

    Among looks that are about as likely, the earliest: what was bad from the start was so while nothing was known yet.
    """
    best = max(range(len(shares)), key=funds[-1].bets.__getitem__)
    placed = [old.bets[best] + (old.kept - new.kept) * shares[best] for old, new in pairwise(funds)]
    gains = [math.log(max(fund.bets[best] / stake, 1e-300)) for fund, stake in zip(funds[1:], placed, strict=True)]
    sums = list(accumulate(gains[:-1], initial=0.0))
    least = min(sums)
    return next(at for at, won in enumerate(sums) if won <= least + ONSET_NATS)


# ── the verdict ──────────────────────────────────────────────────────────────────────────────────────────────────────


def judged(line: Line) -> Verdict:
    """The verdict on a line that is one."""
    (looks, notes), tolerance, enough = _looks(line), line.tolerated, len(line.directions) / ALPHA
    watches = [_watched(looks, direction, tolerance, enough) for direction in line.directions]
    failed = min((watch for watch in watches if watch.alarm is not None), key=attrgetter("alarm"), default=None)
    interval = watches[0].stream.interval()
    outcome: Outcome = "fail" if failed else "inconclusive"
    if failed:
        said = _worse(looks, failed, line)
    elif not looks:
        said = "no interval in which both sides could be read"
    elif any(watch.stream.worth >= enough**DOUBT for watch in watches):
        said = "perhaps worse than that at the end, perhaps by chance"
    elif any(watch.proof < PROVEN_NATS for watch in watches):
        said = _unproven(looks, min(watches, key=attrgetter("proof")))
    else:
        outcome, said = "pass", "shown to be no worse than that"
    return Verdict(
        line.name,
        outcome,
        failed.direction if failed else _direction(interval),
        _rounded(interval.ratio) if interval else None,
        (_rounded(interval.low), _rounded(interval.high)) if interval else None,
        _rounded(math.log(max(watch.most for watch in watches))),
        _rounded(math.log(enough)),
        round(looks[failed.onset].place * line.interval_seconds, 6) if failed else None,
        len(looks),
        "; ".join([*_seen(looks, interval, line), said, *notes]),
    )


def _direction(interval: Interval | None) -> Direction | Literal["none"]:
    if interval is None or interval.low <= 1.0 <= interval.high:
        return "none"
    return "increase" if interval.low > 1.0 else "decrease"


def _rounded(number: float) -> float:
    """To four digits."""
    return float(f"{number:.4g}")


# ── the reason ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _seen(looks: Sequence[Look], interval: Interval | None, line: Line) -> Iterator[str]:
    """`61 of 1,270 (4.8 %) on the canary, 4 of 1,300 (0.31 %) on its control`, and `16x, surely 4.6x to 52x, …`."""
    if looks:
        canary, control = [look.canary for look in looks], [look.control for look in looks]
        yield f"{_level(canary, line)} on the canary, {_level(control, line)} on its control"
        between = (
            f"{_times(interval.ratio)}, surely {_times(interval.low)} to {_times(interval.high)}, " if interval else ""
        )
        ratio = line.tolerated.ratio
        edges = {"increase": [ratio], "decrease": [1 / ratio], "either": [1 / ratio, ratio]}[line.direction]
        yield f"{between}{' to '.join(map(_times, edges))} tolerated"


def _level(side: Sequence[Counts | float], line: Line) -> str:
    """How many of how many, or the mean of plain values."""
    events, total = _sums(side)
    if line.shape == "pairs":
        return f"{events:,.0f} of {total:,.0f}{f' ({100 * events / total:.3g} %)' if total else ''}"
    return f"{events / len(side):.4g}"


def _sums(side: Sequence[Counts | float]) -> tuple[float, float]:
    """Of plain values, their sum and their number."""
    pairs = [(one.x, one.n) if isinstance(one, Counts) else (one, 1.0) for one in side]
    return math.fsum(x for x, _ in pairs), math.fsum(n for _, n in pairs)


def _worse(looks: Sequence[Look], failed: Watched, line: Line) -> str:
    """Since when, and how much it was from there to the alarm."""
    assert failed.alarm is not None, "a watch fails by its alarm"
    stretch = looks[failed.onset : failed.alarm + 1]
    (events, total), (control_events, control_total) = (_sums([look[side] for look in stretch]) for side in (1, 2))
    usual = control_events * total / control_total
    began, intervals = stretch[0].place, stretch[-1].place + 1 - stretch[0].place
    then = f"{_times(events / usual)}, " if usual else ""
    within = "1 interval" if intervals == 1 else f"{intervals} intervals"
    more = "more" if failed.direction == "increase" else "less"
    since = duration_in_words(began * line.interval_seconds)
    return f"{more} than that since {since} after the start: {then}certain within {within}"


def _unproven(looks: Sequence[Look], watch: Watched) -> str:
    """What is missing for a pass."""
    if isinstance(watch.stream, Levels) and not watch.stream.wander.is_known:
        return "neither worse nor no worse can be shown: too few intervals to know how much it moves by itself"
    canary, control = (_sums([look[side] for look in looks])[0] for side in (1, 2))
    if not control and (not canary or isinstance(watch.stream, Levels)):
        return "its control is 0 throughout, and nothing has a ratio to that"
    said = f"neither shown to be worse nor to be no worse: {watch.proof:.1f} of {PROVEN_NATS:.1f} nats for a pass"
    more = math.ceil((PROVEN_NATS - watch.proof) * len(looks) / watch.proof) if watch.proof > 0 else 0
    return f"{said}, about {more:,} more intervals like these would do" if 0 < more <= INTERVALS_MORE_MAX else said


def _times(ratio: float) -> str:
    if not 1 / RATIO_MAX <= ratio <= RATIO_MAX:
        return f"over {RATIO_MAX:,.0f}{TIMES}" if ratio > 1.0 else f"under {1 / RATIO_MAX:g}{TIMES}"
    return f"{ratio:.0f}{TIMES}" if ratio >= MANY_TIMES else f"{ratio:.3g}{TIMES}"


# ── what is wrong with a line ────────────────────────────────────────────────────────────────────────────────────────


def _explained(error: ErrorDetails) -> str:
    """`kind: found "counter"; allowed: count, gauge, latency, ratio; did you mean "count"?`."""
    context = error.get("ctx", {})
    if error["type"] == "json_invalid":
        return f"is not JSON: {context['error']}".replace("at line 1 column", "at column")
    if error["type"] == "value_error":
        return str(context["error"])
    if not error["loc"]:
        return f"found {_found(error['input'])}; allowed: an object with the keys {', '.join(ALLOWED)}"
    key, *inside = map(str, error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{key}: no such key; allowed: {', '.join(ALLOWED)}{_nearest(key, ALLOWED)}"
    if error["type"] == "missing" and not inside:
        return f"{key}: missing; allowed: {ALLOWED[key]}"
    place, near = f"{key}[{inside[1]}]" if len(inside) > 1 else key, _nearest(error["input"], WORDS.get(key, ()))
    return f"{place}: found {_found(error['input'])}; allowed: {ALLOWED[key]}{near}"


def _nearest(written: object, allowed: Iterable[str]) -> str:
    import difflib  # noqa: PLC0415 - only for a line that is wrong

    near = difflib.get_close_matches(str(written).lower(), list(allowed), n=1)
    return f'; did you mean "{near[0]}"?' if near else ""


def _found(value: object) -> str:
    shown = json.dumps(value, default=str, ensure_ascii=False)
    return f"{shown[:FOUND_MAX]}…" if len(shown) > FOUND_MAX else shown


def _name_of(text: bytes) -> str | None:
    """The name in a line that is not one, as far as there is any."""
    try:
        written = json.loads(text)
    except (ValueError, RecursionError):
        return None
    name = written.get("name") if isinstance(written, dict) else None
    return name if isinstance(name, str) else None
