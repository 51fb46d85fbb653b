"""How each kind of effect is done: call the adapter, report what came of it as a command.

The one thing to remember: an outcome goes through `Service.handle` under a key made from the effect's, so an effect
that was performed twice is reported once; and a late outcome is refused by the core, not filtered here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.adapters.changes import Changes
from bot.adapters.chat import Directory
from bot.adapters.deploy import Deployer, Target
from bot.adapters.incident import Incidents
from bot.core import commands as c
from bot.core import effects as x
from bot.core.actors import SONGBIRD
from bot.core.authors import addresses, matched
from bot.core.contents import Change
from bot.core.earlier import left_behind
from bot.core.errors import AdapterError, Permanent, Refused, Temporary
from bot.core.model import Release
from bot.core.plan import ApprovalGate, Plan
from bot.core.voices import Reviewer
from bot.engine.outbox import Performer
from bot.engine.rounds import DayTeller
from bot.engine.scribe import IMPROVE_ATTEMPTS_MAX, PICTURE_ATTEMPTS_MAX, Scribe
from bot.engine.service import Service
from bot.engine.versions import good_before
from bot.engine.words import Speaker
from bot.store.ports import Claimed
from bot.views.incident import incident

WORK_ATTEMPTS_MAX = 8
"""With the doubling pauses, about two minutes of a system that says "later"."""

SAFETY_ATTEMPTS_MAX = 30
"""An undo is tried for half an hour before a person has to."""

REMINDED_MAX = 20
"""Members of a group who are reminded by name; a larger one was called once, with the question."""

LOOKED_BACK_MAX = 20
"""Builds that are looked at for who had said yes: so many in a row that asked nobody are not being reviewed."""

WORDS_ATTEMPTS_MAX = 60
"""A message waits an hour for Slack to come back; after that it would be history, not news."""


@dataclass(frozen=True, slots=True)
class Systems:
    """The adapters that one plan names."""

    changes: Changes
    deployer: Deployer
    incidents: Incidents


class Performers:
    """One method an effect. Built once, by the composition root."""

    def __init__(
        self,
        service: Service,
        systems_of: Callable[[Plan], Systems],
        scribe: Scribe,
        speaker: Speaker,
        teller: DayTeller,
        directory: Directory,
        clock: Callable[[], float],
    ) -> None:
        self._service = service
        self._systems_of = systems_of
        self._scribe = scribe
        self._speaker = speaker
        self._teller = teller
        self._directory = directory
        self._clock = clock

    def table(self) -> Mapping[type[x.Effect], Performer]:
        """What the outbox looks an effect's kind up in; a test holds that every kind stands here."""
        nothing, quietly = self._nothing_to_report, self._scribe.nothing_to_report
        return {
            x.Prepare: Performer(self.prepare, self._not_prepared, WORK_ATTEMPTS_MAX),
            x.WriteText: Performer(self._scribe.write, self._scribe.not_written, WORK_ATTEMPTS_MAX),
            x.ImproveText: Performer(self._scribe.improve, quietly, IMPROVE_ATTEMPTS_MAX),
            x.DrawCharts: Performer(self._scribe.draw, quietly, PICTURE_ATTEMPTS_MAX),
            x.TakeTour: Performer(self._scribe.take_tour, quietly, PICTURE_ATTEMPTS_MAX),
            x.Deploy: Performer(self.deploy, self._not_deployed, WORK_ATTEMPTS_MAX),
            x.Undo: Performer(self.undo, self._not_undone, SAFETY_ATTEMPTS_MAX),
            x.Post: Performer(self._speaker.post, nothing, WORDS_ATTEMPTS_MAX),
            x.Announce: Performer(self._speaker.announce, nothing, WORDS_ATTEMPTS_MAX),
            x.TellOfGap: Performer(self._speaker.tell_of_gap, nothing, WORDS_ATTEMPTS_MAX),
            x.TellDay: Performer(self._teller.tell, nothing, WORDS_ATTEMPTS_MAX),
            x.LearnHours: Performer(self.learn_hours, nothing, WORK_ATTEMPTS_MAX),
            x.LookBack: Performer(self.look_back, nothing, WORK_ATTEMPTS_MAX),
            x.FileIncident: Performer(self.file_incident, nothing, WORDS_ATTEMPTS_MAX),
            x.Page: Performer(self._speaker.page, nothing, WORDS_ATTEMPTS_MAX),
            x.Tell: Performer(self.tell, nothing, WORK_ATTEMPTS_MAX),
        }

    # ── beginning ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def prepare(self, claimed: Claimed) -> None:
        effect = claimed.effect
        release = self._release(effect)
        systems = self._systems_of(release.plan)
        changes = systems.changes
        resolved = await changes.resolve(release.ref)
        previous = await good_before(self._service, release.plan, systems.deployer)
        found = await self._matched(release.plan, await changes.between(previous, resolved.commit))
        called = await self._called(changes, previous) if previous is not None else ""
        prepared = c.ReportPrepared(release.id, resolved.commit, resolved.name, previous, found, called)
        await self._report(effect, prepared)

    async def _called(self, changes: Changes, commit: str) -> str:
        """The tag of a commit; empty where it has none, or nobody knows: a name in a text is worth no release."""
        try:
            name = (await changes.resolve(commit)).name
        except Permanent:
            return ""
        return "" if commit.startswith(name) else name

    async def _matched(self, plan: Plan, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        """With their authors. Where the plan bars nobody for what they wrote, a silent Slack holds up nothing."""
        try:
            known = await self._directory.by_email(addresses(changes))
        except AdapterError:
            if plan.bars_own_changes:
                raise
            known = {}
        return matched(changes, known, plan.people)

    async def _not_prepared(self, effect: x.Effect, reason: str) -> None:
        await self._report(effect, c.ReportNotPrepared(effect.release, reason))

    # ── deploying ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def deploy(self, claimed: Claimed) -> None:
        effect = claimed.effect
        assert isinstance(effect, x.Deploy), f"{effect.key} deploys nothing"
        target = Target(effect.service, effect.environment, effect.commit, effect.name)
        await self._systems_of(self._release(effect).plan).deployer.deploy(target, effect.key)
        await self._report(effect, c.ReportDeployed(effect.release, effect.entry))

    async def _not_deployed(self, effect: x.Effect, reason: str) -> None:
        assert isinstance(effect, x.Deploy), f"{effect.key} deploys nothing"
        await self._report(effect, c.ReportNotDeployed(effect.release, effect.entry, reason))

    async def undo(self, claimed: Claimed) -> None:
        effect = claimed.effect
        assert isinstance(effect, x.Undo), f"{effect.key} undoes nothing"
        target = Target(effect.service, effect.environment, effect.commit, effect.name)
        deployer = self._systems_of(self._release(effect).plan).deployer
        share = (await deployer.observe(effect.service, effect.environment)).get(effect.commit, 0.0)
        if share > 0:  # an older call has landed after the read-back; the exposure worker is correcting it
            raise Temporary(f"{effect.commit[:7]} has {share:g} % of the traffic: it is not taken away under users")
        await deployer.undo(target, effect.key)
        await self._report(effect, c.ReportUndone(effect.release, effect.entry))

    async def _not_undone(self, effect: x.Effect, reason: str) -> None:
        assert isinstance(effect, x.Undo), f"{effect.key} undoes nothing"
        await self._report(effect, c.ReportNotUndone(effect.release, effect.entry, reason))

    # ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def file_incident(self, claimed: Claimed) -> None:
        effect = claimed.effect
        assert isinstance(effect, x.FileIncident), f"{effect.key} files nothing"
        _before, release, recorded = self._speaker.at(effect.release, effect.version)
        diagnosis, pictures = await self._scribe.evidence_of(effect.release, effect.version)
        ticket = incident(recorded, release, diagnosis)
        await self._systems_of(release.plan).incidents.file(effect.key, ticket, pictures)

    async def learn_hours(self, claimed: Claimed) -> None:
        """Of whoever holds a role that is asked or stands in for one who does; not of a large group: it is noise."""
        effect = claimed.effect
        assert isinstance(effect, x.LearnHours), f"{effect.key} asks for no hours"
        release = self._release(effect)
        holders = {
            one
            for gate in release.gates
            if isinstance(gate, ApprovalGate)
            for role in gate.roles
            for one in release.plan.holders(role)
        }
        groups = {group: await self._directory.members(group) for group in sorted(holders & release.plan.groups)}
        members = frozenset[str]().union(*(who for who in groups.values() if len(who) <= REMINDED_MAX))
        absences = self._service.store.open_absences()
        delegates = {one.delegate for one in absences if one.person.id in holders and self._clock() < one.ends_at}
        clocks = await self._directory.offsets((holders - release.plan.groups) | members | delegates)
        reviewers = tuple(
            Reviewer(person, offset, tuple(group for group, who in groups.items() if person in who))
            for person, offset in sorted(clocks.items())
        )
        await self._report(effect, c.ReportReviewers(effect.release, effect.entry, reviewers))

    async def look_back(self, claimed: Claimed) -> None:
        """Among the releases of the service that were staged before this one."""
        effect = claimed.effect
        assert isinstance(effect, x.LookBack), f"{effect.key} looks nowhere"
        release = self._release(effect)
        ids = self._service.store.release_ids(service=release.service)
        before = ids[ids.index(release.id) + 1 :][:LOOKED_BACK_MAX]
        if (found := left_behind(release, map(self._service.journal, before))) is not None:
            await self._report(effect, c.ReportEarlier(effect.release, effect.entry, found))

    async def tell(self, claimed: Claimed) -> None:
        effect = claimed.effect
        assert isinstance(effect, x.Tell), f"{effect.key} tells nothing"
        await self._report(effect, effect.command)

    async def _nothing_to_report(self, effect: x.Effect, reason: str) -> None:
        """The row stays in the outbox as given up: shown on Home, in the log, as a metric."""

    async def _report(self, effect: x.Effect, command: c.Command) -> None:
        """A refusal is an outcome that came too late: the release had moved on."""
        try:
            await self._service.handle(command, actor=SONGBIRD, key=f"{effect.key}/outcome", now=self._clock())
        except Refused:
            return

    def _release(self, effect: x.Effect) -> Release:
        release = self._service.peek(effect.release)
        if release is None:
            raise Permanent(f"there is no release {effect.release}")
        return release
