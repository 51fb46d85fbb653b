"""What many releases of a service are to add up to: the targets of its plan, each for a measure of `core.scores`.

The one thing to remember: they are looked at afterwards, over releases. No release is held, promoted or taken back for
one.
"""

from typing import Annotated

from pydantic import Field

from bot.core.quantities import Duration, Percent
from bot.core.strict import Strict

Number = Annotated[float, Field(gt=0, description="a number such as 5")]


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
