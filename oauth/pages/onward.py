"""Where a citizen's login leads."""

from typing import Final

from oauth.browser.onward import Onward
from oauth.server.protocol.metadata import AUTHORIZE

HOME: Final = "/account"

ONWARD: Final = Onward(
    home=HOME,
    folders=frozenset({HOME}),
    never=frozenset({"/account/login", "/account/logout", "/account/register"}),
    asked=frozenset({AUTHORIZE}),
)
"""The person's own pages, and the authorization that waits for them."""
