"""The outline of what Slack sends: as much of its shape as Bolt and the doors count on.

What does not have it is not handed on, so that nothing further in meets a list where a person should be. The one thing
to remember: only what would break somebody stands here. Slack adds fields, and leaves out what does not apply.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

T = TypeVar("T")
Some = Annotated[list[T], Field(min_length=1)]
Anything = dict[str, Any]


class _Outline(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _Installed(_Outline):
    enterprise_id: str | None = None
    team_id: str | None = None
    user_id: str | None = None


class _Named(_Outline):
    id: str
    enterprise_id: str | None = None
    team_id: str | None = None


class _Request(_Outline):
    """What Bolt looks for in everything, whoever sent it: for whom, and in which installation."""

    type: str | None = None
    authorizations: Some[_Installed] | None = None
    enterprise: _Named | None = None


class _Command(_Request):
    command: str
    user_id: str
    channel_id: str
    trigger_id: str


class _Input(_Outline):
    """What was typed, or chosen."""

    value: str | None = None
    selected_option: Anything | None = None


class _State(_Outline):
    values: dict[str, dict[str, _Input]]


class _Block(_Outline):
    type: str
    block_id: str


class _View(_Outline):
    id: str
    hash: str
    callback_id: str
    private_metadata: str
    type: str
    app_installed_team_id: str | None = None
    blocks: Some[_Block]
    state: _State


class _Container(_Outline):
    message_ts: str | None = None
    thread_ts: str | None = None
    view_id: str | None = None


class _Action(_Outline):
    type: str
    action_id: str
    block_id: str
    action_ts: str
    value: str | None = None


class _Interaction(_Request):
    user: _Named
    team: _Named
    channel: _Named | None = None
    response_url: str | None = None


class _Shortcut(_Interaction):
    callback_id: str
    trigger_id: str


class _Pressed(_Interaction):
    trigger_id: str
    actions: Some[_Action]
    container: _Container
    message: Anything | None = None
    view: Anything | None = None


class _Submitted(_Interaction):
    view: _View
    response_urls: list[Anything] | None = None


class _Event(_Outline):
    type: str


class _Mention(_Event):
    channel: str
    ts: str
    user: str | None = None
    thread_ts: str | None = None
    text: str | None = None


class _HomeOpened(_Event):
    user: str
    channel: str | None = None


class _Callback(_Request):
    event: _Event


OF_TYPE: Mapping[object, type[_Request]] = {
    "block_actions": _Pressed,
    "event_callback": _Callback,
    "message_action": _Shortcut,
    "shortcut": _Shortcut,
    "view_closed": _Submitted,
    "view_submission": _Submitted,
}
OF_EVENT: Mapping[str, type[_Event]] = {"app_home_opened": _HomeOpened, "app_mention": _Mention}


def trouble(body: Mapping[str, Any]) -> str:
    """Where it differs from what Slack sends; "" where it does not."""
    kind = body.get("type")
    outline = _Command if "command" in body else OF_TYPE.get(kind, _Request) if isinstance(kind, str) else _Request
    try:
        outline.model_validate(body)
        if outline is _Callback:
            OF_EVENT.get(body["event"]["type"], _Event).model_validate(body["event"])
    except ValidationError as wrong:
        return "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in wrong.errors(include_input=False)[:3]
        )
    return ""
