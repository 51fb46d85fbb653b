"""What texts and pictures are made from, out of the store: the journal, the latest look, the samples of the last stage.

The one thing to remember: a day of samples takes a second to read, so whoever may not wait for that reads it aside, in
a thread; everything here only reads.
"""

from bot.analysis.series import from_stored
from bot.core.errors import Permanent
from bot.core.evolve import fold
from bot.engine.rebuilt import boundaries_of
from bot.engine.service import Service
from bot.texts import Material


def material(
    service: Service, release: str, now: float, about: str = "", *, upto: int | None = None, samples: bool = True
) -> Material:
    """All that may be said of the release: as it is, or as it was at its `upto`-th event; with the samples until then.

    Raises Permanent when there is no such release.
    """
    journal = service.journal(release)[:upto]
    if not journal:
        raise Permanent(f"there is no release {release}")
    state = fold(journal)
    look = service.store.look(release)
    present = state.entry.number if state.entry else None
    entries = sorted({boundary.entry for boundary in boundaries_of(journal)}) if samples else []
    rows = (row for entry in entries for row in service.store.samples(release, entry))
    until = now if upto is None else journal[-1].at
    return Material(
        release=state,
        journal=tuple(journal),
        now=until,
        about=about,
        verdict=look.verdict if look is not None and look.entry == present and upto is None else None,
        looks=tuple(look for look in from_stored(rows) if look.at <= until),
    )
