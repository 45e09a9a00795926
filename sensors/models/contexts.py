"""The JSON-LD contexts of our types: package data that never changes once it is published."""

from importlib import resources

_NAMES = (
    "odori-v1",
    "sdm/device-v1",
    "sdm/environment-v1",
    "sdm/transportation-v1",
    "sdm/weather-v1",
)


def names() -> tuple[str, ...]:
    """Paths below `/ns/`, without `.jsonld`."""
    return _NAMES


def context(name: str) -> bytes:
    """The file of that name, as it is served at `/ns/<name>.jsonld`.

    Raises:
        KeyError: there is no such context.
    """
    if name not in _NAMES:
        raise KeyError(name)
    return resources.files("sensors").joinpath("contexts", f"{name}.jsonld").read_bytes()
