"""`q` and `mq` of NGSI-v2 ("Simple Query Language").

    query     = statement *(";" statement) [";"]
    statement = path / "!" path / path operator value
    path      = token *("." token)           token = name / "'" any "'"
    operator  = "==" / ":" / "!=" / "<" / "<=" / ">" / ">=" / "~="
    value     = element / element *("," element) / element ".." element / pattern

Quotes take every meaning away from what they enclose, and cannot enclose a quote. White space
around a path or an element does not count. The elements of a list are all numbers, all dates, or
texts and `null`. What is refused is refused in Orion's words, which clients compare. A text may
hold so many statements and elements of lists as every engine can ask in one query.
"""

from collections.abc import Iterator, Sequence
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
from broker.ql.errors import PatternError, QuerySyntaxError
from broker.ql.literals import unquoted
from broker.ql.patterns import searcher

_MOST_STATEMENTS: Final = 1_000
_MOST_ELEMENTS: Final = 10_000
_QUOTE: Final = "'"
_OPERATORS: Final = frozenset({"==", "!=", "<=", ">=", "~=", "<", ">", ":"})
_NAMES: Final = {
    Op.LESS: "LessThan",
    Op.LESS_EQUAL: "LessThanOrEqual",
    Op.GREATER: "GreaterThan",
    Op.GREATER_EQUAL: "GreaterThanOrEqual",
}
_FACETS: Final = {
    facet.value: facet
    for facet in (Facet.CREATED_AT, Facet.MODIFIED_AT, Facet.OBSERVED_AT, Facet.UNIT_CODE)
}
_FIELDS: Final = {field.value: field for field in Field}
FORBIDDEN: Final = frozenset("<>\"'=;()")
"""Characters that no value in NGSI-v2 has, and that no text of a query is compared with."""

_BAD_CHARACTER: Final = "forbidden characters in String Filter"


class _Target(Enum):
    ATTRIBUTES = "q"
    METADATA = "mq"


class _Kind(Enum):
    """What a literal is ordered among."""

    NUMBER = auto()
    DATE = auto()
    TEXT = auto()


def parse_q(text: str) -> Node:
    """The condition on attribute values that `q` writes.

    Raises:
        QuerySyntaxError: in Orion's words.
    """
    return _parse(text, _Target.ATTRIBUTES)


def parse_mq(text: str) -> Node:
    """The condition on metadata that `mq` writes; its second token names a metadata.

    Raises:
        QuerySyntaxError: in Orion's words.
    """
    return _parse(text, _Target.METADATA)


def _parse(text: str, target: _Target) -> Node:
    statements = _statements(text)
    if len(statements) > _MOST_STATEMENTS:
        raise QuerySyntaxError(f"too many statements in {target.value} [max: {_MOST_STATEMENTS}]")
    if text.count(",") > _MOST_ELEMENTS:
        raise QuerySyntaxError(f"too many elements in {target.value} [max: {_MOST_ELEMENTS}]")
    parsed = [_statement(statement, target) for statement in statements]
    if target is _Target.METADATA:  # of these, Orion asks last
        for path, _ in parsed:
            _check_metadata(path)
    return all_of(*(node for _, node in parsed))


def _check_metadata(path: Path) -> None:
    if not path.attribute:
        raise QuerySyntaxError("no attribute name - not valid for metadata filters")
    if not path.metadata:
        raise QuerySyntaxError("no metadata name - not valid for metadata filters")


def _statements(text: str) -> list[str]:
    """The statements of a text, which may begin and end with a `;`.

    A `;` separates in quotes too, as with Orion: no name and no value has one.
    """
    if text in ("", ";"):
        raise QuerySyntaxError("empty q")
    if ";;" in text:
        raise QuerySyntaxError("empty q-item")
    inner = text.removesuffix(";").strip()
    if inner.endswith(";"):
        raise QuerySyntaxError("empty q-item")
    statements = [statement.strip() for statement in inner.removeprefix(";").split(";")]
    if not all(statements):
        raise QuerySyntaxError("empty q-item (only whitespace)")
    return statements


def _split(text: str, mark: str) -> Iterator[str]:
    """The parts of a text between marks that stand outside of quotes."""
    start = 0
    for at in _outside_quotes(text):
        if text[at] == mark:
            yield text[start:at]
            start = at + 1
    yield text[start:]


def _outside_quotes(text: str) -> Iterator[int]:
    inside = False
    for at, letter in enumerate(text):
        if letter == _QUOTE:
            inside = not inside
        elif not inside:
            yield at


# Statements --------------------------------------------------------------------------------------


def _statement(text: str, target: _Target) -> tuple[Path, Node]:
    """What a statement is about, and the condition that it makes of it."""
    if text.startswith("!"):
        absent = _unary(text[1:].strip(), target)
        return absent, Not(Exists(absent))
    at, operator = _operator(text)
    if not operator:
        present = _unary(text, target)
        return present, Exists(present)
    left, right = text[:at].strip(), text[at + len(operator) :].strip()
    if not left:
        raise QuerySyntaxError("empty left-hand-side in q-item")
    path = _path(left, target)
    if not right:
        raise QuerySyntaxError("empty right-hand-side in q-item")
    if operator == "~=":
        return path, Matches(path, _pattern(right))
    return path, _compared(path, operator, right)


def _operator(text: str) -> tuple[int, str]:
    """The first operator outside of quotes and where it stands; empty if there is none.

    What stands before a `=` is an operator together with it, or none.
    """
    for at in _outside_quotes(text):
        operator = text[at : at + 2] if text[at + 1 : at + 2] == "=" else text[at]
        if operator in _OPERATORS:
            return at, operator
    return len(text), ""


def _unary(text: str, target: _Target) -> Path:
    path = _path(text, target)
    if not text:
        raise QuerySyntaxError("empty right-hand-side in q-item")
    if _has_stray_quote(text):
        raise QuerySyntaxError(_BAD_CHARACTER)
    if target is _Target.METADATA and not path.metadata:
        raise QuerySyntaxError("no metadata in right-hand-side of q-item")
    return path


def _has_stray_quote(text: str) -> bool:
    """Whether a quote stands elsewhere than at an end of the path or beside a dot."""
    return any(
        text[at] == _QUOTE and text[at - 1] != "." and text[at + 1] != "."
        for at in range(1, len(text) - 1)
    )


def _path(text: str, target: _Target) -> Path:
    """The path, with its quotes taken off wherever they stand.

    An empty token is a name that nothing has.
    """
    if not FORBIDDEN.isdisjoint(text.replace(_QUOTE, "")):
        raise QuerySyntaxError(f"invalid character found in URI param /{target.value}/")
    first, *rest = [part.strip().replace(_QUOTE, "") for part in _split(text, ".")]
    if target is _Target.ATTRIBUTES:
        return Path(_FIELDS.get(first, first), keys=tuple(rest))
    name, *keys = rest or [""]
    return Path(first, (_FACETS.get(name, name),) if name else (), tuple(keys))


# Values ------------------------------------------------------------------------------------------


def _pattern(text: str) -> str:
    if not FORBIDDEN.isdisjoint(text):
        raise QuerySyntaxError(_BAD_CHARACTER)
    try:
        searcher(text)
    except PatternError:
        raise PatternError(f"error compiling filter regex: '{text}'") from None
    return text


def _compared(path: Path, operator: str, text: str) -> Node:
    equality = operator in ("==", ":", "!=")
    bounds = _range(text)
    if bounds is not None:
        if not equality:
            raise QuerySyntaxError("ranges only valid for equal and not equal ops")
        between = Between(path, *_ends(*bounds))
        return all_of(Exists(path), Not(between)) if operator == "!=" else between
    elements = list(_split(text, ","))
    if len(elements) > 1:
        if not equality:
            raise QuerySyntaxError("lists only valid for equal and not equal ops")
        return _listed(path, operator, _list(elements))
    literal = _literal(text)
    if not equality:
        return _ordered(path, Op(operator), literal)
    return Compare(path, Op.UNEQUAL if operator == "!=" else Op.EQUAL, literal)


def _ordered(path: Path, op: Op, literal: Literal) -> Node:
    if _kind(literal) is None:
        kind = "Null" if literal.value is None else "Bool"
        raise QuerySyntaxError(f"values of type /{kind}/ not supported for operator /{_NAMES[op]}/")
    return Compare(path, op, literal)


def _listed(path: Path, operator: str, literals: tuple[Literal, ...]) -> Node:
    if operator == "!=":
        return all_of(*(Compare(path, Op.UNEQUAL, literal) for literal in literals))
    return OneOf(path, literals)


def _range(text: str) -> tuple[str, str] | None:
    """What stands before and behind the first `..` outside of quotes."""
    for at in _outside_quotes(text):
        if text.startswith("..", at):
            return text[:at].strip(), text[at + 2 :].strip()
    return None


def _ends(low: str, high: str) -> tuple[Literal, Literal]:
    if not (low and high):
        raise QuerySyntaxError("empty item in range")
    ends = _literal(low), _literal(high)
    for end, name in zip(ends, ("from", "to"), strict=True):
        if _kind(end) is None:
            raise QuerySyntaxError(f"invalid data type for /range-{name}/")
    if _kind(ends[0]) is not _kind(ends[1]):
        raise QuerySyntaxError("invalid range: types mixed")
    return ends


def _list(elements: list[str]) -> tuple[Literal, ...]:
    parts = [element.strip() for element in elements]
    if not all(parts):
        raise QuerySyntaxError("empty item in list")
    literals = tuple(_literal(part) for part in parts)
    if not is_list(literals):
        raise QuerySyntaxError("invalid JSON value type in list")
    return literals


def is_list(literals: Sequence[Literal]) -> bool:
    """Whether a list may hold these together: all numbers, all dates, or texts and `null`."""
    kinds = {_Kind.TEXT if _is_null(literal) else _kind(literal) for literal in literals}
    return len(kinds) == 1 and None not in kinds


def _is_null(literal: Literal) -> bool:
    return literal.value is None


def _literal(text: str) -> Literal:
    """A number, date, word of JSON or text; between quotes always a text."""
    if not text.startswith(_QUOTE):
        literal = unquoted(text)
    elif len(text) == 1 or not text.endswith(_QUOTE):
        raise QuerySyntaxError("non-terminated forced string")
    elif _QUOTE in text[1:-1]:
        raise QuerySyntaxError("quote in forced string")
    else:
        literal = Literal(text[1:-1])
    if isinstance(literal.value, str) and not FORBIDDEN.isdisjoint(literal.value):
        raise QuerySyntaxError(_BAD_CHARACTER)
    return literal


def _kind(literal: Literal) -> _Kind | None:
    if literal.instant is not None:
        return _Kind.DATE
    match literal.value:
        case bool() | None:
            return None
        case str():
            return _Kind.TEXT
        case _:
            return _Kind.NUMBER
