"""Whether something still has to wait. The one thing to remember: the clock of a machine may be put back."""


def rests(until: float, now: float, seconds_max: float) -> bool:
    """Whether it is to wait until then, where nothing ever waits longer than `seconds_max`.

    What would have to wait longer was told so before the clock was put back: it has waited enough.
    """
    return 0 < until - now <= seconds_max
