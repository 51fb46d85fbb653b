"""manifest.yml is what Slack takes, and what the handlers listen to."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML
from slack_bolt.app.async_app import AsyncApp

from bot.adapters.chat.stand_in import StandInChat, StandInTelling
from bot.adapters.chat.workspace import Home
from bot.sandbox.workspace import App
from bot.sandbox.workspace.methods import METHODS
from bot.views.answers import help_text
from handlers import parse, register
from handlers.desk import Desk
from handlers.http_mode import PATH
from tests.handlers.slack_fixtures import (
    FakeAbsences,
    FakeAsking,
    FakeBars,
    FakeOutlooks,
    FakeRecords,
    FakeRepository,
    FakeService,
)

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT.parent / "shared" / "data" / "slack-manifest.schema.1.0.0.json"

CALLED = {
    "apps.connections.open",
    "chat.appendStream",
    "chat.postEphemeral",
    "chat.postMessage",
    "chat.startStream",
    "chat.stopStream",
    "chat.update",
    "conversations.history",
    "conversations.join",
    "conversations.list",
    "conversations.members",
    "conversations.replies",
    "files.completeUploadExternal",
    "files.getUploadURLExternal",
    "files.info",
    "usergroups.users.list",
    "users.info",
    "users.lookupByEmail",
    "views.open",
    "views.publish",
    "views.push",
    "views.update",
}
"""Web API methods that the chat adapter and the handlers call."""


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return dict(YAML(typ="safe").load(ROOT / "manifest.yml"))


class Listening(AsyncApp):
    """A Bolt app that remembers what it was asked to listen to."""

    def __init__(self) -> None:
        self.heard: dict[str, list[str]] = {"command": [], "event": [], "action": [], "view": []}
        self.heard |= {"global_shortcut": [], "message_shortcut": []}
        for kind, names in self.heard.items():
            setattr(self, kind, lambda name, names=names: lambda _listener: names.append(name))


class NoHomes:
    def opened(self, person: str) -> None:
        """Nobody looks."""


@pytest.fixture(scope="module")
def listening() -> dict[str, list[str]]:
    async def nobody(_user: str) -> str:
        return ""

    async def empty(_group: str) -> frozenset[str]:
        return frozenset()

    async def here() -> Home:
        return Home("T0SONGBIRD")

    app = Listening()
    register(
        app,
        Desk(
            FakeService(),
            {},
            lambda: 0.0,
            StandInChat(),
            nobody,
            empty,
            here,
            FakeAsking(),
            StandInTelling(),
            FakeBars({}),
            NoHomes(),
            FakeAbsences({}),
            nobody,
            FakeRepository(),
            FakeRecords(FakeService()),
            FakeOutlooks(),
        ),
    )
    return app.heard


def test_slack_takes_it(manifest: dict[str, Any]) -> None:
    if not SCHEMA.exists():
        pytest.skip("Slack's published manifest schema is not beside the repository (../shared/data)")
    jsonschema.validate(manifest, json.loads(SCHEMA.read_text()))


def test_its_commands_are_the_ones_that_are_listened_to(
    manifest: dict[str, Any], listening: dict[str, list[str]]
) -> None:
    announced = [each["command"] for each in manifest["features"]["slash_commands"]]
    assert sorted(announced) == sorted(listening["command"])


def test_its_shortcuts_are_the_ones_that_are_listened_to(
    manifest: dict[str, Any], listening: dict[str, list[str]]
) -> None:
    announced = manifest["features"]["shortcuts"]
    for kind in ("global", "message"):
        named = [each["callback_id"] for each in announced if each["type"] == kind]
        assert sorted(named) == sorted(listening[f"{kind}_shortcut"])


def test_it_keeps_to_the_lengths_that_slack_documents(manifest: dict[str, Any]) -> None:
    shown, features = manifest["display_information"], manifest["features"]
    assert 1 <= len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
    assert len(features["bot_user"]["display_name"]) <= 80
    assert len(features["slash_commands"]) <= 50
    for each in features["slash_commands"]:
        assert re.fullmatch(r"/[a-z0-9_-]{1,31}", each["command"])
        assert 1 <= len(each["description"]) <= 2000
        assert len(each["usage_hint"]) <= 1000
    assert len(features["shortcuts"]) <= 10
    for each in features["shortcuts"]:
        assert len(each["name"]) <= 24
        assert len(each["description"]) <= 150
        assert len(each["callback_id"]) <= 255


def test_its_events_are_the_ones_that_are_listened_to(
    manifest: dict[str, Any], listening: dict[str, list[str]]
) -> None:
    announced = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert sorted(announced) == sorted(listening["event"])


def test_nothing_is_listened_to_twice(listening: dict[str, list[str]]) -> None:
    for names in listening.values():
        assert len(names) == len(set(names))


def test_every_verb_stands_in_the_hint_and_in_the_help(manifest: dict[str, Any]) -> None:
    hint = next(each["usage_hint"] for each in manifest["features"]["slash_commands"] if each["command"] == "/release")
    words = re.findall(r"[\w-]+", hint)
    for word in parse.WORDS:
        assert word in words
        assert f"/release {word}" in str(help_text().blocks) or word == "list"


def test_people_can_press_and_the_bot_listens_over_a_socket(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["interactivity"]["is_enabled"]
    assert manifest["settings"]["socket_mode_enabled"]
    assert manifest["features"]["app_home"]["home_tab_enabled"]


def over_http(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest with the changes that the operations page tells to make."""
    page = (ROOT / "docs/operations.md").read_text()
    found = re.search(r"```yaml\n(features:.*?)```", page, re.DOTALL)
    assert found, "docs/operations.md says what to change"
    written: dict[str, Any] = YAML(typ="safe").load(found[1])
    changed = copy.deepcopy(manifest)
    urls = {each["command"]: each["url"] for each in written["features"]["slash_commands"]}
    for slash in changed["features"]["slash_commands"]:
        slash["url"] = urls.pop(slash["command"])
    assert urls == {}
    for name, value in written["settings"].items():
        if isinstance(value, dict):
            changed["settings"][name].update(value)
        else:
            changed["settings"][name] = value
    return changed


def test_with_the_documented_changes_slack_sends_everything_as_requests(manifest: dict[str, Any]) -> None:
    changed = over_http(manifest)
    assert changed["settings"]["socket_mode_enabled"] is False
    settings = changed["settings"]
    urls = [slash["url"] for slash in changed["features"]["slash_commands"]]
    urls += [settings["event_subscriptions"]["request_url"], settings["interactivity"]["request_url"]]
    assert all(url.startswith("https://") and url.endswith(PATH) for url in urls)
    if SCHEMA.exists():
        jsonschema.validate(changed, json.loads(SCHEMA.read_text()))


def test_its_scopes_are_enough_for_every_call(manifest: dict[str, Any]) -> None:
    granted = set(App.from_manifest(manifest).scopes)
    for name in CALLED - {"apps.connections.open"}:
        scope = METHODS[name].scope
        for kind in ("channels", "groups") if scope else ():
            needed = str(scope).format(kind=kind)
            assert needed in granted or needed == "groups:join", f"{name} needs {needed}"
