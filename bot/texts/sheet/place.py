"""Where a release is at one entry, as its facts say it: `in production at 25 %`, `on staging`."""

from dataclasses import dataclass

from bot.core.quantities import percent_in_words
from bot.texts.sheet.fact import Amount, Role, Term, TermKind


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry is: `production` at 25 %, entered and exposed at those times."""

    stage: str = ""
    environment: str | None = None
    exposure: float | None = None
    entered_at: float = 0.0
    is_canary: bool = False
    baseline: str | None = None
    """The environment that it is compared with there."""

    @property
    def area(self) -> str:
        """`in production`, `on staging`."""
        name = self.environment or self.stage
        return f"{'in' if self.is_canary or not self.environment else 'on'} {name}" if name else "before any stage"

    @property
    def words(self) -> str:
        """`in production at 25 %`, `on staging`."""
        share = f" at {percent_in_words(self.exposure)}" if self.is_canary and self.exposure is not None else ""
        return f"{self.area}{share}"

    @property
    def terms(self) -> tuple[Term, ...]:
        return (Term(TermKind.ENVIRONMENT, self.environment),) if self.environment else ()

    @property
    def amounts(self) -> tuple[Amount, ...]:
        return (Amount(self.exposure, "percent", Role.EXPOSURE),) if self.exposure is not None else ()
