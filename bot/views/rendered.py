"""What a view makes: a message as Slack takes it, text and blocks, compared by digest.

The one thing to remember: `text` is what notifications and screen readers get, and it is never empty.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

Block = dict[str, Any]
"""A Block Kit block, as JSON."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message. `text` at most 4,000 characters, at most 50 blocks."""

    text: str
    blocks: tuple[Block, ...] = ()

    @property
    def digest(self) -> str:
        """Equal digests look equal: a look that changes nothing edits nothing."""
        whole = json.dumps([self.text, self.blocks], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(whole.encode()).hexdigest()[:16]
