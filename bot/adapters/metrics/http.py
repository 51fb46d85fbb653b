"""Metrics from any address that answers in JSON: one request for each environment or version, and paths through it.

    {"versions": [{"commit": "3f9c2e1", "requests": 9000, "errors": 12}, …]}

With `each: $.versions[*]` each of these is a version, and `$.errors` is a path within it. An answer counts either all
since the process began, or, with {from} and {to} in the request, what was between two looks; the `ledger` adds that up.
The one thing to remember: whatever is found that is no number (null, text, NaN) is a gap, and never a zero.
"""

import asyncio
import json
import math
import ssl
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import reduce
from http import HTTPStatus
from operator import or_
from typing import NamedTuple, TypeVar
from urllib.parse import quote, urlsplit

import structlog
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
from jsonpath.exceptions import JSONPathError
from pydantic_core import from_json

from bot.adapters.metrics import Reading
from bot.adapters.metrics.asking import Busy, Late, Rest, body_of, seconds_in, secret, trusting
from bot.adapters.metrics.ledger import NO_NUMBER, Ledger, Span
from bot.adapters.metrics.parts import GAUGES, Slot, all_shown, wanted
from bot.adapters.unreached import late, why_not
from bot.analysis.series import Totals
from bot.core.errors import AdapterError, Permanent, Temporary
from bot.core.metric import Metric
from bot.core.plan import Plan
from bot.core.selectors import ENVIRONMENT, at_path
from bot.core.sources import SPANS, VERSION, HttpSource

Read = TypeVar("Read")

log = structlog.get_logger(__name__)

BYTES_MAX = 4_000_000
PARTS_MAX = 500
VERSIONS_MAX = 20
"""Each of them is a request."""
_PLACES = {None, ".", ".."}
"""What leads elsewhere in an address, and what is no text."""
NAME_MAX = 100
"""Letters of a version or a process that are looked at."""


@dataclass(slots=True)
class _Part:
    """What one version or process says of itself."""

    process: str
    version: str
    started: float | None = None
    sums: dict[Slot, float] = field(default_factory=dict)

    @property
    def uncounted(self) -> set[str]:
        """The metrics at whose paths there is something else."""
        return {slot[0] for slot, value in self.sums.items() if not math.isfinite(value)}


class _Look(NamedTuple):
    """What an answer is about: which metrics, whose it is in words, and the version that was asked for, if one was."""

    metrics: Sequence[Metric]
    place: str
    version: str = ""


@dataclass(slots=True)
class _Asked:
    """What is remembered of one environment."""

    rest: Rest = field(default_factory=Rest)
    ledger: Ledger = field(default_factory=Ledger)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Http:
    """The MetricsSource for `use: http`. The session is the caller's; `variables` hold the secrets by name."""

    def __init__(self, source: HttpSource, session: ClientSession, variables: Mapping[str, str]) -> None:
        self._source = source
        self._session = session
        self._variables = variables
        self._who = urlsplit(source.url).netloc
        self._asked: dict[str, _Asked] = {}
        self._tls: ssl.SSLContext | bool | None = None

    async def read(self, plan: Plan, environments: Sequence[str], at: float) -> Reading:
        read = self._read_spans if self._source.counts_spans else self._read_totals
        found = await asyncio.gather(*(read(plan, one, at) for one in environments), return_exceptions=True)
        totals: list[Totals] = []
        failures: dict[str, str] = {}
        for environment, one in zip(environments, found, strict=True):
            match one:
                case AdapterError():
                    failures[environment] = str(one)
                case BaseException():
                    raise one
                case Reading():
                    totals += one.totals
                    failures |= one.failures
        errors = [one for one in found if isinstance(one, AdapterError)]
        if len(errors) == len(found):
            raise errors[0]
        return Reading(at, tuple(totals), failures)

    async def past(
        self, _plan: Plan, _environments: Sequence[str], _since: float, _until: float, _every: float
    ) -> tuple[Reading, ...]:
        """Each look of it would be a request."""
        return ()

    # ── totals, and spans ────────────────────────────────────────────────────────────────────────────────────────────

    async def _read_totals(self, plan: Plan, environment: str, at: float) -> Reading:
        parts, failures = await self._parts(plan.metrics, environment, at, {})
        shown = {id(part): all_shown(plan.metrics, part.sums) for part in parts}
        totals = [
            Totals(environment, part.process, at, part.version, part.started, shown[id(part)])
            for part in parts
            if shown[id(part)]
        ]
        nothing = {part.process: "has none of the plan's numbers" for part in parts if not shown[id(part)]}
        return Reading(at, tuple(totals), failures | nothing)

    async def _read_spans(self, plan: Plan, environment: str, at: float) -> Reading:
        """One at a time: two that ask for the same span would add it twice."""
        asked = self._of(environment)
        failures: dict[str, str] = {}
        async with asked.lock:
            span = asked.ledger.span(math.floor(at - self._source.delay), math.ceil(plan.timing.look))
            if span is not None:
                parts, failures = await self._parts(plan.metrics, environment, at, _spelt(span))
                for part in parts:
                    for slot, value in part.sums.items():
                        asked.ledger.add(part.process, part.version, slot, value, span)
                asked.ledger.close(span.until)
            stale = plan.timing.stale
            totals = tuple(asked.ledger.totals(environment, plan.metrics, stale, 0.0))
            silent = dict.fromkeys(asked.ledger.silent(stale), f"was not in the answer for {stale:g} s")
        return Reading(at, totals, silent | failures)

    def _of(self, environment: str) -> _Asked:
        return self._asked.setdefault(environment, _Asked())

    # ── one answer ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _parts(
        self, metrics: Sequence[Metric], environment: str, at: float, span: Mapping[str, str]
    ) -> tuple[list[_Part], dict[str, str]]:
        """What is said of it, and what of that cannot be used, by name. Raises Temporary and Permanent."""
        rest = self._of(environment).rest
        rest.refuse(at)
        try:
            parts, failures = await self._told(metrics, environment, span)
        except Busy as busy:
            rest.begin(at, str(busy), busy.retry_after_seconds)
            raise
        rest.end()
        twice = [name for name, times in Counter(part.process for part in parts).items() if times > 1]
        failures |= dict.fromkeys(twice, "is there twice: let `process` tell them apart")
        parts = [part for part in parts if part.process not in twice]
        failures |= {f"{name} of {part.process}": NO_NUMBER for part in parts for name in part.uncounted}
        return parts, failures

    async def _told(
        self, metrics: Sequence[Metric], environment: str, span: Mapping[str, str]
    ) -> tuple[list[_Part], dict[str, str]]:
        """Of all versions, or of none: one whose request failed would look like one that is silent."""
        fill = {ENVIRONMENT: environment, **span}
        if self._source.versions is None:
            return await self._told_by(_Look(metrics, environment), fill)
        versions = await self._versions(self._source.versions, fill)
        looks = [_Look(metrics, f"{environment} {version}", version) for version in versions]
        found = await asyncio.gather(*(self._told_by(one, fill) for one in looks), return_exceptions=True)
        if errors := [one for one in found if isinstance(one, BaseException)]:
            raise max(errors, key=_weight)
        failures = {} if versions else {environment: f"has no version at {self._source.versions_at}"}
        told = [one for one in found if not isinstance(one, BaseException)]
        return [part for parts, _ in told for part in parts], reduce(or_, (trouble for _, trouble in told), failures)

    async def _versions(self, url: str, fill: Mapping[str, str]) -> list[str]:
        body, at = await self._ask("GET", _filled(url, fill), None), self._source.versions_at
        found = [_text(one) for one in self._read(body, lambda answer: at_path(answer, at))]
        many = len(found) > VERSIONS_MAX
        if many or not _PLACES.isdisjoint(found):
            words = f"more than {VERSIONS_MAX} versions" if many else "what is no version"
            raise Temporary(f"{urlsplit(url).netloc} lists {words} at {at}")
        return list(dict.fromkeys(one for one in found if one is not None))

    async def _told_by(self, look: _Look, fill: Mapping[str, str]) -> tuple[list[_Part], dict[str, str]]:
        """One answer. A version stands in an address and in a body as it must there, and leads nowhere else."""
        source, version = self._source, look.version
        url = _filled(source.url, {**fill, VERSION: quote(version, safe="")})
        body = None
        if source.body is not None:
            body = _filled(source.body, {**fill, VERSION: json.dumps(version)[1:-1]}).encode()
        answer = await self._ask(source.method, url, body)
        return await asyncio.to_thread(self._read, answer, lambda read: self._parts_of(read, look))

    async def _ask(self, method: str, url: str, body: bytes | None) -> bytes:
        who, limit = urlsplit(url).netloc, self._source.time_max
        try:
            async with self._session.request(
                method,
                url,
                data=body,
                headers=self._headers(),
                ssl=self._trust(),
                timeout=ClientTimeout(total=limit),
                allow_redirects=False,
            ) as answer:
                self._refuse(answer, who)
                return await body_of(answer, BYTES_MAX, f"{who} sent more than {BYTES_MAX / 1e6:g} MB")
        except TimeoutError:
            raise Late(f"{who} {late(limit)}") from None
        except (ClientError, OSError, ValueError) as error:
            raise Temporary(f"{who} could not be reached: {why_not(error, url)}") from None

    def _headers(self) -> dict[str, str]:
        """Secrets last: one of them may be what is in `headers` too."""
        kind = {} if self._source.body is None else {"Content-Type": "application/json"}
        secrets = {
            header: secret(self._variables, name, self._who) for header, name in self._source.headers_from.items()
        }
        return {"Accept": "application/json", **kind, **self._source.headers, **secrets}

    def _trust(self) -> ssl.SSLContext | bool:
        """The file is read once, and again after it could not be used."""
        if self._tls is None:
            self._tls = trusting(self._source.ca_file)
        return self._tls

    def _refuse(self, answer: ClientResponse, who: str) -> None:
        """Raises for every answer that is no result. Its own words may hold anything, and stay in the log."""
        status = answer.status
        if status == HTTPStatus.OK:
            return
        words = f"{who} answered {status}"
        log.warning("metrics were not answered", who=who, status=status)
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            names = " and ".join(sorted(self._source.variables))
            raise Permanent(f"{words}: {f'is what {names} holds still good?' if names else 'name headers_from'}")
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Busy(words, seconds_in(*(answer.headers.get(name, "") for name in ("Retry-After", "Date"))))
        if status < HTTPStatus.BAD_REQUEST:
            raise Permanent(f"{words}, and elsewhere is not asked: let `url` be where it leads")
        raise Permanent(f"{words}: look at `url`{' and `body`' if self._source.body else ''} in the plan")

    def _read(self, body: bytes, of: Callable[[object], Read]) -> Read:
        """What is read of an answer. Raises Temporary for what is none."""
        try:
            answer = from_json(body)
        except ValueError:
            raise Temporary(f"{self._who} answered something that is no JSON") from None
        try:
            return of(answer)
        except JSONPathError:
            raise Temporary(f"{self._who} answered something too deep for the plan's paths") from None

    def _parts_of(self, answer: object, look: _Look) -> tuple[list[_Part], dict[str, str]]:
        source = self._source
        there = at_path(answer, source.each)
        if len(there) > PARTS_MAX:
            raise Temporary(f"{self._who} has {len(there):,} parts at {source.each}, which is more than {PARTS_MAX}")
        failures = {} if there else {look.place: f"has nothing at {source.each}"}
        parts = []
        for number, one in enumerate(there):
            version = look.version if source.version is None else _name(one, source.version)
            process = _name(one, source.process)
            if version is None or (process is None and source.process is not None):
                missing = f"version at {source.version}" if version is None else f"name at {source.process}"
                failures[f"{look.place}[{number}]"] = f"has no {missing}"
            else:
                sums = dict(_numbers(one, look.metrics))
                parts.append(_Part(process or version, version, _started(one, source.started), sums))
        return parts, failures


def _weight(error: BaseException) -> tuple[bool, bool, float]:
    """Our own faults first; then who asks to be left alone, for the longest time first; then what else failed."""
    busy = error if isinstance(error, Busy) else None
    return not isinstance(error, AdapterError), busy is not None, (busy and busy.retry_after_seconds) or 0.0


def _numbers(part: object, metrics: Sequence[Metric]) -> Iterator[tuple[Slot, float]]:
    """All that a path finds is added up, as all series that match are. What is not there is not there."""
    for metric, name, path in wanted(metrics):
        found = at_path(part, path)
        if found:
            total = sum(map(_number, found))
            yield (metric, name, None), total if total >= 0 or name in GAUGES else math.nan


def _number(found: object) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float):
        return math.nan
    try:
        return float(found)
    except OverflowError:
        return math.inf


def _name(part: object, path: str | None) -> str | None:
    """The one text or whole number that is there."""
    found = at_path(part, path)
    return _text(found[0]) if len(found) == 1 else None


def _text(found: object) -> str | None:
    if isinstance(found, bool) or not isinstance(found, str | int):
        return None
    return str(found)[:NAME_MAX].strip() or None


def _started(part: object, path: str | None) -> float | None:
    found = at_path(part, path)
    value = _number(found[0]) if len(found) == 1 else math.nan
    return value if math.isfinite(value) else None


def _filled(written: str, fill: Mapping[str, str]) -> str:
    for name, value in fill.items():
        written = written.replace(name, value)
    return written


def _spelt(span: Span) -> dict[str, str]:
    """A span in each way in which a request may have it."""
    isos = [datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for at in span]
    seconds = [f"{at:.0f}" for at in span]
    return dict(zip(SPANS, [*seconds, *(f"{one}000" for one in seconds), *isos], strict=True))
