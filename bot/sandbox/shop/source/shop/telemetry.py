"""What the shop tells about itself on /metrics, in Prometheus' text format.

Every series that may ever appear is there from the start at zero: an error counted on a series that nobody has seen
before would look like no increase at all.
"""

import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from .database import Database

ROUTES = ("/", "/products", "/cart", "/checkout", "other")
STATUSES = (200, 400, 402, 404, 500, 502, 503)
OUTCOMES = ("completed", "declined", "failed")
DURATION_SECONDS_BUCKETS = (
    *(0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.035, 0.04, 0.045, 0.05, 0.06, 0.07, 0.08, 0.1),
    *(0.125, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.8, 1.0, 2.0, 5.0),
)


class Resources:
    """What the machine spends on this shop, read when asked, with or without /proc."""

    started_at = time.time()

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily("process_cpu_seconds", "CPU time spent.", value=time.process_time())
        yield GaugeMetricFamily("process_resident_memory_bytes", "Memory in use.", value=self.resident_bytes())
        yield GaugeMetricFamily("process_start_time_seconds", "Start, as Unix time.", value=self.started_at)

    @staticmethod
    def resident_bytes() -> int:
        statm = Path("/proc/self/statm")
        if statm.exists():
            return int(statm.read_text().split()[1]) * resource.getpagesize()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


class Telemetry:
    def __init__(self, database: Database) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library forgot its types here
        self._registry = CollectorRegistry()
        self._silent = False
        self.requests = Counter(
            "shop_requests_total", "Requests answered.", ("route", "status"), registry=self._registry
        )
        self.duration = Histogram(
            "shop_request_duration_seconds",
            "From a request's arrival to its answer.",
            ("route",),
            registry=self._registry,
            buckets=DURATION_SECONDS_BUCKETS,
        )
        self.checkouts = Counter("shop_checkouts_total", "Checkouts by outcome.", ("outcome",), registry=self._registry)
        self.exceptions = Counter(
            "shop_exceptions_total", "Answers that an exception cut off.", registry=self._registry
        )
        for route in ROUTES:
            self.duration.labels(route)
            for status in STATUSES:
                self.requests.labels(route, str(status))
        for outcome in OUTCOMES:
            self.checkouts.labels(outcome)
        for name, text, read in (
            ("shop_pool_size", "Database connections there are.", lambda: database.pool_size),
            ("shop_pool_in_use", "Database connections taken.", lambda: database.in_use),
            ("shop_queue_depth", "Requests that wait for a database connection.", lambda: database.waiting),
        ):
            Gauge(name, text, registry=self._registry).set_function(read)
        self._registry.register(Resources())

    def answered(self, route: str, status: int, seconds: float) -> None:
        self.requests.labels(route, str(status)).inc()
        self.duration.labels(route).observe(seconds)

    def silence(self) -> None:
        self._silent = True

    def speak(self) -> None:
        self._silent = False

    def page(self) -> bytes | None:
        """The metrics in text, or None while silenced."""
        return None if self._silent else generate_latest(self._registry)
