"""Which dead letters are to be owed again (ADR 0084)."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from broker.ports import DeadLetter
from broker.v2.decode.fields import text_of
from kernel.errors import BadRequestError
from kernel.times import Instant, MalformedTimeError, parse_instant

_FIELDS: Final = frozenset({"ids", "from", "to"})
_DIGITS: Final = 18


class Wanted(msgspec.Struct, frozen=True):
    """Dead letters by number, or those whose change happened in a window.

    Attributes:
        numbers: None: any.
        since: the first instant of the window.
        until: the first instant after it.
    """

    numbers: frozenset[int] | None = None
    since: Instant | None = None
    until: Instant | None = None

    def __call__(self, letter: DeadLetter) -> bool:
        """Whether the letter is one of them."""
        at = letter.notice.committed_at
        return (
            (self.numbers is None or letter.notice.number in self.numbers)
            and (self.since is None or at >= self.since)
            and (self.until is None or at < self.until)
        )


def decode_wanted(document: Mapping[str, Any]) -> Wanted:
    """The body of a replay: `ids`, or a window `from` … `to`, of which one end may be open.

    Raises:
        BadRequestError: it says neither, or both, or something that cannot be read.
    """
    if not document.keys() <= _FIELDS:
        raise BadRequestError("a replay has the fields ids, from and to")
    if "ids" not in document:
        return Wanted(None, _instant(document, "from"), _instant(document, "to"))
    if len(document) > 1:
        raise BadRequestError("a replay has either ids or a window, not both")
    return Wanted(_numbers(document["ids"]))


def _numbers(value: Any) -> frozenset[int]:
    if type(value) is not list or not all(_is_number(one) for one in value):
        raise BadRequestError("ids must be a list of ids of dead letters")
    return frozenset(map(int, value))


def _is_number(value: Any) -> bool:
    return type(value) is str and value.isascii() and value.isdigit() and len(value) <= _DIGITS


def _instant(document: Mapping[str, Any], name: str) -> Instant | None:
    text = text_of(document, name)
    if text is None:
        return None
    try:
        return parse_instant(text)
    except MalformedTimeError:
        raise BadRequestError(f"{name} has an invalid format") from None
