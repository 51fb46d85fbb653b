"""Facts about a release as it stands: what it is, how far it is, what its plan asks, what people said about it.

They come from the folded release, not from its journal, so they also serve a daily status that speaks of many. The one
thing to remember: what somebody did is a fact of its own, with its doer; the fact that says what the release is
names nobody.
"""

from collections.abc import Iterator, Mapping

from bot.core.contents import QaFinding
from bot.core.model import Phase, Release
from bot.core.plan import FULL, ApprovalGate, Gate, GoGate, HealthGate, MinimumTimeGate, Plan, Stage
from bot.core.quantities import duration_in_words, percent_in_words
from bot.core.voices import Concern, Decision, Incident
from bot.texts.sheet.fact import Amount, Deed, Fact, FactKind, Role, Term, TermKind
from bot.texts.sheet.writing import clock, commit, day, harmless, listed, moment, person, quoted, short, titled

_PHASES: dict[Phase, tuple[str, tuple[Deed, ...]]] = {
    Phase.PREPARING: ("is being prepared", ()),
    Phase.QUEUED: ("is queued", (Deed.QUEUED,)),
    Phase.DEPLOYING: ("is being deployed", ()),
    Phase.PROVING: ("is being proved", ()),
    Phase.WATCHING: ("is released and being watched", (Deed.WATCHED,)),
    Phase.ROLLING_BACK: ("is going back", ()),
    Phase.HEALTHY: ("is healthy", (Deed.HEALTHY,)),
    Phase.ROLLED_BACK: ("was rolled back", (Deed.ROLLED_BACK,)),
    Phase.CANCELLED: ("was cancelled", (Deed.CANCELLED,)),
    Phase.REJECTED: ("was rejected", (Deed.REJECTED,)),
    Phase.SUPERSEDED: ("was superseded", (Deed.SUPERSEDED,)),
    Phase.FAILED: ("could not be prepared", (Deed.FAILED,)),
}

_DECIDED: dict[Decision, tuple[str, Deed]] = {
    Decision.CAVEAT: ("release it with a caveat", Deed.CAVEATED),
    Decision.FIX_FIRST: ("fix it first", Deed.FIX_FIRST),
    Decision.DESCOPE: ("leave it out", Deed.DESCOPED),
}


def release_fact(release: Release) -> Fact:
    """What it is and where it stands."""
    phase, deeds = _PHASES[release.phase]
    denied = (Deed.PREPARED,) if release.phase is Phase.FAILED else ()
    name = harmless(release.name or release.ref)
    made_of = f", commit {short(release.commit)}, {_count(release)}" if release.commit else ""
    before = f"; the version before it is commit {short(release.previous)}" if release.previous else ""
    place = f" in {release.environment}" if release.entry is not None and not release.phase.is_ending else ""
    held = " and held" if release.held is not None else ""
    words = f"{release.id} is the release of {release.service} {name}{made_of}{before}; it {phase}{held}{place}"
    commits = [commit(one) for one in (release.commit, release.previous) if one]
    return Fact(
        0,
        FactKind.RELEASE,
        words,
        amounts=(Amount(len(release.changes), "", Role.COUNT, "changes"),) if release.commit else (),
        terms=(
            Term(TermKind.RELEASE, release.id),
            Term(TermKind.SERVICE, release.service),
            Term(TermKind.VERSION, name),
            *commits,
            *([Term(TermKind.ENVIRONMENT, release.environment)] if place and release.environment else []),
        ),
        deeds=(*deeds, *((Deed.HELD,) if release.held is not None else ())),
        denied=denied,
    )


def _count(release: Release) -> str:
    count = len(release.changes)
    return f"{count} change{'' if count == 1 else 's'}"


def staged_fact(release: Release, titles: Mapping[str, str]) -> Fact:
    who = person(release.staged_by, titles)
    note = f", saying {quoted(release.note)}" if release.note else ""
    return Fact(
        0,
        FactKind.EVENT,
        f"{who} staged {release.id} on {day(release.staged_at)} at {clock(release.staged_at)}{note}",
        at=release.staged_at,
        amounts=(moment(release.staged_at),),
        terms=(Term(TermKind.PERSON, who), Term(TermKind.RELEASE, release.id)),
        deeds=(Deed.STAGED,),
        by=who,
        quoted=(quoted(release.note),) if release.note else (),
    )


# ── what people said ─────────────────────────────────────────────────────────────────────────────────────────────────


def concern_facts(concern: Concern, titles: Mapping[str, str]) -> Iterator[Fact]:
    """The worry, then what was decided about it; or that nothing is decided yet."""
    who, said = person(concern.actor, titles), quoted(concern.text)
    is_open = concern.decision is None
    yield Fact(
        0,
        FactKind.CONCERN,
        f"{who} raised concern {concern.number} at {clock(concern.at)}: "
        f"{said}{'; it is not decided' if is_open else ''}",
        at=concern.at,
        amounts=(moment(concern.at), Amount(concern.number, "", Role.RANK, "concern")),
        terms=(Term(TermKind.PERSON, who),),
        deeds=(Deed.WORRIED,),
        denied=(Deed.DECIDED,) if is_open else (),
        by=who,
        quoted=(said,),
    )
    if concern.decision is not None and concern.decided_by is not None:
        decider, (what, deed), words = person(concern.decided_by, titles), _DECIDED[concern.decision], concern.words
        yield Fact(
            0,
            FactKind.CONCERN,
            f"{decider} decided about concern {concern.number}: {what}: {quoted(words)}",
            amounts=(Amount(concern.number, "", Role.RANK, "concern"),),
            terms=(Term(TermKind.PERSON, decider),),
            deeds=(Deed.DECIDED, deed),
            by=decider,
            quoted=(quoted(words), said),
        )


def finding_fact(found: QaFinding, titles: Mapping[str, str]) -> Fact:
    """What QA or users have found. Whoever looks after it is named in foreign words: it is typed, not picked."""
    who, said = person(found.actor, titles), quoted(found.text)
    owner = f"; looked after by {quoted(found.owner)}" if found.owner else ""
    fate = f"; what becomes of it: {quoted(found.disposition)}" if found.disposition else ""
    return Fact(
        0,
        FactKind.FINDING,
        f"{who} recorded finding {found.number}, {found.severity}, at {clock(found.at)}: {said}{owner}{fate}",
        at=found.at,
        amounts=(moment(found.at), Amount(found.number, "", Role.RANK, "finding")),
        terms=(Term(TermKind.PERSON, who),),
        by=who,
        quoted=tuple(quoted(words) for words in (found.text, found.owner, found.disposition) if words),
    )


def incident_fact(incident: Incident, titles: Mapping[str, str]) -> Fact:
    """What somebody says that it caused, or no longer says."""
    who, said = person(incident.actor, titles), quoted(incident.text)
    back, key = incident.withdrawn, f" ({quoted(incident.key)})" if incident.key else ""
    gone = f"; {person(back.actor, titles)} took it back: {quoted(back.words)}" if back is not None else ""
    others = (Term(TermKind.PERSON, person(back.actor, titles)),) if back is not None else ()
    return Fact(
        0,
        FactKind.FINDING,
        f"{who} recorded incident {incident.number}{key} at {clock(incident.at)}: {said}{gone}",
        at=incident.at,
        amounts=(moment(incident.at), Amount(incident.number, "", Role.RANK, "incident")),
        terms=(Term(TermKind.PERSON, who), *others),
        by=who,
        quoted=tuple(quoted(words) for words in (incident.text, incident.key, back.words if back else "") if words),
    )


# ── what the plan asks ───────────────────────────────────────────────────────────────────────────────────────────────


def plan_facts(plan: Plan, titles: Mapping[str, str]) -> Iterator[Fact]:
    """A line a stage, the watch, and who is who."""
    for stage in plan.stages:
        yield _stage_fact(plan, stage)
    watch = duration_in_words(plan.watch.time)
    kept = f", with {percent_in_words(plan.watch.holdback)} held back" if plan.watch.holdback else ""
    yield Fact(
        0,
        FactKind.PLAN,
        f"the plan asks for a watch of {watch} after full exposure{kept}",
        amounts=(
            Amount(plan.watch.time, "s", Role.DURATION, "watch"),
            Amount(FULL, "percent", Role.EXPOSURE, "full"),
            *((Amount(plan.watch.holdback, "percent", Role.EXPOSURE, "holdback"),) if plan.watch.holdback else ()),
        ),
    )
    people = [(f"{role} in the plan", plan.holders(role)) for role in plan.roles] + [("on call", plan.on_call)]
    for role, members in people:
        if members:
            yield _people_fact(role, members, titles)


def _stage_fact(plan: Plan, stage: Stage) -> Fact:
    levels = [plan.exposure(stage, step) for step in stage.steps]
    exposures = [level for level in levels if level is not None]
    steps = f" in steps of {listed(percent_in_words(level) for level in exposures)}" if stage.is_canary else ""
    gates = stage.steps[0].gates
    asked = f", each left after {_asks(gates)}" if stage.is_canary and gates else f", left after {_asks(gates)}"
    environment = [Term(TermKind.ENVIRONMENT, stage.environment)] if stage.environment else []
    return Fact(
        0,
        FactKind.PLAN,
        f"the plan asks for the stage {stage.name}{steps}{asked if gates else ''}",
        amounts=(
            *(Amount(level, "percent", Role.EXPOSURE, "plan") for level in exposures),
            Amount(len(stage.steps), "", Role.COUNT, "steps"),
            *(amount for gate in gates for amount in _gate_amounts(gate)),
        ),
        terms=(*environment, *(Term(TermKind.ROLE, role) for gate in gates for role in _roles(gate))),
    )


def _asks(gates: tuple[Gate, ...]) -> str:
    return listed(_gate(gate) for gate in gates)


def _gate(gate: Gate) -> str:
    match gate:
        case HealthGate(held=held):
            return f"{duration_in_words(held)} of health"
        case ApprovalGate(roles=roles):
            return f"a yes from {listed(role if count == 1 else f'{count} of {role}' for role, count in roles.items())}"
        case MinimumTimeGate(time=time):
            return f"at least {duration_in_words(time)}"
        case GoGate(role=role):
            return f"a go from {role}"


def _gate_amounts(gate: Gate) -> tuple[Amount, ...]:
    match gate:
        case HealthGate(held=seconds) | MinimumTimeGate(time=seconds):
            return (Amount(seconds, "s", Role.DURATION, "gate"),)
        case ApprovalGate(roles=roles):
            return tuple(Amount(count, "", Role.COUNT, role) for role, count in roles.items())
        case _:
            return ()


def _roles(gate: Gate) -> tuple[str, ...]:
    match gate:
        case ApprovalGate(roles=roles):
            return tuple(roles)
        case GoGate(role=role):
            return (role,)
        case _:
            return ()


def _people_fact(role: str, members: tuple[str, ...], titles: Mapping[str, str]) -> Fact:
    names = [titled(user, titles) for user in members]
    what = Term(TermKind.ROLE, role.removesuffix(" in the plan"))
    return Fact(
        0,
        FactKind.PLAN,
        f"{role}: {listed(names)}",
        terms=(what, *(Term(TermKind.PERSON, name) for name in names)),
    )
