"""A model's sentence as it may be shown: one line that calls nobody, leads nowhere and loads nothing. Pure.

What only looks odd is put right (line breaks, marks that begin a heading or a list). What could ping, link or embed is
no slip of the pen, and the whole sentence goes. The one thing to remember: this comes before grounding, so that what is
checked against the evidence is what people see; the views escape it once more for where it is shown.
"""

import re
import unicodedata

from bot.adapters.writer.model.shapes import Sentence
from bot.core.foreign import flat

SENTENCE_MAX = 600
"""Characters. What is longer is no sentence."""

_BEGINS_A_BLOCK = re.compile(r"^(?:(?:#{1,6}|[-*•+>|]|\d+[.)])\s+)+")

_CALLS = r"<\s*[@!#]|@(?:here|channel|everyone|group)\b"
_LEADS = r"\w+://|//\w|\bwww\.|\b(?:mailto|tel|data|javascript):\S|\]\s*[(\[]|\w\.[a-z]{2,}/\S*\?|\S@[\w.-]+\.[a-z]{2,}"
_LOADS = r"!\s*\[|<[/?]?[a-z]|&(?:lt|gt|amp|#\w+);|```"
_HARMFUL = re.compile(f"{_CALLS}|{_LEADS}|{_LOADS}", re.IGNORECASE)


def harmless(sentence: Sentence) -> Sentence | None:
    """On one line, or None."""
    text = _BEGINS_A_BLOCK.sub("", flat(sentence.text, SENTENCE_MAX))
    # Letters that only look like others count as those: a wide @ is an @.
    if not text or len(sentence.text) > SENTENCE_MAX or _HARMFUL.search(unicodedata.normalize("NFKC", text)):
        return None
    return sentence.model_copy(update={"text": text})
