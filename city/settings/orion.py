"""Orion's command line: single-dash options become ours, so that existing compose files work."""

from collections.abc import Sequence

from city.settings.load import ConfigurationError
from city.settings.orion_mongodb import SWITCHES, WITH_VALUE, Part, url_of
from city.settings.table import TABLE, Setting

_RENAMED: dict[str, list[Setting]] = {}
for _row in TABLE:
    if _row.about.orion:
        _RENAMED.setdefault(_row.about.orion, []).append(_row)
_WITHOUT_EFFECT_SWITCH = frozenset(
    {
        "-fg",
        "-disableFileLog",
        "-logAppend",
        "-noCache",
        "-logForHumans",
        "-logDeprecate",
        "-relogAlarms",
        "-disableMetrics",
        "-statCounters",
        "-statSemWait",
        "-statTiming",
        "-statNotifQueue",
        "-insecureNotif",
        "-ipv4",
        "-ipv6",
        "-ngsiv1Autocast",
        "-strictNgsiv1Ids",
    }
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
        "-dbTimeout",
        "-reqTimeout",
        "-logSummary",
        "-logLineMaxSize",
        "-logInfoPayloadMaxSize",
        "-notifFlowControl",
        "-outReqMsgMaxSize",
        "-kafkaMaxAge",
        "-t",
    }
)


def translate(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Our arguments for Orion's, and the names of those that have no effect here.

    Whatever has not the form of Orion's options passes through unchanged.

    Raises:
        ConfigurationError: an option of Orion's lacks its value, or is not understood here.
    """
    ours: list[str] = []
    ignored: list[str] = []
    mongodb: dict[Part, str] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word in _RENAMED:
            ours += _renamed(word, rest)
        elif word in WITH_VALUE:
            mongodb[WITH_VALUE[word]] = _value_of(word, rest)
        elif word in SWITCHES:
            mongodb[SWITCHES[word]] = "true"
        elif word in _WITHOUT_EFFECT_SWITCH:
            ignored.append(word)
        elif word in _WITHOUT_EFFECT_VALUE:
            _value_of(word, rest)
            ignored.append(word)
        elif is_orions(word):
            raise ConfigurationError(f"{word} is not understood here")
        else:
            ours.append(word)
    if mongodb and "--mongodb-url" not in ours:
        ours += ["--mongodb-url", url_of(mongodb)]
    return ours, ignored


def is_orions(word: str) -> bool:
    """Whether it looks like one of Orion's options: one dash, and a name behind it."""
    return word.startswith("-") and word[1:2].isalpha() and (len(word) > len("-t") or word == "-t")


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
