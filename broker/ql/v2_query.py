"""`q` and `mq` of NGSI-v2 ("Simple Query Language").

    query     = statement *(";" statement) [";"]
    statement = path / "!" path / path operator value
    path      = token *("." token)           token = name / "'" any "'"
    operator  = "==" / ":" / "!=" / "<" / "<=" / ">" / ">=" / "~="
    value     = element / element *("," element) / element ".." element / pattern

Quotes take every meaning away from what they enclose, and cannot enclose a quote. White space
around a path or an element does not count.
"""

from enum import Enum, auto
from typing import Final

from broker.ql.ast import (
    Between,
    Compare,
    Exists,
    Facet,
    Field,
    Literal,
    Matches,
    Node,
    Not,
    OneOf,
    Op,
    Path,
    all_of,
)
from broker.ql.boolean import Scanner
from broker.ql.errors import PatternError
from broker.ql.literals import unquoted
from broker.ql.patterns import searcher

_QUOTE: Final = "'"
_OPERATORS: Final = ("==", "!=", "<=", ">=", "~=", "<", ">", ":")
_FACETS: Final = {
    facet.value: facet
    for facet in (Facet.CREATED_AT, Facet.MODIFIED_AT, Facet.OBSERVED_AT, Facet.UNIT_CODE)
}
_FIELDS: Final = {field.value: field for field in Field}


class _Target(Enum):
    ATTRIBUTES = auto()
    METADATA = auto()


def parse_q(text: str) -> Node:
    """The condition on attribute values that `q` writes.

    Raises:
        QuerySyntaxError: with the column.
    """
    return _parse(text, _Target.ATTRIBUTES)


def parse_mq(text: str) -> Node:
    """The condition on metadata that `mq` writes; its second token names a metadata.

    Raises:
        QuerySyntaxError: with the column.
    """
    return _parse(text, _Target.METADATA)


def _parse(text: str, target: _Target) -> Node:
    scanner = Scanner(text)
    nodes = [_statement(scanner, target)]
    while scanner.take(";") and not scanner.rest_is_empty:
        nodes.append(_statement(scanner, target))
    return all_of(*nodes)


def _statement(scanner: Scanner, target: _Target) -> Node:
    start = scanner.at
    _skip_white_space(scanner)
    absent = scanner.peek() == "!" and not scanner.text.startswith("!=", scanner.at)
    if absent:
        scanner.at += 1
    tokens = _tokens(scanner)
    path = _path(tokens, target, scanner, start)
    if absent or not scanner.peek() or scanner.peek() == ";":
        if scanner.peek() not in ("", ";"):
            raise scanner.fault("A statement that begins with '!' has no operator")
        return Not(Exists(path)) if absent else Exists(path)
    return _comparison(scanner, path)


def _skip_white_space(scanner: Scanner) -> None:
    while scanner.peek().isspace():
        scanner.at += 1


# Paths -------------------------------------------------------------------------------------------


def _tokens(scanner: Scanner) -> list[str]:
    tokens = [_token(scanner)]
    while scanner.take("."):
        tokens.append(_token(scanner))
    return tokens


def _token(scanner: Scanner) -> str:
    _skip_white_space(scanner)
    start = scanner.at
    if scanner.peek() == _QUOTE:
        token = _quoted(scanner)
        _skip_white_space(scanner)
        if scanner.peek() not in ("", ".", ";", "=", "!", "<", ">", "~", ":"):
            raise scanner.fault("Unexpected text after a quoted token")
    else:
        token = scanner.take_until(".;=!<>~:'").rstrip()
    if not token:
        raise scanner.fault("A token of a path is empty", at=start)
    return token


def _quoted(scanner: Scanner) -> str:
    start = scanner.at
    scanner.at += 1
    text = scanner.take_until(_QUOTE)
    if not scanner.take(_QUOTE):
        raise scanner.fault("A quote is not closed", at=start)
    return text


def _path(tokens: list[str], target: _Target, scanner: Scanner, start: int) -> Path:
    first, *rest = tokens
    if target is _Target.ATTRIBUTES:
        return Path(_FIELDS.get(first, first), keys=tuple(rest))
    if not rest:
        raise scanner.fault("The path names no metadata", at=start)
    name, *keys = rest
    return Path(first, (_FACETS.get(name, name),), tuple(keys))


# Operators and values ----------------------------------------------------------------------------


def _comparison(scanner: Scanner, path: Path) -> Node:
    at = scanner.at
    operator = next((one for one in _OPERATORS if scanner.text.startswith(one, at)), None)
    if operator is None:
        raise scanner.fault("An operator is expected")
    scanner.at += len(operator)
    if operator == "~=":
        return _pattern(scanner, path)
    start = scanner.at
    elements, is_range = _elements(scanner)
    match operator:
        case "==" | ":":
            return _equality(path, elements, is_range=is_range)
        case "!=":
            return _inequality(path, elements, is_range=is_range)
        case _:
            [literal, *more] = elements
            if more or isinstance(literal.value, bool) or literal.value is None:
                raise scanner.fault("An order compares with one number, date or text", at=start)
            return Compare(path, Op(operator), literal)


def _pattern(scanner: Scanner, path: Path) -> Node:
    start = scanner.at
    if scanner.peek() == _QUOTE:
        pattern = _quoted(scanner)
        _expect_end(scanner)
    else:
        pattern = scanner.take_until(";")
    if not pattern:
        raise scanner.fault("The pattern is empty", at=start)
    try:
        searcher(pattern)
    except PatternError as error:
        raise PatternError(error.message, column=start + 1) from None
    return Matches(path, pattern)


def _expect_end(scanner: Scanner) -> None:
    _skip_white_space(scanner)
    if scanner.peek() not in ("", ";"):
        raise scanner.fault("Unexpected text after a quoted value")


def _elements(scanner: Scanner) -> tuple[list[Literal], bool]:
    """The elements of a list or a range, and whether it is a range."""
    start = scanner.at
    elements = [_element(scanner)]
    if scanner.text.startswith("..", scanner.at):
        scanner.at += 2
        elements.append(_element(scanner))
        if scanner.peek() not in ("", ";"):
            raise scanner.fault("A range has two ends and nothing else")
        if _rank(elements[0]) is None or _rank(elements[0]) is not _rank(elements[1]):
            raise scanner.fault("The ends of a range are two numbers, dates or texts", at=start)
        return elements, True
    while scanner.take(","):
        elements.append(_element(scanner))
        if scanner.text.startswith("..", scanner.at):
            raise scanner.fault("A list holds no range")
    return elements, False


def _element(scanner: Scanner) -> Literal:
    _skip_white_space(scanner)
    start = scanner.at
    if scanner.peek() == _QUOTE:
        literal = Literal(_quoted(scanner))
        _skip_white_space(scanner)
        if scanner.peek() not in ("", ";", ",") and not scanner.text.startswith("..", scanner.at):
            raise scanner.fault("Unexpected text after a quoted value")
        return literal
    while scanner.peek() not in ("", ";", ",") and not scanner.text.startswith("..", scanner.at):
        scanner.at += 1
    text = scanner.text[start : scanner.at].strip()
    if not text:
        raise scanner.fault("A value is missing", at=start)
    return unquoted(text)


def _rank(literal: Literal) -> type | None:
    """What the literal is ordered among."""
    if literal.instant is not None:
        return Literal
    match literal.value:
        case bool() | None:
            return None
        case str():
            return str
        case _:
            return float


def _equality(path: Path, elements: list[Literal], *, is_range: bool) -> Node:
    if is_range:
        return Between(path, *elements)
    if len(elements) == 1:
        return Compare(path, Op.EQUAL, elements[0])
    return OneOf(path, tuple(elements))


def _inequality(path: Path, elements: list[Literal], *, is_range: bool) -> Node:
    if is_range:
        return all_of(Exists(path), Not(Between(path, *elements)))
    return all_of(*(Compare(path, Op.UNEQUAL, literal) for literal in elements))
