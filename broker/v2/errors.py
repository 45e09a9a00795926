"""How NGSI-v2 words what went wrong: one table from kinds of error to status and `error` text.

NGSI-v2 "Error Responses". The `description` is the message of the error; where a message quotes
input, it does so through `quoted`.
"""

from http import HTTPStatus
from typing import Final, NamedTuple

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
from kernel.json import MalformedJsonError, TooDeepJsonError


class PartialUpdateError(UnprocessableError):
    """Some of the request was done, the rest could not be."""


class PartlyForwardedError(NotFoundError):
    """Some of an update was done here or by providers, the rest by nobody."""


class NoResourcesError(TooLargeError):
    """An entity has room for one location (NGSI-v2 "Geospatial properties of entities")."""


class UnknownPathError(BadRequestError):
    """The path is none of the API's. Orion calls that a bad request."""


class NoRecordsError(NotFoundError):
    """QuantumLeap: the history has nothing of what is asked for."""


class WrongUseError(BadRequestError):
    """QuantumLeap: parameters of the history that cannot be read, or not together."""


class AmbiguousIdError(ConflictError):
    """QuantumLeap: several entities have the id."""


class Wire(NamedTuple):
    """What a kind of error is on the wire."""

    status: int
    reason: str
    error: str


# The reason phrases are those of RFC 9110, which Python 3.11 does not have yet.
_CONTENT_TOO_LARGE: Final = "Content Too Large"
_UNPROCESSABLE_CONTENT: Final = "Unprocessable Content"

_WIRE: Final[dict[type[OdoriError], Wire]] = {
    MalformedJsonError: Wire(400, "Bad Request", "ParseError"),
    BadRequestError: Wire(400, "Bad Request", "BadRequest"),
    UnauthenticatedError: Wire(401, "Unauthorized", "Unauthorized"),
    ForbiddenError: Wire(403, "Forbidden", "Forbidden"),
    NotFoundError: Wire(404, "Not Found", "NotFound"),
    MethodNotAllowedError: Wire(405, "Method Not Allowed", "MethodNotAllowed"),
    NotAcceptableError: Wire(406, "Not Acceptable", "NotAcceptable"),
    ConflictError: Wire(409, "Conflict", "TooManyResults"),
    LengthRequiredError: Wire(411, "Length Required", "ContentLengthRequired"),
    NoResourcesError: Wire(413, _CONTENT_TOO_LARGE, "NoResourcesAvailable"),
    TooLargeError: Wire(413, _CONTENT_TOO_LARGE, "RequestEntityTooLarge"),
    UnsupportedMediaError: Wire(415, "Unsupported Media Type", "UnsupportedMediaType"),
    PartialUpdateError: Wire(422, _UNPROCESSABLE_CONTENT, "PartialUpdate"),
    PartlyForwardedError: Wire(404, "Not Found", "PartialUpdate"),
    UnprocessableError: Wire(422, _UNPROCESSABLE_CONTENT, "Unprocessable"),
    NoRecordsError: Wire(404, "Not Found", "Not Found"),
    WrongUseError: Wire(400, "Bad Request", "Bad parameters use"),
    AmbiguousIdError: Wire(409, "Conflict", "AmbiguousNGSIIdError"),
    TooManyRequestsError: Wire(429, "Too Many Requests", "TooManyRequests"),
    NotImplementedHereError: Wire(501, "Not Implemented", "NotImplemented"),
    PeerError: Wire(502, "Bad Gateway", "BadGateway"),
    UnavailableError: Wire(503, "Service Unavailable", "ServiceUnavailable"),
    OurError: Wire(500, "Internal Server Error", "InternalServerError"),
}

PARSE_ERROR: Final = "Errors found in incoming JSON buffer"
DEEPEST: Final = 50
"""How deep a value may nest (Orion manual "Known limitations")."""
TOO_DEEP: Final = f"attribute or metadata value has overpassed maximum nesting limit: {DEEPEST}"
NO_ENTITY: Final = "The requested entity has not been found. Check type and id"
NO_ATTRIBUTE: Final = "The entity does not have such an attribute"
NO_TYPE: Final = "Entity type not found"
NO_REGISTRATION: Final = "The requested registration has not been found. Check id"
NO_SUBSCRIPTION: Final = "The requested subscription has not been found. Check id"
NOTHING_TO_UPDATE: Final = "subscription id not found"
"""The same, to who would change it: Orion has words of its own there."""
TOO_MANY: Final = "More than one matching entity. Please refine your query"
NOT_ALLOWED: Final = "These credentials do not write this"
ALREADY_EXISTS: Final = "Already Exists"
RIVAL_LOCATIONS: Final = (
    "You cannot use more than one geo location attribute when creating an entity"
    " [see Orion user manual]"
)
WRONG_GEOJSON: Final = "Wrong GeoJson"
EMPTY_PAYLOAD: Final = "empty payload"
UNKNOWN_PATH: Final = "Service not found. Check your URL as probably it is wrong."


def wire_of(error: OdoriError) -> Wire:
    """The row of the nearest kind in the error's family."""
    for kind in type(error).__mro__:
        if kind in _WIRE:
            return _WIRE[kind]
    return Wire(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error", "InternalServerError")


def description_of(error: OdoriError) -> str:
    """The `description`: the message, or Orion's own where it has one for the kind."""
    if isinstance(error, TooDeepJsonError):
        return TOO_DEEP
    return PARSE_ERROR if isinstance(error, MalformedJsonError) else error.message


def parse_error() -> MalformedJsonError:
    """The body is not the JSON that the operation reads."""
    return MalformedJsonError(PARSE_ERROR)


_ESCAPES: Final = str.maketrans(
    {
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "'": "&#39;",
        "(": "&#40;",
        ")": "&#41;",
        "=": "&#61;",
        ";": "&#59;",
    }
)


def quoted(text: str) -> str:
    """Input inside an error text, escaped as Orion does: pages that show errors must not run it."""
    return text.translate(_ESCAPES)
