"""Settings: everything an operator chooses, from the environment or a `.env` file, each named with its unit.

What Slack gives is named as everybody names it (SLACK_BOT_TOKEN); the rest begins with SONGBIRD_. `load_settings` says
all that is missing or wrong at once, and where to get it. To forget: pydantic's own errors carry what was found, also
of secrets, so they never leave this file.
"""

import difflib
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.core.errors import Misconfigured, Refused
from bot.core.slash import Slash
from bot.texts.kinds import KINDS

PREFIX = "SONGBIRD_"
ENV_FILE = Path(".env")

_TOKENS = {"xoxb-": "a bot token", "xapp-": "an app-level token", "xoxp-": "a user token", "xoxe": "a rotating token"}
"""How Slack's tokens begin, and what they are."""

_EXPECTED = {
    "int_parsing": "a whole number",
    "float_parsing": "a number",
    "string_pattern_mismatch": "an address that begins with http:// or https:// and ends with a slash",
}
"""Where pydantic's own words are none for an operator."""


class LocalSettings(BaseSettings):
    """What everything on this machine needs, also the shell's commands on the day that Slack is down."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
        validate_default=True,
    )

    plans: Path = Field(Path("plans"), description="The folder with the plan files, one for each service.")
    database: Path = Field(
        Path("var/songbird.db"), description="The SQLite file with the journal; its folder is on a local disk."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged at least.")
    log_format: Literal["json", "console"] = Field("json", description="One JSON object a line, or lines for people.")

    commands: str = Field(
        "", description="Other names of the commands, where another app has them: /stage=/ship, /release=/rel."
    )

    @field_validator("commands")
    @classmethod
    def _are_commands(cls, written: str) -> str:
        try:
            Slash.read(written)
        except Refused as refusal:
            raise PydanticCustomError("own", "{why}", {"why": str(refusal)}) from None
        return written

    @property
    def slash(self) -> Slash:
        return Slash.read(self.commands)

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_any_case(cls, level: object) -> object:
        return level.lower() if isinstance(level, str) else level


class Settings(LocalSettings):
    """What `songbird run` needs. Each field's description stands in the README's table."""

    slack_bot_token: SecretStr = Field(
        validation_alias="SLACK_BOT_TOKEN",
        description="The bot token (xoxb-…): Slack app page → OAuth & Permissions → Bot User OAuth Token.",
    )
    slack_mode: Literal["socket", "http"] = Field(
        "socket",
        description="How Slack reaches the bot: by a socket that the bot opens, or by requests to SONGBIRD_SLACK_HOST.",
    )
    slack_app_token: SecretStr = Field(
        SecretStr(""),
        validation_alias="SLACK_APP_TOKEN",
        description="The app-level token (xapp-…), which must be given in socket mode: "
        "Slack app page → Basic Information → App-Level Tokens, scope connections:write.",
    )
    slack_signing_secret: SecretStr = Field(
        SecretStr(""),
        validation_alias="SLACK_SIGNING_SECRET",
        description="What Slack signs its requests with, which must be given in http mode: "
        "Slack app page → Basic Information → App Credentials → Signing Secret.",
    )
    slack_api_url: str = Field(
        "https://slack.com/api/",
        validation_alias="SLACK_API_URL",
        pattern=r"^https?://\S+/$",
        description="Where Slack's Web API answers. Another address only for a stand-in.",
    )
    host: str = Field("127.0.0.1", min_length=1, description="Where /healthz, /readyz and /metrics are served.")
    port: int = Field(8400, ge=0, le=65535, description="Their port; 0 takes a free one.")
    slack_host: str = Field(
        "127.0.0.1", min_length=1, description="Where Slack's requests are served in http mode, and nothing else."
    )
    slack_port: int = Field(8401, ge=0, le=65535, description="Their port; 0 takes a free one.")
    lease_seconds: float = Field(
        30, gt=0, description="How long a worker that took an effect is trusted with it before another one takes it."
    )
    slack_timeout_seconds: float = Field(
        10, gt=0, description="How long an answer of Slack's is waited for; less than SONGBIRD_LEASE_SECONDS."
    )
    card_seconds_min: float = Field(
        2, ge=0.5, description="Time between two edits of one card; what happens in between is seen in the next."
    )
    edits_per_minute: int = Field(
        40, ge=1, le=50, description="Edits of messages in the whole workspace; Slack bears about 50."
    )
    samples_kept_days: float = Field(
        14, gt=0, description="How long the metrics' samples of a release that has ended are kept."
    )
    stop_seconds_max: float = Field(10, gt=0, description="How long a stop (SIGTERM) waits for what is in hand.")
    browser: str = Field(
        "", description="The program that walkthroughs are taken with; without one a Chromium on the PATH is used."
    )
    openai_api_key: SecretStr = Field(
        SecretStr(""),
        validation_alias="OPENAI_API_KEY",
        description="The key of an endpoint that speaks OpenAI's protocol. Without one all texts come from templates.",
    )
    openai_base_url: str = Field(
        "https://api.openai.com/v1",
        validation_alias="OPENAI_BASE_URL",
        description="Where that endpoint is; it is sent the evidence of the texts: titles, names, numbers.",
    )
    model: str = Field("", description="The model that writes. Without one all texts come from templates.")
    models: str = Field(
        "", description="Other models for some texts, by their names in prompts/: diagnosis=NAME, answer=NAME."
    )
    model_timeout_seconds: float = Field(
        60,
        gt=0,
        le=600,
        description="How long one answer of a model may take in all; nothing waits for it.",
    )
    model_answer_tokens_max: int = Field(
        2000, ge=100, description="Tokens that a model may write for one text, with what it thinks before."
    )
    model_answers_per_minute: int = Field(
        4, ge=0, description="Questions of one person that a model answers; the others are answered by the template."
    )
    model_release_tokens_max: int = Field(
        200_000, ge=0, description="Tokens, read and written, that the texts of one release may use."
    )
    model_release_money_max: float = Field(
        1,
        ge=0,
        description="What the texts of one release may cost, in the currency of the prices; no limit without.",
    )
    model_price_in: float = Field(
        0, ge=0, description="Price of a million tokens that are read; of the dearest where there are several models."
    )
    model_price_out: float = Field(0, ge=0, description="Price of a million tokens that are written.")

    @field_validator("openai_api_key")
    @classmethod
    def _without_spaces(cls, key: SecretStr) -> SecretStr:
        return SecretStr(key.get_secret_value().strip())

    @field_validator("openai_base_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if not re.fullmatch(r"https?://\S+", url):
            raise PydanticCustomError("own", 'found "{url}"; must begin with http:// or https://', {"url": url})
        return url

    @field_validator("models")
    @classmethod
    def _are_of_texts(cls, written: str) -> str:
        for pair in _pairs(written):
            kind, equals, model = (part.strip() for part in pair.partition("="))
            if kind not in KINDS or not equals or not model:
                words = "found {pair}; must be like {example}, of {kinds}"
                values = {"pair": f'"{pair}"', "example": "diagnosis=NAME, answer=NAME", "kinds": ", ".join(KINDS)}
                raise PydanticCustomError("own", words, values)
        return written

    @property
    def models_by_kind(self) -> dict[str, str]:
        pairs = (pair.partition("=") for pair in _pairs(self.models))
        return {kind.strip(): model.strip() for kind, _, model in pairs}

    @field_validator("slack_bot_token")
    @classmethod
    def _is_a_bot_token(cls, token: SecretStr) -> SecretStr:
        return _beginning("xoxb-", token)

    @field_validator("slack_app_token")
    @classmethod
    def _opens_a_socket(cls, token: SecretStr, info: ValidationInfo) -> SecretStr:
        return _beginning("xapp-", token) if info.data.get("slack_mode") == "socket" else token

    @field_validator("slack_signing_secret")
    @classmethod
    def _tells_slack_from_others(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        """Of its form only that much is known: it is none of the tokens, which stand on the same pages."""
        if info.data.get("slack_mode") != "http":
            return secret
        value = _given(secret)
        if found := _token_in(value):
            raise PydanticCustomError("own", "found {found}", {"found": found})
        return SecretStr(value)

    @field_validator("slack_timeout_seconds")
    @classmethod
    def _ends_within_the_lease(cls, seconds: float, info: ValidationInfo) -> float:
        """Else another worker takes a post over while the first still waits for its answer."""
        lease = info.data.get("lease_seconds")
        if lease is not None and seconds >= lease:
            words = "found {seconds}; must be less than SONGBIRD_LEASE_SECONDS ({lease})"
            raise PydanticCustomError("own", words, {"seconds": f"{seconds:g}", "lease": f"{lease:g}"})
        return seconds


def _beginning(wanted: str, token: SecretStr) -> SecretStr:
    value = _given(token)
    if not value.startswith(wanted):
        raise PydanticCustomError("own", "found {found}", {"found": _token_in(value) or "something else"})
    return SecretStr(value)


def _given(secret: SecretStr) -> str:
    """Without the spaces that come along when it is pasted. Which ones are needed depends on the mode."""
    if value := secret.get_secret_value().strip():
        return value
    raise PydanticCustomError("own", "missing")


def _token_in(value: str) -> str | None:
    return next((words for start, words in _TOKENS.items() if value.startswith(start)), None)


def _pairs(written: str) -> list[str]:
    return [pair.strip() for pair in written.split(",") if pair.strip()]


AnySettings = TypeVar("AnySettings", bound=LocalSettings)


@dataclass(frozen=True, slots=True)
class Documented:
    """A setting as the README shows it. `default` is None where one must be given."""

    name: str
    default: str | None
    description: str


def documented_settings() -> list[Documented]:
    """All settings; those that must be given come first."""
    every = [
        Documented(_name(field, about), None if about.is_required() else str(about.default), about.description or "")
        for field, about in Settings.model_fields.items()
    ]
    return sorted(every, key=lambda documented: documented.default is not None)


def load_settings(kind: type[AnySettings], env_file: Path = ENV_FILE) -> AnySettings:
    """The settings of this process: `load_settings(Settings)`, or `LocalSettings` where Slack is not needed.

    Raises:
        Misconfigured: with all that is missing or wrong, one a line, and where to get it.
    """
    problems = _misspelt(load_variables(env_file))
    try:
        settings = kind(_env_file=env_file)
    except ValidationError as invalid:
        problems = [_explain(error) for error in invalid.errors(include_url=False)] + problems
        raise Misconfigured("\n".join(problems)) from None
    if problems:
        raise Misconfigured("\n".join(problems))
    return settings


def load_variables(env_file: Path = ENV_FILE) -> dict[str, str]:
    """The environment, over what the file says: for placeholders in plans, and for programs that plans name."""
    written = dotenv_values(env_file) if env_file.is_file() else {}
    return {**{name: value for name, value in written.items() if value is not None}, **os.environ}


def without_secrets(variables: Mapping[str, str], more: Collection[str] = ()) -> dict[str, str]:
    """What a team's own programs may see. `more`: the variables of secrets that their plan names."""
    secret = {_name(field, about) for field, about in Settings.model_fields.items() if about.annotation is SecretStr}
    secret |= {*more}
    return {name: value for name, value in variables.items() if name not in secret}


def _name(field: str, about: FieldInfo) -> str:
    return about.validation_alias if isinstance(about.validation_alias, str) else f"{PREFIX}{field}".upper()


def _explain(error: ErrorDetails) -> str:
    """As `NAME: what is wrong. What it is, and where to get it.` in one line."""
    names = {_name(field, about): (field, about) for field, about in Settings.model_fields.items()}
    name, about = next((name, about) for name, (field, about) in names.items() if error["loc"][0] in (name, field))
    match error["type"]:
        case "missing":
            words = "missing"
        case "own":
            words = error["msg"]
        case kind:
            found = "a secret" if about.annotation is SecretStr else f'"{error["input"]}"'
            allowed = _EXPECTED.get(kind, error["msg"].removeprefix("Input should be "))
            words = f"found {found}; allowed: {allowed}"
    return f"{name}: {words}. {about.description}"


def _misspelt(variables: Mapping[str, str]) -> list[str]:
    """Names that begin as ours do, are none of ours, and are near one. Others may be a plan's own placeholders."""
    names = [_name(field, about) for field, about in Settings.model_fields.items()]
    strangers = (name for name in variables if name.startswith(PREFIX) and name not in names)
    near = ((name, difflib.get_close_matches(name, names, n=1, cutoff=0.85)) for name in strangers)
    return [f'{name}: there is no such setting; did you mean "{found[0]}"?' for name, found in near if found]
