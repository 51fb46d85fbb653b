"""What broke, since when, and which changes to look at first: worked out from the journal and the samples, by rules.

    diagnosis = diagnose(material)      None: nothing broke
    for line in diagnosis.lines: ...

`broken` reads the verdict, `control` asks whether the old version moved as well, `suspects` ranks the changes by plain
evidence, `report` says it. The one thing to remember: it is a reading of what was stored, and says what it does not
know; a rank is where to look first, not a culprit.
"""

from bot.texts import Material
from bot.texts.diagnosis.broken import Broken, beyond_in, broken_in, fine_throughout
from bot.texts.diagnosis.control import Moved, Sureness, control_moved
from bot.texts.diagnosis.report import Diagnosis
from bot.texts.diagnosis.suspects import Suspect, rank, symptoms_of
from bot.texts.diagnosis.trouble import Trouble, trouble_of
from bot.texts.past import Past, exposure_at

__all__ = ["Broken", "Diagnosis", "Moved", "Sureness", "Suspect", "Trouble", "diagnose"]


def diagnose(material: Material) -> Diagnosis | None:
    """What is wrong with the release, or was when it went back. None when nothing broke: no metric, deploy or sight.

    A rejection and a cancellation are decisions, and nothing is diagnosed about them.
    """
    past = Past.of(material)
    trouble = trouble_of(material, past)
    if trouble is None:
        return None
    release = material.release
    broken = broken_in(trouble.verdict, release.plan) if trouble.is_measured else ()
    beyond = beyond_in(trouble.verdict, release) if broken else ()
    full = tuple(one for one in beyond if one.kind == "resource")  # a cause; slow and failing flows come of one
    since = min((one.since for one in broken if one.since is not None), default=trouble.since)
    return Diagnosis(
        release=release,
        past=past,
        trouble=trouble,
        broken=broken,
        beyond=beyond,
        fine=fine_throughout(trouble.verdict, release.plan, past) if broken else (),
        since=since,
        began_at=exposure_at(past, since) if since is not None and release.stage.is_canary else None,
        control=control_moved(material, broken, past),
        suspects=rank(release.changes, symptoms_of(release, (*broken, *full), trouble.cause, trouble.reason)),
    )
