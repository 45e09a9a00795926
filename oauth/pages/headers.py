"""The headers of the citizen's pages: no script, no frame, no cache, no referrer (§3.4)."""

from collections.abc import Mapping, Sequence

from serving.html.headers import security_headers


def page_headers(form_origins: Sequence[str] = ()) -> Mapping[str, str]:
    """The headers of one page.

    Chromium applies `form-action` to the redirect that follows a form, so that login and consent
    pages name the origins that an authorization may lead to; every other page names none.
    """
    targets = " ".join(("'self'", *form_origins))
    return security_headers(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; "
        f"form-action {targets}; base-uri 'none'; frame-ancestors 'none'",
        referrer="no-referrer",
    )
