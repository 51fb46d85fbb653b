"""Changes that releases bring, each with sentences a good writer would make of its title, by hand.

A feature says what people can `do`; a fix what is `now` so, and the `problem`; a faster thing the `thing` and `how`.
Phrases may mark words whose replacement makes them false (see `pieces`). The one thing to remember: a phrase says no
more than its title and body, in other words; whoever adds one checks that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.contents import Change


@dataclass(frozen=True)
class Brought:
    key: str
    change: Change
    do: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    problem: tuple[str, ...] = ()
    thing: tuple[str, ...] = ()
    how: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()
    """What the change is about, as a noun, such as `the cart`."""

    @property
    def phrases(self) -> Mapping[str, tuple[str, ...]]:
        every = {
            "do": self.do,
            "now": self.now,
            "problem": self.problem,
            "thing": self.thing,
            "how": self.how,
            "subject": self.subject,
        }
        return {name: phrases for name, phrases in every.items() if phrases}


@dataclass
class _Pool:
    every: dict[str, Brought] = field(default_factory=dict)

    def add(
        self,
        key: str,
        author: str,
        number: int | None,
        title: str,
        *,
        body: str = "",
        paths: tuple[str, ...] = (),
        **phrases: tuple[str, ...],
    ) -> None:
        commit = f"{abs(number or 0) % 97 + 16:02x}{''.join(f'{ord(letter) % 16:x}' for letter in key)[:5]:0<6}" * 5
        email = f"{author.split(maxsplit=1)[0].lower()}@songbird.example"
        change = Change(commit, title, author, email, number, body, paths)
        self.every[key] = Brought(key, change, **phrases)


_POOL = _Pool()
_add = _POOL.add


def brought(*keys: str) -> tuple[Brought, ...]:
    return tuple(_POOL.every[key] for key in keys)


def by_commit(commit: str) -> Brought | None:
    """Also of the golden stories' changes; None: nobody wrote phrases for it."""
    return next((one for one in (*_POOL.every.values(), *GOLDEN) if one.change.commit == commit), None)


# ── the shop of the golden stories ───────────────────────────────────────────────────────────────────────────────────

GOLDEN = (
    Brought(
        "widgets",
        Change("41c0ffee" * 5, "feat(widgets): put widgets in an order of your own", "Ada Lindqvist", pull_request=41),
        do=(
            "put widgets in your own order",
            "put your widgets in any order of your own",
            "choose an order of your own for widgets",
        ),
        subject=("widgets", "the order of widgets"),
    ),
    Brought(
        "cart",
        Change("42c0ffee" * 5, "fix(cart): answer 404 for a product nobody sells", "Jun Park", pull_request=42),
        now=(
            "the cart answers <404; digit=401/403/500> for a product that nobody sells",
            "asking the cart for a product nobody sells is answered with a <404; digit=402/200>",
        ),
        problem=("the cart's answer for a product nobody sells",),
        subject=("the cart",),
    ),
    Brought(
        "dashboard",
        Change("43c0ffee" * 5, "perf(dashboard): one query instead of forty", "Teo Marin", pull_request=43),
        thing=("the dashboard",),
        how=(
            "with <one query; spelled=two queries/three queries> instead of <forty; spelled=fourteen/four>",
            "since <one; spelled=nine/ten> query replaces <forty; spelled=fifty/four hundred>",
        ),
        subject=("the dashboard", "the dashboard's queries"),
    ),
    Brought(
        "aiohttp",
        Change("44c0ffee" * 5, "build: aiohttp 3.14", "Ada Lindqvist", pull_request=44),
        subject=("the build",),
    ),
)

# ── payments ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_add(
    "retry",
    "Ines Ferreira",
    310,
    "feat(retry): retry a declined card once after a minute",
    body="A declined card is tried again once, one minute later. Limits of the bank are respected.",
    paths=("payments/retry.py", "payments/limits.py"),
    do=(
        "have a declined card retried once, <a minute; unit=an hour/a day> later",
        "let a declined card be tried again after <a minute; unit=an hour/a second>",
    ),
    subject=("the retry of a declined card", "retries"),
)
_add(
    "mandate",
    "Ole Brandt",
    311,
    "feat(mandates): show every mandate on one page",
    do=("see every mandate on one page", "find all mandates on a single page", "view every mandate on one page"),
    subject=("mandates", "the page with every mandate"),
)
_add(
    "idempotency",
    "Ines Ferreira",
    314,
    "fix(charges): keep the idempotency key over a restart",
    paths=("payments/charges.py", "db/migrations/0042_keys.sql"),
    now=("the idempotency key is kept over a restart", "charges keep their idempotency key over a restart"),
    problem=("the loss of the idempotency key at a restart",),
    subject=("charges", "the idempotency key"),
)
_add(
    "settlement",
    "Wanda Kowal",
    317,
    "perf(settlement): read the day's charges in pages of 500",
    thing=("settlement", "the settlement"),
    how=("because the day's charges are read in pages of <500; digit=900/200>",),
    subject=("settlement",),
)
_add("gateway", "Ole Brandt", 319, "chore: gateway client 8.2", subject=("the gateway client",))

# ── search ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_add(
    "synonyms",
    "Karim Haddad",
    1204,
    "feat(synonyms): let editors add synonyms",
    body="Editors add synonyms on the admin page; they are live after five minutes.",
    paths=("search/synonyms.py", "search/admin.py", "search/templates/synonyms.html"),
    do=("add synonyms as an editor", "add synonyms, if you are an editor"),
    subject=("synonyms",),
)
_add(
    "ranking",
    "Freya Nilsson",
    1207,
    "fix(ranking): do not rank sold-out products first",
    now=("sold-out products are not ranked first", "products that are sold out are not ranked first any more"),
    problem=("the ranking of sold-out products", "sold-out products that were ranked first"),
    subject=("ranking", "the ranking"),
)
_add(
    "facets",
    "Karim Haddad",
    1210,
    "feat(facets): filter by several facets at once",
    do=("filter by several facets at once", "filter with several facets at the same time"),
    subject=("facets", "filters by facets"),
)
_add(
    "warmup",
    "Luca Conti",
    1215,
    "perf(cache): warm the cache before taking traffic",
    paths=("search/cache.py",),
    thing=("the cache", "the warm-up of the cache"),
    how=("because it is warmed before it takes traffic", "as the cache is warmed before taking traffic"),
    subject=("the cache",),
)
_add("analyzer", "Freya Nilsson", 1218, "refactor: one analyzer for all languages", subject=("the analyzer",))

# ── accounts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_add(
    "passkeys",
    "Amara Obi",
    72,
    "feat(passkeys): sign in with a passkey",
    do=("sign in with a passkey", "use a passkey to sign in"),
    subject=("passkeys", "the sign-in with a passkey"),
)
_add(
    "sessions",
    "Stefan Vogel",
    75,
    "fix(sessions): end a session when its device is removed",
    paths=("accounts/sessions.py", "config/sessions.yml"),
    now=("a session ends when its device is removed", "removing a device ends its session"),
    problem=("sessions that did not end when their device was removed",),
    subject=("sessions",),
)
_add(
    "avatars",
    "Amara Obi",
    76,
    "feat(avatars): choose an avatar from twelve pictures",
    do=(
        "choose an avatar from <twelve; spelled=twenty/ten> pictures",
        "pick your avatar from <twelve; spelled=two/fifty> pictures",
    ),
    subject=("avatars",),
)
_add(
    "hashing",
    "Noah Weiss",
    80,
    "perf(login): hash passwords off the main thread",
    paths=("accounts/login.py", "accounts/hashing.py"),
    thing=("login", "the login"),
    how=("because passwords are hashed off the main thread", "with passwords hashed off the main thread"),
    subject=("login", "the hashing of passwords"),
)
_add(
    "invites",
    "Stefan Vogel",
    None,
    "docs: how invites expire",
    subject=("how invites expire",),
)

# ── ledger ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_add(
    "rounding",
    "Paula Reyes",
    506,
    "fix(rounding): round half to even in every currency",
    now=("half is rounded to even in every currency", "every currency is rounded half to even"),
    problem=("the rounding of half in every currency",),
    subject=("rounding", "the rounding"),
)
_add(
    "archive",
    "Tim Osei",
    509,
    "feat(archive): keep statements for ten years",
    body="Statements are kept for ten years. Run the migration first.",
    paths=("ledger/archive.py", "db/migrations/0107_archive.sql"),
    do=(
        "keep statements for <ten; spelled=seven/two> years",
        "have your statements kept for ten <years; unit=months/days>",
    ),
    subject=("the archive", "statements"),
)
_add(
    "snapshots",
    "Paula Reyes",
    512,
    "perf(snapshots): write snapshots while reading goes on",
    thing=("snapshots",),
    how=("because they are written while reading goes on",),
    subject=("snapshots",),
)
_add(
    "exports",
    "Mina Sato",
    515,
    "feat(exports): export a quarter as one file",
    do=("export a quarter as one file", "get a whole quarter as one exported file"),
    subject=("exports", "the export of a quarter"),
)
_add("currency", "Tim Osei", 516, "fix(currency): know the new Bulgarian currency", subject=("the Bulgarian currency",))

# ── notifier ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_add(
    "digest",
    "Greta Holm",
    933,
    "feat(digest): one digest a day instead of single letters",
    do=(
        "get <one digest; spelled=two digests/five digests> a <day; unit=week/month/hour> instead of single letters",
        "receive one digest a day in place of single letters",
    ),
    subject=("the digest", "digests"),
)
_add(
    "unsubscribe",
    "Arjun Mehta",
    936,
    "fix(unsubscribe): a click on unsubscribe needs no login",
    now=("a click on unsubscribe needs no login", "you can unsubscribe with a click and without a login"),
    problem=("the login that unsubscribe needed",),
    subject=("unsubscribe", "the click on unsubscribe"),
)
_add(
    "batching",
    "Greta Holm",
    938,
    "perf(smtp): send in batches of 50",
    paths=("notifier/smtp.py", "notifier/batches.py"),
    thing=("sending", "sending over smtp"),
    how=("as letters go out in batches of <50; digit=90/10>", "with batches of <50; tenfold=500/5>"),
    subject=("smtp", "batches"),
)
_add("smtp", "Arjun Mehta", 940, "build: smtp library 2.1", subject=("the smtp library",))
_add(
    "emoji",
    "Bianca Rossi",
    941,
    "feat(subjects): emoji in subjects",
    do=("use emoji in subjects", "put emoji into subjects"),
    subject=("subjects", "emoji in subjects"),
)
