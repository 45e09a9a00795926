"""What may go wrong with another broker.

    NgsiClientError                 (kernel.errors.PeerError)
    ├── BrokerUnreachableError      no answer came, or none in time
    ├── BrokerMalformedError        an answer that is not what the standard says
    ├── BatchRefusedError           some entities of a batch were not written
    └── BrokerAnswerError           the broker answered with an error
        ├── BrokerForbiddenError    401, 403
        ├── BrokerMissingError      404
        ├── BrokerConflictError     409, and 422 of NGSI-v2 ("Already Exists")
        ├── BrokerTooLargeError     413
        └── BrokerBusyError         429, 503, after all repetitions

Messages name status and kind. What the broker said may quote what was sent to it, which may be
personal: it is kept in `description`, for programs, and is in no message.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from kernel.errors import PeerError


class NgsiClientError(PeerError):
    """Another broker failed us, or refused."""


class BrokerUnreachableError(NgsiClientError):
    """No answer came. A write may or may not have happened."""


class BrokerMalformedError(NgsiClientError):
    """The answer is not what the standard says."""


class BatchRefusedError(NgsiClientError):
    """Some entities of a batch were not written; the others were.

    Attributes:
        failures: (entity id, what the broker said of it).
    """

    def __init__(self, failures: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        super().__init__(f"The broker refused {len(failures)} entities of a batch")
        self.failures = failures


class BrokerAnswerError(NgsiClientError):
    """The broker answered with an error.

    Attributes:
        code: HTTP status.
        name: NGSI-v2 `error`, or the last part of NGSI-LD's `type`.
        description: NGSI-v2 `description`, or NGSI-LD's `detail`.
    """

    def __init__(self, code: int, name: str = "", description: str = "") -> None:
        super().__init__(f"The broker answered {code} {name}".rstrip())
        self.code = code
        self.name = name
        self.description = description


class BrokerForbiddenError(BrokerAnswerError):
    """The credentials are missing, wrong, or not enough."""


class BrokerMissingError(BrokerAnswerError):
    """What the request names does not exist there."""


class BrokerConflictError(BrokerAnswerError):
    """It exists already, or the request names several things."""


class BrokerTooLargeError(BrokerAnswerError):
    """The body is over the broker's limit."""


class BrokerBusyError(BrokerAnswerError):
    """The broker asked to come later, and still does."""


_KINDS: Final[Mapping[int, type[BrokerAnswerError]]] = {
    HTTPStatus.UNAUTHORIZED: BrokerForbiddenError,
    HTTPStatus.FORBIDDEN: BrokerForbiddenError,
    HTTPStatus.NOT_FOUND: BrokerMissingError,
    HTTPStatus.CONFLICT: BrokerConflictError,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: BrokerTooLargeError,
    HTTPStatus.TOO_MANY_REQUESTS: BrokerBusyError,
    HTTPStatus.SERVICE_UNAVAILABLE: BrokerBusyError,
}
_ALREADY_EXISTS: Final = "Already Exists"


def answer_error(code: int, body: object) -> BrokerAnswerError:
    """The error behind an answer: NGSI-v2 "Error Responses", ETSI GS CIM 009 §5.5.3."""
    told = body if isinstance(body, Mapping) else {}
    name = str(told.get("error") or str(told.get("type", "")).rpartition("/")[2])
    description = str(told.get("description") or told.get("detail") or told.get("title") or "")
    kind = _KINDS.get(code, BrokerAnswerError)
    if code == HTTPStatus.UNPROCESSABLE_ENTITY and description == _ALREADY_EXISTS:
        kind = BrokerConflictError
    return kind(code, name, description)
