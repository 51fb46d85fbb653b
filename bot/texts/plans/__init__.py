"""Two plans of a service side by side, for whoever decides whether a release that moves takes the newer one. Pure.

`differences` says what is written otherwise, `meaning` what that would do to a release where it is now. The one thing
to remember: nothing that differs is left out; what has no sentence of its own is told by its key.
"""

from bot.texts.plans.differences import Difference, differences, groups
from bot.texts.plans.meaning import Outlook, meaning, noticed, passed

__all__ = ["Difference", "Outlook", "differences", "groups", "meaning", "noticed", "passed"]
