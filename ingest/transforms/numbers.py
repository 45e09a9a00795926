"""`int`, `number`, `band`: numbers within bounds, rounded to a step or cut into intervals."""

from bisect import bisect_right
from itertools import pairwise
from math import isfinite, log10
from typing import Final

from ingest.message import Raw
from ingest.normalise import normalise
from ingest.observation import BoundedNumber, EnumMember
from ingest.policy.model import BandField, IntField, NumberField
from ingest.rules import Refusal, Rule
from ingest.transforms.base import Transform
from kernel.times import Instant

_NUMERAL: Final = frozenset("0123456789+-.eE")
_LONGEST_NUMERAL = 24
_LARGEST_EXACT = 2**53


def read_number(raw: Raw, rule: Rule) -> int | float:
    """The finite number that was sent, as a number or as a plain numeral (UltraLight).

    Raises:
        Refusal: with `rule`: not a number, NaN or infinite.
    """
    kind = type(raw)
    if kind is int:
        whole: int = raw
        return whole
    if kind is float and isfinite(raw):
        fraction: float = raw
        return fraction
    if kind is str:
        return _read_numeral(normalise(raw), rule)
    raise Refusal(rule)


def _read_numeral(text: str, rule: Rule) -> float:
    if not text or len(text) > _LONGEST_NUMERAL or not _NUMERAL.issuperset(text):
        raise Refusal(rule)
    try:
        value = float(text)
    except ValueError:
        raise Refusal(rule) from None
    if not isfinite(value):
        raise Refusal(rule)
    return value


def build_int(field: IntField) -> Transform:
    """A whole number within [min, max], rounded to the step."""
    low, high, step = field.min, field.max, field.step

    def transform(raw: Raw, _now: Instant) -> BoundedNumber:
        value = raw if type(raw) is int else _whole(raw)
        if not low <= value <= high:
            raise Refusal(Rule.RANGE)
        return BoundedNumber(value if step == 1 else round(value / step) * step)

    return transform


def _whole(raw: Raw) -> int:
    value = read_number(raw, Rule.INTEGER)
    if value != int(value) or abs(value) > _LARGEST_EXACT:
        raise Refusal(Rule.INTEGER)
    return int(value)


def build_number(field: NumberField) -> Transform:
    """A finite number within [min, max], rounded to the step."""
    low, high, step = field.min, field.max, field.step
    decimals = max(0, -int(log10(step) // 1))

    def transform(raw: Raw, _now: Instant) -> BoundedNumber:
        value = read_number(raw, Rule.NUMBER)
        if not low <= value <= high:
            raise Refusal(Rule.RANGE)
        return BoundedNumber(round(round(value / step) * step, decimals))

    return transform


def build_band(field: BandField) -> Transform:
    """The label of the interval; below the first and from the last edge on, bottom and top."""
    edges = field.edges
    labels = (field.bottom, *(field.labels or _labels(edges)), field.top)
    members = tuple(EnumMember(label) for label in labels)

    def transform(raw: Raw, _now: Instant) -> EnumMember:
        return members[bisect_right(edges, read_number(raw, Rule.BAND))]

    return transform


def _labels(edges: tuple[float, ...]) -> tuple[str, ...]:
    """`10-19` for whole edges, `0.5-1.5` for others."""
    whole = all(edge == int(edge) for edge in edges)
    return tuple(f"{low:g}-{high - 1 if whole else high:g}" for low, high in pairwise(edges))
