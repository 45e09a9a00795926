"""JSON in and out, under limits that hold before anything is built from the input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import orjson

from kernel.errors import BadRequestError, TooLargeError

JsonValue: TypeAlias = (
    "str | int | float | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
)
JsonObject: TypeAlias = "Mapping[str, JsonValue]"

_QUOTE = ord('"')
_BACKSLASH = ord("\\")


class MalformedJsonError(BadRequestError):
    """The bytes are not JSON, or nest too deep. The input is never quoted."""


@dataclass(frozen=True, slots=True)
class JsonLimits:
    """What a JSON body may cost: its size in bytes and its nesting depth."""

    max_bytes: int = 1_048_576
    max_depth: int = 50


def parse(body: bytes, limits: JsonLimits) -> JsonValue:
    """Read a JSON document within `limits`. Of duplicate keys the last counts.

    Raises:
        TooLargeError: more than `limits.max_bytes` bytes.
        MalformedJsonError: not JSON, not UTF-8, or nested deeper than `limits.max_depth`.
    """
    if len(body) > limits.max_bytes:
        raise TooLargeError(f"The body is larger than {limits.max_bytes} bytes")
    # The brackets bound the depth from above, so that nearly every body skips the walk.
    may_be_deep = body.count(b"[") + body.count(b"{") > limits.max_depth
    if may_be_deep and _depth(body) > limits.max_depth:
        raise MalformedJsonError(f"The document nests deeper than {limits.max_depth}")
    try:
        value: JsonValue = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise MalformedJsonError("The body is not a JSON document") from None
    return value


def _depth(body: bytes) -> int:
    """The deepest nesting of brackets outside strings, without building anything."""
    deepest = level = 0
    in_string = escaped = False
    for byte in body:
        if in_string:
            if escaped:
                escaped = False
            elif byte == _BACKSLASH:
                escaped = True
            elif byte == _QUOTE:
                in_string = False
        elif byte == _QUOTE:
            in_string = True
        elif byte in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif byte in b"]}":
            level -= 1
    return deepest


def render(value: object) -> bytes:
    """Compact JSON in UTF-8."""
    return orjson.dumps(value)
