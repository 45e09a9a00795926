"""Values as plain text (NGSI-v2 "Update Attribute Value")."""

import math
import re
from typing import Any, Final

from kernel.errors import BadRequestError

_WORDS: Final[dict[str, bool | None]] = {
    spelt(word): value
    for word, value in (("true", True), ("false", False), ("null", None))
    for spelt in (str.lower, str.capitalize, str.upper)
}
_NUMBER: Final = re.compile(  # noqa: TID251 — ours, linear
    r"\s*+[+-]?(?:([0-9]++)|[0-9]*+\.[0-9]++|[0-9]++\.)(?:[eE]([+-]?[0-9]++))?\s*+"
)
_LONGEST_INTEGER: Final = 20
_SMALLEST: Final = -(2**63)
_BIGGEST: Final = 2**64 - 1


def read_text_value(body: bytes) -> Any:
    """`"text"`, `true`, `false`, `null` or a number, which C's `strtod` reads: `.5`, `+5`, `05`.

    Raises:
        BadRequestError: anything else.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise BadRequestError("attribute value type not recognized") from None
    if text.startswith('"'):
        if len(text) == 1 or not text.endswith('"'):
            raise BadRequestError("Missing citation-mark at end of string")
        return text[1:-1]
    return _WORDS[text] if text in _WORDS else _number(text)


def _number(text: str) -> int | float:
    found = _NUMBER.fullmatch(text)
    number = float(text) if found is not None else math.inf
    if found is None or math.isinf(number):
        raise BadRequestError("attribute value type not recognized")
    whole, exponent = found.groups()
    if whole is None or exponent is not None or len(whole) > _LONGEST_INTEGER:
        return number
    exact = int(text)
    return exact if _SMALLEST <= exact <= _BIGGEST else number
