"""The boards over HTTP: rights, headers, languages, downloads, levers."""

import gzip

import pytest
from aiohttp import ClientSession
from support.board_app import served_boards
from support.city_reader import StandInCity

from dashboard.pages.headers import CONTENT_SECURITY_POLICY

STAFF = {"Authorization": "Bearer staff"}
CLERK = {"Authorization": "Bearer clerk"}
PATHS = ("", "flow", "boards/table/day.csv", "boards/why/day", "live?topics=flow")


async def test_boards_need_a_token_unless_they_are_public() -> None:
    async with served_boards(public=False) as served, ClientSession() as client:
        for path in PATHS:
            assert (await client.get(served.url + path)).status == 401
        assert (await client.get(served.url + "flow", headers=CLERK)).status == 200


async def test_public_boards_are_open_and_staff_still_see_more_than_anybody() -> None:
    city = StandInCity(simulated=False, weeks=1)
    async with (
        served_boards(city, simulated_world=False) as served,
        ClientSession() as client,
    ):
        for headers, seen in (({}, False), (CLERK, False), (STAFF, True)):
            text = await (await client.get(served.url + "flow?lang=en", headers=headers)).text()
            assert ("gate-card" in text) is seen
            csv = await client.get(served.url + "boards/table/day.csv?board=flow", headers=headers)
            assert csv.status == (200 if seen else 404)


async def test_every_page_carries_the_security_headers() -> None:
    async with served_boards() as served, ClientSession() as client:
        for path in PATHS:
            async with client.get(served.url + path) as answer:
                assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Referrer-Policy"] == "same-origin"
                assert "geolocation=()" in answer.headers["Permissions-Policy"]


@pytest.mark.parametrize(
    ("query", "headers", "language"),
    [
        ("", {}, "ja"),
        ("", {"Accept-Language": "en-GB,en;q=0.9"}, "en"),
        ("", {"Accept-Language": "fr,ko"}, "ja"),
        ("?lang=en", {"Accept-Language": "ja"}, "en"),
        ("", {"Cookie": "odori_lang=en", "Accept-Language": "ja"}, "en"),
        ("?lang=xx", {}, "ja"),
    ],
)
async def test_the_address_goes_before_the_cookie_before_the_browser(
    query: str, headers: dict[str, str], language: str
) -> None:
    async with served_boards() as served, ClientSession() as client:
        text = await (await client.get(served.url + query, headers=headers)).text()
    assert f'<html lang="{language}"' in text


async def test_the_csv_is_marked_as_simulated() -> None:
    async with served_boards() as served, ClientSession() as client:
        answer = await client.get(served.url + "boards/table/day.csv?board=flow&date=2026-02-05")
        assert answer.content_type == "text/csv"
        disposition = answer.headers["Content-Disposition"]
        assert disposition == 'attachment; filename="day_2026-02-05_simulated.csv"'
        assert (await answer.read()).startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("live?topics=flow,nonsense", 400),
        ("live?board=nonsense", 404),
        ("flow?date=yesterday", 400),
        ("flow?date=20260205", 400),
        ("flow?date=2026-W06-4", 400),
        ("flow?date=2030-01-01", 200),
        ("boards/table/nonsense.csv", 404),
        ("boards/why/nonsense", 404),
        ("boards/static/x/nonsense.js", 404),
    ],
)
async def test_what_does_not_exist_is_said_so(path: str, status: int) -> None:
    async with served_boards() as served, ClientSession() as client:
        assert (await client.get(served.url + path)).status == status


@pytest.mark.parametrize("path", ["?date=20260205&board=52340817", "?date=x52340817"])
async def test_a_page_repeats_nothing_of_its_address_that_it_does_not_know(path: str) -> None:
    async with served_boards() as served, ClientSession() as client:
        text = await (await client.get(served.url + path)).text()
    assert "20260205" not in text
    assert "52340817" not in text


async def test_levers_are_pulled_by_our_own_pages_only() -> None:
    async with served_boards() as served, ClientSession() as client:
        address, form = served.url + "boards/world", {"scenario": "blackout", "back": "/flow"}
        for headers in ({}, {"Origin": "https://elsewhere.example"}):
            refused = await client.post(address, data=form, headers=headers)
            assert refused.status == 403
        cross = {"Sec-Fetch-Site": "cross-site", "Origin": served.url.rstrip("/")}
        assert (await client.post(address, data=form, headers=cross)).status == 403
        assert served.world.scenario == "snow-festival"

        ours = {"Origin": served.url.rstrip("/")}
        done = await client.post(address, data=form, headers=ours, allow_redirects=False)
        assert (done.status, done.headers["Location"]) == (303, "/flow")
        assert served.world.scenario == "blackout"
        await client.post(address, data={"speed": "600"}, headers=ours)
        await client.post(address, data={"paused": "true"}, headers=ours)
        assert (served.world.speed, served.world.paused) == ("600", True)
        for wrong in ({"speed": "7"}, {"paused": "maybe"}, {}):
            assert (await client.post(address, data=wrong, headers=ours)).status == 400


async def test_a_lever_leads_nowhere_but_to_a_board() -> None:
    async with served_boards() as served, ClientSession() as client:
        done = await client.post(
            served.url + "boards/world",
            data={"speed": "10", "back": "https://elsewhere.example/"},
            headers={"Origin": served.url.rstrip("/")},
            allow_redirects=False,
        )
        assert done.headers["Location"] == "/"


async def test_a_real_city_has_no_levers() -> None:
    async with served_boards(simulated_world=False) as served, ClientSession() as client:
        answer = await client.post(
            served.url + "boards/world",
            data={"speed": "10"},
            headers={"Origin": served.url.rstrip("/")},
        )
        assert answer.status == 404


async def test_the_stream_says_how_to_come_back_and_forbids_buffering() -> None:
    async with (
        served_boards() as served,
        ClientSession() as client,
        client.get(served.url + "live?topics=flow&board=flow") as answer,
    ):
        assert answer.content_type == "text/event-stream"
        assert answer.headers["X-Accel-Buffering"] == "no"
        assert await answer.content.readline() == b"retry: 3000\n"


async def test_files_are_kept_by_browsers_under_their_present_version_only() -> None:
    async with served_boards() as served, ClientSession() as client:
        page = await (await client.get(served.url)).text()
        scripts = [part.split('"')[0] for part in page.split('<script type="module" src="')[1:]]
        path = scripts[0].lstrip("/")
        assert path.endswith("board.js")
        kept = await client.get(served.url + path)
        assert "immutable" in kept.headers["Cache-Control"]
        stale = await client.get(served.url + "boards/static/older/board.js")
        assert stale.headers["Cache-Control"] == "no-cache"
        assert await stale.read() == await kept.read()


async def test_the_first_paint_weighs_less_than_its_budget() -> None:
    """150 kB compressed (§4.6)."""
    async with served_boards() as served, ClientSession(auto_decompress=False) as client:
        whole = 0
        page = await (await client.get(served.url + "flow")).read()
        whole += len(gzip.compress(page))
        names = (
            "tokens.css",
            "base.css",
            "board.css",
            "charts.css",
            "board.js",
            "stream.js",
            "plot.js",
        )
        for name in (*names, "parts.js", "ages.js", "picture.js", "mark.svg"):
            whole += len(await (await client.get(f"{served.url}boards/static/x/{name}")).read())
    assert whole < 150_000
