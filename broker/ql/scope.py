"""Scope queries of NGSI-LD (ETSI GS CIM 009 §4.19).

A scope is a path of levels, with or without a leading `/`. In a pattern `+` stands for any one
level, and a final `#` for the level before it and everything below.
"""

from collections.abc import Callable

from broker.ql.ast import Node, ScopeMatches
from broker.ql.boolean import Scanner, parse_boolean
from broker.ql.errors import QuerySyntaxError


def parse_scope_q(text: str) -> Node:
    """The condition that `scopeQ` writes: patterns with `;` (and), `,` or `|` (or), and `()`.

    Raises:
        QuerySyntaxError: with the column.
    """
    return parse_boolean(text, _leaf, or_marks="|,")


def _leaf(scanner: Scanner) -> Node:
    start = scanner.at
    pattern = scanner.take_until("();,|")
    try:
        scope_test(pattern)
    except QuerySyntaxError as error:
        raise scanner.fault(error.message, at=start) from None
    return ScopeMatches(pattern)


def scope_test(pattern: str) -> Callable[[str], bool]:
    """Whether a scope answers to one pattern such as `/Madrid/+/Centro` or `/Madrid/#`.

    Raises:
        QuerySyntaxError: a level is empty, or `#` is not the last.
    """
    wanted = levels_of(pattern)
    below = wanted[-1] == "#"
    if below:
        wanted = wanted[:-1]
    if not all(wanted) or "#" in wanted:
        raise QuerySyntaxError("A scope pattern is malformed")

    def test(scope: str) -> bool:
        levels = levels_of(scope)
        if len(levels) < len(wanted) or (len(levels) > len(wanted) and not below):
            return False
        return all(want in ("+", level) for want, level in zip(wanted, levels, strict=False))

    return test


def levels_of(scope: str) -> list[str]:
    """The levels of a scope or a pattern; `/A/B` and `A/B` are the same."""
    return scope.removeprefix("/").split("/")
