import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import TooLargeError
from kernel.json import JsonLimits, MalformedJsonError, parse

LIMITS = JsonLimits(max_bytes=1_000, max_depth=5)


def test_a_document_within_the_limits_is_read() -> None:
    assert parse(b'{"a": [1, 2.5, "\xe6\x9c\xad\xe5\xb9\x8c"]}', LIMITS) == {"a": [1, 2.5, "札幌"]}


def test_the_last_of_duplicate_keys_counts() -> None:
    assert parse(b'{"a": 1, "a": 2}', LIMITS) == {"a": 2}


def test_too_many_bytes_are_refused_before_they_are_read() -> None:
    with pytest.raises(TooLargeError):
        parse(b"x" * 1_001, LIMITS)


def test_nesting_is_counted_outside_strings_only() -> None:
    assert parse(b'["[[[[[[[[\\"[["]', LIMITS) == ['[[[[[[[["[[']
    with pytest.raises(MalformedJsonError):
        parse(b"[[[[[[1]]]]]]", LIMITS)


def deepest(value: object) -> int:
    match value:
        case dict():
            return 1 + max((deepest(one) for one in value.values()), default=0)
        case list():
            return 1 + max((deepest(one) for one in value), default=0)
        case _:
            return 0


BRACKETS = st.text(alphabet='[]{}"\\a', max_size=6)
DOCUMENTS = st.recursive(
    BRACKETS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(BRACKETS, inner, max_size=3),
)


@given(DOCUMENTS, st.booleans())
def test_the_depth_of_any_document_is_known_before_it_is_read(
    document: object, spaced: bool
) -> None:
    body = json.dumps(document, separators=None if spaced else (",", ":")).encode()
    for depth in (1, 2, 3, 4):
        limits = JsonLimits(max_depth=depth)
        if deepest(document) <= depth:
            assert parse(body, limits) == document
        else:
            with pytest.raises(MalformedJsonError):
                parse(body, limits)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_our_error(body: bytes) -> None:
    with suppress(MalformedJsonError):
        parse(body, LIMITS)


def test_the_error_keeps_no_trace_of_the_input() -> None:
    with pytest.raises(MalformedJsonError) as caught:
        parse(b"{secret", LIMITS)
    assert caught.value.__suppress_context__
    assert "secret" not in str(caught.value)
