"""From what a service shows to metrics that a plan could watch: the names that look like the usual ones.

One function a kind. Each proposal says why it is there, and what it tolerates is where most services begin. The one
thing to remember: a name is only a hint. What is proposed is for people to read, and nothing is watched by itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.adapters.metrics.exposed import Exposed
from bot.core.metric import Kind

METRICS_MAX = 24
PER_SUBJECT_MAX = 3

STATUS = ("status", "code", "status_code", "http_status", "response_code", "http_response_status_code")
OUTCOME = ("outcome", "result", "status", "state")
FAILED = ("failed", "failure", "error", "rejected", "declined")
DONE = ("completed", "succeeded", "success", "ok", "paid", "accepted")
FLAGGED = ("go_goroutines", "jvm_threads_current", "nodejs_eventloop_lag_seconds")
QUANTILES = (
    ("p50", "0.5", "what everybody waits", "{ratio: 1.3, margin: 10ms}"),
    ("p95", "0.95", "what one in twenty waits for", "{ratio: 1.3, margin: 10ms}"),
    ("p99", "0.99", "the slowest hundredth", "{ratio: 1.5, margin: 20ms}"),
)
_IS_STATUS = re.compile(r"[1-5](\d\d|xx)")
REQUESTS = re.compile(r"(^|_)(requests|request|http_server_requests|responses)(_seconds)?(_total|_count)$")
TROUBLE = re.compile(r"(exceptions|errors|panics|failures|failed|timeouts|retries)_total$")
DURATION = re.compile(r"(duration|latency|response_time|request_time|requests?)(_seconds)?_bucket$|_seconds_bucket$")
BUSINESS = re.compile(
    r"(orders|checkouts?|payments?|sign_?ups|registrations|logins|bookings|purchases|subscriptions|searches|uploads)"
)
QUEUE = re.compile(r"(queue_(depth|size|length)|backlog|in_flight|inprogress|pending(_\w+)?)$")
POOL = re.compile(r"^(?P<pool>\w*(pool|connections))_(in_use|used|active|busy)$")
GOES_WITH_NO_VERSION = re.compile(r"^(scrape_|up$|prometheus_|promhttp_|python_info|go_info|process_start)")


@dataclass(frozen=True)
class Proposal:
    """One metric as it would be written. `why` is a comment; `keys` are in the order of the plan."""

    name: str
    kind: Kind
    why: str
    keys: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, name: str, kind: Kind, why: str, **keys: str) -> "Proposal":
        return cls(name, kind, why, tuple(keys.items()))

    @property
    def counted(self) -> frozenset[str]:
        """The names that it counts; not those that it counts them of."""
        written = (value for key, value in self.keys if key in ("counter", "gauge", "histogram"))
        return frozenset(value.strip("'").partition("{")[0] for value in written)


def propose(exposed: Exposed) -> tuple[Proposal, ...]:
    """Metrics of the five kinds where they exist, the usual ones first."""
    requests = _requests(exposed)
    subjects = (_errors, _durations, _functional, _resources, _business)
    found = [one for subject in subjects for one in subject(exposed, requests)]
    named: dict[str, Proposal] = {}
    for one in found:
        named.setdefault(one.name, one)
    return tuple(named.values())[:METRICS_MAX]


def _requests(exposed: Exposed) -> str | None:
    """The counter of requests: of several the one that knows how they ended, and then the shortest name."""
    names = [name for name in exposed.series if REQUESTS.search(name) and not GOES_WITH_NO_VERSION.match(name)]
    return min(names, key=lambda name: (_status(exposed, name) is None, "http" not in name, len(name)), default=None)


def _status(exposed: Exposed, name: str) -> str | None:
    """The label that holds a status such as 200."""
    labels = exposed.series[name].labels
    held = (label for label in STATUS if any(map(_IS_STATUS.fullmatch, labels.get(label, ()))))
    return next(held, None)


def _errors(exposed: Exposed, requests: str | None) -> Iterator[Proposal]:
    if requests is None:
        return
    if (status := _status(exposed, requests)) is not None:
        yield Proposal.of(
            "errors",
            "errors",
            "requests that the service could not answer",
            priority="critical",
            counter=f"'{requests}{{{status}=~\"5..\"}}'",
            of=requests,
            tolerance="{ratio: 2, margin: 0.5%}",
        )
    for name in _matching(exposed, TROUBLE)[:PER_SUBJECT_MAX]:
        why, tolerance = f"{name}, for each request", "{ratio: 2, margin: 0.5%}"
        yield Proposal.of(named_after(name), "errors", why, counter=name, of=requests, tolerance=tolerance)


def _durations(exposed: Exposed, _requests: str | None) -> Iterator[Proposal]:
    names = _matching(exposed, DURATION)
    names.sort(key=lambda name: ("request" not in name and "http" not in name, len(name)))
    for place, bucket in enumerate(names[:PER_SUBJECT_MAX]):
        name = bucket.removesuffix("_bucket")
        called = "latency" if place == 0 else named_after(name)[:26]
        for short, quantile, why, tolerance in QUANTILES if place == 0 else QUANTILES[1:2]:
            keys = {"histogram": name, "quantile": quantile, "tolerance": tolerance}
            yield Proposal.of(f"{called}-{short}", "performance", why, **keys)


def _functional(exposed: Exposed, requests: str | None) -> Iterator[Proposal]:
    tolerance = "{ratio: 1.5, margin: 1%}"
    status = _status(exposed, requests) if requests is not None else None
    if requests is not None and status is not None:
        counter, why = f"'{requests}{{{status}=~\"4..\"}}'", "a form or an interface that fits no more shows here first"
        yield Proposal.of("client-errors", "functional", why, counter=counter, of=requests, tolerance=tolerance)
    for name in _matching(exposed, BUSINESS, "_total")[:PER_SUBJECT_MAX]:
        if (failed := _outcome(exposed, name, FAILED)) is not None:
            called, counter, why = (
                f"{named_after(name)[:21]}-failures",
                f"'{name}{{{failed}}}'",
                f"what fails of {name}",
            )
            yield Proposal.of(called, "functional", why, counter=counter, of=name, tolerance=tolerance)


def _resources(exposed: Exposed, requests: str | None) -> Iterator[Proposal]:
    there = exposed.series
    kind: Kind = "resource"
    if (memory := "process_resident_memory_bytes") in there:
        why = "also a leak: it may not grow faster than the old version's"
        keys = {"gauge": memory, "unit": "bytes", "tolerance": "{ratio: 1.3, margin: 20MB}", "growth_per_hour": "10%"}
        yield Proposal.of("memory", kind, why, **keys)
    if (cpu := "process_cpu_seconds_total") in there and requests is not None:
        keys = {"counter": cpu, "of": requests, "unit": "s", "tolerance": "{ratio: 1.3}"}
        yield Proposal.of("cpu", kind, "processor time for each request", **keys)
    if {"process_open_fds", "process_max_fds"} <= there.keys():
        keys = {"gauge": "process_open_fds", "of": "process_max_fds", "limit": "{max: 80%}"}
        yield Proposal.of("open-files", kind, "a leak of connections or files", **keys)
    yield from _pools(exposed)
    flagged = [name for name in FLAGGED if name in there] + _matching(exposed, QUEUE)
    for name in flagged[:PER_SUBJECT_MAX]:
        keys = {"gauge": name, "priority": "medium", "tolerance": "{ratio: 2}"}
        yield Proposal.of(named_after(name), kind, "flagged for people; it takes nothing back by itself", **keys)


def _pools(exposed: Exposed) -> Iterator[Proposal]:
    for name in exposed.series:
        match = POOL.match(name)
        sizes = [f"{match['pool']}_{ending}" for ending in ("size", "max", "limit")] if match else []
        size = next((size for size in sizes if size in exposed.series), None)
        if size is not None:
            keys = {"gauge": name, "of": size, "limit": "{max: 95%}"}
            yield Proposal.of(named_after(name), "resource", "a pool that is used up stops everything", **keys)


def _business(exposed: Exposed, requests: str | None) -> Iterator[Proposal]:
    for name in _matching(exposed, BUSINESS, "_total")[:PER_SUBJECT_MAX] if requests is not None else ():
        done = _outcome(exposed, name, DONE)
        keys = {"counter": name if done is None else f"'{name}{{{done}}}'", "of": requests or ""}
        why = "for each request; less of it is worse, whatever else is fine"
        yield Proposal.of(named_after(name), "business", why, **keys, worse="lower", tolerance="{ratio: 1.5}")


def _outcome(exposed: Exposed, name: str, wanted: tuple[str, ...]) -> str | None:
    """`outcome="failed"`, where a label says so."""
    for label in OUTCOME:
        for value in sorted(exposed.series[name].labels.get(label, ())):
            if value.lower() in wanted:
                return f'{label}="{value}"'
    return None


def _matching(exposed: Exposed, pattern: re.Pattern[str], ending: str = "") -> list[str]:
    """Shortest first: the general before the particular."""
    names = (name for name in exposed.series if pattern.search(name) and name.endswith(ending))
    return sorted((name for name in names if not GOES_WITH_NO_VERSION.match(name)), key=lambda name: (len(name), name))


def named_after(series: str) -> str:
    """A metric's name from a series': at most 31 letters, digits and dashes."""
    short = re.sub(r"_(total|seconds|bytes|bucket)$", "", series.lower())
    name = re.sub(r"[^a-z0-9]+", "-", short).strip("-")[:31].strip("-")
    return name if name[:1].isalpha() else f"m-{name}"[:31]
