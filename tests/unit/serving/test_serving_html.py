"""What rooms with pages share: origin of forms, look, headers, links, the macros of fields."""

import pytest
from aiohttp.test_utils import make_mocked_request

from kernel.languages import Language
from serving.html.assets import Assets
from serving.html.headers import page, security_headers, see_other
from serving.html.look import Look, link, look_of
from serving.html.origin import is_same_origin
from serving.html.templating import environment

HOST = {"Host": "id.example"}


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://id.example"}, False),
        ({"Origin": "https://id.example"}, True),
        ({"Origin": "https://id.example.evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Referer": "https://id.example/account"}, True),
        ({}, False),
    ],
)
def test_a_form_is_ours_when_the_browser_says_so(headers: dict[str, str], *, ours: bool) -> None:
    assert is_same_origin(make_mocked_request("POST", "/", headers=HOST | headers)) is ours


@pytest.mark.parametrize(
    ("address", "headers", "look"),
    [
        ("/", {}, Look(Language.JA)),
        ("/", {"Accept-Language": "fr, en-GB;q=0.8"}, Look(Language.EN)),
        ("/", {"Cookie": "odori_lang=en", "Accept-Language": "ja"}, Look(Language.EN)),
        ("/?lang=ja", {"Cookie": "odori_lang=en"}, Look(Language.JA)),
        ("/?lang=xx&theme=dark", {}, Look(Language.JA, theme="dark")),
    ],
)
def test_address_goes_before_cookie_goes_before_browser(
    address: str, headers: dict[str, str], look: Look
) -> None:
    assert look_of(make_mocked_request("GET", address, headers=headers)) == look


def test_a_page_is_kept_by_no_cache_and_framed_by_nobody() -> None:
    headers = security_headers("default-src 'none'", referrer="no-referrer")
    answer = page("<p>", headers)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    sent = see_other("/account", headers)
    assert (sent.status, sent.headers["Location"]) == (303, "/account")


def test_a_link_encodes_its_query() -> None:
    assert link("/account", {"next": "/a?b=c&d"}, lang="en") == (
        "/account?next=%2Fa%3Fb%3Dc%26d&lang=en"
    )


def test_of_files_of_one_name_the_last_package_wins_and_the_address_says_the_version() -> None:
    shared = Assets(prefix="/x", packages=("serving.html",), headers={})
    boards = Assets(prefix="/x", packages=("serving.html", "dashboard"), headers={})
    assert shared.path("tokens.css") == f"/x/{shared.version}/tokens.css"
    assert shared.version != boards.version


def test_a_field_is_tied_to_its_label_hint_and_mistake() -> None:
    template = environment("dashboard").from_string(
        '{% import "forms.html" as forms %}'
        "{{ forms.text('email', 'Mail <b>', value='\"x', hint='h', errors={'email': 'wrong'}) }}"
    )
    html = template.render()
    assert '<label for="email">Mail &lt;b&gt;</label>' in html
    assert 'value="&#34;x"' in html
    assert 'aria-describedby="email-hint email-error" aria-invalid="true"' in html
    assert 'id="email-hint"' in html
    assert 'id="email-error"' in html
