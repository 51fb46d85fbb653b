"""What the parts of `polling` have in common: one plan for each service, and who is who in it."""

from bot.core.plan import Plan
from tests.support.scenario import written_plan

NEW, OLD = "c" * 40, "d" * 40
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SERVICES_A_PAGE = 100

_BOTH = {"tolerance": {"ratio": 2, "margin": "1%"}, "limit": {"max": "5%"}}
_TIME = {"kind": "performance", "quantile": 0.95, "limit": {"max": "5s"}}
METRICS = [
    {"name": "errors", "kind": "errors", "counter": 'requests_total{status=~"5.."}', "of": "requests_total", **_BOTH},
    {
        "name": "checkout-failures",
        "kind": "functional",
        "counter": 'checkouts_total{outcome="failed"}',
        "of": "checkouts_total",
        "limit": {"max": "20%"},
    },
    {
        "name": "conversion",
        "kind": "business",
        "counter": 'checkouts_total{outcome="completed"}',
        "of": "requests_total",
        "worse": "lower",
        "tolerance": {"ratio": 2, "margin": "5%"},
    },
    {"name": "p95", **_TIME, "histogram": "took_seconds", "tolerance": {"ratio": 2, "margin": "100ms"}},
    {"name": "wait-p95", **_TIME, "histogram": "waited_seconds"},
    {"name": "memory", "kind": "resource", "gauge": "memory_bytes", "unit": "bytes", "limit": {"max": "400MB"}},
    {"name": "threads", "kind": "resource", "gauge": "threads", "limit": {"max": 200}},
    {"name": "pool", "kind": "resource", "gauge": "pool_in_use", "of": "pool_size", "limit": {"max": "95%"}},
]
"""Eight; 37 series a process."""


def plan_of(service: str, url: str, look_seconds: float) -> Plan:
    """A canary of 10 % that is held for longer than anybody measures."""
    source = {"use": "prometheus", "url": url, "where": f'service="{service}", environment="{{environment}}"'}
    return Plan.model_validate(
        written_plan(
            service=service,
            metrics=METRICS,
            metrics_from=source,
            stages=[
                {
                    "name": "production",
                    "environment": "production",
                    "steps": ["10%", "100%"],
                    "gates": [{"gate": "health", "held": "12h"}],
                }
            ],
            timing={
                "look": f"{look_seconds:g}s",
                "stale": f"{4 * look_seconds:g}s",
                "silence_max": f"{4 * look_seconds:g}s",
                "blind_max": "10m",
            },
        )
    )
