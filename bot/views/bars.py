"""Locks and freezes in words: lists with a button to end each, announcements, the question back, answers.

Times are date tokens, so that each reader sees their own clock. The one thing to remember: an announcement is made from
what the row says and never from the present time, so that one whose outcome is unknown can be made again, the same.
"""

from collections.abc import Sequence

from bot.core import events as e
from bot.core import foreign as foreign_text
from bot.core.bars import REASON_MAX, FreezeServices, Moment
from bot.core.beside import Bar, BarKind
from bot.views import blocks
from bot.views.mrkdwn import flat, foreign, moment, who
from bot.views.overrides import stopped_no_more
from bot.views.rendered import Block, Rendered
from bot.views.standing import bar_in_words
from bot.views.told import Told

LISTED_MAX = 15
SERVICES_MAX = 200
TITLE_MAX = 24

GOES_ON = "Watching, rolling back and staging go on."


def services_in_words(services: Sequence[str]) -> str:
    return foreign(", ".join(services), SERVICES_MAX) if services else "all services"


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def bar_lines(bars: Sequence[Bar], now: float, endable: frozenset[str] | None = None) -> list[Block]:
    """One line each, with a button to end it: for all of them, or for those whose ids are `endable`."""
    more = len(bars) - LISTED_MAX
    rest = blocks.context(f"and {more} more" if more > 0 else "")
    shown = [_line(bar, now, with_end=endable is None or bar.id in endable) for bar in bars[:LISTED_MAX]]
    return [block for block in (*shown, rest) if block is not None]


def _line(bar: Bar, now: float, *, with_end: bool) -> Block | None:
    is_lock = bar.kind is BarKind.LOCK
    begins = "since" if bar.starts_at <= now else "from"
    ends = f" until {moment(bar.ends_at)}" if bar.ends_at is not None else ""
    sign = ":lock:" if is_lock else ":snowflake:"
    head = f"{sign} *{services_in_words(bar.services)}* · {bar.id} {begins} {moment(bar.starts_at)}{ends}"
    said = f"{who(bar.owner)}: {foreign(bar.reason, REASON_MAX)}"
    value = {"bar": bar.id, "service": bar.services[0] if is_lock else ""}
    button = blocks.button("unlock", "Unlock…", value) if is_lock else blocks.button("thaw", "Thaw…", value)
    return blocks.section(f"{head}\n{said}", accessory=button if with_end else None, block_id=f"{bar.id}/listed")


# ── announcements ────────────────────────────────────────────────────────────────────────────────────────────────────


def announcement(bar: Bar, of: Moment) -> Rendered:
    """What the channel of a service that it concerns is told."""
    said = f"{_sign(bar, of)} {_announced(bar, of)}"
    reason = bar.lifted.reason if bar.lifted is not None and of is Moment.OVER else bar.reason
    return blocks.rendered(said, blocks.section(said), blocks.quote(reason))


def _sign(bar: Bar, of: Moment) -> str:
    if of is Moment.OVER:
        return ":unlock:" if bar.kind is BarKind.LOCK else ":sunny:"
    return ":lock:" if bar.kind is BarKind.LOCK else ":snowflake:"


def _announced(bar: Bar, of: Moment) -> str:
    services, by = services_in_words(bar.services), who(bar.owner)
    if bar.kind is BarKind.LOCK:
        lift = bar.lifted
        if of is Moment.OVER and lift is not None:
            return f"{who(lift.actor)} unlocked *{services}*: what waited goes on by itself."
        return f"{by} locked *{services}*: no release of it gets more traffic until it is unlocked. {GOES_ON}"
    begins, ends = moment(bar.starts_at), moment(bar.ends_at or bar.starts_at)
    match of:
        case Moment.MADE:
            return (
                f"{by} froze *{services}* from {begins} to {ends} ({bar.id}): no release gets more traffic. {GOES_ON}"
            )
        case Moment.SOON:
            return f"*{services}* will be frozen from {begins} to {ends} ({bar.id}, by {by})."
        case Moment.BEGAN:
            return f"*{services}* is frozen until {ends} ({bar.id}, by {by}). {GOES_ON}"
        case Moment.OVER:
            lift = bar.lifted
            early = f", ended by {who(lift.actor)} before its time" if lift is not None else ""
            return f"The freeze of *{services}* is over ({bar.id}{early}): what waited goes on by itself."


def bars_changed(event: e.BarsChanged, told: Told) -> Rendered:
    """In the release's thread: what it was stopped by, or that it is free."""
    if not event.bars and (passed := stopped_no_more(told.release)):
        return told.say(passed)
    if not event.bars:
        return told.say(":arrow_forward: No lock and no freeze stops it any more: it goes on by itself.")
    stopped = "\n".join(bar_in_words(bar, told.at) for bar in event.bars)
    return told.say(f"{stopped}\nIt gets no more traffic meanwhile. Watching and rolling back go on.")


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def bar_done(bar: Bar) -> Rendered:
    """What was done, with its times as they were understood."""
    services = services_in_words(bar.services)
    if bar.lifted is not None:
        over = "unlocked" if bar.kind is BarKind.LOCK else f"no longer frozen by {bar.id}"
        said = f":white_check_mark: {services}: {over}. What waits goes on by itself."
    elif bar.ends_at is None:
        said = f":white_check_mark: {services} is locked. `/release unlock {services} reason` lifts it."
    else:
        times = f"from {moment(bar.starts_at)} to {moment(bar.ends_at)}"
        said = f":white_check_mark: {services}: frozen {times}. `/release thaw {bar.id} reason` ends it early."
    return blocks.rendered(said, blocks.section(said))


def ask_freeze(freeze: FreezeServices, doubts: Sequence[str]) -> Rendered:
    """Says back what was understood, before it takes effect."""
    services = services_in_words(freeze.services)
    times = f"from {moment(freeze.starts_at)} to {moment(freeze.ends_at)}"
    said = f"Freeze *{services}* {times}? Nothing is frozen yet."
    value = {
        "services": list(freeze.services),
        "starts_at": freeze.starts_at,
        "ends_at": freeze.ends_at,
        "reason": foreign_text.flat(freeze.reason, REASON_MAX),  # it comes back as it is
    }
    button = blocks.button("freeze", "Freeze", value, style="primary")
    doubted = "\n".join(f"• {foreign(doubt)}" for doubt in doubts)
    return blocks.rendered(
        said,
        blocks.section(said),
        blocks.quote(flat(freeze.reason, REASON_MAX)),
        blocks.context(doubted),
        blocks.actions("freeze/confirm", (button,)),
    )


def ending_form(name: str, value: str, what: str) -> Block:
    """Asks why a lock or a freeze is ended. `name` is the button's, `value` what it carried."""
    title, submit = ("Unlock", "Unlock") if name == "unlock" else ("End a freeze", "Thaw")
    field = {"type": "plain_text_input", "action_id": "reason", "multiline": True, "max_length": REASON_MAX}
    return {
        "type": "modal",
        "callback_id": name,
        "title": blocks.plain(title, TITLE_MAX),
        "submit": blocks.plain(submit, TITLE_MAX),
        "close": blocks.plain("Not now", TITLE_MAX),
        "private_metadata": value,
        "blocks": [
            blocks.section(f"What waits for *{foreign(what, 80)}* goes on by itself as soon as it is ended."),
            {"type": "input", "block_id": "reason", "label": blocks.plain("Why?", TITLE_MAX), "element": field},
        ],
    }
