"""The JSON document of a request: an object, within the limits."""

from typing import Any, Final

from broker.v2.decode.repeats import check_repeats
from broker.v2.errors import DEEPEST, EMPTY_PAYLOAD, parse_error
from kernel.errors import BadRequestError
from kernel.json import JsonLimits, parse

_ENVELOPE: Final = 6
"""`{"entities": [{"attr": {"metadata": {"m": …` stands around a value; the value counts itself."""


def limits_of(max_bytes: int) -> JsonLimits:
    """What a body may cost: values nest up to 50 deep, and the document has brackets around."""
    return JsonLimits(max_bytes, DEEPEST + _ENVELOPE)


def read_object(body: bytes, limits: JsonLimits) -> dict[str, Any]:
    """The object that the body holds.

    Raises:
        MalformedJsonError: not JSON, or JSON of another kind.
    """
    document = parse(body, limits)
    if type(document) is not dict:
        raise parse_error()
    return document


def read_written(
    body: bytes, limits: JsonLimits, *, may_be_empty: bool, key_values: bool
) -> dict[str, Any]:
    """The object that a body with entities, or with attributes of one, holds.

    Raises:
        MalformedJsonError: not JSON, or JSON of another kind.
        BadRequestError: the object is empty, or names an attribute or a key of a value twice.
    """
    document = read_object(body, limits) if may_be_empty else read_full_object(body, limits)
    check_repeats(body, document, key_values=key_values)
    return document


def read_full_object(body: bytes, limits: JsonLimits) -> dict[str, Any]:
    """The object that the body holds, which must say something.

    Raises:
        MalformedJsonError: not JSON, or JSON of another kind.
        BadRequestError: the object is empty.
    """
    document = read_object(body, limits)
    if not document:
        raise BadRequestError(EMPTY_PAYLOAD)
    return document
