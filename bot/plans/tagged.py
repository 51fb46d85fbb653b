"""From what Datadog was sent of a service to metrics that a plan could watch: usual names, usual tags.

The twin of `proposals`, which reads Prometheus' names. Datadog keeps no buckets, so a quantile is a query. The one
thing to remember: what kind a metric is of, only its name says; a query whose metric is no distribution has no p95.
"""

import re
from collections.abc import Iterator

from bot.adapters.metrics.exposed import Exposed
from bot.plans.proposals import (
    BUSINESS,
    DONE,
    FAILED,
    METRICS_MAX,
    OUTCOME,
    PER_SUBJECT_MAX,
    STATUS,
    Proposal,
    named_after,
)

TAGS_MAX = 8
"""Names whose tags are asked for: each is a request."""
VERSION_TAGS = ("version", "commit", "git.commit.sha", "revision", "image_tag")

_OTHERS = re.compile(r"^(datadog|ntp|system|aws|gcp|azure)\.")
"""What an agent or a cloud sends of its own."""
_REQUESTS = re.compile(r"(^|[._])(requests?|hits)([._](count|total))?$")
_TROUBLE = re.compile(r"(^|[._])(errors?|exceptions|panics|failures|failed|timeouts)([._](count|total))?$")
_DURATION = re.compile(r"(^|[._])(duration|latency|response_time|request_time)$")
_MEMORY = re.compile(r"(^|[._])(memory|mem)([._](rss|usage|used|resident|working_set))?$")
_IS_STATUS = re.compile(r"[1-5](\d\d|xx)")


def telling(exposed: Exposed) -> list[str]:
    """The names whose tags say what there is to know: of requests, and of what people do."""
    return [*_named(exposed, _REQUESTS), *_business_names(exposed)][:TAGS_MAX]


def propose(exposed: Exposed) -> tuple[Proposal, ...]:
    """Metrics of the five kinds where they exist, the usual ones first."""
    requests = _requests(exposed)
    found = [*_memory(exposed)]
    if requests is not None:
        found = [*_errors(exposed, requests), *_durations(exposed, requests), *found, *_business(exposed, requests)]
    else:
        found = [*_durations(exposed, ""), *found]
    named: dict[str, Proposal] = {}
    for one in found:
        named.setdefault(one.name, one)
    return tuple(named.values())[:METRICS_MAX]


def version_tag(exposed: Exposed) -> str | None:
    return exposed.label(*VERSION_TAGS)


def _requests(exposed: Exposed) -> str | None:
    """Of several the one that knows how they ended, and then the shortest name."""
    names = _named(exposed, _REQUESTS)
    return min(names, key=lambda name: (_status(exposed, name) is None, len(name), name), default=None)


def _status(exposed: Exposed, name: str) -> str | None:
    tags = exposed.series[name].labels
    return next((key for key in STATUS if any(map(_IS_STATUS.fullmatch, tags.get(key, ())))), None)


def _errors(exposed: Exposed, requests: str) -> Iterator[Proposal]:
    if (status := _status(exposed, requests)) is not None:
        for name, digit, kind, why, tolerance in (
            ("errors", 5, "errors", "requests that the service could not answer", "{ratio: 2, margin: 0.5%}"),
            ("client-errors", 4, "functional", "a form or an interface that fits no more", "{ratio: 1.5, margin: 1%}"),
        ):
            counter = f"{requests}{{{status}:{digit}*}}"
            yield Proposal.of(name, kind, why, counter=counter, of=requests, tolerance=tolerance)  # type: ignore[arg-type]
    for name in _named(exposed, _TROUBLE)[:PER_SUBJECT_MAX]:
        why, tolerance = f"{name}, for each request", "{ratio: 2, margin: 0.5%}"
        yield Proposal.of(named_after(name), "errors", why, counter=name, of=requests, tolerance=tolerance)


def _durations(exposed: Exposed, requests: str) -> Iterator[Proposal]:
    traced = requests.removesuffix(".hits")
    names = [traced] if traced != requests and traced in exposed.series else []
    tag = version_tag(exposed) or VERSION_TAGS[0]
    for place, name in enumerate([*names, *_named(exposed, _DURATION)][:PER_SUBJECT_MAX]):
        short = "latency" if place == 0 else named_after(name)[:26]
        why = "what one in twenty waits for; TODO: its percentiles have to be switched on in Datadog"
        query = f"p95:{name}{{{{where}}}} by {{{tag}}}"
        yield Proposal.of(
            f"{short}-p95", "performance", why, query=query, unit="s", tolerance="{ratio: 1.3, margin: 10ms}"
        )


def _memory(exposed: Exposed) -> Iterator[Proposal]:
    for name in _named(exposed, _MEMORY)[:1]:
        keys = {"gauge": name, "unit": "bytes", "tolerance": "{ratio: 1.3, margin: 20MB}", "growth_per_hour": "10%"}
        yield Proposal.of("memory", "resource", "also a leak: it may not grow faster than the old version's", **keys)


def _business(exposed: Exposed, requests: str) -> Iterator[Proposal]:
    for name in _business_names(exposed):
        failed, done = (_outcome(exposed, name, wanted) for wanted in (FAILED, DONE))
        if failed is not None:
            keys = {"counter": f"{name}{{{failed}}}", "of": name, "tolerance": "{ratio: 1.5, margin: 1%}"}
            yield Proposal.of(f"{named_after(name)[:21]}-failures", "functional", f"what fails of {name}", **keys)
        keys = {"counter": name if done is None else f"{name}{{{done}}}", "of": requests, "worse": "lower"}
        why = "for each request; less of it is worse, whatever else is fine"
        yield Proposal.of(named_after(name), "business", why, **keys, tolerance="{ratio: 1.5}")


def _business_names(exposed: Exposed) -> list[str]:
    others = (_REQUESTS, _TROUBLE, _DURATION)
    return [name for name in _named(exposed, BUSINESS) if not any(one.search(name) for one in others)][:PER_SUBJECT_MAX]


def _outcome(exposed: Exposed, name: str, wanted: tuple[str, ...]) -> str | None:
    tags = exposed.series[name].labels
    found = (f"{key}:{value}" for key in OUTCOME for value in sorted(tags.get(key, ())) if value.lower() in wanted)
    return next(found, None)


def _named(exposed: Exposed, pattern: re.Pattern[str]) -> list[str]:
    """Shortest first: the general before the particular."""
    names = (name for name in exposed.series if pattern.search(name) and not _OTHERS.match(name))
    return sorted(names, key=lambda name: (len(name), name))
