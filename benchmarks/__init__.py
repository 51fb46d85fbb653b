"""What Songbird costs and how fast it is, measured beside something simpler in the same run.

`python -m benchmarks [NAME…]`, or `make bench`. A benchmark is a file with an async `run(wishes)` that yields figures;
`__main__` prints them as a table, or as JSON lines with `--json`. The one thing to remember: a machine's speed is in
every number, and cancels out only in a ratio of two that were taken side by side.
"""
