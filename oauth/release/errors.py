"""Why nothing is released: RFC 6750 §3.1 for tokens. The texts are fixed; they tell of nobody.

UnauthenticatedError      401
├── MissingTokenError          there is none in the Authorization header
└── DeadTokenError             rows 1 to 4 of the table: token, member, subject or consent
ForbiddenError            403
└── InsufficientScopeError     the token does not reach so far, or not so finely
NotFoundError             404
└── UnknownSubjectError        nobody of this ID has a consent for the service
"""

from kernel.errors import ForbiddenError, NotFoundError, UnauthenticatedError


class MissingTokenError(UnauthenticatedError):
    """The request has no access token in its `Authorization` header."""

    def __init__(self) -> None:
        super().__init__("An access token is needed: 'Authorization: Bearer ...'")


class DeadTokenError(UnauthenticatedError):
    """Nothing can be read with this token any more. Which row says so is not told."""

    def __init__(self) -> None:
        super().__init__("The access token is not valid")


class InsufficientScopeError(ForbiddenError):
    """The token lives, and does not cover what is asked for."""

    def __init__(self) -> None:
        super().__init__("The access token does not cover what is asked for")


class UnknownSubjectError(NotFoundError):
    """No such ID at this service, or no consent: the answer is the same."""

    def __init__(self) -> None:
        super().__init__("There is no consent of a person with this sub")
