"""What one sheet offers to a sentence: its facts by kind and deed, and places for names, with wrong ones beside them.

A binding fills the places of a pattern from some facts and cites them; `BINDERS` has them all by name. The one
thing to remember: a wrong name is one that none of the cited facts has, so that whatever the rest of the sheet says,
the sentence is not what it cites.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random

from bot.texts.sheet import Amount, Deed, Fact, FactKind, Role, TermKind
from tests.grounding.casts import CASTS, SHOP_WORDS
from tests.grounding.pieces import Piece, Place
from tests.grounding.worlds import Stand

NATURAL: Mapping[str, tuple[tuple[str, bool], ...]] = {
    "errors": (("errors", True), ("the error rate", False)),
    "p95": (("p95", False), ("p95 latency", False), ("the p95", False)),
    "p50": (("p50", False), ("p50 latency", False)),
    "memory": (("memory", False), ("memory use", False)),
    "checkouts": (("checkouts", True),),
    "declines": (("declines", True),),
    "latency-p99": (("latency-p99", False), ("p99 latency", False)),
    "heap": (("heap", False), ("the heap", False)),
    "throughput": (("throughput", False), ("the throughput", False)),
    "empty-results": (("empty results", True), ("empty-results", True)),
    "cache-hits": (("cache hits", True), ("cache-hits", True)),
    "cpu": (("cpu", False), ("CPU use", False)),
    "timeouts": (("timeouts", True),),
    "login-p90": (("login-p90", False), ("the p90 of login", False)),
    "signups": (("signups", True),),
    "disk": (("disk", False), ("disk use", False)),
    "queue-depth": (("queue-depth", False), ("the queue depth", False)),
    "mismatches": (("mismatches", True),),
    "commit-p95": (("commit-p95", False), ("the p95 of commit", False)),
    "replication-lag": (("replication-lag", False), ("the replication lag", False)),
    "rollbacks": (("rollbacks", True), ("the rollbacks metric", False)),
    "bounces": (("bounces", True),),
    "delivery-p90": (("delivery-p90", False), ("the p90 of delivery", False)),
    "opens": (("opens", True),),
    "open-files": (("open files", True), ("open-files", True)),
}
"""What a writer calls a metric, and whether that is a plural."""

MADE_UP = ("apdex", "GC pauses", "thread count", "packet loss", "cart abandonment", "handshake time")
STRANGERS = ("Miriam", "Tomasz", "Ingrid Solberg", "Beatriz", "Konrad Lang")
VERSIONS = ("v9.9.1", "v1.7.3", "v4.0.0", "v2.2.8")
OTHER_ROLES = ("release manager", "site-reliability-lead", "legal-counsel")
FOREIGN_RELEASES = ("billing-17", "maps-5", "gateway-230")
SERVICES = ("billing", "maps", "gateway")


@dataclass(frozen=True)
class Bound:
    """The places of a pattern, filled from the facts of these numbers."""

    places: Mapping[str, Place]
    cites: tuple[int, ...]


class Known:
    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.facts = stand.sheet.facts
        self.again = {words.said: words.again for cast in CASTS for words in cast.words}
        self.again |= {words.said: words.again for words in SHOP_WORDS}

    def of_kind(self, kind: FactKind) -> list[Fact]:
        return [fact for fact in self.facts if fact.kind is kind]

    def having(self, *deeds: Deed) -> list[Fact]:
        return [fact for fact in self.facts if set(deeds) <= set(fact.deeds)]

    def bound(self, facts: Iterable[Fact], places: Mapping[str, Place]) -> Bound:
        return Bound(places, tuple(sorted({fact.number for fact in facts})))

    # ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def named(self, kind: TermKind) -> tuple[str, ...]:
        """Every name of a kind on the sheet, in its order."""
        return self._names.get(kind, ())

    @cached_property
    def _names(self) -> dict[TermKind, tuple[str, ...]]:
        names: dict[TermKind, dict[str, None]] = {}
        for term in (term for fact in self.facts for term in fact.terms):
            names.setdefault(term.kind, {})[term.text] = None
        return {kind: tuple(texts) for kind, texts in names.items()}

    def others(self, kind: TermKind, cited: Iterable[Fact]) -> tuple[str, ...]:
        """Names of that kind that the cited facts do not have."""
        words = " ".join(fact.words for fact in cited).lower()
        return tuple(name for name in self.named(kind) if name.lower()[:8] not in words)

    def metric(self, name: str, *cited: Fact) -> Place:
        return self.metrics((name,), *cited)

    def metrics(self, names: tuple[str, ...], *cited: Fact, kind: str = "other-metric") -> Place:
        """`errors and p95`, wrong with another metric of the plan, or with none of it."""
        have = {name for fact in cited for name in fact.named(TermKind.METRIC)} | set(names)
        others = [metric.name for metric in self.stand.release.plan.metrics if metric.name not in have]

        def say(rng: Random) -> list[Piece]:
            said = [rng.choice(_natural(name)) for name in names]
            text = " and ".join(words for words, _plural in said)
            wrong = {
                kind: tuple(_natural(name)[0][0] for name in others),
                "made-up-metric": tuple(rng.sample(MADE_UP, 2)),
            }
            wrong = {mutation: false for mutation, false in wrong.items() if false}
            return [Piece(text, wrong, is_plural=len(said) > 1 or said[0][1])]

        return say

    def person(self, name: str, *cited: Fact) -> Place:
        words = {word for fact in cited for word in fact.words.split()}
        others = tuple(one for one in self.named(TermKind.PERSON) if one.split()[0] not in words)

        def say(rng: Random) -> list[Piece]:
            wrong = {"other-person": others, "stranger": tuple(rng.sample(STRANGERS, 2))}
            return [Piece(name, {kind: false for kind, false in wrong.items() if false})]

        return say

    def commit(self, whole: str, *cited: Fact) -> Place:
        others = tuple(name[:8] for name in self.others(TermKind.COMMIT, cited))

        def say(rng: Random) -> list[Piece]:
            length = rng.choice((8, 8, 7))
            at = rng.randrange(length)
            digit = rng.choice([one for one in "0123456789abcdef" if one != whole[at]])
            changed = whole[:at] + digit + whole[at + 1 : length]
            wrong = {"other-commit": tuple(name[:length] for name in others), "commit-digit": (changed,)}
            return [Piece(whole[:length], {kind: f for kind, f in wrong.items() if f}, is_name=True)]

        return say

    def pull_request(self, number: str, *cited: Fact, bare: bool = False) -> Place:
        others = self.others(TermKind.PULL_REQUEST, cited)
        ways = ("change #{}",) if bare else ("#{}", "change #{}", "pull request #{}", "PR #{}")
        unknown = str(int(number) + 4003)

        def say(rng: Random) -> list[Piece]:
            way = rng.choice(ways)
            return [Piece(way.format(number), {"pull-request": tuple(way.format(one) for one in (*others, unknown))})]

        return say

    def version(self, name: str) -> Place:
        head, _, tail = name.rpartition(".")
        near = f"{head}.{int(tail) + 1}" if tail.isdigit() else f"{name}1"
        wrong = {"version": (near, *(one for one in VERSIONS if one not in name))}
        return lambda _rng: [Piece(name, wrong, is_name=True)]

    def release(self, name: str) -> Place:
        others = tuple(one for one in self.named(TermKind.RELEASE) if one != name)
        return lambda _rng: [Piece(name, {"release": (*others, *FOREIGN_RELEASES)}, is_name=True)]

    def role(self, name: str, *cited: Fact) -> Place:
        wrong = {"role": (*self.others(TermKind.ROLE, cited), *OTHER_ROLES)}
        return lambda rng: [Piece(rng.choice((name, name.replace("-", " "))), wrong)]

    def environment(self, name: str) -> Place:
        wrong = tuple(one for one in ("staging", "production", "the QA environment") if one != name)
        return lambda _rng: [Piece(name, {"environment": wrong})]

    def path(self, name: str) -> Place:
        folder, _, file = name.rpartition("/")
        wrong = {"path": (f"{folder}/legacy_{file}", "scripts/cleanup.py")}
        return lambda _rng: [Piece(name, wrong, is_name=True)]

    # ── what people said ─────────────────────────────────────────────────────────────────────────────────────────────

    def spoken(self, fact: Fact, kind: str = "other-reason") -> dict[str, Place]:
        """`{said}`, a reason as it stands, and `{again}`, the same in other words where somebody wrote them."""
        if not fact.quoted:
            return {}
        said = fact.quoted[0].strip("«»")
        bare = said.removeprefix("the deploy failed: ").rstrip(".")
        known = next((again for words, again in self.again.items() if words.rstrip(".") == bare), ())
        text = " ".join(self.stand.sheet.text.split())
        foreign = [
            one for one in self.again if one.rstrip(".") not in text and not self.again[one][0].startswith("of ")
        ]

        def quote(rng: Random) -> list[Piece]:
            return [
                Piece(said.rstrip("."), {kind: tuple(one.rstrip(".") for one in rng.sample(foreign, 2))}, is_name=True)
            ]

        def again(rng: Random) -> list[Piece]:
            wrong = tuple(rng.choice(self.again[one]) for one in rng.sample(foreign, 2))
            return [Piece(rng.choice(known), {kind: wrong})]

        def because(rng: Random) -> list[Piece]:
            (piece,) = again(rng)
            return [Piece(f"because {piece.text}", {kind: tuple(f"because {one}" for one in piece.wrong[kind])})]

        places: dict[str, Place] = {"said": quote}
        return {**places, "again": again, "because": because} if known else places


def _natural(name: str) -> tuple[tuple[str, bool], ...]:
    return NATURAL.get(name, ((name, False),))


def amount(fact: Fact, role: Role, of: str | None = None) -> Amount | None:
    """The fact's first amount of that role."""
    return next((one for one in fact.amounts if one.role is role and (of is None or one.of == of)), None)


Binder = Callable[[Known], Iterator[Bound]]
BINDERS: dict[str, Binder] = {}


def binder(*names: str) -> Callable[[Binder], Binder]:
    """Registers what fills the patterns under `@ name`."""

    def register(one: Binder) -> Binder:
        for name in names:
            assert name not in BINDERS, f"{name} is bound twice"
            BINDERS[name] = one
        return one

    return register
