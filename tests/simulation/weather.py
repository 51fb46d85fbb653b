"""What goes wrong in a world, drawn from its seed: which kinds of trouble, and how often each.

Half of the kinds are absent from any one world, so that each also meets the bot without the others (swarm testing).
`calm` ends it: from then on nothing fails any more, and everything must come to its end. The one thing to remember:
trouble has limits that the product states (a request lands late by less than a lease, an outage is shorter than the
outbox's patience); beyond them nothing is promised, so nothing is tested.
"""

from dataclasses import dataclass, fields
from random import Random

PRESENT = 0.5
"""How likely each kind of trouble is to be in a world at all."""


@dataclass
class Weather:
    """Probabilities: of a statement or a call for crashes, of a call for outcomes, of a moment for the rest."""

    crash_at_statement: float = 0.0
    crash_at_call: float = 0.0
    refused: float = 0.0
    """A call is refused, and nothing has happened."""
    lost: float = 0.0
    """A call has worked, and its answer never comes."""
    hung: float = 0.0
    """A call never arrives, and no answer comes either."""
    late: float = 0.0
    """A call lands after its caller has given up."""
    slow: float = 0.0
    """A call takes seconds, not milliseconds."""
    redelivered: float = 0.0
    """A press that was answered is delivered again under its key."""
    pressed_twice: float = 0.0
    """A person presses again: the same meaning, a new key."""
    pressed_wrongly: float = 0.0
    """A press by somebody who may not, or for something that is past."""
    at_the_shell: float = 0.0
    """A person uses the machine's shell, another process over the same database."""
    clock_jumps: float = 0.0
    chat_outages: float = 0.0
    deployer_outages: float = 0.0
    metrics_outages: float = 0.0
    model_outages: float = 0.0
    silent_sides: float = 0.0
    lying_metrics: float = 0.0
    process_restarts: float = 0.0
    splitter_restarts: float = 0.0
    hands_on_splitter: float = 0.0
    failing_deploys: float = 0.0
    """A version cannot be started, and never will be."""
    slow_writes: float = 0.0
    people_meddle: float = 0.0
    """Holds, promotions, rollbacks, cancellations, concerns, rejections, at moments that make no sense."""
    bars: float = 0.0
    """Locks and freezes."""
    absences: float = 0.0
    """People who go away and leave their roles to somebody."""

    @classmethod
    def drawn(cls, dice: Random) -> "Weather":
        worst = {
            "crash_at_statement": 0.003,
            "crash_at_call": 0.02,
            "refused": 0.2,
            "lost": 0.15,
            "hung": 0.05,
            "late": 0.15,
            "slow": 0.3,
            "redelivered": 0.4,
            "pressed_twice": 0.3,
            "pressed_wrongly": 0.5,
            "at_the_shell": 0.2,
            "failing_deploys": 0.3,
            "slow_writes": 0.5,
        }
        return cls(
            **{
                field.name: dice.random() * worst.get(field.name, 1.0) if dice.random() < PRESENT else 0.0
                for field in fields(cls)
            }
        )

    def calm(self) -> None:
        for field in fields(self):
            setattr(self, field.name, 0.0)

    def __str__(self) -> str:
        return " ".join(f"{f.name}={getattr(self, f.name):.3g}" for f in fields(self) if getattr(self, f.name))
