"""Absences in a world: somebody goes away and comes back, at random, and names somebody who may be away themselves.

The one thing to remember: a delegate presses what waits for whoever is away, sometimes beside them; whether that counts
is the oracle's business, which reads the rows of absences itself.
"""

from collections.abc import Callable

from bot.core.absences import AbsenceCommand, ComeBack, GoAway
from tests.simulation.clockwork import Clockwork
from tests.simulation.people import People, Question
from tests.simulation.plans import MANAGERS, ON_CALL, OPERATORS, PRESIDENTS
from tests.simulation.weather import Weather

OFTEN = 1.0
"""Of the moments of a world in which people go away at all."""

AHEAD_SECONDS_MAX = 60.0
AWAY_SECONDS_MAX = 300.0
SOON_SECONDS = 5.0
LEAVERS = (*MANAGERS, *PRESIDENTS)
DELEGATES = (*LEAVERS, *OPERATORS, *ON_CALL)


class Leaving:
    """`ask` hands a command in, as this person."""

    def __init__(
        self, clock: Clockwork, weather: Weather, people: People, ask: Callable[[AbsenceCommand, str], None]
    ) -> None:
        self._clock = clock
        self._weather = weather
        self._people = people
        self._ask = ask
        self._left: dict[str, tuple[str, float]] = {}
        """By person, to whom they last left their roles, and until when; it may have been refused."""

    def moment(self) -> None:
        """Perhaps somebody goes, or comes back before they said."""
        if not self._clock.chance(self._weather.absences * OFTEN):
            return
        dice = self._clock.dice
        person = dice.choice(LEAVERS)
        if dice.random() < 1 / 3:
            self._ask(ComeBack(), person)
            return
        delegate = dice.choice(DELEGATES)
        starts_at = self._clock.wall() + dice.choice([0.0, dice.random() * AHEAD_SECONDS_MAX])
        ends_at = starts_at + dice.random() * AWAY_SECONDS_MAX + 1.0
        self._ask(GoAway(delegate, starts_at, ends_at, "the sea"), person)
        self._left[person] = delegate, ends_at
        for question in self._people.questions[-2:]:
            self._people.press(delegate, question.yes, dice.random() * SOON_SECONDS)

    def asked(self, question: Question) -> None:
        """Whoever stands in is often faster than whoever is away, who may press all the same."""
        for delegate, ends_at in self._left.values():
            if self._clock.wall() < ends_at:
                self._people.press(delegate, question.yes, self._clock.dice.random() * SOON_SECONDS)
