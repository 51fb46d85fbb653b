"""A world to try the bot in: a stand-in Slack workspace, a shop under real traffic, people and stories."""
