"""Citizens' accounts over a vault in memory or any other, with mail that is kept for reading."""

import re
from contextlib import suppress
from dataclasses import dataclass

from support.shelves import MemoryShelves

from kernel.clock import ManualClock
from kernel.errors import UnavailableError
from kernel.ids import SeededIds
from kernel.times import parse_instant
from oauth.accounts.erasure import EndConsents
from oauth.accounts.parts import AccountRules, put_together
from oauth.accounts.passwords import Cost, Passwords
from oauth.accounts.personal import PersonalData
from oauth.accounts.post import Post
from oauth.accounts.registration import Application
from oauth.accounts.service import Accounts
from oauth.model.kinds import LOGIN_NAMES, TERMS, WRAPPED_KEYS
from oauth.model.people import Account
from oauth.model.terms import TermsDocument
from oauth.model.texts import Language
from oauth.ports import Shelves
from oauth.sealing.master import MasterKey
from oauth.sealing.sealer import Sealer
from oauth.terms.packaged import DOCUMENTS

ISSUER = "https://id.example.jp"
PASSWORD = "usagi to kame 73"
OTHER_PASSWORD = "kame ga katta 91"
HANAKO = "hanako@example.jp"
CHEAP = Cost(passes=1, memory_kib=8, lanes=1)
_TOKEN = re.compile(r"\?token=([\w-]+)")  # noqa: TID251 — reads our own letters


@dataclass(frozen=True)
class Message:
    """A message that was sent."""

    to: str
    subject: str
    text: str
    language: Language

    @property
    def token(self) -> str:
        """The secret of its link."""
        found = _TOKEN.search(self.text)
        assert found is not None, "the message has no link with a token"
        return found[1]


class KeptMail:
    """A mailer that keeps what it sends; while `away` it takes nothing."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.away = False

    async def send(self, to: str, subject: str, text: str, language: Language) -> None:
        if self.away:
            raise UnavailableError("The mail server did not take the message")
        self.sent.append(Message(to, subject, text, language))


class AccountBench:
    """Accounts and all that they need.

    Attributes:
        ended: accounts whose consents were ended, in order.
    """

    def __init__(
        self,
        rules: AccountRules | None = None,
        *,
        vault: Shelves | None = None,
        keys: Shelves | None = None,
    ) -> None:
        self.rules = AccountRules() if rules is None else rules
        self.clock = ManualClock(parse_instant("2026-11-02T09:00:00+09:00"))
        self.ids = SeededIds(7)
        self.vault = vault or MemoryShelves()
        self.keys = keys or MemoryShelves()
        self.mail = KeptMail()
        self.master = MasterKey(bytes(range(32)))
        self.ended: list[str] = []
        self.post = Post(self.mail, pauses_s=(0.0,))
        self.passwords = Passwords(ids=self.ids, cost=CHEAP)
        self.sealer = Sealer(self.keys.shelf(WRAPPED_KEYS), self.master, self.ids, self.clock)
        self.personal = PersonalData(
            vault=self.vault,
            sealer=self.sealer,
            clock=self.clock,
            minor_age=self.rules.minor_age,
        )
        self.accounts = self.accounts_with(self.passwords)

    def accounts_with(
        self, passwords: Passwords, end_consents: EndConsents | None = None
    ) -> Accounts:
        """The same people, with another collaborator."""
        return Accounts(
            put_together(
                vault=self.vault,
                sealer=self.sealer,
                personal=self.personal,
                passwords=passwords,
                post=self.post,
                master=self.master,
                issuer=ISSUER,
                clock=self.clock,
                ids=self.ids,
                rules=self.rules,
            ),
            end_consents=end_consents or self._end_consents,
        )

    async def _end_consents(self, account_id: str) -> None:
        self.ended.append(account_id)

    def fill_the_post(self) -> None:
        """The mail server hangs: nothing more can wait for it."""

        async def nothing() -> None:
            """An errand."""

        with suppress(UnavailableError):
            while True:
                self.post.put(nothing)

    async def publish_terms(self) -> TermsDocument:
        """The packaged terms come into force."""
        for document in DOCUMENTS:
            await self.vault.shelf(TERMS).add(document)
        return await self.accounts.terms()

    async def application(
        self,
        address: str = HANAKO,
        *,
        password: str = PASSWORD,
        birth_year: int = 1984,
        language: Language = Language.JA,
    ) -> Application:
        """A form that is filled in well."""
        terms = await self.accounts.terms()
        return Application(address, password, birth_year, terms.ref, terms.mandatory, language)

    async def register(
        self, address: str = HANAKO, *, birth_year: int = 1984, language: Language = Language.JA
    ) -> str:
        """A new account's id; its first letter is the last of `mail.sent`."""
        before = {one.value.account_id for one in await self.vault.shelf(LOGIN_NAMES).all()}
        await self.accounts.register(
            await self.application(address, birth_year=birth_year, language=language)
        )
        await self.post.flush()
        after = {one.value.account_id for one in await self.vault.shelf(LOGIN_NAMES).all()}
        (account_id,) = after - before
        return account_id

    async def account(self, account_id: str) -> Account:
        """As it is kept."""
        kept = await self.accounts.get(account_id)
        assert kept is not None
        return kept.value

    def close(self) -> None:
        """End the threads that hash."""
        self.passwords.close()
