"""Scope queries of NGSI-LD (ETSI GS CIM 009 §4.19).

A scope is a path of levels, with or without a leading `/`. In a pattern `+` stands for any one
level, and a final `#` for the level before it and everything below.
"""

from collections.abc import Callable

from broker.ql.errors import QuerySyntaxError


def scope_test(pattern: str) -> Callable[[str], bool]:
    """Whether a scope answers to one pattern such as `/Madrid/+/Centro` or `/Madrid/#`.

    Raises:
        QuerySyntaxError: a level is empty, or `#` is not the last.
    """
    wanted = _levels(pattern)
    below = wanted[-1] == "#"
    if below:
        wanted = wanted[:-1]
    if not all(wanted) or "#" in wanted:
        raise QuerySyntaxError("A scope pattern is malformed")

    def test(scope: str) -> bool:
        levels = _levels(scope)
        if len(levels) < len(wanted) or (len(levels) > len(wanted) and not below):
            return False
        return all(want in ("+", level) for want, level in zip(wanted, levels, strict=False))

    return test


def _levels(text: str) -> list[str]:
    return text.removeprefix("/").split("/")
