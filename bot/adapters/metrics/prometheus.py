"""Metrics from a server that speaks Prometheus' HTTP API: Prometheus itself, Thanos, Mimir, VictoriaMetrics.

One request a look, whatever the number of metrics (`promql` joins and reads them). Nothing is asked twice within a
look: the next one comes soon enough, and a server that says 429 or fails is left alone for longer each time, which the
past neither begins nor ends. The one thing to remember: no answer, half an answer and an error are one `Temporary` in
words, which is a look that could read nothing; none of them is ever an empty result, which would be silence. Words stay
the same while the trouble does.
"""

import asyncio
import base64
import math
import ssl
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Literal

import structlog
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
from pydantic import BaseModel, ValidationError

from bot.adapters.metrics import Reading
from bot.adapters.metrics.asking import Busy, Late, Rest, body_of, seconds_in, secret, trusting, without
from bot.adapters.metrics.promql import Moment, Question, Row
from bot.adapters.unreached import late, why_not
from bot.core.errors import Permanent, Temporary
from bot.core.plan import Plan
from bot.core.sources import PrometheusSource

log = structlog.get_logger(__name__)

BYTES_MAX = 16_000_000
TOO_MUCH = f"Prometheus sent more than {BYTES_MAX / 1e6:g} MB: `where` lets too many series in"
ROWS_MAX = 50_000
"""30 metrics with 5 histograms of 30 buckets are 200 rows a process: 250 processes. More is a mistake in `where`."""
MANY_SAMPLES = "would load too many samples"
"""What it says at its --query.max-samples; less of the past may be within it."""
QUESTIONS_MAX = 8
SAID_MAX = 200
"""Letters of a server's own words that are repeated."""


class _Series(BaseModel):
    metric: dict[str, str]
    value: tuple[float, str] | None = None
    values: tuple[tuple[float, str], ...] = ()


class _Data(BaseModel):
    result: tuple[_Series, ...]


class _Answer(BaseModel):
    status: Literal["success", "error"]
    data: _Data | None = None
    error: str = ""


class Prometheus:
    """The MetricsSource for `use: prometheus`. The session is the caller's; `variables` hold the secrets by name."""

    def __init__(self, source: PrometheusSource, session: ClientSession, variables: Mapping[str, str]) -> None:
        self._source = source
        self._session = session
        self._variables = variables
        self._question = lru_cache(QUESTIONS_MAX)(partial(Question, source))
        self._rest = Rest()
        self._tls: ssl.SSLContext | bool | None = None

    async def read(self, plan: Plan, environments: Sequence[str], at: float) -> Reading:
        question = self._question(plan.metrics, tuple(environments))
        answer = await self._ask_now(question.text, at)
        rows = [(series.metric, _number(series.value[1])) for series in answer.result if series.value is not None]
        asked_at = next((series.value[0] for series in answer.result if series.value is not None), at)
        return await self._reading(question, rows, Moment(at, asked_at), plan)

    async def rows(self, query: str, at: float) -> list[Row]:
        """What a query of the caller's is answered now: for people's tools, since the watch reads. Raises as `read`."""
        answer = await self._ask_now(query, at)
        return [(series.metric, _number(series.value[1])) for series in answer.result if series.value is not None]

    async def past(
        self, plan: Plan, environments: Sequence[str], since: float, until: float, every: float
    ) -> tuple[Reading, ...]:
        question = self._question(plan.metrics, tuple(environments))
        span = {"start": f"{since:.3f}", "end": f"{until:.3f}", "step": f"{every:.3f}"}
        answer = await self._ask("query_range", {"query": question.text, **span})
        found: defaultdict[float, list[Row]] = defaultdict(list)
        for series in answer.result:
            for at, value in series.values:
                found[at].append((series.metric, _number(value)))
        return tuple([await self._reading(question, found[at], Moment(at, at), plan) for at in sorted(found)])

    async def _reading(self, question: Question, rows: Sequence[Row], moment: Moment, plan: Plan) -> Reading:
        try:
            return await asyncio.to_thread(question.reading, rows, moment, plan.timing.stale)
        except (KeyError, ValueError):
            raise Temporary("Prometheus answered with labels that nobody asked for") from None

    async def _ask_now(self, query: str, at: float) -> _Data:
        """Of the present alone the server is given a rest: what it says of the past must not blind whoever watches."""
        self._rest.refuse(at)
        try:
            answer = await self._ask("query", {"query": query})
        except Busy as busy:
            self._rest.begin(at, str(busy), busy.retry_after_seconds)
            raise
        self._rest.end()
        return answer

    async def _ask(self, path: str, form: Mapping[str, str]) -> _Data:
        """Raises Temporary, or Permanent where asking again would be answered alike."""
        limit = self._source.time_max
        try:
            async with self._session.post(
                f"{self._source.url.rstrip('/')}/api/v1/{path}",
                data={**form, "timeout": f"{limit:g}"},
                headers=self._headers(),
                ssl=self._trust(),
                timeout=ClientTimeout(total=limit),
                allow_redirects=False,
            ) as answer:
                body = await body_of(answer, BYTES_MAX, TOO_MUCH)
                self._refuse(answer, body)
        except TimeoutError:
            raise Late(f"Prometheus {late(limit, self._source.url)}") from None
        except (ClientError, OSError, ValueError) as error:
            why = why_not(error, self._source.url)
            raise Temporary(f"Prometheus could not be reached: {why}") from None
        return await asyncio.to_thread(_read, body)

    def _refuse(self, answer: ClientResponse, body: bytes) -> None:
        """Raises for every answer that is no result."""
        status = answer.status
        if status == HTTPStatus.OK:
            return
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise Permanent(f"Prometheus answered {status}: {self._way_in()}")
        said = _said(without(body, self._secrets()))
        if status == HTTPStatus.UNPROCESSABLE_ENTITY and MANY_SAMPLES in said:
            raise Temporary(f"Prometheus cannot answer so much at once{said}")
        if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
            raise Permanent(f"Prometheus cannot answer the plan's question{said}")
        words = f"Prometheus answered {status}"
        log.warning("prometheus did not answer the question", status=status, said=said.removeprefix(": "))
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Busy(words, seconds_in(*(answer.headers.get(name, "") for name in ("Retry-After", "Date"))))
        raise Temporary(words)

    def _headers(self) -> dict[str, str]:
        """Secrets last: one of them may be what is in `headers` too."""
        source = self._source
        headers = source.headers | {header: self._secret(name) for header, name in source.headers_from.items()}
        if source.token_from is not None:
            headers["Authorization"] = f"Bearer {self._secret(source.token_from)}"
        if source.user is not None and source.password_from is not None:
            pair = f"{source.user}:{self._secret(source.password_from)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        return headers

    def _secret(self, name: str) -> str:
        return secret(self._variables, name, "Prometheus")

    def _secrets(self) -> list[str]:
        """All that was sent of them, which an answer may repeat."""
        named = [value for name in self._source.variables if (value := self._variables.get(name, "").strip())]
        return [*named, *self._headers().get("Authorization", "").split()[1:]]

    def _way_in(self) -> str:
        names = " and ".join(sorted(self._source.variables))
        ways = "name a token_from, a user and a password_from, or headers_from"
        return f"is what {names} holds still good?" if names else ways

    def _trust(self) -> ssl.SSLContext | bool:
        """Files are read once, and again after they could not be used."""
        if self._tls is None:
            self._tls = trusting(self._source.ca_file, self._source.certificate_file)
        return self._tls


def _read(body: bytes) -> _Data:
    """Raises Temporary for what is no result, or too large a one."""
    try:
        answer = _Answer.model_validate_json(body)
    except ValidationError:
        raise Temporary("Prometheus answered something that is no result") from None
    if answer.status == "error" or answer.data is None:
        log.warning("prometheus answered an error", said=_said(body).removeprefix(": "))
        raise Temporary("Prometheus answered an error")
    rows = len(answer.data.result)
    if rows > ROWS_MAX:
        words = f"sent {rows:,} series, which is more than {ROWS_MAX:,}"
        raise Temporary(f"Prometheus {words}: `where` lets too many series in")
    return answer.data


def _said(body: bytes) -> str:
    """`: what the server said`, on one line; nothing when it did not say it the usual way."""
    try:
        said = " ".join(_Answer.model_validate_json(body).error.split())
    except ValidationError:
        return ""
    return f": {said[:SAID_MAX]}" if said else ""


def _number(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return math.nan
