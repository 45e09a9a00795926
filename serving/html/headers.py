"""The headers of every page: nothing from elsewhere, nothing inline, no framing."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

PERMISSIONS_POLICY: Final = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
        "xr-spatial-tracking",
    )
)


def security_headers(policy: str, *, referrer: str = "same-origin") -> Mapping[str, str]:
    """The headers of a page with this content security policy."""
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": referrer,
        "Permissions-Policy": PERMISSIONS_POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def page(html: str, headers: Mapping[str, str], *, status: int = 200) -> web.Response:
    """An HTML page that no cache keeps: what it shows is of this moment, or of one person."""
    response = web.Response(text=html, content_type="text/html", charset="utf-8", status=status)
    response.headers.update(headers)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


def see_other(where: str, headers: Mapping[str, str]) -> web.Response:
    """303: what a form did is done, and reloading the next page does not do it again."""
    response = web.Response(status=303)
    response.headers.update(headers)
    response.headers.update({"Location": where, "Cache-Control": "no-store"})
    return response
