"""What many releases of a service are to add up to: the targets of its plan, each for a measure of `core.scores`.

The one thing to remember: they are looked at afterwards, over releases. No release is held, promoted or taken back for
one.
"""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from bot.core.quantities import Duration, Percent
from bot.core.strict import Strict

Number = Annotated[float, Field(gt=0, description="a number such as 5")]


Rate = Annotated[float, Field(ge=0, description="a number of incidents a release, such as 0.2")]


class IncidentRate(Strict):
    """A number, short for `at_most`; or the word `before`: the same or fewer than in as many days before."""

    at_most: Rate | None = None
    before: Rate | None = None
    """What it was before Songbird: compared with, until as many days before have enough releases of their own."""

    @model_validator(mode="before")
    @classmethod
    def _write_short_form_out(cls, written: Any) -> Any:  # noqa: ANN401 - what a person wrote
        if written == BEFORE:
            return {}
        if isinstance(written, int | float) and not isinstance(written, bool):
            return {"at_most": written}
        if isinstance(written, dict):
            return written
        raise ValueError(f"{written!r} is no rate: write a number of incidents a release, such as 0.2, or {BEFORE}")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.at_most is not None and self.before is not None:
            raise ValueError("with at_most nothing is compared with before: leave one of them out")
        return self


BEFORE = "before"


class Targets(Strict):
    """Times and shares, each at most; `without_intervention` and `deploys_per_week` at least. Unsaid: no target."""

    staging_cycle_time: Duration | None = None
    """From the first deploy to the moment at which the last stage may begin: the median."""
    without_intervention: Percent | None = None
    """Releases that came to all traffic while nobody promoted, held, overrode, accepted or decided anything."""
    staging_misses: Percent | None = None
    """Deploys to users that went back for a metric which an earlier stage had flagged already."""
    review_time: Duration | None = None
    """From the question to the yes that was still lacking: the median."""
    place_wait: Duration | None = None
    """Waiting until another release has left an environment: the mean."""
    deploy_lead_time: Duration | None = None
    """From the moment at which the last stage may begin to all traffic: the median."""
    rollback_rate: Percent | None = None
    """Deploys to users that went back by themselves."""
    rollback_time: Duration | None = None
    """From the decision to the traffic read back: the longest."""
    deploys_per_week: Number | None = None
    """Releases that came to all traffic, in seven days."""
    time_to_diagnosis: Duration | None = None
    """From the decision to go back to its diagnosis: the median."""
    time_to_recovery: Duration | None = None
    """From the first sign of trouble to the traffic read back: the mean."""
    detection_time: Duration | None = None
    """From the first sign of trouble to the decision to go back: the median."""
    incident_rate: IncidentRate | None = None
    """Incidents that releases caused, for each that reached users: a number, or the same or fewer than before."""
