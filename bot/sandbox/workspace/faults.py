"""What goes wrong on request: each fault waits in a list until the call or envelope it was meant for comes by.

| fault | on | what happens |
|---|---|---|
| `http_500`, `http_502`, `http_503` | calls | that status with a page of HTML; nothing is applied |
| `rate_limited` | calls | 429 with `Retry-After: seconds`; nothing is applied |
| `error` | calls | Slack's error `error`; nothing is applied |
| `drop_before` | calls | the connection is closed; nothing is applied |
| `drop_after` | calls | applied, then the connection is closed: the response is lost |
| `slow` | calls | applied at once, answered after `seconds` |
| `late` | calls | applied only when the client has given up, or after `seconds` |
| `late_file` | calls | applied and answered; a file that it completes is taken in only `seconds` later |
| `duplicate_envelope` | envelopes | sent twice, over two connections when there are two |
| `delay_acks` | acks | taken note of only after `seconds` |
| `lose_acks` | acks | never taken note of; over HTTP the connection breaks before the answer is read |
| `drop_sockets` | now | every connection is cut |
| `disconnect` | now | Slack's polite `disconnect` message with `reason`, and the connection closed after `seconds` |

`method` narrows a fault on calls to one method and one on envelopes or acks to one type (`*`: any), `channel` to one
channel; the first `after` matches pass, then `times` are hit. The one thing a reader could forget: the oldest
matching fault acts alone.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.sandbox.workspace.records import JsonObject, SlackError

ON_CALLS = frozenset(
    {
        "http_500",
        "http_502",
        "http_503",
        "rate_limited",
        "error",
        "drop_before",
        "drop_after",
        "slow",
        "late",
        "late_file",
    }
)
ON_ENVELOPES = frozenset({"duplicate_envelope"})
ON_ACKS = frozenset({"delay_acks", "lose_acks"})
AT_ONCE = frozenset({"drop_sockets", "disconnect"})
LATE_SECONDS_MAX = 120.0  # a client that never gives up must not keep a request for ever


@dataclass(slots=True)
class Fault:
    fault: str
    method: str = "*"
    channel: str | None = None
    times: int = 1
    after: int = 0
    seconds: float | None = None
    error: str = "internal_error"
    reason: str = "refresh_requested"

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> "Fault":
        """Raises `SlackError` for names it does not know, so that a mistyped fault is not a test that passes."""
        try:
            fault = cls(**body)
        except TypeError as problem:
            raise SlackError("invalid_fault", str(problem)) from problem
        if fault.fault not in ON_CALLS | ON_ENVELOPES | ON_ACKS | AT_ONCE:
            raise SlackError("invalid_fault", f"unknown fault: {fault.fault}")
        return fault

    def wait_seconds(self, default: float = 1.0) -> float:
        return default if self.seconds is None else self.seconds


@dataclass(slots=True)
class Faults:
    waiting: list[Fault] = field(default_factory=list)

    def add(self, method: str, fault: str, **options: Any) -> Fault:  # noqa: ANN401 - the fields of Fault
        added = Fault.parse({"method": method, "fault": fault, **options})
        self.waiting.append(added)
        return added

    def for_call(self, method: str, channel: str | None) -> Fault | None:
        return self._take(ON_CALLS, method, channel)

    def for_envelope(self, kind: str) -> Fault | None:
        return self._take(ON_ENVELOPES, kind, None)

    def for_ack(self, kind: str) -> Fault | None:
        return self._take(ON_ACKS, kind, None)

    def clear(self) -> None:
        self.waiting.clear()

    def to_json(self) -> list[JsonObject]:
        return [asdict(fault) for fault in self.waiting]

    def _take(self, kinds: frozenset[str], method: str, channel: str | None) -> Fault | None:
        for fault in self.waiting:
            is_meant = fault.fault in kinds and fault.method in ("*", method)
            if not is_meant or fault.channel not in (None, channel):
                continue
            if fault.after > 0:
                fault.after -= 1
                return None
            fault.times -= 1
            if fault.times <= 0:
                self.waiting.remove(fault)
            return fault
        return None
