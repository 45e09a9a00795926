"""The errors of OAuth 2.1 and OpenID Connect: codes, statuses, fixed descriptions.

RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6, RFC 6750 §3.1. A description never echoes
input, names nobody, and does not tell whether a person exists.
"""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from kernel.errors import CallerError


class ErrorCode(StrEnum):
    """The value of `error`."""

    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    INVALID_GRANT = "invalid_grant"
    UNAUTHORIZED_CLIENT = "unauthorized_client"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    INVALID_SCOPE = "invalid_scope"
    ACCESS_DENIED = "access_denied"
    UNSUPPORTED_RESPONSE_TYPE = "unsupported_response_type"
    SERVER_ERROR = "server_error"
    TEMPORARILY_UNAVAILABLE = "temporarily_unavailable"
    LOGIN_REQUIRED = "login_required"
    CONSENT_REQUIRED = "consent_required"
    INTERACTION_REQUIRED = "interaction_required"
    REQUEST_NOT_SUPPORTED = "request_not_supported"
    REQUEST_URI_NOT_SUPPORTED = "request_uri_not_supported"
    REGISTRATION_NOT_SUPPORTED = "registration_not_supported"
    INVALID_TOKEN = "invalid_token"  # noqa: S105 — a word of RFC 6750
    INSUFFICIENT_SCOPE = "insufficient_scope"


DESCRIPTIONS: Final[Mapping[ErrorCode, str]] = {
    ErrorCode.INVALID_REQUEST: "The request cannot be understood",
    ErrorCode.INVALID_CLIENT: "The client is not authenticated",
    ErrorCode.INVALID_GRANT: "The code or token is not valid",
    ErrorCode.UNAUTHORIZED_CLIENT: "The client may not do this",
    ErrorCode.UNSUPPORTED_GRANT_TYPE: "The grant type is not offered",
    ErrorCode.INVALID_SCOPE: "The scope is not one that this client may ask for",
    ErrorCode.ACCESS_DENIED: "Access is not granted",
    ErrorCode.UNSUPPORTED_RESPONSE_TYPE: "The only response type is code",
    ErrorCode.SERVER_ERROR: "Something is broken here",
    ErrorCode.TEMPORARILY_UNAVAILABLE: "A part of this server is away for now",
    ErrorCode.LOGIN_REQUIRED: "The person has to log in",
    ErrorCode.CONSENT_REQUIRED: "The person has to be asked",
    ErrorCode.INTERACTION_REQUIRED: "The person has to be shown a page",
    ErrorCode.REQUEST_NOT_SUPPORTED: "Request objects are not read here",
    ErrorCode.REQUEST_URI_NOT_SUPPORTED: "Request URIs are not read here",
    ErrorCode.REGISTRATION_NOT_SUPPORTED: "Clients are registered by the association",
    ErrorCode.INVALID_TOKEN: "The access token is not valid",
    ErrorCode.INSUFFICIENT_SCOPE: "The access token does not cover this",
}

_STATUSES: Final[Mapping[ErrorCode, HTTPStatus]] = {
    ErrorCode.INVALID_CLIENT: HTTPStatus.UNAUTHORIZED,
    ErrorCode.INVALID_TOKEN: HTTPStatus.UNAUTHORIZED,
    ErrorCode.INSUFFICIENT_SCOPE: HTTPStatus.FORBIDDEN,
    ErrorCode.SERVER_ERROR: HTTPStatus.INTERNAL_SERVER_ERROR,
    ErrorCode.TEMPORARILY_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}


class OAuthError(CallerError):
    """A request that is refused in the words of the standards. `message` is the description."""

    def __init__(self, code: ErrorCode, description: str = "") -> None:
        super().__init__(description or DESCRIPTIONS[code])
        self.code = code


class UnaddressedError(CallerError):
    """An authorization request that names no place to answer to: it ends on a page of ours."""


def status_of(code: ErrorCode) -> HTTPStatus:
    """On the wire, where the error is not redirected."""
    return _STATUSES.get(code, HTTPStatus.BAD_REQUEST)


def invalid_request(description: str) -> OAuthError:
    """The most frequent kind, with a word about what is wrong."""
    return OAuthError(ErrorCode.INVALID_REQUEST, description)
