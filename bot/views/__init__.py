"""What people see in Slack: pure functions from a release, and what happened to it, to messages and modals."""
