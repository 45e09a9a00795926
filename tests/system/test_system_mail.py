"""Mail over a real connection, to a real SMTP server."""

import asyncio
import email.policy
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from io import StringIO
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from support.accounts import HANAKO

from kernel.clock import ManualClock
from kernel.errors import UnavailableError
from kernel.ids import SeededIds
from kernel.times import parse_instant
from oauth.accounts.letters import Letters, Occasion
from oauth.mail.printed import PrintedMailer
from oauth.mail.smtp import MailServer, SmtpMailer
from oauth.model.texts import Language

SENDER = "odori@city.example.jp"
CLOCK = ManualClock(parse_instant("2026-11-02T09:00:00+09:00"))


@dataclass
class Inbox:
    """What aiosmtpd received."""

    envelopes: list[Envelope] = field(default_factory=list)
    refuse: str = ""
    over_tls: list[bool] = field(default_factory=list)

    async def handle_DATA(self, _: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refuse:
            return self.refuse
        self.envelopes.append(envelope)
        self.over_tls.append(session.ssl is not None)
        return "250 OK"

    def only(self) -> EmailMessage:
        (envelope,) = self.envelopes
        assert isinstance(envelope.content, bytes)
        return message_from_bytes(envelope.content, policy=email.policy.default)  # type: ignore[return-value]


class Ending(SMTP):
    """Says when its connection is over."""

    def __init__(self, inbox: Inbox, end: asyncio.Future[None], **said: Any) -> None:
        super().__init__(inbox, **said)
        self._end = end

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        if not self._end.done():
            self._end.set_result(None)


@asynccontextmanager
async def serving(
    inbox: Inbox, *, tls: ssl.SSLContext | None = None, **said: Any
) -> AsyncIterator[int]:
    """Aiosmtpd on a free port of loopback."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(inbox, hostname="mail.example.jp", loop=loop, **said),
        "127.0.0.1",
        0,
        ssl=tls,
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def mailer(url: str) -> SmtpMailer:
    return SmtpMailer(url, SENDER, clock=CLOCK, ids=SeededIds(1), timeout_s=10)


async def send_letter(url: str, to: str = HANAKO, language: Language = Language.JA) -> str:
    letter = Letters("https://id.example.jp", link_ttl_s=1_800).write(
        Occasion.VERIFY, language, token="T" * 43
    )
    await mailer(url).send(to, letter.subject, letter.text, letter.language)
    return letter.text


async def test_a_letter_arrives_as_it_was_written_in_japanese() -> None:
    inbox = Inbox()
    async with serving(inbox) as port:
        text = await send_letter(f"smtp://127.0.0.1:{port}")
    message = inbox.only()
    assert inbox.envelopes[0].mail_from == SENDER
    assert inbox.envelopes[0].rcpt_tos == [HANAKO]
    assert message["Subject"] == "メールアドレスの確認"
    assert message["To"] == HANAKO
    assert message["From"] == SENDER
    assert message["Content-Language"] == "ja"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == datetime(2026, 11, 2, tzinfo=UTC)
    assert message["Message-ID"].endswith("@city.example.jp>")
    assert message.get_content().replace("\r\n", "\n") == text


async def test_an_address_of_a_carrier_with_two_dots_is_reached() -> None:
    inbox = Inbox()
    async with serving(inbox) as port:
        await send_letter(f"smtp://127.0.0.1:{port}", "hana..ko.@docomo.example.jp")
    assert inbox.envelopes[0].rcpt_tos == ["hana..ko.@docomo.example.jp"]


async def test_what_the_server_refuses_is_told_without_its_words() -> None:
    inbox = Inbox(refuse=f"550 no such user {HANAKO}")
    async with serving(inbox) as port:
        with pytest.raises(UnavailableError) as raised:
            await send_letter(f"smtp://127.0.0.1:{port}")
    assert HANAKO not in str(raised.value)
    assert raised.value.__cause__ is None


async def test_a_server_that_is_away_is_unavailable() -> None:
    async with serving(Inbox()) as port:
        pass
    with pytest.raises(UnavailableError):
        await send_letter(f"smtp://127.0.0.1:{port}")


async def test_a_server_that_says_nothing_is_given_up() -> None:
    gone = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        slow = SmtpMailer(
            f"smtp://127.0.0.1:{port}", SENDER, clock=CLOCK, ids=SeededIds(1), timeout_s=0.2
        )
        with pytest.raises(UnavailableError):
            await slow.send(HANAKO, "s", "t", Language.JA)
        async with asyncio.timeout(10):
            await gone.wait()


async def test_user_and_password_are_given_to_a_server_on_loopback() -> None:
    given: list[Any] = []

    def authenticate(*arguments: Any) -> AuthResult:
        given.append(arguments[-1])
        return AuthResult(success=True)

    inbox = Inbox()
    said = {"authenticator": authenticate, "auth_require_tls": False}
    async with serving(inbox, **said) as port:
        await send_letter(f"smtp://odori:p%40ss@127.0.0.1:{port}")
    assert (given[0].login, given[0].password) == (b"odori", b"p@ss")
    assert len(inbox.envelopes) == 1


async def test_a_wrong_password_is_unavailable() -> None:
    inbox = Inbox()
    said = {
        "authenticator": lambda *_: AuthResult(success=False, handled=False),
        "auth_require_tls": False,
    }
    async with serving(inbox, **said) as port:
        with pytest.raises(UnavailableError):
            await send_letter(f"smtp://odori:wrong@127.0.0.1:{port}")
    assert not inbox.envelopes


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A certificate for 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=36_500))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def tls_of(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_smtps_is_encrypted_from_the_first_byte_and_the_certificate_counts(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox()
    async with serving(inbox, tls=tls_of(certificate)) as port:
        with pytest.raises(UnavailableError):
            await send_letter(f"smtps://127.0.0.1:{port}")
        assert not inbox.envelopes
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        await send_letter(f"smtps://127.0.0.1:{port}")
    assert len(inbox.envelopes) == 1


async def test_starttls_is_used_where_it_is_offered(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    inbox = Inbox()
    async with serving(inbox, tls_context=tls_of(certificate)) as port:
        await send_letter(f"smtp://127.0.0.1:{port}")
    assert inbox.over_tls == [True]


def test_a_password_crosses_no_network_in_the_clear() -> None:
    assert MailServer.parse("smtp://odori:p@mail.example.jp").start_tls is True
    assert MailServer.parse("smtp://odori:p@127.0.0.1").start_tls is None
    assert MailServer.parse("smtp://mail.example.jp").start_tls is None
    assert MailServer.parse("smtps://odori:p@mail.example.jp").start_tls is False


@pytest.mark.parametrize(
    "url", ["", "mail.example.jp", "http://mail.example.jp", "smtp://", "smtp://h:port", "smtp://["]
)
def test_a_mail_server_that_cannot_be_read_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(ValueError, match="smtp://") as raised:
        MailServer.parse(url)
    assert "example.jp" not in str(raised.value)


def test_ports_are_those_of_the_scheme_unless_said() -> None:
    ports = ("smtp://h", "smtps://h", "smtp://h:587", "smtp://[::1]:25")
    assert [MailServer.parse(url).port for url in ports] == [25, 465, 587, 25]


async def test_the_demo_prints_mail_to_its_console() -> None:
    console = StringIO()
    await PrintedMailer(console).send(HANAKO, "確認", "本文\n", Language.JA)
    assert f"To: {HANAKO}\nSubject: 確認\n" in console.getvalue()
    assert "\n本文\n" in console.getvalue()
