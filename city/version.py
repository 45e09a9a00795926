"""What `GET /version` says: ours, and the block that clients of Orion look for."""

import platform
from importlib.metadata import PackageNotFoundError, version

from kernel.clock import Clock
from kernel.times import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Instant, to_datetime

ORION_VERSION = "4.7.0"
"""The release of Orion that the compatibility suite follows."""


def odori_version() -> str:
    """The installed version, `0.0.0` where the package is not installed."""
    try:
        return version("odori")
    except PackageNotFoundError:
        return "0.0.0"


def describe_version(
    clock: Clock, started_at: Instant, *, libraries: bool = False
) -> dict[str, object]:
    """`{"odori": …, "orion": …}`; `orion.version` is the plain `x.y.z` that clients read.

    With `libraries` it tells what it is made of, which Orion does for whoever asks.
    """
    ours = odori_version()
    made_of = {"libversions": {"odori": ours}} if libraries else {}
    return {
        "odori": {
            "version": ours,
            "python": platform.python_version(),
            "uptime_s": (clock.now() - started_at) // SECOND_US,
        },
        "orion": {
            "version": ORION_VERSION,
            "uptime": _uptime(clock.now() - started_at),
            "git_hash": "odori",
            "compile_time": "nodate",
            "compiled_by": "odori",
            "compiled_in": "odori",
            "release_date": f"{to_datetime(started_at):%a %b %d %H:%M:%S UTC %Y}",
            "machine": platform.machine(),
            "doc": "https://fiware-orion.rtfd.io/",
            **made_of,
        },
    }


def _uptime(elapsed_us: int) -> str:
    """`0 d, 0 h, 0 m, 1 s`: Orion's way."""
    days, rest = divmod(elapsed_us, DAY_US)
    hours, rest = divmod(rest, HOUR_US)
    minutes, rest = divmod(rest, MINUTE_US)
    return f"{days} d, {hours} h, {minutes} m, {rest // SECOND_US} s"
