"""What goes wrong with an expression. Whoever asked for its value sees `null` in either case.

JexlError
├── ExpressionError     the text is no expression
└── EvaluationError     the expression has no value in this context
"""


class JexlError(Exception):
    """An expression that gives nothing. Never carries values of the context."""


class ExpressionError(JexlError):
    """The text is not an expression, or larger than one may be."""


class EvaluationError(JexlError):
    """The expression has no value: a name is undefined, an operand of the wrong kind."""
