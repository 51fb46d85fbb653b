"""What a service shows of itself: names, labels and kinds of its series, from a page or from a Prometheus.

The one thing to remember: this is looked at by people's tools, never by the watch. It may be slow, and it asks a server
for every series of the service once.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel, ValidationError

from bot.adapters.metrics.asking import Late, Unready, body_of, seconds_in
from bot.adapters.metrics.patience import Patience
from bot.adapters.unreached import late, why_not
from bot.core.errors import Misconfigured, Temporary

TIME_SECONDS_MAX = 20.0
BYTES_MAX = 100_000_000
"""Every series of a service, with all its labels: 300,000 of them."""
LATER = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
SAID_MAX = 200
JOBS_MAX = 10
VALUES_MAX = 50
"""Of a label, that are remembered: the first ones tell what it is."""
_IS_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


@dataclass
class Series:
    """All series of one name."""

    count: int = 0
    labels: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, labels: Mapping[str, str]) -> None:
        self.count += 1
        for name, value in labels.items():
            if len(self.labels[name]) < VALUES_MAX:
                self.labels[name].add(value)


@dataclass
class Exposed:
    """By name as it is counted (`requests_total`, `duration_seconds_bucket`), what there is. `where`: its matchers."""

    series: dict[str, Series] = field(default_factory=dict)
    where: str = ""
    page: bool = False
    """It was a page, which says nothing of versions and of environments."""
    tagged: bool = False
    """It was Datadog: names with dots, tags for labels, no buckets."""

    def add(self, name: str, labels: Mapping[str, str]) -> None:
        if _IS_NAME.fullmatch(name):  # what a plan could name; others need quotes there
            self.series.setdefault(name, Series()).add(labels)

    def label(self, *names: str) -> str | None:
        """The first of these labels that some series has."""
        return next((name for name in names if any(name in one.labels for one in self.series.values())), None)

    def values(self, label: str) -> set[str]:
        """Of a label, over all series."""
        return {value for one in self.series.values() for value in one.labels.get(label, ())}


class _Answer(BaseModel):
    status: Literal["success", "error"]
    data: list[dict[str, str] | str] = []
    error: str = ""


def of_page(text: str) -> Exposed:
    """Raises ValueError for what is no exposition page."""
    found = Exposed(page=True)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.add(sample.name, sample.labels)
    if not found.series:
        raise ValueError("no sample on it")
    return found


def of_series(rows: Iterable[Mapping[str, str]], where: str) -> Exposed:
    """From Prometheus' list of series."""
    found = Exposed(where=where)
    for row in rows:
        found.add(row.get("__name__", ""), {name: value for name, value in row.items() if name != "__name__"})
    return found


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Door:
    """An address, and how whoever types it gets in."""

    session: ClientSession
    url: str
    token: str = ""
    patience: Patience = field(default_factory=Patience)
    keys: Mapping[str, str] = field(default_factory=dict)
    """Headers that open it, where it is no token that does."""

    async def get(self, path: str = "", query: Mapping[str, str] | None = None) -> "Got":
        """Raises Misconfigured where nobody answers, or not in time, and says why that may be."""
        try:
            return await self.patience.ask(lambda: self._get(f"{self.url}{path}", query or {}))
        except Unready as error:
            again = "" if isinstance(error, Late) else "; it is there, so try again later"
            raise Misconfigured(f"{self.url}: {error}{again}") from None

    async def _get(self, url: str, query: Mapping[str, str]) -> "Got":
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else dict(self.keys)
        timeout = ClientTimeout(total=TIME_SECONDS_MAX)
        try:
            async with self.session.get(url, params=query, headers=headers, timeout=timeout) as answer:
                if answer.status in LATER:
                    asked = seconds_in(*(answer.headers.get(name, "") for name in ("Retry-After", "Date")))
                    raise Unready(f"the server answered {answer.status}", asked)
                body = await body_of(answer, BYTES_MAX, f"sent more than {BYTES_MAX / 1e6:g} MB")
                return Got(answer.status, answer.content_type, body.decode(errors="replace"))
        except TimeoutError:
            raise Late(f"the server {late(TIME_SECONDS_MAX)}") from None
        except (ClientError, OSError, ValueError) as error:
            raise Misconfigured(f"{url} could not be reached: {why_not(error, url)}") from None
        except Temporary as error:
            if isinstance(error, Unready):
                raise
            raise Misconfigured(f"{url} could not be read: {error}") from None


@dataclass(frozen=True)
class Got:
    """One answer."""

    status: int
    kind: str
    text: str

    @property
    def is_fine(self) -> bool:
        return self.status == HTTPStatus.OK

    @property
    def is_markup(self) -> bool:
        return self.text.lstrip().startswith("<")

    def of_prometheus(self) -> "_Answer | None":
        """As its API answers; None where nobody speaks that language."""
        try:
            return _Answer.model_validate_json(self.text)
        except ValidationError:
            return None


async def look(door: Door, service: str, where: str | None, now: float) -> Exposed:
    """What is there: a page, or a server that speaks Prometheus' API. Raises Misconfigured where it is neither.

    `where`: matchers of the service's series; without them, those of the first label that names the service.
    """
    first = await door.get()
    _let_in(door, first)
    if first.is_fine and not first.text.lstrip().startswith(("<", "{", "[")):
        try:
            return of_page(first.text)
        except ValueError:
            pass
    for matchers in [where] if where is not None else _guesses(service):
        rows = await _listed(door, matchers, now, first)
        if rows:
            return of_series(rows, matchers)
    tried = where or " or ".join(_guesses(service))
    raise Misconfigured(f"{door.url}: Prometheus has no series with {tried} in the last hour; {await _jobs(door)}")


async def _listed(door: Door, matchers: str, now: float, first: Got) -> list[dict[str, str]]:
    """Every series with these matchers of the last hour. Raises Misconfigured where that cannot be asked there."""
    span = {"match[]": f"{{{matchers}}}", "start": f"{now - 3600:.0f}", "end": f"{now:.0f}"}
    got = await door.get("/api/v1/series", span)
    _let_in(door, got)
    answer = got.of_prometheus()
    if answer is None:
        raise Misconfigured(await _neither(door, first))
    if answer.status != "success":
        said = " ".join(answer.error.split())[:SAID_MAX]
        raise Misconfigured(f"{door.url}: Prometheus does not take {matchers}: {said}; write matchers: 'job=\"shop\"'")
    return [row for row in answer.data if isinstance(row, dict)]


def _guesses(service: str) -> list[str]:
    return [f'{label}="{service}"' for label in ("job", "service", "app", "app_kubernetes_io_name", "container")]


# ── why not ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _let_in(door: Door, got: Got) -> None:
    """Raises Misconfigured where it asks who we are."""
    if got.status not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return
    if door.token:
        why = (
            "it does not take this token" if got.status == HTTPStatus.UNAUTHORIZED else "this token may not read there"
        )
        raise Misconfigured(f"{door.url} answered {got.status}: {why}; is it still good, and for this server?")
    raise Misconfigured(
        f"{door.url} answered {got.status}: it asks who you are; put a token into an environment variable or .env, and"
        " name it with --token-from PROMETHEUS_TOKEN"
    )


async def _jobs(door: Door) -> str:
    """What there is instead."""
    answer = (await door.get("/api/v1/label/job/values")).of_prometheus()
    jobs = [job for job in answer.data if isinstance(job, str)] if answer is not None else []
    there = f" (there is: {', '.join(jobs[:JOBS_MAX])}{', …' if len(jobs) > JOBS_MAX else ''})" if jobs else ""
    return f"say which with --where 'job=\"…\"'{there}"


async def _neither(door: Door, first: Got) -> str:
    """What answers there, and where to look instead."""
    parts = urlsplit(door.url)
    root = Door(door.session, f"{parts.scheme}://{parts.netloc}", door.token, door.patience)
    if parts.path.strip("/") and (await root.get("/api/v1/labels")).of_prometheus() is not None:
        return f"{door.url} is not where its API begins; the Prometheus is at {root.url}"
    if first.status == HTTPStatus.NOT_FOUND:
        what = "there is nothing (404)"
    elif not first.is_fine:
        what = f"it answered {first.status}"
    elif first.is_markup:
        what = "a web page for people is there"
    else:
        what = f"what is there ({first.kind}) has no metrics in it"
    way = "a page of metrics often ends in /metrics, and a Prometheus often has port 9090"
    return f"{door.url} is neither a page of metrics nor a Prometheus: {what}; are port and path right? {way}"
