"""What a backtest found, as lines for a terminal, and as one object for programs.

The one thing to remember: a number without what it is out of says nothing, so each count stands beside how many there
were; and where nothing could be replayed, that is said first.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from bot.analysis.words import TIMES
from bot.core.metric import Limit, Metric
from bot.core.quantities import counted, duration_in_words, percent_in_words, quantity_in_words
from bot.hindsight.alone import Beyond, bounds_of
from bot.hindsight.backtest import Backtest
from bot.hindsight.course import End
from bot.hindsight.deploys import Replay
from bot.hindsight.ladder import ratios
from bot.hindsight.times import time_at

WORDS_MAX = 100
"""Letters of a reason in a table; `--json` has all of them."""
ROWS_MAX = 10
COMMIT_LETTERS = 12
ENDINGS = ("passed", "rolled back", "held", "going on", "unfinished")


def lines(found: Backtest) -> Iterator[str]:
    """All of it."""
    if found.first_at is None or found.last_at is None:
        yield f"{found.plan.service}, {found.where}: nothing is known of that time"
        return
    yield _heading(found, found.first_at, found.last_at)
    if found.unread:
        names = [metric.name for metric in found.plan.metrics if metric.name in found.unread]
        yield f"  nothing was seen of {_and(names)}, of which nothing is said below"
    if found.halves is None:
        yield ""
        yield f"{found.stage.name} has no canary step, so nothing is compared there: only limits are replayed"
    else:
        yield from _deploys(found)
        yield from _halves(found)
        yield from _tolerances(found)
    yield from _limits(found)


def _heading(found: Backtest, first: float, last: float) -> str:
    hole = f", {duration_in_words(found.holes_seconds)} of it without data" if found.holes_seconds else ""
    look = duration_in_words(found.plan.timing.look)
    span = f"{time_at(first)} to {time_at(last)}{hole}"
    return f"{found.plan.service}, {found.where}: {span}; {counted(found.looks, 'look')} every {look}"


# ── deploys ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _deploys(found: Backtest) -> Iterator[str]:
    replays = found.replays.replays if found.replays is not None else []
    if not replays:
        return
    yield from ("", "Deploys, each with the traffic that it had")
    rows = [("when", "version", "ended", "would have been", "")]
    rows += [
        (time_at(one.deploy.at), _named(one.deploy.version), one.deploy.ended, *_fate(found, one)) for one in replays
    ]
    yield from table(rows)
    seen = [one for one in replays if one.end is not None]
    well, ill = ([one for one in seen if one.deploy.ended == how] for how in ("well", "ill"))
    yield (
        f"  false rollbacks: {sum(map(is_rolled_back, well))} of {len(well)} that ended well; "
        f"missed: {sum(not is_stopped(one) for one in ill)} of {len(ill)} that ended ill"
    )


def _named(version: str) -> str:
    """A commit as its first letters, any other name whole."""
    return version[:COMMIT_LETTERS] if re.fullmatch(r"[0-9a-f]{40}", version) else version


def _fate(found: Backtest, one: Replay) -> tuple[str, str]:
    if one.end is None:
        return "not replayed", _why_not(found, one)
    return in_words(one.end), _short(_because(one, one.end))


def _why_not(found: Backtest, one: Replay) -> str:
    if found.last_at is not None and one.deploy.at > found.last_at:
        return "after what was read of the past"
    if not one.was_seen:
        earlier = found.first_at is not None and one.deploy.at < found.first_at
        return "before what was read of the past" if earlier else "nobody was seen to run its version"
    return "its two versions were not seen side by side"


def _because(one: Replay, end: End) -> str:
    if end.words and end.ending != "going on":
        return end.words
    missed = one.deploy.ended == "ill"
    nearest = ""
    if missed:
        nearest = f"missed; {one.nearest} came nearest to a rollback" if one.nearest else "missed, seen by no metric"
    together = f"side by side for {duration_in_words(one.together_seconds)}"
    return "; ".join(filter(None, [nearest, end.words, together]))


def in_words(end: End) -> str:
    """`rolled back at 10 % after 4m 10s`."""
    where = f" at {percent_in_words(end.exposure)}" if end.ending != "passed" else ""
    return f"{end.ending}{where} after {duration_in_words(end.seconds)}"


def is_rolled_back(one: Replay) -> bool:
    return one.end is not None and one.end.ending == "rolled back"


def is_stopped(one: Replay) -> bool:
    """Whether its users would have been spared the rest of it."""
    return one.end is not None and one.end.ending in ("rolled back", "held")


# ── halves ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _halves(found: Backtest) -> Iterator[str]:
    assert found.halves is not None, "there are canary steps"
    trials, alone = found.halves.trials, found.halves.looks_alone
    yield from ("", "One version in two halves, released to itself: a rollback here is a false one")
    if not trials:
        yield f"  none: at no time did two processes run one version ({alone:,} looks with fewer)"
        return
    endings = Counter("unfinished" if one.cut_short else one.end.ending for one in trials)
    told = ", ".join(
        f"{endings[name]} {name}"
        for name in ("passed", "rolled back", "held", "going on", "unfinished")
        if endings[name]
    )
    yield f"  {counted(len(trials), 'release')}: {told}"
    for one in [one for one in trials if one.end.ending in ("rolled back", "held")][:ROWS_MAX]:
        yield f"  {time_at(one.at)}  {in_words(one.end)}: {_short(one.end.words)}"
    for rule, seconds in found.halves.paused.most_common(3):
        yield f"  clocks stood still for {duration_in_words(seconds)}: {rule}"


def _tolerances(found: Backtest) -> Iterator[str]:
    seen = [metric for metric in found.plan.metrics if metric.tolerance and metric.name not in found.unread]
    rows = [_tolerance(found, metric) for metric in seen]
    if not rows or not (healthy(found) or _seen(found)):
        return
    yield from ("", "Tolerances: who would have rolled back, each metric by itself")
    yield from table([("metric", "tolerated", "false rollbacks", "caught", "no false one from"), *rows])


def _seen(found: Backtest) -> list[Replay]:
    return [one for one in found.replays.replays if one.end is not None] if found.replays is not None else []


def healthy(found: Backtest) -> list[frozenset[tuple[str, float]]]:
    """By release in which nothing was wrong, the rungs that would have rolled it back."""
    trials = [one.convicted for one in found.halves.trials] if found.halves is not None else []
    return trials + [one.convicted for one in _seen(found) if one.deploy.ended == "well"]


def bad(found: Backtest, metric: str) -> list[frozenset[tuple[str, float]]]:
    """The same of those that ended ill, unless it is known that another metric showed it."""
    ill = [one for one in _seen(found) if one.deploy.ended == "ill"]
    return [one.convicted for one in ill if one.deploy.metric in ("", metric)]


def right(found: Backtest, metric: Metric) -> float | None:
    """The smallest ratio by which no healthy release would have been rolled back; None: not even the largest asked."""
    releases = healthy(found)
    clean = [ratio for ratio in ratios(metric) if not any((metric.name, ratio) in one for one in releases)]
    return min(clean, default=None)


def times(metric: Metric) -> str:
    """What is tolerated of its control, as it is written in the table."""
    assert metric.tolerance is not None, "it has a tolerance"
    return f"{round(metric.tolerance.ratio, 3):g}{TIMES}"


def _tolerance(found: Backtest, metric: Metric) -> tuple[str, ...]:
    assert metric.tolerance is not None, "it has a tolerance"
    own, best = round(metric.tolerance.ratio, 3), right(found, metric)
    releases, ill = healthy(found), bad(found, metric.name)
    false = sum((metric.name, own) in one for one in releases)
    caught = sum((metric.name, own) in one for one in ill)
    words = f"above {max(ratios(metric)):g}{TIMES}" if best is None else f"{best:g}{TIMES}"
    if ill and best is not None:
        words += f", which catches {sum((metric.name, best) in one for one in ill)} of {len(ill)}"
    return (
        metric.name,
        times(metric),
        f"{false} of {len(releases)}",
        f"{caught} of {len(ill)}" if ill else "",
        words,
    )


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _limits(found: Backtest) -> Iterator[str]:
    known = [
        (metric, name, bound, found.alone.beyond[metric.name, name])
        for metric, name, bound in bounds_of(found.plan)
        if metric.name not in found.unread
    ]
    if not known:
        return
    yield from ("", "Limits, with all of the traffic on the version of the day")
    broken = [row for row in known if row[3].times]
    if broken:
        yield from table(
            [("metric", "bound", "beyond it", "for", "longest", "worst"), *(_limit(*row) for row in broken)]
        )
    yield f"  {len(known) - len(broken)} of {len(known)} bounds were never passed"
    for name, count in sorted(found.alone.failures.items()):
        yield f"  {name}: surely beyond, a failure, in {count} of {found.alone.stays} stays at full exposure"


def _limit(metric: Metric, name: str, bound: Limit, beyond: Beyond) -> tuple[str, ...]:
    longest = beyond.longest
    assert longest is not None, "it was beyond at least once"
    times = "once" if beyond.times == 1 else f"{beyond.times} times"
    lasted = f"{duration_in_words(longest.seconds)} from {time_at(longest.since)}"
    is_known = math.isfinite(longest.worst)
    worst = quantity_in_words(longest.worst, metric.unit) if is_known else "above its last bucket"
    return metric.name, f"{name} {_bound(metric, bound)}", times, duration_in_words(beyond.seconds), lasted, worst


def _bound(metric: Metric, bound: Limit) -> str:
    ends = (bound.min, bound.max)
    return " to ".join(quantity_in_words(end, metric.unit) for end in ends if end is not None)


# ── shapes ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as what is in them; the first row is the heading."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield ("  " + "  ".join(map(str.ljust, row, widths))).rstrip()


def _and(names: Sequence[str]) -> str:
    """`a, b and c`."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _short(words: str) -> str:
    return words if len(words) <= WORDS_MAX else f"{words[:WORDS_MAX]}…"


def as_json(found: Backtest) -> dict[str, Any]:
    """The same for programs: times in seconds since the epoch, values in base units."""
    return {
        "service": found.plan.service,
        "environment": found.where,
        "from": found.first_at,
        "to": found.last_at,
        "looks": found.looks,
        "seconds_without_data": found.holes_seconds,
        "metrics_not_seen": sorted(found.unread),
        "deploys": [
            {"at": one.deploy.at, "version": one.deploy.version, "ended": one.deploy.ended, **_end(one.end)}
            for one in (found.replays.replays if found.replays is not None else [])
        ],
        "halves": [
            {"at": one.at, "version": one.version, "unfinished": one.cut_short, **_end(one.end)}
            for one in (found.halves.trials if found.halves is not None else [])
        ],
        "tolerances": {
            metric.name: {"ratio": metric.tolerance.ratio, "none_false_from": right(found, metric)}
            for metric in found.plan.metrics
            if metric.tolerance is not None and metric.name not in found.unread
        },
        "limits": [
            {"metric": metric.name, "bound": name, "times": one.times, "seconds": one.seconds}
            for metric, name, _ in bounds_of(found.plan)
            if metric.name not in found.unread
            for one in [found.alone.beyond[metric.name, name]]
        ],
        "failures_at_full_exposure": {"stays": found.alone.stays, **found.alone.failures},
    }


def _end(end: End | None) -> dict[str, Any]:
    if end is None:
        return {"would_have_been": None}
    return {
        "would_have_been": end.ending,
        "seconds": end.seconds,
        "exposure": end.exposure,
        "metrics": end.metrics,
        "words": end.words,
    }
