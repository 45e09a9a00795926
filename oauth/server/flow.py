"""What the two halves of an authorization share: the page that asks, and the answer it gets."""

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.times import Instant
from oauth.browser.cookies import Cookies
from oauth.consent import is_minor_locked
from oauth.consents.desk import Consents
from oauth.model.people import Account
from oauth.server.addressing import Addressed, Addressing
from oauth.server.authorizing import Asked, Authorizing
from oauth.server.consent_page import ConsentPage
from oauth.server.hints import IdTokenHints
from oauth.server.ports import Visitor, Visitors
from oauth.server.protocol.authorization import parse
from oauth.server.screens import Screens


@dataclass(frozen=True, slots=True)
class Flow:
    """The parts that both rest on, and the questions that both put."""

    addressing: Addressing
    authorizing: Authorizing
    page: ConsentPage
    consents: Consents
    hints: IdTokenHints
    visitors: Visitors
    cookies: Cookies
    screens: Screens
    clock: Clock

    async def asked(self, addressed: Addressed) -> tuple[Asked, Instant]:
        """The request in order, and the earliest login that will do for it.

        Raises:
            OAuthError: what the client is told.
        """
        request = parse(addressed.parameters, addressed.target)
        asked = await self.authorizing.asked(request, addressed.client)
        return asked, request.freshest_needed(self.clock.now())

    async def visitor(self, secret: str) -> Visitor | None:
        """Who holds this cookie's secret, if anybody does."""
        return await self.visitors.who(secret) if secret else None

    async def is_meant(self, asked: Asked, visitor: Visitor) -> bool:
        """Whether the person is the one whom the service means, if it says so.

        Raises:
            OAuthError: what the client is told.
        """
        return await self.hints.fits(asked.request.hint, asked.client, visitor.account.id)

    def is_minor_locked(self, account: Account) -> bool:
        """Whether the account may grant nothing yet."""
        return is_minor_locked(account, self.clock.now())
