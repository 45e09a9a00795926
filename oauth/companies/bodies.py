"""JSON bodies into wishes. Errors name the field and never quote what stood there."""

from typing import Final, TypeVar

import msgspec

from kernel.errors import BadRequestError

WishT = TypeVar("WishT")

_AT: Final = " - at `$"
_MISSING: Final = "Object missing required field `"
_UNKNOWN: Final = "Object contains unknown field"


def read(body: bytes, wish: type[WishT]) -> WishT:
    """The body as a wish.

    Raises:
        BadRequestError: it is not JSON, or a field is missing, unknown or wrong.
    """
    try:
        return msgspec.json.decode(body, type=wish)
    except msgspec.ValidationError as error:
        raise BadRequestError(_sentence(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadRequestError("The body is not a JSON document") from None


def convert(value: object, wish: type[WishT]) -> WishT:
    """What was read elsewhere (a form, a file of YAML) as a wish; texts may stand for numbers.

    Raises:
        BadRequestError: a field is missing, unknown or wrong.
    """
    try:
        return msgspec.convert(value, type=wish, strict=False)
    except msgspec.ValidationError as error:
        raise BadRequestError(_sentence(str(error))) from None


def _sentence(said: str) -> str:
    """What is wrong and where; msgspec's own text may quote the value."""
    what, _, place = said.partition(_AT)
    path = place.rstrip("`").lstrip(".")
    if what.startswith(_UNKNOWN):
        return f"{path or 'The body'} has a member that is not known here"
    if what.startswith(_MISSING):
        name = what.removeprefix(_MISSING).rstrip("`")
        return f"{path}.{name} is missing" if path else f"{name} is missing"
    return f"{path or 'The body'} has a wrong value"
