"""Each deploy of which somebody wrote down how it ended, replayed while its two versions ran side by side.

The traffic is what it was then, not what the plan's steps would have given, so the first step sees more than it would
have, or less. The one thing to remember: when one side is gone for good the replay ends; looks in which a side was
silent count only if it came back, since a version that was taken away did not fall silent.
"""

import csv
import difflib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bot.analysis.family import Family
from bot.analysis.series import Cohort, Cohorts, Gap, LookSamples, Sample, Totals
from bot.core.errors import Misconfigured
from bot.core.plan import Plan
from bot.hindsight.course import Course, End
from bot.hindsight.ladder import Ladder
from bot.hindsight.times import parse_time

GONE_SECONDS = 600.0
"""A side that was away for longer is not waited for."""
MEETING_SECONDS = 3600.0
"""How long after a deploy its two versions may be first seen together."""

NEAR = 0.2
"""Of the evidence for a rollback, from which on a metric is worth naming."""

Ended = Literal["well", "ill", ""]


@dataclass(frozen=True, slots=True)
class Deploy:
    """One deploy as somebody remembers it. `metric`: what it was seen by, where it ended ill and that is known."""

    at: float
    version: str
    ended: Ended = ""
    metric: str = ""


@dataclass
class Replay:
    """What the plan would have made of it. `end` is None where its two versions were never seen side by side."""

    deploy: Deploy
    end: End | None = None
    convicted: frozenset[tuple[str, float]] = frozenset()
    nearest: str = ""
    """The metric that came nearest to a rollback, where one came near."""
    together_seconds: float = 0.0
    over: bool = False
    _course: Course | None = None
    _ladder: Ladder | None = None
    _waiting: list[LookSamples] = field(default_factory=list)
    _since: float = 0.0
    _canaries: set[str] = field(default_factory=set)
    """Processes that were seen to run the new version; one that does not answer is still one of them."""

    @property
    def was_seen(self) -> bool:
        """Whether any process ran its version between this deploy and the next."""
        return bool(self._canaries)

    def look(self, plan: Plan, at: float, samples: Sequence[Sample], canaries: set[str]) -> None:
        """`canaries`: the processes that run the new version now."""
        self._canaries |= canaries
        look = LookSamples(at, tuple(_sided(samples, self._canaries)))
        heard = {sample.cohort for sample in look.samples if sample.shown != Gap("missing")}
        if self._course is None:
            if {"canary", "control"} <= heard:
                self._course, self._ladder = Course(plan, look.at), Ladder(plan, look.at)
                self._since = look.at
            self.over = self._course is None and look.at > self.deploy.at + MEETING_SECONDS
            return
        self._waiting.append(look)
        if {"canary", "control"} <= heard:
            for one in self._waiting:
                self._take(one)
            self._waiting = []
        elif look.at - self._waiting[0].at > GONE_SECONDS:
            self.finish()

    def finish(self) -> None:
        """Its two versions are not side by side any more."""
        self.over, self._waiting = True, []
        if self._course is None or self._ladder is None:
            return
        self.end, self.convicted = self._course.so_far(), frozenset(self._ladder.convicted)
        self.nearest = _nearest(self._course.judged.family)
        self._course = self._ladder = None

    def _take(self, look: LookSamples) -> None:
        assert self._course is not None, "it has begun"
        assert self._ladder is not None, "it has begun"
        self.together_seconds = look.at - self._since
        self._ladder.look(look)
        if self._course.end is None:
            self._course.look(look)


def _nearest(family: Family) -> str:
    """The metric with the most evidence against it, of what it would need; "" where none is worth naming."""
    shares = {key: math.log(family.streams[key].worth) / family.needed(key) for key in family.weights}
    strongest = max(shares, key=lambda key: shares[key], default=None)
    return strongest[0] if strongest is not None and shares[strongest] >= NEAR else ""


class Deploys:
    """All deploys of a history."""

    def __init__(self, plan: Plan, environment: str, deploys: Sequence[Deploy]) -> None:
        """`plan` as `canary_only` makes it."""
        self._plan, self._environment = plan, environment
        self.replays = [Replay(deploy) for deploy in sorted(deploys, key=lambda one: one.at)]
        self._untils = [*(replay.deploy.at for replay in self.replays[1:]), math.inf]

    def look(self, at: float, samples: Sequence[Sample], totals: Sequence[Totals]) -> None:
        """`samples` of all processes; `totals`, who runs what."""
        for replay, until in zip(self.replays, self._untils, strict=False):
            if replay.over or at < replay.deploy.at:
                continue
            if at >= until:
                replay.finish()
                continue
            version = replay.deploy.version
            cohorts = Cohorts(version, self._environment, version=version)
            canaries = {one.process for one in totals if cohorts.of(one) == "canary"}
            replay.look(self._plan, at, samples, canaries)

    def finish(self) -> None:
        """Nothing more is known."""
        for replay in self.replays:
            if not replay.over:
                replay.finish()


def _sided(samples: Sequence[Sample], canaries: set[str]) -> Iterator[Sample]:
    for one in samples:
        side: Cohort = "canary" if one.process in canaries else "control"
        yield Sample(one.at, one.metric, side, one.process, one.since, one.shown)


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────────────

COLUMNS = ("at", "version", "ended", "metric")
BEYOND = "…"
"""Holds what stands right of the last column."""


def read_deploys(path: Path, now: float, metrics: Sequence[str]) -> tuple[Deploy, ...]:
    """The deploys of a CSV file with the columns at, version, ended and, if you know it, metric.

    As spreadsheets write it too, with semicolons and a byte order mark. Raises Misconfigured, with each wrong line and
    what is allowed there.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    lines = text.splitlines()
    comma = ";" if lines and ";" in lines[0] else ","
    rows = csv.DictReader(lines, skipinitialspace=True, delimiter=comma, restkey=BEYOND)
    if not {"at", "version"} <= {*(rows.fieldnames or ())} or {*(rows.fieldnames or ())} - {*COLUMNS}:
        raise Misconfigured(f"{path}: line 1: write the columns {','.join(COLUMNS)}; ended and metric may be left out")
    deploys, wrong = [], []
    for row in rows:
        try:
            deploys.append(_deploy(f"{path}: line {rows.line_num}", row, now, metrics))
        except Misconfigured as error:
            wrong.append(str(error))
    if wrong:
        raise Misconfigured("\n".join(wrong))
    if not deploys:
        raise Misconfigured(f"{path}: no deploy stands below the heading")
    return tuple(deploys)


def _deploy(where: str, row: dict[str, str | None], now: float, metrics: Sequence[str]) -> Deploy:
    if BEYOND in row:
        raise Misconfigured(f"{where}: has more values than there are columns; quote a value that has a comma in it")
    written, version = (row["at"] or "").strip(), (row["version"] or "").strip()
    at = parse_time(written, now)
    if at is None:
        raise Misconfigured(f"{where}: at: found {written!r}; write a time such as 2026-11-30T14:00 or 2d (ago)")
    if not version:
        raise Misconfigured(f"{where}: version: missing; write what the version's label says, a commit or a tag")
    metric = (row.get("metric") or "").strip()
    if metric and metric not in metrics:
        near = difflib.get_close_matches(metric, metrics, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there is: {', '.join(metrics)}"
        raise Misconfigured(f"{where}: metric: the plan has no {metric!r}; {hint}")
    match (row.get("ended") or "").strip():
        case "well" | "ill" | "" as ended:
            return Deploy(at, version, ended, metric)
        case found:
            raise Misconfigured(f"{where}: ended: found {found!r}; allowed: well, ill, or nothing where nobody knows")
