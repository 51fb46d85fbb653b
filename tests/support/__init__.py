"""What several test folders share: a plan, people, and a small language for scenarios."""
