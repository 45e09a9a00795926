"""`q` of NGSI-LD (ETSI GS CIM 009 §4.9).

    query = and *("|" and)     and = factor *(";" factor)     factor = term / "(" query ")"
    term  = ["!"] path / path operator value / path ("~=" / "!~=") pattern
    path  = name *("." name) ["[" key *("." key) "]" / "[*]"]
    value = element / element 1*("," element) / element ".." element
    element = number / "true" / "false" / date-time / URI / JSON string

Names are terms of the request's context, compact IRIs or IRIs. A name with `://` reaches to the
next operator, and its dots are its own, except before `observedAt` and its like. Beyond the
standard, `!path` finds entities without the attribute, as in NGSI-v2. White space around elements
does not count. Paths into other entities (`sensor{humidity}`) are not implemented.
"""

from collections.abc import Collection
from typing import Final

import orjson

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
from broker.ql.boolean import Scanner, parse_boolean
from broker.ql.errors import PatternError
from broker.ql.literals import instant_of, number_of
from broker.ql.names import Expand
from broker.ql.patterns import searcher
from kernel.errors import NotImplementedHereError

_OPERATORS: Final = ("!~=", "==", "!=", "<=", ">=", "~=", "<", ">")
_FIELDS: Final = {
    "createdAt": Field.CREATED_AT,
    "modifiedAt": Field.MODIFIED_AT,
    "expiresAt": Field.EXPIRES_AT,
}
_FACETS: Final = {
    "createdAt": Facet.CREATED_AT,
    "modifiedAt": Facet.MODIFIED_AT,
    "observedAt": Facet.OBSERVED_AT,
    "unitCode": Facet.UNIT_CODE,
    "datasetId": Facet.DATASET_ID,
}
_WORDS: Final = {"true": Literal(True), "false": Literal(False)}


def parse_ld_q(text: str, expand: Expand, expand_values: Collection[str] = frozenset()) -> Node:
    """The condition that `q` writes.

    Args:
        text: the parameter.
        expand: the stored name of an attribute as the request writes it.
        expand_values: stored names of attributes whose values are terms: `gender==Male`.

    Raises:
        QuerySyntaxError: with the column.
        NotImplementedHereError: a path leads into another entity.
    """
    return parse_boolean(text, lambda scanner: _term(scanner, expand, expand_values))


def _term(scanner: Scanner, expand: Expand, expand_values: Collection[str]) -> Node:
    absent = scanner.take("!")
    path = _path(scanner, expand)
    elements = _Elements(scanner, expand if path.attribute in expand_values else None)
    at = scanner.at
    operator = next((one for one in _OPERATORS if scanner.text.startswith(one, at)), None)
    if operator is None:
        return Not(Exists(path)) if absent else Exists(path)
    if absent:
        raise scanner.fault("A term that begins with '!' has no operator")
    scanner.at += len(operator)
    match operator:
        case "~=":
            return Matches(path, _pattern(scanner))
        case "!~=":
            # Only texts are "not in the language of the pattern": the empty one finds every text.
            return all_of(Matches(path, ""), Not(Matches(path, _pattern(scanner))))
        case "==" | "!=":
            return _equality(elements, path, Op(operator))
        case _:
            return _order(elements, path, Op(operator))


# Paths -------------------------------------------------------------------------------------------


def _path(scanner: Scanner, expand: Expand) -> Path:
    start = scanner.at
    names = _split(scanner.take_until("();|=!<>~[{").strip())
    if scanner.peek() == "{":
        raise NotImplementedHereError("A query into linked entities is not implemented")
    if not all(names):
        raise scanner.fault("An attribute name is missing", at=start)
    keys = _keys(scanner) if scanner.take("[") else ()
    first, *rest = names
    if not rest and not keys and first in _FIELDS:
        return Path(_FIELDS[first])
    inner = [expand(name) for name in rest]
    if rest and not keys:
        inner[-1] = _FACETS.get(rest[-1], inner[-1])
    return Path(expand(first), tuple(inner), keys)


def _split(text: str) -> list[str]:
    if "://" not in text:
        return text.split(".")
    name, _, last = text.rpartition(".")
    return [name, last] if name and last in _FACETS else [text]


def _keys(scanner: Scanner) -> tuple[str, ...]:
    start = scanner.at
    keys = tuple(scanner.take_until("]").split("."))
    if not scanner.take("]"):
        raise scanner.fault("A bracket is not closed", at=start - 1)
    if not all(keys):
        raise scanner.fault("A key between brackets is missing", at=start)
    return () if keys == ("*",) else keys  # any language, which is what no key says too


# Values ------------------------------------------------------------------------------------------


class _Elements:
    """Reads the elements of a value; with `expand`, those that are texts are terms."""

    def __init__(self, scanner: Scanner, expand: Expand | None) -> None:
        self.scanner = scanner
        self._expand = expand

    def next(self) -> Literal:
        """The element here."""
        literal = self._read()
        if self._expand is None or not isinstance(literal.value, str):
            return literal
        return Literal(self._expand(literal.value))

    def _read(self) -> Literal:
        scanner = self.scanner
        _skip_white_space(scanner)
        start = scanner.at
        if scanner.peek() == '"':
            text = _json_string(scanner)
            _skip_white_space(scanner)
            return Literal(text, instant_of(text))
        text = _bare(scanner)
        if text in _WORDS:
            return _WORDS[text]
        number = number_of(text)
        if number is not None:
            return Literal(number)
        instant = instant_of(text)
        if instant is None and ":" not in text and (self._expand is None or not text):
            raise scanner.fault('A text stands between "', at=start)
        return Literal(text, instant)


def _skip_white_space(scanner: Scanner) -> None:
    while scanner.peek().isspace():
        scanner.at += 1


def _equality(elements: _Elements, path: Path, op: Op) -> Node:
    scanner = elements.scanner
    start = scanner.at
    first = elements.next()
    if scanner.text.startswith("..", scanner.at):
        scanner.at += 2
        between = Between(path, first, elements.next())
        if isinstance(between.low.value, bool) or isinstance(between.high.value, bool):
            raise scanner.fault("The ends of a range are numbers, dates or texts", at=start)
        return between if op is Op.EQUAL else all_of(Exists(path), Not(between))
    literals = [first]
    while scanner.take(","):
        literals.append(elements.next())
    if op is Op.UNEQUAL:
        return all_of(*(Compare(path, op, literal) for literal in literals))
    return Compare(path, op, first) if len(literals) == 1 else OneOf(path, tuple(literals))


def _order(elements: _Elements, path: Path, op: Op) -> Node:
    scanner = elements.scanner
    start = scanner.at
    literal = elements.next()
    if isinstance(literal.value, bool) or scanner.peek() == ",":
        raise scanner.fault("An order compares with one number, date or text", at=start)
    return Compare(path, op, literal)


def _bare(scanner: Scanner) -> str:
    """An element without quotes; a `)` ends it only where a parenthesis is open."""
    start = scanner.at
    marks = ";|,)" if scanner.depth else ";|,"
    while scanner.peek() and scanner.peek() not in marks:
        if scanner.text.startswith("..", scanner.at):
            break
        scanner.at += 1
    return scanner.text[start : scanner.at].strip()


def _json_string(scanner: Scanner) -> str:
    start = scanner.at
    raw = _between_quotes(scanner)
    try:
        text: str = orjson.loads(f'"{raw}"')
    except orjson.JSONDecodeError:
        raise scanner.fault("A text is not a JSON string", at=start) from None
    return text


def _between_quotes(scanner: Scanner) -> str:
    start = scanner.at
    scanner.at += 1
    while scanner.peek() not in ("", '"'):
        scanner.at += 2 if scanner.peek() == "\\" else 1
    raw = scanner.text[start + 1 : scanner.at]
    if not scanner.take('"'):
        raise scanner.fault("A quote is not closed", at=start)
    return raw


# Patterns ----------------------------------------------------------------------------------------


def _pattern(scanner: Scanner) -> str:
    """A pattern, between quotes or bare; backslashes belong to the pattern in both."""
    _skip_white_space(scanner)
    start = scanner.at
    quoted = scanner.peek() == '"'
    pattern = _between_quotes(scanner).replace('\\"', '"') if quoted else _bare_pattern(scanner)
    if not pattern:
        raise scanner.fault("The pattern is empty", at=start)
    try:
        searcher(pattern)
    except PatternError as error:
        raise PatternError(error.message, column=start + 1) from None
    return pattern


def _bare_pattern(scanner: Scanner) -> str:
    """Up to a `;`, `|` or `)` outside the pattern's own parentheses."""
    start, open_here = scanner.at, 0
    while scanner.peek():
        match scanner.peek():
            case "\\":
                scanner.at += 1
            case "(":
                open_here += 1
            case ")" if open_here:
                open_here -= 1
            case ")" | ";" | "|" if not open_here:
                break
            case _:
                pass
        scanner.at += 1
    scanner.at = min(scanner.at, len(scanner.text))
    return scanner.text[start : scanner.at]
