"""Every number Slack holds an app to, each with where it comes from, and the meter that counts calls against a rate.

`docs` means the method's or block's page on docs.slack.dev; `observed` means people met the limit without it being
documented, and the figure is then the lowest one reported. The one thing a reader could forget: rates are counted
over a sliding window, so "1 post per second with short bursts" is written as 3 in any 3 seconds.
"""

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

# --- a message -------------------------------------------------------------------------------------------------------
BLOCKS_PER_MESSAGE_MAX = 50  # docs: blocks
ATTACHMENTS_PER_MESSAGE_MAX = 100  # docs: chat.postMessage, too_many_attachments
POST_TEXT_CHARACTERS_MAX = 40_000  # docs: chat.postMessage; longer text is cut, not refused
UPDATE_TEXT_CHARACTERS_MAX = 4_000  # docs: chat.update, msg_too_long
BLOCK_CHARACTERS_SUM_MAX = 13_200  # observed: slackapi/bolt-js#2509, msg_blocks_too_long
MARKDOWN_CHARACTERS_SUM_MAX = 12_000  # docs: markdown block, over the whole payload
STREAM_CHARACTERS_MAX = 12_000  # docs: chat.startStream, appendStream and stopStream, of one call
METADATA_BYTES_MAX = 8_192  # not documented (metadata_too_large is); the stricter reading
HISTORY_LIMIT_MAX = 999  # docs: conversations.history

# --- blocks and elements ---------------------------------------------------------------------------------------------
SECTION_TEXT_MAX = 3_000  # docs: section block
SECTION_FIELDS_MAX, SECTION_FIELD_TEXT_MAX = 10, 2_000  # docs: section block
HEADER_TEXT_MAX = 150  # docs: header block
ACTIONS_ELEMENTS_MAX = 25  # docs: actions block
CONTEXT_ELEMENTS_MAX = 10  # docs: context block
ID_MAX = 255  # docs: block_id, action_id, callback_id, external_id
URL_MAX = 3_000  # docs: button, image block
ALT_TEXT_MAX, IMAGE_TITLE_MAX = 2_000, 2_000  # docs: image block
BUTTON_TEXT_MAX, BUTTON_VALUE_MAX = 75, 2_000  # docs: button element
CONFIRM_TITLE_MAX, CONFIRM_TEXT_MAX, CONFIRM_BUTTON_MAX = 100, 300, 30  # docs: confirmation dialog object
OPTION_TEXT_MAX, OPTION_VALUE_MAX = 75, 150  # docs: option object
SELECT_OPTIONS_MAX, OVERFLOW_OPTIONS_MAX, CHOICE_OPTIONS_MAX = (
    100,
    5,
    10,
)  # docs: select, overflow, checkboxes and radio
PLACEHOLDER_MAX = 150  # docs: input elements
DISPATCH_TRIGGERS_MAX = 2  # docs: dispatch action configuration object, of which there are two
LABEL_MAX, HINT_MAX = 2_000, 2_000  # docs: input block
TABLE_ROWS_MAX, TABLE_COLUMNS_MAX, TABLES_PER_MESSAGE_MAX = 100, 20, 1  # docs: table block
ANY_TEXT_MAX = 3_000  # docs: text object

# --- a view ----------------------------------------------------------------------------------------------------------
BLOCKS_PER_VIEW_MAX = 100  # docs: views
VIEW_TITLE_MAX, VIEW_BUTTON_MAX = 24, 24  # docs: modal view object
PRIVATE_METADATA_MAX = 3_000  # docs: view object
VIEW_BYTES_MAX = 250_000  # docs: views.open, view_too_large
VIEWS_STACKED_MAX = 3  # docs: views.push, push_limit_reached

# --- life times ------------------------------------------------------------------------------------------------------
ACK_SECONDS = 3.0  # docs: acknowledging interactions
TRIGGER_SECONDS = 3.0  # docs: trigger ids live 3 seconds and are used once
RESPONSE_URL_SECONDS, RESPONSE_URL_USES = 1_800.0, 5  # docs: response_url
STREAM_SECONDS = 300.0  # observed: slackapi/python-slack-sdk#1859, a stream is over some five minutes after its start
EVENT_RETRY_DELAYS_SECONDS = (0.0, 60.0, 300.0)  # docs: Events API, retries: at once, after 1 and after 5 minutes
SOCKETS_MAX = 10  # docs: Socket Mode, too_many_websockets
SOCKET_TICKET_SECONDS = 30.0  # not documented; an address is to be used at once and once
PING_SECONDS = 10.0  # not documented; the SDK answers whatever comes


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `calls` in any `seconds`."""

    calls: int
    seconds: float = 60.0


POSTS_PER_CHANNEL = Rate(3, 3.0)  # docs: about 1 per second and channel, short bursts allowed
TIER_2 = Rate(20)  # docs: 20+ per minute
TIER_3 = Rate(50)  # docs: 50+ per minute
TIER_4 = Rate(100)  # docs: 100+ per minute
SPECIAL = Rate(300)  # docs: "special" tier, hundreds per minute
CONNECTIONS = Rate(20)  # docs: tier 1, 1+ per minute; ten at once are allowed, so bursts must be


@dataclass(slots=True)
class RateMeter:
    """Counts calls per key over a sliding window. `scale` 2.0 allows twice as many; `math.inf` allows all."""

    scale: float = 1.0
    _calls: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def retry_after_seconds(self, key: str, rate: Rate, now: float) -> int:
        """0 when the call is within the rate (and is now counted), else the whole seconds to wait for."""
        if math.isinf(self.scale):
            return 0
        recent = self._calls[key]
        while recent and recent[0] <= now - rate.seconds:
            recent.popleft()
        if len(recent) < max(1, math.floor(rate.calls * self.scale)):
            recent.append(now)
            return 0
        return max(1, math.ceil(recent[0] + rate.seconds - now))

    def clear(self) -> None:
        self._calls.clear()
