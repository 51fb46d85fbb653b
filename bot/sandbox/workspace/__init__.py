"""A stand-in for a Slack workspace, on loopback: the same wire, other walls.

The real `slack_sdk` client and a real Bolt app talk to it over HTTP and a websocket, with only their base URL
changed; persons act in it through a page (or a test). It exists so that the bot can be tried, tested and shown
without a workspace, and it is strict where Slack is strict: sizes, counts, scopes, rates, life times and single uses
are refused as Slack refuses them.

```
persons ──/client/…──▶ client ──▶ interactions ──▶ delivery ──┬─ socket_mode ──websocket────▶ the bot
   ▲                                                         └─ requests ──signed requests──▶   │
   └──server-sent events── client ◀── state ◀── methods ◀── web_api ◀──HTTP─────────────────────┘
                                        limits, blocks: what Slack refuses · faults: what goes wrong on request
```

What it does not do: more than one workspace or app, Enterprise Grid, OAuth, private channels made on the fly, group
messages, guests, archiving, scheduled messages, task cards and other chunks of streams, canvases, lists, workflows,
reminders, search, unfurling, `block_suggestion`, RTM, legacy attachments' own buttons, the newest blocks (card,
carousel, plan …: refused as an unsupported type) and events other than `app_mention`, `message.*` and
`app_home_opened`. Nothing is kept on disk. A browser needs no cookie to fetch a file. Where Slack's behaviour is not
documented, the stricter reading was taken and the place says so.
"""

from bot.sandbox.workspace.records import App, Tokens
from bot.sandbox.workspace.server import Timing, Workspace

__all__ = ["App", "Timing", "Tokens", "Workspace"]
