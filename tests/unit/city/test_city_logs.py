"""The log level may change while loggers are in use."""

import pytest
import structlog

from city.logs import LogLevel

_SEVERITIES = ("debug", "info", "warning", "error", "critical")


def _written(level: LogLevel) -> list[str]:
    """The methods whose messages pass."""
    passed = []
    for method in _SEVERITIES:
        try:
            level.admit(None, method, {"event": "e"})
        except structlog.DropEvent:
            continue
        passed.append(method)
    return passed


@pytest.mark.parametrize(
    ("name", "least"),
    [("debug", 0), ("info", 1), ("warning", 2), ("error", 3), ("fatal", 4), ("none", 5)],
)
def test_a_level_lets_through_what_is_as_severe(name: str, least: int) -> None:
    assert _written(LogLevel(name)) == list(_SEVERITIES[least:])


def test_another_level_holds_from_the_next_message_on() -> None:
    level = LogLevel("error")
    before = _written(level)
    level.name = "info"
    assert (before, _written(level)) == (["error", "critical"], list(_SEVERITIES[1:]))


def test_a_level_that_is_none_changes_nothing() -> None:
    level = LogLevel("error")
    with pytest.raises(KeyError):
        level.name = "loud"
    assert level.name == "error"
