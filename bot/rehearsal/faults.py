"""What is to go wrong, in words: `errors x2 at 10%`, `outage at 25% for 12m`, `vp-product after 6h`.

    fault    = subject [place] ["after" DURATION] ["for" DURATION]
    subject  = METRIC size                    the new version is worse
             | "incident" [METRIC size]       new version and control are worse, alike
             | "outage" | "silence"           no metrics at all · none of the new version
             | CHECK "fails"                   it is tried, and does not pass
             | ROLE | "approvers"             who answers late ("after"), or "never"
    size     = "x2" | "+20%" | "-50%" | "+5%/h" | "to" QUANTITY
    place    = "at" PERCENT | "in" STAGE | "in" "watch"

A metric may be shortened to a part of its name that no other has. A fault begins when its place is reached (where none
is said, the plan's last stage), and `after` that; it lasts to the end, or `for` so long. The one thing to remember: a
fault of the new version stays with it into the steps that follow.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn

from bot.core.errors import Misconfigured
from bot.core.metric import Metric
from bot.core.plan import Plan, Stage
from bot.core.quantities import duration_in_words, parse_seconds, percent_in_words, quantity_in_words
from bot.plans.explain import nearest
from bot.rehearsal.usual import in_its_unit, such_as

Kind = Literal["metric", "incident", "outage", "silence", "check", "people"]

SAME_PERCENT = 1e-6
_TIMES = re.compile(r"[x\u00d7](\d+(?:\.\d+)?)", re.IGNORECASE)
_SHARE = re.compile(r"([+-])(\d+(?:\.\d+)?)%(/h)?")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%")
SIZES = "x2, +20%, -50%, +5%/h or to 3%"
WORDS = ("at", "in", "after", "for", "never")
MEANT = {"on": "at", "from": "at", "during": "in", "within": "in", "later": "after", "until": "for", "lasting": "for"}
"""Words that are written instead, and are not alike."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much worse, of what it usually is: `times` as much, `to` a value, or growing by a share of it an hour."""

    times: float = 1.0
    to: float | None = None
    per_hour: float = 0.0

    def factor(self, usual: float, seconds: float) -> float:
        """Of the usual, so long after it began."""
        if self.to is not None:
            return self.to / usual if usual else 1.0
        return self.times * (1.0 + self.per_hour * seconds / 3600.0)

    def in_words(self, unit: str) -> str:
        if self.to is not None:
            return f"to {quantity_in_words(self.to, unit)}"
        return f"+{self.per_hour * 100:g} %/h" if self.per_hour else f"x{self.times:g}"


INCIDENT = Size(times=5.0)
"""What an incident does to failures where no metric is named; answers take twice as long."""
INCIDENT_SLOWER = Size(times=2.0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault begins: a stage and perhaps one of its steps, or the watch after them."""

    stage: int
    exposure: float | None = None
    watch: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong. `metric` and `size` of the new version or of an incident, `roles` of people."""

    kind: Kind
    words: str
    place: Place
    metric: Metric | None = None
    size: Size = Size()
    roles: tuple[str, ...] = ()
    after: float | None = None
    """Seconds; of people, when they answer, and None: never."""
    lasts: float | None = None
    check: str = ""

    @property
    def delay(self) -> float:
        return self.after or 0.0


def parse(written: str, plan: Plan) -> Fault:
    """The fault that these words name.

    Raises:
        Misconfigured: with what was found, what is allowed, and the nearest word.
    """
    return _Reader(written, plan).fault()


class _Reader:
    """Reads one fault from the left to the right."""

    def __init__(self, written: str, plan: Plan) -> None:
        self._written = written
        self._plan = plan
        self._words = re.sub(r"([x\u00d7])\s+(?=\d)", r"\1", written.replace(",", " ").strip()).split()

    def fault(self) -> Fault:
        subject = self._next(f"a metric, a check, a role, incident, outage or silence{self._such_as()}")
        if subject in ("approvers", *self._plan.roles) and subject not in self._metrics():
            return self._people(subject)
        if subject in self._plan.checks:
            return self._check(subject)
        kind: Kind = "metric"
        metric, size = None, Size()
        if subject in ("outage", "silence", "incident"):
            kind = subject  # type: ignore[assignment] # the three words are three kinds
            if kind == "incident" and self._words and self._words[0] not in WORDS:
                metric = self._metric(self._words.pop(0))
                size = self._size(metric)
        else:
            metric = self._metric(subject)
            size = self._size(metric)
        place, after, lasts, where = self._rest()
        named = subject if metric is None else f"{'incident ' if kind == 'incident' else ''}{metric.name}"
        sized = f" {size.in_words(metric.unit)}" if metric is not None else ""
        return Fault(kind, f"{named}{sized} {where}", place, metric, size, after=after, lasts=lasts)

    # ── subjects ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _check(self, name: str) -> Fault:
        word = self._next(f'fails, as in "{name} fails at 10%"')
        if word != "fails":
            self._fail(f'found "{word}"; a check passes or fails: "{name} fails at 10%"')
        tried = [number for number, stage in enumerate(self._plan.stages) if stage.tries(self._plan.checks[name])]
        place, after, lasts, where = self._rest(tried[-1] if tried else -1)
        return Fault("check", f"{name} fails {where}", place, after=after, lasts=lasts, check=name)

    def _people(self, subject: str) -> Fault:
        roles = tuple(self._plan.roles) if subject == "approvers" else (subject,)
        word = self._next(f'after and a duration, or never, as in "{subject} after 6h"')
        place = Place(0)
        if word == "never" and not self._words:
            return Fault("people", f"{subject}: no answer", place, roles=roles)
        if word != "after":
            self._fail(f'found "{word}"; people answer after a time, or never: "{subject} after 6h"')
        after = self._duration("after")
        if self._words:
            self._fail(f'found "{self._words[0]}" after the end of it')
        words = f"{subject}: an answer after {duration_in_words(after)}"
        return Fault("people", words, place, roles=roles, after=after)

    def _metric(self, word: str) -> Metric:
        """By its name, or by a part of it that no other has."""
        metrics = self._metrics()
        if word in metrics:
            return metrics[word]
        alike = [name for name in metrics if word in name.split("-")] or [name for name in metrics if word in name]
        if len(alike) == 1:
            return metrics[alike[0]]
        if alike:
            self._fail(f'"{word}" may be {", ".join(alike)}: write the whole name')
        others = [*metrics, *self._plan.checks, *self._plan.roles, "approvers", "incident", "outage", "silence"]
        there = f"{', '.join((*metrics, *self._plan.checks))}, {self._of_people()}incident, outage and silence"
        what = "metric, check or role" if self._plan.checks else "metric or role"
        return self._fail(f'there is no {what} "{word}"; there are {there}{nearest_metric(word, others)}')

    def _of_people(self) -> str:
        roles = [*self._plan.roles, "approvers"] if self._plan.roles else []
        return "".join(f"{role}, " for role in roles)

    def _metrics(self) -> dict[str, Metric]:
        return {metric.name: metric for metric in self._plan.metrics}

    def _size(self, metric: Metric) -> Size:
        word = self._next(f'how much worse: {SIZES}, as in "{metric.name} x2"')
        if word == "to":
            return Size(to=self._quantity(metric))
        if match := _TIMES.fullmatch(word):
            return Size(times=float(match[1]))
        if match := _SHARE.fullmatch(word):
            share = float(match[2]) / 100 * (-1 if match[1] == "-" else 1)
            return Size(per_hour=share) if match[3] else Size(times=max(0.0, 1 + share))
        return self._fail(f'found "{word}" as the size of {metric.name}; allowed: {SIZES}')

    def _quantity(self, metric: Metric) -> float:
        word = self._next(f"{such_as(metric)}, for {metric.name}")
        try:
            return in_its_unit(word, metric)
        except ValueError as error:
            return self._fail(str(error))

    # ── where and when ───────────────────────────────────────────────────────────────────────────────────────────────

    def _rest(self, stage: int = -1) -> tuple[Place, float | None, float | None, str]:
        """And all of it in words. Where no place is said, it is this stage: the last one, unless it is named."""
        place, after, lasts = None, None, None
        while self._words:
            match self._words.pop(0):
                case "at" if place is None:
                    place = self._step()
                case "in" if place is None:
                    place = self._stage()
                case "after" if after is None:
                    after = self._duration("after")
                case "for" if lasts is None:
                    lasts = self._duration("for")
                case "at" | "in" as word:
                    self._fail(f'found "{word}" after a place; a fault begins at a PERCENT or in a STAGE, not both')
                case "after" | "for" as word:
                    self._fail(f'found "{word}" twice; it is said once')
                case word:
                    meant = MEANT.get(word.lower())
                    near = f'; did you mean "{meant}"?' if meant else nearest(word, WORDS[:4])
                    self._fail(
                        f'found "{word}"; what may follow: at PERCENT, in STAGE, after DURATION, for DURATION{near}'
                    )
        place = place or Place(stage % len(self._plan.stages))
        began = f", {duration_in_words(after)} later" if after else ""
        ended = f", for {duration_in_words(lasts)}" if lasts is not None else ""
        return place, after, lasts, f"{place_in_words(place, self._plan)}{began}{ended}"

    def _step(self) -> Place:
        word = self._next("a step of the plan, such as 10%")
        levels = {
            step.exposure: number
            for number, stage in enumerate(self._plan.stages)
            for step in stage.steps
            if step.exposure is not None
        }
        match = _PERCENT.fullmatch(word)
        if match is None:
            hint = f'; did you mean "{word}%"?' if re.fullmatch(r"[\d.]+", word) else f'; a stage is "in {word}"'
            self._fail(f'found "at {word}", which is no percentage{hint}')
        percent = float(match[1])
        if percent not in levels:
            near = min(levels, key=lambda level: abs(level - percent), default=None)
            hint = "" if near is None else f"; did you mean {near:g}%?"
            self._fail(f"no step of the plan is at {percent:g}%; there are {_listed(levels)}{hint}")
        return Place(levels[percent], percent)

    def _stage(self) -> Place:
        word = self._next("a stage of the plan, or watch")
        names = [stage.name for stage in self._plan.stages]
        if word == "watch":
            return Place(len(names) - 1, watch=True)
        if word not in names:
            near = nearest(word, [*names, "watch"])
            self._fail(f'there is no stage "{word}"; there are {", ".join(names)}, watch{near}')
        return Place(names.index(word))

    def _duration(self, after: str) -> float:
        word = self._next(f'a duration behind "{after}", such as 2m')
        seconds = parse_seconds(word)
        if seconds is None:
            hint = f"; did you mean {word}m or {word}s?" if re.fullmatch(r"[\d.]+", word) else ""
            self._fail(f'found "{word}", which is no duration{hint or "; write 90s, 15m, 2h or 1h30m"}')
        return seconds

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _next(self, wanted: str) -> str:
        if not self._words:
            self._fail(f"something is missing: {wanted}")
        return self._words.pop(0)

    def _such_as(self) -> str:
        return f', as in "{self._plan.metrics[0].name} x2 at 10%"'

    def _fail(self, words: str) -> NoReturn:
        raise Misconfigured(f'fault "{self._written}": {words}')


def nearest_metric(word: str, names: Iterable[str]) -> str:
    """`; did you mean "…"?` by the whole name or by a part of it: `p99` is meant for `latency-p95`."""
    whole = list(names)
    if near := nearest(word, whole):
        return near
    parts = {part: name for name in whole for part in name.split("-")}
    close = difflib.get_close_matches(word.lower(), parts, n=1)
    return f'; did you mean "{parts[close[0]]}"?' if close else ""


def place_in_words(place: Place, plan: Plan) -> str:
    """`at 10 %`, `in staging`, `in the watch`."""
    if place.watch:
        return "in the watch"
    stage: Stage = plan.stages[place.stage]
    return f"in {stage.name}" if place.exposure is None else f"at {percent_in_words(place.exposure)}"


def _listed(levels: Sequence[float] | dict[float, int]) -> str:
    return ", ".join(f"{level:g}%" for level in sorted(levels))
