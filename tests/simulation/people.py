"""The persons of a world: they stage, review, steer and meddle, through Slack or at the machine's own shell.

A press in Slack has a key, and may be delivered again under it; a person who presses again has a new one. The one thing
to remember: people know what the chat has shown them and nothing else, so what they press may be long past.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from bot.core import commands as c
from bot.core.actors import Actor, Door
from bot.core.contents import Severity
from bot.core.plan import Plan
from bot.core.voices import Decision
from tests.simulation.clockwork import Clockwork
from tests.simulation.plans import GROUPS, MANAGERS, ON_CALL, OPERATORS, PRESIDENTS, STRANGERS, changed_plan
from tests.simulation.weather import Weather

EVERYBODY = (*OPERATORS, *MANAGERS, *PRESIDENTS, *ON_CALL, *STRANGERS)

OFTEN = 0.8
"""Of the times that a release is stopped or asks, somebody who cannot wait."""
SELDOM = 0.2
"""Of the times that it is somewhere new, in a world of people who meddle."""

THINKING_SECONDS = 30.0
"""On average, before somebody answers what they were asked."""

BLAMED_SECONDS = 600.0
"""Until somebody finds out which release it was, at the most."""

AGAIN_SECONDS_MAX = 20.0
REDELIVERED_SECONDS = (0.0, 0.5, 30.0, 200.0)

WHIMS = (
    "hold",
    "resume",
    "resume",
    "promote",
    "promote",
    "concern",
    "demo",
    "demo",
    "rollback",
    "cancel",
    "give up",
    "approve",
    "withdraw",
    "withdraw",
    "edit",
    "finding",
    "override",
    "plan",
    "plan",
)


@dataclass(frozen=True)
class Press:
    """One thing that a person did, under the key that Slack gave it; the shell gives none."""

    key: str | None
    actor: Actor
    command: c.Command

    def __str__(self) -> str:
        entry = getattr(self.command, "entry", None)
        what = f"{type(self.command).__name__} {self.command.release}" + (
            f" entry {entry}" if entry is not None else ""
        )
        return f"{self.key or 'shell'} {self.actor.id}: {what}"


@dataclass(frozen=True)
class Question:
    """An approval that was asked in the chat, as it was shown: everything that a press needs."""

    release: str
    entry: int
    subject: str

    @property
    def yes(self) -> c.Approve:
        return c.Approve(self.release, self.entry, self.subject)


class People:
    """`send` delivers a press to the bot."""

    def __init__(
        self, clock: Clockwork, weather: Weather, send: Callable[[Press], None], plans: Mapping[str, Plan]
    ) -> None:
        self._clock = clock
        self._weather = weather
        self._send = send
        self._plans = plans
        self._count = 0
        self.questions: list[Question] = []
        self.entries: dict[str, list[int]] = {}
        """Entries that were ever seen on a release's card."""
        self.pinned: dict[str, list[str]] = {}
        """Digests of plans that were ever seen of a release."""

    # ── pressing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def press(self, person: str, command: c.Command, delay_seconds: float = 0.0, *, is_sure: bool = False) -> None:
        """Once, or twice, or under a name that may not, or at the shell."""
        if not is_sure and self._clock.chance(self._weather.pressed_wrongly * 0.3):
            person = self._clock.dice.choice(EVERYBODY)
        at_shell = not is_sure and self._clock.chance(self._weather.at_the_shell)
        door = Door.SHELL if at_shell else Door.SLACK
        groups = tuple(group for group, members in GROUPS.items() if person in members) if door is Door.SLACK else ()
        actor = Actor(person, door, person[2:].title(), person not in STRANGERS, groups)
        self._deliver(command, actor, delay_seconds)
        if self._clock.chance(self._weather.pressed_twice):
            self._deliver(command, actor, delay_seconds + self._clock.dice.random() * AGAIN_SECONDS_MAX)

    def _deliver(self, command: c.Command, actor: Actor, delay_seconds: float) -> None:
        self._count += 1
        press = Press(f"slack/{self._count}" if actor.door is Door.SLACK else None, actor, command)
        self._clock.after(delay_seconds, lambda: self._send(press))
        if press.key and self._clock.chance(self._weather.redelivered):
            again = delay_seconds + self._clock.dice.choice(REDELIVERED_SECONDS)
            self._clock.after(again, lambda: self._send(press))

    # ── what they do when asked ──────────────────────────────────────────────────────────────────────────────────────

    def asked(self, question: Question) -> None:
        """Everybody who is asked answers, after a while; some say no."""
        self.questions.append(question)
        for person in (*MANAGERS, *PRESIDENTS):
            delay = self._clock.dice.expovariate(1 / THINKING_SECONDS)
            if self._clock.chance(self._weather.people_meddle * 0.1):
                no = c.Reject(question.release, question.entry, question.subject, "not like this")
                self.press(person, no, delay)
            else:
                self.press(person, question.yes, delay)

    def stopped(self, release: str, entry: int) -> None:
        """Somebody cannot wait, now and then."""
        if self._clock.chance(OFTEN):
            gates = self._clock.dice.choice([(), (), ("approval",), ("health",)])
            asked = c.AskOverride(release, entry, "it cannot wait", gates)
            self.press(self._clock.dice.choice(MANAGERS), asked, self._clock.dice.random() * THINKING_SECONDS)

    def exposed(self, release: str, entry: int) -> None:
        """It is somewhere new: somebody finds that it causes trouble, holds it, or wants a changed plan to count."""
        if self._clock.chance(OFTEN):
            self._blame(release, entry, self._clock.dice.choice(EVERYBODY))
        if self._clock.chance(self._weather.people_meddle):
            delay = self._clock.dice.random() * THINKING_SECONDS
            self._clock.after(delay, lambda: self._bend_the_rules("plan", release, entry))
        if self._clock.chance(self._weather.people_meddle * SELDOM):
            delay = self._clock.dice.random() * THINKING_SECONDS
            self.press(OPERATORS[1], c.HoldRelease(release, "let me look"), delay)

    def not_deployed(self, release: str) -> None:
        """Whoever hears of it looks at what runs there instead, and wants the plan of today to count for that."""
        service = release.rpartition("-")[0]
        others = [one for one in self.entries if one.startswith(f"{service}-") and one != release]
        for other in (one for one in others for _ in OPERATORS if self.entries[one] and self._clock.chance(OFTEN)):
            delay = self._clock.dice.expovariate(1 / THINKING_SECONDS)
            self._clock.after(delay, partial(self._bend_the_rules, "plan", other, self.entries[other][-1]))

    def override_asked(self, release: str, entry: int, number: int) -> None:
        """Whoever hears of it agrees, mostly; whoever asked as well, which must come to nothing."""
        for person in (*MANAGERS, *PRESIDENTS):
            delay = self._clock.dice.expovariate(1 / THINKING_SECONDS)
            if self._clock.chance(0.2):
                self.press(person, c.DeclineOverride(release, entry, number), delay)
            else:
                self.press(person, c.SecondOverride(release, entry, number), delay)

    def concerned(self, release: str, number: int) -> None:
        """Somebody decides, mostly to go on."""
        decision = Decision.CAVEAT
        if self._clock.chance(self._weather.people_meddle * 0.3):
            decision = self._clock.dice.choice([Decision.FIX_FIRST, Decision.DESCOPE])
        delay = self._clock.dice.expovariate(1 / THINKING_SECONDS)
        self.press(MANAGERS[0], c.DecideConcern(release, number, decision, "so be it"), delay)

    def held(self, release: str, hold: int) -> None:
        """Somebody lets it go on, by the button beneath it; it may be held for something else by then."""
        delay = self._clock.dice.expovariate(1 / (2 * THINKING_SECONDS))
        self.press(OPERATORS[0], c.ResumeRelease(release, hold), delay)

    def overdue(self, release: str) -> None:
        """Somebody has seen enough."""
        delay = THINKING_SECONDS + self._clock.dice.expovariate(1 / (4 * THINKING_SECONDS))
        self.press(OPERATORS[0], c.RollBackRelease(release, "too long"), delay)

    # ── and when nobody asked ────────────────────────────────────────────────────────────────────────────────────────

    def meddle(self) -> None:
        """Somebody does something to some release, whether it makes sense or not."""
        dice = self._clock.dice
        if not self.entries or not self._clock.chance(self._weather.people_meddle):
            return
        release = dice.choice(list(self.entries))
        entries = self.entries[release] or [0]
        entry = dice.choice(entries) if self._clock.chance(self._weather.pressed_wrongly) else entries[-1]
        person = dice.choice(OPERATORS)
        match dice.choice(WHIMS):
            case "hold":
                self.press(person, c.HoldRelease(release, "wait a moment"))
            case "resume":
                self.press(person, c.ResumeRelease(release))
            case "promote":
                self.press(dice.choice([person, MANAGERS[0]]), c.PromoteRelease(release, entry, "in a hurry"))
            case "concern" | "demo" as whim:
                self._speak(whim, release, entry, person)
            case "rollback" if self._clock.chance(0.3):
                self.press(dice.choice([person, *ON_CALL]), c.RollBackRelease(release, "looks odd"))
            case "edit":
                kind = dice.choice(["notes", "faq", "walkthrough"])
                self.press(person, c.EditText(release, kind, f"{person}'s words at {entry}", dice.choice([1, 2, 3])))
            case "override" | "plan" as whim:
                self._bend_the_rules(whim, release, entry)
            case "finding":
                self.press(person, c.RecordFinding(release, Severity.MINOR, f"something small in {entry}"))
            case "cancel" | "give up" as whim if self._clock.chance(0.3):
                up = c.GiveUpWayBack(release, entry, "moved by hand")
                self.press(person, c.CancelRelease(release, "not today") if whim == "cancel" else up)
            case "approve" | "withdraw" as whim if self.questions:
                question = dice.choice(self.questions)
                seen = dice.choice([question.subject, "what was shown before"])
                no = c.WithdrawApproval(question.release, question.entry)
                self.press(dice.choice(EVERYBODY), replace(question, subject=seen).yes if whim == "approve" else no)
            case _:
                pass

    def _blame(self, release: str, entry: int, person: str) -> None:
        """An incident, perhaps one that somebody else has recorded, or of another release; perhaps taken back."""
        key, later = self._clock.dice.choice(["INC-1", "INC-2"]), BLAMED_SECONDS * self._clock.dice.random()
        first = key if later > BLAMED_SECONDS / 2 else ""  # it may be known by its words before it has a key
        self.press(person, c.RecordIncident(release, f"trouble since {entry}", first), later)
        self.press(person, c.RecordIncident(release, f"trouble since {entry}", key.lower()), BLAMED_SECONDS)
        if self._clock.chance(0.3):
            self.press(person, c.WithdrawIncident(release, 1, "it was something else"), BLAMED_SECONDS)

    def _bend_the_rules(self, whim: str, release: str, entry: int) -> None:
        """An override; or the plan file was changed, and is to count now: perhaps for a place or a plan of before."""
        dice, service = self._clock.dice, release.rpartition("-")[0]
        if whim == "override":
            gates = dice.choice([(), (), ("approval",), ("health",), ("go",)])
            self.press(dice.choice(MANAGERS), c.AskOverride(release, entry, "it cannot wait", gates))
            return
        known = self.pinned.get(release) or [""]
        over = dice.choice(known) if self._clock.chance(self._weather.pressed_wrongly) else known[-1]
        base = self._plans[service]
        new = base if self._clock.chance(0.1) else changed_plan(base, dice)
        self.press(dice.choice(OPERATORS), c.ChangePlan(release, entry, new, over, "the file says so"))

    def _speak(self, whim: str, release: str, entry: int, person: str) -> None:
        """A worry; or a wish, which blocks nothing, and neither does a follow-up that is closed by the way."""
        if whim == "concern":
            severity = self._clock.dice.choice([*Severity])
            self.press(person, c.RaiseConcern(release, entry, f"is {entry} safe?", severity))
            return
        number = self._clock.dice.choice([1, 2])
        self.press(self._clock.dice.choice(MANAGERS), c.AskForDemo(release, entry, f"at {entry} o'clock"))
        self.press(person, c.RecordDemo(release, number), THINKING_SECONDS)
        self.press(person, c.CloseFollowUp(release, number, "it is done"), THINKING_SECONDS)

    def tend(self, release: str, entry: int, concern: int | None, *, is_over: bool) -> None:
        """In the calm somebody looks after what is open; `is_over`: it has had its time, and is ended."""
        for question in self.questions:
            if (question.release, question.entry) == (release, entry):
                for person in (*MANAGERS, *PRESIDENTS):
                    self.press(person, question.yes)
        self.press(OPERATORS[0], c.ResumeRelease(release))
        if concern is not None:
            self.concerned(release, concern)
        self.press(MANAGERS[0], c.PromoteRelease(release, entry, "go"))
        if is_over:
            self.press(OPERATORS[0], c.RollBackRelease(release, "it does not get anywhere"))
            self.press(OPERATORS[0], c.CancelRelease(release, "it does not get anywhere"))
