"""Forms that browsers send from our pages."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qs

from aiohttp import web

from kernel.errors import BadRequestError, TooLargeError

MOST_BYTES: Final = 65_536

_MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 200


async def read_form(
    request: web.Request, most_bytes: int = MOST_BYTES
) -> Mapping[str, Sequence[str]]:
    """The fields of the form in the body, each with its values in order (WHATWG URL §5.1).

    Whatever charset the request names, browsers send ASCII that stands for UTF-8.

    Raises:
        BadRequestError: another media type, not UTF-8, or too many fields.
        TooLargeError: more than `most_bytes`.
    """
    if request.content_type != _MEDIA_TYPE:
        raise BadRequestError("The body is not a form")
    if (request.content_length or 0) > most_bytes:
        raise _too_large()
    body = await request.read()
    if len(body) > most_bytes:
        raise _too_large()
    try:
        return parse_qs(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise BadRequestError("The form cannot be read") from None


def _too_large() -> TooLargeError:
    return TooLargeError("The form is larger than this page reads")
