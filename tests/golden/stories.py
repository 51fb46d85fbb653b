"""Releases as they go, told by scripts: each story drives the real core, and leaves its journal behind.

good, flagged, quiet, bad, concern, rejected, held, … A story is a function that returns its Scenario when it is over;
`told` is every message of its journal. The one thing to remember: a story asserts its own ending, so one that ends
differently says so here and not in a golden file.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any, Literal

from bot.analysis import checks as judge_checks
from bot.analysis import findings as judge_findings
from bot.analysis import judge, words
from bot.analysis.checks import Ran
from bot.analysis.criteria import Level, Weighed
from bot.analysis.evidence import Interval
from bot.core import commands as c
from bot.core.actors import Actor, Door
from bot.core.authors import matched
from bot.core.beside import Bar, BarKind
from bot.core.checks import Result
from bot.core.contents import Change, Picture, Severity, Shot
from bot.core.effects import Effect, Page
from bot.core.events import Recorded, RollbackStarted, StepPassed
from bot.core.evolve import evolve
from bot.core.follows import effects
from bot.core.metric import Metric
from bot.core.model import Phase, Release, Surroundings
from bot.core.plan import FULL, Plan
from bot.core.rooms import ROOMS, Room
from bot.core.verdict import Finding, Outcome, Pace, Verdict
from bot.core.voices import Approval, Concern, Decision, Earlier, Reviewer, SentBack
from bot.views.messages import message, page
from bot.views.rendered import Rendered
from tests.support.scenario import ADA, OMAR, PRIYA, START, VICTOR, Scenario, written_plan

QUINN = Actor("U0QUINN", name="Quinn", in_channel=True)

CHANGES = (
    Change("41c0ffee" * 5, "feat(widgets): put widgets in an order of your own", "Ada Lindqvist", pull_request=41),
    Change("42c0ffee" * 5, "fix(cart): answer 404 for a product nobody sells", "Jun Park", pull_request=42),
    Change("43c0ffee" * 5, "perf(dashboard): one query instead of forty", "Teo Marin", pull_request=43),
    Change("44c0ffee" * 5, "build: aiohttp 3.14", "Ada Lindqvist", pull_request=44),
)

NOTES = """\
## Shop v1.1.0

4 changes since 9d0c0de5.

### New

- **widgets**: put widgets in an order of your own (#41)

### Fixed

- **cart**: answer 404 for a product nobody sells (#42)

### Faster

- **dashboard**: one query instead of forty (#43)

Thanks to Ada Lindqvist, Jun Park and Teo Marin.
"""

WALKTHROUGH = """\
## Try Shop v1.1.0 in staging

1. Open the dashboard and drag a widget.
2. Ask for `/products/unknown`.

### What deserves a second look

- **Dependencies**: `requirements.txt`: build: aiohttp 3.14
"""

MIGRATION = """\
## From 9d0c0de5 to Shop v1.1.0

Nothing has to be changed by whoever uses it.
"""

UNDO = """\
## Taking Shop v1.1.0 back by hand

1. Give 9d0c0de5 all of the traffic again.
"""


def shop_plan(steps: Sequence[str] = ("1%", "10%", "25%", "50%", "100%"), **changes: Any) -> Plan:
    """A service with five canary steps and metrics of four kinds."""
    metrics: list[dict[str, Any]] = [
        {
            "name": "errors",
            "kind": "errors",
            "counter": 'requests_total{status=~"5.."}',
            "of": "requests_total",
            "limit": {"max": "2%"},
            "tolerance": {"ratio": 2, "margin": "0.5%"},
        },
        {
            "name": "p95",
            "kind": "performance",
            "histogram": "request_seconds_bucket",
            "quantile": 0.95,
            "limit": {"max": "500ms"},
            "tolerance": {"ratio": 1.2},
        },
        {"name": "memory", "kind": "resource", "gauge": "rss_bytes", "unit": "bytes", "limit": {"max": "400MB"}},
        {
            "name": "checkouts",
            "kind": "business",
            "counter": "orders_total",
            "of": "carts_total",
            "worse": "lower",
            "tolerance": {"ratio": 1.3},
        },
    ]
    written = written_plan(metrics=metrics, **changes)
    written["stages"][1]["steps"] = list(steps)
    return Plan.model_validate(written)


# ── verdicts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

USUAL = {"errors": (0.002, 0.0021), "p95": (0.184, 0.18), "memory": (118e6, 117e6), "checkouts": (0.412, 0.408)}
"""What each metric usually is on the new version, and beside it."""

USUAL_HERE = 1.05
"""Times production's value that staging shows of the same version."""

EVENTS = 840

Beside = Literal["control", "baseline"] | None


@dataclass(frozen=True)
class Look:
    """What a judge finds at one look, in its own words; what is not said is as usual."""

    beside: Beside = "control"
    values: Mapping[str, float] = field(default_factory=dict)
    failing: Mapping[str, float] = field(default_factory=dict)
    """By metric, the evidence that it is worse, in nats."""
    flagged: tuple[str, ...] = ()
    since: float | None = None
    proven: bool = True

    def findings(self) -> Iterator[Finding]:
        for metric in shop_plan().metrics:
            if metric.limit is not None:
                yield self._alone(metric, "limit")
            if metric.tolerance is not None and self.beside:
                yield self._compared(metric)
            elif metric.limit is None:
                yield self._alone(metric, "observed")

    @property
    def _side(self) -> str:
        return "on the canary" if self.beside == "control" else "on the new version"

    def _level(self, metric: Metric, value: float) -> Level:
        counted = metric.source == "share"
        return Level(value, EVENTS, round(value * EVENTS) if counted else None)

    def _weighed(self, metric: Metric) -> Weighed:
        usual, beside = USUAL[metric.name]
        return Weighed(
            self._level(metric, self.values.get(metric.name, usual)), self._level(metric, beside), enough=True
        )

    def _alone(self, metric: Metric, criterion: str) -> Finding:
        weighed, limit = self._weighed(metric), metric.limit
        value, bound = weighed.level.value, limit.max if limit else None
        broken = metric.name in self.failing and bound is not None and value > bound
        said, nats = words.alone(metric, weighed, self._side), self.failing[metric.name] - 1.5 if broken else -0.4
        return Finding(
            metric.name,
            metric.kind,
            criterion,
            Outcome.FAIL if broken else Outcome.PASS,
            words.with_evidence(said, None, nats, NEEDED) if broken else said,
            value,
            bound,
            EVENTS,
            since=self.since if broken else None,
            evidence=nats,
            evidence_needed=NEEDED,
        )

    def _compared(self, metric: Metric) -> Finding:
        """Against a baseline it is never a failure: environments differ."""
        weighed, elsewhere = self._weighed(metric), self.beside == "baseline"
        assert weighed.reference is not None, f"{metric.name} is compared with nothing"
        value, reference = weighed.level.value, weighed.reference.value
        between = Interval(value / reference, value / reference / 1.7, value / reference * 1.7)
        nats = self.failing.get(metric.name)
        outcome = Outcome.PASS if self.proven or elsewhere else Outcome.INCONCLUSIVE
        said = words.beside_baseline(metric, weighed, USUAL_HERE) if elsewhere else ""
        if not elsewhere:
            said = words.compared(metric, weighed, self._side)
            said = said if nats is None else words.with_evidence(said, between, nats, NEEDED)
        flag = metric.name in self.flagged or (elsewhere and nats is not None)
        return Finding(
            metric.name,
            metric.kind,
            "baseline" if elsewhere else "tolerance",
            outcome if elsewhere or nats is None else Outcome.FAIL,
            said,
            value,
            reference,
            EVENTS,
            flag=flag,
            since=self.since if nats is not None or flag else None,
            ratio=between.ratio,
            ratio_low=between.low,
            ratio_high=between.high,
            tolerated=words.tolerated(metric),
            evidence=-0.4 if nats is None else nats,
            evidence_needed=NEEDED,
        )


NEEDED = 6.6
"""Nats that would convict one of the shop's metrics alone."""

FINE = Verdict(Outcome.PASS, Pace.RUN, judge.SHOWN, (*Look().findings(),))
UNPROVEN = Verdict(Outcome.INCONCLUSIVE, Pace.RUN, judge.NOT_FAILING, (*Look(proven=False).findings(),))
STAGED = Verdict(Outcome.PASS, Pace.RUN, judge.MET, (*Look("baseline").findings(),))
"""Fine on staging, where there is a baseline and no control."""
ALONE = Verdict(Outcome.PASS, Pace.RUN, judge.LIMITS_MET, (*Look(None).findings(),))
"""Fine at full exposure."""
SLOWER = Verdict(
    Outcome.PASS,
    Pace.RUN,
    judge.MET,
    (*Look("baseline", {"p95": 0.24}, flagged=("p95",), since=START + 20).findings(),),
)
BLIND = Verdict(Outcome.ERROR, Pace.PAUSE, "the metrics do not answer")


def soon(beside: Beside = "control") -> Verdict:
    """The first look of a step: nothing was counted yet."""
    side = "on the canary" if beside == "control" else "on the new version"
    sides = (side, *{"control": ("on its control",), "baseline": ("on the baseline",)}.get(beside or "", ()))
    found = []
    for metric in shop_plan().metrics:
        compared = metric.tolerance is not None and beside is not None
        for criterion, whose in (("limit", sides[:1]), ("tolerance" if beside == "control" else "baseline", sides)):
            if metric.limit is not None if criterion == "limit" else compared:
                said = words.thin(metric, None, whose)
                found.append(Finding(metric.name, metric.kind, criterion, Outcome.INCONCLUSIVE, said))
    return Verdict(Outcome.INCONCLUSIVE, Pace.PAUSE, judge_findings.TOO_LITTLE, tuple(found), lacks_data=True)


def odd(beside: Beside, **values: float) -> Verdict:
    """Unusual in these metrics, and in nothing else; no limit is broken."""
    return Verdict(Outcome.PASS, Pace.RUN, judge.MET, (*Look(beside, values, flagged=(*values,)).findings(),))


def broken(since: float, beside: Beside = "control") -> Verdict:
    look = Look(beside, {"errors": 0.061, "p95": 0.72}, failing={"errors": 14.2, "p95": 9.8}, since=since)
    return Verdict(Outcome.FAIL, Pace.RESET, judge.BROKEN, (*look.findings(),))


# ── the ways that stories share ──────────────────────────────────────────────────────────────────────────────────────


class Story(Scenario):
    """A scenario whose release has changes and texts worth reading, and whose world takes its time."""

    def prepared(self) -> "Story":
        return self.wait(2).when(c.ReportPrepared(self.id, "c0ffee11" * 5, "v1.1.0", "9d0c0de5" * 5, CHANGES))

    def written(self) -> "Story":
        self.wait(1).when(c.ReportArtefact(self.id, "notes", NOTES, "template"))
        self.when(c.ReportArtefact(self.id, "walkthrough", WALKTHROUGH, "template"))
        self.when(c.ReportArtefact(self.id, "migration", MIGRATION, "template"))
        return self.when(c.ReportArtefact(self.id, "undo", UNDO, "template"))

    def held(self, seconds: float, found: Verdict | None = None) -> "Story":
        super().held(seconds, found or self._fine())
        return self

    def looked(self, found: Verdict | None = None) -> "Story":
        super().looked(found or self._fine())
        return self

    @property
    def _beside(self) -> Beside:
        """What the release is compared with where it is."""
        if not self.state.stage.is_canary:
            return "baseline"
        assert self.state.entry is not None
        return None if self.state.entry.exposure == FULL else "control"

    def _fine(self) -> Verdict:
        return {"control": FINE, "baseline": STAGED, None: ALONE}[self._beside]

    def reviewed(self) -> "Story":
        """On staging, asked, and answered by everybody."""
        self.staged().prepared().written().wait(6).deployed().wait(1.4).exposed().looked()
        self.held(40).when(self.approval(), PRIYA)
        return self.held(15).when(self.approval(), VICTOR)

    def released_to(self, percent: float) -> "Story":
        """In the canary, at the step of that exposure, with a first look taken."""
        self.reviewed().held(60).wait(5).deployed()
        while self.state.entry is not None and (self.state.entry.exposure or 0) < percent:
            self.wait(0.8).exposed().held(30)
        return self.wait(0.8).exposed().looked(soon(self._beside)).wait(5).looked()

    def taken_back(self) -> "Story":
        """Traffic at zero, and the version gone."""
        return self.wait(3.2).exposed().wait(4).when(c.ReportUndone(self.id, self.entry))


def story(**changes: Any) -> Story:
    return Story(plan=shop_plan(**changes))


# ── the stories ──────────────────────────────────────────────────────────────────────────────────────────────────────


def good() -> Story:
    """Nothing happens, which is the point."""
    at = story().released_to(100).held(30)
    at.wait(1).looked().held(120)
    return at.is_now(Phase.HEALTHY)


def flagged() -> Story:
    """Slower than production, within its limit: said, and said again when it is over; with a holdback in the watch."""
    at = story(watch={"time": "120s", "holdback": "5%"})
    at.staged().prepared().written().wait(6).deployed().wait(1).exposed().looked(soon("baseline"))
    at.wait(5).looked(SLOWER).wait(5).looked(replace(SLOWER, rule=f"{judge.MET}, and better known")).wait(5).looked()
    at.when(at.approval(), PRIYA).when(at.approval(), VICTOR).held(60).wait(5).deployed()
    while at.state.phase is Phase.PROVING:
        at.wait(0.8).exposed().held(30)
    return at.is_now(Phase.WATCHING)


def checked() -> Story:
    """A day's watch, looked at three times a day: the numbers, nothing new, something slower, and blind."""
    checkpoints = ["09:00", "13:00", "18:00"]
    at = story(watch={"time": "24h", "holdback": "5%", "checkpoints": checkpoints}, zone="Europe/Berlin")
    at.released_to(50).held(30)
    while at.state.phase is Phase.PROVING:
        at.wait(0.8).exposed().held(30)
    slow = odd("control", p95=0.24)
    for found in (FINE, FINE, slow, BLIND):
        at.wait(3_600).looked(found).when(c.ReportCheckpoint(at.id, at.entry, at.now, found))
    return at


SMOKE = {
    "smoke": {"http": "https://{environment}.shop.test/health", "within": "15m", "fails_after": 3},
    "reports": {"http": "https://reports.shop.test/?of={commit}", "once": True, "stages": "production"},
}


DOWN = (False, 'status 503 instead of 200 to 299: "<@U0NOBODY> *no* database"')
DOWN_FOR_GOOD = (False, 'status 503 instead of 200 to 299: "*still* no database"')


def with_checks(beside: Beside, at: float, **said: tuple[bool, str] | None) -> Verdict:
    """Metrics that are fine, and what checks have come to; the step's traffic was seen a minute ago."""
    asked = shop_plan(checks=SMOKE).checks
    ran = {
        name: reduce(Ran.then, results, Ran(results[0], passed_at=at - 60))
        for name, one in said.items()
        if one is not None
        for results in [[Result(name, at - 5, at - 4, *one)] * (3 if one == DOWN_FOR_GOOD else 1)]
    }
    tried = [judge_checks.judged(name, asked[name], ran.get(name), at - 3600.0, at) for name in said]
    found = (*Look(beside).findings(), *(one.finding for one in tried))
    if any(one.outcome is Outcome.FAIL for one in found):
        return Verdict(Outcome.FAIL, Pace.RESET, judge_checks.FAILED, found)
    if any(one.resets for one in tried):
        return Verdict(Outcome.INCONCLUSIVE, Pace.RESET, judge_checks.FAILS, found)
    is_all = all(one.finding.outcome is Outcome.PASS for one in tried)
    return Verdict(Outcome.INCONCLUSIVE, Pace.RUN, judge.SHOWN if is_all else judge_checks.UNTRIED, found)


def tried() -> Story:
    """A check that has no result yet, one that fails and is waited for, all well, and a check that fails for good."""
    at = story(checks=SMOKE).released_to(10)
    smoke, reports = (True, "status 200"), (True, "status 200")
    at.held(40, with_checks("control", at.now, smoke=smoke, reports=None))
    at.wait(5).looked(with_checks("control", at.now, smoke=DOWN, reports=reports))
    at.wait(5).looked(with_checks("control", at.now, smoke=smoke, reports=reports))
    at.wait(5).looked(with_checks("control", at.now, smoke=DOWN, reports=reports))
    at.wait(5).looked(with_checks("control", at.now, smoke=DOWN_FOR_GOOD, reports=reports))
    return at.is_now(Phase.ROLLING_BACK).taken_back().is_now(Phase.ROLLED_BACK)


def accepted() -> Story:
    """Slower, and known to be: somebody says so once a stage, and it is no news there any more."""
    at = story(watch={"time": "120s", "holdback": "5%"})
    at.staged().prepared().written().wait(6).deployed().wait(1).exposed().looked(soon("baseline"))
    at.wait(5).looked(odd("baseline", p95=0.24, checkouts=0.31))
    at.wait(5).when(c.AcceptAnomaly("shop-1", "p95", "known, the new index warms up", at.entry), ADA)
    at.wait(5).looked(odd("baseline", p95=0.24)).wait(5).looked().wait(5).looked(odd("baseline", p95=0.25))
    at.when(at.approval(), PRIYA).when(at.approval(), VICTOR).held(60).wait(5).deployed()
    at.wait(0.8).exposed().looked(odd("control", p95=0.22))
    at.wait(5).when(c.AcceptAnomaly("shop-1", "p95", "the index again; it is 30 % slower for an hour", at.entry), PRIYA)
    while at.state.phase is Phase.PROVING:
        at.held(30, odd("control", p95=0.22)).wait(0.8).exposed()
    return at.wait(5).looked(odd("control", p95=0.22)).is_now(Phase.WATCHING)


def quiet() -> Story:
    """Too little traffic at 1 %, and no proof at 50 %: both are waited for, then accepted, and it is said."""
    at = story().reviewed().held(60).wait(5).deployed()
    at.wait(0.8).exposed().held(120, soon())
    for _ in ("10 %", "25 %"):
        at.wait(0.8).exposed().held(30, UNPROVEN)
    at.wait(0.8).exposed().held(120, UNPROVEN)
    assert at.state.entry is not None
    assert at.state.entry.exposure == FULL
    return at.is_now(Phase.PROVING)


def bad() -> Story:
    """Worse than its control at 25 %: back in seconds, blocked, and let in again by a person."""
    at = story().released_to(25)
    at.wait(10).looked(broken(since=at.now - 14)).is_now(Phase.ROLLING_BACK)
    at.taken_back().is_now(Phase.ROLLED_BACK)
    return at.wait(900).when(c.UnblockBuild("shop-1", "the limit was the load test's"), ADA)


CHART = Picture(
    "errors on v1.1.0: 6.1 % at 25 %, control 0.2 %, limit 2 %",
    "Line chart of errors. The canary, 6.1 %, is above its limit of 2 %; its control is at 0.2 %.",
    ("canary 6.1 %, between 4.7 % and 7.9 %", "control 0.2 %, between 0.1 % and 0.5 %", "limit 2 %"),
    "F0CHART0001",
)
SHOTS = (
    Shot(1, "Every widget can go to the front now", "The dashboard, a button marked", "F0AFTER0001", "F0BEFORE001"),
    Shot(
        2, "A product that is gone is named", "The start page", "F0HERE00001", failed="There is no `#gone` on the page."
    ),
)


def pictured() -> Story:
    """A tour, a finding, better words before and after the question, charts with and without a picture."""
    at = story().staged().prepared().written().wait(6).deployed().wait(1).exposed().looked()
    at.when(c.ReportArtefact("shop-1", "notes", "Widgets have an order (#41).\n", "a-model", "e71d3ce0ffee", 1))
    at.wait(2).when(c.ReportTour("shop-1", at.entry, (), "there is no Chromium on this machine"))
    at.wait(3).when(c.ReportTour("shop-1", at.entry, SHOTS, "2 of 3 pictures are there."))
    at.when(c.RecordFinding("shop-1", Severity.MAJOR, "The title <b>is</b> cut.", "Teo", "documented"), QUINN)
    at.when(c.EditText("shop-1", "notes", "Put your widgets in order.", 2), PRIYA)
    at.when(at.approval(), PRIYA).when(at.approval(), VICTOR).held(60).wait(5).deployed()
    at.wait(0.8).exposed().held(30)
    passed = next(one.version for one in reversed(at.journal) if isinstance(one.event, StepPassed))
    narration = "1 % passed after 30s: errors 0.2 % against 0.21 % on its control."
    at.when(c.ReportArtefact("shop-1", f"narration/{passed}", narration, "template"))
    at.when(c.ReportCharts("shop-1", passed, (CHART,)))
    at.wait(0.8).exposed().looked().wait(10).looked(broken(since=at.now - 4)).taken_back()
    back = next(one.version for one in at.journal if isinstance(one.event, RollbackStarted))
    at.when(c.ReportArtefact("shop-1", "diagnosis", "Errors broke.\n\nNext: look at #42.", "template"))
    at.when(c.ReportCharts("shop-1", back, (CHART, replace(CHART, title="shop v1.1.0: how far it got", file=""))))
    return at.is_now(Phase.ROLLED_BACK)


def careful() -> Story:
    """A user group, authors who may not approve, one whom nobody knows; a yes taken back, one too old; a reminder."""
    roles = {"product-manager": ["S0PRODUCT", "U0PRIYA", "U0QUINN"], "vp-product": ["U0VICTOR"]}
    stages = written_plan()["stages"]
    stages[0]["gates"][1] |= {"own_changes": "barred", "expires": "3h", "remind": {"every": "1h", "most": 1}}
    at = story(roles=roles, people={"Jun Park": "U0QUINN"}, stages=stages).staged().wait(2)
    found = matched(CHANGES, {"ada@songbird.example": "U0ADA"}, at.plan.people)
    at.when(c.ReportPrepared("shop-1", "c0ffee11" * 5, "v1.1.0", "9d0c0de5" * 5, found))
    at.written().wait(6).deployed().wait(1).exposed().looked()
    priya = replace(PRIYA, groups=("S0PRODUCT",))
    at.wait(60).looked().when(at.approval(), priya).wait(5).looked()
    at.when(c.WithdrawApproval("shop-1", at.entry), priya).wait(5).looked().when(at.approval(), priya)
    at.when(c.ReportReviewers("shop-1", at.entry, (Reviewer("U0PRIYA", 0), Reviewer("U0VICTOR", 0))))
    return at.held(3 * 3600).wait(5).looked().when(at.approval(), VICTOR)


def solo() -> Story:
    """One person alone, who wrote it, approves it in every role."""
    stages = written_plan()["stages"]
    stages[0]["gates"][1] |= {"roles": {"product-manager": 2, "vp-product": 1}, "own_changes": "barred"}
    at = story(solo=True, stages=stages).staged().wait(2)
    found = tuple(replace(change, person=ADA.id) for change in CHANGES)
    at.when(c.ReportPrepared("shop-1", "c0ffee11" * 5, "v1.1.0", "9d0c0de5" * 5, found)).written()
    return at.wait(6).deployed().wait(1).exposed().held(30).when(at.approval(), ADA)


def concern() -> Story:
    """A worry, decided by the product manager: released with a caveat."""
    at = story().staged().prepared().written().wait(6).deployed().wait(1).exposed().looked()
    at.wait(20).looked().when(
        c.RaiseConcern("shop-1", at.entry, "Old bookmarks of the dashboard no longer open.", Severity.MAJOR), QUINN
    )
    caveat = c.DecideConcern("shop-1", 1, Decision.CAVEAT, "Bookmarks made before May open the start page.")
    at.held(300).when(caveat, PRIYA)
    return at.when(at.approval(), PRIYA).when(at.approval(), VICTOR).is_now(Phase.DEPLOYING)


def shown_live() -> Story:
    """Somebody wants to see it, and does; a small worry is released with, and seen to afterwards."""
    at = story().staged().prepared().written().wait(6).deployed().wait(1).exposed().held(30)
    at.when(c.AskForDemo("shop-1", at.entry, "Today from two to four, or tomorrow before ten, Berlin."), VICTOR)
    at.held(60).when(c.RaiseConcern("shop-1", at.entry, "The tooltip is cut.", Severity.MINOR), VICTOR)
    at.held(120).when(c.RecordDemo("shop-1", 1, "In the small room; everything was seen."), ADA)
    at.when(c.DecideConcern("shop-1", 1, Decision.CAVEAT, "The tooltip follows next week."), PRIYA)
    at.held(60).when(at.approval(), PRIYA).when(at.approval(), VICTOR)
    return at.wait(600).when(c.CloseFollowUp("shop-1", 1, "It is in v1.1.1."), VICTOR).is_now(Phase.DEPLOYING)


def blamed() -> Story:
    """Incidents that it caused: recorded while it is out and held, taken back, and recorded when it has ended."""
    at = story().released_to(100)
    began, nearby = at.now - 15, replace(QUINN, in_channel=True)
    at.when(c.RecordIncident("shop-1", "The <b>cart</b> is empty for some.", "INC-42", began), nearby)
    at.when(c.HoldRelease("shop-1", "what is it?"), ADA).wait(5).looked()
    at.when(c.RecordIncident("shop-1", "Nobody could log in."), ADA).wait(5).looked()
    at.when(c.RecordIncident("shop-1", "nobody could log in.", "INC-43"), Actor("deploy", Door.SHELL, "the pager"))
    at.when(c.WithdrawIncident("shop-1", 2, "It was the identity provider."), ADA).when(c.ResumeRelease("shop-1"), ADA)
    at.held(30).wait(1).looked().held(120).is_now(Phase.HEALTHY).wait(6 * 3600)
    twice = c.RecordIncident("shop-1", "Orders of the night came twice.", "INC-57", at.now - 9_000)
    return at.when(twice, Actor("deploy", Door.SHELL, "the pager"))


def next_build() -> Story:
    """An earlier build had a yes, and was sent back: both are told with the question of this one."""
    at = story().staged().prepared().written().wait(6).deployed().wait(1).exposed().held(30)
    worry = Concern(1, QUINN, "The cart is empty after a reload.", START, severity=Severity.CRITICAL)
    decided = replace(worry, decision=Decision.FIX_FIRST, decided_by=PRIYA, words="Keep the cart over a reload.")
    gone = Change("40c0ffee" * 5, "feat(cart): remember everything for ever", "Jun Park", pull_request=40)
    given = (Approval(VICTOR, "vp-product", START),)
    since = tuple(change.commit for change in CHANGES[:2])
    left = Earlier("shop-0", "v1.0.9", given, since, (gone,), (SentBack("shop-0", decided),))
    at.when(c.ReportEarlier("shop-1", at.entry, left))
    return at.when(at.approval(), VICTOR).when(at.approval(), PRIYA).is_now(Phase.PROVING)


def rejected() -> Story:
    """The vice president says no."""
    at = story().staged().prepared().written().wait(6).deployed().wait(1).exposed().held(30)
    at.when(at.approval(), PRIYA)
    assert at.state.entry is not None
    at.held(60).when(
        c.Reject("shop-1", at.entry, at.state.entry.asked or "", "The order page still says beta."), VICTOR
    )
    return at.taken_back().is_now(Phase.REJECTED)


def fix_first() -> Story:
    """A concern that ends the release."""
    at = story().staged().prepared().written().wait(6).deployed().wait(1).exposed().looked()
    at.when(c.RaiseConcern("shop-1", at.entry, "The cart is empty after a reload.", Severity.CRITICAL), QUINN)
    at.held(30).when(c.DecideConcern("shop-1", 1, Decision.FIX_FIRST, "Keep the cart over a reload."), PRIYA)
    return at.taken_back().is_now(Phase.REJECTED)


def locked() -> Story:
    """A freeze begins while its canary is at 1 %, somebody locks the service, and both end."""
    at = story().staged().prepared().written().wait(6).deployed().wait(1).exposed().held(30)
    at.when(at.approval(), PRIYA).when(at.approval(), VICTOR).held(300).deployed().wait(2).exposed().looked()
    freeze = Bar("freeze-1", BarKind.FREEZE, (), ADA, "Nobody is here over the holidays.", START, at.now, at.now + 9e4)
    lock = Bar("lock-1", BarKind.LOCK, ("shop",), OMAR, "The database is being moved.", at.now + 60, at.now + 60)
    at.around = replace(at.around, bars=(freeze,))
    at.held(60)
    at.around = replace(at.around, bars=(freeze, lock))
    at.held(60)
    at.around = replace(at.around, bars=())
    return at.held(300).is_now(Phase.PROVING)


def overridden() -> Story:
    """Past an approval that does not come, and past a freeze; one is declined, one is over with what it was about."""
    roles = {"product-manager": ["U0PRIYA"], "vp-product": ["U0VICTOR"], "release-manager": ["U0ADA", "U0OMAR"]}
    at = story(roles=roles, override={"roles": ["release-manager"]})
    at.staged().prepared().written().wait(6).deployed().wait(1).exposed().held(30).when(at.approval(), PRIYA)
    at.wait(5).when(c.AskOverride("shop-1", at.entry, "Victor is in the air.", ("approval",)), ADA)
    at.wait(5).when(c.DeclineOverride("shop-1", at.entry, 1), OMAR)
    at.wait(5).when(c.AskOverride("shop-1", at.entry, "He lands in five hours, checkout is down.", ("approval",)), ADA)
    at.wait(5).when(c.SecondOverride("shop-1", at.entry, 2), OMAR).held(300).deployed().wait(2).exposed().looked()
    freeze = Bar("freeze-1", BarKind.FREEZE, (), ADA, "Nobody is here over the holidays.", START, at.now, at.now + 9e4)
    at.around = replace(at.around, bars=(freeze,))
    at.held(60).when(c.AskOverride("shop-1", at.entry, "It mends what the freeze is to protect."), OMAR)
    at.wait(5).when(c.SecondOverride("shop-1", at.entry, 3), ADA).wait(1).exposed().held(20)
    at.when(c.AskOverride("shop-1", at.entry, "Once more."), OMAR).held(20)
    at.around = replace(at.around, bars=())
    return at.held(10).is_now(Phase.PROVING)


def replanned() -> Story:
    """The plan file changes twice while it moves, and both times it is to count at once."""
    at = story().staged().prepared().written().wait(6).deployed().wait(1.4).exposed().held(40)
    at.when(at.approval(), PRIYA).wait(3)
    longer = {"watch": {"time": "6h"}, "on_call": ["U0ADA"]}
    change_plan(at, shop_plan(**longer), "A watch of two minutes shows nothing.").wait(2).exposed().held(20)
    at.when(at.approval(), PRIYA).wait(5).when(at.approval(), VICTOR).held(60).wait(5).deployed().wait(1).exposed()
    at.held(30).wait(1).exposed().held(20)
    change_plan(at, shop_plan(("1%", "5%", "100%"), **longer), "Ten percent is too many.").wait(2).exposed().held(20)
    at.when(at.approval(), PRIYA).wait(5).when(at.approval(), VICTOR)
    return at.held(60).is_now(Phase.PROVING)


def change_plan(at: Story, new: Plan, reason: str) -> Story:
    at.when(c.ChangePlan(at.id, at.entry, new, at.state.plan_digest, reason), ADA)
    return at


def held() -> Story:
    """Held in the canary, resumed, promoted, and rolled back by the person on call."""
    at = story().released_to(10).when(c.HoldRelease("shop-1", "watching the payment provider's status page"), OMAR)
    at.held(60).when(c.ResumeRelease("shop-1"), ADA).wait(0.8).exposed().looked()
    at.when(c.PromoteRelease("shop-1", at.entry, "known good since Tuesday"), ADA).wait(0.8).exposed().looked()
    at.wait(5).when(c.RollBackRelease("shop-1", "customers call"), OMAR)
    return at.taken_back().is_now(Phase.ROLLED_BACK)


def cancelled() -> Story:
    """Cancelled while it is proved on staging."""
    at = story().staged().prepared().written().wait(6).deployed().wait(1).exposed().looked()
    at.wait(10).when(c.CancelRelease("shop-1", "superseded by a better idea"), ADA)
    return at.taken_back().is_now(Phase.CANCELLED)


def withdrawn() -> Story:
    """Queued behind another, and cancelled there."""
    at = story()
    at.around = Surroundings(holders={"staging": "shop-0"})
    at.staged().prepared().written()
    return at.wait(60).when(c.CancelRelease("shop-1", "not today"), ADA).is_now(Phase.CANCELLED)


def failed() -> Story:
    """There is no such version."""
    return (
        story()
        .staged()
        .wait(1)
        .when(c.ReportNotPrepared("shop-1", "no tag, branch or commit v1.1.0"))
        .is_now(Phase.FAILED)
    )


def not_deployed() -> Story:
    """The deployer gives up."""
    at = story().staged().prepared().written().wait(60)
    at.when(c.ReportNotDeployed("shop-1", at.entry, "exit code 1: port 8001 is taken"))
    return at.taken_back().is_now(Phase.ROLLED_BACK)


def blind() -> Story:
    """The metrics fall silent in the canary, for too long."""
    at = story().released_to(10)
    at.held(70, BLIND).is_now(Phase.ROLLING_BACK)
    return at.taken_back().is_now(Phase.ROLLED_BACK)


def troubled() -> Story:
    """Everything that can be odd without ending it: drift, stuck traffic, a failure that holds, an overdue step."""
    at = (
        story(timing={"look": "5s", "stale": "20s", "blind": "stay"})
        .staged()
        .prepared()
        .written()
        .wait(6)
        .deployed()
        .wait(1)
        .exposed()
    )
    at.looked(broken(at.now, "baseline")).wait(15).looked().wait(5).looked(BLIND).wait(5).looked()
    at.when(at.approval(), PRIYA).when(at.approval(), VICTOR).held(60).wait(5).deployed()
    at.when(c.ReportExposureStuck("shop-1", at.entry, "the balancer answers 503")).wait(30).exposed().looked()
    at.when(c.ReportExposureDrift("shop-1", at.entry, 30.0)).wait(5).looked()
    at.when(c.RaiseConcern("shop-1", at.entry, "Is the 30 % of just now in the numbers?"), QUINN)
    at.wait(24 * 3600).when(c.Tick("shop-1", at.entry))
    at.when(c.RollBackRelease("shop-1", ""), OMAR).wait(2).exposed()
    return at.wait(60).when(c.ReportNotUndone("shop-1", at.entry, "exit code 3")).is_now(Phase.ROLLED_BACK)


def superseded() -> Story:
    """A successor takes production over while the first is watched."""
    at = story().released_to(100).held(30).is_now(Phase.WATCHING)
    return at.wait(60).when(c.Supersede("shop-1", "shop-2")).is_now(Phase.SUPERSEDED)


def worse_in_the_watch() -> Story:
    """With nothing to compare with, the watch holds and asks."""
    at = story().released_to(100).held(30).is_now(Phase.WATCHING)
    at.wait(10).looked().wait(10).looked(broken(at.now - 5, beside=None))
    return at.is_now(Phase.WATCHING)


def called() -> Story:
    """Somebody holds the watch, and while they are away it looks worse."""
    at = story().released_to(100).held(30).when(c.HoldRelease("shop-1", "the price list is being changed"), OMAR)
    at.wait(10).looked().wait(10).looked(broken(at.now - 5, beside=None))
    return at.is_now(Phase.WATCHING)


STORIES: dict[str, Callable[[], Story]] = {
    tale.__name__: tale
    for tale in (
        good,
        flagged,
        checked,
        tried,
        accepted,
        quiet,
        bad,
        pictured,
        careful,
        solo,
        concern,
        shown_live,
        blamed,
        next_build,
        rejected,
        fix_first,
        held,
        locked,
        overridden,
        replanned,
        cancelled,
        withdrawn,
        failed,
        not_deployed,
        blind,
        troubled,
        superseded,
        worse_in_the_watch,
        called,
    )
}


# ── what is said about them ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Said:
    """One message about one event; `room` is None for a page."""

    recorded: Recorded
    release: Release
    room: Room | None
    rendered: Rendered | None


def states(journal: list[Recorded]) -> list[Release]:
    """The release after each of its events."""
    folded: list[Release] = []
    for recorded in journal:
        folded.append(evolve(folded[-1] if folded else None, recorded))
    return folded


def told(journal: list[Recorded]) -> Iterator[Said]:
    """Every message and page that the journal asks for, in order."""
    before: Release | None = None
    for recorded in journal:
        release = evolve(before, recorded)
        for room in ROOMS.get(type(recorded.event), ()):
            yield Said(recorded, release, room, message(recorded, release, room, before))
        asked: tuple[Effect, ...] = effects(recorded, release, Surroundings())
        if any(isinstance(effect, Page) for effect in asked):
            yield Said(recorded, release, None, page(recorded, release))
        before = release
