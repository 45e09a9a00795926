"""openid-client, which others wrote, logs a citizen in with Odori ID."""

from pathlib import Path
from typing import Any

import pytest
from support.identity_city import REDIRECT_URI, SCOPE, authorize, identity_city
from support.partner_browser import open_browser
from support.partner_node import installed, node_client


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed(tmp_path_factory.mktemp("node"))


async def findings(script: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """Everything that the client found, by name; the test is its browser."""
    found = {}
    async with (
        identity_city(folder) as odori,
        open_browser(stop_at=REDIRECT_URI) as browser,
        node_client(script) as client,
    ):
        await client.tell(
            {
                "issuer": odori.issuer,
                "clientId": odori.service.client_id,
                "secret": odori.service.secret,
                "redirectUri": REDIRECT_URI,
                "scope": SCOPE,
            }
        )
        while (said := await client.hear()) is not None:
            if "browse" in said:
                page = await authorize(browser, said["browse"])
                await client.tell({"callback": str(page.url)})
            else:
                found[said.pop("found")] = said
        found["city"] = {"issuer": odori.issuer}
    return found


async def test_openid_client_discovers_logs_in_refreshes_revokes_and_is_refused_where_it_must_be(
    script: Path, tmp_path: Path
) -> None:
    found = await findings(script, tmp_path)
    assert found["metadata"] == {"issuer": found["city"]["issuer"], "pkce": True}
    assert found["tokens"]["type"] == "bearer"
    assert {"iss", "sub", "aud", "exp", "iat", "nonce"} <= {*found["tokens"]["claims"]}
    assert not {"email", "birthdate", "birth_band"} & {*found["tokens"]["claims"]}
    told = found["userinfo"]["claims"]
    assert told["sub"] == found["tokens"]["sub"]
    assert (told["birth_band"], told["email_verified"]) == ("1980s", False)
    assert found["attributes"]["status"] == 200
    assert {one["item"] for one in found["attributes"]["body"]["items"]} == {
        "profile.birth_year",
        "email",
    }
    assert found["refresh"] == {"rotated": True, "another": True, "sub": told["sub"]}
    assert found["revoked"]["error"] == "invalid_grant"
    assert found["dead"]["status"] == 401
    # check_20: another verifier burns the code
    assert found["wrong verifier"]["error"] == "invalid_grant"
    assert found["burnt"]["error"] == "invalid_grant"
    # check_10: an answer of another issuer is not taken for ours
    assert "accepted" not in found["mixed up"]["error"]
