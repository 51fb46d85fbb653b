"""A small bot with something of everything to say, for working on the page without Songbird.

It is a real Bolt app over the wire, so it also shows the stand-in at work. `/sample modal`, `/sample notes` (long
texts to edit), `/sample ephemeral` and `/sample slow` do what they say; its buttons edit their card, and a mention is
answered by a stream. Nothing of the product is used or imitated beyond the looks. The one thing a reader could
forget: its posts keep Slack's rates like any other bot's.
"""

import asyncio
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import seed
from bot.sandbox.workspace.records import App, Command, JsonObject

SAMPLE_APP = App(
    commands=(
        Command("/sample", "Try the page out", "[modal | notes | ephemeral | slow]"),
        *App().commands,
    ),
    events=frozenset({"app_mention", "app_home_opened", "message.im"}),
)

WRITING_SECONDS = 0.7
"""Between the pieces of a streamed answer."""


def mrkdwn(text: str) -> JsonObject:
    return {"type": "mrkdwn", "text": text}


def plain(text: str) -> JsonObject:
    return {"type": "plain_text", "text": text, "emoji": True}


def button(text: str, action_id: str, **more: Any) -> JsonObject:  # noqa: ANN401 - any further field of a button
    return {"type": "button", "text": plain(text), "action_id": action_id, "value": "shop-1", **more}


def card(phase: str, waits_for: str) -> list[JsonObject]:
    confirm = {
        "title": plain("Roll shop-1 back?"),
        "text": mrkdwn("All traffic returns to *v1.0.0*."),
        "confirm": plain("Roll back"),
        "deny": plain("Not now"),
        "style": "danger",
    }
    return [
        {"type": "header", "text": plain("shop v1.1.0  ·  shop-1")},
        {
            "type": "section",
            "text": mrkdwn(f"*{phase}*\nWaits for {waits_for}, since <!date^1767225600^{{time}}|midnight>"),
        },
        {
            "type": "section",
            "fields": [
                mrkdwn("*Version*\n`v1.0.0` → `v1.1.0`"),
                mrkdwn(f"*Started by*\n<@{seed.QUINN}>"),
                mrkdwn("*Changes*\n7 merges by 4 people"),
                mrkdwn(f"*Channel*\n<#{seed.ENGINEERING}|engineering>"),
            ],
        },
        {"type": "divider"},
        {
            "type": "section",
            "text": mrkdwn(
                ":white_check_mark: *Health*  8 of 8 metrics held for 4 min\n"
                ":hourglass_flowing_sand: *Product*  1 of 2 approvals\n"
                ":warning: *P95*  240 ms, was 180 ms (limit 500 ms)"
            ),
        },
        {
            "type": "actions",
            "block_id": "decide",
            "elements": [
                button("Approve", "approve", style="primary"),
                button("Raise a concern", "concern"),
                button("Roll back", "rollback", style="danger", confirm=confirm),
                {
                    "type": "overflow",
                    "action_id": "more",
                    "options": [{"text": plain("Hold"), "value": "hold"}, {"text": plain("Cancel"), "value": "cancel"}],
                },
            ],
        },
        {
            "type": "context",
            "elements": [mrkdwn("Plan `shop.yml` · digest `3f9ac2` · <https://example.com|walkthrough>")],
        },
    ]


def modal(title: str = "Raise a concern") -> JsonObject:
    kinds = ("Wording", "Behaviour", "Performance")
    return {
        "type": "modal",
        "callback_id": "concern",
        "title": plain(title),
        "submit": plain("Raise it"),
        "close": plain("Never mind"),
        "notify_on_close": True,
        "private_metadata": "shop-1",
        "blocks": [
            {
                "type": "section",
                "text": mrkdwn("The product manager decides: *release with a caveat*, fix first, or descope."),
            },
            {
                "type": "input",
                "block_id": "what",
                "label": plain("What worries you?"),
                "hint": plain("At least ten characters"),
                "element": {
                    "type": "plain_text_input",
                    "action_id": "text",
                    "multiline": True,
                    "placeholder": plain("The new checkout hides the voucher field …"),
                },
            },
            {
                "type": "input",
                "block_id": "kind",
                "label": plain("Kind"),
                "element": {
                    "type": "static_select",
                    "action_id": "kind",
                    "options": [{"text": plain(kind), "value": kind.lower()} for kind in kinds],
                },
            },
            {
                "type": "input",
                "block_id": "who",
                "label": plain("Who should look"),
                "optional": True,
                "element": {"type": "multi_users_select", "action_id": "users", "placeholder": plain("Anybody")},
            },
            {
                "type": "input",
                "block_id": "flags",
                "label": plain("Also"),
                "optional": True,
                "element": {
                    "type": "checkboxes",
                    "action_id": "flags",
                    "options": [{"text": mrkdwn("*Hold* the release meanwhile"), "value": "hold"}],
                },
            },
            {"type": "actions", "elements": [button("A page further", "push_page")]},
        ],
    }


NOTES = (
    "Checkout keeps the voucher that was entered before the cart was changed.\n\n"
    "Search answers in half the time on carts with more than 50 articles, because prices are read in one query.\n\n"
    "Paying by invoice asks for the address again where it was changed within the last day."
)


def notes() -> JsonObject:
    """Texts to edit: a menu, short and long fields, and a button beside a text that leads a page further."""
    kinds = [{"text": plain(kind), "value": kind.lower()} for kind in ("Users", "Engineers")]
    blocks: list[JsonObject] = [
        {
            "type": "section",
            "text": mrkdwn(
                "*Release notes* of `shop v1.1.0`, version 2\nWritten from 7 changes, edited by nobody yet."
            ),
            "accessory": button("Versions", "push_page"),
        },
        _input("For", {"type": "static_select", "action_id": "kind", "options": kinds, "initial_option": kinds[0]}),
        _input("Title", {"type": "plain_text_input", "action_id": "title", "initial_value": "A calmer checkout"}),
        _long_input("What is new", NOTES),
        _long_input("Upgrading", NOTES * 6),
        _long_input("Known limitations", (NOTES * 12)[:2_950]),
    ]
    return {
        "type": "modal",
        "callback_id": "concern",
        "title": plain("Edit the notes"),
        "submit": plain("Save"),
        "blocks": blocks,
    }


def _long_input(label: str, text: str) -> JsonObject:
    long = {"type": "plain_text_input", "action_id": "text", "multiline": True, "initial_value": text}
    return _input(label, long)


def _input(label: str, element: JsonObject) -> JsonObject:
    return {"type": "input", "label": plain(label), "element": element}


def home(person: str) -> JsonObject:
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": plain("Releases")},
            {
                "type": "section",
                "text": mrkdwn(f"Hello <@{person}>. One release waits for you."),
                "accessory": button("Show", "show"),
            },
            {"type": "divider"},
            {"type": "context", "elements": [mrkdwn("A stand-in for Slack; nothing here leaves this machine.")]},
        ],
    }


def chart_png(width: int = 480, height: int = 160) -> bytes:
    """A small line chart, drawn without a library: canary above control."""

    def pixel(x: int, y: int) -> bytes:
        control, canary = height * 0.7, height * (0.68 - 0.4 * max(0, x - width / 2) / width)
        if abs(y - control) < 2:  # noqa: PLR2004 - the line's half width
            return b"\x2c\x7b\xe5"
        return b"\xc2\x3b\x5a" if abs(y - canary) < 2 else b"\xf8\xf8\xf8"  # noqa: PLR2004 - the same

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\x00" + b"".join(pixel(x, y) for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class SampleBot:
    def __init__(self, api_url: str, bot_token: str, app_token: str) -> None:
        self.client = AsyncWebClient(bot_token, base_url=api_url)
        self.client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=5))
        self.app = AsyncApp(client=self.client, token=bot_token)
        self.handler = AsyncSocketModeHandler(self.app, app_token, web_client=AsyncWebClient(base_url=api_url))
        self._listen()

    async def start(self) -> None:
        await self.handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt's handlers carry no types
        await self._fill()

    async def stop(self) -> None:
        async with asyncio.timeout(2.0):
            await self.handler.close_async()  # type: ignore[no-untyped-call]  # the same

    async def _say(self, channel: str, text: str, blocks: Sequence[JsonObject] = (), thread_ts: str = "") -> str:
        answer = await self.client.chat_postMessage(
            channel=channel, text=text, blocks=blocks or None, thread_ts=thread_ts or None
        )
        return str(answer["ts"])

    async def _fill(self) -> None:
        ts = await self._say(seed.RELEASES, "shop v1.1.0 is in staging", card("In staging", "one approval of Product"))
        await self._say(seed.RELEASES, "Deployed to staging in 41 s.", thread_ts=ts)
        await self._say(
            seed.RELEASES,
            "Notes",
            [{"type": "markdown", "text": "## Notes\n\n- **Faster** search\n- `PATCH /cart`"}],
            ts,
        )
        table = [["metric", "control", "canary"], ["errors", "0.21 %", "0.19 %"], ["P95", "180 ms", "240 ms"]]
        rows = [[{"type": "raw_text", "text": cell} for cell in row] for row in table]
        await self._say(seed.RELEASES, "Metrics", [{"type": "table", "rows": rows}], ts)
        await self.client.files_upload_v2(
            content=chart_png(), filename="p95.png", title="P95 by cohort", channel=seed.RELEASES, thread_ts=ts
        )
        file = (await self.client.files_upload_v2(content=chart_png(960, 420), filename="errors.png"))["file"]
        chart = {
            "type": "image",
            "title": plain("Errors, canary against control"),
            "alt_text": "The share of errors of the canary rises from the middle on; that of the control stays.",
            "slack_file": {"id": file["id"]},
        }
        await self._say(seed.RELEASES, "Errors", [chart], ts)
        await self.client.chat_postMessage(
            channel=seed.RELEASES, thread_ts=ts, reply_broadcast=True, text=":rewind: *shop-0* was rolled back in 31 s."
        )
        listed = {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [_line("One concern is open"), _line("Nobody is paged")],
        }
        await self._say(seed.ENGINEERING, "In short", [{"type": "rich_text", "elements": [_line("In short:"), listed]}])
        await self._say(
            seed.ON_CALL,
            f"<@{seed.OMAR}>, you are on call for _shop_. ~Nothing~ one thing is open: <https://example.com|INC-4>",
        )
        await self.client.reactions_add(channel=seed.RELEASES, timestamp=ts, name="eyes")
        await self.client.chat_postEphemeral(
            channel=seed.RELEASES,
            user=seed.ADA,
            text="Only you can see this",
            blocks=[
                {"type": "section", "text": mrkdwn("Only you can see this: *one check is red*.")},
                {"type": "actions", "elements": [button("Dismiss", "dismiss")]},
            ],
        )

    def _listen(self) -> None:
        self.app.command("/sample")(self._command)
        for action_id in ("approve", "concern", "rollback", "more", "show"):
            self.app.action(action_id)(self._pressed)
        self.app.action("dismiss")(self._dismiss)
        self.app.action("push_page")(self._push)
        self.app.view("concern")(self._submitted)
        self.app.view_closed("concern")(_acked)
        self.app.event("app_home_opened")(self._home)
        self.app.event("app_mention")(self._mentioned)
        self.app.event("message")(_nothing)

    async def _command(self, ack: Any, command: JsonObject, respond: Any) -> None:  # noqa: ANN401 - Bolt's arguments
        match command["text"]:
            case "modal":
                await ack()
                await self.client.views_open(trigger_id=command["trigger_id"], view=modal())
            case "notes":
                await ack()
                await self.client.views_open(trigger_id=command["trigger_id"], view=notes())
            case "slow":
                await asyncio.sleep(4)
            case "ephemeral":
                await ack()
                await respond("Only you can see this.")
            case _:
                await ack("Try `/sample modal`, `/sample notes`, `/sample ephemeral` or `/sample slow`.")

    async def _pressed(self, ack: Any, body: JsonObject, action: JsonObject) -> None:  # noqa: ANN401 - as above
        await ack()
        if action["action_id"] == "concern":
            await self.client.views_open(trigger_id=body["trigger_id"], view=modal())
        elif "message" in body:
            said = f"{action['action_id']}, said by <@{body['user']['id']}>"
            blocks = card("In staging", said)
            await self.client.chat_update(
                channel=body["channel"]["id"], ts=body["message"]["ts"], text=said, blocks=blocks
            )

    async def _dismiss(self, ack: Any, respond: Any) -> None:  # noqa: ANN401 - as above
        await ack()
        await respond(delete_original=True)

    async def _push(self, ack: Any, body: JsonObject) -> None:  # noqa: ANN401 - as above
        await ack()
        page = {**modal("A page further"), "callback_id": "page"}
        await self.client.views_push(trigger_id=body["trigger_id"], view=page)

    async def _submitted(self, ack: Any, view: JsonObject, body: JsonObject) -> None:  # noqa: ANN401 - as above
        text = view["state"]["values"].get("what", {}).get("text", {}).get("value") or "The notes were edited."
        if len(text) < 10:  # noqa: PLR2004 - what the modal's hint says
            await ack(response_action="errors", errors={"what": "Say a little more."})
            return
        await ack()
        await self._say(seed.RELEASES, f":speech_balloon: <@{body['user']['id']}> is concerned: {text}")

    async def _home(self, event: JsonObject) -> None:
        await self.client.views_publish(user_id=event["user"], view=home(event["user"]))

    async def _mentioned(self, event: JsonObject) -> None:
        to = {"recipient_user_id": event["user"], "recipient_team_id": event["team"]}
        said = (
            "At your service. ",
            "Errors of the canary rose at 14:02, ",
            "those of the control did not. ",
            "So wait.",
        )
        stream = await self.client.chat_startStream(
            channel=event["channel"], thread_ts=str(event.get("thread_ts") or event["ts"]), markdown_text=said[0], **to
        )
        for piece in said[1:]:
            await asyncio.sleep(WRITING_SECONDS)
            await self.client.chat_appendStream(channel=stream["channel"], ts=stream["ts"], markdown_text=piece)
        await self.client.chat_stopStream(channel=stream["channel"], ts=stream["ts"])


def _line(text: str) -> JsonObject:
    return {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}


async def _acked(ack: Any) -> None:  # noqa: ANN401 - Bolt's argument
    await ack()


async def _nothing() -> None:
    """Direct messages are heard and not answered."""
