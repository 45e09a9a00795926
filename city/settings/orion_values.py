"""Values that Orion's options spell otherwise than ours."""


def level_of(text: str) -> str:
    """`WARN` is `warning`; the other levels differ by their case alone."""
    level = text.lower()
    return "warning" if level == "warn" else level


def seconds_of(text: str) -> str:
    """Seconds of a number of milliseconds.

    Raises:
        ValueError: it is none.
    """
    if not (text.isascii() and text.isdecimal()):
        raise ValueError("a number of milliseconds")
    return str(int(text) / 1_000)
