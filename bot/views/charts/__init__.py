"""Pictures of a release before anybody draws them: from its material to a `Scene`, which says all that is shown. Pure.

    which(material)            the metric worth showing now
    canary(material, metric)   canary against control over time
    rollout(material)          how far it got, what the judge said, what people did

`scene` is the vocabulary, `course` reads the journal, `values` the samples, `bands` how sure they are, `scales` makes
ticks. The one thing to remember: a scene carries its own words twice, as alt text and as `numbers`, so that nothing is
known only from the picture; whoever cannot draw or cannot see is told the same.
"""

from bot.views.charts.comparison import canary
from bot.views.charts.overview import rollout
from bot.views.charts.scene import Scene
from bot.views.charts.worth import which

__all__ = ["Scene", "canary", "rollout", "which"]
