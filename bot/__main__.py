"""`python -m bot` is `songbird`."""

from bot.cli import main

main()
