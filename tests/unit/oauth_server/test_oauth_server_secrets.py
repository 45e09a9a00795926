import logging
from base64 import b64encode
from collections.abc import Iterator

import pytest
import structlog
from prometheus_client import generate_latest
from structlog.testing import LogCapture
from support.consent_world import ISSUER, START, VALUES, client, company
from support.oauth_server import SECRETS, VERIFIER, ServerWorld
from support.shelves import MemoryShelves

from kernel.clock import ManualClock
from kernel.ids import SeededIds
from oauth.model.items import Item
from oauth.model.kinds import KEY_KINDS, VAULT_KINDS
from oauth.server.issuing import Issuer

CANARY_STATE = "canary-state-5d1f0c"
_CHANCE = 43
"""Characters of 256 bits in base64url: what a token ends with."""


@pytest.fixture
def logged() -> Iterator[LogCapture]:
    capture = LogCapture()
    before = structlog.get_config()["processors"]
    structlog.configure(processors=[capture])
    yield capture
    structlog.configure(processors=before)


async def _dumped(world: ServerWorld) -> str:
    kept = [
        str([document.body for document in shelves.documents(kind).values()])
        for shelves, kinds in ((world.memory, VAULT_KINDS), (world.keys, KEY_KINDS))
        for kind in kinds
    ]
    return "".join(kept) + str(world.store.tokens)


async def test_check_50_no_secret_is_stored_logged_or_counted(
    logged: LogCapture, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world = ServerWorld()
    await world.open()
    secrets = {VERIFIER, CANARY_STATE, *SECRETS.values(), "hanako@mail.example"}
    secrets |= {b64encode(f"app:{SECRETS['app']}".encode()).decode()}
    async with world.served() as talk:
        cookie = await world.sign_in()
        code = await talk.code(cookie, state=CANARY_STATE)
        first = (await talk.redeem(code)).json
        second = (await talk.refresh(first["refresh_token"])).json
        machine = (await talk.token("machine", grant_type="client_credentials")).json
        await talk.userinfo(second["access_token"])
        await talk.call("/oauth/introspect", "rs", token=second["access_token"])
        await talk.refresh(first["refresh_token"])
        await talk.redeem(code)
        await talk.redeem(await talk.code(cookie, state=CANARY_STATE), code_verifier="w" * 43)
        await talk.call("/oauth/revoke", token=second["refresh_token"])
        await talk.authorize(cookie, state=CANARY_STATE, scope="nothing")
    secrets |= {cookie, code, machine["access_token"]}
    for answer in (first, second):
        secrets |= {answer["access_token"], answer["refresh_token"]}
    secrets |= {first["id_token"], first["id_token"].split(".")[2]}
    assert len(logged.entries) == 2
    sinks = (
        await _dumped(world),
        str(logged.entries) + caplog.text,
        generate_latest(world.registry).decode(),
    )
    for sink in sinks:
        found = [secret[:12] for secret in secrets if secret in sink or _bare(secret) in sink]
        assert found == []
    assert VALUES[Item.EMAIL] == {"email": "hanako@mail.example"}


def _bare(secret: str) -> str:
    """The part of a token that is chance, which may have underscores of its own."""
    return secret[-_CHANCE:] if secret.startswith("odori_") else secret


def test_check_50_what_is_issued_does_not_print() -> None:
    issuer = Issuer(
        vault=MemoryShelves(),
        issuer=ISSUER,
        clock=ManualClock(START),
        ids=SeededIds(1),
        ttl_s=300,
    )
    issued = issuer.own(client(), company(), frozenset({"subjects"}))
    assert issued.text not in repr(issued)
