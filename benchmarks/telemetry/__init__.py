"""The judge's benchmark: simulated telemetry of releases, healthy and not, and rival ways to judge them.

    metrics     the 22 metrics of the simulated service, with base rates
    noise       a `World`: load, pods and noise, and the random processes it is made of
    releases    one release as a stream of looks, from a world, a regression and a seed; the history before it
    nab         healthy cohorts out of real series
    rivals      what others do; `detectors` is the table of all that compete
    scenarios   what is asked, and what must be reached
    bounds      how fast anybody could be
    table       it measures, and prints

    python -m benchmarks.telemetry [--releases N] [--jobs J] [--seed S]
                                   [--detector NAME] [--scenario NAME] [--nab FOLDER]

The one thing to remember: every figure is conditional on this noise; so there is a second, hostile family of it that
nobody tunes on, and real series beside both.
"""
