"""Mail by SMTP (RFC 5321), encrypted wherever the server can."""

from dataclasses import dataclass
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final, Self
from urllib.parse import unquote, urlsplit

import aiosmtplib

from kernel.clock import Clock
from kernel.errors import UnavailableError
from kernel.ids import IdSource
from kernel.times import to_datetime
from oauth.model.texts import Language

_PORTS: Final = {"smtp": 25, "smtps": 465}
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_WRONG: Final = "The mail server is smtp://[user:password@]host[:port], or smtps://…"


@dataclass(frozen=True, slots=True, repr=False)
class MailServer:
    """Where mail is handed over. It does not print: it may hold a password."""

    host: str
    port: int
    is_tls: bool
    user: str
    password: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `smtp://…` (STARTTLS where offered) or `smtps://…` (TLS from the first byte).

        Raises:
            ValueError: anything else; it is not quoted.
        """
        try:
            parts = urlsplit(url)
            scheme, host, port = parts.scheme, parts.hostname, parts.port
        except ValueError:
            raise ValueError(_WRONG) from None
        if scheme not in _PORTS or not host:
            raise ValueError(_WRONG)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(host, port or _PORTS[scheme], scheme == "smtps", user, password)

    @property
    def start_tls(self) -> bool | None:
        """Whether to upgrade: None where offered. A password crosses no network in the clear."""
        if self.is_tls:
            return False
        return True if self.user and self.host not in _LOOPBACK else None


class SmtpMailer:
    """Hands each message to the mail server over a connection of its own.

    Bounces go to the sender's address; replies too, which nobody reads.
    """

    def __init__(
        self, url: str, sender: str, *, clock: Clock, ids: IdSource, timeout_s: float = 20.0
    ) -> None:
        self._server = MailServer.parse(url)
        self._sender = MailAddress(addr_spec=sender)
        self._clock = clock
        self._ids = ids
        self._timeout_s = timeout_s

    async def send(self, to: str, subject: str, text: str, language: Language) -> None:
        """Send one message.

        Raises:
            UnavailableError: the server is away, or did not take it; what it said is not told,
                since it may name the address.
        """
        server = self._server
        try:
            await aiosmtplib.send(
                self._message(to, subject, text, language),
                recipients=[to],
                sender=self._sender.addr_spec,
                hostname=server.host,
                port=server.port,
                username=server.user or None,
                password=server.password or None,
                use_tls=server.is_tls,
                start_tls=server.start_tls,
                timeout=self._timeout_s,
            )
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            raise UnavailableError("The mail server did not take the message") from None

    def _message(self, to: str, subject: str, text: str, language: Language) -> EmailMessage:
        """RFC 5322, in UTF-8; RFC 3834 keeps automatic answers away."""
        message = EmailMessage()
        message["From"] = str(self._sender)
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = format_datetime(to_datetime(self._clock.now()))
        message["Message-ID"] = f"<{self._ids.correlator()}@{self._sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text, charset="utf-8")
        message["Content-Language"] = language
        return message
