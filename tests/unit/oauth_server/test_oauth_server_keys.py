import asyncio

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact
from support.consent_world import ISSUER, START
from support.oauth_server import MASTER, ServerWorld, Talk
from support.shelves import MemoryShelves

from kernel.clock import ManualClock
from kernel.ids import SeededIds
from kernel.times import DAY_US, Instant
from oauth.model.items import Item
from oauth.model.kinds import SIGNING_KEYS
from oauth.sealing.master import MasterKey
from oauth.sealing.sealer import BrokenSealError
from oauth.server.keys import KeyRing

DAY_S = 86_400


class Ring:
    """A key ring with a clock, and more nodes beside it."""

    def __init__(self) -> None:
        self.slot = 90 * DAY_US
        self.clock = ManualClock(Instant(START - START % self.slot + 10 * DAY_US))
        self.vault = MemoryShelves()

    def node(self, seed: int = 1, master: MasterKey = MASTER) -> KeyRing:
        return KeyRing(
            vault=self.vault, master=master, clock=self.clock, ids=SeededIds(seed), rotation_d=90
        )


@pytest.fixture
def ring() -> Ring:
    return Ring()


def kid_of(token: str) -> str:
    return str(extract_compact(token.encode()).headers()["kid"])


async def test_check_45_metadata_offers_nothing_weak(talk: Talk) -> None:
    for path in ("openid-configuration", "oauth-authorization-server"):
        answer = await talk.send("GET", f"/.well-known/{path}")
        said = answer.json
        words = {one for value in said.values() if isinstance(value, list) for one in value}
        assert words.isdisjoint({"plain", "none", "public", "RS256", "HS256", "token", "fragment"})
        assert said["issuer"] == ISSUER
        assert said["subject_types_supported"] == ["pairwise"]
        assert said["code_challenge_methods_supported"] == ["S256"]
        assert said["authorization_response_iss_parameter_supported"] is True
        assert set(said["scopes_supported"]) == {*Item, "offline_access"}
        assert said["request_uri_parameter_supported"] is False
    assert answer.headers["Content-Type"] == "application/json"


async def test_oidcc_discovery_endpoint_verification(talk: Talk) -> None:
    said = (await talk.send("GET", "/.well-known/openid-configuration")).json
    places = {name: url for name, url in said.items() if name.endswith(("endpoint", "_uri"))}
    assert len(places) == 6
    for url in places.values():
        assert url.startswith(f"{ISSUER}/oauth/")
        assert (await talk.send("OPTIONS", url.removeprefix(ISSUER))).status == 200


async def test_check_45_the_published_keys_have_no_private_member(
    world: ServerWorld, talk: Talk
) -> None:
    await talk.tokens()
    keys = (await talk.send("GET", "/oauth/jwks")).json["keys"]
    for key in keys:
        assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert len({key["kid"] for key in keys}) == len(keys)
    stored = (await world.vault.shelf(SIGNING_KEYS).all())[0].value
    assert b'"d"' not in stored.sealed_private
    assert '"d"' not in stored.public_jwk


async def test_check_45_a_token_under_a_retired_key_verifies_no_more(ring: Ring) -> None:
    node = ring.node()
    token = await node.sign({"sub": "x"})
    ring.clock.advance(80 * DAY_S + 361)
    keys = KeySet.import_key_set({"keys": list(await node.published())})
    with pytest.raises((JoseError, ValueError)):
        jwt.decode(token, keys, algorithms=["ES256"])
    assert [one.value.kid for one in await ring.vault.shelf(SIGNING_KEYS).all()] == [
        key["kid"] for key in await node.published()
    ]


async def test_a_key_is_published_a_day_before_it_signs(ring: Ring) -> None:
    node = ring.node()
    ring.clock.advance(79 * DAY_S - 1)
    before = [one["kid"] for one in await node.published()]
    ring.clock.advance(1)
    ahead = [one["kid"] for one in await node.published()]
    assert (len(before), len(ahead)) == (1, 2)
    assert kid_of(await node.sign({})) == before[0]
    ring.clock.advance(DAY_S)
    assert kid_of(await node.sign({})) == ahead[1]


async def test_a_key_is_published_until_nothing_that_it_signed_lives(ring: Ring) -> None:
    node = ring.node()
    kid = kid_of(await node.sign({}))
    ring.clock.advance(80 * DAY_S + 300)
    assert kid in [one["kid"] for one in await node.published()]
    ring.clock.advance(61)
    assert kid not in [one["kid"] for one in await node.published()]


async def test_nodes_that_start_at_once_agree_on_one_key(ring: Ring) -> None:
    nodes = [ring.node(seed) for seed in range(5)]
    tokens = await asyncio.gather(*(node.sign({"n": 1}) for node in nodes))
    keys = KeySet.import_key_set({"keys": list(await nodes[0].published())})
    assert len(keys.keys) == 1
    for token in tokens:
        assert jwt.decode(token, keys, algorithms=["ES256"]).claims == {"n": 1}


async def test_whoever_is_slower_signs_with_the_key_of_whoever_was_faster(ring: Ring) -> None:
    other = ring.node(2)
    ring.vault.meanwhile = other.tend
    token = await ring.node(1).sign({"n": 1})
    keys = KeySet.import_key_set({"keys": list(await other.published())})
    assert jwt.decode(token, keys, algorithms=["ES256"]).claims == {"n": 1}


async def test_without_the_master_key_no_key_opens(ring: Ring) -> None:
    await ring.node().sign({})
    with pytest.raises(BrokenSealError):
        await ring.node(master=MasterKey(bytes(32))).sign({})
