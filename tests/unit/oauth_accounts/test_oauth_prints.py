"""Secrets and personal data cannot print."""

from support.accounts import HANAKO, PASSWORD, AccountBench

from oauth.mail.smtp import MailServer
from oauth.model.kinds import ACCOUNTS, LINKS, LOGIN_NAMES, PROFILES, SESSIONS, WRAPPED_KEYS
from oauth.sealing.secrets import digest_of


async def test_nothing_that_an_account_is_made_of_prints_a_secret(bench: AccountBench) -> None:
    account_id = await bench.register()
    token = bench.mail.sent[0].token
    secret = await bench.accounts.log_in(HANAKO, PASSWORD)
    visitor = await bench.accounts.who(secret)
    phc = (await bench.account(account_id)).password
    kinds = (ACCOUNTS, LINKS, LOGIN_NAMES, PROFILES, SESSIONS)
    kept = [one for kind in kinds for one in await bench.vault.shelf(kind).all()]
    shown = " ".join(
        f"{one!r} {one}"
        for one in (
            visitor,
            bench.master,
            await bench.sealer.key(account_id),
            await bench.application(),
            *kept,
            *await bench.keys.shelf(WRAPPED_KEYS).all(),
        )
    )
    for hidden in (token, secret, phc, HANAKO, PASSWORD, bench.master.reveal(), "1984"):
        assert hidden not in shown
    assert digest_of(secret) not in shown
    assert account_id in shown


def test_a_mail_server_does_not_print_its_password() -> None:
    server = MailServer.parse("smtps://odori:s3cret@mail.example.jp")
    assert server.password == "s3cret"
    assert "s3cret" not in f"{server!r} {server}"
