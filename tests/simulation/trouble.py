"""What happens to a world a few times a minute, as its weather says: outages, silences, lies, hands, jumping clocks.

The one thing to remember: the bot's clock does not jump while a post is on the wire. A jump would use up the grace in
which a late post is waited for, and a post that lands after its grace is doubled: the risk that the product states.
"""

from collections.abc import Callable

from tests.simulation.clockwork import Clockwork
from tests.simulation.outside import Outside
from tests.simulation.weather import Weather

MOMENT_SECONDS = 25.0
"""Between two moments at which something may happen, on average."""

OUTAGE_SECONDS_MAX = 300.0
SILENCE_SECONDS_MAX = 150.0
LIES_SECONDS_MAX = 60.0
JUMPS = (-2.0, -0.5, 1.0, 20.0, 120.0, 3_600.0)
HANDS = (0.0, 3.0, 50.0, 100.0)
"""Percent that somebody turns the newest version to."""


class Trouble:
    """`jumped` is told of every jump of the bot's clock."""

    def __init__(self, clock: Clockwork, weather: Weather, outside: Outside, jumped: Callable[[float], None]) -> None:
        self._clock = clock
        self._weather = weather
        self._outside = outside
        self._jumped = jumped

    def moment(self) -> None:
        """Something happens, or nothing."""
        dice, weather, chance = self._clock.dice, self._weather, self._clock.chance
        for system in ("chat", "deployer", "metrics", "model"):
            if chance(getattr(weather, f"{system}_outages") * 0.15):
                self._outage(system)
        if chance(weather.silent_sides * 0.1):
            self._silence()
        if chance(weather.lying_metrics * 0.05):
            self._outside.fleet.lying = True
            self._clock.after(dice.random() * LIES_SECONDS_MAX, self._tell_the_truth)
        if chance(weather.process_restarts * 0.3):
            self._outside.fleet.restart()
        if chance(weather.splitter_restarts * 0.1):
            place = self._some_splitter("restarts")
            self._outside.deployer.restart(place)
        if chance(weather.hands_on_splitter * 0.1):
            percent = dice.choice(HANDS)
            place = self._some_splitter(f"is turned to {percent:g} % by hand")
            self._outside.deployer.turn_by_hand(place, percent)
        if chance(weather.clock_jumps * 0.1) and not self._outside.wire.in_flight.get("chat"):
            self._jump(dice.choice(JUMPS))

    def end(self) -> None:
        """From now on everything outside does what it should."""
        self._weather.calm()
        self._outside.wire.outages.clear()
        self._outside.fleet.silent.clear()
        self._outside.fleet.lying = False

    def _outage(self, system: str) -> None:
        seconds = self._clock.dice.random() * OUTAGE_SECONDS_MAX
        self._clock.say(f"{system} is out for {seconds:.0f} s")
        self._outside.wire.outages[system] = self._clock.now + seconds

    def _silence(self) -> None:
        commit = self._clock.dice.choice(list(self._outside.repository.tags.values()))
        self._clock.say(f"the processes of {commit[:7]} fall silent")
        self._outside.fleet.silent.add(commit)
        seconds = self._clock.dice.random() * SILENCE_SECONDS_MAX
        self._clock.after(seconds, lambda: self._outside.fleet.silent.discard(commit))

    def _tell_the_truth(self) -> None:
        self._outside.fleet.lying = False

    def _some_splitter(self, words: str) -> tuple[str, str]:
        place = self._clock.dice.choice(list(self._outside.deployer.environments))
        self._clock.say(f"the splitter of {'/'.join(place)} {words}")
        return place

    def _jump(self, seconds: float) -> None:
        self._clock.say(f"the clock jumps by {seconds:g} s")
        self._clock.jumped_seconds += seconds
        self._jumped(seconds)
