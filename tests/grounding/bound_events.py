"""Places for sentences about what happened: an event as a clause and as a noun, pairs of them, and who did it.

The one thing to remember: two events are paired only where their times, as the sheet shows them, leave no doubt which
came first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from bot.texts.sheet import Amount, Deed, Fact, FactKind, Role, TermKind
from tests.grounding.known import Binder, Bound, Known, amount, binder
from tests.grounding.pieces import Place, fixed, of_pattern, places_in
from tests.grounding.saying import clock, day, number

CLEARLY_SECONDS = 2.0
GAP_SECONDS_MIN = 20.0
"""Between two events whose distance is told: shorter ones would be said in tenths."""

NEAR = 5
"""How many events further on one is still paired with."""


@dataclass(frozen=True)
class Event:
    fact: Fact
    clause: str
    noun: str
    did: str
    """What its doer did, after the name; empty where nobody did it."""
    places: Mapping[str, Place]


_SAID: Mapping[Deed, tuple[str, str, str]] = {
    Deed.STAGED: ("{by} <staged> {release}", "the staging by {by}", "<staged> it"),
    Deed.DEPLOYED: ("{version} <was> deployed {to-env}", "the deploy {to-env}", ""),
    Deed.EXPOSED: ("{percent} of the traffic <was> on {version}", "the step to {percent}", ""),
    Deed.ASKED: ("{roles} <were> asked for approval", "the question to {roles}", ""),
    Deed.APPROVED: ("{by} <approved> as {role}", "{by}'s approval", "<approved> it as {role}"),
    Deed.HELD: ("{by} <held> it", "the hold by {by}", "<held> it"),
    Deed.RESUMED: ("{by} <resumed> it", "{by}'s word to resume", "<resumed> it"),
    Deed.PROMOTED: (
        "{by} <promoted; outcome=cancelled/rejected> it",
        "the promotion by {by}",
        "<promoted; outcome=cancelled/rejected> it",
    ),
    Deed.WATCHED: ("the watch <began; negation=did not begin>", "the beginning of the watch", ""),
    Deed.HEALTHY: ("the release was <healthy>", "the end of the watch", ""),
    Deed.RESTORED: ("the traffic <was> back on the version before it", "the return of the traffic", ""),
    Deed.UNDONE: ("{version} <was> taken away from {env}", "the removal from {env}", ""),
    Deed.BLOCKED: ("the build {commit} <was> blocked", "the block of the build", ""),
    Deed.UNBLOCKED: ("{by} <unblocked> the build {commit}", "the unblocking by {by}", "<unblocked> the build {commit}"),
    Deed.WORRIED: ("{by} <raised> concern {number}", "{by}'s concern", "<raised> concern {number}"),
    Deed.ACCEPTED: ("{by} <accepted> the anomaly of {m}", "{by}'s acceptance", "<accepted> the anomaly of {m}"),
    Deed.CANCELLED: ("{by} <cancelled> it", "the cancellation by {by}", "<cancelled> it"),
    Deed.SUPERSEDED: ("it was <superseded> by {other}", "the takeover by {other}", ""),
    Deed.QUEUED: ("it was <queued; outcome=deployed/rejected> for {env}", "the queueing for {env}", ""),
    Deed.ROLLED_BACK: ("the rollback <began; negation=did not begin>", "the rollback", ""),
    Deed.REJECTED: ("{by} <rejected> it", "the rejection by {by}", "<rejected> it"),
    Deed.STUCK: ("the exposure was <stuck; outcome=reached/in order>", "the stuck exposure", ""),
    Deed.DRIFTED: ("the exposure had <drifted; negation=not drifted>", "the drift", ""),
}
"""By deed: a clause, a noun, and what the doer did."""

_STEP = ("the step {step} <was> passed", "the end of the step {step}", "")
_KINDS = (FactKind.EVENT, FactKind.EXPOSURE, FactKind.APPROVAL, FactKind.ROLLBACK, FactKind.CONCERN, FactKind.ANOMALY)


@cache
def events(known: Known) -> list[Event]:
    """What happened once and at one time, in the sheet's order of time."""
    found = [
        event for fact in known.facts if fact.kind in _KINDS and fact.at is not None and (event := _event(known, fact))
    ]
    clear = [event for event in found if not _again(event, found)]
    return sorted(clear, key=lambda event: event.fact.at or 0.0)


def _again(event: Event, found: list[Event]) -> bool:
    """Whether the same could be said of another fact, at another time."""
    same = [one for one in found if one.fact.deeds == event.fact.deeds and one.fact is not event.fact]
    mine = {*event.fact.terms, *(one for one in event.fact.amounts if one.role is not Role.TIME)}
    return any(mine == {*one.fact.terms, *(a for a in one.fact.amounts if a.role is not Role.TIME)} for one in same)


def _event(known: Known, fact: Fact) -> Event | None:
    deed = fact.deeds[0] if fact.deeds else None
    said = _STEP if deed is Deed.PASSED and amount(fact, Role.DURATION, "step") else _SAID.get(deed) if deed else None
    if said is None or fact.denied:
        return None
    places = places_of(known, fact)
    if deed is Deed.EXPOSED and "percent" not in places:
        said = ("{version} ran <on staging>", "the start on staging", "")
    needed = places_in(" ".join(said))
    return Event(fact, *said, places) if needed <= places.keys() else None


def places_of(known: Known, fact: Fact) -> dict[str, Place]:
    """Whatever an event's fact has."""
    release = next(iter(fact.named(TermKind.RELEASE)), "") if Deed.STAGED in fact.deeds else known.stand.release.id
    version = next((one for one in known.named(TermKind.VERSION) if one in fact.words), None)
    places: dict[str, Place] = {"release": known.release(release)} if release in fact.words else {}
    places |= {"version": known.version(version)} if version else {}
    places |= {"by": known.person(fact.by, fact)} if fact.by and fact.by != "Songbird" else {}
    places |= {"at": clock(fact.at), "day": day(fact.at)} if fact.at is not None else {}
    places |= _names(known, fact)
    share = amount(fact, Role.EXPOSURE)
    if share is not None and f"{share.value:g} %" in fact.words:
        levels = known.stand.release.plan.stages[-1].steps
        places["percent"] = number(share, tuple(step.exposure for step in levels if step.exposure))
    took = amount(fact, Role.DURATION)
    places |= {"took": number(took), "seconds": number(took)} if took is not None else {}
    rank = amount(fact, Role.RANK)
    places |= {"number": number(rank)} if rank is not None else {}
    return {**places, **known.spoken(fact), **_where(known, fact, places)}


def _names(known: Known, fact: Fact) -> dict[str, Place]:
    places: dict[str, Place] = {}
    for env in fact.named(TermKind.ENVIRONMENT)[:1]:
        places |= {"env": known.environment(env), "to-env": _to(env)}
    for commit in fact.named(TermKind.COMMIT)[:1]:
        places["commit"] = known.commit(commit, fact)
    for metric in fact.named(TermKind.METRIC)[:1]:
        places["m"] = known.metric(metric, fact)
    roles = fact.named(TermKind.ROLE)
    places |= {"role": known.role(roles[0], fact)} if roles else {}
    if len(roles) == 2:
        places["roles"] = of_pattern(
            "{one} and {two}", {"one": known.role(roles[0], fact), "two": known.role(roles[1], fact)}
        )
    other = [one for one in fact.named(TermKind.RELEASE) if one != known.stand.release.id]
    places |= {"other": known.release(other[0])} if other else {}
    return places


def _to(env: str) -> Place:
    return of_pattern(f"<to {env}>", {})


def _where(known: Known, fact: Fact, places: Mapping[str, Place]) -> dict[str, Place]:
    """`at 10 % of the traffic`, `on staging`: the step that a fact is about."""
    env = fact.named(TermKind.ENVIRONMENT)[:1]
    if not env:
        return {}
    if "percent" not in places:
        where = of_pattern("<on staging>" if env[0] == "staging" else "<in production>", {})
        return {"where": where, "step": where}
    step = of_pattern("at {percent}", places)
    return {"where": of_pattern("[at {percent}|<in production> at {percent}]", places), "step": step}


# ── one event ────────────────────────────────────────────────────────────────────────────────────────────────────────


@binder("event.any")
def _any(known: Known) -> Iterator[Bound]:
    for event in events(known):
        yield known.bound([event.fact], {**event.places, "e": of_pattern(event.clause, event.places)})


_DEEDS = {
    "approved": Deed.APPROVED,
    "staged": Deed.STAGED,
    "held": Deed.HELD,
    "cause.held": Deed.HELD,
    "resumed": Deed.RESUMED,
    "promoted": Deed.PROMOTED,
    "cancelled": Deed.CANCELLED,
    "unblocked": Deed.UNBLOCKED,
    "cause.unblocked": Deed.UNBLOCKED,
    "worried": Deed.WORRIED,
    "accepted": Deed.ACCEPTED,
    "cause.accepted": Deed.ACCEPTED,
    "returned": Deed.RESTORED,
    "undone": Deed.UNDONE,
    "blocked": Deed.BLOCKED,
    "cause.blocked": Deed.BLOCKED,
    "queued": Deed.QUEUED,
    "watch.began": Deed.WATCHED,
    "deployed": Deed.DEPLOYED,
    "drifted": Deed.DRIFTED,
    "stuck": Deed.STUCK,
    "decided": Deed.DECIDED,
    "decided.fix": Deed.FIX_FIRST,
    "decided.caveat": Deed.CAVEATED,
    "caveat": Deed.CAVEATED,
}
_DECISIONS = {
    Deed.CAVEATED: ("release it with a caveat", ("fix it first", "leave it out")),
    Deed.FIX_FIRST: ("fix it first", ("release it with a caveat", "leave it out")),
}


def _of_deed(deed: Deed) -> Binder:
    def bind(known: Known) -> Iterator[Bound]:
        for fact in known.having(deed):
            if fact.kind in _KINDS and not fact.denied and (fact.at is not None or deed in _DECIDED):
                places = places_of(known, fact)
                decision = next((said for one, said in _DECISIONS.items() if one in fact.deeds), None)
                if decision:
                    places["decision"] = fixed(decision[0], outcome=decision[1])
                if deed is Deed.RESTORED:
                    places["zero"] = fixed("0 %", exposure=("10 %", "50 %"))
                yield known.bound([fact], places)

    return bind


_DECIDED = (Deed.DECIDED, Deed.CAVEATED, Deed.FIX_FIRST)

for _name, _deed in _DEEDS.items():
    binder(_name)(_of_deed(_deed))


@binder("exposed")
def _exposed(known: Known) -> Iterator[Bound]:
    for fact in known.having(Deed.EXPOSED):
        places = places_of(known, fact)
        if "percent" in places:
            yield known.bound([fact], places)


@binder("exposed.staging")
def _exposed_staging(known: Known) -> Iterator[Bound]:
    for fact in known.having(Deed.EXPOSED):
        places = places_of(known, fact)
        if "percent" not in places:
            yield known.bound([fact], places)


@binder("step.passed", "step.outcome")
def _step_passed(known: Known) -> Iterator[Bound]:
    for fact in known.having(Deed.PASSED):
        if amount(fact, Role.DURATION, "step") is not None:
            yield known.bound([fact], places_of(known, fact))


@binder("concern.open")
def _concern_open(known: Known) -> Iterator[Bound]:
    for fact in known.having(Deed.WORRIED):
        if Deed.DECIDED in fact.denied:
            yield known.bound([fact], places_of(known, fact))


@binder("undone.not")
def _undo_failed(known: Known) -> Iterator[Bound]:
    for fact in known.facts:
        if Deed.UNDONE in fact.denied:
            yield known.bound([fact], places_of(known, fact))


@binder("deploy.not")
def _deploy_failed(known: Known) -> Iterator[Bound]:
    for fact in known.of_kind(FactKind.EVENT):
        if Deed.DEPLOYED in fact.denied:
            yield known.bound([fact], places_of(known, fact))


@binder("prepared.not")
def _prepare_failed(known: Known) -> Iterator[Bound]:
    for fact in known.of_kind(FactKind.EVENT):
        if Deed.PREPARED in fact.denied:
            yield known.bound([fact], places_of(known, fact))


# ── the way back ─────────────────────────────────────────────────────────────────────────────────────────────────────


@binder("cause.verdict", "rollback.at")
def _by_verdict(known: Known) -> Iterator[Bound]:
    for fact in known.of_kind(FactKind.ROLLBACK):
        metrics = fact.named(TermKind.METRIC)
        if fact.cause and metrics and Deed.ROLLED_BACK in fact.deeds:
            yield known.bound(
                [fact], {**places_of(known, fact), "ms": known.metrics(metrics, fact, kind="other-cause")}
            )


@binder("cause.onset")
def _onset_as_cause(known: Known) -> Iterator[Bound]:
    facts = known.of_kind(FactKind.ROLLBACK)
    for began in (fact for fact in facts if fact.cause and fact.named(TermKind.METRIC)):
        for onset in (fact for fact in facts if Deed.ONSET in fact.deeds and fact.at is not None):
            metrics = known.metrics(began.named(TermKind.METRIC), began, onset, kind="other-cause")
            yield known.bound([began, onset], {"ms": metrics, "since": clock(onset.at or 0.0)})


@binder("verdict.fail")
def _verdict(known: Known) -> Iterator[Bound]:
    for fact in known.of_kind(FactKind.VERDICT):
        if fact.cause:
            ms = known.metrics(fact.cause.metrics, fact, kind="other-cause")
            yield known.bound([fact], {**places_of(known, fact), "ms": ms})


def _rolled_back(known: Known, deed: Deed | None) -> Iterator[Bound]:
    """Rollbacks that are no verdict's: by a person, after a failed deploy, for blindness."""
    for fact in known.of_kind(FactKind.ROLLBACK):
        also = fact.deeds[1] if len(fact.deeds) > 1 else None
        if Deed.ROLLED_BACK in fact.deeds and not fact.named(TermKind.METRIC) and also is deed:
            yield known.bound([fact], {**places_of(known, fact), **known.spoken(fact, "other-cause")})


@binder("cause.person", "rolled-back-by")
def _by_person(known: Known) -> Iterator[Bound]:
    yield from _rolled_back(known, None)


@binder("cause.deploy")
def _by_deploy(known: Known) -> Iterator[Bound]:
    for bound in _rolled_back(known, Deed.FAILED):
        failed = [fact for fact in known.of_kind(FactKind.EVENT) if Deed.DEPLOYED in fact.denied]
        if failed:
            places = {**places_of(known, failed[0]), **known.spoken(failed[0], "other-cause")}
            yield Bound(places, tuple(sorted({*bound.cites, failed[0].number})))


@binder("cause.blind", "blind")
def _by_blindness(known: Known) -> Iterator[Bound]:
    for bound in _rolled_back(known, Deed.BLIND):
        blind = [fact for fact in known.of_kind(FactKind.VERDICT) if Deed.BLIND in fact.deeds]
        if blind:
            yield Bound(bound.places, tuple(sorted({*bound.cites, blind[-1].number})))


@binder("rejected", "cause.rejected")
def _rejected(known: Known) -> Iterator[Bound]:
    for fact in known.having(Deed.REJECTED):
        if fact.by and fact.at is not None and "first: " not in fact.words:
            yield known.bound([fact], {**places_of(known, fact), **known.spoken(fact, "other-cause")})


# ── several events ───────────────────────────────────────────────────────────────────────────────────────────────────


def _pairs(known: Known) -> Iterator[tuple[Event, Event]]:
    every = events(known)
    for index, one in enumerate(every):
        for other in every[index + 1 : index + 1 + NEAR]:
            if int(other.fact.at or 0) - int(one.fact.at or 0) >= CLEARLY_SECONDS:
                yield one, other


def _pair_places(one: Event, other: Event) -> dict[str, Place]:
    return {
        "e1": of_pattern(one.clause, one.places),
        "e2": of_pattern(other.clause, other.places),
        "n1": of_pattern(one.noun, one.places),
        "n2": of_pattern(other.noun, other.places),
        "at1": clock(one.fact.at or 0.0),
        "at2": clock(other.fact.at or 0.0),
    }


@binder("events.pair")
def _pair(known: Known) -> Iterator[Bound]:
    for one, other in _pairs(known):
        yield known.bound([one.fact, other.fact], _pair_places(one, other))


@binder("events.gap")
def _gap(known: Known) -> Iterator[Bound]:
    for one, other in _pairs(known):
        seconds = float(int(other.fact.at or 0) - int(one.fact.at or 0))
        if seconds >= GAP_SECONDS_MIN:
            gap = number(Amount(seconds, "s", Role.DURATION))
            yield known.bound([one.fact, other.fact], {**_pair_places(one, other), "gap": gap})


@binder("approvals.two", "approvals.count")
def _approvals(known: Known) -> Iterator[Bound]:
    every = known.having(Deed.APPROVED)
    for one, other in pairwise(every):
        seconds = float(int(other.at or 0) - int(one.at or 0))
        if len(every) == 2 and seconds >= 5:
            places = {
                "by1": known.person(one.by, one, other),
                "by2": known.person(other.by, one, other),
                "at1": clock(one.at or 0.0),
                "at2": clock(other.at or 0.0),
                "gap": number(Amount(seconds, "s", Role.DURATION)),
                "approvals": fixed("two approvals", spelled=("three approvals", "five approvals")),
            }
            one_place = {"one": places["by1"], "other": places["by2"]}
            yield known.bound([one, other], {**places, **one_place})


@binder("people.pair")
def _people(known: Known) -> Iterator[Bound]:
    for one, other in _pairs(known):
        strangers = {one.fact.by, other.fact.by} & {"", "Songbird"}
        deeds = {fact.by: set(fact.deeds) for fact in (one.fact, other.fact)}
        is_mixed = one.fact.by == other.fact.by or deeds.get(one.fact.by) == deeds.get(other.fact.by)
        if one.did and other.did and not strangers and not is_mixed:
            places = {
                "by1": known.person(one.fact.by, one.fact, other.fact),
                "by2": known.person(other.fact.by, one.fact, other.fact),
                "did1": of_pattern(one.did, one.places),
                "did2": of_pattern(other.did, other.places),
            }
            yield known.bound([one.fact, other.fact], places)
