import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.times import DAY_US, SECOND_US, Instant
from oauth.accounts.address import Address, read_address
from oauth.accounts.backoff import Backoff, one_more
from oauth.accounts.refusals import BadAddressError
from oauth.items import values
from oauth.model.items import Item
from oauth.model.people import Throttle


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("hanako@example.jp", "hanako@example.jp"),
        ("  Hanako@EXAMPLE.JP\n", "Hanako@example.jp"),
        ("ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ", "hanako@example.jp"),
        ("hana.ko+odori@sub.example.co.jp", "hana.ko+odori@sub.example.co.jp"),
        ("hana..ko.@docomo.example.jp", "hana..ko.@docomo.example.jp"),
        ("hanako@例え.jp", "hanako@xn--r8jz45g.jp"),
        ("a" * 64 + "@example.jp", "a" * 64 + "@example.jp"),
    ],
)
def test_an_address_is_kept_as_mail_is_sent(typed: str, kept: str) -> None:
    assert read_address(typed).text == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "hanako",
        "hanako@",
        "@example.jp",
        "hanako@localhost",
        "hanako@example.1",
        "hanako@example.j",
        "hanako@127.0.0.1",
        "hanako@-example.jp",
        "hanako@example-.jp",
        "hanako@exa_mple.jp",
        "hanako@example..jp",
        "hanako@.example.jp",
        "hanako@example.jp.",
        "ha nako@example.jp",
        "hanako@example.jp\r\nBcc: other@example.jp",
        "hanako\r\nBcc: x@example.jp",
        "<hanako@example.jp>",
        '"hanako"@example.jp',
        "a@b@example.jp",
        "花子@example.jp",
        "a" * 65 + "@example.jp",
        "a@" + "b" * 64 + ".jp",
        "a@" + "b." * 130 + "jp",
        "\ud800@example.jp",
        "hanako@\ud800.jp",
        "x" * 1_000_000,
        None,
        7,
        ["hanako@example.jp"],
    ],
)
def test_what_is_no_address_is_refused(text: object) -> None:
    with pytest.raises(BadAddressError, match=r"^The e-mail address is not of the form"):
        read_address(text)


@given(st.text(max_size=80) | st.from_regex(r"\A[\w.+-]{1,10}@[\w.-]{1,20}\.[a-z]{1,4}\Z"))
def test_any_text_is_an_address_that_stays_itself_or_refused(
    text: str,
) -> None:
    try:
        address = read_address(text)
    except BadAddressError:
        return
    assert read_address(address.text) == address
    kept = {"email": address.text}
    assert values.read(Item.EMAIL, kept) == kept


def test_capitals_make_no_other_name() -> None:
    assert read_address("Hanako@example.jp").name == read_address("hanako@EXAMPLE.jp").name


def test_an_address_does_not_print() -> None:
    assert "hanako" not in f"{Address('hanako@example.jp')!r} {Address('hanako@example.jp')}"


NOW = Instant(1_700_000_000_000_000)


@given(failures=st.integers(0, 10**6), age_s=st.integers(-(10**6), 10**6))
def test_a_wait_is_never_longer_than_the_longest_nor_negative(failures: int, age_s: int) -> None:
    failed = Throttle("x", failures, Instant(NOW - age_s * SECOND_US))
    wait_s = Backoff().wait_s(failed, NOW)
    assert 0 <= wait_s <= 900
    if failures < 5:
        assert wait_s == 0


@given(failures=st.integers(5, 10**4))
def test_a_wait_grows_with_failures_and_is_over_when_it_says(failures: int) -> None:
    failed = Throttle("x", failures, NOW)
    wait_s = Backoff().wait_s(failed, NOW)
    assert wait_s >= Backoff().wait_s(Throttle("x", failures - 1, NOW), NOW)
    assert Backoff().wait_s(failed, Instant(NOW + wait_s * SECOND_US)) == 0
    assert Backoff().wait_s(failed, Instant(NOW + wait_s * SECOND_US - 1)) == 1


def test_a_day_forgets() -> None:
    failed = Throttle("x", 100, NOW)
    assert Backoff().wait_s(failed, Instant(NOW + DAY_US)) == 0
    assert one_more("x", failed, Instant(NOW + DAY_US)).failures == 1
    assert one_more("x", failed, Instant(NOW + DAY_US - 1)).failures == 101
