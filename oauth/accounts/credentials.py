"""What proves who somebody is, and how it changes: the address by a link, the password too."""

from functools import partial

import msgspec

from oauth.accounts.address import Address, read_address
from oauth.accounts.changes import change
from oauth.accounts.letters import Occasion
from oauth.accounts.links import dead
from oauth.accounts.parts import Parts, wrong_password
from oauth.accounts.refusals import AddressTakenError
from oauth.accounts.registration import tell_owner
from oauth.accounts.throttles import Throttled
from oauth.model.people import Account, AccountState, LinkPurpose
from oauth.sealing.sealer import ErasedError

_PROVES_AN_ADDRESS = (LinkPurpose.VERIFY, LinkPurpose.CHANGE_EMAIL)


class Credentials:
    """Verification, change of address, change of password, recovery."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def ask_verification(self, account_id: str) -> None:
        """Mail another link to the present address, unless it is verified."""
        account = await self._parts.open_account(account_id)
        address = await self._parts.personal.email(account_id)
        if account is None or address is None or account.email_verified:
            return
        await self._parts.throttles.attempt(Throttled.MAIL_TO, address.name)
        self._mail_link(account, LinkPurpose.VERIFY, Occasion.VERIFY, address)

    async def purpose_of(self, token: object) -> LinkPurpose:
        """What a link would do, for the page that it opens; nothing is used.

        Raises:
            DeadLinkError: it is no good.
        """
        kept, _ = await self._parts.links.look(token, tuple(LinkPurpose))
        return kept.value.purpose

    async def verify(self, token: object) -> LinkPurpose:
        """Use a link that proves an address: the first one, or one to move to.

        Raises:
            DeadLinkError: it is no good, or something happened since that overtook it.
            AddressTakenError: the address to move to belongs to another account.
        """
        link, address = await self._parts.links.look(token, _PROVES_AN_ADDRESS)
        account = await self._parts.open_account(link.value.account_id)
        if account is None:
            raise dead()
        moves = link.value.purpose is LinkPurpose.CHANGE_EMAIL
        overtaken = (
            link.value.epoch != account.epoch
            if moves
            else await self._parts.personal.email(account.id) != address
        )
        if overtaken:
            raise dead()
        await self._parts.links.spend(link)
        if moves:
            await self._move(account, address)
        verified = await change(self._parts.accounts, account.id, _verified)
        if verified is None or not verified.email_verified:
            await self._parts.names.drop_others(account.id)  # erased while the address moved
            raise dead()
        return link.value.purpose

    async def ask_email_change(
        self, account_id: str, password: object, wanted: object, network: str
    ) -> None:
        """Mail a link to a new address; the old one stays until it is used.

        Where somebody else has the address, they are told instead; the answer is the same.

        Raises:
            BadAddressError: not an address.
            WrongPasswordError: see `Parts.confirm`.
            TooManyRequestsError: too much mail to it, or from this network address.
        """
        address = read_address(wanted)
        account = await self._parts.confirm(account_id, password)
        await self._parts.throttles.attempt(Throttled.MAIL_FROM, network)
        await self._parts.throttles.attempt(Throttled.MAIL_TO, address.name)
        self._parts.post.put(partial(self._offer_move, account, address))

    async def change_password(self, account_id: str, present: object, wanted: str) -> None:
        """Put another password in its place; everybody is signed out, this browser too.

        Raises:
            WeakPasswordError: see `policy.check`.
            WrongPasswordError: see `Parts.confirm`.
        """
        address = await self._parts.personal.email(account_id)
        self._parts.passwords.check(wanted, local_part="" if address is None else address.local)
        confirmed = await self._parts.confirm(account_id, present)
        phc = await self._parts.passwords.hash(wanted)

        def changed(account: Account) -> Account:
            if account.password != confirmed.password:
                raise wrong_password()
            return msgspec.structs.replace(account, password=phc, epoch=account.epoch + 1)

        await change(self._parts.accounts, account_id, changed)
        await self._after_new_password(confirmed, address)

    async def ask_recovery(self, wanted: object, network: str) -> None:
        """Mail a link for a new password, if the address has an account; the answer is the same.

        Raises:
            BadAddressError: not an address.
            TooManyRequestsError: too much mail to it, or from this network address.
        """
        address = read_address(wanted)
        await self._parts.throttles.attempt(Throttled.MAIL_FROM, network)
        await self._parts.throttles.attempt(Throttled.MAIL_TO, address.name)
        self._parts.post.put(partial(self._offer_recovery, address))

    async def recover(self, token: object, wanted: str) -> None:
        """Use a link to set a new password; everybody is signed out, and the address is proved.

        A password that is refused does not use the link up.

        Raises:
            DeadLinkError: it is no good, or something happened since that overtook it.
            WeakPasswordError: see `policy.check`.
        """
        link, address = await self._parts.links.look(token, (LinkPurpose.RECOVER,))
        account = await self._parts.open_account(link.value.account_id)
        if account is None or await self._parts.personal.email(account.id) != address:
            raise dead()
        self._parts.passwords.check(wanted, local_part=address.local)
        phc = await self._parts.passwords.hash(wanted)
        await self._parts.links.spend(link)

        def recovered(present: Account) -> Account:
            if present.epoch != link.value.epoch:
                raise dead()
            return msgspec.structs.replace(
                present, password=phc, epoch=present.epoch + 1, email_verified=True
            )

        await change(self._parts.accounts, account.id, recovered)
        await self._after_new_password(account, address)

    async def _after_new_password(self, account: Account, address: Address | None) -> None:
        parts = self._parts
        await parts.sessions.close_all(account.id)
        await parts.throttles.forget(Throttled.PASSWORD_AGAIN, account.id)
        if address is not None:
            await parts.throttles.forget(Throttled.SIGN_IN, address.name)
            letter = parts.letters.write(Occasion.PASSWORD_CHANGED, account.language)
            parts.post.tell(address.text, letter)

    async def _move(self, account: Account, address: Address) -> None:
        """Take the new name before the old one goes: a crash between leaves both, never none."""
        parts = self._parts
        if not await parts.names.claim(address, account.id):
            raise AddressTakenError("Another ID has this e-mail address")
        old = await parts.personal.email(account.id)
        try:
            await parts.personal.set_email(account.id, address)
        except ErasedError:
            return
        await self._settle_names(account.id)
        if old is not None and old != address:
            letter = parts.letters.write(Occasion.EMAIL_CHANGED, account.language)
            parts.post.tell(old.text, letter)

    async def _settle_names(self, account_id: str) -> None:
        """One name, that of the address, whichever other link moves it meanwhile."""
        names, personal = self._parts.names, self._parts.personal
        settled, present = None, await personal.email(account_id)
        while present is not None and present != settled:
            await names.drop_others(account_id, keep=present)
            await names.claim(present, account_id)
            settled, present = present, await personal.email(account_id)

    async def _offer_move(self, account: Account, address: Address) -> None:
        owner = await self._parts.names.owner(address)
        if owner in {None, account.id}:
            await self._deliver_link(
                account, LinkPurpose.CHANGE_EMAIL, Occasion.CHANGE_EMAIL, address
            )
        else:
            await tell_owner(self._parts, address)

    async def _offer_recovery(self, address: Address) -> None:
        """To the address as it is kept, which may differ in capitals from what was typed."""
        account = await self._parts.open_account(await self._parts.names.owner(address))
        kept = None if account is None else await self._parts.personal.email(account.id)
        if account is not None and kept is not None:
            await self._deliver_link(account, LinkPurpose.RECOVER, Occasion.RECOVER, kept)

    def _mail_link(
        self, account: Account, purpose: LinkPurpose, occasion: Occasion, address: Address
    ) -> None:
        self._parts.post.put(partial(self._deliver_link, account, purpose, occasion, address))

    async def _deliver_link(
        self, account: Account, purpose: LinkPurpose, occasion: Occasion, address: Address
    ) -> None:
        token = await self._parts.links.issue(account, purpose, address)
        letter = self._parts.letters.write(occasion, account.language, token=token)
        await self._parts.post.deliver(address.text, letter)


def _verified(account: Account) -> Account:
    """Only of somebody who is there: an erased account says nothing any more."""
    if account.state is not AccountState.OPEN:
        return account
    return msgspec.structs.replace(account, email_verified=True)
