import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.oauth_server import asking

from kernel.times import SECOND_US, Instant
from oauth.server.protocol import authorization, parameters, pkce, responses
from oauth.server.protocol.authorization import LOGIN_AFTER, Prompt, Target
from oauth.server.protocol.errors import ErrorCode, OAuthError, UnaddressedError, status_of
from oauth.server.protocol.scopes import narrowed

NOW = Instant(1_800_000_000 * SECOND_US)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.lists(st.tuples(TEXT, TEXT), max_size=20))
def test_parameters_read_back_as_they_were(pairs: list[tuple[str, str]]) -> None:
    assert parameters.parse(parameters.of_pairs(pairs).render()).pairs == tuple(pairs)


@given(st.text())
def test_any_query_is_a_request_or_one_of_the_errors(text: str) -> None:
    try:
        read = parameters.parse(text)
        authorization.parse(read, authorization.target_of(read))
    except (OAuthError, UnaddressedError):
        pass


@given(
    st.sampled_from(["scope", "prompt", "max_age", "nonce", "code_challenge", LOGIN_AFTER]), TEXT
)
def test_any_value_of_a_parameter_is_read_or_refused_without_an_echo(name: str, text: str) -> None:
    said = _told(asking(**{name: text}))
    assert len(text) < 8 or text not in said


def _told(query: str) -> str:
    """What the client is told of a request; empty if it is in order."""
    read = parameters.parse(query)
    try:
        authorization.parse(read, authorization.target_of(read))
    except OAuthError as error:
        return error.message
    return ""


def test_an_empty_parameter_is_as_if_it_were_not_there() -> None:
    read = parameters.parse("a=&b=1&c")
    assert read.once() == {"b": "1"}


def test_the_challenge_is_that_of_rfc_7636_appendix_b() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert pkce.challenge_of(verifier) == challenge
    assert pkce.proves(verifier, challenge)
    assert not pkce.proves(verifier, verifier)


@given(st.text(max_size=140))
def test_no_text_proves_an_empty_challenge(text: str) -> None:
    assert not pkce.proves(text, "")


@given(state=TEXT)
def test_a_redirect_carries_the_state_and_nothing_that_breaks_a_header(state: str) -> None:
    url = responses.granted("https://app.example/cb?a=b", "c", state, "https://id.example")
    assert url.isascii()
    assert url.isprintable()
    read = parameters.parse(url.partition("?")[2])
    assert read.values.get("state", "") == state
    assert read.values["a"] == "b"


def _request(**changes: str | None) -> authorization.AuthorizationRequest:
    read = parameters.parse(asking(**changes))
    return authorization.parse(read, authorization.target_of(read))


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, 0),
        ({"prompt": "consent"}, 0),
        ({"prompt": "login"}, NOW),
        ({"max_age": "0"}, NOW),
        ({"max_age": "60"}, NOW - 60 * SECOND_US),
        ({LOGIN_AFTER: "5"}, 5),
        ({LOGIN_AFTER: "5", "max_age": "60"}, 5),
    ],
)
def test_what_is_asked_of_the_login_becomes_an_instant(
    changes: dict[str, str | None], needed: int
) -> None:
    assert _request(**changes).freshest_needed(NOW) == needed


def test_on_the_way_through_the_login_nothing_asks_for_it_again() -> None:
    first = _request(prompt="login consent", max_age="60")
    onward = first.onward(NOW)
    assert onward.values[LOGIN_AFTER] == str(NOW)
    assert onward.values["prompt"] == "consent"
    assert "max_age" not in onward.values
    again = authorization.parse(onward, authorization.target_of(onward))
    assert (again.prompts, again.login_after) == ({Prompt.CONSENT}, NOW)
    assert again.target == Target("app", first.target.redirect_uri, first.target.state)


def test_a_refresh_asks_for_what_was_granted_or_less() -> None:
    granted = frozenset({"openid", "email"})
    assert narrowed("", granted) == granted
    assert narrowed("email offline_access", granted) == {"email"}
    for scope in ("x", " ", "offline_access", "email x"):
        with pytest.raises(OAuthError) as caught:
            narrowed(scope, granted)
        assert caught.value.code is ErrorCode.INVALID_SCOPE


def test_every_code_has_a_status_and_a_description() -> None:
    assert {code: int(status_of(code)) for code in ErrorCode if status_of(code) != 400} == {
        ErrorCode.INVALID_CLIENT: 401,
        ErrorCode.INVALID_TOKEN: 401,
        ErrorCode.INSUFFICIENT_SCOPE: 403,
        ErrorCode.SERVER_ERROR: 500,
        ErrorCode.TEMPORARILY_UNAVAILABLE: 503,
    }
    assert all(OAuthError(code).message for code in ErrorCode)
