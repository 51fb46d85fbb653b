"""Metrics from Datadog: all that a look wants to know in one request to /api/v2/query/timeseries.

Datadog counts by the span: each point of a count is what happened in ten seconds. They are asked for as counts and
summed in spans of that length, so that nothing is averaged, and the `ledger` adds them up for each version. The one
thing to remember: Datadog says nothing of what did not happen, and the newest spans fill up for a while. So a look goes
as far as `delay` ago, and a version of which nothing at all was told for `timing.stale` is silent.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple

import structlog
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
from pydantic import BaseModel, ValidationError

from bot.adapters.metrics import Reading
from bot.adapters.metrics.asking import Busy, Late, Rest, body_of, seconds_in, secrets, without
from bot.adapters.metrics.ledger import KNOWN_SECONDS, NO_NUMBER, Ledger, Span
from bot.adapters.metrics.parts import GAUGES, Slot, wanted
from bot.adapters.unreached import late, why_not
from bot.core.errors import Permanent, Temporary
from bot.core.metric import Metric
from bot.core.plan import Plan
from bot.core.selectors import filled, parts_of, together
from bot.core.sources import DatadogSource

log = structlog.get_logger(__name__)

WIDTH_SECONDS = 10
"""Of a point: as often as Datadog's agent sends, as a rule."""
POINTS_MAX = 1500
"""Of a series in one answer. Asked for more, Datadog widens the spans by itself."""
BYTES_MAX = 8_000_000
SERIES_MAX = 10_000
"""30 metrics of 100 versions in two environments are 12,000: more is a tag that is no version."""
NAME_MAX = 100
SAID_MAX = 200
"""Letters of Datadog's own words that are repeated."""
QUESTIONS_MAX = 8
NO_TAG = "N/A"
"""What Datadog calls the series that lack a tag by which it groups."""


class _Series(BaseModel):
    group_tags: tuple[str, ...] | None = None
    query_index: int


class _Attributes(BaseModel):
    series: tuple[_Series, ...] = ()
    times: tuple[int, ...] = ()
    values: tuple[tuple[float | None, ...], ...] = ()


class _Data(BaseModel):
    attributes: _Attributes


class _Answer(BaseModel):
    data: _Data | None = None
    errors: str | tuple[str, ...] | None = None


class Wanted(NamedTuple):
    """What a query is for."""

    environment: str
    metric: str
    part: str


class Point(NamedTuple):
    """One number of one version or of a process of it."""

    wanted: Wanted
    process: str
    version: str
    span: Span
    value: float


class Question:
    """What is asked for one plan's metrics in some environments: each query once, with all that it is good for."""

    def __init__(
        self, source: DatadogSource, metrics: Sequence[Metric], environments: Sequence[str], width: int
    ) -> None:
        self._source = source
        self._width = width
        found: dict[str, list[Wanted]] = {}
        for environment in environments:
            tags = source.tags(environment)
            by = f"by {{{','.join(filter(None, (source.version_tag, source.process_tag)))}}}"
            for metric, part, written in wanted(metrics):
                name, own = parts_of(written)
                how, counted = ("avg", "") if part in GAUGES else ("sum", ".as_count()")
                query = f"{how}:{name}{{{together(own, tags)}}} {by}{counted}.rollup({how}, {width})"
                found.setdefault(query, []).append(Wanted(environment, metric, part))
            for asked in metrics:
                if asked.query is not None:
                    query = filled(asked.query, tags, environment)
                    found.setdefault(query, []).append(Wanted(environment, asked.name, "value"))
        self._wanted = list(found.values())
        self._queries = list(found)

    def body(self, span: Span) -> dict[str, object]:
        """As Datadog documents it: times in milliseconds, the end not included."""
        names = [f"q{number}" for number in range(len(self._queries))]
        attributes = {
            "from": int(span.since * 1000),
            "to": int(span.until * 1000),
            "interval": self._width * 1000,
            "queries": [
                {"data_source": "metrics", "name": name, "query": query}
                for name, query in zip(names, self._queries, strict=True)
            ],
            "formulas": [{"formula": name} for name in names],
        }
        return {"data": {"type": "timeseries_request", "attributes": attributes}}

    def points(self, answer: _Attributes) -> tuple[list[Point], dict[str, str]]:
        """What it says, oldest first, and which metrics nobody can use, and why. Raises ValueError and IndexError."""
        failures: dict[str, str] = {}
        tag = self._source.version_tag
        seen: set[tuple[int, str, str]] = set()
        points: list[Point] = []
        for series, values in zip(answer.series, answer.values, strict=True):
            version, process = self._whose(series.group_tags or ())
            twice = (series.query_index, process, version) in seen
            seen.add((series.query_index, process, version))
            for one in self._wanted[series.query_index] if series.query_index >= 0 else ():
                if twice and one.part == "value":
                    failures[one.metric] = f"has several values of a version: group by {{{tag}}} alone"
                points += (
                    Point(one, process, version, Span(at / 1000, at / 1000 + self._width), value)
                    for at, value in zip(answer.times, values, strict=True)
                    if value is not None
                )
        usable = [point for point in points if point.wanted.metric not in failures]
        return sorted(usable, key=lambda point: point.span), failures

    def _whose(self, tags: Sequence[str]) -> tuple[str, str]:
        """Version and process. What has no process of its own is a whole version's."""
        found = dict(tag.split(":", 1) for tag in tags if ":" in tag)
        named = [found.get(tag or "", NO_TAG) for tag in (self._source.version_tag, self._source.process_tag)]
        version, process = ("" if name == NO_TAG else name[:NAME_MAX] for name in named)
        return version, process or version or "no version"


@dataclass(slots=True)
class _Book:
    """The ledgers of the present, or of the past, by environment, and who may write in them."""

    ledgers: dict[str, Ledger] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Datadog:
    """The MetricsSource for `use: datadog`. The session is the caller's; `variables` hold the keys by name."""

    def __init__(self, source: DatadogSource, session: ClientSession, variables: Mapping[str, str]) -> None:
        self._source = source
        self._session = session
        self._variables = variables
        self._question = lru_cache(QUESTIONS_MAX)(lambda *about: Question(source, *about))
        self._rest = Rest()
        self._present, self._before = _Book(), _Book()

    async def read(self, plan: Plan, environments: Sequence[str], at: float) -> Reading:
        """One at a time: two that ask for the same span would add it twice."""
        until = self._whole(at, WIDTH_SECONDS)
        async with self._present.lock:
            ledgers = {one: self._present.ledgers.setdefault(one, Ledger()) for one in environments}
            spans = {one: span for one, ledger in ledgers.items() if (span := ledger.span(until, KNOWN_SECONDS))}
            failures: dict[str, str] = {}
            if spans:
                question = self._question(plan.metrics, tuple(environments), WIDTH_SECONDS)
                span = Span(min(one.since for one in spans.values()), until)
                points, failures = await self._ask_now(question, span, at)
                for one, new in spans.items():
                    _enter(ledgers[one], one, points, new)
            return self._reading(plan, ledgers, at, failures)

    async def past(
        self, plan: Plan, environments: Sequence[str], since: float, until: float, every: float
    ) -> tuple[Reading, ...]:
        """Windows that follow one another count on. The present counts by itself: where they meet, there is a gap."""
        width = max(WIDTH_SECONDS, math.floor(every / WIDTH_SECONDS) * WIDTH_SECONDS)
        ends = [since + number * every for number in range(math.floor((until - since) / every) + 1)]
        if not ends:
            return ()
        first, last = self._whole(ends[0], width), self._whole(ends[-1], width)
        async with self._before.lock:
            ledgers = {one: self._begun(one, first, every + width) for one in environments}
            begin = min(ledger.until or first for ledger in ledgers.values())
            if (last - begin) / width > POINTS_MAX:
                raise Temporary("Datadog answers with wider spans for so long a time")
            question = self._question(plan.metrics, tuple(environments), width)
            points, failures = await self._ask(question, Span(begin, last))
            readings = []
            for at in ends:
                for one, ledger in ledgers.items():
                    span = ledger.span(self._whole(at, width), 0.0)
                    if span is not None:
                        _enter(ledger, one, points, span)
                readings.append(self._reading(plan, ledgers, at, failures))
        return tuple(reading for reading in readings if reading.totals)

    def _whole(self, at: float, width: int) -> float:
        """Up to when all is counted, at this moment."""
        return float(math.floor((at - self._source.delay) / width) * width)

    def _begun(self, environment: str, first: float, gap: float) -> Ledger:
        """One that ends shortly before `first`: as it stands, or begun anew."""
        ledger = self._before.ledgers.get(environment)
        if ledger is None or ledger.until is None or not 0 <= first - ledger.until <= gap:
            ledger = self._before.ledgers[environment] = Ledger()
            ledger.span(first, 0.0)
            ledger.close(first - KNOWN_SECONDS)
        return ledger

    def _reading(self, plan: Plan, ledgers: Mapping[str, Ledger], at: float, failures: Mapping[str, str]) -> Reading:
        stale = plan.timing.stale
        said = dict(failures)
        for environment, ledger in ledgers.items():
            silent = list(ledger.silent(stale))
            said |= dict.fromkeys(ledger.spoilt, NO_NUMBER)
            said |= dict.fromkeys(silent, f"has sent Datadog nothing for {stale:g} s")
            if not silent and ledger.is_empty:
                said[environment] = (
                    f"is unknown to Datadog: none of the plan's series has {self._source.tags(environment)}"
                )
        fresh = plan.timing.look + WIDTH_SECONDS
        totals = (one for name, ledger in ledgers.items() for one in ledger.totals(name, plan.metrics, stale, fresh))
        return Reading(at, tuple(totals), said)

    # ── one request ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _ask_now(self, question: Question, span: Span, at: float) -> tuple[list[Point], dict[str, str]]:
        """While it rests nobody asks."""
        self._rest.refuse(at)
        try:
            found = await self._ask(question, span)
        except Busy as busy:
            self._rest.begin(at, str(busy), busy.retry_after_seconds)
            raise
        self._rest.end()
        return found

    async def _ask(self, question: Question, span: Span) -> tuple[list[Point], dict[str, str]]:
        """Raises Temporary, or Permanent where asking again would be answered alike."""
        source = self._source
        try:
            async with self._session.post(
                f"{source.url.rstrip('/')}/api/v2/query/timeseries",
                json=question.body(span),
                headers=self._headers(),
                timeout=ClientTimeout(total=source.time_max),
                allow_redirects=False,
            ) as answer:
                body = await body_of(answer, BYTES_MAX, f"Datadog sent more than {BYTES_MAX / 1e6:g} MB")
                self._refuse(answer, body)
        except TimeoutError:
            raise Late(f"Datadog {late(source.time_max, source.url)}") from None
        except (ClientError, OSError, ValueError) as error:
            raise Temporary(f"Datadog could not be reached: {why_not(error, source.url)}") from None
        return await asyncio.to_thread(_understood, question, body)

    def _headers(self) -> dict[str, str]:
        named = {"DD-API-KEY": self._source.api_key_from, "DD-APPLICATION-KEY": self._source.application_key_from}
        return secrets(self._variables, named, "Datadog")

    def _refuse(self, answer: ClientResponse, body: bytes) -> None:
        """Raises for every answer that is no result."""
        status = answer.status
        if status == HTTPStatus.OK:
            return
        words, said = f"Datadog answered {status}", _said(without(body, self._headers().values()))
        log.warning("datadog did not answer the question", status=status, said=said.removeprefix(": "))
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            keys = f"{self._source.api_key_from} and {self._source.application_key_from}"
            raise Permanent(f"{words}: are {keys} keys of {self._source.url}, and may the second timeseries_query?")
        if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
            raise Permanent(f"Datadog cannot answer the plan's question{said}")
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Busy(f"{words}{_limit(answer.headers)}", seconds_in(answer.headers.get("X-RateLimit-Reset", "")))
        raise (Busy if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Temporary)(words)


def _enter(ledger: Ledger, environment: str, points: Sequence[Point], span: Span) -> None:
    for point in points:
        if point.wanted.environment == environment and span.since < point.span.until <= span.until:
            slot: Slot = (point.wanted.metric, point.wanted.part, None)
            ledger.add(point.process, point.version, slot, point.value, point.span)
    ledger.close(span.until)


def _understood(question: Question, body: bytes) -> tuple[list[Point], dict[str, str]]:
    """Raises Temporary for what is no result, or too large a one."""
    try:
        answer = _Answer.model_validate_json(body)
    except ValidationError:
        raise Temporary("Datadog answered something that is no result") from None
    if answer.errors or answer.data is None:
        raise Temporary("Datadog answered an error")
    found = answer.data.attributes
    if len(found.series) > SERIES_MAX:
        words = f"sent {len(found.series):,} series, which is more than {SERIES_MAX:,}"
        raise Temporary(f"Datadog {words}: is `version_tag` a version?")
    try:
        return question.points(found)
    except (ValueError, IndexError):
        raise Temporary("Datadog answered with series that nobody asked for") from None


def _said(body: bytes) -> str:
    """`: what Datadog said`, on one line; nothing when it did not say it the usual way."""
    try:
        errors = _Answer.model_validate_json(body).errors or ()
    except ValidationError:
        return ""
    said = " ".join(" ".join([errors] if isinstance(errors, str) else errors).split())
    return f": {said[:SAID_MAX]}" if said else ""


def _limit(headers: Mapping[str, str]) -> str:
    """The limit that was reached, which stays the same while it lasts, and the way out."""
    most, period = (seconds_in(headers.get(f"X-RateLimit-{name}", "")) for name in ("Limit", "Period"))
    of = f", its limit is {most:g} requests in {period:g} s" if most is not None and period is not None else ""
    return f"{of}: let `look` be longer, or ask Datadog for a higher limit"
