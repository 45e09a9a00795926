"""A citizen's account: everything that the pages and the authorization server do with it."""

from dataclasses import dataclass

import msgspec

from kernel.times import SECOND_US, Instant
from oauth.accounts.address import Address, read_address
from oauth.accounts.changes import change
from oauth.accounts.credentials import Credentials
from oauth.accounts.erasure import EndConsents, Erasure
from oauth.accounts.parts import Parts
from oauth.accounts.refusals import BadAddressError, SignInFailedError
from oauth.accounts.registration import Application, Registration
from oauth.accounts.terms import terms_in_force
from oauth.accounts.throttles import Throttled
from oauth.model.people import Account, LinkPurpose, Session
from oauth.model.terms import TermsDocument
from oauth.model.texts import Language
from oauth.ports import Kept


@dataclass(frozen=True, slots=True, repr=False)
class Visitor:
    """Somebody who is signed in at a browser. It does not print.

    Attributes:
        secret_digest: of the cookie.
    """

    account: Account
    session: Session
    secret_digest: str

    def is_fresh(self, now: Instant, max_age_s: int) -> bool:
        """Whether the password was given at most so long ago (step-up; OIDC Core `max_age`)."""
        return now - self.session.authenticated_at <= max_age_s * SECOND_US

    def __repr__(self) -> str:
        return f"Visitor({self.account.id})"


class Accounts:
    """Registration, signing in and out, credentials, erasure.

    `parts` are those of `put_together`. `network` is where a request comes from, see
    `serving.remote`; empty where nobody knows.
    """

    def __init__(self, parts: Parts, *, end_consents: EndConsents) -> None:
        self._parts = parts
        self._erasure = Erasure(parts, end_consents)
        self._registration = Registration(parts, self._erasure)
        self._credentials = Credentials(parts)

    # Registration --------------------------------------------------------------------------------

    async def terms(self) -> TermsDocument:
        """What is accepted at registration now; see `terms.terms_in_force`."""
        return await terms_in_force(self._parts.vault, self._parts.clock.now())

    async def register(self, wanted: Application, *, network: str = "") -> None:
        """See `Registration.register`."""
        await self._registration.register(wanted, network)

    # Signing in and out --------------------------------------------------------------------------

    async def log_in(
        self, address: object, password: object, *, network: str = "", replacing: str = ""
    ) -> str:
        """Sign in; the new cookie's secret. `replacing` is the browser's session before.

        Raises:
            SignInFailedError: they do not belong together; an unknown address costs the same.
            TooManyRequestsError: too many failures of this address or from this network address.
        """
        named, parts = _as_typed(address), self._parts
        await parts.throttles.look(Throttled.NETWORK, network)
        await parts.throttles.attempt(Throttled.SIGN_IN, named.name)
        account = await parts.open_account(await parts.names.owner(named))
        matches = await parts.passwords.matches(account.password if account else "", password)
        if account is None or not matches:
            await parts.throttles.failed(Throttled.NETWORK, network)
            raise SignInFailedError("The address and the password do not belong together")
        await parts.throttles.forget(Throttled.SIGN_IN, named.name)
        await self._rehash(account, password)
        await parts.sessions.close(replacing)
        return await parts.sessions.open(account)

    async def who(self, secret: str) -> Visitor | None:
        """Whose cookie it is, if the session is live."""
        session = await self._parts.sessions.find(secret)
        if session is None:
            return None
        account = await self._parts.open_account(session.account_id)
        if account is None or account.epoch != session.epoch:
            return None
        return Visitor(account, session, session.digest)

    async def confirm(self, visitor: Visitor, password: object) -> bool:
        """Give the password again, before an act that asks for it; False if signed out meanwhile.

        Raises:
            WrongPasswordError: another password.
            TooManyRequestsError: too many wrong ones before.
        """
        await self._parts.confirm(visitor.account.id, password)
        return await self._parts.sessions.authenticated(visitor.session)

    async def log_out(self, secret: str) -> None:
        """End the session of a cookie."""
        await self._parts.sessions.close(secret)

    async def sign_out_everywhere(self, account_id: str) -> None:
        """Every browser is signed out, and every token of every service dies."""
        await self._parts.end_sessions(account_id)

    async def sessions(self, account: Account) -> int:
        """On how many browsers the person is signed in."""
        return await self._parts.sessions.live(account)

    # Credentials ---------------------------------------------------------------------------------

    async def ask_verification(self, account_id: str) -> None:
        """See `Credentials.ask_verification`."""
        await self._credentials.ask_verification(account_id)

    async def purpose_of(self, token: object) -> LinkPurpose:
        """See `Credentials.purpose_of`."""
        return await self._credentials.purpose_of(token)

    async def verify(self, token: object) -> LinkPurpose:
        """See `Credentials.verify`."""
        return await self._credentials.verify(token)

    async def ask_email_change(
        self, account_id: str, password: object, wanted: object, *, network: str = ""
    ) -> None:
        """See `Credentials.ask_email_change`."""
        await self._credentials.ask_email_change(account_id, password, wanted, network)

    async def change_password(self, account_id: str, present: object, wanted: str) -> None:
        """See `Credentials.change_password`."""
        await self._credentials.change_password(account_id, present, wanted)

    async def ask_recovery(self, wanted: object, *, network: str = "") -> None:
        """See `Credentials.ask_recovery`."""
        await self._credentials.ask_recovery(wanted, network)

    async def recover(self, token: object, wanted: str) -> None:
        """See `Credentials.recover`."""
        await self._credentials.recover(token, wanted)

    # The account ---------------------------------------------------------------------------------

    async def get(self, account_id: str) -> Kept[Account] | None:
        """An account in whatever state, as it is kept now."""
        return await self._parts.accounts.get(account_id)

    async def set_language(self, account_id: str, language: Language) -> None:
        """In which language letters are written."""

        def spoken(account: Account) -> Account:
            return msgspec.structs.replace(account, language=language)

        await change(self._parts.accounts, account_id, spoken)

    async def erase(self, account_id: str, password: object) -> None:
        """Erase a person, who gives the password again; see `Erasure.erase`.

        Raises:
            WrongPasswordError: another password, or erased already.
        """
        await self._erasure.erase(await self._parts.confirm(account_id, password))

    async def finish_erasures(self) -> int:
        """See `Erasure.finish_all`."""
        return await self._erasure.finish_all()

    async def _rehash(self, account: Account, password: object) -> None:
        """Hashes follow what hashes cost now, whenever the password passes by."""
        if not self._parts.passwords.is_outdated(account.password):
            return
        phc = await self._parts.passwords.hash(str(password))

        def rehashed(present: Account) -> Account:
            if present.password != account.password:
                return present
            return msgspec.structs.replace(present, password=phc)

        await change(self._parts.accounts, account.id, rehashed)


def _as_typed(text: object) -> Address:
    """The address; for what is none a name that nobody has, so that it costs the same."""
    try:
        return read_address(text)
    except BadAddressError:
        return Address(text[:254] if isinstance(text, str) else "?")
