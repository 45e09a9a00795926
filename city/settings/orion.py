"""Orion's command line: single-dash options become ours, so that existing compose files work."""

from collections.abc import Sequence

from city.settings.load import ConfigurationError
from city.settings.table import TABLE

_RENAMED = {row.about.orion: row for row in TABLE if row.about.orion}
_WITHOUT_EFFECT_SWITCH = frozenset(
    {"-fg", "-disableFileLog", "-logAppend", "-noCache", "-logForHumans", "-disableMetrics"}
)
_WITHOUT_EFFECT_VALUE = frozenset(
    {
        "-logDir",
        "-pidpath",
        "-notificationMode",
        "-subCacheIval",
        "-reqMutexPolicy",
        "-writeConcern",
        "-reqPoolSize",
        "-maxConnections",
        "-connectionMemory",
        "-dbPoolSize",
        "-logLevel",
        "-reqTimeout",
        "-t",
    }
)


def translate(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Our arguments for Orion's, and the names of those that have no effect here.

    Whatever is not one of Orion's options passes through unchanged.

    Raises:
        ConfigurationError: an option of Orion's lacks its value.
    """
    ours: list[str] = []
    ignored: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word in _RENAMED:
            row = _RENAMED[word]
            ours.append(row.flag)
            if row.type is not bool:
                ours.append(_value_of(word, rest))
        elif word in _WITHOUT_EFFECT_SWITCH:
            ignored.append(word)
        elif word in _WITHOUT_EFFECT_VALUE:
            _value_of(word, rest)
            ignored.append(word)
        elif word == "-httpTimeout":
            # Orion counts in milliseconds.
            seconds = str(_milliseconds(word, rest) / 1000)
            ours += ["--delivery-timeout-s", seconds, "--federation-timeout-s", seconds]
        else:
            ours.append(word)
    return ours, ignored


def _value_of(option: str, rest: list[str]) -> str:
    if not rest:
        raise ConfigurationError(f"{option} needs a value")
    return rest.pop(0)


def _milliseconds(option: str, rest: list[str]) -> int:
    text = _value_of(option, rest)
    if not text.isdecimal():
        raise ConfigurationError(f"{option} is a number of milliseconds")
    return int(text)
