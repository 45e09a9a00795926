"""A token in the `Authorization` header (RFC 6750 §2.1). Other places end up in logs."""

from aiohttp import hdrs, web

from kernel.errors import BadRequestError


def bearer(request: web.Request) -> str:
    """The token; "" where there is none, or another scheme.

    Raises:
        BadRequestError: there are several headers, of which others may read another.
    """
    sent = request.headers.getall(hdrs.AUTHORIZATION, ())
    if not sent:
        return ""
    if len(sent) > 1:
        raise BadRequestError("There is more than one Authorization header")
    scheme, _, text = sent[0].partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""
