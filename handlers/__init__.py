"""Every door into the bot from Slack: commands, shortcuts, buttons, modals, the Home tab, mentions.

A door parses, asks the service ONE thing, acks within three seconds and answers in words. The one thing a reader could
forget: there is no policy here. Who may do what, and when, is the core's to say; a door repeats its words.
"""

from slack_bolt.app.async_app import AsyncApp

from handlers import actions, bars, commands, home, incidents, modals, plans, shortcuts, staging
from handlers.desk import Desk


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to everything that manifest.yml announces."""
    for door in (commands, staging, incidents, shortcuts, actions, modals, bars, plans, home):
        door.register(app, desk)
