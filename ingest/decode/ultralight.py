"""UltraLight 2.0: `t|21.4|h|0.45`, several measures joined by `#`, a time in front of each.

Values stay texts here; the transform of a field decides what they are.
"""

from typing import Final

from ingest.message import Measure
from ingest.policy.model import Limits
from ingest.rules import DecodeError, Rule

_TIME_INSTANT: Final = "TimeInstant"


def decode(payload: bytes, limits: Limits, name: str = "") -> list[Measure]:
    """Measures of an UltraLight payload; with `name`, it is the bare value of one attribute.

    Raises:
        DecodeError: not UTF-8, not pairs, or over a limit.
    """
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        raise DecodeError(Rule.NOT_UTF8) from None
    if name:
        return [Measure({name: _held(text.strip(), limits)})]
    groups = text.strip().split("#")
    if len(groups) > limits.array:
        raise DecodeError(Rule.ARRAY)
    return [_measure(group, limits) for group in groups]


def _measure(group: str, limits: Limits) -> Measure:
    parts = [_held(part.strip(), limits) for part in group.split("|")]
    measure = Measure()
    if len(parts) % 2:
        measure[_TIME_INSTANT] = parts.pop(0)
    names, values = parts[::2], parts[1::2]
    if not names or not all(names):
        raise DecodeError(Rule.NOT_ULTRALIGHT)
    if len(names) > limits.keys:
        raise DecodeError(Rule.KEYS)
    measure.update(zip(names, values, strict=True))
    return measure


def _held(part: str, limits: Limits) -> str:
    if len(part) > limits.string:
        raise DecodeError(Rule.STRING)
    return part
