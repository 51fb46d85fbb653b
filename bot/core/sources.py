"""Where a plan's metrics come from: pages that are scraped, or a server that speaks Prometheus' HTTP API.

They stand apart from the plan because each has its own ways to say whose a series is. The one thing to remember: a
plan is kept in the journal, so a secret is never in it; `token_from` and `password_from` name the environment variables
that hold them.
"""

import re
from typing import Annotated, Literal, Self

import promql_parser
from pydantic import BeforeValidator, Field, model_validator

from bot.core.quantities import Duration
from bot.core.strict import Strict
from bot.core.tour import Address

ENVIRONMENT = "{environment}"
"""Filled in with the name of the environment that is read."""
WHERE = "{where}"
"""Filled in, in a query, with the matchers of that environment."""


_NO_VALUES = (promql_parser.NumberLiteral, promql_parser.StringLiteral, promql_parser.MatrixSelector)


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


def _variable(written: object) -> object:
    """A name, not what it stands for. What was written is not repeated: it may be the secret itself."""
    if not isinstance(written, str) or not re.fullmatch(r"[A-Z][A-Z0-9_]*", written):
        raise ValueError("write the name of an environment variable, such as PROMETHEUS_TOKEN; a plan holds no secret")
    return written


def _query(written: object) -> object:
    """Any expression, once its placeholders are filled in."""
    if not isinstance(written, str):
        raise ValueError(f"{written!r} is no query: write one in PromQL")  # noqa: TRY004 - pydantic wants a ValueError
    try:
        parsed = promql_parser.parse(filled(written, 'job="x"', "x"))
    except ValueError as error:
        raise ValueError(f"{written!r} is no query: {error}") from None
    if isinstance(parsed, _NO_VALUES):
        words = "has no value for each version: keep its label, with sum by (commit) (…)"
        raise ValueError(f"{written!r} {words}")  # noqa: TRY004 - the same
    return written


def filled(query: str, matchers: str, environment: str) -> str:
    """A query with its placeholders filled in, which stand inside braces and quotes: `up{{where}}`."""
    return query.replace(WHERE, matchers).replace(ENVIRONMENT, environment)


Query = Annotated[
    str, BeforeValidator(_query), Field(description="a query, such as avg by (commit) (temperature{{where}})")
]
Matchers = Annotated[str, BeforeValidator(_matchers), Field(description='matchers, such as job="shop"')]
Variable = Annotated[
    str, BeforeValidator(_variable), Field(description="the name of an environment variable, such as PROMETHEUS_TOKEN")
]
Label = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]


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
        if barred := {"authorization", "cookie"} & {name.lower() for name in self.headers}:
            raise ValueError(
                f"'headers' holds {min(barred)}, which is a secret: use token_from, or user and password_from"
            )
        return self

    @property
    def variables(self) -> frozenset[str]:
        """The environment variables that hold secrets."""
        return frozenset(name for name in (self.token_from, self.password_from) if name is not None)

    def matchers(self, environment: str) -> str:
        """What every series of an environment has."""
        return self.where_in.get(environment, self.where).replace(ENVIRONMENT, environment)


MetricsFrom = Annotated[ScrapeSource | PrometheusSource, Field(discriminator="use")]
