"""A stand-in for Datadog on a real socket: the part of its API that answers with time series, and what it refuses.

    async with running() as datadog:
        datadog.count("shop.requests", {"env:production", "version:v1.4.0", "status:500"}, 3, at=1_800_000_005.0)

It speaks the documented wire format of POST /api/v2/query/timeseries: keys in two headers, times in milliseconds, one
list of times for all series, null where a series has no point, `errors` for what is wrong, and X-RateLimit headers with
every answer; and by GET it lists names and tags. Of the query language it knows what Songbird writes. The one thing a
reader could forget: as Datadog does, it says nothing of what did not happen, and it widens spans when a series would
get more than 1,500 points.
"""

import fnmatch
import math
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

API_KEY, APPLICATION_KEY = "an-api-key", "an-application-key"
KEYS = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APPLICATION_KEY}
POINTS_MAX = 1500

Tags = tuple[str, ...]

_QUERY = re.compile(
    r"(?P<how>sum|avg|p\d+):(?P<name>[\w.]+)\{(?P<tags>[^{}]*)\} by \{(?P<by>[\w,]+)\}(?P<count>\.as_count\(\))?"
    r"(?:\.rollup\((?:sum|avg), (?P<width>\d+)\))?"
)


@dataclass(frozen=True)
class Seen:
    """One thing that was sent to Datadog."""

    at: float
    name: str
    tags: frozenset[str]
    value: float


class _BadRequestError(Exception):
    """What the API's own validation says."""


@dataclass
class StandInDatadog:
    """What was sent to it, what it was asked, and what it answers instead of a result."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    listed: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """What people's tools asked for: paths and their queries."""
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
    requests_max: int = 1600
    period_seconds: int = 3600
    now: float = 0.0
    """Its clock, by which its limit is counted."""
    _used: int = 0
    _period: int = 0

    def count(self, name: str, tags: Iterable[str], value: float, at: float) -> None:
        self.seen.append(Seen(at, name, frozenset(tags), value))

    gauge = count
    """Sent alike; it is the query that sums or averages."""

    def says(self, status: int, body: object = None, headers: dict[str, str] | None = None) -> None:
        """From now on, whatever it is asked."""

        async def say(_request: web.Request) -> web.StreamResponse:
            if isinstance(body, bytes):
                return web.Response(body=body, status=status, headers=headers)
            return web.json_response(body, status=status, headers=headers)

        self.answer = say

    # ── the wire ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(dict(request.headers))
        if request.method == "GET":
            return self._told(request)
        if request.path != "/api/v2/query/timeseries" or request.method != "POST":
            return _errors(404, "Not Found")
        if self.answer is not None:
            self.asked.append(await request.json())
            return await self.answer(request)
        if not {"DD-API-KEY", "DD-APPLICATION-KEY"} <= set(request.headers):
            return _errors(401, "Unauthorized")
        if (request.headers["DD-API-KEY"], request.headers["DD-APPLICATION-KEY"]) != (API_KEY, APPLICATION_KEY):
            return _errors(403, "Forbidden")
        limit = self._limited()
        if limit["X-RateLimit-Remaining"] == "-1":
            return _errors(429, "Too many requests", {**limit, "X-RateLimit-Remaining": "0"})
        body = await request.json()
        self.asked.append(body)
        try:
            found = self._answered(body)
        except _BadRequestError as error:
            return _errors(400, f"API input validation failed: {error}", limit)
        return web.json_response(found, headers=limit, content_type="application/vnd.api+json")

    def _told(self, request: web.Request) -> web.StreamResponse:
        """Names, or the tags of one: GET /api/v1/metrics and /api/v2/metrics/NAME/all-tags."""
        self.listed.append((request.path, dict(request.query)))
        if (request.headers.get("DD-API-KEY"), request.headers.get("DD-APPLICATION-KEY")) != (API_KEY, APPLICATION_KEY):
            return _errors(403, "Forbidden")
        if request.path == "/api/v1/metrics":
            since, asked = request.query["from"], request.query.get("tag_filter", "*")
            names = {one.name for one in self.seen if one.at >= float(since) and _has(one.tags, asked)}
            return web.json_response({"from": since, "metrics": sorted(names)})
        match = re.fullmatch(r"/api/v2/metrics/([\w.]+)/all-tags", request.path)
        if match is None or not any(one.name == match[1] for one in self.seen):
            return _errors(404, "Not Found")
        asked = request.query.get("filter[tags]", "*")
        there = (one.tags for one in self.seen if one.name == match[1] and _has(one.tags, asked))
        tags = sorted({tag for tags in there for tag in tags})
        return web.json_response({"data": {"id": match[1], "type": "metrics", "attributes": {"tags": tags}}})

    def _limited(self) -> dict[str, str]:
        """The periods are those of the calendar."""
        period = math.floor(self.now / self.period_seconds)
        self._used = self._used + 1 if period == self._period else 1
        self._period = period
        return {
            "X-RateLimit-Limit": str(self.requests_max),
            "X-RateLimit-Period": str(self.period_seconds),
            "X-RateLimit-Remaining": str(max(self.requests_max - self._used, -1)),
            "X-RateLimit-Reset": str(math.ceil((period + 1) * self.period_seconds - self.now)),
            "X-RateLimit-Name": "query_timeseries",
        }

    def _answered(self, body: Any) -> dict[str, Any]:
        data = body.get("data", {})
        if data.get("type") != "timeseries_request":
            raise _BadRequestError('Invalid type. Expected "timeseries_request".')
        asked = data["attributes"]
        since, until = asked["from"], asked["to"]
        if not (isinstance(since, int) and isinstance(until, int) and 1e12 < since < until):
            raise _BadRequestError("Invalid time range: milliseconds since the epoch, from before to.")
        queries = {query["name"]: query["query"] for query in asked["queries"] if query["data_source"] == "metrics"}
        found: list[tuple[int, Tags, dict[int, float]]] = []
        for index, formula in enumerate(asked["formulas"]):
            if formula["formula"] not in queries:
                raise _BadRequestError(f"Unknown query {formula['formula']}.")
            width = _widened(asked["interval"] // 1000, (until - since) / 1000)
            rows = self._series(queries[formula["formula"]], since / 1000, until / 1000, width)
            found += ((index, tags, points) for tags, points in rows)
        times = sorted({at for *_, points in found for at in points})
        attributes = {
            "series": [{"group_tags": list(tags), "query_index": index, "unit": None} for index, tags, _ in found],
            "times": [at * 1000 for at in times],
            "values": [[points.get(at) for at in times] for *_, points in found],
        }
        return {"data": {"id": "0", "type": "timeseries_response", "attributes": attributes}}

    def _series(
        self, query: str, since: float, until: float, width: int
    ) -> Iterator[tuple[tuple[str, ...], dict[int, float]]]:
        match = _QUERY.fullmatch(query)
        if match is None:
            raise _BadRequestError(f"Error parsing query: {query}")
        width = _widened(max(width, int(match["width"] or 0)), until - since)
        by = match["by"].split(",")
        groups: defaultdict[Tags, defaultdict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
        for one in self.seen:
            if one.name == match["name"] and since <= one.at < until and _has(one.tags, match["tags"]):
                tags = tuple(next((tag for tag in one.tags if tag.startswith(f"{key}:")), f"{key}:N/A") for key in by)
                groups[tags][math.floor(one.at / width) * width].append(one.value)
        for tags, spans in sorted(groups.items()):
            yield tags, {at: _aggregated(match["how"], values) for at, values in spans.items()}


def _aggregated(how: str, values: list[float]) -> float:
    if how.startswith("p"):
        return sorted(values)[math.ceil(len(values) * int(how[1:]) / 100) - 1]
    return sum(values) if how == "sum" else sum(values) / len(values)


def _widened(width: int, seconds: float) -> int:
    return max(width, math.ceil(seconds / POINTS_MAX / width) * width)


def _has(tags: frozenset[str], asked: str) -> bool:
    """Signs or words, never both: what mixes them finds nothing here, and is refused there."""
    parts = [part.strip(" ()") for part in re.split(r",| AND ", asked)]
    signs, words = "," in asked or "!" in asked, " AND " in asked
    if signs and words:
        raise _BadRequestError(f"Error parsing query: signs and words in {asked}")
    for part in parts:
        wanted = re.sub(r"^(!|NOT )", "", part)
        there = wanted == "*" or any(fnmatch.fnmatchcase(tag, wanted) for tag in tags)
        if there is (wanted != part):
            return False
    return True


def _errors(status: int, words: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"errors": [words]}, status=status, headers=headers)


@asynccontextmanager
async def running() -> AsyncIterator[StandInDatadog]:
    """On a free port of loopback."""
    one = StandInDatadog()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", one.handle)
    server = TestServer(app, host="127.0.0.1", port=0)
    await server.start_server()
    one.url = f"http://127.0.0.1:{server.port}"
    try:
        yield one
    finally:
        await server.close()
