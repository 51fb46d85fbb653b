"""The simulated service: what it counts, how often, and the 22 metrics that watch it.

Three tables, one for each shape: `SHARES` (6 of failures, 4 of business), `ENDPOINTS` (2 histograms, which 4 quantiles
are read from) and `GAUGES` (8). The one thing to remember: some failures are the same failing requests, counted again
(`caused`), so the metrics of one fault move together.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.core.metric import Kind, Metric

ERRORS_RATIO, LATENCY_RATIO, BUSINESS_RATIO, GAUGE_RATIO = 1.5, 1.2, 1.11, 1.1
"""Tolerances; 1.11 is 1/0.9."""
GROWTH_PER_HOUR = 0.01


@dataclass(frozen=True)
class Share:
    """`rate` of its `part` of the traffic; `caused`: how much of it are the failing requests of `FAILING`."""

    name: str
    rate: float
    part: float = 1.0
    caused: float = 0.0
    kind: Kind = "errors"

    @property
    def is_business(self) -> bool:
        """Fewer of them is worse."""
        return self.kind == "business"


@dataclass(frozen=True)
class Endpoint:
    """Log-normal answer times."""

    name: str
    median_seconds: float
    part: float
    quantiles: tuple[float, ...]


@dataclass(frozen=True)
class Gauge:
    """`sd`: of the logarithm of one pod's value, from look to look."""

    name: str
    base: float
    sd: float
    is_lower_worse: bool = False


FAILING = Share("http-5xx", 0.0043, caused=1.0)
SHARES = (
    FAILING,
    Share("timeouts", 0.001, caused=1.0),
    Share("upstream-errors", 0.005, caused=0.3),
    Share("checkout-failures", 0.005, part=0.1, caused=0.6, kind="functional"),
    Share("login-failures", 0.01, part=0.2, kind="functional"),
    Share("search-failures", 0.008, part=0.3, kind="functional"),
    Share("orders", 0.05, part=0.6, kind="business"),
    Share("sign-ups", 0.02, part=0.5, kind="business"),
    Share("carts", 0.2, part=0.3, kind="business"),
    Share("payments", 0.1, part=0.2, kind="business"),
)
ENDPOINTS = (
    Endpoint("api", 0.08, part=0.7, quantiles=(0.5, 0.95, 0.99)),
    Endpoint("checkout", 0.2, part=0.1, quantiles=(0.95,)),
)
GAUGES = (
    Gauge("cpu", 0.35, 0.08),
    Gauge("memory", 600e6, 0.01),
    Gauge("gc-pause", 0.012, 0.08),
    Gauge("threads", 120, 0.04),
    Gauge("pool-in-use", 14, 0.06),
    Gauge("queue-depth", 30, 0.08),
    Gauge("open-files", 400, 0.04),
    Gauge("cache-hits", 0.8, 0.04, is_lower_worse=True),
)
SIGMA = 0.6
"""Of the answer times' logarithm: the 99th percentile is four times the median."""
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0)
"""Seconds; a Prometheus client's default buckets, one of them finer."""
COUNTED = len(SHARES) + len(ENDPOINTS)
IS_ERROR = np.array([not share.is_business for share in SHARES])


def quantile_name(endpoint: Endpoint, quantile: float) -> str:
    return f"{endpoint.name}-p{quantile * 100:.0f}"


def _metric(name: str, kind: Kind, ratio: float, **source: Any) -> Metric:  # noqa: ANN401 - keys as in a plan
    return Metric.model_validate({"name": name, "kind": kind, "tolerance": {"ratio": ratio}, **source})


def _series(name: str) -> str:
    return name.replace("-", "_")


METRICS = (
    *(
        _metric(
            share.name,
            share.kind,
            BUSINESS_RATIO if share.is_business else ERRORS_RATIO,
            counter=f"{_series(share.name)}_total",
            of=f"{_series(share.name)}_of_total",
            worse="lower" if share.is_business else "higher",
            priority="critical" if share is FAILING else "high",
        )
        for share in SHARES
    ),
    *(
        _metric(
            quantile_name(endpoint, quantile),
            "performance",
            LATENCY_RATIO,
            histogram=f"{endpoint.name}_seconds",
            quantile=quantile,
        )
        for endpoint in ENDPOINTS
        for quantile in endpoint.quantiles
    ),
    *(
        _metric(
            gauge.name,
            "resource",
            GAUGE_RATIO,
            gauge=_series(gauge.name),
            worse="lower" if gauge.is_lower_worse else "higher",
            growth_per_hour=GROWTH_PER_HOUR if gauge.name == "memory" else None,
        )
        for gauge in GAUGES
    ),
)
