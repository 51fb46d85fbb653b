"""Places for sentences about what a release is: its changes, its suspects, its plan, its standing, its people.

The one thing to remember: a suspicion cites its ranking, and no place of it says that a change did anything.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations, pairwise
from random import Random

from bot.core.verdict import Outcome
from bot.texts.sheet import Deed, Fact, FactKind, Role, TermKind
from tests.grounding.brought import Brought, by_commit
from tests.grounding.known import Binder, Bound, Known, amount, binder
from tests.grounding.pieces import Piece, Place, fixed, of_pattern
from tests.grounding.saying import number, spelled

# ── changes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _changes(known: Known) -> Iterator[tuple[Fact, Brought]]:
    for fact in known.of_kind(FactKind.CHANGE):
        change = by_commit(fact.named(TermKind.COMMIT)[0])
        if change is not None:
            yield fact, change


def change_places(known: Known, fact: Fact, *cited: Fact) -> dict[str, Place]:
    """Of a change or of a ranking: its number, commit, author, and what it is about."""
    facts = (fact, *cited)
    change = by_commit(fact.named(TermKind.COMMIT)[0])
    places: dict[str, Place] = {
        "commit": known.commit(fact.named(TermKind.COMMIT)[0], *facts),
        "author": known.person(fact.named(TermKind.PERSON)[0], *facts),
    }
    for pull_request in fact.named(TermKind.PULL_REQUEST):
        places["pr"] = known.pull_request(pull_request, *facts)
        places["pr-bare"] = known.pull_request(pull_request, *facts, bare=True)
    if change is not None:
        places |= {kind: _phrase(known, change, kind) for kind in change.phrases}
    files = amount(fact, Role.COUNT, "files")
    if files is not None:
        places["files"] = spelled(round(files.value), "file")
        places["path"] = known.path(fact.named(TermKind.PATH)[-1])
    return places


def _phrase(known: Known, change: Brought, kind: str) -> Place:
    """What was written of the change, wrong with what was written of another one."""
    others = [one for _fact, one in _changes(known) if one != change and kind in one.phrases]

    def say(rng: Random) -> list[Piece]:
        pieces = of_pattern(rng.choice(change.phrases[kind]), {})(rng)
        wrong = tuple(_plain(rng.choice(one.phrases[kind])) for one in others)
        return (
            [Piece("".join(piece.text for piece in pieces), {"other-change": wrong})]
            if wrong and rng.random() < 0.5
            else pieces
        )

    return say


def _plain(phrase: str) -> str:
    return "".join(piece.text for piece in of_pattern(phrase, {})(Random(0)))  # noqa: S311 - nothing in it is by chance


@binder("change.any")
def _any_change(known: Known) -> Iterator[Bound]:
    for fact, _change in _changes(known):
        yield known.bound([fact], change_places(known, fact))


@binder("note.do", "note.now", "note.problem", "note.thing", "note.how")
def _notes(known: Known) -> Iterator[Bound]:
    """With the release beside the change, so that its version can be named."""
    (release, *_others) = known.of_kind(FactKind.RELEASE)
    version = release.named(TermKind.VERSION)[0]
    for fact, _change in _changes(known):
        yield known.bound([fact, release], {**change_places(known, fact, release), "version": known.version(version)})


@binder("change.files", "files.count")
def _files(known: Known) -> Iterator[Bound]:
    for fact, _change in _changes(known):
        if amount(fact, Role.COUNT, "files") is not None:
            yield known.bound([fact], change_places(known, fact))


@binder("change.migration")
def _migration(known: Known) -> Iterator[Bound]:
    for fact, _change in _changes(known):
        paths = [path for path in fact.named(TermKind.PATH) if "migrations/" in path]
        if paths:
            yield known.bound([fact], {**change_places(known, fact), "path": known.path(paths[0])})


def _two(known: Known, one: Fact, other: Fact) -> dict[str, Place]:
    places = {f"{name}1": place for name, place in change_places(known, one, other).items()}
    return {**places, **{f"{name}2": place for name, place in change_places(known, other, one).items()}}


def _author(fact: Fact) -> str:
    return fact.named(TermKind.PERSON)[0]


@binder("change.pair")
def _change_pair(known: Known) -> Iterator[Bound]:
    for (one, _), (other, _) in pairwise(_changes(known)):
        if _author(one) != _author(other):
            yield known.bound([one, other], _two(known, one, other))


@binder("change.same-author", "changes.two-authors")
def _same_author(known: Known) -> Iterator[Bound]:
    for (one, _), (other, _) in combinations(_changes(known), 2):
        if _author(one) == _author(other):
            count = fixed("two changes", spelled=("three changes", "six changes"))
            author = known.person(_author(one), one, other)
            yield known.bound([one, other], {**_two(known, one, other), "author": author, "n-changes": count})


# ── suspects ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _suspect_places(known: Known, fact: Fact) -> dict[str, Place]:
    rank, many = amount(fact, Role.RANK), amount(fact, Role.COUNT, "suspects")
    assert rank is not None, "a suspect has a rank"
    assert many is not None, "a suspect is one of several"
    places = {**change_places(known, fact), "rank": number(rank), "of": number(many)}
    places["suspects"] = spelled(round(many.value), "suspect")
    places["rank-th"] = fixed(
        ("first", "second", "third")[round(rank.value) - 1], **{"first-last": ("third", "fourth")}
    )
    return places


@binder("suspect.any", "suspects.count")
def _suspects(known: Known) -> Iterator[Bound]:
    for fact in known.of_kind(FactKind.RANKING):
        yield known.bound([fact], _suspect_places(known, fact))


@binder("suspect.metric")
def _suspect_metric(known: Known) -> Iterator[Bound]:
    """With what failed, as two facts that stand beside one another."""
    for ranking in known.of_kind(FactKind.RANKING):
        for fact in known.of_kind(FactKind.METRIC):
            if fact.outcome is Outcome.FAIL:
                metric = known.metric(fact.named(TermKind.METRIC)[0], fact, ranking)
                yield known.bound([fact, ranking], {**change_places(known, ranking, fact), "m": metric})


@binder("suspect.first")
def _first_suspect(known: Known) -> Iterator[Bound]:
    for fact in known.of_kind(FactKind.RANKING)[:1]:
        yield known.bound([fact], _suspect_places(known, fact))


@binder("suspect.pair")
def _suspect_pair(known: Known) -> Iterator[Bound]:
    for one, other in pairwise(known.of_kind(FactKind.RANKING)):
        yield known.bound([one, other], _two(known, one, other))


# ── the release ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _release_places(known: Known, fact: Fact) -> dict[str, Place]:
    version, services = fact.named(TermKind.VERSION)[0], ("billing", "maps", "gateway")
    places = {
        "release": known.release(fact.named(TermKind.RELEASE)[0]),
        "service": fixed(fact.named(TermKind.SERVICE)[0], service=services),
        "version": known.version(version),
    }
    commits = fact.named(TermKind.COMMIT)
    if len(commits) == 2:
        places |= {"commit": known.commit(commits[0], fact), "previous": known.commit(commits[1], fact)}
    changes = amount(fact, Role.COUNT, "changes")
    if changes is not None:
        places |= {"count": spelled(round(changes.value), "change")}
    env = fact.named(TermKind.ENVIRONMENT)
    if env:
        places["where"] = of_pattern("<on staging>" if env[0] == "staging" else "<in production>", {})
    return places


@binder("release.changes", "release.count")
def _release(known: Known) -> Iterator[Bound]:
    for fact in known.of_kind(FactKind.RELEASE):
        yield known.bound([fact], _release_places(known, fact))


_STANDING: Mapping[str, str] = {
    "ended.rolled-back": "it was rolled back",
    "ended.healthy": "it is healthy",
    "ended.rejected": "it was rejected",
    "ended.cancelled": "it was cancelled",
    "ended.superseded": "it was superseded",
    "ended.failed": "it could not be prepared",
    "standing.watched": "it is released and being watched",
    "standing.proved": "it is being proved",
    "standing.deploying": "it is being deployed",
}


def _stands(known: Known, words: str) -> Iterator[Bound]:
    for fact in known.of_kind(FactKind.RELEASE):
        if words in fact.words:
            places, facts = _release_places(known, fact), [fact]
            taken = known.having(Deed.SUPERSEDED)[1:]
            if "superseded" in words and taken and taken[0].named(TermKind.RELEASE):
                places["successor"] = known.release(taken[0].named(TermKind.RELEASE)[0])
                facts.append(taken[0])
            yield known.bound(facts, places)


def _standing(words: str) -> Binder:
    return lambda known: _stands(known, words)


for _name, _words in _STANDING.items():
    binder(_name)(_standing(_words))

# ── the plan, and who is who ─────────────────────────────────────────────────────────────────────────────────────────


def _plan(known: Known, beginning: str) -> Iterator[Fact]:
    return (fact for fact in known.of_kind(FactKind.PLAN) if fact.words.startswith(beginning))


@binder("plan.steps", "plan.health", "steps.count")
def _plan_steps(known: Known) -> Iterator[Bound]:
    for fact in _plan(known, "the plan asks for the stage production"):
        levels = [one.value for one in fact.amounts if one.role is Role.EXPOSURE]
        held, steps = amount(fact, Role.DURATION, "gate"), amount(fact, Role.COUNT, "steps")
        assert held is not None, "production is left after some health"
        assert steps is not None, "a stage has its steps counted"
        places = {
            "levels": _levels(levels),
            "health": number(held),
            "steps": spelled(round(steps.value), "step"),
        }
        yield known.bound([fact], places)


def _levels(levels: list[float]) -> Place:
    def written(every: list[float], unit: str) -> str:
        return f"{', '.join(f'{level:g}{unit}' for level in every[:-1])} and {every[-1]:g}{unit}"

    def say(rng: Random) -> list[Piece]:
        unit = rng.choice((" %", "%", " percent"))
        other, at = list(levels), rng.randrange(len(levels) - 1)
        other[at] = other[at] + 3
        return [Piece(written(levels, unit), {"exposure": (written(other, unit),)})]

    return say


@binder("plan.staging")
def _plan_staging(known: Known) -> Iterator[Bound]:
    for fact in _plan(known, "the plan asks for the stage staging"):
        held, roles = amount(fact, Role.DURATION, "gate"), fact.named(TermKind.ROLE)
        if held is not None and len(roles) == 2:
            places = {"health": number(held), "role1": known.role(roles[0], fact), "role2": known.role(roles[1], fact)}
            yield known.bound([fact], places)


@binder("plan.watch", "plan.holdback")
def _plan_watch(known: Known) -> Iterator[Bound]:
    for fact in _plan(known, "the plan asks for a watch"):
        watch, kept = amount(fact, Role.DURATION, "watch"), amount(fact, Role.EXPOSURE, "holdback")
        places = {"watch": number(watch)} if watch is not None else {}
        if kept is not None and kept.value:
            places["holdback"] = number(kept)
        yield known.bound([fact], places)


@binder("role-holders")
def _role_holders(known: Known) -> Iterator[Bound]:
    for fact in known.of_kind(FactKind.PLAN):
        people, roles = fact.named(TermKind.PERSON), fact.named(TermKind.ROLE)
        if len(people) == 1 and " in the plan: " in fact.words:
            yield known.bound([fact], {"person": known.person(people[0], fact), "role": known.role(roles[0], fact)})


@binder("on-call")
def _on_call(known: Known) -> Iterator[Bound]:
    for fact in _plan(known, "on call: "):
        yield known.bound([fact], {"person": known.person(fact.named(TermKind.PERSON)[0], fact)})
