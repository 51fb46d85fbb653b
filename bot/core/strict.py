"""What every part of a plan is: a frozen value that refuses keys it does not know.

It stands apart so that the parts of a plan may have files of their own. The one thing to remember: a key that is
ignored is a key that somebody believed in.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """A part of a plan: frozen, and a key that it does not know is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
