"""The headers of every page of the boards: nothing from elsewhere, nothing inline (§4.1)."""

from aiohttp import web

from serving.html import headers
from serving.html.headers import security_headers

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = dict(security_headers(CONTENT_SECURITY_POLICY))


def page(html: str, *, status: int = 200) -> web.Response:
    """An HTML page that no cache keeps: its numbers are of this moment."""
    return headers.page(html, SECURITY_HEADERS, status=status)
