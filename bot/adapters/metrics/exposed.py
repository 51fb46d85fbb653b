"""What a service shows of itself: names, labels and kinds of its series, from a page or from a Prometheus.

The one thing to remember: this is looked at by people's tools, never by the watch. It may be slow, and it asks a server
for every series of the service once.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aiohttp import ClientError, ClientSession, ClientTimeout
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel, ValidationError

from bot.core.errors import Misconfigured

TIME_SECONDS_MAX = 20.0
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
    status: str
    data: list[dict[str, str]] = []
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


async def look(session: ClientSession, url: str, service: str, where: str | None, now: float) -> Exposed:
    """What is at `url`, a page or a server that speaks Prometheus' API. Raises Misconfigured where it is neither.

    `where`: matchers of the service's series; without them, those of the first label that names the service.
    """
    text = await _get(session, url, {})
    if text is not None and not text.lstrip().startswith(("<", "{", "[")):
        try:
            return of_page(text)
        except ValueError:
            pass
    for matchers in [where] if where is not None else _guesses(service):
        rows = await listed(session, url, matchers, now)
        if rows is None:
            raise Misconfigured(f"{url} is neither a page of metrics nor a Prometheus")
        if rows:
            return of_series(rows, matchers)
    tried = where or " or ".join(_guesses(service))
    raise Misconfigured(f"{url}: Prometheus has no series with {tried}; say which with --where 'job=\"…\"'")


async def listed(session: ClientSession, url: str, matchers: str, now: float) -> list[dict[str, str]] | None:
    """Every series with these matchers of the last hour; None where nobody speaks that language."""
    span = {"match[]": f"{{{matchers}}}", "start": f"{now - 3600:.0f}", "end": f"{now:.0f}"}
    text = await _get(session, f"{url.rstrip('/')}/api/v1/series", span)
    try:
        answer = _Answer.model_validate(json.loads(text or ""))
    except (ValueError, ValidationError):
        return None
    return answer.data if answer.status == "success" else None


def _guesses(service: str) -> list[str]:
    return [f'{label}="{service}"' for label in ("job", "service", "app", "app_kubernetes_io_name", "container")]


async def _get(session: ClientSession, url: str, query: Mapping[str, str]) -> str | None:
    """Raises Misconfigured where nobody answers."""
    try:
        async with session.get(url, params=query, timeout=ClientTimeout(total=TIME_SECONDS_MAX)) as answer:
            return await answer.text() if answer.status == 200 else None  # noqa: PLR2004 - what HTTP calls fine
    except (ClientError, OSError, ValueError, TimeoutError) as error:
        raise Misconfigured(f"{url} could not be read ({type(error).__name__})") from None
