"""Reads expressions (Orion's manual "JEXL Support"), with the precedences of Orion's cjexl.

    expression   operand operator operand …       && || weakest, then comparisons, + -, * / //, % ^
    operand      piped (? piped : piped)*
    piped        access (| name (arguments)?)*
    access       primary (.name | [expression] | [.name comparison primary])*
    primary      number, text, true, false, null, name, [ … ], { … }, ( expression )

All operators of one strength lead from left to right. There is no unary minus and no negation, and
`? :` binds tighter than any operator: `(a > 1) ? (b + 1) : b` needs its brackets. That is how the
manual's "Known limitations" describe it, and what subscriptions that run on Orion rely on.
"""

from functools import lru_cache
from typing import Final

from broker.jexl.ast import (
    ArrayOf,
    Binary,
    Both,
    Conditional,
    Either,
    Expression,
    Filter,
    Identifier,
    Index,
    Literal,
    Member,
    ObjectOf,
    Operator,
    Transform,
)
from broker.jexl.errors import ExpressionError
from broker.jexl.lexer import Kind, Token, tokens
from broker.jexl.values import finite

LONGEST: Final = 10_000
"""Characters that an expression may have."""
MOST_OPERATIONS: Final = 200
"""Operators, accesses, transformations and brackets together; no tree is deeper."""
MOST_NESTED: Final = 30
"""Brackets within brackets."""

_REMEMBERED: Final = 1_024
_LONGEST_REMEMBERED: Final = 512
_CONSTANTS: Final = {"true": True, "false": False, "null": None, "Null": None, "NULL": None}
_KEYWORDS: Final = frozenset({*_CONSTANTS, "in"})
_COMPARISONS: Final = frozenset({"==", "!=", ">=", "<=", ">", "<", "in"})
_STRENGTH: Final = (
    {"&&": 1, "||": 1}
    | dict.fromkeys(_COMPARISONS, 2)
    | {"+": 3, "-": 3, "*": 4, "/": 4, "//": 4, "%": 5, "^": 5}
)


def read(text: str) -> Expression:
    """The expression that a text is; those in use are remembered.

    Raises:
        ExpressionError: the text is none, or larger than one may be.
    """
    return _remembered(text) if len(text) <= _LONGEST_REMEMBERED else parse(text)


@lru_cache(maxsize=_REMEMBERED)
def _remembered(text: str) -> Expression:
    return parse(text)


def parse(text: str) -> Expression:
    """The same, read anew. Takes time linear in the text.

    Raises:
        ExpressionError: the text is none, or larger than one may be.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"The expression is longer than {LONGEST} characters")
    return _Parser(list(tokens(text))).whole()


def _joined(sign: str, left: Expression, right: Expression) -> Expression:
    match sign:
        case "&&":
            return Both(left, right)
        case "||":
            return Either(left, right)
        case _:
            return Binary(Operator(sign), left, right)


class _Parser:
    def __init__(self, words: list[Token]) -> None:
        self._words = words
        self._at = 0
        self._operations = 0
        self._nested = 0

    def whole(self) -> Expression:
        found = self._expression()
        if self._words[self._at].kind is not Kind.END:
            raise self._unexpected()
        return found

    # One level of the grammar each ---------------------------------------------------------------

    def _expression(self, weakest: int = 1) -> Expression:
        left = self._operand()
        while (strength := self._strength()) >= weakest:
            sign = self._next().text
            self._count()
            left = _joined(sign, left, self._expression(strength + 1))
        return left

    def _operand(self) -> Expression:
        found = self._piped()
        while self._takes("?"):
            self._count()
            chosen = self._piped()
            self._needs(":")
            found = Conditional(found, chosen, self._piped())
        return found

    def _piped(self) -> Expression:
        found = self._access()
        while self._takes("|"):
            self._count()
            name = self._name()
            arguments = self._list(")") if self._takes("(") else ()
            found = Transform(name, found, arguments)
        return found

    def _access(self) -> Expression:
        found = self._primary()
        while True:
            if self._takes("."):
                self._count()
                found = Member(found, self._name())
            elif self._takes("["):
                found = self._index(found)
            else:
                return found

    def _index(self, subject: Expression) -> Expression:
        self._enter()
        if self._takes("."):
            name = self._name()
            if self._words[self._at].text not in _COMPARISONS or not self._strength():
                raise self._unexpected()
            operator = Operator(self._next().text)
            found: Expression = Filter(subject, name, operator, self._primary())
        else:
            found = Index(subject, self._expression())
        self._leave("]")
        return found

    def _primary(self) -> Expression:
        word = self._next()
        match word.kind:
            case Kind.NUMBER:
                return Literal(finite(float(word.text)))
            case Kind.TEXT:
                return Literal(word.text)
            case Kind.NAME if word.text in _CONSTANTS:
                return Literal(_CONSTANTS[word.text])
            case Kind.NAME if word.text not in _KEYWORDS:
                return Identifier(word.text)
            case Kind.SIGN if word.text == "(":
                self._enter()
                found = self._expression()
                self._leave(")")
                return found
            case Kind.SIGN if word.text == "[":
                return ArrayOf(self._list("]"))
            case Kind.SIGN if word.text == "{":
                return self._object()
            case _:
                self._at -= 1
                raise self._unexpected()

    def _list(self, end: str) -> tuple[Expression, ...]:
        """Expressions between commas; one comma may stand behind the last."""
        self._enter()
        items: list[Expression] = []
        while not self._sees(end):
            items.append(self._expression())
            if not self._takes(","):
                break
        self._leave(end)
        return tuple(items)

    def _object(self) -> Expression:
        self._enter()
        members: dict[str, Expression] = {}
        while not self._sees("}"):
            key = self._key()
            if key in members:
                raise ExpressionError("The object has a key twice")
            self._needs(":")
            members[key] = self._expression()
            if not self._takes(","):
                break
        self._leave("}")
        return ObjectOf(tuple(members.items()))

    def _key(self) -> str:
        return self._next().text if self._words[self._at].kind is Kind.TEXT else self._name()

    # Words ---------------------------------------------------------------------------------------

    def _next(self) -> Token:
        self._at += 1
        return self._words[self._at - 1]

    def _strength(self) -> int:
        """How strongly the operator that stands here binds; 0 if none does."""
        word = self._words[self._at]
        return _STRENGTH.get(word.text, 0) if word.kind in (Kind.SIGN, Kind.NAME) else 0

    def _name(self) -> str:
        word = self._words[self._at]
        if word.kind is not Kind.NAME or word.text in _KEYWORDS:
            raise self._unexpected()
        return self._next().text

    def _sees(self, sign: str) -> bool:
        return self._words[self._at] == (Kind.SIGN, sign)

    def _takes(self, sign: str) -> bool:
        if not self._sees(sign):
            return False
        self._at += 1
        return True

    def _needs(self, sign: str) -> None:
        if not self._takes(sign):
            raise self._unexpected()

    def _unexpected(self) -> ExpressionError:
        return ExpressionError(f"Word {self._at} of the expression is not expected there")

    # Limits --------------------------------------------------------------------------------------

    def _count(self) -> None:
        self._operations += 1
        if self._operations > MOST_OPERATIONS:
            raise ExpressionError(f"The expression has more than {MOST_OPERATIONS} operations")

    def _enter(self) -> None:
        self._count()
        self._nested += 1
        if self._nested > MOST_NESTED:
            raise ExpressionError(f"The expression nests deeper than {MOST_NESTED}")

    def _leave(self, sign: str) -> None:
        self._needs(sign)
        self._nested -= 1
