"""A small language for scenarios: a release, driven by commands at times, with what surrounds it kept as a store would.

at = Scenario().staged().prepared().deployed()
at.when(approve(at, PRIYA)).then(ReleaseApproved)
"""

from dataclasses import dataclass, field, replace
from typing import Any, Self

import pytest

from bot.core import commands as c
from bot.core import events as e
from bot.core import shown
from bot.core.actors import SONGBIRD, Actor
from bot.core.contents import Change
from bot.core.decide import decide
from bot.core.errors import Refused
from bot.core.evolve import evolve
from bot.core.model import Phase, Release, Surroundings
from bot.core.plan import Plan
from bot.core.verdict import Finding, Outcome, Pace, Verdict

ADA = Actor("U0ADA", name="Ada")
QUINN = Actor("U0QUINN", name="Quinn")
PRIYA = Actor("U0PRIYA", name="Priya")
VICTOR = Actor("U0VICTOR", name="Victor")
OMAR = Actor("U0OMAR", name="Omar")
STRANGER = Actor("U0STRANGER", name="Stranger")

START = 1_800_000_000.0
"""Seconds since the epoch at which every scenario begins."""

CHANGES = (
    Change("a" * 40, "feat: widgets can be reordered", "Ada", "ada@songbird.example", 41),
    Change("b" * 40, "fix: the cart keeps its items", "Bea", "bea@songbird.example", 42),
)


def written_plan(**changes: Any) -> dict[str, Any]:
    """A plan as it is written, small and complete."""
    return {
        "service": "shop",
        "operators": ["U0ADA"],
        "roles": {"product-manager": ["U0PRIYA"], "vp-product": ["U0VICTOR"]},
        "on_call": ["U0OMAR"],
        "channels": {"releases": "#releases", "engineering": "#engineering", "on_call": "#on-call"},
        "changes": {"use": "git", "repository": "shop.git"},
        "deployer": {"use": "splitter", "url": "http://127.0.0.1:1"},
        "metrics_from": {"use": "scrape", "targets": "http://127.0.0.1:1/sd/{environment}"},
        "incidents": {"use": "file", "folder": "incidents"},
        "metrics": [
            {
                "name": "errors",
                "kind": "errors",
                "counter": 'requests_total{status=~"5.."}',
                "of": "requests_total",
                "limit": {"max": "2%"},
                "tolerance": {"ratio": 2, "margin": "0.5%"},
            }
        ],
        "stages": [
            {
                "name": "staging",
                "environment": "staging",
                "baseline": "production",
                "gates": [
                    {"gate": "health", "held": "60s"},
                    {"gate": "approval", "roles": {"product-manager": 1, "vp-product": 1}},
                ],
            },
            {
                "name": "production",
                "environment": "production",
                "steps": ["1%", "50%", "100%"],
                "gates": [{"gate": "health", "held": "30s"}],
            },
        ],
        "watch": {"time": "120s"},
        "timing": {"look": "5s", "stale": "20s", "silence_max": "20s", "blind_max": "60s"},
        **changes,
    }


def plan(**changes: Any) -> Plan:
    return Plan.model_validate(written_plan(**changes))


def verdict(outcome: Outcome, pace: Pace, *, value: float = 0.05) -> Verdict:
    """A verdict of one metric."""
    words = f"errors {value:.0%} on the canary against 0.3 % on its control"
    finding = Finding("errors", "errors", "tolerance", outcome, words, value, 0.003, 500)
    return Verdict(outcome, pace, "not failing, with the minimum of data", (finding,))


FINE = verdict(Outcome.PASS, Pace.RUN, value=0.003)
ODD = replace(FINE, findings=tuple(replace(found, flag=True) for found in FINE.findings))
"""Its only metric, errors, is flagged, and nothing fails."""
UNPROVEN = verdict(Outcome.INCONCLUSIVE, Pace.RUN, value=0.003)
"""Nothing fails, on enough data, and nothing is shown either."""
LACKING = Verdict(Outcome.INCONCLUSIVE, Pace.PAUSE, "too little data yet", lacks_data=True)
UNDECIDED = verdict(Outcome.INCONCLUSIVE, Pace.PAUSE)
BAD = verdict(Outcome.FAIL, Pace.RESET)
BLIND = Verdict(Outcome.ERROR, Pace.PAUSE, "the metrics do not answer")


@dataclass
class Scenario:
    """One release and what surrounds it. Every method returns the scenario, `now` moves by `wait`."""

    plan: Plan = field(default_factory=plan)
    id: str = "shop-1"
    now: float = START
    release: Release | None = None
    around: Surroundings = field(default_factory=Surroundings)
    journal: list[e.Recorded] = field(default_factory=list)
    happened: tuple[e.Event, ...] = ()

    @property
    def state(self) -> Release:
        assert self.release is not None
        return self.release

    @property
    def entry(self) -> int:
        return self.state.entry.number if self.state.entry else 0

    def when(self, command: c.Command, by: Actor = SONGBIRD) -> Self:
        recorded = decide(self.release, command, self.around, by, self.now)
        self.happened = tuple(one.event for one in recorded)
        for one in recorded:
            self.release = evolve(self.release, one)
            self._surround(one.event)
        self.journal += recorded
        if isinstance(command, c.ReportVerdict):
            self.around = replace(self.around, looked_at=self.now)
        return self

    def refused(self, command: c.Command, by: Actor = SONGBIRD, *, saying: str = ".") -> Self:
        """Refused, in words, and nothing happened."""
        before = self.release
        with pytest.raises(Refused, match=saying):
            decide(self.release, command, self.around, by, self.now)
        assert self.release is before
        return self

    def then(self, *kinds: type[e.Event]) -> Self:
        assert [type(event) for event in self.happened] == list(kinds)
        return self

    def is_now(self, phase: Phase) -> Self:
        assert self.state.phase is phase, f"{self.state.phase}, not {phase}"
        return self

    def wait(self, seconds: float) -> Self:
        self.now += seconds
        return self

    def _surround(self, event: e.Event) -> None:
        holders = dict(self.around.holders)
        match event:
            case e.PlaceTaken(environment):
                holders[environment] = self.id
            case e.PlaceLeft(environment):
                holders.pop(environment, None)
            case e.StepEntered() | e.WatchStarted() | e.StageEntered() | e.RollbackStarted() | e.PlanChanged():
                self.around = replace(self.around, looked_at=None)
        self.around = replace(self.around, holders=holders)

    # ── well-trodden ways ────────────────────────────────────────────────────────────────────────────────────────────

    def staged(self) -> Self:
        return self.when(c.StageRelease(self.id, self.plan.service, "v1.1.0", self.plan), ADA)

    def prepared(self) -> Self:
        return self.when(c.ReportPrepared(self.id, "c" * 40, "v1.1.0", "d" * 40, CHANGES))

    def written(self) -> Self:
        for kind in shown.TEXTS:
            self.when(c.ReportArtefact(self.id, kind, f"the {kind}", "template"))
        return self

    def deployed(self) -> Self:
        return self.when(c.ReportDeployed(self.id, self.entry))

    def exposed(self) -> Self:
        assert self.state.entry is not None
        return self.when(c.ReportExposure(self.id, self.entry, self.state.entry.exposure or 0.0))

    def looked(self, found: Verdict = FINE) -> Self:
        return self.when(c.ReportVerdict(self.id, self.entry, found))

    def held(self, seconds: float, found: Verdict = FINE) -> Self:
        """Looks every five seconds for so long, as the watch takes them, or until the entry is left."""
        here, until = self.entry, self.now + seconds
        self.looked(found)
        while self.now < until and self.entry == here and not self.state.phase.is_ending:
            self.wait(5).looked(found)
        return self

    def approved(self) -> Self:
        for person in (PRIYA, VICTOR):
            self.when(self.approval(), person)
        return self

    def approval(self) -> c.Approve:
        assert self.state.entry is not None
        return c.Approve(self.id, self.entry, shown.subject(self.state))

    def on_staging(self) -> Self:
        """In the staging step, asked for approval, healthy so far."""
        return self.staged().prepared().written().deployed().exposed().looked()

    def in_production(self) -> Self:
        """At the first canary step, exposed, looked at once."""
        return self.on_staging().approved().held(60).deployed().exposed().looked()

    def at_full(self) -> Self:
        """In the watch after full exposure."""
        self.in_production().held(30)
        while self.state.phase is Phase.PROVING:
            self.exposed().held(30)
        return self.is_now(Phase.WATCHING)
