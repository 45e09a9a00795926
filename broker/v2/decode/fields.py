"""Fields of JSON objects, with Orion's texts for what is wrong with them."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from broker.v2.decode.names import has_forbidden
from kernel.errors import BadRequestError

Document = Mapping[str, Any]


def text_of(document: Document, name: str, what: str = "") -> str | None:
    """A text, or None if the field is absent.

    Raises:
        BadRequestError: it is something else.
    """
    if name not in document:
        return None
    value = document[name]
    if type(value) is not str:
        raise BadRequestError(f"{what or name} is not a string")
    return value


def needed_text_of(document: Document, name: str, what: str) -> str:
    """A text that must be there.

    Raises:
        BadRequestError: it is absent or something else.
    """
    value = text_of(document, name, what)
    if value is None:
        raise BadRequestError(f"{what} is missing")
    return value


def whole_of(document: Document, name: str) -> int | None:
    """A whole number, or None if the field is absent.

    Raises:
        BadRequestError: it is something else.
    """
    if name not in document:
        return None
    value = document[name]
    if type(value) is not int:
        raise BadRequestError(f"{name} is not an int")
    return value


def flag_of(document: Document, name: str) -> bool | None:
    """A truth value, or None if the field is absent.

    Raises:
        BadRequestError: it is something else.
    """
    if name not in document:
        return None
    value = document[name]
    if type(value) is not bool:
        raise BadRequestError(f"{name} is not a bool")
    return value


def texts_of(document: Document, name: str) -> tuple[str, ...]:
    """A list of texts; empty if the field is absent.

    Raises:
        BadRequestError: it is something else, or an element is empty or holds a bad character.
    """
    values = document.get(name, [])
    if type(values) is not list:
        raise BadRequestError(f"the field /{name}/ must be a JSON array")
    for value in values:
        if type(value) is not str:
            raise BadRequestError(f"only JSON Strings allowed in string vector /{name}/")
        if not value:
            raise BadRequestError(f"empty string found in string vector /{name}/")
    if any(map(has_forbidden, values)):
        raise BadRequestError(f"Invalid characters in {name} element")
    return tuple(values)


def distinct_of(document: Document, name: str) -> tuple[str, ...]:
    """The same, where no text may stand twice.

    Raises:
        BadRequestError: as for `texts_of`, or one does.
    """
    texts = texts_of(document, name)
    if len(set(texts)) < len(texts):
        often = Counter(texts)
        first = next(text for text in texts if often[text] > 1)
        raise BadRequestError(f"duplicated item /{first}/ in array")
    return texts


def object_of(document: Document, name: str, what: str = "") -> dict[str, Any] | None:
    """An object, or None if the field is absent.

    Raises:
        BadRequestError: it is something else.
    """
    if name not in document:
        return None
    value = document[name]
    if type(value) is not dict:
        raise BadRequestError(f"{what or name} is not an object")
    return value
