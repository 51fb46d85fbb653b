"""A seeded world in virtual time around the real core, engine and store, and an oracle that shares no code with them.

`python -m tests.simulation --seeds 1000` plays a thousand worlds; a failing one is printed with its seed and its last
steps, and `--first SEED --seeds 1` plays exactly that one again. Read `run` first.
"""
