import pytest

from city.identity_room import mailer_of
from city.settings.load import ConfigurationError
from city.settings.table import Settings
from kernel.clock import SystemClock
from kernel.ids import SystemIds
from oauth.mail.printed import PrintedMailer
from oauth.mail.smtp import SmtpMailer
from oauth.ports import Mailer


def chosen(issuer: str, **settings: str) -> Mailer:
    return mailer_of(Settings(**settings), issuer, SystemClock(), SystemIds())


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:1026", "http://[::1]:1026"])
def test_mail_is_printed_where_only_this_machine_is_served(issuer: str) -> None:
    assert isinstance(chosen(issuer), PrintedMailer)


def test_mail_of_people_elsewhere_is_never_printed_into_the_log() -> None:
    with pytest.raises(ConfigurationError, match=r"mail\.smtp_url"):
        chosen("https://id.example")


def test_a_mail_server_is_used_wherever_there_is_one() -> None:
    assert isinstance(chosen("https://id.example", mail_smtp_url="smtp://localhost"), SmtpMailer)


def test_an_address_of_a_mail_server_that_is_none_is_named_by_its_setting() -> None:
    with pytest.raises(ConfigurationError, match=r"mail\.smtp_url"):
        chosen("https://id.example", mail_smtp_url="http://elsewhere")
