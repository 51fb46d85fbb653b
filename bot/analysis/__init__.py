"""What the numbers say, as pure functions: no I/O, no clock, no chance, no logging.

Read in this order: `shapes` (counts, buckets, values, and a window over them), `series` (what processes showed →
samples, with their gaps), `criteria` (one metric against its limit or its reference), `judge` (the fold that turns
samples into a verdict), `words` (the sentences for people).
"""
