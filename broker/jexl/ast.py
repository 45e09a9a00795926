"""An expression, read: one closed tree, that `evaluate.py` gives its meaning."""

from enum import StrEnum
from typing import Any, TypeAlias

import msgspec


class Operator(StrEnum):
    """The operators that need both operands, as they are written."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    GREATER_EQUAL = ">="
    LESS_EQUAL = "<="
    GREATER = ">"
    LESS = "<"
    IN = "in"
    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    FLOOR_DIVIDE = "//"
    DIVIDE = "/"
    MODULUS = "%"
    POWER = "^"


class Literal(msgspec.Struct, frozen=True):
    """`1.5`, `'text'`, `true`, `null`: a number is a float, as in JavaScript."""

    value: Any


class Identifier(msgspec.Struct, frozen=True):
    """A name of the context."""

    name: str


class ArrayOf(msgspec.Struct, frozen=True):
    """`[a, b]`."""

    items: tuple["Expression", ...]


class ObjectOf(msgspec.Struct, frozen=True):
    """`{a: 1, 'b c': 2}`."""

    members: tuple[tuple[str, "Expression"], ...]


class Member(msgspec.Struct, frozen=True):
    """`subject.name`."""

    subject: "Expression"
    name: str


class Index(msgspec.Struct, frozen=True):
    """`subject[index]`: of an array by number, of an object by text."""

    subject: "Expression"
    index: "Expression"


class Filter(msgspec.Struct, frozen=True):
    """`subject[.name < operand]`: the elements of an array whose member compares so."""

    subject: "Expression"
    name: str
    operator: Operator
    operand: "Expression"


class Binary(msgspec.Struct, frozen=True):
    """`left operator right`."""

    operator: Operator
    left: "Expression"
    right: "Expression"


class Both(msgspec.Struct, frozen=True):
    """`left && right`: the right side counts where the left is true."""

    left: "Expression"
    right: "Expression"


class Either(msgspec.Struct, frozen=True):
    """`left || right`: the right side counts where the left is not true, or has no value."""

    left: "Expression"
    right: "Expression"


class Conditional(msgspec.Struct, frozen=True):
    """`condition ? chosen : otherwise`."""

    condition: "Expression"
    chosen: "Expression"
    otherwise: "Expression"


class Transform(msgspec.Struct, frozen=True):
    """`subject|name(argument, …)`."""

    name: str
    subject: "Expression"
    arguments: tuple["Expression", ...]


Expression: TypeAlias = (
    Literal
    | Identifier
    | ArrayOf
    | ObjectOf
    | Member
    | Index
    | Filter
    | Binary
    | Both
    | Either
    | Conditional
    | Transform
)
