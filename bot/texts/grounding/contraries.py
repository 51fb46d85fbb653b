"""Words of changes that say the contrary of one another. A table to be read and added to.

The one thing to remember: a pair is of plain words, because a change's own words are looked up here.
"""

_OPPOSITES = """
add/remove added/removed adds/removes enable/disable enabled/disabled enables/disables allow/forbid allows/forbids
allowed/forbidden faster/slower fix/break fixes/breaks fixed/broke more/fewer more/less increase/decrease
increases/decreases increased/decreased raise/lower raises/lowers raised/lowered upgrade/downgrade upgrades/downgrades
upgraded/downgraded first/last open/close open/closed opens/closes opened/closed start/stop starts/stops started/stopped
show/hide shows/hides shown/hidden accept/reject accepts/rejects accepted/rejected before/after new/old longer/shorter
required/optional smaller/larger always/never create/delete creates/deletes created/deleted keep/drop keeps/drops
kept/dropped keep/lose keeps/loses kept/lost with/without up/down ascending/descending gain/lose
before/since taken/free full/empty present/missing
"""


def _pairs(written: str) -> dict[str, frozenset[str]]:
    both: dict[str, set[str]] = {}
    for pair in written.split():
        one, other = pair.split("/")
        both.setdefault(one, set()).add(other)
        both.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in both.items()}


OPPOSITES = _pairs(_OPPOSITES)
"""Words that say the contrary of one another: a sentence that has one where its evidence has the other is wrong."""
