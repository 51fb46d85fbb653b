"""Releases that went wrong, made up after what happens to web services: what broke, what was in them, who did it.

Each has its changes with files, as git would give them, the metrics that failed with when each was first seen, and the
pull requests that were behind it. The one thing to remember: they are written from the story and never from the
tables of the ranking; a release that is ranked badly stays in.
"""

from dataclasses import dataclass, field
from typing import Any

from bot.core.contents import Change
from bot.core.plan import Plan
from tests.support.scenario import written_plan

METRICS: dict[str, dict[str, Any]] = {
    "errors": {"kind": "errors", "counter": 'http_requests_total{status=~"5.."}', "of": "http_requests_total"},
    "latency-p95": {"kind": "performance", "histogram": "http_request_duration_seconds", "quantile": 0.95},
    "checkout-failures": {
        "kind": "functional",
        "counter": 'checkouts_total{outcome="failed"}',
        "of": "checkouts_total",
    },
    "checkout-p99": {
        "kind": "performance",
        "histogram": 'http_request_duration_seconds{route="/checkout"}',
        "quantile": 0.99,
    },
    "login-errors": {"kind": "functional", "counter": 'logins_total{result="error"}', "of": "logins_total"},
    "search-p95": {"kind": "performance", "histogram": "search_duration_seconds", "quantile": 0.95},
    "zero-results": {"kind": "business", "counter": 'searches_total{results="0"}', "of": "searches_total"},
    "memory": {"kind": "resource", "gauge": "process_resident_memory_bytes", "unit": "bytes"},
    "cpu": {"kind": "resource", "gauge": "container_cpu_usage"},
    "db-pool": {"kind": "resource", "gauge": "db_pool_in_use", "of": "db_pool_size"},
    "queue-lag": {"kind": "resource", "gauge": "jobs_queue_lag_seconds", "unit": "s"},
    "conversion": {"kind": "business", "counter": "orders_total", "of": "sessions_total", "worse": "lower"},
    "signups": {"kind": "business", "counter": "signups_total", "of": "visits_total", "worse": "lower"},
    "emails-sent": {
        "kind": "functional",
        "counter": 'emails_total{outcome="sent"}',
        "of": "emails_total",
        "worse": "lower",
    },
    "upload-failures": {"kind": "functional", "counter": 'uploads_total{outcome="failed"}', "of": "uploads_total"},
    "cache-hits": {"kind": "performance", "counter": "cache_hits_total", "of": "cache_gets_total", "worse": "lower"},
}


@dataclass(frozen=True)
class BadRelease:
    """`broke`: metrics in the order in which they broke, seconds apart. `culprits`: pull requests."""

    story: str
    broke: dict[str, float]
    changes: tuple[Change, ...]
    culprits: frozenset[int]
    metrics: dict[str, dict[str, Any]] = field(default_factory=lambda: METRICS)

    @property
    def plan(self) -> Plan:
        metrics = [
            {"name": name, **written, "tolerance": {"ratio": 1.5}, "limit": None}
            for name, written in self.metrics.items()
        ]
        return Plan.model_validate(written_plan(metrics=metrics))


def pr(number: int, title: str, *paths: str, by: str = "Ada", body: str = "") -> Change:
    return Change(f"{number:08x}" * 5, title, by, pull_request=number, paths=paths, body=body)


def bad(story: str, broke: str, *changes: Change, culprits: set[int]) -> BadRelease:
    when = {name: 4.0 * number for number, name in enumerate(broke.split())}
    return BadRelease(story, when, changes, frozenset(culprits))


RELEASES = (
    bad(
        "A new column is read before the migration's default is filled in.",
        "errors",
        pr(210, "docs: how to run the worker locally", "docs/worker.md", "README.md"),
        pr(209, "feat: loyalty tier on the profile", "app/models/customer.py", "migrations/0042_loyalty_tier.sql"),
        pr(208, "fix: typo in the footer", "app/templates/footer.html"),
        pr(207, "test: cover the coupon parser", "tests/test_coupons.py"),
        culprits={209},
    ),
    bad(
        "The payment client's new time-out is shorter than the bank's answer.",
        "checkout-failures",
        pr(311, "chore: newer payment client", "requirements.txt", "services/payments/client.py"),
        pr(310, "feat: banner for the summer sale", "web/templates/banner.html", "web/static/banner.css"),
        pr(309, "refactor: split the product serializer", "catalog/serializers.py", "catalog/views.py"),
        pr(308, "docs: architecture decision 14", "docs/adr/0014.md"),
        culprits={311},
    ),
    bad(
        "A list of products asks for each price by itself.",
        "latency-p95 db-pool",
        pr(77, "feat: show the discounted price in lists", "catalog/views.py", "catalog/queries.py"),
        pr(76, "feat: gift notes", "checkout/forms.py", "checkout/templates/gift.html"),
        pr(75, "ci: cache the wheels", ".github/workflows/test.yml"),
        pr(74, "fix: trailing slash in the sitemap", "web/sitemap.py"),
        culprits={77},
    ),
    bad(
        "The pool is smaller, for the sake of the reporting.",
        "db-pool latency-p95 errors",
        pr(58, "chore(config): 4 connections for each web process", "config/production.yaml"),
        pr(57, "feat: export orders as CSV", "orders/export.py", "orders/urls.py"),
        pr(56, "fix: rounding of VAT", "billing/tax.py"),
        culprits={58},
    ),
    bad(
        "A cache that nobody empties.",
        "memory",
        pr(902, "perf: remember rendered fragments", "web/fragments.py"),
        pr(901, "feat: sort orders by date", "orders/list.py"),
        pr(900, "fix: empty state of the wish list", "web/wishlist.html"),
        pr(899, "build(deps): bump uvicorn from 0.30 to 0.31", "requirements.txt"),
        culprits={902},
    ),
    bad(
        "A regular expression that backtracks.",
        "cpu latency-p95",
        pr(44, "fix: accept umlauts in addresses", "shipping/address.py"),
        pr(43, "feat: remember the last address", "shipping/views.py", "migrations/0031_last_address.sql"),
        pr(42, "docs: on-call handbook", "docs/oncall.md"),
        culprits={44},
    ),
    bad(
        "Cookies signed by the new library are not read by the old one.",
        "login-errors errors",
        pr(512, "chore(deps): itsdangerous 3", "poetry.lock", "pyproject.toml"),
        pr(511, "feat: sign in with a passkey", "accounts/passkeys.py", "accounts/urls.py", "web/login.html"),
        pr(510, "refactor: one place for feature flags", "core/flags.py"),
        pr(509, "fix: sort countries by name", "shipping/countries.py"),
        culprits={512},
    ),
    bad(
        "The analyzer of the index no longer splits at hyphens.",
        "zero-results",
        pr(130, "perf: smaller search index", "search/index.py", "search/analyzers.json"),
        pr(129, "feat: filter by colour", "catalog/filters.py", "web/filters.html"),
        pr(128, "docs: glossary", "docs/glossary.md"),
        culprits={130},
    ),
    bad(
        "Ranking asks a model over the network for each result.",
        "search-p95 latency-p95",
        pr(141, "feat: personal ranking", "search/ranking.py", "search/client.py"),
        pr(140, "feat: price alerts", "alerts/models.py", "migrations/0050_price_alerts.sql", "alerts/jobs.py"),
        pr(139, "fix: 404 page in dark mode", "web/static/errors.css"),
        culprits={141},
    ),
    bad(
        "The button of the checkout lies behind the cookie banner on phones.",
        "conversion",
        pr(620, "feat: cookie banner in the corporate design", "frontend/components/CookieBanner.tsx"),
        pr(619, "perf: load fonts later", "frontend/fonts.css"),
        pr(618, "refactor: typed routes", "frontend/routes.ts", "frontend/router.ts"),
        pr(617, "build: node 22", "Dockerfile", "package-lock.json"),
        culprits={620},
    ),
    bad(
        "The experiment sends half of the visitors to a form that asks for a phone number.",
        "signups",
        pr(811, "feat: start the phone number experiment", "config/experiments.yaml"),
        pr(810, "fix: memory use of the image resizer", "media/resize.py"),
        pr(809, "docs: describe the signup funnel", "docs/signup-funnel.md"),
        pr(808, "chore: rotate the sentry key", "config/production.env"),
        culprits={811},
    ),
    bad(
        "The worker takes jobs one by one, to keep their order.",
        "queue-lag",
        pr(18, "fix: keep the order of webhooks", "jobs/worker.py"),
        pr(17, "feat: webhooks for refunds", "webhooks/refunds.py", "webhooks/urls.py"),
        pr(16, "build(deps): bump redis from 5.0 to 5.1", "requirements.txt"),
        culprits={18},
    ),
    bad(
        "The name of a template was changed in one place of two.",
        "emails-sent",
        pr(233, "refactor: rename order_mail to order_confirmation", "notifications/templates/order_confirmation.html"),
        pr(232, "feat: tracking link in the order list", "orders/templates/list.html", "orders/views.py"),
        pr(231, "perf: index on orders.created_at", "migrations/0077_orders_created_at.sql"),
        culprits={233},
    ),
    bad(
        "Uploads are limited to one megabyte by the new proxy's default.",
        "upload-failures",
        pr(405, "chore: nginx 1.27 with the distribution's configuration", "deploy/nginx.conf", "Dockerfile"),
        pr(404, "feat: crop pictures before they are stored", "media/crop.py", "media/views.py"),
        pr(403, "test: fixtures for uploads", "tests/fixtures/uploads.py"),
        culprits={405},
    ),
    bad(
        "The key of the cache holds the time of day.",
        "cache-hits latency-p95 db-pool",
        pr(71, "fix: stale prices after midnight", "catalog/pricing.py", "catalog/cache.py"),
        pr(70, "feat: compare products", "catalog/compare.py", "web/compare.html"),
        pr(69, "chore(deps): django 5.2", "requirements.txt"),
        culprits={71},
    ),
    bad(
        "An index is dropped that was used after all.",
        "latency-p95",
        pr(340, "chore: drop unused indexes", "migrations/0102_drop_indexes.sql"),
        pr(339, "feat: show delivery dates", "shipping/dates.py", "web/product.html"),
        pr(338, "refactor: async payment client", "services/payments/client.py", "services/payments/retry.py"),
        pr(337, "docs: runbook for the cache", "docs/runbooks/cache.md"),
        culprits={340},
    ),
    bad(
        "A lock is held while the shop's stock is asked for over the network.",
        "checkout-p99 checkout-failures",
        pr(960, "fix: never sell the last piece twice", "orders/reserve.py"),
        pr(959, "feat: pay by invoice", "checkout/invoice.py", "checkout/forms.py", "migrations/0201_invoices.sql"),
        pr(958, "fix: alt texts", "web/templates/product.html"),
        culprits={960},
    ),
    bad(
        "A revert brings back a crash that a later fix had hidden.",
        "errors",
        pr(725, 'Revert "Validate the webhook body"', "webhooks/views.py"),
        pr(724, "feat: dark mode", "web/static/theme.css", "web/templates/base.html"),
        pr(723, "docs: contributing", ".github/CONTRIBUTING.md"),
        culprits={725},
    ),
    bad(
        "A large rewrite, and something in it.",
        "errors latency-p95",
        pr(1001, "refactor: orders as a service of its own", *(f"orders/service/part{n}.py" for n in range(30))),
        pr(1000, "fix: colour of the badge", "web/static/badge.css"),
        pr(999, "fix: title of the order mail", "notifications/order.py"),
        culprits={1001},
    ),
    bad(
        "Each request opens a session, because the flag's client is made anew.",
        "memory errors",
        pr(88, "feat(flags): per-customer feature flags", "core/flags.py", "core/middleware.py"),
        pr(87, "feat: order history as a PDF", "orders/pdf.py", "requirements.txt"),
        pr(86, "ci: run the tests on 3.13", ".github/workflows/test.yml"),
        culprits={88},
    ),
)
"""Newest change first, as a journal has them. The ranking was improved while looking at these."""


HELD_OUT = (
    bad(
        "The session store is asked twice for each page.",
        "latency-p95",
        pr(66, "feat: greet people by their name", "web/context.py", "accounts/session.py"),
        pr(65, "feat: notes on orders", "orders/notes.py", "migrations/0012_order_notes.sql"),
        pr(64, "fix: wrong plural in German", "web/locale/de.json"),
        pr(63, "docs: how we name things", "docs/naming.md"),
        pr(62, "build(deps): bump pillow from 11.0 to 11.1", "requirements.txt"),
        pr(61, "refactor: smaller stock module", "warehouse/stock.py", "warehouse/reserve.py"),
        culprits={66},
    ),
    bad(
        "The new tax table lacks a country.",
        "checkout-failures errors",
        pr(146, "feat: VAT from a table", "billing/vat.py", "migrations/0090_vat_rates.sql"),
        pr(145, "feat: search by colour", "search/colour.py", "web/search.html"),
        pr(144, "fix: avatars in the wrong size", "media/avatar.py"),
        pr(143, "test: orders in three currencies", "tests/orders/test_currency.py"),
        pr(142, "chore: longer log retention", "deploy/logging.yaml"),
        culprits={146},
    ),
    bad(
        "Each worker loads the whole catalogue at its start.",
        "memory",
        pr(230, "perf(catalog): load categories once, at the start", "catalog/preload.py"),
        pr(229, "feat: print an order", "orders/print.py", "web/print.css"),
        pr(228, "fix: sort reviews by date", "reviews/list.py"),
        pr(227, "feat: tags for products", "catalog/tags.py", "migrations/0061_tags.sql"),
        pr(226, "ci: nightly run", ".github/workflows/nightly.yml"),
        culprits={230},
    ),
    bad(
        "The mail provider wants another header.",
        "emails-sent",
        pr(515, "build(deps): bump mailer-sdk from 4 to 5", "package.json", "package-lock.json"),
        pr(514, "feat: unsubscribe link", "notifications/unsubscribe.ts", "notifications/templates/footer.html"),
        pr(513, "feat: delivery slots", "shipping/slots.ts"),
        pr(512, "docs: support hours", "docs/support.md"),
        pr(511, "fix: cart badge on phones", "frontend/CartBadge.tsx"),
        culprits={515},
    ),
    bad(
        "Rate limits are counted for the proxy's address instead of the customer's.",
        "errors login-errors",
        pr(701, "feat: rate limit for the login", "accounts/limits.py", "core/middleware.py"),
        pr(700, "feat: order again", "orders/again.py", "web/orders.html"),
        pr(699, "fix: dates in the French mails", "notifications/dates.py"),
        pr(698, "perf: thumbnails as webp", "media/thumbnails.py"),
        pr(697, "docs: retention policy", "docs/retention.md"),
        culprits={701},
    ),
    bad(
        "A query that is slow for customers with many orders.",
        "latency-p95 db-pool",
        pr(319, "feat: total of all orders on the account page", "accounts/overview.py", "orders/queries.py"),
        pr(318, "feat: pay with a gift card", "checkout/giftcard.py", "migrations/0114_gift_cards.sql"),
        pr(317, "chore: bump the base image", "Dockerfile"),
        pr(316, "refactor: types for the cart", "cart/types.py"),
        pr(315, "test: slow tests in a job of their own", "tests/conftest.py"),
        culprits={319},
    ),
    bad(
        "The recommendations are empty, because their topic was renamed.",
        "conversion",
        pr(45, "refactor: topic names with a prefix", "events/topics.py", "recommendations/consumer.py"),
        pr(44, "feat: darker header", "frontend/header.css"),
        pr(43, "fix: escape file names", "media/names.py"),
        pr(42, "chore(config): shorter access logs", "config/logging.yaml"),
        pr(41, "docs: glossary", "docs/glossary.md"),
        culprits={45},
    ),
    bad(
        "The pool is not given back after an exception.",
        "db-pool errors",
        pr(88, "refactor: our own connection helper", "core/connections.py", "core/retry.py"),
        pr(87, "feat: bulk edit of prices", "catalog/bulk.py", "web/bulk.html"),
        pr(86, "fix: wrong icon", "web/static/icons.css"),
        pr(85, "build(deps): bump httpx from 0.27 to 0.28", "requirements.txt"),
        culprits={88},
    ),
    bad(
        "Uploads are read whole into memory to look for viruses.",
        "memory upload-failures",
        pr(1203, "feat: scan attachments", "support/scan.py", "support/attachments.py"),
        pr(1202, "feat: canned answers", "support/answers.py", "migrations/0300_answers.sql"),
        pr(1201, "perf: cache the list of agents", "support/agents.py"),
        pr(1200, "docs: scan policy", "docs/scan.md"),
        pr(1199, "fix: time zone of tickets", "support/tickets.py"),
        culprits={1203},
    ),
    bad(
        "The flag was meant for the staff and is on for everybody.",
        "signups conversion",
        pr(77, "chore: turn new onboarding on", "config/flags.yaml"),
        pr(76, "feat: currency switch", "frontend/CurrencySwitch.tsx", "pricing/currency.py"),
        pr(75, "fix: broken link in the footer", "frontend/Footer.tsx"),
        pr(74, "perf: fewer fonts", "frontend/fonts.css"),
        culprits={77},
    ),
    bad(
        "A job that was quick now waits for a lock.",
        "queue-lag",
        pr(93, "fix: never send a report twice", "reports/send.py", "reports/lock.py"),
        pr(92, "feat: choose the day of the report", "reports/schedule.py", "web/schedule.html"),
        pr(91, "chore: bigger job instances", "deploy/jobs.yaml"),
        pr(90, "docs: reports", "docs/reports.md"),
        pr(89, "build(deps): bump celery from 5.4 to 5.5", "requirements.txt"),
        culprits={93},
    ),
    bad(
        "A serializer leaves out a field that the phones need.",
        "errors",
        pr(55, "feat(api): smaller answers for lists", "api/serializers.py"),
        pr(54, "feat: wish list by mail", "wishlist/mail.py"),
        pr(53, "chore: rename a table nobody reads", "migrations/0200_rename_audit.sql"),
        pr(52, "docs: API changelog", "docs/api.md"),
        pr(51, "style: format", "web/static/forms.css"),
        culprits={55},
    ),
)
"""Written after the ranking was done, and never tuned for."""
