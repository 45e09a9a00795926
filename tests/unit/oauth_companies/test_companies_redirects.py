import pytest

from kernel.errors import BadRequestError
from oauth.companies.redirects import (
    InvalidRedirectUriError,
    check_form_origin,
    check_logo,
    check_page,
    check_redirect_uri,
)

GOOD = [
    "https://shop.example/cb",
    "https://shop.example",
    "https://shop.example:8443/cb?shop=1",
    "https://shop.example/a/../cb",
    "https://[2001:db8::1]/cb",
]
BAD = [
    "http://shop.example/cb",
    "https://*.example",
    "https://shop.example/*",
    "https://shop.example/cb#fragment",
    "https://shop.example/cb#",
    "https://user@host/cb",
    "https://user:pass@host/cb",
    "https://@host/cb",
    "/cb",
    "cb",
    "",
    "//shop.example/cb",
    "https:///cb",
    "https:cb",
    "https://",
    "https://shop.example:99999/cb",
    "https://shop.example:port/cb",
    "https://shop.example/c b",
    "https://shop.example\\@evil.example/",
    "https://shop.example/\r\nSet-Cookie: a=b",
    "https://店.example/cb",
    "https://[::1/cb",
    "https://shop.example;script-src/cb",
    "https://shop.example,evil.example/cb",
    "https://[::1];evil/cb",
    "https://[fe80::1%25eth0]/cb",
    "https://shop_.example/cb",
    "https://shop%2eexample/cb",
    "https://shop.example:/cb",
    "https://shop.example:0443/cb",
    "javascript:alert(1)",
    "data:text/html,hello",
    "com.example.app:/cb",
    "ftp://shop.example/cb",
    "https://shop.example/" + "a" * 500,
    "https://shop.example/cb?iss=https://evil.example",
    "https://shop.example/cb?shop=1&state",
    "https://shop.example/cb?code=",
    "https://shop.example/cb?%65rror=x",
]


@pytest.mark.parametrize("uri", GOOD)
def test_check_2_exact_https_addresses_are_registered(uri: str) -> None:
    check_redirect_uri(uri, allow_loopback=False)


@pytest.mark.parametrize("uri", BAD)
@pytest.mark.parametrize("demo", [False, True])
def test_check_2_anything_that_others_could_answer_at_is_refused(uri: str, demo: bool) -> None:
    with pytest.raises(InvalidRedirectUriError, match=r"^invalid_redirect_uri: "):
        check_redirect_uri(uri, allow_loopback=demo)


@pytest.mark.parametrize("uri", ["http://127.0.0.1:9000/cb", "http://[::1]:9000/cb"])
def test_check_2_loopback_literals_are_for_the_demo_alone(uri: str) -> None:
    check_redirect_uri(uri, allow_loopback=True)
    with pytest.raises(InvalidRedirectUriError):
        check_redirect_uri(uri, allow_loopback=False)


@pytest.mark.parametrize(
    "uri", ["http://localhost/cb", "http://127.0.0.1.example/cb", "http://127.1/cb"]
)
def test_check_2_names_of_loopback_are_refused_even_in_the_demo(uri: str) -> None:
    with pytest.raises(InvalidRedirectUriError):
        check_redirect_uri(uri, allow_loopback=True)


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example/",
        "https://shop.example?x",
        "https://shop.example/cb",
        "https://a.example;b",
        "https://a.example,b",
        "http://shop.example",
    ],
)
def test_a_form_origin_is_an_origin_and_cannot_carry_a_directive(origin: str) -> None:
    check_form_origin("https://shop.example:8443", allow_loopback=False)
    with pytest.raises(InvalidRedirectUriError):
        check_form_origin(origin, allow_loopback=False)


def test_pages_are_named_by_field_when_they_are_refused() -> None:
    check_page("", "site", allow_loopback=False)
    check_page("https://shop.example/about", "site", allow_loopback=False)
    with pytest.raises(BadRequestError, match=r"^site is not an https address$"):
        check_page("javascript:alert(1)", "site", allow_loopback=False)


def test_a_logo_comes_along_instead_of_being_fetched() -> None:
    check_logo("data:image/png;base64,iVBORw0KGgo=")
    for text in ("https://shop.example/logo.png", "data:text/html;base64,PGI+"):
        with pytest.raises(BadRequestError, match=r"^logo is not"):
            check_logo(text)
