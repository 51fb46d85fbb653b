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
from collections.abc import Iterable
from operator import attrgetter
from typing import Literal, NamedTuple

from pydantic import ValidationError

from bot.analysis.evidence import Interval
from bot.analysis.findings import DOUBT, PROVEN_NATS
from bot.analysis.lines.line import Direction, Line, explained, name_of
from bot.analysis.lines.looks import looks_of
from bot.analysis.lines.reason import seen, unproven, worse
from bot.analysis.lines.watched import watched

ALPHA = 0.01
"""How probable it may be that a line fails whose canary is no worse than tolerated, over all its intervals together."""

Outcome = Literal["pass", "fail", "inconclusive", "error"]


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
        said = "; ".join(map(explained, reversed(first.values())))  # of a list, its first wrong sample
        return Verdict(name_of(text), "error", reason=f"line {number}: {said}")
    return judged(line)


def judged(line: Line) -> Verdict:
    """The verdict on a line that is one."""
    (looks, notes), tolerance, enough = looks_of(line), line.tolerated, len(line.directions) / ALPHA
    watches = [watched(looks, direction, tolerance, enough) for direction in line.directions]
    failed = min((watch for watch in watches if watch.alarm is not None), key=attrgetter("alarm"), default=None)
    interval = watches[0].stream.interval()
    outcome: Outcome = "fail" if failed else "inconclusive"
    if failed:
        said = worse(looks, failed, line)
    elif not looks:
        said = "no interval in which both sides could be read"
    elif any(watch.stream.worth >= enough**DOUBT for watch in watches):
        said = "perhaps worse than that at the end, perhaps by chance"
    elif any(watch.proof < PROVEN_NATS for watch in watches):
        said = unproven(looks, min(watches, key=attrgetter("proof")))
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
        "; ".join([*seen(looks, interval, line), said, *notes]),
    )


def _direction(interval: Interval | None) -> Direction | Literal["none"]:
    if interval is None or interval.low <= 1.0 <= interval.high:
        return "none"
    return "increase" if interval.low > 1.0 else "decrease"


def _rounded(number: float) -> float:
    """To four digits."""
    return float(f"{number:.4g}")
