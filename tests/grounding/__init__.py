"""How well grounding tells what the evidence says from what it does not: faithful sentences, and false ones of them.

`worlds` has the sheets, `patterns` and `answers` the faithful sentences, `mutations` makes them false, `measure`
counts; `python -m tests.grounding --answers 1500` prints the tables. The one thing to remember: nothing here knows how
the checker works, and nobody who changes it should look; a measure that has seen the answers measures nothing.
"""
