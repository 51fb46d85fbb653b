"""Faithful sentences made false, each by one mechanical step that has a name.

Most kinds replace one piece by what it carries as false (`pieces`); the others swap two pieces, add a clause, or change
what is cited. The one thing to remember: a mutant that might still be true is no mutant. Where a kind cannot be sure of
that for a sentence, it makes none of it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from bot.texts.sheet import Fact, FactKind
from tests.grounding.answers import UNSEEN, Answer, home_of


@dataclass(frozen=True)
class Mutant:
    kind: str
    text: str
    cites: tuple[int, ...]
    answer: Answer
    """The faithful one that it was made of."""


Mutation = Callable[[Answer, Random], Iterator[tuple[str, tuple[int, ...]]]]
"""What becomes of an answer: text and citations, nothing where this kind cannot be sure."""

# ── one piece in place of another ────────────────────────────────────────────────────────────────────────────────────


def piece_kinds(answer: Answer) -> frozenset[str]:
    return frozenset(kind for piece in answer.sentence.pieces for kind, false in piece.wrong.items() if false)


def _replaced(kind: str) -> Mutation:
    def mutate(answer: Answer, rng: Random) -> Iterator[tuple[str, tuple[int, ...]]]:
        sentence = answer.sentence
        places = [index for index, piece in enumerate(sentence.pieces) if piece.wrong.get(kind)]
        for index in rng.sample(places, len(places)):
            for false in rng.sample(sentence.pieces[index].wrong[kind], len(sentence.pieces[index].wrong[kind])):
                yield sentence.with_piece(index, false).text, sentence.cites

    return mutate


# ── two pieces in each other's place ─────────────────────────────────────────────────────────────────────────────────

_SWAPS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "sides-swapped": (("canary", "control"),),
    "value-and-limit-swapped": (
        ("canary", "limit"),
        ("canary", "floor"),
        ("ratio", "tolerated"),
        ("evidence", "needed"),
    ),
    "part-and-whole-swapped": (("hits", "events"), ("events", "needed")),
    "people-swapped": (("by1", "by2"), ("author1", "author2")),
    "changes-swapped": (("pr1", "pr2"), ("subject1", "subject2")),
    "metrics-swapped": (("m1", "m2"),),
    "times-swapped": (("at1", "at2"),),
}
_SIDE_BY_SIDE = re.compile(
    r"\btwo\b|\bboth\b|^Compare|\{m1\} and \{m2\}|\{pr1\} and \{pr2\}|^\{n-changes\}", re.IGNORECASE
)
"""Patterns that name the two in one breath: their order says nothing."""


def _swapped(kind: str) -> Mutation:
    def mutate(answer: Answer, _rng: Random) -> Iterator[tuple[str, tuple[int, ...]]]:
        sentence = answer.sentence
        if _SIDE_BY_SIDE.search(sentence.pattern) or sentence.family == "next":
            return  # an advice in another order is no lie
        for one, other in _SWAPS[kind]:
            if {one, other} <= sentence.parts.keys():
                here, there = sentence.parts[one], sentence.parts[other]
                first, second = _exchanged(sentence.pieces[here].text, sentence.pieces[there].text)
                if first.lower()[:5] != second.lower()[:5]:
                    yield sentence.with_piece(here, second).with_piece(there, first).text, sentence.cites

    return mutate


def _exchanged(first: str, second: str) -> tuple[str, str]:
    """With the large letter of a sentence's beginning left where it is."""
    if first[:1].isupper() and second[:1].islower():
        return f"{first[:1].lower()}{first[1:]}", f"{second[:1].upper()}{second[1:]}"
    return first, second


# ── something added ──────────────────────────────────────────────────────────────────────────────────────────────────

LINKS = (
    ", see https://status.example/incidents/4711",
    " (https://grafana.example/d/errors)",
    ", as www.shop-status.example says",
    ", see [the dashboard](https://dash.example/x?q=1)",
    " ![chart](https://img.example/p.png?d=42)",
)
ADDRESSES = (
    ", write to ops@rollback.example",
    ", or ask incidents@shop.example",
    ", mailto:oncall@team.example knows more",
)
MENTIONS = (
    ", <@U0STRANGER>",
    ", @here",
    ", <!channel>",
    ", @channel please look",
    ", <@U0BOSS> has to know",
    ", @everyone",
)
NUMBERED = (
    ", which cost 3,200 euros",
    ", and 47 customers complained",
    ", at a load of 940 requests a second",
    ", 17 % more than last week",
    ", after 6 hours of quiet",
    ", for which 9 servers were restarted",
    ", and 2,600 carts were lost",
    ", while 88 % of the users noticed nothing",
    ", as in 13 releases before",
    ", with 77 GB of logs to show for it",
)
PLAIN = (
    ", because the cache was cold",
    ", as the load test had predicted",
    ", which is why customers complained",
    ", after a router had been replaced",
    ", because of a slow disk",
    ", since the network was overloaded",
    ", to the relief of the whole team",
    ", which had been seen in earlier releases too",
    ", because the database ran out of connections",
    ", although nobody had tested it",
    ", due to a memory leak",
    ", which the vendor has confirmed",
    ", because a feature flag was left on",
    ", and the database was restarted",
    ", while marketing ran a campaign",
    ", and mobile users were hit hardest",
    ", which will be fixed in the next release",
    ", and an apology was sent to all customers",
    ", because of a bad configuration",
    ", as usual on Mondays",
)
CAUSES = (
    ", which is certainly what broke it",
    ", and that caused the outage",
    ", which is the root cause",
    ", and this made the metrics worse",
    ", which is why it was slow",
)
SURE = (
    ", and that is beyond doubt the reason",
    ", which proves that the change is at fault",
    ", so it will certainly happen again",
)

FRESH_LINKS = (
    " - more at https://wiki.internal/postmortems/88",
    ", details in <https://trace.example/t/9f3|this trace>",
    ", cf. status-page.example/history",
    ", as documented in [runbook](http://runbooks.example/rollback)",
    " (ftp://logs.example/raw.gz)",
)
FRESH_ADDRESSES = (
    " (contact: sre-lead@company.example)",
    ", questions to support+release@mail.example",
    ", cc dba@ledger.example",
)
FRESH_MENTIONS = (
    ", cc <!here>",
    ", <!subteam^S0ONCALL> please check",
    ", paging <@W0DIRECTOR>",
    ", @channel",
    ", thanks to <@U0HELPER|helper>",
)
FRESH_NUMBERED = (
    ", affecting 312 customers",
    ", which took 4 engineers to sort out",
    ", an increase of 23 % over the week",
    ", at a cost of roughly $1,800",
    ", across 16 regions",
    ", and 5 tickets were opened",
    ", for the 7th time this quarter",
    ", with 3 more incidents in parallel",
)
FRESH_PLAIN = (
    ", most likely owing to a misconfigured load balancer",
    ", and customers were informed by email",
    ", following a failover of the primary database",
    ", which matches what QA had warned about",
    ", and the team is working on a hotfix",
    ", mainly for users in Europe",
    ", despite a successful dry run",
    ", triggered by an expired certificate",
    ", since garbage collection had stalled",
    ", and no data was lost",
    ", as traffic was unusually heavy",
    ", and support was flooded with calls",
    ", after an upgrade of the kernel",
    ", so the deadline was missed",
    ", thanks to a quick reaction of the night shift",
)
FRESH_CAUSES = (
    ", and this is what took production down",
    ", the change responsible for the failure",
    ", and it introduced the regression",
    ", which in turn drove latency up",
    ", making it the source of the problem",
)
FRESH_SURE = (
    ", and there is no doubt about the culprit",
    ", which leaves no other explanation",
    ", and the same is bound to happen next time",
)


@cache
def _unseen_tails() -> Mapping[str, Sequence[str]]:
    """By name of a section in its file."""
    tails: dict[str, list[str]] = {}
    for line in (UNSEEN / "tails.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("@ "):
            tails[line.removeprefix("@ ")] = found = []
        elif line and not line.startswith("#"):
            found.append(line)
    return tails


def _with_tail(
    seen: Sequence[str], fresh: Sequence[str], unseen: str, families: frozenset[str] = frozenset()
) -> Mutation:
    """What is added to sentences of a part is as little known as they are; `unseen` names a section of its file."""

    def mutate(answer: Answer, rng: Random) -> Iterator[tuple[str, tuple[int, ...]]]:
        if not families or answer.sentence.family in families:
            by_home = {"seen": seen, "fresh": fresh, "unseen": _unseen_tails()[unseen]}
            tails = by_home[home_of(answer.sentence.pattern)]
            for tail in rng.sample(tails, len(tails)):
                yield _before_its_end(answer.sentence.text, tail), answer.sentence.cites

    return mutate


def _before_its_end(text: str, tail: str) -> str:
    return f"{text[:-1]}{tail}{text[-1]}" if text[-1] in ".?!" else f"{text}{tail}"


_FOREIGN_NAMES = ("by", "author", "pr", "commit", "version", "release")
"""Places that only one release fills in its way."""


def foreign(pool: Sequence[Answer]) -> Mutation:
    """A sentence of another release beside this one's, as if it were the same."""
    tellers = [one for one in pool if one.sentence.parts.keys() & set(_FOREIGN_NAMES) and "?" not in one.sentence.text]

    def mutate(answer: Answer, rng: Random) -> Iterator[tuple[str, tuple[int, ...]]]:
        here = answer.stand.sheet.text.lower()
        for other in rng.sample(tellers, min(FOREIGN_TRIES, len(tellers))):
            parts = other.sentence.parts
            names = [other.sentence.pieces[parts[part]].text for part in _FOREIGN_NAMES if part in parts]
            if all(name.lower().split()[-1] not in here for name in names):
                yield f"{answer.sentence.text[:-1]}; {_continued(other.sentence.text)}", answer.sentence.cites

    return mutate


FOREIGN_TRIES = 12
_SMALL = frozenset(
    {
        "At",
        "The",
        "It",
        "A",
        "On",
        "From",
        "By",
        "There",
        "For",
        "With",
        "One",
        "Two",
        "After",
        "In",
        "We",
        "Of",
        "Who",
        "Somebody",
        "Nobody",
        "Customers",
        "Next:",
        "Before",
        "Until",
        "Once",
        "Yes,",
        "Because",
        "Compared",
        "Users",
        "This",
    }
)


def _continued(text: str) -> str:
    """As the second half of a sentence."""
    return f"{text[:1].lower()}{text[1:]}" if text.split(maxsplit=1)[0] in _SMALL else text


# ── what is cited ────────────────────────────────────────────────────────────────────────────────────────────────────


def _uncited(answer: Answer, _rng: Random) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield answer.sentence.text, ()


def _cited_beyond(answer: Answer, rng: Random) -> Iterator[tuple[str, tuple[int, ...]]]:
    last = len(answer.stand.sheet.facts)
    beyond = last + rng.randint(1, 60)
    yield answer.sentence.text, rng.choice(((beyond,), (*answer.sentence.cites, beyond)))


def _cited_elsewhere(answer: Answer, rng: Random) -> Iterator[tuple[str, tuple[int, ...]]]:
    facts = answer.stand.sheet.facts
    unrelated = [fact for fact in facts if fact.number not in answer.sentence.cites and _is_unrelated(fact, answer)]
    for fact in rng.sample(unrelated, len(unrelated)):
        yield answer.sentence.text, (fact.number,)


_WORD = re.compile(r"[a-z][a-z-]{3,}|\d[\d.,:]*")
_COMMON = frozenset(
    {"that", "this", "with", "from", "which", "were", "have", "release", "version", "about", "after", "before"}
)


def _is_unrelated(fact: Fact, answer: Answer) -> bool:
    """A fact that shares no name, no number and no telling word with the sentence, nor has what its facts have."""
    words = set(_WORD.findall(answer.sentence.text.lower())) - _COMMON
    theirs = set(_WORD.findall(fact.words.lower()))
    cited = [one for one in answer.stand.sheet.facts if one.number in answer.sentence.cites]
    is_kin = any(one.kind is fact.kind or set(one.deeds) & set(fact.deeds) for one in cited)
    return not words & theirs and not is_kin and fact.kind is not FactKind.RELEASE


# ── all of them ──────────────────────────────────────────────────────────────────────────────────────────────────────

PIECES = (
    "digit",
    "digits-swapped",
    "tenfold",
    "third",
    "spelled",
    "ratio-word",
    "clock",
    "day",
    "unit",
    "share-of",
    "exposure",
    "direction",
    "side",
    "other-metric",
    "made-up-metric",
    "other-person",
    "stranger",
    "role",
    "other-commit",
    "commit-digit",
    "pull-request",
    "version",
    "release",
    "service",
    "environment",
    "path",
    "other-change",
    "other-cause",
    "other-reason",
    "cause-reversed",
    "suspicion-to-cause",
    "coincidence-to-cause",
    "certainty",
    "doer",
    "order",
    "first-last",
    "negation",
    "negation-removed",
    "outcome",
    "quantifier",
)
ABOUT_CHANGES = frozenset({"changes", "notes", "suspicion"})


def mutations(pool: Sequence[Answer]) -> Mapping[str, Mutation]:
    """Every kind by its name; `pool` is where sentences of other releases come from."""
    return {
        **{kind: _replaced(kind) for kind in PIECES},
        **{kind: _swapped(kind) for kind in _SWAPS},
        "cause-claimed": _with_tail(CAUSES, FRESH_CAUSES, "causes", ABOUT_CHANGES),
        "surety-claimed": _with_tail(SURE, FRESH_SURE, "sure", ABOUT_CHANGES | {"numbers", "ratios"}),
        "link-added": _with_tail(LINKS, FRESH_LINKS, "links"),
        "address-added": _with_tail(ADDRESSES, FRESH_ADDRESSES, "addresses"),
        "mention-added": _with_tail(MENTIONS, FRESH_MENTIONS, "mentions"),
        "invented-number": _with_tail(NUMBERED, FRESH_NUMBERED, "numbered"),
        "invented-clause": _with_tail(PLAIN, FRESH_PLAIN, "plain"),
        "foreign-fact": foreign(pool),
        "citation-dropped": _uncited,
        "citation-beyond": _cited_beyond,
        "citation-elsewhere": _cited_elsewhere,
    }


def mutants(answers: Sequence[Answer], count: int, seed: int) -> list[Mutant]:
    """About `count`, as many of each kind as the answers allow; the same seed makes the same."""
    rng = Random(seed)  # noqa: S311 - reproducible, and no secret
    kinds = mutations(answers)
    most = RARE * count // len(kinds)
    found = [_of_kind(kind, mutation, rng.sample(answers, len(answers)), most, rng) for kind, mutation in kinds.items()]
    enough = (each for each in range(most) if sum(min(each, len(ones)) for ones in found) >= count)
    each = next(enough, most)
    return [mutant for ones in found for mutant in ones[:each]]


RARE = 2
"""Times its share that a kind makes up for others, whose sentences are rare."""


def _of_kind(kind: str, mutation: Mutation, answers: Sequence[Answer], count: int, rng: Random) -> list[Mutant]:
    """One of each answer at first; more of them only where there are too few answers."""
    waiting = [(answer, mutation(answer, rng)) for answer in answers]
    found: list[Mutant] = []
    seen: set[tuple[str, tuple[int, ...]]] = set()
    while waiting and len(found) < count:
        left = []
        for answer, made in waiting:
            text, cites = next(made, ("", ()))
            if text and len(found) < count:
                left.append((answer, made))
                is_new = (text, cites) not in seen and (text, cites) != (answer.sentence.text, answer.sentence.cites)
                found += [Mutant(kind, text, cites, answer)] if is_new else []
                seen.add((text, cites))
        waiting = left
    return found
