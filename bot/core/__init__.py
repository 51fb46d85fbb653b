"""The release machine, as pure functions: no I/O, no clock, no chance, no logging.

Everything in this room is told what it needs: the time is an argument, what surrounds a release is an argument.
Read in this order: `plan` (what a team asks for), `model` (what a release is), `events` and `commands` (what may
happen, what may be asked), `transitions` (the table and its theory), `decide`, `evolve`, `effects`.
"""
