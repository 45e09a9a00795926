"""JSON in and out, under limits that hold before anything is built from the input."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import orjson

from kernel.errors import BadRequestError, TooLargeError

JsonValue: TypeAlias = (
    "str | int | float | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
)
JsonObject: TypeAlias = "Mapping[str, JsonValue]"

_SQUARE: Final = bytes.maketrans(b"{}", b"[]")
_PROSE: Final = bytes(byte for byte in range(256) if byte not in b'[]{}"\\')
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)  # noqa: TID251 — ours, linear


class MalformedJsonError(BadRequestError):
    """The bytes are not JSON, or nest too deep. The input is never quoted."""


class TooDeepJsonError(MalformedJsonError):
    """JSON, but nested deeper than what is read."""


@dataclass(frozen=True, slots=True)
class JsonLimits:
    """What a JSON body may cost: its size in bytes and its nesting depth."""

    max_bytes: int = 1_048_576
    max_depth: int = 50


def parse(body: bytes, limits: JsonLimits) -> JsonValue:
    """Read a JSON document within `limits`. Of duplicate keys the last counts.

    Raises:
        TooLargeError: more than `limits.max_bytes` bytes.
        MalformedJsonError: not JSON or not UTF-8.
        TooDeepJsonError: nested deeper than `limits.max_depth`.
    """
    if len(body) > limits.max_bytes:
        raise TooLargeError(f"The body is larger than {limits.max_bytes} bytes")
    # The brackets bound the depth from above, so that nearly every body skips the walk.
    may_be_deep = body.count(b"[") + body.count(b"{") > limits.max_depth
    if may_be_deep and _is_deeper(body, limits.max_depth):
        raise TooDeepJsonError(f"The document nests deeper than {limits.max_depth}")
    try:
        value: JsonValue = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise MalformedJsonError("The body is not a JSON document") from None
    return value


def _is_deeper(body: bytes, most: int) -> bool:
    """Whether brackets outside strings nest deeper than `most`, without building anything.

    Only steps that run at the speed of memory, since every large body passes here: brackets are
    kept and strings taken out, then the innermost pairs, once for each level.
    """
    brackets = body.translate(_SQUARE, _PROSE).replace(b'""', b"")
    if b'"' in brackets or b"\\" in brackets:  # a string with a bracket, a quote or a backslash
        brackets = _STRING.sub(b"", body).translate(_SQUARE, _PROSE)
    for _ in range(most):
        brackets = brackets.replace(b"[]", b"")
        if not brackets:
            return False
    return b"[]" in brackets


def render(value: object) -> bytes:
    """Compact JSON in UTF-8."""
    return orjson.dumps(value)
