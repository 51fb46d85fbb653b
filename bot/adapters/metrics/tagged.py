"""What Datadog was sent of a service: the names of its metrics, and the tags of those that a plan may ask for.

The one thing to remember: this is for people's tools, never for the watch. All names are one request, and the tags of
each name are another, so few are asked for.
"""

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from bot.adapters.metrics.asking import secrets
from bot.adapters.metrics.exposed import Door, Exposed, Got, Series
from bot.core.errors import Misconfigured
from bot.core.sources import DatadogSource

SINCE_SECONDS = 3600
SAID_MAX = 200
_HOST = re.compile(r"https://([\w-]+\.)*(datadoghq\.(com|eu)|ddog-gov\.com)(/|$)")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")


class _Names(BaseModel):
    metrics: tuple[str, ...]


class _Attributes(BaseModel):
    tags: tuple[str, ...] = ()


class _Data(BaseModel):
    attributes: _Attributes


class _Tags(BaseModel):
    data: _Data


class _Refused(BaseModel):
    errors: tuple[str, ...]


Answer = TypeVar("Answer", bound=BaseModel)


def is_datadogs(url: str) -> bool:
    """Whether the address is one of Datadog's own."""
    return _HOST.match(url) is not None


def keys(source: DatadogSource, variables: Mapping[str, str]) -> dict[str, str]:
    """The headers that open it. Raises Permanent for a key that is not set."""
    names = {"DD-API-KEY": source.api_key_from, "DD-APPLICATION-KEY": source.application_key_from}
    return secrets(variables, names, "Datadog")


async def listed(door: Door, where: str, now: float) -> Exposed:
    """Every name with these tags of the last hour; of tags nothing yet. Raises Misconfigured where that cannot be."""
    query = {"from": f"{now - SINCE_SECONDS:.0f}", "tag_filter": where}
    names = _read(door, await door.get("/api/v1/metrics", query), _Names).metrics
    if not names:
        raise Misconfigured(
            f"{door.url}: Datadog was sent no metric with {where} in the last hour; say whose with --where 'service:…'"
        )
    return Exposed({name: Series(1) for name in names if _NAME.fullmatch(name)}, where, tagged=True)


async def learn_tags(door: Door, exposed: Exposed, names: Iterable[str]) -> None:
    """Of these names, which tags there are and which values they have. Raises Misconfigured as `listed` does."""
    for name in names:
        got = await door.get(f"/api/v2/metrics/{name}/all-tags", {"filter[tags]": exposed.where})
        pairs = (tag.partition(":") for tag in _read(door, got, _Tags).data.attributes.tags)
        for key, _, value in pairs:
            exposed.series[name].add({key: value} if value else {})


def _read(door: Door, got: Got, kind: type[Answer]) -> Answer:
    if got.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise Misconfigured(
            f"{door.url} answered {got.status}: are what DD_API_KEY and DD_APP_KEY hold still good, for this site, and "
            "may the application key read metrics (metrics_read)?"
        )
    try:
        if got.is_fine:
            return kind.model_validate_json(got.text)
        said = "; ".join(_Refused.model_validate_json(got.text).errors)
    except ValidationError:
        raise Misconfigured(
            f"{door.url} answered {got.status}, and not as Datadog's API does; is the address right?"
        ) from None
    raise Misconfigured(f"{door.url}: Datadog answered {got.status}: {' '.join(said.split())[:SAID_MAX]}")
