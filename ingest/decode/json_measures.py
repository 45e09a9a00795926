"""The IoT Agent for JSON: an object is a measure, an array of objects is several."""

from typing import Final

from ingest.decode.limits import hold
from ingest.message import Measure, Raw
from ingest.policy.model import Limits
from ingest.rules import DecodeError, Rule
from kernel.errors import TooLargeError
from kernel.json import JsonLimits, MalformedJsonError, parse

_DEEPEST: Final = 1000
"""What the parser itself stands; the policy's own depth is held afterwards."""


def decode(payload: bytes, limits: Limits, name: str = "") -> list[Measure]:
    """Measures of a JSON payload; with `name`, the payload is the bare value of one attribute.

    Raises:
        DecodeError: not JSON, not measures, or over a limit.
    """
    document = _parse(payload, limits)
    hold(document, limits)
    if name:
        return [Measure({name: document})]
    measures = document if type(document) is list else [document]
    if not measures or any(type(one) is not dict for one in measures):
        raise DecodeError(Rule.NOT_A_MEASURE)
    return [Measure(one) for one in measures]


def _parse(payload: bytes, limits: Limits) -> Raw:
    try:
        return parse(payload, JsonLimits(limits.bytes, _DEEPEST))
    except TooLargeError:
        raise DecodeError(Rule.BYTES) from None
    except MalformedJsonError:
        raise DecodeError(Rule.NOT_JSON) from None
