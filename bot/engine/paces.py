"""How soon a channel bears another message.

Slack takes about one a second in a channel, with short bursts, and refuses what comes sooner; so that is not sent. The
one thing to remember: a refusal is heard all the same, as others may write there with the same app.
"""

from collections import defaultdict, deque

from bot.engine.rests import rests

MESSAGES = 3
WINDOW_SECONDS = 3.2
"""So many in any so many seconds: Slack counts three seconds, when it gets them and not when they were sent."""

REFUSED_SECONDS_MAX = 120.0
"""No channel rests longer, whatever Slack says and the clock did meanwhile."""


class Paces:
    """In memory: what a process before this one has sent is learned from a refusal, once."""

    def __init__(self) -> None:
        self._sent: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=MESSAGES))
        self._refused_until: dict[str, float] = {}

    def sent(self, channel: str, now: float) -> None:
        """Something was sent there, with whatever success."""
        self._sent[channel].append(now)

    def refused(self, channel: str, until: float) -> None:
        self._refused_until[channel] = until

    def resting(self, now: float) -> dict[str, float]:
        """The channels that bear nothing more now, and until when."""
        found = {}
        for channel in self._sent.keys() | self._refused_until.keys():
            until = self._free_at(channel)
            if rests(until, now, REFUSED_SECONDS_MAX):
                found[channel] = until
        return found

    def _free_at(self, channel: str) -> float:
        sent = self._sent[channel]
        full = sent[0] + WINDOW_SECONDS if len(sent) == MESSAGES else 0.0
        return max(full, self._refused_until.get(channel, 0.0))
