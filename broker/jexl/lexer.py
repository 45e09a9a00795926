"""The words of an expression."""

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final, NamedTuple

from broker.jexl.errors import ExpressionError

# Each alternative is entered on its first character and never gives back what it took, so that the
# time is linear in the text. In a string a backslash escapes the quote that encloses it; before
# anything else it is itself, so that `'\d+'` is the regular expression that it looks like.
_WORD: Final = re.compile(  # noqa: TID251 — ours, linear
    r"""(?P<space>\s++)
    |(?P<number>[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*+)
    |'(?P<single>(?:[^'\\]|\\'|\\(?!'))*+)'
    |"(?P<double>(?:[^"\\]|\\"|\\(?!"))*+)"
    |(?P<sign>&&|\|\||==|!=|>=|<=|//|[-+*/%^<>|?:.,()\[\]{}])""",
    re.VERBOSE,
)


class Kind(Enum):
    """What a token is."""

    NUMBER = auto()
    NAME = auto()
    TEXT = auto()
    SIGN = auto()
    END = auto()


class Token(NamedTuple):
    """A word: its kind, and its text (of a string without quotes and escapes)."""

    kind: Kind
    text: str


END: Final = Token(Kind.END, "")


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text in order, with `END` behind them.

    Raises:
        ExpressionError: a character begins no token.
    """
    at = 0
    while at < len(text):
        found = _WORD.match(text, at)
        if found is None:
            raise ExpressionError(f"Character {at} begins no word of an expression")
        at = found.end()
        match found.lastgroup:
            case "number":
                yield Token(Kind.NUMBER, found["number"])
            case "name":
                yield Token(Kind.NAME, found["name"])
            case "single":
                yield Token(Kind.TEXT, found["single"].replace("\\'", "'"))
            case "double":
                yield Token(Kind.TEXT, found["double"].replace('\\"', '"'))
            case "sign":
                yield Token(Kind.SIGN, found["sign"])
            case _:
                pass  # space
    yield END
