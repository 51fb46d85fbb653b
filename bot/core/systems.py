"""The systems around a service that a plan names: who deploys, where changes are read, where incidents go.

The one thing to remember: a plan is kept in the journal, so no secret belongs in any of these.
"""

from typing import Annotated, Literal

from pydantic import Field

from bot.core.quantities import Duration
from bot.core.strict import Strict


class CommandDeployer(Strict):
    """Programs that deploy, expose, observe and undo. Argument lists, never a shell line.

    Placeholders: {service} {environment} {version} {commit} {percent} {generation}. `observe` prints JSON:
    {"exposures": {COMMIT: PERCENT}}; of the others only the exit code counts.
    """

    use: Literal["command"]
    deploy: Annotated[tuple[str, ...], Field(min_length=1)]
    expose: Annotated[tuple[str, ...], Field(min_length=1)]
    observe: Annotated[tuple[str, ...], Field(min_length=1)]
    undo: Annotated[tuple[str, ...], Field(min_length=1)]
    deploy_time_max: Duration = 900.0
    expose_time_max: Duration = 20.0


class SplitterDeployer(Strict):
    """The demo's supervisor and its weighted splitter, over HTTP."""

    use: Literal["splitter"]
    url: str
    deploy_time_max: Duration = 60.0
    expose_time_max: Duration = 5.0


class GitChanges(Strict):
    """A repository on this machine, read with git itself."""

    use: Literal["git"]
    repository: str


class FileIncidents(Strict):
    """One JSON file an incident, in a folder."""

    use: Literal["file"]
    folder: str


Deployer = Annotated[CommandDeployer | SplitterDeployer, Field(discriminator="use")]
