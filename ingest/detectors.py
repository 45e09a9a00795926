"""The detector net: the second line behind the allow-list (de-identification §5).

It looks at what the transforms made, not at raw input. A hit means that a *policy* is wrong, so
the measure is refused and an operator is told. Patterns run on google-re2 in linear time.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import re2

from ingest.normalise import normalise
from ingest.observation import (
    Attribute,
    BoundedNumber,
    BucketTime,
    CodeValue,
    EnumMember,
    Nothing,
    Observation,
    RegistryValue,
    Truth,
)
from ingest.rules import Refusal, Rule
from kernel.times import MINUTE_US

LARGEST_HARMLESS = 100_000_000
"""Numbers below it are too short for any identifier of the list; every field is bounded by it."""

_COORDINATE_DECIMALS = 4
_SMALLEST_MAC = 2**32
_MACS = 2**48
_DIGIT_RUN = 10**10


def _quiet() -> Any:
    options = re2.Options()
    options.log_errors = False  # a bad pattern would print itself, and with it perhaps input
    return options


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled  # noqa: PLR2004 — the digits' sum
    return total % 10 == 0


def _my_number(digits: str) -> bool:
    """The check digit of an Individual Number (ordinance of 2014, article 5)."""
    body = [int(digit) for digit in reversed(digits[:11])]
    weights = (2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6)
    rest = sum(weight * digit for weight, digit in zip(weights, body, strict=True)) % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


_ASCII_DIGITS: Final = frozenset("0123456789")
_PHONE_LENGTHS: Final = (10, 11)


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter in _ASCII_DIGITS)


def _is_phone(text: str) -> bool:
    national = _digits(text)
    if text.startswith("+81"):
        national = "0" + national[2:].removeprefix("0")
    return len(national) in _PHONE_LENGTHS


def _always(text: str) -> bool:  # noqa: ARG001 — the pattern alone decides
    return True


_IPV6 = r"\b(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{0,4}|[0-9a-fA-F]{0,4}::[0-9a-fA-F:]*[0-9a-fA-F]"
_MAC = (
    r"\b[0-9a-fA-F]{2}(?:[:_ .-]?[0-9a-fA-F]{2}){5}\b"
    r"|\b[0-9a-fA-F]{4}[.:-][0-9a-fA-F]{4}[.:-][0-9a-fA-F]{4}\b"
    r"|\b[0-9a-fA-F]{6}[.:-][0-9a-fA-F]{6}\b"
)
_NET: Final[tuple[tuple[Rule, str, Callable[[str], bool]], ...]] = (
    (Rule.E_MAIL, r"[^\s@]+@[^\s@]+\.[^\s@]+", _always),
    (Rule.UUID, r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", _always),
    (Rule.NUMBER_PLATE, r"\p{Han}+\s*\d{1,3}\s*\p{Hiragana}\s*[\d・.]{1,2}-?\d{2}", _always),
    (Rule.LUHN, r"\b\d(?:[ -]?\d){12,18}\b", lambda text: _luhn(_digits(text))),
    (Rule.MY_NUMBER, r"\b\d{4}[ -]?\d{4}[ -]?\d{4}\b", lambda text: _my_number(_digits(text))),
    (Rule.MAC_ADDRESS, _MAC, _always),
    (Rule.IP_ADDRESS, r"\b(?:\d{1,3}\.){3}\d{1,3}\b", _always),
    (Rule.IP_ADDRESS, _IPV6, _always),
    (Rule.IMSI, r"\b[2-7]\d{14}\b", _always),
    (Rule.PHONE, r"(?:\+81|\b0)[ -]?\(?\d{1,4}\)?[ -]?\(?\d{1,4}\)?[ -]?\d{3,4}\b", _is_phone),
    (Rule.CARD_IDM, r"\b[0-9a-fA-F]{16}\b", _always),
    (Rule.DIGIT_RUN, r"\d{11,}", _always),
    (Rule.HEX, r"[0-9a-fA-F]{12,}", _always),
    (Rule.NUMERIC_ARRAY, r"(?:[-+]?[0-9][0-9.eE+-]*[\s,;]+){31,}[-+]?[0-9]", _always),
    (Rule.COORDINATE, r"\b\d{1,3}\.\d{5,}", _always),
    (Rule.FINE_TIME, r"\d{4}-\d{2}-\d{2}[T ]?\d{2}:\d{2}", _always),
    (Rule.BASE64, r"[A-Za-z0-9+/_-]{24,}", _always),
)
_PATTERNS: Final = tuple(
    (rule, re2.compile(pattern, options=_quiet()), confirm) for rule, pattern, confirm in _NET
)


def scan_text(text: str) -> Rule | None:
    """The first rule of the net that finds something in the text; None if nothing does."""
    plain = normalise(text)
    for rule, pattern, confirm in _PATTERNS:
        if any(confirm(match.group(0)) for match in pattern.finditer(plain)):
            return rule
    return None


def scan_number(value: float) -> Rule | None:
    """Whether a number could be an identifier or a precise coordinate."""
    if not isinstance(value, int):
        if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 — NaN
            return Rule.NUMBER
        if round(value, _COORDINATE_DECIMALS) != value:
            return Rule.COORDINATE
        value = int(value)
    size = abs(value)
    if size < LARGEST_HARMLESS:
        return None
    if _SMALLEST_MAC <= size < _MACS:
        return Rule.MAC_ADDRESS
    return Rule.DIGIT_RUN if size >= _DIGIT_RUN else scan_text(str(size))


def _number(value: BoundedNumber) -> Rule | None:
    number = value.value
    kind = type(number)
    if kind is int and -LARGEST_HARMLESS < number < LARGEST_HARMLESS:
        return None
    return scan_number(number) if kind is float or kind is int else Rule.VALUE_KIND


def _time(value: BucketTime) -> Rule | None:
    coarse = value.width_us >= MINUTE_US and value.value % value.width_us == 0
    return None if coarse else Rule.FINE_TIME


def _text(value: EnumMember | CodeValue) -> Rule | None:
    return None if type(value.value) is str else Rule.VALUE_KIND


def _registry(value: RegistryValue) -> Rule | None:
    return None if type(value.value) in (str, int, float, bool, dict) else Rule.VALUE_KIND


def _truth(value: Truth) -> Rule | None:
    kind: type = type(value.value)
    return None if kind is bool else Rule.VALUE_KIND


def _nothing(value: Nothing) -> Rule | None:  # noqa: ARG001 — nothing to look at
    return None


_LOOK: Final[Mapping[type, Callable[[Any], Rule | None]]] = {
    BoundedNumber: _number,
    BucketTime: _time,
    EnumMember: _text,
    CodeValue: _text,
    RegistryValue: _registry,
    Truth: _truth,
    Nothing: _nothing,
}


def inspect(observation: Observation) -> None:
    """Look at every value of an observation.

    Raises:
        Refusal: with the rule that found something and the name of the emitted attribute.
    """
    bucket = observation.observed_at
    if bucket % MINUTE_US:
        raise Refusal(Rule.FINE_TIME)
    for attribute in observation.attributes:
        look = _LOOK.get(type(attribute.value))
        rule = Rule.VALUE_KIND if look is None else look(attribute.value)
        if rule is None and attribute.observed_at not in (None, bucket):
            rule = Rule.FINE_TIME
        if rule is not None:
            raise Refusal(rule, _path(attribute))


def _path(attribute: Attribute) -> str:
    return f"emit.{attribute.name}"
