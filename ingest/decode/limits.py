"""Holds a decoded document under the limits of a policy."""

from ingest.message import Raw
from ingest.policy.model import Limits
from ingest.rules import DecodeError, Rule


def hold(document: Raw, limits: Limits) -> None:
    """Look at every part of a document once.

    Raises:
        DecodeError: too deep, too many keys or elements, or a text is too long.
    """
    level, parts = 1, [document]
    while parts:
        if level > limits.depth + 1:
            raise DecodeError(Rule.DEPTH)
        deeper: list[Raw] = []
        for part in parts:
            kind = type(part)
            if kind is dict:
                _hold_object(part, limits)
                deeper += part.values()
            elif kind is list:
                if len(part) > limits.array:
                    raise DecodeError(Rule.ARRAY)
                deeper += part
            elif kind is str and len(part) > limits.string:
                raise DecodeError(Rule.STRING)
        parts = deeper
        level += 1


def _hold_object(part: dict[str, Raw], limits: Limits) -> None:
    if len(part) > limits.keys:
        raise DecodeError(Rule.KEYS)
    if any(len(key) > limits.string for key in part):
        raise DecodeError(Rule.STRING)
