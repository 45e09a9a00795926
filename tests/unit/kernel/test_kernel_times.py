import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.times import (
    DAY_US,
    Instant,
    MalformedTimeError,
    floor_to,
    parse_instant,
    render_micros,
    render_millis,
)

MILLENNIUM = parse_instant("2000-01-01")


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("2020-01-01", "2020-01-01T00:00:00.000Z"),
        ("2020-01-01T09:00:00+09:00", "2020-01-01T00:00:00.000Z"),
        ("2020-01-01T00:00:00.123456Z", "2020-01-01T00:00:00.123Z"),
        ("2020-01-01T00:00:00", "2020-01-01T00:00:00.000Z"),
    ],
)
def test_each_spelling_of_an_instant_is_printed_in_one_way(text: str, rendered: str) -> None:
    assert render_millis(parse_instant(text)) == rendered


@pytest.mark.parametrize("text", ["", "yesterday", "2020", "20200101T000000", "2020-13-01"])
def test_other_text_is_malformed_and_not_quoted(text: str) -> None:
    with pytest.raises(MalformedTimeError) as caught:
        parse_instant(text)
    assert text == "" or text not in str(caught.value)


@given(st.integers(min_value=-(10**15), max_value=10**16))
def test_microseconds_survive_printing_and_reading(number: int) -> None:
    instant = Instant(number)
    assert parse_instant(render_micros(instant)) == instant


def test_a_bucket_starts_at_its_multiple() -> None:
    assert floor_to(Instant(MILLENNIUM + 5), DAY_US) == MILLENNIUM
