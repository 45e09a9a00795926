"""How NGSI-LD words what went wrong: kinds of error → problem types (§5.5.2, §6.3.2, RFC 7807)."""

from http import HTTPStatus
from typing import Any, Final, NamedTuple

from broker.ld.library import ContextNotAvailableError
from kernel.errors import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    LengthRequiredError,
    MethodNotAllowedError,
    NotAcceptableError,
    NotFoundError,
    NotImplementedHereError,
    OdoriError,
    OurError,
    PeerError,
    TooLargeError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
    UnprocessableError,
    UnsupportedMediaError,
)
from kernel.json import MalformedJsonError

PROBLEM_JSON: Final = "application/problem+json"
_ETSI: Final = "https://uri.etsi.org/ngsi-ld/errors/"


class InvalidRequestError(BadRequestError):
    """The request as such is malformed: its parameters, not what it says of entities."""


class AlreadyExistsError(ConflictError):
    """What is to be created exists."""


class NoMultiTenantSupportError(NotImplementedHereError):
    """A tenant is named where there is only one."""


class Problem(NamedTuple):
    """What a kind of error is on the wire."""

    type: str
    title: str


_PROBLEMS: Final[dict[type[OdoriError], Problem]] = {
    MalformedJsonError: Problem(f"{_ETSI}InvalidRequest", "The request is not valid JSON"),
    InvalidRequestError: Problem(f"{_ETSI}InvalidRequest", "The request is malformed"),
    BadRequestError: Problem(f"{_ETSI}BadRequestData", "The request's data breaks the standard"),
    UnauthenticatedError: Problem("about:blank", "Unauthorized"),
    ForbiddenError: Problem("about:blank", "Forbidden"),
    NotFoundError: Problem(f"{_ETSI}ResourceNotFound", "The resource does not exist"),
    MethodNotAllowedError: Problem("about:blank", "Method Not Allowed"),
    NotAcceptableError: Problem("about:blank", "Not Acceptable"),
    AlreadyExistsError: Problem(f"{_ETSI}AlreadyExists", "The resource exists already"),
    ConflictError: Problem(f"{_ETSI}Conflict", "The request is in conflict with what is stored"),
    LengthRequiredError: Problem(f"{_ETSI}InvalidRequest", "The request needs a body"),
    TooLargeError: Problem("about:blank", "Content Too Large"),
    UnsupportedMediaError: Problem("about:blank", "Unsupported Media Type"),
    UnprocessableError: Problem(f"{_ETSI}OperationNotSupported", "The operation is not supported"),
    TooManyRequestsError: Problem("about:blank", "Too Many Requests"),
    NoMultiTenantSupportError: Problem(f"{_ETSI}NoMultiTenantSupport", "There is one tenant only"),
    NotImplementedHereError: Problem(f"{_ETSI}OperationNotSupported", "Not implemented here"),
    ContextNotAvailableError: Problem(
        f"{_ETSI}LdContextNotAvailable", "The @context is not available"
    ),
    UnavailableError: Problem(f"{_ETSI}InternalError", "A part of the broker is away"),
    PeerError: Problem(f"{_ETSI}InternalError", "Another system failed"),
    OurError: Problem(f"{_ETSI}InternalError", "Internal error"),
}


def problem_of(error: OdoriError) -> dict[str, Any]:
    """The ProblemDetails of an error: the row of the nearest kind in its family."""
    kinds = (_PROBLEMS[kind] for kind in type(error).__mro__ if kind in _PROBLEMS)
    problem = next(kinds, _PROBLEMS[OurError])
    body = {"type": problem.type, "title": problem.title, "status": HTTPStatus(error.status).value}
    return {**body, "detail": error.message} if error.message else body
