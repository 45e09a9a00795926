"""What the query languages say when they cannot read something."""

from kernel.errors import BadRequestError


class QuerySyntaxError(BadRequestError):
    """A query text breaks its grammar. `column` counts from 1; 0 where no place can be named."""

    def __init__(self, message: str, *, column: int = 0) -> None:
        super().__init__(f"{message} (column {column})" if column else message)
        self.column = column


class PatternError(QuerySyntaxError):
    """A regular expression is not one that RE2 reads."""
