"""What identifiers may look like (NGSI-v2 "Field syntax restrictions").

Identifiers are of 1 to 256 characters of plain ASCII, without control characters, white space and
`& ? / #`, and without the characters that Orion refuses everywhere: `< > " ' = ; ( )`.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final

from kernel.errors import BadRequestError

LONGEST_NAME: Final = 256
_NAME: Final = re.compile(r"[!$%*+,\-.0-9:@A-Z\[\\\]^_`a-z{|}~]*\Z")  # noqa: TID251 — ours, linear
_FORBIDDEN: Final = re.compile(r"[<>\"'=;()]")  # noqa: TID251 — ours, linear


class Field(StrEnum):
    """The fields that are identifiers, as error texts call them."""

    ENTITY_ID = "entity id"
    ENTITY_TYPE = "entity type"
    ATTRIBUTE_NAME = "attribute name"
    ATTRIBUTE_TYPE = "attribute type"
    METADATA_NAME = "metadata name"
    METADATA_TYPE = "metadata type"


@lru_cache(maxsize=4_096)  # a city has few names, and writes each of them thousands of times
def checked_name(text: str, field: Field) -> str:
    """The identifier itself; `checked_id` is for those that are many.

    Raises:
        BadRequestError: too short, too long, or with a character that it may not have.
    """
    return checked_id(text, field)


def checked_id(text: str, field: Field) -> str:
    """The identifier itself.

    Raises:
        BadRequestError: too short, too long, or with a character that it may not have.
    """
    if not text or len(text) > LONGEST_NAME:
        raise BadRequestError(_length(text, field))
    if not _NAME.match(text):
        raise BadRequestError(f"Invalid characters in {field}")
    return text


def is_name(text: str) -> bool:
    """Whether all characters may stand in an identifier; its length is another matter."""
    return _NAME.match(text) is not None


def _length(text: str, field: Field) -> str:
    bound = f"max length supported: {LONGEST_NAME}" if text else "min length supported: 1"
    return f"{field} length: {len(text)}, {bound}"


def has_forbidden(text: str) -> bool:
    """Whether a text holds a character that Orion refuses in values and parameters."""
    return _FORBIDDEN.search(text) is not None


def has_forbidden_but(text: str, allowed: str) -> bool:
    """The same, for parameters whose syntax needs some of these characters."""
    return any(found not in allowed for found in _FORBIDDEN.findall(text))
