"""Forms that only our own pages can send: each carries a proof of the cookie's secret.

A form is checked against the very cookie that authorises its act (the session's on a citizen's
page, the staff session's on an operator's, the visit's before signing in), never against any that
happens to be there: another could have been planted.
"""

import hmac
from collections.abc import Mapping
from typing import Final

from kernel.errors import ForbiddenError

FIELD: Final = "csrf"
"""Name of the hidden field."""

_MEANING: Final = b"odori csrf 1"
_REFUSAL: Final = "The form does not belong to this browser session; load the page again"


def token(secret: str) -> str:
    """What the hidden field holds: 64 hexadecimal digits that tell nothing about the secret."""
    return hmac.digest(secret.encode(), _MEANING, "sha256").hex()


def check(secret: str, form: Mapping[str, object]) -> None:
    """Let pass what came from a page that was made for the holder of this cookie's secret.

    Raises:
        ForbiddenError: no secret, no field, or another browser's.
    """
    shown = form.get(FIELD)
    if not secret or not isinstance(shown, str):
        raise ForbiddenError(_REFUSAL)
    if not hmac.compare_digest(shown.encode("utf-8", "replace"), token(secret).encode()):
        raise ForbiddenError(_REFUSAL)
