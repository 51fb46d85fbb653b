"""Settings that are missing or wrong are named all at once, with where to get them, and no secret is ever shown."""

import os
from pathlib import Path

import pytest

from bot.core.errors import Misconfigured
from bot.core.slash import Slash
from bot.settings import (
    LocalSettings,
    Settings,
    documented_settings,
    load_settings,
    load_variables,
    without_secrets,
)

BOT_TOKEN = "xoxb-1111-very-secret"  # noqa: S105 - made up
APP_TOKEN = "xapp-1-2222-very-secret"  # noqa: S105 - made up
SECRET = "3333-very-secret"  # noqa: S105 - made up


@pytest.fixture(autouse=True)
def _nobodys_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("SONGBIRD_", "SLACK_", "OPENAI_")):
            monkeypatch.delenv(name)


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_text(f"SLACK_BOT_TOKEN={BOT_TOKEN}\nSLACK_APP_TOKEN={APP_TOKEN}\n")
    return path


def problems_of(env_file: Path) -> list[str]:
    with pytest.raises(Misconfigured) as caught:
        load_settings(Settings, env_file)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    return str(caught.value).splitlines()


def test_two_tokens_are_all_that_must_be_given(env_file: Path) -> None:
    settings = load_settings(Settings, env_file)
    assert settings.slack_bot_token.get_secret_value() == BOT_TOKEN
    assert settings.slack_api_url == "https://slack.com/api/"
    assert (settings.host, settings.port) == ("127.0.0.1", 8400)
    assert settings.slack_timeout_seconds < settings.lease_seconds


def test_the_environment_goes_over_the_file(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGBIRD_PORT", "9000")
    with env_file.open("a") as file:
        file.write("SONGBIRD_PORT=8000\nSONGBIRD_HOST=127.0.0.2\n")
    settings = load_settings(Settings, env_file)
    assert (settings.host, settings.port) == ("127.0.0.2", 9000)


def test_what_is_missing_is_said_with_where_to_get_it(tmp_path: Path) -> None:
    bot, app = problems_of(tmp_path / "none")
    assert bot.startswith("SLACK_BOT_TOKEN: missing. The bot token (xoxb-…): Slack app page → OAuth & Permissions")
    assert app.startswith("SLACK_APP_TOKEN: missing. ")
    assert app.endswith("Basic Information → App-Level Tokens, scope connections:write.")


def test_in_http_mode_a_signing_secret_is_needed_and_no_app_token(env_file: Path) -> None:
    env_file.write_text(f"SLACK_BOT_TOKEN={BOT_TOKEN}\nSONGBIRD_SLACK_MODE=http\nSLACK_SIGNING_SECRET=' {SECRET} '\n")
    settings = load_settings(Settings, env_file)
    assert settings.slack_signing_secret.get_secret_value() == SECRET
    assert (settings.slack_host, settings.slack_port) == ("127.0.0.1", 8401)
    assert SECRET not in repr(settings)
    assert "SLACK_SIGNING_SECRET" not in without_secrets(load_variables(env_file))


def test_what_the_other_mode_would_need_is_not_looked_at(env_file: Path) -> None:
    with env_file.open("a") as file:
        file.write(f"SLACK_SIGNING_SECRET={BOT_TOKEN}\n")
    load_settings(Settings, env_file)
    env_file.write_text(
        f"SLACK_BOT_TOKEN={BOT_TOKEN}\nSLACK_APP_TOKEN=old\nSONGBIRD_SLACK_MODE=http\nSLACK_SIGNING_SECRET={SECRET}\n"
    )
    load_settings(Settings, env_file)


def test_in_http_mode_what_is_missing_or_mistaken_is_said_with_the_rest(env_file: Path) -> None:
    env_file.write_text("SONGBIRD_SLACK_MODE=http\nSONGBIRD_SLACK_PORT=https\n")
    assert [line.partition(". ")[0] for line in problems_of(env_file)] == [
        "SLACK_BOT_TOKEN: missing",
        "SLACK_SIGNING_SECRET: missing",
        'SONGBIRD_SLACK_PORT: found "https"; allowed: a whole number',
    ]
    env_file.write_text(f"SLACK_BOT_TOKEN={BOT_TOKEN}\nSONGBIRD_SLACK_MODE=http\nSLACK_SIGNING_SECRET={APP_TOKEN}\n")
    (said,) = problems_of(env_file)
    assert said.startswith("SLACK_SIGNING_SECRET: found an app-level token. What Slack signs its requests with")
    assert said.endswith("App Credentials → Signing Secret.")


def test_a_mode_that_is_none_is_named_with_those_there_are(env_file: Path) -> None:
    env_file.write_text(f"SLACK_BOT_TOKEN={BOT_TOKEN}\nSONGBIRD_SLACK_MODE=webhook\n")
    (said,) = problems_of(env_file)
    assert said.startswith("SONGBIRD_SLACK_MODE: found \"webhook\"; allowed: 'socket' or 'http'. ")


def test_an_empty_setting_is_a_missing_one(env_file: Path) -> None:
    env_file.write_text(f"SLACK_BOT_TOKEN={BOT_TOKEN}\nSLACK_APP_TOKEN=\n")
    assert [line.partition(".")[0] for line in problems_of(env_file)] == ["SLACK_APP_TOKEN: missing"]


def test_everything_that_is_wrong_is_said_at_once(env_file: Path) -> None:
    env_file.write_text(
        f"SLACK_BOT_TOKEN={APP_TOKEN}\n"
        "SLACK_API_URL=slack.com\n"
        "SONGBIRD_PORT=http\n"
        "SONGBIRD_LOG_LEVEL=loud\n"
        "SONGBIRD_SLACK_TIMEOUT_SECONDS=31\n"
        "SONGBIRD_EDITS_PER_MINUTE=500\n"
        "SONGBIRD_LEASE_SECOND=5\n"
    )
    assert {line.partition(". ")[0] for line in problems_of(env_file)} == {
        "SLACK_BOT_TOKEN: found an app-level token",
        "SLACK_APP_TOKEN: missing",
        (
            'SLACK_API_URL: found "slack.com"; allowed: an address that begins with http:// or https:// '
            "and ends with a slash"
        ),
        'SONGBIRD_PORT: found "http"; allowed: a whole number',
        "SONGBIRD_LOG_LEVEL: found \"loud\"; allowed: 'debug', 'info', 'warning' or 'error'",
        "SONGBIRD_SLACK_TIMEOUT_SECONDS: found 31; must be less than SONGBIRD_LEASE_SECONDS (30)",
        'SONGBIRD_EDITS_PER_MINUTE: found "500"; allowed: less than or equal to 50',
        'SONGBIRD_LEASE_SECOND: there is no such setting; did you mean "SONGBIRD_LEASE_SECONDS"?',
    }


@pytest.mark.parametrize("wrong", [APP_TOKEN, "xoxp-very-secret", "very-secret", "  very-secret  "])
def test_a_wrong_token_is_never_shown(env_file: Path, wrong: str) -> None:
    env_file.write_text(f"SLACK_BOT_TOKEN='{wrong}'\nSLACK_APP_TOKEN={APP_TOKEN}\nSONGBIRD_PORT=x\n")
    said = "\n".join(problems_of(env_file))
    assert "SLACK_BOT_TOKEN: found" in said
    assert "secret" not in said


def test_settings_hide_their_secrets_when_they_are_shown(env_file: Path) -> None:
    settings = load_settings(Settings, env_file)
    assert "very-secret" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


def test_a_token_that_was_pasted_with_spaces_is_taken(env_file: Path) -> None:
    env_file.write_text(f"SLACK_BOT_TOKEN=' {BOT_TOKEN} '\nSLACK_APP_TOKEN={APP_TOKEN}\n")
    assert load_settings(Settings, env_file).slack_bot_token.get_secret_value() == BOT_TOKEN


def test_the_shells_commands_need_no_slack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGBIRD_DATABASE", "elsewhere.db")
    assert load_settings(LocalSettings, tmp_path / "none").database == Path("elsewhere.db")


def test_a_log_level_may_be_written_in_capitals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGBIRD_LOG_LEVEL", "WARNING")
    assert load_settings(LocalSettings, tmp_path / "none").log_level == "warning"


def test_a_variable_for_a_plan_is_no_misspelt_setting(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGBIRD_SANDBOX_URL", "http://127.0.0.1:1")
    load_settings(Settings, env_file)


def test_plans_see_the_file_and_the_environment_and_programs_see_no_secret(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_URL", "http://127.0.0.1:1")
    with env_file.open("a") as file:
        file.write("SHOP_URL=http://127.0.0.1:2\nShop_Folder=shop\n")
    variables = load_variables(env_file)
    assert (variables["SHOP_URL"], variables["Shop_Folder"]) == ("http://127.0.0.1:1", "shop")
    assert variables["SLACK_BOT_TOKEN"] == BOT_TOKEN
    assert not any("very-secret" in value for value in without_secrets(variables).values())
    assert without_secrets(variables)["SHOP_URL"] == "http://127.0.0.1:1"


def test_without_more_no_model_is_named_and_no_key_is_given(env_file: Path) -> None:
    settings = load_settings(Settings, env_file)
    assert (settings.openai_api_key.get_secret_value(), settings.model, settings.models_by_kind) == ("", "", {})


def test_each_text_may_have_a_model_of_its_own(env_file: Path) -> None:
    with env_file.open("a") as file:
        file.write("OPENAI_API_KEY=' sk-very-secret '\nSONGBIRD_MODELS='diagnosis = org/big:1 , go-no-go=small,'\n")
    settings = load_settings(Settings, env_file)
    assert settings.models_by_kind == {"diagnosis": "org/big:1", "go-no-go": "small"}
    assert settings.openai_api_key.get_secret_value() == "sk-very-secret"
    assert "OPENAI_API_KEY" not in without_secrets(load_variables(env_file))
    assert "very-secret" not in repr(settings)


@pytest.mark.parametrize("wrong", ["sonnet=big", "diagnosis", "diagnosis=", "big"])
def test_a_model_for_a_text_that_there_is_not_is_named(env_file: Path, wrong: str) -> None:
    with env_file.open("a") as file:
        file.write(f"SONGBIRD_MODELS='answer=small, {wrong}'\nOPENAI_BASE_URL=localhost:11434\n")
    address, models = problems_of(env_file)
    assert address.startswith('OPENAI_BASE_URL: found "localhost:11434"; must begin with http:// or https://. ')
    assert models.startswith(f'SONGBIRD_MODELS: found "{wrong}"; must be like diagnosis=NAME, answer=NAME, of notes, ')


def test_every_setting_is_documented_in_whole_sentences() -> None:
    documented = documented_settings()
    assert [setting.name for setting in documented if setting.default is None] == ["SLACK_BOT_TOKEN"]
    assert [setting.name for setting in documented if "must be given in" in setting.description] == [
        "SLACK_APP_TOKEN",
        "SLACK_SIGNING_SECRET",
    ]
    assert len(documented) == len(Settings.model_fields)
    for setting in documented:
        assert setting.description.endswith("."), setting.name


def test_other_names_of_the_commands_are_read_and_a_wrong_one_is_said_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGBIRD_COMMANDS", "/stage=/ship")
    assert load_settings(LocalSettings, tmp_path / "none").slash == Slash("/ship", "/release")
    monkeypatch.setenv("SONGBIRD_COMMANDS", "/stage=Ship")
    with pytest.raises(Misconfigured, match="SONGBIRD_COMMANDS: 'Ship' is no command: write a slash and up to 31 of"):
        load_settings(LocalSettings, tmp_path / "none")
