"""What boards say when something is wrong: pages to browsers, JSON to programs."""

import pytest
from aiohttp import ClientResponse, ClientSession
from support.board_app import ServedBoards, served_boards

from dashboard.pages.headers import CONTENT_SECURITY_POLICY

BROWSER = {
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Accept-Language": "en-GB,en;q=0.9",
}
SIGN_IN = "/staff/sign-in"


async def get(
    served: ServedBoards, path: str, headers: dict[str, str] | None = None, token: str = ""
) -> tuple[ClientResponse, str]:
    sent = dict(BROWSER if headers is None else headers)
    if token:
        sent["Authorization"] = f"Bearer {token}"
    async with (
        ClientSession() as client,
        client.get(served.url.rstrip("/") + path, headers=sent) as answer,
    ):
        return answer, await answer.text()


@pytest.mark.parametrize(
    ("path", "back"),
    [
        ("/", "%2F"),
        ("/flow?date=2026-02-05&lang=en", "%2Fflow%3Fdate%3D2026-02-05%26lang%3Den"),
        ("/boards/why/day?board=flow", "%2Fboards%2Fwhy%2Fday%3Fboard%3Dflow"),
    ],
)
async def test_a_browser_without_credentials_is_shown_where_to_sign_in(
    path: str, back: str
) -> None:
    async with served_boards(public=False, sign_in=SIGN_IN) as served:
        answer, text = await get(served, path)
    assert (answer.status, answer.content_type) == (401, "text/html")
    assert f'href="{SIGN_IN}?next={back}"' in text
    assert "<h1>Please sign in</h1>" in text
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<script" not in text


async def test_where_nobody_can_sign_in_no_link_says_so() -> None:
    async with served_boards(public=False) as served:
        answer, text = await get(served, "/flow")
    assert answer.status == 401
    assert "sign-in" not in text


async def test_programs_streams_and_modules_are_answered_as_before() -> None:
    async with served_boards(public=False, sign_in=SIGN_IN) as served:
        for path, accept in (
            ("/", "*/*"),
            ("/flow", "application/json"),
            ("/live?topics=flow", "text/event-stream"),
            ("/live?topics=flow", "text/html"),
            ("/boards/table/day.csv", "text/csv"),
            ("/boards/table/day.csv", "text/html"),
        ):
            answer, text = await get(served, path, {"Accept": accept})
            assert (answer.status, answer.content_type) == (401, "application/json"), path
            assert '"error":"Unauthenticated"' in text


@pytest.mark.parametrize(
    ("path", "token", "status", "heading", "helps"),
    [
        ("/flow", "guest", 403, "This is not permitted", True),
        ("/flow?date=yesterday", "clerk", 400, "This request cannot be understood", False),
        ("/boards/why/nonsense", "clerk", 404, "There is no such page", False),
        ("/flow", "nobody-knows-now", 503, "This cannot be shown right now", False),
        ("/boards", "", 404, "There is no such page", False),
    ],
)
async def test_each_kind_of_trouble_has_a_page(
    path: str, token: str, status: int, heading: str, helps: bool
) -> None:
    async with served_boards(public=False, sign_in=SIGN_IN) as served:
        answer, text = await get(served, path, token=token)
    assert (answer.status, answer.content_type) == (status, "text/html")
    assert f"<h1>{heading}</h1>" in text
    assert (SIGN_IN in text) is helps


async def test_the_page_speaks_the_readers_language_and_offers_the_other() -> None:
    async with served_boards(public=False) as served:
        _, text = await get(served, "/flow?date=2026-02-05", BROWSER | {"Accept-Language": "ja"})
    assert '<html lang="ja"' in text
    assert 'href="/flow?date=2026-02-05&amp;lang=en"' in text


@pytest.mark.parametrize("path", ["//evil.example/x", "/%2F%2Fevil.example", "/nothing?next=x"])
async def test_no_link_of_a_page_is_made_of_an_address_that_nobody_declared(path: str) -> None:
    async with served_boards(sign_in=SIGN_IN) as served:
        answer, text = await get(served, path)
    assert answer.status == 404
    assert "evil" not in text
    assert "nothing" not in text


async def test_a_lever_from_another_site_is_refused_by_a_page_whose_links_lead_to_the_boards() -> (
    None
):
    async with served_boards() as served, ClientSession() as client:
        headers = BROWSER | {"Sec-Fetch-Site": "cross-site"}
        address = f"{served.url}boards/world"
        async with client.post(address, data={"paused": "true"}, headers=headers) as answer:
            text = await answer.text()
            assert (answer.status, answer.content_type) == (403, "text/html")
    assert "/boards/world" not in text
