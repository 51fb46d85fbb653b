"""/release plan: what a changed plan file would mean for a release that moves.

The one thing a reader could forget: the file is read when somebody asks, in the folder that /stage reads; what cannot
be read is said, and changes nothing.
"""

from bot.core.model import Release
from bot.texts.plans import Outlook
from bot.views.plans import plan_shown
from bot.views.rendered import Rendered
from handlers.desk import Desk
from handlers.staging import plan_of


async def answer(desk: Desk, release: Release) -> Rendered:
    """Raises Refused where the service has no plan file."""
    return plan_shown(await outlook(desk, release))


async def outlook(desk: Desk, release: Release) -> Outlook:
    """The release beside the plan that its file says now."""
    plan = plan_of(desk, release.service)
    if why := desk.plan_trouble(release.service):
        return Outlook(release, release.plan, desk.clock(), trouble=why)
    return await desk.outlooks.of(release, plan)
