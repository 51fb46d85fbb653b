"""Everything that Songbird can send: each message and each view, of every state of a story, by its name.

`messages` and `views` go through a journal event by event; `messages_of_no_release` and `views_of_no_release` are what
is said without one. The one thing to remember: a test holds that each public function of `bot/views` which makes a
message or a view was called in here, so a new surface is added here or nowhere.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from bot.core import commands as c
from bot.core.bars import FreezeServices, Moment
from bot.core.beside import Absence, Bar, BarKind, Lift
from bot.core.contents import Severity
from bot.core.course import course
from bot.core.events import Recorded
from bot.core.figures import figures
from bot.core.model import Phase, Release
from bot.core.scores import Period, scores
from bot.core.targets import Targets
from bot.core.verdict import Verdict
from bot.texts import Material
from bot.texts.audit import deeds
from bot.texts.past import Past
from bot.texts.plans import Outlook
from bot.texts.risk import risk_of
from bot.views import answers, records
from bot.views.absences import away_done, back_done, gap
from bot.views.approval import approval
from bot.views.bars import announcement, ask_freeze, bar_done, ending_form
from bot.views.blocks import compact
from bot.views.card import card
from bot.views.concerns import follow_ups
from bot.views.home import Around, home
from bot.views.incidents import incident_done, incident_form, incident_gone
from bot.views.modals import MODALS, PAGES, as_page
from bot.views.overrides import override_done, override_message
from bot.views.plans import change_form, plan_shown
from bot.views.rendered import Block, Rendered
from bot.views.staging import (
    TYPED,
    Choice,
    Version,
    risk_in_words,
    staging_form,
    unknown_in_words,
    version_field,
    with_line,
)
from bot.views.texts import charts_message, text_message
from tests.golden.stories import QUINN, STORIES, Story, shop_plan, states, told
from tests.support.scenario import ADA, PRIYA, plan, written_plan

LATER = 7.0
"""Seconds after an event at which somebody looks."""

Named = Iterator[tuple[str, Rendered]]
NamedViews = Iterator[tuple[str, Block]]

GIVEN_UP = [
    (f"shop-1/7/{kind}", "no such channel")
    for kind in (
        "post/thread",
        "post/releases",
        "page",
        "incident",
        "prepare",
        "deploy",
        "undo",
        "next/shop-2",
        "notes",
    )
]

LINK = "https://acme.slack.com/archives/C0RELEASES/p1"

REFUSALS = (
    "only the operators of shop may promote shop-1: <@U0ADA>",
    "shop-1 is held by Ada already: watching the payment provider",
    "Say which version: /stage shop VERSION",
)

LOCK = Bar("lock-1", BarKind.LOCK, ("shop",), ADA, "The payment provider moves house.", 1.0, 1.0)
FREEZE = Bar("freeze-1", BarKind.FREEZE, (), ADA, "The sale.", 1.0, 10.0, 20.0)
LIFT = Lift(PRIYA, "It is over.", 15.0)
AWAY = Absence("absence-1", PRIYA, "U0QUINN", "The sea.", 1.0, 10.0, 20.0)
BARS = (LOCK, FREEZE, replace(LOCK, lifted=LIFT), replace(FREEZE, lifted=LIFT))
ANNOUNCED = ((Moment.MADE,), tuple(Moment), (Moment.OVER,), (Moment.OVER,))
"""Of each of these, what there is to announce."""

LOAD = {"name": "load", "kind": "resource", "gauge": "load", "limit": {"max": 3}}
CHANGED = plan(
    title="*The* <shop>",
    watch={"time": "3h"},
    on_call=["U0OMAR", "U0ADA"],
    metrics=[{**written_plan()["metrics"][0], "rollback": {"max": "5%"}}, LOAD],
)
"""What a plan file may say by the time that somebody looks."""

DONE = ("hold", "resume", "promote", "rollback", "cancel", "give-up", "plan", "unblock", "follow_up")


def go() -> Story:
    """What no golden story shows: a step that takes its time, and asks for a person's go."""
    stages = written_plan()["stages"]
    stages[1]["gates"] += [{"gate": "minimum-time", "time": "120s"}, {"gate": "go", "role": "vp-product"}]
    at = Story(plan=shop_plan(stages=stages))
    at.reviewed().held(60).wait(5).deployed().wait(0.8).exposed().held(60)
    at.when(c.RecordFinding(at.id, Severity.CRITICAL, "It is slow.", "", ""), QUINN).held(90)
    return at.is_now(Phase.PROVING)


TALES = {**STORIES, "go": go}


@cache
def journal(name: str) -> tuple[Recorded, ...]:
    return tuple(TALES[name]().journal)


# ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def messages(journal: tuple[Recorded, ...]) -> Named:
    """What is posted about each event, and what anybody could see or ask for after it."""
    for said in told(list(journal)):
        if said.rendered is not None:
            place = f"{said.recorded.version} {type(said.recorded.event).__name__} → {said.room or 'page'}"
            yield place, said.rendered
    yield "audit", records.audit(states(list(journal))[-1], deeds(past_of(journal)))
    asked: Release | None = None
    for recorded, release in zip(journal, states(list(journal)), strict=True):
        asked = release if release.entry is not None and release.entry.asked else asked
        for name, rendered in _of_state(release, recorded.at + LATER, asked):
            yield f"after {recorded.version}: {name}", rendered


def _of_state(release: Release, now: float, asked: Release | None) -> Named:
    """`asked` is the release as it last was where approvers were asked."""
    verdict = release.entry.verdict if release.entry else None
    yield "card", card(release, verdict, now)
    yield "card without a look", card(release, None, now)
    yield "card, and the plan file has changed", card(release, verdict, now, CHANGED)
    for changed in (CHANGED, release.plan, CHANGED.model_copy(update={"service": "other"})):
        yield "plan", plan_shown(Outlook(release, changed, now, verdict, verdict))
        yield "plan, to apply", plan_shown(Outlook(release, changed, now, verdict), release.note or "it is late")
    yield (
        "plan that cannot be read",
        plan_shown(Outlook(release, release.plan, now, trouble=release.note or "shop.yml:1: found nothing")),
    )
    yield (
        "plan, and another file beside it",
        plan_shown(Outlook(release, CHANGED, now, beside=release.note or "shop2.yml is of shop, too")),
    )
    if asked is not None:
        yield "question", approval(release, now, asked)
    if release.entry is not None:
        yield "question of which only this is known", approval(release, now)
    for told_at in {text.told for versions in release.texts.values() for text in versions}:
        yield "text", text_message(release, told_at)
    for override in release.overrides:
        yield "override", override_message(release, override.told)
        yield "override is asked for", override_done(release)
    for drawn_at in release.charts:
        yield "charts", charts_message(release, drawn_at)
    yield from _answers(release, now)


def _answers(release: Release, now: float) -> Named:
    entry = release.entry
    yield "status", answers.status(release, entry.verdict if entry else None, now)
    yield "status while somebody is away", answers.status(release, None, now, (replace(AWAY, ends_at=2 * now),))
    yield "status without a look", answers.status(release, None, now)
    yield "status, and the plan file has changed", answers.status(release, None, now, (), CHANGED)
    yield "list", answers.release_list([release], now)
    yield "follow-ups", follow_ups([release], "", now)
    yield "checklist", records.checklist(release, verdict_of(release), now)
    for do in ("promote", "cancel", "give-up", "rollback"):
        reason = release.note or release.ending_reason or "it is Friday"
        yield f"sure: {do}", answers.ask_confirm(release, do, entry.number if entry else -1, reason)
    for do in DONE:
        yield f"done: {do}", answers.done(do, release.id)
    for metric in release.plan.metrics:
        yield "accepted", answers.accepted(release, metric.name)
    for severity in Severity:
        yield "finding", answers.recorded(release, severity)
    for incident in release.every_incident:
        for was_known in (False, True):
            yield "incident", incident_done(release, incident, now, was_known=was_known)
        yield "incident is taken back", incident_gone(release, incident)
    for text in release.artefacts.values():
        yield "why", answers.answer(release, release.note or "why did it go back?", text.text)
        yield "daily", answers.daily(text.text)


def past_of(journal: tuple[Recorded, ...]) -> Past:
    return Past.of(Material(states(list(journal))[-1], journal, journal[-1].at))


def verdict_of(release: Release) -> Verdict | None:
    return release.entry.verdict if release.entry is not None else None


SHARES = ("without_intervention", "staging_misses", "rollback_rate")


def messages_of_no_release() -> Named:
    courses = [course(journal(name), journal(name)[-1].at) for name in TALES]
    yield "stats", records.stats(figures(courses), "", 30)
    yield "stats of a service", records.stats(figures(courses[:1]), "shop", 1)
    numbers = {"deploys_per_week": 50, "incident_rate": 0}
    aimed = Targets.model_validate(
        {key: {"rollback_rate": "1%", "without_intervention": "99%"}.get(key, "50%") for key in SHARES}
        | {key: "1s" for key in Targets.model_fields if key not in (*SHARES, *numbers)}
        | numbers
    )
    period, before = Period(courses, 0.0, 30 * 86_400.0), Period(courses[:3], -30 * 86_400.0, 0.0)
    aimed_at = replace(figures(courses), scores={"shop": scores(aimed, period, before)})
    yield "stats with all targets", records.stats(aimed_at, "shop", 30)
    for said in ("before", {"before": 0.2}):
        compared = scores(Targets.model_validate({"incident_rate": said}), period, before)
        found = replace(figures(courses), scores={"shop": compared})
        yield "stats, compared with before", records.stats(found, "shop", 30)
    several = {f"service-{number}": aimed_at.scores["shop"] for number in range(30)}
    yield "stats of many services with targets", records.stats(replace(aimed_at, scores=several), "", 30)
    yield "stats of nothing", records.stats(figures([]), "shop", 30)
    yield "help", answers.help_text()
    yield "unknown", answers.unknown("rolback", "rollback")
    yield "unknown, and nothing is near", answers.unknown("dance", "")
    yield "nothing to list", answers.release_list([], 0.0)
    yield "locked and frozen", answers.release_list([], 12.0, BARS[:2])
    yield "one cannot be read", answers.release_list([], 12.0, (), ["cart-1"])
    yield "many cannot be read", answers.release_list([], 12.0, (), [f"cart-{number}" for number in range(40)])
    yield "no follow-ups", follow_ups([], "shop", 0.0)
    yield "more follow-ups than are read", follow_ups([], "", 0.0, 30)
    yield "more follow-ups of a service than are read", follow_ups([], "shop", 0.0, 30)
    yield "nothing asked", answers.daily("Nothing has happened.")
    for words in REFUSALS:
        yield "refused", answers.refused(words)
    for bar, moments in zip(BARS, ANNOUNCED, strict=True):
        for of in moments:
            yield f"{bar.kind} is announced", announcement(bar, of)
        yield f"{bar.kind} is made, or ended", bar_done(bar)
    yield "away", away_done(AWAY, ("Friday is the next one",))
    leaving = replace(AWAY, id="absence-2", person=replace(PRIYA, id="U0QUINN"), delegate="U0OMAR", starts_at=15.0)
    yield "away, and somebody counts on them", away_done(leaving, (), (AWAY,))
    yield "a gap", gap(leaving, AWAY)
    yield "back", back_done(AWAY)
    yield "a freeze is asked back", ask_freeze(FreezeServices((), 10.0, 20.0, "The sale."), ("Which Friday?",))
    many = [replace(_last("good"), id=f"shop-{number}") for number in range(40)]
    yield "a long list", answers.release_list(many, many[0].phase_since)


# ── views ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def views(journal: tuple[Recorded, ...]) -> NamedViews:
    """Each form and page, opened with what each of its buttons may carry, and the Home tab, in every state."""
    for recorded, release in zip(journal, states(list(journal)), strict=True):
        for name, view in views_of_state(release, recorded.at + LATER):
            yield f"after {recorded.version}: {name}", view


def views_of_state(release: Release, now: float) -> NamedViews:
    for name, form in {**MODALS, **PAGES}.items():
        for value in _carried(release, name):
            yield f"form {name}", form(release, compact(value))
    yield "form change_plan", change_form(release, compact({"release": release.id}))
    for person in ("U0ADA", "U0PRIYA", "U0VICTOR"):
        yield f"home of {person}", home([release], now, person, Around(given_up=GIVEN_UP))
    moving, recent = ([], [release]) if release.phase.is_ending else ([release], [])
    yield "home, with all there is", home(moving, now, "U0PRIYA", Around(recent, links={release.id: LINK}))
    yield "home", home([release], now, "U0QUINN")
    verdict = release.entry.verdict if release.entry else None
    yield "form incident", incident_form([release] * 3, release.id)
    yield "status as a page", as_page(answers.status(release, verdict, now))


def _carried(release: Release, form: str) -> Iterator[dict[str, object]]:
    """What the button that opens the form carries: one of each kind that there is, and one of something gone."""
    bound = {"release": release.id, "entry": release.entry.number if release.entry else -1, "channel": "C0RELEASES"}
    about: dict[str, tuple[dict[str, object], ...]] = {
        "decide_concern": tuple({"concern": concern.number} for concern in release.concerns),
        "accept": tuple({"metric": metric.name} for metric in release.plan.metrics),
        "text": tuple({"kind": kind} for kind in release.artefacts),
    }
    for more in (*about.get(form, ()), {}):
        yield bound | more


def views_of_no_release() -> NamedViews:
    yield "home, and nothing moves", home([], 0.0, "U0ADA")
    yield "home, locked and frozen", home([], 12.0, "U0ADA", Around(bars=BARS[:2]))
    yield (
        "home of somebody who may thaw and not unlock",
        home([], 12.0, "U0ADA", Around(bars=BARS[:2], endable=frozenset({"freeze-1"}))),
    )
    yield "home, and somebody is away", home([_last("good")], 12.0, "U0ADA", Around(absences=(AWAY,) * 20))
    for name in ("unlock", "thaw"):
        yield name, ending_form(name, "{}", "shop")
    yield from staging_forms()
    yield "home with trouble alone", home([], 0.0, "U0ADA", Around(given_up=GIVEN_UP * 5))
    many = [replace(_last("held"), id=f"shop-{number}") for number in range(20)]
    asking = [replace(_asking(), id=f"shop-{number}") for number in range(20, 40)]
    yield "home of many", home([*many, *asking], many[0].phase_since, "U0PRIYA", Around(many, GIVEN_UP))
    yield "incident: which release", incident_form(many * 3)
    yield "refused as a page", as_page(answers.refused(REFUSALS[0]))


def staging_forms() -> NamedViews:
    services = {"shop": "The shop", "billing": "billing"}
    yield "stage: which service", staging_form(services, None, 0.0)
    versions = (Version("v1.3.0", "Widgets in order"), Version("main", "fix: the cart", is_tag=False))
    yield "stage: which version", staging_form(services, Choice("shop", versions), 0.0)
    chosen = staging_form(services, Choice("shop", versions), 0.0)
    risk, menu = risk_of(states(list(journal("good")))[-1].changes), version_field("shop")
    again = with_line(chosen, menu, risk_in_words("v1.3.0", risk))
    yield "stage: a version is chosen", again
    yield "stage: another is chosen", with_line(again, menu, risk_in_words("main", "", "no answer within 8 s"))
    nowhere = '"v1.3.O" is no tag, branch or commit here; the nearest: v1.3.0'
    yield "stage: one is typed that is not there", with_line(again, TYPED, unknown_in_words(nowhere))
    yield "stage: git is slow", staging_form(services, Choice("shop", (), "no answer within 1 s"), 0.0)
    yield "stage: nothing there", staging_form(services, Choice("billing"), 0.0)
    tales = [replace(_last(name), id=f"shop-{number}") for number, name in enumerate(STORIES, 1)]
    known = [Version(each.name, "Widgets") for each in tales]
    yield "stage: much is known", staging_form(services, Choice("shop", known, "", tales, BARS[:2]), LATER)
    many = [Version(f"v{number}" + "0" * 180 * (number % 2), "x" * 300) for number in range(200)]
    wide = {f"service-{number}": "t" * 300 for number in range(200)}
    yield "stage: many of all", staging_form(wide, Choice("service-7", many, "", tales * 9), LATER)
    yield "staged", as_page(answers.staged("shop-1", "#releases"))
    yield "being staged", as_page(answers.under_way())
    yield "a message of no release", as_page(answers.of_no_release())


def _last(name: str) -> Release:
    return states(list(journal(name)))[-1]


def _asking() -> Release:
    return next(state for state in states(list(journal("good"))) if state.entry and state.entry.asked)
