"""Where a plan's metrics come from: pages that are scraped, Prometheus, Datadog, or any address that answers in JSON.

They stand apart from the plan because each has its own ways to say whose a series is. The one thing to remember: a
plan is kept in the journal, so a secret is never in it; keys that end in `_from` name the environment variables that
hold them.
"""

import difflib
import re
from typing import Annotated, Literal, Self

import promql_parser
from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from bot.core import sent
from bot.core.quantities import Duration
from bot.core.selectors import ENVIRONMENT, JsonPath, Tags
from bot.core.sent import Header, Variable
from bot.core.strict import Strict
from bot.core.tour import Address


def _matchers(written: object) -> object:
    """What may stand between the braces of a selector."""
    if not isinstance(written, str):
        raise ValueError(f'{written!r} is no text: write matchers such as job="shop"')  # noqa: TRY004 - pydantic wants a ValueError
    try:
        parsed = promql_parser.parse(f"up{{{written.replace(ENVIRONMENT, 'x')}}}")
    except ValueError as error:
        raise ValueError(f'{written!r} are no matchers: {error}; write some such as job="shop"') from None
    if not isinstance(parsed, promql_parser.VectorSelector) or parsed.matchers.or_matchers:
        raise ValueError(f'{written!r} are no matchers: write some such as job="shop", with commas between them')
    return written


Matchers = Annotated[str, BeforeValidator(_matchers), Field(description='matchers, such as job="shop"')]
Label = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
TagKey = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_./-]*$")]

VERSION = "{version}"
"""Filled in with each version of an environment, where a plan says what lists them."""
SPANS = ("{from}", "{to}", "{from_ms}", "{to_ms}", "{from_iso}", "{to_iso}")
"""Filled in with the time since the last look: in seconds or milliseconds since 1970, or as 2026-01-31T09:00:00Z."""


def _endpoint(written: object) -> object:
    """An address, perhaps with a query. What was written is not repeated: it may hold a secret."""
    if not isinstance(written, str) or not re.fullmatch(r"https?://[^\s/?#@\\]+([/?][^\s#\\]*)?", written):
        words = f"write an address such as https://stats.example/shop?env={ENVIRONMENT}, without a user in it"
        raise ValueError(words)
    _refuse_unfilled(sent.in_address(written))
    return written


def _filled_later(written: object) -> object:
    """What is sent as the body, which may have braces of its own."""
    if isinstance(written, str):
        _refuse_unfilled(" ".join(re.findall(r"\{[a-z_]+\}", sent.in_body(written))))
    return written


def _refuse_unfilled(written: str) -> None:
    known = (ENVIRONMENT, VERSION, *SPANS)
    for name in re.findall(r"\{[^{}]*\}", written):
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ValueError(f"{name} is not filled in; filled in: {', '.join(known)}{hint}")


Endpoint = Annotated[
    str,
    BeforeValidator(_endpoint),
    Field(description="an address such as https://stats.example/shop?env={environment}"),
]


class ScrapeSource(Strict):
    """Exposition pages, found through a Prometheus HTTP service-discovery address; {environment} is filled in."""

    use: Literal["scrape"]
    targets: str
    time_max: Duration = 2.0

    @property
    def version_label(self) -> str:
        """The label of a target that says which commit it runs."""
        return "commit"

    @property
    def remembers(self) -> bool:
        """A page only knows the present."""
        return False

    @property
    def delay(self) -> float:
        """Seconds after which numbers are whole."""
        return 0.0

    @property
    def variables(self) -> frozenset[str]:
        """The environment variables that hold secrets: a page is open to whoever reaches it."""
        return frozenset()


class PrometheusSource(Strict):
    """A server that speaks Prometheus' HTTP API, and which of its series are whose."""

    use: Literal["prometheus"]
    url: Address
    """What comes before /api/v1."""
    where: Matchers = f'environment="{ENVIRONMENT}"'
    """Matchers that every series of an environment has, beside those of the metric."""
    where_in: dict[str, Matchers] = Field(default_factory=dict)
    """The same for one environment, instead of `where`."""
    version_label: Label = "commit"
    """The label that says which commit a series is about; 7 digits are enough."""
    process_label: Label = "instance"
    """The label that tells the processes of a version apart."""
    token_from: Variable | None = None
    user: str | None = None
    password_from: Variable | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    """Such as X-Scope-OrgID. They are in the journal: nothing secret."""
    headers_from: dict[Header, Variable] = Field(default_factory=dict)
    """By header, the environment variable that holds what is sent in it."""
    ca_file: str | None = None
    """Who vouches for the server, where the machine's own authorities do not."""
    certificate_file: str | None = None
    """Certificate and key of this client, in one file."""
    time_max: Duration = 5.0

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.user is None) != (self.password_from is None):
            raise ValueError("'user' and 'password_from' belong together")
        if self.token_from is not None and self.user is not None:
            raise ValueError("'token_from' and 'user' are two ways in: keep one")
        ways = {"token_from": self.token_from, "user": self.user}
        way = next((key for key, value in ways.items() if value is not None), None)
        if way is not None and "authorization" in map(str.lower, self.headers_from):
            raise ValueError(f"{way!r} and 'headers_from' both send authorization: keep one")
        return self

    @model_validator(mode="after")
    def _names_its_secrets(self, info: ValidationInfo) -> Self:
        """Only where a plan is written: one that is in a journal was let through once, and is read for ever."""
        if info.mode != "json":
            sent.in_headers(self.headers)
        return self

    @property
    def variables(self) -> frozenset[str]:
        """The environment variables that hold secrets."""
        return frozenset(filter(None, (self.token_from, self.password_from, *self.headers_from.values())))

    @property
    def remembers(self) -> bool:
        """It can be asked about the past."""
        return True

    @property
    def delay(self) -> float:
        """Seconds after which numbers are whole."""
        return 0.0

    def matchers(self, environment: str) -> str:
        """What every series of an environment has."""
        return self.where_in.get(environment, self.where).replace(ENVIRONMENT, environment)


class DatadogSource(Strict):
    """Datadog's API for time series, and which tags are whose."""

    use: Literal["datadog"]
    url: Address = "https://api.datadoghq.com"
    """That of your site: https://api.datadoghq.eu, https://api.us3.datadoghq.com, …"""
    where: Tags = f"env:{ENVIRONMENT}"
    """Tags that every series of an environment has, beside those of the metric."""
    where_in: dict[str, Tags] = Field(default_factory=dict)
    """The same for one environment, instead of `where`."""
    version_tag: TagKey = "version"
    """The tag that says which version a series is about: its name, or its commit (7 digits are enough)."""
    process_tag: TagKey | None = None
    """The tag that tells the processes of a version apart. Without one, a version is one."""
    api_key_from: Variable = "DD_API_KEY"
    application_key_from: Variable = "DD_APP_KEY"
    delay: Duration = 30.0
    """How long it takes until what has happened is counted there; what comes later is not seen."""
    time_max: Duration = 5.0

    @model_validator(mode="after")
    def _asks_the_api(self) -> Self:
        if re.match(r"https://(?!api\.)([\w-]+\.)*(datadoghq\.(com|eu)|ddog-gov\.com)(/|$)", self.url):
            raise ValueError("'url' is Datadog's page for people; the address of its API begins with https://api.")
        return self

    @property
    def version_label(self) -> str:
        """The tag that says which version it is."""
        return self.version_tag

    @property
    def variables(self) -> frozenset[str]:
        """The environment variables that hold secrets."""
        return frozenset((self.api_key_from, self.application_key_from))

    @property
    def remembers(self) -> bool:
        """It can be asked about the past."""
        return True

    def tags(self, environment: str) -> str:
        """What every series of an environment has."""
        return self.where_in.get(environment, self.where).replace(ENVIRONMENT, environment)


class HttpSource(Strict):
    """An address that answers in JSON, and the ways through its answer."""

    use: Literal["http"]
    url: Endpoint
    """Asked for each environment. Where {from} and {to} stand in it or in the body, it counts what was between them;
    without, all since the process began."""
    method: Literal["GET", "POST"] = "GET"
    body: Annotated[str, BeforeValidator(_filled_later)] | None = None
    """What is posted. Placeholders are filled in as they are in `url`."""
    versions: Endpoint | None = None
    """An address that lists the versions of an environment. `url` is then asked for each, with {version} filled in."""
    versions_at: JsonPath = "$[*]"
    """Where in that list they are."""
    each: JsonPath = "$"
    """Where in the answer the parts are, one for each version or process."""
    version: JsonPath | None = None
    """Where in a part its version is: the commit (7 digits are enough) or the tag. Unsaid: the one asked for."""
    process: JsonPath | None = None
    """Where in a part the name of the process is, if it is one's and not a whole version's."""
    started: JsonPath | None = None
    """Where in a part it says since when the process runs, in seconds since 1970."""
    headers: dict[Header, str] = Field(default_factory=dict)
    """Such as Accept. They are in the journal: nothing secret."""
    headers_from: dict[Header, Variable] = Field(default_factory=dict)
    """By header, the environment variable that holds what is sent in it."""
    ca_file: str | None = None
    """Who vouches for the server, where the machine's own authorities do not."""
    delay: Duration = 5.0
    """How long it takes until what has happened is counted there. Of what was between {from} and {to} only."""
    time_max: Duration = 5.0

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        sent.in_headers(self.headers)
        if self.body is not None and self.method == "GET":
            raise ValueError("'body' is for method: POST")
        spans = [name for name in SPANS if name in self.url + (self.body or "")]
        if len({name[1:3] for name in spans}) == 1:
            raise ValueError(f"{spans[0]} stands alone: a time has its beginning and its end, {{from}} and {{to}}")
        if self.counts_spans and self.started is not None:
            raise ValueError("'started' is for what counts since then; an address with {from} counts between two looks")
        return self

    @model_validator(mode="after")
    def _versions_are_known(self) -> Self:
        asked = VERSION in self.url + (self.body or "")
        if VERSION in re.split(r"[/?]", self.url.partition("://")[2])[0]:
            raise ValueError("'url' has {version} in its host, which whoever makes the list could choose")
        if asked and self.versions is None:
            raise ValueError(
                "{version} is filled in from a list: let 'versions' be its address, or ask for all at once"
                " and let 'each' and 'version' find them in the answer"
            )
        if self.versions is not None and not asked:
            raise ValueError("'versions' lists what {version} is filled in with, and neither 'url' nor 'body' has that")
        if self.versions is not None and any(name in self.versions for name in (VERSION, *SPANS)):
            raise ValueError("'versions' is asked for an environment; of these only {environment} is filled in there")
        if not asked and self.version is None:
            raise ValueError("'version' is missing: the path, in a part of the answer, to whose it is: $.commit")
        return self

    @property
    def counts_spans(self) -> bool:
        """Whether an answer is about the time between two looks."""
        return any(name in self.url + (self.body or "") for name in SPANS)

    @property
    def version_label(self) -> str:
        """Where the version is."""
        return self.version or self.versions_at

    @property
    def variables(self) -> frozenset[str]:
        """The environment variables that hold secrets."""
        return frozenset(self.headers_from.values())

    @property
    def remembers(self) -> bool:
        """Looks that were missed are not asked for: each would be a request."""
        return False


MetricsFrom = Annotated[ScrapeSource | PrometheusSource | DatadogSource | HttpSource, Field(discriminator="use")]
