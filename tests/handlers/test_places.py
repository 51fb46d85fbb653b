"""Where a question may be answered: in the thread of its release, by its own workspace, and nowhere else at all."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.chat.workspace import Home
from bot.core.errors import Refused
from handlers import presses
from handlers.actions import _act, _form
from handlers.desk import Desk
from handlers.modals import _submit
from handlers.places import Place, must_be_in_its_thread

HOME, ORGANISATION, CHANNEL, THREAD = "T0SONGBIRD", "E0SONGBIRD", "C0RELEASES", "10.0"

PLACES = st.tuples(
    st.sampled_from((HOME, "T0ELSEWHERE", None)),
    st.sampled_from((HOME, ORGANISATION, "T0ELSEWHERE", "E0ELSEWHERE", None)),
    st.sampled_from((CHANNEL, "C0GENERAL", "D0SOMEBODY", "")),
    st.sampled_from((THREAD, "11.0", "", None)),
)


class Asking:
    """Knows one thread."""

    def release_of(self, channel: str, thread_ts: str) -> str | None:
        return {(CHANNEL, THREAD): "shop-1", (CHANNEL, "11.0"): "shop-0"}.get((channel, thread_ts))


def desk() -> Desk:
    """A desk at which nothing may be done: whoever gets so far has been let in."""

    async def home() -> Home:
        return Home(HOME, ORGANISATION)

    return cast("Desk", SimpleNamespace(asking=Asking(), home=home))


def is_right(place: tuple[Any, ...]) -> bool:
    """Slack names an organisation for its members, and may leave out one of the two; not both."""
    team, own, *where = place
    ours = team in (HOME, None) and own in (HOME, ORGANISATION, None) and (team or own)
    return bool(ours) and where == [CHANNEL, THREAD]


@settings(max_examples=150, deadline=None)
@given(place=PLACES, name=st.sampled_from(sorted(presses.REVIEWS)))
async def test_an_answer_from_anywhere_else_is_refused_in_words(place: tuple[Any, ...], name: str) -> None:
    team, own, channel, thread = place
    value = json.dumps({"release": "shop-1", "entry": 2, "subject": "x", "concern": 1})
    body = {
        "team": {"id": team} if team else None,
        "user": {"id": "U0PRIYA", "team_id": own},
        "channel": {"id": channel} if channel else None,
        "container": {"message_ts": "12.0", "thread_ts": thread},
    }
    action = {"action_id": name, "action_ts": "1.0", "value": value}
    door = _act if name in presses.BUTTONS else _form
    if is_right(place):
        with pytest.raises(AttributeError):  # the desk is asked, which this one cannot be
            await door(desk(), body, action)
        return
    with pytest.raises(Refused, match=r"another workspace|not the thread of shop-1"):
        await door(desk(), body, action)


@settings(max_examples=150, deadline=None)
@given(place=PLACES, name=st.sampled_from(sorted(presses.REVIEWS & set(presses.MODALS))))
async def test_so_is_a_form_that_was_opened_anywhere_else(place: tuple[Any, ...], name: str) -> None:
    team, own, channel, thread = place
    carried = {"release": "shop-1", "entry": 2, "subject": "x", "channel": channel, "thread_ts": thread or ""}
    view = {"callback_id": name, "private_metadata": json.dumps(carried), "state": {"values": {}}}
    body = {"team": {"id": team} if team else None, "user": {"id": "U0PRIYA", "team_id": own}}
    words = "another version" if is_right(place) else "another workspace|not the thread of shop-1"
    with pytest.raises(Refused, match=words):  # in its place it is read, and found to be empty
        await _submit(desk(), body, view)


async def test_the_right_place_is_right() -> None:
    await must_be_in_its_thread(desk(), "shop-1", Place((HOME, HOME), CHANNEL, THREAD))
