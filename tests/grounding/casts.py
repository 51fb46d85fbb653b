"""Who releases what in the measure of grounding: services, people, metrics, and what each metric shows, good and bad.

A cast is data alone; `worlds` lets it play. Casts differ in everything that a checker could mistake for one another:
sources and units of metrics, names, roles, versions, steps, hours of the day. The one thing to remember: the words
here become evidence, so every reason and concern has sentences beside it that say the same, written by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.core.actors import Actor
from tests.grounding.brought import Brought, brought

DAY = 24 * 3600.0
FIRST_DAY = 1_800_057_600.0
"""Midnight (UTC) of the first cast's day, seconds since the epoch."""


@dataclass(frozen=True)
class Words:
    """What somebody says in a release, and the same in other words (a clause, lower case)."""

    said: str
    again: tuple[str, ...]


@dataclass(frozen=True)
class Cast:
    service: str
    version: str
    id: str
    commit: str
    previous: str
    start: float
    metrics: tuple[dict[str, Any], ...]
    usual: Mapping[str, tuple[float, float]]
    """By metric: the new version's value, and what it is compared with."""
    bad: Mapping[str, tuple[float, float, float]]
    """What fails when it goes wrong: value, reference, evidence in nats."""
    odd: Mapping[str, tuple[float, float]]
    """What is flagged when it is only unusual."""
    events: int
    """Requests (or looks) that a verdict rests on."""
    operator: Actor
    approvers: Mapping[str, Actor]
    on_call: Actor
    worrier: Actor
    changes: tuple[Brought, ...]
    worry: Words
    caveat: Words
    fix: Words
    hold: Words
    back: Words
    accept: Words
    unblock: Words
    reject: Words
    deploy_failure: Words
    steps: tuple[str, ...] = ("1%", "10%", "25%", "50%", "100%")
    held: str = "5m"
    staging_held: str = "15m"
    look_seconds: float = 30.0
    watch: Mapping[str, str] = field(default_factory=lambda: {"time": "24h"})

    @property
    def people(self) -> tuple[Actor, ...]:
        return (self.operator, *self.approvers.values(), self.on_call, self.worrier)

    @property
    def words(self) -> tuple[Words, ...]:
        return (
            self.worry,
            self.caveat,
            self.fix,
            self.hold,
            self.back,
            self.accept,
            self.unblock,
            self.reject,
            self.deploy_failure,
        )


def _share(name: str, kind: str, most: str | None, ratio: float = 2, **more: Any) -> dict[str, Any]:
    limit = {"limit": {"max": most}} if most else {}
    series = name.replace("-", "_")
    tolerance = {"tolerance": {"ratio": ratio, "margin": "0.1%"}}
    return {"name": name, "kind": kind, "counter": f"{series}_total", "of": "all_total", **limit, **tolerance, **more}


def _quantile(name: str, quantile: float, most: str, ratio: float = 1.25) -> dict[str, Any]:
    series = f"{name.replace('-', '_')}_bucket"
    told = {"name": name, "kind": "performance", "histogram": series, "quantile": quantile}
    return {**told, "limit": {"max": most}, "tolerance": {"ratio": ratio}}


def _gauge(name: str, unit: str, limit: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    bound = {"limit": limit} if limit else {}
    return {"name": name, "kind": "resource", "gauge": name.replace("-", "_"), "unit": unit, **bound, **more}


def _at(days: int, hours: float) -> float:
    return FIRST_DAY + days * DAY + hours * 3600


PAYMENTS = Cast(
    service="payments",
    version="v3.14.2",
    id="payments-12",
    commit="7be1d04a" * 5,
    previous="19aa63f0" * 5,
    start=_at(0, 14.05),
    metrics=(
        _share("declines", "functional", "4%"),
        _quantile("latency-p99", 0.99, "900ms"),
        _gauge("heap", "bytes", {"max": "2GB"}, tolerance={"ratio": 1.3}),
        _gauge("throughput", "req/s", {"min": 150}, worse="lower", tolerance={"ratio": 1.2}),
    ),
    usual={
        "declines": (0.0118, 0.0121),
        "latency-p99": (0.412, 0.407),
        "heap": (1.27e9, 1.25e9),
        "throughput": (228.0, 231.0),
    },
    bad={"declines": (0.0935, 0.0122, 18.7), "latency-p99": (1.83, 0.409, 11.3)},
    odd={"heap": (1.58e9, 1.26e9)},
    events=12_740,
    operator=Actor("U0HANNA", name="Hanna"),
    approvers={"head-of-payments": Actor("U0RAJ", name="Raj"), "risk-officer": Actor("U0LENA", name="Lena")},
    on_call=Actor("U0TOBIAS", name="Tobias"),
    worrier=Actor("U0MEI", name="Mei", in_channel=True),
    changes=brought("retry", "mandate", "idempotency", "settlement", "gateway"),
    worry=Words(
        "Refunds of closed accounts may be paid twice.",
        ("refunds of closed accounts might be paid twice", "closed accounts may get their refunds twice"),
    ),
    caveat=Words(
        "Refunds of closed accounts are made by hand until June.",
        ("until June, refunds of closed accounts are made by hand", "closed accounts get refunds by hand until June"),
    ),
    fix=Words("Pay each refund once.", ("each refund has to be paid once", "refunds must be paid once")),
    hold=Words("the bank announces maintenance", ("of maintenance that the bank announces",)),
    back=Words("merchants report double charges", ("of double charges that merchants report",)),
    accept=Words("the new rules are kept in the heap", ("the heap keeps the new rules",)),
    unblock=Words("the acquirer was down, not us", ("the acquirer was down",)),
    reject=Words("The mandate page lacks the legal text.", ("the legal text is missing on the mandate page",)),
    deploy_failure=Words("exit code 7: schema lock is held", ("the schema lock is held",)),
)

SEARCH = Cast(
    service="search",
    version="v2027.3",
    id="search-40",
    commit="e5c09b17" * 5,
    previous="8f2277d1" * 5,
    start=_at(3, 22.6),
    metrics=(
        _share("empty-results", "functional", "8%"),
        _quantile("p50", 0.5, "120ms"),
        _quantile("p95", 0.95, "600ms"),
        _share("cache-hits", "business", None, 1.2, worse="lower", limit={"min": "70%"}),
        _gauge("cpu", "ratio", {"max": "85%"}, tolerance={"ratio": 1.5}),
    ),
    usual={
        "empty-results": (0.0512, 0.0508),
        "p50": (0.038, 0.038),
        "p95": (0.241, 0.236),
        "cache-hits": (0.874, 0.881),
        "cpu": (0.43, 0.42),
    },
    bad={"cache-hits": (0.31, 0.878, 22.4), "p95": (0.95, 0.237, 8.8)},
    odd={"p50": (0.051, 0.038)},
    events=48_300,
    operator=Actor("U0YUSUF", name="Yusuf"),
    approvers={"search-lead": Actor("U0CLARA", name="Clara"), "qa-lead": Actor("U0BEN", name="Ben")},
    on_call=Actor("U0DMITRI", name="Dmitri"),
    worrier=Actor("U0SOFIA", name="Sofia", in_channel=True),
    changes=brought("synonyms", "ranking", "facets", "warmup", "analyzer"),
    worry=Words(
        "Results in Norwegian come in the wrong order.",
        ("Norwegian results come in the wrong order", "the order of Norwegian results is wrong"),
    ),
    caveat=Words(
        "Norwegian results are sorted by date for now.",
        ("for now, Norwegian results are sorted by date", "results in Norwegian are sorted by date for now"),
    ),
    fix=Words("Sort Norwegian results right.", ("Norwegian results have to be sorted right",)),
    hold=Words("the index is being rebuilt", ("the index was being rebuilt",)),
    back=Words("the home page shows no results", ("there were no results on the home page",)),
    accept=Words("more synonyms cost some time", ("synonyms cost some time",)),
    unblock=Words("the cache node is replaced", ("the cache node was replaced",)),
    reject=Words("Facets overlap on small screens.", ("facets overlap when screens are small",)),
    deploy_failure=Words("exit code 1: disk quota reached", ("the disk quota was reached",)),
    steps=("5%", "20%", "60%", "100%"),
    watch={"time": "12h", "holdback": "10%"},
)

ACCOUNTS = Cast(
    service="accounts",
    version="v0.9.0",
    id="accounts-3",
    commit="03d4fa6c" * 5,
    previous="c71b5e92" * 5,
    start=_at(5, 6.4),
    metrics=(
        _share("timeouts", "errors", "1%"),
        _quantile("login-p90", 0.9, "2s"),
        _share("signups", "business", None, 1.25, worse="lower"),
        _gauge("disk", "bytes", {"max": "60GB"}),
        _gauge("queue-depth", "jobs", {"max": 500}, tolerance={"ratio": 3}),
    ),
    usual={
        "timeouts": (0.0008, 0.0008),
        "login-p90": (1.16, 1.13),
        "signups": (0.236, 0.231),
        "disk": (37.5e9, 37.4e9),
        "queue-depth": (64.0, 61.0),
    },
    bad={"timeouts": (0.0342, 0.0009, 13.1), "queue-depth": (731.0, 62.0, 10.6)},
    odd={"signups": (0.171, 0.229)},
    events=3_610,
    operator=Actor("U0NADIA", name="Nadia"),
    approvers={"product-owner": Actor("U0EMIL", name="Emil"), "security-officer": Actor("U0GRACE", name="Grace")},
    on_call=Actor("U0PAVEL", name="Pavel"),
    worrier=Actor("U0IVY", name="Ivy", in_channel=True),
    changes=brought("passkeys", "sessions", "avatars", "hashing", "invites"),
    worry=Words(
        "People with two devices are signed out.",
        ("people with two devices get signed out", "somebody who has two devices is signed out"),
    ),
    caveat=Words(
        "With two devices one has to sign in again.",
        ("whoever has two devices has to sign in again", "people with two devices must sign in again"),
    ),
    fix=Words("Keep both devices signed in.", ("both devices have to stay signed in",)),
    hold=Words("support is short of people tonight", ("support was short of people",)),
    back=Words("nobody can sign in from Brazil", ("sign-in from Brazil was impossible",)),
    accept=Words("a campaign ended yesterday", ("a campaign had ended the day before",)),
    unblock=Words("the queue worker was misconfigured", ("a queue worker was misconfigured",)),
    reject=Words("Avatars of minors must not be public.", ("minors' avatars must not be public",)),
    deploy_failure=Words("exit code 2: certificate is not trusted", ("the certificate is not trusted",)),
    steps=("2%", "15%", "40%", "100%"),
    held="10m",
)

LEDGER = Cast(
    service="ledger",
    version="v11.0.1",
    id="ledger-88",
    commit="b6601fe3" * 5,
    previous="54d8c0aa" * 5,
    start=_at(9, 10.2),
    metrics=(
        _gauge("mismatches", "", {"max": 12}, tolerance={"ratio": 4}),
        _quantile("commit-p95", 0.95, "3s"),
        _gauge("replication-lag", "s", {"max": "10s"}, tolerance={"ratio": 2}),
        _gauge("memory", "bytes", {"max": "900MB"}, tolerance={"ratio": 1.2}),
        _share("rollbacks", "errors", "2%"),
    ),
    usual={
        "mismatches": (3.0, 3.0),
        "commit-p95": (0.68, 0.67),
        "replication-lag": (1.4, 1.3),
        "memory": (512e6, 508e6),
        "rollbacks": (0.0046, 0.0047),
    },
    bad={"replication-lag": (16.3, 1.35, 9.4), "mismatches": (41.0, 3.0, 15.8)},
    odd={"memory": (655e6, 509e6)},
    events=2_270,
    operator=Actor("U0ROSA", name="Rosa"),
    approvers={"finance-lead": Actor("U0KOFI", name="Kofi"), "dba": Actor("U0ELSA", name="Elsa")},
    on_call=Actor("U0MARCO", name="Marco"),
    worrier=Actor("U0JUNE", name="June", in_channel=True),
    changes=brought("rounding", "archive", "snapshots", "exports", "currency"),
    worry=Words(
        "Statements before 2019 lack their page numbers.",
        ("statements before 2019 have no page numbers", "page numbers are missing on statements before 2019"),
    ),
    caveat=Words(
        "Old statements are printed on request.",
        ("old statements get printed on request", "on request, old statements are printed"),
    ),
    fix=Words("Number the pages of old statements.", ("pages of old statements have to be numbered",)),
    hold=Words("the auditors are reading", ("auditors were reading",)),
    back=Words("the month's totals differ", ("the totals of the month differ",)),
    accept=Words("snapshots are larger by design", ("snapshots are larger, by design",)),
    unblock=Words("a replica had lost its network", ("the network of a replica was lost",)),
    reject=Words("Totals show three decimals.", ("three decimals are shown in totals",)),
    deploy_failure=Words("exit code 9: migration table is missing", ("the migration table is missing",)),
    steps=("10%", "50%", "100%"),
    staging_held="30m",
)

NOTIFIER = Cast(
    service="notifier",
    version="v5.6.0",
    id="notifier-21",
    commit="d94a7e05" * 5,
    previous="2c3b91e8" * 5,
    start=_at(14, 17.75),
    metrics=(
        _share("bounces", "errors", "5%", 1.5),
        _quantile("delivery-p90", 0.9, "4s"),
        _share("opens", "business", None, 1.3, worse="lower"),
        _gauge("open-files", "", {"max": 4000}),
    ),
    usual={
        "bounces": (0.0173, 0.0169),
        "delivery-p90": (1.92, 1.9),
        "opens": (0.318, 0.322),
        "open-files": (1210.0, 1190.0),
    },
    bad={"opens": (0.107, 0.324, 12.2)},
    odd={"delivery-p90": (2.36, 1.91)},
    events=9_840,
    operator=Actor("U0OSKAR", name="Oskar"),
    approvers={"marketing-lead": Actor("U0TESSA", name="Tessa"), "privacy-officer": Actor("U0HUGO", name="Hugo")},
    on_call=Actor("U0ZARA", name="Zara"),
    worrier=Actor("U0LIAM", name="Liam", in_channel=True),
    changes=brought("digest", "unsubscribe", "batching", "smtp", "emoji"),
    worry=Words(
        "Digests arrive at night in Asia.",
        ("digests arrive in Asia at night", "in Asia, digests arrive at night"),
    ),
    caveat=Words(
        "Digests leave at eight in London's time.",
        ("the digests leave at eight, London time",),
    ),
    fix=Words("Send digests by the reader's clock.", ("digests have to be sent by the reader's clock",)),
    hold=Words("a campaign goes out at six", ("a campaign was to go out at six",)),
    back=Words("letters show raw templates", ("raw templates were shown in letters",)),
    accept=Words("the provider throttles us this week", ("the provider throttles us",)),
    unblock=Words("pictures are served again", ("the pictures are being served again",)),
    reject=Words("The unsubscribe link is too small.", ("the link to unsubscribe is too small",)),
    deploy_failure=Words("exit code 4: registry refused the login", ("the registry refused the login",)),
    steps=("1%", "30%", "100%"),
    held="2m",
    look_seconds=15.0,
)

CASTS = (PAYMENTS, SEARCH, ACCOUNTS, LEDGER, NOTIFIER)
"""Beside the shop of the golden stories."""

SHOP_WORDS = (
    Words("watching the payment provider's status page", ("of the payment provider's status page",)),
    Words("customers call", ("customers called", "customers were calling")),
    Words("Old bookmarks of the dashboard no longer open.", ("old bookmarks of the dashboard no longer open",)),
    Words(
        "Bookmarks made before May open the start page.",
        ("bookmarks made before May open the start page", "bookmarks from before May open the start page"),
    ),
    Words("The order page still says beta.", ("the order page still says beta", "the order page says beta")),
    Words(
        "The cart is empty after a reload.", ("the cart is empty after a reload", "after a reload, the cart is empty")
    ),
    Words("Keep the cart over a reload.", ("the cart has to be kept over a reload",)),
    Words("exit code 1: port 8001 is taken", ("port 8001 was taken",)),
    Words("the limit was the load test's", ("the limit was the load test's",)),
)
"""What is said in the golden stories."""
