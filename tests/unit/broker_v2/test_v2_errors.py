"""Every kind of error has its words."""

import html

from hypothesis import given
from hypothesis import strategies as st

from broker.v2.errors import PartialUpdateError, description_of, quoted, wire_of
from kernel import errors
from kernel.errors import CallerError, OdoriError
from kernel.json import MalformedJsonError


def kinds(kind: type[OdoriError]) -> list[type[OdoriError]]:
    return [kind, *(one for child in kind.__subclasses__() for one in kinds(child))]


def test_every_kind_of_the_tree_is_on_the_wire_with_its_status() -> None:
    for kind in kinds(OdoriError):
        if kind.__module__ == errors.__name__ and kind not in (OdoriError, CallerError):
            assert wire_of(kind("x")).status == kind.status, kind


def test_the_nearest_row_counts() -> None:
    assert wire_of(PartialUpdateError("x")).error == "PartialUpdate"
    assert wire_of(MalformedJsonError("x")).error == "ParseError"


def test_a_parse_error_says_nothing_of_the_input() -> None:
    assert description_of(MalformedJsonError("secret")) == "Errors found in incoming JSON buffer"


@given(st.text(alphabet="&<>\"'ab;"))
def test_quoted_input_is_escaped_and_nothing_is_lost(text: str) -> None:
    assert not set(quoted(text)) & set("<>\"'")
    assert html.unescape(quoted(text)) == text
