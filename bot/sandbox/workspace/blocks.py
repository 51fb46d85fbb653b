"""What Slack accepts as Block Kit, written as shapes, and the sentences with which it refuses the rest.

The shapes (see `shapes`) read like the reference pages they were taken from. `problems_of_message` and
`problems_of_view` are the two doors; they return sentences as Slack words them, with a JSON pointer. The one thing a
reader could forget: an unknown field is an error here, as it is there.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bot.sandbox.workspace import limits
from bot.sandbox.workspace.records import JsonObject
from bot.sandbox.workspace.shapes import (
    Check,
    Problem,
    anything,
    boolean,
    both,
    by_type,
    either_of,
    identifier,
    items,
    number,
    shape,
    string,
    word,
)


# --- composition objects ---------------------------------------------------------------------------------------------
def plain(longest: int) -> Check:
    return by_type({"plain_text": shape({"text": string(longest, 1)}, {"emoji": boolean})})


def text(longest: int) -> Check:
    mrkdwn = shape({"text": string(longest, 1)}, {"verbatim": boolean})
    return by_type({"plain_text": shape({"text": string(longest, 1)}, {"emoji": boolean}), "mrkdwn": mrkdwn})


STYLE = word("primary", "danger")
CONFIRM = shape(
    {
        "title": plain(limits.CONFIRM_TITLE_MAX),
        "text": text(limits.CONFIRM_TEXT_MAX),
        "confirm": plain(limits.CONFIRM_BUTTON_MAX),
        "deny": plain(limits.CONFIRM_BUTTON_MAX),
    },
    {"style": STYLE},
)
OPTION = shape(
    {"text": text(limits.OPTION_TEXT_MAX), "value": string(limits.OPTION_VALUE_MAX)},
    {"description": text(limits.OPTION_TEXT_MAX), "url": string(limits.URL_MAX)},
)
OPTIONS = items(OPTION, limits.SELECT_OPTIONS_MAX)
OPTION_GROUP = shape({"label": plain(limits.OPTION_TEXT_MAX), "options": OPTIONS})
SLACK_FILE = both(
    shape({}, {"id": identifier("[F][A-Z0-9]{8,}"), "url": string(limits.URL_MAX)}), either_of("id", "url")
)

# --- elements --------------------------------------------------------------------------------------------------------
ACTION_ID: dict[str, Check] = {"action_id": string(limits.ID_MAX, 1)}
ACTING: dict[str, Check] = {**ACTION_ID, "confirm": CONFIRM, "focus_on_load": boolean}
ASKING: dict[str, Check] = {**ACTING, "placeholder": plain(limits.PLACEHOLDER_MAX)}
TYPING: dict[str, Check] = {
    **ASKING,
    "initial_value": string(limits.ANY_TEXT_MAX),
    "min_length": number,
    "max_length": number,
    "dispatch_action_config": shape(
        {"trigger_actions_on": items(word("on_enter_pressed", "on_character_entered"), limits.DISPATCH_TRIGGERS_MAX)}
    ),
}


def initial_among_options(value: object, at: str) -> Iterator[Problem]:
    """To the last field: an option that only looks the same is another one."""
    if not isinstance(value, dict):
        return
    groups = (group for group in _list(value.get("option_groups")) if isinstance(group, dict))
    options = [*_list(value.get("options")), *(option for group in groups for option in _list(group.get("options")))]
    chosen = [value.get("initial_option"), *_list(value.get("initial_options"))]
    if any(option not in options for option in chosen if option is not None):
        yield at, "the initial option must be one of the options"


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


CHOICES = both(
    shape({}, {**ASKING, "options": OPTIONS, "option_groups": items(OPTION_GROUP, 100), "initial_option": OPTION}),
    either_of("options", "option_groups"),
    initial_among_options,
)
MANY_CHOICES = both(
    shape(
        {},
        {
            **ASKING,
            "options": OPTIONS,
            "option_groups": items(OPTION_GROUP, 100),
            "initial_options": items(OPTION, 100),
            "max_selected_items": number,
        },
    ),
    either_of("options", "option_groups"),
    initial_among_options,
)
FEW_OPTIONS = items(OPTION, limits.CHOICE_OPTIONS_MAX)


def pick_one(what: str) -> Check:
    extra: dict[str, Check] = {f"initial_{what}": string(limits.ID_MAX), "filter": anything}
    return shape({}, {**ASKING, **extra, "response_url_enabled": boolean, "default_to_current_conversation": boolean})


def pick_many(what: str) -> Check:
    extra: dict[str, Check] = {f"initial_{what}s": items(string(limits.ID_MAX), 100), "filter": anything}
    return shape({}, {**ASKING, **extra, "max_selected_items": number})


IMAGE_FIELDS: dict[str, Check] = {"image_url": string(limits.URL_MAX, 1), "slack_file": SLACK_FILE}
IMAGE_ELEMENT = both(
    shape({"alt_text": string(limits.ALT_TEXT_MAX)}, IMAGE_FIELDS), either_of("image_url", "slack_file")
)
BUTTON = shape(
    {"text": plain(limits.BUTTON_TEXT_MAX)},
    {
        **ACTING,
        "value": string(limits.BUTTON_VALUE_MAX),
        "url": string(limits.URL_MAX),
        "style": STYLE,
        "accessibility_label": string(limits.BUTTON_TEXT_MAX),
    },
)
MENUS: dict[str, Check] = {
    "static_select": CHOICES,
    "multi_static_select": MANY_CHOICES,
    "users_select": pick_one("user"),
    "multi_users_select": pick_many("user"),
    "channels_select": pick_one("channel"),
    "multi_channels_select": pick_many("channel"),
    "conversations_select": pick_one("conversation"),
    "multi_conversations_select": pick_many("conversation"),
    "datepicker": shape({}, {**ASKING, "initial_date": string(10)}),
    "timepicker": shape({}, {**ASKING, "initial_time": string(5), "timezone": string(limits.ID_MAX)}),
    "datetimepicker": shape({}, {**ACTING, "initial_date_time": number}),
    "checkboxes": both(
        shape({"options": FEW_OPTIONS}, {**ACTING, "initial_options": FEW_OPTIONS}), initial_among_options
    ),
    "radio_buttons": both(shape({"options": FEW_OPTIONS}, {**ACTING, "initial_option": OPTION}), initial_among_options),
}
PRESSED: dict[str, Check] = {
    **MENUS,
    "button": BUTTON,
    "overflow": shape({"options": items(OPTION, limits.OVERFLOW_OPTIONS_MAX)}, {**ACTION_ID, "confirm": CONFIRM}),
}
ENTERED: dict[str, Check] = {
    **MENUS,
    "plain_text_input": shape({}, {**TYPING, "multiline": boolean}),
    "email_text_input": shape({}, TYPING),
    "url_text_input": shape({}, TYPING),
    "number_input": shape(
        {"is_decimal_allowed": boolean}, {**TYPING, "min_value": string(64), "max_value": string(64)}
    ),
}

# --- blocks ----------------------------------------------------------------------------------------------------------
RICH_TEXT_PARTS = ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")


def rich_text_part(value: object, at: str) -> Iterator[Problem]:
    """Only the outline is looked at: the leaves of rich text are many and none of them has a limit of its own."""
    yield from by_type(dict.fromkeys(RICH_TEXT_PARTS, anything))(value, at)
    if isinstance(value, dict):
        yield from items(anything, 10_000, 0)(value.get("elements"), f"{at}/elements")


def block(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    return shape(required, {"block_id": string(limits.ID_MAX, 1), **(optional or {})})


RICH_TEXT = block({"elements": items(rich_text_part, 10_000, 0)})
CELL = by_type(
    {"raw_text": shape({"text": string(limits.ANY_TEXT_MAX)}), "raw_number": anything, "rich_text": RICH_TEXT}
)
EVERYWHERE: dict[str, Check] = {
    "divider": block({}),
    "header": block({"text": plain(limits.HEADER_TEXT_MAX)}),
    "section": both(
        block(
            {},
            {
                "text": text(limits.SECTION_TEXT_MAX),
                "fields": items(text(limits.SECTION_FIELD_TEXT_MAX), limits.SECTION_FIELDS_MAX),
                "accessory": by_type({**PRESSED, "image": IMAGE_ELEMENT}),
                "expand": boolean,
            },
        ),
        either_of("text", "fields"),
    ),
    "context": block(
        {
            "elements": items(
                by_type(
                    {
                        "image": IMAGE_ELEMENT,
                        "mrkdwn": text(limits.ANY_TEXT_MAX),
                        "plain_text": text(limits.ANY_TEXT_MAX),
                    }
                ),
                limits.CONTEXT_ELEMENTS_MAX,
            )
        }
    ),
    "actions": block({"elements": items(by_type(PRESSED), limits.ACTIONS_ELEMENTS_MAX)}),
    "image": both(
        block({"alt_text": string(limits.ALT_TEXT_MAX)}, {**IMAGE_FIELDS, "title": plain(limits.IMAGE_TITLE_MAX)}),
        either_of("image_url", "slack_file"),
    ),
    "rich_text": RICH_TEXT,
    "input": block(
        {"label": plain(limits.LABEL_MAX), "element": by_type(ENTERED)},
        {"hint": plain(limits.HINT_MAX), "optional": boolean, "dispatch_action": boolean},
    ),
}
IN_MESSAGES: dict[str, Check] = {
    **EVERYWHERE,
    "markdown": block({"text": string(limits.MARKDOWN_CHARACTERS_SUM_MAX, 1)}),
    "table": block(
        {"rows": items(items(CELL, limits.TABLE_COLUMNS_MAX), limits.TABLE_ROWS_MAX)},
        {"column_settings": items(anything, limits.TABLE_COLUMNS_MAX, 0)},
    ),
}

VIEW_FIELDS: dict[str, Check] = {
    "private_metadata": string(limits.PRIVATE_METADATA_MAX),
    "callback_id": string(limits.ID_MAX),
    "external_id": string(limits.ID_MAX),
}
VIEW_BLOCKS = items(by_type(EVERYWHERE), limits.BLOCKS_PER_VIEW_MAX)
VIEWS: dict[str, Check] = {
    "home": shape({"blocks": VIEW_BLOCKS}, VIEW_FIELDS),
    "modal": shape(
        {"title": plain(limits.VIEW_TITLE_MAX), "blocks": VIEW_BLOCKS},
        {
            **VIEW_FIELDS,
            "submit": plain(limits.VIEW_BUTTON_MAX),
            "close": plain(limits.VIEW_BUTTON_MAX),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
    ),
}


# --- the doors -------------------------------------------------------------------------------------------------------
def problems_of_message(blocks: object, at: str = "/blocks") -> list[str]:
    check = both(items(by_type(IN_MESSAGES), limits.BLOCKS_PER_MESSAGE_MAX, 0), _unique_ids, _sums)
    return _sentences(check(blocks, at))


def problems_of_view(view: object, kind: str, at: str = "/view") -> list[str]:
    found = list(by_type({kind: VIEWS[kind]})(view, at))
    if isinstance(view, dict) and isinstance(view.get("blocks"), list):
        found += _unique_ids(view["blocks"], f"{at}/blocks")
        asks = any(isinstance(each, dict) and each.get("type") == "input" for each in view["blocks"])
        if kind == "modal" and asks and not view.get("submit"):
            found.append((at, "missing required field: submit (a view with an input block needs one)"))
    return _sentences(iter(found))


def elements(blocks: Sequence[JsonObject]) -> Iterator[tuple[JsonObject, JsonObject]]:
    """Each (block, element) pair whose element a person can act on."""
    for each in blocks:
        kind = each.get("type")
        if kind == "actions":
            yield from ((each, element) for element in each["elements"])
        elif kind == "section" and each.get("accessory", {}).get("type") not in (None, "image"):
            yield each, each["accessory"]
        elif kind == "input":
            yield each, each["element"]


def with_ids(blocks: Sequence[JsonObject], next_id: Callable[[], str]) -> list[JsonObject]:
    """A copy without nulls in which every block and acting element has an id, as Slack gives them."""
    copied: list[JsonObject] = _without_nulls(list(blocks))
    for each in copied:
        each.setdefault("block_id", next_id())
    for _block, element in elements(copied):
        element.setdefault("action_id", next_id())
    return copied


def characters(value: object) -> int:
    """The sum over every text in a tree of blocks, which is what `msg_blocks_too_long` is about."""
    if isinstance(value, dict):
        own = value.get("text")
        return (len(own) if isinstance(own, str) else 0) + sum(characters(part) for part in value.values())
    if isinstance(value, list):
        return sum(characters(part) for part in value)
    return 0


def _without_nulls(tree: Any) -> Any:  # noqa: ANN401 - walks any JSON
    if isinstance(tree, dict):
        return {name: _without_nulls(part) for name, part in tree.items() if part is not None}
    return [_without_nulls(part) for part in tree] if isinstance(tree, list) else tree


def _sentences(found: Iterator[Problem]) -> list[str]:
    return [f"{sentence} [json-pointer:{at}]" for at, sentence in found]


def _unique_ids(blocks: object, at: str) -> Iterator[Problem]:
    if not isinstance(blocks, list):
        return
    for block_id, times in Counter(_texts(blocks, "block_id")).items():
        if times > 1:
            yield at, f'block_id "{block_id}" is used more than once'
    for index, each in enumerate(blocks):
        parts = each.get("elements") if isinstance(each, dict) else None
        if isinstance(parts, list):
            for action_id, times in Counter(_texts(parts, "action_id")).items():
                if times > 1:
                    yield f"{at}/{index}", f'action_id "{action_id}" is used more than once'


def _texts(parts: list[Any], name: str) -> list[str]:
    return [part[name] for part in parts if isinstance(part, dict) and isinstance(part.get(name), str)]


def _sums(blocks: object, at: str) -> Iterator[Problem]:
    if not isinstance(blocks, list):
        return
    tables = [each for each in blocks if isinstance(each, dict) and each.get("type") == "table"]
    if len(tables) > limits.TABLES_PER_MESSAGE_MAX:
        yield at, "only one table is allowed"
    markdown = [each for each in blocks if isinstance(each, dict) and each.get("type") == "markdown"]
    if characters(markdown) > limits.MARKDOWN_CHARACTERS_SUM_MAX:
        yield at, f"markdown must be less than {limits.MARKDOWN_CHARACTERS_SUM_MAX + 1} characters altogether"
