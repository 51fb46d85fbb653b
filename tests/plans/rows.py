"""Every row of the five documents' metric tables, go and no-go lists, alert limits and rollback triggers.

A row names what says it: a metric, with values at which it is healthy and breached and what a breach is to do; a check,
with what the world says when all is well and when it is not; a measure over releases, with the same two; or the gate,
the time or the rule that stands for it; or why nothing does yet. The counts in `README.md` are counted from here. The
one thing to remember: a list of tasks (phases, checklists before a deployment, responsibilities) is no criterion, and
is not here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Wants(StrEnum):
    """What a breach of a row is to do."""

    SHOWN = "is shown"
    TOLD = "is flagged"
    WAITS = "waits"
    REFUSED = "no-go"
    FAILS = "fails"


class By(StrEnum):
    """What says a row."""

    METRIC = "a metric"
    PEOPLE = "people: an approval or a concern"
    TIME = "a time"
    RULE = "a rule of every release"
    CHECK = "a check that runs by itself"
    MEASURE = "a measure over releases"
    UNKNOWN = "nothing that a journal knows"


COVERED = (By.METRIC, By.PEOPLE, By.TIME, By.RULE, By.CHECK, By.MEASURE)


class Grows(NamedTuple):
    """By so much of itself in an hour."""

    per_hour: float


class Swings(NamedTuple):
    """Up and down by so much of itself, from look to look."""

    by: float


class Starves(NamedTuple):
    """So few requests a look."""

    requests: float


Breach = float | Grows | Swings | Starves


@dataclass(frozen=True)
class Play:
    """A metric in a stage, healthy and breached. `reference` is what it is compared with; unsaid, the healthy value."""

    metric: str
    healthy: float
    breach: Breach
    wants: Wants
    stage: int = 0
    is_new: bool = False


class Said(NamedTuple):
    """What an address answers with (status and text), or how a program ends (exit code, and what it prints)."""

    number: int
    text: str = ""


@dataclass(frozen=True)
class Try:
    """A check of a stage, while the world is well and when it is not. Of a matrix, one cell is not."""

    check: str
    ill: Said
    wants: Wants = Wants.REFUSED
    stage: int = 0
    well: Said | None = None
    """Unsaid: status 200, or exit 0, and nothing more."""


@dataclass(frozen=True)
class Over:
    """A measure over the releases of a period, by the name of its target: seconds, percent, or deploys a week."""

    measure: str
    healthy: float
    breach: float


@dataclass(frozen=True)
class Row:
    part: str
    says: str
    by: By
    plays: tuple[Play, ...] = ()
    why: str = ""
    over: Over | None = None
    tries: tuple[Try, ...] = ()


def row(part: str, says: str, *plays: Play, by: By = By.METRIC, why: str = "") -> Row:
    assert by not in (By.MEASURE, By.CHECK), f"{says}: a measure is `over` releases, a check is `checked`"
    assert (by is By.METRIC) == bool(plays), f"{says}: a metric is played, and nothing else"
    return Row(part, says, by, plays, why)


def checked(part: str, says: str, *tries: Try, why: str = "") -> Row:
    return Row(part, says, By.CHECK, why=why, tries=tries)


def over(says: str, measure: str, healthy: float, breach: float) -> Row:
    return Row("measures", says, By.MEASURE, over=Over(measure, healthy, breach))


def rows(part: str, by: By, says: Iterable[str], why: str = "") -> tuple[Row, ...]:
    return tuple(row(part, one, by=by, why=why) for one in says)


HOUR = 3600.0
COMMIT = "c" * 40
MS = 0.001
MB = 1e6

STAGING = (
    row("metrics", "Exception rate", Play("exceptions", 0.001, 0.02, Wants.FAILS)),
    row("metrics", "5xx responses", Play("http-5xx", 0.001, 0.03, Wants.FAILS)),
    row("metrics", "client-side errors", Play("client-errors", 0.001, 0.03, Wants.FAILS)),
    row("metrics", "P50 latency", Play("latency-p50", 120 * MS, 300 * MS, Wants.FAILS)),
    row("metrics", "P95 latency", Play("latency-p95", 180 * MS, 800 * MS, Wants.FAILS)),
    row("metrics", "P99 latency", Play("latency-p99", 400 * MS, 1.6, Wants.FAILS)),
    row("metrics", "database query time", Play("db-query", 20 * MS, 60 * MS, Wants.FAILS)),
    row("metrics", "page load time", Play("page-load-p95", 180 * MS, 800 * MS, Wants.FAILS)),
    row("metrics", "Key user flows completing", Play("key-flows", 0.995, 0.9, Wants.FAILS)),
    row("metrics", "API contract compliance", Play("contract-violations", 0, 0.001, Wants.FAILS)),
    row("metrics", "CPU", Play("cpu", 0.4, 0.8, Wants.FAILS)),
    row("metrics", "memory", Play("memory", 300 * MB, 700 * MB, Wants.FAILS)),
    row("metrics", "database connections", Play("db-connections", 0.5, 0.9, Wants.FAILS)),
    row("metrics", "queue depth", Play("queue-depth", 20, 150, Wants.FAILS)),
    row("metrics", "Conversion rates", Play("conversion", 0.1, 0.05, Wants.TOLD)),
    row("metrics", "feature engagement", Play("engagement", 0.12, 0.02, Wants.SHOWN)),
    row("metrics", "checkout completion", Play("checkout-completion", 0.9, 0.6, Wants.FAILS)),
    row(
        "anomalies",
        "P95 increased from 180ms to 240ms, still under 500ms",
        Play("page-load-p95", 180 * MS, 240 * MS, Wants.TOLD),
    ),
    row("anomalies", "a new feature without a baseline", Play("edit-mode-saves", 0.99, 0.8, Wants.FAILS, is_new=True)),
    row("go", "all metrics green for the defined threshold", by=By.TIME),
    row("go", "stakeholder approval is received", by=By.PEOPLE),
    row("go", "stakeholder concerns are decided", by=By.PEOPLE),
    over("staging cycle time", "staging_cycle_time", 2.5 * HOUR, 6 * HOUR),
    over("metrics-based advancement rate", "without_intervention", 90, 70),
    over("incidents from staging misses", "staging_misses", 0, 10),
    over("review time", "review_time", 2.25 * HOUR, 9 * HOUR),
    over("environment downtime", "place_wait", 0, HOUR),
)

PRODUCTION = (
    row(
        "rollback",
        "error rates",
        Play("errors", 0.002, 0.02, Wants.FAILS),
        Play("client-errors", 0.002, 0.02, Wants.FAILS),
    ),
    row("rollback", "latency", Play("page-load-p95", 235 * MS, 400 * MS, Wants.FAILS)),
    row(
        "rollback",
        "business metrics",
        Play("conversion", 0.1, 0.05, Wants.FAILS),
        Play("checkout", 0.01, 0.05, Wants.FAILS),
    ),
    row("rollback", "P99 latency exceeded 2x baseline", Play("latency-p99", 0.3, 0.8, Wants.FAILS)),
    row("go", "each step requires metrics to hold for a defined threshold", by=By.TIME),
    row("go", "high risk: explicit human approval at each canary step", by=By.PEOPLE),
    row("watch", "slow-burn degradation in 24 hours", Play("memory", 300 * MB, Grows(1.5), Wants.FAILS)),
    row("watch", "edge cases at scale", Play("errors", 0.002, 0.02, Wants.FAILS)),
    row("watch", "feature engagement is told", Play("engagement", 0.08, 0.01, Wants.SHOWN)),
    row("watch", "24 hours, then healthy", by=By.TIME),
    over("deploy lead time", "deploy_lead_time", HOUR, 3 * HOUR),
    over("rollback rate", "rollback_rate", 0, 10),
    over("rollback time", "rollback_time", 5, 75),
    over("deploy frequency", "deploys_per_week", 7, 1),
    over("failed deploy investigation time", "time_to_diagnosis", 20, 2 * HOUR),
    over("production incident rate", "incident_rate", 0.1, 0.3),
)

_PERFORMANCE = (("response-avg", 100 * MS), ("response-p95", 200 * MS), ("db-query-avg", 20 * MS))


def _performance(times: float, wants: Wants, stage: int = 0) -> tuple[Play, ...]:
    return tuple(Play(name, usual, usual * times, wants, stage) for name, usual in _PERFORMANCE)


_VALIDATED = (
    ("health check", Try("health", Said(503, "starting"), Wants.FAILS)),
    ("database connection", Try("database", Said(500, "P1001: no database"), Wants.FAILS)),
    (
        "version in the logs",
        Try("version-in-logs", Said(0, "Prisma Client 6.9.0"), Wants.FAILS, well=Said(0, "Prisma Client v7.0.1")),
    ),
    ("smoke tests", Try("smoke", Said(1, "1 of 12 failed: login"), Wants.FAILS)),
)
_CORRUPT = Play("corrupt-rows", 0, 1, Wants.FAILS)
_CRITICAL = Play("critical-features", 0, 0.01, Wants.FAILS)
_LEAK = Play("memory", 300 * MB, Grows(0.08), Wants.WAITS)

UPGRADE = (
    row("metrics", "Error Rate < 1%", Play("errors", 0.004, 0.015, Wants.WAITS)),
    row("metrics", "Avg Response Time < 200ms", Play("response-avg", 190 * MS, 205 * MS, Wants.REFUSED)),
    row("metrics", "P95 Response Time < 500ms", Play("response-p95", 480 * MS, 600 * MS, Wants.REFUSED)),
    row("metrics", "DB Query Avg < 50ms", Play("db-query-avg", 48 * MS, 52 * MS, Wants.REFUSED)),
    row("metrics", "Connection Pool < 80%", Play("connection-pool", 0.5, 0.9, Wants.REFUSED)),
    row("metrics", "Memory Usage stable", _LEAK),
    row("metrics", "CPU Usage < 50%", Play("cpu", 0.3, 0.6, Wants.WAITS)),
    row("go", "Error rate < 1%", Play("errors", 0.004, 0.015, Wants.WAITS)),
    row("go", "Performance within 10% of baseline", *_performance(1.15, Wants.WAITS)),
    row("go", "No data corruption", _CORRUPT),
    row("go", "All features working", Play("features", 0.001, 0.03, Wants.WAITS)),
    row("go", "No memory leaks", _LEAK),
    row("go", "Tests passing >95%", Play("tests-passed", 0.97, 0.93, Wants.WAITS)),
    row("go", "Team confidence high", by=By.PEOPLE),
    row("no-go", "Error rate > 2%", Play("errors", 0.004, 0.03, Wants.REFUSED)),
    row("no-go", "Critical features broken", _CRITICAL),
    row("no-go", "Performance degraded >20%", *_performance(1.35, Wants.REFUSED)),
    row("no-go", "Data corruption", _CORRUPT),
    row("no-go", "Memory leaks", _LEAK),
    row("no-go", "Rollback required", by=By.RULE),
    row("no-go", "Team concerns", by=By.PEOPLE),
    row("rollback", "Critical features are broken", _CRITICAL),
    row("rollback", "Data corruption detected", _CORRUPT),
    row("rollback", "Error rate > 5%", Play("errors", 0.004, 0.09, Wants.FAILS)),
    row(
        "rollback",
        "Performance degradation > 50%",
        *_performance(1.8, Wants.FAILS, stage=1),
        why="taken back beside a control; on staging it is a no-go, since environments differ by more than versions do",
    ),
    row("rollback", "Database connection failures", Play("db-connection-failures", 0, 0.05, Wants.FAILS)),
    row("success", "Stability: no increase in errors or crashes", Play("crashes", 0, 1, Wants.REFUSED)),
    row("success", "Performance within 10% of baseline", *_performance(1.15, Wants.WAITS)),
    row("success", "Functionality: all features working", Play("features", 0.001, 0.03, Wants.WAITS)),
    row("success", "Data integrity", _CORRUPT),
    row("success", "User experience", Play("page-load-p75", 0.4, 0.6, Wants.WAITS)),
    row("success", "Team confidence", by=By.PEOPLE),
    row("complete", "deployment completed", by=By.RULE),
    row("complete", "critical features validated", _CRITICAL),
    row("complete", "24-48 hours passed", by=By.TIME),
    row("complete", "all metrics in range", by=By.TIME),
    row("complete", "no critical issues remaining", by=By.PEOPLE),
    row("complete", "team confidence", by=By.PEOPLE),
    row("complete", "stakeholder approval", by=By.PEOPLE),
    row("complete", "production plan finalized", by=By.PEOPLE),
    checked("morning", "review overnight logs", Try("logs", Said(0, "03:12 ERROR: deadlock"))),
    row("morning", "check error rate", Play("errors", 0.004, 0.015, Wants.WAITS)),
    row("morning", "verify response times", *_performance(1.15, Wants.WAITS)),
    row("morning", "monitor memory usage", _LEAK),
    row("morning", "review slow queries", Play("db-query-avg", 20 * MS, 23 * MS, Wants.WAITS)),
    row("mid-day", "response times under load", Play("errors-under-load", 0.001, Starves(5), Wants.WAITS)),
    row("mid-day", "error rate during peak", Play("errors-under-load", 0.001, 0.03, Wants.WAITS)),
    row("mid-day", "endpoint latencies", Play("response-p95", 200 * MS, 230 * MS, Wants.WAITS)),
    row("mid-day", "connection pool", Play("connection-pool", 0.5, 0.9, Wants.REFUSED)),
    row("evening", "full day metrics", by=By.RULE, why="the thread and the daily status have them"),
    row("evening", "memory leaks", _LEAK),
    row("evening", "data consistency", _CORRUPT),
    row("evening", "document issues", by=By.PEOPLE),
    *(checked("validation", says, one) for says, one in _VALIDATED),
)

_RUN_GOOD, _RUN_BAD = Said(200, '{"conclusion": "success"}'), Said(200, '{"conclusion": "failure"}')
_TESTED = Try("tests", _RUN_BAD, well=_RUN_GOOD)
_BUILT = Try("build", _RUN_BAD, well=_RUN_GOOD)
_UP = Said(200, "database: ok, redis: ok")
_COMPONENTS = ("backend health", "frontend loads", "database accessible", "Redis accessible", "API responding")
_SERVICES = (
    Try("backend", Said(502, "bad gateway"), Wants.FAILS, 1),
    Try("frontend", Said(200, "Application error: see the console"), Wants.FAILS, 1),
    Try("database", Said(200, "database: down, redis: ok"), Wants.FAILS, 1, _UP),
    Try("redis", Said(200, "database: ok, redis: down"), Wants.FAILS, 1, _UP),
    Try("api", Said(500, "oops"), Wants.FAILS, 1),
)
_SMOKE = Try("smoke", Said(1, "1 failed: checkout"), stage=1)
_LOGS = Try("logs", Said(0, "12:00 ERROR: no such table"), stage=1)
_E2E_RUN = Try("e2e", Said(1, "3 of 84 failed"), stage=1)
_ERRORS = Play("errors", 0.0005, 0.005, Wants.FAILS)
_QA = Play("manual-qa", 0.97, 0.93, Wants.WAITS)
_NO_CRITICAL = Play("critical-issues", 0, 1, Wants.FAILS)
_BUNDLE = tuple(Play("bundle", 400e3, size, Wants.FAILS) for size in (200e3, 500e3))
_TARGETS = tuple(
    Play(name, usual, usual * 1.3, Wants.WAITS)
    for name, usual in (("response-p50", 0.1), ("response-p95", 0.3), ("response-p99", 0.6))
)
_MEMORY = Play("memory", 300 * MB, Grows(0.08), Wants.WAITS)
_E2E = Play("new-e2e-failures", 0, 1, Wants.FAILS)
_DATABASE = Play("db-errors", 0.0001, 0.01, Wants.FAILS)
_STEADY = Play("response-avg", 0.1, Swings(0.6), Wants.WAITS)


def _staged(*plays: Play) -> tuple[Play, ...]:
    """The stage before it is a gate without an environment."""
    return tuple(Play(p.metric, p.healthy, p.breach, p.wants, 1, p.is_new) for p in plays)


SPRINT = (
    row("phase gates", "Manual QA: 95%+ pass rate", *_staged(_QA)),
    checked("phase gates", "all code committed and tested", _TESTED),
    checked("phase gates", "build successful", _BUILT),
    checked("phase gates", "services deployed and healthy", *_SERVICES),
    checked("phase gates", "smoke tests pass", _SMOKE),
    row("phase gates", "soak testing complete", by=By.TIME),
    row("phase 1", "95%+ tests passing", *_staged(_QA)),
    row("phase 1", "0 critical issues", *_staged(_NO_CRITICAL)),
    row("phase 1", "major issues resolved or documented", by=By.PEOPLE),
    row("phase 1", "team approval", by=By.PEOPLE),
    checked("phase 2", "build without errors", _BUILT),
    checked("phase 2", "all assets included", Try("assets", Said(1, "missing: logo.svg"))),
    checked(
        "phase 2",
        "no build warnings",
        Try("build-log", Said(0, f"warning: unused\nbuilt {COMMIT}"), well=Said(0, f"built {COMMIT}")),
    ),
    row("phase 2", "Bundle size within expected range", *_staged(*_BUNDLE)),
    *(checked("phase 3", says, one) for says, one in zip(_COMPONENTS, _SERVICES, strict=True)),
    checked("phase 3", "logs clean", _LOGS),
    checked("phase 4", "smoke tests pass", _SMOKE),
    checked("phase 4", "no critical errors", Try("logs", Said(0, "CRITICAL: out of memory"), stage=1)),
    row("phase 4", "performance acceptable", *_staged(*_TARGETS)),
    row("phase 4", "ready for soak", by=By.RULE),
    row("soak", "CPU usage stable", *_staged(Play("cpu", 0.4, Swings(0.6), Wants.WAITS))),
    row("soak", "Memory not leaking", *_staged(_MEMORY)),
    row("soak", "Database connections healthy", *_staged(Play("db-connections", 10, 25, Wants.FAILS))),
    row("soak", "Error rate < 0.1%", *_staged(_ERRORS)),
    row("soak", "Response times consistent", *_staged(_STEADY)),
    row("soak", "No hung processes", *_staged(Play("hung-processes", 0, 1, Wants.FAILS))),
    row("soak", "Disk space adequate", *_staged(Play("disk", 0.5, 0.95, Wants.FAILS))),
    row("soak criteria", "0 critical issues found", *_staged(_NO_CRITICAL)),
    row("soak criteria", "Error rate < 0.1%", *_staged(_ERRORS)),
    row("soak criteria", "Performance stable", *_staged(_STEADY)),
    row("soak criteria", "No memory leaks", *_staged(_MEMORY)),
    row("soak criteria", "ready for production", by=By.RULE),
    checked("phase 6", "all validations pass", Try("pages", Said(1, "the menu is cut"), stage=1), _E2E_RUN),
    checked("phase 6", "E2E tests show expected results", _E2E_RUN),
    row("phase 6", "Performance meets targets", *_staged(*_TARGETS)),
    row("phase 6", "ready for production", by=By.RULE),
    *(
        row("metrics", f"Web Vitals: {name.upper()}", *_staged(Play(f"{name}-p75", 0.1, 0.3, Wants.SHOWN)))
        for name in ("fcp", "lcp", "cls", "ttfb")
    ),
    row("metrics", "Error Rate: target < 0.1%", *_staged(_ERRORS)),
    row("metrics", "Response Time: p50, p95, p99", *_staged(*_TARGETS)),
    row("metrics", "CPU Usage: < 70%", *_staged(Play("cpu", 0.4, 0.75, Wants.FAILS))),
    row("metrics", "Memory Usage: stable, no leaks", *_staged(_MEMORY)),
    row("metrics", "Database Connections: < 20 active", *_staged(Play("db-connections", 19, 20, Wants.FAILS))),
    row("metrics", "Cache Hit Rate: > 80%", *_staged(Play("cache-hits", 0.9, 0.7, Wants.FAILS))),
    row("alerts", "Error rate > 1%", *_staged(Play("errors", 0.0005, 0.02, Wants.TOLD))),
    row("alerts", "Response time p95 > 5s", *_staged(Play("response-p95", 4.6, 5.3, Wants.TOLD))),
    row("alerts", "CPU > 80%", *_staged(Play("cpu", 0.4, 0.85, Wants.TOLD))),
    row("alerts", "Memory growing > 5%/hour", *_staged(Play("memory", 300 * MB, Grows(0.08), Wants.TOLD))),
    row("alerts", "Disk usage > 80%", *_staged(Play("disk", 0.5, 0.85, Wants.TOLD))),
    row("go", "Manual QA: 95%+ pass rate", *_staged(_QA)),
    row("go", "E2E Tests: all passing", *_staged(_E2E)),
    row("go", "Soak Tests: 24-48h complete, stable", by=By.TIME),
    row("go", "Performance: meets targets", *_staged(*_TARGETS)),
    row("go", "Errors: < 0.1% rate", *_staged(_ERRORS)),
    checked(
        "go",
        "Security: CSRF and auth working",
        Try("auth", Said(200, "all users"), stage=1, well=Said(401)),
        Try("csrf", Said(1, "a form without its token was taken"), stage=1),
    ),
    *rows(
        "go",
        By.PEOPLE,
        ("Monitoring: set up and ready", "Rollback: documented and tested", "Team: sign-off", "Communication: plan"),
        "said by those who answer for it; that it was rehearsed, or is there, is a check to come",
    ),
    row("hold", "Critical bugs found", *_staged(_NO_CRITICAL)),
    row("hold", "Manual QA < 90%", *_staged(Play("manual-qa", 0.97, 0.8, Wants.REFUSED))),
    row("hold", "E2E tests failing", *_staged(_E2E)),
    row("hold", "Performance degradation", *_staged(*_TARGETS)),
    row("hold", "Security concerns", by=By.PEOPLE),
    row("hold", "Monitoring issues", by=By.RULE, why="what cannot be read holds the release"),
    row("hold", "Database problems", *_staged(_DATABASE)),
    row("hold", "Infrastructure issues", by=By.PEOPLE),
    row("hold", "Team not ready", by=By.PEOPLE),
    row("hold", "Communication not ready", by=By.PEOPLE),
    checked("success", "all components deployed and accessible", *_SERVICES),
    checked("success", "all features working as designed", _E2E_RUN),
    row("success", "E2E tests pass with > 90% rate", *_staged(Play("e2e-passed", 0.97, 0.85, Wants.FAILS))),
    row("success", "Performance metrics meet targets", *_staged(*_TARGETS)),
    row("success", "Error rate < 0.1% during soak", *_staged(_ERRORS)),
    row("success", "no security issues found", by=By.PEOPLE),
    checked(
        "success", "monitoring and alerts working", Try("alerts", Said(1, "no alert arrived in 5 minutes"), stage=1)
    ),
    row("success", "team confidence high", by=By.PEOPLE),
    checked("success", "rollback procedure tested", Try("rollback", Said(1, "v1 did not come back"), stage=1)),
    row("success", "ready for production release", by=By.RULE),
)

_SIMULATED = Try("production-simulation", _RUN_BAD, well=_RUN_GOOD)
_PARITY = Try("parity", Said(0, "98 %: redis 7.2 here, 7.4 there"), well=Said(0, "100 %"))
_MONITORED = Try("monitoring", Said(1, "no rule for disk space"))
_REHEARSED = Try("rehearsal", Said(1, "switched too early"))
_FAST = (
    Play("response-p50", 50 * MS, 130 * MS, Wants.FAILS),
    Play("response-p95", 80 * MS, 130 * MS, Wants.FAILS),
)
_UPTIME = Play("availability", 1.0, 0.99, Wants.FAILS)
_CONVERTS = Play("conversion", 0.3, 0.15, Wants.FAILS, stage=1)
_CORRUPTS = Play("corrupt-rows", 0, 1, Wants.FAILS)
_REGRESSION = (
    Play("new-failures", 0, 1, Wants.FAILS),
    Play("errors", 0.002, 0.02, Wants.FAILS, stage=1),
    Play("response-p99", 90 * MS, 180 * MS, Wants.FAILS, stage=1),
)

REPOSITORY = (
    checked("standards", "100% production environment simulation", _SIMULATED, _PARITY),
    row("standards", "production-level performance", *_FAST),
    checked("standards", "complete monitoring and alerting", _MONITORED),
    checked("standards", "100% deployment rehearsal success", _REHEARSED),
    row("standards", "zero regressions", *_REGRESSION),
    checked("readiness", "Production Simulation: 100% parity", _SIMULATED, _PARITY),
    row("readiness", "Performance Validation: meets all SLAs", *_FAST, _UPTIME),
    checked("readiness", "Deployment Rehearsal", _REHEARSED),
    checked("readiness", "Monitoring Setup", _MONITORED),
    row("readiness", "UAT Completion", by=By.PEOPLE),
    row("readiness", "Security Validation", by=By.PEOPLE),
    row("readiness", "Zero Regressions", *_REGRESSION),
    checked("advanced", "Scalability: production-level scaling", Try("scaling", Said(1, "3 of 5 processes came"))),
    checked("advanced", "Resilience: fault tolerance", Try("faults", Said(1, "40 requests failed"))),
    row(
        "advanced",
        "Sub-100ms under production load",
        *_FAST,
        Play("response-p95", 80 * MS, Starves(60), Wants.WAITS),
    ),
    row("advanced", "99.99% uptime", _UPTIME),
    row("advanced", "Zero data corruption or loss", _CORRUPTS),
    row("advanced", "Compliance", by=By.PEOPLE),
    row("performance", "Response Time: P50, P95, P99", *_FAST, _REGRESSION[2]),
    row("performance", "Throughput", Play("throughput", 100, 10, Wants.FAILS)),
    row("performance", "Error Rate under load", Play("errors", 0.002, 0.03, Wants.FAILS)),
    row(
        "performance",
        "Resource Utilization",
        *(Play(name, 0.5, 0.9, Wants.FAILS) for name in ("cpu", "memory", "disk", "network")),
    ),
    row("availability", "Uptime", _UPTIME),
    row("availability", "Downtime", _UPTIME),
    over("Recovery Time: MTTR", "time_to_recovery", 90, 900),
    over("Incident Response: time to detect", "detection_time", 60, 600),
    row("business", "User Satisfaction", Play("satisfaction", 4.2, 3.0, Wants.SHOWN)),
    row("business", "Conversion Rates", _CONVERTS),
    row("business", "Feature Usage", Play("usage", 0.2, 0.1, Wants.SHOWN)),
    row("business", "Performance Impact", Play("bounces", 0.2, 0.4, Wants.FAILS, stage=1)),
    checked("promotion", "production simulation", _SIMULATED),
    row("promotion", "all production SLAs", *_FAST, _UPTIME),
    checked(
        "promotion",
        "zero-downtime rehearsal",
        _REHEARSED,
        Try("zero-downtime", Said(0, "refused 7 requests"), well=Said(0, "refused 0 requests")),
    ),
    row("promotion", "UAT with positive feedback", by=By.PEOPLE),
    checked("promotion", "monitoring validated", _MONITORED),
    row("promotion", "security posture confirmed", by=By.PEOPLE),
    row("promotion", "zero regressions", *_REGRESSION),
    row("promotion", "compliance maintained", by=By.PEOPLE),
    row("rollback", "performance degradation in the canary", _REGRESSION[2]),
)

DOCUMENTS = {
    "staging-phase": STAGING,
    "production-release-phase": PRODUCTION,
    "upgrade-staging-kickoff": UPGRADE,
    "sprint-staging-plan": SPRINT,
    "staging-repository": REPOSITORY,
}
