"""The error tree that every room shares.

    OdoriError
    ├── CallerError                  the request is wrong; repeating it unchanged is pointless
    │   ├── BadRequestError          400  it cannot be understood
    │   ├── UnauthenticatedError     401  it does not say who asks
    │   ├── ForbiddenError           403  who asks may not do this
    │   ├── NotFoundError            404  what it names does not exist
    │   ├── MethodNotAllowedError    405  the path exists, the method does not
    │   ├── NotAcceptableError       406  no representation that the caller accepts
    │   ├── ConflictError            409  it contradicts what is stored, or names several things
    │   ├── LengthRequiredError      411  a body is needed
    │   ├── TooLargeError            413  it is over a published limit
    │   ├── UnsupportedMediaError    415  the body is of a kind that nobody reads here
    │   ├── UnprocessableError       422  understood, and impossible in the present state
    │   ├── TooManyRequestsError     429  too fast
    │   └── NotImplementedHereError  501  the standard has it, we declare that we do not
    ├── OurError                     500  a defect or a broken part of ours
    │   └── UnavailableError         503  a part of ours is away for now; try again
    └── PeerError                    502  another system failed us

A kind says whose fault it is. Each face (NGSI-v2, NGSI-LD, the boards …) maps kind → wire in one
table. Messages name the thing in the present tense and never quote personal data.
"""

from http import HTTPStatus
from typing import ClassVar


class OdoriError(Exception):
    """Anything that Odori raises on purpose."""

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class CallerError(OdoriError):
    """The request is wrong."""

    status = HTTPStatus.BAD_REQUEST


class BadRequestError(CallerError):
    """The request cannot be understood."""


class UnauthenticatedError(CallerError):
    """The request does not say, or does not prove, who asks."""

    status = HTTPStatus.UNAUTHORIZED


class ForbiddenError(CallerError):
    """Whoever asks may not do this."""

    status = HTTPStatus.FORBIDDEN


class NotFoundError(CallerError):
    """What the request names does not exist."""

    status = HTTPStatus.NOT_FOUND


class MethodNotAllowedError(CallerError):
    """The path exists, but not for this method. `allowed` are the methods that it has."""

    status = HTTPStatus.METHOD_NOT_ALLOWED

    def __init__(self, message: str = "", *, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.allowed = allowed


class NotAcceptableError(CallerError):
    """No representation of the answer is one that the caller accepts."""

    status = HTTPStatus.NOT_ACCEPTABLE


class ConflictError(CallerError):
    """The request contradicts what is stored, or names more than one thing."""

    status = HTTPStatus.CONFLICT


class LengthRequiredError(CallerError):
    """The request needs a body."""

    status = HTTPStatus.LENGTH_REQUIRED


class TooLargeError(CallerError):
    """The request is over a published limit."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class UnsupportedMediaError(CallerError):
    """The body is of a media type or encoding that is not read here."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class UnprocessableError(CallerError):
    """The request is understood, and impossible in the present state."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooManyRequestsError(CallerError):
    """The caller is too fast, or a queue of ours is full; try again after `retry_after_s`."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, message: str = "", *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class NotImplementedHereError(CallerError):
    """The standard has it; we declare that we do not."""

    status = HTTPStatus.NOT_IMPLEMENTED


class OurError(OdoriError):
    """A defect or a broken part of ours."""


class UnavailableError(OurError):
    """A part of ours is away for now."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class PeerError(OdoriError):
    """Another system failed us."""

    status = HTTPStatus.BAD_GATEWAY
