"""Forms that clients and our own pages post."""

from typing import Final

from aiohttp import web

from kernel.errors import TooLargeError
from oauth.server.protocol.errors import invalid_request
from oauth.server.protocol.parameters import Parameters, parse

MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
MOST_BYTES: Final = 65_536


async def read_form(request: web.Request) -> Parameters:
    """The form in the body; parameters of the query are none (RFC 6749 §2.3.1).

    Raises:
        OAuthError: invalid_request: another media type, or not UTF-8.
        TooLargeError: more than 64 KiB.
    """
    if request.content_type != MEDIA_TYPE:
        raise invalid_request(f"The body is not {MEDIA_TYPE}")
    if (request.content_length or 0) > MOST_BYTES:
        raise TooLargeError("The form is larger than 64 KiB")
    body = await request.read()
    if len(body) > MOST_BYTES:
        raise TooLargeError("The form is larger than 64 KiB")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise invalid_request("The form is not UTF-8") from None
    return parse(text)
