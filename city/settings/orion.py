"""Orion's command line: single-dash options become ours, so that existing compose files work."""

from collections.abc import Sequence

from city.settings.load import ConfigurationError
from city.settings.table import TABLE, Setting

_RENAMED: dict[str, list[Setting]] = {}
for _row in TABLE:
    if _row.about.orion:
        _RENAMED.setdefault(_row.about.orion, []).append(_row)
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
            ours += _renamed(word, rest)
        elif word in _WITHOUT_EFFECT_SWITCH:
            ignored.append(word)
        elif word in _WITHOUT_EFFECT_VALUE:
            _value_of(word, rest)
            ignored.append(word)
        else:
            ours.append(word)
    return ours, ignored


def _renamed(option: str, rest: list[str]) -> list[str]:
    """Our options for one of Orion's, which may mean several of ours."""
    rows = _RENAMED[option]
    if rows[0].type is bool:
        return [row.flag for row in rows]
    value = _value_of(option, rest)
    try:
        return [word for row in rows for word in (row.flag, row.about.orion_value(value))]
    except ValueError as error:
        raise ConfigurationError(f"{option} is {error}") from None


def _value_of(option: str, rest: list[str]) -> str:
    if not rest:
        raise ConfigurationError(f"{option} needs a value")
    return rest.pop(0)
