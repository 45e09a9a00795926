"""Any bytes → measures, or `DecodeError` with a rule id; never another exception."""

from typing import assert_never

from ingest.decode import json_measures, ultralight
from ingest.message import Dialect, Measure, RawMessage
from ingest.policy.model import Limits
from ingest.rules import DecodeError, Rule

TIME_INSTANT = "TimeInstant"
"""What the IoT Agents call the time of a measure."""


def decode(message: RawMessage, limits: Limits) -> list[Measure]:
    """The measures of a message, in its order.

    Raises:
        DecodeError: the bytes are not such a message, or cost more than `limits`.
    """
    if len(message.payload) > limits.bytes:
        raise DecodeError(Rule.BYTES)
    if max(len(message.name), len(message.time)) > limits.string:
        raise DecodeError(Rule.STRING)
    match message.dialect:
        case Dialect.JSON:
            measures = json_measures.decode(message.payload, limits, message.name)
        case Dialect.ULTRALIGHT:
            measures = ultralight.decode(message.payload, limits, message.name)
        case _:
            assert_never(message.dialect)
    if message.time:
        for measure in measures:
            measure.setdefault(TIME_INSTANT, message.time)
    return measures
