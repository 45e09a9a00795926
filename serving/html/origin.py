"""Whether a form comes from our own pages."""

from urllib.parse import urlsplit

from aiohttp import web


def is_same_origin(request: web.Request) -> bool:
    """What the browser says of the page that a request comes from; False if it says nothing."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    return urlsplit(origin).netloc == request.host
