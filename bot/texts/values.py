"""What a plain template is given beside the release and its changes, by kind of text.

The one thing to remember: a template only says it; whatever has to be worked out is worked out here, before it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bot.texts import Material
from bot.texts.answers import answer
from bot.texts.daily import daily
from bot.texts.diagnosis import diagnose
from bot.texts.incident import incident
from bot.texts.plain import called_flat
from bot.texts.steps import go_no_go, narration

VALUES: dict[str, Callable[[Material], Mapping[str, Any]]] = {
    "diagnosis": lambda material: {"diagnosis": diagnose(material), "called": called_flat(material.release)},
    "incident": lambda material: {"incident": incident(material), "called": called_flat(material.release)},
    "narration": lambda material: {"narration": narration(material)},
    "go-no-go": lambda material: {"go_no_go": go_no_go(material)},
    "daily": lambda material: {"daily": daily(material)},
    "answer": lambda material: {"answered": answer(material.about, material)},
}


def values_of(kind: str, material: Material) -> Mapping[str, Any]:
    """Nothing, for a kind whose template needs no more than the release and its changes."""
    given = VALUES.get(kind)
    return given(material) if given else {}
