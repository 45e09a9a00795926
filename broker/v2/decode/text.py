"""Values as plain text (NGSI-v2 "Update Attribute Value")."""

from typing import Any, Final

import orjson

from kernel.errors import BadRequestError

_WORDS: Final[dict[str, bool | None]] = {
    spelt(word): value
    for word, value in (("true", True), ("false", False), ("null", None))
    for spelt in (str.lower, str.capitalize, str.upper)
}


def read_text_value(body: bytes) -> Any:
    """`"text"`, `true`, `false`, `null` or a number.

    Raises:
        BadRequestError: anything else.
    """
    try:
        text = body.decode().strip()
    except UnicodeDecodeError:
        raise BadRequestError("attribute value type not recognized") from None
    if text.startswith('"'):
        if len(text) == 1 or not text.endswith('"'):
            raise BadRequestError("Missing citation-mark at end of string")
        return text[1:-1]
    if text in _WORDS:
        return _WORDS[text]
    try:
        number = orjson.loads(text)
    except orjson.JSONDecodeError:
        number = None
    if type(number) not in (int, float):
        raise BadRequestError("attribute value type not recognized")
    return number
